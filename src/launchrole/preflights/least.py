"""The least policy under which a launch passes: what all its calls need, and nothing besides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from launchrole.preflights.errors import PreflightError
from launchrole.preflights.examination import Case, examine
from launchrole.preflights.needs import MadeUp, Need, made_up, needs_of
from launchrole.preflights.statements import Statement, document, merged, without_action

Passes = Callable[[Sequence[Statement]], bool]
"""Whether a launch passes under a policy of these statements and no others: a rehearsal with IAM enforced."""


def least(needs: Iterable[Need], made: MadeUp) -> dict[str, Any]:
    """The policy document for a run's needs, allowed and denied ones, written as AWS writes its own: statements by
    service, each with a Sid, actions in order."""
    return document(merged(needs, made).statements)


def minimal(statements: Sequence[Statement], passes: Passes) -> tuple[Statement, ...]:
    """Statements without the actions that the launch passes without: those whose denial CloudFormation tolerates.

    `passes` is asked once for every action of every statement.
    """
    kept = list(statements)
    for action, place in reversed(list(_actions(statements))):
        fewer = without_action(kept[place], action)
        tried = [*kept[:place], *([] if fewer is None else [fewer]), *kept[place + 1 :]]
        if passes(tried):
            kept = tried
    return tuple(kept)


def removals(statements: Sequence[Statement]) -> Iterator[tuple[str, tuple[Statement, ...]]]:
    """Every way to take one action out of one statement, with what is left."""
    for action, place in _actions(statements):
        fewer = without_action(statements[place], action)
        yield action, (*statements[:place], *(() if fewer is None else (fewer,)), *statements[place + 1 :])


def _actions(statements: Sequence[Statement]) -> Iterator[tuple[str, int]]:
    """Each action of each statement, with the statement's place."""
    for place, one in enumerate(statements):
        actions = one["Action"]
        for action in [actions] if isinstance(actions, str) else actions:
            yield action, place


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
