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

    @functools.cached_property
    def versions(self) -> list[Any]:
        document = json.dumps(bundle()[self.name]["Document"])
        return [models.PolicyVersion(self.arn, document, True, self.default_version_id, self.update_date)]


@functools.lru_cache(maxsize=4)
def _attributes(partition: str) -> tuple[Mapping[str, Any], ...]:
    """What all accounts of a partition have alike of each policy."""
    return tuple(
        {
            "name": name,
            "attachment_count": 0,
            "description": "",
            "path": data["Path"],
            "arn": f"arn:{partition}:iam::aws:policy{data['Path']}{name}",
            "partition": partition,
            "default_version_id": data["DefaultVersionId"],
            "next_version_num": int(data["DefaultVersionId"].removeprefix("v")) + 1,
            "create_date": datetime.fromisoformat(data["CreateDate"]),
            "update_date": datetime.fromisoformat(data["UpdateDate"]),
        }
        for name, data in bundle().items()
    )


def made(account: str, partition: str) -> list[AwsPolicy]:
    """Those of an account, without moto's constructors: they would write the documents."""
    ids = drawn((random_policy_id,), len(bundle()))
    found = []
    for attributes, identifier in zip(_attributes(partition), ids, strict=True):
        policy: AwsPolicy = object.__new__(AwsPolicy)
        policy.__dict__.update(attributes, account_id=account, id=identifier, tags={})
        found.append(policy)
    return found


def install() -> None:
    """Have moto's IAM make them in this way."""
    models.IAMBackend._init_aws_policies = lambda one: made(one.account_id, get_partition(one.region_name))
