"""Creating and updating stacks: resources are made, changed and replaced in the order of their dependencies.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-failure-options.html,
.../using-cfn-updating-stacks-update-behaviors.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.services.cloudformation import interruptions, signals, stacks, update_policies
from launchrole.services.cloudformation.handlers.action import Failed, Resource
from launchrole.services.cloudformation.handlers.handler import Handler
from launchrole.services.cloudformation.handlers.registry import handler
from launchrole.services.cloudformation.intrinsics import as_text
from launchrole.services.cloudformation.operation import Operation, Outcome, Stop, run
from launchrole.services.cloudformation.policies import stack_policy_denies
from launchrole.services.cloudformation.references import unsupported_attributes
from launchrole.services.cloudformation.stacks import Row
from launchrole.services.cloudformation.template import TemplateError

CANCELLED = {"CREATE": "Resource creation cancelled", "UPDATE": "Resource update cancelled"}
_REPLACING = "Requested update requires the creation of a new physical resource; hence creating one."
_RETYPED = "Requested update requires changing the resource type; hence creating a new physical resource."


def go_forward(operation: Operation) -> None:
    """Make the stack's resources what the template says. Raises `Stop` where that fails."""
    try:
        wrong = unsupported_attributes(operation)
        if wrong is not None:
            raise Stop(f"[Error] {wrong}", at_once=True)
        present = operation.present()
        needs = operation.needs(present)
    except (TemplateError, Failed, ServiceError) as problem:
        raise Stop(problem.message, at_once=True) from None
    forward = _Forward(operation, needs)
    failed_before = [name for name in present if forward.has_failed(name)]
    try:
        failed = failed_before or run(
            [name for name in present if not forward.is_done(name)],
            needs,
            forward.begin,
            interruptions.checked(operation, forward.do),
            lambda seconds: interruptions.wait(operation, seconds),
            keep_going=operation.work.is_rehearsal,
            cancel=forward.cancel,
        )
    except Stop:
        forward.cancel(list(operation.rows))
        raise
    if failed:
        listed = [name for name, row in operation.rows.items() if forward.has_failed(name) and name in present]
        verb = "update" if operation.stack["operation"]["verb"] == "UPDATE" else "create"
        raise Stop(f"The following resource(s) failed to {verb}: [{', '.join(sorted(listed) or failed)}]. ")
    interruptions.check(operation)
    try:
        outputs, exported = _outputs(operation)
    except (TemplateError, Failed, ServiceError) as problem:
        raise Stop(problem.message) from None
    _keep_outputs(operation, outputs, exported)


