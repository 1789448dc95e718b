"""Findings: what is doubtful about a policy, how grave it is, where it stands and what to do."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from launchrole.policy.errors import Place
from launchrole.policy.source import Path, dotted

if TYPE_CHECKING:
    from launchrole.policy.validation.subject import Subject


class Severity(enum.Enum):
    """The classes of IAM Access Analyzer (IAM User Guide: access-analyzer-reference-policy-checks.html)."""

    ERROR = "error"
    """A part of the policy does not work."""
    SECURITY_WARNING = "security-warning"
    """The policy allows more than somebody should, and more than it looks like."""
    WARNING = "warning"
    """A part of the policy has no effect, or not the one that it seems to have."""
    SUGGESTION = "suggestion"
    """The policy does what it says, and could say it better."""

    @property
    def rank(self) -> int:
        """0 for the gravest."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Flaw:
    """What a rule found: `path` is the place in the document. The rule itself is known to who asked it."""

    path: Path
    message: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: `title` says what it looks for, `source` is the page it comes from. Its `id` never changes."""

    id: str
    severity: Severity
    title: str
    source: str
    check: Callable[[Subject], Iterator[Flaw]]

    @property
    def anchor(self) -> str:
        """Its section in docs/findings.md."""
        return self.id.lower()


@dataclass(frozen=True, slots=True)
class Finding:
    """A flaw in a document. `place` is None for a document that was not read from text."""

    id: str
    severity: Severity
    message: str
    path: Path
    place: Place | None
    help: str
    anchor: str

    def __str__(self) -> str:
        where = str(self.place) if self.place else dotted(self.path)
        advice = f"; {self.help}" if self.help else ""
        return f"{where}: {self.message}{advice} [{self.id} {self.severity.value}]"
