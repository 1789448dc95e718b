"""Products of the built-in portfolio, launched as Service Catalog launches them: by its session of the launch role."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from launchrole import portfolio
from launchrole.account import decisions
from launchrole.account.decisions import StoredDecision
from launchrole.sandbox import Sandbox

REGION = "us-east-1"
PROJECT = {"SageMakerProjectName": "churn", "SageMakerProjectId": "p-abcdefghijkl"}
PROJECT_TAGS = {
    "sagemaker:project-name": "churn",
    "sagemaker:project-id": "p-abcdefghijkl",
    "sagemaker:launch-source": "tests",
}
"""What SageMaker puts on the stack of a project."""

ASKED: Mapping[str, str] = {
    "CodeConnectionArn": "{connection}",
    "ModelBuildRepositoryUrl": "https://git.example.com/team/build",
    "ModelBuildRepositoryFullName": "team/build",
    "ModelDeployRepositoryUrl": "https://git.example.com/team/deploy",
    "ModelDeployRepositoryFullName": "team/deploy",
    "InferenceImage": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3",
}
"""Values for the parameters that have no default."""

CHANGED: Mapping[str, Mapping[str, str]] = {
    "mlops-images-build-deploy": {
        "BuildComputeType": "BUILD_GENERAL1_MEDIUM",
        "ImageBuildSchedule": "rate(7 days)",
        "ImageNames": "processing,training",
    },
    "solution-scoring": {"LogRetentionInDays": "90", "MinimumPasswordLength": "16"},
    "solution-streaming": {"BufferIntervalInSeconds": "60", "LeastRecords": "1", "PublishSchedule": "rate(1 day)"},
    "solution-labelling": {"ImageDescription": "Something else."},
}
"""What an update changes, where it is not the size of the builds' machines."""

CENSUS = (
    ("apigateway", "get_rest_apis", "items"),
    ("codebuild", "list_projects", "projects"),
    ("codecommit", "list_repositories", "repositories"),
    ("codepipeline", "list_pipelines", "pipelines"),
    ("cognito-idp", "list_user_pools", "UserPools"),
    ("ecr", "describe_repositories", "repositories"),
    ("events", "list_rules", "Rules"),
    ("firehose", "list_delivery_streams", "DeliveryStreamNames"),
    ("glue", "get_databases", "DatabaseList"),
    ("glue", "get_classifiers", "Classifiers"),
    ("glue", "list_crawlers", "CrawlerNames"),
    ("glue", "list_jobs", "JobNames"),
    ("glue", "list_triggers", "TriggerNames"),
    ("glue", "list_workflows", "Workflows"),
    ("lambda", "list_functions", "Functions"),
    ("logs", "describe_log_groups", "logGroups"),
    ("s3", "list_buckets", "Buckets"),
    ("sagemaker", "list_code_repositories", "CodeRepositorySummaryList"),
    ("sagemaker", "list_endpoint_configs", "EndpointConfigs"),
    ("sagemaker", "list_endpoints", "Endpoints"),
    ("sagemaker", "list_images", "Images"),
    ("sagemaker", "list_models", "Models"),
    ("sagemaker", "list_workteams", "Workteams"),
    ("stepfunctions", "list_state_machines", "stateMachines"),
)
"""How to list what products create: service, operation, member of the answer."""


@dataclass
class Launched:
    """What became of a product: the stack after each step, what was there and is there after all, and the decisions on
    the session's calls. A step that was not taken is None."""

    tags: Mapping[str, str]
    created: dict[str, Any]
    updated: dict[str, Any] | None = None
    deleted: dict[str, Any] | None = None
    left: dict[str, Any] = field(default_factory=dict)
    decisions: list[StoredDecision] = field(default_factory=list)

    @property
    def statuses(self) -> tuple[str, ...]:
        return tuple(one["StackStatus"] for one in (self.created, self.updated, self.deleted) if one is not None)

    @property
    def denied(self) -> list[str]:
        """The actions that were denied."""
        return list(dict.fromkeys(one.action for one in self.decisions if not one.allowed))

    @property
    def failures(self) -> list[str]:
        """What failed, and why."""
        return [
            f"{event['LogicalResourceId']} {event['ResourceStatus']}: {event.get('ResourceStatusReason', '')}"
            for stack in (self.created, self.updated, self.deleted)
            for event in (stack or {"events": ()})["events"]
            if event["ResourceStatus"].endswith("_FAILED")
        ]


