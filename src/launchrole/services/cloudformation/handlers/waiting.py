"""Wait conditions and their handles, and types that are nothing but a name.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-waitcondition.html
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from launchrole.services.cloudformation import wait_handles
from launchrole.services.cloudformation.handlers.action import Action, Failed, NotYet, Resource
from launchrole.services.cloudformation.handlers.handler import Handler
from launchrole.services.cloudformation.handlers.registry import handles
from launchrole.services.cloudformation.intrinsics import as_text
from launchrole.services.cloudformation.template import TemplateError
from launchrole.services.cloudformation.wait_handles import Handle


class _WithoutCalls(Handler):
    """A type that exists within CloudFormation alone."""

    @property
    def taggable(self) -> bool:
        return False

    def create(self, action: Action, properties: Mapping[str, Any]) -> None:
        action.created(self.physical(action))

    def physical(self, action: Action) -> str:
        return action.generated_name(64)

    def update(self, action: Action, old: Resource, properties: Mapping[str, Any], changed: frozenset[str]) -> None:
        action.created(old.physical_id)

    def delete(self, action: Action, old: Resource) -> None:
        pass


@handles("AWS::CloudFormation::WaitConditionHandle")
class WaitConditionHandle(_WithoutCalls):
    """Ref gives a URL to which signals are sent."""

    def physical(self, action: Action) -> str:
        with action.work.transaction() as rows:
            return wait_handles.url(rows, Handle(action.stack.stack_id, action.logical_id), action.work.endpoint)

    def delete(self, action: Action, old: Resource) -> None:
        handle = wait_handles.of_url(old.physical_id)
        if handle is not None:
            with action.work.transaction() as rows:
                wait_handles.forget(rows, handle)


@handles("AWS::CDK::Metadata", "AWS::CloudFormation::Interface")
class Metadata(_WithoutCalls):
    """What tools write into templates for themselves."""


@handles("AWS::CloudFormation::WaitCondition")
class WaitCondition(_WithoutCalls):
    """Done when as many signals have come as it counts; failed when one says FAILURE, or when they take too long."""

    def create(self, action: Action, properties: Mapping[str, Any]) -> None:
        if "Handle" not in properties:  # its creation policy waits: aws-resource-cloudformation-waitcondition.html
            action.created(action.generated_name(64))
            return
        wanted = _whole(properties, "Count", 1)
        timeout = _whole(properties, "Timeout", 43200)
        handle = wait_handles.of_url(str(properties["Handle"]))
        uuid = action.stack.uuid
        places = {f"{uuid}/{action.logical_id}", *([] if handle is None else [handle.row])}
        with action.work.transaction() as rows:
            begun = rows.get("waiting", f"{uuid}/{action.logical_id}")
            if begun is None:
                begun = {"since": time.time()}
                rows.put("waiting", f"{uuid}/{action.logical_id}", begun)
            signals = [one for place in sorted(places) for _, one in rows.all("signal", f"{place}/")]
        failures = [one for one in signals if one["Status"] == "FAILURE"]
        if failures:
            raise Failed(
                f"WaitCondition received failed message: '{failures[0].get('Reason', '')}' "
                f"for uniqueId: {failures[0]['UniqueId']}"
            )
        if len(signals) >= wanted or not action.work.awaits_signals:
            data = {one["UniqueId"]: one.get("Data", "") for one in signals}
            action.created(action.generated_name(64), Data=json.dumps(data, separators=(",", ":")))
            return
        left = begun["since"] + timeout - time.time()
        if left <= 0:
            raise Failed(f"WaitCondition timed out. Received {len(signals)} conditions when expecting {wanted}")
        raise NotYet(min(left, 60.0))


def _whole(properties: Mapping[str, Any], name: str, default: int) -> int:
    """A property that is a whole number. Raises `Failed`."""
    try:
        return int(as_text(properties.get(name, default)))
    except (ValueError, TemplateError):
        raise Failed(f"Value of property {name} must be a whole number") from None
