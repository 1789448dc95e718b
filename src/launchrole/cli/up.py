"""`launchrole up`: AWS accounts on a port."""

from __future__ import annotations

import functools
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from launchrole.cli.custom_resources import custom_resource_option, read_custom_resources
from launchrole.cli.output import report_fault, styled
from launchrole.cli.state import StateFailure, default_state, state_option
from launchrole.cli.verbs import CONTEXT

if TYPE_CHECKING:
    from launchrole.registry.serving import Feeds
    from launchrole.sandbox import Sandbox


@click.command(context_settings=CONTEXT)
@click.option("--port", type=click.IntRange(0, 65535), default=4566, show_default=True, help="0 takes a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@state_option
@click.option("--ephemeral", is_flag=True, help="Keep nothing: the accounts are gone with the process.")
@click.option(
    "--account", "accounts", metavar="ID", multiple=True, help="An account's id; several make several accounts."
)
@click.option(
    "--credentials-file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where the root users' keys are written (default: credentials in the state directory).",
)
@click.option(
    "--ready-file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="A file that gets the endpoint's URL once calls are answered.",
)
@custom_resource_option
@click.option("--quiet", is_flag=True, help="No access log.")
def command(
    port: int,
    host: str,
    state: Path | None,
    ephemeral: bool,
    accounts: tuple[str, ...],
    credentials_file: Path | None,
    ready_file: Path | None,
    answers: tuple[str, ...],
    quiet: bool,
) -> None:
    """Start AWS accounts on this machine, for boto3, the AWS CLI and CDK, with IAM enforced on every call.

    \b
    launchrole up
    aws --profile launchrole --endpoint-url http://127.0.0.1:4566 s3 ls

    What was acknowledged is kept in the state directory and survives a crash. Ctrl-C writes a checkpoint and stops.

    Exit codes: 0 stopped, 2 the port or the state cannot be used.
    """
    if ephemeral and state is not None:
        raise click.UsageError("--ephemeral keeps nothing, so there is no use for --state")
    from launchrole.account.errors import AccountError
    from launchrole.account.server import listen, server
    from launchrole.sandbox import Sandbox

    given = read_custom_resources(answers)
    directory = None if ephemeral else (state or default_state())
    started = time.perf_counter()
    try:
        listening = listen(host, port)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise StateFailure(f"cannot listen on {host}:{port}: {reason}; choose another with --port") from None
    endpoint = f"http://{_shown(host)}:{listening.getsockname()[1]}"
    try:
        sandbox = Sandbox(directory, accounts=accounts, watch=None if quiet else _log, endpoint=endpoint)
    except AccountError as error:
        listening.close()
        raise StateFailure(str(error)) from None
    sandbox.gateway.report = report_fault
    if given:
        sandbox.custom_resources = {**sandbox.custom_resources, **given}
    sandbox.store.announce({"endpoint": endpoint})
    keys = credentials_file or (
        directory / "credentials" if directory else Path(f"launchrole-{os.getpid()}.credentials")
    )
    write_credentials(keys, [(_profile(sandbox.account, one), sandbox.root(one)) for one in sandbox.accounts])

    def ready() -> None:
        _greet(endpoint, sandbox.accounts, keys, directory, sandbox.replayed, time.perf_counter() - started)
        if sandbox.unused_checkpoint is not None:
            click.echo(f"  note      the journal was replayed whole: {sandbox.unused_checkpoint}")
        if ready_file is not None:
            _write(ready_file, endpoint + "\n", 0o644)

    scratch = tempfile.TemporaryDirectory(prefix="launchrole-", ignore_cleanup_errors=True)
    try:
        application = _application(sandbox, directory or Path(scratch.name), endpoint)
        server(application, started=ready).run(sockets=[listening])
    finally:
        scratch.cleanup()
        sandbox.close()
        if ready_file is not None:
            ready_file.unlink(missing_ok=True)
        if ephemeral and credentials_file is None:
            keys.unlink(missing_ok=True)
    if directory is not None:
        click.echo(f"kept in {directory}")


def _application(sandbox: Sandbox, directory: Path, endpoint: str) -> Callable[[Any, Any, Any], Awaitable[None]]:
    """The door, and before it the feeds of a state directory, which are loaded when they are first asked for."""
    from launchrole.account.server import Application

    door = Application(sandbox.gateway)

    @functools.cache
    def feeds() -> Feeds:
        from launchrole.registry.serving import Feeds

        return Feeds(door, directory, endpoint, report_fault)

    async def application(scope: Any, receive: Any, send: Any) -> None:
        asked = scope["type"] == "http" and scope["path"].startswith("/feeds")
        await (feeds() if asked else door)(scope, receive, send)

    return application


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else "127.0.0.1" if host == "0.0.0.0" else host


def _profile(main: str, account: str) -> str:
    return "launchrole" if account == main else f"launchrole-{account}"


def _greet(
    endpoint: str, accounts: list[str], keys: Path, directory: Path | None, replayed: int, seconds: float
) -> None:
    click.echo(f"{styled('launchrole', 'green', bold=True)} answers at {styled(endpoint, 'cyan', bold=True)}")
    click.echo(f"  accounts  {', '.join(accounts)}")
    click.echo("  IAM       enforced on every call; the root user may do everything in its own account")
    click.echo(f"  root keys {keys}")
    kept = "nowhere: the accounts are gone when this stops" if directory is None else str(directory)
    click.echo(f"  feeds     {endpoint}/feeds/ (changes of managed policies)")
    click.echo(f"  state     {kept}" + (f" ({replayed} calls replayed)" if replayed else ""))
    click.echo(f"  ready in  {seconds:.1f} s")
    click.echo("")
    click.echo(
        f"export AWS_SHARED_CREDENTIALS_FILE={keys.absolute()} AWS_PROFILE=launchrole AWS_DEFAULT_REGION=us-east-1"
    )
    click.echo(f"export AWS_ENDPOINT_URL={endpoint}")
    click.echo("aws sts get-caller-identity")
    click.echo('python -c \'import boto3; print(boto3.client("sts").get_caller_identity()["Arn"])\'')
    click.echo("", nl=True)
    sys.stdout.flush()


def _log(handled: object) -> None:
    """A line of the access log."""
    from launchrole.account.gateway import Handled

    assert isinstance(handled, Handled)
    verdict = {"allowed": styled("allowed", "green"), "denied": styled("denied ", "red", bold=True)}.get(
        handled.verdict, handled.verdict.ljust(7)
    )
    moment = time.strftime("%H:%M:%S", time.localtime(handled.instant))
    call = f"{handled.service or '?'}:{handled.operation or '?'}"
    more = f"  launchrole explain {handled.denied}" if handled.denied else ""
    click.echo(
        f"{moment} {verdict} {handled.status} {call}  {handled.region}  {handled.caller}"
        f"  {handled.seconds * 1000:.0f} ms{more}"
    )


def write_credentials(path: Path, keys: list[tuple[str, object]]) -> None:
    """Write keys in the format of the AWS shared credentials file, readable by this user alone."""
    from launchrole.account.sessions import Session

    lines = []
    for profile, session in keys:
        assert isinstance(session, Session)
        lines += [
            f"[{profile}]",
            f"aws_access_key_id = {session.access_key_id}",
            f"aws_secret_access_key = {session.secret}",
            "",
        ]
    _write(path, "\n".join(lines), 0o600)


def _write(path: Path, text: str, mode: int) -> None:
    """Write a file whole or not at all."""
    building = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(building, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    building.replace(path)
