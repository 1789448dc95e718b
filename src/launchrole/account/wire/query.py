"""Inputs of the query and EC2 protocols: `Tags.member.1.Key=a`, `Tag.1.Key=a`.

https://smithy.io/2.0/aws/protocols/aws-query-protocol.html and aws-ec2-query-protocol.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.model import Shape

from launchrole.account.wire.values import MAX_DEPTH, Malformed, Missing, from_text

Tree = dict[str, Any]
"""Keys split at their dots; a value stands under the empty key of its node."""


def read(shape: Any, fields: Mapping[str, str], *, ec2: bool) -> dict[str, Any]:
    """The input from the fields of a form. Raises `Malformed`."""
    root: Tree = {}
    for key, value in fields.items():
        node = root
        steps = key.split(".", MAX_DEPTH)
        for step in steps:
            node = node.setdefault(step, {})
        node[""] = value
    found = _structure(shape, root, "", ec2)
    return found if isinstance(found, dict) else {}


def _value(shape: Any, node: Tree, member: str, ec2: bool) -> Any:
    kind = shape.type_name
    if kind == "structure":
        return _structure(shape, node, member, ec2)
    if kind == "list":
        return _list(shape, node, member, ec2)
    if kind == "map":
        return _map(shape, node, member, ec2)
    if "" not in node:
        raise Malformed(member, "has no value")
    return from_text(shape, node[""], member)


def _structure(shape: Any, node: Tree, member: str, ec2: bool) -> dict[str, Any]:
    found = {}
    for name, inner in shape.members.items():
        path = f"{member}.{name}" if member else name
        given = node.get(_name(inner, name, ec2))
        if given is not None:
            found[name] = _value(inner, given, path, ec2)
        elif name in shape.required_members:
            raise Missing(path)
    return found


def _name(shape: Shape, name: str, ec2: bool) -> str:
    """What a member is called in the form. A flattened list has the name of its items."""
    serialization: Mapping[str, Any] = shape.serialization
    if ec2:
        if "queryName" in serialization:
            return str(serialization["queryName"])
        given = str(serialization.get("name", name))
        return given[0].upper() + given[1:]
    if shape.type_name == "list" and serialization.get("flattened"):
        return str(shape.member.serialization.get("name") or serialization.get("name", name))
    return str(serialization.get("name", name))


def _list(shape: Any, node: Tree, member: str, ec2: bool) -> list[Any]:
    if not ec2 and not shape.serialization.get("flattened"):
        node = node.get(shape.member.serialization.get("name", "member"), node if set(node) == {""} else {})
    items = sorted((int(key), inner) for key, inner in node.items() if key.isascii() and key.isdigit() and len(key) < 7)
    return [_value(shape.member, inner, f"{member}.{number}", ec2) for number, inner in items]


def _map(shape: Any, node: Tree, member: str, ec2: bool) -> dict[str, Any]:
    if not shape.serialization.get("flattened"):
        node = node.get("entry", {})
    key_name = shape.key.serialization.get("name", "key")
    value_name = shape.value.serialization.get("name", "value")
    found = {}
    for number, entry in sorted(
        (int(key), inner) for key, inner in node.items() if key.isascii() and key.isdigit() and len(key) < 7
    ):
        path = f"{member}.{number}"
        if key_name not in entry or "" not in entry[key_name]:
            raise Malformed(path, "has no key")
        found[entry[key_name][""]] = _value(shape.value, entry.get(value_name, {}), path, ec2)
    return found
