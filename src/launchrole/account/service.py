"""What a service of our own is: functions for its operations. Only the door calls them."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from launchrole.account.authorizer import Via
from launchrole.account.callers import Caller
from launchrole.account.decisions import StoredDecision
from launchrole.account.directory import Directory, Identity, Role
from launchrole.account.jobs import Work
from launchrole.account.rows import Rows
from launchrole.account.sessions import Session


class Surroundings(Protocol):
    """What a service may see of the account besides its own rows. All of it belongs to the door."""

    @property
    def begun(self) -> list[str]:
        """The ids of the jobs that the call has begun."""

    @property
    def directory(self) -> Directory:
        """Users, groups, roles and policies of all accounts."""

    @property
    def via(self) -> Via:
        """The services through which the call comes; none for a caller's own call."""

    @property
    def is_rehearsal(self) -> bool:
        """Are the accounts only there to find out, in one go, all that stands in the way of a launch?
        (`jobs.Work.is_rehearsal`)"""

    def role(self, name_or_arn: str) -> Role | None:
        """A role of whatever account by its ARN, or of the caller's account by its name; None where there is none."""

    def may_assume(self, role: Role, service_principal: str) -> bool:
        """Does the role's trust policy let a service (`codepipeline.amazonaws.com`) assume it?"""

    def may_under(self, role: Role, service_principal: str, action: str, resource: str) -> bool:
        """May a service do something to a resource, by its ARN, under a role that lets it?"""

    def role_identity(self, role: Role) -> Identity | None:
        """A role with its policies, tags and longest session."""

    def caller_identity(self) -> Caller:
        """Who makes the call, with all that is known of them."""

    def issue(self, session: Session) -> None:
        """Make temporary credentials valid, with the call that asks for them."""

    def account_of_key(self, access_key_id: str) -> str | None:
        """The account that an access key belongs to."""

    def decision(self, identifier: str) -> StoredDecision | None:
        """A stored decision of the caller's account."""

    def memory(self, service: str) -> Any:
        """moto's backend of a service in the call's account and region, for the operations that moto lacks."""

    def identity(self) -> str:
        """Who calls, as a text that can be kept, for calls that the service makes in their name later."""

    def assume(self, role_arn: str, service_principal: str, session_name: str) -> str:
        """The identity of a session of a role for a service that acts under it. Raises `ServiceError` AccessDenied."""

    def begin(self, service: str, kind: str, identifier: str, document: Mapping[str, Any]) -> None:
        """Have a job of a service done once the call is committed; `identifier` is unique among all jobs."""

    def call(
        self,
        identity: str,
        service: str,
        operation: str,
        params: Mapping[str, Any],
        *,
        via: Via | None = None,
        region: str | None = None,
    ) -> Mapping[str, Any]:
        """A call through the door with somebody's credentials; its output by botocore's names."""

    def work(self, service: str) -> Work:
        """What a job of a service sees of the account, for what is done within this call."""

    def signal(self) -> None:
        """Wake the jobs that wait for something that this call has brought about."""


@dataclass(frozen=True, slots=True)
class Call:
    """An authorized call. `params` is the operation's input by botocore's names of its members, checked against the
    service's model; `now` is the time of the call (UTC), at which everything that it makes is created."""

    account: str
    region: str
    partition: str
    service: str
    operation: str
    params: Mapping[str, Any]
    caller: str
    """The ARN of who calls."""
    now: datetime
    rows: Rows
    surroundings: Surroundings
    random: random.Random = field(default_factory=random.Random)
    """Where ids come from; never the random module itself, so that a call replayed gives the same ids."""

    def arn(self, resource: str, *, service: str | None = None) -> str:
        """The ARN of a resource of the call's account and region."""
        return f"arn:{self.partition}:{service or self.service}:{self.region}:{self.account}:{resource}"

    def new_id(self, length: int, alphabet: str = string.ascii_lowercase + string.digits) -> str:
        """A random name of so many characters."""
        return "".join(self.random.choices(alphabet, k=length))

    def new_uuid(self) -> str:
        digits = f"{self.random.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


Handler = Callable[[Call], Mapping[str, Any] | None]
"""An operation: its output by botocore's names (None: empty), or `ServiceError`. Timestamps are datetimes or epochs."""


class PassOn(Exception):
    """Raised by a handler for what is not its own: the door lets moto answer the same call."""


@dataclass(frozen=True, slots=True)
class ServedOperation:
    """A handler. `in_memory`: what it changes lives in moto's memory, so the call is journalled and replayed; where
    that depends on the resource, a function that tells it by the call's parameters."""

    handler: Handler
    in_memory: bool | Callable[[Mapping[str, Any]], bool] = False

    def changes_memory(self, params: Mapping[str, Any]) -> bool:
        """Does a call with these parameters change moto's memory?"""
        return self.in_memory if isinstance(self.in_memory, bool) else self.in_memory(params)


@dataclass(frozen=True, slots=True)
class Visit:
    """A request by a URL that proves what may be done with it (`capability_urls`). `rows` are the service's in the main
    account; `Rows.of` reaches those of others."""

    bucket: str
    key: str
    query: Mapping[str, str]
    body: bytes
    now: datetime
    rows: Rows


class Service:
    """The operations of one service that are ours, by their names. Other operations of the service are moto's, unless
    `whole` says that there are none."""

    def __init__(self, name: str, *, whole: bool = False) -> None:
        self.name = name
        self.whole = whole
        self.operations: dict[str, ServedOperation] = {}
        self.jobs: dict[str, Callable[[Work], None]] = {}
        self.abandoned: dict[str, Callable[[Work, str], None]] = {}
        self.urls: dict[re.Pattern[str], Callable[[Visit], None]] = {}

    def operation(
        self, name: str, *, in_memory: bool | Callable[[Mapping[str, Any]], bool] = False
    ) -> Callable[[Handler], Handler]:
        """Register a function as the handler of an operation."""

        def register(handler: Handler) -> Handler:
            self.operations[name] = ServedOperation(handler, in_memory)
            return handler

        return register

    def url(self, bucket: str) -> Callable[[Callable[[Visit], None]], Callable[[Visit], None]]:
        """Register a function as what is done with URLs of buckets that a regular expression matches. It raises
        `ServiceError` for a URL that it has not handed out."""

        def register(function: Callable[[Visit], None]) -> Callable[[Visit], None]:
            self.urls[re.compile(bucket)] = function
            return function

        return register

    def job(self, kind: str) -> Callable[[Callable[[Work], None]], Callable[[Work], None]]:
        """Register a function as what does the jobs of a kind (`launchrole.account.jobs`)."""

        def register(function: Callable[[Work], None]) -> Callable[[Work], None]:
            self.jobs[kind] = function
            return function

        return register

    def gives_up(self, kind: str) -> Callable[[Callable[[Work, str], None]], Callable[[Work, str], None]]:
        """Register a function that ends, as failed, what a job of a kind has begun and a fault of launchrole stopped;
        it is given the reason. Without one, such a job is tried again at the next start."""

        def register(function: Callable[[Work, str], None]) -> Callable[[Work, str], None]:
            self.abandoned[kind] = function
            return function

        return register


__all__ = ["Call", "Handler", "PassOn", "Role", "ServedOperation", "Service", "Surroundings", "Visit"]
