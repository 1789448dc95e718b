"""AWS managed policies that ship with the package: the documents as AWS publishes them, one file a version.

Of the launch role's policy every version ships, of the policies beside it the newest. `meta.json` beside the documents
has the dates of all versions.

Source: IAM's GetPolicyVersion; for the policy of the launch role also the AWS page "AWS managed policies for SageMaker
projects and JumpStart" (Amazon SageMaker Developer Guide: security-iam-awsmanpol-sc.html), which shows version 4.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files

LAUNCH_ROLE_POLICY = "AmazonSageMakerAdmin-ServiceCatalogProductsServiceRolePolicy"
"""The managed policy of AmazonSageMakerServiceCatalogProductsLaunchRole."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a managed policy. `ships`: its document comes with the package."""

    name: str
    created: datetime
    ships: bool


@dataclass(frozen=True, slots=True)
class ManagedPolicy:
    """What is known of a managed policy beside its documents; the versions are in their order."""

    name: str
    arn: str
    newest: str
    versions: tuple[Version, ...]


def document(name: str, version: str) -> str:
    """The text of a policy's version, `v4`. Raises KeyError for one that does not ship with the package."""
    source = files(__name__) / name / f"{version}.json"
    if "/" in name or "/" in version or not source.is_file():
        raise KeyError(f"{name} {version}")
    return source.read_text(encoding="utf-8")


@functools.cache
def policy(name: str) -> ManagedPolicy:
    """A policy with its ARN and its versions. Raises KeyError for one that does not ship with the package."""
    folder = files(__name__) / name
    source = folder / "meta.json"
    if "/" in name or not source.is_file():
        raise KeyError(name)
    told = json.loads(source.read_text(encoding="utf-8"))
    versions = tuple(
        Version(
            one["version"], datetime.fromisoformat(one["create_date"]), (folder / f"{one['version']}.json").is_file()
        )
        for one in told["versions"]
    )
    return ManagedPolicy(name, told["arn"], told["default_version"], versions)


def arn(name: str) -> str:
    """The ARN of an AWS managed policy: of the path that AWS gave it where it ships, else of the path `/`."""
    try:
        return policy(name).arn
    except KeyError:
        return f"arn:aws:iam::aws:policy/{name}"
