"""Which states of a context key a condition is met in, or is not.

A key is absent, or it holds values. What matters about a value is which of the policies' values it matches, so a key's
values are bits: one for each representative (see `key_domains`). Every operator, met or not met, is of one form: is the
key absent or null, are all of its values among some, is there one among others. That form is closed under `and`.

IAM User Guide: reference_policies_condition-single-vs-multi-valued-context-keys.html.
"""

from __future__ import annotations

from typing import NamedTuple


class Region(NamedTuple):
    """States of a key.

    It is absent, holds a single empty text (`null`, as bits of its own), or values that all lie in `every`, with one in
    each of `some`. The empty text is a value among others, and none by itself.
    """

    absent: bool
    null: int
    every: int
    some: tuple[int, ...] = ()

    def meet(self, other: Region) -> Region:
        return Region(
            self.absent and other.absent,
            self.null & other.null,
            self.every & other.every,
            (*self.some, *other.some) if other.some else self.some,
        )

    def single(self, empty: int) -> int:
        """The values that a key with one value may hold. `empty`: the bits of the empty text, which is `null` then."""
        found = self.every & ~empty
        for one in self.some:
            found &= one
        return found

    def is_possible(self, *, several: bool, empty: int) -> bool:
        """Whether some state is left; `several`: the key may have more than one value."""
        if self.absent or self.null or self.single(empty):
            return True
        return several and self.every & ~empty != 0 and all(self.every & one for one in self.some)


class Values(NamedTuple):
    """The bits of all values of a key, and of the empty text."""

    every: int
    empty: int

    @property
    def all(self) -> Region:
        return Region(True, self.empty, self.every)


def plain(matching: int, values: Values, *, negated: bool, if_absent: bool, met: bool) -> Region:
    """An operator without quantifier: met if one value matches, a negated one if none does."""
    absent = if_absent is met
    if negated is met:
        missing = values.every & ~matching
        return Region(absent, missing & values.empty, missing)
    return Region(absent, matching & values.empty, values.every, (matching,))


def for_all(matching: int, values: Values, *, negated: bool, met: bool) -> Region:
    """ForAllValues: met by an absent key and by null."""
    wanted = values.every & ~matching if negated else matching
    if met:
        return Region(True, values.empty, wanted)
    return Region(False, 0, values.every, (values.every & ~wanted,))


def for_any(matching: int, values: Values, *, negated: bool, if_absent: bool, met: bool) -> Region:
    """ForAnyValue: not met by an absent key (but for IfExists) nor by null."""
    wanted = values.every & ~matching if negated else matching
    if met:
        return Region(if_absent, 0, values.every, (wanted,))
    return Region(not if_absent, values.empty, values.every & ~wanted)


def null(values: Values, *, wants_absent: bool, wants_present: bool, met: bool) -> Region:
    """Null: `true` wants the key to be absent, `false` to be there."""
    present = wants_present is met
    return Region(wants_absent is met, values.empty if present else 0, values.every if present else 0)
