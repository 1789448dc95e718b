"""Groups of a stack's resources: moto keeps them, whatever has become of the stack; AWS looks at it first.

https://docs.aws.amazon.com/ARG/latest/APIReference/API_ResourceQuery.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call, PassOn, Service

resource_groups = Service("resource-groups")

_OF_STACK = "CLOUDFORMATION_STACK_1_0"
_WITHOUT_RESOURCES = ("DELETE_COMPLETE", "ROLLBACK_COMPLETE", "CREATE_FAILED")


@resource_groups.operation("CreateGroup")
def create_group(call: Call) -> None:
    """moto does it. Raises BadRequestException for a stack that has come to nothing, in AWS' recorded words. The
    caller's own right to describe the stack is what is asked with.
    https://docs.aws.amazon.com/ARG/latest/userguide/gettingstarted-prereqs-permissions.html"""
    stack = _stack(call.params.get("ResourceQuery") or {})
    if stack is not None:
        params = {"StackName": stack}
        described = call.surroundings.call(call.surroundings.identity(), "cloudformation", "DescribeStacks", params)
        if described["Stacks"][0]["StackStatus"] in _WITHOUT_RESOURCES:
            told = ", ".join(_WITHOUT_RESOURCES)
            raise ServiceError(
                "BadRequestException",
                f"Query not valid: The specified CloudFormation stack cannot have the following statuses: {told}.",
            )
    raise PassOn


def _stack(query: Mapping[str, str]) -> str | None:
    """The stack that a query names; None for queries of other kinds, and for those that moto refuses."""
    if query.get("Type") != _OF_STACK:
        return None
    try:
        found = json.loads(query["Query"])
    except (KeyError, ValueError):
        return None
    stack = found.get("StackIdentifier") if isinstance(found, dict) else None
    return stack if isinstance(stack, str) and stack else None
