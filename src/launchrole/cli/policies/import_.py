"""`launchrole policies import`: policies and versions from files."""

from __future__ import annotations

import json
from pathlib import Path

import click

from launchrole.cli.options import output_option
from launchrole.cli.policies.importing import imported_as_dict, imported_as_text
from launchrole.cli.state import StateFailure, default_state, state_option
from launchrole.cli.verbs import CONTEXT
from launchrole.registry import RegistryError, import_, read


@click.command(context_settings=CONTEXT)
@click.argument("source", metavar="FILE|DIR", type=click.Path(path_type=Path))
@click.option("--with-gaps", is_flag=True, help="Nobody has the versions that are missing between others.")
@output_option
@state_option
def command(source: Path, with_gaps: bool, output: str, state: Path | None) -> None:
    """Add managed policies and versions to the registry: AWS' or your own.

    \b
    Read are
      answers of the AWS CLI: iam get-policy, get-policy-version, list-policy-versions, list-policies,
        get-account-authorization-details
      plain documents: NAME.json, NAME.v3.json, or a folder NAME of v1.json, v2.json, ...
      such a folder with a meta.json: name, arn, default_version, versions of version and create_date
      archives: .jsonl or .jsonl.gz, an object a line with name, arn, version, create_date and document
      claims: {"claims": [{"policy", "version", "announced", "note", "source"}]}

    All of it is added, or nothing where something is wrong with it. What is there is never changed.

    Exit codes: 0 added, or nothing was new; 2 something is wrong with the source, or the state cannot be written.
    """
    try:
        found = read(source)
        imported = import_(state or default_state(), found.policies, with_gaps=with_gaps)
    except RegistryError as error:
        raise StateFailure(str(error)) from None
    if output == "json":
        told = {**imported_as_dict(imported), "ignored": [str(path) for path in found.ignored]}
        click.echo(json.dumps(told, indent=2))
        return
    for line in imported_as_text(imported):
        click.echo(line)
    for path in found.ignored:
        click.echo(f"{path}: nothing that is read; left out", err=True)
