"""Where the verbs find a state."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click


def default_state() -> Path:
    """The state directory that is used where none is named, in the user's data directory.
    https://specifications.freedesktop.org/basedir-spec/latest/"""
    named = os.environ.get("LAUNCHROLE_STATE")
    if named:
        return Path(named)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "launchrole"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "launchrole"


def state_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--state DIR`."""
    option = click.option(
        "--state",
        type=click.Path(path_type=Path, file_okay=False),
        metavar="DIR",
        help="The state directory (default: $LAUNCHROLE_STATE, or launchrole in the user's data directory).",
    )
    return option(function)


class StateFailure(click.ClickException):
    """A state that cannot be used: exit code 2."""

    exit_code = 2
