"""`launchrole policies show`: a version's document."""

from __future__ import annotations

import json
from pathlib import Path

import click

from launchrole.cli.options import output_option_with
from launchrole.cli.policies.opening import opened
from launchrole.cli.policies.versions import version_as_dict
from launchrole.cli.state import state_option
from launchrole.cli.verbs import CONTEXT
from launchrole.registry.history import dates_of


@click.command(context_settings=CONTEXT)
@click.argument("named", metavar="NAME[:vN]")
@output_option_with("html")
@state_option
def command(named: str, output: str, state: Path | None) -> None:
    """Print the document of a policy's default version, or of the one that is named.

    The text is as it was published; what is known of the version is told on standard error, so that the document can
    go into a file. With --output json both are in one object, with --output html on one page.

    \b
    launchrole policies show AmazonSageMakerFullAccess:v29 > policy.json

    Exit codes: 0 shown, 2 there is no such version, or nobody has its document.
    """
    with opened(state) as registry:
        version = registry.version(named)
        text = registry.document(version)
    if output == "json":
        told = {"policy": version.policy, **version_as_dict(version), "document": json.loads(text)}
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    if output == "html":
        from launchrole.cli.policies.html import document_page

        click.echo(document_page(version, text))
        return
    click.echo(f"{version.reference}: {dates_of(version)}", err=True)
    click.echo(text if "\n" in text else json.dumps(json.loads(text), indent=2, ensure_ascii=False))
