"""Wildcard patterns: `*` stands for any run of characters, `?` for one character.

Where the rules come from:

* IAM User Guide: reference_policies_elements_resource.html. Wildcards work inside the segments of an ARN (the
  parts between colons); a `*` that ends a segment may run on past the colon; the service segment takes none.
* IAM User Guide: reference_policies_elements_condition_operators.html. ArnLike and ArnEquals compare the six
  parts of an ARN one by one.

AWS' published Access Analyzer answers hold only if wildcards in the first five segments of a complete ARN do not
cross colons, so the run past a colon is read as what makes a *shorter* pattern work (`arn:aws:s3:*`): in a pattern
of six segments the first five are matched one by one and the sixth is free; in a pattern of fewer, a `*` that ends
a segment is free.

Every matcher takes time linear in the length of the value, whatever the pattern: there is no backtracking over
`*`. A pattern is a sequence of *pieces*: literal text, `ONE` (a `?`) and `MANY` (a `*`), so that text that came from
a policy variable can hold a star that is no wildcard.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterable, Sequence


class Wildcard(enum.Enum):
    """A wildcard in a pattern."""

    ONE = "?"
    MANY = "*"


ONE = Wildcard.ONE
MANY = Wildcard.MANY

Pieces = Sequence[str | Wildcard]
Matcher = Callable[[str], object]
"""Called with a value; the result is true (or a match object) where the value matches."""

_WILDCARDS = re.compile(r"[*?]")

# A regular expression answers in one call, but looks for each run of literal text anew at every position; with the
# pattern's length bounded, that stays linear in the value's length. Longer patterns take the slower matchers below.
_LONGEST_REGEX = 512


def pieces_of(text: str) -> list[str | Wildcard]:
    """The pieces of a pattern as written in a policy, where `*` and `?` are wildcards."""
    pieces: list[str | Wildcard] = []
    position = 0
    for found in _WILDCARDS.finditer(text):
        if found.start() > position:
            pieces.append(text[position : found.start()])
        pieces.append(ONE if found.group() == "?" else MANY)
        position = found.end()
    if position < len(text):
        pieces.append(text[position:])
    return pieces


def is_literal(pieces: Pieces) -> bool:
    return not any(isinstance(piece, Wildcard) for piece in pieces)


def glob(pieces: Pieces) -> Matcher:
    """A matcher of whole values in which wildcards stand for any characters, colons too."""
    if is_literal(pieces):
        return "".join(map(str, pieces)).__eq__
    if all(piece is MANY for piece in pieces):
        return _anything
    if _length(pieces) <= _LONGEST_REGEX:
        return _compiled(glob_regex(pieces))
    kept = tuple(pieces)
    return lambda value: glob_matches(kept, value)


def glob_regex(pieces: Pieces, within: str = ".") -> str:
    """The regular expression of a glob; `within` is what a wildcard may stand for.

    Each run of text between two stars is searched in an atomic group: the leftmost place is always a good one, so
    nothing is ever tried twice. `within` other than `.` needs a follower that `within` excludes (a colon).
    """
    runs = _runs(pieces)
    spelled = ["".join(within if piece is ONE else re.escape(str(piece)) for piece in run) for run in runs]
    if len(spelled) == 1:
        return spelled[0]
    middle = "".join(f"(?>{within}*?{run})" for run in spelled[1:-1] if run)
    last = f"{within}*{spelled[-1]}" if spelled[-1] else f"{within}*+"
    return f"{spelled[0]}{middle}{last}"


def glob_matches(pieces: Pieces, value: str) -> bool:
    """Whether a value matches a glob, without compiling anything: for patterns that hold a policy variable."""
    runs = _runs(pieces)
    if any(ONE in run for run in runs):
        return Automaton.of_glob(pieces).accepts(value)
    texts = ["".join(map(str, run)) for run in runs]
    if len(texts) == 1:
        return value == texts[0]
    first, last = texts[0], texts[-1]
    if len(value) < len(first) + len(last) or not value.startswith(first) or not value.endswith(last):
        return False
    position, end = len(first), len(value) - len(last)
    for text in texts[1:-1]:
        found = value.find(text, position, end)
        if found < 0:
            return False
        position = found + len(text)
    return True


def resource(pieces: Pieces) -> Matcher:
    """A matcher of resource ARNs for one entry of a Resource or NotResource element (without variables)."""
    return any_resource([pieces])


def any_resource(patterns: Sequence[Pieces]) -> Matcher:
    """A matcher of resource ARNs that match one of several patterns."""
    if any(list(pieces) == [MANY] for pieces in patterns):
        return _anything
    if len(patterns) == 1 and is_literal(patterns[0]):
        return "".join(map(str, patterns[0])).__eq__
    spelled = [_resource_regex(pieces) for pieces in patterns]
    regexes = [regex for regex in spelled if regex is not None]
    if len(regexes) == len(patterns) and sum(map(_length, patterns)) <= _LONGEST_REGEX:
        return _compiled("|".join(regexes))
    return any_of([_one_resource(pieces) for pieces in patterns])


def any_of(matchers: Sequence[Matcher]) -> Matcher:
    """A matcher of the values that one of several matchers matches."""
    if len(matchers) == 1:
        return matchers[0]

    def matches(value: str) -> bool:
        for one in matchers:  # a generator expression in any() takes three times as long  # noqa: SIM110
            if one(value):
                return True
        return False

    return matches


def arn(pieces: Pieces) -> Matcher:
    """A matcher for an ARN of six parts, each compared with the part of the pattern in its place."""
    segments = arn_segments(pieces)
    if len(segments) == 6 and _length(pieces) <= _LONGEST_REGEX:
        return _compiled(_arn_regex(segments))
    kept = tuple(pieces)
    return lambda value: arn_matches(kept, value)


def _one_resource(pieces: Pieces) -> Matcher:
    if is_literal(pieces):
        return "".join(map(str, pieces)).__eq__
    return arn(pieces) if len(arn_segments(pieces)) == 6 else Automaton.of_short_arn(pieces).accepts


def _resource_regex(pieces: Pieces) -> str | None:
    """A pattern's regular expression; None for a short pattern, whose stars may have to be tried in several ways."""
    if is_literal(pieces):
        return re.escape("".join(map(str, pieces)))
    segments = arn_segments(pieces)
    return _arn_regex(segments) if len(segments) == 6 else None


