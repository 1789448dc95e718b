"""Products of the built-in portfolio, provisioned, updated and terminated by Service Catalog."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from launchrole import portfolio
from launchrole.account import decisions
from launchrole.account.decisions import StoredDecision
from launchrole.sandbox import Sandbox

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
    """An account in which the portfolio is turned on, with a connection to a Git provider. `policy_version` is what the
    launch role has of its policy; None: the newest."""

    def __init__(self, sandbox: Sandbox, policy_version: str | None) -> None:
        self.sandbox = sandbox
        admin = sandbox.botocore_session()
        self.admin = {service: admin.create_client(service) for service in {one for one, _, _ in CENSUS}}
        self.cloudformation = sandbox.client("cloudformation")
        self.admin["sagemaker"].enable_sagemaker_servicecatalog_portfolio()
        assert sandbox.settle(60)
        roles = {one.name: one for one in portfolio.roles(sandbox.account, policy_version=policy_version)}
        if policy_version is not None:
            self._give(roles[portfolio.LAUNCH_ROLE])
        session = sandbox.assume(
            roles["AmazonSageMakerServiceCatalogProductsExecutionRole"].arn(sandbox.account),
            "sagemaker.amazonaws.com",
            "SageMaker",
        )
        self.catalog = sandbox.client("servicecatalog", session)
        self.products = {
            one["Name"]: one["ProductId"] for one in self.catalog.search_products()["ProductViewSummaries"]
        }
        made = sandbox.client("codestar-connections").create_connection(
            ConnectionName="git", ProviderType="GitHub", Tags=[{"Key": "sagemaker", "Value": "true"}]
        )
        self.connection = made["ConnectionArn"]

    def _give(self, role: portfolio.Role) -> None:
        """Give the launch role other policies than it has."""
        iam = self.sandbox.client("iam")
        for one in iam.list_attached_role_policies(RoleName=role.name)["AttachedPolicies"]:
            iam.detach_role_policy(RoleName=role.name, PolicyArn=one["PolicyArn"])
        for name, text in role.inline.items():
            iam.put_role_policy(RoleName=role.name, PolicyName=name, PolicyDocument=text)

    def launch(self, product: portfolio.Product, tags: Mapping[str, str]) -> Launched:
        """Provision a product, update it where that succeeded, terminate it. `tags` are the stack's."""
        census, before = self._census(), self._last_decision()
        values = self._values(product)
        asked = {"ProductId": self.products[product.name], "ProvisioningArtifactId": self._artifact(product)}
        record = self.catalog.provision_product(
            **asked,
            ProvisionedProductName=product.id,
            ProvisioningParameters=_listed(values),
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )["RecordDetail"]
        assert self.sandbox.settle(60)
        provisioned = record["ProvisionedProductId"]
        name = f"SC-{self.sandbox.account}-{provisioned}"
        launched = Launched(tags, self._stack(name))
        if launched.created["StackStatus"] == "CREATE_COMPLETE":
            changed = {**values, **CHANGED.get(product.id, {"BuildComputeType": "BUILD_GENERAL1_LARGE"})}
            self.catalog.update_provisioned_product(
                **asked, ProvisionedProductId=provisioned, ProvisioningParameters=_listed(changed)
            )
            assert self.sandbox.settle(60)
            launched.updated = self._stack(name)
        self.catalog.terminate_provisioned_product(ProvisionedProductId=provisioned)
        assert self.sandbox.settle(60)
        launched.deleted = self._stack(launched.created["StackId"])
        launched.left = {name: found for name, found in self._census().items() if found != census[name]}
        launched.decisions = [one for one in self._decisions(before) if one.principal.endswith("/servicecatalog")]
        return launched

    def _artifact(self, product: portfolio.Product) -> str:
        found = self.catalog.describe_product(Id=self.products[product.name])["ProvisioningArtifacts"]
        return str(found[0]["Id"])

    def _values(self, product: portfolio.Product) -> dict[str, str]:
        known = {"connection": self.connection}
        given = {one.name: ASKED[one.name].format(**known) for one in product.parameters if one.default is None}
        return {**(PROJECT if product.is_project else {}), **given}

    def _stack(self, name: str) -> dict[str, Any]:
        found = dict(self.cloudformation.describe_stacks(StackName=name)["Stacks"][0])
        pages = self.cloudformation.get_paginator("describe_stack_events").paginate(StackName=name)
        found["events"] = [one for page in pages for one in page["StackEvents"]][::-1]
        return found

    def _census(self) -> dict[str, Any]:
        """How many there are of all that products create."""
        needed: Mapping[str, dict[str, Any]] = {"list_user_pools": {"MaxResults": 60}}
        return {
            f"{service} {operation}": len(getattr(self.admin[service], operation)(**needed.get(operation, {}))[member])
            for service, operation, member in CENSUS
        }

    def _last_decision(self) -> int:
        newest = decisions.newest(self.sandbox.store.connection, 1)
        return newest[-1][0] if newest else 0

    def _decisions(self, after: int) -> Iterator[StoredDecision]:
        for _, one in decisions.newest(self.sandbox.store.connection, decisions.KEPT, after=after):
            yield one


def _listed(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": name, "Value": value} for name, value in values.items()]
