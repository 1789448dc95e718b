"""`launchrole explain`: why a call was denied."""

from __future__ import annotations

import json
import re
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from launchrole.cli.evaluate import as_json, as_text
from launchrole.cli.input import InputError
from launchrole.cli.output import wrapped
from launchrole.cli.sentence import SENTENCE, decision_of, of_sentence
from launchrole.cli.state import StateFailure, default_state, state_option
from launchrole.cli.verbs import CONTEXT

if TYPE_CHECKING:
    from launchrole.account.decisions import StoredDecision
    from launchrole.policy.decision import Decision

_ID = re.compile(r"[0-9a-f]{8}(-[0-9]+|(-[0-9a-f]{4}){3}-[0-9a-f]{12})")


@click.command(context_settings=CONTEXT)
@click.argument("what", metavar="ID|SENTENCE|-")
@click.option("--full", is_flag=True, help="Tell what became of every statement, and every fix.")
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
@state_option
def command(what: str, full: bool, output: str, state: Path | None) -> None:
    """Explain a decision: by its id, or by AWS' sentence about a denial, pasted whole; - reads it from standard input.

    \b
    launchrole explain 5f0c2d1e-1
    aws s3 mb s3://x 2>&1 | launchrole explain -

    A sentence from elsewhere (real AWS) is explained as far as it tells.

    Exit codes: 0 explained, 2 nothing found.
    """
    from launchrole.account import decisions
    from launchrole.account.store import StateError, Store

    text = " ".join((sys.stdin.read(1_000_000) if what == "-" else what).split())  # pasted lines are often broken
    identifier = _ID.fullmatch(text.strip())
    sentence = SENTENCE.search(text)
    if identifier is None and sentence is None:
        raise InputError(
            "this is neither the id of a decision nor AWS' sentence about a denial (User: ... is not authorized ...)"
        )
    try:
        store = Store.reader(state or default_state())
    except StateError as error:
        if identifier is not None:
            raise StateFailure(str(error)) from None
        store = None
    stored, decision = None, None
    if store is not None:
        with closing(store):
            if identifier is not None:
                stored = decisions.find(store.connection, identifier[0])
            elif sentence is not None:
                stored = decision_of(store.connection, sentence)
            try:
                decision = None if stored is None else decisions.again(store.connection, stored)
            except LookupError as error:
                raise StateFailure(str(error)) from None
    if stored is None or decision is None:
        if sentence is None:
            raise StateFailure(f"there is no decision {text.strip()}; the newest are listed by `launchrole decisions`")
        click.echo("\n".join(of_sentence(text, sentence)))
        return
    if output == "json":
        told = as_json(decision, explained=full)
        click.echo(json.dumps({"id": stored.id, "operation": stored.operation, **told}, indent=2, ensure_ascii=False))
        return
    click.echo("\n".join(explained(stored, decision, full=full)))


def explained(stored: StoredDecision, decision: Decision, *, full: bool = False) -> list[str]:
    """A denial in words: what was asked, why it was denied, what came nearest and the smallest fix."""
    asked = f"{stored.operation} by {stored.principal} asked for {stored.action} on {stored.resource}"
    return [wrapped(asked), *as_text(decision, explained=full)]
