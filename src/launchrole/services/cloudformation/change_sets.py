"""Change sets as they are kept: under the stack's id and their own name."""

from __future__ import annotations

from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call
from launchrole.services.cloudformation import stacks
from launchrole.services.cloudformation.stacks import Stack, StackError

ChangeSet = dict[str, Any]
"""A change set's row: the members of DescribeChangeSet under their names; in lower case what executing it needs."""


class ChangeSetNotFound(ServiceError):
    def __init__(self, name: str) -> None:
        super().__init__("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", 404)


def save(call: Call, change_set: ChangeSet) -> None:
    call.rows.put("changeset", _key(change_set), change_set)


def delete(call: Call, change_set: ChangeSet) -> None:
    call.rows.delete("changeset", _key(change_set))


def _key(change_set: ChangeSet) -> str:
    return f"{stacks.uuid_of(change_set['StackId'])}/{change_set['ChangeSetName']}"


def of_stack(call: Call, stack: Stack) -> list[ChangeSet]:
    """The change sets of a stack."""
    return [dict(one) for _, one in call.rows.all("changeset", f"{stacks.uuid_of(stack['StackId'])}/")]


def find(call: Call, name: str, stack_name: str | None) -> ChangeSet | None:
    """A change set by its ARN, or by its name and its stack's. Raises `StackError` where the stack is not there.

    Where a call names a stack, it was authorized for that one: no other stack's change set is to be had by its ARN."""
    if name.startswith("arn:"):
        for _, one in call.rows.all("changeset"):
            if one["ChangeSetId"] == name and stack_name in (None, "", one["StackName"], one["StackId"]):
                return dict(one)
        return None
    if not stack_name:
        raise StackError("StackName must be specified if ChangeSetName is not specified as an ARN.")
    stack = stacks.existing(call.rows, stack_name)
    return next((one for one in of_stack(call, stack) if one["ChangeSetName"] == name), None)


def existing(call: Call, name: str, stack_name: str | None) -> ChangeSet:
    """The same; raises `ChangeSetNotFound` where there is none."""
    found = find(call, name, stack_name)
    if found is None:
        raise ChangeSetNotFound(name)
    return found
