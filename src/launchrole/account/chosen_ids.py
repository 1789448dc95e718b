"""Ids that are chosen and not drawn, in accounts that nobody keeps: of what a template takes for given."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_chosen: ContextVar[str | None] = ContextVar("chosen", default=None)


@contextmanager
def chosen_id(identifier: str) -> Iterator[None]:
    """Have the thing that a call makes get an id."""
    before = _chosen.set(identifier)
    try:
        yield
    finally:
        _chosen.reset(before)


def chosen() -> str | None:
    """The id that was chosen for what is made now."""
    return _chosen.get()
