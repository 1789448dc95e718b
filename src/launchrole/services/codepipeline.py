"""AWS CodePipeline: pipelines, and executions that are recorded and not run.

https://docs.aws.amazon.com/codepipeline/latest/APIReference/ and
https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-pipeline-structure.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call, Service
from launchrole.services.paging import page
from launchrole.services.tagging import merged, without

codepipeline = Service("codepipeline", whole=True)

_NAME = re.compile(r"[A-Za-z0-9.@\-_]{1,100}")


def _invalid_structure(message: str) -> ServiceError:
    return ServiceError("InvalidStructureException", message)


def _existing(call: Call, name: str) -> dict[str, Any]:
    found = call.rows.get("pipeline", name)
    if found is None:
        message = f"Account '{call.account}' does not have a pipeline with name '{name}'"
        raise ServiceError("PipelineNotFoundException", message)
    return dict(found)


@codepipeline.operation("CreatePipeline")
def create_pipeline(call: Call) -> Mapping[str, Any]:
    declaration = dict(call.params["pipeline"])
    name = declaration["name"]
    _check(call, declaration)
    if call.rows.get("pipeline", name) is not None:
        message = f"A pipeline with the name '{name}' already exists in account '{call.account}'"
        raise ServiceError("PipelineNameInUseException", message)
    declaration["version"] = 1
    tags = list(call.params.get("tags") or [])
    _keep(call, {"pipeline": declaration, "created": call.now.timestamp(), "tags": tags})
    return {"pipeline": declaration, "tags": tags}


@codepipeline.operation("UpdatePipeline")
def update_pipeline(call: Call) -> Mapping[str, Any]:
    declaration = dict(call.params["pipeline"])
    row = _existing(call, declaration["name"])
    _check(call, declaration)
    declaration["version"] = row["pipeline"]["version"] + 1
    _keep(call, row | {"pipeline": declaration})
    return {"pipeline": declaration}


def _keep(call: Call, row: dict[str, Any]) -> None:
    row["updated"] = call.now.timestamp()
    call.rows.put("pipeline", row["pipeline"]["name"], row)


@codepipeline.operation("GetPipeline")
def get_pipeline(call: Call) -> Mapping[str, Any]:
    row = _existing(call, call.params["name"])
    version = call.params.get("version")
    if version is not None and version != row["pipeline"]["version"]:
        message = f"Pipeline '{call.params['name']}' has no version {version}"
        raise ServiceError("PipelineVersionNotFoundException", message)
    metadata = {
        "pipelineArn": call.arn(call.params["name"]),
        "created": row["created"],
        "updated": row["updated"],
    }
    return {"pipeline": row["pipeline"], "metadata": metadata}


@codepipeline.operation("ListPipelines")
def list_pipelines(call: Call) -> Mapping[str, Any]:
    found = [
        {
            "name": name,
            "version": row["pipeline"]["version"],
            "pipelineType": row["pipeline"].get("pipelineType", "V1"),
            "created": row["created"],
            "updated": row["updated"],
        }
        for name, row in call.rows.all("pipeline")
    ]
    bad = ServiceError("InvalidNextTokenException", "The next token is not valid.")
    shown, token = page(found, call.params.get("nextToken"), call.params.get("maxResults"), default=1000, bad_token=bad)
    return {"pipelines": shown, "nextToken": token}


@codepipeline.operation("DeletePipeline")
def delete_pipeline(call: Call) -> None:
    name = call.params["name"]
    call.rows.delete("pipeline", name)
    for kind in ("execution", "transition"):
        for key, _ in list(call.rows.all(kind, f"{name}/")):
            call.rows.delete(kind, key)


def _check(call: Call, pipeline: Mapping[str, Any]) -> None:
    """What CodePipeline demands of a structure, as far as its user guide's page says it."""
    if _NAME.fullmatch(pipeline["name"]) is None:
        raise ServiceError(
            "ValidationException",
            f"1 validation error detected: Value at 'pipeline.name' failed to satisfy constraint: Member must satisfy "
            f"regular expression pattern: {_NAME.pattern}",
        )
    stages = pipeline["stages"]
    if len(stages) < 2:
        raise _invalid_structure("Pipeline should have at least 2 stages")
    if not pipeline.get("artifactStore") and not pipeline.get("artifactStores"):
        raise _invalid_structure("Pipeline must have an artifactStore or artifactStores")
    _check_unique((stage["name"] for stage in stages), "stage")
    produced: set[str] = set()
    for number, stage in enumerate(stages):
        actions = stage["actions"]
        if not actions:
            raise _invalid_structure(f"Stage {stage['name']} must have at least one action")
        _check_unique((action["name"] for action in actions), f"action in stage {stage['name']}")
        for action in sorted(actions, key=lambda one: int(one.get("runOrder", 1))):
            category = action["actionTypeId"]["category"]
            if number == 0 and category != "Source":
                raise _invalid_structure("Pipeline first stage must only contain source actions")
            if number > 0 and category == "Source":
                raise _invalid_structure("Pipeline source actions are only allowed in the first stage")
            for artifact in action.get("inputArtifacts", ()):
                if artifact["name"] not in produced:
                    raise _invalid_structure(
                        f"Input artifact {artifact['name']} of action {action['name']} is not an output artifact of an "
                        "earlier action"
                    )
            for artifact in action.get("outputArtifacts", ()):
                if artifact["name"] in produced:
                    raise _invalid_structure(f"Output artifact name {artifact['name']} must be unique in the pipeline")
                produced.add(artifact["name"])
    _check_role(call, pipeline["roleArn"])


