"""The condition operators: what each compares, and how it reads the values on both sides.

IAM User Guide: reference_policies_elements_condition_operators.html. An operator is a *comparison* (does a request
value match one of the policy's values?), perhaps negated. A value that is not of the operator's type, on either
side, matches nothing: under a negated operator that makes the condition true.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt
from typing import Any

from launchrole.policy.pattern import MANY, Matcher, Pieces, any_of, arn, arn_matches, glob, glob_matches, pieces_of

Comparison = Callable[[str], object]
"""Called with a value of the request; the result is true where it matches one of the policy's values."""


@dataclass(frozen=True, slots=True)
class Operator:
    """A condition operator as written in a policy, taken apart.

    `quantifier` is `ForAllValues`, `ForAnyValue` or None. `base` is the operator's name in AWS' spelling, without
    quantifier and `IfExists`.
    """

    base: str
    negated: bool
    quantifier: str | None
    if_exists: bool
    family: str
    """String, Numeric, Date, Bool, Binary, IpAddress, Arn or Null."""

    @property
    def takes_variables(self) -> bool:
        """Whether policy variables work in its values (reference_policies_elements_condition_operators.html).

        For Bool two AWS pages disagree; here they do not.
        """
        return self.family in ("String", "Arn")


_BASES: dict[str, tuple[str, bool]] = {
    "StringEquals": ("String", False),
    "StringNotEquals": ("String", True),
    "StringEqualsIgnoreCase": ("String", False),
    "StringNotEqualsIgnoreCase": ("String", True),
    "StringLike": ("String", False),
    "StringNotLike": ("String", True),
    "NumericEquals": ("Numeric", False),
    "NumericNotEquals": ("Numeric", True),
    "NumericLessThan": ("Numeric", False),
    "NumericLessThanEquals": ("Numeric", False),
    "NumericGreaterThan": ("Numeric", False),
    "NumericGreaterThanEquals": ("Numeric", False),
    "DateEquals": ("Date", False),
    "DateNotEquals": ("Date", True),
    "DateLessThan": ("Date", False),
    "DateLessThanEquals": ("Date", False),
    "DateGreaterThan": ("Date", False),
    "DateGreaterThanEquals": ("Date", False),
    "Bool": ("Bool", False),
    "BinaryEquals": ("Binary", False),
    "IpAddress": ("IpAddress", False),
    "NotIpAddress": ("IpAddress", True),
    "ArnEquals": ("Arn", False),
    "ArnNotEquals": ("Arn", True),
    "ArnLike": ("Arn", False),
    "ArnNotLike": ("Arn", True),
    "Null": ("Null", False),
}

BASE_OPERATORS: tuple[str, ...] = tuple(_BASES)
"""Every operator's name, without quantifier and `IfExists`."""

QUANTIFIERS = ("ForAllValues", "ForAnyValue")

_BY_NAME = {name.lower(): name for name in _BASES}


def operator(written: str) -> Operator | None:
    """The operator that a text names, or None. Names ignore case, as condition keys do."""
    quantifier: str | None = None
    name = written
    prefix, colon, rest = written.partition(":")
    if colon:
        quantifier = next((known for known in QUANTIFIERS if known.lower() == prefix.lower()), None)
        if quantifier is None:
            return None
        name = rest
    lowered = name.lower()
    if_exists = lowered.endswith("ifexists")
    base = _BY_NAME.get(lowered.removesuffix("ifexists"))
    if base is None or (if_exists and base == "Null"):
        return None
    family, negated = _BASES[base]
    return Operator(base, negated, quantifier, if_exists, family)


def comparison(operator: Operator, values: Sequence[str]) -> Comparison:
    """The comparison with fixed policy values."""
    base = operator.base
    if base in ("StringEquals", "StringNotEquals"):
        return values[0].__eq__ if len(values) == 1 else frozenset(values).__contains__
    if base in ("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"):
        lowered = frozenset(value.lower() for value in values)
        return lambda value: value.lower() in lowered
    if base in ("StringLike", "StringNotLike"):
        return any_of([glob(pieces_of(value)) for value in values])
    if operator.family == "Arn":
        return any_of([_arn(value) for value in values])
    if operator.family == "Bool":
        wanted = frozenset(value.lower() for value in values if value.lower() in ("true", "false"))
        return lambda value: value.lower() in wanted
    if operator.family == "Binary":
        wanted_bytes = frozenset(read for value in values if (read := binary(value)) is not None)
        return lambda value: binary(value) in wanted_bytes
    if operator.family == "IpAddress":
        return _in_networks(values)
    return _ordered(operator, values)


