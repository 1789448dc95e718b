"""What is new, told once: events that were stored after the last one that was handled."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from launchrole.account.errors import AccountError
from launchrole.account.store import own_directory
from launchrole.registry.entries import Announcement, Entry, announcement, entry
from launchrole.registry.errors import RegistryError
from launchrole.registry.events import Event
from launchrole.registry.registry import Registry


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries are told: those of some policies (of all where none is named), none of before `since`, and with
    `removals` only those that take access away."""

    names: tuple[str, ...] = ()
    removals: bool = False
    since: datetime | None = None


_LENGTH = 21


class Cursor:
    """How far a watch has come, in a file of the state directory: the number of the event that was handled last. As
    long as there is more of what ships, which has no numbers, it is how much of that was handled, as a negative number.
    Nobody else has the file as long as it is open."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    @classmethod
    @contextmanager
    def of(cls, directory: Path, destination: str, wanted: Wanted) -> Iterator[Cursor]:
        """The cursor of what is told to a destination, which the file's name does not tell. Raises RegistryError."""
        told = json.dumps([destination, sorted(set(wanted.names)), wanted.removals])
        path = directory / f"policies-watch-{hashlib.sha256(told.encode()).hexdigest()[:16]}"
        try:
            own_directory(directory)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except AccountError as error:
            raise RegistryError(str(error)) from None
        except OSError as error:
            raise RegistryError(f"{path}: cannot be written: {(error.strerror or str(error)).lower()}") from None
        try:
            os.fchmod(descriptor, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            found = cls(path, descriptor)
            if not os.fstat(descriptor).st_size:
                found._write("")  # before anything is told: there is room for what follows
            yield found
        except BlockingIOError:
            raise RegistryError(
                "another process is watching the same for the same receiver; stop it, or let it do that alone"
            ) from None
        finally:
            os.close(descriptor)

    def get(self) -> int | None:
        """What was handled last; None before the first watch. Raises RegistryError."""
        text = os.pread(self._descriptor, 100, 0).strip()
        if not text:
            return None
        if not text.removeprefix(b"-").isdigit():
            raise RegistryError(f"{self.path} is damaged; delete it, and the next watch starts at that moment")
        return int(text)

    def put(self, number: int) -> None:
        """Note that an event was handled. Raises RegistryError."""
        self._write(f"{number:0{_LENGTH - 1}}")

    def _write(self, text: str) -> None:
        """The text is of one length, so that it is never half there."""
        try:
            os.pwrite(self._descriptor, f"{text:{_LENGTH - 1}}\n".encode(), 0)
        except OSError as error:
            raise RegistryError(f"{self.path}: cannot be written: {(error.strerror or str(error)).lower()}") from None


def tell_news(directory: Path, cursor: Cursor, wanted: Wanted, deliver: Callable[[Entry], None]) -> int:
    """Deliver what is new, as it was stored, and say how many entries there were.

    The cursor is moved past an entry when `deliver` has returned: a process that is killed before that tells the entry
    again the next time. The first time nothing is told, or what happened `since`, what ships included. Raises
    RegistryError, and what `deliver` raises.
    """
    with Registry.of(directory) as registry:
        keys = {registry.policy(name).key for name in wanted.names}
        newest, last = registry.newest, cursor.get()
        if last is not None and last > newest:
            raise RegistryError(
                f"{last} events were handled, and the registry has {newest}: it is another one than before; delete "
                f"{cursor.path}, and the next watch starts at that moment"
            )
        told = 0
        for number, one in _news(registry, last, keys, wanted):
            found = None if one is None else entry(registry, one)
            if found is not None and (found.removes or not wanted.removals):
                deliver(found)
                told += 1
            cursor.put(number)
        return told


def _news(
    registry: Registry, last: int | None, keys: set[str], wanted: Wanted
) -> Iterator[tuple[int, Announcement | None]]:
    """What follows what was handled last, with the number at which the cursor is to stand after each."""
    if last is None and wanted.since is None:
        yield registry.newest, None
        return
    if last is None or last < 0:
        handled = -(last or 0)
        for number, event in enumerate(_shipped(registry, keys or registry.names())[handled:], start=handled + 1):
            yield -number, announcement(registry, event, wanted.since)
        last = 0
        yield last, None
    for number, event in registry.stored_after(last):
        yield number, announcement(registry, event, wanted.since) if not keys or event.policy in keys else None


def _shipped(registry: Registry, keys: Iterable[str]) -> list[Event]:
    """What ships, the oldest first: what a later release adds comes behind it."""
    oldest = datetime.min.replace(tzinfo=UTC)
    shipped = (event for key in keys for event in registry.events(key) if event.recorded is None)
    return sorted(shipped, key=lambda one: (one.at or oldest, one.policy, one.version or 0))
