"""The registry: what ships and what was imported, as one."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from launchrole.reasoning import Comparison
from launchrole.registry import shipped
from launchrole.registry.changes import changes, default_set
from launchrole.registry.errors import NotKnown
from launchrole.registry.events import Event, version_number
from launchrole.registry.given import GivenPolicy
from launchrole.registry.history import Policy, Version, folded
from launchrole.registry.kept import Kept
from launchrole.registry.kept_proofs import KeptProofs
from launchrole.registry.shipped import OnlyVersion


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import added. `lacking` are versions, as policy and number, that nobody has."""

    events: tuple[Event, ...]
    policies: int
    versions: int
    lacking: tuple[tuple[str, int], ...]


class Registry:
    """Managed policies with their versions. What ships is there without importing."""

    def __init__(self, kept: Kept | None = None, proofs: KeptProofs | None = None) -> None:
        self._kept = kept
        self._proofs = proofs
        self.policy = functools.cache(self._policy)
        self._imported = functools.cache(lambda: kept.policies() if kept else [])

    @classmethod
    @contextlib.contextmanager
    def of(cls, directory: Path) -> Iterator[Registry]:
        """The registry with what a state directory keeps. Raises RegistryError."""
        with contextlib.ExitStack() as opened:
            kept = Kept.reader(directory)
            if kept is not None:
                opened.callback(kept.close)
            proofs = KeptProofs.of(directory)
            if proofs is not None:
                opened.callback(proofs.close)
            yield cls(kept, proofs)

    def names(self) -> list[str]:
        """The names of all policies, those of customers with the account before them."""
        return sorted({*shipped.names(), *self._imported()})

    def events(self, key: str) -> list[Event]:
        """What happened to a policy, in the order in which it became known."""
        return [*shipped.policy(key).events, *(self._kept.events(key) if self._kept else ())]

    def only_version(self, name: str) -> OnlyVersion | None:
        """The version of a policy of which one alone is known, where that ships; None for others."""
        return None if name in self._imported() else shipped.only_version(name)

    def stored_after(self, number: int) -> list[tuple[int, Event]]:
        """The events that were stored after the one of a number, with their numbers; what ships has none."""
        return self._kept.after(number) if self._kept else []

    @property
    def newest(self) -> int:
        """The number of the event that was stored last; 0 where nothing was."""
        return self._kept.newest() if self._kept else 0

    @property
    def changed(self) -> datetime | None:
        """When the last event was stored; None where nothing was."""
        return self._kept.changed() if self._kept else None

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
        text = self._text(version)
        if text is not None:
            return text
        raise NotKnown(
            f"{version.reference}: that there is such a version is known, its document is not; import it with "
            "`launchrole policies import`"
        )

    def has_document(self, version: Version) -> bool:
        """Whether a version's document is known."""
        return self._text(version) is not None

    def _text(self, version: Version) -> str | None:
        if version.digest is None:
            return None
        text = shipped.policy(version.policy).texts.get(version.digest)
        return self._kept.text(version.digest) if text is None and self._kept is not None else text

    def proved(self, question: tuple[str | None, ...], prove: Callable[[], Comparison]) -> Comparison:
        """The answer to a question about documents, from the state directory where it was asked before."""
        return prove() if self._proofs is None else self._proofs.kept(question, prove)

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
