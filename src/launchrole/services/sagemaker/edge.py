"""Fleets of edge devices. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateDeviceFleet.html"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call
from launchrole.services.sagemaker.base import (
    forget,
    keep,
    listed,
    put_tags,
    sagemaker,
    set_optional,
    shown,
    summary,
)

_KIND = "device-fleet"


@sagemaker.operation("CreateDeviceFleet")
def create_device_fleet(call: Call) -> None:
    """Raises ResourceInUse."""
    name = call.params["DeviceFleetName"]
    arn = call.arn(f"device-fleet/{name}")
    if call.rows.get(_KIND, name) is not None:
        raise ServiceError("ResourceInUse", f"Device fleet {arn} already exists.")
    row = {"name": name, "DeviceFleetArn": arn, "CreationTime": call.now.timestamp()}
    _set(call, row)
    put_tags(call, arn, call.params.get("Tags"))


def _set(call: Call, row: dict[str, Any]) -> None:
    set_optional(call, row, "DeviceFleetName", "RoleArn", "Description", "OutputConfig")
    if "EnableIotRoleAlias" in call.params:
        row.pop("IotRoleAlias", None)
        if call.params["EnableIotRoleAlias"]:
            row["IotRoleAlias"] = call.arn(f"rolealias/SageMakerEdge-{row['name']}", service="iot")
    keep(call, _KIND, row)


def _fleet(call: Call) -> dict[str, Any]:
    name = call.params["DeviceFleetName"]
    found = call.rows.get(_KIND, name)
    if found is None:
        raise ServiceError("ResourceNotFound", f"Device fleet {call.arn(f'device-fleet/{name}')} does not exist.")
    return dict(found)


@sagemaker.operation("DescribeDeviceFleet")
def describe_device_fleet(call: Call) -> Mapping[str, Any]:
    return shown(_fleet(call))


@sagemaker.operation("UpdateDeviceFleet")
def update_device_fleet(call: Call) -> None:
    """What is not given stays. Raises ResourceNotFound."""
    _set(call, _fleet(call))


@sagemaker.operation("DeleteDeviceFleet")
def delete_device_fleet(call: Call) -> None:
    row = _fleet(call)
    forget(call, _KIND, row, row["DeviceFleetArn"])


@sagemaker.operation("ListDeviceFleets")
def list_device_fleets(call: Call) -> Mapping[str, Any]:
    members = summary("DeviceFleetArn", "DeviceFleetName", "CreationTime", "LastModifiedTime")
    found, token = listed(call, _KIND, "CreationTime", "LastModifiedTime", members)
    return {"DeviceFleetSummaries": found, "NextToken": token}
