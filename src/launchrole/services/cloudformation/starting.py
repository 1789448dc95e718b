"""How an operation on a stack is begun: what every one of them has in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call
from launchrole.services.cloudformation import notifications, stacks
from launchrole.services.cloudformation.preparation import Acting, Prepared
from launchrole.services.cloudformation.stacks import STACK_NAME, STACK_TYPE, Stack, StackError

_KEPT_FOR_ROLLBACK = (
    "Description",
    "Parameters",
    "given",
    "parameters",
    "Tags",
    "Capabilities",
    "Outputs",
    "NotificationARNs",
    "RollbackConfiguration",
)


def check_name(name: str) -> None:
    """Refuse what is no name of a stack."""
    if STACK_NAME.fullmatch(name) is None:
        rule = "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
        if len(name) > 128:
            rule = "Member must have length less than or equal to 128"
        raise StackError(
            f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: {rule}"
        )


def new_stack(call: Call, acting: Acting | None = None) -> Stack:
    """The row of a stack that is about to be."""
    params = call.params
    name = params["StackName"]
    check_name(name)
    check_tags(call, params.get("Tags") or ())
    return {
        "StackId": call.arn(f"stack/{name}/{call.new_uuid()}"),
        "StackName": name,
        "CreationTime": call.now.timestamp(),
        "StackStatus": "REVIEW_IN_PROGRESS",
        "Tags": [dict(one) for one in params.get("Tags") or ()],
        "RoleARN": None if acting is None else acting.role_arn,
        "Capabilities": list(params.get("Capabilities") or ()),
        "NotificationARNs": list(params.get("NotificationARNs") or ()),
        "RollbackConfiguration": params.get("RollbackConfiguration") or {},
        "EnableTerminationProtection": bool(params.get("EnableTerminationProtection", False)),
        "DisableRollback": bool(params.get("DisableRollback", False)),
        "TimeoutInMinutes": params.get("TimeoutInMinutes"),
        "RetainExceptOnCreate": params.get("RetainExceptOnCreate"),
        "given": {},
        "parameters": {},
        "Parameters": [],
        "events": 0,
        "operations": 0,
        "operation": None,
    }


_CATALOG = "servicecatalog.amazonaws.com"


def check_tags(call: Call, tags: Any) -> None:
    """Refuse tags that a stack cannot have. Keys that begin with aws: are AWS' own: Service Catalog tags the stacks
    that it makes so (https://docs.aws.amazon.com/servicecatalog/latest/adminguide/autotags.html), nobody else does.
    """
    seen: set[str] = set()
    for one in tags:
        if one["Key"] in seen:
            raise StackError(f"Tag key {one['Key']} is given more than once")
        if one["Key"].lower().startswith("aws:") and not (
            one["Key"].startswith("aws:servicecatalog:") and call.surroundings.via.invoked_by == _CATALOG
        ):
            raise StackError(f"Tag key {one['Key']} begins with aws:, which is reserved for AWS; choose another key")
        seen.add(one["Key"])
    if len(seen) > 50:
        raise StackError(
            "1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length less "
            "than or equal to 50"
        )


def wanted_tags(call: Call, stack: Stack) -> list[dict[str, str]]:
    """The tags that an update gives a stack: those of the request, and of the stack's own those that nobody but AWS may
    change (https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html). Raises `StackError`."""
    if "Tags" not in call.params:
        return list(stack["Tags"])
    check_tags(call, call.params["Tags"])
    given = {one["Key"]: dict(one) for one in call.params["Tags"]}
    kept = {one["Key"]: dict(one) for one in stack["Tags"] if one["Key"].lower().startswith("aws:")}
    return list({**kept, **given}.values())


def take_definition(stack: Stack, prepared: Prepared, call: Call) -> None:
    """Give a stack its template's parameters and description."""
    stack["given"] = dict(prepared.given)
    stack["parameters"] = prepared.values()
    stack["Parameters"] = prepared.shown()
    stack["Description"] = prepared.template.body.get("Description")
    stacks.save_template(call.rows, stack["StackId"], prepared.text, prepared.template.body)


def keep_definition(stack: Stack, call: Call) -> None:
    """Keep what a rollback of an update gives the stack back."""
    stack["previous"] = {name: stack.get(name) for name in _KEPT_FOR_ROLLBACK}
    found = stacks.template(call.rows, stack["StackId"])
    if found is not None:
        stacks.save_template(call.rows, stack["StackId"], found["text"], found["processed"], "before")


def begin(
    call: Call,
    stack: Stack,
    acting: Acting,
    verb: str,
    phase: str,
    status: str,
    why: str | None = "User Initiated",
    **members: Any,
) -> None:
    """Write the first event of an operation, and have it done once the call is committed."""
    number = stack["operations"] = stack.get("operations", 0) + 1
    identifier = f"{stacks.uuid_of(stack['StackId'])}/{number}"
    stack["operation"] = {
        "id": identifier,
        "verb": verb,
        "phase": phase,
        "identity": acting.identity,
        "via": acting.via.services,
        "token": call.params.get("ClientRequestToken"),
        "begun": call.now.timestamp(),
        "principal": call.surroundings.caller_identity().unique_id,
        **members,
    }
    stack["StackStatus"], stack["StackStatusReason"] = status, why
    event(call, stack, acting, status, why)
    stacks.save(call.rows, stack)
    document: Mapping[str, Any] = {"stack": stack["StackId"]}
    call.surroundings.begin("cloudformation", "operation", identifier, document)


def event(call: Call, stack: Stack, acting: Acting, status: str, why: str | None) -> None:
    """An event of the stack itself. Raises `StackError` where its topics cannot be told of it."""
    running = stack.get("operation") or {}
    made = stacks.add_event(
        call.rows,
        stack,
        logical_id=stack["StackName"],
        physical_id=stack["StackId"],
        type=STACK_TYPE,
        status=status,
        reason=why,
        event_id=call.new_uuid(),
        instant=call.now.timestamp(),
        token=running.get("token"),
    )
    try:
        notifications.announce(
            stack,
            call.account,
            call.surroundings.caller_identity().unique_id,
            made,
            lambda region, params: call.surroundings.call(
                acting.identity, "sns", "Publish", params, via=acting.via, region=region or call.region
            ),
        )
    except ServiceError as problem:
        raise notifications.refusal(problem) from None
