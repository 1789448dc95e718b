"""Reports for people: the verdict, findings by resource, fixes, assumptions."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence

from launchrole.cli.output import labelled, styled, table, wrapped
from launchrole.preflights.report import OPERATIONS, Finding, Fix, FixKind, Level, Report, Verdict

_COLORS = {Verdict.DENIED: "red", Verdict.FAILS: "red", Verdict.DEPENDS: "yellow", Verdict.LAUNCHES: "green"}
_OF_LEVEL = {Level.ERROR: "red", Level.WARNING: "yellow", Level.NOTE: "cyan"}
_OF_ROLES = {
    "LR109": "the launch role cannot be assumed",
    "LR110": "a passed role does not trust its service",
    "LR111": "a passed role is not there",
}
"""What is denied for the sake of a role's being as it is, and not for want of a permission."""
_INDENT = 8
_SAME = tuple(" " * _INDENT + label for label in ("near", "fix"))
"""How lines begin that are told once of a resource."""


def render(reports: Sequence[Report], *, full: bool = False) -> str:
    """All reports, with a summary at the end where there are several."""
    lines: list[str] = []
    for number, report in enumerate(reports):
        lines += ["", ""] if number else []
        lines += _report(report, full)
    if len(reports) > 1:
        lines += ["", *_summary(reports)]
    return "\n".join(lines)


def _report(report: Report, full: bool) -> Iterator[str]:
    yield wrapped(
        f"{report.template} under {report.role.rpartition('/')[2]} ({', '.join(report.policies) or 'nothing'})"
    )
    yield wrapped(f"{styled(report.verdict.value.upper(), _COLORS[report.verdict], bold=True)}  {in_short(report)}")
    for (logical_id, type, where), findings in _by_resource(report):
        yield ""
        yield "  ".join(one for one in (styled(logical_id or "the launch", "", bold=True), type or "", where) if one)
        told: set[str] = set()
        for finding in findings:
            for line in _finding(finding, full):
                if line not in told or not line.startswith(_SAME):
                    yield line
                told.add(line)
    yield from _fixes(report)
    yield from _assumptions(report)
    yield from _suppressed(report)
    if full:
        yield from _calls(report)


def in_short(report: Report) -> str:
    """What the verdict rests on, in a line."""
    operations = ", ".join(report.operations)
    denied = Counter(one.operation for one in report.denials if one.operation and one.id not in _OF_ROLES)
    if report.denials and not denied:
        roles = " and ".join(dict.fromkeys(_OF_ROLES[one.id] for one in report.denials if one.id in _OF_ROLES))
        return roles or "the launch is refused before its first call"
    if denied:
        told = ", ".join(f"{denied[name]} on {name}" for name in OPERATIONS if denied[name])
        rests = "; that rests on what is assumed" if report.verdict is Verdict.DEPENDS else ""
        return f"{sum(denied.values())} of {len(report.calls)} permissions are lacking: {told}{rests}"
    errors = [one for one in report.counted if one.level is Level.ERROR]
    if report.verdict is Verdict.FAILS:
        return f"{len(errors)} {_plural('failure', len(errors))}, and no denial among {len(report.calls)} permissions"
    if report.verdict is Verdict.DEPENDS:
        return _undecided(report, len(errors), operations)
    return f"all {len(report.calls)} permissions are there ({operations})"


def _undecided(report: Report, errors: int, operations: str) -> str:
    """What a verdict that depends depends on."""
    nothing = f"nothing is denied of {len(report.calls)} permissions"
    if errors:
        return f"{nothing}, and {errors} cannot be told ({operations})"
    untried = len({one.logical_id for one in report.counted if one.id == "LR901"})
    if untried:
        return f"{nothing} ({operations}); {untried} {_plural('resource', untried)} {_was(untried)} not tried"
    open_ones = sum(one.decides for one in report.assumptions)
    hold = "holds" if open_ones == 1 else "hold"
    return f"{nothing} ({operations}), if {open_ones} {_plural('assumption', open_ones)} {hold}"


def _was(number: int) -> str:
    return "was" if number == 1 else "were"


def _plural(noun: str, number: int) -> str:
    return noun if number == 1 else f"{noun}s"


