"""Reading the files that a preflight is given."""

from __future__ import annotations

from launchrole.files import FileError, text_of
from launchrole.preflights.errors import PreflightError

_LONGEST = 1_000_000
"""Bytes of a template (cloudformation-limits.html); no policy comes near it."""


def read(name: str, longest: int = _LONGEST) -> str:
    """The text of a file without its byte order mark, `-` for standard input. Raises `PreflightError`."""
    try:
        return text_of(name, longest).removeprefix("\ufeff")
    except FileError as problem:
        raise PreflightError(str(problem)) from None
