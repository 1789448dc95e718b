"""CloudFormation's resource types as their published schemas describe them (made by `facts.build_resource_types`)."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any


@dataclass(frozen=True)
class ResourceType:
    """What AWS publishes of a type. Properties are named by their paths: `VpcConfig/SubnetIds`.

    `properties` are the names of all top-level properties and their JSON types; `identifier` those of the primary
    identifier; `permissions` the actions that the `create`, `read`, `update` and `delete` handlers may use (all that
    may be needed, not all that are); `tags` the property that holds tags, None for a type without.
    """

    name: str
    properties: Mapping[str, str]
    required: tuple[str, ...] = ()
    create_only: tuple[str, ...] = ()
    conditional_create_only: tuple[str, ...] = ()
    read_only: tuple[str, ...] = ()
    write_only: tuple[str, ...] = ()
    identifier: tuple[str, ...] = ()
    permissions: Mapping[str, tuple[str, ...]] | None = None
    tags: str | None = None

    @property
    def in_registry(self) -> bool:
        """Whether the type has handlers in CloudFormation's registry; others are of the older kind."""
        return self.permissions is not None


def resource_type(name: str) -> ResourceType | None:
    """A published type by its name; None where there is none."""
    parts = name.split("::")
    if len(parts) < 3 or parts[0] != "AWS":
        return None
    return _of_service(parts[1]).get(name)


def services() -> list[str]:
    """The services that have types, as type names write them."""
    return sorted(
        one.name.removesuffix(".json") for one in resources.files(__package__).iterdir() if one.name.endswith(".json")
    )


def type_names(service: str) -> list[str]:
    """The names of a service's types."""
    return sorted(_of_service(service))


@functools.cache
def _of_service(service: str) -> Mapping[str, ResourceType]:
    file = resources.files(__package__) / f"{service}.json"
    if not service.isalnum() or not file.is_file():
        return {}
    found: dict[str, ResourceType] = {}
    for name, one in json.loads(file.read_text(encoding="utf-8")).items():
        permissions = one.pop("permissions", None)
        fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in one.items()}
        fields.setdefault("properties", {})
        found[name] = ResourceType(
            name, permissions=permissions and {verb: tuple(each) for verb, each in permissions.items()}, **fields
        )
    return found
