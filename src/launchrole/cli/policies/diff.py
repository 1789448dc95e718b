"""`launchrole policies diff`: what one policy allows and another does not."""

from __future__ import annotations

import json
from pathlib import Path

import click

from launchrole.cli.input import InputError
from launchrole.cli.options import output_option_with
from launchrole.cli.output import styled
from launchrole.cli.policies.opening import document_of, opened, text_of
from launchrole.cli.policies.rendering import VERDICT_COLORS, findings_as_text
from launchrole.cli.state import state_option
from launchrole.cli.verbs import CONTEXT
from launchrole.reasoning import ReasoningError, Verdict
from launchrole.registry.proofs import MEANINGS, compared

_EXIT_CODES = {Verdict.EQUIVALENT: 0, Verdict.UNDECIDED: 3}


@click.command(context_settings=CONTEXT)
@click.argument("old", metavar="A")
@click.argument("new", metavar="B")
@output_option_with("html")
@state_option
def command(old: str, new: str, output: str, state: Path | None) -> None:
    """Prove what policy B allows and A does not (+), and the other way round (-).

    A and B are NAME, NAME:v4 or a FILE with a document; - reads standard input. B may be :v4, another version of the
    policy that A names. Every finding has a request that the evaluator allows on one side and not on the other; where
    a direction has no findings, that is proved.

    With --output html a page that needs nothing else, the documents line by line at its end:

    \b
    launchrole policies diff AmazonSageMakerFullAccess AmazonSageMakerReadOnly --output html > diff.html

    Exit codes: 0 both allow the same requests, 1 they differ, 2 usage or unreadable input, 3 undecided.
    """
    if new.startswith(":"):
        from launchrole.registry.registry import split

        new = split(old)[0] + new
    with opened(state) as registry:
        documents = document_of(registry, old), document_of(registry, new)
        try:
            comparison = compared(*documents)
        except ReasoningError as error:
            raise InputError(str(error)) from None
    verdict = comparison.verdict
    names = [one.name or "" for one in documents]
    if output == "json":
        told = {"old": names[0], "new": names[1], **comparison.to_dict()}
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    elif output == "html":
        from launchrole.registry.pages import diff_page

        click.echo(diff_page(names[0], names[1], comparison, text_of(documents[0]), text_of(documents[1])))
    else:
        word = styled(verdict.value, VERDICT_COLORS[verdict], bold=True)
        click.echo(f"{names[1]} beside {names[0]}: {word}, {MEANINGS[verdict]}")
        for line in findings_as_text(comparison.added, "+", "yellow"):
            click.echo(line)
        for line in findings_as_text(comparison.removed, "-", "magenta"):
            click.echo(line)
    raise SystemExit(_EXIT_CODES.get(verdict, 1))
