"""Policy documents as text: reading JSON, and finding the place of a value in it.

Reading uses the standard library's parser. Places are looked for only when somebody asks, by a scanner of its own
that keeps its stack on a list: no input makes it recurse.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from typing import NoReturn

from launchrole.policy.errors import Place, PolicySyntaxError, printable

Path = tuple[str | int, ...]

MALFORMED = "MalformedPolicyDocument"
SYNTAX_ERRORS = "Syntax errors in policy."

MOST_CHARACTERS = 1_048_576
"""Longer texts are refused unread, unless the caller knows better. IAM's API takes no more than 131,072 characters."""


class Number(str):
    """A number in a document, as it was written: `10` and `10.0` stay apart, and no digit is lost."""

    __slots__ = ()


def read(text: str, longest: int = MOST_CHARACTERS) -> object:
    """The value of a JSON text: dicts, lists, str, bool, None and Number.

    Refuses with PolicySyntaxError what is not JSON, a name given twice in one object, NaN and Infinity, halves of
    surrogate pairs (no file can hold them), and texts of more than `longest` characters or nested too deep to be a
    policy.
    """
    if len(text) > longest:
        raise _refusal(f"the document has {len(text):,} characters; {longest:,} is more than any policy needs", None)
    _look_at(text)
    try:
        value: object = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=Number,
            parse_float=Number,
            parse_constant=_refuse_constant,
        )
    except json.JSONDecodeError as error:
        raise _not_json(text, error) from None
    except RecursionError:
        raise _refusal("the document is nested too deep to be a policy", None) from None
    except _ConstantError as error:
        place = place_of(text, _word(text, str(error)), "")
        raise _refusal(f"`{error}` is not JSON", place, "write a number, or a text in double quotes") from None
    except _DuplicateError:
        path, start = _first_duplicate(text)
        place = place_of(text, start, dotted(path))
        raise _refusal(
            f"`{dotted(path[-1:])}` is given twice", place, "keep one; put several values into a list"
        ) from None
    _look_for_half_characters(text)
    return value


@functools.lru_cache(maxsize=128)
def locate(text: str, path: Path) -> Place | None:
    """The place of a value in a JSON text: of its name for a member of an object, of itself for a list's item.

    None where the text holds no such value.
    """
    wanted = list(path)
    for found, start in walk(text):
        if found == wanted:
            return place_of(text, start, dotted(path))
    return None


_LONGEST_NAME = 100


def dotted(path: Path) -> str:
    """A path as people write it: `Statement[0].Action`. Long names are cut."""
    written = ""
    for part in path:
        name = part if isinstance(part, int) or len(part) <= _LONGEST_NAME else part[: _LONGEST_NAME - 1] + "…"
        written += f"[{name}]" if isinstance(name, int) else f".{printable(name)}" if written else printable(name)
    return written


class _DuplicateError(Exception):
    pass


class _ConstantError(Exception):
    pass


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _DuplicateError
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise _ConstantError(name)


def _refusal(detail: str, place: Place | None, help: str = "") -> PolicySyntaxError:
    return PolicySyntaxError(MALFORMED, SYNTAX_ERRORS, detail, place, help)


_YAML = re.compile(r"(---|(#[^\n]*\n\s*)*['\"]?(Version|Statement|Id|AWSTemplateFormatVersion)['\"]?\s*:|- \w+:)")


def _look_at(text: str) -> None:
    """Tell what a text is that is certainly no policy, in better words than a JSON parser can."""
    begin = text.lstrip()
    start = len(text) - len(begin)
    if not begin:
        raise _refusal("the document is empty", None, 'the smallest policy has "Version" and "Statement"')
    if text.startswith("\ufeff"):
        raise _refusal("the document begins with a byte order mark", Place(1, 1, ""), "save it as UTF-8 without one")
    if "\x00" in text:
        raise _refusal("the document is not text: it holds a zero byte", place_of(text, text.index("\x00")))
    if _YAML.match(begin):
        raise _refusal("this looks like YAML", place_of(text, start), "IAM policies are JSON")
    if begin[:3].upper() == "%7B":
        advice = "IAM answers in this form when it is asked for a policy: decode it first"
        raise _refusal("the document is URL-encoded", place_of(text, start), advice)
    if begin.startswith("file://"):
        advice = "give what the file holds"
        raise _refusal("this is the name of a file, not a policy", place_of(text, start), advice)


_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
_HALF = re.compile("[\ud800-\udfff]")


