"""`launchrole update`: what was launched, brought to other parameters or a newer version of its product."""

from __future__ import annotations

import uuid
from typing import Any

import click

from launchrole.cli import options
from launchrole.cli.accounts import Accounts, Where, where_options
from launchrole.cli.cancelling import by_rollback
from launchrole.cli.catalog import Launcher, choose, launcher, newest_artifact, use_policy_version
from launchrole.cli.launching import Launch, carry_out, find_launch, pairs_of
from launchrole.cli.opening import reached
from launchrole.cli.verbs import CONTEXT


@click.command(context_settings=CONTEXT)
@click.argument("name")
@click.argument("template", required=False)
@options.parameter_options
@options.policy_version_option
@options.output_option
@where_options
def command(
    name: str,
    template: str | None,
    given: options.Given,
    policy_version: str | None,
    output: str,
    place: Where,
) -> None:
    """Update the project or provisioned product NAME: to other parameters, to the newest version of its product, or to
    the template file that it was launched from, as that is now.

    \b
    launchrole update churn -p BuildComputeType=BUILD_GENERAL1_LARGE
    launchrole update demo template.yaml

    Parameters that are not given keep their values. Ctrl-C cancels: the update is rolled back.

    Exit codes: 0 updated, 1 refused, denied, failed or cancelled, 2 usage, or input or accounts that cannot be used.
    """
    with reached(place, custom_resources=given.responses) as accounts, launcher(accounts) as who:
        if policy_version is not None:
            use_policy_version(accounts, policy_version)
        launch = find_launch(accounts, who, name)
        if template is not None:
            choose(accounts, who, template, None)
        code = carry_out(accounts, launch, lambda: _begin(accounts, who, launch, given), by_rollback, output=output)
    raise SystemExit(code)


def _begin(accounts: Accounts, who: Launcher, launch: Launch, given: options.Given) -> None:
    detail = accounts.client("servicecatalog").describe_provisioned_product(Id=launch.provisioned)
    product = detail["ProvisionedProductDetail"]["ProductId"]
    tags: dict[str, Any] = {"Tags": given.tags} if given.tags else {}
    if launch.is_project:
        details = {
            "ProvisioningArtifactId": newest_artifact(accounts, product),
            "ProvisioningParameters": pairs_of({**_values(who, launch), **given.values}),
        }
        who.client("sagemaker").update_project(
            ProjectName=launch.name, ServiceCatalogProvisioningUpdateDetails=details, **tags
        )
        return
    parameters: list[dict[str, Any]] = [{"Key": key, "Value": value} for key, value in given.values.items()]
    parameters += [{"Key": key, "UsePreviousValue": True} for key in _kept(accounts, launch) if key not in given.values]
    answer = who.client("servicecatalog").update_provisioned_product(
        ProvisionedProductId=launch.provisioned,
        ProvisioningArtifactId=newest_artifact(accounts, product),
        ProvisioningParameters=parameters,
        UpdateToken=str(uuid.uuid4()),
        **tags,
    )
    launch.record = answer["RecordDetail"]["RecordId"]


def _values(who: Launcher, launch: Launch) -> dict[str, str]:
    """The parameters that a project was launched or last updated with."""
    found = who.client("sagemaker").describe_project(ProjectName=launch.name)
    given = found["ServiceCatalogProvisioningDetails"].get("ProvisioningParameters") or ()
    return {one["Key"]: one.get("Value", "") for one in given}


def _kept(accounts: Accounts, launch: Launch) -> list[str]:
    """The names of the parameters that the stack has."""
    (stack,) = accounts.client("cloudformation").describe_stacks(StackName=launch.stack_name)["Stacks"]
    return [one["ParameterKey"] for one in stack.get("Parameters", ())]
