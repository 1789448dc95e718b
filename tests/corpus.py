"""Real templates of SageMaker projects, JumpStart solutions and Service Catalog products, launched as stacks.

They lie beside the project, never in it; where they are absent, the tests that use them skip.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from launchrole.sandbox import Sandbox
from launchrole.services.cloudformation.template import parse
from shared_inputs import SHARED

CORPUS = SHARED / "corpus"

_PROJECT = {"SageMakerProjectName": "churn", "SageMakerProjectId": "p-abcdefghijkl"}
_STAGING = "sagemaker-staging"
_USE_ROLE = "arn:aws:iam::123456789012:role/service-role/AmazonSageMakerServiceCatalogProductsUseRole"
_REPLACED = {
    "AWSDEFAULT___CODE_STAGING_BUCKET___": _STAGING,
    "AWSDEFAULT___PROJECT_NAME___": "project",
    "AWSDEFAULT___USE_ROLE___": _USE_ROLE,
    "AWSDEFAULT___PROJECT_USE_ROLE_ARN___": _USE_ROLE,
    "AWSDEFAULT___KMS_KEY_ARN___": "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "111122223333": "123456789012",
    "!GetAtt InvokeCustomLambda.template_url": (
        f"https://{_STAGING}.s3.us-east-1.amazonaws.com/mlops-deployment-patterns/templates/template.yaml"
    ),
}
"""What the publishers' own tooling puts in place of their placeholders, and the URL that a template's own function,
which is not run, would have answered."""

PARAMETERS: Mapping[str, Mapping[str, str]] = {
    "build-train-deploy-codepipeline": {
        "ModelBuildCodeRepositoryFullname": "team/build",
        "ModelDeployCodeRepositoryFullname": "team/deploy",
        "CodeConnectionArn": "arn:aws:codestar-connections:us-east-1:123456789012:connection/one",
    },
    "encrypted-buckets": {"SageMakerProjectName": "custom-project-churn"},
    "endpoint-config-template": {
        "ModelExecutionRoleArn": "{role}",
        "ModelPackageName": "arn:aws:sagemaker:us-east-1:123456789012:model-package/churn/1",
        "StageName": "staging",
        "EndpointInstanceCount": "3",
        "EndpointInstanceType": "ml.m5.large",
        "DataCaptureUploadPath": "s3://sagemaker-staging/capture",
        "SamplingPercentage": "10",
    },
    "fraud-detection-using-machine-learning": {"TestOutputsS3Bucket": "", "IamRole": ""},
    "sagemaker-explaining-credit-decisions": {"SolutionPrefix": "sm-soln-explaining-one"},
    "filling-in-missing-values": {"TestOutputsS3Bucket": "", "IamRole": "", "S3BucketName": "sagemaker-data-one"},
    "auto-terminate-emr": {
        "EmrClusterName": "cluster",
        "VpcId": "{vpc}",
        "SagemakerStudioSecurityGroupId": "{group}",
        "SagemakerStudioSubnetId": "{subnet}",
    },
    "sc-ec2-linux-apache": {"VPC": "{vpc}", "KeyPair": "key", "RemoteAccessCIDR": "10.0.0.0/8"},
    "sc-serverless-lambda": {
        "LambdaName": "app",
        "LambdaStage": "dev",
        "S3Bucket": _STAGING,
        "S3Key": "app.zip",
        "CustomDomainName": "",
        "CustomDomainAcmCertificateId": "",
        "DesiredBasePath": "",
        "LambdaLayers": "",
        "LambdaVersionSHA256": "",
        "VpcSecurityGroups": "",
        "VpcSubnetIds": "",
    },
    "sc-codepipeline-ra": {"ChildAccountAccess": "123456789012"},
    "mlops-template-gitlab": {
        "ModelBuildCodeRepositoryName": "build",
        "ModelDeployCodeRepositoryName": "deploy",
        "RepositoryBaseUrl": "https://gitlab.example.com/team",
    },
    "create-mlops-deployment-pattern-product": {"PortfolioIDParameter": "{portfolio}"},
    "mlops-cdk-github-action": {"GithubUserName": "someone", "GithubAccessToken": "token"},
}
"""Values for parameters without defaults, by a part of the template's path."""


def templates(*kinds: str) -> list[dict[str, Any]]:
    """The index's entries of the kinds that begin so; all without any. None where the corpus is absent."""
    index = CORPUS / "index.json"
    if not index.exists():
        return []
    found = json.loads(index.read_text())["templates"]
    return [one for one in found if not kinds or one["kind"].split("-")[0] in kinds]


def text_of(name: str) -> str:
    """A template's text, its placeholders replaced."""
    text = (CORPUS / name).read_text()
    for placeholder, value in _REPLACED.items():
        text = text.replace(placeholder, value)
    return text


