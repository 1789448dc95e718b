"""A template's properties as an operation's input takes them: the same names in another case, texts for numbers, tags
in each service's form.

CloudFormation writes `TimeoutInMinutes: "5"` where the API wants `timeoutInMinutes: 5`; most types differ in no more.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from launchrole.account.wire.models import operation_model
from launchrole.services.cloudformation.intrinsics import as_text


class NoMember(Exception):
    """A property that the operation's input does not have."""

    def __init__(self, shape: str, name: str) -> None:
        super().__init__(f"{shape} has no member for {name}")
        self.name = name


class Unfit(Exception):
    """A value of a kind that the input's member cannot take. `place` names it, `wanted` says what was expected."""

    def __init__(self, place: str, wanted: str) -> None:
        super().__init__(f"{place} must be {wanted}")
        self.place = place
        self.wanted = wanted


def input_shape(service: str, operation: str) -> StructureShape:
    """The input of an operation. Raises `LookupError` for one that does not exist."""
    model = operation_model(service, operation)
    if model is None or model.input_shape is None:
        raise LookupError(f"{service}:{operation} has no input")
    return model.input_shape


@functools.cache
def _by_lower_case(shape: StructureShape) -> Mapping[str, str]:
    return {name.lower().replace("_", ""): name for name in shape.members}


def member_of(shape: StructureShape, name: str) -> str | None:
    """The member of a structure that a property's name stands for; None where there is none."""
    if name in shape.members:
        return name
    return _by_lower_case(shape).get(name.lower())


def fitted(value: Any, shape: Shape, rename: Mapping[str, str], place: str = "") -> Any:
    """A value as a shape takes it. `rename` maps names of properties to members, `Old.Inner` inside others; an empty
    member drops the property. Raises `NoMember`, `Unfit`."""
    if isinstance(shape, StructureShape):
        return _structure(value, shape, rename, place)
    if isinstance(shape, ListShape):
        items = value if isinstance(value, list) else [value]
        return [fitted(one, shape.member, rename, place) for one in items]
    if isinstance(shape, MapShape):
        if not isinstance(value, dict):
            raise Unfit(place, "an object")
        return {as_text(key): fitted(one, shape.value, rename, f"{place}.{key}") for key, one in value.items()}
    return _scalar(value, shape, place)


def _structure(value: Any, shape: StructureShape, rename: Mapping[str, str], place: str) -> Any:
    if getattr(shape, "is_document_type", False):
        return value
    if not isinstance(value, dict):
        raise Unfit(place, "an object")
    found: dict[str, Any] = {}
    for name, one in value.items():
        here = f"{place}.{name}" if place else name
        wanted = rename.get(here, rename.get(f"*.{name}"))
        if wanted == "":
            continue
        member = member_of(shape, wanted or name)
        if member is None:
            raise NoMember(f"{shape.name} ({place or 'input'})", name)
        found[member] = fitted(one, shape.members[member], rename, here)
    return found


def _scalar(value: Any, shape: Shape, place: str) -> Any:
    kind = shape.type_name
    if kind in ("string", "char"):
        return json.dumps(value, separators=(",", ":")) if isinstance(value, (dict, list)) else as_text(value)
    if kind in ("integer", "long"):
        try:
            return int(float(value)) if not isinstance(value, (dict, list)) else int("")
        except (TypeError, ValueError):
            raise Unfit(place, "a whole number") from None
    if kind in ("float", "double"):
        try:
            return float(value)
        except (TypeError, ValueError):
            raise Unfit(place, "a number") from None
    if kind == "boolean":
        said = as_text(value).lower()
        if said not in ("true", "false"):
            raise Unfit(place, "true or false")
        return said == "true"
    if kind == "blob":
        return value if isinstance(value, bytes) else as_text(value).encode()
    return value


def tags_as(tags: Mapping[str, str], shape: Shape) -> Any:
    """Tags in the form of an input's member: a map, or a list of pairs under whatever names."""
    if isinstance(shape, MapShape):
        return dict(tags)
    assert isinstance(shape, ListShape)
    members = list(shape.member.members) if isinstance(shape.member, StructureShape) else []
    key = next(one for one in members if one.lower() in ("key", "tagkey"))
    value = next(one for one in members if one.lower() in ("value", "tagvalue"))
    return [{key: name, value: one} for name, one in tags.items()]


def tag_map(value: Any) -> dict[str, str]:
    """Tags as a template writes them, a list of pairs or an object, as a map."""
    if isinstance(value, dict):
        return {as_text(name): as_text(one) for name, one in value.items()}
    found: dict[str, str] = {}
    for one in value or ():
        if isinstance(one, dict):
            low = {str(name).lower(): each for name, each in one.items()}
            if "key" in low:
                found[as_text(low["key"])] = as_text(low.get("value", ""))
    return found
