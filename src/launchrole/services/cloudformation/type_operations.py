"""The registry of resource types: those that AWS publishes, as far as launchrole keeps what their schemas say.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeType.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call
from launchrole.facts import resource_types
from launchrole.facts.resource_types import ResourceType, resource_type
from launchrole.services.cloudformation.service import cloudformation
from launchrole.services.cloudformation.stacks import StackError
from launchrole.services.paging import page

_OUTLINE = (
    "The published schema in outline, as launchrole keeps it: without definitions, and of properties name and kind"
)


def _arn(call: Call, name: str) -> str:
    return f"arn:{call.partition}:cloudformation:{call.region}::type/resource/{name.replace('::', '-')}"


def _provisioning(published: ResourceType) -> str:
    """https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-howto-handlers.html"""
    handlers = published.permissions
    if handlers is None:
        return "NON_PROVISIONABLE"
    return "FULLY_MUTABLE" if "update" in handlers else "IMMUTABLE"


@cloudformation.operation("DescribeType")
def describe_type(call: Call) -> Mapping[str, Any]:
    params = call.params
    arn = str(params.get("Arn") or "")
    if not arn and not (params.get("TypeName") and params.get("Type")):
        raise StackError("Either Arn, or Type and TypeName must be specified")
    name = str(params.get("TypeName") or arn.rpartition("/")[2].replace("-", "::"))
    published = resource_type(name) if params.get("Type", "RESOURCE") == "RESOURCE" else None
    if published is None or (arn and arn != _arn(call, name)):
        raise ServiceError("TypeNotFoundException", f"The type '{name}' cannot be found.", 404)
    return {
        "Arn": _arn(call, name),
        "Type": "RESOURCE",
        "TypeName": name,
        "Description": _OUTLINE,
        "Schema": json.dumps(_schema(published)),
        "ProvisioningType": _provisioning(published),
        "DeprecatedStatus": "LIVE",
        "Visibility": "PUBLIC",
        "IsActivated": True,
    }


def _schema(published: ResourceType) -> dict[str, Any]:
    kinds = {name: {} if kind == "any" else {"type": kind} for name, kind in published.properties.items()}
    found = {
        "typeName": published.name,
        "description": _OUTLINE,
        "properties": kinds,
        "additionalProperties": False,
        "required": list(published.required),
        "createOnlyProperties": _pointers(published.create_only),
        "conditionalCreateOnlyProperties": _pointers(published.conditional_create_only),
        "readOnlyProperties": _pointers(published.read_only),
        "writeOnlyProperties": _pointers(published.write_only),
        "primaryIdentifier": _pointers(published.identifier),
        "handlers": {verb: {"permissions": list(given)} for verb, given in (published.permissions or {}).items()},
        "tagging": {"taggable": False}
        if published.tags is None
        else {"taggable": True, "tagProperty": f"/properties/{published.tags}"},
    }
    return {name: value for name, value in found.items() if value not in ([], {})}


def _pointers(paths: tuple[str, ...]) -> list[str]:
    return [f"/properties/{one}" for one in paths]


@cloudformation.operation("ListTypes")
def list_types(call: Call) -> Mapping[str, Any]:
    """The types that AWS publishes; an account of launchrole's has none of its own."""
    params = call.params
    filters = params.get("Filters") or {}
    public = (
        params.get("Visibility", "PRIVATE") == "PUBLIC"
        and params.get("Type", "RESOURCE") == "RESOURCE"
        and params.get("DeprecatedStatus", "LIVE") == "LIVE"
        and filters.get("Category", "AWS_TYPES") == "AWS_TYPES"
    )
    prefix, wanted = filters.get("TypeNamePrefix", ""), params.get("ProvisioningType")
    found = [
        {"Type": "RESOURCE", "TypeName": name, "TypeArn": _arn(call, name), "IsActivated": True}
        for service in (resource_types.services() if public else ())
        if f"AWS::{service}".startswith(prefix[: len(f"AWS::{service}")])
        for name in resource_types.type_names(service)
        if name.startswith(prefix) and (wanted is None or _provisioning(_existing(name)) == wanted)
    ]
    shown, token = page(found, params.get("NextToken"), params.get("MaxResults"))
    return {"TypeSummaries": shown, "NextToken": token}


def _existing(name: str) -> ResourceType:
    found = resource_type(name)
    assert found is not None
    return found
