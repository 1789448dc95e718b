"""A state as data: rows and journal as JSON lines. Importing reads data and runs nothing."""

from __future__ import annotations

import base64
import gzip
import json
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from launchrole.account.store import StateError, Store

_FORMAT = 1
_TABLES = ("about", "journal", "rows", "tags", "sessions")
"""What makes a state. Decisions are a record of the past, not part of it."""

_LONGEST_LINE = 1 << 30


def export_state(connection: sqlite3.Connection, path: Path) -> int:
    """Write a state's records to a file, readable by this user alone; returns how many. Raises OSError."""
    count = 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.fchmod(descriptor, 0o600)
    with os.fdopen(descriptor, "wb") as raw, gzip.open(raw, "wt", encoding="utf-8") as file:
        file.write(json.dumps({"launchrole_state": _FORMAT}) + "\n")
        connection.execute("BEGIN")  # one moment's state, whoever else writes
        try:
            for table in _TABLES:
                for row in connection.execute(f"SELECT * FROM {table}"):
                    file.write(json.dumps([table, *map(_written, row)]) + "\n")
                    count += 1
        finally:
            connection.execute("COMMIT")
    return count


def import_state(path: Path, directory: Path) -> int:
    """Make a state in an empty directory from a file; returns how many records. Raises `StateError`."""
    if (directory / "state.sqlite").exists():
        raise StateError(f"{directory} holds a state already; import into an empty directory, or reset this one first")
    store = Store.open(directory)
    try:
        with store.transaction() as connection:
            count = 0
            for number, record in _records(path):
                _insert(connection, path, number, record)
                count += 1
    except BaseException:
        store.close()
        (directory / "state.sqlite").unlink(missing_ok=True)
        raise
    store.close()
    return count


def _records(path: Path) -> Iterator[tuple[int, list[Any]]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            head = json.loads(file.readline(1000) or "null")
            if not isinstance(head, dict) or head.get("launchrole_state") != _FORMAT:
                raise StateError(f"{path} is no state that this version of launchrole can read")
            number = 1
            while line := file.readline(_LONGEST_LINE):
                number += 1
                record = json.loads(line)
                if not isinstance(record, list) or not record or record[0] not in _TABLES:
                    raise StateError(f"{path}, line {number}: this is no record of a state")
                yield number, record
    except (OSError, EOFError, ValueError, RecursionError) as error:
        raise StateError(f"{path} cannot be read: {error}") from None


def _insert(connection: sqlite3.Connection, path: Path, number: int, record: list[Any]) -> None:
    table, *values = record
    marks = ", ".join("?" * len(values))
    try:
        connection.execute(f"INSERT INTO {table} VALUES ({marks})", [_read(one) for one in values])
    except (sqlite3.Error, TypeError, ValueError) as error:
        raise StateError(f"{path}, line {number}: this is no record of a state ({error})") from None


def _written(value: Any) -> Any:
    return {"bytes": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def _read(value: Any) -> Any:
    if isinstance(value, dict):
        return base64.b64decode(value["bytes"], validate=True) if set(value) == {"bytes"} else json.dumps(value)
    if isinstance(value, list):
        raise TypeError("a list is no value")
    return value
