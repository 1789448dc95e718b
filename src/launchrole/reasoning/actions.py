"""Which actions there are to ask about: those that are known, those that policies name, and those to come.

A set of actions is an integer with a bit for each. An action to come is a name that no known action has, one for each
way in which the policies' wildcards can match one: `s3:*` allows what S3 does not have yet, too.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator, Sequence

from launchrole.policy.pattern import glob, glob_matches, pieces_of
from launchrole.reasoning.text_classes import TextPattern, TooMany, representatives, representatives_of_sets

_LETTERS = string.ascii_lowercase + string.digits + "-_."
_NEW_SERVICE = "service-to-come"


class KnownActions:
    """The actions that exist, by names such as `s3:GetObject`; made once and asked for many comparisons."""

    def __init__(self, names: Iterable[str]) -> None:
        spelled = {name.lower(): name for name in names}
        self.names: tuple[str, ...] = tuple(spelled.values())
        self.places = {name: place for place, name in enumerate(spelled)}
        self._by_service: dict[str, list[tuple[str, int]]] = {}
        for name, place in self.places.items():
            service, _, rest = name.partition(":")
            self._by_service.setdefault(service, []).append((rest, place))
        self._masks: dict[str, int] = {}

    def matching(self, pattern: str) -> int:
        """The known actions that an entry of Action (in lower case) names, as bits."""
        mask = self._masks.get(pattern)
        if mask is None:
            mask = self._masks[pattern] = self._matching(pattern)
        return mask

    def _matching(self, pattern: str) -> int:
        if "*" not in pattern and "?" not in pattern:
            place = self.places.get(pattern)
            return 0 if place is None else 1 << place
        if pattern == "*":
            return (1 << len(self.names)) - 1
        service, colon, rest = pattern.partition(":")
        if colon and "*" not in service and "?" not in service:
            matches = glob(pieces_of(rest))
            return _bits(place for name, place in self._by_service.get(service, ()) if matches(name))
        matches = glob(pieces_of(pattern))
        return _bits(place for name, place in self.places.items() if matches(name))


def _bits(places: Iterable[int]) -> int:
    """An integer with these bits; made of bytes, which is quicker than adding up large numbers."""
    found = list(places)
    if not found:
        return 0
    made = bytearray(max(found) // 8 + 1)
    for place in found:
        made[place // 8] |= 1 << place % 8
    return int.from_bytes(made, "little")


class Actions:
    """All actions that two sides can tell apart: the known ones, then those that patterns name or leave open.

    `sets` are the patterns of each statement, or of several of which it does not matter which one names an action.

    `incomplete` are the services for which there is not an action to come for every way in which a name can match.
    """

    def __init__(self, known: KnownActions, sets: Iterable[frozenset[str]]) -> None:
        self._known = known
        together = frozenset(frozenset(pattern.strip().lower() for pattern in some) for some in sets)
        written = sorted({pattern for some in together for pattern in some})
        # AWS' own policies hold names that no action can have (`ec2: DescribeAccountAttributes`): nobody asks for them.
        literals = [one for one in written if _is_action(one)]
        wild = [one for one in written if "*" in one or "?" in one]
        incomplete: set[str] = set()
        coming = frozenset(_to_come(wild, together, incomplete))
        self.incomplete = frozenset(incomplete)
        self.to_come = frozenset(one for one in coming if one not in known.places and one not in literals)
        self._further = [one for one in literals if one not in known.places] + sorted(self.to_come)
        self._count = len(known.names)
        self.all = (1 << self._count + len(self._further)) - 1
        self._places = {name: place for place, name in enumerate(self._further, self._count)}
        self._by_service: dict[str, list[str]] = {}
        for name in self._further:
            self._by_service.setdefault(name.partition(":")[0], []).append(name)
        self._masks: dict[str, int] = {}

    def matching(self, pattern: str) -> int:
        """The actions that an entry of Action names."""
        pattern = pattern.strip().lower()
        mask = self._masks.get(pattern)
        if mask is None:
            mask = self._known.matching(pattern)
            for name in self._alike(pattern):
                mask |= 1 << self._places[name]
            self._masks[pattern] = mask
        return mask

    def _alike(self, pattern: str) -> Iterable[str]:
        """The actions beyond the known ones that a pattern (in lower case) names."""
        if "*" not in pattern and "?" not in pattern:
            return [pattern] if pattern in self._places else []
        service = pattern.partition(":")[0]
        among = self._further if "*" in service or "?" in service else self._by_service.get(service, [])
        pieces = pieces_of(pattern)
        return [name for name in among if glob_matches(pieces, name)]

    def named(self, patterns: Sequence[str], *, negated: bool) -> int:
        mask = 0
        for pattern in patterns:
            mask |= self.matching(pattern)
        return self.all & ~mask if negated else mask

    def names(self, mask: int) -> Iterator[str]:
        """The names of a set, known ones as they are spelled."""
        while mask:
            lowest = mask & -mask
            place = lowest.bit_length() - 1
            yield self._known.names[place] if place < self._count else self._further[place - self._count]
            mask ^= lowest


def _to_come(patterns: Sequence[str], sets: frozenset[frozenset[str]], incomplete: set[str]) -> Iterator[str]:
    """Names for every way in which patterns can match one; services where those are not all become `incomplete`."""
    by_service: dict[str, list[str]] = {}
    everywhere: list[str] = []
    for pattern in patterns:
        service, colon, name = pattern.partition(":")
        if not colon:
            service, name = (pattern, "*") if pattern.endswith("*") else (pattern, "")
        if "*" in service or "?" in service:
            everywhere.append(pattern)
            by_service.setdefault(_NEW_SERVICE if service == "*" else _filled(service), []).append(name)
        else:
            by_service.setdefault(service, []).append(name)
    shared = [pattern.partition(":")[2] or "*" for pattern in everywhere]
    for service, names in by_service.items():
        patterns_of_names = sorted({*names, *shared})
        for made in _names(tuple(map(_pattern, patterns_of_names)), service, sets, incomplete):
            if _is_name(made):
                yield f"{service}:{made}"


def _names(
    patterns: tuple[TextPattern, ...], service: str, sets: frozenset[frozenset[str]], incomplete: set[str]
) -> Iterable[str]:
    if all(one.beginning is not None for one in patterns):
        return representatives(patterns, "actiontocome")
    about = frozenset(frozenset(map(_pattern, _names_in(some, service))) for some in sets)
    try:
        return representatives_of_sets(about - {frozenset()}, _LETTERS)
    except TooMany:
        # One for each wildcard by itself, and one that few of them match.
        incomplete.add(service)
        written = [one.text for one in patterns]
        unused = next((letter for letter in _LETTERS if letter not in "".join(written)), "z")
        return [*map(_filled, written), unused * 8]


def _names_in(some: Iterable[str], service: str) -> Iterator[str]:
    """What patterns with wildcards want of the names of a service's actions."""
    for pattern in some:
        prefix, colon, name = pattern.partition(":")
        if ("*" in pattern or "?" in pattern) and glob_matches(pieces_of(prefix), service):
            yield name if colon else "*"


def _pattern(text: str) -> TextPattern:
    return TextPattern(tuple(pieces_of(text)))


def _filled(pattern: str) -> str:
    return pattern.replace("*", "actiontocome").replace("?", "x")


def _is_action(text: str) -> bool:
    service, colon, name = text.partition(":")
    return bool(colon) and _is_name(service) and _is_name(name)


def _is_name(name: str) -> bool:
    return bool(name) and all(letter in _LETTERS for letter in name)
