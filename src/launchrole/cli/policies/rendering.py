"""How findings of comparisons are printed."""

from __future__ import annotations

from collections.abc import Iterator

from launchrole.cli.output import labelled, styled, wrapped
from launchrole.reasoning import Difference, Finding, Verdict
from launchrole.registry.proofs import witness_in_words

VERDICT_COLORS = {
    Verdict.EQUIVALENT: "green",
    Verdict.ADDS: "yellow",
    Verdict.REMOVES: "magenta",
    Verdict.BOTH: "red",
    Verdict.UNDECIDED: "yellow",
}


def findings_as_text(difference: Difference, sign: str, color: str) -> Iterator[str]:
    """One direction: what one side allows and the other does not, and what is undecided of it."""
    for finding in difference.findings:
        yield from finding_as_text(finding, sign, color)
    for one in difference.undecided:
        about = "the policy" if one.statement_index is None else f"statement {one.statement_index + 1}{_sid(one.sid)}"
        yield wrapped(f"? {about}: {one.reason}")
        yield labelled("of", ", ".join(one.actions))


def finding_as_text(finding: Finding, sign: str, color: str) -> Iterator[str]:
    """A finding with the request that shows it."""
    yield f"{styled(sign, color, bold=True)} statement {finding.statement_index + 1}{_sid(finding.sid)}"
    for label, told in rows_of(finding, levels=True):
        yield labelled(label, told)


def rows_of(finding: Finding, *, levels: bool = False) -> Iterator[tuple[str, str]]:
    """What a finding is about, as labels and texts; `levels`: actions with their access levels."""
    actions = (
        f"{one.text} ({one.access_level})" if levels and one.access_level else one.text for one in finding.actions
    )
    element = "all but " if finding.not_resources else ""
    rows = (
        ("what", ", ".join(actions)),
        ("on", element + ", ".join(one.text for one in finding.resources)),
        ("if", " and ".join(finding.conditions)),
        ("else", "; ".join(finding.otherwise)),
        ("shown", witness_in_words(finding.witness)),
        *(("note", flag.value) for flag in sorted(finding.flags, key=lambda one: one.name)),
    )
    return ((label, told) for label, told in rows if told)


def _sid(sid: str | None) -> str:
    return f" ({sid})" if sid else ""
