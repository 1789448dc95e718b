"""`launchrole status`: what is launched."""

from __future__ import annotations

import json
from typing import Any

import click

from launchrole.cli import options
from launchrole.cli.accounts import Accounts, Where, where_options
from launchrole.cli.live import color
from launchrole.cli.opening import reached
from launchrole.cli.output import labelled, styled
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

    Exit codes: 0 shown, 2 there is none of that name, or accounts that cannot be used.
    """
    with reached(place) as accounts:
        found = [one for one in _provisioned(accounts) if name is None or _is_called(one, name)]
        if name is not None and not found:
            raise StateFailure(f"nothing is launched by the name {name}; `launchrole status` lists what is")
        resources = {one["Id"]: _resources(accounts, one) if name is not None else [] for one in found}
    if output == "json":
        click.echo(json.dumps([{**_document(one), "resources": resources[one["Id"]]} for one in found], indent=2))
        return
    if not found:
        click.echo("nothing is launched; `launchrole products` lists what can be")
    for one in found:
        click.echo(f"{one['Name']}  {styled(one['Status'], _COLORS.get(one['Status'], 'white'))}  {one['Id']}")
        if one.get("StatusMessage") and one["Status"] != "AVAILABLE":
            click.echo(labelled("why", one["StatusMessage"]))
        for resource in resources[one["Id"]]:
            status = styled(resource["status"].ljust(18), color(resource["status"]))
            click.echo(f"  {status} {resource['logical_id']}  {resource['type']}  {resource['physical_id']}")


_COLORS = {"AVAILABLE": "green", "UNDER_CHANGE": "yellow", "TAINTED": "yellow", "ERROR": "red"}


def _provisioned(accounts: Accounts) -> list[dict[str, Any]]:
    pages = (
        accounts.client("servicecatalog")
        .get_paginator("scan_provisioned_products")
        .paginate(AccessLevelFilter={"Key": "Account", "Value": "self"})
    )
    return [one for page in pages for one in page["ProvisionedProducts"]]


def _is_called(one: dict[str, Any], name: str) -> bool:
    """Is it the one of that name or id, or of the project of that name, whose id follows?"""
    return name in (one["Name"], one["Id"]) or str(one["Name"]).rpartition("-p-")[0] == name


def _resources(accounts: Accounts, one: dict[str, Any]) -> list[dict[str, str]]:
    from botocore.exceptions import ClientError

    account = str(one["Arn"]).split(":")[4]
    try:
        pages = (
            accounts.client("cloudformation")
            .get_paginator("list_stack_resources")
            .paginate(StackName=f"SC-{account}-{one['Id']}")
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


def _document(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": one["Name"],
        "id": one["Id"],
        "status": one["Status"],
        "message": one.get("StatusMessage") or None,
        "created": one["CreatedTime"].isoformat(),
        "product": one.get("ProductId"),
    }
