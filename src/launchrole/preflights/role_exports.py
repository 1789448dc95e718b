"""Roles as the AWS CLI exports them."""

from __future__ import annotations

from launchrole.preflights.errors import PreflightError
from launchrole.preflights.subject import Role, World


def exported(path: str, role: str | None) -> tuple[Role, World]:
    """The role and the others of an account that was exported to files. Raises `PreflightError`."""
    raise PreflightError(f"--exported {path}: not there yet ({role})")
