"""Jobs, triggers and crawlers, which moto keeps: two of a name, and what changes them.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-job.html
https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-trigger.html
https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-crawling.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call, PassOn
from launchrole.services.glue.base import glue


def _not_found(what: str, name: str) -> ServiceError:
    return ServiceError("EntityNotFoundException", f"{what} {name} not found.")


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidInputException", message)


# Jobs.

_JOB = {
    "Description": "description",
    "LogUri": "log_uri",
    "Role": "role",
    "Command": "command",
    "NonOverridableArguments": "non_overridable_arguments",
    "Connections": "connections",
    "MaxRetries": "max_retries",
    "AllocatedCapacity": "allocated_capacity",
    "Timeout": "timeout",
    "MaxCapacity": "max_capacity",
    "WorkerType": "worker_type",
    "NumberOfWorkers": "number_of_workers",
    "SecurityConfiguration": "security_configuration",
    "NotificationProperty": "notification_property",
    "GlueVersion": "glue_version",
    "CodeGenConfigurationNodes": "code_gen_configuration_nodes",
    "SourceControlDetails": "source_control_details",
}


@glue.operation("CreateJob")
def create_job(call: Call) -> None:
    """moto does it. Raises AlreadyExistsException, which moto does not."""
    if call.params["Name"] in call.surroundings.memory("glue").jobs:
        raise ServiceError("AlreadyExistsException", f"Job {call.params['Name']} already exists.")
    raise PassOn


@glue.operation("UpdateJob", in_memory=True)
def update_job(call: Call) -> Mapping[str, Any]:
    """The new definition takes the place of the whole old one, but for the name and the tags. Raises
    EntityNotFoundException, InvalidInputException for a capacity that is given in two ways."""
    name, given = call.params["JobName"], call.params["JobUpdate"]
    found = call.surroundings.memory("glue").jobs.get(name)
    if found is None:
        raise _not_found("Job", name)
    if "MaxCapacity" in given and ({"WorkerType", "NumberOfWorkers"} & set(given)):
        raise _invalid("Please do not set Max Capacity if using Worker Type or Number of Workers.")
    for member, attribute in _JOB.items():
        setattr(found, attribute, given.get(member))
    found.execution_property = given.get("ExecutionProperty") or {}
    found.default_arguments = given.get("DefaultArguments") or {}
    found.execution_class = given.get("ExecutionClass") or "STANDARD"
    found.last_modified_on = call.now
    return {"JobName": name}


# Triggers.


@dataclass(frozen=True, slots=True)
class Given:
    """A predicate or an action, as moto's triggers want to have them: as they were given."""

    members: Mapping[str, Any]

    @property
    def job_name(self) -> str | None:
        """By which triggers of a job are found."""
        name: str | None = self.members.get("JobName")
        return name

    def as_dict(self) -> dict[str, Any]:
        return dict(self.members)


def _predicate(given: Mapping[str, Any] | None) -> Given | None:
    """Without a logical operator all conditions must hold. Raises InvalidInputException."""
    if not given:
        return None
    if given.get("Logical", "AND") not in ("AND", "ANY"):
        raise _invalid(f"The predicate is not valid: {given['Logical']} is neither AND nor ANY.")
    return Given({"Logical": "AND", **given})


def _actions(given: list[Mapping[str, Any]]) -> list[Given]:
    if any("JobName" in one and "CrawlerName" in one for one in given):
        raise _invalid("Both JobName and CrawlerName cannot be set together in an action")
    return [Given(one) for one in given]


@glue.operation("CreateTrigger", in_memory=True)
def create_trigger(call: Call) -> Mapping[str, Any]:
    """Raises AlreadyExistsException, InvalidInputException: no schedule or predicate where the type needs one."""
    params = call.params
    memory = call.surroundings.memory("glue")
    name, kind = params["Name"], params["Type"]
    if name in memory.triggers:
        raise ServiceError("AlreadyExistsException", f"Trigger with name {name} already submitted with different body")
    if kind == "CONDITIONAL" and not params.get("Predicate"):
        raise _invalid("Predicate cannot be null or empty")
    if kind == "SCHEDULED" and not params.get("Schedule"):
        raise _invalid("A scheduled trigger needs a schedule.")
    memory.create_trigger(
        name=name,
        workflow_name=params.get("WorkflowName"),
        trigger_type=kind,
        schedule=params.get("Schedule"),
        predicate=_predicate(params.get("Predicate")),
        actions=_actions(params["Actions"]),
        description=params.get("Description"),
        start_on_creation=params.get("StartOnCreation"),
        tags=params.get("Tags"),
        event_batching_condition=params.get("EventBatchingCondition"),
    )
    return {"Name": name}


@glue.operation("UpdateTrigger", in_memory=True)
def update_trigger(call: Call) -> Mapping[str, Any]:
    """The new definition takes the place of the old one, but for the type, the workflow and the state. Raises
    EntityNotFoundException, InvalidInputException."""
    name, given = call.params["Name"], call.params["TriggerUpdate"]
    found = call.surroundings.memory("glue").triggers.get(name)
    if found is None:
        raise _not_found("Trigger", name)
    predicate, actions = _predicate(given.get("Predicate")), _actions(given.get("Actions", []))
    if given.get("Name", name) != name:
        raise _invalid("A trigger cannot be given another name.")
    found.description = given.get("Description")
    if "Schedule" in given:
        found.schedule = given["Schedule"]
    if "Actions" in given:
        found.actions = actions
    if "Predicate" in given:
        found.predicate = predicate
    if "EventBatchingCondition" in given:
        found.event_batching_condition = given["EventBatchingCondition"]
    return {"Trigger": found.as_dict()}


# Crawlers.

_CRAWLER = {
    "Role": "role",
    "DatabaseName": "database_name",
    "Description": "description",
    "Targets": "targets",
    "Schedule": "schedule",
    "Classifiers": "classifiers",
    "TablePrefix": "table_prefix",
    "SchemaChangePolicy": "schema_change_policy",
    "RecrawlPolicy": "recrawl_policy",
    "LineageConfiguration": "lineage_configuration",
    "Configuration": "configuration",
    "CrawlerSecurityConfiguration": "crawler_security_configuration",
}


def _idle_crawler(call: Call, name: str) -> Any:
    """moto's object of a crawler that does not run. Raises EntityNotFoundException, CrawlerRunningException."""
    found = call.surroundings.memory("glue").crawlers.get(name)
    if found is None:
        raise _not_found("Crawler", name)
    if found.status == "RUNNING":
        raise ServiceError("CrawlerRunningException", f"Crawler with name {name} is running.")
    return found


@glue.operation("UpdateCrawler", in_memory=True)
def update_crawler(call: Call) -> None:
    """What is not given stays; the crawler has a new version."""
    found = _idle_crawler(call, call.params["Name"])
    for member, attribute in _CRAWLER.items():
        if member in call.params:
            setattr(found, attribute, call.params[member])
    found.version += 1
    found.last_updated = call.now


@glue.operation("UpdateCrawlerSchedule", in_memory=True)
def update_crawler_schedule(call: Call) -> None:
    found = _idle_crawler(call, call.params["CrawlerName"])
    found.schedule = call.params.get("Schedule")
    found.last_updated = call.now
