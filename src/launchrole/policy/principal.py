"""Who makes a request, and which entries of a Principal element mean them.

IAM User Guide: reference_policies_elements_principal.html (what may stand in the element; no wildcards inside ARNs),
reference_policies_elements_notprincipal.html, reference_identifiers.html (the ARNs).
"""

from __future__ import annotations

import enum
import functools
import re
from dataclasses import dataclass, field, replace

from launchrole.policy.context import UNKNOWN
from launchrole.policy.document import PrincipalElement
from launchrole.policy.errors import ContextError, PrincipalError
from launchrole.policy.refusal import quoted

ANONYMOUS = "*anonymous*"
"""How a request without credentials names its principal."""

# IAM User Guide: reference_policies_elements_principal.html, "Web identity principals".
_WEB_IDENTITY_PROVIDERS = frozenset(
    {"cognito-identity.amazonaws.com", "www.amazon.com", "graph.facebook.com", "accounts.google.com"}
)
_SERVICE = re.compile(r"[a-z0-9][a-z0-9.-]*\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.internal)")
_ACCOUNT = re.compile(r"[0-9]{12}")


class PrincipalKind(enum.Enum):
    ROOT = "account root user"
    USER = "IAM user"
    ROLE = "IAM role"
    ROLE_SESSION = "role session"
    FEDERATED_USER = "federated user"
    IDENTITY_PROVIDER = "identity provider"
    SERVICE = "AWS service"
    ANONYMOUS = "anonymous caller"


