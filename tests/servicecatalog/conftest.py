"""Fixtures for the tests of Service Catalog."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from catalogs import Catalog

from launchrole.sandbox import Sandbox


@pytest.fixture
def catalog() -> Iterator[Catalog]:
    """A catalog of an account of its own, in which nothing of launchrole's may fail."""
    with Sandbox() as sandbox:
        faults: list[Exception] = []
        sandbox.gateway.report = faults.append
        yield Catalog(sandbox)
        sandbox.settle(10)
        if faults:
            raise faults[0]
