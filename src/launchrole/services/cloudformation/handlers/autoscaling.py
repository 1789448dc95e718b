"""Groups of instances, whose tags say whether instances get them too.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-autoscaling-autoscalinggroup-tagproperty.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.services.cloudformation.handlers.action import Action, Resource
from launchrole.services.cloudformation.handlers.declared import Declared
from launchrole.services.cloudformation.handlers.handler import PossibleCall, calls_of
from launchrole.services.cloudformation.handlers.registry import handles
from launchrole.services.cloudformation.intrinsics import as_text

_KIND = "auto-scaling-group"


@handles("AWS::AutoScaling::AutoScalingGroup")
class AutoScalingGroup(Declared):
    own_calls: Mapping[str, tuple[PossibleCall, ...]] = {
        "update": calls_of("autoscaling", "CreateOrUpdateTags", "DeleteTags")
    }

    def create(self, action: Action, properties: Mapping[str, Any]) -> None:
        marked = _marked(action.tags, properties)
        super().create(action, {**properties, "marked_tags": marked} if marked else properties)

    def update(self, action: Action, old: Resource, properties: Mapping[str, Any], changed: frozenset[str]) -> None:
        super().update(action, old, properties, changed - {"Tags"})
        before = _marked(old.tags, old.properties)
        wanted = _marked(action.tags, properties)
        place = {"ResourceId": old.physical_id, "ResourceType": _KIND}
        keys = {one["Key"] for one in wanted}
        gone = [{"Key": one["Key"], **place} for one in before if one["Key"] not in keys]
        new = [{**one, **place} for one in wanted if one not in before]
        if gone:
            action.call("autoscaling", "DeleteTags", {"Tags": gone})
        if new:
            action.call("autoscaling", "CreateOrUpdateTags", {"Tags": new})


def _marked(tags: Mapping[str, str], properties: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Tags with what the template says of instances; the stack's go to instances too."""
    said = {as_text(one["Key"]): one.get("PropagateAtLaunch", True) for one in properties.get("Tags") or ()}
    return [
        {"Key": key, "Value": value, "PropagateAtLaunch": as_text(said.get(key, True)).lower() == "true"}
        for key, value in tags.items()
    ]
