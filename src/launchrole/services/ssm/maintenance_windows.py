"""Maintenance windows with their targets and tasks, which moto keeps.

https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_UpdateMaintenanceWindow.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.account.service import Call, PassOn
from launchrole.services.ssm.base import missing, ssm

_WINDOW = {
    "Name": "name",
    "Description": "description",
    "StartDate": "start_date",
    "EndDate": "end_date",
    "Schedule": "schedule",
    "ScheduleTimezone": "schedule_timezone",
    "ScheduleOffset": "schedule_offset",
    "Duration": "duration",
    "Cutoff": "cutoff",
    "AllowUnassociatedTargets": "allow_unassociated_targets",
    "Enabled": "enabled",
}
_TARGET = {
    "Targets": "targets",
    "OwnerInformation": "owner_information",
    "Name": "name",
    "Description": "description",
}
_TASK = {
    "Targets": "targets",
    "TaskArn": "task_arn",
    "ServiceRoleArn": "service_role_arn",
    "TaskParameters": "task_parameters",
    "TaskInvocationParameters": "task_invocation_parameters",
    "Priority": "priority",
    "MaxConcurrency": "max_concurrency",
    "MaxErrors": "max_errors",
    "LoggingInfo": "logging_info",
    "Name": "name",
    "Description": "description",
    "CutoffBehavior": "cutoff_behavior",
    "AlarmConfiguration": "alarm_configurations",
}
_KEPT = frozenset(
    {"Name", "Schedule", "Duration", "Cutoff", "AllowUnassociatedTargets", "Enabled", "Targets", "TaskArn"}
)
"""What an update with Replace does not take away: a window, target or task must have it."""


def _window(call: Call) -> Any:
    identifier = call.params["WindowId"]
    found = call.surroundings.memory("ssm").windows.get(identifier)
    if found is None:
        raise missing("Maintenance window", identifier)
    return found


def _target(call: Call) -> Any:
    identifier = call.params["WindowTargetId"]
    found = _window(call).targets.get(identifier)
    if found is None:
        raise missing("Target", identifier)
    return found


def _task(call: Call) -> Any:
    identifier = call.params["WindowTaskId"]
    found = _window(call).tasks.get(identifier)
    if found is None:
        raise missing("Task", identifier)
    return found


def _update(call: Call, found: Any, members: Mapping[str, str]) -> None:
    """Set what is given. With Replace, what is optional and not given is taken away."""
    for name, attribute in members.items():
        if name in call.params:
            setattr(found, attribute, call.params[name])
        elif call.params.get("Replace") and name not in _KEPT:
            setattr(found, attribute, None)


def _shown(found: Any, members: Mapping[str, str]) -> dict[str, Any]:
    return {name: getattr(found, attribute, None) for name, attribute in members.items()}


def _window_shown(found: Any) -> dict[str, Any]:
    enabled = getattr(found, "enabled", True)
    return {"WindowId": found.id, **_shown(found, _WINDOW), "Enabled": enabled}


@ssm.operation("CreateMaintenanceWindow", in_memory=True)
def create_maintenance_window(call: Call) -> Mapping[str, Any]:
    """As moto does it, with what it forgets."""
    params = call.params
    memory = call.surroundings.memory("ssm")
    names = {
        name: attribute for name, attribute in _WINDOW.items() if name not in ("AllowUnassociatedTargets", "Enabled")
    }
    identifier: str = memory.create_maintenance_window(
        **{attribute: params.get(name) for name, attribute in names.items()}, tags=params.get("Tags")
    )
    made = memory.windows[identifier]
    made.allow_unassociated_targets = params["AllowUnassociatedTargets"]
    made.created = made.modified = call.now
    return {"WindowId": identifier}


@ssm.operation("GetMaintenanceWindow")
def get_maintenance_window(call: Call) -> Mapping[str, Any]:
    """Raises DoesNotExistException. When the window opens next is not computed."""
    found = _window(call)
    times = {"CreatedDate": getattr(found, "created", None), "ModifiedDate": getattr(found, "modified", None)}
    return _window_shown(found) | times


@ssm.operation("UpdateMaintenanceWindow", in_memory=True)
def update_maintenance_window(call: Call) -> Mapping[str, Any]:
    """Raises DoesNotExistException."""
    found = _window(call)
    _update(call, found, _WINDOW)
    found.modified = call.now
    return _window_shown(found)


@ssm.operation("UpdateMaintenanceWindowTarget", in_memory=True)
def update_maintenance_window_target(call: Call) -> Mapping[str, Any]:
    """Raises DoesNotExistException."""
    found = _target(call)
    _update(call, found, _TARGET)
    return {"WindowId": found.window_id, "WindowTargetId": found.window_target_id, **_shown(found, _TARGET)}


def _task_shown(found: Any) -> dict[str, Any]:
    return {"WindowId": found.window_id, "WindowTaskId": found.window_task_id, **_shown(found, _TASK)}


@ssm.operation("GetMaintenanceWindowTask")
def get_maintenance_window_task(call: Call) -> Mapping[str, Any]:
    """Raises DoesNotExistException."""
    found = _task(call)
    return _task_shown(found) | {"TaskType": found.task_type}


@ssm.operation("UpdateMaintenanceWindowTask", in_memory=True)
def update_maintenance_window_task(call: Call) -> Mapping[str, Any]:
    """Raises DoesNotExistException."""
    found = _task(call)
    _update(call, found, _TASK)
    return _task_shown(found)


@ssm.operation("DeregisterTargetFromMaintenanceWindow")
def deregister_target_from_maintenance_window(call: Call) -> None:
    """moto does it. Raises DoesNotExistException, which moto does not."""
    _target(call)
    raise PassOn


@ssm.operation("DeregisterTaskFromMaintenanceWindow")
def deregister_task_from_maintenance_window(call: Call) -> None:
    """moto does it. Raises DoesNotExistException, which moto does not."""
    _task(call)
    raise PassOn
