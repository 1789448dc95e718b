"""`launchrole stack events`."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from launchrole.cli.accounts import Accounts, AtEndpoint, Kept, Where, where, where_options
from launchrole.cli.live import Lines
from launchrole.cli.outcome import event
from launchrole.cli.stack import options
from launchrole.cli.stack.operation import refusal, unreachable
from launchrole.cli.state import StateFailure, default_state
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
    state: Path | None,
    endpoint: str | None,
    account: str | None,
    region: str,
) -> None:
    """Show the events of the stack NAME (a name or an ARN) and of the stacks nested in it, the oldest first.

    \b
    launchrole stack events web
    launchrole stack events web --output json | jq 'select(.denied)'

    A state is only read, so it may be in use. Of a deleted stack the newest one of that name is shown. With --output
    json there is an object on each line.

    Exit codes: 0 shown, 2 there is no such stack, or accounts that cannot be used.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    with _read(where(state, endpoint, account, region)) as accounts:
        watch = Watch(accounts, name)
        try:
            if not _show(watch, output):
                raise StateFailure(f"there is no stack {name} in {region}; see --region, --account and --state")
            while follow:
                time.sleep(max(accounts.poll, 0.2))
                _show(watch, output)
        except KeyboardInterrupt:
            return
        except ClientError as error:
            raise StateFailure(refusal(accounts, error).message) from None
        except BotoCoreError as error:
            raise StateFailure(unreachable(error)) from None


def _show(watch: Watch, output: str) -> bool:
    steps = watch.look()
    if output == "json":
        for step in steps:
            click.echo(json.dumps(event(step), ensure_ascii=False))
    else:
        Lines().tell(steps)
    return bool(steps)


@contextmanager
def _read(place: Where) -> Iterator[Accounts]:
    """The accounts, to be looked at only."""
    from launchrole.account.store import StateError, Store

    directory = place.state or default_state()
    if place.endpoint is not None:
        yield AtEndpoint(place.endpoint, place.region, directory)
        return
    try:
        store = Store.reader(directory)
    except StateError as error:
        raise StateFailure(str(error)) from None
    try:
        yield Kept(store, place.account or str(store.about("origin")["account"]), place.region)
    finally:
        store.close()