class _Forward:
    """Acting on the resources of one operation, create or update."""

    def __init__(self, operation: Operation, needs: Mapping[str, set[str]]) -> None:
        self.operation = operation
        self.needs = needs
        self.updating = operation.stack["operation"]["verb"] == "UPDATE"

    def is_done(self, name: str) -> bool:
        row = self.operation.rows.get(name)
        return row is not None and row.get("operation") == self.operation.number and row["status"].endswith("COMPLETE")

    def has_failed(self, name: str) -> bool:
        row = self.operation.rows.get(name)
        return row is not None and row.get("operation") == self.operation.number and row["status"].endswith("FAILED")

    def begin(self, names: list[str]) -> None:
        """New resources that are ready begin together; what becomes of the others depends on their properties."""
        operation = self.operation
        with operation.write() as rows:
            for name in names:
                row = operation.rows.get(name)
                if row is not None and row.get("operation") == operation.number:
                    continue  # begun before the process ended
                if row is None:
                    self._begin_new(rows, name)

    def _begin_new(self, rows: Any, name: str) -> None:
        operation = self.operation
        declared = operation.template.resources[name]
        row: Row = {
            "logical_id": name,
            "type": declared["Type"],
            "operation": operation.number,
            "physical_id": "",
            "properties": {},
            "attributes": {},
            "tags": {},
            "new": True,
            "depends": sorted(self.needs.get(name, ())),
        }
        why = None
        try:
            row.update(_policies(operation, name, self.needs))
            row["properties"], row["tags"] = operation.desired(name)
        except (TemplateError, Failed, ServiceError) as problem:
            why = problem.message
        row["shown"] = row["properties"]
        signals.begin(row)
        operation.rows[name] = row
        operation.set_resource(rows, row, "CREATE_IN_PROGRESS")
        if why is not None:
            row["doomed"] = why
            stacks.save_resource(rows, operation.id, row)

    def do(self, name: str) -> bool:
        row = self.operation.rows[name]
        if row.get("operation") == self.operation.number and row.get("new"):
            return self._create(row)
        return self._update(name)

    def cancel(self, names: list[str]) -> None:
        """What had begun beside a failure goes no further."""
        operation = self.operation
        with operation.write() as rows:
            for name in names:
                row = operation.rows[name]
                if row.get("operation") != operation.number or not row["status"].endswith("IN_PROGRESS"):
                    continue
                verb = "CREATE" if row.get("new") else "UPDATE"
                operation.set_resource(rows, row, f"{verb}_FAILED", CANCELLED[verb])

    def _create(self, row: Row) -> bool:
        operation = self.operation
        if row.get("doomed"):
            with operation.write() as rows:
                operation.set_resource(rows, row, "CREATE_FAILED", row["doomed"])
            return False
        outcome = operation.act(
            row,
            "create",
            row["tags"],
            lambda one, action: one.create(action, row["properties"]),
            on_created=lambda physical, attributes: self._created(row, physical, attributes, "CREATE"),
        )
        outcome = self._signalled(row, outcome, "CREATE_IN_PROGRESS")
        with operation.write() as rows:
            self._take(row, outcome)
            operation.set_resource(rows, row, "CREATE_COMPLETE" if outcome.ok else "CREATE_FAILED", outcome.why)
            operation.done_with(rows, row, "create")
        return outcome.ok

    def _signalled(self, row: Row, outcome: Outcome, status: str) -> Outcome:
        """What became of a new physical resource once its creation policy is satisfied, or is not. Raises `NotYet`."""
        if not outcome.ok:
            return outcome
        failure = signals.wait(self.operation, row, status)
        if failure is not None:
            return replace(outcome, ok=False, why=failure)
        return outcome.remarked(signals.remark(self.operation.template.resources[row["logical_id"]]))

    def _created(self, row: Row, physical: str, attributes: Mapping[str, Any], verb: str) -> None:
        """A new physical resource is there."""
        operation = self.operation
        if row.get("physical_id") == physical and row.get("announced"):
            row["attributes"] = dict(attributes)
            return
        row["physical_id"], row["attributes"], row["announced"] = physical, dict(attributes), True
        with operation.write() as rows:
            operation.set_resource(rows, row, f"{verb}_IN_PROGRESS", "Resource creation Initiated")

    def _take(self, row: Row, outcome: Outcome) -> None:
        row.pop("announced", None)
        if outcome.physical_id:
            row["physical_id"] = outcome.physical_id
        if outcome.ok:
            row["attributes"] = dict(outcome.attributes)

    def _update(self, name: str) -> bool:
        """Change a resource that is there, where its properties or tags are others now."""
        operation = self.operation
        row = operation.rows[name]
        declared = operation.template.resources[name]
        if row.get("operation") != operation.number:
            try:
                properties, tags = operation.desired(name)
                policies = _policies(operation, name, self.needs)
            except (TemplateError, Failed, ServiceError) as problem:
                return self._refuse(row, problem.message)
            one = handler(declared["Type"])
            retyped = row["type"] != declared["Type"]
            changed = _changed(one, row, properties, tags)
            if not retyped and not changed:
                with operation.write() as rows:
                    row.update(policies, operation=operation.number, untouched=True, new=False)
                    row["status"] = row["status"] if row["status"].endswith("COMPLETE") else "UPDATE_COMPLETE"
                    stacks.save_resource(rows, operation.id, row)
                return True
            anew = one.replacing(row["properties"], properties) or update_policies.replaces(operation, name, changed)
            why = _RETYPED if retyped else _REPLACING if anew else None
            refused = stack_policy_denies(operation, row, properties, declared["Type"])
            if refused is None and why is None:
                refused = one.refusal(properties, frozenset(changed))
            if refused is not None:
                return self._refuse(row, refused)
            self._begin_update(row, name, properties, {**policies, "tags": tags}, changed, why)
        return self._replace(row) if row["replaces"] else self._change(row)

    def _refuse(self, row: Row, why: str) -> bool:
        operation = self.operation
        with operation.write() as rows:
            row.update(operation=operation.number, previous=_snapshot(row), replaces=False, unchanged=True)
            operation.set_resource(rows, row, "UPDATE_FAILED", why)
        return False

    def _begin_update(
        self,
        row: Row,
        name: str,
        properties: dict[str, Any],
        further: dict[str, Any],
        changed: list[str],
        why: str | None,
    ) -> None:
        """`why` the resource is replaced; None where it changes in place."""
        operation = self.operation
        kind = operation.template.resources[name]["Type"]
        row["previous"] = _snapshot(row)
        signals.begin(row)
        row.update(
            further,
            operation=operation.number,
            type=kind,
            properties=properties,
            shown=properties,
            changed=changed,
            replaces=why is not None,
            new=False,
            untouched=False,
        )
        with operation.write() as rows:
            operation.set_resource(rows, row, "UPDATE_IN_PROGRESS", why)

    def _replace(self, row: Row) -> bool:
        operation = self.operation
        outcome = operation.act(
            row,
            "replace",
            row["tags"],
            lambda one, action: one.create(action, row["properties"]),
            on_created=lambda physical, attributes: self._created(row, physical, attributes, "UPDATE"),
        )
        outcome = self._signalled(row, outcome, "UPDATE_IN_PROGRESS")
        with operation.write() as rows:
            self._take(row, outcome)
            if outcome.ok:
                row["replaced"] = True
            operation.set_resource(rows, row, "UPDATE_COMPLETE" if outcome.ok else "UPDATE_FAILED", outcome.why)
            operation.done_with(rows, row, "replace")
        return outcome.ok

    def _change(self, row: Row) -> bool:
        operation = self.operation
        before = row["previous"]
        old = Resource(
            row["logical_id"],
            row["type"],
            row["physical_id"],
            before["properties"],
            before["attributes"],
            before["tags"],
        )
        outcome = operation.act(
            row,
            "update",
            row["tags"],
            lambda one, action: one.update(action, old, row["properties"], frozenset(row["changed"])),
        )
        if outcome.ok:
            outcome = outcome.remarked(update_policies.remark(operation, row["logical_id"], row["changed"]))
        with operation.write() as rows:
            if outcome.ok and outcome.attributes:
                row["attributes"] = {**row["attributes"], **outcome.attributes}
            if outcome.ok and outcome.physical_id:
                row["physical_id"] = outcome.physical_id
            operation.set_resource(rows, row, "UPDATE_COMPLETE" if outcome.ok else "UPDATE_FAILED", outcome.why)
            operation.done_with(rows, row, "update")
        return outcome.ok


