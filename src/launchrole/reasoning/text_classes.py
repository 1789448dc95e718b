"""Texts that stand for all texts: one for each way in which some patterns can match together.

Patterns run side by side as one automaton whose states are the bits of an integer; what can be reached is enumerated,
and each combination of patterns that match is kept with the shortest text that has it. Where patterns are only literal
texts and beginnings (`ab*`), as most are, the combinations can be written down at once.
"""

from __future__ import annotations

import functools
import string
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from launchrole.policy.pattern import MANY, ONE, Pieces, Wildcard, arn_segments, is_literal
from launchrole.policy.variables import Variable

OPAQUE = "\U000f0000"
"""From here on, Unicode's private characters stand for policy variables of unknown value: no `?` matches one."""

LAST_OPAQUE = "\U0010fffd"
_MOST_STATES = 20_000


class TextPattern(NamedTuple):
    """A pattern and how it is compared: `is_arn` part by part (see `pattern`), else as one text."""

    pieces: tuple[str | Wildcard, ...]
    is_arn: bool = False

    @property
    def is_literal(self) -> bool:
        return is_literal(self.pieces)

    @property
    def text(self) -> str:
        """As it is written, a star from an escape and a wildcard looking alike."""
        return "".join(one if isinstance(one, str) else one.value for one in self.pieces)

    @property
    def beginning(self) -> str | None:
        """The text in front of the one star of a pattern that is the set of all texts with that beginning."""
        if self.pieces == (MANY,):
            return ""
        if len(self.pieces) != 2 or self.pieces[1] is not MANY or not isinstance(self.pieces[0], str):
            return None
        head = self.pieces[0]
        return head if not self.is_arn or head.count(":") >= 5 else None


class TooMany(Exception):
    """The patterns can match in more combinations than there is patience for."""


@functools.lru_cache(maxsize=4_096)
def representatives(patterns: tuple[TextPattern, ...], word: str = "other") -> tuple[str, ...]:
    """Texts such that every text is matched by the same patterns as one of them. Raises TooMany.

    `word` is what stands for a text that is unlike all others.
    """
    kept = tuple(dict.fromkeys(patterns))
    literals = [one.text for one in kept if one.is_literal]
    beginnings = [one.beginning for one in kept if not one.is_literal]
    if None not in beginnings:
        fresh = unlike([*literals, *(one for one in beginnings if one)], word)
        made = [*literals, *(f"{one}{fresh}" for one in beginnings), fresh]
        return tuple(dict.fromkeys(made))
    return tuple(found.text for found in explore(kept))


def unlike(texts: Sequence[str], word: str = "other") -> str:
    """A text that none of the texts begins with, ends with or is part of."""
    made = word
    number = 1
    joined = "\0".join(texts)
    while made in joined:
        number += 1
        made = f"{word}{number}"
    return made


@functools.lru_cache(maxsize=1_024)
def representatives_of_sets(sets: frozenset[frozenset[TextPattern]], letters: str) -> tuple[str, ...]:
    """Texts of some letters, such that every other one is matched by some pattern of the same sets as one of them.

    The empty text is left out. Raises TooMany.
    """
    patterns = [TextPattern((ONE, MANY))]
    alternatives: list[range] = []
    for one in sorted(sets, key=lambda some: sorted(each.text for each in some)):
        alternatives.append(range(len(patterns), len(patterns) + len(one)))
        patterns += sorted(one, key=lambda each: each.text)
    found = explore(patterns, required=1, letters=letters, alternatives=alternatives)
    return tuple(one.text for one in found)


class Found(NamedTuple):
    """A text and the patterns, by their bits, that match it."""

    text: str
    matching: int


def explore(
    patterns: Sequence[TextPattern],
    *,
    required: int = 0,
    forbidden: int = 0,
    letters: str = "",
    enough: Callable[[int], bool] | None = None,
    alternatives: Sequence[range] = (),
) -> Iterator[Found]:
    """One text for each combination of matching patterns, short ones first.

    Only combinations with the patterns of the bits `required` and without those of `forbidden`; it ends early after one
    of which `enough` says so. `letters`: what texts may hold where patterns leave it open. `alternatives`: patterns, by
    their places, of which it is enough to know whether one of them matches. Raises TooMany.
    """
    automaton = _Joint(patterns, letters)
    needed = [automaton.spans[index] for index in range(len(patterns)) if required >> index & 1]
    settling = [automaton.settling(one) for one in alternatives]
    start = automaton.settled(automaton.start, settling)
    parents: dict[int, tuple[int, str]] = {start: (start, "")}
    told: set[int] = set()
    frontier = [start]
    while frontier:
        following: list[int] = []
        for state in frontier:
            matching = automaton.matching(state)
            if matching not in told and matching & required == required and not matching & forbidden:
                told.add(matching)
                yield Found(_spelled(parents, state, start), matching)
                if enough is not None and enough(matching):
                    return
            for letter in automaton.letters_at(state):
                reached = automaton.settled(automaton.step(state, letter), settling)
                if reached in parents or any(not reached & span for span in needed):
                    continue
                parents[reached] = (state, letter)
                if len(parents) > _MOST_STATES:
                    raise TooMany
                following.append(reached)
        frontier = following


