"""`launchrole products`: what can be launched."""

from __future__ import annotations

import json

import click

from launchrole.cli import options
from launchrole.cli.accounts import Accounts, Where, where_options
from launchrole.cli.catalog import provided
from launchrole.cli.opening import reached
from launchrole.cli.output import labelled, table
from launchrole.cli.state import StateFailure
from launchrole.cli.verbs import CONTEXT


@click.command(context_settings=CONTEXT)
@options.output_option
@where_options
def command(output: str, place: Where) -> None:
    """List the built-in products, with what they ask for, and the others that the accounts have.

    \b
    launchrole products

    Exit codes: 0 shown, 1 refused, 2 accounts that cannot be used.
    """
    from launchrole import portfolio

    built_in = portfolio.products()
    others = _others(place, {one.name for one in built_in})
    if output == "json":
        documents = [
            {
                "id": one.id,
                "name": one.name,
                "description": one.description,
                "project": one.is_project,
                "parameters": [
                    {"name": each.name, "description": each.description, "default": each.default}
                    for each in one.parameters
                ],
            }
            for one in built_in
        ]
        click.echo(json.dumps([*documents, *others], indent=2, ensure_ascii=False))
        return
    for product in built_in:
        click.echo(product.id)
        click.echo(labelled("", product.name, indent=0))
        for each in product.parameters:
            default = "required" if each.default is None else f"default: {each.default or 'empty'}"
            click.echo(labelled("-p", f"{each.name}  {each.description} ({default})", indent=4))
    for line in table([(other["id"], other["name"]) for other in others]):
        click.echo(line)


def _others(place: Where, built_in: set[str]) -> list[dict[str, str]]:
    """The products of the accounts that are not built in; none where there is no state yet."""
    try:
        with reached(place) as accounts:
            return _listed(accounts, built_in)
    except StateFailure:
        if place.state is not None or place.endpoint is not None:
            raise
        return []


def _listed(accounts: Accounts, built_in: set[str]) -> list[dict[str, str]]:
    found = [one for one in provided(accounts) if one["Name"] not in built_in]
    return [{"id": str(one["ProductId"]), "name": str(one["Name"])} for one in found]
