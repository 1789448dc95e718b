"""State machines, whose definition a template may give in four ways.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachine.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from launchrole.services.cloudformation.handlers.action import Action, Failed, Resource
from launchrole.services.cloudformation.handlers.declared import Declared
from launchrole.services.cloudformation.handlers.handler import PossibleCall, calls_of
from launchrole.services.cloudformation.handlers.registry import handles
from launchrole.services.cloudformation.intrinsics import as_text


@handles("AWS::StepFunctions::StateMachine")
class StateMachine(Declared):
    own_calls: Mapping[str, tuple[PossibleCall, ...]] = {
        "create": calls_of("s3", "GetObject"),
        "update": calls_of("s3", "GetObject"),
    }

    def create(self, action: Action, properties: Mapping[str, Any]) -> None:
        super().create(action, _defined(action, properties))

    def update(self, action: Action, old: Resource, properties: Mapping[str, Any], changed: frozenset[str]) -> None:
        super().update(action, old, _defined(action, properties), changed)


_WAYS = ("Definition", "DefinitionString", "DefinitionS3Location", "DefinitionSubstitutions")


def _defined(action: Action, properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties, with the definition as the text that the API takes."""
    if "DefinitionString" in properties:
        text = as_text(properties["DefinitionString"])
    elif "Definition" in properties:
        text = json.dumps(properties["Definition"])
    elif "DefinitionS3Location" in properties:
        place = properties["DefinitionS3Location"]
        params = {"Bucket": place["Bucket"], "Key": place["Key"]}
        if place.get("Version"):
            params["VersionId"] = place["Version"]
        data = action.call("s3", "GetObject", params)["Body"]
        text = (data if isinstance(data, bytes) else data.read()).decode()
    else:
        raise Failed("Property validation failure: [The property {/DefinitionString} is required]")
    for name, value in (properties.get("DefinitionSubstitutions") or {}).items():
        text = text.replace("${" + name + "}", as_text(value))
    kept = {name: one for name, one in properties.items() if name not in _WAYS}
    return {**kept, "definition": text}
