"""What the engine answers."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, NamedTuple

from launchrole.policy.message import denial_message
from launchrole.policy.policy_type import PolicyType
from launchrole.policy.request import Request
from launchrole.policy.statement import BoundStatement

if TYPE_CHECKING:
    from launchrole.policy.policy_set import Layer, PolicySet


class Verdict(enum.Enum):
    ALLOWED = "allowed"
    IMPLICITLY_DENIED = "implicitly denied"
    EXPLICITLY_DENIED = "explicitly denied"
    UNDECIDED = "undecided"
    """It hangs on context keys of unknown value."""


class Decision(NamedTuple):
    """The answer to one request: a value, cheap to make (a tuple: a frozen dataclass costs four times as much).

    `policy_type` is the type that decided: the type that AWS names to a denied caller, the one that granted, None for
    what needs no policy (the root user in its own account) and for an undecided request. `matched` is the statement
    that allowed or explicitly denied.
    """

    verdict: Verdict
    policy_type: PolicyType | None
    matched: BoundStatement | None
    request: Request
    policies: PolicySet

    @property
    def allowed(self) -> bool:
        return self.verdict is Verdict.ALLOWED

    @property
    def unknown_keys(self) -> tuple[str, ...]:
        """The context keys, as policies spell them, whose values would decide an undecided request; empty otherwise."""
        return self.policies.unknown_keys(self.request) if self.verdict is Verdict.UNDECIDED else ()

    @property
    def lacking(self) -> list[Layer]:
        """The layers of the type that decided in which no statement allows, where that is why a request is denied.

        Of an undecided request: the layers that may or may not allow. Empty for any other.
        """
        if self.verdict not in (Verdict.IMPLICITLY_DENIED, Verdict.UNDECIDED):
            return []
        decided_by = PolicyType.RESOURCE if self.policy_type is PolicyType.TRUST else self.policy_type
        undecided = self.verdict is Verdict.UNDECIDED
        layers: list[Layer] = []
        for layer in self.policies.layers:
            about = layer.about(self.request.action.lower())
            outcomes = [bound.outcome(self.request) for bound in about if not bound.is_deny]
            if undecided:
                lacks = None in outcomes and True not in outcomes
            else:
                lacks = layer.policy_type is decided_by and all(outcome is False for outcome in outcomes)
            if lacks:
                layers.append(layer)
        return layers

    def message(self, *, action: str | None = None, resource: str | None = None) -> str:
        """The sentence that AWS answers a denied caller with (IAM User Guide: troubleshoot_access-denied.html).

        `action` and `resource` replace what the request holds where a service words them in its own way (`SNS:Publish`,
        `role NAME`); an empty resource leaves `on resource` out. Raises ValueError for a request that is not denied.
        """
        if self.verdict not in (Verdict.IMPLICITLY_DENIED, Verdict.EXPLICITLY_DENIED) or self.policy_type is None:
            raise ValueError(f"no message: the request is {self.verdict.value}")
        return denial_message(
            caller=self.request.principal.arn,
            action=self.request.action if action is None else action,
            resource=self.request.resource if resource is None else resource,
            policy_type=self.policy_type,
            explicit=self.verdict is Verdict.EXPLICITLY_DENIED,
            policy_arn=None if self.matched is None else self.matched.document.arn,
        )
