"""`launchrole policies watch`: what is new, printed or posted to a webhook."""

from __future__ import annotations

import html
import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from launchrole.cli.options import output_option
from launchrole.cli.output import labelled, styled
from launchrole.cli.policies.syncing import Source, check_source, source_options, synced
from launchrole.cli.state import StateFailure, default_state, state_option
from launchrole.cli.verbs import CONTEXT
from launchrole.policy.errors import printable
from launchrole.registry import NotKnown, RegistryError

if TYPE_CHECKING:
    from launchrole.registry.entries import Entry
    from launchrole.registry.watching import Cursor, Wanted


@click.command(context_settings=CONTEXT)
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option(
    "--webhook",
    "url",
    metavar="URL",
    envvar="LAUNCHROLE_WEBHOOK",
    help="Post to this URL instead of printing (also $LAUNCHROLE_WEBHOOK, which no list of processes shows).",
)
@click.option(
    "--interval",
    type=click.IntRange(1, 604_800),
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait before looking again.",
)
@click.option("--once", is_flag=True, help="Handle what there is, and end: for cron.")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DAY",
    help="Tell nothing of before this day, and the first time all since: 2026-01-31.",
)
@click.option("--removals", is_flag=True, help="Only what takes access away.")
@click.option("--sync", "syncs", is_flag=True, help="Sync first, each time, as `launchrole policies sync` does.")
@source_options
@output_option
@state_option
def command(
    names: tuple[str, ...],
    url: str | None,
    interval: int,
    once: bool,
    since: datetime | None,
    removals: bool,
    syncs: bool,
    source: Source,
    output: str,
    state: Path | None,
) -> None:
    """Print what is new of managed policies, or post it to a webhook: what feeds say, once.

    \b
    launchrole policies watch AmazonSageMakerAdmin-ServiceCatalogProductsServiceRolePolicy --since 2026-01-01 --once
    launchrole policies watch --sync --scope aws --removals --webhook https://hooks.example.com/...

    New is what was added to the registry after the last that was told. The first watch tells nothing, or with --since
    what happened since that day. How far a watch has come is kept in the state directory for each webhook, each choice
    of names and --removals; a process that is killed loses nothing, and may tell one entry twice, with the same id.

    A webhook is posted a JSON object: text (a line, as Slack wants it), id, title, policy, categories, removes, moment,
    link and html. It is of https, or of http on this machine, and counts as told once it answers 2xx. 429, 5xx and
    failing connections are tried again; what cannot be told stays new. With --output json such objects are printed, one
    a line. A sync that fails is told and ends nothing.

    Exit codes: 0 told, or ended by Ctrl-C; 2 no such policy, the webhook takes nothing, with --once also where the sync
    failed or left policies out.
    """
    from launchrole.registry.watching import Cursor, Wanted

    if source != Source() and not syncs:
        raise click.UsageError("options of the endpoint are for --sync; add it, or leave them out")
    check_source(source, names)
    wanted = Wanted(names, removals, None if since is None else since.replace(tzinfo=UTC))
    watch = _Watch(state or default_state(), wanted, source if syncs else None, _delivery(url, output))
    try:
        with Cursor.of(watch.directory, url or "standard output", wanted) as cursor:
            while True:
                problems = list(watch.problems(cursor))
                if once:
                    break
                for one in problems:
                    click.echo(f"{time.strftime('%H:%M:%S')} {one}; next look in {interval} s", err=True)
                time.sleep(interval)
    except RegistryError as error:
        raise StateFailure(str(error)) from None
    except KeyboardInterrupt:
        if once:
            raise  # what there is was not handled
        return
    if problems:
        raise StateFailure("\n".join(problems))


@dataclass(frozen=True)
class _Watch:
    """What is done again and again. `source` is None where nothing is synced."""

    directory: Path
    wanted: Wanted
    source: Source | None
    deliver: Callable[[Entry], None]

    def problems(self, cursor: Cursor) -> Iterator[str]:
        """Sync and tell what is new; what went wrong. Raises NotKnown for a policy that there is not."""
        from launchrole.registry.watching import tell_news

        is_synced = True
        if self.source is not None:
            try:
                yield from synced(self.directory, self.source, self.wanted.names).pulled.left_out
            except RegistryError as error:
                is_synced = False
                yield f"the sync failed: {error}"
        if not is_synced and cursor.get() is None:
            return  # the first watch starts after what is there to be learned, not before
        try:
            tell_news(self.directory, cursor, self.wanted, self.deliver)
        except NotKnown:
            if is_synced:
                raise
        except RegistryError as error:
            yield str(error)


def _delivery(url: str | None, output: str) -> Callable[[Entry], None]:
    """How an entry is told. Raises StateFailure for a webhook that is none."""
    from launchrole.registry.webhooks import Webhook, as_dict

    if url is None:
        return _print if output == "text" else lambda entry: click.echo(json.dumps(as_dict(entry)))
    try:
        webhook = Webhook(url)
    except RegistryError as error:
        raise StateFailure(str(error)) from None

    def post(entry: Entry) -> None:
        webhook.post(entry)
        click.echo(json.dumps(as_dict(entry)) if output == "json" else f"{webhook.shown}: {entry.title}")

    return post


def _print(entry: Entry) -> None:
    day = f"{entry.moment:%Y-%m-%d}" if entry.moment else "date unknown"
    lines = [html.unescape(re.sub("<[^>]*>", "", one)) for one in re.split("</p>|</li>|<ul>", entry.body)]
    told = [labelled("", printable(one)) for one in (*lines, entry.link) if one]
    title = styled(printable(entry.title), "magenta" if entry.removes else "", bold=True)
    click.echo("\n".join([f"{day}  {title}", *told]))
