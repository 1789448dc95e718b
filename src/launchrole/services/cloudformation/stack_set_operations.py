"""Stack sets: one template in several accounts and regions, with permissions that the accounts themselves give.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-concepts.html. Those whose permissions
Organizations gives (SERVICE_MANAGED) are refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call
from launchrole.services.cloudformation import preparation, stack_set_job, stack_sets
from launchrole.services.cloudformation.service import cloudformation
from launchrole.services.cloudformation.stack_sets import SetOperation, StackSet
from launchrole.services.cloudformation.stacks import STACK_NAME, StackError
from launchrole.services.cloudformation.starting import check_tags
from launchrole.services.cloudformation.template import BODY_LIMIT, check, parse
from launchrole.services.paging import page

cloudformation.job("stack set")(stack_set_job.do)

_KEPT = ("Description", "Capabilities", "Parameters", "Tags", "AdministrationRoleARN", "ExecutionRoleName",
         "ManagedExecution")  # fmt: skip


def _self_managed(call: Call) -> None:
    """Refuse what needs an organization's permissions."""
    params = call.params
    targets = params.get("DeploymentTargets") or {}
    if (
        params.get("PermissionModel") == "SERVICE_MANAGED"
        or params.get("CallAs") == "DELEGATED_ADMIN"
        or params.get("AutoDeployment")
        or targets.get("OrganizationalUnitIds")
    ):
        raise ServiceError(
            "NotImplemented",
            "launchrole has stack sets with self-managed permissions only: leave out PermissionModel, AutoDeployment, "
            "organizational units and CallAs",
            501,
        )


def _template(call: Call) -> str:
    """The template of a request. Raises `StackError`."""
    text = preparation.body(call)
    if len(text.encode()) > BODY_LIMIT:
        raise ServiceError(
            "NotImplemented", f"launchrole has templates of stack sets of {BODY_LIMIT} bytes at most", 501
        )
    check(parse(text))
    return text


def _take(call: Call, stack_set: StackSet) -> None:
    for name in _KEPT:
        if name in call.params:
            stack_set[name] = call.params[name]
    check_tags(call, stack_set.get("Tags") or ())


@cloudformation.operation("CreateStackSet")
def create_stack_set(call: Call) -> Mapping[str, Any]:
    name = call.params["StackSetName"]
    _self_managed(call)
    if STACK_NAME.fullmatch(name) is None:
        raise StackError(
            f"1 validation error detected: Value '{name}' at 'stackSetName' failed to satisfy constraint: Member must "
            "satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
        )
    if call.params.get("StackId"):
        raise ServiceError("NotImplemented", "launchrole does not import stacks into stack sets", 501)
    if call.rows.get("stackset", name) is not None:
        raise ServiceError("NameAlreadyExistsException", f"StackSet {name} already exists", 409)
    identifier = f"{name}:{call.new_uuid()}"
    stack_set: StackSet = {
        "StackSetName": name,
        "StackSetId": identifier,
        "StackSetARN": call.arn(f"stackset/{identifier}"),
        "Status": "ACTIVE",
        "PermissionModel": "SELF_MANAGED",
        "TemplateBody": _template(call),
        "AdministrationRoleARN": f"arn:{call.partition}:iam::{call.account}:role/{stack_sets.ADMINISTRATION_ROLE}",
        "ExecutionRoleName": stack_sets.EXECUTION_ROLE,
    }
    _take(call, stack_set)
    stack_sets.save(call.rows, stack_set)
    return {"StackSetId": identifier}


@cloudformation.operation("UpdateStackSet")
def update_stack_set(call: Call) -> Mapping[str, Any]:
    """Changes the stack set and the instances that are named, all of them where none are; others are OUTDATED then."""
    _self_managed(call)
    stack_set = stack_sets.find(call.rows, call.params["StackSetName"])
    _check_idle(call, stack_set)
    if not call.params.get("UsePreviousTemplate"):
        stack_set["TemplateBody"] = _template(call)
    if "Parameters" in call.params:
        before = {one["ParameterKey"]: one for one in stack_set.get("Parameters") or ()}
        given = [
            before.get(one["ParameterKey"], one) if one.get("UsePreviousValue") else one
            for one in call.params["Parameters"]
        ]
        call = replace(call, params={**call.params, "Parameters": given})
    _take(call, stack_set)
    stack_sets.save(call.rows, stack_set)
    known = stack_sets.instances(call.rows, stack_set)
    accounts, regions = call.params.get("Accounts"), call.params.get("Regions")
    targets = [
        (one["Account"], one["Region"])
        for one in known
        if (not accounts or one["Account"] in accounts) and (not regions or one["Region"] in regions)
    ]
    for one in known:
        stack_sets.save_instance(call.rows, stack_set, {**one, "Status": "OUTDATED"})
    return _begin(call, stack_set, "UPDATE", targets)


