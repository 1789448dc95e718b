"""What preflight answers: values, which every output is made of.

A report is about one template and one role. Lines count from 1.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

SCHEMA_VERSION = 1
"""Of the JSON form; it grows when a member changes its meaning or goes away (docs/preflight-json.md)."""

OPERATIONS = ("create", "update", "delete")


class Level(enum.StrEnum):
    """How much a finding matters; SARIF's names."""

    ERROR = "error"
    """The launch is denied, or fails."""
    WARNING = "warning"
    """The launch passes, and what it makes will be denied or fail; or nobody can tell from here."""
    NOTE = "note"


class Verdict(enum.StrEnum):
    """What becomes of the launch, the worst first."""

    DENIED = "denied"
    FAILS = "fails"
    """It fails for another reason than a denial."""
    DEPENDS = "depends"
    """It rests on an assumption, or on what cannot be decided here."""
    LAUNCHES = "launches"


class FixKind(enum.StrEnum):
    TEMPLATE = "template"
    POLICY = "policy"


@dataclass(frozen=True, slots=True)
class Fix:
    """A change after which the finding is gone. `verified`: another run with the change has shown it.

    A template's fix has a `patch`, a unified diff that keeps comments and formatting; a policy's has `statements`.
    """

    kind: FixKind
    text: str
    """What to do, as a sentence."""
    verified: bool
    patch: str = ""
    statements: tuple[Mapping[str, Any], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        told: dict[str, Any] = {"kind": self.kind.value, "text": self.text, "verified": self.verified}
        if self.patch:
            told["patch"] = self.patch
        if self.statements:
            told["statements"] = [dict(one) for one in self.statements]
        return told


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know about a launch.

    `id` is one of the catalogue's (`catalogue`, docs/findings/). `logical_id` of a nested stack's resource has the
    nested stacks before it (`Child/Model`); `file` is the template that `line` counts in, where it is not the report's.
    """

    id: str
    level: Level
    message: str
    """AWS' sentence for a denial or a failure; otherwise what is the matter and what to do."""
    logical_id: str | None = None
    type: str | None = None
    file: str | None = None
    line: int | None = None
    operation: str | None = None
    """`create`, `update` or `delete`."""
    call: str | None = None
    """The API call, `sagemaker:CreateModel`."""
    action: str | None = None
    resource: str | None = None
    """The ARN that the action was asked for."""
    principal: str | None = None
    """Whose permission lacks, where it is not the launch role's: the ARN of a passed role."""
    nearest: str | None = None
    depends_on: tuple[str, ...] = ()
    """The names of the assumptions that it rests on."""
    fixes: tuple[Fix, ...] = ()
    suppressed: str | None = None
    """Why it is not to be counted: the reason given in the template, or the baseline that knows it."""
    is_known: bool = False
    """Is it a baseline that it is not counted for?"""

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "level": self.level.value,
            "logical_id": self.logical_id,
            "type": self.type,
            "file": self.file,
            "line": self.line,
            "operation": self.operation,
            "call": self.call,
            "action": self.action,
            "resource": self.resource,
            "principal": self.principal,
            "message": self.message,
            "nearest": self.nearest,
            "depends_on": list(self.depends_on),
            "fixes": [one.to_dict() for one in self.fixes],
            "suppressed": self.suppressed,
        }


@dataclass(frozen=True, slots=True)
class Call:
    """A permission that a call of the launch needs, as it was decided. `verdict`: allowed, denied or undecided."""

    operation: str
    logical_id: str | None
    call: str
    action: str
    resource: str
    verdict: str

    def to_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Assumption:
    """What preflight could not know and took to be so. `option` is what settles it on the command line."""

    name: str
    """What it is about: `role:arn:aws:iam::123456789012:role/x`, `import:Name`, `ssm:/path`, `s3-object:bucket/key`."""
    text: str
    """What was taken to be so, as a sentence."""
    option: str | None = None
    decides: bool = False
    """Would the verdict be another one if it is not so?"""

    def to_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Report:
    """What a role may launch of a template."""

    template: str
    """The file's path as it was given, or `-`."""
    role: str
    """The role's ARN."""
    policies: tuple[str, ...]
    """What the role has, by name: `AmazonSageMaker...RolePolicy:v4`, a file's path."""
    operations: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    calls: tuple[Call, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    """The values that the template's parameters had; made up ones are among the assumptions."""
    statements: tuple[Mapping[str, Any], ...] = ()
    """The least statements that, added to the role's policies, end the denials that a statement can end."""
    boundary_statements: tuple[Mapping[str, Any], ...] = ()
    """Those that its permissions boundary needs."""
    notes: tuple[str, ...] = ()
    """What to know before they are added, and what they do not end."""
    patch: str = ""
    """All template fixes together, as a unified diff."""
    template_text: str = ""
    """The template with all of them; empty where there are none."""
    seconds: float = 0.0

    def timed(self, seconds: float) -> Report:
        """The same, with the time that it took."""
        return replace(self, seconds=seconds)

    @property
    def counted(self) -> tuple[Finding, ...]:
        """The findings that are not suppressed."""
        return tuple(one for one in self.findings if one.suppressed is None)

    @property
    def denials(self) -> tuple[Finding, ...]:
        """What the launch role would be denied."""
        return tuple(one for one in self.counted if one.level is Level.ERROR and one.id.startswith("LR1"))

    @property
    def verdict(self) -> Verdict:
        errors = [one for one in self.counted if one.level is Level.ERROR]
        certain = [one for one in errors if not one.depends_on]
        if any(one.id.startswith("LR1") for one in certain):
            return Verdict.DENIED
        if any(not one.id.startswith("LR9") for one in certain):
            return Verdict.FAILS
        untried = any(one.id == "LR901" for one in self.counted)
        if errors or untried or any(one.decides for one in self.assumptions):
            return Verdict.DEPENDS
        return Verdict.LAUNCHES

    def to_dict(self) -> dict[str, Any]:
        return {
            "template": self.template,
            "role": self.role,
            "policies": list(self.policies),
            "operations": list(self.operations),
            "verdict": self.verdict.value,
            "findings": [one.to_dict() for one in self.findings],
            "calls": [one.to_dict() for one in self.calls],
            "assumptions": [one.to_dict() for one in self.assumptions],
            "parameters": dict(self.parameters),
            "statements": [dict(one) for one in self.statements],
            "boundary_statements": [dict(one) for one in self.boundary_statements],
            "notes": list(self.notes),
            "patch": self.patch or None,
            "seconds": round(self.seconds, 3),
        }
