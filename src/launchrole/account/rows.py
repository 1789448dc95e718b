"""Rows: where services of our own keep what they know, in the state's database.

A row is a JSON document under account, region, service, kind and key. What a call writes is committed together with the
call, before it is answered; a call that fails writes nothing.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS rows (
    account TEXT NOT NULL, region TEXT NOT NULL, service TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (account, region, service, kind, key)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one service in one account and region. Documents are what JSON can say: no dates, no bytes."""

    connection: sqlite3.Connection
    account: str
    region: str
    service: str

    @property
    def _scope(self) -> tuple[str, str, str]:
        return (self.account, self.region, self.service)

    def get(self, kind: str, key: str) -> Any | None:
        """The document, a fresh copy of it; None where there is none."""
        row = self.connection.execute(
            "SELECT document FROM rows WHERE account = ? AND region = ? AND service = ? AND kind = ? AND key = ?",
            (*self._scope, kind, key),
        ).fetchone()
        return None if row is None else json.loads(row[0])

    def put(self, kind: str, key: str, document: Any) -> None:
        """Write a document, in place of the one under that key if there is one."""
        self.connection.execute(
            "INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?, ?, ?)",
            (*self._scope, kind, key, json.dumps(document, separators=(",", ":"))),
        )

    def delete(self, kind: str, key: str) -> bool:
        """Remove a document; False where there was none."""
        removed = self.connection.execute(
            "DELETE FROM rows WHERE account = ? AND region = ? AND service = ? AND kind = ? AND key = ?",
            (*self._scope, kind, key),
        )
        return removed.rowcount > 0

    def all(self, kind: str, prefix: str = "") -> Iterator[tuple[str, Any]]:
        """Keys and documents of a kind in the order of their keys, those that begin with `prefix`."""
        found = self.connection.execute(
            "SELECT key, document FROM rows WHERE account = ? AND region = ? AND service = ? AND kind = ?"
            " AND substr(key, 1, ?) = ? ORDER BY key",
            (*self._scope, kind, len(prefix), prefix),
        ).fetchall()
        for key, document in found:
            yield key, json.loads(document)

    def of(self, service: str | None = None, *, account: str | None = None, region: str | None = None) -> Rows:
        """The rows of another service, account or region. Global services keep theirs under the region `aws`."""
        return Rows(self.connection, account or self.account, region or self.region, service or self.service)
