"""Stacks as they are kept: one row for a stack, one for each of its resources, one for each event.

A stack's row is under its name while the stack is there and under its id once it is deleted; everything else of a stack
is under the last part of its id.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.rows import Rows

PRINCIPAL = "cloudformation.amazonaws.com"
"""CloudFormation as a principal, and as a service that calls pass through."""

STACK_TYPE = "AWS::CloudFormation::Stack"
STACK_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")

Stack = dict[str, Any]
"""A stack's row: the members of DescribeStacks under their names, and in lower case what else is known: `given`, the
parameters' texts; `parameters`, their values; `operation`, what is being done."""

Row = dict[str, Any]
"""A resource's row; `ResourceRows` says what is in it."""


class StackError(ServiceError):
    """What CloudFormation answers with ValidationError."""

    def __init__(self, message: str) -> None:
        super().__init__("ValidationError", message)


class NoExport(StackError):
    def __init__(self, name: str) -> None:
        super().__init__(f"No export named {name} found.")


def uuid_of(stack_id: str) -> str:
    return stack_id.rpartition("/")[2]


def find(rows: Rows, name_or_id: str) -> Stack | None:
    """A stack by its name or id; a deleted one by its id only."""
    if not name_or_id.startswith("arn:"):
        found = rows.get("stack", name_or_id)
        return None if found is None else dict(found)
    found = rows.get("deleted", name_or_id)
    if found is None and name_or_id.count("/") == 2:
        found = rows.get("stack", name_or_id.split("/")[1])
        if found is not None and found["StackId"] != name_or_id:
            found = None
    return None if found is None else dict(found)


def existing(rows: Rows, name_or_id: str) -> Stack:
    """A stack by its name or id. Raises `StackError`."""
    found = find(rows, name_or_id)
    if found is None:
        raise StackError(f"Stack with id {name_or_id} does not exist")
    return found


def save(rows: Rows, stack: Mapping[str, Any]) -> None:
    """Write a stack's row where it belongs."""
    if stack["StackStatus"] == "DELETE_COMPLETE":
        current = rows.get("stack", stack["StackName"])
        if current is not None and current["StackId"] == stack["StackId"]:
            rows.delete("stack", stack["StackName"])
        rows.put("deleted", stack["StackId"], stack)
    else:
        rows.put("stack", stack["StackName"], stack)


def every(rows: Rows) -> Iterator[Stack]:
    """All stacks that are there."""
    for _, found in rows.all("stack"):
        yield dict(found)


def every_deleted(rows: Rows) -> Iterator[Stack]:
    for _, found in rows.all("deleted"):
        yield dict(found)


def listed(rows: Rows) -> list[Stack]:
    """All stacks, those that are deleted too, the newest first."""
    return sorted([*every(rows), *every_deleted(rows)], key=lambda one: one["CreationTime"], reverse=True)


def resources(rows: Rows, stack_id: str) -> dict[str, Row]:
    """The resources of a stack by their logical ids."""
    prefix = f"{uuid_of(stack_id)}/"
    return {key[len(prefix) :]: dict(row) for key, row in rows.all("resource", prefix)}


def save_resource(rows: Rows, stack_id: str, row: Mapping[str, Any]) -> None:
    rows.put("resource", f"{uuid_of(stack_id)}/{row['logical_id']}", row)


def drop_resource(rows: Rows, stack_id: str, logical_id: str) -> None:
    rows.delete("resource", f"{uuid_of(stack_id)}/{logical_id}")


def save_template(rows: Rows, stack_id: str, text: str, processed: Mapping[str, Any], stage: str = "now") -> None:
    """Keep a stack's template as it was given and with its macros processed; `stage` is `now` or `before`."""
    rows.put("template", f"{uuid_of(stack_id)}/{stage}", {"text": text, "processed": processed})


