"""The course of an operation on a stack, from its first event to its last.

Each phase is entered in a transaction of its own; an operation that is taken up again goes on in the phase in which it
was left.
"""

from __future__ import annotations

import time

from launchrole.account.jobs import Work
from launchrole.services.cloudformation import interruptions, stacks
from launchrole.services.cloudformation.backward import clean_up, delete_resources, roll_back_update
from launchrole.services.cloudformation.forward import go_forward
from launchrole.services.cloudformation.operation import Operation, Stop

_BY_USER = "Rollback requested by user."


def do(work: Work) -> None:
    """Do a stack's operation."""
    operation = Operation.load(work)
    while operation is not None and operation.stack.get("operation"):
        try:
            _PHASES[operation.phase](operation)
        except Exception as fault:
            work.report(fault)
            operation = Operation.load(work)  # what is kept is the truth, not what was at hand
            if operation is not None:
                _give_up(operation, f"launchrole failed to go on with this operation ({type(fault).__name__})")


def _create(operation: Operation) -> None:
    try:
        go_forward(operation)
    except interruptions.DeletionAsked:
        interruptions.delete_instead(operation)
        return
    except Stop as stop:
        _failed_to_create(operation, stop)
        return
    _end(operation, "CREATE_COMPLETE")


def _end(operation: Operation, status: str, why: str | None = None) -> None:
    """End a creation, or go over to the deletion that was asked for meanwhile."""
    with operation.work.transaction():
        if not interruptions.delete_instead(operation):
            operation.finish(status, why)


def _failed_to_create(operation: Operation, stop: Stop) -> None:
    stack = operation.stack
    stays = stack.get("DisableRollback") or stack.get("OnFailure") == "DO_NOTHING"
    if stays or operation.work.is_rehearsal:
        _end(operation, "CREATE_FAILED", stop.why)
    elif stack.get("OnFailure") == "DELETE":
        operation.enter("delete", "DELETE_IN_PROGRESS", f"{_spaced(stop.why)}Delete requested by user.", creating=True)
    else:
        operation.enter("rollback", "ROLLBACK_IN_PROGRESS", _spaced(stop.why) + _BY_USER)


def _spaced(why: str) -> str:
    return why if why.endswith(" ") else f"{why} "


def _rollback(operation: Operation) -> None:
    failed = delete_resources(operation, creating=True)
    if failed:
        _end(operation, "ROLLBACK_FAILED", _failed_to_delete(failed))
    else:
        _end(operation, "ROLLBACK_COMPLETE")


def _failed_to_delete(failed: list[str]) -> str:
    return f"The following resource(s) failed to delete: [{', '.join(sorted(failed))}]. "


def _delete(operation: Operation) -> None:
    running = operation.stack["operation"]
    failed = delete_resources(operation, creating=running.get("creating", False), retain=running.get("retain") or ())
    if failed:
        operation.finish("DELETE_FAILED", _failed_to_delete(failed))
        return
    with operation.work.transaction() as rows:
        for name, one in stacks.exports(rows).items():
            if one["ExportingStackId"] == operation.id:
                rows.delete("export", name)
        stacks.set_imports(rows, operation.stack, ())
        operation.stack["DeletionTime"] = time.time()
        operation.finish("DELETE_COMPLETE")


def _update(operation: Operation) -> None:
    stack = operation.stack
    try:
        go_forward(operation)
    except Stop as stop:
        cancelled = isinstance(stop, interruptions.Cancelled)
        if cancelled:
            interruptions.take_token(operation)
        stays = stack["operation"].get("disable_rollback") or operation.work.is_rehearsal
        if stays and not cancelled:
            operation.finish("UPDATE_FAILED", stop.why)
        else:
            operation.enter("update_rollback", "UPDATE_ROLLBACK_IN_PROGRESS", stop.why)
        return
    with operation.work.transaction() as rows:
        stacks.set_imports(rows, stack, operation.imported())
        operation.enter("cleanup", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")


def _cleanup(operation: Operation) -> None:
    failed = clean_up(operation, rolled_back=False)
    why = "Update successful. One or more resources could not be deleted." if failed else None
    operation.finish("UPDATE_COMPLETE", why)


def _update_rollback(operation: Operation) -> None:
    failed = roll_back_update(operation, operation.stack["operation"].get("skip") or ())
    if failed:
        listed = ", ".join(sorted(failed))
        _keep_for_continuing(operation, f"The following resource(s) failed to update: [{listed}]. ")
        return
    with operation.work.transaction() as rows:
        operation.restore_definition(rows)
        operation.enter("rollback_cleanup", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")


def _keep_for_continuing(operation: Operation, why: str) -> None:
    """End in UPDATE_ROLLBACK_FAILED, with what ContinueUpdateRollback needs."""
    stack = operation.stack
    with operation.write() as rows:
        operation.set_status(rows, "UPDATE_ROLLBACK_FAILED", why)
        stack["unfinished"] = stack["operation"]
        stack["operation"] = None
    operation.work.signal(stack["StackId"])


def _rollback_cleanup(operation: Operation) -> None:
    clean_up(operation, rolled_back=True)
    operation.finish("UPDATE_ROLLBACK_COMPLETE")


_GIVEN_UP = {
    "create": "CREATE_FAILED",
    "rollback": "ROLLBACK_FAILED",
    "delete": "DELETE_FAILED",
    "update": "UPDATE_FAILED",
    "cleanup": "UPDATE_COMPLETE",
    "rollback_cleanup": "UPDATE_ROLLBACK_COMPLETE",
}
"""How an operation ends that a fault of launchrole stops in a phase; what comes before a clean-up is done by then."""


def _give_up(operation: Operation, why: str) -> None:
    """End an operation as failed, with all of its resources that are in progress."""
    with operation.work.transaction() as rows:
        for row in operation.rows.values():
            verb, _, rest = row["status"].partition("_")
            if rest == "IN_PROGRESS":
                operation.set_resource(rows, row, f"{verb}_FAILED", why)
        if operation.phase == "update_rollback":
            _keep_for_continuing(operation, why)
        else:
            operation.finish(_GIVEN_UP[operation.phase], why)


_PHASES = {
    "create": _create,
    "rollback": _rollback,
    "delete": _delete,
    "update": _update,
    "cleanup": _cleanup,
    "update_rollback": _update_rollback,
    "rollback_cleanup": _rollback_cleanup,
}