def _spelled(parents: dict[int, tuple[int, str]], state: int, start: int) -> str:
    letters: list[str] = []
    while state != start:
        state, letter = parents[state]
        letters.append(letter)
    return "".join(reversed(letters))


_PLAIN = string.ascii_lowercase + string.digits + string.ascii_uppercase + "-_."


class _Joint:
    """Several patterns as one automaton: bit by bit the places in each of them (see `pattern.Automaton`)."""

    def __init__(self, patterns: Sequence[TextPattern], letters: str) -> None:
        self._letters: dict[str, int] = {}
        self._any = self._inside = self._free_loops = self._inside_loops = 0
        self.start = 0
        self.spans: list[int] = []
        self._accepts: list[int] = []
        place = 1
        for one in patterns:
            first = place
            self.start |= place
            for piece, crosses in _crossing(one):
                place = self._add(place, piece, crosses)
            self._accepts.append(place)
            place <<= 1
            self.spans.append(place - first)
        usable = [letter for letter in (letters or _PLAIN) if letter not in self._letters]
        usable += [chr(code) for code in range(0xA1, 0x180) if chr(code) not in self._letters] if not letters else []
        self._other = usable[0] if usable else ""

    def _add(self, place: int, piece: str | Wildcard, crosses: bool) -> int:
        if piece is MANY:
            if crosses:
                self._free_loops |= place
            else:
                self._inside_loops |= place
            return place
        if piece is ONE:
            if crosses:
                self._any |= place
            else:
                self._inside |= place
            return place << 1
        for letter in str(piece):
            self._letters[letter] = self._letters.get(letter, 0) | place
            place <<= 1
        return place

    def letters_at(self, state: int) -> list[str]:
        """The letters that lead to different states; one for all those that none of the patterns waits for."""
        found = [letter for letter, places in self._letters.items() if places & state]
        if self._other:
            found.append(self._other)
        if state & (self._inside | self._inside_loops) and ":" not in found:
            found.append(":")
        return found

    def step(self, state: int, letter: str) -> int:
        taken = self._letters.get(letter, 0)
        loops = self._free_loops
        is_opaque = letter >= OPAQUE
        if not is_opaque:
            taken |= self._any
        if letter != ":":
            loops |= self._inside_loops
            if not is_opaque:
                taken |= self._inside
        return (state & taken) << 1 | state & loops

    def settling(self, alternatives: range) -> tuple[int, int]:
        """The places of some patterns at which it is settled that one of them matches, and all of their places."""
        ends = span = 0
        for index in alternatives:
            span |= self.spans[index]
            ends |= self._accepts[index] & self._free_loops
        return ends, span

    @staticmethod
    def settled(state: int, settling: Sequence[tuple[int, int]]) -> int:
        """A state without what does not matter any more: the other places of patterns of which one matches for good."""
        for ends, span in settling:
            certain = state & ends
            if certain:
                state = state & ~span | (ends & -ends)
        return state

    def matching(self, state: int) -> int:
        found = 0
        for index, accept in enumerate(self._accepts):
            if state & accept:
                found |= 1 << index
        return found


def _crossing(pattern: TextPattern) -> Iterator[tuple[str | Wildcard, bool]]:
    """A pattern's pieces, and whether a wildcard among them takes colons (see `pattern`)."""
    pieces = pattern.pieces
    if not pattern.is_arn or pieces == (MANY,):
        for piece in pieces:
            yield piece, True
        return
    segments = arn_segments(pieces)
    if len(segments) == 6:
        for index, segment in enumerate(segments):
            if index:
                yield ":", False
            for piece in segment:
                yield piece, index == 5
        return
    for index, piece in enumerate(pieces):
        follower: str | Wildcard = pieces[index + 1] if index + 1 < len(pieces) else ":"
        yield piece, piece is MANY and isinstance(follower, str) and follower.startswith(":")


def resource_pattern(pieces: Pieces) -> TextPattern:
    """A resource's pattern: one of six parts is compared part by part, a star by itself matches everything."""
    return TextPattern(tuple(pieces), is_arn=True)


@functools.lru_cache(maxsize=4_096)
def opaque(variable: Variable) -> str:
    """The character that stands for a variable's value; one for each spelling of key and default."""
    same = (variable.key, variable.default)
    code = ord(OPAQUE) + _OPAQUE.setdefault(same, len(_OPAQUE))
    if code > ord(LAST_OPAQUE):
        raise TooMany
    return chr(code)


_OPAQUE: dict[tuple[str, str | None], int] = {}
