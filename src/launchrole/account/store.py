"""The state's database: one SQLite file in a state directory, for one process at a time.

What a call changes is committed before the call is answered, with `synchronous=NORMAL` in WAL mode: a process that is
killed loses nothing that it has acknowledged (a power cut may lose the last moments;
https://www.sqlite.org/pragma.html#pragma_synchronous).
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import sqlite3
import stat
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from launchrole.account import rows
from launchrole.account.errors import AccountError

SCHEMA_VERSION = 1

_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS journal (
    number INTEGER PRIMARY KEY, instant REAL NOT NULL, seed INTEGER NOT NULL, account TEXT NOT NULL,
    region TEXT NOT NULL, service TEXT NOT NULL, operation TEXT NOT NULL, caller TEXT NOT NULL,
    params BLOB NOT NULL, keys TEXT
);
CREATE TABLE IF NOT EXISTS decisions (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, instant REAL NOT NULL, request TEXT NOT NULL,
    principal TEXT NOT NULL, operation TEXT NOT NULL, action TEXT NOT NULL, resource TEXT NOT NULL,
    verdict TEXT NOT NULL, account TEXT NOT NULL, details TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS policies (digest TEXT PRIMARY KEY, name TEXT, arn TEXT, text TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS decisions_by_request ON decisions (request);
CREATE TABLE IF NOT EXISTS tags (arn TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (arn, key))
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sessions (access_key_id TEXT PRIMARY KEY, expires REAL NOT NULL, document TEXT NOT NULL)
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS jobs (id TEXT PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL,
    service TEXT NOT NULL, kind TEXT NOT NULL, document TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS receipts (job TEXT NOT NULL, step TEXT NOT NULL, document TEXT NOT NULL,
    PRIMARY KEY (job, step)) WITHOUT ROWID;
{rows.SCHEMA}
"""


class StateError(AccountError):
    """A state directory that cannot be used: held by another process, damaged, or not this user's. What is there is
    left as it is."""


class InUse(StateError):
    """A state directory that another process holds; `endpoint` is the URL at which it answers, if it does."""

    def __init__(self, message: str, endpoint: str | None) -> None:
        super().__init__(message)
        self.endpoint = endpoint


class Store:
    """An open state. Everything that writes goes through `transaction`; one thread at a time holds it."""

    def __init__(self, connection: sqlite3.Connection, directory: Path | None, lock: int | None) -> None:
        self.connection = connection
        self.directory = directory
        self._lock = lock
        self.mutex = threading.RLock()
        self._depth = 0

    @classmethod
    def open(cls, directory: Path) -> Store:
        """Open or make the state in a directory. Raises `StateError`."""
        own_directory(directory)
        lock = _hold(directory)
        path = directory / "state.sqlite"
        try:
            connection = _connect(str(path))
        except sqlite3.DatabaseError as error:
            os.close(lock)
            raise StateError(
                f"{path} is damaged ({error}); it was left untouched. Move it away, or start anew with "
                f"`launchrole reset --state {directory}`"
            ) from None
        path.chmod(0o600)
        return cls(connection, directory, lock)

    @classmethod
    def ephemeral(cls) -> Store:
        """A state in memory, gone with the process."""
        return cls(_connect(":memory:"), None, None)

    @classmethod
    def copy_of(cls, directory: Path) -> Store:
        """A copy in memory of the state in a directory, which somebody else may be using. What was in progress there
        does not go on here. Raises `StateError` where there is no state."""
        source = cls.reader(directory)
        made = cls.ephemeral()
        try:
            source.connection.backup(made.connection)
            made.connection.execute("DELETE FROM jobs")
        finally:
            source.close()
        return made

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing of what is written inside. Nested, it belongs to the outer one."""
        with self.mutex:
            if self._depth:
                yield self.connection
                return
            self._depth += 1
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
            except BaseException:
                self.connection.execute("ROLLBACK")
                raise
            else:
                self.connection.execute("COMMIT")
            finally:
                self._depth -= 1

    @property
    def in_transaction(self) -> bool:
        """Is a transaction open? For who holds the `mutex`: what it has written may still be undone."""
        return self._depth > 0

    @classmethod
    def reader(cls, directory: Path) -> Store:
        """A state that somebody else may be using, to be read only. Raises `StateError` where there is none."""
        path = directory / "state.sqlite"
        if not path.exists():
            raise StateError(f"{directory} holds no state; start one with `launchrole up --state {directory}`")
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
        try:
            connection.execute("SELECT count(*) FROM about").fetchone()
        except sqlite3.DatabaseError as error:
            connection.close()
            raise StateError(f"{path} cannot be read: {error}") from None
        return cls(connection, directory, None)

    def about(self, name: str) -> Any:
        """A fact about the state, None where it is not written."""
        row = self.connection.execute("SELECT value FROM about WHERE name = ?", (name,)).fetchone()
        return None if row is None else json.loads(row[0])

    def set_about(self, name: str, value: Any) -> None:
        self.connection.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (name, json.dumps(value)))

    def close(self) -> None:
        self.connection.close()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def announce(self, what: dict[str, Any]) -> None:
        """Write who holds the directory, for those who find it held."""
        if self._lock is not None:
            os.ftruncate(self._lock, 0)
            os.pwrite(self._lock, json.dumps({"pid": os.getpid(), "since": time.time(), **what}).encode(), 0)


def _connect(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        if connection.execute("PRAGMA quick_check").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("its pages do not fit together")
        connection.executescript(_SCHEMA)
        found = connection.execute("PRAGMA user_version").fetchone()[0]
        if found not in (0, SCHEMA_VERSION):
            raise sqlite3.DatabaseError(f"it was written by another version of launchrole (layout {found})")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection


def own_directory(directory: Path) -> None:
    """Make the directory for this user alone, or check that it is."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = directory.stat()
    if found.st_uid != os.getuid():
        raise StateError(f"{directory} belongs to another user; choose another directory with --state")
    if stat.S_IMODE(found.st_mode) & 0o077:
        directory.chmod(0o700)


def _hold(directory: Path) -> int:
    """The directory's lock, held until the file is closed or the process ends, however it ends."""
    lock = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        holder = announced(directory)
        endpoint = holder.get("endpoint")
        who = f"process {holder['pid']}" if "pid" in holder else "another process"
        told = f"{directory} is in use by {who}" + (f" ({endpoint})" if endpoint else "")
        raise InUse(f"{told}; stop it, or choose another with --state", endpoint) from None
    return lock


def announced(directory: Path) -> Mapping[str, Any]:
    """What the process that holds a directory, or held it last, told of itself (`Store.announce`); empty where nobody
    did."""
    try:
        found = json.loads((directory / "lock").read_bytes()[:4096])
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


@contextlib.contextmanager
def held(directory: Path) -> Iterator[None]:
    """Hold a directory that nobody else uses. Raises `StateError`."""
    lock = _hold(directory)
    try:
        yield
    finally:
        os.close(lock)
