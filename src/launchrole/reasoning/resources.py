"""Resources that some patterns match, and which of the others match them too.

What matters of a resource is which of the statements that stand in the way match it: the fewer the better. `cells`
gives a resource for each set of them that is not more than another one that can be had.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from launchrole.policy.pattern import MANY, Wildcard
from launchrole.reasoning.bodies import pattern_covers, pattern_meets, text_matcher
from launchrole.reasoning.text_classes import TextPattern, explore

EVERY_RESOURCE = TextPattern((MANY,), is_arn=True)


class Obstacle(NamedTuple):
    """The resources of a statement that stands in the way: what the patterns match, or (`negated`) do not match."""

    patterns: tuple[TextPattern, ...]
    negated: bool

    def matches(self, text: str) -> bool:
        return bool(text_matcher(self.patterns)(text)) is not self.negated


class Cell(NamedTuple):
    """A resource, and the obstacles (by their places) that match it."""

    text: str
    matching: frozenset[int]


def cells(
    required: Sequence[TextPattern], excluded: Sequence[TextPattern], obstacles: Sequence[Obstacle]
) -> Iterator[Cell]:
    """Resources that all of `required` and none of `excluded` match, with as few obstacles as can be.

    Raises TooMany.
    """
    needed = _narrowest(required)
    out = tuple(one for one in dict.fromkeys(excluded) if all(pattern_meets(one, each) for each in needed))
    if any(pattern_covers(one, each) for one in out for each in needed):
        return
    always: set[int] = set()
    open_ones: list[int] = []
    for place, one in enumerate(obstacles):
        certain = _certain(one, needed)
        if certain:
            always.add(place)
        elif certain is None:
            open_ones.append(place)
    if len(needed) == 1:
        for text in _examples(needed[0]):
            if not text_matcher(tuple(needed))(text) or text_matcher(out)(text):
                continue
            if not any(obstacles[place].matches(text) for place in open_ones):
                yield Cell(text, frozenset(always))
                return
    yield from _explored(needed, out, obstacles, open_ones, always)


def _explored(
    needed: Sequence[TextPattern],
    out: Sequence[TextPattern],
    obstacles: Sequence[Obstacle],
    open_ones: Sequence[int],
    always: set[int],
) -> Iterator[Cell]:
    patterns = list(dict.fromkeys([*needed, *out]))
    required = (1 << len(needed)) - 1
    forbidden = (1 << len(patterns)) - 1 & ~required
    bits: dict[int, int] = {}
    for place in open_ones:
        bits[place] = 0
        for one in obstacles[place].patterns:
            if all(pattern_meets(one, each) for each in needed):
                if one not in patterns:
                    patterns.append(one)
                bits[place] |= 1 << patterns.index(one)

    def hit(matching: int) -> frozenset[int]:
        found = (place for place in open_ones if bool(matching & bits[place]) is not obstacles[place].negated)
        return frozenset(found)

    found: dict[frozenset[int], str] = {}
    explored = explore(patterns, required=required, forbidden=forbidden, enough=lambda matching: not hit(matching))
    for text, matching in explored:
        found.setdefault(hit(matching), text)
    for some, text in found.items():
        if not any(other < some for other in found):
            yield Cell(text, frozenset(some | always))


def _narrowest(patterns: Sequence[TextPattern]) -> list[TextPattern]:
    """The patterns without those that another one is covered by."""
    kept: list[TextPattern] = []
    for one in dict.fromkeys(patterns):
        if any(pattern_covers(one, other) for other in kept):
            continue
        kept = [other for other in kept if not pattern_covers(other, one)]
        kept.append(one)
    return kept or [EVERY_RESOURCE]


def _certain(obstacle: Obstacle, needed: Sequence[TextPattern]) -> bool | None:
    """Whether an obstacle matches all of the resources, none of them, or (None) perhaps some."""
    if any(pattern_covers(one, each) for one in obstacle.patterns for each in needed):
        return not obstacle.negated
    if not any(all(pattern_meets(one, each) for each in needed) for one in obstacle.patterns):
        return obstacle.negated
    return None


_REGION, _ACCOUNT = "us-east-1", "123456789012"


def _examples(pattern: TextPattern) -> Iterator[str]:
    """Resources that a pattern matches: one as people know them, and one that few other patterns match."""
    if pattern.pieces == (MANY,):
        yield from ("*", f"arn:aws:other:{_REGION}:{_ACCOUNT}:other")
        return
    text = ""
    strange = ""
    for piece in pattern.pieces:
        if not isinstance(piece, Wildcard):
            text += piece
            strange += piece
            continue
        part = text.count(":")
        is_whole = text.endswith(":")
        word = "aws" if part == 1 else _REGION if part == 3 else _ACCOUNT if part == 4 else "example"
        text += "1" if piece is not MANY else word if is_whole or part > 4 else "-example"
        strange += "z" if piece is not MANY else "zq7"
    yield text
    yield strange
