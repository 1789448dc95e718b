"""What moto's Cognito user pools lack: tags after creation, changes and deletions of resource servers.

Both are kept with moto's pool, which shows them.
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateResourceServer.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.moto_services import as_service_errors
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


def _resource_servers(call: Call) -> dict[str, Any]:
    """The resource servers of the pool that a call names. Raises ResourceNotFoundException, for a server too."""
    with as_service_errors():
        memory = call.surroundings.memory("cognito-idp")
        memory.describe_resource_server(call.params["UserPoolId"], call.params["Identifier"])
        servers: dict[str, Any] = memory.user_pools[call.params["UserPoolId"]].resource_servers
        return servers


@cognito_idp.operation("UpdateResourceServer", in_memory=True)
def update_resource_server(call: Call) -> Mapping[str, Any]:
    """Without scopes the server has none any more."""
    server = _resource_servers(call)[call.params["Identifier"]]
    server.name = call.params["Name"]
    server.scopes = call.params.get("Scopes", [])
    return {"ResourceServer": server.to_json()}


@cognito_idp.operation("DeleteResourceServer", in_memory=True)
def delete_resource_server(call: Call) -> None:
    del _resource_servers(call)[call.params["Identifier"]]
