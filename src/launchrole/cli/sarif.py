"""Findings as SARIF 2.1.0, the format that code scanning services read.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html; the numbers in the comments are its sections.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

from launchrole.policy.source import dotted
from launchrole.policy.validation import RULES, Finding, Rule, Severity

# SARIF has three levels (3.58.6); what is about security says so in a tag and keeps its class in the properties.
_LEVELS = {
    Severity.ERROR: "error",
    Severity.SECURITY_WARNING: "warning",
    Severity.WARNING: "warning",
    Severity.SUGGESTION: "note",
}

_NUMBERS = {rule.id: number for number, rule in enumerate(RULES)}


def report(checked: Sequence[tuple[str, Sequence[Finding]]]) -> dict[str, object]:
    """The log of one run over files, each with its findings."""
    results = [_result(file, finding) for file, findings in checked for finding in findings]
    return log([_rule(rule) for rule in RULES], [file for file, _ in checked], results)


def log(rules: Sequence[object], files: Sequence[str], results: Sequence[object]) -> dict[str, object]:
    """The log of one run (3.13, 3.14)."""
    driver = {"name": "launchrole", "semanticVersion": version("launchrole"), "rules": list(rules)}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "artifacts": [{"location": {"uri": uri_of(file)}} for file in files],
        "results": list(results),
    }
    return {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule) -> dict[str, object]:
    """3.49. `helpUri` has to be absolute: it is the page the rule comes from; our own section is named in the help."""
    ours = f"docs/findings.md#{rule.anchor}"
    security = rule.severity is Severity.SECURITY_WARNING
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "helpUri": rule.source,
        "help": {"text": f"see {ours} and {rule.source}"},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"severity": rule.severity.value, "docs": ours, "tags": ["security"] if security else []},
    }


def _result(file: str, finding: Finding) -> dict[str, object]:
    physical: dict[str, object] = {"artifactLocation": {"uri": uri_of(file)}}
    if finding.place:
        physical["region"] = {"startLine": finding.place.line, "startColumn": finding.place.column}
    path = finding.place.path if finding.place else dotted(finding.path)
    location: dict[str, object] = {"physicalLocation": physical}
    if path:
        location["logicalLocations"] = [{"fullyQualifiedName": path, "kind": "value"}]
    return {
        "ruleId": finding.id,
        "ruleIndex": _NUMBERS[finding.id],
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.message}; {finding.help}" if finding.help else finding.message},
        "locations": [location],
    }


def uri_of(file: str) -> str:
    """A relative reference for a file beneath the working directory, a file: URI for another (3.4.3)."""
    path = Path(file)
    if not path.is_absolute():
        return quote(path.as_posix())
    try:
        return quote(path.relative_to(Path.cwd()).as_posix())
    except ValueError:
        return path.as_uri()
