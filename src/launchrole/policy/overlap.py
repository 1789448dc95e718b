"""Two wildcard patterns side by side: is there a text that both match, does one match all that the other matches?

Patterns of actions and resources as they stand in policies (see `pattern`), compared without any request. Both
questions are answered by running one pattern through the other as through an automaton: the set of places in the
other pattern is the bits of an integer, and time grows with the product of the lengths, whatever the patterns are.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from launchrole.policy.reference import PLACEHOLDER

_VARIABLE = re.compile(r"\$\{[^}]*\}")


@functools.lru_cache(maxsize=65_536)
def meets(one: str, other: str) -> bool:
    """Whether some text matches both patterns."""
    if not _heads_agree(one, other):
        return False
    letters, any_letter, loops = _automaton(other)
    every = (1 << (len(other.replace("*", "")) + 1)) - 1
    state = 1
    for token in one:
        if token == "*":
            lowest = state & -state
            state = every & ~(lowest - 1)
        elif token == "?":
            state = (state << 1 & every) | (state & loops)
        else:
            state = (state & (letters.get(token, 0) | any_letter)) << 1 | state & loops
        if not state:
            return False
    return bool(state >> (every.bit_length() - 1) & 1)


@functools.lru_cache(maxsize=65_536)
def covers(wide: str, narrow: str) -> bool:
    """Whether everything that `narrow` matches is matched by `wide`.

    A yes is certain. A no may be wrong where only several wildcards together cover one (`?*` against `*?`).
    """
    if wide == narrow:
        return True
    if "*" not in wide and "?" not in wide:
        return False
    letters, any_letter, loops = _automaton(wide)
    state = 1
    for token in narrow:
        if token == "*":
            state &= loops
        elif token == "?":
            state = (state & any_letter) << 1 | state & loops
        else:
            state = (state & (letters.get(token, 0) | any_letter)) << 1 | state & loops
        if not state:
            return False
    return bool(state >> len(wide.replace("*", "")) & 1)


def resource_meets_format(resource: str, arn_format: str) -> bool:
    """Whether an entry of Resource can match an ARN of the format `arn:${Partition}:s3:::${BucketName}`.

    A policy variable may stand for any text. Placeholders may too, but for the name of a bucket, which has no slash.
    """
    pattern = _VARIABLE.sub("*", resource)
    segments = pattern.split(":", 5)
    formats = PLACEHOLDER.sub("*", arn_format).split(":", 5)
    if len(segments) < 6:
        return _short_meets(segments, formats)
    if arn_format.endswith(":${BucketName}") and "/" in segments[5]:
        return False
    return all(meets(segment, part) for segment, part in zip(segments, formats, strict=True))


def _short_meets(segments: Sequence[str], formats: Sequence[str]) -> bool:
    """The same for a pattern of fewer than six segments: from the first star that ends one, it is free of colons."""
    fixed = next((index for index, segment in enumerate(segments) if segment.endswith("*")), len(segments) - 1)
    rest = meets(":".join(segments[fixed:]), ":".join(formats[fixed:]))
    return rest and all(meets(one, other) for one, other in zip(segments[:fixed], formats, strict=False))


def resource_covers(wide: str, narrow: str) -> bool:
    """Whether an entry of Resource matches all that another one matches; like `covers`, certain only of a yes."""
    if wide in ("*", narrow):
        return True
    segments, others = wide.split(":", 5), narrow.split(":", 5)
    if len(segments) < 6 or len(others) < 6 or "${" in wide:
        return False
    return all(covers(segment, other) for segment, other in zip(segments, others, strict=True))


def action_covers(wide: str, narrow: str) -> bool:
    """Whether an entry of Action names every action that another one names."""
    return covers(wide.strip().lower(), narrow.strip().lower())


def _heads_agree(one: str, other: str) -> bool:
    """Whether the texts in front of the first wildcards go together: most pairs of patterns fail here."""
    head, other_head = _head(one), _head(other)
    return head.startswith(other_head) or other_head.startswith(head)


def _head(pattern: str) -> str:
    """The text in front of the first wildcard; all of a pattern that has none, and what no pattern goes on after."""
    for index, letter in enumerate(pattern):
        if letter in "*?":
            return pattern[:index]
    return pattern + "\0"


@functools.lru_cache(maxsize=8_192)
def _automaton(pattern: str) -> tuple[dict[str, int], int, int]:
    """The places of each letter, of `?`, and the places at which a star takes anything."""
    letters: dict[str, int] = {}
    any_letter = loops = 0
    place = 1
    for token in pattern:
        if token == "*":
            loops |= place
            continue
        if token == "?":
            any_letter |= place
        else:
            letters[token] = letters.get(token, 0) | place
        place <<= 1
    return letters, any_letter, loops