def _by_resource(report: Report) -> list[tuple[tuple[str, str, str], list[Finding]]]:
    """The findings that count, by what they are about, in the order of the report."""
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for one in report.counted:
        file = one.file or report.template
        where = f"{file}:{one.line}" if one.line else ""
        groups.setdefault((one.logical_id or "", one.type or "", where), []).append(one)
    return list(groups.items())


def _finding(finding: Finding, full: bool) -> Iterator[str]:
    head = f"  {styled(finding.id, _OF_LEVEL[finding.level])} {(finding.operation or '').ljust(6)}"
    if finding.action and finding.resource and finding.id.startswith("LR10"):
        call = f" ({finding.call})" if finding.call and finding.call.lower() != finding.action.lower() else ""
        yield f"{head} {finding.action}{call}"
        yield labelled("on", finding.resource, _INDENT)
        if full:
            yield labelled("AWS", finding.message, _INDENT)
    else:
        yield head.rstrip()
        yield labelled("why", " ".join(finding.message.split()), _INDENT)
    if finding.principal:
        yield labelled("who", finding.principal, _INDENT)
    if finding.nearest:
        yield labelled("near", finding.nearest, _INDENT)
    for fix in finding.fixes if full else _smallest(finding.fixes):
        yield labelled("fix", f"{fix.text}{'' if fix.verified else ' (not verified)'}", _INDENT)


def _smallest(fixes: Sequence[Fix]) -> list[Fix]:
    """The first fix of the template, or else of the policy."""
    for kind in (FixKind.TEMPLATE, FixKind.POLICY):
        found = [one for one in fixes if one.kind is kind]
        if found:
            return found[:1]
    return []


def _fixes(report: Report) -> Iterator[str]:
    if report.patch:
        yield ""
        yield styled("Change the template (each change was tried; --write-template FILE writes it):", "", bold=True)
        for line in report.patch.splitlines():
            color = "green" if line.startswith("+") else "red" if line.startswith("-") else ""
            yield f"  {styled(line, color)}" if color else f"  {line}"
    left = sum(not any(fix.verified and fix.kind is FixKind.POLICY for fix in one.fixes) for one in report.denials)
    outcome = "nothing is denied" if not left else f"{left} {'denial is' if left == 1 else 'denials are'} left"
    either = "Or allow" if report.patch else "Allow"
    for statements, heading in (
        (report.statements, f"{either} it: with these statements {outcome} (--write-policy FILE):"),
        (report.boundary_statements, "The permissions boundary needs these:"),
    ):
        if statements:
            yield ""
            yield styled(heading, "", bold=True)
            document = {"Version": "2012-10-17", "Statement": [dict(one) for one in statements]}
            for line in json.dumps(document, indent=2).splitlines():
                yield f"  {line}"
    for note in report.notes:
        yield labelled("note", note, 0)


def _assumptions(report: Report) -> Iterator[str]:
    deciding = [one for one in report.assumptions if one.decides]
    others = [one for one in report.assumptions if not one.decides]
    for heading, assumptions in (("It rests on this:", deciding), ("Assumed, and of no weight:", others)):
        if not assumptions:
            continue
        yield ""
        yield styled(heading, "", bold=True)
        for one in assumptions:
            yield labelled("-", one.text, 0).replace("-     ", "- ", 1)
            if one.option and one.decides:
                yield f"  {styled(one.option, 'cyan')}"


def _suppressed(report: Report) -> Iterator[str]:
    for one in report.findings:
        if one.suppressed is not None:
            yield ""
            yield wrapped(f"{one.id} of {one.logical_id or 'the launch'} does not count: {one.suppressed}")


def _calls(report: Report) -> Iterator[str]:
    yield ""
    yield styled("What the launch asks for:", "", bold=True)
    rows = [(one.operation, one.verdict, one.logical_id or "-", one.action, one.resource) for one in report.calls]
    yield from table(rows, indent=2)


def _summary(reports: Sequence[Report]) -> list[str]:
    """A line for each report."""
    rows = [(one.verdict.value, one.role.rpartition("/")[2], one.template, in_short(one)) for one in reports]
    return table(rows, [_COLORS[one.verdict] for one in reports])
