"""What moto's Cognito user pools lack: tags after creation. They are kept with moto's pool, which shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call, Service

cognito_idp = Service("cognito-idp")


def _pool_tags(call: Call) -> dict[str, str]:
    """The tags of the pool that a call names: a dictionary of the pool's own, to be changed in place."""
    arn: str = call.params["ResourceArn"]
    identifier = arn.partition(":userpool/")[2]
    pool = call.surroundings.memory("cognito-idp").user_pools.get(identifier)
    if pool is None:
        raise ServiceError("ResourceNotFoundException", f"User pool {identifier} does not exist.")
    tags: dict[str, str] = pool.extended_config.setdefault("UserPoolTags", {})
    return tags


@cognito_idp.operation("TagResource", in_memory=True)
def tag_resource(call: Call) -> None:
    _pool_tags(call).update(call.params["Tags"])


@cognito_idp.operation("UntagResource", in_memory=True)
def untag_resource(call: Call) -> None:
    tags = _pool_tags(call)
    for key in call.params["TagKeys"]:
        tags.pop(key, None)


@cognito_idp.operation("ListTagsForResource")
def list_tags_for_resource(call: Call) -> Mapping[str, Any]:
    return {"Tags": dict(_pool_tags(call))}