def _look_for_half_characters(text: str) -> None:
    """Refuse a surrogate without its partner: what holds one can be neither printed nor stored."""
    start = -1
    if not text.isascii():
        found = _HALF.search(text)
        start = found.start() if found else -1
    if start < 0 and ("\\ud" in text or "\\uD" in text):
        start = next((escape.start() for escape in _ESCAPE.finditer(text) if escape["half"]), -1)
    if start >= 0:
        advice = "write the character itself, or both halves of its escape"
        raise _refusal("half a character: a surrogate without its partner", place_of(text, start), advice)


_WORDS = {
    "Expecting value": "a value is missing here",
    "Expecting property name enclosed in double quotes": "a name in double quotes is missing here",
    "Expecting ':' delimiter": "a colon is missing after the name",
    "Expecting ',' delimiter": "a comma or a closing bracket is missing here",
    "Extra data": "the document goes on after its end",
    "Unterminated string starting at": "the text that begins here has no closing quote",
    "Invalid control character at": "a text holds a line break or another control character",
    "Invalid \\escape": 'after a backslash comes one of " \\ / b f n r t u',
    "Invalid \\uXXXX escape": "after \\u come four digits of 0-9, a-f",
}


def _not_json(text: str, error: json.JSONDecodeError) -> PolicySyntaxError:
    place = place_of(text, error.pos)
    rest = text[error.pos : error.pos + 2]
    if not text[error.pos :].strip():
        return _refusal("the document ends too early", place, "was the file cut off? A bracket or brace is not closed")
    # Python 3.13 points at the comma, older ones at the bracket behind it.
    comma = max(len(text[: error.pos].rstrip()) - 1, 0) if rest[0] in "]}" else error.pos
    if text[comma] == "," and (comma < error.pos or error.msg.startswith("Illegal trailing comma")):
        return _refusal("a comma stands before the end", place_of(text, comma), "take the comma away")
    if not text[: error.pos].strip() and rest[0] not in "'/#":
        return _refusal("this is not JSON", place, "a policy begins with {")
    if rest[0] == "'":
        return _refusal("texts stand in double quotes in JSON", place, "write \" instead of '")
    if rest in ("//", "/*") or rest[0] == "#":
        return _refusal("JSON has no comments", place, "take the comment away")
    # Some Pythons say more after the words ("Invalid \\escape: ...").
    detail = next((ours for theirs, ours in _WORDS.items() if error.msg.startswith(theirs)), error.msg.lower())
    return _refusal(f"this is not JSON: {detail}", place)


def place_of(text: str, start: int, path: str = "") -> Place:
    """The place of a character, counted from 0, with the path of the element that stands there."""
    line_start = text.rfind("\n", 0, start) + 1
    return Place(text.count("\n", 0, start) + 1, start - line_start + 1, path)


_TOKEN = re.compile(
    r"""[ \t\r\n]*+(?:(?P<mark>[{}\[\]:,])|(?P<text>"(?:[^"\\]++|\\.)*+")|(?P<word>[^\s{}\[\]:,"]++))""",
    re.DOTALL,
)


def _word(text: str, name: str) -> int:
    """Where a word stands outside the texts of a document."""
    return next(token.start("word") for token in _TOKEN.finditer(text) if (token["word"] or "").startswith(name))


def walk(text: str) -> Iterator[tuple[list[str | int], int]]:
    """The path and the start of every value in a valid JSON text; an object's member starts with its name.

    The path is one list, changed from value to value: who keeps it copies it.
    """
    path: list[str | int] = []
    keys_open = False  # whether a text that comes now is the name of a member
    yield path, len(text) - len(text.lstrip())
    for token in _TOKEN.finditer(text):
        mark = token["mark"]
        if mark is None:
            if keys_open:
                path[-1] = json.loads(token["text"])
                yield path, token.start("text")
                keys_open = False
            elif path and isinstance(path[-1], int):
                yield path, token.start("text" if token["text"] else "word")
        elif mark in "{[":
            if path and isinstance(path[-1], int):
                yield path, token.start("mark")
            path.append("" if mark == "{" else 0)
            keys_open = mark == "{"
        elif mark in "}]":
            path.pop()
            keys_open = False
        elif mark == "," and isinstance(path[-1], int):
            path[-1] += 1
        else:
            keys_open = mark == ","


def _first_duplicate(text: str) -> tuple[Path, int]:
    """The first name that its object has had before, in a text in which there is one."""
    return next(_duplicates(text))


def _duplicates(text: str) -> Iterator[tuple[Path, int]]:
    names: list[set[str | int]] = []  # of the objects around the scanner, the outermost first
    for path, start in walk(text):
        del names[len(path) :]
        if path:
            if len(names) < len(path):
                names.append(set())
            if path[-1] in names[-1]:
                yield tuple(path), start
            names[-1].add(path[-1])
