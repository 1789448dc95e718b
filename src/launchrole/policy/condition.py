"""Conditions: from an operator, a key and values to a check of a request.

IAM User Guide: reference_policies_elements_condition_operators.html (missing keys, IfExists, Null, wildcards),
reference_policies_condition-single-vs-multi-valued-context-keys.html (ForAllValues, ForAnyValue),
reference_policies_condition-logic-multiple-context-keys-or-values.html (AND, OR, NOR).

A check answers True, False or None: None where the answer hangs on a key of which nobody knows the value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from launchrole.policy import operators
from launchrole.policy.context import UNKNOWN, ContextValue
from launchrole.policy.document import ConditionEntry
from launchrole.policy.errors import PolicyError
from launchrole.policy.operators import Comparison, Operator
from launchrole.policy.variables import (
    Template,
    UnknownVariable,
    Unresolvable,
    has_variables,
    resolve,
    template,
    variable_keys,
)

Values = Mapping[str, ContextValue]
Check = Callable[[Values], bool | None]


def check(entry: ConditionEntry, *, variables: bool) -> Check:
    """The check of one condition. `variables`: whether the document's Version has policy variables."""
    found = operators.operator(entry.operator)
    if found is None:
        raise PolicyError(f"no condition operator is called `{entry.operator}`")
    key = entry.key.lower()
    if found.family == "Null":
        return _null(key, entry.values)
    if variables and found.takes_variables and any(has_variables(value) for value in entry.values):
        return _with_variables(found, key, [template(value) for value in entry.values])
    return _quantified(found, key, operators.comparison(found, entry.values) if entry.values else _matches_nothing)


def keys_read(entry: ConditionEntry, *, variables: bool) -> list[str]:
    """The context keys, as the policy spells them, on which a condition depends: its own and its variables'."""
    keys = [entry.key]
    if variables:
        for value in entry.values:
            keys += variable_keys(template(value)) if has_variables(value) else []
    return keys


def _matches_nothing(_: str) -> bool:
    return False


def _null(key: str, wanted: Sequence[str]) -> Check:
    """`true` wants the key to be absent, `false` to be there; any other value is met by nothing."""
    met_when_absent = any(value.lower() == "true" for value in wanted)
    met_when_present = any(value.lower() == "false" for value in wanted)

    def null(values: Values) -> bool | None:
        value = values.get(key)
        if value is UNKNOWN:
            return None if met_when_absent != met_when_present else met_when_absent
        return met_when_absent if value is None else met_when_present

    return null


def _quantified(operator: Operator, key: str, matches: Comparison) -> Check:
    if operator.quantifier is None:
        return _plain(key, matches, negated=operator.negated, if_absent=operator.negated or operator.if_exists)
    if operator.quantifier == "ForAllValues":
        return _for_all(key, matches, negated=operator.negated)
    return _for_any(key, matches, negated=operator.negated, if_absent=operator.if_exists)


def _plain(key: str, matches: Comparison, *, negated: bool, if_absent: bool) -> Check:
    """Without a quantifier. A key with several values meets a positive operator if any of them matches."""
    met = not negated

    def plain(values: Values) -> bool | None:
        value = values.get(key)
        if value.__class__ is str:
            return met if matches(value) else negated
        if value is None:
            return if_absent
        if value is UNKNOWN:
            return None
        for one in value:
            if matches(one):
                return met
        return negated

    return plain


def _for_all(key: str, matches: Comparison, *, negated: bool) -> Check:
    """True for an absent key, and for a null data set such as an empty string."""

    def for_all(values: Values) -> bool | None:
        value = values.get(key)
        if value is UNKNOWN:
            return None
        for one in members(value):  # a generator expression in all() takes three times as long  # noqa: SIM110
            if bool(matches(one)) is negated:
                return False
        return True

    return for_all


def _for_any(key: str, matches: Comparison, *, negated: bool, if_absent: bool) -> Check:
    """False for an absent key (unless the operator ends in IfExists) and for a null data set."""

    def for_any(values: Values) -> bool | None:
        value = values.get(key)
        if value.__class__ is not tuple:
            if value is None:
                return if_absent
            if value is UNKNOWN:
                return None
            value = members(value)
        elif value == _NULL:
            return False
        for one in value:  # noqa: SIM110 - as above
            if bool(matches(one)) is not negated:
                return True
        return False

    return for_any


_NULL = ("",)


def members(value: ContextValue | None) -> tuple[str, ...]:
    """The values of a key as a set operator sees them; an absent key, an empty list and an empty text have none."""
    if value.__class__ is tuple:
        return () if value == _NULL else value
    return (value,) if isinstance(value, str) and value else ()


def _with_variables(operator: Operator, key: str, templates: Sequence[Template]) -> Check:
    """A check whose policy values hold variables: they are put in anew for each request.

    A value whose variable has no value matches nothing.
    """

    def dynamic(values: Values) -> bool | None:
        comparisons: list[Comparison] = []
        unknown = False
        for parts in templates:
            try:
                comparisons.append(operators.resolved_comparison(operator, resolve(parts, values)))
            except Unresolvable:
                continue
            except UnknownVariable:
                unknown = True
        known = _quantified(operator, key, lambda value: any(matches(value) for matches in comparisons))(values)
        if not unknown or known is None:
            return known
        # A further value can only make more of the request's values match: see whether that can change the answer.
        widest = _quantified(operator, key, lambda _: True)(values)
        return known if known is widest else None

    return dynamic
