"""The course of a launch: the template is read, the stack made, changed or deleted, and the record says what became
of it.

Every call is made as the launch role's session, or with the caller's credentials, by its own step of the job: a launch
that is taken up again after the process died makes none of them twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.jobs import Work
from launchrole.services.servicecatalog import launch_roles, records, templates
from launchrole.services.servicecatalog.launch_roles import Acting
from launchrole.services.servicecatalog.provisioning import auto_tags
from launchrole.services.servicecatalog.service import Row, servicecatalog

CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
_NOTHING_TO_DO = "No updates are to be performed."
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 30.0
"""Seconds between two looks at a stack at first and at most; the end of a stack's operation wakes the job."""

_SAID = {"s3": "AmazonS3Exception", "cloudformation": "AmazonCloudFormationException"}
_NAMES = {"s3": "Amazon S3", "cloudformation": "AmazonCloudFormation"}


class Failed(Exception):
    """A launch cannot go on; the text is the record's error."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass
class Launch:
    """One record's work. `row` is the provisioned product's."""

    work: Work
    record: Row
    row: Row
    acting: Acting

    @property
    def doing(self) -> Row:
        return dict(self.record["doing"])

    def call(self, service: str, operation: str, params: Mapping[str, Any], step: str | None = None) -> Row:
        """A call as whom the product is launched. Raises `Failed` with the service's refusal."""
        try:
            found = self.work.call(self.acting.identity, service, operation, params, via=self.acting.via, step=step)
        except ServiceError as problem:
            raise Failed(_told(service, problem, self.record["RecordId"])) from None
        return dict(found)

    def keep(self, **members: Any) -> None:
        """Write the record's new members, and the provisioned product as it is."""
        with self.work.transaction() as rows:
            self.record |= {"UpdatedTime": time.time(), **members}
            rows.put("record", self.record["RecordId"], self.record)
            records.save(rows, self.row)

    def finish(self, status: str, *, gone: bool = False, **members: Any) -> None:
        """End the record; `gone` lets the provisioned product go."""
        with self.work.transaction() as rows:
            self.record |= {"UpdatedTime": time.time(), "Status": status, **members}
            rows.put("record", self.record["RecordId"], self.record)
            if status == "SUCCEEDED":
                self.row["LastSuccessfulProvisioningRecordId"] = self.record["RecordId"]
            if gone:
                records.remove(rows, self.row)
            else:
                records.save(rows, self.row)
        self.work.signal(self.record["RecordId"])

    def fail(self, why: str) -> None:
        """End the record with an error. A provisioned product that was never launched is in ERROR, one that was is
        TAINTED. https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ProvisionedProductDetail.html, Status"""
        status = "TAINTED" if self.doing["status"] in ("AVAILABLE", "TAINTED") else "ERROR"
        self.row |= {"Status": status, "StatusMessage": why}
        self.finish("FAILED", RecordErrors=[{"Code": "InternalFailure", "Description": why}])


def _told(service: str, problem: ServiceError, request: str) -> str:
    """A refusal as Service Catalog tells it (recorded in quickstart-hail, issue 19)."""
    return (
        f"{_SAID[service]}  {problem.message} (Service: {_NAMES[service]}; Status Code: {problem.status}; "
        f"Error Code: {problem.code}; Request ID: {request}; Proxy: null)"
    )


@servicecatalog.job("launch")
def launch(work: Work) -> None:
    """Do what a record says is to be done."""
    one = _begun(work)
    if one is None:
        return
    if one.record["Status"] == "CREATED":
        one.keep(Status="IN_PROGRESS")
    _VERBS[one.doing["verb"]](one)


@servicecatalog.gives_up("launch")
def give_up(work: Work, why: str) -> None:
    """End a record that cannot be gone on with."""
    one = _begun(work)
    if one is not None:
        one.fail(why)


def _begun(work: Work) -> Launch | None:
    """The launch of a job; None where there is nothing left to do."""
    with work.transaction() as rows:
        record = rows.get("record", str(work.job.document["record"]))
        row = None if record is None else records.find(rows, record["ProvisionedProductId"])
    if record is None or row is None or record["Status"] in ("SUCCEEDED", "FAILED"):
        return None
    doing = record["doing"]
    return Launch(work, dict(record), row, Acting.from_dict(doing))


