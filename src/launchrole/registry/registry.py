"""The registry: what ships and what was imported, as one."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from launchrole.registry import shipped
from launchrole.registry.changes import changes, default_set
from launchrole.registry.errors import NotKnown
from launchrole.registry.events import Event, version_number
from launchrole.registry.given import GivenPolicy
from launchrole.registry.history import Policy, Version, folded
from launchrole.registry.kept import Kept


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import added. `lacking` are versions, as policy and number, that nobody has."""

    events: tuple[Event, ...]
    policies: int
    versions: int
    lacking: tuple[tuple[str, int], ...]


class Registry:
    """Managed policies with their versions. What ships is there without importing."""

    def __init__(self, kept: Kept | None = None) -> None:
        self._kept = kept
        self.policy = functools.cache(self._policy)
        self._imported = functools.cache(lambda: kept.policies() if kept else [])

    @classmethod
    @contextlib.contextmanager
    def of(cls, directory: Path) -> Iterator[Registry]:
        """The registry with what a state directory keeps. Raises RegistryError."""
        kept = Kept.reader(directory)
        try:
            yield cls(kept)
        finally:
            if kept is not None:
                kept.close()

    def names(self) -> list[str]:
        """The names of all policies, those of customers with the account before them."""
        return sorted({*shipped.names(), *self._imported()})

    def events(self, key: str) -> list[Event]:
        """What happened to a policy, in the order in which it became known."""
        return [*shipped.policy(key).events, *(self._kept.events(key) if self._kept else ())]

    def stored_after(self, number: int) -> list[tuple[int, Event]]:
        """The events that were stored after the one of a number, with their numbers; what ships has none."""
        return self._kept.after(number) if self._kept else []

    @property
    def newest(self) -> int:
        """The number of the event that was stored last; 0 where nothing was."""
        return self._kept.newest() if self._kept else 0

    def _policy(self, name: str) -> Policy:
        """A policy by its name, its ARN, or for a customer's also `account/name`. Raises NotKnown."""
        key = self._key(name)
        return folded(key, self.events(key))

    def version(self, reference: str) -> Version:
        """A version by `Name:v4`; by `Name` the default one. Raises NotKnown, RegistryError."""
        name, version = split(reference)
        return self.policy(name).version(None if version is None else version_number(version, reference))

    def document(self, version: Version) -> str:
        """The text of a version's document. Raises NotKnown where nobody has it."""
        if version.digest is not None:
            text = shipped.policy(version.policy).texts.get(version.digest)
            if text is None and self._kept is not None:
                text = self._kept.text(version.digest)
            if text is not None:
                return text
        raise NotKnown(
            f"{version.reference}: that there is such a version is known, its document is not; import it with "
            "`launchrole policies import`"
        )

    def _key(self, name: str) -> str:
        if name.startswith("arn:"):
            _, _, _, _, account, path = f"{name}:::::".split(":", 5)
            plain = path.rstrip(":").rpartition("/")[2]
            name = plain if account in ("", "aws") else f"{account}/{plain}"
        kept = self._imported()
        if name in kept or shipped.policy(name).events:
            return name
        of_customers = [one for one in kept if one.rpartition("/")[2] == name]
        if len(of_customers) == 1:
            return of_customers[0]
        if of_customers:
            raise NotKnown(f"{name} is a policy of several accounts; say which: {', '.join(of_customers)}")
        raise NotKnown(f"there is no managed policy {name}{self._meant(name)}")

    def _meant(self, name: str) -> str:
        import difflib

        near = difflib.get_close_matches(name, self.names(), n=1)
        return f"; did you mean {near[0]}?" if near else "; import it with `launchrole policies import`"


def split(reference: str) -> tuple[str, str | None]:
    """A name or ARN, and the version behind the last colon where there is one."""
    name, colon, version = reference.rpartition(":")
    if colon and not (reference.startswith("arn:") and "/" in version):
        return name, version
    return reference, None


def import_(
    directory: Path, policies: Iterable[GivenPolicy], *, with_gaps: bool = False, now: datetime | None = None
) -> Imported:
    """Keep what a source tells that is new, all of it or, where something is wrong with it, nothing.

    `with_gaps`: versions may be missing between others. Raises RegistryError.
    """
    kept = Kept.writer(directory)
    recorded = now or datetime.now(UTC)
    stored: list[Event] = []
    lacking: list[tuple[str, int]] = []
    try:
        with kept.transaction():
            for given in policies:
                before = [*shipped.policy(given.key).events, *kept.events(given.key)]
                found = changes(folded(given.key, before), given, with_gaps=with_gaps)
                events = [*found.events, *default_set(folded(given.key, [*before, *found.events]), given)]
                kept.add(events, found.texts, recorded)
                stored += events
                lacking += found.lacking
    finally:
        kept.close()
    versions = {(one.policy, one.version) for one in stored if one.digest is not None}
    return Imported(tuple(stored), len({one.policy for one in stored}), len(versions), tuple(lacking))
