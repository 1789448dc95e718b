"""The accounts that a rehearsal takes place in: the launch role, the roles that it may pass, who launches."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from launchrole.account import moto_services
from launchrole.account.credentials import UserKey
from launchrole.account.errors import ServiceError
from launchrole.preflights.managed import managed_policy
from launchrole.preflights.subject import Policy, Role, World
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


def furnish(administrator: Administrator, role: Role, world: World) -> UserKey:
    """Make the launch role, all roles that can be passed, and the user who launches, whose key is returned. Raises
    `ServiceError` for what IAM would not take."""
    for one in {**world.roles, role.arn: role}.values():
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


def bind(sandbox: Sandbox, account: str, region: str, levels: Iterable[Policy]) -> None:
    """Put an account into an organization with service control policies, a level each, the root's first. A level that
    only denies has FullAWSAccess beside, as AWS attaches it.
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html"""
    management = Administrator(sandbox, MANAGEMENT, region)
    management.call("organizations", "CreateOrganization", {"FeatureSet": "ALL"})
    root = management.call("organizations", "ListRoots")["Roots"][0]["Id"]
    made = management.call("organizations", "CreateAccount", {"AccountName": "launches", "Email": "a@example.com"})
    backend = moto_services.backend("organizations", MANAGEMENT, region)
    member = next(one for one in backend.accounts if one.id == made["CreateAccountStatus"]["AccountId"])
    member.id = account  # CreateAccount chooses an id, and this account has one
    parent, places = root, [root]
    listed = list(levels)
    for number in range(len(listed) - 2):
        unit = management.call(
            "organizations", "CreateOrganizationalUnit", {"ParentId": parent, "Name": f"unit{number + 1}"}
        )
        parent = unit["OrganizationalUnit"]["Id"]
        places.append(parent)
    if parent != root:
        moved = {"AccountId": account, "SourceParentId": root, "DestinationParentId": parent}
        management.call("organizations", "MoveAccount", moved)
    if len(listed) > 1:
        places.append(account)
    for policy, place in zip(listed, places, strict=True):
        summary = management.call(
            "organizations",
            "CreatePolicy",
            {
                "Name": policy.name[-128:],
                "Description": "",
                "Type": "SERVICE_CONTROL_POLICY",
                "Content": _compact(policy.text),
            },
        )["Policy"]["PolicySummary"]
        management.call("organizations", "AttachPolicy", {"PolicyId": summary["Id"], "TargetId": place})
        if _allows(policy.text):
            management.call("organizations", "DetachPolicy", {"PolicyId": _FULL_ACCESS, "TargetId": place})


def _allows(text: str) -> bool:
    statements = json.loads(text).get("Statement", [])
    return any(one.get("Effect") == "Allow" for one in ([statements] if isinstance(statements, dict) else statements))
