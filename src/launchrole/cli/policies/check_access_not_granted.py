"""`launchrole policies check-access-not-granted`: Access Analyzer's CheckAccessNotGranted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from launchrole.cli.input import InputError, read_json
from launchrole.cli.options import output_option_with
from launchrole.cli.policies.checking import POLICY_TYPES, answered, policy_type_option, warn_of_action
from launchrole.cli.policies.opening import document_of, opened, text_of
from launchrole.cli.state import state_option
from launchrole.cli.verbs import CONTEXT
from launchrole.reasoning import Access, CheckRequestError, access_of


@click.command(context_settings=CONTEXT)
@click.argument("policy", metavar="POLICY")
@click.option("--action", "actions", metavar="ACTION", multiple=True, help="An action; repeat it.")
@click.option("--resource", "resources", metavar="ARN", multiple=True, help="A resource; repeat it.")
@click.option(
    "--access", "file", metavar="FILE", help='A list of {"actions": [...], "resources": [...]}, as AWS takes it.'
)
@policy_type_option
@output_option_with("html")
@state_option
def command(
    policy: str,
    actions: Sequence[str],
    resources: Sequence[str],
    file: str | None,
    policy_type: str,
    output: str,
    state: Path | None,
) -> None:
    """Check that POLICY does not allow one of the actions on one of the resources, and say by what it does.

    Without --resource any resource is meant, without --action any action. POLICY is NAME, NAME:v4 or a FILE with a
    document; - reads standard input. The answer is that of IAM Access Analyzer's CheckAccessNotGranted, with requests
    that show it.

    \b
    launchrole policies check-access-not-granted AmazonSageMakerFullAccess --action s3:DeleteBucket

    Exit codes: 0 PASS, 1 FAIL, 2 usage or unreadable input, 3 undecided.
    """
    from launchrole.facts.access import facts_for
    from launchrole.reasoning import check_access_not_granted

    access = [*_of_file(file), *([Access(tuple(actions), tuple(resources))] if actions or resources else [])]
    if not access:
        raise click.UsageError("say what is not to be granted: --action, --resource or --access")
    with opened(state) as registry:
        document = document_of(registry, policy)
    text = text_of(document)
    code = answered(
        lambda: check_access_not_granted(text, access, POLICY_TYPES[policy_type], facts_for([document])),
        output,
        "granted",
    )
    for action in (name for one in access for name in one.actions):
        warn_of_action(action)
    raise SystemExit(code)


def _of_file(path: str | None) -> list[Access]:
    if path is None:
        return []
    value = read_json(path)
    listed = value if isinstance(value, list) else [value]
    try:
        return [access_of(_checked(one)) for one in listed]
    except (CheckRequestError, TypeError) as error:
        raise InputError(f"{path}: {error}") from None


def _checked(value: object) -> dict[str, object]:
    if isinstance(value, dict):
        return value
    raise CheckRequestError('an access is an object, {"actions": [...], "resources": [...]}')
