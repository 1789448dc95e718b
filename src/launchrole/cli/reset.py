"""`launchrole reset`: delete a state."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from launchrole.cli.state import StateFailure, default_state, state_option
from launchrole.cli.verbs import CONTEXT

_OURS = ("state.sqlite", "state.sqlite-wal", "state.sqlite-shm", "lock", "credentials", "policies.sqlite")


@click.command(context_settings=CONTEXT)
@state_option
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(state: Path | None, yes: bool) -> None:
    """Delete everything that the accounts of a state directory hold.

    Only files that launchrole wrote are deleted; a state that is in use is left alone.

    Exit codes: 0 deleted, 1 not confirmed, 2 there is no state, or it is in use.
    """
    from launchrole.account.store import StateError, held

    directory = state or default_state()
    if not directory.is_dir() or not any((directory / name).exists() for name in _OURS):
        raise StateFailure(f"{directory} holds no state")
    try:
        with held(directory):
            if not yes:
                click.confirm(f"Delete all accounts in {directory}?", abort=True)
            for name in _OURS:
                (directory / name).unlink(missing_ok=True)
            for folder in (*directory.glob("checkpoint-*"), *directory.glob(".checkpoint-*")):
                shutil.rmtree(folder)
    except StateError as error:
        raise StateFailure(str(error)) from None
    click.echo(f"{directory} is empty")
