"""Opening the accounts that a verb works on; a call that they refuse within is told in words."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click

from launchrole.cli.accounts import Accounts, AtEndpoint, Kept, OfState, Where
from launchrole.cli.output import report_fault
from launchrole.cli.refusals import in_words
from launchrole.cli.state import StateFailure, default_state


@contextmanager
def reached(
    place: Where, *, custom_resources: Mapping[str, Any] | None = None, new: bool = False
) -> Iterator[Accounts]:
    """The accounts; those of a state are closed at the end, and what is in progress goes on when they are next opened.

    `custom_resources` are responses to be kept beside those that are there. A state directory without a state is an
    error, unless one may be made (`new`). Raises `Refused`, `StateFailure`, `click.UsageError`.
    """
    directory = place.state or default_state()
    if place.endpoint is not None:
        if custom_resources:
            raise click.UsageError(
                "an endpoint is not told what custom resources answer; give --custom-resource to `launchrole up`"
            )
        at_endpoint = AtEndpoint(place.endpoint, place.region, directory)
        with in_words(at_endpoint):
            yield at_endpoint
        return
    from launchrole.account.errors import AccountError
    from launchrole.account.store import InUse
    from launchrole.sandbox import Sandbox

    if not new and not (directory / "state.sqlite").exists():
        raise StateFailure(f"{directory} holds no state; make one with `launchrole launch` or `launchrole up`")
    try:
        sandbox = Sandbox(directory, accounts=[] if place.account is None else [place.account])
    except InUse as error:
        if error.endpoint is None:
            raise StateFailure(str(error)) from None
        raise StateFailure(
            f"{directory} is in use by `launchrole up`; add --endpoint {error.endpoint} to work through it"
        ) from None
    except AccountError as error:
        raise StateFailure(str(error)) from None
    with sandbox:
        sandbox.gateway.report = report_fault
        sandbox.store.announce({})
        if custom_resources:
            sandbox.custom_resources = {**sandbox.custom_resources, **custom_resources}
        accounts = OfState(sandbox, place.account or sandbox.account, place.region)
        with in_words(accounts):
            yield accounts


@contextmanager
def thrown_away(place: Where, record: Collection[str]) -> Iterator[OfState]:
    """A copy of a state's accounts, or new ones where there is no state, in which denials of roles are recorded and let
    pass. Nothing of it is kept. Raises `Refused`, `StateFailure`, `click.UsageError`."""
    from launchrole.account.errors import AccountError
    from launchrole.sandbox import Sandbox

    if place.endpoint is not None:
        raise click.UsageError("denials are not let pass at an endpoint; name its --state, of which a copy is made")
    directory = place.state or default_state()
    source = directory if (directory / "state.sqlite").exists() else None
    listed = [] if place.account is None else [place.account]
    try:
        sandbox = Sandbox(accounts=listed, record=record, copy_of=source)
    except AccountError as error:
        raise StateFailure(str(error)) from None
    with sandbox:
        sandbox.gateway.report = report_fault
        accounts = OfState(sandbox, place.account or sandbox.account, place.region)
        with in_words(accounts):
            yield accounts


@contextmanager
def looked_at(place: Where) -> Iterator[Accounts]:
    """The accounts, to be looked at only; a state may be in use. Raises `Refused`, `StateFailure`."""
    from launchrole.account.store import StateError, Store

    directory = place.state or default_state()
    if place.endpoint is not None:
        at_endpoint = AtEndpoint(place.endpoint, place.region, directory)
        with in_words(at_endpoint):
            yield at_endpoint
        return
    try:
        store = Store.reader(directory)
    except StateError as error:
        raise StateFailure(str(error)) from None
    try:
        yield Kept(store, place.account or str(store.about("origin")["account"]), place.region)
    finally:
        store.close()
