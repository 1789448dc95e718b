"""Reading what users name on the command line: policy files and JSON; every failure is one clear message."""

from __future__ import annotations

import json
from typing import Any

import click

from launchrole.files import FileError, display_name, text_of
from launchrole.policy.document import PolicyDocument, PolicyKind, parse
from launchrole.policy.errors import PolicySyntaxError
from launchrole.policy.source import MOST_CHARACTERS, read


class InputError(click.ClickException):
    """Input that cannot be read or understood: exit code 2."""

    exit_code = 2


_LONGEST_POLICY = 4 * MOST_CHARACTERS  # bytes: no character of UTF-8 has more than four
_LONGEST_CASES = 64 * MOST_CHARACTERS


def read_text(path: str, longest: int = _LONGEST_POLICY) -> str:
    """The text of a file of at most `longest` bytes, `-` being standard input. Raises InputError."""
    try:
        return text_of(path, longest)
    except FileError as error:
        raise InputError(str(error)) from None


def read_policy(path: str, kind: PolicyKind | None = None) -> PolicyDocument:
    """The policy in a file. Raises InputError with the place of what is wrong."""
    text = read_text(path)
    try:
        return parse(text, kind, name=display_name(path))
    except PolicySyntaxError as error:
        raise InputError(described(path, error)) from None


def read_cases(path: str) -> object:
    """The JSON value in a file of cases, as `source.read` gives it. Raises InputError."""
    text = read_text(path, _LONGEST_CASES)
    try:
        return read(text, _LONGEST_CASES)
    except PolicySyntaxError as error:
        raise InputError(described(path, error)) from None


def read_json(path: str) -> Any:
    """The JSON value in a file, for values that are no policies. Raises InputError with the place of what is wrong."""
    text = read_text(path)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"{display_name(path)}:{error.lineno}:{error.colno}: this is no JSON: {error.msg}") from None
    except (ValueError, RecursionError):  # a number of too many digits, too many brackets
        raise InputError(f"{display_name(path)}: this is no JSON that can be read") from None


def key_and_value(option: str, text: str) -> tuple[str, str]:
    """The two parts of an option's KEY=VALUE. Raises click.UsageError."""
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise click.UsageError(f"{option} {text}: write it with an equals sign, as in {option} {key or 'Name'}=value")
    return key, value


def described(path: str, error: PolicySyntaxError) -> str:
    """A refusal as `file:line:column: what is wrong; what to do`, and what AWS answers."""
    place = error.place
    where = display_name(path) + (f":{place.line}:{place.column}" if place else "")
    element = f"{place.path}: " if place and place.path else ""
    advice = f"; {error.help}" if error.help else ""
    return f"{where}: {element}{error.detail}{advice}\nAWS says {error.answer}"