def _provision(one: Launch) -> None:
    try:
        params = _stack(one)
        params["StackName"] = one.row["stack"]
        made = one.call("cloudformation", "CreateStack", params, "stack")
        one.row["PhysicalId"] = made["StackId"]
        one.keep()
        stack = _settled(one)
        if stack["StackStatus"] != "CREATE_COMPLETE":
            raise Failed(_why(one, stack))
    except Failed as problem:
        one.fail(problem.why)
        return
    _succeed(one, stack)


def _update(one: Launch) -> None:
    before = one.row.get("PhysicalId")
    wanted: Row = one.doing["wanted"]
    try:
        params = _stack(one, wanted)
        params["StackName"] = before or one.row["stack"]
        try:
            one.call("cloudformation", "UpdateStack", params, "stack")
        except Failed as problem:
            if _NOTHING_TO_DO not in problem.why:
                raise
        stack = _settled(one)
        if stack["StackStatus"] not in ("UPDATE_COMPLETE", "CREATE_COMPLETE"):
            raise Failed(_why(one, stack))
    except Failed as problem:
        one.fail(problem.why)
        return
    one.row |= {name: value for name, value in wanted.items() if not name.startswith("Last")}
    _succeed(one, stack)


def _succeed(one: Launch, stack: Mapping[str, Any]) -> None:
    one.row["Status"] = "AVAILABLE"
    one.row.pop("StatusMessage", None)
    one.row["outputs"] = outputs_of(stack)
    one.finish("SUCCEEDED", outputs=one.row["outputs"])


def outputs_of(stack: Mapping[str, Any]) -> list[Row]:
    """The stack's ARN and its outputs (RecordOutput)."""
    found = [
        {
            "OutputKey": "CloudformationStackARN",
            "OutputValue": stack["StackId"],
            "Description": "The ARN of the launched Cloudformation Stack",
        }
    ]
    names = ("OutputKey", "OutputValue", "Description")
    return found + [{name: each[name] for name in names if name in each} for each in stack.get("Outputs", ())]


def _terminate(one: Launch) -> None:
    doing = one.doing
    try:
        if one.row.get("PhysicalId") and not doing["retain"]:
            _delete(one)
    except Failed as problem:
        if doing["ignore_errors"]:
            one.finish("SUCCEEDED", gone=True)
        else:
            one.fail(problem.why)
        return
    one.finish("SUCCEEDED", gone=True)


def _delete(one: Launch) -> None:
    """Delete the stack as the launch role's session, which is assumed now."""
    role_arn = one.doing["role_arn"]
    if role_arn is not None and not one.record.get("session"):
        try:
            with one.work.transaction():
                assumed = launch_roles.assume(one.work.surroundings(), role_arn)
        except ServiceError as problem:
            raise Failed(problem.message) from None
        one.keep(session=assumed.identity)
    if role_arn is not None:
        one.acting = Acting(one.record["session"], role_arn)
    one.call("cloudformation", "DeleteStack", {"StackName": one.row["PhysicalId"]}, "delete")
    stack = _settled(one)
    if stack["StackStatus"] != "DELETE_COMPLETE":
        raise Failed(_why(one, stack))


