"""`launchrole policies versions`: a policy's versions."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click

from launchrole.cli.options import output_option_with
from launchrole.cli.output import table
from launchrole.cli.policies.opening import opened
from launchrole.cli.state import state_option
from launchrole.cli.verbs import CONTEXT
from launchrole.registry import Version
from launchrole.registry.history import dates_of, day_of


@click.command(context_settings=CONTEXT)
@click.argument("named", metavar="NAME")
@output_option_with("html")
@state_option
def command(named: str, output: str, state: Path | None) -> None:
    """List the versions of a policy: IAM's date, what it is, and when it was the default.

    \b
    launchrole policies versions AmazonSageMakerFullAccess

    Exit codes: 0 listed, 2 there is no such policy.
    """
    with opened(state) as registry:
        policy = registry.policy(named)
    if output == "json":
        told = {"name": policy.key, "arn": policy.arn, "versions": [version_as_dict(one) for one in policy.versions]}
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    rows = [
        (one.name, day_of(one.created), "default" if one.is_default else "", _state(one), dates_of(one))
        for one in policy.versions
    ]
    if output == "html":
        from launchrole.cli.policies.html import versions_page

        click.echo(versions_page(policy, rows))
        return
    for line in table(rows):
        click.echo(line)


def version_as_dict(version: Version) -> dict[str, object]:
    """A version as JSON has it, without its document."""
    return {
        "version": version.name,
        "created": _text(version.created),
        "createdIsInferred": version.inferred,
        "isDefault": version.is_default,
        "isReissue": version.reissue,
        "documentIsKnown": version.digest is not None,
        "default": [{"since": _text(one.since), "until": _text(one.until)} for one in version.periods],
        "claims": [
            {
                "announced": one.announced.isoformat() if one.announced else None,
                "note": one.note,
                "source": one.source,
            }
            for one in version.claims
        ],
    }


def _state(version: Version) -> str:
    if version.digest is None:
        return "document not known"
    return "re-issued" if version.reissue else ""


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
