"""`launchrole stack events`."""

from __future__ import annotations

import json
import time

import click

from launchrole.cli import options
from launchrole.cli.accounts import Where, where_options
from launchrole.cli.live import Lines
from launchrole.cli.opening import looked_at
from launchrole.cli.outcome import event
from launchrole.cli.state import StateFailure
from launchrole.cli.verbs import CONTEXT
from launchrole.cli.watching import Watch


@click.command(context_settings=CONTEXT)
@click.argument("name")
@click.option("--follow", is_flag=True, help="Go on as events come; Ctrl-C ends it.")
@options.output_option
@where_options
def command(
    name: str,
    follow: bool,
    output: str,
    place: Where,
) -> None:
    """Show the events of the stack NAME (a name or an ARN) and of the stacks nested in it, the oldest first.

    \b
    launchrole stack events web
    launchrole stack events web --output json | jq 'select(.denied)'

    A state is only read, so it may be in use. Of a deleted stack the newest one of that name is shown. With --output
    json there is an object on each line.

    Exit codes: 0 shown, 1 refused, 2 there is no such stack, or accounts that cannot be used.
    """
    with looked_at(place) as accounts:
        watch = Watch(accounts, name)
        try:
            if not _show(watch, output):
                raise StateFailure(f"there is no stack {name} in {place.region}; see --region, --account and --state")
            while follow:
                time.sleep(max(accounts.poll, 0.2))
                _show(watch, output)
        except KeyboardInterrupt:
            return


def _show(watch: Watch, output: str) -> bool:
    steps = watch.look()
    if output == "json":
        for step in steps:
            click.echo(json.dumps(event(step), ensure_ascii=False))
    else:
        Lines().tell(steps)
    return bool(steps)
