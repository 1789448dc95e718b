"""Findings that do not count: those that a template says to ignore, with a reason, and those that a baseline knows.

In a template's metadata, of a resource or of the whole:

    Metadata:
      launchrole:
        ignore:
        - id: LR103
          reason: the bucket belongs to the platform's team
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from launchrole.preflights.catalogue import kinds
from launchrole.preflights.errors import PreflightError
from launchrole.preflights.reading import read
from launchrole.preflights.report import Finding, Report
from launchrole.services.cloudformation.template import Template

VERSION = 1
"""Of the form of baselines."""


@dataclass(frozen=True, slots=True)
class _Ignored:
    """An entry of a template: which findings of which resource (None: of all) do not count, and why."""

    logical_id: str | None
    id: str
    reason: str
    line: int | None

    def fits(self, finding: Finding) -> bool:
        return finding.id == self.id and self.logical_id in (None, finding.logical_id)


def suppressed(report: Report, template: Template | None) -> Report:
    """The report with the findings marked that the template says to ignore. Entries that are of no use are findings."""
    if template is None:
        return report
    entries, wrong = _entries(template)
    findings = []
    used = set()
    for finding in report.findings:
        entry = next((one for one in entries if one.fits(finding)), None)
        if entry is not None:
            used.add(entry)
            finding = replace(finding, suppressed=entry.reason)
        findings.append(finding)
    for entry in entries:
        if entry not in used:
            what = f"`ignore` of {entry.id} has nothing to ignore: take it out"
            wrong.append(_of_entry(what, entry.logical_id, entry.line))
    return replace(report, findings=(*findings, *wrong))


def _entries(template: Template) -> tuple[list[_Ignored], list[Finding]]:
    entries: list[_Ignored] = []
    wrong: list[Finding] = []
    places: list[tuple[str | None, Any, tuple[str | int, ...]]] = [(None, template.section("Metadata"), ("Metadata",))]
    places += [
        (name, one.get("Metadata"), ("Resources", name, "Metadata")) for name, one in template.written_out.items()
    ]
    for logical_id, metadata, path in places:
        if not isinstance(metadata, Mapping) or not isinstance(metadata.get("launchrole"), Mapping):
            continue
        listed = metadata["launchrole"].get("ignore") or []
        for number, one in enumerate(listed if isinstance(listed, list) else [listed]):
            line = template.line((*path, "launchrole", "ignore", number))
            problem = _problem(one)
            if problem is not None:
                wrong.append(_of_entry(problem, logical_id, line))
            else:
                entries.append(_Ignored(logical_id, one["id"], one["reason"].strip(), line))
    return entries, wrong


def _problem(entry: Any) -> str | None:
    """What is wrong with an entry."""
    if not isinstance(entry, Mapping):
        return "`ignore` is a list of entries with `id` and `reason`"
    if entry.get("id") not in kinds():
        return f"`ignore`: there is no finding {entry.get('id')}; docs/findings/ lists them"
    if not isinstance(entry.get("reason"), str) or not entry["reason"].strip():
        return f"`ignore` of {entry['id']} has no reason, and does not count without one"
    return None


def _of_entry(what: str, logical_id: str | None, line: int | None) -> Finding:
    return Finding("LR907", kinds()["LR907"].level, what, logical_id, line=line)


# Baselines


def fingerprint(finding: Finding) -> list[str | None]:
    """What a baseline knows a finding by: nothing that moves with lines, and no generated id."""
    return [finding.id, finding.logical_id, finding.operation, finding.action]


def baseline(reports: Iterable[Report]) -> str:
    """The text of a baseline: all findings that count, by template and role."""
    known = [
        {"template": report.template, "role": report.role, "findings": [fingerprint(one) for one in report.counted]}
        for report in reports
    ]
    return json.dumps({"launchrole-baseline": VERSION, "known": known}, indent=2) + "\n"


_LONGEST = 64 * 1024 * 1024


@dataclass(frozen=True)
class Baseline:
    """Findings that were there before. `name` is the file's."""

    name: str
    known: Mapping[tuple[str, str], tuple[tuple[str | None, ...], ...]]

    @classmethod
    def read(cls, name: str) -> Baseline:
        """Raises `PreflightError` for a file that is none."""
        try:
            data = json.loads(read(name, _LONGEST))
            if data["launchrole-baseline"] != VERSION:
                raise PreflightError(f"{name} is a baseline of another version of launchrole; write it anew")
            known = {
                (one["template"], one["role"]): tuple(tuple(each) for each in one["findings"]) for one in data["known"]
            }
        except (ValueError, KeyError, TypeError):
            raise PreflightError(f"{name} is no baseline; --write-baseline FILE writes one") from None
        return cls(name, known)

    def applied(self, report: Report) -> Report:
        """The report with the findings marked that were there before; those that have gone are told."""
        known = self.known.get((report.template, report.role), ())
        left = list(known)
        findings = []
        for finding in report.findings:
            key = tuple(fingerprint(finding))
            if finding.suppressed is None and key in known:
                if key in left:
                    left.remove(key)
                finding = replace(finding, suppressed=f"known by {self.name}", is_known=True)
            findings.append(finding)
        return replace(report, findings=(*findings, *self._gone(left)))

    def _gone(self, left: Iterable[tuple[str | None, ...]]) -> Iterator[Finding]:
        for id, logical_id, operation, action in left:
            what = f"{id} ({action or 'no action'}) is in {self.name} and is gone: write the baseline anew"
            yield Finding("LR907", kinds()["LR907"].level, what, logical_id, operation=operation)
