"""`launchrole import`: a state from data."""

from __future__ import annotations

from pathlib import Path

import click

from launchrole.cli.state import StateFailure, default_state, state_option
from launchrole.cli.verbs import CONTEXT


@click.command(context_settings=CONTEXT)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@state_option
def command(file: Path, state: Path | None) -> None:
    """Make a state from a FILE that `launchrole export` wrote.

    The state directory must be empty. Nothing in the file is run: the calls in it are replayed when the accounts start.

    Exit codes: 0 made, 2 the file or the state cannot be used.
    """
    from launchrole.account.store import StateError
    from launchrole.account.transfer import import_state

    directory = state or default_state()
    try:
        count = import_state(file, directory)
    except StateError as error:
        raise StateFailure(str(error)) from None
    click.echo(f"{directory}: {count} records")
