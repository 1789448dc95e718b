"""What surrounds a template's values: pseudo parameters, availability zones, exports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from launchrole.services.cloudformation.handlers.action import StackFacts
from launchrole.services.cloudformation.intrinsics import Resources, Values
from launchrole.services.cloudformation.template import Path, Template

_SUFFIXES = {"aws-cn": "amazonaws.com.cn"}


def pseudo_parameters(stack: StackFacts) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html"""
    return {
        "AWS::AccountId": stack.account,
        "AWS::NotificationARNs": list(stack.notification_arns),
        "AWS::Partition": stack.partition,
        "AWS::Region": stack.region,
        "AWS::StackId": stack.stack_id,
        "AWS::StackName": stack.name,
        "AWS::URLSuffix": _SUFFIXES.get(stack.partition, "amazonaws.com"),
    }


def values(
    template: Template,
    parameters: Mapping[str, Any],
    stack: StackFacts,
    resources: Resources,
    *,
    exports: Callable[[str], str],
    zones: Callable[[str], list[str]],
    dynamic: Callable[[str, Path], str] | None = None,
) -> Values:
    """A template's values for a stack; `parameters` are the values that Ref gives."""
    return Values(template, parameters, pseudo_parameters(stack), resources, exports, zones, dynamic)
