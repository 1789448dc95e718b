"""`launchrole decisions`: what was allowed and denied."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from pathlib import Path

import click

from launchrole.cli.output import labelled, styled
from launchrole.cli.state import StateFailure, default_state, state_option
from launchrole.cli.verbs import CONTEXT


@click.command(context_settings=CONTEXT)
@click.option("--denied", is_flag=True, help="Denials only.")
@click.option("--follow", is_flag=True, help="Go on as decisions are made; Ctrl-C ends it.")
@click.option("--last", "count", type=click.IntRange(1), default=20, show_default=True, help="How many, at most.")
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
@state_option
def command(denied: bool, follow: bool, count: int, output: str, state: Path | None) -> None:
    """Show the newest decisions, the oldest of them first.

    \b
    launchrole decisions --denied --follow

    Each has an id for `launchrole explain`. With --output json there is an object on each line.

    Exit codes: 0 shown, 2 there is no state.
    """
    from launchrole.account import decisions
    from launchrole.account.store import StateError, Store

    try:
        store = Store.reader(state or default_state())
    except StateError as error:
        raise StateFailure(str(error)) from None
    last = 0
    try:
        found = decisions.newest(store.connection, count, denied=denied)
        while True:
            for number, decision in found:
                last = number
                click.echo(json.dumps(decision.to_dict()) if output == "json" else "\n".join(_lines(decision)))
            if not follow:
                return
            time.sleep(0.2)
            found = decisions.newest(store.connection, 1000, denied=denied, after=last)
    except KeyboardInterrupt:
        return
    finally:
        store.close()


def _lines(decision: object) -> Iterable[str]:
    from launchrole.account.decisions import StoredDecision

    assert isinstance(decision, StoredDecision)
    verdict = styled("allowed", "green") if decision.allowed else styled("denied ", "red", bold=True)
    moment = time.strftime("%H:%M:%S", time.localtime(decision.instant))
    yield f"{moment} {decision.id} {verdict} {decision.action}  {decision.resource}  {decision.principal}"
    if not decision.allowed and "message" in decision.details:
        yield labelled("", decision.details["message"], indent=3)