class World:
    """An account in which the portfolio was turned on: roles, seed code, templates, a connection to a Git provider."""

    def __init__(self, sandbox: Sandbox, policy_version: str | None) -> None:
        self.sandbox = sandbox
        session = sandbox.botocore_session()
        self.clients = {service: session.create_client(service) for service, _, _ in CENSUS}
        account = sandbox.account
        iam, s3 = sandbox.client("iam"), sandbox.client("s3")
        for role in portfolio.roles(account, policy_version=policy_version):
            iam.create_role(RoleName=role.name, Path=role.path, AssumeRolePolicyDocument=role.trust_policy)
            for arn in role.managed:
                iam.attach_role_policy(RoleName=role.name, PolicyArn=arn)
            for name, text in role.inline.items():
                iam.put_role_policy(RoleName=role.name, PolicyName=name, PolicyDocument=text)
            if role.name == portfolio.LAUNCH_ROLE:
                self.launch_role = role.arn(account)
        self.seeds = portfolio.seed_bucket(REGION, account)
        self.templates = portfolio.template_bucket(REGION, account)
        for bucket in (self.seeds, self.templates):
            s3.create_bucket(Bucket=bucket)
        tagging = "&".join(f"{name}={value}" for name, value in portfolio.TEMPLATE_TAGS.items())
        for product in portfolio.products():
            for key, data in product.seed.items():
                s3.put_object(Bucket=self.seeds, Key=key, Body=data)
            body = product.template.encode()
            s3.put_object(Bucket=self.templates, Key=f"{product.id}.yaml", Body=body, Tagging=tagging)
        made = sandbox.client("codestar-connections").create_connection(
            ConnectionName="git", ProviderType="GitHub", Tags=[{"Key": "sagemaker", "Value": "true"}]
        )
        self.connection = made["ConnectionArn"]
        role = sandbox.assume(self.launch_role, "servicecatalog.amazonaws.com", "servicecatalog")
        of_service_catalog = sandbox.botocore_session(role)
        self.s3 = of_service_catalog.create_client("s3")
        self.cloudformation = of_service_catalog.create_client("cloudformation")

    def launch(self, product: portfolio.Product, tags: Mapping[str, str]) -> Launched:
        """Launch a product, update it where that succeeded, terminate it. `tags` are the stack's."""
        census, before = self._census(), self._last_decision()
        self.s3.get_object(Bucket=self.templates, Key=f"{product.id}.yaml")
        client = self.cloudformation
        place = f"https://{self.templates}.s3.{REGION}.amazonaws.com/{product.id}.yaml"
        client.validate_template(TemplateURL=place)
        values = self._values(product)
        name = f"SC-{self.sandbox.account}-pp-abcdefghijklm"
        capabilities = ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
        made = client.create_stack(
            StackName=name,
            TemplateURL=place,
            Parameters=_listed(values),
            Capabilities=capabilities,
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )
        launched = Launched(tags, self._settled(client, made["StackId"]))
        if launched.created["StackStatus"] == "CREATE_COMPLETE":
            changed = {**values, **CHANGED.get(product.id, {"BuildComputeType": "BUILD_GENERAL1_LARGE"})}
            client.update_stack(
                StackName=name, UsePreviousTemplate=True, Parameters=_listed(changed), Capabilities=capabilities
            )
            launched.updated = self._settled(client, made["StackId"])
        client.delete_stack(StackName=made["StackId"])
        launched.deleted = self._settled(client, made["StackId"])
        launched.left = {name: found for name, found in self._census().items() if found != census[name]}
        launched.decisions = [one for one in self._decisions(before) if one.principal.endswith("/servicecatalog")]
        return launched

    def _values(self, product: portfolio.Product) -> dict[str, str]:
        known = {"connection": self.connection}
        given = {one.name: ASKED[one.name].format(**known) for one in product.parameters if one.default is None}
        return {**(PROJECT if product.is_project else {}), **given}

    def _settled(self, client: Any, stack_id: str) -> dict[str, Any]:
        assert self.sandbox.settle(60)
        found = dict(client.describe_stacks(StackName=stack_id)["Stacks"][0])
        pages = client.get_paginator("describe_stack_events").paginate(StackName=stack_id)
        found["events"] = [one for page in pages for one in page["StackEvents"]][::-1]
        return found

    def _census(self) -> dict[str, Any]:
        """How many there are of all that products create."""
        needed: Mapping[str, dict[str, Any]] = {"list_user_pools": {"MaxResults": 60}}
        return {
            f"{service} {operation}": len(
                getattr(self.clients[service], operation)(**needed.get(operation, {}))[member]
            )
            for service, operation, member in CENSUS
        }

    def _last_decision(self) -> int:
        newest = decisions.newest(self.sandbox.store.connection, 1)
        return newest[-1][0] if newest else 0

    def _decisions(self, after: int) -> Iterator[StoredDecision]:
        for _, one in decisions.newest(self.sandbox.store.connection, decisions.KEPT, after=after):
            yield one


def _listed(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()]
