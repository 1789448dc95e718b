"""Stack policies: which updates of which resources a stack lets happen.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from launchrole.policy.pattern import glob, pieces_of
from launchrole.services.cloudformation.handlers.registry import handler
from launchrole.services.cloudformation.operation import Operation
from launchrole.services.cloudformation.stacks import Row, StackError

_DENIED = "Action denied by stack policy:"


def parsed(text: str) -> dict[str, Any]:
    """A stack policy's document. Raises `StackError`."""
    try:
        found = json.loads(text)
    except ValueError:
        raise StackError("Error validating stack policy: Invalid stack policy") from None
    statements = found.get("Statement") if isinstance(found, dict) else None
    if not isinstance(statements, list) or not all(isinstance(one, dict) for one in statements):
        raise StackError("Error validating stack policy: Invalid stack policy")
    for one in statements:
        if one.get("Effect") not in ("Allow", "Deny") or one.get("Principal") != "*":
            raise StackError("Error validating stack policy: Invalid stack policy")
    return dict(found)


def stack_policy_denies(operation: Operation, row: Row, properties: Mapping[str, Any] | None, type: str) -> str | None:
    """Why the stack's policy refuses the update of a resource; None where it allows it. `properties` is None for a
    resource that is removed."""
    text = operation.stack["operation"].get("policy") or operation.stack.get("policy")
    if not text:
        return None
    if properties is None:
        action = "Update:Delete"
    elif row["type"] != type or handler(type).replacing(row["properties"], properties):
        action = "Update:Replace"
    else:
        action = "Update:Modify"
    subject = f"LogicalResourceId/{row['logical_id']}"
    allowed = False
    for statement in parsed(text)["Statement"]:
        if not _about(statement, action, row):
            continue
        if statement["Effect"] == "Deny":
            return (
                f"{_DENIED} Statement [{statement.get('Sid', '')}] does not allow [{action}] for resource [{subject}]"
            )
        allowed = True
    if allowed:
        return None
    return f"{_DENIED} no statement allows [{action}] for resource [{subject}]"


def _about(statement: Mapping[str, Any], action: str, row: Row) -> bool:
    actions = _listed(statement.get("Action", statement.get("NotAction")))
    named = any(_matches(one.lower(), action.lower()) for one in actions)
    if ("NotAction" in statement) == named:
        return False
    wanted = f"LogicalResourceId/{row['logical_id']}"
    resources = _listed(statement.get("Resource", statement.get("NotResource", "*")))
    named = any(_matches(one, wanted) for one in resources)
    if ("NotResource" in statement) == named:
        return False
    for operator, keys in (statement.get("Condition") or {}).items():
        kinds = _listed(keys.get("ResourceType", []))
        if operator == "StringEquals" and row["type"] not in kinds:
            return False
        if operator == "StringLike" and not any(_matches(one, row["type"]) for one in kinds):
            return False
    return True


def _matches(pattern: str, value: str) -> bool:
    return bool(glob(pieces_of(pattern))(value))


def _listed(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [] if value is None else [str(value)]
