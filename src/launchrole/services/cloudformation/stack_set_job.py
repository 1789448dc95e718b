"""An operation on a stack set: in each account and region under the execution role there, as the administration role.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-prereqs-self-managed.html. Regions follow each
other, and so do the accounts in them: concurrency (MaxConcurrentCount) would only change the order. In each, both roles
are assumed and the stack is made through the door: a role that does not trust, or may not, is what the result tells.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.jobs import Work
from launchrole.services.cloudformation import stack_sets
from launchrole.services.cloudformation.stack_sets import Instance, SetOperation, StackSet
from launchrole.services.cloudformation.stacks import PRINCIPAL, STACK_TYPE

_UNUSABLE = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED")
"""A stack in such a status is deleted and made anew."""


class _Failed(Exception):
    """What an operation was to do in an account and region cannot be done."""

    def __init__(self, why: str, status: str = "OUTDATED") -> None:
        super().__init__(why)
        self.why = why
        self.status = status


@dataclass
class _Target:
    """An account and region of an operation. Calls carry the execution role's credentials; a changing one is a step of
    the job, made once."""

    work: Work
    stack_set: StackSet
    account: str
    region: str
    identity: str = ""

    def call(self, operation: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        step = f"{self.account}/{self.region}/{operation}"
        return self.work.call(self.identity, "cloudformation", operation, params, region=self.region, step=step)

    def stack(self, name_or_id: str) -> Mapping[str, Any] | None:
        """The stack as it is; None where there is none."""
        try:
            answer = self.work.call(
                self.identity, "cloudformation", "DescribeStacks", {"StackName": name_or_id}, region=self.region
            )
        except ServiceError as problem:
            if problem.code == "ValidationError":
                return None
            raise
        found: Mapping[str, Any] = answer["Stacks"][0]
        return found

    def settled(self, stack_id: str) -> Mapping[str, Any]:
        """The stack once nothing is being done to it."""
        while True:
            found = self.stack(stack_id)
            if found is None:
                raise _Failed(f"Stack {stack_id} does not exist", "INOPERABLE")
            if not found["StackStatus"].endswith("_IN_PROGRESS"):
                return found
            self.work.wait(10)

    def why(self, stack_id: str) -> str:
        """Why a stack is not what it should be: its first resource that failed."""
        answer = self.work.call(
            self.identity, "cloudformation", "DescribeStackEvents", {"StackName": stack_id}, region=self.region
        )
        failed = [one for one in answer["StackEvents"] if one["ResourceStatus"].endswith("_FAILED")]
        resources = [one for one in failed if one["ResourceType"] != STACK_TYPE] or failed
        if not resources:
            return f"Stack {stack_id} failed"
        first = resources[-1]
        return (
            f"ResourceLogicalId:{first['LogicalResourceId']}, ResourceType:{first['ResourceType']}, "
            f"ResourceStatusReason:{first.get('ResourceStatusReason', '')}."
        )


def do(work: Work) -> None:
    """Carry out an operation on a stack set."""
    with work.transaction() as rows:
        stack_set = stack_sets.find(rows, work.job.document["stack_set"])
        operation = stack_sets.operation(rows, stack_set, work.job.document["operation"])
        done = [one["Status"] for one in stack_sets.results(rows, stack_set, operation["OperationId"])]
    failed: dict[str, int] = {}
    for number, (account, region) in enumerate(operation["targets"]):
        if done[number] == "FAILED":
            failed[region] = failed.get(region, 0) + 1
        if done[number] not in ("PENDING", "RUNNING"):
            continue
        if _exceeded(operation, failed):  # in one region: no other is begun, either
            _result(work, stack_set, operation, number, "CANCELLED", "Cancelled since failure tolerance has exceeded")
            continue
        _result(work, stack_set, operation, number, "RUNNING")
        target = _Target(work, stack_set, account, region)
        problem = _attempted(target, operation)
        if problem is None:
            _result(work, stack_set, operation, number, "SUCCEEDED")
            continue
        failed[region] = failed.get(region, 0) + 1
        _keep_instance(target, operation, problem.status, "FAILED", problem.why)
        _result(work, stack_set, operation, number, "FAILED", problem.why)
    with work.transaction() as rows:
        ended = {"Status": "FAILED" if _exceeded(operation, failed) else "SUCCEEDED", "EndTimestamp": time.time()}
        counted = {"StatusDetails": {"FailedStackInstancesCount": sum(failed.values())}}
        stack_sets.save_operation(rows, stack_set, {**operation, **ended, **counted})
    work.signal()


def _attempted(target: _Target, operation: SetOperation) -> _Failed | None:
    """Do in an account and region what an operation is about; what became of it where it failed."""
    try:
        _act(target, operation)
    except _Failed as problem:
        return problem
    except ServiceError as problem:
        return _Failed(problem.message)
    except Exception as fault:
        target.work.report(fault)
        return _Failed(f"launchrole failed to handle this instance ({type(fault).__name__})")
    return None


def _exceeded(operation: SetOperation, failed: Mapping[str, int]) -> bool:
    """Have more accounts failed in some region than may?"""
    return any(count > operation["tolerance"] for count in failed.values())


def _result(work: Work, stack_set: StackSet, operation: SetOperation, number: int, status: str, why: str = "") -> None:
    account, region = operation["targets"][number]
    with work.transaction() as rows:
        stack_sets.save_result(rows, stack_set, operation["OperationId"], number, (account, region), status, why)


def _assume(target: _Target) -> None:
    """Take on the execution role of the target's account, as the administration role. Raises `_Failed`."""
    stack_set, work = target.stack_set, target.work
    administration, execution = stack_set["AdministrationRoleARN"], stack_set["ExecutionRoleName"]
    try:
        with work.transaction():
            identity = work.surroundings().assume(administration, PRINCIPAL, "AWSCloudFormation")
    except ServiceError:
        raise _Failed(f"Role {administration} is invalid or cannot be assumed") from None
    role = f"arn:{work.partition}:iam::{target.account}:role/{execution}"
    params = {"RoleArn": role, "RoleSessionName": str(uuid.uuid4())}
    try:
        answer = work.call(identity, "sts", "AssumeRole", params)
    except ServiceError:
        name = administration.partition(":role/")[2]
        raise _Failed(
            f"Account {target.account} should have '{execution}' role with trust relationship to Role '{name}'."
        ) from None
    target.identity = f"session:{answer['Credentials']['AccessKeyId']}"