class Grant(enum.IntEnum):
    """How directly an Allow in a resource-based policy names the caller: what it makes unnecessary, in rising order.

    IAM User Guide: reference_policies_evaluation-logic_policy-eval-denyallow.html, "Resource-based policies".
    """

    ACCOUNT = 0
    """The caller's account: the account's own policies still have to allow."""
    IDENTITY = 1
    """Implicit denies of identity-based policies no longer limit (a role ARN; a user ARN for a federated session)."""
    BOUNDARY = 2
    """... nor those of the permissions boundary (a user ARN)."""
    SESSION = 3
    """... nor those of the session policy (a session ARN, everyone)."""


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller of a request.

    `arn` is what an AccessDenied message shows after `User:` (a service's name or `anonymous` where there is none).
    `role_arn` is the role of a role or a role session, with its path; `user_arn` the IAM user who called
    GetFederationToken for a federated user, where that is known. `canonical_user_id` is S3's name of the account.
    """

    kind: PrincipalKind
    arn: str
    account: str | None = None
    role_arn: str | None = None
    user_arn: str | None = None
    canonical_user_id: str | None = None
    has_identity_policies: bool = field(init=False, compare=False)
    """Whether identity-based policies can apply; the root user and callers without an identity have none."""
    is_service_linked_role: bool = field(init=False, compare=False)
    """Whether the role's path begins with /aws-service-role/ (IAM User Guide: using-service-linked-roles.html)."""
    is_plain_identity: bool = field(init=False, compare=False)
    """Whether this is a user, a role or its session, and neither a service-linked role nor a federated user."""

    def __post_init__(self) -> None:
        linked = self.role_arn is not None and ":role/aws-service-role/" in self.role_arn
        has_identity = self.kind in _WITH_IDENTITY_POLICIES
        plain = has_identity and not linked and self.kind is not PrincipalKind.FEDERATED_USER
        object.__setattr__(self, "has_identity_policies", has_identity)
        object.__setattr__(self, "is_service_linked_role", linked)
        object.__setattr__(self, "is_plain_identity", plain)

    @classmethod
    def parse(cls, text: str) -> Principal:
        """The principal that an ARN, a service's or identity provider's name, or `*anonymous*` stands for.

        A session's ARN does not hold its role's path; where the role has one, set it with `with_role_arn`.
        Raises PrincipalError.
        """
        return _parse(text)

    def with_role_arn(self, role_arn: str) -> Principal:
        """The same role session, whose role has this ARN (the value of aws:PrincipalArn).

        Raises ContextError where it is not an ARN of the session's own role: partition, account and name are the
        session's, only the path is news.
        """
        if not self._is_of_role(role_arn):
            raise ContextError(
                f"aws:PrincipalArn is {quoted(role_arn)}, and that is no ARN, with its path, of the role of {self.arn}"
            )
        return replace(self, role_arn=role_arn)

    def _is_of_role(self, role_arn: str) -> bool:
        own, given = self.arn.split(":", 5), role_arn.split(":", 5)
        if self.kind is not PrincipalKind.ROLE_SESSION or len(given) != 6:
            return False
        kind, _, name = given[5].partition("/")
        head = ["arn", own[1], "iam", "", own[4], "role"]
        return [*given[:5], kind] == head and name.rpartition("/")[2] == own[5].split("/")[1]

    @property
    def identities(self) -> tuple[str, ...]:
        """The ARNs under which a NotPrincipal element can list this caller, the account's last."""
        names = [self.arn] if self.kind is not PrincipalKind.ROLE else []
        names += [arn for arn in (self.role_arn, self.user_arn) if arn is not None]
        if self.account is not None and self.kind is not PrincipalKind.ROOT:
            names.append(f"arn:{partition(self.arn)}:iam::{self.account}:root")
        return tuple(names)


_WITH_IDENTITY_POLICIES = frozenset(
    {PrincipalKind.USER, PrincipalKind.ROLE, PrincipalKind.ROLE_SESSION, PrincipalKind.FEDERATED_USER}
)


def partition(arn: str) -> str:
    """The partition of an ARN; `aws` for a text that is none."""
    parts = arn.split(":", 2)
    return parts[1] if len(parts) == 3 and parts[0] == "arn" else "aws"


@functools.lru_cache(maxsize=4096)
def caller(text: str, role_arn: object) -> Principal:
    """The principal that a text stands for, a role session's role being `role_arn` (see `with_role_of`)."""
    return with_role_of(_parse(text), role_arn)


def with_role_of(principal: Principal, role_arn: object) -> Principal:
    """A principal whose role, if it is a role session, is the value of aws:PrincipalArn.

    None where that is absent. Raises ContextError for a value that is not the session's role.
    """
    if principal.kind is not PrincipalKind.ROLE_SESSION or role_arn is None or role_arn is UNKNOWN:
        return principal
    if role_arn == principal.role_arn:
        return principal
    if not isinstance(role_arn, str):
        raise ContextError(f"aws:PrincipalArn has one value, the ARN of the role of {principal.arn}")
    return principal.with_role_arn(role_arn)


@functools.lru_cache(maxsize=4096)
def _parse(text: str) -> Principal:
    if text == ANONYMOUS:
        return Principal(PrincipalKind.ANONYMOUS, "anonymous")
    parts = text.split(":", 5)
    if parts[0] == "arn" and len(parts) == 6 and _ACCOUNT.fullmatch(parts[4]):
        principal = _of_arn(text, parts[1], parts[2], parts[4], parts[5])
        if principal is not None:
            return principal
    elif text in _WEB_IDENTITY_PROVIDERS:
        return Principal(PrincipalKind.IDENTITY_PROVIDER, text)
    elif _SERVICE.fullmatch(text):
        return Principal(PrincipalKind.SERVICE, text)
    raise PrincipalError(
        f"`{text}` is no caller: write the ARN of a user, role, role session, federated user or account root "
        f"(arn:aws:iam::123456789012:user/alice), a service (lambda.amazonaws.com) or {ANONYMOUS}"
    )


def _of_arn(arn: str, partition: str, service: str, account: str, name: str) -> Principal | None:
    kind, _, rest = name.partition("/")
    if service == "iam":
        if name == "root":
            return Principal(PrincipalKind.ROOT, arn, account)
        if kind == "user" and rest:
            return Principal(PrincipalKind.USER, arn, account)
        if kind == "role" and rest:
            return Principal(PrincipalKind.ROLE, arn, account, role_arn=arn)
        if kind in ("saml-provider", "oidc-provider") and rest:
            return Principal(PrincipalKind.IDENTITY_PROVIDER, arn, account)
    elif service == "sts":
        if kind == "assumed-role" and rest.count("/") == 1 and not rest.startswith("/") and not rest.endswith("/"):
            role = f"arn:{partition}:iam::{account}:role/{rest.partition('/')[0]}"
            return Principal(PrincipalKind.ROLE_SESSION, arn, account, role_arn=role)
        if kind == "federated-user" and rest:
            return Principal(PrincipalKind.FEDERATED_USER, arn, account)
    return None


def account_of_entry(value: str) -> str | None:
    """The account that an `AWS` entry names as a whole: an account id or the ARN of its root."""
    if _ACCOUNT.fullmatch(value):
        return value
    parts = value.split(":")
    if len(parts) == 6 and parts[0] == "arn" and parts[2:4] == ["iam", ""] and parts[5] == "root":
        return parts[4]
    return None


def grant(element: PrincipalElement, principal: Principal) -> Grant | None:
    """How the most direct entry of a Principal element names a caller; None where no entry does.

    Under NotPrincipal the element means everyone whom no entry names.
    """
    best: Grant | None = None
    for kind, value in element.entries:
        found = _entry_grant(kind, value, principal)
        if found is not None and (best is None or found > best):
            best = found
    if element.negated:
        return Grant.SESSION if best is None else None
    return best


def _entry_grant(kind: str, value: str, principal: Principal) -> Grant | None:
    if value == "*" and kind in ("*", "AWS"):
        return Grant.SESSION
    if kind == "AWS":
        return _aws_grant(value, principal)
    if kind == "Service":
        named = principal.kind is PrincipalKind.SERVICE and value == principal.arn
        return Grant.SESSION if named else None
    if kind == "Federated":
        named = principal.kind is PrincipalKind.IDENTITY_PROVIDER and value in (principal.arn, "*")
        return Grant.SESSION if named else None
    named = principal.canonical_user_id is not None and value == principal.canonical_user_id
    return Grant.ACCOUNT if named else None


def _aws_grant(value: str, principal: Principal) -> Grant | None:
    if principal.account is None or principal.kind is PrincipalKind.IDENTITY_PROVIDER:
        return None
    if account_of_entry(value) == principal.account:
        return Grant.ACCOUNT
    if value == principal.role_arn:
        return Grant.IDENTITY
    if value == principal.user_arn:
        return Grant.IDENTITY
    if value == principal.arn:
        return Grant.BOUNDARY if principal.kind is PrincipalKind.USER else Grant.SESSION
    return None


def names_identities(element: PrincipalElement) -> bool:
    """Whether an element names users, roles or sessions one by one, beside accounts and everyone."""
    return any(kind == "AWS" and value != "*" and account_of_entry(value) is None for kind, value in element.entries)


def escapes_deny(element: PrincipalElement, principal: Principal) -> bool:
    """Whether a NotPrincipal element of a Deny lists every identity of a caller.

    AWS may look at the account first, then the role, then the session, and denies as soon as one is not listed
    (IAM User Guide: reference_policies_elements_notprincipal.html).
    """
    entries = element.entries
    if any(kind in ("*", "AWS") and value == "*" for kind, value in entries):
        return True
    if principal.account is None or principal.kind is PrincipalKind.IDENTITY_PROVIDER:
        return any(_entry_grant(kind, value, principal) is not None for kind, value in entries)
    listed = {value for kind, value in entries if kind == "AWS"}
    accounts = {account_of_entry(value) for value in listed}
    if principal.kind is PrincipalKind.ROOT:
        return principal.account in accounts
    own = principal.identities[:-1]
    return principal.account in accounts and all(arn in listed for arn in own)
