"""What ends an operation before it is done: a cancelled update, a deletion asked for meanwhile, the time allowed.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CancelUpdateStack.html, API_CreateStack.html
(TimeoutInMinutes). A call leaves word in a row of the operation's; the operation looks for it between two resources,
and when a wait ends.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from launchrole.account.authorizer import Via
from launchrole.account.rows import Rows
from launchrole.account.service import Call
from launchrole.services.cloudformation.operation import Operation, Stop
from launchrole.services.cloudformation.preparation import Acting
from launchrole.services.cloudformation.stacks import Stack, StackError

MINUTE = 60.0
_BY_USER = "User Initiated"
_TIMED_OUT = "Stack creation time exceeded the specified timeout."
_CREATING = frozenset({"CREATE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"})


class Cancelled(Stop):
    """The user wants the update undone."""


class DeletionAsked(Stop):
    """The user wants the stack deleted that is being created."""


def cancel(call: Call, stack: Stack) -> None:
    """Have an update rolled back. Raises `StackError` for a stack that is not being updated."""
    if stack["StackStatus"] != "UPDATE_IN_PROGRESS" or not stack.get("operation"):
        raise StackError("CancelUpdateStack cannot be called from current stack status")
    _leave_word(call, stack, {"verb": "CANCEL", "token": call.params.get("ClientRequestToken")})


def ask_for_deletion(call: Call, stack: Stack, acting: Acting) -> None:
    """Have a stack deleted that is in progress. Raises `StackError` where that has to end first."""
    if stack["StackStatus"] not in _CREATING:
        raise StackError(f"Stack [{stack['StackId']}] cannot be deleted while in status {stack['StackStatus']}")
    word = {"verb": "DELETE", "identity": acting.identity, "via": acting.via.services}
    _leave_word(call, stack, {**word, "token": call.params.get("ClientRequestToken")})


def _leave_word(call: Call, stack: Stack, word: Mapping[str, Any]) -> None:
    call.rows.put("interruption", stack["operation"]["id"], word)
    call.surroundings.signal()


def _word(rows: Rows, operation: Operation) -> Mapping[str, Any] | None:
    found: Mapping[str, Any] | None = rows.get("interruption", operation.number)
    return found


def check(operation: Operation) -> None:
    """Raises `Stop` where the operation is to go no further."""
    with operation.work.transaction() as rows:
        word = _word(rows, operation)
    updating = operation.stack["operation"]["verb"] == "UPDATE"
    if word is not None and word["verb"] == "DELETE":
        raise DeletionAsked(_BY_USER)
    if word is not None and updating:
        raise Cancelled(_BY_USER)
    if not updating and _left(operation) <= 0:
        raise Stop(_TIMED_OUT)


def _left(operation: Operation) -> float:
    """The seconds that a creation may still take."""
    minutes = operation.stack.get("TimeoutInMinutes")
    begun = operation.stack["operation"].get("begun")
    if not minutes or begun is None:
        return float("inf")
    return float(begun + minutes * MINUTE - time.time())


def checked(operation: Operation, do: Callable[[str], bool]) -> Callable[[str], bool]:
    """What is done to each resource, with a look ahead of it for an interruption."""

    def checked_do(name: str) -> bool:
        check(operation)
        return do(name)

    return checked_do


def wait(operation: Operation, seconds: float) -> None:
    """Wait, but no longer than the operation may take."""
    left = seconds if operation.stack["operation"]["verb"] == "UPDATE" else min(seconds, _left(operation))
    operation.work.wait(max(left, 0.0))


def take_token(operation: Operation) -> None:
    """Let the events that follow carry the token of the call that interrupted the operation."""
    with operation.work.transaction() as rows:
        word = _word(rows, operation)
    if word is not None:
        operation.stack["operation"]["token"] = word["token"]


def delete_instead(operation: Operation) -> bool:
    """Go over to the deletion that was asked for, if it was, with the credentials of who asked."""
    with operation.work.transaction() as rows:
        word = _word(rows, operation)
        if word is None or word["verb"] != "DELETE":
            return False
        rows.delete("interruption", operation.number)
        operation.identity = word["identity"]
        operation.via = Via(tuple(word["via"]))
        members = {name: word[name] for name in ("identity", "via", "token")}
        operation.enter("delete", "DELETE_IN_PROGRESS", _BY_USER, creating=False, **members)
    return True
