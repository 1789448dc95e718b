"""Connections to Git providers, by both of their services' names (CodeStar Connections, CodeConnections).

A connection is PENDING until somebody completes the handshake in the console; nobody can here, so it stays so.
https://docs.aws.amazon.com/codeconnections/latest/APIReference/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call, Handler, Service
from launchrole.services.paging import page
from launchrole.services.tagging import merged, without

codestar_connections = Service("codestar-connections", whole=True)
codeconnections = Service("codeconnections", whole=True)

_PROVIDERS = ("Bitbucket", "GitHub", "GitHubEnterpriseServer", "GitLab", "GitLabSelfManaged")


def _shared(name: str) -> Callable[[Handler], Handler]:
    """Register a function as the operation of both services."""

    def register(handler: Handler) -> Handler:
        codestar_connections.operation(name)(handler)
        return codeconnections.operation(name)(handler)

    return register


def _existing(call: Call, kind: str, arn: str) -> dict[str, Any]:
    found = call.rows.get(kind, arn)
    if found is None:
        raise ServiceError(
            "ResourceNotFoundException", f"[Request ID: {call.new_uuid()}] {kind.title()} {arn} not found"
        )
    return dict(found)


@_shared("CreateConnection")
def create_connection(call: Call) -> Mapping[str, Any]:
    params = call.params
    host = params.get("HostArn")
    provider = params.get("ProviderType")
    if host is not None:
        provider = _existing(call, "host", host)["ProviderType"]
    if provider not in _PROVIDERS:
        raise ServiceError("ValidationException", "Either ProviderType or HostArn is required.")
    arn = call.arn(f"connection/{call.new_uuid()}")
    connection = {
        "ConnectionName": params["ConnectionName"],
        "ConnectionArn": arn,
        "ProviderType": provider,
        "OwnerAccountId": call.account,
        "ConnectionStatus": "PENDING",
        **({} if host is None else {"HostArn": host}),
    }
    call.rows.put("connection", arn, connection)
    call.rows.put("tags", arn, params.get("Tags") or [])
    return {"ConnectionArn": arn, "Tags": params.get("Tags") or []}


@_shared("GetConnection")
def get_connection(call: Call) -> Mapping[str, Any]:
    return {"Connection": _existing(call, "connection", call.params["ConnectionArn"])}


@_shared("ListConnections")
def list_connections(call: Call) -> Mapping[str, Any]:
    provider, host = call.params.get("ProviderTypeFilter"), call.params.get("HostArnFilter")
    found = [
        one
        for _, one in call.rows.all("connection")
        if provider in (None, one["ProviderType"]) and host in (None, one.get("HostArn"))
    ]
    shown, token = page(found, call.params.get("NextToken"), call.params.get("MaxResults"))
    return {"Connections": shown, "NextToken": token}


@_shared("DeleteConnection")
def delete_connection(call: Call) -> None:
    arn = call.params["ConnectionArn"]
    _existing(call, "connection", arn)
    call.rows.delete("connection", arn)
    call.rows.delete("tags", arn)


@_shared("CreateHost")
def create_host(call: Call) -> Mapping[str, Any]:
    params = call.params
    arn = call.arn(f"host/{params['Name']}-{call.new_id(8)}")
    host = {
        "Name": params["Name"],
        "HostArn": arn,
        "ProviderType": params["ProviderType"],
        "ProviderEndpoint": params["ProviderEndpoint"],
        "VpcConfiguration": params.get("VpcConfiguration"),
        "Status": "PENDING",
    }
    call.rows.put("host", arn, {name: value for name, value in host.items() if value is not None})
    call.rows.put("tags", arn, params.get("Tags") or [])
    return {"HostArn": arn, "Tags": params.get("Tags") or []}


@_shared("GetHost")
def get_host(call: Call) -> Mapping[str, Any]:
    found = _existing(call, "host", call.params["HostArn"])
    found.pop("HostArn")
    return found


@_shared("ListHosts")
def list_hosts(call: Call) -> Mapping[str, Any]:
    found = [one for _, one in call.rows.all("host")]
    shown, token = page(found, call.params.get("NextToken"), call.params.get("MaxResults"))
    return {"Hosts": shown, "NextToken": token}


@_shared("DeleteHost")
def delete_host(call: Call) -> None:
    arn = call.params["HostArn"]
    _existing(call, "host", arn)
    if any(one.get("HostArn") == arn for _, one in call.rows.all("connection")):
        raise ServiceError("ResourceUnavailableException", f"Host {arn} has connections.")
    call.rows.delete("host", arn)
    call.rows.delete("tags", arn)


def _tagged(call: Call) -> tuple[str, list[dict[str, str]]]:
    arn = call.params["ResourceArn"]
    found = call.rows.get("tags", arn)
    if found is None:
        raise ServiceError("ResourceNotFoundException", f"Resource {arn} not found")
    return arn, list(found)


@_shared("TagResource")
def tag_resource(call: Call) -> None:
    arn, tags = _tagged(call)
    call.rows.put("tags", arn, merged(tags, call.params["Tags"]))


@_shared("UntagResource")
def untag_resource(call: Call) -> None:
    arn, tags = _tagged(call)
    call.rows.put("tags", arn, without(tags, call.params["TagKeys"]))


@_shared("ListTagsForResource")
def list_tags_for_resource(call: Call) -> Mapping[str, Any]:
    return {"Tags": _tagged(call)[1]}
