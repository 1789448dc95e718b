"""What verbs that read from an AWS endpoint share: the options, and the reading."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from launchrole.registry.sync import Synced

_One = TypeVar("_One")


@dataclass(frozen=True, slots=True)
class Source:
    """Where policies are read, and which. What is None is as the AWS CLI's settings say."""

    endpoint_url: str | None = None
    profile: str | None = None
    region: str | None = None
    scope: str = "all"
    withdrawn: bool = False
    jobs: int = 4


def source_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--endpoint-url`, `--profile`, `--region`, `--scope`, `--withdrawn` and `--jobs`; the function is given what they
    say, `source`."""

    @functools.wraps(function)
    def with_source(
        *args: Any,
        endpoint_url: str | None,
        profile: str | None,
        region: str | None,
        scope: str,
        withdrawn: bool,
        jobs: int,
        **further: Any,
    ) -> Any:
        source = Source(endpoint_url, profile, region, scope, withdrawn, jobs)
        return function(*args, source=source, **further)

    made: Callable[..., Any] = with_source
    for option in (
        click.option("--jobs", type=click.IntRange(1, 64), default=4, show_default=True, help="Calls at once."),
        click.option(
            "--withdrawn",
            is_flag=True,
            help="Take policies of AWS that are known and not listed for withdrawn. For AWS' own endpoint: one of "
            "`launchrole up` does not list all that AWS offers.",
        ),
        click.option(
            "--scope",
            type=click.Choice(["aws", "local", "all"]),
            default="all",
            show_default=True,
            help="AWS' policies, the account's own, or both.",
        ),
        click.option("--region", metavar="R", help="The region (default: as the AWS CLI has it; IAM needs none)."),
        click.option("--profile", metavar="P", help="The profile of the AWS CLI's settings (default: $AWS_PROFILE)."),
        click.option("--endpoint-url", metavar="URL", help="The endpoint (default: $AWS_ENDPOINT_URL, or AWS)."),
    ):
        made = option(made)
    return made


def check_source(source: Source, names: Sequence[str]) -> None:
    """Raises click.UsageError for options that have no meaning together."""
    if source.withdrawn and (names or source.scope == "local"):
        raise click.UsageError("--withdrawn looks at all of AWS' policies: leave names and --scope local out")


def synced(directory: Path, source: Source, names: Sequence[str]) -> Synced:
    """Add what the source has of policies. Raises RegistryError, with nothing added."""
    from launchrole.registry.endpoint import Iam
    from launchrole.registry.sync import sync

    iam = Iam.at(source.endpoint_url, source.profile, source.region, source.jobs)
    return sync(
        directory,
        iam,
        names,
        source.scope,
        withdrawn=source.withdrawn,
        jobs=source.jobs,
        progress=_followed,
    )


def _followed(some: Iterable[_One], number: int) -> Iterable[_One]:
    """On a terminal a bar on standard error shows how many there are by now."""
    if not sys.stderr.isatty():
        return some
    from rich.console import Console
    from rich.progress import track

    return track(some, "policies", number, console=Console(stderr=True), transient=True)
