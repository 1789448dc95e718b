"""Jobs and what they wait for."""

import threading
import time

import pytest

from launchrole.account.jobs import Job, Stopped, Work, Workers


@pytest.fixture
def workers():
    return Workers(None)


def job(workers):
    return Work(workers, Job("1", "123456789012", "us-east-1", "cloudformation", "operation", {}))


def test_what_happened_before_the_sleep_is_not_missed(workers):
    """A parent stack looked at its child, the child was done, the parent slept for half a minute."""
    work = job(workers)
    workers.signal()
    begun = time.monotonic()
    work.wait(30)
    assert time.monotonic() - begun < 5
    work.wait(0.05)
    assert time.monotonic() - begun >= 0.05  # the signal counts once


def test_a_signal_ends_the_sleep(workers):
    work = job(workers)
    threading.Timer(0.05, workers.signal).start()
    begun = time.monotonic()
    work.wait(30)
    assert time.monotonic() - begun < 5


def test_nobody_sleeps_when_the_sandbox_is_closed(workers):
    work = job(workers)
    workers.stop()
    with pytest.raises(Stopped):
        work.wait(30)
