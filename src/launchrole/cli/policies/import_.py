"""`launchrole policies import`: policies and versions from files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from launchrole.cli.options import output_option
from launchrole.cli.output import wrapped
from launchrole.cli.state import StateFailure, default_state, state_option
from launchrole.cli.verbs import CONTEXT
from launchrole.registry import Imported, RegistryError, import_, read

_MOST_NAMED = 5


@click.command(context_settings=CONTEXT)
@click.argument("source", metavar="FILE|DIR", type=click.Path(path_type=Path))
@click.option("--with-gaps", is_flag=True, help="Nobody has the versions that are missing between others.")
@output_option
@state_option
def command(source: Path, with_gaps: bool, output: str, state: Path | None) -> None:
    """Add managed policies and versions to the registry: AWS' or your own.

    \b
    Read are
      answers of the AWS CLI: iam get-policy, get-policy-version, list-policy-versions, list-policies,
        get-account-authorization-details
      plain documents: NAME.json, NAME.v3.json, or a folder NAME of v1.json, v2.json, ...
      such a folder with a meta.json: name, arn, default_version, versions of version and create_date
      archives: .jsonl or .jsonl.gz, an object a line with name, arn, version, create_date and document
      claims: {"claims": [{"policy", "version", "announced", "note", "source"}]}

    All of it is added, or nothing where something is wrong with it. What is there is never changed.

    Exit codes: 0 added, or nothing was new; 2 something is wrong with the source, or the state cannot be written.
    """
    try:
        found = read(source)
        imported = import_(state or default_state(), found.policies, with_gaps=with_gaps)
    except RegistryError as error:
        raise StateFailure(str(error)) from None
    if output == "json":
        click.echo(json.dumps(_as_dict(imported, found.ignored), indent=2))
        return
    counts: dict[str, int] = {}
    for event in imported.events:
        counts[event.kind.value] = counts.get(event.kind.value, 0) + 1
    told = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    click.echo(
        f"{_plural(len(imported.events), 'new event')} of {_plural(imported.policies, 'policy')}: {told}"
        if told
        else "nothing new"
    )
    if imported.lacking:
        named = [f"{policy}:v{number}" for policy, number in imported.lacking[:_MOST_NAMED]]
        more = f" and {len(imported.lacking) - _MOST_NAMED} more" if len(imported.lacking) > _MOST_NAMED else ""
        click.echo(wrapped(f"missing between the versions that are there: {', '.join(named)}{more}"))
    for path in found.ignored:
        click.echo(f"{path}: nothing that is read; left out", err=True)


def _plural(count: int, noun: str) -> str:
    if count == 1:
        return f"1 {noun}"
    return f"{count} {noun[:-1]}ies" if noun.endswith("y") else f"{count} {noun}s"


def _as_dict(imported: Imported, ignored: Sequence[Path]) -> dict[str, object]:
    return {
        "events": [
            {"kind": one.kind.value, "policy": one.policy, "version": one.version_name or None}
            for one in imported.events
        ],
        "lacking": [f"{policy}:v{number}" for policy, number in imported.lacking],
        "ignored": [str(path) for path in ignored],
    }
