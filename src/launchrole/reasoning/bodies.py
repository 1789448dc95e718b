"""Statements without their actions: what two policies are compared by.

A body is effect, principal, resources and conditions. Equal bodies in two policies need no reasoning, however their
statements are numbered, named and split; what is left to ask about are the actions for which the bodies differ.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator

from launchrole.policy import pattern
from launchrole.policy.document import PrincipalElement
from launchrole.policy.overlap import covers, meets
from launchrole.policy.pattern import MANY, Wildcard, pieces_of
from launchrole.policy.statement import BoundStatement
from launchrole.policy.variables import Literal, Template, Unresolvable, Variable, has_variables, resolve, template
from launchrole.reasoning.conditions import Assignment, Atom, atom, variable_keys
from launchrole.reasoning.text_classes import OPAQUE, TextPattern, opaque, resource_pattern

BodyKey = tuple[object, ...]


class ResourceEntry:
    """One entry of Resource or NotResource, whose variables may be open."""

    __slots__ = ("_parts", "keys", "static", "written")

    def __init__(self, written: str, *, variables: bool) -> None:
        self.written = written
        segments = written.split(":", 5)
        self._parts: Template = ()
        self.keys: frozenset[str] = frozenset()
        pieces: list[str | Wildcard] = pieces_of(written)
        if variables and len(segments) == 6 and has_variables(segments[5]):
            head = pieces_of(written[: len(written) - len(segments[5])])
            self._parts = (*head, *template(segments[5]))
            self.keys = frozenset(part.key for part in self._parts if isinstance(part, Variable))
            pieces = [] if self.keys else resolve(self._parts, {})
        self.static: TextPattern | None = None if self.keys else resource_pattern(pieces)

    def grounded(self, assignment: Assignment) -> TextPattern | None:
        """The pattern with the variables' values put in; None where one has none, so that it matches nothing."""
        if self.static is not None:
            return self.static
        known = {key: value for key, value in assignment.items() if value is not None}
        try:
            return resource_pattern(resolve(self._parts, known))
        except Unresolvable:
            return None

    def values_in(self, text: str) -> Iterator[tuple[str, str]]:
        """Keys of variables with the values that they have where the pattern is to match a text; a guess, to be tried.

        Read from the left, up to the first wildcard.
        """
        rest = text.split(":", 5)[-1]
        parts = template(self.written.split(":", 5)[-1]) if self.keys else ()
        for part, following in itertools.zip_longest(parts, parts[1:]):
            if isinstance(part, Variable):
                value = rest.partition(following)[0] if isinstance(following, str) else rest
                rest = rest[len(value) :]
                if value:
                    yield part.key, value
            elif isinstance(part, Wildcard) or not rest.startswith(_plain_text(part)):
                return
            else:
                rest = rest[len(_plain_text(part)) :]

    @property
    def opaque(self) -> TextPattern:
        """The pattern with a character for each variable, the same for the same variable, that stands for its value."""
        if self.static is not None:
            return self.static
        return resource_pattern([opaque(part) if isinstance(part, Variable) else part for part in self._plain])

    @property
    def wide(self) -> TextPattern:
        """The pattern with a star for each variable: what it matches at most."""
        if self.static is not None:
            return self.static
        return resource_pattern([MANY if isinstance(part, Variable) else part for part in self._plain])

    @property
    def _plain(self) -> list[str | Wildcard | Variable]:
        return [part if isinstance(part, Wildcard | Variable) else _plain_text(part) for part in self._parts]


def _plain_text(part: str | Literal) -> str:
    return part if isinstance(part, str) else part.text


@functools.lru_cache(maxsize=65_536)
def resource_entry(written: str, *, variables: bool) -> ResourceEntry:
    return ResourceEntry(written, variables=variables)


