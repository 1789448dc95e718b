"""What a comparison answers."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from launchrole.policy.context import UNKNOWN
from launchrole.policy.principal import ANONYMOUS, Principal, PrincipalKind
from launchrole.policy.request import Request


class Verdict(enum.Enum):
    """What the new policies allow, beside the old ones."""

    EQUIVALENT = "equivalent"
    """Both allow the same requests."""
    ADDS = "adds"
    """Everything that was allowed, and more."""
    REMOVES = "removes"
    """Nothing but what was allowed, and less of it."""
    BOTH = "both"
    """Some requests are newly allowed, others no longer."""
    UNDECIDED = "undecided"
    """In one direction at least there is neither a proof nor a request that shows the contrary."""


class Flag(enum.Enum):
    """What deserves a look in access that one side has and the other has not."""

    VACUOUS_FOR_ALL_VALUES = "ForAllValues is met by a request without the key"
    IF_EXISTS_HOLE = "IfExists is met by a request without the key"
    NULL_HOLE = "a request is allowed because a key is absent"
    PERMISSIONS_MANAGEMENT = "an action manages permissions"
    PASS_ROLE = "iam:PassRole hands a role to a service"
    FUTURE_ACTIONS = "a wildcard allows actions that do not exist yet"
    RESOURCE_NOT_TAKEN = "an action takes none of these resources"


@dataclass(frozen=True, slots=True)
class Grant:
    """An action of a finding. `name` is None for actions to come, which `pattern` will allow."""

    name: str | None
    access_level: str | None
    pattern: str | None = None

    @property
    def text(self) -> str:
        return self.name if self.name is not None else f"{self.pattern} (actions to come)"


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource as the statement writes it, less those of the other side that cover a part of it."""

    pattern: str
    less: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return f"{self.pattern} less {', '.join(self.less)}" if self.less else self.pattern


@dataclass(frozen=True, slots=True)
class Finding:
    """Access that one side gives by a statement and the other side does not give.

    `conditions` are the statement's, in words; `otherwise` says what the other side has to say about it: nothing (no
    statement is about it), statements with narrower conditions, or a Deny. `witness` is a request that was shown to the
    evaluator: this side allows it, the other one does not.
    """

    statement_index: int
    sid: str | None
    policy: str | None
    actions: tuple[Grant, ...]
    resources: tuple[Resource, ...]
    not_resources: bool
    conditions: tuple[str, ...]
    otherwise: tuple[str, ...]
    flags: frozenset[Flag]
    witness: Request

    def to_dict(self) -> dict[str, object]:
        """The finding as JSON has it."""
        return {
            "statementIndex": self.statement_index,
            "statementId": self.sid,
            "policy": self.policy,
            "actions": [
                {"name": one.name, "accessLevel": one.access_level, "pattern": one.pattern} for one in self.actions
            ],
            "resources": [{"pattern": one.pattern, "less": list(one.less)} for one in self.resources],
            "notResource": self.not_resources,
            "conditions": list(self.conditions),
            "otherwise": list(self.otherwise),
            "flags": sorted(one.name.lower() for one in self.flags),
            "witness": described(self.witness),
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Finding:
        """The finding that `to_dict` told of."""
        witness = told["witness"]
        return cls(
            told["statementIndex"],
            told["statementId"],
            told["policy"],
            tuple(Grant(one["name"], one["accessLevel"], one["pattern"]) for one in told["actions"]),
            tuple(Resource(one["pattern"], tuple(one["less"])) for one in told["resources"]),
            told["notResource"],
            tuple(told["conditions"]),
            tuple(told["otherwise"]),
            frozenset(Flag[name.upper()] for name in told["flags"]),
            Request(_caller(witness), witness["action"], witness["resource"], witness["context"]),
        )


def _caller(told: Mapping[str, Any]) -> str | Principal:
    known = told.get("canonicalUserId")
    return told["principal"] if known is None else replace(Principal.parse(told["principal"]), canonical_user_id=known)


def described(request: Request) -> dict[str, object]:
    """A request as decision cases have it (`conformance/README.md`), with the `canonicalUserId` of a caller that a
    policy names by it."""
    principal = request.principal
    canonical = {"canonicalUserId": principal.canonical_user_id} if principal.canonical_user_id is not None else {}
    context: Mapping[str, object] = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in request.context.items()
        if value is not UNKNOWN
    }
    return {
        "principal": ANONYMOUS if principal.kind is PrincipalKind.ANONYMOUS else principal.arn,
        **canonical,
        "action": request.action,
        "resource": request.resource,
        "context": dict(context),
    }


@dataclass(frozen=True, slots=True)
class Undecided:
    """Actions of a statement about which nothing was shown, and why not; without statement: of all of them."""

    statement_index: int | None
    sid: str | None
    actions: tuple[str, ...]
    reason: str

    def to_dict(self) -> dict[str, object]:
        """As JSON has it."""
        return {
            "statementIndex": self.statement_index,
            "statementId": self.sid,
            "actions": list(self.actions),
            "reason": self.reason,
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Undecided:
        """What `to_dict` told of."""
        return cls(told["statementIndex"], told["statementId"], tuple(told["actions"]), told["reason"])


@dataclass(frozen=True, slots=True)
class Difference:
    """What one side allows and the other does not: proved to be nothing where both tuples are empty."""

    findings: tuple[Finding, ...]
    undecided: tuple[Undecided, ...]

    @property
    def is_proved_empty(self) -> bool:
        return not self.findings and not self.undecided


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is new (`added`) and what is gone (`removed`), each proved or shown by a request."""

    added: Difference
    removed: Difference

    @property
    def verdict(self) -> Verdict:
        if any(one.undecided and not one.findings for one in (self.added, self.removed)):
            return Verdict.UNDECIDED
        adds, removes = bool(self.added.findings), bool(self.removed.findings)
        if adds and removes:
            return Verdict.BOTH
        if adds:
            return Verdict.ADDS
        return Verdict.REMOVES if removes else Verdict.EQUIVALENT

    def to_dict(self) -> dict[str, object]:
        """As JSON has it; a witness is allowed by the new side for `added`, by the old one for `removed`."""
        return {
            "verdict": self.verdict.value,
            "added": [one.to_dict() for one in self.added.findings],
            "removed": [one.to_dict() for one in self.removed.findings],
            "undecided": {
                "added": [one.to_dict() for one in self.added.undecided],
                "removed": [one.to_dict() for one in self.removed.undecided],
            },
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Comparison:
        """The comparison that `to_dict` told of."""
        added, removed = (
            Difference(
                tuple(Finding.from_dict(one) for one in told[way]),
                tuple(Undecided.from_dict(one) for one in told["undecided"][way]),
            )
            for way in ("added", "removed")
        )
        return cls(added, removed)
