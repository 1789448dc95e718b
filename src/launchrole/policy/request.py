"""A request to decide: who wants to do what to which resource, under which circumstances."""

from __future__ import annotations

from collections.abc import Mapping

from launchrole.policy.context import UNKNOWN, Context, ContextValue, Given
from launchrole.policy.principal import Principal, PrincipalKind, caller

_EMPTY = Context()


class Request:
    """One question to the engine.

    `principal` is a Principal or a text that Principal.parse takes. `action` is `service:Name` (case does not matter).
    `resource` is an ARN, or `*` for an action that works on no resource. `resource_account` is the account that owns
    the resource; where it is not given it is read from the ARN, and where that names none (`arn:aws:s3:::bucket`) the
    caller's own account is meant. The context key aws:PrincipalArn tells a role session's role with its path.

    Do not change a request's attributes after it was made.
    """

    __slots__ = (
        "action",
        "context",
        "has_unknown_role",
        "is_ordinary",
        "principal",
        "resource",
        "resource_account",
        "values",
    )

    def __init__(
        self,
        principal: str | Principal,
        action: str,
        resource: str,
        context: Mapping[str, Given] | Context | None = None,
        resource_account: str | None = None,
    ) -> None:
        self.context = context if isinstance(context, Context) else Context(context) if context else _EMPTY
        self.values: dict[str, ContextValue] = self.context.values_by_key
        role_arn = self.values.get("aws:principalarn")
        if isinstance(principal, str):
            who = caller(principal, role_arn)
        elif principal.kind is PrincipalKind.ROLE_SESSION and isinstance(role_arn, str):
            who = principal.with_role_arn(role_arn)
        else:
            who = principal
        self.principal: Principal = who
        # A session's ARN does not tell its role's path; normally aws:PrincipalArn does.
        self.has_unknown_role = role_arn is UNKNOWN and who.kind is PrincipalKind.ROLE_SESSION
        self.action = action
        self.resource = resource
        self.resource_account: str | None = resource_account or _account(resource) or who.account
        # Whether the caller is an identity of the resource's own account to which no exception applies: the case that
        # the engine decides without looking further.
        self.is_ordinary = (
            who.account == self.resource_account and who.has_identity_policies and not who.is_service_linked_role
        )

    @property
    def is_cross_account(self) -> bool:
        """Whether the caller belongs to an account other than the resource's."""
        return self.principal.account is not None and self.principal.account != self.resource_account

    def __repr__(self) -> str:
        return f"Request({self.principal.arn!r}, {self.action!r}, {self.resource!r}, {self.context!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Request) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash((self.principal, self.action, self.resource, self.resource_account))

    def _key(self) -> tuple[object, ...]:
        return (
            self.principal,
            self.action,
            self.resource,
            self.resource_account,
            self.values,
            self.context.unknown_prefixes,
        )

    def evolve(
        self,
        *,
        resource: str | None = None,
        context: Context | None = None,
    ) -> Request:
        """This request with another resource or context."""
        return Request(
            self.principal,
            self.action,
            self.resource if resource is None else resource,
            self.context if context is None else context,
            self.resource_account,
        )


def _account(arn: str) -> str | None:
    parts = arn.split(":", 5)
    if len(parts) == 6 and parts[0] == "arn" and len(parts[4]) == 12 and parts[4].isdigit():
        return parts[4]
    return None
