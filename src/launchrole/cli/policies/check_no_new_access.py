"""`launchrole policies check-no-new-access`: Access Analyzer's CheckNoNewAccess."""

from __future__ import annotations

from pathlib import Path

import click

from launchrole.cli.options import output_option_with
from launchrole.cli.policies.checking import POLICY_TYPES, answered, policy_type_option
from launchrole.cli.policies.opening import document_of, opened, text_of
from launchrole.cli.state import state_option
from launchrole.cli.verbs import CONTEXT


@click.command(context_settings=CONTEXT)
@click.argument("new", metavar="NEW")
@click.argument("reference", metavar="REF")
@policy_type_option
@output_option_with("html")
@state_option
def command(new: str, reference: str, policy_type: str, output: str, state: Path | None) -> None:
    """Check that the policy NEW allows no request that REF does not, and say what it allows if it does.

    Both are NAME, NAME:v4 or a FILE with a document; - reads standard input. The answer is that of IAM Access
    Analyzer's CheckNoNewAccess, with requests that show it.

    \b
    launchrole policies check-no-new-access new-policy.json AmazonSageMakerFullAccess:v29

    Exit codes: 0 PASS, 1 FAIL, 2 usage or unreadable input, 3 undecided.
    """
    from launchrole.facts.access import facts_for
    from launchrole.reasoning import check_no_new_access

    with opened(state) as registry:
        documents = document_of(registry, reference), document_of(registry, new)
    old_text, new_text = map(text_of, documents)
    code = answered(
        lambda: check_no_new_access(old_text, new_text, POLICY_TYPES[policy_type], facts_for(documents)),
        output,
        "added",
    )
    raise SystemExit(code)
