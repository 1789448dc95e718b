"""A catalog in a sandbox in this process: an administrator's clients, templates in S3, end users with roles."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from endpoint import allow, trust
from launchrole.sandbox import Sandbox

ACCOUNT = "123456789012"
TEMPLATE: dict[str, Any] = {
    "Description": "A topic",
    "Parameters": {"Name": {"Type": "String", "Default": "one", "AllowedValues": ["one", "two", "three"]}},
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Name"}}}},
    "Outputs": {"TopicArn": {"Value": {"Ref": "Topic"}, "Description": "The topic"}},
}


class Catalog:
    """What tests do with Service Catalog. `aws` makes clients of an account's root user, or of somebody's session."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.client = self.aws("servicecatalog")

    def aws(self, service: str, keys: Any = None) -> Any:
        return self.sandbox.client(service, keys)

    def put(self, template: Any = TEMPLATE, key: str = "topic.json", bucket: str = "sagemaker-templates") -> str:
        """A template in a bucket; its URL."""
        s3 = self.aws("s3")
        if bucket not in [one["Name"] for one in s3.list_buckets()["Buckets"]]:
            s3.create_bucket(Bucket=bucket)
        body = template if isinstance(template, str) else json.dumps(template)
        s3.put_object(Bucket=bucket, Key=key, Body=body.encode())
        return f"https://{bucket}.s3.us-east-1.amazonaws.com/{key}"

    def portfolio(self, name: str = "portfolio", **further: Any) -> str:
        made = self.client.create_portfolio(DisplayName=name, ProviderName="us", **further)
        return str(made["PortfolioDetail"]["Id"])

    def product(self, url: str | None = None, name: str = "product", **further: Any) -> tuple[str, str]:
        """A product; its id and its artifact's."""
        made = self.client.create_product(
            Name=name,
            Owner="us",
            ProductType="CLOUD_FORMATION_TEMPLATE",
            ProvisioningArtifactParameters=artifact(url or self.put()),
            **further,
        )
        return made["ProductViewDetail"]["ProductViewSummary"]["ProductId"], made["ProvisioningArtifactDetail"]["Id"]

    def constrain(self, portfolio: str, product: str, kind: str, **parameters: Any) -> str:
        made = self.client.create_constraint(
            PortfolioId=portfolio, ProductId=product, Type=kind, Parameters=json.dumps(parameters)
        )
        return str(made["ConstraintDetail"]["ConstraintId"])

    def role(self, name: str, *documents: str, service: str = "servicecatalog") -> str:
        """A role that a service and this account may assume; its ARN."""
        iam = self.aws("iam")
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(service, accounts=(ACCOUNT,)))
        for number, document in enumerate(documents):
            iam.put_role_policy(RoleName=name, PolicyName=f"p{number}", PolicyDocument=document)
        return str(made["Role"]["Arn"])

    def user(self, name: str = "user", document: str | None = None) -> Any:
        """A role's session for somebody who uses the catalog: its keys."""
        arn = self.role(name, document or allow("servicecatalog:*"), service="ec2")
        return self.sandbox.assume(arn, "ec2.amazonaws.com", "somebody")


def artifact(url: str, name: str = "v1") -> dict[str, Any]:
    return {"Name": name, "Info": {"LoadTemplateFromURL": url}, "Type": "CLOUD_FORMATION_TEMPLATE"}


def refused(call: Any, **params: Any) -> tuple[str, str]:
    """The code and message of an error."""
    with pytest.raises(ClientError) as error:
        call(**params)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]
