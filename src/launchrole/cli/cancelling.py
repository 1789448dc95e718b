"""Operations followed to their end, and what Ctrl-C does to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from launchrole.cli.accounts import Accounts
from launchrole.cli.live import Silent, view
from launchrole.cli.watching import Watch, follow

Cancel = Callable[[Any, str], str | None]
"""Given a client of CloudFormation and a stack's id, cancels its operation, or says why that is not possible."""


def by_deletion(client: Any, stack_id: str) -> None:
    """A creation: what was made is deleted."""
    client.delete_stack(StackName=stack_id)


def by_rollback(client: Any, stack_id: str) -> None:
    """An update: what was changed is changed back."""
    client.cancel_update_stack(StackName=stack_id)


def not_at_all(_client: Any, _stack_id: str) -> str:
    """A deletion."""
    return "a deletion goes on to its end"


def follow_to_end(accounts: Accounts, watch: Watch, begin: Callable[[], Any], cancel: Cancel, *, output: str) -> bool:
    """Begin an operation and show how it goes until it has ended; False where a second Ctrl-C left it in progress.

    Raises what `begin` raises.
    """
    from botocore.exceptions import ClientError

    shown = Silent() if output == "json" else view()

    def give_up() -> None:
        shown.say("cancelling; Ctrl-C once more leaves it in progress")
        try:
            refused = cancel(accounts.client("cloudformation"), str(watch.stack_id))
        except ClientError as error:
            refused = str(error.response["Error"]["Message"])
        if refused is not None:
            shown.say(f"it cannot be cancelled: {refused}")

    ended = follow(watch, shown, begin, give_up)
    if not ended:
        click.echo(f"{watch.name} is left in progress; it goes on whenever its accounts are in use", err=True)
    return ended
