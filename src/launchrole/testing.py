"""Assertions and clients for tests: what a role may launch, and what it may call.

Each use begins with a call that must be denied, made through the same door: where enforcement is off, a test that
expects success would pass without having tested anything, so `EnforcementOff` is raised instead. The fixtures of
`launchrole.pytest_plugin` are made of this.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import botocore.session
from botocore.exceptions import ClientError

from launchrole.account.sessions import Session
from launchrole.policy.pattern import glob_matches, pieces_of
from launchrole.preflights.preflight import preflight
from launchrole.preflights.report import Finding, Report, Verdict
from launchrole.preflights.roles import RoleInput, subject
from launchrole.preflights.subject import Policy, Role
from launchrole.preflights.world import Administrator, make_role
from launchrole.sandbox import Sandbox

_CANARY = "launchrole-canary"
_SERVICE = "lambda.amazonaws.com"
_TOPIC = "Resources: {Topic: {Type: AWS::SNS::Topic}}\n"


class EnforcementOff(RuntimeError):
    """A call that had to be denied was not: nothing that these accounts let pass means anything."""


def _trusting(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


# Clients under a role


def check_door(sandbox: Sandbox) -> None:
    """Make a call that must be denied, as a role without a policy. Raises `EnforcementOff` where it is not."""
    root = sandbox.client("iam")
    arn = root.create_role(RoleName=_CANARY, AssumeRolePolicyDocument=_trusting(_SERVICE))["Role"]["Arn"]
    try:
        sandbox.client("iam", sandbox.assume(arn, _SERVICE, "canary")).list_users()
    except ClientError as error:
        if error.response["Error"]["Code"] == "AccessDenied":
            return
        raise EnforcementOff(f"a call that IAM must deny failed otherwise: {error}") from error
    finally:
        root.delete_role(RoleName=_CANARY)
    raise EnforcementOff("a role without any policy was let call iam:ListUsers: IAM is not enforced in this sandbox")


@dataclass(frozen=True)
class AsRole:
    """Clients under a role. `boto3.Session(botocore_session=as_role(...).session())` is one of boto3."""

    sandbox: Sandbox
    arn: str
    credentials: Session

    def client(self, service: str, *, region: str = "us-east-1") -> Any:
        """A botocore client whose calls are the role's."""
        return self.sandbox.client(service, self.credentials, region=region)

    def session(self, *, region: str = "us-east-1") -> botocore.session.Session:
        """A botocore session whose calls are the role's."""
        return self.sandbox.botocore_session(self.credentials, region=region)


def as_role(
    sandbox: Sandbox, role: str | None = None, *, policies: Sequence[Mapping[str, Any]] = (), name: str = "tested"
) -> AsRole:
    """Clients under a role of the sandbox (its ARN), under a built-in one (its name; it is made where it is not there),
    or under a new one that is called `name` and has the policy documents `policies`.

    The role is assumed by the first service that it trusts. Raises `EnforcementOff`; `PreflightError` for a name that
    is no built-in role's; `ValueError` for a role that trusts no service, or whose denials are let pass.
    """
    if (role is None) == (not policies):
        raise ValueError("as_role takes a role, or the policies of a new one")
    check_door(sandbox)
    if role is None:
        attached = tuple(Policy(f"policy{number}", json.dumps(one)) for number, one in enumerate(policies, 1))
        arn = f"arn:aws:iam::{sandbox.account}:role/{name}"
        if _is_there(sandbox, name):
            raise ValueError(f"there is a role {name} already; give the new one another `name`")
        _make(sandbox, Role(arn, _trusting(_SERVICE), attached))
    elif role.startswith("arn:"):
        arn = role
    else:
        found, _ = subject(RoleInput(role))
        arn = found.arn.replace(found.account, sandbox.account, 1)
        if not _is_there(sandbox, found.name):
            _make(sandbox, replace(found, arn=arn))
    if arn in sandbox.gateway.recorded:
        raise ValueError(f"denials of {arn} are recorded and let pass in this sandbox; sandbox.record([]) ends that")
    return AsRole(sandbox, arn, sandbox.assume(arn, _trusted(sandbox, arn), "test"))


