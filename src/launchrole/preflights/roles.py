"""The role that a preflight is about: a built-in one, one made of policies, or one exported from an account."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from launchrole import portfolio
from launchrole.policy import document
from launchrole.policy.document import PolicyKind
from launchrole.policy.errors import PolicyError, PolicySyntaxError
from launchrole.preflights.errors import PreflightError
from launchrole.preflights.managed import managed
from launchrole.preflights.reading import read
from launchrole.preflights.subject import ACCOUNT, Policy, Role, World

_LAUNCHERS = ("servicecatalog.amazonaws.com", "cloudformation.amazonaws.com")


@dataclass(frozen=True)
class RoleInput:
    """What is said of the role. Paths are of JSON files; `exported` is a file or a folder of an account's roles."""

    role: str | None = None
    policies: tuple[str, ...] = ()
    managed: tuple[str, ...] = ()
    boundary: str | None = None
    scps: tuple[str, ...] = ()
    trust: str | None = None
    exported: str | None = None


def subject(given: RoleInput) -> tuple[Role, World]:
    """The role and the world that it launches in. Raises `PreflightError`."""
    if given.exported is not None:
        from launchrole.preflights.role_exports import exported

        role, world = exported(given.exported, given.role)
    else:
        role, world = _named(given)
    policies = (*role.policies, *(_file(path, PolicyKind.IDENTITY) for path in given.policies))
    for text in given.managed:
        policies = _with(policies, _managed("--managed", text))
    role = replace(role, policies=policies)
    if given.boundary is not None:
        role = replace(role, boundary=_boundary(given.boundary))
    if given.trust is not None:
        role = replace(role, trust=_file(given.trust, PolicyKind.TRUST).text)
    scps = tuple(_file(path, PolicyKind.SCP) for path in given.scps)
    return role, replace(world, scps=scps or world.scps)


def _named(given: RoleInput) -> tuple[Role, World]:
    """A built-in role, or a new one that policies make."""
    name = given.role or portfolio.LAUNCH_ROLE
    account = name.split(":")[4] if name.startswith("arn:") and name.count(":") >= 5 else ACCOUNT
    world = World({role.arn: role for role in built_in(account)})
    for role in world.roles.values():
        if name in (role.name, role.arn):
            return role, world
    if not given.policies and not given.managed:
        known = ", ".join(sorted(role.name for role in world.roles.values()))
        raise PreflightError(
            f"--role {name} is no built-in role: give its policies (--policy FILE, --managed NAME:vN) or the files "
            f"that it was exported to (--exported DIR). Built-in are {known}"
        )
    arn = name if name.startswith("arn:") else f"arn:aws:iam::{account}:role/{name.lstrip('/')}"
    return Role(arn, _trusting(_LAUNCHERS)), world


def built_in(account: str) -> list[Role]:
    """The roles that SageMaker makes for its portfolio, with the newest versions of their policies."""
    return [
        Role(
            one.arn(account),
            one.trust_policy,
            (
                *(managed(arn.rpartition("/")[2]) for arn in one.managed),
                *(Policy(name, text) for name, text in one.inline.items()),
            ),
        )
        for one in portfolio.roles(account)
    ]


def with_version(policy: Policy, role: str | None = None) -> tuple[Role, World]:
    """The launch role and its world, in which the built-in roles that carry a managed policy (of this ARN) carry it in
    this version. With `role`, that built-in role carries it; another name is a launch role of this policy alone.

    Raises `PreflightError` where no role carries the policy.
    """
    own = built_in(ACCOUNT)
    names = [one.name for one in own]
    if role is not None and role.rpartition("/")[2] not in names:
        arn = role if role.startswith("arn:") else f"arn:aws:iam::{ACCOUNT}:role/{role.lstrip('/')}"
        return Role(arn, _trusting(_LAUNCHERS), (policy,)), World({one.arn: one for one in own})
    carry = [role.rpartition("/")[2]] if role else [one.name for one in own if _carries(one, policy)]
    if not carry:
        raise PreflightError(
            f"no role of the built-in products carries {policy.name.partition(':')[0]}: say by --role NAME which one "
            f"is to carry it, or give another name for a launch role of this policy alone. Built-in are "
            f"{', '.join(names)}"
        )
    made = [replace(one, policies=_with(one.policies, policy)) if one.name in carry else one for one in own]
    launch = next(one for one in made if one.name == portfolio.LAUNCH_ROLE)
    return launch, World({one.arn: one for one in made})


def _carries(role: Role, policy: Policy) -> bool:
    return any(one.arn == policy.arn for one in role.policies)


def _trusting(services: Iterable[str]) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": list(services)}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _with(policies: tuple[Policy, ...], added: Policy) -> tuple[Policy, ...]:
    """The policies with a managed one; another version of it that was there goes."""
    return (*(one for one in policies if one.arn != added.arn), added)


def _boundary(text: str) -> Policy:
    """A boundary: a file, or a managed policy."""
    return _file(text, PolicyKind.IDENTITY) if Path(text).exists() else _managed("--boundary", text)


def _managed(option: str, text: str) -> Policy:
    try:
        return managed(text)
    except PreflightError as problem:
        raise PreflightError(f"{option} {problem}") from None


def _file(path: str, kind: PolicyKind) -> Policy:
    """A policy of a file that IAM would take. Raises `PreflightError`."""
    text = read(path)
    try:
        document.parse(text, kind=kind, name=path)
    except PolicySyntaxError as problem:
        where = f"{path}:{problem.place.line}:{problem.place.column}" if problem.place else path
        advice = f"; {problem.help}" if problem.help else ""
        raise PreflightError(f"{where}: {problem.detail}{advice} [{problem.answer}]") from None
    except PolicyError as problem:
        raise PreflightError(f"{path}: {problem}") from None
    return Policy(path, text)
