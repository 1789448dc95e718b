"""`launchrole stack update`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from launchrole.cli import options
from launchrole.cli.accounts import Where, where_options
from launchrole.cli.cancelling import by_rollback
from launchrole.cli.opening import reached
from launchrole.cli.refusals import Refused
from launchrole.cli.stack.operation import NOTHING_TO_DO, carry_out, existing, service_role, uploaded
from launchrole.cli.verbs import CONTEXT


@click.command(context_settings=CONTEXT)
@click.argument("name")
@click.argument("template", required=False)
@options.parameter_options
@options.template_options
@options.role_option
@click.option(
    "--on-failure",
    type=click.Choice(["rollback", "do-nothing"], case_sensitive=False),
    default="rollback",
    show_default=True,
    help="What becomes of a stack whose update fails.",
)
@options.output_option
@where_options
def command(
    name: str,
    template: str | None,
    given: options.Given,
    capabilities: list[str],
    s3_bucket: str | None,
    role: str | None,
    on_failure: str,
    output: str,
    place: Where,
) -> None:
    """Update the stack NAME to TEMPLATE, or to other parameters of the template that it has.

    \b
    launchrole stack update web template.yaml
    launchrole stack update web -p Size=3

    Parameters that are not given keep their values, as do tags and the role. Where nothing changes, nothing is done,
    and that is no error. Ctrl-C cancels: the update is rolled back.

    Exit codes: 0 updated, or nothing to do, 1 refused, failed or cancelled, 2 usage, or input or accounts that cannot
    be used.
    """
    from botocore.exceptions import ClientError

    body = {} if template is None else options.template_of(template)
    with reached(place, custom_resources=given.responses) as accounts:
        stack = existing(accounts, name)
        if stack is None:
            raise Refused(f"there is no stack {name}; create it with `launchrole stack create {name} TEMPLATE`")
        names = [one["ParameterKey"] for one in stack.get("Parameters", ())]
        if "TemplateBody" in body:
            declared = options.declared_parameters(body["TemplateBody"])
            names = [one for one in names if one in declared]
        params: dict[str, Any] = {
            **(uploaded(accounts, body, s3_bucket, name) or {"UsePreviousTemplate": True}),
            **service_role(accounts, role),
            "Parameters": [*given.parameters, *_kept(names, given.parameters)],
            "Capabilities": capabilities,
            "DisableRollback": on_failure.lower() == "do-nothing",
        }
        if given.tags is not None:
            params["Tags"] = given.tags
        try:
            code = carry_out(
                accounts, name, "UpdateStack", params, by_rollback, output=output, stack_id=stack["StackId"]
            )
        except ClientError as error:
            if NOTHING_TO_DO not in error.response["Error"]["Message"]:
                raise
            click.echo(f"{name}: nothing to do, the stack is what is asked for", err=output == "json")
            code = 0
    raise SystemExit(code)


def _kept(names: Iterable[str], given: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The parameters that keep their values."""
    told = {one["ParameterKey"] for one in given}
    return [{"ParameterKey": name, "UsePreviousValue": True} for name in names if name not in told]
