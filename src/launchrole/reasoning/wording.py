"""Conditions in words."""

from __future__ import annotations

from collections.abc import Sequence

from launchrole.policy import operators
from launchrole.policy.document import ConditionEntry

_WORDS = {
    "StringEquals": ("is", "is not"),
    "StringEqualsIgnoreCase": ("is, whatever the case,", "is not, whatever the case,"),
    "StringLike": ("is like", "is not like"),
    "NumericEquals": ("is the number", "is not the number"),
    "NumericLessThan": ("is less than", ""),
    "NumericLessThanEquals": ("is at most", ""),
    "NumericGreaterThan": ("is greater than", ""),
    "NumericGreaterThanEquals": ("is at least", ""),
    "DateEquals": ("is the moment", "is not the moment"),
    "DateLessThan": ("is before", ""),
    "DateLessThanEquals": ("is not after", ""),
    "DateGreaterThan": ("is after", ""),
    "DateGreaterThanEquals": ("is not before", ""),
    "Bool": ("is", ""),
    "BinaryEquals": ("is the bytes", ""),
    "IpAddress": ("is in", "is not in"),
    "ArnEquals": ("is the ARN", "is not the ARN"),
    "ArnLike": ("is an ARN like", "is no ARN like"),
}

_QUANTIFIERS = {None: "", "ForAllValues": "every value of ", "ForAnyValue": "some value of "}


def in_words(entry: ConditionEntry) -> str:
    """A condition as a clause, the key and values in backticks."""
    operator = operators.operator(entry.operator)
    assert operator is not None  # parsing refuses what is no operator
    key = f"`{entry.key}`"
    if operator.family == "Null":
        wanted = {value.lower() for value in entry.values}
        if wanted == {"true"}:
            return f"{key} is absent"
        return f"{key} is present" if wanted == {"false"} else f"{key} is present or absent"
    positive = operator.base.replace("Not", "") if operator.negated else operator.base
    verb = _WORDS[positive][operator.negated]
    clause = f"{_QUANTIFIERS[operator.quantifier]}{key} {verb} {_values(entry.values, negated=operator.negated)}"
    if operator.quantifier == "ForAllValues":
        return f"{clause} (a request without the key meets this)"
    if operator.if_exists:
        return f"{clause}, or the key is absent"
    if operator.negated and operator.quantifier is None:
        return f"{clause} (a request without the key meets this)"
    return clause


def _values(values: Sequence[str], *, negated: bool) -> str:
    if not values:
        return "anything of an empty list"
    shown = [f"`{value}`" for value in values[:_MOST_SHOWN]]
    if len(values) > _MOST_SHOWN:
        shown.append(f"one of {len(values) - _MOST_SHOWN} more")
    if len(shown) == 1:
        return shown[0]
    return f"{', '.join(shown[:-1])} {'or' if not negated else 'nor'} {shown[-1]}"


_MOST_SHOWN = 6
