"""Creating, updating and deleting stacks, and what concerns an operation that is under way or has failed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call
from launchrole.services.cloudformation import interruptions, job, preparation, stacks
from launchrole.services.cloudformation.policies import parsed as parsed_policy
from launchrole.services.cloudformation.preparation import Acting
from launchrole.services.cloudformation.service import cloudformation
from launchrole.services.cloudformation.stacks import Stack, StackError
from launchrole.services.cloudformation.starting import (
    begin,
    check_name,
    keep_definition,
    new_stack,
    take_definition,
    wanted_tags,
)

cloudformation.job("operation")(job.do)

_UPDATABLE = frozenset(
    {
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "IMPORT_COMPLETE",
        "IMPORT_ROLLBACK_COMPLETE",
        "CREATE_FAILED",
        "UPDATE_FAILED",
    }
)


@cloudformation.operation("CreateStack")
def create_stack(call: Call) -> Mapping[str, Any]:
    name = call.params["StackName"]
    check_name(name)
    if call.params.get("OnFailure") and "DisableRollback" in call.params:
        raise StackError("You can specify either DisableRollback or OnFailure, but not both.")
    other = stacks.find(call.rows, name)
    if other is not None and other["StackStatus"] == "REVIEW_IN_PROGRESS":
        raise ServiceError("AlreadyExistsException", f"Stack [{name}] already exists")
    if other is not None:
        raise ServiceError("AlreadyExistsException", f"Stack [{name}] already exists")
    acting = preparation.acting(call)
    stack = new_stack(call, acting)
    stack["OnFailure"] = call.params.get("OnFailure")
    stack["policy"] = _policy(call, acting, "StackPolicyBody", "StackPolicyURL")
    prepared = preparation.prepare(call, preparation.body(call), stack, acting)
    take_definition(stack, prepared, call)
    begin(call, stack, acting, "CREATE", "create", "CREATE_IN_PROGRESS")
    return {"StackId": stack["StackId"]}


@cloudformation.operation("UpdateStack")
def update_stack(call: Call) -> Mapping[str, Any]:
    stack = stacks.existing(call.rows, call.params["StackName"])
    if not call.params.get("UsePreviousTemplate") and not (
        call.params.get("TemplateBody") or call.params.get("TemplateURL")
    ):
        raise StackError("Either Template URL or Template Body must be specified.")
    check_updatable(stack)
    _check_rollback_configuration(call)
    acting = preparation.acting(call, stack)
    current = stacks.template(call.rows, stack["StackId"])
    assert current is not None
    previous = call.params.get("UsePreviousTemplate")
    text = current["text"] if previous else preparation.body(call)
    wanted = dict(stack)
    wanted["Tags"] = wanted_tags(call, stack)
    prepared = preparation.prepare(call, text, wanted, acting, before=stack["given"])
    same = (
        prepared.template.body == current["processed"]
        and prepared.values() == stack["parameters"]
        and wanted["Tags"] == stack["Tags"]
        and call.params.get("NotificationARNs", stack["NotificationARNs"]) == stack["NotificationARNs"]
        and stack["StackStatus"] not in ("CREATE_FAILED", "UPDATE_FAILED")
    )
    if same:
        raise StackError("No updates are to be performed.")
    for name in ("Capabilities", "NotificationARNs", "RollbackConfiguration"):
        if name in call.params:
            wanted[name] = call.params[name]
    begin_update(call, stack, acting, prepared, wanted)
    return {"StackId": stack["StackId"]}


def begin_update(
    call: Call, stack: Stack, acting: Acting, prepared: preparation.Prepared, wanted: Mapping[str, Any]
) -> None:
    """Begin the update of a stack to a prepared template. `wanted` has the tags and the rest of what a rollback gives
    back as they were."""
    params = call.params
    keep_definition(stack, call)
    take_definition(stack, prepared, call)
    for name in ("Tags", "Capabilities", "NotificationARNs", "RollbackConfiguration"):
        stack[name] = wanted[name]
    stack["RoleARN"] = acting.role_arn or stack.get("RoleARN")
    stack["LastUpdatedTime"] = call.now.timestamp()
    policy = _policy(call, acting, "StackPolicyBody", "StackPolicyURL")
    if policy is not None:
        stack["policy"] = policy
    during = _policy(call, acting, "StackPolicyDuringUpdateBody", "StackPolicyDuringUpdateURL")
    stack.pop("unfinished", None)
    begin(
        call,
        stack,
        acting,
        "UPDATE",
        "update",
        "UPDATE_IN_PROGRESS",
        policy=during,
        disable_rollback=bool(params.get("DisableRollback", False)),
    )


def check_updatable(stack: Stack) -> None:
    """Refuse to update a stack in a state that does not allow it."""
    if stack["StackStatus"] not in _UPDATABLE:
        raise StackError(f"Stack:{stack['StackId']} is in {stack['StackStatus']} state and can not be updated.")


def _check_rollback_configuration(call: Call) -> None:
    for one in (call.params.get("RollbackConfiguration") or {}).get("RollbackTriggers") or ():
        parts = str(one["Arn"]).split(":")
        if len(parts) < 6 or parts[2] != "cloudwatch" or parts[5] != "alarm" or len(parts) < 7:
            raise StackError("RelativeId of a Rollback Trigger's ARN is incorrect")


@cloudformation.operation("DeleteStack")
def delete_stack(call: Call) -> None:
    stack = stacks.find(call.rows, call.params["StackName"])
    if stack is None or stack["StackStatus"] == "DELETE_COMPLETE":
        return  # deleting what is not there succeeds
    if stack["EnableTerminationProtection"] and stack.get("ParentId") is None:
        raise StackError(f"Stack [{stack['StackName']}] cannot be deleted while TerminationProtection is enabled")
    retained = list(call.params.get("RetainResources") or ())
    if retained and stack["StackStatus"] != "DELETE_FAILED":
        raise StackError(
            f"Invalid operation on stack [{stack['StackId']}]. RetainResources can only be specified for stacks in "
            "DELETE_FAILED state."
        )
    for name, one in stacks.exports(call.rows).items():
        users = [user for user in stacks.importers(call.rows, name) if user != stack["StackName"]]
        if one["ExportingStackId"] == stack["StackId"] and users:
            raise StackError(f"Export {name} cannot be deleted as it is in use by {' and '.join(users)}")
    if stack["StackStatus"] == "REVIEW_IN_PROGRESS":
        stack["StackStatus"] = "DELETE_COMPLETE"
        stack["DeletionTime"] = call.now.timestamp()
        stacks.save(call.rows, stack)
        return
    if stack["StackStatus"] == "DELETE_IN_PROGRESS":
        return
    acting = preparation.acting(call, stack)
    if stack.get("operation"):
        interruptions.ask_for_deletion(call, stack, acting)
        return
    members: dict[str, Any] = {"retain": retained}
    begin(call, stack, acting, "DELETE", "delete", "DELETE_IN_PROGRESS", **members)


@cloudformation.operation("CancelUpdateStack")
def cancel_update_stack(call: Call) -> None:
    interruptions.cancel(call, stacks.existing(call.rows, call.params["StackName"]))


@cloudformation.operation("ContinueUpdateRollback")
def continue_update_rollback(call: Call) -> None:
    stack = stacks.existing(call.rows, call.params["StackName"])
    if stack["StackStatus"] != "UPDATE_ROLLBACK_FAILED":
        raise StackError(
            f"Stack:{stack['StackId']} is in {stack['StackStatus']} state and can not continue an update rollback."
        )
    rows = stacks.resources(call.rows, stack["StackId"])
    skip = list(call.params.get("ResourcesToSkip") or ())
    for name in skip:
        if name not in rows or rows[name]["status"] != "UPDATE_FAILED":
            raise StackError(f"Cannot skip resource [{name}]: only resources in UPDATE_FAILED state can be skipped")
    unfinished = stack.pop("unfinished")
    acting = preparation.acting(call, stack)
    again = {name: value for name, value in unfinished.items() if name not in ("identity", "via", "token")}
    _go_on(
        call, stack, acting, rows, {**again, "phase": "update_rollback", "skip": skip}, "UPDATE_ROLLBACK_IN_PROGRESS"
    )


def _go_on(
    call: Call, stack: Stack, acting: Acting, rows: Mapping[str, Any], again: Mapping[str, Any], status: str
) -> None:
    """Take up an operation that failed, under a new job: what its resources know of it goes over to the new one."""
    before = again["id"]
    members = {name: value for name, value in again.items() if name not in ("id", "verb", "phase")}
    begin(call, stack, acting, again["verb"], again["phase"], status, **members)
    for row in rows.values():
        if row.get("operation") == before:
            row["operation"] = stack["operation"]["id"]
            stacks.save_resource(call.rows, stack["StackId"], row)


@cloudformation.operation("RollbackStack")
def rollback_stack(call: Call) -> Mapping[str, Any]:
    stack = stacks.existing(call.rows, call.params["StackName"])
    acting = preparation.acting(call, stack)
    if stack["StackStatus"] == "CREATE_FAILED":
        begin(call, stack, acting, "CREATE", "rollback", "ROLLBACK_IN_PROGRESS", "User Initiated")
    elif stack["StackStatus"] == "UPDATE_FAILED":
        rows = stacks.resources(call.rows, stack["StackId"])
        last = f"{stacks.uuid_of(stack['StackId'])}/{stack['operations']}"
        again = {"id": last, "verb": "UPDATE", "phase": "update_rollback"}
        _go_on(call, stack, acting, rows, again, "UPDATE_ROLLBACK_IN_PROGRESS")
    else:
        raise StackError(f"Stack:{stack['StackId']} is in {stack['StackStatus']} state and can not be rolled back.")
    return {"StackId": stack["StackId"]}


@cloudformation.operation("UpdateTerminationProtection")
def update_termination_protection(call: Call) -> Mapping[str, Any]:
    stack = stacks.existing(call.rows, call.params["StackName"])
    if stack.get("ParentId"):
        raise StackError(
            "Termination protection cannot be updated on nested stacks; update it on the root stack instead"
        )
    stack["EnableTerminationProtection"] = call.params["EnableTerminationProtection"]
    stacks.save(call.rows, stack)
    return {"StackId": stack["StackId"]}


@cloudformation.operation("SetStackPolicy")
def set_stack_policy(call: Call) -> None:
    stack = stacks.existing(call.rows, call.params["StackName"])
    policy = _policy(call, preparation.acting(call, stack), "StackPolicyBody", "StackPolicyURL")
    if policy is None:
        raise StackError("Either StackPolicyBody or StackPolicyURL must be specified")
    stack["policy"] = policy
    stacks.save(call.rows, stack)


@cloudformation.operation("GetStackPolicy")
def get_stack_policy(call: Call) -> Mapping[str, Any]:
    stack = stacks.existing(call.rows, call.params["StackName"])
    return {"StackPolicyBody": stack.get("policy")}


def _policy(call: Call, acting: Acting, body_key: str, url_key: str) -> str | None:
    text, url = call.params.get(body_key), call.params.get(url_key)
    if text and url:
        raise StackError(f"You cannot specify both {url_key} and {body_key}")
    if url:
        text = preparation.read_url(call, url, acting)
    if text:
        parsed_policy(text)
    return text or None


@cloudformation.operation("SignalResource")
def signal_resource(call: Call) -> None:
    params = call.params
    stack = stacks.existing(call.rows, params["StackName"])
    row = stacks.resources(call.rows, stack["StackId"]).get(params["LogicalResourceId"])
    if row is None:
        raise StackError(f"Resource {params['LogicalResourceId']} does not exist for stack {params['StackName']}")
    if not row["status"].endswith("_IN_PROGRESS"):
        raise StackError(f"Resource {params['LogicalResourceId']} is in {row['status']} state and cannot be signaled")
    key = f"{stacks.uuid_of(stack['StackId'])}/{params['LogicalResourceId']}/{params['UniqueId']}"
    signal = {"Status": params["Status"], "UniqueId": params["UniqueId"], "Data": "", "Reason": ""}
    call.rows.put("signal", key, {**signal, "at": call.now.timestamp()})
    call.surroundings.signal()
