"""`launchrole policies diff`: what one policy allows and another does not."""

from __future__ import annotations

import json
from pathlib import Path

import click

from launchrole.cli.input import InputError
from launchrole.cli.options import output_option_with
from launchrole.cli.output import styled, wrapped
from launchrole.cli.policies.opening import document_of, opened, text_of
from launchrole.cli.policies.rendering import VERDICT_COLORS, findings_as_text
from launchrole.cli.state import state_option
from launchrole.cli.verbs import CONTEXT
from launchrole.policy.document import PolicyDocument
from launchrole.reasoning import ReasoningError, Verdict
from launchrole.registry.proofs import MEANINGS, compared

_EXIT_CODES = {Verdict.EQUIVALENT: 0, Verdict.UNDECIDED: 3}


@click.command(context_settings=CONTEXT)
@click.argument("old", metavar="A")
@click.argument("new", metavar="B")
@click.option("--boundary-a", metavar="NAME[:vN]|FILE", help="The permissions boundary under which A is.")
@click.option("--boundary-b", metavar="NAME[:vN]|FILE", help="The one under which B is.")
@output_option_with("html")
@state_option
def command(
    old: str, new: str, boundary_a: str | None, boundary_b: str | None, output: str, state: Path | None
) -> None:
    """Prove what policy B allows and A does not (+), and the other way round (-).

    A and B are NAME, NAME:v4 or a FILE with a document; - reads standard input. B may be :v4, another version of the
    policy that A names. Every finding has a request that the evaluator allows on one side and not on the other; where
    a direction has no findings, that is proved.

    With a permissions boundary a side allows what the policy and the boundary both allow:

    \b
    launchrole policies diff PowerUserAccess PowerUserAccess --boundary-b ReadOnlyAccess

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
        boundaries = [None if one is None else document_of(registry, one) for one in (boundary_a, boundary_b)]
        try:
            comparison = compared(*documents, *boundaries)
        except ReasoningError as error:
            raise InputError(str(error)) from None
    verdict = comparison.verdict
    names = [_name(*one) for one in zip(documents, boundaries, strict=True)]
    if output == "json":
        told = {"old": names[0], "new": names[1], **comparison.to_dict()}
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    elif output == "html":
        from launchrole.registry.pages import diff_page

        click.echo(diff_page(names[0], names[1], comparison, text_of(documents[0]), text_of(documents[1])))
    else:
        word = styled(verdict.value, VERDICT_COLORS[verdict], bold=True)
        click.echo(wrapped(f"{names[1]} beside {names[0]}: {word}, {MEANINGS[verdict]}"))
        for line in findings_as_text(comparison.added, "+", "yellow"):
            click.echo(line)
        for line in findings_as_text(comparison.removed, "-", "magenta"):
            click.echo(line)
    raise SystemExit(_EXIT_CODES.get(verdict, 1))


def _name(document: PolicyDocument, boundary: PolicyDocument | None) -> str:
    return f"{document.name} under {boundary.name}" if boundary else document.name or ""
