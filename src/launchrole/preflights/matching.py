"""Short texts that a regular expression matches."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable
from typing import Any

_LIKED = string.ascii_lowercase + string.digits + string.ascii_uppercase + "-_./: "
"""The characters to choose from, those that names are made of first."""


def text_for(pattern: str, shortest: int = 0) -> str | None:
    """A text of at least so many characters that the whole pattern matches; None where none was found."""
    try:
        parsed = re._parser.parse(pattern)  # type: ignore[attr-defined] # the standard library's own, without a public name
    except (re.error, RecursionError):
        return None
    for more in (0, 1, 4, 8, 16, 32, 64):
        made = _sequence(parsed, more)
        if made is not None and len(made) >= shortest and re.fullmatch(pattern, made):
            return made
    return None


def _sequence(nodes: Iterable[Any], more: int) -> str | None:
    """A text for nodes one after the other; what may be repeated is, `more` times beyond what it must."""
    found = ""
    for operation, argument in nodes:
        made = _one(str(operation), argument, more)
        if made is None:
            return None
        found += made
    return found


def _one(operation: str, argument: Any, more: int) -> str | None:
    match operation:
        case "LITERAL":
            return chr(argument)
        case "ANY":
            return "a"
        case "IN" | "NOT_LITERAL":
            return _chosen([("NEGATE", None), ("LITERAL", argument)] if operation == "NOT_LITERAL" else argument)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            least, most, inner = argument
            inside = _sequence(inner, more)
            return None if inside is None else inside * min(int(most), int(least) + more)
        case "SUBPATTERN":
            return _sequence(argument[-1], more)
        case "BRANCH":
            made = [_sequence(one, more) for one in argument[1]]
            return next((one for one in made if one is not None), None)
        case "AT" | "ASSERT" | "ASSERT_NOT":
            return ""  # the whole is matched again at the end
        case _:
            return None


def _chosen(choices: Any) -> str | None:
    """A character of a class."""
    wanted = [(str(kind), argument) for kind, argument in choices]
    negated = any(kind == "NEGATE" for kind, _ in wanted)
    for character in _LIKED:
        if any(_is_in(character, kind, argument) for kind, argument in wanted) is not negated:
            return character
    for kind, argument in wanted:
        if not negated and kind == "LITERAL":
            return chr(argument)
        if not negated and kind == "RANGE":
            return chr(argument[0])
    return None


def _is_in(character: str, kind: str, argument: Any) -> bool:
    match kind:
        case "LITERAL":
            return ord(character) == int(argument)
        case "RANGE":
            return bool(argument[0] <= ord(character) <= argument[1])
        case "CATEGORY":
            return re.fullmatch(_CATEGORIES[str(argument)], character) is not None
        case _:
            return False


_CATEGORIES = {
    "CATEGORY_DIGIT": r"\d",
    "CATEGORY_NOT_DIGIT": r"\D",
    "CATEGORY_SPACE": r"\s",
    "CATEGORY_NOT_SPACE": r"\S",
    "CATEGORY_WORD": r"\w",
    "CATEGORY_NOT_WORD": r"\W",
}