class Body:
    """A statement without its actions. `number` tells bodies of one comparison apart."""

    __slots__ = ("atoms", "bound", "entries", "is_open", "keys", "negated", "number", "principal")

    def __init__(self, bound: BoundStatement, number: int) -> None:
        statement = bound.statement
        variables = bound.document.has_variables
        self.number = number
        self.bound = bound
        self.principal: PrincipalElement | None = statement.principal
        self.entries = tuple(resource_entry(written, variables=variables) for written in statement.resources)
        self.negated = statement.not_resource
        self.atoms: tuple[Atom, ...] = tuple(
            dict.fromkeys(atom(entry, variables=variables) for entry in statement.conditions)
        )
        keys = {key for entry in self.entries for key in entry.keys}
        for one in self.atoms:
            keys |= variable_keys(one)
        self.keys = frozenset(keys)
        self.is_open = bool(keys)

    @property
    def takes_every_resource(self) -> bool:
        if not self.entries:
            return True
        return not self.negated and any(entry.written == "*" for entry in self.entries)


def body_key(bound: BoundStatement) -> BodyKey:
    """What bodies that match the same requests have in common."""
    statement = bound.statement
    principal = statement.principal
    conditions = frozenset(
        (entry.operator.lower(), entry.key.lower(), frozenset(entry.values)) for entry in statement.conditions
    )
    return (
        statement.effect,
        None if principal is None else (principal.negated, frozenset(principal.entries)),
        statement.not_resource,
        frozenset(statement.resources),
        conditions,
        bound.document.has_variables or not _mentions_variables(bound),
    )


def _mentions_variables(bound: BoundStatement) -> bool:
    statement = bound.statement
    return any("${" in text for text in statement.resources) or any(
        "${" in value for entry in statement.conditions for value in entry.values
    )


Reading = Callable[[ResourceEntry], TextPattern | None]
"""How entries with variables are read: open, wide, or with values; None where an entry matches nothing."""


def patterns(body: Body, read: Reading) -> tuple[TextPattern, ...]:
    found = (read(entry) for entry in body.entries)
    return tuple(one for one in found if one is not None)


def static(entry: ResourceEntry) -> TextPattern | None:
    return entry.static


def opened(entry: ResourceEntry) -> TextPattern | None:
    return entry.opaque


def widened(entry: ResourceEntry) -> TextPattern | None:
    return entry.wide


@functools.lru_cache(maxsize=65_536)
def pattern_meets(one: TextPattern, other: TextPattern) -> bool:
    """Whether two patterns of resources may have a text in common; a no is certain."""
    first, second = _segments(one), _segments(other)
    if len(first) == len(second) == 6:
        return all(meets(a, b) for a, b in zip(first, second, strict=True))
    return meets(one.text, other.text)


@functools.lru_cache(maxsize=65_536)
def pattern_covers(wide: TextPattern, narrow: TextPattern) -> bool:
    """Whether one pattern of resources matches all that another does; a yes is certain."""
    if wide.pieces == (MANY,) or wide == narrow:
        return True
    if max(narrow.text, default=" ") < OPAQUE or "?" not in wide.text:
        plain = _has_plain_stars(wide) and _has_plain_stars(narrow)
        first, second = _segments(wide), _segments(narrow)
        if plain and len(first) == len(second) == 6:
            return all(covers(a, b) for a, b in zip(first, second, strict=True))
    return False


def _has_plain_stars(one: TextPattern) -> bool:
    """Whether every star and question mark in its text is a wildcard."""
    return not any(isinstance(piece, str) and ("*" in piece or "?" in piece) for piece in one.pieces)


def _segments(one: TextPattern) -> list[str]:
    return one.text.split(":", 5)


@functools.lru_cache(maxsize=65_536)
def text_matcher(some: tuple[TextPattern, ...]) -> pattern.Matcher:
    """A matcher of resources that match one of the patterns: the evaluator's own."""
    if not some:
        return lambda _: False
    return pattern.any_resource([one.pieces for one in some])
