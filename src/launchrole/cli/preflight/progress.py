"""Many preflights: the processes that do them, and how far they have come."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from launchrole.preflights.examination import Case
    from launchrole.preflights.report import Report


def reports_of(cases: Sequence[Case], *, fixes: bool, jobs: int = 1) -> list[Report]:
    """The reports of all cases, in their order, by so many processes at most."""
    from launchrole.preflights.batch import preflight_all
    from launchrole.preflights.preflight import reported

    if len(cases) == 1:
        return [reported(cases[0], fixes=fixes)]
    with workers(min(jobs, len(cases))) as executor:
        return list(followed(preflight_all(cases, executor, fixes=fixes), len(cases)))


@contextmanager
def workers(number: int) -> Iterator[Executor | None]:
    """So many processes; None for one, where this process does it. They are gone at the end, at Ctrl-C too."""
    if number == 1:
        yield None
        return
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    executor = ProcessPoolExecutor(number, mp_context=multiprocessing.get_context("spawn"))
    try:
        yield executor
    except BaseException:
        for process in multiprocessing.active_children():
            process.terminate()
        raise
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def followed(reports: Iterable[Report], number: int) -> Iterator[Report]:
    """The reports; on a terminal a bar on standard error shows how many there are by now."""
    if not sys.stderr.isatty():
        yield from reports
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(reports, "preflight", number, console=Console(stderr=True), transient=True)
