"""What a service sees of the account around it, within the transaction of a call."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from launchrole.account import decisions, jobs, moto_services, prospects, sessions
from launchrole.account.authorizer import Place, Via
from launchrole.account.callers import Caller
from launchrole.account.directory import Directory, Identity, Role
from launchrole.account.sessions import Session

if TYPE_CHECKING:
    from launchrole.account.gateway import Gateway


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What services see of the account besides their own rows, within the transaction of a call or a job."""

    gateway: Gateway
    connection: sqlite3.Connection
    caller: Caller
    place: Place
    via: Via = field(default_factory=Via)
    """The services through which the call comes."""
    step: str = ""
    """The step of a job that the call is, or is made in the course of."""
    begun: list[str] = field(default_factory=list)
    """The ids of the jobs that were begun."""

    @property
    def directory(self) -> Directory:
        return self.gateway.directory

    @property
    def is_rehearsal(self) -> bool:
        return bool(self.gateway.recorded)

    def role(self, name_or_arn: str) -> Role | None:
        directory = self.gateway.directory
        if name_or_arn.startswith("arn:"):
            return directory.role_by_arn(name_or_arn)
        return directory.role(self.place.account, name_or_arn)

    def may_assume(self, role: Role, service_principal: str) -> bool:
        return self.gateway.may_assume(role, service_principal)

    def may_under(self, role: Role, service_principal: str, action: str, resource: str) -> bool:
        """May a service do something under a role that lets it? Nothing is recorded: it has not been asked for."""
        caller = prospects.under_role(self.gateway, role, service_principal)
        if caller is None:
            return False
        prospect = prospects.Prospect(action, resource)
        found = prospects.foreseen(self.gateway, caller, service_principal, prospect, self.place)
        return all(decision.allowed for _, decision in found)

    def role_identity(self, role: Role) -> Identity | None:
        return self.gateway.directory.role_identity(role.arn.split(":")[4], role.name)

    def caller_identity(self) -> Caller:
        return self.caller

    def issue(self, session: Session) -> None:
        sessions.keep(self.connection, session)

    def account_of_key(self, access_key_id: str) -> str | None:
        session = sessions.find(self.connection, access_key_id)
        if session is not None:
            return session.account
        key = self.gateway.directory.access_key(access_key_id)
        return None if key is None else key.account

    def decision(self, identifier: str) -> decisions.StoredDecision | None:
        return decisions.find(self.connection, identifier)

    def memory(self, service: str) -> Any:
        return moto_services.backend(service, self.place.account, self.place.region)

    def identity(self) -> str:
        """Who calls, as a text that can be kept, for calls that the service makes in their name later
        (`jobs.Work.call`)."""
        return self.caller.identity

    def assume(self, role_arn: str, service_principal: str, session_name: str) -> str:
        """The identity of a session of a role for a service that acts under it. Raises `ServiceError` AccessDenied
        where there is no such role or its trust policy does not let the service."""
        session = self.gateway.assume_as_service(service_principal, role_arn, session_name)
        return f"session:{session.access_key_id}"

    def begin(self, service: str, kind: str, identifier: str, document: Mapping[str, Any]) -> None:
        """Have a job of a service done, once the call is committed (`jobs`)."""
        job = jobs.Job(identifier, self.place.account, self.place.region, service, kind, document)
        jobs.keep(self.connection, job)
        self.begun.append(identifier)
        self.gateway.workers.wake(identifier)

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
        """A call through the door that belongs to the call being served, with somebody's credentials; its output by
        botocore's names. Raises `ServiceError`."""
        return self.gateway.call_as(
            identity, service, operation, params, region=region or self.place.region, via=via, step=self.step
        )

    def work(self, service: str) -> jobs.Work:
        """What a job of a service sees of the account, for what is done within this call."""
        here = jobs.Job("", self.place.account, self.place.region, service, "", {})
        return jobs.Work(self.gateway.workers, here)

    def signal(self) -> None:
        """Wake the jobs that wait for something that this call has brought about."""
        self.gateway.workers.signal()
