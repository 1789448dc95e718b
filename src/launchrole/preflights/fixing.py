"""Findings with the changes that end them, each tried in another rehearsal."""

from __future__ import annotations

from launchrole.preflights.examination import Examined, report
from launchrole.preflights.report import Report


def with_fixes(examined: Examined, *, fixes: bool) -> Report:
    """The report on a rehearsal."""
    return report(examined)
