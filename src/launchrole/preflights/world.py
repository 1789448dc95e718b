"""The accounts that a rehearsal takes place in: the launch role, the roles that it may pass, who launches."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from launchrole.account import moto_services
from launchrole.account.credentials import UserKey
from launchrole.account.errors import ServiceError
from launchrole.account.rows import Rows
from launchrole.preflights.managed import managed_policy
from launchrole.preflights.subject import Policy, Role
from launchrole.sandbox import Sandbox

MANAGEMENT = "999999999999"
"""The account of an organization's management, where service control policies are given: they do not bind it."""
USER = "launchrole"
"""The IAM user that launches."""

ADMINISTRATOR = "arn:{}:iam::aws:policy/AdministratorAccess"
"""The ARN of the policy that allows everything, in a partition."""
_FULL_ACCESS = "p-FullAWSAccess"
_FORBIDDEN = re.compile(r"[^\w+=,.@-]+")


class Administrator:
    """Calls of an account's root user, through the door."""

    def __init__(self, sandbox: Sandbox, account: str, region: str) -> None:
        self.sandbox = sandbox
        self.region = region
        self.root = sandbox.root(account)

    def call(self, service: str, operation: str, params: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """A call's output by botocore's names. Raises `ServiceError`."""
        return self.sandbox.call(service, operation, params, self.root, region=self.region)

    @contextmanager
    def rows(self, service: str) -> Iterator[Rows]:
        """What a service of launchrole's own keeps, to be read as it is: an answer would be written and read as XML."""
        with self.sandbox.store.mutex:
            yield Rows(self.sandbox.store.connection, self.root.account, self.region, service)


def furnish(administrator: Administrator, role: Role, others: Iterable[Role]) -> UserKey:
    """Make the launch role, other roles of its account, and the user who launches, whose key is returned. Raises
    `ServiceError` for what IAM would not take."""
    for one in {**{other.arn: other for other in others}, role.arn: role}.values():
        if one.account == role.account:
            make_role(administrator, one)
    administrator.call("iam", "CreateUser", {"UserName": USER})
    arn = ADMINISTRATOR.format(role.partition)
    administrator.call("iam", "AttachUserPolicy", {"UserName": USER, "PolicyArn": arn})
    key = administrator.call("iam", "CreateAccessKey", {"UserName": USER})["AccessKey"]
    return UserKey(key["AccessKeyId"], key["SecretAccessKey"])


def make_role(administrator: Administrator, role: Role) -> None:
    """Make a role as it is in its own account; a managed policy with another text than ours has becomes an inline
    one of its name."""
    tags = [{"Key": key, "Value": value} for key, value in role.tags.items()]
    boundary = {} if role.boundary is None else {"PermissionsBoundary": _managed(administrator, role.boundary)}
    administrator.call(
        "iam",
        "CreateRole",
        {
            "RoleName": role.name,
            "Path": role.path,
            "AssumeRolePolicyDocument": role.trust,
            **({"Tags": tags} if tags else {}),
            **boundary,
        },
    )
    for policy in role.policies:
        if _is_ours(policy):
            administrator.call("iam", "AttachRolePolicy", {"RoleName": role.name, "PolicyArn": policy.arn})
        else:
            _put(administrator, role, policy)


def _put(administrator: Administrator, role: Role, policy: Policy) -> None:
    """An inline policy; a managed one of the account where it is too long for that."""
    name = _FORBIDDEN.sub("-", policy.name)[-128:] or "policy"
    text = _compact(policy.text)
    try:
        administrator.call("iam", "PutRolePolicy", {"RoleName": role.name, "PolicyName": name, "PolicyDocument": text})
    except ServiceError as problem:
        if problem.code != "LimitExceeded":
            raise
        made = administrator.call("iam", "CreatePolicy", {"PolicyName": name, "PolicyDocument": text})
        administrator.call("iam", "AttachRolePolicy", {"RoleName": role.name, "PolicyArn": made["Policy"]["Arn"]})


def _managed(administrator: Administrator, policy: Policy) -> str:
    """The ARN of a managed policy with a text, made where AWS has none such."""
    if _is_ours(policy):
        return str(policy.arn)
    name = _FORBIDDEN.sub("-", policy.name)[-128:] or "policy"
    made = administrator.call("iam", "CreatePolicy", {"PolicyName": name, "PolicyDocument": _compact(policy.text)})
    return str(made["Policy"]["Arn"])


def _is_ours(policy: Policy) -> bool:
    """Is this AWS' managed policy as the accounts have it: in its newest version?"""
    if policy.arn is None or ":iam::aws:policy/" not in policy.arn:
        return False
    newest = managed_policy(policy.arn.rpartition("/")[2])
    return newest is not None and newest.arn == policy.arn and json.loads(newest.text) == json.loads(policy.text)


def _compact(text: str) -> str:
    return json.dumps(json.loads(text), separators=(",", ":"))


class Organization:
    """An organization that an account is a member of, with service control policies, a level each, the root's first. A
    level that only denies has FullAWSAccess beside, as AWS attaches it.
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html

    The policies bind the account only while a launch goes on (`binding`): what prepares and looks at it is not meant.
    """

    def __init__(self, sandbox: Sandbox, account: str, region: str, levels: Sequence[Policy]) -> None:
        self._management = Administrator(sandbox, MANAGEMENT, region)
        call = self._management.call
        call("organizations", "CreateOrganization", {"FeatureSet": "ALL"})
        root = str(call("organizations", "ListRoots")["Roots"][0]["Id"])
        made = call("organizations", "CreateAccount", {"AccountName": "launches", "Email": "a@example.com"})
        backend = moto_services.backend("organizations", MANAGEMENT, region)
        member = next(one for one in backend.accounts if one.id == made["CreateAccountStatus"]["AccountId"])
        member.id = account  # CreateAccount chooses an id, and this account has one
        self._attached: list[tuple[str, str]] = []
        self._detached: list[str] = []
        made_before: dict[Policy, str] = {}
        for policy, place in zip(levels, self._places(root, account, len(levels)), strict=True):
            if policy not in made_before:
                name = f"{policy.name[-120:]}{f'-{len(made_before)}' if self._is_taken(policy, made_before) else ''}"
                asked = {
                    "Name": name,
                    "Description": "",
                    "Type": "SERVICE_CONTROL_POLICY",
                    "Content": _compact(policy.text),
                }
                made_before[policy] = str(call("organizations", "CreatePolicy", asked)["Policy"]["PolicySummary"]["Id"])
            self._attached.append((made_before[policy], place))
            if _allows(policy.text):
                self._detached.append(place)

    @staticmethod
    def _is_taken(policy: Policy, others: Mapping[Policy, str]) -> bool:
        return any(one.name == policy.name for one in others)

    def _places(self, root: str, account: str, levels: int) -> list[str]:
        """The root, units below each other, and the account."""
        call = self._management.call
        places = [root]
        for number in range(levels - 2):
            asked = {"ParentId": places[-1], "Name": f"unit{number + 1}"}
            unit = call("organizations", "CreateOrganizationalUnit", asked)
            places.append(str(unit["OrganizationalUnit"]["Id"]))
        if len(places) > 1:
            moved = {"AccountId": account, "SourceParentId": root, "DestinationParentId": places[-1]}
            call("organizations", "MoveAccount", moved)
        return [*places, account] if levels > 1 else places

    @contextmanager
    def binding(self) -> Iterator[None]:
        """The time in which the policies bind."""
        self._change("AttachPolicy", "DetachPolicy")
        try:
            yield
        finally:
            self._change("DetachPolicy", "AttachPolicy")

    def _change(self, own: str, full_access: str) -> None:
        if own == "DetachPolicy":
            for place in self._detached:
                self._management.call("organizations", full_access, {"PolicyId": _FULL_ACCESS, "TargetId": place})
        for policy, place in self._attached:
            self._management.call("organizations", own, {"PolicyId": policy, "TargetId": place})
        if own == "AttachPolicy":
            for place in self._detached:
                self._management.call("organizations", full_access, {"PolicyId": _FULL_ACCESS, "TargetId": place})


def _allows(text: str) -> bool:
    statements = json.loads(text).get("Statement", [])
    return any(one.get("Effect") == "Allow" for one in ([statements] if isinstance(statements, dict) else statements))
