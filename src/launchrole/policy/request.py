"""A request to decide: who wants to do what to which resource, under which circumstances."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

from launchrole.policy.context import UNKNOWN, Context, ContextValue, Given
from launchrole.policy.errors import RequestError
from launchrole.policy.principal import Principal, PrincipalKind, caller, with_role_of
from launchrole.policy.refusal import quoted

_EMPTY = Context()
_SESSION = PrincipalKind.ROLE_SESSION


class Request:
    """One question to the engine.

    `principal` is a Principal or a text that Principal.parse takes. `action` is `service:Name` (case does not matter),
    one action and no pattern. `resource` is an ARN, or `*` for an action that works on no resource. `resource_account`
    is the account that owns the resource; where it is not given it is read from the ARN, and where that names none
    (`arn:aws:s3:::bucket`) the caller's own account is meant.

    Context keys are never derived from the rest of the request: a key that is left out is an absent key, also
    aws:PrincipalArn, aws:username or aws:ResourceAccount. Who asks on behalf of AWS supplies all that AWS would. The
    key aws:PrincipalArn, where it is given, tells a role session's role with its path.

    Raises PrincipalError; RequestError for an action that is none, and for a resource's account that is none or is not
    the one in the resource's ARN; ContextError for a context of no use, and where aws:PrincipalArn is not the ARN of a
    session's role (AWS sets it: IAM User Guide: reference_policies_condition-keys.html).

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
        # The class is asked for first: isinstance takes long to say that something is no Mapping.
        if context is None:
            context = _EMPTY
        elif context.__class__ is dict or not isinstance(context, Context):
            context = Context(context)
        self.context: Context = context
        self.values: dict[str, ContextValue] = self.context.values_by_key
        role_arn = self.values.get("aws:principalarn")
        who = caller(principal, role_arn) if isinstance(principal, str) else with_role_of(principal, role_arn)
        self.principal: Principal = who
        # A session's ARN does not tell its role's path; normally aws:PrincipalArn does.
        self.has_unknown_role = role_arn is UNKNOWN and who.kind is _SESSION
        self.action = _action(action)
        self.resource = resource
        owner = _account(resource)
        if resource_account is not None:
            owner = _owner(resource_account, owner, resource)
        self.resource_account: str | None = owner or who.account
        # Whether the caller is an identity of the resource's own account to which no exception applies: the case that
        # the engine decides without looking further.
        self.is_ordinary = who.is_plain_identity and who.account == self.resource_account

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
        """This request with another resource of the same account, or another context. Raises as a new one would."""
        return Request(
            self.principal,
            self.action,
            self.resource if resource is None else resource,
            self.context if context is None else context,
            self.resource_account,
        )


# Services' prefixes and actions as the Service Authorization Reference spells them. ASCII only: some letters outside
# of it become ASCII letters when their case is folded, and would match what they are not.
_ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9_.-]+")


@functools.lru_cache(maxsize=16_384)
def _action(text: str) -> str:
    if not _ACTION.fullmatch(text):
        raise RequestError(f"{quoted(text)} is no action: write one as in s3:GetObject, in ASCII and without wildcards")
    return text


def _account(arn: str) -> str | None:
    parts = arn.split(":", 5)
    if len(parts) == 6 and parts[0] == "arn":
        account = parts[4]
        if len(account) == 12 and account.isascii() and account.isdigit():
            return account
    return None


def _owner(given: str, named: str | None, resource: str) -> str:
    """The account that a resource is said to belong to, if its ARN does not name another."""
    if not (len(given) == 12 and given.isascii() and given.isdigit()):
        raise RequestError(f"{quoted(given)} is no account: the account of a resource has twelve digits")
    if named is not None and named != given:
        raise RequestError(f"{quoted(resource)} is a resource of account {named}, not of account {given}")
    return given
