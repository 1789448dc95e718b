"""Monitoring schedules: kept, started and stopped; nothing is monitored, so there are no executions.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateMonitoringSchedule.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call
from launchrole.services.sagemaker.base import (
    forget,
    invalid,
    keep,
    listed,
    put_tags,
    sagemaker,
    shown,
    summary,
)

_KIND = "monitoring-schedule"


def _configuration(call: Call) -> dict[str, Any]:
    """The configuration of a request. Raises ValidationException unless it has exactly one job definition."""
    given: dict[str, Any] = call.params["MonitoringScheduleConfig"]
    if ("MonitoringJobDefinition" in given) == ("MonitoringJobDefinitionName" in given):
        raise invalid("Exactly one of MonitoringJobDefinition and MonitoringJobDefinitionName must be given.")
    return given


def _set(row: dict[str, Any], configuration: dict[str, Any]) -> None:
    """The configuration, and what is shown of it elsewhere: its type and the endpoint that it is about."""
    row["MonitoringScheduleConfig"] = configuration
    row["MonitoringType"] = configuration.get("MonitoringType", "DataQuality")
    inputs = configuration.get("MonitoringJobDefinition", {}).get("MonitoringInputs", [])
    names = [one["EndpointInput"]["EndpointName"] for one in inputs if "EndpointInput" in one]
    row.pop("EndpointName", None)
    if names:
        row["EndpointName"] = names[0]


@sagemaker.operation("CreateMonitoringSchedule")
def create_monitoring_schedule(call: Call) -> Mapping[str, Any]:
    """Raises ResourceInUse, ValidationException."""
    name = call.params["MonitoringScheduleName"]
    arn = call.arn(f"monitoring-schedule/{name}")
    if call.rows.get(_KIND, name) is not None:
        raise ServiceError("ResourceInUse", f"Monitoring schedule {arn} already exists.")
    row: dict[str, Any] = {
        "name": name,
        "MonitoringScheduleName": name,
        "MonitoringScheduleArn": arn,
        "MonitoringScheduleStatus": "Scheduled",
        "CreationTime": call.now.timestamp(),
    }
    _set(row, _configuration(call))
    keep(call, _KIND, row)
    put_tags(call, arn, call.params.get("Tags"))
    return {"MonitoringScheduleArn": arn}


def _schedule(call: Call) -> dict[str, Any]:
    name = call.params["MonitoringScheduleName"]
    found = call.rows.get(_KIND, name)
    if found is None:
        message = f"Monitoring schedule {call.arn(f'monitoring-schedule/{name}')} does not exist."
        raise ServiceError("ResourceNotFound", message)
    return dict(found)


@sagemaker.operation("DescribeMonitoringSchedule")
def describe_monitoring_schedule(call: Call) -> Mapping[str, Any]:
    return shown(_schedule(call))


@sagemaker.operation("UpdateMonitoringSchedule")
def update_monitoring_schedule(call: Call) -> Mapping[str, Any]:
    """The new configuration takes the place of the old one. Raises ResourceNotFound, ValidationException."""
    row = _schedule(call)
    _set(row, _configuration(call))
    keep(call, _KIND, row)
    return {"MonitoringScheduleArn": row["MonitoringScheduleArn"]}


@sagemaker.operation("StartMonitoringSchedule")
def start_monitoring_schedule(call: Call) -> None:
    keep(call, _KIND, _schedule(call) | {"MonitoringScheduleStatus": "Scheduled"})


@sagemaker.operation("StopMonitoringSchedule")
def stop_monitoring_schedule(call: Call) -> None:
    keep(call, _KIND, _schedule(call) | {"MonitoringScheduleStatus": "Stopped"})


@sagemaker.operation("DeleteMonitoringSchedule")
def delete_monitoring_schedule(call: Call) -> None:
    row = _schedule(call)
    forget(call, _KIND, row, row["MonitoringScheduleArn"])


def _summary(row: dict[str, Any]) -> Mapping[str, Any]:
    names = ("MonitoringScheduleName", "MonitoringScheduleArn", "MonitoringScheduleStatus", "MonitoringType")
    found = summary(*names, "CreationTime", "LastModifiedTime", "EndpointName")(row)
    set_name = row["MonitoringScheduleConfig"].get("MonitoringJobDefinitionName")
    return found if set_name is None else found | {"MonitoringJobDefinitionName": set_name}


@sagemaker.operation("ListMonitoringSchedules")
def list_monitoring_schedules(call: Call) -> Mapping[str, Any]:
    filters = {
        "EndpointName": "EndpointName",
        "StatusEquals": "MonitoringScheduleStatus",
        "MonitoringJobDefinitionName": "MonitoringJobDefinitionName",
        "MonitoringTypeEquals": "MonitoringType",
    }
    wanted = {member: call.params[name] for name, member in filters.items() if name in call.params}

    def fits(row: dict[str, Any]) -> bool:
        found = _summary(row)
        return all(found.get(member) == value for member, value in wanted.items())

    found, token = listed(call, _KIND, "CreationTime", "LastModifiedTime", _summary, where=fits)
    return {"MonitoringScheduleSummaries": found, "NextToken": token}


@sagemaker.operation("ListMonitoringExecutions")
def list_monitoring_executions(_call: Call) -> Mapping[str, Any]:
    """None: schedules do not run here."""
    return {"MonitoringExecutionSummaries": []}
