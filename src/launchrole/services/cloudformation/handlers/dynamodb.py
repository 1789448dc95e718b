"""Tables, whose secondary indexes change one at a time.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.services.cloudformation.handlers import shapes
from launchrole.services.cloudformation.handlers.action import Action, Resource
from launchrole.services.cloudformation.handlers.declared import Declared
from launchrole.services.cloudformation.handlers.handler import PossibleCall, calls_of
from launchrole.services.cloudformation.handlers.registry import handles

_STREAM = "StreamSpecification"
_INDEXES = "GlobalSecondaryIndexes"
_ADJUSTABLE = ("ProvisionedThroughput", "OnDemandThroughput", "WarmThroughput")


@handles("AWS::DynamoDB::Table")
class Table(Declared):
    changed_by_code = frozenset({"AttributeDefinitions", _INDEXES})
    own_calls: Mapping[str, tuple[PossibleCall, ...]] = {"update": calls_of("dynamodb", "UpdateTable")}

    def create(self, action: Action, properties: Mapping[str, Any]) -> None:
        super().create(action, _streaming(properties))

    def update(self, action: Action, old: Resource, properties: Mapping[str, Any], changed: frozenset[str]) -> None:
        wanted = _streaming(properties)
        if _STREAM in changed and _STREAM not in properties:
            wanted[_STREAM] = {"StreamEnabled": False}
        super().update(action, old, wanted, changed)
        for change in _index_changes(old.properties.get(_INDEXES) or [], properties.get(_INDEXES) or []):
            params = {
                "TableName": old.physical_id,
                "AttributeDefinitions": properties.get("AttributeDefinitions") or [],
                "GlobalSecondaryIndexUpdates": [change],
            }
            shape = shapes.input_shape("dynamodb", "UpdateTable")
            action.call("dynamodb", "UpdateTable", shapes.fitted(params, shape, {}))


def _streaming(properties: Mapping[str, Any]) -> dict[str, Any]:
    """A stream that a template describes is one that is wanted."""
    if _STREAM not in properties:
        return dict(properties)
    return {**properties, _STREAM: {**properties[_STREAM], "StreamEnabled": True}}


def _index_changes(old: list[Mapping[str, Any]], new: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Those that are gone or are others now are deleted, those that are new or others now created; throughput is
    adjusted in place."""

    def shape(index: Mapping[str, Any]) -> dict[str, Any]:
        return {name: one for name, one in index.items() if name not in _ADJUSTABLE}

    before = {one["IndexName"]: one for one in old}
    after = {one["IndexName"]: one for one in new}
    others = {name for name in before.keys() & after.keys() if shape(before[name]) != shape(after[name])}
    changes = [{"Delete": {"IndexName": name}} for name in before if name not in after or name in others]
    for name, index in after.items():
        if name not in before or name in others:
            changes.append({"Create": dict(index)})
        elif index != before[name]:
            adjusted = {key: index[key] for key in _ADJUSTABLE if key in index}
            changes.append({"Update": {"IndexName": name, **adjusted}})
    return changes