class World:
    """An account with what the templates take for given: the roles of Service Catalog's products, seed code in
    buckets, a network."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.made: dict[str, str] = {}
        self._clients: dict[str, Any] = {}
        self._make_roles()
        ec2 = sandbox.client("ec2")
        self.made["vpc"] = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
        self.made["subnet"] = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
        self.made["group"] = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
        ec2.create_key_pair(KeyName="key")

    def _make_roles(self) -> None:
        iam = self.client("iam")
        roles = json.loads((SHARED / "spec" / "roles.json").read_text())["roles"]
        for name, role in roles.items():
            services = [one for each in role["trust"] for one in _listed(each["Service"])]
            statement = {"Effect": "Allow", "Principal": {"Service": services}, "Action": "sts:AssumeRole"}
            document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            made = iam.create_role(RoleName=name, Path=role["path"], AssumeRolePolicyDocument=document)
            self.made["role"] = made["Role"]["Arn"]
            if name in _ALSO:
                path, other = _ALSO[name]
                iam.create_role(RoleName=other, Path=path, AssumeRolePolicyDocument=document)
            project = name.replace("ServiceCatalogProducts", "Projects")
            iam.create_role(RoleName=project, Path=role["path"], AssumeRolePolicyDocument=document)

    def role(self, name: str, *documents: str) -> str:
        """A role that CloudFormation may assume, with policies; its ARN."""
        iam = self.client("iam")
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "cloudformation.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        arn = str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"])
        for number, document in enumerate(documents):
            iam.put_role_policy(RoleName=name, PolicyName=f"p{number}", PolicyDocument=document)
        return arn

    def put(self, bucket: str, key: str, body: bytes) -> None:
        """An object, its bucket where there is none."""
        s3 = self.client("s3")
        if bucket not in [one["Name"] for one in s3.list_buckets()["Buckets"]]:
            s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key=key, Body=body)

    def provide(self, name: str, text: str) -> None:
        """Put what a template reads from S3 where it reads it: seed code as archives, nested templates as they lie
        beside it."""
        for bucket, key in _objects(json.dumps(parse(text).body)):
            self.put(bucket, key, archive())
        solution = _SOLUTIONS.get(name.split("/")[0])
        if solution is not None:
            bucket, prefix = solution
            root = CORPUS / name.split("/")[0]
            for nested in root.rglob("*.y*ml"):
                self.put(bucket, f"{prefix}/{nested.relative_to(root)}", nested.read_bytes())
            for key in ("build/solution-assistant.zip", "build/solution_assistant.zip", "build/model_invocation.zip"):
                self.put(bucket, f"{prefix}/{key}", archive())
        if "sc-serverless" in name:
            self.put(_STAGING, "app.zip", archive())
        if name.endswith("create-mlops-deployment-pattern-product.yaml"):
            self._provide_catalog(name)
        if "mlops-cdk-github-action" in name:
            ssm = self.client("ssm")
            for parameter, value in _CDK_PARAMETERS.items():
                ssm.put_parameter(Name=parameter, Value=value, Type="String", Overwrite=True)
                if value.endswith(".zip"):
                    self.put(_STAGING, value, archive())

    def _provide_catalog(self, name: str) -> None:
        """A portfolio for a product, and the product's template where the publishers' function would have put it."""
        made = self.client("servicecatalog").create_portfolio(DisplayName="projects", ProviderName="us")
        self.made["portfolio"] = made["PortfolioDetail"]["Id"]
        text = (CORPUS / name).with_name("project") / "template.yaml"
        self.put(_STAGING, "mlops-deployment-patterns/templates/template.yaml", text.read_bytes())

    def parameters(self, name: str, text: str) -> list[dict[str, str]]:
        """Values for a template's parameters without defaults."""
        filled = parameters_of(name, text, self.made)
        return [{"ParameterKey": key, "ParameterValue": value} for key, value in filled.items()]

    def client(self, service: str) -> Any:
        """A client of the root user's, made once."""
        if service not in self._clients:
            self._clients[service] = self.sandbox.client(service)
        return self._clients[service]


def parameters_of(name: str, text: str, made: Mapping[str, str] | None = None) -> dict[str, str]:
    """Values for a template's parameters without defaults. `made` are the ids of what the template takes for given; ids
    of the right form stand for them where there are none."""
    declared = parse(text).section("Parameters")
    given = dict(_PROJECT)
    for part, values in PARAMETERS.items():
        if part in name:
            given |= values
    known = _TAKEN_FOR_GIVEN if made is None else made
    filled = {key: one.format(**known) for key, one in given.items() if key in declared}
    for key, one in declared.items():
        if "Default" not in one and key not in filled:
            filled[key] = "1" if one.get("Type") == "Number" else "value"
    return filled


