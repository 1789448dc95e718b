"""Fixtures for pytest: accounts in which IAM is enforced, and clients under a role.

pytest loads this in every run beside an installed launchrole: it imports nothing until a fixture is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from launchrole.sandbox import Sandbox
    from launchrole.testing import AsRole


@pytest.fixture
def launchrole_sandbox() -> Iterator[Sandbox]:
    """An open `Sandbox`, empty for each test; there is one in a process at a time, and so one in each xdist worker.

    `assert_launches` and `assert_denied` open one of their own: use them in tests without this fixture.
    """
    from launchrole.sandbox import Sandbox
    from launchrole.testing import check_door

    with Sandbox() as sandbox:
        check_door(sandbox)
        yield sandbox


@pytest.fixture
def as_role(launchrole_sandbox: Sandbox) -> Callable[..., AsRole]:
    """`as_role("arn:..." | "BuiltInRole").client("s3")`, or `as_role(policies=[{...}])`: `launchrole.testing.as_role`
    in `launchrole_sandbox`."""
    import functools

    from launchrole import testing

    return functools.partial(testing.as_role, launchrole_sandbox)
