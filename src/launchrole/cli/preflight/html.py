"""Reports as one page that needs nothing else: for a browser, light or dark, wide or narrow, and for paper."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from html import escape
from importlib.metadata import version
from importlib.resources import files

from launchrole.cli.preflight.text import in_short
from launchrole.preflights.catalogue import kinds
from launchrole.preflights.report import Finding, Fix, FixKind, Level, Report


def render(reports: Sequence[Report]) -> str:
    """One document with all reports, a table of them first where there are several."""
    style = (files("launchrole.cli.preflight") / "report.css").read_text(encoding="utf-8")
    parts = [
        "<!doctype html>",
        '<html lang="en">',
        '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{_title(reports)}</title><style>{style}</style></head>",
        "<body>",
        *(_overview(reports) if len(reports) > 1 else ()),
    ]
    for number, report in enumerate(reports):
        parts += _report(report, number)
    parts += [f"<footer>launchrole {escape(version('launchrole'))} preflight</footer>", "</body>", "</html>"]
    return "\n".join(parts)


def _title(reports: Sequence[Report]) -> str:
    if len(reports) == 1:
        return escape(f"{reports[0].verdict.value}: {reports[0].template}")
    return f"preflight of {len(reports)} templates"


def _overview(reports: Sequence[Report]) -> Iterator[str]:
    heads = "".join(f"<th>{name}</th>" for name in ("Verdict", "Template", "Role", ""))
    yield f"<nav><h1>Preflight</h1><table><thead><tr>{heads}</tr></thead>"
    for number, one in enumerate(reports):
        role = one.role.rpartition("/")[2]
        yield (
            f'<tr><td><span class="verdict {one.verdict.value}">{one.verdict.value}</span></td>'
            f'<td><a href="#report-{number}">{escape(one.template)}</a></td><td>{escape(role)}</td>'
            f"<td>{escape(in_short(one))}</td></tr>"
        )
    yield "</table></nav>"


def _report(report: Report, number: int) -> Iterator[str]:
    yield f'<main id="report-{number}">'
    role, policies = report.role.rpartition("/")[2], ", ".join(report.policies) or "nothing"
    yield (
        f'<header><span class="verdict {report.verdict.value}">{report.verdict.value}</span>'
        f"<h1>{escape(report.template)}</h1>"
        f"<p>under <b>{escape(role)}</b> ({escape(policies)})</p>"
        f"<p>{escape(in_short(report))}</p></header>"
    )
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for one in report.findings:
        where = f"{one.file or report.template}:{one.line}" if one.line else ""
        groups.setdefault((one.logical_id or "the launch", one.type or "", where), []).append(one)
    if groups:
        yield "<h2>Findings</h2>"
    for (name, type, where), found in groups.items():
        yield f'<section><h3>{escape(name)} <small>{escape(type)}</small></h3><p class="where">{escape(where)}</p>'
        for one in found:
            yield from _finding(one)
        yield "</section>"
    yield from _fixes(report)
    yield from _assumptions(report)
    yield from _calls(report)
    yield "</main>"


def _finding(finding: Finding) -> Iterator[str]:
    kept = " suppressed" if finding.suppressed is not None else ""
    yield f'<article class="{finding.level.value}{kept}">'
    yield f"<h4><code>{finding.id}</code> {escape(kinds()[finding.id].title)}</h4>"
    yield "<dl>"
    rows = [
        ("on", finding.operation),
        ("call", finding.call),
        ("action", finding.action),
        ("resource", finding.resource),
        ("whose", finding.principal),
        ("AWS says" if finding.level is Level.ERROR else "why", finding.message),
        ("nearest", finding.nearest),
        ("depends on", ", ".join(finding.depends_on)),
        ("does not count", finding.suppressed),
    ]
    for label, value in rows:
        if value:
            yield f"<dt>{label}</dt><dd>{escape(value)}</dd>"
    for fix in finding.fixes:
        yield f"<dt>fix</dt><dd>{_fix(fix)}</dd>"
    yield "</dl></article>"


def _fix(fix: Fix) -> str:
    where = "in the template" if fix.kind is FixKind.TEMPLATE else "in the policy"
    tried = "tried, and it holds" if fix.verified else "not verified"
    return f"{escape(fix.text)} <small>({where}; {tried})</small>"


def _fixes(report: Report) -> Iterator[str]:
    if report.patch:
        lines = [f'<span class="{_class(line)}">{escape(line)}</span>' for line in report.patch.splitlines()]
        yield "<h2>The template, changed</h2><pre>" + "\n".join(lines) + "</pre>"
    for heading, statements in (
        ("The statements that are lacking", report.statements),
        ("The statements that the permissions boundary lacks", report.boundary_statements),
    ):
        if statements:
            document = {"Version": "2012-10-17", "Statement": [dict(one) for one in statements]}
            yield f"<h2>{heading}</h2><pre>{escape(json.dumps(document, indent=2))}</pre>"
    for note in report.notes:
        yield f"<p>{escape(note)}</p>"


def _class(line: str) -> str:
    if line.startswith(("+++", "---", "@@")):
        return "meta"
    return "added" if line.startswith("+") else "removed" if line.startswith("-") else "same"


def _assumptions(report: Report) -> Iterator[str]:
    if not report.assumptions:
        return
    yield "<h2>Assumptions</h2><ul>"
    for one in sorted(report.assumptions, key=lambda each: not each.decides):
        option = f"<br><code>{escape(one.option)}</code>" if one.option else ""
        strength = "<b>the verdict rests on it:</b> " if one.decides else ""
        yield f"<li>{strength}{escape(one.text)}{option}</li>"
    yield "</ul>"


def _calls(report: Report) -> Iterator[str]:
    if not report.calls:
        return
    yield f"<details><summary>All {len(report.calls)} permissions that the launch asks for</summary>"
    heads = "".join(f"<th>{name}</th>" for name in ("On", "Resource", "Action", "ARN", ""))
    yield f'<div class="wide"><table><thead><tr>{heads}</tr></thead>'
    for one in report.calls:
        cells = (one.operation, one.logical_id or "", one.action, one.resource)
        told = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        yield f'<tr>{told}<td class="{one.verdict}">{one.verdict}</td></tr>'
    yield "</table></div></details>"