_TAKEN_FOR_GIVEN: Mapping[str, str] = {
    "vpc": "vpc-0123456789abcdef0",
    "subnet": "subnet-0123456789abcdef0",
    "group": "sg-0123456789abcdef0",
    "role": _USE_ROLE,
    "portfolio": "port-abcdefghijklm",
}
_SOLUTIONS = {
    "fraud-detection-using-machine-learning": (
        "sagemaker-solutions-prod-us-east-1",
        "Fraud-detection-using-machine-learning",
    ),
    "sagemaker-explaining-credit-decisions": ("sagemaker-solutions-us-east-1", "Explaining-credit-decisions"),
    "filling-in-missing-values-in-tabular-records": (
        "sagemaker-solutions-prod-us-east-1",
        "filling-in-missing-values",
    ),
}
"""Where the solutions' own files lie in S3: bucket and prefix."""

_CDK_PARAMETERS: Mapping[str, str] = {
    "/mlops/lambda_function/bucket": _STAGING,
    "/mlops/lambda/github-action-trigger": "trigger.zip",
    "/mlops/code/seed_bucket": _STAGING,
    "/mlops/code/build": "build.zip",
    "/mlops/code/deploy": "deploy.zip",
    "/mlops/ecr/repo/github-secret-create-lambada": "secrets",
    "/mlops/ecr/repo/github-secret-create-lambada-ecr-tag": "latest",
}
_ALSO = {
    "AmazonSageMakerServiceCatalogProductsUseRole": ("/", "AmazonSageMakerServiceCatalogProductsUseRoleMultiModelTB"),
}
"""Roles that some templates take in place of the usual ones."""


def archive() -> bytes:
    """Seed code: a ZIP archive with a file."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as one:
        one.writestr("README.md", "seed\n")
        one.writestr("index.py", "def handler(event, context):\n    return event\n")
    return written.getvalue()


def _objects(text: str) -> Iterator[tuple[str, str]]:
    """Buckets and keys that a template names outright."""

    def walk(node: Any) -> Iterator[tuple[str, str]]:
        if isinstance(node, dict):
            for bucket, key in (("S3Bucket", "S3Key"), ("Bucket", "Key")):
                if isinstance(node.get(bucket), str) and isinstance(node.get(key), str) and "{" not in node[bucket]:
                    yield node[bucket], node[key]
            for one in node.values():
                yield from walk(one)
        elif isinstance(node, list):
            for one in node:
                yield from walk(one)

    yield from walk(json.loads(text))


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def launch(world: World, name: str, *, role: str | None = None, keep: bool = False, **further: Any) -> dict[str, Any]:
    """Launch a template as a stack and wait for what becomes of it; `DescribeStacks` of it, with `events`."""
    text = text_of(name)
    cloudformation = world.client("cloudformation")
    place = f"launched/{Path(name).name}"
    world.put(_STAGING, place, text.encode())
    made = cloudformation.create_stack(
        StackName="stack",
        TemplateURL=f"https://{_STAGING}.s3.us-east-1.amazonaws.com/{place}",
        Parameters=world.parameters(name, text),
        Capabilities=["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        **({"RoleARN": role} if role else {}),
        **({"OnFailure": "DO_NOTHING"} if keep else {}),
        **further,
    )
    if "CreationPolicy" in text:
        _signal(world, cloudformation, made["StackId"], parse(text).resources)
    assert world.sandbox.settle(120)
    return described(cloudformation, made["StackId"])


def _signal(world: World, cloudformation: Any, stack_id: str, resources: Mapping[str, Any]) -> None:
    """Signal what an instance would, as soon as it is there."""
    waiting = {name for name, one in resources.items() if "CreationPolicy" in one}
    while waiting and not world.sandbox.settle(0.1):
        for one in cloudformation.describe_stack_resources(StackName=stack_id)["StackResources"]:
            name = one["LogicalResourceId"]
            if name in waiting and one.get("PhysicalResourceId") and one["ResourceStatus"] == "CREATE_IN_PROGRESS":
                waiting.discard(name)
                cloudformation.signal_resource(
                    StackName=stack_id, LogicalResourceId=name, UniqueId=one["PhysicalResourceId"], Status="SUCCESS"
                )


def delete(world: World, stack_id: str, *, role: str | None = None) -> dict[str, Any]:
    """Delete a stack, under the credentials of a role, and wait; what is then told of it."""
    cloudformation = world.client("cloudformation")
    cloudformation.delete_stack(StackName=stack_id, **({"RoleARN": role} if role else {}))
    assert world.sandbox.settle(60)
    return described(cloudformation, stack_id)


def described(cloudformation: Any, stack_id: str) -> dict[str, Any]:
    found = dict(cloudformation.describe_stacks(StackName=stack_id)["Stacks"][0])
    pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack_id)
    found["events"] = [one for page in pages for one in page["StackEvents"]][::-1]
    return found


def failures(stack: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What failed, and why: logical id, type, reason."""
    return [
        (one["LogicalResourceId"], one["ResourceType"], one.get("ResourceStatusReason", ""))
        for one in stack["events"]
        if one["ResourceStatus"].endswith("_FAILED")
        and one["PhysicalResourceId"] != stack["StackId"]
        and "cancelled" not in one.get("ResourceStatusReason", "")
    ]
