"""`launchrole export`: a state as data."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from launchrole.cli.state import StateFailure, default_state, state_option
from launchrole.cli.verbs import CONTEXT


@click.command(context_settings=CONTEXT)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@state_option
def command(file: Path, state: Path | None) -> None:
    """Write a state to FILE: its rows and its journal, compressed JSON lines, no code.

    The file holds secrets (access keys, private keys, what was stored) and is readable by you alone. A state can be
    exported while it is in use.

    Exit codes: 0 written, 2 the state or the file cannot be used.
    """
    from launchrole.account.store import StateError, Store
    from launchrole.account.transfer import export_state

    try:
        with closing(Store.reader(state or default_state())) as store:
            count = export_state(store.connection, file)
    except StateError as error:
        raise StateFailure(str(error)) from None
    except OSError as error:
        raise StateFailure(f"{file}: cannot be written: {(error.strerror or str(error)).lower()}") from None
    click.echo(f"{file}: {count} records")
