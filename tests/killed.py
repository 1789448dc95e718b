"""Processes that are killed in the middle of what they do (kill -9): a state is left as it was at that moment."""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
import warnings
from typing import NoReturn


def killed(program: str, *words: str, wait: float) -> None:
    """Run a program, which prints `begun`, in a process of its own; kill that `wait` seconds later.

    The process is a fork of this one, which has imported what takes longest already. No sandbox may be open here.
    """
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # other tests' idle threads do not matter to the fork
        child = os.fork()
    if child == 0:
        _run(program, words, writing)
    os.close(writing)
    try:
        with open(reading, encoding="utf-8") as told:
            assert told.readline() == "begun\n"
            time.sleep(wait)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _run(program: str, words: tuple[str, ...], output: int) -> NoReturn:
    """What the fork does; it never returns to the test."""
    try:
        sys.argv = ["-c", *words]
        sys.stdout = open(output, "w", encoding="utf-8")  # noqa: SIM115 - open as long as the process lives
        exec(program, {"__name__": "__main__"})  # noqa: S102 - the test's own program
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
    finally:
        os._exit(1)
