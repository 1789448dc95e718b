"""The least policy under which a launch passes: what all its calls need, and nothing besides."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from launchrole.preflights.needs import MadeUp, Need
from launchrole.preflights.statements import document, merged


def least(needs: Iterable[Need], made: MadeUp) -> dict[str, Any]:
    """The policy document for a run's needs, allowed and denied ones, written as AWS writes its own: statements by
    service, each with a Sid, actions in order."""
    return document(merged(needs, made).statements)
