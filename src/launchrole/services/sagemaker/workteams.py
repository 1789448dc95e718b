"""Workteams. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateWorkteam.html"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call
from launchrole.services.sagemaker.base import invalid, keep, listed, put_tags, sagemaker, set_optional, shown


@sagemaker.operation("CreateWorkteam")
def create_workteam(call: Call) -> Mapping[str, Any]:
    name = call.params["WorkteamName"]
    arn = call.arn(f"workteam/private-crowd/{name}")
    if call.rows.get("workteam", name) is not None:
        raise ServiceError("ResourceInUse", f"Workteam already exists: {arn}")
    workforce = call.params.get("WorkforceName") or "default"
    row = {
        "name": name,
        "WorkteamName": name,
        "MemberDefinitions": call.params["MemberDefinitions"],
        "WorkteamArn": arn,
        "WorkforceArn": call.arn(f"workforce/{workforce}"),
        "Description": call.params["Description"],
        "SubDomain": f"{call.new_id(10)}.labeling.{call.region}.sagemaker.aws",
        "CreateDate": call.now.timestamp(),
    }
    set_optional(call, row, "NotificationConfiguration", "WorkerAccessConfiguration")
    keep(call, "workteam", row, "LastUpdatedDate")
    put_tags(call, arn, call.params.get("Tags"))
    return {"WorkteamArn": arn}


def _workteam(call: Call) -> dict[str, Any]:
    found = call.rows.get("workteam", call.params["WorkteamName"])
    if found is None:
        raise invalid(f"Workteam {call.params['WorkteamName']} does not exist.")
    return dict(found)


@sagemaker.operation("DescribeWorkteam")
def describe_workteam(call: Call) -> Mapping[str, Any]:
    return {"Workteam": shown(_workteam(call))}


@sagemaker.operation("UpdateWorkteam")
def update_workteam(call: Call) -> Mapping[str, Any]:
    row = _workteam(call)
    names = ("MemberDefinitions", "Description", "NotificationConfiguration", "WorkerAccessConfiguration")
    set_optional(call, row, *names)
    keep(call, "workteam", row, "LastUpdatedDate")
    return {"Workteam": shown(row)}


@sagemaker.operation("DeleteWorkteam")
def delete_workteam(call: Call) -> Mapping[str, Any]:
    row = _workteam(call)
    call.rows.delete("workteam", row["name"])
    call.rows.delete("tags", row["WorkteamArn"])
    return {"Success": True}


@sagemaker.operation("ListWorkteams")
def list_workteams(call: Call) -> Mapping[str, Any]:
    found, token = listed(call, "workteam", "CreateDate", "LastUpdatedDate", shown)
    return {"Workteams": found, "NextToken": token}