@cloudformation.operation("DeleteStackSet")
def delete_stack_set(call: Call) -> None:
    stack_set = stack_sets.find(call.rows, call.params["StackSetName"])
    _check_idle(call, stack_set)
    if stack_sets.instances(call.rows, stack_set):
        raise ServiceError("StackSetNotEmptyException", f"StackSet {stack_set['StackSetName']} is not empty", 409)
    stack_sets.save(call.rows, {**stack_set, "Status": "DELETED"})


@cloudformation.operation("DescribeStackSet")
def describe_stack_set(call: Call) -> Mapping[str, Any]:
    stack_set = stack_sets.find(call.rows, call.params["StackSetName"])
    regions = sorted({one["Region"] for one in stack_sets.instances(call.rows, stack_set)})
    return {"StackSet": {**stack_set, "Regions": regions}}


@cloudformation.operation("ListStackSets")
def list_stack_sets(call: Call) -> Mapping[str, Any]:
    wanted = call.params.get("Status", "ACTIVE")
    members = ("StackSetName", "StackSetId", "Description", "Status", "PermissionModel", "ManagedExecution")
    found = [
        {name: one[name] for name in members if name in one}
        for one in stack_sets.every(call.rows)
        if one["Status"] == wanted
    ]
    shown, token = page(found, call.params.get("NextToken"), call.params.get("MaxResults"))
    return {"Summaries": shown, "NextToken": token}


# Instances


@cloudformation.operation("CreateStackInstances")
def create_stack_instances(call: Call) -> Mapping[str, Any]:
    return _on_instances(call, "CREATE")


@cloudformation.operation("UpdateStackInstances")
def update_stack_instances(call: Call) -> Mapping[str, Any]:
    return _on_instances(call, "UPDATE")


@cloudformation.operation("DeleteStackInstances")
def delete_stack_instances(call: Call) -> Mapping[str, Any]:
    return _on_instances(call, "DELETE", RetainStacks=call.params["RetainStacks"])


def _on_instances(call: Call, action: str, **members: Any) -> Mapping[str, Any]:
    _self_managed(call)
    stack_set = stack_sets.find(call.rows, call.params["StackSetName"])
    _check_idle(call, stack_set)
    targets = call.params.get("DeploymentTargets") or {}
    accounts = call.params.get("Accounts") or targets.get("Accounts")
    if not accounts or not call.params["Regions"]:
        raise StackError("At least one account and one region must be specified")
    preferences = call.params.get("OperationPreferences") or {}
    regions = preferences.get("RegionOrder") or call.params["Regions"]
    _check_accounts(accounts)
    chosen = [(account, region) for region in regions for account in dict.fromkeys(accounts)]
    if action != "CREATE":
        for account, region in chosen:
            if stack_sets.instance(call.rows, stack_set, account, region) is None:
                raise _no_instance(stack_set, account, region)
    return _begin(call, stack_set, action, chosen, **members)


_ACCOUNT = re.compile(r"[0-9]{12}")


def _check_accounts(accounts: Sequence[str]) -> None:
    """Refuse what is no account's id (API_CreateStackInstances.html, Accounts)."""
    if any(_ACCOUNT.fullmatch(one) is None for one in accounts):
        raise StackError(
            f"1 validation error detected: Value '[{', '.join(accounts)}]' at 'accounts' failed to satisfy constraint: "
            "Member must satisfy constraint: [Member must satisfy regular expression pattern: ^[0-9]{12}$]"
        )


def _no_instance(stack_set: StackSet, account: str, region: str) -> ServiceError:
    told = f"Stack instance not found for StackSet {stack_set['StackSetName']} in account {account} and region {region}"
    return ServiceError("StackInstanceNotFoundException", told, 404)


def _check_idle(call: Call, stack_set: StackSet) -> None:
    for one in stack_sets.operations(call.rows, stack_set):
        if one["Status"] == "RUNNING":
            raise ServiceError(
                "OperationInProgressException",
                f"Another Operation on StackSet {stack_set['StackSetARN']} is in progress: {one['OperationId']}",
                409,
            )


