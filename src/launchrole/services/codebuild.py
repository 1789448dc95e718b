"""AWS CodeBuild: projects as CodePipeline and SageMaker use them, and builds that are recorded and not run.

https://docs.aws.amazon.com/codebuild/latest/APIReference/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call, Service
from launchrole.services.paging import page

codebuild = Service("codebuild", whole=True)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9\-_]{1,149}")
_NEED_LOCATION = frozenset(
    {"CODECOMMIT", "GITHUB", "GITHUB_ENTERPRISE", "BITBUCKET", "GITLAB", "GITLAB_SELF_MANAGED", "S3"}
)
_SETTINGS = (
    "description",
    "source",
    "secondarySources",
    "sourceVersion",
    "secondarySourceVersions",
    "artifacts",
    "secondaryArtifacts",
    "cache",
    "environment",
    "serviceRole",
    "timeoutInMinutes",
    "queuedTimeoutInMinutes",
    "encryptionKey",
    "tags",
    "vpcConfig",
    "badgeEnabled",
    "logsConfig",
    "fileSystemLocations",
    "buildBatchConfig",
    "concurrentBuildLimit",
)


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidInputException", message)


def _project(call: Call, name: str) -> dict[str, Any]:
    name = name.rpartition("project/")[2]
    found = call.rows.get("project", name)
    if found is None:
        raise ServiceError("ResourceNotFoundException", f"Project cannot be found: {call.arn(f'project/{name}')}")
    return dict(found)


@codebuild.operation("CreateProject")
def create_project(call: Call) -> Mapping[str, Any]:
    name = call.params["name"]
    if _NAME.fullmatch(name) is None:
        raise _invalid(f"Invalid project name: {name}")
    if call.rows.get("project", name) is not None:
        message = f"Project already exists: {call.arn(f'project/{name}')}"
        raise ServiceError("ResourceAlreadyExistsException", message)
    now = call.now.timestamp()
    project: dict[str, Any] = {
        "name": name,
        "arn": call.arn(f"project/{name}"),
        "timeoutInMinutes": 60,
        "queuedTimeoutInMinutes": 480,
        "encryptionKey": f"arn:{call.partition}:kms:{call.region}:{call.account}:alias/aws/s3",
        "cache": {"type": "NO_CACHE"},
        "tags": [],
        "badge": {"badgeEnabled": bool(call.params.get("badgeEnabled"))},
        "created": now,
    }
    _set(call, project)
    return {"project": project}


@codebuild.operation("UpdateProject")
def update_project(call: Call) -> Mapping[str, Any]:
    project = _project(call, call.params["name"])
    _set(call, project)
    return {"project": project}


def _set(call: Call, project: dict[str, Any]) -> None:
    """Take over what the call gives, if it fits together, and keep the project."""
    for name in _SETTINGS:
        if name in call.params and name != "badgeEnabled":
            project[name] = call.params[name]
    _check_source(project["source"])
    for one in project.get("secondarySources", ()):
        _check_source(one)
        if not one.get("sourceIdentifier"):
            raise _invalid("Secondary sources must have a sourceIdentifier")
    artifacts = project["artifacts"]
    if (project["source"]["type"] == "CODEPIPELINE") != (artifacts["type"] == "CODEPIPELINE"):
        raise _invalid("Both source and artifact type must be set to CODEPIPELINE")
    if artifacts["type"] == "S3" and not artifacts.get("location"):
        raise _invalid("Invalid artifacts: artifacts location is required")
    _check_role(call, project["serviceRole"])
    project["lastModified"] = call.now.timestamp()
    call.rows.put("project", project["name"], project)


def _check_source(source: Mapping[str, Any]) -> None:
    """https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ProjectSource.html"""
    kind = source["type"]
    if kind in _NEED_LOCATION and not source.get("location"):
        raise _invalid("Invalid project source: location is required")
    if kind == "CODEPIPELINE" and source.get("location"):
        raise _invalid("Invalid project source: location must not be specified for CODEPIPELINE")
    if kind == "NO_SOURCE" and not source.get("buildspec"):
        raise _invalid("Invalid project source: buildspec is required for NO_SOURCE")


def _check_role(call: Call, arn: str) -> None:
    role = call.surroundings.role(arn)
    if role is None or not call.surroundings.may_assume(role, "codebuild.amazonaws.com"):
        raise _invalid(
            f"CodeBuild is not authorized to perform: sts:AssumeRole on service role. Please verify that: "
            f"1) The provided service role exists, 2) The role name is case-sensitive and matches exactly, and "
            f"3) The role has the necessary trust policy configured, Role ARN: {arn}"
        )


@codebuild.operation("DeleteProject")
def delete_project(call: Call) -> None:
    call.rows.delete("project", call.params["name"].rpartition("project/")[2])


@codebuild.operation("BatchGetProjects")
def batch_get_projects(call: Call) -> Mapping[str, Any]:
    names = call.params["names"]
    found = [one for name in names if (one := call.rows.get("project", name.rpartition("project/")[2])) is not None]
    there = {one["name"] for one in found} | {one["arn"] for one in found}
    return {"projects": found, "projectsNotFound": [name for name in names if name not in there]}


@codebuild.operation("ListProjects")
def list_projects(call: Call) -> Mapping[str, Any]:
    found = [one for _, one in call.rows.all("project")]
    order = {"CREATED_TIME": "created", "LAST_MODIFIED_TIME": "lastModified"}.get(call.params.get("sortBy", ""), "name")
    found.sort(key=lambda one: one[order])
    if call.params.get("sortOrder") == "DESCENDING":
        found.reverse()
    shown, token = page(
        [one["name"] for one in found], call.params.get("nextToken"), None, bad_token=_invalid("Invalid nextToken")
    )
    return {"projects": shown, "nextToken": token}


@codebuild.operation("StartBuild")
def start_build(call: Call) -> Mapping[str, Any]:
    project = _project(call, call.params["projectName"])
    identifier = f"{project['name']}:{call.new_uuid()}"
    now = call.now.timestamp()
    number = int(call.rows.get("counter", project["name"]) or 0) + 1
    call.rows.put("counter", project["name"], number)
    build = {
        "id": identifier,
        "arn": call.arn(f"build/{identifier}"),
        "buildNumber": number,
        "startTime": now,
        "currentPhase": "QUEUED",
        "buildStatus": "IN_PROGRESS",
        "projectName": project["name"],
        "phases": [
            {"phaseType": "SUBMITTED", "phaseStatus": "SUCCEEDED", "startTime": now, "endTime": now},
            {
                "phaseType": "QUEUED",
                "startTime": now,
                "contexts": [{"statusCode": "NOT_RUN", "message": "launchrole records builds and does not run them"}],
            },
        ],
        "source": project["source"],
        "artifacts": {"location": project["artifacts"].get("location", "")},
        "environment": project["environment"],
        "serviceRole": project["serviceRole"],
        "timeoutInMinutes": project["timeoutInMinutes"],
        "queuedTimeoutInMinutes": project["queuedTimeoutInMinutes"],
        "buildComplete": False,
        "initiator": call.caller.partition(":assumed-role/")[2] or call.caller.rpartition(":")[2],
        "encryptionKey": project["encryptionKey"],
    }
    if "sourceVersion" in call.params:
        build["sourceVersion"] = call.params["sourceVersion"]
    call.rows.put("build", identifier, build)
    return {"build": build}


@codebuild.operation("StopBuild")
def stop_build(call: Call) -> Mapping[str, Any]:
    build = call.rows.get("build", call.params["id"])
    if build is None:
        raise ServiceError("ResourceNotFoundException", f"Build {call.params['id']} cannot be found")
    if not build["buildComplete"]:
        build |= {"buildStatus": "STOPPED", "buildComplete": True, "endTime": call.now.timestamp()}
        build["currentPhase"] = "COMPLETED"
        call.rows.put("build", build["id"], build)
    return {"build": build}


@codebuild.operation("BatchGetBuilds")
def batch_get_builds(call: Call) -> Mapping[str, Any]:
    ids = call.params["ids"]
    found = {one: row for one in ids if (row := call.rows.get("build", one)) is not None}
    return {"builds": list(found.values()), "buildsNotFound": [one for one in ids if one not in found]}


def _builds(call: Call, prefix: str) -> Mapping[str, Any]:
    found = [one for _, one in call.rows.all("build", prefix)]
    found.sort(key=lambda one: float(one["startTime"]), reverse=call.params.get("sortOrder") != "ASCENDING")
    shown, token = page(
        [one["id"] for one in found], call.params.get("nextToken"), None, bad_token=_invalid("Invalid nextToken")
    )
    return {"ids": shown, "nextToken": token}


@codebuild.operation("ListBuilds")
def list_builds(call: Call) -> Mapping[str, Any]:
    return _builds(call, "")


@codebuild.operation("ListBuildsForProject")
def list_builds_for_project(call: Call) -> Mapping[str, Any]:
    project = _project(call, call.params["projectName"])
    return _builds(call, f"{project['name']}:")


@codebuild.operation("ListCuratedEnvironmentImages")
def list_curated_environment_images(call: Call) -> Mapping[str, Any]:  # noqa: ARG001 - the same for everybody
    """https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-available.html, the current Linux image."""
    image = {
        "name": "aws/codebuild/amazonlinux2-x86_64-standard:5.0",
        "description": "AWS CodeBuild - Docker image for Amazon Linux 2023",
        "versions": ["aws/codebuild/amazonlinux2-x86_64-standard:5.0"],
    }
    return {"platforms": [{"platform": "AMAZON_LINUX", "languages": [{"language": "STANDARD", "images": [image]}]}]}
