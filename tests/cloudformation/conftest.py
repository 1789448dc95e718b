"""Stacks for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from stacks_in_process import Stacks

from launchrole.sandbox import Sandbox


@pytest.fixture
def stacks() -> Iterator[Stacks]:
    """Stacks of an account of their own, in whose making nothing of launchrole's may fail."""
    with Sandbox() as sandbox:
        faults: list[Exception] = []
        sandbox.gateway.report = faults.append
        yield Stacks(sandbox)
        sandbox.settle(10)
        if faults:
            raise faults[0]
