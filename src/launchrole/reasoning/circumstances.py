"""Circumstances (context keys and the caller) under which some statements match and others do not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from launchrole.reasoning.conditions import Assignment, Atom, KeyValues, key_values
from launchrole.reasoning.regions import Region
from launchrole.reasoning.text_classes import TooMany

_MOST_STEPS = 20_000

CALLER = "\0caller"
"""In place of a key's name: the caller, whose values are the candidates of `callers`."""


class Demand(NamedTuple):
    """What a statement asks of the circumstances: its atoms, and the callers (as bits) that it means; None: all."""

    atoms: tuple[Atom, ...]
    callers: int | None


class Circumstances(NamedTuple):
    """The values of the keys that matter (None: absent), and the caller's place among the candidates."""

    values: Mapping[str, str | tuple[str, ...] | None]
    caller: int | None


Several = Callable[[str], bool]
"""Whether a key (in lower case) can have several values."""


class _Option(NamedTuple):
    """A way to escape from a statement: the states of a key in which it does not match, and those in which it does."""

    key: str
    escaping: Region
    matching: Region


def find(
    met: Sequence[Demand],
    unmet: Sequence[Demand],
    several: Several,
    every_caller: int | None = None,
    pinned: Assignment | None = None,
) -> Circumstances | None:
    """Circumstances that meet all of some demands and none of others; None if there are none. Raises TooMany."""
    search = _Search(met, unmet, several, every_caller, pinned or {}, apart=False)
    found = search.run()
    if found is not None or search.is_exact:
        return found
    if _Search(met, unmet, several, every_caller, pinned or {}, apart=True).run() is not None:
        raise TooMany
    return None


class _Search:
    def __init__(
        self,
        met: Sequence[Demand],
        unmet: Sequence[Demand],
        several: Several,
        every_caller: int | None,
        pinned: Assignment,
        *,
        apart: bool,
    ) -> None:
        self._several = several
        self._steps = 0
        self._wanted = frozenset(one.key for demand in met for one in demand.atoms)
        by_key: dict[str, set[Atom]] = {key: set() for key in pinned}
        for demand in (*met, *unmet):
            for one in demand.atoms:
                by_key.setdefault(one.key, set()).add(one)
        self._keys: dict[str, KeyValues] = {
            key: _key_values(frozenset(atoms), pinned.get(key), apart=apart) for key, atoms in by_key.items()
        }
        self.is_exact = all(keys.exact for keys in self._keys.values())
        self._start: dict[str, Region] = {key: found.values.all for key, found in self._keys.items()}
        if every_caller is not None:
            self._start[CALLER] = Region(False, 0, every_caller)
        for key, value in pinned.items():
            self._start[key] = self._start[key].meet(self._keys[key].only(value))
        for demand in met:
            for one in demand.atoms:
                self._start[one.key] = self._start[one.key].meet(self._keys[one.key].region(one, met=True))
            if demand.callers is not None:
                self._start[CALLER] = self._start[CALLER].meet(Region(False, 0, demand.callers))
        self._unmet = [self._options(demand) for demand in unmet]

    def _options(self, demand: Demand) -> list[_Option]:
        found = [
            _Option(one.key, keys.region(one, met=False), keys.region(one, met=True))
            for one in demand.atoms
            for keys in (self._keys[one.key],)
        ]
        if demand.callers is not None:
            inside = Region(False, 0, demand.callers)
            found.append(_Option(CALLER, Region(False, 0, ~demand.callers), inside))
        return found

    def run(self) -> Circumstances | None:
        possible = all(self._is_possible(key, region) for key, region in self._start.items())
        found = self._solve(self._start, self._unmet) if possible else None
        if found is not None:
            return Circumstances(
                {key: self._value(key, region) for key, region in found.items() if key != CALLER},
                _lowest(found[CALLER].every) if CALLER in found else None,
            )
        return None

    def _is_possible(self, key: str, region: Region) -> bool:
        if key == CALLER:
            return region.every != 0
        return region.is_possible(several=self._several(key), empty=self._keys[key].values.empty)

    def _solve(self, state: dict[str, Region], unmet: Sequence[list[_Option]]) -> dict[str, Region] | None:
        """Escape from the statement with the fewest ways out, then from the others."""
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise TooMany
        left: list[list[tuple[str, Region]]] = []
        rest: list[list[_Option]] = []
        for options in unmet:
            ways: list[tuple[str, Region]] = []
            for key, escaping, matching in options:
                if not self._is_possible(key, state[key].meet(matching)):
                    break  # escaped already
                narrowed = state[key].meet(escaping)
                if self._is_possible(key, narrowed):
                    ways.append((key, narrowed))
            else:
                if not ways:
                    return None
                left.append(ways)
                rest.append(options)
        if not left:
            return state
        chosen = min(range(len(left)), key=lambda place: len(left[place]))
        others = [options for place, options in enumerate(rest) if place != chosen]
        for key, narrowed in left[chosen]:
            found = self._solve({**state, key: narrowed}, others)
            if found is not None:
                return found
        return None

    def _value(self, key: str, region: Region) -> str | tuple[str, ...] | None:
        """A state of a region: a plain value where a statement asks for the key or AWS always sends it, else none."""
        keys = self._keys[key]
        single = region.single(keys.values.empty)
        if region.absent and not (single and (key in self._wanted or key in ALWAYS_SENT)):
            return None
        if single:
            return keys.text(_lowest(single))
        if region.null:
            return ""
        chosen = [region.every & one for one in (*region.some, ~keys.values.empty)]
        return tuple(dict.fromkeys(keys.text(_lowest(one & ~keys.values.empty or one)) for one in chosen))


# IAM User Guide: reference_policies_condition-keys.html: "Availability: This key is always included in the request
# context", or for all requests that are signed.
SENT_BY_ALL = frozenset(
    {
        "aws:currenttime",
        "aws:epochtime",
        "aws:requestedregion",
        "aws:securetransport",
        "aws:useragent",
        "aws:viaawsservice",
    }
)
SENT_IF_SIGNED = SENT_BY_ALL | {"aws:principalaccount", "aws:principalarn", "aws:principaltype", "aws:userid"}
ALWAYS_SENT = SENT_IF_SIGNED | {"aws:resourceaccount"}
"""aws:ResourceAccount is not sent for the actions of some services."""


def _key_values(atoms: frozenset[Atom], pinned: str | None, *, apart: bool) -> KeyValues:
    """Representatives of a key; combined of one for each kind of test (`apart`) only where others are not exact."""
    found = key_values(atoms, pinned)
    return found if found.exact or not apart else key_values(atoms, pinned, apart=True)


def _lowest(bits: int) -> int:
    return (bits & -bits).bit_length() - 1
