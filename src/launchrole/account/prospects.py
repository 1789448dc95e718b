"""What a service will be allowed to do later, under a role that it was passed or as itself: decided as a call is, and
not recorded, for nobody calls.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from launchrole.account.authorizer import Place, Question, Via, shared_context
from launchrole.account.callers import Caller
from launchrole.account.directory import Role
from launchrole.account.sessions import Session
from launchrole.facts.operations import Operation, read_rows
from launchrole.policy.context import Context
from launchrole.policy.decision import Decision
from launchrole.policy.request import Request

if TYPE_CHECKING:
    from launchrole.account.gateway import Gateway

_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Prospect:
    """An action on a resource that will be asked for. `resource` is a template of ARNs (`launchrole.facts.template`)
    that `members` fill; it may leave out what all ARNs of the service in the account begin with."""

    action: str
    resource: str
    members: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, str] = field(default_factory=dict)
    """Condition keys of the request and their values, templates, too."""
    unknown: Sequence[str] = ()
    """Keys that nobody knows: an Allow or Deny that hangs on them leaves it undecided."""


def under_role(gateway: Gateway, role: Role, service: str) -> Caller | None:
    """A service principal as it acts under a role; None where the role does not let it."""
    if not gateway.may_assume(role, service):
        return None
    account = role.arn.split(":")[4]
    identity = gateway.directory.role_identity(account, role.name)
    now = time.time()
    session = Session(
        "role",
        f"prospect:{service}:{role.arn}",
        "",
        "prospect",
        account,
        gateway.partition,
        now,
        now + _HOUR,
        service.partition(".")[0],
        role.arn,
        "" if identity is None else identity.unique_id,
    )
    return gateway.callers.of_session(session)


@functools.cache
def _operation(action: str, resource: str, context: tuple[tuple[str, str], ...]) -> Operation:
    """What is checked for an action on what a template tells, as an operation of one check."""
    prefix, _, name = action.partition(":")
    return read_rows(prefix, prefix, name, [{"action": action, "resource": resource, "context": dict(context)}])


def foreseen(
    gateway: Gateway, caller: Caller, service: str, prospect: Prospect, place: Place
) -> Iterator[tuple[Question, Decision]]:
    """What the engine says, for each resource that the template gives. `service` is who acts, with the caller's
    permissions. Raises `ServiceError` (`CannotAuthorize`) where the members do not fill the template, `PolicyError`
    where they make no request."""
    operation = _operation(prospect.action, prospect.resource, tuple(prospect.context.items()))
    authorizer = gateway.authorizer
    shared = shared_context(
        caller,
        place,
        Via(assumed_by=service),
        now=time.time(),
        secure=True,
        source_ip="127.0.0.1",
        headers={},
    )
    members = {**prospect.members, **place.members(), "caller": caller.arn}
    lookup = authorizer.lookups.at(replace(place, caller=caller.arn))
    for check in operation.checks:
        for question in authorizer.of_check(operation, check, members, caller, place, shared, lookup):
            decision, applied = authorizer.decide(question, caller)
            if prospect.unknown:
                asked = question.request
                context = Context(asked.context, prospect.unknown)
                decision = applied.policies.evaluate(
                    Request(asked.principal, asked.action, asked.resource, context, asked.resource_account)
                )
            yield question, decision