def _snapshot(row: Row) -> dict[str, Any]:
    """What a rollback needs of a resource as it was."""
    kept = ("type", "physical_id", "properties", "shown", "attributes", "tags", "deletion", "replacement", "depends",
            "status", "metadata")  # fmt: skip
    return {name: row[name] for name in kept if name in row}


def _policies(operation: Operation, name: str, needs: Mapping[str, set[str]]) -> dict[str, Any]:
    declared = operation.template.resources[name]
    values = operation.values()

    def text(key: str) -> str | None:
        found = declared.get(key)
        return None if found is None else as_text(values.value(found, ("Resources", name, key)))

    return {
        "deletion": text("DeletionPolicy")
        or handler(declared["Type"]).deletion_policy(declared.get("Properties") or {}),
        "replacement": text("UpdateReplacePolicy"),
        "depends": sorted(needs.get(name, ())),
    }


def _changed(one: Handler, row: Row, properties: Mapping[str, Any], tags: Mapping[str, str]) -> list[str]:
    """The top-level properties that differ, the tags' property among them where the tags do."""
    old = row["properties"]
    found = [name for name in {**old, **properties} if old.get(name) != properties.get(name)]
    tag_property = one.type.tags
    if tag_property is not None:
        if tag_property in found:
            found.remove(tag_property)
        if row.get("tags", {}) != tags:
            found.append(tag_property)
    return found


def _outputs(operation: Operation) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The stack's outputs, and what it exports by name."""
    values = operation.values()
    found: list[dict[str, Any]] = []
    exported: dict[str, str] = {}
    for name, one in operation.template.section("Outputs").items():
        if "Condition" in one and not values.condition(str(one["Condition"])):
            continue
        path = ("Outputs", name)
        value = values.value(one["Value"], (*path, "Value"))
        if isinstance(value, (dict, list)):
            raise TemplateError(f"Template format error: Output {name} is malformed. The Value field of every Outputs "
                                "member must evaluate to a String.")  # fmt: skip
        output = {"OutputKey": name, "OutputValue": as_text(value)}
        if one.get("Description") is not None:
            output["Description"] = as_text(one["Description"])
        if isinstance(one.get("Export"), dict):
            export = as_text(values.value(one["Export"].get("Name"), (*path, "Export", "Name")))
            output["ExportName"] = export
            exported[export] = as_text(value)
        found.append(output)
    return found, exported


def _keep_outputs(operation: Operation, outputs: list[dict[str, Any]], exported: Mapping[str, str]) -> None:
    stack = operation.stack
    with operation.write() as rows:
        known = stacks.exports(rows)
        for name in exported:
            other = known.get(name)
            if other is not None and other["ExportingStackId"] != stack["StackId"]:
                owner = other["ExportingStackId"].split("/")[1]
                raise Stop(f"Export with name {name} is already exported by stack {owner}. ")
        for name, one in known.items():
            if one["ExportingStackId"] != stack["StackId"]:
                continue
            users = stacks.importers(rows, name)
            if users and exported.get(name) != one["Value"]:
                what = "updated" if name in exported else "deleted"
                raise Stop(f"Export {name} cannot be {what} as it is in use by {' and '.join(users)}")
            if name not in exported:
                rows.delete("export", name)
        for name, value in exported.items():
            rows.put("export", name, {"Name": name, "Value": value, "ExportingStackId": stack["StackId"]})
        stack["Outputs"] = outputs
