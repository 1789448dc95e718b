"""Seconds that stacks take in a running sandbox, in process: 200 resources beside moto on the same template, growth
from 100 to 500 resources, and a real template of a SageMaker project, cold and warm.

`make bench-stacks`. Every figure is the best of three in one run on one machine: the ratios count, not the figures.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import boto3

import report

RESOURCES = 200
GROWTH = (100, 200, 300, 400, 500)
TIMES = 3
KEYS = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
TESTS = Path(__file__).resolve().parents[1] / "tests"
PROJECT = "build-train-deploy-codepipeline"
"""A part of the name of the real template: model building, training and deployment, 12 resources."""

SKIPPED = (
    "moto makes the resources behind the services' backs. Not in its time: an authorization decision for each call and "
    "its record, credentials of the stack's own, events of resources, the stack's tags on them, rollback, and what "
    "survives a kill -9."
)
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def template(resources: int) -> dict[str, Any]:
    """Groups of ten resources of ten types, in chains of up to three; the parameter changes half of them."""
    made: dict[str, Any] = {}
    for group in range(resources // 10):
        made |= _group(group)
    parameters = {"Change": {"Type": "String", "Default": "one"}, "Days": {"Type": "Number", "Default": 1}}
    return {"Parameters": parameters, "Resources": made}


def _group(group: int) -> dict[str, Any]:
    change = {"Ref": "Change"}
    one = {
        "Topic": ("AWS::SNS::Topic", {"DisplayName": change}),
        "Queue": ("AWS::SQS::Queue", {"VisibilityTimeout": 30}),
        "Bucket": ("AWS::S3::Bucket", {"BucketName": f"bucket-{group}", "Tags": [{"Key": "change", "Value": change}]}),
        "Role": ("AWS::IAM::Role", {"AssumeRolePolicyDocument": TRUST}),
        "Group": ("AWS::Logs::LogGroup", {"RetentionInDays": {"Ref": "Days"}}),
        "Table": (
            "AWS::DynamoDB::Table",
            {
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "BillingMode": "PAY_PER_REQUEST",
            },
        ),
        "Rule": ("AWS::Events::Rule", {"ScheduleExpression": "rate(1 day)", "Description": change}),
        "Repository": ("AWS::ECR::Repository", {"RepositoryName": f"repository-{group}"}),
        "Function": (
            "AWS::Lambda::Function",
            {
                "Code": {"ZipFile": "def handler(event, context):\n    return event\n"},
                "Handler": "index.handler",
                "Runtime": "python3.12",
                "Role": {"Fn::GetAtt": [f"Role{group}", "Arn"]},
            },
        ),
        "Parameter": (
            "AWS::SSM::Parameter",
            {
                "Type": "String",
                "Name": f"parameter-{group}",
                "Value": {"Fn::Sub": f"${{Change}} ${{Topic{group}}} ${{Function{group}}}"},
            },
        ),
    }
    return {f"{name}{group}": {"Type": kind, "Properties": properties} for name, (kind, properties) in one.items()}


Settle = Callable[[], Any]


def lifecycle(client: Any, settle: Settle, url: str) -> dict[str, float]:
    """Seconds until a stack is created, updated in half of its resources, and deleted."""
    changed = [("Change", "two"), ("Days", "7")]
    parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in changed]
    asked = {"StackName": "stack", "TemplateURL": url, "Capabilities": ["CAPABILITY_NAMED_IAM"]}
    return {
        "created": _took(client, settle, "CREATE_COMPLETE", lambda: client.create_stack(**asked)),
        "updated": _took(
            client, settle, "UPDATE_COMPLETE", lambda: client.update_stack(**asked, Parameters=parameters)
        ),
        "deleted": _took(client, settle, None, lambda: client.delete_stack(StackName="stack")),
    }


def _took(client: Any, settle: Settle, status: str | None, call: Callable[[], Any]) -> float:
    started = time.perf_counter()
    call()
    settle()
    took = time.perf_counter() - started
    found = [one["StackStatus"] for one in client.describe_stacks()["Stacks"]]
    if found != ([] if status is None else [status]):
        raise SystemExit(f"the stack did not end in {status or 'nothing'}: {found}")
    return took


def of_moto(resources: Sequence[int]) -> list[dict[str, float]]:
    from moto import mock_aws

    with mock_aws():
        return _lifecycles(boto3.session.Session(**KEYS).client, lambda: None, resources)


def of_launchrole(resources: Sequence[int]) -> list[dict[str, float]]:
    from launchrole.sandbox import Sandbox

    with Sandbox() as sandbox:
        return _lifecycles(sandbox.client, sandbox.settle, resources)


def _lifecycles(client: Callable[[str], Any], settle: Settle, resources: Sequence[int]) -> list[dict[str, float]]:
    """The best of three for each number of resources, after a small stack: what is read once has been read."""
    s3, cloudformation = client("s3"), client("cloudformation")
    s3.create_bucket(Bucket="templates")
    found = []
    for count in (10, *resources):
        s3.put_object(Bucket="templates", Key=f"{count}.json", Body=json.dumps(template(count)).encode())
        url = f"https://templates.s3.us-east-1.amazonaws.com/{count}.json"
        runs = [lifecycle(cloudformation, settle, url) for _ in range(TIMES)]
        found.append({name: min(one[name] for one in runs) for name in runs[0]})
    return found[1:]


def of_project() -> list[dict[str, float]]:
    """The real template: the first launch in a process, and the best of those that follow; nothing without it."""
    sys.path[:0] = [str(TESTS), str(TESTS / "cloudformation")]  # the world that the template takes for given is there
    corpus = importlib.import_module("corpus")
    from launchrole.sandbox import Sandbox

    names = [one["template"] for one in corpus.templates() if PROJECT in one["template"]]
    if not names:
        return []
    name, text = names[0], corpus.text_of(names[0])
    with Sandbox() as sandbox:
        world = corpus.World(sandbox)
        world.provide(name, text)
        client = sandbox.client("cloudformation")
        asked = {"StackName": "stack", "TemplateBody": text, "Parameters": world.parameters(name, text)}

        def launch() -> dict[str, float]:
            create = _took(client, sandbox.settle, "CREATE_COMPLETE", lambda: client.create_stack(**asked))
            delete = _took(client, sandbox.settle, None, lambda: client.delete_stack(StackName="stack"))
            return {"created": create, "deleted": delete}

        cold, *warm = [launch() for _ in range(TIMES + 1)]
        return [cold, {key: min(one[key] for one in warm) for key in cold}]


CONTESTANTS: Mapping[str, Callable[[], list[dict[str, float]]]] = {
    "moto": lambda: of_moto([RESOURCES]),
    "launchrole": lambda: of_launchrole([RESOURCES]),
    "growth": lambda: of_launchrole(GROWTH),
    "project": of_project,
}


def measured(what: str) -> list[dict[str, float]]:
    """What a contestant measures, in a process of its own."""
    done = subprocess.run([sys.executable, __file__, "--only", what], check=True, stdout=subprocess.PIPE, text=True)
    found: list[dict[str, float]] = json.loads(done.stdout)
    return found


def beside_moto() -> report.Table:
    (theirs,), (ours,) = measured("moto"), measured("launchrole")
    rows = []
    for name in [*ours, "all three"]:
        here, there = (sum(one.values()) if name == "all three" else one[name] for one in (ours, theirs))
        rows.append({"name": name, "moto": there, "ours": here, "ratio": here / there})
    columns = {
        "name": (f"a stack of {RESOURCES} resources", ""),
        "moto": ("moto, s", ".2f"),
        "ours": ("launchrole, s", ".2f"),
        "ratio": ("ratio", ".1f"),
    }
    return report.Table("Beside moto's create_stack, update_stack and delete_stack", columns, rows, SKIPPED)


def growth() -> report.Table:
    rows = []
    for count, found in zip(GROWTH, measured("growth"), strict=True):
        each = 1000 * sum(found.values()) / count
        rows.append({"name": str(count), **found, "each": each})
    columns = {
        "name": ("resources", ""),
        "created": ("created, s", ".2f"),
        "updated": ("updated, s", ".2f"),
        "deleted": ("deleted, s", ".2f"),
        "each": ("ms per resource", ".1f"),
    }
    return report.Table("Growth", columns, rows)


def project() -> report.Table | None:
    found = measured("project")
    if not found:
        print("the real template is not beside the repository (../shared/corpus): skipped", file=sys.stderr)
        return None
    rows = [{"name": name, **one} for name, one in zip(("cold", "warm"), found, strict=True)]
    columns = {"name": ("", ""), "created": ("created, s", ".2f"), "deleted": ("deleted, s", ".2f")}
    return report.Table("A real template: SageMaker's build-train-deploy project", columns, rows)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--markdown", action="store_true", help="print Markdown")
    arguments.add_argument("--only", choices=list(CONTESTANTS), help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.only:
        print(json.dumps(CONTESTANTS[chosen.only]()))
        return
    tables = [one for one in (beside_moto(), growth(), project()) if one is not None]
    render = report.as_markdown if chosen.markdown else report.as_text
    print(render(f"Stacks in process, the best of {TIMES} runs each; {os.cpu_count()} cores", tables))


if __name__ == "__main__":
    main()
