"""Detecting and describing drift.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DetectStackDrift.html. A detection is over when
the call is answered: reading takes no time here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call
from launchrole.services.cloudformation import drift, preparation, stacks
from launchrole.services.cloudformation.drift import Finding
from launchrole.services.cloudformation.handlers.action import Action, Resource
from launchrole.services.cloudformation.preparation import Acting
from launchrole.services.cloudformation.service import cloudformation
from launchrole.services.cloudformation.stacks import Row, Stack, StackError
from launchrole.services.paging import page

_CHECKABLE = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED"})
"""The statuses in which drift can be detected (using-cfn-stack-drift.html)."""


def _checkable(call: Call) -> Stack:
    stack = stacks.existing(call.rows, call.params["StackName"])
    if stack["StackStatus"] not in _CHECKABLE:
        raise StackError(
            f"Drift of stack [{stack['StackId']}] cannot be detected while it is in status {stack['StackStatus']}"
        )
    return stack


@cloudformation.operation("DetectStackDrift")
def detect_stack_drift(call: Call) -> Mapping[str, Any]:
    stack = _checkable(call)
    acting = preparation.acting(call, stack)
    rows = stacks.resources(call.rows, stack["StackId"])
    chosen = call.params.get("LogicalResourceIds") or list(rows)
    for name in chosen:
        if name not in rows:
            raise StackError(f"Resource {name} does not exist for stack {call.params['StackName']}")
    failures: dict[str, str] = {}
    for name in chosen:
        if rows[name]["type"] in drift.readings():
            try:
                _check(call, stack, acting, rows[name])
            except ServiceError as problem:
                failures[name] = problem.message
    detection = _concluded(call, stack, stacks.resources(call.rows, stack["StackId"]).values(), failures)
    return {"StackDriftDetectionId": detection["StackDriftDetectionId"]}


def _check(call: Call, stack: Stack, acting: Acting, row: Row) -> dict[str, Any]:
    """Detect the drift of a resource and write it down. Raises `ServiceError` where the resource cannot be read."""
    name = row["logical_id"]
    action = Action(
        call.surroundings.work("cloudformation"),
        acting.identity,
        acting.via,
        preparation.facts_of(call, stack),
        name,
        row["type"],
        "drift",
        f"drift-{name}",
        {},
        lambda _physical, _attributes: None,
    )
    resource = Resource(
        name, row["type"], row["physical_id"], row["properties"], row.get("attributes", {}), row.get("tags", {})
    )
    found = _shown(stack, resource, drift.detect(action, resource), call.now.timestamp())
    call.rows.put("drift", f"{stacks.uuid_of(stack['StackId'])}/{name}", found)
    checked = {"status": found["StackResourceDriftStatus"], "checked": found["Timestamp"]}
    stacks.save_resource(call.rows, stack["StackId"], {**row, "drift": checked})
    return found


def _shown(stack: Stack, resource: Resource, found: Finding, instant: float) -> dict[str, Any]:
    return {
        "StackId": stack["StackId"],
        "LogicalResourceId": resource.logical_id,
        "PhysicalResourceId": resource.physical_id,
        "ResourceType": resource.type,
        "ExpectedProperties": json.dumps(found.expected, separators=(",", ":")),
        **({} if found.status == "DELETED" else {"ActualProperties": json.dumps(found.actual, separators=(",", ":"))}),
        "PropertyDifferences": [
            {
                "PropertyPath": one.path,
                "ExpectedValue": drift.told(one.expected) if one.expected is not None else "null",
                "ActualValue": drift.told(one.actual) if one.actual is not None else "null",
                "DifferenceType": one.kind,
            }
            for one in found.differences
        ],
        "StackResourceDriftStatus": found.status,
        "Timestamp": instant,
    }


def _concluded(call: Call, stack: Stack, rows: Iterable[Row], failures: Mapping[str, str]) -> dict[str, Any]:
    """Write down how a detection ended, and what the stack's drift is now. A stack none of whose resources can be
    checked is IN_SYNC (using-cfn-stack-drift.html)."""
    drifted = [row for row in rows if row.get("drift", {}).get("status") in ("MODIFIED", "DELETED")]
    status = "DRIFTED" if drifted else "UNKNOWN" if failures else "IN_SYNC"
    detection: dict[str, Any] = {
        "StackId": stack["StackId"],
        "StackDriftDetectionId": call.new_uuid(),
        "StackDriftStatus": status,
        "DetectionStatus": "DETECTION_FAILED" if failures else "DETECTION_COMPLETE",
        "DriftedStackResourceCount": len(drifted),
        "Timestamp": call.now.timestamp(),
    }
    if failures:
        told = [{"Resource": name, "FailureReason": why} for name, why in failures.items()]
        summary = f"Failed to detect drift on resources [{','.join(failures)}]"
        detection["DetectionStatusReason"] = json.dumps({"Summary": summary, "Failures": told}, separators=(",", ":"))
    call.rows.put("detection", detection["StackDriftDetectionId"], detection)
    stack["DriftInformation"] = {"StackDriftStatus": status, "LastCheckTimestamp": detection["Timestamp"]}
    stacks.save(call.rows, stack)
    return detection


@cloudformation.operation("DescribeStackDriftDetectionStatus")
def describe_stack_drift_detection_status(call: Call) -> Mapping[str, Any]:
    identifier = call.params["StackDriftDetectionId"]
    found = call.rows.get("detection", identifier)
    if found is None:
        raise StackError(f"Drift detection with id {identifier} does not exist")
    return dict(found)


@cloudformation.operation("DetectStackResourceDrift")
def detect_stack_resource_drift(call: Call) -> Mapping[str, Any]:
    stack = _checkable(call)
    name = call.params["LogicalResourceId"]
    row = stacks.resources(call.rows, stack["StackId"]).get(name)
    if row is None:
        raise StackError(f"Resource {name} does not exist for stack {call.params['StackName']}")
    if row["type"] not in drift.readings():
        raise StackError(f"Drift of {name} cannot be detected: launchrole reads no resources of type {row['type']}")
    return {"StackResourceDrift": _check(call, stack, preparation.acting(call, stack), row)}


@cloudformation.operation("DescribeStackResourceDrifts")
def describe_stack_resource_drifts(call: Call) -> Mapping[str, Any]:
    """Only resources that have been checked are described."""
    stack = stacks.existing(call.rows, call.params["StackName"])
    wanted = call.params.get("StackResourceDriftStatusFilters")
    found = [
        one
        for _, one in call.rows.all("drift", f"{stacks.uuid_of(stack['StackId'])}/")
        if not wanted or one["StackResourceDriftStatus"] in wanted
    ]
    shown, token = page(found, call.params.get("NextToken"), int(call.params.get("MaxResults", 100)))
    return {"StackResourceDrifts": shown, "NextToken": token}
