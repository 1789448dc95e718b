"""Nested stacks: stacks of their own, made with the same credentials, that carry their failures up.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.services.cloudformation import stacks
from launchrole.services.cloudformation.handlers.action import Action, Failed, NotYet, Resource
from launchrole.services.cloudformation.handlers.handler import Handler, PossibleCall, calls_of, unsupported
from launchrole.services.cloudformation.handlers.registry import handles
from launchrole.services.cloudformation.intrinsics import as_text

_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]


@handles("AWS::CloudFormation::Stack")
class NestedStack(Handler):
    """A stack whose template lies in S3."""

    own_calls: Mapping[str, tuple[PossibleCall, ...]] = {
        "create": calls_of("cloudformation", "CreateStack", "DescribeStacks"),
        "update": calls_of("cloudformation", "UpdateStack", "DescribeStacks"),
        "delete": (
            PossibleCall("cloudformation", "DeleteStack", frozenset({"StackName"})),
            *calls_of("cloudformation", "DescribeStacks"),
        ),
    }

    @property
    def taggable(self) -> bool:
        return True

    def create(self, action: Action, properties: Mapping[str, Any]) -> None:
        params: dict[str, Any] = {
            "StackName": action.generated_name(128),
            "TemplateURL": as_text(properties["TemplateURL"]),
            "Parameters": _parameters(properties),
            "Capabilities": _CAPABILITIES,
            "Tags": _tags(action),
            "DisableRollback": False,
        }
        if properties.get("NotificationARNs"):
            params["NotificationARNs"] = properties["NotificationARNs"]
        if properties.get("TimeoutInMinutes"):
            params["TimeoutInMinutes"] = int(properties["TimeoutInMinutes"])
        stack_id = str(action.call("cloudformation", "CreateStack", params)["StackId"])
        action.created(stack_id)
        _adopt(action, stack_id)
        stack = _settled(action, stack_id)
        if stack["StackStatus"] != "CREATE_COMPLETE":
            raise Failed(f"Embedded stack {stack_id} was not successfully created: {_why(action, stack)}")
        action.created(stack_id, **_outputs(stack))

    def update(self, action: Action, old: Resource, properties: Mapping[str, Any], changed: frozenset[str]) -> None:
        stack_id = old.physical_id
        if action.verb.startswith("restore"):
            _stop_update(action, stack_id)
        params = {
            "StackName": stack_id,
            "TemplateURL": as_text(properties["TemplateURL"]),
            "Parameters": _parameters(properties),
            "Capabilities": _CAPABILITIES,
            "Tags": _tags(action),
        }
        good: tuple[str, ...] = ("CREATE_COMPLETE", "UPDATE_COMPLETE")
        try:
            action.call("cloudformation", "UpdateStack", params)
        except ServiceError as problem:
            if problem.message != "No updates are to be performed.":
                raise
            good = (*good, "UPDATE_ROLLBACK_COMPLETE")
        stack = _settled(action, stack_id)
        if not stack["StackStatus"].endswith(good):
            raise Failed(f"Embedded stack {stack_id} was not successfully updated: {_why(action, stack)}")
        action.created(stack_id, **_outputs(stack))

    def delete(self, action: Action, old: Resource) -> None:
        stack_id = old.physical_id
        if _look(action, stack_id)["StackStatus"].startswith("UPDATE"):
            _settled(action, stack_id)  # an update cannot be deleted away
        action.call("cloudformation", "DeleteStack", {"StackName": stack_id})
        stack = _settled(action, stack_id)
        if stack["StackStatus"] != "DELETE_COMPLETE":
            raise Failed(f"Embedded stack {stack_id} was not successfully deleted: {_why(action, stack)}")

    def attributes(self) -> frozenset[str] | None:
        return None

    def attribute(self, resource: Resource, name: str) -> Any:
        if name in resource.attributes:
            return resource.attributes[name]
        raise unsupported(self.type.name, name)


def _parameters(properties: Mapping[str, Any]) -> list[dict[str, str]]:
    given = properties.get("Parameters") or {}
    if not isinstance(given, dict):
        raise Failed("Value of property Parameters must be an object")
    return [
        {
            "ParameterKey": name,
            "ParameterValue": ",".join(map(as_text, one)) if isinstance(one, list) else as_text(one),
        }
        for name, one in given.items()
    ]


def _tags(action: Action) -> list[dict[str, str]]:
    return [{"Key": name, "Value": one} for name, one in action.tags.items()]


def _adopt(action: Action, stack_id: str) -> None:
    """Let the nested stack know its parent and the root of them all."""
    with action.work.transaction() as rows:
        stack = stacks.find(rows, stack_id)
        parent = stacks.find(rows, action.stack.stack_id)
        if stack is not None and stack.get("ParentId") is None:
            stack["ParentId"] = action.stack.stack_id
            stack["RootId"] = (parent or {}).get("RootId") or action.stack.stack_id
            stacks.save(rows, stack)


def _stop_update(action: Action, stack_id: str) -> None:
    """Cancel the update of a nested stack whose parent's update is rolled back, unless that is over. Raises `NotYet`
    until the nested stack can be updated again."""
    with action.work.transaction() as rows:
        if rows.get("restoring", action.token) is not None:
            return  # what is in progress now is the restoration
    if _look(action, stack_id)["StackStatus"] == "UPDATE_IN_PROGRESS":
        with suppress(ServiceError):
            action.look("cloudformation", "CancelUpdateStack", {"StackName": stack_id})
    _settled(action, stack_id)
    with action.work.transaction() as rows:
        rows.put("restoring", action.token, {"StackId": stack_id})


def _look(action: Action, stack_id: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = action.look("cloudformation", "DescribeStacks", {"StackName": stack_id})["Stacks"][0]
    return found


def _settled(action: Action, stack_id: str) -> Mapping[str, Any]:
    """The nested stack once nothing is being done to it. Raises `NotYet` until then."""
    found = _look(action, stack_id)
    if found["StackStatus"].endswith("_IN_PROGRESS"):
        raise NotYet(30)
    return found


def _outputs(stack: Mapping[str, Any]) -> dict[str, Any]:
    return {f"Outputs.{one['OutputKey']}": one["OutputValue"] for one in stack.get("Outputs", ())}


_GIVEN_UP = ("ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS", "DELETE_FAILED", "CREATE_FAILED", "UPDATE_FAILED")


def _why(action: Action, stack: Mapping[str, Any]) -> str:
    """Why a nested stack is not what it should be: the reason with which its last operation was given up."""
    with action.work.transaction() as rows:
        for event in stacks.events(rows, str(stack["StackId"])):
            if event["PhysicalResourceId"] == stack["StackId"] and event["ResourceStatus"] in _GIVEN_UP:
                told = str(event.get("ResourceStatusReason", ""))
                return told.removesuffix("Rollback requested by user.").strip() or str(event["ResourceStatus"])
    return str(stack["StackStatus"])
