"""The composition root: accounts with services behind the door, their state, and ways in."""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import botocore.session

from launchrole.account import checkpoints, client, journal, moto_services, sessions
from launchrole.account.authorizer import Via
from launchrole.account.credentials import Credentials
from launchrole.account.determinism import Seeds
from launchrole.account.errors import AccountError
from launchrole.account.gateway import Gateway, Handled
from launchrole.account.replay import replay
from launchrole.account.rows import Rows
from launchrole.account.sessions import Session
from launchrole.account.store import StateError, Store
from launchrole.account.wire.models import operation_model
from launchrole.facts.endpoints import endpoints
from launchrole.services.cloudformation import custom_resources
from launchrole.services.registry import services

DEFAULT_ACCOUNT = "123456789012"

_CHECKPOINT_EVERY = 2000
"""Journalled calls between checkpoints: what a start has to replay at most."""

_KEPT = "denials are only let pass, to be recorded, in accounts that are not kept"

_open: list[Sandbox] = []


def _store(state: Path | None, copy_of: Path | None) -> Store:
    if copy_of is not None:
        return Store.copy_of(copy_of)
    return Store.ephemeral() if state is None else Store.open(state)


class Sandbox:
    """AWS accounts in this process, with IAM enforced on every call.

    `state` is the directory that holds them, None for accounts that are gone when the sandbox is closed. `accounts` are
    ids of accounts that shall be there; a new state without any has one, 123456789012. There is one
    open sandbox in a process: moto keeps what it knows in the process' memory. Raises `StateError`.

    `record` are ARNs of roles of which one run shall tell every denial: their denied calls are decided and stored as
    ever (`account.decisions`), and then let pass. That is for accounts that nobody keeps: with a `state` it is an
    error.

    `copy_of` is a directory of which the accounts are a copy, in memory; whoever has the directory open is not
    disturbed.

    `seed` makes the ids of accounts that are not kept the same in every sandbox in which the same calls are made.

    `endpoint` is the URL at which somebody serves the accounts; URLs that AWS' services hand out begin with it.
    """

    def __init__(
        self,
        state: Path | None = None,
        *,
        accounts: Sequence[str] = (),
        watch: Callable[[Handled], None] | None = None,
        record: Collection[str] = (),
        copy_of: Path | None = None,
        endpoint: str | None = None,
        seed: int | None = None,
    ) -> None:
        if state is not None and copy_of is not None:
            raise AccountError("a copy of a state is not kept; it has no directory of its own")
        if record and state is not None:
            raise AccountError(_KEPT)
        if seed is not None and (state is not None or copy_of is not None):
            raise AccountError("a seed is for new accounts that are not kept: kept ones must never make an id twice")
        if _open:
            raise AccountError("another sandbox is open in this process; close it first")
        for account in accounts:
            if len(account) != 12 or not account.isdigit():
                raise AccountError(f"`{account}` is no account id: write twelve digits")
        self.store = _store(state, copy_of)
        self._clients: dict[tuple[str, str, Via | None], botocore.session.Session] = {}
        _open.append(self)
        try:
            self._begin(state or copy_of, accounts, watch, endpoint, seed)
            self._is_kept = state is not None
            self.record(record)
        except BaseException:
            _open.remove(self)
            self.store.close()
            raise

    def _begin(
        self,
        state: Path | None,
        accounts: Sequence[str],
        watch: Callable[[Handled], None] | None,
        endpoint: str | None,
        seed: int | None,
    ) -> None:
        with self.store.transaction():
            origin = self.store.about("origin")
            if origin is None:
                origin = {
                    "instant": time.time(),
                    "seed": secrets.randbits(62) if seed is None else seed,
                    "account": accounts[0] if accounts else DEFAULT_ACCOUNT,
                }
                self.store.set_about("origin", origin)
        moto_services.begin(origin["instant"], origin["seed"])
        self.account: str = origin["account"]
        self.gateway = Gateway(
            self.store,
            self.account,
            services(),
            endpoint=endpoint,
            watch=watch,
            after_change=self._after_change,
            seeds=Seeds(seed),
        )
        self.replayed = 0
        self.unused_checkpoint: str | None = None
        """Why a checkpoint was there and was not used."""
        self._checkpointed = 0
        last = journal.last_number(self.store.connection)
        if state is not None and last:
            self._checkpointed, self.unused_checkpoint = checkpoints.load(state, last)
        try:
            self.replayed = replay(self.gateway, journal.entries(self.store.connection, self._checkpointed))
        except AccountError as error:
            raise StateError(f"{state} cannot be brought back: {error}; it was left untouched") from error
        now = time.time()
        with self.store.transaction() as connection:
            sessions.forget_expired(connection, now - 86400)
            for account in dict.fromkeys([self.account, *accounts]):
                sessions.root_keys(connection, account, self.gateway.partition, now)
        self.gateway.workers.resume()

    def record(self, role_arns: Collection[str]) -> None:
        """From now on let denials of these roles pass, once they are stored, and of no others. Raises `AccountError` in
        accounts that are kept."""
        if role_arns and self._is_kept:
            raise AccountError(_KEPT)
        self.gateway.recorded = frozenset(role_arns)
        self.gateway.awaits_signals = not role_arns

    @property
    def accounts(self) -> list[str]:
        """The ids of the accounts, the main one first."""
        found = sessions.accounts(self.store.connection)
        return [self.account, *(one for one in found if one != self.account)]

    def root(self, account: str | None = None) -> Session:
        """The root user's keys of an account; the account comes into being where it is new."""
        with self.store.transaction() as connection:
            return sessions.root_keys(connection, account or self.account, self.gateway.partition, time.time())

    def assume(self, role_arn: str, service_principal: str, session_name: str) -> Session:
        """A session of a role for the AWS service that it trusts, as the service itself gets it."""
        return self.gateway.assume_as_service(service_principal, role_arn, session_name)

    def botocore_session(
        self, credentials: Credentials | None = None, *, region: str = "us-east-1", via: Via | None = None
    ) -> botocore.session.Session:
        """A botocore session whose clients go through the door in process, the root user's without credentials."""
        keys = credentials or self.root()
        return client.session(self.gateway, keys.access_key_id, keys.secret, keys.token, region=region, via=via)

    def client(
        self, service: str, credentials: Credentials | None = None, *, region: str = "us-east-1", via: Via | None = None
    ) -> Any:
        """A botocore client of a service."""
        keys = credentials or self.root()
        session = self._clients.get((keys.access_key_id, region, via))
        if session is None:
            session = self._clients[keys.access_key_id, region, via] = self.botocore_session(
                keys, region=region, via=via
            )
        return session.create_client(service)

    def call(
        self,
        service: str,
        operation: str,
        params: Mapping[str, Any] | None = None,
        credentials: Credentials | None = None,
        *,
        region: str = "us-east-1",
        via: Via | None = None,
    ) -> Mapping[str, Any]:
        """A call without a client: `sandbox.call("s3", "CreateBucket", {"Bucket": "mine"}, session)`, by the root user
        without credentials.

        It goes through the door as any other: the credentials (a `Session`, a user's `credentials.UserKey`) are
        checked, the call is decided, recorded and journalled. Parameters and output are by botocore's names, blobs
        are bytes; idempotency tokens that are missing are filled in, as SDKs do. What is a client's own is left out:
        policies in IAM's answers are percent-encoded, as AWS sends them. Raises `ServiceError` with the service's
        code, `AccountError` where there is no such service or operation.
        """
        model = operation_model(service, operation) if service in endpoints() else None
        if model is None:
            raise AccountError(
                f"botocore knows no operation `{operation}` of a service `{service}`; names are botocore's"
            )
        tokens = {name: str(uuid.uuid4()) for name in model.idempotent_members}
        keys = credentials or self.root()
        return self.gateway.call_with(keys, service, operation, {**tokens, **(params or {})}, region=region, via=via)

    @property
    def custom_resources(self) -> dict[str, dict[str, custom_resources.Response]]:
        """What the functions behind custom resources answer, by type and kind of request; their code is not run.

        Set it to responses by type, each for every kind of request or an object of `Create`, `Update` and `Delete`:
        `{"Custom::Thing": {"Data": {"Url": "https://..."}}}`. A response can have Status, Reason, PhysicalResourceId
        and Data; types without one get a default response. What is set is kept with the state. Raises `BadResponse`.
        """
        with self.store.mutex:
            return custom_resources.kept(self._rows())

    @custom_resources.setter
    def custom_resources(self, responses: Mapping[str, Any]) -> None:
        with self.store.transaction():
            custom_resources.keep(self._rows(), responses)

    def _rows(self) -> Rows:
        return Rows(self.store.connection, self.account, "us-east-1", "cloudformation")

    def settle(self, timeout: float = 60.0) -> bool:
        """Wait until no stack or other job is in progress; False where that takes longer than `timeout` seconds."""
        return self.gateway.workers.idle(timeout)

    def _after_change(self, number: int) -> None:
        with self.store.mutex:
            if number - self._checkpointed >= _CHECKPOINT_EVERY and not self.store.in_transaction:
                self.checkpoint()

    def checkpoint(self) -> bool:
        """Write down moto's memory, so that the next start has nothing to replay. False where that cannot be done."""
        if self.store.directory is None:
            return False
        with self.store.mutex:
            last = journal.last_number(self.store.connection)
            if last == self._checkpointed:
                return True
            self._checkpointed = last  # also where it cannot be written: not to try at every call
            return checkpoints.save(self.store.directory, last)

    def close(self) -> None:
        """Stop the jobs, write a checkpoint and let go of the state."""
        if self in _open:
            self.gateway.workers.stop()
            self.checkpoint()
            self.store.close()
            _open.remove(self)

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
