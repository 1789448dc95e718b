"""Update policies: how a resource is to be changed. What launchrole does not carry out is said in the resource's event.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatepolicy.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from launchrole.services.cloudformation.intrinsics import as_text
from launchrole.services.cloudformation.operation import Operation

_GROUP = "AWS::AutoScaling::AutoScalingGroup"
_RENEWING = frozenset({"LaunchConfigurationName", "LaunchTemplate", "MixedInstancesPolicy", "VPCZoneIdentifier"})
"""The changes of an Auto Scaling group that make its instances others: those that its update policies are about."""

_NOT_DONE: Mapping[str, tuple[str, frozenset[str], str]] = {
    "AutoScalingRollingUpdate": (_GROUP, _RENEWING, "no instances run that could be replaced in batches"),
    "CodeDeployLambdaAliasUpdate": (
        "AWS::Lambda::Alias",
        frozenset({"FunctionVersion"}),
        "no deployment of CodeDeploy was made, the alias was changed at once and no hook was called",
    ),
}
"""By policy: the type, the changed properties that it is about, and what was not done."""


def _policy(operation: Operation, name: str) -> Mapping[str, Any]:
    declared = operation.template.resources[name].get("UpdatePolicy")
    if not isinstance(declared, dict):
        return {}
    found = operation.values().value(declared, ("Resources", name, "UpdatePolicy"))
    return found if isinstance(found, dict) else {}


def replaces(operation: Operation, name: str, changed: Iterable[str]) -> bool:
    """Whether an Auto Scaling group's policy has it replaced (AutoScalingReplacingUpdate)."""
    if operation.template.resources[name]["Type"] != _GROUP or not _RENEWING & set(changed):
        return False
    given = _policy(operation, name).get("AutoScalingReplacingUpdate")
    return isinstance(given, dict) and as_text(given.get("WillReplace", False)) == "true"


def remark(operation: Operation, name: str, changed: Iterable[str]) -> str | None:
    """What of a resource's policy was not carried out in an update; None where nothing is to be said."""
    policy, kind = _policy(operation, name), operation.template.resources[name]["Type"]
    found = [
        f"UpdatePolicy {one}: {why}"
        for one, (about, properties, why) in _NOT_DONE.items()
        if one in policy and about == kind and properties & set(changed)
    ]
    return "; ".join(found) or None
