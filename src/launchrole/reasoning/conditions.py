"""Conditions as *atoms*: what one asks of its key, with policy variables put in or left open.

An open variable makes its values an unknown set of texts of which nothing is known but that equal conditions mean the
same set. What is impossible then is impossible whatever the variables hold; what is possible has to be shown with
values put in.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Mapping
from typing import NamedTuple

from launchrole.policy import operators
from launchrole.policy.document import ConditionEntry
from launchrole.policy.operators import Operator
from launchrole.policy.overlap import covers
from launchrole.policy.pattern import ONE, Wildcard, pieces_of
from launchrole.policy.variables import Literal, Template, Unresolvable, Variable, has_variables, resolve, template
from launchrole.reasoning import regions
from launchrole.reasoning.key_values import Test, Value, base_of, by_kind, kind_of, matcher, values_of
from launchrole.reasoning.regions import Region, Values
from launchrole.reasoning.text_classes import TooMany, opaque

Assignment = Mapping[str, str | None]
"""Values of the keys, in lower case, that policy variables stand for; None: the key is absent."""

_MOST_OPEN = 5
_MOST_COMBINED = 2_000


class OpenValue(NamedTuple):
    """A condition's value that holds variables of which nobody knows the values."""

    base: str
    template: Template


class Atom(NamedTuple):
    """What one condition asks of its key (in lower case): the operator, the test, and values with open variables."""

    key: str
    operator: Operator
    test: Test
    open: tuple[OpenValue, ...] = ()

    @property
    def takes_several(self) -> bool:
        return self.operator.quantifier is not None


@functools.lru_cache(maxsize=16_384)
def atom(entry: ConditionEntry, *, variables: bool) -> Atom:
    """The atom of a condition, its variables open. `variables`: whether the document's Version has them."""
    operator = _operator(entry)
    values: list[Value] = []
    open_values: list[OpenValue] = []
    base = base_of(operator)
    for written in entry.values:
        if not (variables and operator.takes_variables and has_variables(written)):
            values.append(tuple(pieces_of(written)))
            continue
        parts = template(written)
        if any(isinstance(part, Variable) for part in parts):
            open_values.append(OpenValue(base, parts))
        else:
            values.append(tuple(resolve(parts, {})))
    return Atom(entry.key.lower(), operator, Test(base, tuple(values)), tuple(open_values))


def grounded(one: Atom, assignment: Assignment) -> Atom:
    """An atom with the variables' values put in; a value whose variable has none matches nothing."""
    if not one.open:
        return one
    values = list(one.test.values)
    known = {key: value for key, value in assignment.items() if value is not None}
    for each in one.open:
        try:
            values.append(tuple(resolve(each.template, known)))
        except Unresolvable:
            continue
    return Atom(one.key, one.operator, Test(one.test.base, tuple(values)))


def variable_keys(one: Atom) -> frozenset[str]:
    """The keys, in lower case, of an atom's open variables."""
    return frozenset(part.key for each in one.open for part in each.template if isinstance(part, Variable))


