"""What can go without changing a verdict: entries and statements that others cover.

Only what is certain is reported (see `overlap`): whoever takes the part away gets the same verdicts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from launchrole.policy.errors import Place
from launchrole.policy.overlap import action_covers, resource_covers
from launchrole.policy.source import Path
from launchrole.policy.validation.findings import Flaw
from launchrole.policy.validation.subject import StatementView, Subject


def covered_action(subject: Subject) -> Iterator[Flaw]:
    for view in subject.statements:
        entries = [(entry.path, entry.written) for entry in view.entries]
        for path, text, by in _covered(entries, action_covers, lambda text: text.strip().lower()):
            yield Flaw(path, f"`{text}` is covered by `{by}` of the same statement", "take it away")


def covered_resource(subject: Subject) -> Iterator[Flaw]:
    for view in subject.statements:
        for path, text, by in _covered(view.resources, resource_covers, str):
            yield Flaw(path, f"`{text}` is covered by `{by}` of the same statement", "take it away")


def covered_statement(subject: Subject) -> Iterator[Flaw]:
    """A statement that another one of the same effect, without conditions, covers."""
    gone: set[int] = set()
    for index, view in enumerate(subject.statements):
        for other_index, other in enumerate(subject.statements):
            if other_index == index or other_index in gone or not _covers(other, view):
                continue
            gone.add(index)
            effect = view.statement.effect
            yield Flaw(
                view.path,
                f"statement {index + 1} adds nothing: {_name(subject, other)} has the same effect ({effect}) on all "
                "of its actions and resources",
                "take it away",
            )
            break


def _covers(wide: StatementView, narrow: StatementView) -> bool:
    one, other = wide.statement, narrow.statement
    if one.conditions and one.conditions != other.conditions:
        return False
    if one.effect != other.effect or one.principal != other.principal:
        return False
    if one.not_action or other.not_action or one.not_resource or other.not_resource:
        if (one.not_action, one.not_resource) != (other.not_action, other.not_resource):
            return False
        return set(one.actions) == set(other.actions) and set(one.resources) == set(other.resources)
    if bool(one.resources) != bool(other.resources):
        return False
    return all(any(resource_covers(a, b) for a in one.resources) for b in other.resources) and all(
        any(action_covers(a, b) for a in one.actions) for b in other.actions
    )


def _covered(
    items: Sequence[tuple[Path, str]], covers: Callable[[str, str], bool], plain: Callable[[str], str]
) -> Iterator[tuple[Path, str, str]]:
    """Items that another one covers, with that other one; of two equal ones the later."""
    patterns = [text for _, text in items if "*" in text or "?" in text]
    seen: dict[str, str] = {}
    for path, text in items:
        spelled = plain(text)
        if spelled in seen:
            yield path, text, seen[spelled]
            continue
        seen[spelled] = text
        for pattern in patterns:
            if plain(pattern) != spelled and covers(pattern, text) and not covers(text, pattern):
                yield path, text, pattern
                break


def _name(subject: Subject, view: StatementView) -> str:
    place: Place | None = subject.document.place(view.path)
    sid = f" ({view.statement.sid})" if view.statement.sid else ""
    return f"statement {view.statement.index + 1}{sid}" + (f" in line {place.line}" if place else "")
