"""AWS' managed policies in moto's IAM: 1,500 of them, each written out only when somebody looks at it.

moto writes the documents of all of them anew for every account that is first used, and works all their ARNs out again
whenever one is attached. What is to be seen of them is the same, ids included.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from moto.iam import models
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.utils import random_policy_id
from moto.utilities.utils import get_partition

from launchrole.account.determinism import drawn


@functools.cache
def bundle() -> Mapping[str, Mapping[str, Any]]:
    """What moto knows of them, by their names."""
    found: Mapping[str, Mapping[str, Any]] = json.loads(aws_managed_policies_data)
    return found


class AwsPolicy(models.AWSManagedPolicy):  # type: ignore[misc] # moto has no types
    """One of them, with the attributes of moto's own. In a checkpoint it leaves out what `bundle` tells of it."""

    arn = ""

    def __init__(self, name: str, account_id: str, partition: str, data: Mapping[str, Any], identifier: str) -> None:
        # in the place of moto's constructor, which would write the document
        self.name = name
        self.account_id = account_id
        self.attachment_count = 0
        self.description = ""
        self.id = identifier
        self.path = data["Path"]
        self.arn = f"arn:{partition}:iam::aws:policy{self.path}{name}"
        self.tags: dict[str, dict[str, str]] = {}
        self.partition = partition
        self.default_version_id = data["DefaultVersionId"]
        self.next_version_num = int(self.default_version_id.removeprefix("v")) + 1
        self.create_date = datetime.fromisoformat(data["CreateDate"])
        self.update_date = datetime.fromisoformat(data["UpdateDate"])

    @functools.cached_property
    def versions(self) -> list[Any]:
        document = json.dumps(bundle()[self.name]["Document"])
        return [models.PolicyVersion(self.arn, document, True, self.default_version_id, self.update_date)]


def _made(backend: Any) -> list[AwsPolicy]:
    """`IAMBackend._init_aws_policies`."""
    partition = get_partition(backend.region_name)
    ids = drawn((random_policy_id,), len(bundle()))
    return [
        AwsPolicy(name, backend.account_id, partition, data, identifier)
        for (name, data), identifier in zip(bundle().items(), ids, strict=True)
    ]


def install() -> None:
    """Have moto's IAM make them in this way."""
    models.IAMBackend._init_aws_policies = _made
