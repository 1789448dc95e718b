"""Which values of a context key meet a condition, and which fail it.

Candidates come from the values that the condition lists; the condition's own check says which of them do.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from launchrole.policy import operators
from launchrole.policy.change import RemoveContextKey, SetContextKey, is_tag_keys, with_key
from launchrole.policy.condition import Check, members
from launchrole.policy.document import ConditionEntry
from launchrole.policy.operators import Operator
from launchrole.policy.pattern import Wildcard, pieces_of
from launchrole.policy.rename import fitting_arns, fittings
from launchrole.policy.request import Request
from launchrole.policy.variables import UnknownVariable, Unresolvable, has_variables, resolve, template

_MOST_OFFERED = 4
_MOST_LISTED = 16  # values of a condition that are looked at
_MOST_PIECES = 256  # of a listed value
_PLAIN_VALUE = "value"
_PLAIN_TAG_KEY = "key"


def changes_of_key(
    entry: ConditionEntry, check: Check, request: Request, *, wanted: bool, variables: bool
) -> list[SetContextKey | RemoveContextKey]:
    """Changes of the condition's key after which its check answers `wanted`, the most telling first.

    `variables`: whether the document's Version has policy variables.
    """
    found: list[SetContextKey | RemoveContextKey] = []
    for group in _alternatives(entry, check, request, variables=variables):
        for values in group.values:
            if group.is_last_resort and found:
                break
            if check(with_key(request, entry.key, values).values) is wanted:
                found.append(SetContextKey(entry.key, values) if values else RemoveContextKey(entry.key))
                break
    return list(dict.fromkeys(found))[:_MOST_OFFERED]


@dataclass(frozen=True, slots=True)
class _Group:
    """Values worth trying for a key, of which one is enough; no values: the key is absent."""

    values: Sequence[tuple[str, ...]]
    is_last_resort: bool = False
    """Whether the values are to be tried only if all before them failed."""


def _alternatives(entry: ConditionEntry, check: Check, request: Request, *, variables: bool) -> list[_Group]:
    operator = operators.operator(entry.operator)
    assert operator is not None  # the check could not have been made
    current = members(request.values.get(entry.key.lower()))
    lists_tags = is_tag_keys(entry.key)
    plain = _PLAIN_TAG_KEY if lists_tags else _PLAIN_VALUE
    own = current[0] if len(current) == 1 and not lists_tags else plain
    listed = entry.values[:_MOST_LISTED]
    if operator.family == "Null":
        fits = [[plain]]
    elif operator.family == "Bool":
        fits = [["true", "false"]]
    else:
        fits = [_fits(operator, written, own, request, variables=variables) for written in listed]
    singles = [[(fit,) for fit in group] for group in fits]
    others = [(plain,)] if operator.family == "String" else []
    if not (current and (operator.quantifier or lists_tags)):
        return [*map(_Group, singles), _Group([()]), _Group(others, is_last_resort=True)]
    # What is there stays, as far as it can.
    met = tuple(value for value in current if check({**request.values, entry.key.lower(): value}))
    unmet = tuple(value for value in current if value not in met)
    return [
        *(_Group([(*current, fit) for fit in group if fit not in current]) for group in fits),
        _Group([some for some in (met, unmet) if some]),
        _Group([(), *(value for group in singles for value in group), *others], is_last_resort=True),
    ]


def _fits(operator: Operator, written: str, own: str, request: Request, *, variables: bool) -> list[str]:
    """Values that one listed value of a condition matches, or only just misses."""
    pieces = _pieces(operator, written, request, variables=variables)
    if pieces is None or len(pieces) > _MOST_PIECES:
        return []
    text = "".join(piece.value if isinstance(piece, Wildcard) else piece for piece in pieces)
    if operator.base in ("StringLike", "StringNotLike"):
        return fittings(pieces, own)
    if operator.family == "Arn":
        return fitting_arns(pieces, re.split("[:/]", own)[-1], request.resource)
    if operator.family == "Numeric":
        number = operators.number(text)
        return [str(number + step) for step in (0, -1, 1)] if isinstance(number, Decimal) else []
    if operator.family == "Date":
        return _instants(text)
    if operator.family == "IpAddress":
        return [text.partition("/")[0]]
    return [text]


def _pieces(operator: Operator, written: str, request: Request, *, variables: bool) -> list[str | Wildcard] | None:
    """A listed value with its variables put in; None where one has no value, or none that is known."""
    if not (variables and operator.takes_variables and has_variables(written)):
        return pieces_of(written)
    try:
        return resolve(template(written), request.values)
    except (Unresolvable, UnknownVariable):
        return None


def _instants(text: str) -> list[str]:
    """A point in time, the second before it and the second after it."""
    found = operators.instant(text)
    if found is None:
        return []
    start = datetime.datetime(1970, 1, 1)
    made = [text]
    for step in (-1, 1):
        try:
            moment = start + datetime.timedelta(seconds=found[0] + step)
        except OverflowError:
            continue
        made.append(moment.isoformat() + "Z")
    return made
