"""How a project is launched: by Service Catalog, or by CloudFormation from a template in S3.

Every step is a call through the door with the credentials of whoever asked, passed on by SageMaker. The job may begin
anew at any moment: steps with a name are taken once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.account.authorizer import Via
from launchrole.account.errors import ServiceError
from launchrole.account.jobs import Work

PRINCIPAL = "sagemaker.amazonaws.com"
"""SageMaker as a service that calls pass through."""

_PAUSE = 30.0
"""How long to wait at most before the record or the stack is looked at again, in seconds: its end wakes the job."""

_FAILED = "Client error: Provisioning failed with error: "
"""What SageMaker puts before the error of a record that was to provision a project
(amazon-sagemaker-from-idea-to-production, issue 16; terraform-provider-aws, issue 33771). What it puts before those of
updates and deletions is not known: nothing is."""

_RECORD_DONE = frozenset({"SUCCEEDED", "FAILED"})


class _GivenUp(Exception):
    """The launch failed; the text is what the project tells."""


class _Launch:
    """One creation, update or deletion of a project."""

    def __init__(self, work: Work, row: dict[str, Any]) -> None:
        self.work = work
        self.row = row
        self.verb = str(row["doing"]["verb"])

    def call(
        self, service: str, operation: str, params: Mapping[str, Any], *, step: str | None = None
    ) -> Mapping[str, Any]:
        doing = self.row["doing"]
        return self.work.call(doing["identity"], service, operation, params, via=Via(tuple(doing["via"])), step=step)

    @property
    def tags(self) -> list[dict[str, str]]:
        """What SageMaker puts on all that a project launches, and the project's own tags."""
        of_project = {"sagemaker:project-name": self.row["ProjectName"], "sagemaker:project-id": self.row["ProjectId"]}
        return [{"Key": key, "Value": value} for key, value in {**self.row["tags"], **of_project}.items()]

    def parameters(self, given: Any) -> dict[str, str]:
        """The parameters that a caller gives, with the project's name and id, which SageMaker fills in."""
        found = {one["Key"]: one.get("Value", "") for one in given or ()}
        return {
            **found,
            "SageMakerProjectName": self.row["ProjectName"],
            "SageMakerProjectId": self.row["ProjectId"],
        }

    def keep(self, **members: Any) -> None:
        """Write what is known of the project by now."""
        self.row.update(members)
        with self.work.transaction() as rows:
            rows.put("project", self.row["name"], self.row)
        self.work.signal()


def do(work: Work) -> None:
    """Do what a project's row says is to be done."""
    one = _begun(work)
    if one is None:
        return
    if one.row["ProjectStatus"] == "Pending":
        one.keep(ProjectStatus="CreateInProgress")
    by_product = "ServiceCatalogProvisioningDetails" in one.row
    try:
        (_by_product if by_product else _by_template)(one)
    except (_GivenUp, ServiceError) as problem:
        _fail(one, problem.message if isinstance(problem, ServiceError) else str(problem))
        return
    _tell(one, None)
    if one.verb == "Delete":
        with work.transaction() as rows:
            rows.delete("tags", one.row["ProjectArn"])
    one.keep(ProjectStatus=f"{one.verb}Completed", doing=None)


def give_up(work: Work, why: str) -> None:
    """End as failed what a project was to become."""
    one = _begun(work)
    if one is not None:
        _fail(one, why)


def _begun(work: Work) -> _Launch | None:
    """What a job is about; None where nothing is left to do."""
    with work.transaction() as rows:
        found = rows.get("project", work.job.document["project"])
    if found is None or not found.get("doing") or found["ProjectId"] != work.job.document["id"]:
        return None
    return _Launch(work, dict(found))


def _fail(one: _Launch, why: str) -> None:
    _tell(one, why)
    one.keep(ProjectStatus=f"{one.verb}Failed", doing=None)


def _tell(one: _Launch, why: str | None) -> None:
    """Put the reason of a failure where DescribeProject shows it."""
    if "ServiceCatalogProvisioningDetails" in one.row:
        details = dict(one.row.get("ServiceCatalogProvisionedProductDetails") or {})
        details.pop("ProvisionedProductStatusMessage", None)
        if why:
            details["ProvisionedProductStatusMessage"] = why
        one.row["ServiceCatalogProvisionedProductDetails"] = details
        return
    detail = one.row["TemplateProviderDetails"][0]["CfnTemplateProviderDetail"]
    if why is not None:
        detail["StackDetail"] = {**detail.get("StackDetail", {}), "StatusMessage": why}


# By Service Catalog