def _check_unique(names: Iterator[str], what: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise _invalid_structure(f"Pipeline has a duplicate {what} name: {name}")
        seen.add(name)


def _check_role(call: Call, arn: str) -> None:
    role = call.surroundings.role(arn)
    if role is None or not call.surroundings.may_assume(role, "codepipeline.amazonaws.com"):
        raise _invalid_structure(f"CodePipeline is not authorized to perform AssumeRole on role {arn}")


@codepipeline.operation("GetPipelineState")
def get_pipeline_state(call: Call) -> Mapping[str, Any]:
    name = call.params["name"]
    row = _existing(call, name)
    executions = _executions(call, name)
    newest = executions[0] if executions else None
    states = []
    for number, stage in enumerate(row["pipeline"]["stages"]):
        disabled = call.rows.get("transition", f"{name}/{stage['name']}")
        state: dict[str, Any] = {
            "stageName": stage["name"],
            "inboundTransitionState": {"enabled": True} if disabled is None else {"enabled": False, **disabled},
            "actionStates": [{"actionName": action["name"]} for action in stage["actions"]],
        }
        if newest is not None and number == 0:
            state["latestExecution"] = {
                "pipelineExecutionId": newest["pipelineExecutionId"],
                "status": newest["status"],
            }
        states.append(state)
    return {
        "pipelineName": name,
        "pipelineVersion": row["pipeline"]["version"],
        "stageStates": states,
        "created": row["created"],
        "updated": row["updated"],
    }


def _executions(call: Call, name: str) -> list[dict[str, Any]]:
    """The executions of a pipeline, the newest first."""
    found = [one for _, one in call.rows.all("execution", f"{name}/")]
    return sorted(found, key=lambda one: (one["startTime"], one["number"]), reverse=True)


@codepipeline.operation("StartPipelineExecution")
def start_pipeline_execution(call: Call) -> Mapping[str, Any]:
    """Record an execution. Nothing runs: it stays in progress at its first stage."""
    name = call.params["name"]
    row = _existing(call, name)
    token = call.params.get("clientRequestToken")
    before = _executions(call, name)
    if token is not None:
        same = next((one for one in before if one.get("token") == token), None)
        if same is not None:
            return {"pipelineExecutionId": same["pipelineExecutionId"]}
    identifier = call.new_uuid()
    execution = {
        "pipelineExecutionId": identifier,
        "pipelineVersion": row["pipeline"]["version"],
        "status": "InProgress",
        "startTime": call.now.timestamp(),
        "number": len(before),
        "trigger": {"triggerType": "StartPipelineExecution", "triggerDetail": call.caller},
        "token": token,
    }
    call.rows.put("execution", f"{name}/{identifier}", execution)
    return {"pipelineExecutionId": identifier}


def _execution(call: Call) -> dict[str, Any]:
    name, identifier = call.params["pipelineName"], call.params["pipelineExecutionId"]
    _existing(call, name)
    found = call.rows.get("execution", f"{name}/{identifier}")
    if found is None:
        message = f"Pipeline '{name}' has no execution with id '{identifier}'"
        raise ServiceError("PipelineExecutionNotFoundException", message)
    return dict(found)


@codepipeline.operation("GetPipelineExecution")
def get_pipeline_execution(call: Call) -> Mapping[str, Any]:
    found = _execution(call)
    shown = {name: found[name] for name in ("pipelineExecutionId", "pipelineVersion", "status", "trigger")}
    return {"pipelineExecution": {"pipelineName": call.params["pipelineName"], "artifactRevisions": [], **shown}}


@codepipeline.operation("ListPipelineExecutions")
def list_pipeline_executions(call: Call) -> Mapping[str, Any]:
    name = call.params["pipelineName"]
    _existing(call, name)
    rows = [
        {
            "pipelineExecutionId": one["pipelineExecutionId"],
            "status": one["status"],
            "startTime": one["startTime"],
            "lastUpdateTime": one.get("lastUpdateTime", one["startTime"]),
            "trigger": one["trigger"],
        }
        for one in _executions(call, name)
    ]
    bad = ServiceError("InvalidNextTokenException", "The next token is not valid.")
    shown, token = page(rows, call.params.get("nextToken"), call.params.get("maxResults"), bad_token=bad)
    return {"pipelineExecutionSummaries": shown, "nextToken": token}


@codepipeline.operation("StopPipelineExecution")
def stop_pipeline_execution(call: Call) -> Mapping[str, Any]:
    found = _execution(call)
    identifier = found["pipelineExecutionId"]
    if found["status"] != "InProgress":
        message = f"Pipeline execution {identifier} is not in progress"
        raise ServiceError("PipelineExecutionNotStoppableException", message)
    found |= {"status": "Stopped", "lastUpdateTime": call.now.timestamp()}
    call.rows.put("execution", f"{call.params['pipelineName']}/{identifier}", found)
    return {"pipelineExecutionId": identifier}


@codepipeline.operation("DisableStageTransition")
def disable_stage_transition(call: Call) -> None:
    name = _stage(call)
    row = {
        "disabledReason": call.params["reason"],
        "lastChangedBy": call.caller,
        "lastChangedAt": call.now.timestamp(),
    }
    call.rows.put("transition", name, row)


@codepipeline.operation("EnableStageTransition")
def enable_stage_transition(call: Call) -> None:
    call.rows.delete("transition", _stage(call))


def _stage(call: Call) -> str:
    name, stage = call.params["pipelineName"], call.params["stageName"]
    if all(one["name"] != stage for one in _existing(call, name)["pipeline"]["stages"]):
        raise ServiceError("StageNotFoundException", f"Pipeline '{name}' has no stage '{stage}'")
    return f"{name}/{stage}"


def _tagged(call: Call) -> dict[str, Any]:
    arn: str = call.params["resourceArn"]
    name = arn.rpartition(":")[2]
    if not arn.startswith(f"arn:{call.partition}:codepipeline:"):
        raise ServiceError("InvalidArnException", f"The ARN {arn} is not valid.")
    found = call.rows.get("pipeline", name)
    if found is None:
        raise ServiceError("ResourceNotFoundException", f"The resource {arn} does not exist.")
    return dict(found)


@codepipeline.operation("TagResource")
def tag_resource(call: Call) -> None:
    row = _tagged(call)
    row["tags"] = merged(row["tags"], call.params["tags"])
    if len(row["tags"]) > 50:
        raise ServiceError("TooManyTagsException", "The tags limit for a resource has been exceeded.")
    call.rows.put("pipeline", row["pipeline"]["name"], row)


@codepipeline.operation("UntagResource")
def untag_resource(call: Call) -> None:
    row = _tagged(call)
    row["tags"] = without(row["tags"], call.params["tagKeys"])
    call.rows.put("pipeline", row["pipeline"]["name"], row)


@codepipeline.operation("ListTagsForResource")
def list_tags_for_resource(call: Call) -> Mapping[str, Any]:
    return {"tags": _tagged(call)["tags"]}
