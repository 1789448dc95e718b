"""`launchrole policies sync`: policies and versions from an AWS endpoint."""

from __future__ import annotations

import json
from pathlib import Path

import click

from launchrole.cli.options import output_option
from launchrole.cli.output import wrapped
from launchrole.cli.policies.importing import imported_as_dict, imported_as_text, plural
from launchrole.cli.policies.syncing import Source, check_source, source_options, synced
from launchrole.cli.state import StateFailure, default_state, state_option
from launchrole.cli.verbs import CONTEXT
from launchrole.registry import RegistryError


@click.command(context_settings=CONTEXT)
@click.argument("names", metavar="[NAME|ARN]...", nargs=-1)
@source_options
@output_option
@state_option
def command(names: tuple[str, ...], source: Source, output: str, state: Path | None) -> None:
    """Add what an AWS endpoint has of managed policies to the registry: new versions, another default.

    \b
    launchrole policies sync --scope local
    launchrole policies sync AmazonSageMakerFullAccess --profile audit
    launchrole policies sync --endpoint-url http://127.0.0.1:4566

    Keys come from where the AWS CLI has them. They must allow iam:ListPolicies, iam:ListPolicyVersions and
    iam:GetPolicyVersion; for an ARN iam:GetPolicy in the place of the first. Only documents that are not known yet are
    asked for. All that is new is added, or nothing where an answer is missing or no good.

    With --withdrawn, and without names, policies of AWS that are known but not listed are noted as withdrawn, unless
    more than half would be. Policies of your own never are. AWS lists a deprecated policy to accounts that still have
    it attached, so that it is noted there when the last one is detached.

    A policy that was deleted and made anew under its name has a history of its own: it is told and left out.

    Exit codes: 0 added, or nothing was new; 1 policies were left out; 2 the endpoint or the state cannot be used.
    """
    check_source(source, names)
    try:
        found = synced(state or default_state(), source, names)
    except RegistryError as error:
        raise StateFailure(str(error)) from None
    left_out = found.pulled.left_out
    if output == "json":
        told = {
            **imported_as_dict(found.imported),
            "listed": found.pulled.listed,
            "documents": found.pulled.documents,
            "leftOut": list(left_out),
        }
        click.echo(json.dumps(told, indent=2))
    else:
        for line in imported_as_text(found.imported):
            click.echo(line)
        listed, fetched = plural(found.pulled.listed, "policy"), plural(found.pulled.documents, "document")
        click.echo(f"{listed} listed, {fetched} read")
        for one in left_out:
            click.echo(wrapped(one), err=True)
    if left_out:
        raise click.exceptions.Exit(1)