def _arn_regex(segments: Sequence[Pieces]) -> str:
    head = "".join(glob_regex(segment, within="[^:]") + ":" for segment in segments[:5])
    return head + glob_regex(segments[5])


def arn_matches(pieces: Pieces, value: str) -> bool:
    """Whether an ARN matches, part by part, without compiling anything: for patterns that hold a policy variable.

    A single `*` matches every value: AWS' own policies hold ArnEquals and ArnLike with `*`.
    """
    if list(pieces) == [MANY]:
        return True
    segments = arn_segments(pieces)
    parts = value.split(":", 5)
    if len(segments) != 6 or len(parts) != 6:
        return False
    return all(glob_matches(segment, part) for segment, part in zip(segments, parts, strict=True))


def arn_segments(pieces: Pieces) -> list[list[str | Wildcard]]:
    """The segments of an ARN pattern, at most six; the sixth holds everything after the fifth colon."""
    segments: list[list[str | Wildcard]] = [[]]
    for piece in pieces:
        if isinstance(piece, Wildcard):
            segments[-1].append(piece)
            continue
        texts = piece.split(":", 6 - len(segments))
        for index, text in enumerate(texts):
            if index:
                segments.append([])
            if text:
                segments[-1].append(text)
    return segments


class Automaton:
    """A pattern as a non-deterministic automaton whose states are the bits of one integer.

    It is slower than the other matchers but takes every mixture of wildcards in linear time: bit `i` of the state
    is set while the first `i` characters of the pattern (stars left out) have been matched.
    """

    __slots__ = ("_accept", "_any", "_free_loops", "_inside", "_inside_loops", "_letters")

    def __init__(self) -> None:
        self._letters: dict[str, int] = {}
        self._any = 0  # characters of the pattern that any character matches
        self._inside = 0  # ... that any character but a colon matches
        self._free_loops = 0  # states at which a star takes any character
        self._inside_loops = 0  # states at which a star takes any character but a colon
        self._accept = 1

    @classmethod
    def of_glob(cls, pieces: Pieces) -> Automaton:
        automaton = cls()
        for piece in pieces:
            automaton._add(piece, crosses_colons=True)
        return automaton

    @classmethod
    def of_short_arn(cls, pieces: Pieces) -> Automaton:
        """The automaton of a pattern of fewer than six segments, where a star that ends one crosses colons."""
        automaton = cls()
        for index, piece in enumerate(pieces):
            follower = pieces[index + 1] if index + 1 < len(pieces) else ":"
            ends_segment = isinstance(follower, str) and follower.startswith(":")
            automaton._add(piece, crosses_colons=piece is MANY and ends_segment)
        return automaton

    def _add(self, piece: str | Wildcard, *, crosses_colons: bool) -> None:
        if piece is MANY:
            if crosses_colons:
                self._free_loops |= self._accept
            else:
                self._inside_loops |= self._accept
        elif piece is ONE:
            if crosses_colons:
                self._any |= self._accept
            else:
                self._inside |= self._accept
            self._accept <<= 1
        else:
            for letter in str(piece):
                self._letters[letter] = self._letters.get(letter, 0) | self._accept
                self._accept <<= 1

    def accepts(self, value: str) -> bool:
        state = 1
        for letter in value:
            taken = self._letters.get(letter, 0) | self._any
            loops = self._free_loops
            if letter != ":":
                taken |= self._inside
                loops |= self._inside_loops
            state = (state & taken) << 1 | state & loops
            if not state:
                return False
        return bool(state & self._accept)


_REST = ".*+"  # what a star at the end becomes


def _compiled(regex: str) -> Matcher:
    """A matcher of whole values. Where one pattern ends in a star, its beginning is all there is to look at."""
    if regex.endswith(_REST) and "|" not in regex:
        return re.compile(regex.removesuffix(_REST), re.DOTALL).match
    return re.compile(regex, re.DOTALL).fullmatch


def _anything(_: str) -> bool:
    return True


def _runs(pieces: Iterable[str | Wildcard]) -> list[list[str | Wildcard]]:
    """The pieces between the stars: n stars give n + 1 runs."""
    runs: list[list[str | Wildcard]] = [[]]
    for piece in pieces:
        if piece is MANY:
            runs.append([])
        else:
            runs[-1].append(piece)
    return runs


def _length(pieces: Pieces) -> int:
    return sum(len(piece) if isinstance(piece, str) else 1 for piece in pieces)
