"""Denials that a launch went past, told together."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from launchrole.cli.accounts import OfState
from launchrole.cli.outcome import again
from launchrole.cli.output import styled

if TYPE_CHECKING:
    from launchrole.account.decisions import StoredDecision


def last_decision(accounts: OfState) -> int:
    """The number of the newest decision."""
    from launchrole.account import decisions

    with accounts.sandbox.store.mutex:
        return decisions.last_number(accounts.sandbox.store.connection)


def tell_denials(accounts: OfState, after: int, role_arn: str, *, as_json: bool) -> int:
    """Print what a role was denied since a decision, each action on each resource once; how many there are."""
    from launchrole.cli.evaluate import as_json as as_document
    from launchrole.cli.explain import explained

    found = _denials(accounts, after, role_arn)
    if as_json:
        documents = []
        for one in found:
            decision = again(accounts, one)
            told: dict[str, Any] = {} if decision is None else as_document(decision, explained=False)
            documents.append({"resource": _resource(one), "operation": one.operation, **told})
        click.echo(json.dumps({"denied": documents}, indent=2, ensure_ascii=False))
        return len(found)
    click.echo("")
    if not found:
        click.echo("nothing was denied")
    else:
        click.echo(styled(f"{len(found)} denied, and gone past:", "red", bold=True))
    for one in found:
        decision = again(accounts, one)
        click.echo("")
        click.echo(styled(_resource(one) or one.operation, "red", bold=True))
        if decision is not None:
            click.echo("\n".join(explained(one, decision)))
    return len(found)


def _denials(accounts: OfState, after: int, role_arn: str) -> list[StoredDecision]:
    from launchrole.account import decisions

    store = accounts.sandbox.store
    with store.mutex:
        newest = decisions.newest(store.connection, decisions.KEPT, denied=True, after=after)
    session = f":assumed-role/{role_arn.rpartition('/')[2]}/"
    of_role = [one for _, one in newest if session in one.principal]
    return list(_once(of_role))


def _once(found: Iterable[StoredDecision]) -> Iterable[StoredDecision]:
    seen = set()
    for one in found:
        key = (one.action, one.resource)
        if key not in seen:
            seen.add(key)
            yield one


def _resource(decision: StoredDecision) -> str:
    """The logical id of the resource that the call was made for, empty where it was made for none."""
    return str(decision.details.get("step", "")).partition(":")[2].partition("/")[0]
