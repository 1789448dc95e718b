"""The accounts that a verb works on: those of a state directory, opened in this process, or those of an endpoint."""

from __future__ import annotations

import functools
import os
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

import click

from launchrole.cli.state import StateFailure, state_option

if TYPE_CHECKING:
    from launchrole.account.store import Store
    from launchrole.sandbox import Sandbox

Event = Mapping[str, Any]
"""An event of a stack, with the members of DescribeStackEvents; times are in epoch seconds."""


Keys = tuple[str, str]
"""An access key's id and its secret."""


@dataclass(frozen=True, slots=True)
class Where:
    """Which accounts a verb works on. `endpoint` is a URL, None for the state directory; `account` None for its main
    one."""

    state: Path | None
    endpoint: str | None
    account: str | None
    region: str


def where_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--state`, `--endpoint`, `--account` and `--region`; the function is given what they name, `place`."""

    @functools.wraps(function)
    def placed(
        *args: Any, state: Path | None, endpoint: str | None, account: str | None, region: str, **further: Any
    ) -> Any:
        return function(*args, place=_where(state, endpoint, account, region), **further)

    made: Callable[..., Any] = placed
    for option in (
        click.option(
            "--region",
            default=lambda: os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1",
            show_default="$AWS_REGION, $AWS_DEFAULT_REGION or us-east-1",
            help="The region.",
        ),
        click.option("--account", metavar="ID", help="The account (default: the state's first)."),
        click.option(
            "--endpoint",
            metavar="URL",
            help="Where `launchrole up` answers (default: $AWS_ENDPOINT_URL where there is no --state). Calls carry "
            "the credentials of the AWS CLI's settings, or those of the state's root user.",
        ),
        state_option,
    ):
        made = option(made)
    return made


def _where(state: Path | None, endpoint: str | None, account: str | None, region: str) -> Where:
    """What the options mean together. Raises `click.UsageError`."""
    if endpoint is None and state is None:
        endpoint = os.environ.get("AWS_ENDPOINT_URL") or None
    if endpoint is not None and account is not None:
        raise click.UsageError("--account is for accounts of a state; at an endpoint, credentials name the account")
    if endpoint is not None and urlsplit(endpoint).scheme not in ("http", "https"):
        raise click.UsageError(f"--endpoint {endpoint}: write a URL, such as http://127.0.0.1:4566")
    return Where(state, endpoint, account, region)


class Accounts(Protocol):
    """Accounts that a verb has reached."""

    poll: float
    """Seconds between two looks at a stack."""

    def pause(self, sleep: Callable[[float], Any]) -> None:
        """Let pass what there is to be between two looks. `sleep` lets so many seconds pass."""

    def client(self, service: str) -> Any:
        """A botocore client."""

    def client_of(self, keys: Keys, service: str) -> Any:
        """A botocore client with the keys of somebody else."""

    def events(self, name_or_id: str, known: Collection[str]) -> list[Event]:
        """A stack's events that have none of the ids in `known`, the newest first; none where there is no stack."""

    def record(self) -> Any:
        """A context manager that gives a connection to the record of decisions, None where it cannot be read."""


@dataclass
class OfState:
    """Accounts of a state directory, opened in this process; the root user's calls."""

    sandbox: Sandbox
    account: str
    region: str
    poll: float = 0.1
    _clients: dict[str, Any] = field(default_factory=dict)
    _is_idle: bool = False

    def pause(self, sleep: Callable[[float], Any]) -> None:
        if self._is_idle and self.sandbox.settle(0):
            sleep(self.poll)
        else:  # something was being done since the last look, or is: no longer than it takes
            self._is_idle = self.sandbox.settle(self.poll)

    def client(self, service: str) -> Any:
        if service not in self._clients:
            root = self.sandbox.root(self.account)
            self._clients[service] = self.sandbox.client(service, root, region=self.region)
        return self._clients[service]

    def client_of(self, keys: Keys, service: str) -> Any:
        session = replace(self.sandbox.root(self.account), access_key_id=keys[0], secret=keys[1])
        return self.sandbox.client(service, session, region=self.region)

    def events(self, name_or_id: str, known: Collection[str]) -> list[Event]:
        with self.sandbox.store.mutex:
            return kept_events(self.sandbox.store, self.account, self.region, name_or_id, known)

    @contextmanager
    def record(self) -> Iterator[sqlite3.Connection | None]:
        with self.sandbox.store.mutex:
            yield self.sandbox.store.connection


@dataclass
class Kept:
    """Accounts of a state directory that are only looked at; somebody else may be using them."""

    store: Store
    account: str
    region: str
    poll: float = 0.2

    def pause(self, sleep: Callable[[float], Any]) -> None:
        sleep(self.poll)

    def client(self, service: str) -> Any:
        raise StateFailure(f"a state that is only read has no client of {service}")

    def client_of(self, keys: Keys, service: str) -> Any:  # noqa: ARG002 - nobody's are of use here
        return self.client(service)

    def events(self, name_or_id: str, known: Collection[str]) -> list[Event]:
        return kept_events(self.store, self.account, self.region, name_or_id, known)

    @contextmanager
    def record(self) -> Iterator[sqlite3.Connection | None]:
        yield self.store.connection


def kept_events(store: Store, account: str, region: str, name_or_id: str, known: Collection[str]) -> list[Event]:
    """A stack's events as a state keeps them, the newest first; of a name that no stack has any more, those of the
    stack that had it last."""
    from launchrole.account.rows import Rows
    from launchrole.services.cloudformation import stacks

    rows = Rows(store.connection, account, region, "cloudformation")
    stack = stacks.find(rows, name_or_id)
    if stack is None:
        deleted = [one for one in stacks.every_deleted(rows) if one["StackName"] == name_or_id]
        stack = max(deleted, key=lambda one: float(one["CreationTime"]), default=None)
    if stack is None:
        return []
    return [one for one in stacks.events(rows, stack["StackId"]) if one["EventId"] not in known]


@dataclass
class AtEndpoint:
    """Accounts behind an endpoint."""

    url: str
    region: str
    state: Path
    poll: float = 0.5
    _clients: dict[str, Any] = field(default_factory=dict)

    def pause(self, sleep: Callable[[float], Any]) -> None:
        sleep(self.poll)

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = self._made(service)
        return self._clients[service]

    def client_of(self, keys: Keys, service: str) -> Any:
        return self._made(service, keys)

    def _made(self, service: str, keys: Keys | None = None) -> Any:
        import botocore.config
        import botocore.session

        session = botocore.session.Session()
        if keys is not None:
            session.set_credentials(*keys)
        elif self._is_of_state() and not any(name in os.environ for name in _KEYS):
            session.set_config_variable("credentials_file", str(self.state / "credentials"))
            session.set_config_variable("profile", "launchrole")
        session.get_component("credential_provider").remove("iam-role")  # asks the network, and waits for it
        config = botocore.config.Config(retries={"total_max_attempts": 1}, connect_timeout=5)
        return session.create_client(service, region_name=self.region, endpoint_url=self.url, config=config)

    def events(self, name_or_id: str, known: Collection[str]) -> list[Event]:
        from botocore.exceptions import ClientError

        found: list[Event] = []
        try:
            for page in (
                self.client("cloudformation").get_paginator("describe_stack_events").paginate(StackName=name_or_id)
            ):
                for one in page["StackEvents"]:
                    if one["EventId"] in known:
                        return found
                    found.append({**one, "Timestamp": one["Timestamp"].timestamp()})
        except ClientError as error:
            if "does not exist" not in error.response["Error"]["Message"]:
                raise
        return found

    def _is_of_state(self) -> bool:
        """Was the endpoint announced by the process that holds the state directory?"""
        from launchrole.account.store import announced

        return _port(str(announced(self.state).get("endpoint", ""))) == _port(self.url) is not None

    @contextmanager
    def record(self) -> Iterator[sqlite3.Connection | None]:
        from launchrole.account.store import StateError, Store

        store = None
        if self._is_of_state():
            try:
                store = Store.reader(self.state)
            except StateError:
                store = None
        if store is None:
            yield None
            return
        with closing(store):
            yield store.connection


def role_arn(accounts: Accounts, role: str) -> str:
    """The ARN of a role that is named by its name or ARN. Raises `StateFailure` for a name that no role has."""
    from botocore.exceptions import ClientError

    if role.startswith("arn:"):
        return role
    try:
        return str(accounts.client("iam").get_role(RoleName=role)["Role"]["Arn"])
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchEntity":
            raise
        raise StateFailure(f"there is no role {role}; make it (`aws iam create-role`), or leave --role out") from None


_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_SHARED_CREDENTIALS_FILE")


def _port(url: str) -> int | None:
    try:
        parts = urlsplit(url)
        return parts.port if parts.hostname in ("127.0.0.1", "localhost", "::1") else None
    except ValueError:
        return None
