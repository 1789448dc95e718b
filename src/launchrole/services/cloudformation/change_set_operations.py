"""Change sets: created, described, executed, deleted.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call
from launchrole.services.cloudformation import change_sets, preparation, stacks
from launchrole.services.cloudformation.change_sets import ChangeSet
from launchrole.services.cloudformation.changes import Comparison
from launchrole.services.cloudformation.parameters import Parameter
from launchrole.services.cloudformation.preparation import Acting, Prepared
from launchrole.services.cloudformation.service import cloudformation
from launchrole.services.cloudformation.stack_operations import begin_update, check_updatable
from launchrole.services.cloudformation.stacks import STACK_NAME, Stack, StackError
from launchrole.services.cloudformation.starting import begin, event, new_stack, take_definition, wanted_tags
from launchrole.services.cloudformation.template import Template, TemplateError
from launchrole.services.paging import page

_NOTHING = "The submitted information didn't contain changes. Submit different information to create a change set."


@cloudformation.operation("CreateChangeSet")
def create_change_set(call: Call) -> Mapping[str, Any]:
    params = call.params
    name, stack_name = params["ChangeSetName"], params["StackName"]
    if STACK_NAME.fullmatch(name) is None:
        raise StackError(
            f"1 validation error detected: Value '{name}' at 'changeSetName' failed to satisfy constraint: Member must "
            "satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
        )
    kind = params.get("ChangeSetType", "UPDATE")
    if kind == "IMPORT" or params.get("ResourcesToImport"):
        raise ServiceError("NotImplemented", "launchrole does not import existing resources into stacks", 501)
    stack = stacks.find(call.rows, stack_name)
    if stack is not None and stack["StackStatus"] == "DELETE_COMPLETE":
        if kind == "CREATE":
            raise StackError(
                f"Stack [{stack_name}] already exists and cannot be created again with the changeSet [{name}]."
            )
        raise StackError(f"Stack:{stack['StackId']} is in DELETE_COMPLETE state and can not be updated.")
    if kind == "CREATE":
        if stack is not None and stack["StackStatus"] != "REVIEW_IN_PROGRESS":
            raise StackError(
                f"Stack [{stack_name}] already exists and cannot be created again with the changeSet [{name}]."
            )
    elif stack is None:
        raise StackError(f"Stack [{stack_name}] does not exist")
    else:
        check_updatable(stack)
    acting = preparation.acting(call, stack)
    new = stack is None
    if stack is None:
        stack = new_stack(call, acting)
    other = None if new else change_sets.find(call, name, stack["StackId"])
    if other is not None and other["ExecutionStatus"] != "EXECUTE_COMPLETE":
        raise ServiceError("AlreadyExistsException", f"ChangeSet {name} cannot be created due to a mismatch with "
                           "existing attribute: it already exists")  # fmt: skip
    wanted = dict(stack)
    wanted["Tags"] = wanted_tags(call, stack)
    current = None if kind == "CREATE" else stacks.template(call.rows, stack["StackId"])
    if params.get("UsePreviousTemplate"):
        if current is None:
            raise StackError("UsePreviousTemplate cannot be used for a stack that does not exist yet")
        text = current["text"]
    else:
        text = preparation.body(call)
    before = stack["given"] if kind == "UPDATE" else None
    prepared: Prepared | None = None
    why: str | None = None
    try:
        prepared = preparation.prepare(call, text, wanted, acting, before=before)
    except TemplateError as problem:
        if not problem.message.startswith(("Transform ", "No transform ", "Received malformed")):
            raise
        why = problem.message
    if new:
        event(call, stack, acting, "REVIEW_IN_PROGRESS", "User Initiated")
        stacks.save(call.rows, stack)
        stacks.save_template(call.rows, stack["StackId"], text, {})
    change_set = _record(call, stack, wanted, kind, text)
    if prepared is not None:
        _fill(call, change_set, stack, wanted, prepared, current)
    else:
        change_set |= {"Status": "FAILED", "StatusReason": why, "ExecutionStatus": "UNAVAILABLE"}
    change_sets.save(call, change_set)
    return {"Id": change_set["ChangeSetId"], "StackId": stack["StackId"]}


def _record(call: Call, stack: Stack, wanted: Stack, kind: str, text: str) -> ChangeSet:
    params = call.params
    name = params["ChangeSetName"]
    return {
        "ChangeSetName": name,
        "ChangeSetId": call.arn(f"changeSet/{name}/{call.new_uuid()}"),
        "StackId": stack["StackId"],
        "StackName": stack["StackName"],
        "Description": params.get("Description"),
        "CreationTime": call.now.timestamp(),
        "Status": "CREATE_COMPLETE",
        "ExecutionStatus": "AVAILABLE",
        "NotificationARNs": list(params.get("NotificationARNs") or ()),
        "RollbackConfiguration": params.get("RollbackConfiguration") or {},
        "Capabilities": list(params.get("Capabilities") or ()),
        "Tags": wanted["Tags"],
        "OnStackFailure": params.get("OnStackFailure"),
        "IncludeNestedStacks": bool(params.get("IncludeNestedStacks", False)),
        "Parameters": [],
        "Changes": [],
        "kind": kind,
        "role": params.get("RoleARN"),
        "tags_given": "Tags" in params,
        "template": {"text": text, "processed": {}},
    }


def _fill(
    call: Call,
    change_set: ChangeSet,
    stack: Stack,
    wanted: Stack,
    prepared: Prepared,
    current: Mapping[str, Any] | None,
) -> None:
    """Work out what the change set changes."""
    rows = {} if change_set["kind"] == "CREATE" else stacks.resources(call.rows, stack["StackId"])
    old = Template("", {}) if current is None else Template(current["text"], current["processed"])
    tags = {one["Key"]: one["Value"] for one in wanted["Tags"] if not one["Key"].lower().startswith("aws:")}
    comparison = Comparison(
        old,
        prepared.template,
        stack["given"],
        prepared.given,
        rows,
        wanted["Tags"] != stack["Tags"],
        tags,
    )
    comparison.values = preparation.values_of(call, prepared, wanted, comparison)
    changes = comparison.changes()
    change_set["Parameters"] = prepared.shown()
    change_set["template"]["processed"] = dict(prepared.template.body)
    change_set["given"] = dict(prepared.given)
    change_set["parameters"] = {name: _kept(one) for name, one in prepared.parameters.items()}
    change_set["Changes"] = changes
    outputs_changed = prepared.template.section("Outputs") != old.section("Outputs")
    if not changes and not (outputs_changed and change_set["kind"] == "UPDATE") and change_set["kind"] != "CREATE":
        change_set |= {"Status": "FAILED", "StatusReason": _NOTHING, "ExecutionStatus": "UNAVAILABLE"}
    elif comparison.warnings:
        told = "; ".join(comparison.warnings)
        change_set["StatusReason"] = (
            f"[WARN] --include-property-values option can return incomplete ChangeSet data because: {told}"
        )


def _kept(one: Parameter) -> dict[str, Any]:
    return {"kind": one.kind, "given": one.given, "value": one.value, "no_echo": one.no_echo, "resolved": one.resolved}


def _prepared(change_set: ChangeSet) -> Prepared:
    kept = change_set["template"]
    parameters = {name: Parameter(name, **one) for name, one in change_set["parameters"].items()}
    return Prepared(kept["text"], Template(kept["text"], kept["processed"]), change_set["given"], parameters)


_SHOWN = (
    "ChangeSetName",
    "ChangeSetId",
    "StackId",
    "StackName",
    "Description",
    "Parameters",
    "CreationTime",
    "ExecutionStatus",
    "Status",
    "StatusReason",
    "NotificationARNs",
    "RollbackConfiguration",
    "Capabilities",
    "Tags",
    "IncludeNestedStacks",
    "OnStackFailure",
)


@cloudformation.operation("DescribeChangeSet")
def describe_change_set(call: Call) -> Mapping[str, Any]:
    params = call.params
    found = change_sets.existing(call, params["ChangeSetName"], params.get("StackName"))
    shown = {name: found[name] for name in _SHOWN if found.get(name) is not None}
    with_values = params.get("IncludePropertyValues", False)
    if not with_values and str(shown.get("StatusReason", "")).startswith("[WARN]"):
        del shown["StatusReason"]
    changes = found["Changes"] if with_values else [_without_values(one) for one in found["Changes"]]
    shown["Changes"], token = page(changes, params.get("NextToken"), 100)
    for name in ("Parameters", "Tags"):
        if not shown.get(name):
            shown.pop(name, None)
    return {**shown, "NextToken": token}


def _without_values(change: Mapping[str, Any]) -> dict[str, Any]:
    inner = {name: one for name, one in change["ResourceChange"].items() if not name.endswith("Context")}
    return {"Type": change["Type"], "ResourceChange": inner}


@cloudformation.operation("ListChangeSets")
def list_change_sets(call: Call) -> Mapping[str, Any]:
    stack = stacks.existing(call.rows, call.params["StackName"])
    members = (
        "StackId",
        "StackName",
        "ChangeSetId",
        "ChangeSetName",
        "ExecutionStatus",
        "Status",
        "StatusReason",
        "CreationTime",
        "Description",
        "IncludeNestedStacks",
    )
    every = [
        {name: one[name] for name in members if one.get(name) is not None} for one in change_sets.of_stack(call, stack)
    ]
    found, token = page(every, call.params.get("NextToken"), 100)
    return {"Summaries": found, "NextToken": token}


@cloudformation.operation("DeleteChangeSet")
def delete_change_set(call: Call) -> Mapping[str, Any]:
    found = change_sets.find(call, call.params["ChangeSetName"], call.params.get("StackName"))
    if found is not None:
        if found["ExecutionStatus"] == "EXECUTE_IN_PROGRESS":
            raise ServiceError("InvalidChangeSetStatus", f"ChangeSet [{found['ChangeSetId']}] is being executed")
        change_sets.delete(call, found)
    return {}


@cloudformation.operation("ExecuteChangeSet")
def execute_change_set(call: Call) -> Mapping[str, Any]:
    params = call.params
    found = change_sets.existing(call, params["ChangeSetName"], params.get("StackName"))
    if found["ExecutionStatus"] != "AVAILABLE":
        raise ServiceError(
            "InvalidChangeSetStatus",
            f"ChangeSet [{found['ChangeSetId']}] cannot be executed in its current status of [{found['Status']}]",
        )
    stack = stacks.existing(call.rows, found["StackId"])
    prepared = _prepared(found)
    acting = _acting(call, found, stack)
    stack["ChangeSetId"] = found["ChangeSetId"]
    stack["RoleARN"] = acting.role_arn
    disable = bool(params.get("DisableRollback", False)) or found.get("OnStackFailure") == "DO_NOTHING"
    for one in change_sets.of_stack(call, stack):
        if one["ChangeSetName"] != found["ChangeSetName"]:
            change_sets.delete(call, one)
    if found["kind"] == "CREATE":
        for name in ("Tags", "Capabilities", "NotificationARNs", "RollbackConfiguration"):
            stack[name] = found[name]
        stack["OnFailure"] = found.get("OnStackFailure")
        stack["DisableRollback"] = disable
        take_definition(stack, prepared, call)
        stack["LastUpdatedTime"] = call.now.timestamp()
        begin(call, stack, acting, "CREATE", "create", "CREATE_IN_PROGRESS")
    else:
        begin_update(call, stack, acting, prepared, found)
    found |= {"ExecutionStatus": "EXECUTE_COMPLETE"}
    change_sets.save(call, found)
    return {}


def _acting(call: Call, change_set: ChangeSet, stack: Stack) -> Acting:
    role = change_set.get("role")
    return preparation.acting(call, {**stack, "RoleARN": role or stack.get("RoleARN")})
