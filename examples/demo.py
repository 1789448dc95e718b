"""An account in which IAM is enforced, and the launch role in it: calls that are allowed, calls that are denied, why,
and the smallest fix.

The calls are those that CloudFormation makes under AmazonSageMakerServiceCatalogProductsLaunchRole when a project is
launched; some are as people's templates make them who then read AccessDenied. Everything is real: botocore clients,
signatures, the page's policy version 4, and an account that keeps what was made. Nothing leaves this process.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import click
from botocore.exceptions import ClientError

from launchrole.account import decisions
from launchrole.cli.output import labelled, styled
from launchrole.facts.managed_policies import LAUNCH_ROLE_POLICY, document
from launchrole.policy.explanation import nearest_miss
from launchrole.policy.repair import repairs
from launchrole.sandbox import DEFAULT_ACCOUNT, Sandbox

LAUNCH_ROLE = "AmazonSageMakerServiceCatalogProductsLaunchRole"
USE_ROLE = "AmazonSageMakerServiceCatalogProductsUseRole"
SERVICES = ["codebuild", "codepipeline", "lambda", "sagemaker", "states", "events", "firehose", "glue"]

Clients = Callable[[str], Any]


def role_arn(name: str, path: str = "/service-role/") -> str:
    return f"arn:aws:iam::{DEFAULT_ACCOUNT}:role{path}{name}"


def trust(*services: str) -> str:
    principal = {"Service": [f"{service}.amazonaws.com" for service in services]}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def project(name: str, role: str) -> dict[str, Any]:
    return {
        "name": name,
        "source": {"type": "CODEPIPELINE"},
        "artifacts": {"type": "CODEPIPELINE"},
        "environment": {
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/standard:7.0",
            "computeType": "BUILD_GENERAL1_SMALL",
        },
        "serviceRole": role,
    }


CALLS: list[tuple[str, Callable[[Clients], Any]]] = [
    ("a bucket for artifacts", lambda aws: aws("s3").create_bucket(Bucket="sagemaker-project-p-abc123")),
    ("a repository", lambda aws: aws("codecommit").create_repository(repositoryName="sagemaker-churn-modelbuild")),
    (
        "a build project",
        lambda aws: aws("codebuild").create_project(**project("sagemaker-churn-build", role_arn(USE_ROLE))),
    ),
    (
        "an API with the launch tag",
        lambda aws: aws("apigateway").create_rest_api(name="churn", tags={"sagemaker:launch-source": "projects"}),
    ),
    ("a product's template", lambda aws: aws("s3").get_object(Bucket="products", Key="template.yml")),
    ("a bucket with a name of its own", lambda aws: aws("s3").create_bucket(Bucket="churn-artifacts")),
    (
        "a build project with a name of its own",
        lambda aws: aws("codebuild").create_project(**project("churn-build", role_arn(USE_ROLE))),
    ),
    (
        "a build project with a role of its own",
        lambda aws: aws("codebuild").create_project(
            **project("sagemaker-churn-test", role_arn("churn-build-role", "/"))
        ),
    ),
    ("an API without the tag", lambda aws: aws("apigateway").create_rest_api(name="churn-2")),
    ("seed code that nobody tagged", lambda aws: aws("s3").get_object(Bucket="products", Key="seed.zip")),
]


def set_up(sandbox: Sandbox) -> None:
    """The page's roles, and a bucket of products: one object is tagged for Service Catalog, the other is not."""
    iam, s3 = sandbox.client("iam"), sandbox.client("s3")
    for name, path, services in (
        (LAUNCH_ROLE, "/service-role/", ["servicecatalog"]),
        (USE_ROLE, "/service-role/", SERVICES),
        ("churn-build-role", "/", ["codebuild"]),
    ):
        iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=trust(*services))
    iam.put_role_policy(RoleName=LAUNCH_ROLE, PolicyName="page", PolicyDocument=document(LAUNCH_ROLE_POLICY, "v4"))
    s3.create_bucket(Bucket="products")
    s3.put_object(Bucket="products", Key="template.yml", Body=b"...", Tagging="servicecatalog:provisioning=true")
    s3.put_object(Bucket="products", Key="seed.zip", Body=b"...")


def main() -> None:
    started = time.perf_counter()
    with Sandbox() as sandbox:
        set_up(sandbox)
        session = sandbox.assume(role_arn(LAUNCH_ROLE), "servicecatalog.amazonaws.com", "servicecatalog")
        seconds = time.perf_counter() - started
        click.echo(f"account {DEFAULT_ACCOUNT} is up, with the launch role in it ({seconds:.1f} s)")
        click.echo(f"{styled(session.arn, 'cyan')} calls,\nunder {LAUNCH_ROLE_POLICY} v4:\n")
        outcomes = [make(sandbox, what, call, lambda service: sandbox.client(service, session)) for what, call in CALLS]
    click.echo(f"\n{outcomes.count(True)} allowed, {outcomes.count(False)} denied")
    click.echo(f"The same as an endpoint for boto3, the AWS CLI and CDK: {styled('launchrole up', 'cyan')}")


def make(sandbox: Sandbox, what: str, call: Callable[[Clients], Any], clients: Clients) -> bool:
    """Make a call and tell what became of it; whether it was allowed."""
    try:
        call(clients)
    except ClientError as error:
        click.echo(f"{styled('denied ', 'red', bold=True)} {what}")
        click.echo(labelled("AWS", error.response["Error"]["Message"], indent=8))
        (stored,) = decisions.newest(sandbox.store.connection, 1, denied=True)
        decision = decisions.again(sandbox.store.connection, stored[1])
        near, offered = nearest_miss(decision), repairs(decision)
        if near is not None:
            click.echo(labelled("near", near.sentence, indent=8))
        for repair in (*offered.request[:1], *offered.policy[:1]):
            click.echo(labelled("fix", repair.describe(), indent=8))
        return False
    click.echo(f"{styled('allowed', 'green')} {what}")
    return True


if __name__ == "__main__":
    main()
