"""Attributes that a template asks for and its resources' types do not have."""

from __future__ import annotations

from launchrole.services.cloudformation.graph import mentioned
from launchrole.services.cloudformation.handlers.registry import handler
from launchrole.services.cloudformation.operation import Operation


def unsupported_attributes(operation: Operation) -> str | None:
    """The first Fn::GetAtt that no resource of its type can answer, as a stack's status reason tells it."""
    template = operation.template
    values = operation.values()
    present = set(operation.present())
    for section, key in (("Resources", "Properties"), ("Outputs", "Value")):
        for name, one in template.section(section).items():
            if section == "Resources" and name not in present:
                continue
            if "Condition" in one and not values.condition(str(one["Condition"])):
                continue
            for target, attribute, path in mentioned(one.get(key), (section, name, key), values.condition):
                if not attribute or target not in present:
                    continue
                kind = template.resources[target]["Type"]
                known = handler(kind).attributes()
                if known is not None and attribute not in known and attribute.split(".")[0] not in known:
                    place = "/".join(map(str, path))
                    return f"/{place}/Fn::GetAtt: Resource type {kind} does not support attribute {{{attribute}}}."
    return None
