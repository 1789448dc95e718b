"""Reading what users name on the command line: policy files and JSON; every failure is one clear message."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from launchrole.policy.document import PolicyDocument, PolicyKind, parse
from launchrole.policy.errors import PolicySyntaxError, printable
from launchrole.policy.source import MOST_CHARACTERS, read


class InputError(click.ClickException):
    """Input that cannot be read or understood: exit code 2."""

    exit_code = 2


_LONGEST_POLICY = 4 * MOST_CHARACTERS  # bytes: no character of UTF-8 has more than four
_LONGEST_CASES = 64 * MOST_CHARACTERS


def read_text(path: str, longest: int = _LONGEST_POLICY) -> str:
    """The text of a file of at most `longest` bytes, `-` being standard input. Raises InputError."""
    try:
        if path == "-":
            data = sys.stdin.buffer.read(longest + 1)
        else:
            with Path(path).open("rb") as file:
                data = file.read(longest + 1)
    except IsADirectoryError:
        raise InputError(f"{path}: this is a directory; name a file") from None
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such file") from None
    except ValueError:
        raise InputError(f"{printable(path)}: no file can have this name") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {(error.strerror or str(error)).lower()}") from None
    if len(data) > longest:
        raise InputError(f"{display_name(path)}: the file has more than {longest // 1_048_576} MiB; that is no policy")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{display_name(path)}: this is not a text in UTF-8 (byte {error.start + 1})") from None


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


def display_name(path: str) -> str:
    return "standard input" if path == "-" else path


def described(path: str, error: PolicySyntaxError) -> str:
    """A refusal as `file:line:column: what is wrong; what to do`, and what AWS answers."""
    place = error.place
    where = display_name(path) + (f":{place.line}:{place.column}" if place else "")
    element = f"{place.path}: " if place and place.path else ""
    advice = f"; {error.help}" if error.help else ""
    return f"{where}: {element}{error.detail}{advice}\nAWS says {error.answer}"
