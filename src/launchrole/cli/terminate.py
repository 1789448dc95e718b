"""`launchrole terminate`: what was launched, deleted."""

from __future__ import annotations

import uuid

import click

from launchrole.cli import options
from launchrole.cli.accounts import Where, where_options
from launchrole.cli.cancelling import not_at_all
from launchrole.cli.catalog import Launcher, launcher
from launchrole.cli.launching import Launch, carry_out, find_launch
from launchrole.cli.opening import reached
from launchrole.cli.verbs import CONTEXT


@click.command(context_settings=CONTEXT)
@click.argument("name")
@options.output_option
@where_options
def command(name: str, output: str, place: Where) -> None:
    """Delete the project or provisioned product NAME and all that it made, but for what a DeletionPolicy keeps.

    \b
    launchrole terminate churn

    It is deleted under its launch role, so a role that may create and not delete is found out here.

    Exit codes: 0 deleted, 1 refused, denied or failed, 2 usage, or accounts that cannot be used.
    """
    with reached(place) as accounts, launcher(accounts) as who:
        launch = find_launch(accounts, who, name)
        code = carry_out(accounts, launch, lambda: _begin(who, launch), not_at_all, output=output)
    raise SystemExit(code)


def _begin(who: Launcher, launch: Launch) -> None:
    if launch.is_project:
        who.client("sagemaker").delete_project(ProjectName=launch.name)
        return
    answer = who.client("servicecatalog").terminate_provisioned_product(
        ProvisionedProductId=launch.provisioned, TerminateToken=str(uuid.uuid4())
    )
    launch.record = answer["RecordDetail"]["RecordId"]
