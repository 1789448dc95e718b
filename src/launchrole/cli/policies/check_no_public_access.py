"""`launchrole policies check-no-public-access`: Access Analyzer's CheckNoPublicAccess."""

from __future__ import annotations

from pathlib import Path

import click

from launchrole.cli.options import output_option_with
from launchrole.cli.policies.checking import answered
from launchrole.cli.policies.opening import document_of, opened, text_of
from launchrole.cli.state import state_option
from launchrole.cli.verbs import CONTEXT
from launchrole.reasoning import RESOURCE_TYPES


@click.command(context_settings=CONTEXT)
@click.argument("policy", metavar="POLICY")
@click.option(
    "--resource-type",
    type=click.Choice(list(RESOURCE_TYPES)),
    metavar="TYPE",
    required=True,
    help="What the policy belongs to, as in AWS::S3::Bucket.",
)
@output_option_with("html")
@state_option
def command(policy: str, resource_type: str, output: str, state: Path | None) -> None:
    """Check that POLICY, a resource's, lets nobody in but callers that it names or limits by fixed values.

    POLICY is a FILE with a document; - reads standard input. A role's is AWS::IAM::AssumeRolePolicyDocument. The answer
    is that of IAM Access Analyzer's CheckNoPublicAccess, with requests that show it.

    \b
    launchrole policies check-no-public-access bucket-policy.json --resource-type AWS::S3::Bucket

    Exit codes: 0 PASS, 1 FAIL, 2 usage or unreadable input, 3 undecided.
    """
    from launchrole.facts.access import facts_for
    from launchrole.reasoning import check_no_public_access

    with opened(state) as registry:
        document = document_of(registry, policy)
    text = text_of(document)
    code = answered(lambda: check_no_public_access(text, resource_type, facts_for([document])), output, "public")
    raise SystemExit(code)
