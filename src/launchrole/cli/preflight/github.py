"""Reports as workflow commands, which GitHub shows beside the lines of a pull request.
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands"""

from __future__ import annotations

from collections.abc import Sequence

from launchrole.preflights.report import Finding, Level, Report

_COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}


def render(reports: Sequence[Report]) -> str:
    """A command for each finding that counts, and a line for each report."""
    lines = []
    for report in reports:
        lines += [_command(report, one) for one in report.counted]
        # A line of its own could be a command too, if the file's name had a line end or began like one.
        lines.append(f"launchrole preflight: {_data(report.template)}: {report.verdict.value}")
    return "\n".join(lines)


def _command(report: Report, finding: Finding) -> str:
    title = f"{finding.id} {finding.logical_id or 'the launch'} {finding.operation or ''}".strip()
    properties = {"file": finding.file or report.template, "line": finding.line, "title": title}
    written = ",".join(f"{name}={_property(str(one))}" for name, one in properties.items() if one is not None)
    parts = [finding.message, *([finding.nearest] if finding.nearest else [])]
    parts += [f"Fix: {fix.text}" for fix in finding.fixes[:1]]
    return f"::{_COMMANDS[finding.level]} {written}::{_data(chr(10).join(parts))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
