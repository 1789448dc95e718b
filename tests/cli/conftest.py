"""Fixtures for the tests of the command line."""

import pytest


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder of one's own, the current one; the state is a directory in it, which is not there yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LAUNCHROLE_STATE", str(tmp_path / "state"))
    for name in ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path
