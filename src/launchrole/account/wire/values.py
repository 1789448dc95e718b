"""Texts and JSON values to the types that botocore's models give the members of an input."""

from __future__ import annotations

import base64
import binascii
import math
from datetime import UTC, datetime
from typing import Any

import botocore.utils
from botocore.model import Shape

from launchrole.account.errors import AccountError


class Malformed(AccountError):
    """An input that is not of its model's form. `member` is the path to what is wrong, `reason` says why."""

    def __init__(self, member: str, reason: str) -> None:
        super().__init__(f"{member}: {reason}" if member else reason)
        self.member = member
        self.reason = reason


class Missing(Malformed):
    """A member that must be there is not."""

    def __init__(self, member: str) -> None:
        super().__init__(member, "must not be null")


MAX_DEPTH = 64
"""How deep structures may nest; the models' recursive shapes need a few levels."""

_WHOLE_NUMBERS = frozenset({"integer", "long", "short", "byte"})
_BOUNDS = {"integer": 2**31, "long": 2**63, "short": 2**15, "byte": 2**7}


def from_text(shape: Shape, text: str, member: str) -> Any:
    """A scalar as query strings, headers and XML write it."""
    kind = shape.type_name
    if kind in ("string", "character"):
        return text
    if kind in _WHOLE_NUMBERS:
        return _whole(kind, _number(int, text.strip(), member), member)
    if kind in ("float", "double"):
        return _finite(_number(float, text.strip(), member), member)
    if kind == "boolean":
        lowered = text.strip().lower()
        if lowered not in ("true", "false", "1", "0"):
            raise Malformed(member, "is not a boolean")
        return lowered in ("true", "1")
    if kind == "timestamp":
        return _timestamp(text.strip(), member)
    if kind == "blob":
        return _blob(text, member)
    raise Malformed(member, f"cannot be a text, it is a {kind}")


def from_json(shape: Shape, value: Any, member: str, depth: int = 0) -> Any:
    """A JSON value, all the way down. Members that the model does not know are ignored, as AWS ignores them."""
    kind = shape.type_name
    if kind == "structure":
        if getattr(shape, "is_document_type", False):
            return value
        if not isinstance(value, dict):
            raise Malformed(member, "is not a structure")
        if depth > MAX_DEPTH:
            raise Malformed(member, "is nested too deep")
        return json_structure(shape, value, member, depth)
    if kind == "string" or kind == "character":
        if isinstance(value, str):
            return value
        raise Malformed(member, "is not a string")
    if kind == "list":
        if not isinstance(value, list) or depth > MAX_DEPTH:
            raise Malformed(member, "is not a list")
        inner = shape.member
        return [from_json(inner, one, f"{member}.{n}", depth + 1) for n, one in enumerate(value, 1) if one is not None]
    if kind == "map":
        if not isinstance(value, dict) or depth > MAX_DEPTH:
            raise Malformed(member, "is not a map")
        if any("\0" in key for key in value):
            raise Malformed(member, "has a key with a null character")
        inner = shape.value
        return {k: from_json(inner, one, f"{member}.{k}", depth + 1) for k, one in value.items() if one is not None}
    return _json_scalar(kind, value, member)


def json_structure(shape: Any, value: dict[str, Any], member: str, depth: int) -> dict[str, Any]:
    """The members that travel in the body; those that the model puts elsewhere are not looked for."""
    found = {}
    required = shape.required_members
    for name, inner in shape.members.items():
        serialization = inner.serialization
        if "location" in serialization:
            continue
        given = value.get(serialization.get("name", name))
        path = f"{member}.{name}" if member else name
        if given is not None:
            found[name] = from_json(inner, given, path, depth + 1)
        elif name in required:
            raise Missing(path)
    return found


def _json_scalar(kind: str, value: Any, member: str) -> Any:
    if kind == "boolean":
        if isinstance(value, bool):
            return value
        raise Malformed(member, "is not a boolean")
    if kind in _WHOLE_NUMBERS:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return _whole(kind, value, member)
        raise Malformed(member, "is not a whole number")
    if kind in ("float", "double"):
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _finite(float(value), member)
        raise Malformed(member, "is not a number")
    if kind == "timestamp":
        if isinstance(value, int | float | str) and not isinstance(value, bool):
            return _timestamp(value, member)
        raise Malformed(member, "is not a timestamp")
    if kind == "blob":
        if isinstance(value, str):
            return _blob(value, member)
        raise Malformed(member, "is not a blob")
    raise Malformed(member, f"is of a kind nobody knows: {kind}")


def _number(kind: Any, text: str, member: str) -> Any:
    if len(text) > 400 or "_" in text:
        raise Malformed(member, "is not a number")
    try:
        return kind(text)
    except ValueError:
        raise Malformed(member, "is not a number") from None


def _whole(kind: str, value: int, member: str) -> int:
    if not -_BOUNDS[kind] <= value < _BOUNDS[kind]:
        raise Malformed(member, "is too large a number")
    return value


def _finite(value: float, member: str) -> float:
    if not math.isfinite(value):
        raise Malformed(member, "is not a number")
    return value


def _timestamp(value: str | float, member: str) -> datetime:
    parsed: datetime
    try:
        parsed = botocore.utils.parse_timestamp(value)
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError, OSError, TypeError, RuntimeError):
        raise Malformed(member, "is not a timestamp") from None


def _blob(text: str, member: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed(member, "is not base64") from None
