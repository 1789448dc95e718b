"""What is told of stacks: descriptions, lists, events, exports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.account.service import Call
from launchrole.services.cloudformation import stacks
from launchrole.services.cloudformation.service import cloudformation
from launchrole.services.cloudformation.stacks import Row, Stack, StackError
from launchrole.services.paging import page


@cloudformation.operation("DescribeStacks")
def describe_stacks(call: Call) -> Mapping[str, Any]:
    name = call.params.get("StackName")
    if name is not None:
        return {"Stacks": [stacks.shown(stacks.existing(call.rows, name))]}
    found, token = page(list(stacks.every(call.rows)), call.params.get("NextToken"), 100)
    return {"Stacks": [stacks.shown(one) for one in found], "NextToken": token}


@cloudformation.operation("ListStacks")
def list_stacks(call: Call) -> Mapping[str, Any]:
    wanted = call.params.get("StackStatusFilter")
    chosen = [one for one in stacks.listed(call.rows) if not wanted or one["StackStatus"] in wanted]
    found, token = page(chosen, call.params.get("NextToken"), 100)
    members = (
        "StackId",
        "StackName",
        "CreationTime",
        "LastUpdatedTime",
        "DeletionTime",
        "StackStatus",
        "StackStatusReason",
        "ParentId",
        "RootId",
        "DriftInformation",
    )
    summaries = []
    for one in found:
        summary = {name: one[name] for name in members if one.get(name) is not None}
        if one.get("Description") is not None:
            summary["TemplateDescription"] = one["Description"]
        summary.setdefault("DriftInformation", {"StackDriftStatus": "NOT_CHECKED"})
        summaries.append(summary)
    return {"StackSummaries": summaries, "NextToken": token}


@cloudformation.operation("DescribeStackEvents")
def describe_stack_events(call: Call) -> Mapping[str, Any]:
    name = call.params.get("StackName")
    if not name:
        raise StackError("StackName must be specified")
    stack = stacks.find(call.rows, name)
    if stack is None:
        raise StackError(f"Stack [{name}] does not exist")
    found, token = page(stacks.events(call.rows, stack["StackId"]), call.params.get("NextToken"), 100)
    return {"StackEvents": found, "NextToken": token}


def _drift(row: Row) -> dict[str, Any]:
    known = row.get("drift")
    if known is None:
        return {"StackResourceDriftStatus": "NOT_CHECKED"}
    return {"StackResourceDriftStatus": known["status"], "LastCheckTimestamp": known["checked"]}


def _resource(row: Row) -> dict[str, Any]:
    found = {
        "LogicalResourceId": row["logical_id"],
        "PhysicalResourceId": row.get("physical_id") or None,
        "ResourceType": row["type"],
        "ResourceStatus": row["status"],
        "ResourceStatusReason": row.get("reason"),
        "DriftInformation": _drift(row),
    }
    return {name: value for name, value in found.items() if value is not None}


def _whole_resource(stack: Stack, row: Row) -> dict[str, Any]:
    return {
        "StackName": stack["StackName"],
        "StackId": stack["StackId"],
        **_resource(row),
    }


@cloudformation.operation("DescribeStackResource")
def describe_stack_resource(call: Call) -> Mapping[str, Any]:
    stack = _of(call)
    name = call.params["LogicalResourceId"]
    row = stacks.resources(call.rows, stack["StackId"]).get(name)
    gone = row is not None and row["status"] == "DELETE_COMPLETE" and stack["StackStatus"] != "DELETE_COMPLETE"
    if row is None or gone:
        raise StackError(f"Resource {name} does not exist for stack {call.params['StackName']}")
    found = _whole_resource(stack, row)
    found["LastUpdatedTimestamp"] = row["updated"]
    metadata = _metadata(call, stack).get(name)
    if metadata is not None:
        import json

        found["Metadata"] = json.dumps(metadata)
    return {"StackResourceDetail": found}


def _metadata(call: Call, stack: Stack) -> dict[str, Any]:
    template = stacks.template(call.rows, stack["StackId"])
    resources = {} if template is None else template["processed"].get("Resources", {})
    return {name: one.get("Metadata", {}) for name, one in resources.items()}


def _of(call: Call) -> Stack:
    name = call.params["StackName"]
    stack = stacks.find(call.rows, name)
    if stack is None:
        raise StackError(f"Stack '{name}' does not exist")
    return stack


@cloudformation.operation("DescribeStackResources")
def describe_stack_resources(call: Call) -> Mapping[str, Any]:
    physical = call.params.get("PhysicalResourceId")
    if call.params.get("StackName"):
        name = call.params["StackName"]
        stack = stacks.find(call.rows, name)
        if stack is None:
            raise StackError(f"Stack with id {name} does not exist")
        candidates = [stack]
    elif physical:
        candidates = list(stacks.every(call.rows))
    else:
        raise StackError("Either StackName or PhysicalResourceId must be specified")
    found = []
    for stack in candidates:
        rows = stacks.resources(call.rows, stack["StackId"])
        if physical and not any(row.get("physical_id") == physical for row in rows.values()):
            continue
        found += [
            {**_whole_resource(stack, row), "Timestamp": row["updated"]}
            for row in rows.values()
            if call.params.get("LogicalResourceId") in (None, row["logical_id"])
        ]
        break
    else:
        if physical:
            raise StackError(f"Stack for {physical} does not exist")
    return {"StackResources": found}


@cloudformation.operation("ListStackResources")
def list_stack_resources(call: Call) -> Mapping[str, Any]:
    name = call.params["StackName"]
    stack = stacks.find(call.rows, name)
    if stack is None:
        raise StackError(f"Stack with id {name} does not exist")
    rows = stacks.resources(call.rows, stack["StackId"])
    every = [{**_resource(row), "LastUpdatedTimestamp": row["updated"]} for row in rows.values()]
    found, token = page(every, call.params.get("NextToken"), 100)
    return {"StackResourceSummaries": found, "NextToken": token}


@cloudformation.operation("ListExports")
def list_exports(call: Call) -> Mapping[str, Any]:
    found, token = page(list(stacks.exports(call.rows).values()), call.params.get("NextToken"), 100)
    return {"Exports": found, "NextToken": token}


@cloudformation.operation("ListImports")
def list_imports(call: Call) -> Mapping[str, Any]:
    name = call.params["ExportName"]
    users = stacks.importers(call.rows, name)
    if not users:
        raise StackError(f"Export '{name}' is not imported by any stack.")
    found, token = page(users, call.params.get("NextToken"), 100)
    return {"Imports": found, "NextToken": token}