def _execute_plan(one: Launch) -> None:
    """Execute the change set of a plan; the stack then becomes what the plan said."""
    doing = one.doing
    new = "wanted" not in doing
    try:
        named = {"ChangeSetName": doing["change_set"], "StackName": one.row["PhysicalId"]}
        one.call("cloudformation", "ExecuteChangeSet", named, "execute")
        stack = _settled(one)
        if stack["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            raise Failed(_why(one, stack))
    except Failed as problem:
        _end_plan(one, "EXECUTE_FAILED", problem.why)
        one.fail(problem.why)
        return
    if not new:
        one.row |= {name: value for name, value in doing["wanted"].items() if not name.startswith("Last")}
    _end_plan(one, "EXECUTE_SUCCESS", None)
    _succeed(one, stack)


def _end_plan(one: Launch, status: str, why: str | None) -> None:
    with one.work.transaction() as rows:
        plan = rows.get("plan", one.doing["plan"])
        if plan is not None:
            told = {} if why is None else {"StatusMessage": why}
            rows.put("plan", plan["PlanId"], {**plan, "Status": status, "UpdatedTime": time.time(), **told})


_VERBS: Mapping[str, Callable[[Launch], None]] = {
    "provision": _provision,
    "update": _update,
    "terminate": _terminate,
    "execute": _execute_plan,
}


def _stack(one: Launch, wanted: Mapping[str, Any] | None = None) -> Row:
    """What CreateStack and UpdateStack take, once the template was read and summarized."""
    doing, row = one.doing, wanted or one.row

    def ask(service: str, operation: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return one.call(service, operation, params, f"read/{operation}")

    try:
        template = prepared(ask, doing["template"], doing["rules"])
    except ValueError as problem:
        raise Failed(f"The rules of the template constraints do not fit into the template: {problem}") from None
    return {
        **template,
        "Parameters": doing["parameters"],
        "Tags": [*auto_tags(row), *row["Tags"]],
        "NotificationARNs": doing["notification_arns"],
        "Capabilities": CAPABILITIES,
    }


def prepared(ask: templates.Ask, template: Mapping[str, Any], rules: list[Mapping[str, Any]]) -> dict[str, str]:
    """An artifact's template as CloudFormation's operations take it, with the rules of template constraints; it is
    read and summarized on the way. Raises ValueError where the rules do not fit in, and what `ask` raises."""
    text = template.get("text")
    if text is None:
        found = templates.place(template["url"])
        assert found is not None
        data = ask("s3", "GetObject", {"Bucket": found[0], "Key": found[1]})["Body"]
        text = data if isinstance(data, bytes) else data.read()
        text = text.decode(errors="replace")
    given = templates.given(template)
    ask("cloudformation", "GetTemplateSummary", given)
    if not rules:
        return given
    ruled = templates.with_rules(text, rules)
    if len(ruled.encode()) > templates.BODY_LIMIT:
        raise ValueError(f"together they have more than {templates.BODY_LIMIT} bytes")
    return {"TemplateBody": ruled}


def _settled(one: Launch) -> Row:
    """The stack once nothing is being done to it. While it goes back, the record says so."""
    pause = _FIRST_PAUSE
    name = one.row.get("PhysicalId") or one.row["stack"]
    while True:
        stack: Row = one.call("cloudformation", "DescribeStacks", {"StackName": name})["Stacks"][0]
        status = stack["StackStatus"]
        if not status.endswith("_IN_PROGRESS"):
            return stack
        if "ROLLBACK" in status and one.record["Status"] != "IN_PROGRESS_IN_ERROR":
            one.keep(Status="IN_PROGRESS_IN_ERROR")
        one.work.wait(pause, stack["StackId"])
        pause = min(pause * 2, _LONGEST_PAUSE)


def _why(one: Launch, stack: Mapping[str, Any]) -> str:
    """Why a stack is not what it should be: the failures of its last operation, the newest first, as Service Catalog
    lists them (recorded in amazon-sagemaker-studio-secure-data-science-workshop, issue 10)."""
    found: list[str] = []
    events = one.call("cloudformation", "DescribeStackEvents", {"StackName": stack["StackId"]})["StackEvents"]
    for event in events:
        why = event.get("ResourceStatusReason")
        of_stack = event["PhysicalResourceId"] == stack["StackId"]
        if of_stack and why == "User Initiated":
            break
        status = event["ResourceStatus"]
        gives_up = of_stack and status in ("ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS")
        if why and (gives_up or status.endswith("_FAILED")) and "cancelled" not in why:
            found.append(
                f"{{LogicalResourceId : {event['LogicalResourceId']}, ResourceType : {event['ResourceType']}, "
                f"StatusReason : {why}}}"
            )
    return f"Errors from CloudFormation: [{', '.join(found)}]"
