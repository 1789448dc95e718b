"""The journal: every acknowledged call that changed something in moto's memory, with its instant and its seed.

A call is written before it is acknowledged, in the same transaction as everything else it changed. Made again in the
same order, at the same instants and with the same seeds, the calls end in the same state. The journal is kept whole: a
checkpoint only spares replaying its beginning.
"""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_BYTES = "\0bytes"
_TIME = "\0time"
"""Names no member and no key of a map can have: `wire.values` refuses a null character in them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A call. `params` is the operation's input by botocore's names, `keys` the private keys that it made (PEM)."""

    number: int
    instant: float
    seed: int
    account: str
    region: str
    service: str
    operation: str
    caller: str
    params: Mapping[str, Any]
    keys: tuple[str, ...] = ()


def append(connection: sqlite3.Connection, entry: Entry) -> int:
    """Write a call; its number is the next one. It is acknowledged once the transaction is committed."""
    cursor = connection.execute(
        "INSERT INTO journal (instant, seed, account, region, service, operation, caller, params, keys)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            entry.instant,
            entry.seed,
            entry.account,
            entry.region,
            entry.service,
            entry.operation,
            entry.caller,
            to_json(entry.params),
            json.dumps(entry.keys) if entry.keys else None,
        ),
    )
    return int(cursor.lastrowid or 0)


def entries(connection: sqlite3.Connection, after: int = 0) -> Iterator[Entry]:
    """The calls behind a number, in their order."""
    columns = "number, instant, seed, account, region, service, operation, caller, params, keys"
    last = after
    while True:
        rows = connection.execute(
            f"SELECT {columns} FROM journal WHERE number > ? ORDER BY number LIMIT 500", (last,)
        ).fetchall()
        if not rows:
            return
        for *plain, params, keys in rows:
            fields = [*plain, from_json(params), tuple(json.loads(keys)) if keys else ()]
            yield Entry(*fields)
        last = rows[-1][0]


def last_number(connection: sqlite3.Connection) -> int:
    """The number of the newest call; 0 for an empty journal."""
    return int(connection.execute("SELECT coalesce(max(number), 0) FROM journal").fetchone()[0])


def to_json(params: Any) -> str:
    """An input as JSON; bytes and timestamps as objects with one key that says so."""
    return json.dumps(params, default=_told, separators=(",", ":"))


def from_json(text: str | bytes) -> Any:
    return json.loads(text, object_hook=_meant)


def _told(value: Any) -> dict[str, Any]:
    if isinstance(value, bytes | bytearray):
        return {_BYTES: base64.b64encode(value).decode()}
    if isinstance(value, datetime):
        return {_TIME: value.astimezone(UTC).isoformat()}
    raise TypeError(f"{type(value).__name__} cannot be journalled")


def _meant(value: dict[str, Any]) -> Any:
    if len(value) == 1:
        (key, inner), *_ = value.items()
        if key == _BYTES and isinstance(inner, str):
            return base64.b64decode(inner)
        if key == _TIME and isinstance(inner, str):
            return datetime.fromisoformat(inner)
    return value
