"""The ways in which a template is launched: by Service Catalog, by SageMaker through it, or as a stack by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.account.credentials import UserKey
from launchrole.preflights.subject import DIRECT, PRODUCT, PROJECT, Wanted
from launchrole.preflights.world import USER, Administrator
from launchrole.services.cloudformation import stacks

PROJECT_NAME = "churn"
STACK_NAME = "preflight"
BUCKET = "cf-templates-preflight"
"""Where the template lies in a rehearsal."""
_LAUNCHED = "launchrole-preflight"


class Channel:
    """A launch by one of the channels. Each method begins an operation; `outcome` tells how it ended: the reason why it
    failed, or None."""

    def __init__(self, wanted: Wanted, administrator: Administrator, user: UserKey) -> None:
        self.wanted = wanted
        self.administrator = administrator
        self.user = user

    def as_user(self, service: str, operation: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """A call of the user who launches."""
        sandbox = self.administrator.sandbox
        return sandbox.call(service, operation, params, self.user, region=self.wanted.region)

    def prepare(self) -> None:
        raise NotImplementedError

    def begin(self, operation: str) -> None:
        raise NotImplementedError

    def outcome(self) -> str | None:
        raise NotImplementedError

    @property
    def generated(self) -> list[str]:
        return []

    def parameters(self, values: Mapping[str, str], key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
        return [{key: name, value: text} for name, text in values.items()]

    @property
    def tags(self) -> list[dict[str, str]]:
        return [{"Key": name, "Value": text} for name, text in self.wanted.tags.items()]


class _Direct(Channel):
    """A stack by itself, with the role as its service role."""

    doing = ""

    def prepare(self) -> None:
        self.administrator.call("s3", "CreateBucket", _bucket(self.wanted.region))

    def begin(self, operation: str) -> None:
        self.doing = operation
        if operation == "delete":
            self.as_user("cloudformation", "DeleteStack", {"StackName": STACK_NAME})
            return
        wanted = self.wanted
        text, values = (wanted.text, wanted.values) if operation == "create" else _update_of(wanted)
        asked = {
            "StackName": STACK_NAME,
            "TemplateURL": _upload(self.administrator, operation, text),
            "Parameters": self.parameters(values, "ParameterKey", "ParameterValue"),
            "Capabilities": list(wanted.capabilities),
            "RoleARN": wanted.role.arn,
            "Tags": self.tags,
        }
        self.as_user("cloudformation", "CreateStack" if operation == "create" else "UpdateStack", asked)

    def outcome(self) -> str | None:
        found = listed(self.administrator)
        stack = next((one for one in found if one["StackName"] == STACK_NAME), None)
        status = "" if stack is None else str(stack["StackStatus"])
        if status == _GOOD[self.doing]:
            return None
        return str((stack or {}).get("StackStatusReason") or status)


class _Product(Channel):
    """A product of Service Catalog with a launch constraint."""

    product = artifact = provisioned = record = ""

    def prepare(self) -> None:
        call, wanted = self.administrator.call, self.wanted
        call("s3", "CreateBucket", _bucket(wanted.region))
        portfolio = call("servicecatalog", "CreatePortfolio", {
            "DisplayName": _LAUNCHED, "ProviderName": _LAUNCHED,
        })["PortfolioDetail"]["Id"]  # fmt: skip
        made = call("servicecatalog", "CreateProduct", {
            "Name": _LAUNCHED, "Owner": _LAUNCHED, "ProductType": "CLOUD_FORMATION_TEMPLATE",
            "ProvisioningArtifactParameters": self._artifact("create", wanted.text),
        })  # fmt: skip
        self.product = made["ProductViewDetail"]["ProductViewSummary"]["ProductId"]
        self.artifact = made["ProvisioningArtifactDetail"]["Id"]
        named = {"ProductId": self.product, "PortfolioId": portfolio}
        call("servicecatalog", "AssociateProductWithPortfolio", named)
        call("servicecatalog", "CreateConstraint", {
            **named, "Type": "LAUNCH", "Parameters": f'{{"RoleArn": "{wanted.role.arn}"}}',
        })  # fmt: skip
        user = f"arn:{wanted.role.partition}:iam::{wanted.role.account}:user/{USER}"
        call("servicecatalog", "AssociatePrincipalWithPortfolio", {
            "PortfolioId": portfolio, "PrincipalARN": user, "PrincipalType": "IAM",
        })  # fmt: skip

    def _artifact(self, name: str, text: str) -> dict[str, Any]:
        url = _upload(self.administrator, name, text)
        return {"Name": name, "Type": "CLOUD_FORMATION_TEMPLATE", "Info": {"LoadTemplateFromURL": url}}

    def updated_artifact(self) -> str:
        """The version that the update goes to: another one where the update has another template."""
        text, _ = _update_of(self.wanted)
        if text == self.wanted.text:
            return self.artifact
        made = self.administrator.call("servicecatalog", "CreateProvisioningArtifact", {
            "ProductId": self.product, "Parameters": self._artifact("update", text),
        })  # fmt: skip
        return str(made["ProvisioningArtifactDetail"]["Id"])

    def begin(self, operation: str) -> None:
        if operation == "create":
            made = self.as_user("servicecatalog", "ProvisionProduct", {
                "ProductId": self.product, "ProvisioningArtifactId": self.artifact,
                "ProvisionedProductName": _LAUNCHED,
                "ProvisioningParameters": self.parameters(self.wanted.values), "Tags": self.tags,
            })  # fmt: skip
            self.provisioned = made["RecordDetail"]["ProvisionedProductId"]
        elif operation == "update":
            made = self.as_user("servicecatalog", "UpdateProvisionedProduct", {
                "ProvisionedProductId": self.provisioned, "ProductId": self.product,
                "ProvisioningArtifactId": self.updated_artifact(),
                "ProvisioningParameters": self.parameters(_update_of(self.wanted)[1]),
            })  # fmt: skip
        else:
            made = self.as_user("servicecatalog", "TerminateProvisionedProduct", {
                "ProvisionedProductId": self.provisioned,
            })  # fmt: skip
        self.record = made["RecordDetail"]["RecordId"]

    def outcome(self) -> str | None:
        record = self.administrator.call("servicecatalog", "DescribeRecord", {"Id": self.record})["RecordDetail"]
        if record["Status"] == "SUCCEEDED":
            return None
        errors = record.get("RecordErrors") or [{}]
        return str(errors[0].get("Description") or record["Status"])

    @property
    def generated(self) -> list[str]:
        return [one for one in (self.provisioned, self.product, self.artifact) if one]


class _Project(_Product):
    """A product that SageMaker launches for a project, with the project's name, id and tags."""

    project = ""

    def begin(self, operation: str) -> None:
        details = {"ProductId": self.product, "ProvisioningArtifactId": self.artifact}
        if operation == "create":
            self.project = self.as_user("sagemaker", "CreateProject", {
                "ProjectName": self.name, "Tags": self.tags,
                "ServiceCatalogProvisioningDetails": {
                    **details, "ProvisioningParameters": self._own(self.wanted.values),
                },
            })["ProjectId"]  # fmt: skip
        elif operation == "update":
            self.as_user("sagemaker", "UpdateProject", {
                "ProjectName": self.name,
                "ServiceCatalogProvisioningUpdateDetails": {
                    "ProvisioningArtifactId": self.updated_artifact(),
                    "ProvisioningParameters": self._own(_update_of(self.wanted)[1]),
                },
            })  # fmt: skip
        else:
            self.as_user("sagemaker", "DeleteProject", {"ProjectName": self.name})

    @property
    def name(self) -> str:
        """The project's name; it comes with the parameters that SageMaker fills in."""
        return self.wanted.values.get("SageMakerProjectName", PROJECT_NAME)

    def _own(self, values: Mapping[str, str]) -> list[dict[str, str]]:
        filled_in = ("SageMakerProjectName", "SageMakerProjectId")
        return self.parameters({name: text for name, text in values.items() if name not in filled_in})

    def outcome(self) -> str | None:
        found = self.administrator.call("sagemaker", "DescribeProject", {"ProjectName": self.name})
        details = found.get("ServiceCatalogProvisionedProductDetails") or {}
        self.provisioned = details.get("ProvisionedProductId", self.provisioned)
        if found["ProjectStatus"].endswith("Completed"):
            return None
        return str(details.get("ProvisionedProductStatusMessage") or found["ProjectStatus"])

    @property
    def generated(self) -> list[str]:
        return [*super().generated, *([self.project] if self.project else [])]


BY_NAME = {PRODUCT: _Product, PROJECT: _Project, DIRECT: _Direct}
_GOOD = {"create": "CREATE_COMPLETE", "update": "UPDATE_COMPLETE", "delete": "DELETE_COMPLETE"}


def _update_of(wanted: Wanted) -> tuple[str, Mapping[str, str]]:
    return wanted.update if wanted.update is not None else (wanted.text, wanted.values)


def _bucket(region: str) -> dict[str, Any]:
    place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    return {"Bucket": BUCKET, **place}


def _upload(administrator: Administrator, name: str, text: str) -> str:
    """Put a template where Service Catalog keeps those that are uploaded to it: with its tag."""
    key = f"{name}.template"
    administrator.call("s3", "PutObject", {
        "Bucket": BUCKET, "Key": key, "Body": text.encode(), "Tagging": "servicecatalog:provisioning=true",
    })  # fmt: skip
    return f"https://{BUCKET}.s3.{administrator.region}.amazonaws.com/{key}"


def listed(administrator: Administrator) -> list[stacks.Stack]:
    """All stacks, those that are deleted too, the newest first."""
    with administrator.rows("cloudformation") as rows:
        return stacks.listed(rows)
