"""Policies that resources have, read where the services keep them, and who owns a resource that its ARN does not tell.

IAM User Guide: reference_aws-services-that-work-with-iam.html lists the services with resource-based policies.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from launchrole.account import moto_services
from launchrole.account.directory import PolicyText

CROSS_ACCOUNT_SERVICES = frozenset(
    {"s3", "sqs", "sns", "lambda", "kms", "secretsmanager", "ecr", "events", "logs", "dynamodb", "glue", "kinesis"}
)
"""Services whose resources other accounts can use; elsewhere a foreign ARN names nothing."""


def resource_policy(arn: str) -> PolicyText | None:
    """The policy of the resource with an ARN; None where it has none, or there is no such resource."""
    parts = arn.split(":", 5)
    reader = _READERS.get(parts[2]) if len(parts) == 6 else None
    if reader is None:
        return None
    text = reader(parts[4], parts[3], parts[5])
    return PolicyText(text, f"policy of {arn}") if text else None


def bucket_owner(bucket: str) -> str | None:
    """The account that owns a bucket; None where there is no such bucket."""
    from moto.s3.models import s3_backends

    found = s3_backends.bucket_accounts.get(bucket)
    return None if found is None else str(found[1])


def object_tags(bucket: str, key: str, version: str | None) -> dict[str, str]:
    """The tags that an object has (s3:ExistingObjectTag)."""
    owner = bucket_owner(bucket)
    if owner is None:
        return {}
    backend = moto_services.backend("s3", owner, "us-east-1")
    found = backend.buckets[bucket].keys.get(key) if version is None else backend.get_object(bucket, key, version)
    if found is None:
        return {}
    listed = backend.tagger.list_tags_for_resource(found.arn).get("Tags", ())
    return {tag["Key"]: tag["Value"] for tag in listed}


def _s3(_account: str, _region: str, resource: str) -> str | None:
    bucket = resource.partition("/")[0]
    owner = bucket_owner(bucket)
    if owner is None:
        return None
    policy = moto_services.backend("s3", owner, "us-east-1").buckets[bucket].policy
    return policy.decode() if isinstance(policy, bytes) else policy


def _sqs(account: str, region: str, name: str) -> str | None:
    queue = moto_services.backend("sqs", account, region).queues.get(name)
    policy = getattr(queue, "policy", None)
    return policy if isinstance(policy, str) else json.dumps(policy) if policy else None


def _sns(account: str, region: str, name: str) -> str | None:
    topics = moto_services.backend("sns", account, region).topics
    topic = topics.get(f"arn:aws:sns:{region}:{account}:{name}")
    return None if topic is None else str(topic.policy)


def _lambda(account: str, region: str, resource: str) -> str | None:
    name = resource.removeprefix("function:").partition(":")[0]
    try:
        function = moto_services.backend("lambda", account, region).get_function(name)
    except Exception:  # moto's own for each way in which there is none
        return None
    if not function.policy.statements:
        return None
    written = function.policy.get_policy()["Policy"]
    return json.dumps({**written, "Statement": [_with_principal(one) for one in written["Statement"]]})


def _with_principal(statement: Mapping[str, Any]) -> Mapping[str, Any]:
    """A statement of AddPermission's, whose principal of an account moto keeps as it was given; Lambda writes
    `{"AWS": ...}`. https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html"""
    principal = statement.get("Principal")
    if isinstance(principal, str) and principal != "*":
        return {**statement, "Principal": {"AWS": principal}}
    return statement


def _kms(account: str, region: str, resource: str) -> str | None:
    key = moto_services.backend("kms", account, region).keys.get(resource.removeprefix("key/"))
    return None if key is None else str(key.policy)


def _secret(account: str, region: str, resource: str) -> str | None:
    arn = f"arn:aws:secretsmanager:{region}:{account}:{resource}"
    for secret in moto_services.backend("secretsmanager", account, region).secrets.values():
        if secret.arn == arn:
            return secret.policy or None
    return None


def _ecr(account: str, region: str, resource: str) -> str | None:
    repository = moto_services.backend("ecr", account, region).repositories.get(resource.removeprefix("repository/"))
    return None if repository is None else repository.policy


_READERS: Mapping[str, Callable[[str, str, str], Any]] = {
    "s3": _s3,
    "sqs": _sqs,
    "sns": _sns,
    "lambda": _lambda,
    "kms": _kms,
    "secretsmanager": _secret,
    "ecr": _ecr,
}
