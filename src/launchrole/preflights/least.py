"""The least policy under which a launch passes: what all its calls need, and nothing besides."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from launchrole.preflights.errors import PreflightError
from launchrole.preflights.examination import Case, examine
from launchrole.preflights.needs import MadeUp, Need, made_up, needs_of
from launchrole.preflights.statements import document, merged


def least(needs: Iterable[Need], made: MadeUp) -> dict[str, Any]:
    """The policy document for a run's needs, allowed and denied ones, written as AWS writes its own: statements by
    service, each with a Sid, actions in order."""
    return document(merged(needs, made).statements)


def least_of(case: Case) -> dict[str, Any]:
    """The least policy for a template's launch. Raises `PreflightError` where the launch fails for another reason than
    a denial: what it would need beyond is not known then."""
    examined = examine(case)
    rehearsal = examined.rehearsal
    if rehearsal.failures:
        why = rehearsal.failures[0]
        place = "/".join(why.path) or "the launch"
        raise PreflightError(f"{case.name}: {place} fails, whatever the role may do: {' '.join(why.reason.split())}")
    return least(needs_of(rehearsal.decided), made_up(examined.wanted, rehearsal))
