"""Starts the build that checks in seed code, waits for it, and tells CloudFormation how it went.

The function of the custom resource `Custom::SeedCheckin`.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
"""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

_LEFT_FOR_THE_ANSWER = 30.0
"""Seconds before the function's end at which it stops waiting: CloudFormation would wait an hour for its answer."""


def handler(event: Mapping[str, Any], context: Any) -> None:
    """Whatever happens, CloudFormation is answered."""
    try:
        if event["RequestType"] == "Delete":  # code that people have worked on is not taken away
            answer(event, "SUCCESS", "the repository keeps its code")
            return
        build = start(_client("codebuild"), event["ResourceProperties"])
        status = wait(_client("codebuild"), build, lambda: context.get_remaining_time_in_millis() / 1000)
        done = status == "SUCCEEDED"
        answer(event, "SUCCESS" if done else "FAILED", f"Codebuild to checkin seedcode has status {status}: {build}")
    except Exception as problem:
        answer(event, "FAILED", f"{type(problem).__name__}: {problem}")


def _client(service: str) -> Any:
    import boto3

    return boto3.client(service)


def start(codebuild: Any, properties: Mapping[str, str]) -> str:
    """Start the build for a repository; its id."""
    made = codebuild.start_build(
        projectName=properties["ProjectName"],
        sourceLocationOverride=properties["RepositoryUrl"],
        environmentVariablesOverride=[
            {"name": "SEED_BRANCH", "value": properties["Branch"]},
            {"name": "SEED_KEY", "value": properties["SeedKey"]},
        ],
    )
    return str(made["build"]["id"])


def wait(codebuild: Any, build: str, seconds_left: Callable[[], float], pause: float = 10.0) -> str:
    """Wait for the end of a build; its status, or IN_PROGRESS where time runs out."""
    while True:
        status = codebuild.batch_get_builds(ids=[build])["builds"][0]["buildStatus"]
        if status != "IN_PROGRESS" or seconds_left() < pause + _LEFT_FOR_THE_ANSWER:
            return str(status)
        time.sleep(pause)


def answer(
    event: Mapping[str, Any], status: str, reason: str, send: Callable[[Any], Any] = urllib.request.urlopen
) -> None:
    """Tell CloudFormation. The physical id stays as it is: another one would have the resource replaced."""
    body = {
        "Status": status,
        "Reason": reason,
        "PhysicalResourceId": event.get("PhysicalResourceId", f"seed-checkin-{event['LogicalResourceId']}"),
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
    }
    request = urllib.request.Request(
        event["ResponseURL"], json.dumps(body).encode(), headers={"Content-Type": ""}, method="PUT"
    )
    send(request)
