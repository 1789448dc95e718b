"""CloudFormation's stacks, so far without resources that call other services.

moto's CloudFormation creates resources behind the door's back, so it stays unused. Stacks here hold wait condition
handles, which need no call; a template with any other type is refused, never half done.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import yaml

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call, Service

cloudformation = Service("cloudformation", whole=True)

_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")
_HANDLE = "AWS::CloudFormation::WaitConditionHandle"
_TEMPLATE_KEYS = frozenset(
    {
        "AWSTemplateFormatVersion",
        "Description",
        "Metadata",
        "Parameters",
        "Mappings",
        "Conditions",
        "Transform",
        "Resources",
        "Outputs",
        "Rules",
        "Hooks",
    }
)


@cloudformation.operation("CreateStack")
def create_stack(call: Call) -> Mapping[str, Any]:
    name = call.params["StackName"]
    if _NAME.fullmatch(name) is None:
        raise ServiceError(
            "ValidationError",
            f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: Member must "
            "satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*",
        )
    if _stack(call, name) is not None:
        raise ServiceError("AlreadyExistsException", f"Stack [{name}] already exists")
    template = _template(call)
    stack: dict[str, Any] = {
        "StackId": call.arn(f"stack/{name}/{call.new_uuid()}"),
        "StackName": name,
        "CreationTime": call.now.timestamp(),
        "Description": template.get("Description"),
        "template": call.params["TemplateBody"],
        "Tags": call.params.get("Tags") or [],
        "RoleARN": call.params.get("RoleARN"),
        "Parameters": _parameters(call, template, {}),
        "EnableTerminationProtection": call.params.get("EnableTerminationProtection", False),
        "events": [],
    }
    _go_through(call, stack, list(template["Resources"]), "CREATE")
    _keep(call, stack)
    return {"StackId": stack["StackId"]}


@cloudformation.operation("UpdateStack")
def update_stack(call: Call) -> Mapping[str, Any]:
    stack = _existing(call, call.params["StackName"])
    template = _parsed(stack["template"]) if call.params.get("UsePreviousTemplate") else _template(call)
    before = {one["ParameterKey"]: one["ParameterValue"] for one in stack["Parameters"]}
    parameters = _parameters(call, template, before)
    tags = call.params.get("Tags", stack["Tags"])
    text = call.params.get("TemplateBody", stack["template"])
    if (text, parameters, tags) == (stack["template"], stack["Parameters"], stack["Tags"]):
        raise ServiceError("ValidationError", "No updates are to be performed.")
    added = [one for one in template["Resources"] if one not in _parsed(stack["template"])["Resources"]]
    stack |= {"template": text, "Parameters": parameters, "Tags": tags, "LastUpdatedTime": call.now.timestamp()}
    stack["Description"] = template.get("Description")
    _go_through(call, stack, added, "UPDATE")
    _keep(call, stack)
    return {"StackId": stack["StackId"]}


@cloudformation.operation("DeleteStack")
def delete_stack(call: Call) -> None:
    stack = _stack(call, call.params["StackName"])
    if stack is None:
        return  # deleting what is not there succeeds
    if stack["EnableTerminationProtection"]:
        raise ServiceError(
            "ValidationError",
            f"Stack [{stack['StackName']}] cannot be deleted while TerminationProtection is enabled",
        )
    _go_through(call, stack, list(_parsed(stack["template"])["Resources"]), "DELETE")
    stack["DeletionTime"] = call.now.timestamp()
    call.rows.delete("stack", stack["StackName"])
    call.rows.put("deleted", stack["StackId"], stack)


@cloudformation.operation("DescribeStacks")
def describe_stacks(call: Call) -> Mapping[str, Any]:
    name = call.params.get("StackName")
    if name is not None:
        return {"Stacks": [_shown(_existing(call, name))]}
    return {"Stacks": [_shown(stack) for _, stack in call.rows.all("stack")]}


@cloudformation.operation("DescribeStackEvents")
def describe_stack_events(call: Call) -> Mapping[str, Any]:
    stack = _existing(call, call.params["StackName"])
    return {"StackEvents": list(reversed(stack["events"]))}


@cloudformation.operation("ValidateTemplate")
def validate_template(call: Call) -> Mapping[str, Any]:
    template = _parsed(_body(call))
    return {
        "Parameters": [
            {
                "ParameterKey": name,
                "DefaultValue": None if "Default" not in one else str(one["Default"]),
                "NoEcho": _is_true(one.get("NoEcho")),
                "Description": one.get("Description"),
            }
            for name, one in template.get("Parameters", {}).items()
        ],
        "Description": template.get("Description"),
    }


@cloudformation.operation("GetTemplateSummary")
def get_template_summary(call: Call) -> Mapping[str, Any]:
    name = call.params.get("StackName")
    text = _existing(call, name)["template"] if name else _body(call)
    template = _parsed(text)
    return {
        "Parameters": [
            {
                "ParameterKey": name,
                "ParameterType": one.get("Type"),
                "DefaultValue": None if "Default" not in one else str(one["Default"]),
                "NoEcho": _is_true(one.get("NoEcho")),
                "Description": one.get("Description"),
                "ParameterConstraints": {"AllowedValues": [str(value) for value in one.get("AllowedValues", [])]},
            }
            for name, one in template.get("Parameters", {}).items()
        ],
        "Description": template.get("Description"),
        "ResourceTypes": sorted({one.get("Type") for one in template["Resources"].values()}),
        "Version": str(template.get("AWSTemplateFormatVersion", "2010-09-09")),
    }


def _stack(call: Call, name_or_id: str) -> dict[str, Any] | None:
    """A stack by its name or its id; a deleted one by its id only."""
    if name_or_id.startswith("arn:"):
        deleted = call.rows.get("deleted", name_or_id)
        if deleted is not None:
            return dict(deleted)
        name_or_id = name_or_id.split("/")[1] if name_or_id.count("/") == 2 else ""
    found = call.rows.get("stack", name_or_id)
    return None if found is None else dict(found)


def _existing(call: Call, name: str) -> dict[str, Any]:
    stack = _stack(call, name)
    if stack is None:
        raise ServiceError("ValidationError", f"Stack with id {name} does not exist")
    return stack


def _keep(call: Call, stack: Mapping[str, Any]) -> None:
    call.rows.put("stack", stack["StackName"], stack)


def _go_through(call: Call, stack: dict[str, Any], resources: list[str], verb: str) -> None:
    """The events of an operation on a stack whose resources need no calls."""
    subjects = [(stack["StackName"], "AWS::CloudFormation::Stack", stack["StackId"])]
    inner = [(name, _HANDLE, f"{stack['StackId']}/{name}") for name in resources]
    steps = [(subjects[0], f"{verb}_IN_PROGRESS")]
    resource_verb = "DELETE" if verb == "DELETE" else "CREATE"
    for subject in inner:
        steps += [(subject, f"{resource_verb}_IN_PROGRESS"), (subject, f"{resource_verb}_COMPLETE")]
    steps.append((subjects[0], f"{verb}_COMPLETE"))
    for (name, kind, physical), status in steps:
        stack["events"].append(
            {
                "StackId": stack["StackId"],
                "EventId": call.new_uuid(),
                "StackName": stack["StackName"],
                "LogicalResourceId": name,
                "PhysicalResourceId": physical,
                "ResourceType": kind,
                "Timestamp": call.now.timestamp(),
                "ResourceStatus": status,
            }
        )
    stack["StackStatus"] = f"{verb}_COMPLETE"


_SHOWN = (
    "StackId",
    "StackName",
    "Description",
    "CreationTime",
    "LastUpdatedTime",
    "DeletionTime",
    "StackStatus",
    "Parameters",
    "Tags",
    "RoleARN",
    "EnableTerminationProtection",
)


def _shown(stack: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: stack[name] for name in _SHOWN if stack.get(name) is not None}


def _template(call: Call) -> Mapping[str, Any]:
    """The call's template, all of whose types must be those that need no calls."""
    template = _parsed(_body(call))
    for name, resource in template["Resources"].items():
        kind = resource.get("Type")
        if kind != _HANDLE:
            raise ServiceError(
                "NotImplemented", f"launchrole does not create resources of stacks yet: {name} is of type {kind}", 501
            )
    return template


