"""`launchrole stack delete`."""

from __future__ import annotations

from typing import Any

import click

from launchrole.cli import options
from launchrole.cli.accounts import Where, where_options
from launchrole.cli.cancelling import not_at_all
from launchrole.cli.opening import reached
from launchrole.cli.stack.operation import carry_out, existing, service_role
from launchrole.cli.verbs import CONTEXT


@click.command(context_settings=CONTEXT)
@click.argument("name")
@options.role_option
@click.option("--retain", metavar="LOGICAL-ID", multiple=True, help="Leave a resource that could not be deleted.")
@options.output_option
@where_options
def command(
    name: str,
    role: str | None,
    retain: tuple[str, ...],
    output: str,
    place: Where,
) -> None:
    """Delete the stack NAME and its resources, under the role that it was created with.

    \b
    launchrole stack delete web

    A stack that is not there is no error.

    Exit codes: 0 deleted, 1 refused or failed, 2 usage, or accounts that cannot be used.
    """
    with reached(place) as accounts:
        stack = existing(accounts, name)
        if stack is None:
            click.echo(f"there is no stack {name}", err=output == "json")
            return
        params: dict[str, Any] = {**service_role(accounts, role), "RetainResources": list(retain)}
        code = carry_out(accounts, name, "DeleteStack", params, not_at_all, output=output, stack_id=stack["StackId"])
    raise SystemExit(code)
