"""Many templates and roles: one after the other, or by whatever executor there is.

There is one open sandbox in a process, so executors of threads gain nothing: cases then wait for each other.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future
from functools import partial

from launchrole.preflights.catalogue import kinds
from launchrole.preflights.errors import PreflightError
from launchrole.preflights.examination import Case
from launchrole.preflights.preflight import reported
from launchrole.preflights.report import Finding, Report

_one_at_a_time = threading.Lock()


def preflight_all(cases: Iterable[Case], executor: Executor | None = None, *, fixes: bool = True) -> Iterator[Report]:
    """The reports of all cases, in their order; each as soon as it and all before it are there.

    `executor` is any of `concurrent.futures`' kind: a ProcessPoolExecutor, Dask's (`client.get_executor()`). A case in
    which launchrole fails, or whose worker dies, has a report that says so (LR903); the others go on.
    """
    do = partial(_reported, fixes=fixes)
    if executor is None:
        for case in cases:
            yield do(case)
        return
    begun = [(case, executor.submit(do, case)) for case in cases]
    try:
        for case, future in begun:
            yield _result(case, future)
    finally:
        for _, future in begun:
            future.cancel()


def _reported(case: Case, *, fixes: bool) -> Report:
    with _one_at_a_time:
        try:
            return reported(case, fixes=fixes)
        except PreflightError as problem:
            return _failed(case, str(problem))
        except Exception as fault:
            return _failed(case, f"launchrole failed to look at this: {type(fault).__name__}: {fault}")


def _result(case: Case, future: Future[Report]) -> Report:
    try:
        return future.result()
    except Exception as problem:
        return _failed(case, f"the process that looked at this has ended: {type(problem).__name__}: {problem}")


def _failed(case: Case, why: str) -> Report:
    finding = Finding("LR903", kinds()["LR903"].level, why)
    role = case.wanted.role
    return Report(case.name, role.arn, tuple(one.name for one in role.policies), case.wanted.operations, (finding,))
