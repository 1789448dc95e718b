"""Reports as JUnit XML, which CI servers show as tests: a suite a template, a case a resource and operation."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from launchrole.preflights.report import Finding, Level, Report


def render(reports: Sequence[Report]) -> str:
    """One document with all reports."""
    root = ET.Element("testsuites", name="launchrole preflight")
    for report in reports:
        _suite(root, report)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True)


def _suite(root: ET.Element, report: Report) -> None:
    cases: dict[tuple[str, str], list[Finding]] = {}
    for call in report.calls:
        cases.setdefault((call.logical_id or "the launch", call.operation), [])
    for finding in report.findings:
        key = (finding.logical_id or "the launch", finding.operation or "create")
        cases.setdefault(key, []).append(finding)
    failed = sum(any(_counts(one) for one in found) for found in cases.values())
    suite = ET.SubElement(
        root,
        "testsuite",
        name=clean(f"{report.template} under {report.role.rpartition('/')[2]}"),
        tests=str(len(cases)),
        failures=str(failed),
        errors="0",
        time=f"{report.seconds:.3f}",
    )
    for (name, operation), found in cases.items():
        case = ET.SubElement(suite, "testcase", classname=clean(report.template), name=clean(f"{name} {operation}"))
        counted = [one for one in found if _counts(one)]
        if counted:
            told = "\n\n".join(_told(one) for one in counted)
            failure = ET.SubElement(case, "failure", type=counted[0].id, message=clean(counted[0].message))
            failure.text = clean(told)
        others = [one for one in found if not _counts(one)]
        if others:
            ET.SubElement(case, "system-out").text = clean("\n\n".join(_told(one) for one in others))


def _counts(finding: Finding) -> bool:
    return finding.level is Level.ERROR and finding.suppressed is None


def _told(finding: Finding) -> str:
    lines = [f"{finding.id}: {finding.message}"]
    lines += [f"near: {finding.nearest}"] if finding.nearest else []
    lines += [f"fix: {fix.text}" for fix in finding.fixes]
    lines += [f"does not count: {finding.suppressed}"] if finding.suppressed else []
    return "\n".join(lines)


def clean(text: str) -> str:
    """The text without the characters that XML 1.0 cannot hold."""
    return "".join(
        one
        for one in text
        if one in "\t\n\r" or (one >= " " and not "\ud800" <= one <= "\udfff" and one not in "\ufffe\uffff")
    )