def _body(call: Call) -> str:
    body = call.params.get("TemplateBody")
    if body is None:
        if call.params.get("TemplateURL"):
            raise ServiceError("NotImplemented", "launchrole does not read templates from S3 yet", 501)
        raise ServiceError("ValidationError", "Either Template URL or Template Body must be specified.")
    return str(body)


def _parsed(text: str) -> Mapping[str, Any]:
    try:
        template = json.loads(text) if text.lstrip().startswith("{") else yaml.load(text, Loader=_Loader)
    except (ValueError, yaml.YAMLError, RecursionError):
        raise ServiceError("ValidationError", "Template format error: JSON not well-formed.") from None
    if not isinstance(template, dict):
        raise ServiceError("ValidationError", "Template format error: unsupported structure.")
    unknown = [key for key in template if key not in _TEMPLATE_KEYS]
    if unknown:
        names = ", ".join(map(str, unknown))
        raise ServiceError("ValidationError", f"Invalid template property or properties [{names}]")
    resources = template.get("Resources")
    if not isinstance(resources, dict) or not resources or not all(isinstance(one, dict) for one in resources.values()):
        raise ServiceError("ValidationError", "Template format error: At least one Resources member must be defined.")
    return template


class _Loader(yaml.SafeLoader):
    """YAML as templates write it: short forms of intrinsic functions are kept as they are."""


def _short_form(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Any:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _short_form)


def _parameters(call: Call, template: Mapping[str, Any], before: Mapping[str, str]) -> list[dict[str, str]]:
    given = {}
    for one in call.params.get("Parameters") or ():
        if one.get("UsePreviousValue"):
            given[one["ParameterKey"]] = before.get(one["ParameterKey"], "")
        else:
            given[one["ParameterKey"]] = one.get("ParameterValue", "")
    declared = template.get("Parameters", {})
    unknown = [name for name in given if name not in declared]
    if unknown:
        raise ServiceError("ValidationError", f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    missing = [name for name, one in declared.items() if name not in given and "Default" not in one]
    if missing:
        raise ServiceError("ValidationError", f"Parameters: [{', '.join(missing)}] must have values")
    return [
        {"ParameterKey": name, "ParameterValue": str(given.get(name, one.get("Default")))}
        for name, one in declared.items()
    ]


def _is_true(value: Any) -> bool:
    return str(value).lower() == "true"
