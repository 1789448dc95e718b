"""Projects: a product of Service Catalog, or a template in S3, launched in the name of whoever creates the project.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProject.html,
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-projects-templates-custom.html

SageMaker launches with the caller's credentials, passed on: AmazonSageMakerFullAccess lets its users provision, update
and terminate products for that. What becomes of the launch is followed by a job; a project's status and message are
those of the record, or of the stack. A deleted project stays to be described, as DeleteCompleted; its name is free.
AWS does not publish the name of a project's stack or provisioned product, nor the words of the errors below: those are
launchrole's own choice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.jobs import Work
from launchrole.account.service import Call
from launchrole.services.sagemaker import project_launch
from launchrole.services.sagemaker.base import invalid, listed, put_tags, sagemaker, set_optional, summary

_SHOWN = (
    "ProjectArn",
    "ProjectName",
    "ProjectId",
    "ProjectDescription",
    "ServiceCatalogProvisioningDetails",
    "ServiceCatalogProvisionedProductDetails",
    "TemplateProviderDetails",
    "ProjectStatus",
    "CreatedBy",
    "CreationTime",
    "LastModifiedTime",
    "LastModifiedBy",
)


_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,31}")


def _check_name(name: str) -> None:
    """Refuse what is no name of a project (API_CreateProject.html, ProjectName)."""
    rule = None if _NAME.fullmatch(name) else f"satisfy regular expression pattern: ^{_NAME.pattern}$"
    if len(name) > 32:
        rule = "have length less than or equal to 32"
    if rule is not None:
        raise invalid(
            f"1 validation error detected: Value '{name}' at 'projectName' failed to satisfy constraint: "
            f"Member must {rule}"
        )


@sagemaker.operation("CreateProject")
def create_project(call: Call) -> Mapping[str, Any]:
    params = call.params
    name = params["ProjectName"]
    _check_name(name)
    arn = call.arn(f"project/{name}")
    before = call.rows.get("project", name)
    if before is not None and before["ProjectStatus"] != "DeleteCompleted":
        raise invalid(f"Project already exists: {arn}")
    product, providers = params.get("ServiceCatalogProvisioningDetails"), params.get("TemplateProviders")
    if (product is None) == (not providers):
        raise invalid("A project needs either ServiceCatalogProvisioningDetails or TemplateProviders, and not both")
    if product is not None:
        _check_artifact(call, product)
    row: dict[str, Any] = {
        "name": name,
        "ProjectName": name,
        "ProjectArn": arn,
        "ProjectId": f"p-{call.new_id(12)}",
        "ProjectStatus": "Pending",
        "CreationTime": call.now.timestamp(),
        "CreatedBy": _who(call),
        "tags": {one["Key"]: one["Value"] for one in params.get("Tags") or ()},
    }
    set_optional(call, row, "ProjectDescription", "ServiceCatalogProvisioningDetails")
    if providers:
        row["TemplateProviderDetails"] = [{"CfnTemplateProviderDetail": dict(providers[0]["CfnTemplateProvider"])}]
    put_tags(call, arn, params.get("Tags"))
    _begin(call, row, "Create")
    return {"ProjectArn": arn, "ProjectId": row["ProjectId"]}


def _check_artifact(call: Call, product: Mapping[str, Any]) -> None:
    """Refuse a product's version that is not there, with what Service Catalog says of it to whoever creates the project
    (https://github.com/aws-samples/sagemaker-studio-emr/issues/42). Who may not ask is told by the launch itself."""
    asked = {"ProductId": product["ProductId"], "ProvisioningArtifactId": product.get("ProvisioningArtifactId")}
    if not asked["ProvisioningArtifactId"]:
        return
    try:
        call.surroundings.call(
            call.surroundings.identity(),
            "servicecatalog",
            "DescribeProvisioningArtifact",
            asked,
            via=call.surroundings.via.through(project_launch.PRINCIPAL),
        )
    except ServiceError as problem:
        if problem.code == "ResourceNotFoundException" and problem.message.startswith("Provisioning artifact "):
            raise invalid(problem.message) from None


def _who(call: Call) -> dict[str, Any]:
    caller = call.surroundings.caller_identity()
    return {"IamIdentity": {"Arn": caller.arn}}


def _project(call: Call) -> dict[str, Any]:
    name = call.params["ProjectName"]
    found = call.rows.get("project", name)
    if found is None:
        raise invalid(f"Project {name} does not exist")
    return dict(found)


def _begin(call: Call, row: dict[str, Any], verb: str, **members: Any) -> None:
    """Have a project created, updated or deleted once the call is committed."""
    row["attempts"] = row.get("attempts", 0) + 1
    row["doing"] = {
        "verb": verb,
        "identity": call.surroundings.identity(),
        "via": call.surroundings.via.through(project_launch.PRINCIPAL).services,
        "token": call.new_uuid(),
        **members,
    }
    row["ProjectStatus"] = "Pending" if verb == "Create" else f"{verb}InProgress"
    call.rows.put("project", row["name"], row)
    document = {"project": row["name"], "id": row["ProjectId"]}
    call.surroundings.begin("sagemaker", "project", f"{row['ProjectId']}/{row['attempts']}", document)


@sagemaker.job("project")
def launch(work: Work) -> None:
    """Do what a project is to become, and write what became of it."""
    project_launch.do(work)


sagemaker.gives_up("project")(project_launch.give_up)


@sagemaker.operation("DescribeProject")
def describe_project(call: Call) -> Mapping[str, Any]:
    row = _project(call)
    return {name: row[name] for name in _SHOWN if name in row}


@sagemaker.operation("ListProjects")
def list_projects(call: Call) -> Mapping[str, Any]:
    shown = summary("ProjectName", "ProjectDescription", "ProjectArn", "ProjectId", "CreationTime", "ProjectStatus")
    found, token = listed(call, "project", "CreationTime", "LastModifiedTime", shown)
    return {"ProjectSummaryList": found, "NextToken": token}


@sagemaker.operation("UpdateProject")
def update_project(call: Call) -> Mapping[str, Any]:
    params = call.params
    row = _project(call)
    _check_settled(row, "updated")
    product, providers = params.get("ServiceCatalogProvisioningUpdateDetails"), params.get("TemplateProvidersToUpdate")
    if product is not None and "ServiceCatalogProvisioningDetails" not in row:
        raise invalid(f"Project {row['name']} was not made from a product of Service Catalog")
    if providers and "TemplateProviderDetails" not in row:
        raise invalid(f"Project {row['name']} was not made from a template in S3")
    set_optional(call, row, "ProjectDescription")
    row["LastModifiedTime"], row["LastModifiedBy"] = call.now.timestamp(), _who(call)
    if "Tags" in params:
        row["tags"] |= {one["Key"]: one["Value"] for one in params["Tags"]}
        put_tags(call, row["ProjectArn"], [{"Key": key, "Value": value} for key, value in row["tags"].items()])
    if product is None and not providers and "Tags" not in params:
        call.rows.put("project", row["name"], row)
        return {"ProjectArn": row["ProjectArn"]}
    if product is not None:
        row["ServiceCatalogProvisioningDetails"] = {**row["ServiceCatalogProvisioningDetails"], **product}
    if providers:
        detail = row["TemplateProviderDetails"][0]["CfnTemplateProviderDetail"]
        wanted = providers[0]["CfnTemplateProvider"]
        if wanted["TemplateName"] != detail["TemplateName"]:
            raise invalid(f"Project {row['name']} has no template named {wanted['TemplateName']}")
        row["TemplateProviderDetails"] = [{"CfnTemplateProviderDetail": {**detail, **wanted}}]
    _begin(call, row, "Update", retag="Tags" in params)
    return {"ProjectArn": row["ProjectArn"]}


@sagemaker.operation("DeleteProject")
def delete_project(call: Call) -> None:
    row = _project(call)
    if row["ProjectStatus"] == "DeleteCompleted":
        raise invalid(f"Project {row['name']} does not exist")
    _check_settled(row, "deleted")
    row["LastModifiedTime"], row["LastModifiedBy"] = call.now.timestamp(), _who(call)
    _begin(call, row, "Delete")


def _check_settled(row: Mapping[str, Any], what: str) -> None:
    if row["ProjectStatus"] == "DeleteCompleted":
        raise invalid(f"Project {row['name']} does not exist")
    if row["ProjectStatus"] == "Pending" or row["ProjectStatus"].endswith("InProgress"):
        raise invalid(f"Project {row['name']} is in status {row['ProjectStatus']} and cannot be {what} now")
