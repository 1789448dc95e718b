"""Following an operation on a stack: its events, and those of the stacks nested in it, as steps of a view."""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from launchrole.cli.accounts import Accounts, Event
from launchrole.cli.live import Step, View
from launchrole.cli.sentence import SENTENCE

if TYPE_CHECKING:
    from launchrole.account.decisions import StoredDecision

STACK = "AWS::CloudFormation::Stack"

_DENIED = re.compile(r"not authorized|access ?denied|UnauthorizedOperation", re.IGNORECASE)


@dataclass
class _Followed:
    """A stack that is looked at. `path` are the logical ids that lead to it, the root stack's name first."""

    name_or_id: str
    path: tuple[str, ...]
    known: set[str] = field(default_factory=set)
    last_decision: int = 0
    denials: dict[str, StoredDecision] = field(default_factory=dict)
    """The last denial of each resource."""
    calls: dict[str, dict[str, bool]] = field(default_factory=dict)
    """The actions that each resource's calls have asked for and no step has told yet, and whether they are allowed."""


@dataclass
class Watch:
    """The events of a stack and of those nested in it.

    With a `token`, they are those of the operation that was begun with it as ClientRequestToken, and of what followed.
    """

    accounts: Accounts
    name: str
    token: str | None = None
    stack_id: str | None = None
    status: str = ""
    """The root stack's, as its last event tells; empty before the first."""
    reason: str = ""
    steps: list[Step] = field(default_factory=list)
    """All steps so far."""
    denials: dict[str, StoredDecision] = field(default_factory=dict)
    """The denials that steps tell of, by their ids."""
    _begun: float | None = None

    def __post_init__(self) -> None:
        self._followed = {"": _Followed(self.stack_id or self.name, (self.name,))}

    @property
    def is_over(self) -> bool:
        """Has the operation ended?"""
        return bool(self.status) and not self.status.endswith("_IN_PROGRESS")

    @property
    def seconds(self) -> float:
        """How long the operation has taken, from its first to its last event."""
        return self.steps[-1].instant - self.steps[0].instant if self.steps else 0.0

    def look(self) -> list[Step]:
        """What has happened since the last look."""
        found: list[Step] = []
        looked_at: set[str] = set()
        while todo := [key for key in self._followed if key not in looked_at]:
            for key in todo:
                looked_at.add(key)
                found += self._look_at(self._followed[key], is_root=not key)
        found.sort(key=lambda step: step.instant)
        self.steps += found
        return found

    def _look_at(self, stack: _Followed, *, is_root: bool) -> Iterator[Step]:
        fresh = self.accounts.events(stack.name_or_id, stack.known)
        for event in reversed(fresh):
            if is_root and self._begun is None and self.token in (None, event.get("ClientRequestToken")):
                self._begun = event["Timestamp"]
                self.stack_id = stack.name_or_id = str(event["StackId"])
            if self._begun is None:
                continue
            stack.known.add(event["EventId"])
            if event["Timestamp"] >= self._begun and (is_root or not _is_repeated(event)):
                yield self._step(stack, event, is_root)

    def _step(self, stack: _Followed, event: Event, is_root: bool) -> Step:
        name, status = str(event["LogicalResourceId"]), str(event["ResourceStatus"])
        reason = str(event.get("ResourceStatusReason", ""))
        physical = str(event.get("PhysicalResourceId", ""))
        is_itself = physical == event["StackId"]
        path = stack.path if is_itself else (*stack.path, name)
        if is_itself and is_root:
            self.status, self.reason = status, reason
        if event["ResourceType"] == STACK and not is_itself and physical.startswith("arn:"):
            self._followed.setdefault(physical, _Followed(physical, path))
        is_denied = status.endswith("FAILED") and _DENIED.search(reason) is not None
        calls: tuple[tuple[str, bool], ...] = ()
        if not status.endswith("IN_PROGRESS"):
            self._read_decisions(stack, str(event["StackId"]))
            calls = tuple(stack.calls.pop(name, {}).items())
        decision = _decision(stack, name, reason) if is_denied else None
        if decision is not None:
            self.denials[decision.id] = decision
        identifier = None if decision is None else decision.id
        return Step(path, str(event["ResourceType"]), status, event["Timestamp"], reason, is_denied, identifier, calls)

    def _read_decisions(self, stack: _Followed, stack_id: str) -> None:
        """Take note of what was decided on calls for the stack's resources since the last time."""
        from launchrole.account import decisions

        with self.accounts.record() as connection:
            if connection is None:
                return
            job = f"{stack_id.rpartition('/')[2]}/"
            for number, one in decisions.of_steps(connection, job, after=stack.last_decision):
                stack.last_decision = number
                name = one.details["step"].partition(":")[2].partition("/")[0]
                known = stack.calls.setdefault(name, {})
                known[one.action] = known.get(one.action, True) and one.allowed
                if not one.allowed:
                    stack.denials[name] = one


def _decision(stack: _Followed, name: str, reason: str) -> StoredDecision | None:
    """The denial that a resource's event tells of."""
    found = stack.denials.get(name)
    told = SENTENCE.search(reason)
    is_it = found is not None and (told is None or told["action"].lower() == found.action.lower())
    return found if is_it else None


def _is_repeated(event: Event) -> bool:
    """Does a nested stack tell of itself what its parent tells of it?"""
    status = str(event["ResourceStatus"])
    return event["PhysicalResourceId"] == event["StackId"] and "ROLLBACK" not in status and "FAILED" not in status


def follow(watch: Watch, shown: View, begin: Callable[[], Any], cancel: Callable[[], Any]) -> bool:
    """Begin an operation and show its steps until it has ended; False where it was left in progress.

    The first Ctrl-C has it cancelled, the second leaves it as it is. Raises what `begin` raises.
    """
    with interrupts() as interrupted, shown:
        beginning = _Thread(begin)
        cancelling: _Thread | None = None
        while True:
            # before the look, which then sees what they have brought about
            begun, asked = beginning.is_over, cancelling is None or cancelling.is_over
            shown.tell(watch.look())
            if begun and beginning.problem is not None:
                raise beginning.problem
            if begun and asked and watch.is_over:
                return True
            if interrupted.count > 1:
                return False
            if interrupted.count and cancelling is None and watch.stack_id is not None:
                cancelling = _Thread(cancel)
            watch.accounts.pause(interrupted.wait)


class _Thread:
    """A call beside the loop that watches: an endpoint answers when the operation is done, or after seconds."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self.problem: BaseException | None = None
        self._call = call
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def is_over(self) -> bool:
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._call()
        except BaseException as problem:
            self.problem = problem


class Interrupts:
    """How often SIGINT came."""

    def __init__(self) -> None:
        self.count = 0
        self._changed = threading.Event()

    def came(self, *_: Any) -> None:
        self.count += 1
        self._changed.set()

    def wait(self, seconds: float) -> None:
        """Sleep, until the next SIGINT at most."""
        self._changed.wait(seconds)
        self._changed.clear()


@contextmanager
def interrupts() -> Iterator[Interrupts]:
    """Count SIGINTs instead of being ended by them, wherever they come: a call to the accounts is finished."""
    found = Interrupts()
    before = signal.signal(signal.SIGINT, found.came)
    try:
        yield found
    finally:
        signal.signal(signal.SIGINT, before)
