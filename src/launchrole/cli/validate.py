"""`launchrole validate`: what AWS refuses in a policy, and what is doubtful about it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import click

from launchrole.cli.input import InputError, read_text
from launchrole.cli.output import labelled, styled, width
from launchrole.cli.verbs import CONTEXT
from launchrole.facts import actions
from launchrole.files import display_name
from launchrole.policy.document import PolicyKind, parse
from launchrole.policy.errors import PolicySyntaxError, printable
from launchrole.policy.source import dotted
from launchrole.policy.validation import RULES, Finding, Severity, refusal, validate

_KINDS = {kind.name.lower().replace("_", "-"): kind for kind in PolicyKind}
_COLORS = {
    Severity.ERROR: "red",
    Severity.SECURITY_WARNING: "magenta",
    Severity.WARNING: "yellow",
    Severity.SUGGESTION: "cyan",
}
_NEVER = "never"


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that could be read, and what was found."""

    file: str
    text: str
    findings: list[Finding]


@click.command(context_settings=CONTEXT)
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--kind", type=click.Choice(list(_KINDS)), help="What the policies are to be; AWS refuses more then.")
@click.option("--output", type=click.Choice(["text", "json", "sarif"]), default="text", show_default=True)
@click.option(
    "--fail-on",
    type=click.Choice([*(severity.value for severity in Severity), _NEVER]),
    default=Severity.WARNING.value,
    show_default=True,
    help="Exit with 1 for findings that are this grave or graver.",
)
@click.option("--ignore", "ignored", metavar="ID", multiple=True, help="Leave out a rule's findings, as in LRP603.")
def command(files: Sequence[str], kind: str | None, output: str, fail_on: str, ignored: Sequence[str]) -> None:
    """Find what AWS refuses in policies, and what is doubtful.

    Unknown actions, resources that no action takes, conditions that do nothing, wide grants, repetitions. Every FILE
    is a policy in JSON; - reads standard input. Findings have ids, which docs/findings.md explains. Exit codes:
    0 fine, 1 findings (see --fail-on), 2 usage or unreadable input.
    """
    _know(ignored)
    unreadable: list[InputError] = []
    checked: list[Checked] = []
    for file in files:
        try:
            checked.append(_check(file, None if kind is None else _KINDS[kind], ignored))
        except InputError as error:
            unreadable.append(error)
    if checked or output != "text":  # nothing is said of files that could not be read but their errors
        click.echo(_rendered(checked, output))
    for one in unreadable:
        one.show()
    raise SystemExit(2 if unreadable else 1 if _fails(checked, fail_on) else 0)


def _know(ids: Sequence[str]) -> None:
    known = {rule.id for rule in RULES}
    for one in ids:
        if one.upper() not in known:
            raise click.UsageError(f"--ignore {one}: there is no such rule; docs/findings.md lists them")


def _check(file: str, kind: PolicyKind | None, ignored: Sequence[str]) -> Checked:
    text = read_text(file)
    name = display_name(file)
    try:
        findings = validate(parse(text, kind, name=name), actions, kind)
    except PolicySyntaxError as error:
        findings = [refusal(error)]
    left_out = {one.upper() for one in ignored}
    return Checked(name, text, [finding for finding in findings if finding.id not in left_out])


def _fails(checked: Sequence[Checked], fail_on: str) -> bool:
    if fail_on == _NEVER:
        return False
    rank = Severity(fail_on).rank
    return any(finding.severity.rank <= rank for one in checked for finding in one.findings)


def _rendered(checked: Sequence[Checked], output: str) -> str:
    if output == "text":
        return "\n".join(_as_text(checked))
    import json

    if output == "sarif":
        from launchrole.cli.sarif import report

        value: object = report([(one.file, one.findings) for one in checked])
    else:
        value = _as_json(checked)
    return json.dumps(value, indent=2, ensure_ascii=False)


def _as_json(checked: Sequence[Checked]) -> dict[str, object]:
    findings = [
        {
            "file": one.file,
            "line": finding.place.line if finding.place else None,
            "column": finding.place.column if finding.place else None,
            "path": finding.place.path if finding.place else dotted(finding.path),
            "id": finding.id,
            "severity": finding.severity.value,
            "message": finding.message,
            "help": finding.help,
            "docs": f"docs/findings.md#{finding.anchor}",
        }
        for one in checked
        for finding in one.findings
    ]
    return {"files": [one.file for one in checked], "counts": _counts(checked), "findings": findings}


def _counts(checked: Sequence[Checked]) -> dict[str, int]:
    found = [finding.severity for one in checked for finding in one.findings]
    return {severity.value: found.count(severity) for severity in Severity}


def _as_text(checked: Sequence[Checked]) -> Iterator[str]:
    for one in checked:
        lines = one.text.split("\n")
        for finding in one.findings:
            yield from _finding(one.file, lines, finding)
            yield ""
    yield _summary(checked)


def _finding(file: str, lines: Sequence[str], finding: Finding) -> Iterator[str]:
    place = finding.place
    where = f"{file}:{place.line}:{place.column}" if place else file
    name = f"{finding.id} {finding.severity.value}"
    line = _wrapped(f"{where}: {name}: {printable(finding.message)}", indent=4)
    yield line.replace(name, styled(name, _COLORS[finding.severity], bold=True), 1)
    if place:
        yield from _excerpt(lines[place.line - 1], place.line, place.column, _COLORS[finding.severity])
    if finding.help:
        yield labelled("help", printable(finding.help))


def _wrapped(text: str, indent: int) -> str:
    """A text as wide as the terminal, further lines indented; in a pipe one line."""
    columns = width()
    if columns is None:
        return text
    return textwrap.fill(
        text, max(columns, 40), subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False
    )


_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[^\s,:\[\]{}"]+|.')


_MOST_SHOWN = 1000


def _excerpt(written: str, line: int, column: int, color: str) -> Iterator[str]:
    """The line with marks under the value; of a long line the part around it."""
    written = written.expandtabs(1).rstrip("\r")
    margin = min(column - 1, _MOST_SHOWN)  # a policy in one line may have a million characters
    before = printable(written[column - 1 - margin : column - 1])
    cut = margin < column - 1
    source, column = before + printable(written[column - 1 : column - 1 + _MOST_SHOWN]), len(before) + 1
    found = _TOKEN.match(source, column - 1)
    end = found.end() if found else column
    number = str(line)
    room = max((width() or 120) - len(number) - 7, 20)  # the margin, and a sign of omission on either side
    start = 0 if end <= room else max(min(column - 1 - room // 4, len(source) - room), 0)
    shown = source[start : start + room]
    cut_left, cut_right = "…" if start or cut else "", "…" if start + room < len(source) else ""
    marks = min(end, start + room) - (column - 1)
    yield f"  {number} | {cut_left}{shown}{cut_right}"
    yield f"  {' ' * len(number)} | {' ' * (column - 1 - start + len(cut_left))}{styled('^' * max(marks, 1), color)}"


def _summary(checked: Sequence[Checked]) -> str:
    files = _plural(len(checked), "file")
    counts = [_plural(count, name.replace("-", " ")) for name, count in _counts(checked).items() if count]
    if not counts:
        return styled(f"no findings in {files}", "green", bold=True)
    return styled(f"{', '.join(counts)} in {files}", "yellow", bold=True)


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
