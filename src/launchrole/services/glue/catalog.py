"""Connections and schema registries, which moto keeps and cannot change.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-connections.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call
from launchrole.services.glue.base import glue


def _connection(call: Call, name: str) -> Any:
    found = call.surroundings.memory("glue").connections.get(name)
    if found is None:
        raise ServiceError("EntityNotFoundException", f"Connection {name} not found.")
    return found


@glue.operation("UpdateConnection", in_memory=True)
def update_connection(call: Call) -> None:
    """The new definition takes the place of the old one; the name stays. Raises EntityNotFoundException,
    InvalidInputException for another name in the definition."""
    name, given = call.params["Name"], call.params["ConnectionInput"]
    found = _connection(call, name)
    if given["Name"] != name:
        raise ServiceError("InvalidInputException", "A connection cannot be given another name.")
    found.connection_input = given
    found.description = given.get("Description")
    found.connection_properties = given.get("ConnectionProperties", {})
    found.spark_properties = given.get("SparkProperties", {})
    found.athena_properties = given.get("AthenaProperties", {})
    found.python_properties = given.get("PythonProperties", {})
    found.updated_time = call.now


@glue.operation("DeleteConnection", in_memory=True)
def delete_connection(call: Call) -> None:
    """Raises EntityNotFoundException."""
    found = _connection(call, call.params["ConnectionName"])
    memory = call.surroundings.memory("glue")
    memory.tagger.delete_all_tags_for_resource(found.arn)
    del memory.connections[call.params["ConnectionName"]]


@glue.operation("UpdateRegistry", in_memory=True)
def update_registry(call: Call) -> Mapping[str, Any]:
    """Raises EntityNotFoundException. https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateRegistry.html"""
    named = call.params["RegistryId"]
    name = named.get("RegistryName") or named.get("RegistryArn", "").rpartition("/")[2]
    found = call.surroundings.memory("glue").registries.get(name)
    if found is None:
        raise ServiceError("EntityNotFoundException", f"Registry is not found. RegistryName: {name}")
    found.description = call.params["Description"]
    found.updated_time = call.now
    return {"RegistryName": found.name, "RegistryArn": found.registry_arn}