def resolved_comparison(operator: Operator, pieces: Pieces) -> Comparison:
    """The comparison with one policy value whose variables were just put in (see `variables.resolve`).

    Only for operators that take variables.
    """
    if operator.family == "Arn":
        return lambda value: arn_matches(pieces, value)
    if operator.base in ("StringLike", "StringNotLike"):
        return lambda value: glob_matches(pieces, value)
    text = "".join(piece if isinstance(piece, str) else piece.value for piece in pieces)
    if operator.base in ("StringEquals", "StringNotEquals"):
        return text.__eq__
    lowered = text.lower()
    return lambda value: value.lower() == lowered


def number(text: str) -> object | None:
    """An exact number, comparable with others, or None: integers and decimals, no exponents."""
    from decimal import Decimal

    return Decimal(text) if _NUMBER.fullmatch(text) else None


_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


def instant(text: str) -> tuple[int, str] | None:
    """A point in time as whole seconds since 1970 and the digits of the fraction, or None.

    W3C's profile of ISO 8601 (a year, a month, a day, or a day with time and offset) or seconds since 1970. Four
    digits are a year: both readings are legal, and no policy means an hour of 1970.
    """
    found = _DATE.fullmatch(text)
    if found is None:
        if not _EPOCH.fullmatch(text):
            return None
        whole, _, fraction = text.partition(".")
        fraction = fraction.rstrip("0")
        if fraction and text.startswith("-"):  # the second before, and what is left of it
            return int(whole) - 1, str(10 ** len(fraction) - int(fraction)).zfill(len(fraction))
        return int(whole), fraction
    year, month, day, hour, minute = (int(found[name] or low) for name, low in _DATE_PARTS)
    second = int(found["second"] or 0)
    try:
        days = datetime.date(year, month, day).toordinal() - _EPOCH_DAY
    except ValueError:
        return None
    if hour > 23 or minute > 59 or second > 60:
        return None
    seconds = days * 86400 + hour * 3600 + minute * 60 + second - _offset(found["offset"])
    return seconds, (found["fraction"] or "").rstrip("0")


_EPOCH_DAY = datetime.date(1970, 1, 1).toordinal()
_EPOCH = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")
_DATE_PARTS = (("year", 1), ("month", 1), ("day", 1), ("hour", 0), ("minute", 0))
_DATE = re.compile(
    r"(?P<year>[0-9]{4})(-(?P<month>[0-9]{2})(-(?P<day>[0-9]{2})"
    r"([Tt](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(:(?P<second>[0-9]{2})(\.(?P<fraction>[0-9]{1,18}))?)?"
    r"(?P<offset>[Zz]|[+-][0-9]{2}:[0-9]{2}))?)?)?"
)


def _offset(text: str | None) -> int:
    if text is None or text in "Zz":
        return 0
    seconds = int(text[1:3]) * 3600 + int(text[4:6]) * 60
    return -seconds if text[0] == "-" else seconds


def binary(text: str) -> bytes | None:
    """The bytes that a base64 text stands for, or None."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def network(text: str) -> object | None:
    """The addresses of a CIDR block or of one address (/32, /128), or None. Host bits are ignored.

    What stands behind the slash is a prefix length: Python would read masks, too.
    """
    import ipaddress

    _, slash, length = text.partition("/")
    if slash and not _PREFIX_LENGTH.fullmatch(length):
        return None
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


_PREFIX_LENGTH = re.compile(r"[0-9]{1,3}")


def _arn(value: str) -> Matcher:
    pieces = pieces_of(value)
    return glob(pieces) if pieces == [MANY] else arn(pieces)


def _in_networks(values: Sequence[str]) -> Comparison:
    import ipaddress

    networks = [found for value in values if isinstance(found := network(value), ipaddress._BaseNetwork)]

    def inside(value: str) -> bool:
        try:
            address = ipaddress.ip_address(value)
        except ValueError:
            return False
        return any(address in block for block in networks)

    return inside


_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": eq,
    "NotEquals": eq,
    "LessThan": lt,
    "LessThanEquals": le,
    "GreaterThan": gt,
    "GreaterThanEquals": ge,
}


def _ordered(operator: Operator, values: Sequence[str]) -> Comparison:
    read: Callable[[str], object | None] = number if operator.family == "Numeric" else instant
    order = _ORDERS[operator.base.removeprefix(operator.family)]
    limits = [limit for value in values if (limit := read(value)) is not None]

    def compares(text: str) -> bool:
        value = read(text)
        return value is not None and any(order(value, limit) for limit in limits)

    return compares
