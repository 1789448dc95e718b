"""`launchrole projects`: SageMaker's projects."""

from __future__ import annotations

import json
from typing import Any

import click

from launchrole.cli import options
from launchrole.cli.accounts import Where, where_options
from launchrole.cli.opening import reached
from launchrole.cli.output import labelled, styled
from launchrole.cli.verbs import CONTEXT


@click.command(context_settings=CONTEXT)
@click.option("--deleted", is_flag=True, help="Show those that are deleted, too.")
@options.output_option
@where_options
def command(deleted: bool, output: str, place: Where) -> None:
    """List SageMaker's projects and how they stand.

    \b
    launchrole projects

    Exit codes: 0 shown, 1 refused, 2 accounts that cannot be used.
    """
    with reached(place) as accounts:
        client = accounts.client("sagemaker")
        names = [
            one["ProjectName"]
            for page in client.get_paginator("list_projects").paginate()
            for one in page["ProjectSummaryList"]
            if deleted or one["ProjectStatus"] != "DeleteCompleted"
        ]
        found = [client.describe_project(ProjectName=name) for name in names]
    if output == "json":
        click.echo(json.dumps([_document(one) for one in found], indent=2, ensure_ascii=False))
        return
    if not found:
        click.echo("there are no projects; `launchrole launch mlops-build --name NAME` makes one")
    size = max((len(one["ProjectName"]) for one in found), default=0)
    for one in found:
        color = "red" if one["ProjectStatus"].endswith("Failed") else "green"
        status = styled(one["ProjectStatus"].ljust(15), color)
        click.echo(f"{one['ProjectName'].ljust(size)}  {status}  {one['ProjectId']}")
        if _message(one):
            click.echo(labelled("why", _message(one)))


def _message(one: dict[str, Any]) -> str:
    details = one.get("ServiceCatalogProvisionedProductDetails") or {}
    return str(details.get("ProvisionedProductStatusMessage", ""))


def _document(one: dict[str, Any]) -> dict[str, Any]:
    details = one.get("ServiceCatalogProvisionedProductDetails") or {}
    return {
        "name": one["ProjectName"],
        "id": one["ProjectId"],
        "status": one["ProjectStatus"],
        "message": _message(one) or None,
        "provisioned_product": details.get("ProvisionedProductId"),
        "created": one["CreationTime"].isoformat(),
    }
