"""Reports as SARIF 2.1.0, the format that code scanning services read. Numbers in comments are sections of
https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from launchrole.cli.preflight.replacements import patched_name, replacements
from launchrole.cli.sarif import log, uri_of
from launchrole.preflights.catalogue import Kind, kinds
from launchrole.preflights.report import Finding, Fix, Report


def render(reports: Sequence[Report]) -> str:
    """One log with the findings of all reports."""
    known = list(kinds().values())
    files = list(dict.fromkeys(file for report in reports for file in _files(report)))
    results = [_result(report, finding) for report in reports for finding in report.findings]
    return json.dumps(log([_rule(one) for one in known], files, results), indent=2, ensure_ascii=False)


def _files(report: Report) -> list[str]:
    return [report.template, *(one.file for one in report.findings if one.file)]


def _rule(kind: Kind) -> dict[str, Any]:
    """3.49."""
    return {
        "id": kind.id,
        "shortDescription": {"text": kind.title},
        "help": {"text": f"cause, example and cure are in {kind.page}"},
        "defaultConfiguration": {"level": kind.level.value},
        "properties": {"docs": kind.page, "tags": ["security"] if kind.id.startswith("LR1") else []},
    }


def _result(report: Report, finding: Finding) -> dict[str, Any]:
    """3.27."""
    file = finding.file or report.template
    physical: dict[str, Any] = {"artifactLocation": {"uri": uri_of(file)}}
    if finding.line is not None:
        physical["region"] = {"startLine": finding.line}
    location: dict[str, Any] = {"physicalLocation": physical}
    if finding.logical_id is not None:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.logical_id, "kind": "resource"}]
    told: dict[str, Any] = {
        "ruleId": finding.id,
        "ruleIndex": list(kinds()).index(finding.id),
        "level": finding.level.value,
        "message": {"text": _message(finding)},
        "locations": [location],
        "partialFingerprints": {"launchrole/v1": fingerprint(report, finding)},
        "properties": {
            "operation": finding.operation,
            "action": finding.action,
            "resource": finding.resource,
            "role": finding.principal or report.role,
            "fixes": [fix.to_dict() for fix in finding.fixes],
        },
    }
    fixes = [_fix(fix, file) for fix in finding.fixes if fix.patch and patched_name(fix.patch) == file.lstrip("/")]
    if fixes:
        told["fixes"] = fixes
    if finding.suppressed is not None:
        kind = "external" if finding.is_known else "inSource"  # 3.35.2
        told["suppressions"] = [{"kind": kind, "justification": finding.suppressed}]
    return told


def _fix(fix: Fix, file: str) -> dict[str, Any]:
    """3.55 to 3.57. Only patches of the file that the finding is in are told like this."""
    change = {"artifactLocation": {"uri": uri_of(file)}, "replacements": replacements(fix.patch)}
    return {"description": {"text": fix.text}, "artifactChanges": [change]}


def _message(finding: Finding) -> str:
    parts = [" ".join(finding.message.split())]
    if finding.nearest:
        parts.append(finding.nearest)
    parts += [f"Fix: {fix.text}" for fix in finding.fixes[:1]]
    return "\n".join(parts)


def fingerprint(report: Report, finding: Finding) -> str:
    """What tells a finding from others wherever in the file it moves (3.27.17): not its line, and no generated id."""
    about = (report.template, report.role, finding.id, finding.logical_id, finding.operation, finding.action)
    return hashlib.sha256("\n".join(map(str, about)).encode()).hexdigest()[:32]
