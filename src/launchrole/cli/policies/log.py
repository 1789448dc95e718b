"""`launchrole policies log`: the change log of a policy, with what was proved."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click

from launchrole.cli.options import output_option_with
from launchrole.cli.output import labelled, styled
from launchrole.cli.policies.opening import opened
from launchrole.cli.policies.rendering import VERDICT_COLORS
from launchrole.cli.policies.versions import version_as_dict
from launchrole.cli.state import state_option
from launchrole.cli.verbs import CONTEXT
from launchrole.registry.log import Row, proved
from launchrole.registry.log import log as rows_of


@click.command(context_settings=CONTEXT)
@click.argument("named", metavar="NAME")
@output_option_with("markdown", "html")
@state_option
def command(named: str, output: str, state: Path | None) -> None:
    """Show what each version of a policy changed, the newest first: what is said of it, and what is proved.

    Every version is compared with the one before it, in both directions. What AWS or somebody else says of a version
    (its date, its note) is held against that: which changed actions the note leaves out, which it names without cause,
    and whether its date is IAM's.

    \b
    launchrole policies log AmazonSageMakerAdmin-ServiceCatalogProductsServiceRolePolicy
    launchrole policies log AmazonSageMakerFullAccess --output html > log.html

    Exit codes: 0 shown, 2 there is no such policy.
    """
    with opened(state) as registry:
        policy = registry.policy(named)
        if output == "json":
            rows = [row_as_dict(one) for one in rows_of(registry, policy)]
            told = {"name": policy.key, "arn": policy.arn, "versions": rows}
            click.echo(json.dumps(told, indent=2, ensure_ascii=False))
        elif output == "markdown":
            from launchrole.registry.page import page

            click.echo(page(registry, policy), nl=False)
        elif output == "html":
            from launchrole.registry.pages import log_page

            click.echo(log_page(registry, policy))
        else:
            for row in rows_of(registry, policy):
                click.echo("\n".join(_lines(row)))


def row_as_dict(row: Row) -> dict[str, object]:
    """A row as JSON has it."""
    comparison = row.transition.comparison
    return {
        **version_as_dict(row.version),
        "comparedWith": row.transition.before.name if row.transition.before else None,
        "comparison": comparison.to_dict() if comparison else None,
        "proved": proved(row),
        "claims": [
            {
                "announced": one.claim.announced.isoformat() if one.claim.announced else None,
                "note": one.claim.note,
                "source": one.claim.source,
                "daysAfterIam": one.days_apart,
                "leftOut": list(one.reading.left_out) if one.reading else None,
                "unfounded": list(one.reading.unfounded) if one.reading else None,
            }
            for one in row.claims
        ],
    }


def _lines(row: Row) -> Iterator[str]:
    day = f"{row.version.created:%Y-%m-%d}" if row.version.created else "date unknown"
    color = VERDICT_COLORS[row.verdict] if row.verdict else ""
    head = row.version.name.ljust(4)
    yield f"{styled(head, color, bold=True)} {day}{'  default' if row.version.is_default else ''}"
    for one in row.claims:
        announced = f"{one.claim.announced:%Y-%m-%d}: " if one.claim.announced else ""
        yield labelled("said", announced + " ".join(one.claim.note.split()))
    for number, sentence in enumerate(proved(row)):
        yield labelled("proof" if number == 0 else "", sentence)
