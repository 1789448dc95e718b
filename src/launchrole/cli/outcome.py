"""What is told at the end of an operation: the status, the outputs, and each denial with its fix."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

from launchrole.cli.accounts import Accounts
from launchrole.cli.live import Step, color
from launchrole.cli.output import labelled, styled, table
from launchrole.cli.sentence import SENTENCE, decision_of, of_sentence
from launchrole.cli.watching import Watch

if TYPE_CHECKING:
    from launchrole.account.decisions import StoredDecision
    from launchrole.policy.decision import Decision

_GOOD = re.compile(r"(?!.*ROLLBACK).*_COMPLETE")


def is_good(status: str) -> bool:
    """Is this how an operation ends that has done what it was asked for?"""
    return _GOOD.fullmatch(status) is not None


def tell(accounts: Accounts, watch: Watch, outputs: Mapping[str, str], *, as_json: bool) -> None:
    """Print how an operation ended."""
    if as_json:
        click.echo(json.dumps(_document(accounts, watch, outputs), indent=2, ensure_ascii=False))
        return
    status = styled(watch.status or "nothing was done", color(watch.status), bold=True)
    click.echo(f"{watch.name}: {status} in {watch.seconds:.1f} s")
    if watch.reason and not is_good(watch.status):
        click.echo(labelled("why", watch.reason))
    for line in table([(name.ljust(4), value) for name, value in outputs.items()], indent=2):
        click.echo(line)
    for step in watch.steps:
        if step.denied:
            click.echo("")
            click.echo("\n".join(_denial(accounts, watch, step)))


def _denial(accounts: Accounts, watch: Watch, step: Step) -> Iterable[str]:
    """A denied resource with what `launchrole explain` says of it."""
    from launchrole.cli.explain import explained

    told = f"{'/'.join(step.path)} {step.status}" + (f"  launchrole explain {step.decision}" if step.decision else "")
    yield styled(told, "red", bold=True)
    stored = watch.denials.get(step.decision or "")
    decision = None if stored is None else again(accounts, stored)
    if stored is not None and decision is not None:
        yield from explained(stored, decision)
    else:
        yield from _said(step.reason)


def _said(text: str) -> Iterable[str]:
    """What is known where the decision is out of reach: what AWS' sentence tells."""
    sentence = SENTENCE.search(text)
    return [labelled("why", text)] if sentence is None else of_sentence(text, sentence)


def again(accounts: Accounts, stored: StoredDecision) -> Decision | None:
    """A stored decision once more; None where it cannot be made again."""
    from launchrole.account import decisions

    with accounts.record() as connection:
        if connection is None:
            return None
        try:
            return decisions.again(connection, stored)
        except LookupError:
            return None


def explained_refusal(accounts: Accounts, text: str) -> list[str]:
    """What there is to say of a call that was denied with AWS' sentence in `text`; nothing for other texts."""
    from launchrole.cli.explain import explained

    sentence = SENTENCE.search(text)
    if sentence is None:
        return []
    with accounts.record() as connection:
        stored = None if connection is None else decision_of(connection, sentence)
    decision = None if stored is None else again(accounts, stored)
    if stored is None or decision is None:
        return of_sentence(text, sentence)
    return [*explained(stored, decision), labelled("more", f"launchrole explain {stored.id} --full")]


def _document(accounts: Accounts, watch: Watch, outputs: Mapping[str, str]) -> dict[str, Any]:
    from launchrole.cli.evaluate import as_json

    denials = []
    for step in watch.steps:
        if not step.denied:
            continue
        stored = watch.denials.get(step.decision or "")
        decision = None if stored is None else again(accounts, stored)
        told = {} if decision is None else as_json(decision, explained=False)
        denials.append({"resource": "/".join(step.path), "reason": step.reason, "decision": step.decision, **told})
    return {
        "stack": watch.name,
        "id": watch.stack_id,
        "status": watch.status,
        "reason": watch.reason or None,
        "seconds": round(watch.seconds, 3),
        "outputs": dict(outputs),
        "events": [event(step) for step in watch.steps],
        "denials": denials,
    }


def event(step: Step) -> dict[str, Any]:
    """A step as JSON says it; `instant` is in epoch seconds."""
    return {
        "instant": step.instant,
        "resource": "/".join(step.path),
        "type": step.type,
        "status": step.status,
        "reason": step.reason or None,
        "denied": step.denied,
        "decision": step.decision,
    }