class KeyValues:
    """The representatives of one key's values, and what each atom on the key asks of them.

    Open values double the representatives: each of them may or may not match. `apart`: representatives are combined of
    one for each kind of test, whether or not a value comes out like that; what is impossible for them is impossible.
    Raises TooMany.
    """

    def __init__(self, atoms: frozenset[Atom], pinned: str | None = None, *, apart: bool = False) -> None:
        tests = frozenset(one.test for one in atoms if one.operator.family != "Null")
        if pinned:
            tests |= {Test("StringEquals", ((pinned,),))}
        self._open = sorted({each for one in atoms for each in one.open}, key=repr)
        if len(self._open) > _MOST_OPEN:
            raise TooMany
        if apart:
            kinds = by_kind(tests)
            self._kinds: dict[str, int] | None = {kind: place for place, kind in enumerate(kinds)}
            self._texts = list(itertools.product(*kinds.values()))
            if len(self._texts) > _MOST_COMBINED:
                raise TooMany
            self.exact = True
        else:
            found = values_of(tests)
            self._kinds = None
            self._texts = [(text,) for text in ("", *found.texts)]
            self.exact = found.exact
        width = len(self._open)
        self.count = len(self._texts) << width
        every = sum(1 << place for place in range(self.count) if self._is_consistent(place & (1 << width) - 1))
        # The empty text comes first.
        self.values = Values(every, every & (1 << (1 << width)) - 1)
        self._masks: dict[Atom, tuple[Region, Region]] = {}

    def text(self, place: int) -> str:
        return self._texts[place >> len(self._open)][0]

    def region(self, one: Atom, *, met: bool) -> Region:
        """The states in which a condition is met, or is not."""
        both = self._masks.get(one)
        if both is None:
            both = self._masks[one] = (self._region(one, met=False), self._region(one, met=True))
        return both[met]

    def only(self, text: str | None) -> Region:
        """The state in which the key holds this value, or is absent."""
        if text is None:
            return Region(True, 0, 0)
        if not text:
            return Region(False, self.values.empty, 0)
        kind = 0 if self._kinds is None else self._kinds["String"]
        width = len(self._open)
        same = (place for place in range(self.count) if self._texts[place >> width][kind] == text)
        return Region(False, 0, sum(1 << place for place in same))

    def _region(self, one: Atom, *, met: bool) -> Region:
        operator = one.operator
        if operator.family == "Null":
            wanted = {text.lower() for value in one.test.values for text in value if isinstance(text, str)}
            return regions.null(self.values, wants_absent="true" in wanted, wants_present="false" in wanted, met=met)
        matching = self._matching(one)
        if operator.quantifier == "ForAllValues":
            return regions.for_all(matching, self.values, negated=operator.negated, met=met)
        if_absent = operator.if_exists or (operator.negated and operator.quantifier is None)
        comparing = regions.plain if operator.quantifier is None else regions.for_any
        return comparing(matching, self.values, negated=operator.negated, if_absent=if_absent, met=met)

    def _is_consistent(self, matching: int) -> bool:
        """Whether a value can match these open values (as bits) and no others: what one matches a wider one does."""
        return not any(
            matching >> place & 1 and not matching >> wide & 1 and _includes(self._open[wide], self._open[place])
            for place in range(len(self._open))
            for wide in range(len(self._open))
        )

    def _matching(self, one: Atom) -> int:
        """The values that match an atom's test, or one of its open values."""
        matches = matcher(one.test)
        kind = 0 if self._kinds is None else self._kinds[kind_of(one.test)]
        width = len(self._open)
        opened = [index for index, each in enumerate(self._open) if each in one.open]
        found = 0
        for place in range(self.count):
            is_open = any(place >> index & 1 for index in opened)
            if is_open or matches(self._texts[place >> width][kind]):
                found |= 1 << place
        return found & self.values.every


@functools.lru_cache(maxsize=4_096)
def _includes(wide: OpenValue, narrow: OpenValue) -> bool:
    """Whether a pattern around variables matches all that another one does, whatever they hold; a yes is certain."""
    if wide.base != "StringLike":
        return False
    parts = [*wide.template, *narrow.template]
    if any(isinstance(part, Literal) or part is ONE or (isinstance(part, str) and "?" in part) for part in parts):
        return False
    if narrow.base not in ("StringLike", "ArnLike") and any(isinstance(part, Wildcard) for part in narrow.template):
        return False
    return covers(_opaque(wide.template), _opaque(narrow.template))


def _opaque(parts: Template) -> str:
    texts = (opaque(part) if isinstance(part, Variable) else part for part in parts)
    return "".join(text.value if isinstance(text, Wildcard) else str(text) for text in texts)


def _operator(entry: ConditionEntry) -> Operator:
    found = operators.operator(entry.operator)
    assert found is not None  # parsing refuses what is no operator
    return found


@functools.lru_cache(maxsize=16_384)
def key_values(atoms: frozenset[Atom], pinned: str | None = None, *, apart: bool = False) -> KeyValues:
    """The representatives for the atoms on one key. `pinned` is a value that has to be one. Raises TooMany."""
    return KeyValues(atoms, pinned, apart=apart)


def present(key: str) -> Atom:
    """The atom that wants a key to be there."""
    operator = operators.operator("Null")
    assert operator is not None
    return Atom(key, operator, Test("Null", (("false",),)))
