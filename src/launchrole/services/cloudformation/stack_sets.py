"""Stack sets as they are kept: rows of the administrator's account, one for a stack set, one for each of its instances,
its operations and what became of an operation in an account and region."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.rows import Rows

ADMINISTRATION_ROLE = "AWSCloudFormationStackSetAdministrationRole"
EXECUTION_ROLE = "AWSCloudFormationStackSetExecutionRole"
"""The roles that are taken where a stack set names none (stacksets-prereqs-self-managed.html)."""

StackSet = dict[str, Any]
"""A stack set's row: the members of DescribeStackSet under their names."""

Instance = dict[str, Any]
"""A stack instance's row: the members of DescribeStackInstance."""

SetOperation = dict[str, Any]
"""An operation's row: the members of DescribeStackSetOperation, and in lower case what carrying it out needs:
`targets`, pairs of account and region in their order; `overrides`; `tolerance`, how many accounts of a region may
fail."""


def uuid_of(stack_set: Mapping[str, Any]) -> str:
    return str(stack_set["StackSetId"]).rpartition(":")[2]


def find(rows: Rows, name_or_id: str) -> StackSet:
    """A stack set by its name, its id or its ARN, whole each. Raises StackSetNotFoundException."""
    name = name_or_id.rpartition(":stackset/")[2] if name_or_id.startswith("arn:") else name_or_id
    found = rows.get("stackset", name.partition(":")[0])
    if found is None or name_or_id not in (found["StackSetName"], found["StackSetId"], found["StackSetARN"]):
        raise ServiceError("StackSetNotFoundException", f"StackSet {name_or_id} not found", 404)
    return dict(found)


def save(rows: Rows, stack_set: StackSet) -> None:
    """Write a stack set's row; a deleted one is only listed any more."""
    if stack_set["Status"] == "DELETED":
        rows.delete("stackset", stack_set["StackSetName"])
        rows.put("stackset deleted", stack_set["StackSetId"], stack_set)
    else:
        rows.put("stackset", stack_set["StackSetName"], stack_set)


def every(rows: Rows) -> list[StackSet]:
    return [dict(one) for kind in ("stackset", "stackset deleted") for _, one in rows.all(kind)]


def instances(rows: Rows, stack_set: StackSet) -> list[Instance]:
    return [dict(one) for _, one in rows.all("stackset instance", f"{uuid_of(stack_set)}/")]


def instance(rows: Rows, stack_set: StackSet, account: str, region: str) -> Instance | None:
    found = rows.get("stackset instance", f"{uuid_of(stack_set)}/{account}/{region}")
    return None if found is None else dict(found)


def save_instance(rows: Rows, stack_set: StackSet, one: Instance) -> None:
    rows.put("stackset instance", f"{uuid_of(stack_set)}/{one['Account']}/{one['Region']}", one)


def drop_instance(rows: Rows, stack_set: StackSet, account: str, region: str) -> None:
    rows.delete("stackset instance", f"{uuid_of(stack_set)}/{account}/{region}")


def operations(rows: Rows, stack_set: StackSet) -> list[SetOperation]:
    """A stack set's operations, the newest first."""
    found = [dict(one) for _, one in rows.all("stackset operation", f"{uuid_of(stack_set)}/")]
    return sorted(found, key=lambda one: -one["CreationTimestamp"])


def operation(rows: Rows, stack_set: StackSet, identifier: str) -> SetOperation:
    """An operation by its id. Raises OperationNotFoundException."""
    found = rows.get("stackset operation", f"{uuid_of(stack_set)}/{identifier}")
    if found is None:
        raise ServiceError("OperationNotFoundException", f"Operation {identifier} not found", 404)
    return dict(found)


def save_operation(rows: Rows, stack_set: StackSet, one: SetOperation) -> None:
    rows.put("stackset operation", f"{uuid_of(stack_set)}/{one['OperationId']}", one)


def results(rows: Rows, stack_set: StackSet, identifier: str) -> list[dict[str, Any]]:
    """What became of an operation, in the order of its targets."""
    prefix = f"{uuid_of(stack_set)}/{identifier}/"
    return [dict(one) for _, one in rows.all("stackset result", prefix)]


def save_result(
    rows: Rows, stack_set: StackSet, identifier: str, number: int, target: tuple[str, str], status: str, why: str = ""
) -> None:
    found = {"Account": target[0], "Region": target[1], "Status": status, **({"StatusReason": why} if why else {})}
    rows.put("stackset result", f"{uuid_of(stack_set)}/{identifier}/{number:06d}", found)
