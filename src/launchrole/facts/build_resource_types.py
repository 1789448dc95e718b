"""Make `resource_types/*.json`, what CloudFormation's published schemas say of a type, from the cfn-lint package.

    python -m launchrole.facts.build_resource_types

Kept are the facts that a launch turns on: names and kinds of properties, which of them are required, create-only and
read-only, the identifier, the permissions that each handler may use, and where tags go. The schemas themselves are
AWS' (https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent / "resource_types"
_REGION = "us-east-1"


def _kind(schema: Mapping[str, Any], definitions: Mapping[str, Any], depth: int = 0) -> str:
    """The JSON type of a property: string, integer, number, boolean, array, object; `any` where it is open."""
    reference = schema.get("$ref")
    if reference and depth < 5:
        return _kind(definitions.get(reference.rpartition("/")[2], {}), definitions, depth + 1)
    found = schema.get("type")
    if isinstance(found, list):
        found = found[0] if len(found) == 1 else "any"
    return found or "any"


def _names(pointers: list[str]) -> list[str]:
    """`/properties/VpcConfig/SubnetIds` -> `VpcConfig/SubnetIds`"""
    return sorted(one.removeprefix("/properties/").replace("/properties/", "/") for one in pointers)


def compact(schema: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a schema."""
    definitions = schema.get("definitions", {})
    tagging = schema.get("tagging")
    handlers = {name: sorted(set(one.get("permissions", ()))) for name, one in schema.get("handlers", {}).items()}
    kept: dict[str, Any] = {
        "properties": {name: _kind(one, definitions) for name, one in sorted(schema.get("properties", {}).items())},
        "required": sorted(schema.get("required", ())),
        "create_only": _names(schema.get("createOnlyProperties", [])),
        "conditional_create_only": _names(schema.get("conditionalCreateOnlyProperties", [])),
        "read_only": _names(schema.get("readOnlyProperties", [])),
        "write_only": _names(schema.get("writeOnlyProperties", [])),
        "identifier": [one.removeprefix("/properties/") for one in schema.get("primaryIdentifier", ())],
        "permissions": handlers,
    }
    if tagging and tagging.get("taggable", True):
        kept["tags"] = tagging.get("tagProperty", "/properties/Tags").removeprefix("/properties/")
    elif "Tags" in kept["properties"] and not (tagging and tagging.get("taggable") is False):
        kept["tags"] = "Tags"
    return {name: value for name, value in kept.items() if value}


def main() -> None:
    import cfnlint

    data = Path(cfnlint.__file__).parent / "data" / "schemas"
    providers = json.loads((data / "providers" / f"{_REGION}.json").read_text())
    services: dict[str, dict[str, Any]] = defaultdict(dict)
    for name, file in sorted(providers.items()):
        vendor, service, _ = name.split("::", 2)
        if vendor == "AWS":
            services[service][name] = compact(json.loads((data / "resources" / f"{file}.json").read_text()))
    _HERE.mkdir(exist_ok=True)
    for old in _HERE.glob("*.json"):
        old.unlink()
    for service, types in services.items():
        lines = [f"{json.dumps(name)}: {json.dumps(one, separators=(',', ':'))}" for name, one in types.items()]
        (_HERE / f"{service}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{sum(map(len, services.values()))} types of {len(services)} services, cfn-lint {version('cfn-lint')}")


if __name__ == "__main__":
    main()
