"""`launchrole test`: run decision cases."""

from __future__ import annotations

import fnmatch
import json
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

from launchrole.cli.input import InputError, read_cases, read_policy
from launchrole.cli.output import labelled, styled
from launchrole.cli.verbs import CONTEXT
from launchrole.files import display_name
from launchrole.policy.case import Case, CaseError, case, cases_of, name_of
from launchrole.policy.decision import Decision, Verdict
from launchrole.policy.explanation import nearest_miss, summary


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a case: `misses` says in what its decision differs from what it expects."""

    file: str
    name: str
    decision: Decision
    misses: list[str]
    seconds: float
    explanation: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return not self.misses


@click.command(context_settings=CONTEXT)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--only", metavar="PATTERN", help="Only cases whose name matches, such as '*PassRole*'.")
@click.option("--output", type=click.Choice(["text", "json", "junit"]), default="text", show_default=True)
def command(files: Sequence[str], only: str | None, output: str) -> None:
    """Run decision cases: unit tests of policies.

    A FILE holds cases in the format that conformance/README.md describes; a directory stands for all .json files
    beneath it, and - for standard input. Exit codes: 0 all pass, 1 one fails, 2 usage or unreadable input.
    """
    outcomes = [outcome for file in _files(files) for outcome in _run(file, only)]
    if not outcomes:
        raise InputError("no cases" + (f" match {only}" if only else " were found"))
    render = {"text": _as_text, "json": _as_json, "junit": _as_junit}[output]
    click.echo(render(outcomes))
    raise SystemExit(0 if all(outcome.passed for outcome in outcomes) else 1)


def _files(given: Sequence[str]) -> Iterator[str]:
    for path in given:
        if path != "-" and Path(path).is_dir():
            found = sorted(str(one) for one in Path(path).rglob("*.json"))
            if not found:
                raise InputError(f"{path}: there are no .json files in this directory")
            yield from found
        else:
            yield path


def _run(file: str, only: str | None) -> Iterator[Outcome]:
    directory = Path() if file == "-" else Path(file).parent
    try:
        given = cases_of(read_cases(file))
        names = [name_of(one, index) for index, one in enumerate(given)]
        chosen = [
            case(one, name, lambda path: read_policy(str(directory / path)))
            for one, name in zip(given, names, strict=True)
            if only is None or fnmatch.fnmatchcase(name.lower(), only.lower())
        ]
    except CaseError as error:
        raise InputError(f"{display_name(file)}: {error}") from None
    for one in chosen:
        yield _decide(display_name(file), one)


def _decide(file: str, one: Case) -> Outcome:
    started = time.perf_counter()
    decision = one.policies.evaluate(one.request)
    seconds = time.perf_counter() - started
    misses = one.expected.misses(decision)
    return Outcome(file, one.name, decision, misses, seconds, _explained(decision) if misses else [])


def _explained(decision: Decision) -> list[str]:
    near = nearest_miss(decision)
    return [summary(decision)] + ([near.sentence] if near else [])


def _as_text(outcomes: Sequence[Outcome]) -> str:
    lines: list[str] = []
    for outcome in outcomes:
        if not outcome.passed:
            lines.append(f"{styled('FAILED', 'red', bold=True)} {outcome.file}: {outcome.name}")
            lines += [labelled("", miss) for miss in outcome.misses]
            lines += [labelled("why", sentence) for sentence in outcome.explanation]
            lines.append("")
    passed = sum(outcome.passed for outcome in outcomes)
    failed = len(outcomes) - passed
    lines.append(styled(f"{passed} passed, {failed} failed", "red" if failed else "green", bold=True))
    return "\n".join(lines)


def _as_json(outcomes: Sequence[Outcome]) -> str:
    passed = sum(outcome.passed for outcome in outcomes)
    report = {
        "passed": passed,
        "failed": len(outcomes) - passed,
        "cases": [
            {
                "file": outcome.file,
                "name": outcome.name,
                "passed": outcome.passed,
                "verdict": outcome.decision.verdict.value,
                "misses": outcome.misses,
                "explanation": outcome.explanation,
            }
            for outcome in outcomes
        ],
    }
    return json.dumps(report, indent=2, ensure_ascii=False)


def _as_junit(outcomes: Sequence[Outcome]) -> str:
    """The XML that CI servers read: a suite a file, a case a case."""
    from xml.etree import ElementTree as Xml

    suites = Xml.Element("testsuites", name="launchrole")
    for file in dict.fromkeys(outcome.file for outcome in outcomes):
        own = [outcome for outcome in outcomes if outcome.file == file]
        failed = sum(not outcome.passed for outcome in own)
        suite_name = _in_xml(file)
        suite = Xml.SubElement(suites, "testsuite", name=suite_name, tests=str(len(own)), failures=str(failed))
        for outcome in own:
            element = Xml.SubElement(
                suite, "testcase", classname=suite_name, name=_in_xml(outcome.name), time=f"{outcome.seconds:.6f}"
            )
            if not outcome.passed:
                told = _in_xml("; ".join(outcome.misses))
                failure = Xml.SubElement(element, "failure", message=told, type=_kind(outcome))
                failure.text = _in_xml("\n".join(outcome.explanation))
    Xml.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(suites, encoding="unicode")


# XML 1.0 (https://www.w3.org/TR/xml/#charsets): what is not a Char cannot stand in a document, not even as a reference.
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _in_xml(text: str) -> str:
    """A text with what XML cannot hold as escapes."""
    return _NO_XML.sub(lambda found: ascii(found.group())[1:-1], text)


def _kind(outcome: Outcome) -> str:
    return "undecided" if outcome.decision.verdict is Verdict.UNDECIDED else "verdict"
