"""Tags: how requests write them, and the door's own record of which resource has which.

aws:ResourceTag works the same for every service because the door keeps the record itself, from calls that succeeded
(IAM User Guide: access_tags.html).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from launchrole.facts.template import values_at

_KEYS = ("Key", "key", "TagKey", "tagKey")
_VALUES = ("Value", "value", "TagValue", "tagValue")


def tags_in(value: Any) -> dict[str, str]:
    """The tags that a member of a request holds, in whichever form the service has: a list of structures, a map, a
    structure with a list in it (S3's TagSet, EC2's TagSpecifications), S3's `a=b&c=d`, JSON text."""
    if isinstance(value, str):
        return _in_text(value)
    if isinstance(value, Mapping):
        key = next((name for name in _KEYS if name in value), None)
        if key is not None and set(value) <= {*_KEYS, *_VALUES}:
            return {str(value[key]): str(next((value[name] for name in _VALUES if name in value), ""))}
        inner = next((value[name] for name in ("TagSet", "Tags", "tags") if isinstance(value.get(name), list)), None)
        if inner is not None:
            return tags_in(inner)
        return {str(name): "" if text is None else str(text) for name, text in value.items()}
    if isinstance(value, list):
        found: dict[str, str] = {}
        for one in value:
            found |= tags_in(one)
        return found
    return {}


def _in_text(text: str) -> dict[str, str]:
    if text.startswith(("{", "[")):
        try:
            return tags_in(json.loads(text))
        except ValueError:
            return {}
    return dict(parse_qsl(text, keep_blank_values=True))


def tags_at(params: Mapping[str, Any], path: tuple[str, ...]) -> dict[str, str]:
    """The tags at a path into a request."""
    found: dict[str, str] = {}
    for value in values_at(params, path):
        found |= tags_in(value)
    return found


def keys_at(params: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    """The tag keys at a path: texts, or structures with a key (EC2's DeleteTags)."""
    found: list[str] = []
    for value in values_at(params, path):
        found += [value] if isinstance(value, str) else list(tags_in(value))
    return found


class TagRecord:
    """Which resource has which tags, by ARN."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def of(self, arn: str) -> dict[str, str]:
        rows = self._connection.execute("SELECT key, value FROM tags WHERE arn = ?", (arn,)).fetchall()
        return dict(rows)

    def add(self, arn: str, tags: Mapping[str, str]) -> None:
        self._connection.executemany(
            "INSERT OR REPLACE INTO tags VALUES (?, ?, ?)", [(arn, key, value) for key, value in tags.items()]
        )

    def remove(self, arn: str, keys: Iterable[str]) -> None:
        self._connection.executemany("DELETE FROM tags WHERE arn = ? AND key = ?", [(arn, key) for key in keys])

    def forget(self, arn: str) -> None:
        self._connection.execute("DELETE FROM tags WHERE arn = ?", (arn,))
