"""Policy documents: from text or a mapping to frozen statements.

IAM User Guide: reference_policies_grammar.html, reference_policies_elements.html. Reading checks the shape that all
policies share; what AWS refuses beyond that depends on the kind of policy and stands in `grammar`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from launchrole.policy.errors import Place
from launchrole.policy.source import Path, locate


class PolicyKind(enum.Enum):
    """What a document is to be: it decides what AWS demands of it and how long it may be."""

    IDENTITY = "identity-based policy"
    """One of the three below, nobody says which."""
    MANAGED = "managed policy"
    AWS_MANAGED = "AWS managed policy"
    INLINE = "inline policy"
    SESSION = "session policy"
    RESOURCE = "resource-based policy"
    TRUST = "role trust policy"
    KEY = "KMS key policy"
    SCP = "service control policy"
    RCP = "resource control policy"
    VPC_ENDPOINT = "VPC endpoint policy"


@dataclass(frozen=True, slots=True)
class PrincipalElement:
    """A Principal or (`negated`) NotPrincipal element.

    `entries` are pairs such as ("AWS", "123456789012") or ("Service", "lambda.amazonaws.com"), in document order;
    `"Principal": "*"` is ("*", "*").
    """

    negated: bool
    entries: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ConditionEntry:
    """One operator with one key, as the document spells them; JSON's true, 10 and 1.50 become texts as written."""

    operator: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. `actions` are those of Action, or of NotAction if `not_action`; `resources` likewise.

    `resources` is empty where the kind of policy lets Resource be absent (a trust policy). `path` is the place in the
    document: ("Statement", 0), or ("Statement",) where Statement is a single object.
    """

    index: int
    effect: str
    sid: str | None
    principal: PrincipalElement | None
    actions: tuple[str, ...]
    not_action: bool
    resources: tuple[str, ...]
    not_resource: bool
    conditions: tuple[ConditionEntry, ...]
    path: Path


@dataclass(frozen=True, slots=True)
class PolicyDocument:
    """A policy. `name` (a file's or a policy's) is for reports, `arn` is what AWS shows behind an explicit deny."""

    version: str | None
    id: str | None
    statements: tuple[Statement, ...]
    name: str | None = None
    arn: str | None = None
    text: str | None = field(default=None, repr=False, compare=False)

    @property
    def has_variables(self) -> bool:
        """Whether `${...}` means a policy variable (IAM User Guide: reference_policies_elements_version.html)."""
        return self.version == "2012-10-17"

    def place(self, path: Path) -> Place | None:
        """The place of an element in the text; None for a document that was not read from text."""
        return None if self.text is None else locate(self.text, path)


def parse(
    document: str | Mapping[str, object],
    kind: PolicyKind | None = None,
    *,
    name: str | None = None,
    arn: str | None = None,
) -> PolicyDocument:
    """Read a policy.

    With a `kind`, everything that AWS refuses for it when it is created is refused with AWS' code and message; without
    one, what no kind of policy can have. Raises PolicySyntaxError.
    """
    from launchrole.policy import grammar  # it builds the classes above

    return grammar.parse(document, kind, name=name, arn=arn)
