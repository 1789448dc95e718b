"""Deleting stacks, rolling back what failed, and cleaning up after updates: resources go in the reverse order.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from launchrole.services.cloudformation import stacks
from launchrole.services.cloudformation.handlers.action import Resource
from launchrole.services.cloudformation.handlers.handler import Handler
from launchrole.services.cloudformation.operation import Operation, run
from launchrole.services.cloudformation.stacks import Row


def delete_resources(operation: Operation, *, creating: bool, retain: Iterable[str] = ()) -> list[str]:
    """Delete the stack's resources; those that could not be deleted. `creating` says that a creation is rolled back;
    `retain` names resources that are left where they are."""
    kept = set(retain)
    rows = operation.rows
    gone = {"DELETE_COMPLETE", "DELETE_SKIPPED"}
    left = [name for name, row in rows.items() if row["status"] not in gone]

    def begin(names: list[str]) -> None:
        with operation.write() as written:
            for name in names:
                row = rows[name]
                if row["status"] == "DELETE_IN_PROGRESS" or not row.get("physical_id"):
                    continue
                if name in kept or _retained(row, creating):
                    continue
                operation.set_resource(written, row, "DELETE_IN_PROGRESS")

    def do(name: str) -> bool:
        row = rows[name]
        if not row.get("physical_id"):
            with operation.write() as written:
                operation.set_resource(written, row, "DELETE_COMPLETE")
            return True
        if name in kept or _retained(row, creating):
            with operation.write() as written:
                operation.set_resource(written, row, "DELETE_SKIPPED")
            return True
        return _delete(operation, row, operation.resource(row), "delete")

    return run(
        list(reversed(left)),
        _reversed({name: rows[name].get("depends", ()) for name in left}),
        begin,
        do,
        operation.work.wait,
        keep_going=True,
    )


def _reversed(depends: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
    """For each resource those that have to go before it: the ones that depend on it."""
    needs: dict[str, set[str]] = {name: set() for name in depends}
    for name, others in depends.items():
        for other in others:
            if other in needs:
                needs[other].add(name)
    return needs


def _retained(row: Row, creating: bool) -> bool:
    policy = row.get("deletion")
    return policy == "Retain" or (policy == "RetainExceptOnCreate" and not (creating and row.get("new")))


def _delete(operation: Operation, row: Row, old: Resource, verb: str, *, cleanup: bool = False) -> bool:
    outcome = operation.act(
        {**row, "type": old.type}, verb, {}, lambda one, action: _with_snapshot(one, action, old, row)
    )
    with operation.write() as written:
        status = "DELETE_COMPLETE" if outcome.ok else "DELETE_FAILED"
        physical = old.physical_id if cleanup else None
        told = {**row, "type": old.type} if cleanup else row
        operation.set_resource(written, told, status, outcome.why, physical_id=physical, cleanup=cleanup)
        operation.work.forget_steps(f"{row['logical_id']}/{verb}/")
    return outcome.ok


def _with_snapshot(one: Handler, action: Any, old: Resource, row: Row) -> None:
    if row.get("deletion") == "Snapshot":
        one.snapshot(action, old)
    one.delete(action, old)


def roll_back_update(operation: Operation, skip: Iterable[str] = ()) -> list[str]:
    """Make the resources that an update touched what they were before; those for which that failed."""
    rows = operation.rows
    skipped = set(skip)
    touched = [name for name, row in rows.items() if row.get("operation") == operation.number and row.get("previous")]
    left = [name for name in touched if not rows[name].get("restored")]

    def begin(names: list[str]) -> None:
        with operation.write() as written:
            for name in names:
                row = rows[name]
                if not row["status"].startswith("UPDATE") or row.get("restoring") or row.get("unchanged"):
                    continue
                row["restoring"] = True
                operation.set_resource(written, row, "UPDATE_IN_PROGRESS")

    def do(name: str) -> bool:
        row = rows[name]
        if name in skipped or row.get("unchanged"):
            return _restored(operation, row, row["previous"], why=None)
        return _restore(operation, row)

    return run(
        list(reversed(left)),
        _reversed({name: rows[name].get("depends", ()) for name in left}),
        begin,
        do,
        operation.work.wait,
        keep_going=True,
    )


def _restore(operation: Operation, row: Row) -> bool:
    """Undo the update of one resource: back to its old physical resource, or to its old properties."""
    before = row["previous"]
    if row.get("replaces"):
        return _restored(operation, row, before, why=None)
    now = operation.resource(row)
    changed = frozenset(row.get("changed", ()))
    tried = {**row, "type": before["type"]}
    outcome = operation.act(
        tried,
        f"restore{row.get('attempts', 0)}",
        before["tags"],
        lambda one, action: one.update(action, now, before["properties"], changed),
    )
    if outcome.ok:
        return _restored(operation, row, before, why=None)
    with operation.write() as written:
        row["attempts"] = row.get("attempts", 0) + 1
        row["restoring"] = False
        operation.set_resource(written, row, "UPDATE_FAILED", outcome.why)
    return False


def _restored(operation: Operation, row: Row, before: Mapping[str, Any], why: str | None) -> bool:
    with operation.write() as written:
        if row.get("replaces") and row.get("physical_id") not in ("", before["physical_id"]):
            doomed = {name: row[name] for name in ("type", "physical_id", "properties", "attributes", "depends")}
            operation.stack["operation"].setdefault("leftover", []).append({"logical_id": row["logical_id"], **doomed})
        row.update(before)
        row.update(restored=True, restoring=False)
        operation.set_resource(written, row, "UPDATE_COMPLETE", why)
    return True


def clean_up(operation: Operation, *, rolled_back: bool) -> list[str]:
    """Delete what an update has made superfluous: after a success the resources that are in the template no longer and
    the physical resources that were replaced; after a rollback what the update had made. The logical ids of what could
    not be deleted: that fails no update.
    """
    doomed = _after_rollback(operation) if rolled_back else _after_update(operation)
    needs = _reversed({name: one.depends for name, one in doomed.items()})

    def begin(names: list[str]) -> None:
        with operation.write() as written:
            for name in names:
                one = doomed[name]
                if one.old.physical_id and not _kept_back(one.row, one.whole, rolled_back):
                    told = {**one.row, "type": one.old.type}
                    operation.set_resource(
                        written, told, "DELETE_IN_PROGRESS", physical_id=one.old.physical_id, cleanup=True
                    )

    def do(name: str) -> bool:
        row, old, whole = doomed[name].row, doomed[name].old, doomed[name].whole
        ok = True
        if _kept_back(row, whole, rolled_back):
            with operation.write() as written:
                told = {**row, "type": old.type}
                operation.set_resource(written, told, "DELETE_SKIPPED", physical_id=old.physical_id, cleanup=True)
        elif old.physical_id:
            ok = _delete(operation, row, old, "remove", cleanup=True)
        with operation.write() as written:
            if whole:
                stacks.drop_resource(written, operation.id, name)
                operation.rows.pop(name, None)
            else:
                row.pop("previous", None)
                row["replaced"] = False
                stacks.save_resource(written, operation.id, row)
        return ok

    return run(list(reversed(doomed)), needs, begin, do, operation.work.wait, keep_going=True)


@dataclass(frozen=True)
class _Superfluous:
    """A physical resource that is to go, with the row of its logical id, which may go with it (`whole`). `depends` is
    what this physical resource depends on: the one that took its place may depend on others."""

    row: Row
    old: Resource
    whole: bool
    depends: Iterable[str]


def _after_update(operation: Operation) -> dict[str, _Superfluous]:
    present = set(operation.present())
    found: dict[str, _Superfluous] = {}
    for name, row in operation.rows.items():
        before = row.get("previous")
        if name not in present:
            found[name] = _Superfluous(row, operation.resource(row), True, row.get("depends", ()))
        elif row.get("replaced") and before and before["physical_id"] != row["physical_id"]:
            old = operation.resource({**before, "logical_id": name})
            found[name] = _Superfluous(row, old, False, before.get("depends", ()))
    return found


def _after_rollback(operation: Operation) -> dict[str, _Superfluous]:
    found: dict[str, _Superfluous] = {}
    for name, row in operation.rows.items():
        if row.get("operation") == operation.number and row.get("new"):
            found[name] = _Superfluous(row, operation.resource(row), True, row.get("depends", ()))
    for one in operation.stack["operation"].get("leftover", ()):
        name = one["logical_id"]
        if name in operation.rows:
            found[name] = _Superfluous(operation.rows[name], operation.resource(one), False, one.get("depends", ()))
    return found


def _kept_back(row: Row, whole: bool, rolled_back: bool) -> bool:
    """Is what would be deleted to be kept by its policy?"""
    policy = row.get("deletion") if whole else row.get("replacement")
    if policy == "RetainExceptOnCreate":
        return not rolled_back
    return policy == "Retain"
