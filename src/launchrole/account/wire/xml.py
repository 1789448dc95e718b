"""Inputs in XML, as S3 and CloudFront take them. Documents with a type declaration are refused: no entities, no
expansion."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

from launchrole.account.wire.values import MAX_DEPTH, Malformed, Missing, from_text

_NAMESPACE = re.compile(r"^\{[^}]*\}")


def parse(body: bytes) -> ElementTree.Element:
    """The root of a document. Raises `Malformed`."""
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise Malformed("", "document type declarations are not allowed")
    try:
        # the encoding is ours to say: a declared one could hide a type declaration from the check above
        root = ElementTree.fromstring(body, ElementTree.XMLParser(encoding="utf-8"))
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise Malformed("", f"not well-formed: {error}") from None
    if _deeper_than(root, MAX_DEPTH):
        raise Malformed("", "elements are nested too deep")
    return root


def read(shape: Any, node: ElementTree.Element, member: str) -> Any:
    """A value of a shape from its element."""
    kind = shape.type_name
    if kind == "structure":
        return structure(shape, node, member)
    if kind == "list":
        return [read(shape.member, item, member) for item in node]
    if kind == "map":
        return _map(shape, list(node), member)
    return from_text(shape, node.text or "", member)


def structure(shape: Any, node: ElementTree.Element, member: str) -> dict[str, Any]:
    by_tag: dict[str, list[ElementTree.Element]] = {}
    for item in node:
        by_tag.setdefault(_tag(item), []).append(item)
    found: dict[str, Any] = {}
    for name, inner in shape.members.items():
        serialization = inner.serialization
        if "location" in serialization:
            continue
        path = f"{member}.{name}" if member else name
        if serialization.get("xmlAttribute"):
            value = _attribute(node, serialization["name"])
            if value is not None:
                found[name] = value
            continue
        flattened = inner.type_name in ("list", "map") and serialization.get("flattened")
        tag = serialization.get("name", name)
        if inner.type_name == "list" and flattened:
            tag = inner.member.serialization.get("name") or tag
        items = by_tag.get(tag)
        if items is None:
            if name in shape.required_members:
                raise Missing(path)
        elif flattened and inner.type_name == "list":
            found[name] = [read(inner.member, item, path) for item in items]
        elif flattened:
            found[name] = _map(inner, items, path)
        else:
            found[name] = read(inner, items[0], path)
    return found


def _map(shape: Any, entries: list[ElementTree.Element], member: str) -> dict[str, Any]:
    key_tag = shape.key.serialization.get("name", "key")
    value_tag = shape.value.serialization.get("name", "value")
    found = {}
    for entry in entries:
        inside = {_tag(item): item for item in entry}
        if key_tag not in inside or value_tag not in inside:
            raise Malformed(member, "has an entry without key and value")
        found[inside[key_tag].text or ""] = read(shape.value, inside[value_tag], member)
    return found


def _attribute(node: ElementTree.Element, name: str) -> str | None:
    """An attribute by its name without namespace (`xsi:type`)."""
    local = name.rpartition(":")[2]
    return next((value for key, value in node.attrib.items() if _NAMESPACE.sub("", key) == local), None)


def _tag(node: ElementTree.Element) -> str:
    return _NAMESPACE.sub("", node.tag)


def _deeper_than(root: ElementTree.Element, limit: int) -> bool:
    level = [root]
    for _ in range(limit):
        level = [child for node in level for child in node]
        if not level:
            return False
    return True
