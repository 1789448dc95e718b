"""Reports as one page that needs nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from launchrole.cli.preflight.text import in_short
from launchrole.html import Markup, badge, definitions, diff, document, element, folded, joined, source, table
from launchrole.preflights.catalogue import kinds
from launchrole.preflights.report import Finding, Fix, FixKind, Level, Report, Verdict

_TONES = {Verdict.DENIED: "red", Verdict.FAILS: "red", Verdict.DEPENDS: "yellow", Verdict.LAUNCHES: "green"}
_OF_LEVEL = {Level.ERROR: "red", Level.WARNING: "yellow", Level.NOTE: "blue"}
_OF_DECISION = {"allowed": "green", "denied": "red", "undecided": "yellow"}


def render(reports: Sequence[Report]) -> str:
    """One document with all reports, a table of them first where there are several."""
    parts = [_overview(reports)] if len(reports) > 1 else []
    for number, report in enumerate(reports):
        parts.append(element("main", joined(_report(report), "\n"), id=f"report-{number}"))
    return document(_title(reports), parts, "preflight")


def _title(reports: Sequence[Report]) -> str:
    if len(reports) == 1:
        return f"{reports[0].verdict.value}: {reports[0].template}"
    return f"preflight of {len(reports)} templates"


def _overview(reports: Sequence[Report]) -> Markup:
    rows = [
        (_badge(one), element("a", one.template, href=f"#report-{number}"), one.role.rpartition("/")[2], in_short(one))
        for number, one in enumerate(reports)
    ]
    return element("nav", element("h1", "Preflight"), table(("Verdict", "Template", "Role", ""), rows, "stacked"))


def _badge(report: Report) -> Markup:
    return badge(report.verdict.value, _TONES[report.verdict])


def _report(report: Report) -> Iterator[Markup]:
    role, policies = report.role.rpartition("/")[2], ", ".join(report.policies) or "nothing"
    yield element(
        "header",
        _badge(report),
        element("h1", report.template),
        element("p", "under ", element("b", role), f" ({policies})"),
        element("p", in_short(report)),
    )
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for one in report.findings:
        where = f"{one.file or report.template}:{one.line}" if one.line else ""
        groups.setdefault((one.logical_id or "the launch", one.type or "", where), []).append(one)
    if groups:
        yield element("h2", "Findings")
    for (name, type, where), found in groups.items():
        head = element("h3", name, " ", element("small", type))
        yield element("section", head, element("p", where, class_="where"), *map(_finding, found))
    yield from _fixes(report)
    yield from _assumptions(report)
    yield from _calls(report)


def _finding(finding: Finding) -> Markup:
    faded = " faded" if finding.suppressed is not None else ""
    rows: list[tuple[str, str]] = [
        ("on", finding.operation or ""),
        ("call", finding.call or ""),
        ("action", finding.action or ""),
        ("resource", finding.resource or ""),
        ("whose", finding.principal or ""),
        ("AWS says" if finding.level is Level.ERROR else "why", finding.message),
        ("nearest", finding.nearest or ""),
        ("depends on", ", ".join(finding.depends_on)),
        ("does not count", finding.suppressed or ""),
        *(("fix", _fix(one)) for one in finding.fixes),
    ]
    head = element("h4", element("code", finding.id), f" {kinds()[finding.id].title}")
    return element("article", head, definitions(rows), class_=f"{_OF_LEVEL[finding.level]}{faded}")


def _fix(fix: Fix) -> Markup:
    where = "in the template" if fix.kind is FixKind.TEMPLATE else "in the policy"
    tried = "tried, and it holds" if fix.verified else "not verified"
    return joined([fix.text, " ", element("small", f"({where}; {tried})")])


def _fixes(report: Report) -> Iterator[Markup]:
    if report.patch:
        yield element("h2", "The template, changed")
        yield diff(report.patch)
    for heading, statements in (
        ("The statements that are lacking", report.statements),
        ("The statements that the permissions boundary lacks", report.boundary_statements),
    ):
        if statements:
            policy = {"Version": "2012-10-17", "Statement": [dict(one) for one in statements]}
            yield element("h2", heading)
            yield source(json.dumps(policy, indent=2))
    for note in report.notes:
        yield element("p", note)


def _assumptions(report: Report) -> Iterator[Markup]:
    if not report.assumptions:
        return
    yield element("h2", "Assumptions")
    items = []
    for one in sorted(report.assumptions, key=lambda each: not each.decides):
        strength = element("b", "the verdict rests on it:") if one.decides else ""
        option = joined([element("br"), element("code", one.option)]) if one.option else ""
        items.append(element("li", strength, " " if strength else "", one.text, option))
    yield element("ul", *items)


def _calls(report: Report) -> Iterator[Markup]:
    if not report.calls:
        return
    rows = [
        (
            one.operation,
            one.logical_id or "",
            one.action,
            one.resource,
            element("span", one.verdict, class_=_OF_DECISION[one.verdict]),
        )
        for one in report.calls
    ]
    calls = table(("On", "Resource", "Action", "ARN", ""), rows)
    summary = f"All {len(report.calls)} permissions that the launch asks for"
    yield folded(summary, [element("div", calls, class_="wide")])
