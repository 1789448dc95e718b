"""Stacks in a sandbox in this process, and what tests ask of them."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from launchrole.sandbox import Sandbox
from launchrole.services.cloudformation import stacks as kept

ACCOUNT = "123456789012"


class Stacks:
    """What tests do with stacks: each waits until nothing is in progress."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.client = sandbox.client("cloudformation")

    def aws(self, service: str) -> Any:
        return self.sandbox.client(service)

    def create(self, template: Any, name: str = "stack", **further: Any) -> dict[str, Any]:
        body = template if isinstance(template, str) else json.dumps(template)
        capabilities = further.pop("Capabilities", ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"])
        parameters = _parameters(further.pop("parameters", {}))
        made = self.client.create_stack(
            StackName=name, TemplateBody=body, Capabilities=capabilities, Parameters=parameters, **further
        )
        return self.settled(made["StackId"])

    def update(self, template: Any = None, name: str = "stack", **further: Any) -> dict[str, Any]:
        body = template if isinstance(template, str) else json.dumps(template)
        given = {"UsePreviousTemplate": True} if template is None else {"TemplateBody": body}
        parameters = _parameters(further.pop("parameters", {}))
        made = self.client.update_stack(
            StackName=name, Capabilities=["CAPABILITY_NAMED_IAM"], Parameters=parameters, **given, **further
        )
        return self.settled(made["StackId"])

    def delete(self, name: str = "stack", **further: Any) -> dict[str, Any]:
        stack_id = self.client.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
        self.client.delete_stack(StackName=name, **further)
        return self.settled(stack_id)

    def settled(self, stack_id: str) -> dict[str, Any]:
        """A stack with its `events` in their order and its `outputs`, once nothing is being done to it."""
        assert self.sandbox.settle(60)
        found = dict(self.client.describe_stacks(StackName=stack_id)["Stacks"][0])
        pages = self.client.get_paginator("describe_stack_events").paginate(StackName=stack_id)
        found["events"] = [one for page in pages for one in page["StackEvents"]][::-1]
        found["outputs"] = {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", ())}
        assert not kept.in_progress(found), found["StackStatus"]
        return found

    def begin(self, template: Any, name: str = "stack", **further: Any) -> str:
        """Begin a stack's creation, whose end is not waited for; the stack's id."""
        body = json.dumps(template)
        made = self.client.create_stack(
            StackName=name,
            TemplateBody=body,
            Capabilities=["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
            **further,
        )
        return str(made["StackId"])

    def until(self, logical_id: str, status: str, name: str = "stack") -> None:
        """Wait until a resource has a status, or the stack of that name has."""
        for _ in range(1200):
            rows = self.client.describe_stack_resources(StackName=name)["StackResources"]
            found = {one["LogicalResourceId"]: one["ResourceStatus"] for one in rows}
            found[name] = self.client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
            if found.get(logical_id) == status:
                return
            time.sleep(0.02)
        raise AssertionError(f"{logical_id} is {found.get(logical_id)}, not {status}")

    def physical(self, logical_id: str, name: str = "stack") -> str:
        detail = self.client.describe_stack_resource(StackName=name, LogicalResourceId=logical_id)
        return str(detail["StackResourceDetail"]["PhysicalResourceId"])


def _parameters(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()]


def statuses(stack: dict[str, Any], logical_id: str) -> list[str]:
    """The statuses that a resource, or the stack by its name, went through."""
    return [one["ResourceStatus"] for one in stack["events"] if one["LogicalResourceId"] == logical_id]


def reasons(stack: dict[str, Any], logical_id: str, status: str) -> list[str]:
    return [
        one.get("ResourceStatusReason", "")
        for one in stack["events"]
        if one["LogicalResourceId"] == logical_id and one["ResourceStatus"] == status
    ]


def refused(call: Any, **params: Any) -> tuple[str, str]:
    """The code and message of an error."""
    with pytest.raises(ClientError) as error:
        call(**params)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def cloudformation_role(stacks: Stacks, name: str, *policies: dict[str, Any]) -> str:
    """A role that CloudFormation may assume, with policies; its ARN."""
    iam = stacks.aws("iam")
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudformation.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    arn = str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"])
    for number, one in enumerate(policies):
        document = json.dumps({"Version": "2012-10-17", "Statement": [one]})
        iam.put_role_policy(RoleName=name, PolicyName=f"p{number}", PolicyDocument=document)
    return arn


def allow(*actions: str, resource: str = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


def failures(stack: dict[str, Any]) -> list[tuple[str, str]]:
    """What failed in a stack's events, with the reasons: for an assertion's message."""
    failed = [one for one in stack["events"] if one["ResourceStatus"].endswith("FAILED")]
    return [(one["LogicalResourceId"], one.get("ResourceStatusReason", "")) for one in failed]
