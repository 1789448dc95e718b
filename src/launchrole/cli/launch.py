"""`launchrole launch`: a product launched under its launch role."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from launchrole.cli import options
from launchrole.cli.accounts import Accounts, OfState, Where, role_arn, where_options
from launchrole.cli.cancelling import by_deletion
from launchrole.cli.catalog import (
    Launcher,
    check_parameters,
    choose,
    launch_role_arn,
    launcher,
    newest_artifact,
    turn_on,
    use_policy_version,
)
from launchrole.cli.launching import Launch, carry_out, check_name, new_name, pairs_of
from launchrole.cli.opening import reached, thrown_away
from launchrole.cli.output import wrapped
from launchrole.cli.recorded import last_decision, tell_denials
from launchrole.cli.verbs import CONTEXT


@dataclass(frozen=True)
class _Wanted:
    """What the options ask for."""

    product: str
    name: str | None
    given: options.Given
    role: str | None
    policy_version: str | None
    output: str


@click.command(context_settings=CONTEXT)
@click.argument("product")
@click.option("--name", help="The name of the project or provisioned product (default: made of the product's).")
@options.parameter_options
@click.option("--role", metavar="NAME|ARN", help="The role it is launched under, in place of the product's own.")
@options.policy_version_option
@click.option(
    "--keep-going",
    is_flag=True,
    help="Go on past denials, in a copy of the accounts that is thrown away, and list every one.",
)
@options.output_option
@where_options
def command(
    product: str,
    name: str | None,
    given: options.Given,
    role: str | None,
    policy_version: str | None,
    keep_going: bool,
    output: str,
    place: Where,
) -> None:
    """Launch PRODUCT: a built-in one (`launchrole products` lists them), another one of the catalog by its name or id,
    or a template file.

    \b
    launchrole launch mlops-build-deploy --name churn
    launchrole launch template.yaml -p Size=2 --policy-version v4 --keep-going

    The whole chain is gone through as on AWS: SageMaker (for templates of projects) has Service Catalog provision the
    product, which assumes the launch role and has CloudFormation make a stack; each call is decided by IAM. A denial is
    shown with AWS' sentence, what came nearest and the smallest fix. Ctrl-C cancels: what was made is deleted.

    Exit codes: 0 launched, 1 refused, denied, failed or cancelled, 2 usage, or input or accounts that cannot be used.
    """
    wanted = _Wanted(product, name, given, role, policy_version, output)
    if keep_going:
        raise SystemExit(_record(place, wanted))
    with reached(place, custom_resources=given.responses, new=True) as accounts, launcher(accounts) as who:
        code = _launch(accounts, who, wanted)
    raise SystemExit(code)


def _record(place: Where, wanted: _Wanted) -> int:
    """Launch where denials pass, and list them."""
    with thrown_away(place, ()) as accounts:
        if wanted.given.responses:
            accounts.sandbox.custom_resources = {**accounts.sandbox.custom_resources, **wanted.given.responses}
        with launcher(accounts) as who:
            turn_on(accounts)
            arn = launch_role_arn(accounts) if wanted.role is None else role_arn(accounts, wanted.role)
            accounts.sandbox.record([arn])
            before = last_decision(accounts)
            code = _launch(accounts, who, wanted)
            denied = tell_denials(accounts, before, arn, as_json=wanted.output == "json")
    return 1 if denied else code


def _launch(accounts: Accounts | OfState, who: Launcher, wanted: _Wanted) -> int:
    turn_on(accounts)
    if wanted.policy_version is not None:
        use_policy_version(accounts, wanted.policy_version)
    given = wanted.given
    role = None if wanted.role is None else role_arn(accounts, wanted.role)
    chosen = choose(accounts, who, wanted.product, role)
    name = check_name(wanted.name or new_name(Path(wanted.product).stem), chosen.is_project)
    launch = Launch(who, name, chosen.is_project)
    artifact = newest_artifact(accounts, chosen.id)
    check_parameters(who, chosen, artifact, given.values)
    details: dict[str, Any] = {
        "ProductId": chosen.id,
        "ProvisioningArtifactId": artifact,
        **({"PathId": chosen.path} if chosen.path else {}),
        "ProvisioningParameters": pairs_of(given.values),
    }

    def begin() -> None:
        tags = {"Tags": given.tags} if given.tags else {}
        if launch.is_project:
            who.client("sagemaker").create_project(
                ProjectName=launch.name, ServiceCatalogProvisioningDetails=details, **tags
            )
        else:
            made = who.client("servicecatalog").provision_product(
                ProvisionedProductName=launch.name, ProvisionToken=str(uuid.uuid4()), **details, **tags
            )
            launch.record = made["RecordDetail"]["RecordId"]
        if wanted.output == "text":
            click.echo(wrapped(f"{chosen.name}, launched as {launch.name} by {who.principal.rpartition(':')[2]}"))

    return carry_out(accounts, launch, begin, by_deletion, output=wanted.output)