def _act(target: _Target, operation: SetOperation) -> None:
    """Do in an account and region what an operation is about. Raises `_Failed`, `ServiceError`."""
    with target.work.transaction() as rows:
        known = stack_sets.instance(rows, target.stack_set, target.account, target.region)
    if operation["Action"] == "DELETE":
        _delete(target, known, operation)
        return
    _keep_instance(target, operation, "OUTDATED", "RUNNING")
    _assume(target)
    stack_id = (known or {}).get("StackId")
    current = target.stack(stack_id) if stack_id else None
    if current is not None and current["StackStatus"].endswith("_IN_PROGRESS"):
        current = target.settled(str(stack_id))
    if current is not None and current["StackStatus"] in _UNUSABLE:
        target.call("DeleteStack", {"StackName": stack_id})
        target.settled(str(stack_id))
        current = None
    if current is None or current["StackStatus"] == "DELETE_COMPLETE":
        _create(target, operation)
    else:
        _update(target, str(stack_id))
    _keep_instance(target, operation, "CURRENT", "SUCCEEDED")


def _definition(target: _Target) -> dict[str, Any]:
    stack_set = target.stack_set
    with target.work.transaction() as rows:
        known = stack_sets.instance(rows, stack_set, target.account, target.region) or {}
    values = {one["ParameterKey"]: one for one in stack_set.get("Parameters") or ()}
    values |= {one["ParameterKey"]: one for one in known.get("ParameterOverrides") or ()}
    return {
        "TemplateBody": stack_set["TemplateBody"],
        "Parameters": list(values.values()),
        "Capabilities": list(stack_set.get("Capabilities") or ()),
        "Tags": [dict(one) for one in stack_set.get("Tags") or ()],
    }


def _create(target: _Target, operation: SetOperation) -> None:
    name = f"StackSet-{target.stack_set['StackSetName']}-{uuid.uuid4()}"
    stack_id = str(target.call("CreateStack", {"StackName": name, **_definition(target)})["StackId"])
    _keep_instance(target, operation, "OUTDATED", "RUNNING", stack_id=stack_id)
    stack = target.settled(stack_id)
    if stack["StackStatus"] != "CREATE_COMPLETE":
        raise _Failed(target.why(stack_id))


def _update(target: _Target, stack_id: str) -> None:
    try:
        target.call("UpdateStack", {"StackName": stack_id, **_definition(target)})
    except ServiceError as problem:
        if problem.message != "No updates are to be performed.":
            raise
        return
    stack = target.settled(stack_id)
    if stack["StackStatus"] != "UPDATE_COMPLETE":
        raise _Failed(target.why(stack_id))


def _delete(target: _Target, known: Instance | None, operation: SetOperation) -> None:
    stack_id = (known or {}).get("StackId")
    if stack_id and not operation["RetainStacks"]:
        _keep_instance(target, operation, "OUTDATED", "RUNNING")
        _assume(target)
        target.call("DeleteStack", {"StackName": stack_id})
        stack = target.settled(str(stack_id))
        if stack["StackStatus"] != "DELETE_COMPLETE":
            raise _Failed(target.why(str(stack_id)), "INOPERABLE")
    with target.work.transaction() as rows:
        stack_sets.drop_instance(rows, target.stack_set, target.account, target.region)


def _keep_instance(
    target: _Target, operation: SetOperation, status: str, detailed: str, why: str = "", stack_id: str | None = None
) -> None:
    stack_set = target.stack_set
    with target.work.transaction() as rows:
        known = stack_sets.instance(rows, stack_set, target.account, target.region) or {}
        overrides = operation["overrides"]
        made: Instance = {
            "StackSetId": stack_set["StackSetId"],
            "Account": target.account,
            "Region": target.region,
            "DriftStatus": "NOT_CHECKED",
            **{name: value for name, value in known.items() if name != "StatusReason"},
            "ParameterOverrides": known.get("ParameterOverrides", []) if overrides is None else overrides,
            "Status": status,
            "StackInstanceStatus": {"DetailedStatus": detailed},
            "LastOperationId": operation["OperationId"],
        }
        if why:
            made["StatusReason"] = why
        if stack_id is not None:
            made["StackId"] = stack_id
        stack_sets.save_instance(rows, stack_set, made)
