"""Tags that a service of our own keeps with its resources, in the two forms that AWS' APIs have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def merged(listed: list[dict[str, str]], added: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """A list of tags with others added; a key keeps its place and takes the new value."""
    key, value = ("Key", "Value") if any("Key" in tag for tag in (*listed, *added)) else ("key", "value")
    found = {tag[key]: tag.get(value, "") for tag in (*listed, *added)}
    return [{key: name, value: text} for name, text in found.items()]


def without(listed: list[dict[str, str]], keys: Iterable[str]) -> list[dict[str, str]]:
    """A list of tags without those of some keys."""
    gone = set(keys)
    return [tag for tag in listed if tag.get("Key", tag.get("key")) not in gone]