def _is_there(sandbox: Sandbox, name: str) -> bool:
    root = sandbox.client("iam")
    try:
        root.get_role(RoleName=name)
    except root.exceptions.NoSuchEntityException:
        return False
    return True


def _make(sandbox: Sandbox, role: Role) -> None:
    make_role(Administrator(sandbox, sandbox.account, "us-east-1"), role)


def _trusted(sandbox: Sandbox, arn: str) -> str:
    document = sandbox.client("iam").get_role(RoleName=arn.rpartition("/")[2])["Role"]["AssumeRolePolicyDocument"]
    statements = document["Statement"]
    for one in [statements] if isinstance(statements, Mapping) else statements:
        principal = one.get("Principal")
        services = principal.get("Service", ()) if one["Effect"] == "Allow" and isinstance(principal, Mapping) else ()
        for service in [services] if isinstance(services, str) else services:
            return str(service)
    raise ValueError(f"{arn} trusts no service; assume it with the credentials of whom it trusts (sts AssumeRole)")


# Launches


def check_preflight() -> None:
    """Look at a launch that must be denied, under a role without a policy. Raises `EnforcementOff` where it is not."""
    role = Role("arn:aws:iam::123456789012:role/" + _CANARY, _trusting("cloudformation.amazonaws.com"))
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder, "canary.yaml")
        template.write_text(_TOPIC, encoding="utf-8")
        report = preflight(template, role=role, operations=["create"], channel="direct", fixes=False)
    if not any(one.action == "sns:CreateTopic" for one in report.denials):
        raise EnforcementOff(f"a topic under a role without any policy: {report.verdict.value}, and it must be denied")


def assert_launches(template: str | Path, role: str | Role | None = None, **options: Any) -> Report:
    """Fail unless the launch, the update and the deletion pass; `options` are `launchrole.preflight`'s.

    A launch that depends on what is not known does not pass: say it with `assume`, `exists`, `imports` or `ssm`.
    Raises `AssertionError`, `EnforcementOff`, `PreflightError`.
    """
    check_preflight()
    report = preflight(template, role=role, **{"fixes": False, **options})
    if report.verdict is not Verdict.LAUNCHES:
        raise AssertionError(f"{report.template} under {report.role}: {report.verdict.value}\n{_listed(report)}")
    return report


def assert_denied(
    template: str | Path,
    role: str | Role | None = None,
    *,
    action: str | None = None,
    resource: str | None = None,
    id: str | None = None,
    **options: Any,
) -> Finding:
    """The first denial of the launch role of an `action` on a `resource` (ARN; both with `*` and `?`), with an `id`.
    `options` are `launchrole.preflight`'s.

    Raises `AssertionError` where there is none, `EnforcementOff`, `PreflightError`.
    """
    check_preflight()
    report = preflight(template, role=role, **{"fixes": False, **options})
    for one in report.denials:
        if (
            id in (None, one.id)
            and (action is None or _fits(action.lower(), (one.action or "").lower()))
            and (resource is None or _fits(resource, one.resource or ""))
        ):
            return one
    wanted = ", ".join(one for one in (id, action, resource) if one) or "anything"
    raise AssertionError(f"{report.template} under {report.role} is not denied {wanted}\n{_listed(report)}")


def _fits(pattern: str, value: str) -> bool:
    return glob_matches(pieces_of(pattern), value)


def _listed(report: Report) -> str:
    findings = [f"  {one.id} {one.logical_id or '-'} {one.action or '-'}: {one.message}" for one in report.counted]
    return "\n".join([*findings, *(f"  assumed: {one.text}" for one in report.assumptions if one.decides)])
