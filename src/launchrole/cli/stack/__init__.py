"""`launchrole stack`: stacks, launched and watched."""

from __future__ import annotations

import click

from launchrole.cli.verbs import CONTEXT, Verbs

_VERBS = {
    "create": "Create a stack from a template.",
    "update": "Update a stack to a template, or to other parameters.",
    "delete": "Delete a stack.",
    "events": "Show what happened to a stack.",
}


@click.group(cls=Verbs, package=__name__, verbs=_VERBS, context_settings=CONTEXT)
def command() -> None:
    """Create, update and delete CloudFormation stacks under a role, and see what was denied, why, and the smallest fix.

    \b
    launchrole stack create web template.yaml -p Name=value --role LaunchRole
    launchrole stack events web

    The accounts are those of a state directory, opened for the time of the command, or those of a running `launchrole
    up` (--endpoint).

    Exit codes: 0 fine, 1 the operation failed or was cancelled, 2 usage, or input or accounts that cannot be used.
    """
