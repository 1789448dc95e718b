"""How status reasons that people reported are brought about: a role that may not do one thing, and a resource.

Reports shorten what they quote: `...` stands for any text, and what stands behind AWS' sentence may be cut off.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from stacks_in_process import Stacks, cloudformation_role, reasons
from update_recipes import resources, topic

from launchrole.sandbox import Sandbox

Recipe = Callable[[Stacks], str]
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
TAGS = [{"Key": "team", "Value": "red"}]

_OLDER = "older: since then as {}"
_S3 = "S3 told less in 2024: Access Denied, without the action and why"
OUT_OF_REACH = {
    "reason 3": "older: resource handlers have taken the place of these words",
    "reason 4": "older: resource handlers have taken the place of these words",
    "reason 5": _S3,
    "reason 6": _OLDER.format("reason 1"),
    "reason 7": _OLDER.format("reason 11"),
    "reason 8": "older: resource handlers have taken the place of these words",
    "reason 10": "older: ECS' handler put words of its own around the service's (2022), which are not made again",
    "reason 12": "the report has no text of its own",
    "reason 14": "older: resource handlers have taken the place of these words",
    "reason 15": _S3,
}


def but(*actions: str) -> list[dict[str, Any]]:
    """Statements that allow everything but some actions, without a Deny."""
    return [{"Effect": "Allow", "NotAction": list(actions), "Resource": "*"}]


def failed(
    stacks: Stacks, resource: dict[str, Any], *statements: dict[str, Any], boundary: str | None = None, **further: Any
) -> str:
    """Why the resource cannot be made under a role with these statements."""
    role = cloudformation_role(stacks, "launcher", *statements)
    if boundary is not None:
        stacks.aws("iam").put_role_permissions_boundary(RoleName="launcher", PermissionsBoundary=boundary)
    stack = stacks.create(resources(It=resource), RoleARN=role, **further)
    (why,) = reasons(stack, "It", "CREATE_FAILED")
    return why


def a_role_under_a_boundary_that_denies_it(stacks: Stacks) -> str:
    denied = [EVERYTHING, {"Effect": "Deny", "Action": "iam:CreateRole", "Resource": "*"}]
    document = json.dumps({"Version": "2012-10-17", "Statement": denied})
    policy = stacks.aws("iam").create_policy(PolicyName="boundary", PolicyDocument=document)["Policy"]["Arn"]
    trust: dict[str, Any] = {"Version": "2012-10-17", "Statement": []}
    properties = {"RoleName": "CrowdStrikeSensorManagement", "AssumeRolePolicyDocument": trust}
    resource = {"Type": "AWS::IAM::Role", "Properties": properties}
    return failed(stacks, resource, EVERYTHING, boundary=policy, Tags=TAGS)


def a_topic_that_may_not_be_tagged(stacks: Stacks) -> str:
    return failed(stacks, topic(TopicName="t"), *but("sns:TagResource"), Tags=TAGS)


def a_log_group_that_may_not_be_tagged(stacks: Stacks) -> str:
    resource = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/aura/runbook-agent/dev"}}
    return failed(stacks, resource, *but("logs:TagResource", "logs:TagLogGroup"), Tags=TAGS)


def a_function(stacks: Stacks) -> dict[str, Any]:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = stacks.aws("iam").create_role(RoleName="function", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    code = {"ZipFile": "def handler(event, context): pass"}
    properties = {"Runtime": "python3.12", "Handler": "index.handler", "Role": role, "Code": code}
    return {"Type": "AWS::Lambda::Function", "Properties": properties}


def a_function_that_may_not_be_tagged(stacks: Stacks) -> str:
    return failed(stacks, a_function(stacks), *but("lambda:TagResource"), Tags=TAGS)


class Member(Stacks):
    """Stacks of a member account of an organization."""

    def __init__(self, sandbox: Sandbox, account: str) -> None:
        self.sandbox = sandbox
        self.session = sandbox.root(account)
        self.client = self.aws("cloudformation")

    def aws(self, service: str) -> Any:
        return self.sandbox.client(service, self.session)


def a_permission_that_a_service_control_policy_keeps(stacks: Stacks) -> str:
    organizations = stacks.aws("organizations")
    organizations.create_organization(FeatureSet="ALL")
    account = organizations.create_account(AccountName="member", Email="m@example.com")["CreateAccountStatus"]
    member = Member(stacks.sandbox, account["AccountId"])
    role = cloudformation_role(member, "launcher", EVERYTHING)
    properties = {
        "FunctionName": {"Ref": "Function"}, "Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com",
    }  # fmt: skip
    permission = {"Type": "AWS::Lambda::Permission", "Properties": properties}
    member.create(resources(Function=a_function(member), It=permission), RoleARN=role)
    denied = {"Effect": "Deny", "Action": "lambda:RemovePermission", "Resource": "*"}
    policy = organizations.create_policy(
        Name="keep",
        Description="",
        Type="SERVICE_CONTROL_POLICY",
        Content=json.dumps({"Version": "2012-10-17", "Statement": [denied]}),
    )["Policy"]["PolicySummary"]
    organizations.attach_policy(PolicyId=policy["Id"], TargetId=account["AccountId"])
    (why,) = reasons(member.delete(), "It", "DELETE_FAILED")
    return why


RECIPES: dict[str, Recipe] = {
    "reason 1": a_role_under_a_boundary_that_denies_it,
    "reason 2": a_topic_that_may_not_be_tagged,
    "reason 9": a_permission_that_a_service_control_policy_keeps,
    "reason 11": a_log_group_that_may_not_be_tagged,
    "reason 13": a_function_that_may_not_be_tagged,
}

_GAP = re.compile(r"\.\.\.|<[\w-]+>|(?<=:)\d{12}(?=:)|(?<=[op]-)xxx")
_SDK = re.compile(r" \(Service: [^)]*\)(?: \(SDK Attempt Count: \d\))?")


def agrees(reported: str, observed: str) -> bool:
    """Whether a reason says what is reported, accounts, regions and names aside. Reports leave out some of what the
    SDK adds in parentheses and the quotation's beginning and end; the ARN of a permissions boundary came later."""
    short, kept = (
        re.sub(r"\(RequestToken: [^,]*, ", "(", _SDK.sub("", one)).replace('""', '"') for one in (reported, observed)
    )
    kept = re.sub(r"(in a permissions boundary): arn:[^\s\"]+", r"\1", kept)
    short = re.sub(r"(?<=arn:aws:)(sns|lambda|logs):[a-z0-9-]+:", r"\1:us-east-1:", short)
    pattern, at = "", 0
    for gap in _GAP.finditer(short):
        pattern += re.escape(short[at : gap.start()]) + ".+"
        at = gap.end()
    return re.search(pattern + re.escape(short[at:]) + "$", kept, re.DOTALL) is not None
