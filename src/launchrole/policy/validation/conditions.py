"""Conditions that cannot do what they seem to do: operators, quantifiers, values, variables.

IAM User Guide: reference_policies_elements_condition_operators.html,
reference_policies_condition-single-vs-multi-valued-context-keys.html, reference_policies_variables.html.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from launchrole.policy.operators import binary, instant, network, number
from launchrole.policy.validation.findings import Flaw
from launchrole.policy.validation.subject import Condition, StatementView, Subject
from launchrole.policy.variables import Variable, template

# The families of operators that read the values of a type of key. Texts can be compared with anything that is written
# in one way only, so String is among those of booleans, numbers and dates; of addresses it is not: a block of addresses
# has to be computed. aws:EpochTime is a date that numeric operators read too.
_FAMILIES: Mapping[str, frozenset[str]] = {
    "String": frozenset({"String", "Arn", "Null"}),
    "ARN": frozenset({"Arn", "String", "Null"}),
    "Bool": frozenset({"Bool", "String", "Null"}),
    "Numeric": frozenset({"Numeric", "String", "Null"}),
    "Date": frozenset({"Date", "Numeric", "String", "Null"}),
    "IPAddress": frozenset({"IpAddress", "Null"}),
    "Binary": frozenset({"Binary", "Null"}),
}

_EXAMPLES = {
    "String": "StringEquals",
    "ARN": "ArnLike",
    "Bool": "Bool",
    "Numeric": "NumericEquals",
    "Date": "DateLessThan",
    "IPAddress": "IpAddress",
    "Binary": "BinaryEquals",
}


def operator_for_other_type(subject: Subject) -> Iterator[Flaw]:
    for _, condition in _conditions(subject):
        key = condition.key
        if key is None or key.type is None or condition.operator.family in _FAMILIES[key.type]:
            continue
        yield Flaw(
            condition.path,
            f"`{condition.entry.operator}` does not fit `{condition.entry.key}`, a key of type {key.type}",
            f"use {_EXAMPLES[key.type]} or its relatives",
        )


def quantifier_missing(subject: Subject) -> Iterator[Flaw]:
    for _, condition in _conditions(subject):
        key, operator = condition.key, condition.operator
        if key is not None and key.multivalued and operator.quantifier is None and operator.family != "Null":
            yield Flaw(
                condition.path,
                f"`{condition.entry.key}` can have several values, and `{condition.entry.operator}` compares one",
                f"write `ForAnyValue:{operator.base}` or `ForAllValues:{operator.base}`",
            )


def all_values_of_one(subject: Subject) -> Iterator[Flaw]:
    """ForAllValues is true of a key that is not there, whatever else it says."""
    for view, condition in _conditions(subject):
        if _quantifies_one(condition) and condition.operator.quantifier == "ForAllValues" and view.is_allow:
            yield Flaw(
                condition.path,
                f"`{condition.entry.key}` has one value; under ForAllValues a request without it is allowed, too",
                f"write `{_without_quantifier(condition)}`",
            )


def quantifier_of_one(subject: Subject) -> Iterator[Flaw]:
    for view, condition in _conditions(subject):
        if _quantifies_one(condition) and not (condition.operator.quantifier == "ForAllValues" and view.is_allow):
            yield Flaw(
                condition.path,
                f"`{condition.entry.key}` has one value: `{condition.operator.quantifier}` is for keys with several",
                f"write `{_without_quantifier(condition)}`",
            )


_READERS: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "Numeric": ("a number", number),
    "Date": ("a date as in 2026-11-24T08:00:00Z, or seconds since 1970", instant),
    "IpAddress": ("an address or a block of addresses as in 203.0.113.0/24", network),
    "Bool": ("true or false", lambda text: text.lower() in ("true", "false") or None),
    "Null": ("true or false", lambda text: text.lower() in ("true", "false") or None),
    "Binary": ("base64", binary),
}


def value_of_other_type(subject: Subject) -> Iterator[Flaw]:
    for _, condition in _conditions(subject):
        expected, read = _READERS.get(condition.operator.family, ("", str))
        for path, value in condition.values:
            if "${" not in value and read(value) is None:
                effect = "true for every request" if condition.operator.negated else "never met"
                yield Flaw(
                    path,
                    f"`{value}` is not {expected}: under `{condition.entry.operator}` it is {effect}",
                )


def variable_not_read(subject: Subject) -> Iterator[Flaw]:
    """A variable under an operator that takes none. About Bool two AWS pages disagree, so it is left alone."""
    if not subject.document.has_variables:
        return
    for _, condition in _conditions(subject):
        if condition.operator.takes_variables or condition.operator.family == "Bool":
            continue
        for path, value in condition.values:
            if "${" in value:
                yield Flaw(
                    path,
                    f"`{condition.entry.operator}` takes no policy variables: `{value}` is plain text there",
                    "variables work under String and Arn operators",
                )


def variable_unknown(subject: Subject) -> Iterator[Flaw]:
    """A variable of a key that nobody knows, of a key with several values, or a `${` that begins no variable."""
    if not subject.document.has_variables:
        return
    for path, text, services in _texts(subject):
        parts = template(text)
        if any(isinstance(part, str) and "${" in part for part in parts):
            yield Flaw(path, f"`{text}` has a `${{` that begins no policy variable", "write it as in ${aws:username}")
        for part in parts:
            if not isinstance(part, Variable):
                continue
            key = subject.condition_key(part.written, services)
            if key is None:
                yield Flaw(
                    path,
                    f"`${{{part.written}}}` is a variable that no request has: what holds it matches nothing",
                    "give it a default as in ${aws:PrincipalTag/team, 'none'}, or correct its name",
                )
            elif key.multivalued:
                yield Flaw(
                    path,
                    f"`${{{part.written}}}` can have several values, and such a key has none as a variable",
                )


def no_values(subject: Subject) -> Iterator[Flaw]:
    for _, condition in _conditions(subject):
        if not condition.entry.values:
            yield Flaw(
                condition.path,
                f"`{condition.entry.key}` is compared with an empty list",
                "give it values, or take the condition away",
            )


_ESCAPES = re.compile(r"\$\{[*?$]\}")


def wildcard_is_literal(subject: Subject) -> Iterator[Flaw]:
    for _, condition in _conditions(subject):
        base = condition.operator.base
        if not base.startswith("String") or base in ("StringLike", "StringNotLike"):
            continue
        for path, value in condition.values:
            if "*" in _ESCAPES.sub("", value):
                like = "StringNotLike" if condition.operator.negated else "StringLike"
                yield Flaw(
                    path,
                    f"`{value}` has a star that `{condition.entry.operator}` takes as a plain character",
                    f"write `{condition.entry.operator.replace(base, like)}`",
                )


def key_twice(subject: Subject) -> Iterator[Flaw]:
    """Keys ignore case, so two spellings are one key; both conditions have to be met."""
    for view in subject.statements:
        seen: set[tuple[str, str]] = set()
        for condition in view.conditions:
            spelled = (condition.entry.operator.lower(), condition.entry.key.lower())
            if spelled in seen:
                yield Flaw(
                    condition.path,
                    f"`{condition.entry.key}` stands under `{condition.entry.operator}` in another spelling, too",
                    "put the values into one list",
                )
            seen.add(spelled)


def _conditions(subject: Subject) -> Iterator[tuple[StatementView, Condition]]:
    for view in subject.statements:
        for condition in view.conditions:
            yield view, condition


def _quantifies_one(condition: Condition) -> bool:
    key = condition.key
    return (
        key is not None and key.type is not None and not key.multivalued and condition.operator.quantifier is not None
    )


def _without_quantifier(condition: Condition) -> str:
    return condition.entry.operator.partition(":")[2]


def _texts(subject: Subject) -> Iterator[tuple[tuple[str | int, ...], str, tuple[str, ...]]]:
    """The texts in which variables work, with the services of their statement."""
    for view in subject.statements:
        services = tuple(entry.prefix.lower() for entry in view.entries if entry.service is not None)
        for path, arn in view.resources:
            if "${" in arn:
                yield path, arn, services
        for condition in view.conditions:
            if condition.operator.takes_variables:
                for path, value in condition.values:
                    if "${" in value:
                        yield path, value, services