def _begin(
    call: Call, stack_set: StackSet, action: str, targets: list[tuple[str, str]], **members: Any
) -> Mapping[str, Any]:
    """Write an operation, and have it carried out once the call is committed."""
    identifier = call.params.get("OperationId") or call.new_uuid()
    if any(one["OperationId"] == identifier for one in stack_sets.operations(call.rows, stack_set)):
        raise ServiceError("OperationIdAlreadyExistsException", f"Operation {identifier} already exists", 409)
    preferences = dict(call.params.get("OperationPreferences") or {})
    operation: SetOperation = {
        "OperationId": identifier,
        "StackSetId": stack_set["StackSetId"],
        "Action": action,
        "Status": "RUNNING",
        "OperationPreferences": {"RegionOrder": [], **preferences},
        "AdministrationRoleARN": stack_set["AdministrationRoleARN"],
        "ExecutionRoleName": stack_set["ExecutionRoleName"],
        "CreationTimestamp": call.now.timestamp(),
        "StatusDetails": {"FailedStackInstancesCount": 0},
        "targets": targets,
        "tolerance": _tolerance(preferences, len({account for account, _ in targets})),
        "overrides": call.params.get("ParameterOverrides"),
        **members,
    }
    stack_sets.save_operation(call.rows, stack_set, operation)
    for number, target in enumerate(targets):
        stack_sets.save_result(call.rows, stack_set, identifier, number, target, "PENDING")
    document = {"stack_set": stack_set["StackSetName"], "operation": identifier}
    call.surroundings.begin(
        "cloudformation", "stack set", f"stackset/{stack_sets.uuid_of(stack_set)}/{identifier}", document
    )
    return {"OperationId": identifier}


def _tolerance(preferences: Mapping[str, Any], accounts: int) -> int:
    """How many accounts of a region may fail before the operation stops (API_StackSetOperationPreferences.html)."""
    if "FailureTolerancePercentage" in preferences:
        return int(accounts * preferences["FailureTolerancePercentage"] / 100)
    return int(preferences.get("FailureToleranceCount", 0))


@cloudformation.operation("DescribeStackInstance")
def describe_stack_instance(call: Call) -> Mapping[str, Any]:
    stack_set = stack_sets.find(call.rows, call.params["StackSetName"])
    account, region = call.params["StackInstanceAccount"], call.params["StackInstanceRegion"]
    found = stack_sets.instance(call.rows, stack_set, account, region)
    if found is None:
        raise _no_instance(stack_set, account, region)
    return {"StackInstance": found}


@cloudformation.operation("ListStackInstances")
def list_stack_instances(call: Call) -> Mapping[str, Any]:
    params = call.params
    stack_set = stack_sets.find(call.rows, params["StackSetName"])
    wanted = {
        "Account": params.get("StackInstanceAccount"),
        "Region": params.get("StackInstanceRegion"),
    }
    for one in params.get("Filters") or ():
        if one["Name"] != "DETAILED_STATUS":
            raise ServiceError("NotImplemented", f"launchrole does not filter instances by {one['Name']}", 501)
    detailed = {one["Values"] for one in params.get("Filters") or ()}
    found = [
        {name: value for name, value in one.items() if name != "ParameterOverrides"}
        for one in stack_sets.instances(call.rows, stack_set)
        if all(value is None or one[name] == value for name, value in wanted.items())
        and (not detailed or one["StackInstanceStatus"]["DetailedStatus"] in detailed)
    ]
    shown, token = page(found, params.get("NextToken"), params.get("MaxResults"))
    return {"Summaries": shown, "NextToken": token}


# Operations

_SUMMARY = ("OperationId", "Action", "Status", "CreationTimestamp", "EndTimestamp", "StatusReason", "StatusDetails",
            "OperationPreferences")  # fmt: skip


@cloudformation.operation("DescribeStackSetOperation")
def describe_stack_set_operation(call: Call) -> Mapping[str, Any]:
    stack_set = stack_sets.find(call.rows, call.params["StackSetName"])
    found = stack_sets.operation(call.rows, stack_set, call.params["OperationId"])
    return {"StackSetOperation": {name: value for name, value in found.items() if name[0].isupper()}}


@cloudformation.operation("ListStackSetOperations")
def list_stack_set_operations(call: Call) -> Mapping[str, Any]:
    stack_set = stack_sets.find(call.rows, call.params["StackSetName"])
    found = [
        {name: one[name] for name in _SUMMARY if name in one} for one in stack_sets.operations(call.rows, stack_set)
    ]
    shown, token = page(found, call.params.get("NextToken"), call.params.get("MaxResults"))
    return {"Summaries": shown, "NextToken": token}


@cloudformation.operation("ListStackSetOperationResults")
def list_stack_set_operation_results(call: Call) -> Mapping[str, Any]:
    params = call.params
    stack_set = stack_sets.find(call.rows, params["StackSetName"])
    stack_sets.operation(call.rows, stack_set, params["OperationId"])
    statuses = {one["Values"] for one in params.get("Filters") or () if one["Name"] == "OPERATION_RESULT_STATUS"}
    found = [
        one
        for one in stack_sets.results(call.rows, stack_set, params["OperationId"])
        if not statuses or one["Status"] in statuses
    ]
    shown, token = page(found, params.get("NextToken"), params.get("MaxResults"))
    return {"Summaries": shown, "NextToken": token}
