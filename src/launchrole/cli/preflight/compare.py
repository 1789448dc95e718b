"""What launches under one role and not under another."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from launchrole.cli.output import labelled, styled
from launchrole.cli.preflight.outputs import Output, save
from launchrole.preflights.report import Finding, Report, Verdict

if TYPE_CHECKING:
    from launchrole.preflights.roles import RoleInput

Pair = tuple[Report, ...]


def role_of(name: str, given: RoleInput) -> RoleInput:
    """The role that a side of `--compare` means: a version of the launch role's policy, or a role by its name."""
    from launchrole.facts import managed_policies

    if re.fullmatch(r"v\d+", name):
        policy = f"{managed_policies.LAUNCH_ROLE_POLICY}:{name}"
        return replace(given, managed=(*given.managed, policy))
    return replace(given, role=name)


def write(names: Sequence[str], pairs: Sequence[Pair], outputs: Sequence[Output]) -> int:
    """Write the comparison, as text or JSON. 0 where all templates fare the same under both, 1 otherwise."""
    for one in outputs:
        if one.format not in ("text", "json"):
            raise click.UsageError(f"--output {one.format} does not go with --compare; text and json do")
        text = _as_json(names, pairs) if one.format == "json" else "\n".join(_as_text(names, pairs))
        if one.file is None:
            click.echo(text)
        else:
            save(one.file, click.unstyle(text) + "\n")
    return 1 if any(denied_only(one, other) or denied_only(other, one) for one, other in pairs) else 0


def _key(finding: Finding) -> tuple[str | None, ...]:
    return finding.operation, finding.logical_id, finding.action, finding.resource, finding.principal


def _denied(report: Report) -> list[Finding]:
    """What the launch role is denied, and then services under the roles that were passed to them."""
    return [*report.denials, *(one for one in report.counted if one.principal is not None)]


def denied_only(one: Report, other: Report) -> list[Finding]:
    """What is denied under the first and not under the second."""
    known = {_key(finding) for finding in _denied(other)}
    return [finding for finding in _denied(one) if _key(finding) not in known]


COLORS = {Verdict.DENIED: "red", Verdict.FAILS: "red", Verdict.DEPENDS: "yellow", Verdict.LAUNCHES: "green"}


def _as_text(names: Sequence[str], pairs: Sequence[Pair]) -> Iterator[str]:
    for number, (one, other) in enumerate(pairs):
        if number:
            yield ""
        verdicts = [
            f"{name} {styled(report.verdict.value, COLORS[report.verdict], bold=True)}"
            for name, report in zip(names, (one, other), strict=True)
        ]
        yield f"{one.template}: {', '.join(verdicts)}"
        yield from differences(names, one, other)


def differences(names: Sequence[str], one: Report, other: Report) -> Iterator[str]:
    """What is denied on one side only, a line each."""
    for name, findings in ((names[0], denied_only(one, other)), (names[1], denied_only(other, one))):
        for finding in findings:
            where = f"{finding.logical_id or 'the launch'}, on {finding.operation}"
            who = "" if finding.principal is None else f", for {finding.principal.rpartition('/')[2]}"
            told = f"{name} lacks {finding.action} on {finding.resource}{who} ({where})"
            yield labelled("", told, 0).lstrip()


def _as_json(names: Sequence[str], pairs: Sequence[Pair]) -> str:
    told: list[dict[str, Any]] = []
    for pair in pairs:
        sides = {}
        for name, one, other in zip(names, pair, reversed(pair), strict=True):
            lacking = [finding.to_dict() for finding in denied_only(one, other)]
            sides[name] = {"verdict": one.verdict.value, "role": one.role, "denied_here_only": lacking}
        told.append({"template": pair[0].template, "sides": sides})
    return json.dumps({"schema": 1, "compared": list(names), "templates": told}, indent=2, ensure_ascii=False)
