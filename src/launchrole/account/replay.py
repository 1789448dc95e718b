"""Bringing moto's memory back: the calls of the journal, made again."""

from __future__ import annotations

from collections.abc import Iterable

from launchrole.account import journal, moto_services
from launchrole.account.authorizer import Place
from launchrole.account.determinism import Draws, at
from launchrole.account.errors import ServiceError
from launchrole.account.gateway import Gateway
from launchrole.account.service import PassOn
from launchrole.account.wire.models import operation_model
from launchrole.facts.endpoints import endpoints


def replay(gateway: Gateway, entries: Iterable[journal.Entry]) -> int:
    """Make journalled calls again, with nobody asking: they were authorized when they were first made.

    Returns how many there were. Raises `ServiceError` for one that fails now.
    """
    count = 0
    with gateway.store.mutex:
        for entry in entries:
            _make(gateway, entry)
            count += 1
        gateway.callers.drop()
    return count


def _make(gateway: Gateway, entry: journal.Entry) -> None:
    model = operation_model(entry.service, entry.operation)
    if model is None:
        raise ServiceError("InternalFailure", f"nothing serves {entry.service}:{entry.operation} any more", 500)
    with at(entry.instant, Draws(entry.seed, list(entry.keys))):
        if _made_by_own(gateway, entry):
            return
        endpoint = endpoints()[entry.service]
        response = moto_services.call(endpoint, model, entry.params, entry.account, entry.region)
    if response.status >= 400:
        raise ServiceError(
            "InternalFailure",
            f"call {entry.number} of the journal, {entry.service}:{entry.operation}, fails on replay with "
            f"{response.status}: {response.body[:300].decode(errors='replace')}",
            500,
        )


def _made_by_own(gateway: Gateway, entry: journal.Entry) -> bool:
    """Has a service of ours that changes moto's memory made the call?"""
    own = gateway.services.get(entry.service)
    served = None if own is None else own.operations.get(entry.operation)
    if served is None or not served.changes_memory(entry.params):
        return False
    call = gateway.served_call(
        gateway.store.connection,
        entry.service,
        entry.operation,
        dict(entry.params),
        gateway.callers.anonymous(),
        Place(gateway.partition, entry.region, entry.account),
        entry.instant,
        entry.seed,
    )
    try:
        served.handler(call)
    except PassOn:
        return False
    return True
