"""Streams, whose retention period is raised by one call and lowered by another.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kinesis-stream.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.services.cloudformation.handlers.action import Action, Resource
from launchrole.services.cloudformation.handlers.declared import Declared
from launchrole.services.cloudformation.handlers.handler import PossibleCall, calls_of
from launchrole.services.cloudformation.handlers.registry import handles

_DEFAULT_HOURS = 24


@handles("AWS::Kinesis::Stream")
class Stream(Declared):
    changed_by_code = frozenset({"RetentionPeriodHours"})
    own_calls: Mapping[str, tuple[PossibleCall, ...]] = {
        "update": calls_of("kinesis", "IncreaseStreamRetentionPeriod", "DecreaseStreamRetentionPeriod")
    }

    def update(self, action: Action, old: Resource, properties: Mapping[str, Any], changed: frozenset[str]) -> None:
        super().update(action, old, properties, changed)
        before, wanted = (int(one.get("RetentionPeriodHours", _DEFAULT_HOURS)) for one in (old.properties, properties))
        if before != wanted:
            operation = f"{'Increase' if wanted > before else 'Decrease'}StreamRetentionPeriod"
            params = {"StreamName": old.physical_id, "RetentionPeriodHours": wanted}
            action.call("kinesis", operation, params)
