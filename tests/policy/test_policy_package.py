"""The names that the package offers."""

import pytest

import launchrole.policy


def test_every_public_name_is_there():
    assert all(getattr(launchrole.policy, name) is not None for name in launchrole.policy.__all__)
    assert sorted(launchrole.policy._HOMES) == sorted(launchrole.policy.__all__)


def test_others_are_not():
    with pytest.raises(AttributeError, match="no attribute 'Banana'"):
        launchrole.policy.Banana  # noqa: B018
