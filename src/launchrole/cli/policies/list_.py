"""`launchrole policies list`: which managed policies there are."""

from __future__ import annotations

import json
from pathlib import Path

import click

from launchrole.cli.options import output_option_with
from launchrole.cli.output import table
from launchrole.cli.policies.opening import opened
from launchrole.cli.state import state_option
from launchrole.cli.verbs import CONTEXT


@click.command(context_settings=CONTEXT)
@click.argument("parts", metavar="[TEXT]...", nargs=-1)
@click.option("--changed", is_flag=True, help="Only those of which several versions are known.")
@output_option_with("html")
@state_option
def command(parts: tuple[str, ...], changed: bool, output: str, state: Path | None) -> None:
    """List the managed policies that ship or were imported, with the default version and its date.

    With TEXT those whose names hold it, in whatever case; with several, those that hold them all.

    \b
    launchrole policies list sagemaker readonly

    Exit codes: 0 listed, 2 the registry cannot be read.
    """
    wanted = [part.lower() for part in parts]
    with opened(state) as registry:
        found = [registry.policy(name) for name in registry.names() if all(one in name.lower() for one in wanted)]
    shown = [one for one in found if len(one.versions) > 1 or not changed]
    if output == "json":
        listed = [
            {
                "name": one.key,
                "arn": one.arn,
                "default": one.default.name if one.default else None,
                "versions": len(one.versions),
                "withdrawn": one.withdrawn.isoformat() if one.withdrawn else None,
            }
            for one in shown
        ]
        click.echo(json.dumps({"policies": listed}, indent=2))
        return
    rows = []
    for one in shown:
        version = one.version(None) if one.versions else None
        day = f"{version.created:%Y-%m-%d}" if version and version.created else "-"
        known = f"{len(one.versions)} known" if len(one.versions) != 1 else ""
        rows.append((one.key, version.name if version else "-", day, "withdrawn" if one.withdrawn else known))
    if output == "html":
        from launchrole.cli.policies.html import list_page

        click.echo(list_page(rows))
        return
    for line in table(rows):
        click.echo(line)
