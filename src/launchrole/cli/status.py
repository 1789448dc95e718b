"""`launchrole status`: what is launched."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click

from launchrole.cli import options
from launchrole.cli.accounts import Accounts, Where, where_options
from launchrole.cli.launching import provisioned_products, stack_name
from launchrole.cli.live import color
from launchrole.cli.opening import reached
from launchrole.cli.output import labelled, styled, table
from launchrole.cli.state import StateFailure
from launchrole.cli.verbs import CONTEXT


@click.command(context_settings=CONTEXT)
@click.argument("name", required=False)
@options.output_option
@where_options
def command(name: str | None, output: str, place: Where) -> None:
    """Show the provisioned products, those of projects among them, or the one NAME with the resources of its stack.

    \b
    launchrole status
    launchrole status churn

    Exit codes: 0 shown, 1 refused, 2 there is none of that name, or accounts that cannot be used.
    """
    with reached(place) as accounts:
        found = [one for one in provisioned_products(accounts) if name is None or _is_called(one, name)]
        if name is not None and not found:
            raise StateFailure(f"nothing is launched by the name {name}; `launchrole status` lists what is")
        resources = {one["Id"]: _resources(accounts, one) if name is not None else [] for one in found}
    if output == "json":
        click.echo(json.dumps([{**_document(one), "resources": resources[one["Id"]]} for one in found], indent=2))
        return
    if not found:
        click.echo("nothing is launched; `launchrole products` lists what can be")
    size = max((len(one["Name"]) for one in found), default=0)
    for one in found:
        status = styled(one["Status"].ljust(12), _COLORS.get(one["Status"], "white"))
        click.echo(f"{one['Name'].ljust(size)}  {status}  {one['Id']}")
        if one.get("StatusMessage") and one["Status"] != "AVAILABLE":
            click.echo(labelled("why", one["StatusMessage"]))
        made = resources[one["Id"]]
        rows = [(each["status"], each["logical_id"], each["type"], each["physical_id"]) for each in made]
        for line in table(rows, [color(each["status"]) for each in made], indent=2):
            click.echo(line)


_COLORS = {"AVAILABLE": "green", "UNDER_CHANGE": "yellow", "TAINTED": "yellow", "ERROR": "red"}


def _is_called(one: Mapping[str, Any], name: str) -> bool:
    """Is it the one of that name or id, or of the project of that name, whose id follows?"""
    return name in (one["Name"], one["Id"]) or str(one["Name"]).rpartition("-p-")[0] == name


def _resources(accounts: Accounts, one: Mapping[str, Any]) -> list[dict[str, str]]:
    from botocore.exceptions import ClientError

    account = str(one["Arn"]).split(":")[4]
    try:
        pages = (
            accounts.client("cloudformation")
            .get_paginator("list_stack_resources")
            .paginate(StackName=stack_name(account, one["Id"]))
        )
        return [
            {
                "logical_id": resource["LogicalResourceId"],
                "type": resource["ResourceType"],
                "status": resource["ResourceStatus"],
                "physical_id": resource.get("PhysicalResourceId", ""),
            }
            for page in pages
            for resource in page["StackResourceSummaries"]
        ]
    except ClientError:
        return []  # it failed before there was a stack


def _document(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": one["Name"],
        "id": one["Id"],
        "status": one["Status"],
        "message": one.get("StatusMessage") or None,
        "created": one["CreatedTime"].isoformat(),
        "product": one.get("ProductId"),
    }
