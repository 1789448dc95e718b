"""Many statements that must not match, found by how the resources begin that they are about.

A policy can have thousands of statements about one action; of a resource only few of them know anything.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Sequence

from launchrole.reasoning.bodies import Body

_OPEN = re.compile(r"[*?]|\$\{")


class Crowd:
    """Statements, by the text in front of the first wildcard or variable of each of their resources."""

    def __init__(self, bodies: Iterable[Body]) -> None:
        self.bodies: tuple[Body, ...] = tuple(dict.fromkeys(bodies))
        self._members = frozenset(self.bodies)
        self._everywhere: list[Body] = []
        self._by_beginning: dict[str, list[Body]] = {}
        for body in self.bodies:
            if body.negated or not body.entries:
                self._everywhere.append(body)
                continue
            for beginning in {_beginning(entry.written) for entry in body.entries}:
                self._by_beginning.setdefault(beginning, []).append(body)
        self._beginnings = sorted(self._by_beginning)

    def __contains__(self, body: Body) -> bool:
        return body in self._members

    def near(self, written: Sequence[str] | None) -> tuple[Body, ...]:
        """The statements that may share a resource with one of these entries, in their order; None: with any."""
        if written is None or len(self.bodies) <= _FEW:
            return self.bodies
        found = dict.fromkeys(self._everywhere)
        for text in written:
            beginning = _beginning(text)
            for length in range(len(beginning) + 1):
                found.update(dict.fromkeys(self._by_beginning.get(beginning[:length], ())))
            place = bisect.bisect_right(self._beginnings, beginning)
            while place < len(self._beginnings) and self._beginnings[place].startswith(beginning):
                found.update(dict.fromkeys(self._by_beginning[self._beginnings[place]]))
                place += 1
        return tuple(sorted(found, key=lambda body: body.number))


_FEW = 8


def _beginning(written: str) -> str:
    found = _OPEN.search(written)
    return written if found is None else written[: found.start()]