def _by_product(one: _Launch) -> None:
    product = one.row["ServiceCatalogProvisioningDetails"]
    known = (one.row.get("ServiceCatalogProvisionedProductDetails") or {}).get("ProvisionedProductId")
    token = one.row["doing"]["token"]
    if one.verb == "Delete":
        if known is None:
            return  # nothing was ever provisioned
        asked = {"ProvisionedProductId": known, "TerminateToken": token}
        answer = one.call("servicecatalog", "TerminateProvisionedProduct", asked, step="launch")
        _follow_record(one, answer["RecordDetail"]["RecordId"])
        return
    params: dict[str, Any] = {
        "ProductId": product["ProductId"],
        "ProvisioningArtifactId": product.get("ProvisioningArtifactId") or _newest_artifact(one, product["ProductId"]),
        "ProvisioningParameters": _accepted(one, product),
    }
    if product.get("PathId"):
        params["PathId"] = product["PathId"]
    if one.verb == "Update" and known is not None:
        asked = {**params, "ProvisionedProductId": known, "UpdateToken": token}
        if one.row["doing"].get("retag"):
            asked["Tags"] = one.tags
        answer = one.call("servicecatalog", "UpdateProvisionedProduct", asked, step="launch")
    else:
        name = f"{one.row['ProjectName']}-{one.row['ProjectId']}"
        asked = {**params, "ProvisionedProductName": name, "ProvisionToken": token, "Tags": one.tags}
        answer = one.call("servicecatalog", "ProvisionProduct", asked, step="launch")
    details = {
        **(one.row.get("ServiceCatalogProvisionedProductDetails") or {}),
        "ProvisionedProductId": answer["RecordDetail"]["ProvisionedProductId"],
    }
    one.keep(ServiceCatalogProvisionedProductDetails=details)
    _follow_record(one, answer["RecordDetail"]["RecordId"])


def _newest_artifact(one: _Launch, product_id: str) -> str:
    """The artifact that a project is made from where the caller names none: the newest that is active.
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ServiceCatalogProvisioningDetails.html"""
    found = one.call("servicecatalog", "DescribeProduct", {"Id": product_id}).get("ProvisioningArtifacts", ())
    active = [artifact for artifact in found if artifact.get("Guidance") != "DEPRECATED"]
    if not active:
        raise _GivenUp(f"Product {product_id} has no provisioning artifact that can be launched")
    return str(max(active, key=lambda artifact: artifact["CreatedTime"])["Id"])


def _accepted(one: _Launch, product: Mapping[str, Any]) -> list[dict[str, str]]:
    """The parameters with the project's name and id among them."""
    wanted = one.parameters(product.get("ProvisioningParameters"))
    return [{"Key": key, "Value": value} for key, value in wanted.items()]


def _follow_record(one: _Launch, record_id: str) -> None:
    """Wait for the end of a record. Raises `_GivenUp` with its first error."""
    while True:
        record = one.call("servicecatalog", "DescribeRecord", {"Id": record_id})["RecordDetail"]
        if record["Status"] in _RECORD_DONE:
            break
        one.work.wait(_PAUSE, record_id)
    if record["Status"] == "FAILED":
        errors = record.get("RecordErrors") or ()
        why = errors[0].get("Description", "") if errors else f"record {record_id} failed"
        raise _GivenUp(f"{_FAILED}{why}" if one.verb == "Create" else why)


# From a template in S3


def _by_template(one: _Launch) -> None:
    detail = one.row["TemplateProviderDetails"][0]["CfnTemplateProviderDetail"]
    stack = detail.get("StackDetail", {})
    if one.verb == "Delete":
        if not stack.get("Id"):
            return  # no stack was ever made
        one.call("cloudformation", "DeleteStack", {"StackName": stack["Id"]}, step="launch")
        _follow_stack(one, stack["Id"], "DELETE_COMPLETE")
        return
    wanted = one.parameters(detail.get("Parameters"))
    params: dict[str, Any] = {
        "TemplateURL": detail["TemplateURL"],
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in wanted.items()],
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        "Tags": one.tags,
    }
    if detail.get("RoleARN"):
        params["RoleARN"] = detail["RoleARN"]
    if one.verb == "Update" and stack.get("Id"):
        asked = {**params, "StackName": stack["Id"]}
        one.call("cloudformation", "UpdateStack", asked, step="launch")
        _follow_stack(one, stack["Id"], "UPDATE_COMPLETE")
        return
    name = f"sagemaker-{one.row['ProjectName']}-{one.row['ProjectId']}-{detail['TemplateName']}"
    made = one.call("cloudformation", "CreateStack", {**params, "StackName": name}, step="launch")
    detail["StackDetail"] = {"Name": name, "Id": made["StackId"], "StatusMessage": "CREATE_IN_PROGRESS"}
    one.keep()
    _follow_stack(one, made["StackId"], "CREATE_COMPLETE")


def _follow_stack(one: _Launch, stack_id: str, wanted: str) -> None:
    """Wait until nothing is being done to a stack. Raises `_GivenUp` with the reason why it is not as wanted."""
    while True:
        stack = one.call("cloudformation", "DescribeStacks", {"StackName": stack_id})["Stacks"][0]
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            break
        one.work.wait(_PAUSE, stack_id)
    detail = one.row["TemplateProviderDetails"][0]["CfnTemplateProviderDetail"]
    detail["StackDetail"] = {"Name": stack["StackName"], "Id": stack_id, "StatusMessage": stack["StackStatus"]}
    if stack["StackStatus"] != wanted:
        raise _GivenUp(_first_failure(one, stack_id) or stack.get("StackStatusReason") or stack["StackStatus"])


def _first_failure(one: _Launch, stack_id: str) -> str | None:
    """The reason of the first resource that failed in the stack's last operation."""
    found: str | None = None
    for event in one.call("cloudformation", "DescribeStackEvents", {"StackName": stack_id})["StackEvents"]:
        if event["PhysicalResourceId"] == stack_id and event.get("ResourceStatusReason") == "User Initiated":
            break
        if event["ResourceStatus"].endswith("_FAILED") and "cancelled" not in event.get("ResourceStatusReason", ""):
            found = f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
    return found
