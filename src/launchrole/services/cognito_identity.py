"""What moto's identity pools lack: their roles, and tags after creation. Both are kept with moto's pool.

https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_SetIdentityPoolRoles.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call, Service

cognito_identity = Service("cognito-identity")


def _pool(call: Call, identifier: str) -> Any:
    """moto's object of a pool. Raises ResourceNotFoundException."""
    found = call.surroundings.memory("cognito-identity").identity_pools.get(identifier)
    if found is None:
        raise ServiceError("ResourceNotFoundException", f"IdentityPool '{identifier}' not found.")
    return found


@cognito_identity.operation("SetIdentityPoolRoles", in_memory=True)
def set_identity_pool_roles(call: Call) -> None:
    """The roles replace those that were set before."""
    pool = _pool(call, call.params["IdentityPoolId"])
    pool.roles = {name: call.params[name] for name in ("Roles", "RoleMappings") if call.params.get(name)}


@cognito_identity.operation("GetIdentityPoolRoles")
def get_identity_pool_roles(call: Call) -> Mapping[str, Any]:
    identifier = call.params["IdentityPoolId"]
    return {"IdentityPoolId": identifier, **getattr(_pool(call, identifier), "roles", {})}


def _tags(call: Call) -> dict[str, str]:
    """The tags of the pool that a call names by its ARN: a dictionary of the pool's own, to be changed in place."""
    tags: dict[str, str] = _pool(call, call.params["ResourceArn"].partition(":identitypool/")[2]).tags
    return tags


@cognito_identity.operation("TagResource", in_memory=True)
def tag_resource(call: Call) -> None:
    _tags(call).update(call.params["Tags"])


@cognito_identity.operation("UntagResource", in_memory=True)
def untag_resource(call: Call) -> None:
    tags = _tags(call)
    for key in call.params["TagKeys"]:
        tags.pop(key, None)


@cognito_identity.operation("ListTagsForResource")
def list_tags_for_resource(call: Call) -> Mapping[str, Any]:
    return {"Tags": dict(_tags(call))}
