"""Refusing a document: the place of what is wrong, with the answer that the part of AWS concerned would give."""

from __future__ import annotations

from launchrole.policy.answers import Answers, Fault
from launchrole.policy.errors import PolicySyntaxError, printable
from launchrole.policy.source import Path, dotted, locate, place_of


def as_text(value: object) -> str:
    """A value of a condition as AWS compares it: JSON's true and false in small letters, a number as it is written."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


_LONGEST_QUOTE = 200


def quoted(text: str) -> str:
    """A text of the user's for a message: cut if it is long, with nothing in it that moves a terminal."""
    cut = printable(text) if len(text) <= _LONGEST_QUOTE else printable(text[: _LONGEST_QUOTE - 1]) + "…"
    return f"`{cut}`" if text else "an empty text"


class Refusals:
    """What can be said against one document: its text (None for a mapping), its value, and its kind's answers."""

    def __init__(self, text: str | None, value: object, answers: Answers) -> None:
        self._text = text
        self._value = value
        self._answers = answers

    def refuse(
        self, fault: Fault, path: Path, detail: str, help: str = "", said: tuple[str, ...] = ()
    ) -> PolicySyntaxError:
        """The error about the element at a path; `said` is what AWS' message takes up.

        An element that is missing has the place of what lacks it.
        """
        code, message = self._answers.to(fault, *said)
        if self._text is None:
            error = PolicySyntaxError(code, message, f"{dotted(path)}: {detail}" if path else detail, None, help)
        else:
            place = locate(self._text, path)
            while place is None:
                path = path[:-1]
                place = locate(self._text, path)
            error = PolicySyntaxError(code, message, detail, place, help)
        error.fault, error.path = fault.name, path
        return error

    def refuse_at(self, fault: Fault, start: int, detail: str, help: str) -> PolicySyntaxError:
        """The error about a place in the text, counted in characters from 0."""
        code, message = self._answers.to(fault)
        return PolicySyntaxError(code, message, detail, place_of(self._text or "", start), help)

    def item(self, path: Path, text: str) -> Path:
        """The path of an item in the list at a path; of the value itself where that is no list."""
        found = self._value
        for part in path:
            found = found[part]  # type: ignore[index] # the path was read off the value
        return (*path, [*map(as_text, found)].index(text)) if isinstance(found, list) else path
