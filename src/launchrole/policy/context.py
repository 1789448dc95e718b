"""The request context: what is known of a request beside principal, action and resource.

IAM User Guide: reference_policies_condition-keys.html. A key is absent, has one value or several, or is *unknown*:
a caller that asks before the fact (a preflight) cannot know whether an object will carry a tag.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Final

from launchrole.policy.errors import ContextError


class _Unknown(enum.Enum):
    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown.UNKNOWN
"""The value of a key of which nobody knows whether it is there and what it holds."""

ContextValue = str | tuple[str, ...] | _Unknown
Plain = str | int | float | bool
Given = Plain | Sequence[Plain] | Set[Plain] | _Unknown
"""What a caller may hand over as the value of a key."""


class Context(Mapping[str, ContextValue]):
    """The context keys of one request, by name; names ignore case, the tag key in `aws:ResourceTag/Key` too.

    IAM User Guide: reference_policies_elements_condition.html. Two given keys that differ only in case (two tags) are
    one key with the values of both. A key given an empty list is absent.

    `unknown` names keys whose value nobody knows; a name that ends in `/*` stands for every key with that prefix that
    is not given. Numbers become decimals without exponent, as conditions read them. Raises ContextError for a value
    that is no text, finite number, truth value or list of them.
    """

    __slots__ = ("_spelled", "values_by_key")

    def __init__(self, values: Mapping[str, Given] | None = None, unknown: Iterable[str] = ()) -> None:
        by_key: dict[str, ContextValue] = {}
        for name, given in values.items() if values else ():
            if given.__class__ is str and name.__class__ is str:
                key = name.lower()
                if key not in by_key:
                    by_key[key] = given
                    continue
            elif not isinstance(name, str):
                raise ContextError(f"the name of a context key is text, not {name!r}")
            _add(by_key, name, given)
        self._spelled: list[str] = [*values] if values else []
        self.values_by_key: dict[str, ContextValue] = by_key
        if unknown:
            self._add_unknown(unknown)

    def _add_unknown(self, names: Iterable[str]) -> None:
        if isinstance(names, str):
            raise ContextError(f"unknown keys are a list of names: write [{names!r}]")
        by_key = self.values_by_key
        prefixes: list[str] = []
        for name in names:
            key = name.lower()
            if key.endswith("/*"):
                prefixes.append(key[:-1])
            elif key not in by_key:
                by_key[key] = UNKNOWN
                self._spelled.append(name)
        if prefixes:
            self.values_by_key = _PartlyUnknown(by_key, tuple(prefixes))

    def __getitem__(self, name: str) -> ContextValue:
        value = self.values_by_key.get(name.lower())
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        names: dict[str, str] = {}
        for name in self._spelled:
            if name.lower() in self.values_by_key:
                names.setdefault(name.lower(), name)
        return iter(names.values())

    def __len__(self) -> int:
        return len(self.values_by_key)

    def __repr__(self) -> str:
        return f"Context({dict(self)!r})"

    @property
    def unknown_prefixes(self) -> tuple[str, ...]:
        """Prefixes (in lower case, with the slash) of the keys that are unknown unless given."""
        values = self.values_by_key
        return values.prefixes if isinstance(values, _PartlyUnknown) else ()

    def with_values(self, values: Mapping[str, Given]) -> Context:
        """This context with some keys set; a key set here is no longer unknown."""
        replaced = {name.lower() for name in values}
        kept: dict[str, Given] = {n: v for n, v in self.items() if n.lower() not in replaced and v is not UNKNOWN}
        unknown = [n for n, v in self.items() if v is UNKNOWN and n.lower() not in replaced]
        return Context({**kept, **values}, [*unknown, *(prefix + "*" for prefix in self.unknown_prefixes)])


class _PartlyUnknown(dict[str, ContextValue]):
    """A dictionary that answers UNKNOWN for the keys under some prefixes that it does not hold."""

    def __init__(self, values: Mapping[str, ContextValue], prefixes: tuple[str, ...]) -> None:
        super().__init__(values)
        self.prefixes = prefixes

    def get(self, key: str, default: object = None) -> ContextValue | None:  # type: ignore[override] # noqa: ARG002
        value = super().get(key)  # nobody in this package gives a default
        if value is None and key.startswith(self.prefixes):
            return UNKNOWN
        return value


def _add(by_key: dict[str, ContextValue], name: str, given: Given) -> None:
    key = name.lower()
    value = _value(name, given)
    before = by_key.get(key)
    if value != ():
        by_key[key] = value if before is None else _both(before, value)


def _value(name: str, given: Given) -> ContextValue:
    if isinstance(given, str):
        return str(given)
    if given is UNKNOWN:
        return UNKNOWN
    if isinstance(given, bool | int | float):
        return _text(name, given)
    if isinstance(given, Sequence | Set) and not isinstance(given, bytes | bytearray | memoryview):
        return tuple(
            _text(name, item) if isinstance(item, str | bool | int | float) else _refuse(name, item) for item in given
        )
    return _refuse(name, given)


def _text(name: str, value: Plain) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _decimal(name, value)
    try:
        return str(value)
    except ValueError:  # Python writes no integer of more than 4,300 digits
        raise ContextError(f"the value of context key `{name}` has more digits than any number of a request") from None


def _decimal(name: str, value: float) -> str:
    """A number without exponent: the shortest decimal that is this float."""
    if not math.isfinite(value):
        raise ContextError(f"the value of context key `{name}` is a finite number, not {value}")
    written = float.__repr__(value)
    if "e" not in written:
        return written
    from decimal import Decimal

    return format(Decimal(written), "f")


def _both(one: ContextValue, other: ContextValue) -> ContextValue:
    if one is UNKNOWN or other is UNKNOWN:
        return UNKNOWN
    return (*_tuple(one), *_tuple(other))


def _tuple(value: ContextValue) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)  # type: ignore[arg-type] # never UNKNOWN here


def _refuse(name: str, given: object) -> str:
    raise ContextError(
        f"the value of context key `{name}` is text, a number, true or false, or a list of those, not {given!r}"
    )
