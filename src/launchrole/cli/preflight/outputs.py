"""Where reports are written to, and how."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from launchrole.preflights.report import Report


def wanted(outputs: Sequence[str]) -> Sequence[str]:
    return outputs


def write(reports: Sequence[Report], wanted: Sequence[str], *, full: bool) -> None:
    click.echo(json.dumps([report.to_dict() for report in reports], indent=2))
