"""What CloudFormation refuses of a resource's properties before it makes any call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.services.cloudformation.handlers.action import Failed
from launchrole.services.cloudformation.handlers.handler import Handler


def check_properties(handler: Handler, logical_id: str, properties: Mapping[str, Any]) -> None:
    """Hold a resource's properties against its type's schema. Raises `Failed` with CloudFormation's sentence."""
    kind = handler.type
    if not kind.properties:
        return
    for name, value in properties.items():
        if name not in kind.properties:
            if kind.in_registry:
                raise Failed(
                    f"Properties validation failed for resource {logical_id} with message:\n"
                    f"[#: extraneous key [{name}] is not permitted]"
                )
            raise Failed(f"Encountered unsupported property {name}")
        if kind.properties[name] == "array" and isinstance(value, (dict, int, float)):
            raise Failed(f"Value of property {name} must be of type List")
        if kind.properties[name] == "object" and isinstance(value, (list, int, float)):
            raise Failed(f"Value of property {name} must be an object")
        if kind.properties[name] == "string" and isinstance(value, (list, dict)):
            raise Failed(f"Value of property {name} must be of type String")
    missing = [name for name in kind.required if name not in properties]
    if missing:
        told = ", ".join(f"The property {{/{name}}} is required" for name in missing)
        raise Failed(f"Property validation failure: [{told}]")
