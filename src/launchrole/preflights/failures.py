"""Failures of a rehearsal that are no denials of the launch role, as findings."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from importlib.resources import files

import yaml

from launchrole.preflights.catalogue import kinds
from launchrole.preflights.rehearsal import Failure
from launchrole.preflights.report import Finding


@dataclass(frozen=True, slots=True)
class _Rule:
    id: str
    pattern: re.Pattern[str]
    code: str | None
    operation: str | None

    def fits(self, failure: Failure) -> bool:
        return (
            self.code in (None, failure.code)
            and self.operation in (None, failure.operation)
            and self.pattern.search(failure.reason) is not None
        )


@functools.cache
def _rules() -> tuple[_Rule, ...]:
    text = (files("launchrole.preflights") / "failures.yaml").read_text(encoding="utf-8")
    return tuple(
        _Rule(one["id"], re.compile(one["pattern"]), one.get("code"), one.get("operation"))
        for one in yaml.safe_load(text)
    )


def identifier(failure: Failure) -> str:
    """The id of the finding that a failure is."""
    return next(rule.id for rule in _rules() if rule.fits(failure))


def finding(failure: Failure, place: tuple[str | None, int | None]) -> Finding:
    """A failure as a finding. `place` is the file and the line of the resource."""
    name = identifier(failure)
    return Finding(
        id=name,
        level=kinds()[name].level,
        message=failure.reason,
        logical_id="/".join(failure.path) or None,
        type=failure.type,
        file=place[0],
        line=place[1],
        operation=failure.operation,
    )
