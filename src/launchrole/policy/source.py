"""Policy documents as text: reading JSON, and finding the place of a value in it.

Reading uses the standard library's parser. Places are looked for only when somebody asks, by a scanner of its own
that keeps its stack on a list: no input makes it recurse.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from launchrole.policy.errors import Place, PolicySyntaxError

Path = tuple[str | int, ...]

MALFORMED = "MalformedPolicyDocument"
SYNTAX_ERRORS = "Syntax errors in policy."

MOST_CHARACTERS = 1_048_576
"""Longer texts are refused unread: the largest policy that AWS takes anywhere is 32 KB (a KMS key policy)."""


class Number(str):
    """A number in a document, as it was written: `10` and `10.0` stay apart, and no digit is lost."""

    __slots__ = ()


def read(text: str) -> object:
    """The value of a JSON text: dicts, lists, str, bool, None and Number.

    Refuses with PolicySyntaxError what is not JSON, a name given twice in one object, NaN and Infinity, and texts that
    are too long or nested too deep to be a policy.
    """
    if len(text) > MOST_CHARACTERS:
        raise _refusal(f"the document has {len(text):,} characters; no policy is longer than {MOST_CHARACTERS:,}", None)
    _look_at(text)
    try:
        return json.loads(
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
    except _RefusedConstantError as error:
        place = _place(text, text.find(str(error)), "")
        raise _refusal(f"`{error}` is not JSON", place, "write a number, or a text in double quotes") from None
    except _DuplicateError:
        path, start = _first_duplicate(text)
        place = _place(text, start, dotted(path))
        raise _refusal(f"`{path[-1]}` is given twice", place, "keep one; put several values into a list") from None


def locate(text: str, path: Path) -> Place | None:
    """The place of a value in a JSON text: of its name for a member of an object, of itself for a list's item.

    None where the text holds no such value.
    """
    for found, start in _walk(text):
        if found == path:
            return _place(text, start, dotted(path))
    return None


def dotted(path: Path) -> str:
    """A path as people write it: `Statement[0].Action`."""
    written = ""
    for part in path:
        written += f"[{part}]" if isinstance(part, int) else f".{part}" if written else part
    return written


class _DuplicateError(Exception):
    pass


class _RefusedConstantError(Exception):
    pass


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _DuplicateError
    return members


def _refuse_constant(name: str) -> object:
    raise _RefusedConstantError(name)


def _refusal(detail: str, place: Place | None, help: str = "") -> PolicySyntaxError:
    return PolicySyntaxError(MALFORMED, SYNTAX_ERRORS, detail, place, help)


_YAML = re.compile(r"\s*(---|(#[^\n]*\n\s*)*['\"]?(Version|Statement|Id|AWSTemplateFormatVersion)['\"]?\s*:)")


def _look_at(text: str) -> None:
    """Tell what a text is that is certainly no policy, in better words than a JSON parser can."""
    if not text.strip():
        raise _refusal("the document is empty", None, 'the smallest policy has "Version" and "Statement"')
    if text.startswith("\ufeff"):
        raise _refusal("the document begins with a byte order mark", Place(1, 1, ""), "save it as UTF-8 without one")
    if "\x00" in text:
        raise _refusal("the document is not text: it holds a zero byte", _place(text, text.index("\x00"), ""))
    if _YAML.match(text):
        raise _refusal("this looks like YAML", Place(1, 1, ""), "IAM policies are JSON")


_WORDS = {
    "Expecting value": "a value is missing here",
    "Expecting property name enclosed in double quotes": "a name in double quotes is missing here",
    "Expecting ':' delimiter": "a colon is missing after the name",
    "Expecting ',' delimiter": "a comma or a closing bracket is missing here",
    "Extra data": "the document goes on after its end",
    "Unterminated string starting at": "the text that begins here has no closing quote",
    "Illegal trailing comma before end of object": "a comma stands before the end of the object",
    "Illegal trailing comma before end of array": "a comma stands before the end of the list",
}


def _not_json(text: str, error: json.JSONDecodeError) -> PolicySyntaxError:
    place = _place(text, error.pos, "")
    if not text[error.pos :].strip():
        return _refusal("the document ends too early", place, "was the file cut off? A bracket or brace is not closed")
    detail = _WORDS.get(error.msg, error.msg[:1].lower() + error.msg[1:])
    before = text[: error.pos].rstrip()
    if before.endswith(",") and text[error.pos] in "]}":
        return _refusal("a comma stands before the end", place, "take the comma away")
    if text[error.pos] == "'":
        return _refusal("texts stand in double quotes in JSON", place, "write \" instead of '")
    return _refusal(f"this is not JSON: {detail}", place)


def _place(text: str, start: int, path: str) -> Place:
    line_start = text.rfind("\n", 0, start) + 1
    return Place(text.count("\n", 0, start) + 1, start - line_start + 1, path)


_TOKEN = re.compile(
    r"""[ \t\r\n]*+(?:(?P<mark>[{}\[\]:,])|(?P<text>"(?:[^"\\]++|\\.)*+")|(?P<word>[^\s{}\[\]:,"]++))""",
    re.DOTALL,
)


def _walk(text: str) -> Iterator[tuple[Path, int]]:
    """The path and the start of every value in a valid JSON text; an object's member starts with its name."""
    path: list[str | int] = []
    keys_open = False  # whether a text that comes now is the name of a member
    yield (), _TOKEN.match(text).start("mark") if text.lstrip()[:1] in "{[" else 0  # type: ignore[union-attr]
    for token in _TOKEN.finditer(text):
        mark = token["mark"]
        if mark is None:
            if keys_open:
                path[-1] = json.loads(token["text"])
                yield tuple(path), token.start("text")
                keys_open = False
            elif path and isinstance(path[-1], int):
                yield tuple(path), token.start("text" if token["text"] else "word")
        elif mark in "{[":
            if path and isinstance(path[-1], int):
                yield tuple(path), token.start("mark")
            path.append("" if mark == "{" else 0)
            keys_open = mark == "{"
        elif mark in "}]":
            path.pop()
            keys_open = False
        elif mark == "," and path:
            if isinstance(path[-1], int):
                path[-1] += 1
            else:
                keys_open = True


def _first_duplicate(text: str) -> tuple[Path, int]:
    seen: set[Path] = set()
    for path, start in _walk(text):
        if path in seen:
            return path, start
        seen.add(path)
    raise AssertionError("the reader saw a name twice")
