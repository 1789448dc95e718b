"""The file in a state directory that keeps events and documents: rows are added, none is ever changed or taken away."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path

from launchrole.account.errors import AccountError
from launchrole.account.store import own_directory
from launchrole.registry.errors import RegistryError
from launchrole.registry.events import Claim, Event, Kind

FILE = "policies.sqlite"
_LAYOUT = 1

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (digest TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (
    number INTEGER PRIMARY KEY AUTOINCREMENT, recorded TEXT NOT NULL, kind TEXT NOT NULL, policy TEXT NOT NULL,
    version INTEGER, at TEXT, digest TEXT REFERENCES documents (digest), arn TEXT, inferred INTEGER NOT NULL,
    announced TEXT, note TEXT, source TEXT
);
CREATE INDEX IF NOT EXISTS events_by_policy ON events (policy);
CREATE TRIGGER IF NOT EXISTS events_stay BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events never change'); END;
CREATE TRIGGER IF NOT EXISTS events_last BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events never go'); END;
CREATE TRIGGER IF NOT EXISTS texts_stay BEFORE UPDATE ON documents
    BEGIN SELECT RAISE(ABORT, 'documents never change'); END;
CREATE TRIGGER IF NOT EXISTS texts_last BEFORE DELETE ON documents BEGIN SELECT RAISE(ABORT, 'documents never go'); END;
"""

_COLUMNS = "kind, policy, version, at, digest, arn, inferred, announced, note, source, recorded"


class Kept:
    """An open file of events. Raises RegistryError where it cannot be used."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    @classmethod
    def reader(cls, directory: Path) -> Kept | None:
        """What a directory keeps, to be read; None where nothing was imported yet."""
        path = directory / FILE
        try:
            path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise RegistryError(f"{path}: cannot be read: {(error.strerror or str(error)).lower()}") from None
        # Not mode=ro: whoever reads after a process was killed while it wrote has to take back what that left.
        kept = cls(_opened(f"{path.absolute().as_uri()}?mode=rw", path, uri=True), path)
        with kept._told():
            kept._connection.execute("PRAGMA query_only = ON")
            is_begun = kept._connection.execute("PRAGMA user_version").fetchone()[0] == _LAYOUT
        if is_begun:
            return kept
        kept.close()
        return None

    @classmethod
    def writer(cls, directory: Path) -> Kept:
        """What a directory keeps, to be added to; the directory and the file are made where they are not there."""
        path = directory / FILE
        try:
            own_directory(directory)
            kept = cls(_opened(str(path), path, uri=False), path)
            path.chmod(0o600)
        except AccountError as error:
            raise RegistryError(str(error)) from None
        except OSError as error:
            raise RegistryError(f"{directory}: cannot be written: {(error.strerror or str(error)).lower()}") from None
        with kept._told():
            kept._connection.executescript(_SCHEMA)
            kept._connection.execute(f"PRAGMA user_version = {_LAYOUT}")
        return kept

    def close(self) -> None:
        self._connection.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All of what is added inside, or nothing."""
        with self._told():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # SQLite itself ends it where the disk is full
                    self._connection.execute("ROLLBACK")
                raise

    def add(self, events: Iterable[Event], texts: Mapping[str, str], recorded: datetime) -> None:
        """Add events with the documents that they name."""
        self._connection.executemany("INSERT OR IGNORE INTO documents VALUES (?, ?)", texts.items())
        self._connection.executemany(
            f"INSERT INTO events ({_COLUMNS}) VALUES ({', '.join('?' * 11)})", (_row(one, recorded) for one in events)
        )

    def policies(self) -> list[str]:
        """The keys of the policies about which there are events."""
        with self._told():
            return [row[0] for row in self._connection.execute("SELECT DISTINCT policy FROM events ORDER BY policy")]

    def events(self, policy: str | None = None) -> list[Event]:
        """Events in the order in which they were stored; those of one policy, or all."""
        clause, values = ("", ()) if policy is None else ("WHERE policy = ?", (policy,))
        return [event for _, event in self._numbered(clause, values)]

    def after(self, number: int) -> list[tuple[int, Event]]:
        """The events that were stored after the one of a number, with theirs. Numbers grow as events are stored."""
        return self._numbered("WHERE number > ?", (number,))

    def newest(self) -> int:
        """The number of the event that was stored last; 0 where there is none."""
        with self._told():
            return int(self._connection.execute("SELECT coalesce(max(number), 0) FROM events").fetchone()[0])

    def changed(self) -> datetime | None:
        """When the last event was stored."""
        with self._told():
            row = self._connection.execute("SELECT recorded FROM events ORDER BY number DESC LIMIT 1").fetchone()
        return None if row is None else datetime.fromisoformat(row[0])

    def text(self, digest: str) -> str | None:
        """A document; None where it is not kept here."""
        with self._told():
            row = self._connection.execute("SELECT text FROM documents WHERE digest = ?", (digest,)).fetchone()
        return None if row is None else str(row[0])

    def _numbered(self, clause: str, values: tuple[object, ...]) -> list[tuple[int, Event]]:
        with self._told():
            rows = self._connection.execute(f"SELECT number, {_COLUMNS} FROM events {clause} ORDER BY number", values)
            found = list(rows)
        try:
            return [(row[0], _event(row[1:])) for row in found]
        except ValueError as error:  # a row that no version of launchrole writes
            raise _failure(self._path, error) from None

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise _failure(self._path, error) from None


def _opened(name: str, path: Path, *, uri: bool) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(name, uri=uri, isolation_level=None, timeout=10)
        layout = connection.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise _failure(path, error) from None
    if layout not in (0, _LAYOUT):
        connection.close()
        raise RegistryError(f"{path} was written by another version of launchrole (layout {layout}); move it away")
    return connection


def _failure(path: Path, error: Exception) -> RegistryError:
    if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
        return RegistryError(f"{path} is being written by another process; try again when that is done")
    return RegistryError(f"{path} cannot be used: {error}; what is in it was left as it is")


def _row(event: Event, recorded: datetime) -> tuple[object, ...]:
    claim = event.claim
    said = (None, None, None) if claim is None else (_text(claim.announced), claim.note, claim.source)
    about = (event.kind.value, event.policy, event.version, _text(event.at), event.digest, event.arn, event.inferred)
    return (*about, *said, recorded.isoformat())


def _text(moment: date | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _event(
    row: tuple[str, str, int | None, str | None, str | None, str | None, int, str | None, str, str, str],
) -> Event:
    kind, policy, version, at, digest, arn, inferred, announced, note, source, recorded = row
    claim = (
        None if source is None else Claim(None if announced is None else date.fromisoformat(announced), note, source)
    )
    return Event(
        Kind(kind),
        policy,
        version,
        None if at is None else datetime.fromisoformat(at),
        digest,
        arn,
        claim,
        bool(inferred),
        datetime.fromisoformat(recorded),
    )
