"""Operations on templates: validate, summarize, give back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from launchrole.account.service import Call
from launchrole.facts.resource_types import resource_type
from launchrole.services.cloudformation import change_sets, preparation, stack_sets, stacks, transforms
from launchrole.services.cloudformation.graph import check_references
from launchrole.services.cloudformation.intrinsics import as_text
from launchrole.services.cloudformation.service import cloudformation
from launchrole.services.cloudformation.stacks import StackError
from launchrole.services.cloudformation.template import Template, TemplateError, check, parse


def _template(call: Call) -> Template:
    template = parse(preparation.body(call))
    check(template)
    return template


def _check_content(call: Call, template: Template) -> None:
    """Refuse types that do not exist and references that lead nowhere, unless macros may still change them."""
    if transforms.needs_expansion(template):
        return
    unknown = preparation.unrecognized(call, template)
    if unknown:
        raise TemplateError(f"Template format error: Unrecognized resource types: [{', '.join(unknown)}]")
    check_references(template, lambda _condition: True)


@cloudformation.operation("ValidateTemplate")
def validate_template(call: Call) -> Mapping[str, Any]:
    template = _template(call)
    _check_content(call, template)
    found: dict[str, Any] = {
        "Parameters": [
            {
                "ParameterKey": name,
                **({} if one.get("Default") is None else {"DefaultValue": as_text(one["Default"])}),
                "NoEcho": as_text(one.get("NoEcho", False)) == "true",
                **({} if one.get("Description") is None else {"Description": one["Description"]}),
            }
            for name, one in template.section("Parameters").items()
        ],
        "Description": template.body.get("Description"),
        **_capabilities(template),
    }
    if template.transforms:
        found["DeclaredTransforms"] = _transform_names(template)
    return found


def _transform_names(template: Template) -> list[str]:
    return [one["Name"] if isinstance(one, dict) else str(one) for one in template.transforms]


_REASON = "The following resource(s) require capabilities: [{}]"


def _capabilities(template: Template) -> dict[str, Any]:
    needed = preparation.required_capability(template)
    found = [] if needed is None else [needed]
    if transforms.needs_capability(template):
        found.append("CAPABILITY_AUTO_EXPAND")
    if needed is None:
        return {"Capabilities": found} if found else {}
    types = sorted({one["Type"] for one in template.declarations if one.get("Type", "").startswith("AWS::IAM::")})
    return {"Capabilities": found, "CapabilitiesReason": _REASON.format(", ".join(types))}


@cloudformation.operation("GetTemplateSummary")
def get_template_summary(call: Call) -> Mapping[str, Any]:
    name = call.params.get("StackName")
    if name:
        stack = stacks.existing(call.rows, name)
        if stack["StackStatus"] == "REVIEW_IN_PROGRESS":
            raise StackError("GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks.")
        kept = stacks.template(call.rows, stack["StackId"])
        assert kept is not None
        template = parse(kept["text"])
    elif call.params.get("StackSetName"):
        template = parse(stack_sets.find(call.rows, call.params["StackSetName"])["TemplateBody"])
    else:
        template = _template(call)
        warned = (call.params.get("TemplateSummaryConfig") or {}).get("TreatUnrecognizedResourceTypesAsWarnings")
        if not warned:
            _check_content(call, template)
    body = template.body
    found: dict[str, Any] = {
        "Parameters": [_summary(name, one) for name, one in template.section("Parameters").items()],
        "Description": body.get("Description"),
        "ResourceTypes": sorted({str(one["Type"]) for one in template.declarations if "Type" in one}),
        "ResourceIdentifierSummaries": _identifiers(template),
        "Version": str(body.get("AWSTemplateFormatVersion", "2010-09-09")),
        **_capabilities(template),
    }
    unknown = [] if template.transforms else preparation.unrecognized(call, template)
    if unknown:
        found["Warnings"] = {"UnrecognizedResourceTypes": unknown}
    if body.get("Metadata") is not None:
        found["Metadata"] = json.dumps(body["Metadata"])
    if template.transforms:
        found["DeclaredTransforms"] = _transform_names(template)
    return found


def _identifiers(template: Template) -> list[dict[str, Any]]:
    """By which properties existing resources of the template's types could be told, to be imported."""
    named: dict[str, list[str]] = {}
    for name, one in template.resources.items():
        if isinstance(one, dict) and "Type" in one:
            named.setdefault(str(one["Type"]), []).append(name)
    return [
        {"ResourceType": kind, "LogicalResourceIds": names, "ResourceIdentifiers": list(published.identifier)}
        for kind, names in sorted(named.items())
        if (published := resource_type(kind)) is not None and published.identifier and published.in_registry
    ]


def _summary(name: str, one: Mapping[str, Any]) -> dict[str, Any]:
    constraints = (
        {"AllowedValues": [as_text(value) for value in one["AllowedValues"]]} if "AllowedValues" in one else {}
    )
    found = {
        "ParameterKey": name,
        "DefaultValue": None if one.get("Default") is None else as_text(one["Default"]),
        "ParameterType": one.get("Type"),
        "NoEcho": as_text(one.get("NoEcho", False)) == "true",
        "Description": one.get("Description"),
        "ParameterConstraints": constraints,
    }
    return {key: value for key, value in found.items() if value is not None}


@cloudformation.operation("GetTemplate")
def get_template(call: Call) -> Mapping[str, Any]:
    params = call.params
    if params.get("ChangeSetName"):
        found = change_sets.existing(call, params["ChangeSetName"], params.get("StackName"))
        text, processed = found["template"]["text"], found["template"]["processed"]
    else:
        if not params.get("StackName"):
            raise StackError("StackName is required if ChangeSetName is not specified.")
        stack = stacks.find(call.rows, params["StackName"])
        kept = None if stack is None else stacks.template(call.rows, stack["StackId"])
        if kept is None:
            raise StackError(f"Stack with id {params['StackName']} does not exist")
        text, processed = kept["text"], kept["processed"]
    if params.get("TemplateStage") == "Processed" and "Transform" in parse(text).body:
        text = json.dumps(processed)
    return {"TemplateBody": text, "StagesAvailable": ["Original", "Processed"]}
