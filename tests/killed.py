"""Processes that are killed in the middle of what they do (kill -9): a state is left as it was at that moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time


def killed(program: str, *words: str, wait: float) -> None:
    """Run a program, which prints `begun`, in a process of its own; kill that `wait` seconds later."""
    process = subprocess.Popen([sys.executable, "-c", program, *words], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    time.sleep(wait)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
