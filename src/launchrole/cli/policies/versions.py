"""`launchrole policies versions`: a policy's versions."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click

from launchrole.cli.options import output_option
from launchrole.cli.output import table
from launchrole.cli.policies.opening import opened
from launchrole.cli.state import state_option
from launchrole.cli.verbs import CONTEXT
from launchrole.registry import Version


@click.command(context_settings=CONTEXT)
@click.argument("named", metavar="NAME")
@output_option
@state_option
def command(named: str, output: str, state: Path | None) -> None:
    """List the versions of a policy: IAM's date, what it is, and when it was the default.

    Exit codes: 0 listed, 2 there is no such policy.
    """
    with opened(state) as registry:
        policy = registry.policy(named)
    if output == "json":
        told = {"name": policy.key, "arn": policy.arn, "versions": [version_as_dict(one) for one in policy.versions]}
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    rows = [
        (one.name, _day(one.created), "default" if one.is_default else "", _state(one), dates_of(one))
        for one in policy.versions
    ]
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


def dates_of(version: Version) -> str:
    """When a version was the default, in words."""
    if not version.periods:
        return "never known to be the default"
    told = [f"from {_day(one.since)}{f' until {_day(one.until)}' if one.until else ''}" for one in version.periods]
    return f"default {' and '.join(told)}"


def _state(version: Version) -> str:
    if version.digest is None:
        return "document not known"
    return "re-issued" if version.reissue else ""


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else "unknown"


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
