"""`launchrole stack create`."""

from __future__ import annotations

from typing import Any

import click

from launchrole.cli import options
from launchrole.cli.accounts import Where, where_options
from launchrole.cli.cancelling import by_deletion
from launchrole.cli.opening import reached
from launchrole.cli.stack.operation import carry_out, service_role, uploaded
from launchrole.cli.verbs import CONTEXT


@click.command(context_settings=CONTEXT)
@click.argument("name")
@click.argument("template")
@options.parameter_options
@options.template_options
@options.role_option
@click.option(
    "--on-failure",
    type=click.Choice(["rollback", "delete", "do-nothing"], case_sensitive=False),
    default="rollback",
    show_default=True,
    help="What becomes of a stack whose creation fails.",
)
@options.output_option
@where_options
def command(
    name: str,
    template: str,
    given: options.Given,
    capabilities: list[str],
    s3_bucket: str | None,
    role: str | None,
    on_failure: str,
    output: str,
    place: Where,
) -> None:
    """Create the stack NAME from TEMPLATE: a file, - for standard input, or the https URL of an object in S3.

    \b
    launchrole stack create web template.yaml
    launchrole stack create web template.yaml -p Size=2 --role LaunchRole

    Every call for a resource is decided by the role's policies, or the caller's without --role. A denial is shown with
    AWS' sentence, what came nearest and the smallest fix. Ctrl-C cancels: the stack is deleted.

    Exit codes: 0 created, 1 refused, failed or cancelled, 2 usage, or input or accounts that cannot be used.
    """
    body = options.template_of(template)
    with reached(place, custom_resources=given.responses, new=True) as accounts:
        params: dict[str, Any] = {
            **uploaded(accounts, body, s3_bucket, name),
            **service_role(accounts, role),
            "Parameters": given.parameters,
            "Capabilities": capabilities,
            "Tags": given.tags or [],
            "OnFailure": on_failure.upper().replace("-", "_"),
        }
        code = carry_out(accounts, name, "CreateStack", params, by_deletion, output=output)
    raise SystemExit(code)
