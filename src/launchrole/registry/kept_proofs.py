"""What was proved before, so that it is not proved again: a file beside the events that may be deleted at any time."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from launchrole.reasoning import Comparison

FILE = "proofs.sqlite"

_RESTS_ON = ("launchrole.policy", "launchrole.reasoning", "launchrole.facts.service_authorization")
"""What an answer depends on beside the documents, with `facts/access.py` and `facts/actions.py`."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS proofs (question BLOB PRIMARY KEY, answer BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS made_by (fingerprint TEXT PRIMARY KEY) WITHOUT ROWID;
"""


class KeptProofs:
    """An open file of proofs. Where it cannot be used, everything is proved anew."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._is_open = False
        self._connection: sqlite3.Connection | None = None

    @classmethod
    def of(cls, directory: Path) -> KeptProofs | None:
        """The proofs of a state directory; None where there is no such directory: none is made for them."""
        return cls(directory / FILE) if directory.is_dir() else None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def kept(self, question: tuple[str | None, ...], prove: Callable[[], Comparison]) -> Comparison:
        """The answer to a question, proved if it was not before.

        `question` says all that the answer depends on, launchrole itself and what it knows of AWS apart.
        """
        key = hashlib.sha256(json.dumps(question).encode()).digest()
        with contextlib.suppress(sqlite3.DatabaseError, zlib.error, ValueError, KeyError):
            for (answer,) in self._run("SELECT answer FROM proofs WHERE question = ?", key):
                return Comparison.from_dict(json.loads(zlib.decompress(answer)))
        found = prove()
        told = zlib.compress(json.dumps(found.to_dict(), separators=(",", ":")).encode(), 1)
        with contextlib.suppress(sqlite3.DatabaseError):
            list(self._run("INSERT OR REPLACE INTO proofs VALUES (?, ?)", key, told))
        return found

    def _run(self, statement: str, *values: bytes) -> Iterator[tuple[bytes]]:
        if not self._is_open:
            self._is_open = True
            with contextlib.suppress(sqlite3.DatabaseError, OSError):
                self._connection = _opened(self._path)
        return iter(()) if self._connection is None else self._connection.execute(statement, values)


def _opened(path: Path) -> sqlite3.Connection:
    try:
        return _prepared(path)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):  # locked, or not to be written: the file itself is well
            raise
        path.unlink()
        return _prepared(path)


def _prepared(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=1)
    try:
        path.chmod(0o600)
        # Losing the last proofs costs nothing but time.
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(_SCHEMA)
        own = _fingerprint()
        if list(connection.execute("SELECT fingerprint FROM made_by")) != [(own,)]:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("DELETE FROM proofs")
            connection.execute("DELETE FROM made_by")
            connection.execute("INSERT INTO made_by VALUES (?)", (own,))
            connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    return connection


@functools.cache
def _fingerprint() -> str:
    """A name for what answers depend on beside documents: another one wherever a byte of it differs."""
    found = hashlib.sha256()
    facts = files("launchrole.facts")
    for one in [*map(files, _RESTS_ON), facts / "access.py", facts / "actions.py"]:
        _add(found, one)
    return found.hexdigest()


def _add(found: hashlib._Hash, place: Traversable) -> None:
    if place.is_dir():
        for one in sorted(place.iterdir(), key=lambda each: each.name):
            if one.name != "__pycache__":
                _add(found, one)
    else:
        found.update(f"{place.name}\n".encode())
        found.update(place.read_bytes())
