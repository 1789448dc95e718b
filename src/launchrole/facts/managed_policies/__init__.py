"""AWS managed policies that ship with the package: the documents as AWS publishes them, one file a version.

Source: IAM's GetPolicyVersion; for the policy of the launch role also the AWS page "AWS managed policies for SageMaker
projects and JumpStart" (Amazon SageMaker Developer Guide: security-iam-awsmanpol-sc.html).
"""

from __future__ import annotations

from importlib.resources import files

LAUNCH_ROLE_POLICY = "AmazonSageMakerAdmin-ServiceCatalogProductsServiceRolePolicy"
"""The managed policy of AmazonSageMakerServiceCatalogProductsLaunchRole."""


def document(name: str, version: str) -> str:
    """The text of a policy's version, `v4`. Raises KeyError for one that does not ship with the package."""
    source = files(__name__) / name / f"{version}.json"
    if "/" in name or "/" in version or not source.is_file():
        raise KeyError(f"{name} {version}")
    return source.read_text(encoding="utf-8")


def arn(name: str) -> str:
    """The ARN of an AWS managed policy of the path `/`."""
    return f"arn:aws:iam::aws:policy/{name}"
