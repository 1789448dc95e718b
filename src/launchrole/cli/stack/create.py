"""`launchrole stack create`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from launchrole.cli.accounts import reached, where, where_options
from launchrole.cli.custom_resources import read_custom_resources
from launchrole.cli.stack import options
from launchrole.cli.stack.operation import carry_out, role_arn, uploaded
from launchrole.cli.verbs import CONTEXT


@click.command(context_settings=CONTEXT)
@click.argument("name")
@click.argument("template")
@options.launch_options
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
    pairs: tuple[str, ...],
    parameter_file: str | None,
    tags: tuple[str, ...],
    capabilities: tuple[str, ...],
    answers: tuple[str, ...],
    s3_bucket: str | None,
    role: str | None,
    on_failure: str,
    output: str,
    state: Path | None,
    endpoint: str | None,
    account: str | None,
    region: str,
) -> None:
    """Create the stack NAME from TEMPLATE: a file, - for standard input, or the https URL of an object in S3.

    \b
    launchrole stack create web template.yaml
    launchrole stack create web template.yaml -p Size=2 --role LaunchRole

    Every call for a resource is decided by the role's policies, or the caller's without --role. A denial is shown with
    AWS' sentence, what came nearest and the smallest fix. Ctrl-C cancels: the stack is deleted.

    Exit codes: 0 created, 1 refused, failed or cancelled, 2 usage, or input or accounts that cannot be used.
    """
    given = options.given(pairs, parameter_file, tags, capabilities, role)
    body = options.template_of(template)
    with reached(
        where(state, endpoint, account, region), custom_resources=read_custom_resources(answers), new=True
    ) as accounts:
        params: dict[str, Any] = {
            **uploaded(accounts, body, s3_bucket, name),
            **role_arn(accounts, given.role),
            "Parameters": given.parameters,
            "Capabilities": given.capabilities,
            "Tags": given.tags or [],
            "OnFailure": on_failure.upper().replace("-", "_"),
        }
        code = carry_out(accounts, name, "CreateStack", params, _cancel, output=output)
    raise SystemExit(code)


def _cancel(client: Any, stack_id: str) -> None:
    client.delete_stack(StackName=stack_id)