def template(rows: Rows, stack_id: str, stage: str = "now") -> dict[str, Any] | None:
    """A stack's template: `text` and `processed`."""
    found = rows.get("template", f"{uuid_of(stack_id)}/{stage}")
    return None if found is None else dict(found)


def events(rows: Rows, stack_id: str) -> list[dict[str, Any]]:
    """A stack's events, the newest first."""
    found = [event for _, event in rows.all("event", f"{uuid_of(stack_id)}/")]
    found.reverse()
    return found


def add_event(
    rows: Rows,
    stack: Stack,
    *,
    logical_id: str,
    physical_id: str,
    type: str,
    status: str,
    reason: str | None = None,
    properties: str | None = None,
    event_id: str,
    instant: float | None = None,
    token: str | None = None,
) -> dict[str, Any]:
    """Write an event, and return it; the stack's row counts them and is to be saved."""
    number = stack["events"] = stack.get("events", 0) + 1
    event: dict[str, Any] = {
        "StackId": stack["StackId"],
        "EventId": event_id,
        "StackName": stack["StackName"],
        "LogicalResourceId": logical_id,
        "PhysicalResourceId": physical_id,
        "ResourceType": type,
        "Timestamp": time.time() if instant is None else instant,
        "ResourceStatus": status,
    }
    if reason is not None:
        event["ResourceStatusReason"] = reason
    if properties is not None:
        event["ResourceProperties"] = properties
    if token is not None:
        event["ClientRequestToken"] = token
    rows.put("event", f"{uuid_of(stack['StackId'])}/{number:08d}", event)
    return event


def exports(rows: Rows) -> dict[str, dict[str, Any]]:
    """Everything that stacks export, by name: `Name`, `Value`, `ExportingStackId`."""
    return {name: dict(one) for name, one in rows.all("export")}


def export(rows: Rows, name: str) -> str:
    """The value of an export. Raises `NoExport`."""
    found = rows.get("export", name)
    if found is None:
        raise NoExport(name)
    return str(found["Value"])


def importers(rows: Rows, name: str) -> list[str]:
    """The names of the stacks that import an export."""
    return sorted({str(one["StackName"]) for _, one in rows.all("import", f"{name}\n")})


def set_imports(rows: Rows, stack: Stack, names: Iterable[str]) -> None:
    """Write which exports a stack imports."""
    wanted = set(names)
    for key, one in list(rows.all("import")):
        if one["StackId"] == stack["StackId"]:
            rows.delete("import", key)
    for name in wanted:
        document = {"StackId": stack["StackId"], "StackName": stack["StackName"]}
        rows.put("import", f"{name}\n{stack['StackId']}", document)


def in_progress(stack: Mapping[str, Any]) -> bool:
    return str(stack["StackStatus"]).endswith("_IN_PROGRESS") and stack["StackStatus"] != "REVIEW_IN_PROGRESS"


_SHOWN = (
    "StackId",
    "StackName",
    "ChangeSetId",
    "Description",
    "Parameters",
    "CreationTime",
    "DeletionTime",
    "LastUpdatedTime",
    "RollbackConfiguration",
    "StackStatus",
    "StackStatusReason",
    "DisableRollback",
    "NotificationARNs",
    "TimeoutInMinutes",
    "Capabilities",
    "Outputs",
    "RoleARN",
    "Tags",
    "EnableTerminationProtection",
    "ParentId",
    "RootId",
    "RetainExceptOnCreate",
    "DriftInformation",
)


def shown(stack: Mapping[str, Any]) -> dict[str, Any]:
    """A stack as DescribeStacks shows it."""
    found = {name: stack[name] for name in _SHOWN if stack.get(name) is not None}
    found.setdefault("DriftInformation", {"StackDriftStatus": "NOT_CHECKED"})
    found.setdefault("RollbackConfiguration", {})
    found.setdefault("NotificationARNs", [])
    found.setdefault("Tags", [])
    return {name: value for name, value in found.items() if value != [] or name in ("Tags", "NotificationARNs")}
