"""The change log of a policy: the table that AWS' page has, with what was proved of every row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from launchrole.reasoning import Comparison, Difference, Verdict
from launchrole.registry.events import Claim
from launchrole.registry.history import Policy, Version
from launchrole.registry.notes import Reading, days_apart, reading
from launchrole.registry.proofs import MEANINGS, Transition, action_names, transition
from launchrole.registry.registry import Registry

_MOST_TOLD = 8


@dataclass(frozen=True, slots=True)
class CheckedClaim:
    """What is said of a version, held against what was proved; `reading` is None where nothing was."""

    claim: Claim
    reading: Reading | None
    days_apart: int | None


@dataclass(frozen=True, slots=True)
class Row:
    """A version with what is said of it and what was proved."""

    transition: Transition
    claims: tuple[CheckedClaim, ...]

    @property
    def version(self) -> Version:
        return self.transition.version

    @property
    def verdict(self) -> Verdict | None:
        """None for a first version, and for one of which nobody has the document."""
        found = self.transition.comparison
        return None if found is None else found.verdict


def log(registry: Registry, policy: Policy) -> Iterator[Row]:
    """The rows, the newest first, as AWS' page has them."""
    for version in reversed(policy.versions):
        yield row(registry, policy, version)


def row(registry: Registry, policy: Policy, version: Version) -> Row:
    """One version's row."""
    found = transition(registry, policy, version)
    return Row(found, tuple(_checked(claim, found) for claim in version.claims))


def _checked(claim: Claim, found: Transition) -> CheckedClaim:
    said = None
    if found.comparison is not None:
        said = reading(claim.note, changed(found.comparison))
    return CheckedClaim(claim, said, days_apart(claim, found.version))


def changed(comparison: Comparison) -> list[str]:
    """The actions that a version allows more or less of; those to come are of no note."""
    findings = (*comparison.added.findings, *comparison.removed.findings)
    return sorted({grant.name for one in findings for grant in one.actions if grant.name is not None})


def proved(row: Row) -> list[str]:
    """What was proved of a version, in sentences, what is wrong with its notes among them."""
    said = list(_of_transition(row.transition))
    for one in row.claims:
        said += _of_claim(one)
    return said


def _of_transition(found: Transition) -> Iterator[str]:
    if found.comparison is None:
        if found.access is None:
            yield "the document is not known, so nothing was proved"
        else:
            names = action_names(found.access.findings)
            services = len({name.partition(":")[0] for name in names})
            yield f"first version: allows {_count(len(names), 'action')} of {_count(services, 'service')}"
            yield from _undecided(found.access)
        return
    beside = "" if _is_next(found) else f" (compared with {found.before.name})" if found.before else ""
    if found.version.reissue:
        yield f"re-issued: the document is that of the version before{beside}"
        return
    yield f"{found.comparison.verdict.value}: {MEANINGS[found.comparison.verdict]}{beside}"
    for word, difference in (("newly allowed", found.comparison.added), ("taken away", found.comparison.removed)):
        names = action_names(difference.findings)
        if names:
            yield f"{word}: {listed(names)}"
        yield from _undecided(difference)


def _is_next(found: Transition) -> bool:
    return found.before is not None and found.before.number == found.version.number - 1


def _undecided(difference: Difference) -> Iterator[str]:
    for one in difference.undecided:
        about = "the policy" if one.statement_index is None else f"statement {one.statement_index + 1}"
        yield f"undecided of {about}: {one.reason}"


def _of_claim(one: CheckedClaim) -> Iterator[str]:
    if one.reading is not None:
        if one.reading.left_out:
            yield f"the note leaves out {listed(one.reading.left_out)}"
        if one.reading.unfounded:
            yield f"the note names {listed(one.reading.unfounded)}, of which nothing changed"
        if one.reading.is_complete:
            yield "the note names every action that changed"
    if one.days_apart is not None:
        word = "after" if one.days_apart > 0 else "before"
        yield f"announced {_count(abs(one.days_apart), 'day')} {word} IAM's date of the version"


def listed(names: Sequence[str]) -> str:
    """`a, b and c`; of many the first ones."""
    if len(names) > _MOST_TOLD:
        return f"{', '.join(names[:_MOST_TOLD])} and {len(names) - _MOST_TOLD} more"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
