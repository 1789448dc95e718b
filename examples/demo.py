"""What the launch role of SageMaker projects may do: a dozen calls of a real launch, decided by the page's policy.

The calls are those that CloudFormation makes under AmazonSageMakerServiceCatalogProductsLaunchRole when a project is
launched, some as AWS' own templates make them, some as people's templates do who then read AccessDenied.
"""

from __future__ import annotations

import time

from rich.console import Console
from rich.markup import escape

from launchrole.facts import managed_policies
from launchrole.policy import Context, Decision, PolicySet, Request, explain, parse
from launchrole.policy.repair import repairs

ACCOUNT = "111122223333"
REGION = "us-east-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/service-role/AmazonSageMakerServiceCatalogProductsLaunchRole"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/AmazonSageMakerServiceCatalogProductsLaunchRole/servicecatalog"
SERVICE_ROLES = f"arn:aws:iam::{ACCOUNT}:role/service-role"
LAUNCHED = {"sagemaker:launch-source": "sagemaker-projects"}


def arn(service: str, name: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{name}"


CALLS: list[tuple[str, str, Context]] = [
    ("s3:GetObject", "arn:aws:s3:::sagemaker-templates-us-east-1/build-train-deploy.yml", Context()),
    ("cloudformation:CreateStack", arn("cloudformation", f"stack/SC-{ACCOUNT}-pp-k7wq3m5zj4x2a/*"), Context()),
    ("codecommit:CreateRepository", arn("codecommit", "sagemaker-churn-p-abc123-modelbuild"), Context()),
    ("codebuild:CreateProject", arn("codebuild", "project/sagemaker-churn-p-abc123-modelbuild"), Context()),
    (
        "iam:PassRole",
        f"{SERVICE_ROLES}/AmazonSageMakerServiceCatalogProductsCodeBuildRole",
        Context({"iam:PassedToService": "codebuild.amazonaws.com"}),
    ),
    (
        "apigateway:POST",
        f"arn:aws:apigateway:{REGION}::/restapis",
        Context({"aws:TagKeys": list(LAUNCHED)} | {f"aws:RequestTag/{key}": value for key, value in LAUNCHED.items()}),
    ),
    ("s3:CreateBucket", "arn:aws:s3:::sagemaker-project-p-abc123", Context()),
    ("s3:CreateBucket", "arn:aws:s3:::churn-artifacts", Context()),
    ("codebuild:CreateProject", arn("codebuild", "project/churn-build"), Context()),
    (
        "iam:PassRole",
        f"arn:aws:iam::{ACCOUNT}:role/churn-build-role",
        Context({"iam:PassedToService": "codebuild.amazonaws.com"}),
    ),
    ("iam:GetRole", f"arn:aws:iam::{ACCOUNT}:role/SageMakerGithubWorkflowTriggerLambdaExecutionRole", Context()),
    ("apigateway:GET", f"arn:aws:apigateway:{REGION}::/restapis/a1b2c3", Context()),
    ("s3:GetObject", "arn:aws:s3:::churn-seed-code/seed.zip", Context(unknown=["s3:ExistingObjectTag/*"])),
]


def main() -> None:
    console = Console(highlight=False)
    name, version = managed_policies.LAUNCH_ROLE_POLICY, "v4"
    started = time.perf_counter()
    policy = parse(managed_policies.document(name, version), name=f"{name} {version}", arn=managed_policies.arn(name))
    policies = PolicySet(identity=[policy])
    console.print(f"[bold]{len(CALLS)} calls of a launch, decided by {name} {version}[/bold]\n", soft_wrap=True)
    counts: dict[str, int] = {}
    for action, resource, context in CALLS:
        request = Request(SESSION, action, resource, context.with_values({"aws:PrincipalArn": ROLE}))
        decision = policies.evaluate(request)
        counts[decision.verdict.value] = counts.get(decision.verdict.value, 0) + 1
        show(console, decision)
    elapsed = time.perf_counter() - started
    told = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    console.print(f"[bold]{told}[/bold]; decided, explained and mended in {elapsed:.2f} s", soft_wrap=True)


def show(console: Console, decision: Decision) -> None:
    request = decision.request
    mark, style = ("allowed", "green") if decision.allowed else ("denied", "red")
    if decision.unknown_keys:
        mark, style = "depends", "yellow"
    asked = f"[bold]{request.action}[/bold] {escape(request.resource)}"
    console.print(f"[{style}]{mark:8}[/{style}] {asked}", soft_wrap=True)
    if decision.allowed:
        return
    explanation = explain(decision)
    why = explanation.nearest.sentence if explanation.nearest else explanation.summary
    lines = [f"why  {escape(why)}"]
    if not decision.unknown_keys:
        lines.insert(0, f"AWS  {escape(decision.message())}")
    offered = repairs(decision)
    lines += [f"fix  {escape(repair.describe())}" for repair in (*offered.request[:1], *offered.policy[:1])]
    for line in lines:
        console.print(f"         {line}", soft_wrap=True)
    console.print()


if __name__ == "__main__":
    main()
