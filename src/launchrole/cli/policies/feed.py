"""`launchrole policies feed`: feeds of what changes in managed policies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from launchrole.cli.policies.opening import opened
from launchrole.cli.state import state_option
from launchrole.cli.verbs import CONTEXT


@click.command(context_settings=CONTEXT)
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--out", "folder", type=click.Path(path_type=Path), metavar="DIR", required=True, help="Where to write.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Nothing of before this day.")
@click.option("--most", type=click.IntRange(1), default=100, show_default=True, help="Entries in a feed, at most.")
@click.option("--url", metavar="URL", help="Where the folder will be on the web: feeds then name themselves.")
@state_option
def command(
    names: Sequence[str], folder: Path, since: datetime | None, most: int, url: str | None, state: Path | None
) -> None:
    """Write feeds in RSS 2.0 and Atom 1.0: of all changes, of those that take access away, of each policy, of each
    service. With a page for each version, which entries lead to.

    \b
    launchrole policies feed --out public/feeds --url https://example.org/feeds
    launchrole policies feed AmazonSageMakerFullAccess --out feeds --since 2025-01-01

    Titles name the policy, the version and the verdict; bodies say what is newly allowed or taken away, with requests
    that show it. With NAME only those policies are looked at. Feeds that say the same are the same, byte for byte.

    Exit codes: 0 written, 2 no such policy, or the folder cannot be written.
    """
    from launchrole.registry.entries import entries
    from launchrole.registry.site import contents, write

    if url is not None and not re.fullmatch(r"https?://[!-~]+", url):
        raise click.UsageError(f"--url {url}: write the folder's URL, such as https://example.org/feeds")
    moment = None if since is None else since.replace(tzinfo=UTC)
    with opened(state) as registry:
        keys = [registry.policy(name).key for name in names] or registry.names()
        found = list(entries(registry, dict.fromkeys(keys), moment))
        written = write(folder, contents(registry, found, url.rstrip("/") if url else None, most))
    click.echo(f"{len(written)} files in {folder}: {len(found)} {'entry' if len(found) == 1 else 'entries'}")
