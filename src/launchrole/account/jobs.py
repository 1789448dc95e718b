"""Jobs: what a service goes on doing after it has answered (a stack's creation), in the background and to the end.

A job is a row, written in the transaction of the call that begins it. It is done in a thread; when the process ends
before the job does, however it ends, the next start takes it up again. A job's function may therefore be run anew from
its beginning: what it has done is in its service's rows, and calls with a step's name (`receipts`) are made once.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from launchrole.account import receipts
from launchrole.account.authorizer import Via
from launchrole.account.rows import Rows

if TYPE_CHECKING:
    from launchrole.account.gateway import Gateway
    from launchrole.account.surroundings import Surroundings


class Stopped(BaseException):
    """The sandbox is being closed; the job is taken up again when its state is next opened."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it is kept. `document` is what JSON can say."""

    identifier: str
    account: str
    region: str
    service: str
    kind: str
    document: Mapping[str, Any]


def keep(connection: sqlite3.Connection, job: Job) -> None:
    """Write a job; it is begun once its transaction is committed."""
    connection.execute(
        "INSERT OR REPLACE INTO jobs VALUES (?, ?, ?, ?, ?, ?)",
        (job.identifier, job.account, job.region, job.service, job.kind, json.dumps(job.document)),
    )


def unfinished(connection: sqlite3.Connection) -> list[str]:
    """The ids of the jobs that are not done."""
    return [identifier for (identifier,) in connection.execute("SELECT id FROM jobs ORDER BY id")]


def _find(connection: sqlite3.Connection, identifier: str) -> Job | None:
    row = connection.execute(
        "SELECT id, account, region, service, kind, document FROM jobs WHERE id = ?", (identifier,)
    ).fetchone()
    if row is None:
        return None
    found, account, region, service, kind, document = row
    return Job(found, account, region, service, kind, json.loads(document))


class Work:
    """A job being done: what its function sees of the account."""

    def __init__(self, workers: Workers, job: Job) -> None:
        self._workers = workers
        self._gateway = workers.gateway
        self._seen = workers.signals
        self.job = job

    @property
    def partition(self) -> str:
        return self._gateway.partition

    @property
    def endpoint(self) -> str | None:
        """The URL at which the door is listening, None where it is on no port."""
        return self._gateway.endpoint

    @property
    def is_rehearsal(self) -> bool:
        """Are the accounts only there to find out, in one go, all that stands in the way of a launch? What can be gone
        past then stops nothing."""
        return bool(self._gateway.recorded)

    @property
    def awaits_signals(self) -> bool:
        """Does a stack wait for the signals that its instances would send? Nothing runs on them here."""
        return self._gateway.awaits_signals

    @contextmanager
    def transaction(self) -> Iterator[Rows]:
        """The service's rows; what is written inside is committed together. Raises `Stopped`."""
        self._workers.check()
        job = self.job
        with self._gateway.store.transaction() as connection:
            yield Rows(connection, job.account, job.region, job.service)

    def call(
        self,
        identity: str,
        service: str,
        operation: str,
        params: Mapping[str, Any],
        *,
        via: Via | None = None,
        region: str | None = None,
        step: str | None = None,
    ) -> Mapping[str, Any]:
        """A call through the door with somebody's credentials (`Surroundings.identity`), its output by botocore's
        names. With the name of a `step` it is made once in the job's life. Raises `ServiceError`, `Stopped`."""
        self._workers.check()
        once = None if step is None else receipts.Once(self.job.identifier, step)
        return self._gateway.call_as(
            identity, service, operation, params, region=region or self.job.region, via=via, once=once
        )

    def forget_steps(self, prefix: str) -> None:
        """Remove the receipts of steps whose outcome is kept elsewhere by now; within a `transaction`."""
        receipts.forget(self._gateway.store.connection, self.job.identifier, prefix)

    def surroundings(self) -> Surroundings:
        """What services see of the account; to be used within a `transaction`."""
        return self._gateway.surroundings(self.job.account, self.job.region)

    def report(self, fault: Exception) -> None:
        """Tell the host of the door of an exception that is a fault of launchrole."""
        self._workers.report(fault)

    def wait(self, seconds: float, about: str | None = None) -> None:
        """Sleep until another job is done, something was `signal`led, or so many seconds have passed. With the name of
        a thing only a signal about that counts. What happened since the last wait ended counts: nothing is missed
        between a look and the wait that follows."""
        self._seen = self._workers.wait(seconds, self._seen, about)

    def signal(self, about: str | None = None) -> None:
        """Wake the jobs that wait for anything, and those that wait for what this is about (a stack's id)."""
        self._workers.signal(about)


