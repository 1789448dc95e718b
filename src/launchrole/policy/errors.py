"""What can go wrong in this package. Every error tells what is wrong, where, and what to do."""

from __future__ import annotations

from dataclasses import dataclass


def printable(text: str) -> str:
    """A text with its control characters and halves of surrogate pairs as escapes: safe to print and to encode."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


class PolicyError(Exception):
    """The root of this package's errors."""


class ContextError(PolicyError):
    """A request's context holds a name or a value that its context keys cannot have; the message names it."""


class RequestError(PolicyError):
    """No request asks for such an action, or no resource belongs to such an account; the message shows what does."""


class PrincipalError(PolicyError):
    """A text names no caller; the message shows the forms that do."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a document: line and column count from 1; `path` reads `Statement[0].Condition.StringEquals`."""

    line: int
    column: int
    path: str

    def __str__(self) -> str:
        where = f"line {self.line}, column {self.column}"
        return f"{where} ({self.path})" if self.path else where


class PolicySyntaxError(PolicyError):
    """A document that AWS refuses.

    `code` and `message` are AWS' own (`MalformedPolicyDocument`, `Syntax errors in policy.`); `message` is empty where
    nobody has published AWS' words. `detail` says what is wrong, `place` where (None for a document that was not read
    from text), `help` what to write instead (empty where there is nothing to say). `fault` is the name of what is wrong
    (`answers.Fault`), `path` that of the element or of what lacks it; None where the text could not be read at all.
    """

    fault: str | None = None
    path: tuple[str | int, ...] | None = None

    def __init__(self, code: str, message: str, detail: str, place: Place | None = None, help: str = "") -> None:
        self.code = code
        self.message = message
        self.detail = detail
        self.place = place
        self.help = help
        super().__init__(code, message, detail, place, help)

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        advice = f"; {self.help}" if self.help else ""
        return f"{where}{self.detail}{advice} [{self.answer}]"

    @property
    def answer(self) -> str:
        """What AWS answers: its code, and its message where that is known."""
        return f"{self.code}: {printable(self.message)}" if self.message else self.code
