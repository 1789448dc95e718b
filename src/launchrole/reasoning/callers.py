"""Callers that stand for all callers: everybody whom a Principal element can tell from others.

Principal elements compare names as they are written, so it is enough to ask about those that are named, about others in
the same accounts, and about strangers. IAM User Guide: reference_policies_elements_principal.html.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from launchrole.policy.document import PrincipalElement
from launchrole.policy.errors import ContextError, PrincipalError
from launchrole.policy.principal import ANONYMOUS, Principal, PrincipalKind, account_of_entry
from launchrole.policy.request import Request
from launchrole.policy.statement import BoundStatement

HOME = "123456789012"
"""The account of callers and resources of which nothing else is known."""

_STRANGE_ACCOUNT = "999999999999"
_NEVER_ASKED = "arn:aws:s3:::bucket"


def caller_of_home() -> Principal:
    return Principal.parse(f"arn:aws:iam::{HOME}:user/someone")


def candidates(elements: Iterable[PrincipalElement]) -> tuple[Principal, ...]:
    """The callers to ask about; the more usual ones first."""
    named: list[Principal] = []
    accounts: dict[str, str] = {}
    canonical: list[str] = []
    for kind, value in dict.fromkeys(entry for element in elements for entry in element.entries):
        account = account_of_entry(value) if kind == "AWS" else None
        if account is not None:
            accounts.setdefault(account, _partition(value))
            continue
        if kind == "CanonicalUser":
            canonical.append(value)
            continue
        try:
            found = Principal.parse(value)
        except PrincipalError:
            continue  # nobody has that name
        named.append(found)
        if found.account is not None:
            accounts.setdefault(found.account, _partition(value))
    stranger = next(one for one in (_STRANGE_ACCOUNT, "888888888888", "777777777777") if one not in accounts)
    accounts[stranger] = "aws"
    found_in_accounts = [one for account, partition in accounts.items() for one in _members(account, partition, named)]
    strangers = [Principal.parse(text) for text in ("other.amazonaws.com", ANONYMOUS, "accounts.google.com")]
    strangers.append(Principal.parse(f"arn:aws:iam::{stranger}:saml-provider/other"))
    owners = [
        Principal(PrincipalKind.ROOT, f"arn:aws:iam::{stranger}:root", stranger, canonical_user_id=value)
        for value in canonical
    ]
    return tuple(dict.fromkeys([*named, *found_in_accounts, *owners, *strangers]))


def _members(account: str, partition: str, named: Iterable[Principal]) -> Iterable[Principal]:
    """Users, roles, sessions and the root user of an account: unnamed ones, and sessions of those that are named."""
    iam, sts = f"arn:{partition}:iam::{account}", f"arn:{partition}:sts::{account}"
    yield Principal.parse(f"{iam}:user/someone-else")
    yield Principal.parse(f"{iam}:role/SomeOtherRole")
    yield Principal.parse(f"{sts}:assumed-role/SomeOtherRole/session")
    yield Principal.parse(f"{iam}:root")
    yield Principal.parse(f"{sts}:federated-user/someone-else")
    for one in named:
        if one.account != account:
            continue
        if one.kind is PrincipalKind.ROLE:
            name = one.arn.rpartition("/")[2]
            yield Principal.parse(f"{sts}:assumed-role/{name}/some-session").with_role_arn(one.arn)
        elif one.kind is PrincipalKind.USER:
            yield replace(Principal.parse(f"{sts}:federated-user/someone-else"), user_arn=one.arn)
        elif one.kind is PrincipalKind.ROLE_SESSION and one.role_arn is not None:
            yield Principal.parse(one.role_arn)
            yield from _with_paths(one, named)


def _with_paths(session: Principal, named: Iterable[Principal]) -> Iterable[Principal]:
    """The same session of roles with other paths, which a session's ARN does not tell: named ones, and another."""
    name = session.arn.split("/")[1]
    alike = [one.arn for one in named if one.kind is PrincipalKind.ROLE and one.arn.rpartition("/")[2] == name]
    other = f"arn:{_partition(session.arn)}:iam::{session.account}:role/some-path/{name}"
    for role_arn in (*alike, other):
        try:
            yield session.with_role_arn(role_arn)
        except ContextError:
            continue  # a role of another account


def meant(bound: BoundStatement, callers: tuple[Principal, ...]) -> int | None:
    """The callers, as bits, that a statement is about; None for one without Principal."""
    if bound.statement.principal is None:
        return None
    found = 0
    for place, one in enumerate(callers):
        if bound.principal_outcome(Request(one, "s3:GetObject", _NEVER_ASKED)):
            found |= 1 << place
    return found


def _partition(value: str) -> str:
    parts = value.split(":")
    return parts[1] if len(parts) > 1 and parts[0] == "arn" else "aws"