class Workers:
    """The threads that do jobs, one for each."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self._running: dict[str, threading.Thread] = {}
        self._again: set[str] = set()
        self._changed = threading.Condition()
        self._stopping = False
        self.signals = 0
        """How often something has happened that jobs wait for."""
        self._last: dict[str, int] = {}
        """The signal with which something last happened to a thing, by the thing's name."""

    def resume(self) -> None:
        """Take up every job that is not done."""
        with self.gateway.store.mutex:
            found = unfinished(self.gateway.store.connection)
        for identifier in found:
            self.wake(identifier)

    def wake(self, identifier: str) -> None:
        """Begin a job, in a thread; its row may still be in a transaction that is not committed. A job that is being
        done is done once more afterwards, in case its row was written anew."""
        with self._changed:
            if self._stopping:
                return
            if identifier in self._running:
                self._again.add(identifier)
                return
            thread = threading.Thread(target=self._run, args=(identifier,), name=f"job {identifier}", daemon=True)
            self._running[identifier] = thread
            thread.start()

    def check(self) -> None:
        if self._stopping:
            raise Stopped

    def wait(self, seconds: float, seen: int, about: str | None = None) -> int:
        """Wait for the signal that follows the first `seen`, at most so many seconds; returns how many there were."""

        def happened() -> bool:
            newest = self.signals if about is None else self._last.get(about, 0)
            return self._stopping or newest > seen

        with self._changed:
            self._changed.wait_for(happened, seconds)
            self.check()
            return self.signals

    def signal(self, about: str | None = None) -> None:
        with self._changed:
            self.signals += 1
            if about is not None:
                self._last[about] = self.signals
            self._changed.notify_all()

    def are_done(self, identifiers: Iterable[str]) -> bool:
        """Is none of these jobs being done?"""
        with self._changed:
            return self._running.keys().isdisjoint(identifiers)

    def idle(self, timeout: float) -> bool:
        """Wait until no job is being done; False where it takes longer than `timeout` seconds."""
        until = time.monotonic() + timeout
        with self._changed:
            while self._running:
                left = until - time.monotonic()
                if left <= 0:
                    return False
                self._changed.wait(min(left, 1.0))
        return True

    def stop(self) -> None:
        """Have every job stop at its next call, and wait for them."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
            threads = list(self._running.values())
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(30)

    def _run(self, identifier: str) -> None:
        again = True
        while again:
            try:
                self._do(identifier)
            except Stopped:
                return self._done(identifier)
            except Exception as error:
                self.report(error)
            with self._changed:
                again = identifier in self._again
                self._again.discard(identifier)
                if not again:
                    self._done(identifier)
        return None

    def _done(self, identifier: str) -> None:
        with self._changed:
            self._running.pop(identifier, None)
            self._again.discard(identifier)
            self.signal()

    def report(self, fault: Exception) -> None:
        """Tell the host of the door of an exception that is a fault of launchrole."""
        if self.gateway.report is not None:
            self.gateway.report(fault)

    def _do(self, identifier: str) -> None:
        store = self.gateway.store
        with store.transaction() as connection:
            job = _find(connection, identifier)
        if job is None:
            return
        service = self.gateway.services[job.service]
        work = Work(self, job)
        try:
            service.jobs[job.kind](work)
        except Exception as fault:
            give_up = service.abandoned.get(job.kind)
            if give_up is None:
                raise  # the job's row stays: the next start takes it up again
            self.report(fault)
            give_up(Work(self, job), f"launchrole failed to go on with this operation ({type(fault).__name__})")
        with work.transaction():
            # what began the job anew while it was being done has written its row anew
            if _find(store.connection, identifier) == job:
                store.connection.execute("DELETE FROM jobs WHERE id = ?", (identifier,))
                receipts.forget(store.connection, identifier)
