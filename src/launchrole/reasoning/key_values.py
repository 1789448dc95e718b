"""Values that stand for all values of a context key, by what conditions compare it with.

A *test* is the comparison of one condition: a request's value matches it or not. For each way in which all tests on a
key can come out together there is a representative, so that a question about all values is one about those.

IAM User Guide: reference_policies_elements_condition_operators.html.
"""

from __future__ import annotations

import base64
import datetime
import functools
import ipaddress
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from launchrole.policy import operators
from launchrole.policy.operators import Operator
from launchrole.policy.pattern import MANY, Wildcard
from launchrole.reasoning.text_classes import TextPattern, TooMany, representatives, unlike

Value = tuple[str | Wildcard, ...]
"""The pieces of a condition's value, policy variables put in."""


class Test(NamedTuple):
    """The comparison of a condition, whether the operator is negated or not; `values` are those of the policy.

    `base` is one name for operators that compare alike: StringNotEquals is StringEquals.
    """

    base: str
    values: tuple[Value, ...]


class Values(NamedTuple):
    """Representatives of a key's values, the empty text left out.

    `exact`: every value comes out like one of them under all tests; else what they do not show may still be.
    """

    texts: tuple[str, ...]
    exact: bool


def base_of(operator: Operator) -> str:
    """The one name of operators that compare alike."""
    if operator.family == "Arn":
        return "ArnLike"
    return operator.base.replace("Not", "") if operator.negated else operator.base


@functools.lru_cache(maxsize=8_192)
def matcher(test: Test) -> Callable[[str], bool]:
    """Whether a value of a request matches a test: the evaluator's own comparison."""
    operator = operators.operator(test.base)
    assert operator is not None
    if operator.takes_variables:
        matches = [operators.resolved_comparison(operator, value) for value in test.values]
        return lambda text: any(one(text) for one in matches)
    compares = operators.comparison(operator, [_text(value) for value in test.values])
    return lambda text: bool(compares(text))


@functools.lru_cache(maxsize=8_192)
def values_of(tests: frozenset[Test]) -> Values:
    """Representatives for the tests on one key. Raises TooMany."""
    families: dict[str, list[Test]] = {}
    for test in sorted(tests, key=repr):
        families.setdefault("String" if kind_of(test) in _TEXTUAL else kind_of(test), []).append(test)
    made: list[str] = []
    exact = len(families) <= 1
    for family, some in families.items():
        texts, is_exact = _READERS[family](some)
        made += texts
        exact = exact and is_exact
    if not made:
        made.append("other")
    return Values(tuple(text for text in dict.fromkeys(made) if text), exact)


def by_kind(tests: frozenset[Test]) -> dict[str, tuple[str, ...]]:
    """Representatives for the tests of each kind by themselves. Raises TooMany, also where they are not exact."""
    kinds: dict[str, set[Test]] = {}
    for test in tests:
        kinds.setdefault(kind_of(test), set()).add(test)
    found: dict[str, tuple[str, ...]] = {}
    for kind in sorted(kinds):
        values = values_of(frozenset(kinds[kind]))
        if not values.exact:
            raise TooMany
        found[kind] = ("", *values.texts)
    return found


def kind_of(test: Test) -> str:
    """Tests of one kind read values alike: as texts, as texts whatever the case, as numbers and so on."""
    if test.base in _IGNORING_CASE:
        return "IgnoreCase"
    operator = operators.operator(test.base)
    assert operator is not None
    return "String" if operator.family == "Arn" else operator.family


_TEXTUAL = frozenset({"String", "IgnoreCase"})
_IGNORING_CASE = frozenset({"StringEqualsIgnoreCase", "Bool"})


def _texts(tests: Sequence[Test]) -> tuple[Iterable[str], bool]:
    """Texts, ARNs and truth values are all compared as texts."""
    patterns: list[TextPattern] = []
    ignoring_case: list[str] = []
    for test in tests:
        for value in test.values:
            if test.base in _IGNORING_CASE:
                ignoring_case.append(_text(value))
            elif test.base == "StringEquals":
                patterns.append(TextPattern((_text(value),)))
            else:
                patterns.append(TextPattern(value, is_arn=test.base == "ArnLike"))
    if not ignoring_case:
        return representatives(tuple(patterns)), True
    literals = {one.text for one in patterns if one.is_literal}
    has_wildcards = any(not one.is_literal for one in patterns)
    for text in dict.fromkeys(ignoring_case):
        spelled = [text, text.lower(), text.upper(), text.swapcase(), text.title()]
        lowered = text.lower()
        same = [one for one in literals if one.lower() == lowered]
        unlisted = next((one for one in _spellings(text) if one not in same), None)
        spelled = [*same, *([unlisted] if unlisted is not None else [])]
        patterns += [TextPattern((one,)) for one in spelled if one.lower() == lowered]
    return representatives(tuple(patterns)), not has_wildcards


def _spellings(text: str) -> Iterator[str]:
    """The ways to spell a text in other cases, the common ones first, and not without end."""
    yield from dict.fromkeys([text.lower(), text, text.upper(), text.title()])
    places = [index for index, letter in enumerate(text) if letter.lower() != letter.upper()][:8]
    for chosen in itertools.product((str.lower, str.upper), repeat=len(places)):
        letters = list(text)
        for place, change in zip(places, chosen, strict=True):
            letters[place] = change(letters[place])
        yield "".join(letters)


def _numbers(tests: Sequence[Test]) -> tuple[Iterable[str], bool]:
    """The limits, a number in every gap between them, and what is no number."""
    read = (operators.number(_text(value)) for test in tests for value in test.values)
    limits = sorted({one for one in read if isinstance(one, Decimal)})
    if not limits:
        return ["1", "other"], True
    between = [(low + high) / 2 for low, high in itertools.pairwise(limits)]
    numbers = [*limits, limits[0] - 1, *between, limits[-1] + 1]
    exact = all(low < middle < high for (low, high), middle in zip(itertools.pairwise(limits), between, strict=True))
    return [*(format(one, "f") for one in numbers), "other"], exact


_START = datetime.datetime(1970, 1, 1)


def _dates(tests: Sequence[Test]) -> tuple[Iterable[str], bool]:
    """The limits, an instant in every gap between them, and what is no date."""
    read = (operators.instant(_text(value)) for test in tests for value in test.values)
    limits = sorted({one for one in read if one is not None})
    if not limits:
        return ["2026-01-01T00:00:00Z", "other"], True
    instants: list[tuple[int, str]] = [*limits, (limits[0][0] - 1, "")]
    for (second, fraction), following in itertools.pairwise([*limits, (limits[-1][0] + 9, "")]):
        after = (second + 1, "")
        if after >= following:
            zeros = "0" * max(0, 17 - len(fraction))
            after = (second, f"{fraction}{zeros}1")
        instants.append(after)
    spelled = [_date(*one) for one in instants]
    known = [one for one in spelled if one is not None]
    return [*known, "other"], len(known) == len(spelled)


def _date(second: int, fraction: str) -> str | None:
    try:
        moment = _START + datetime.timedelta(seconds=second)
    except OverflowError:
        return None
    return moment.isoformat() + (f".{fraction}" if fraction else "") + "Z"


def _addresses(tests: Sequence[Test]) -> tuple[Iterable[str], bool]:
    """The first address of each block and those around it: where a set of addresses made of blocks can begin."""
    made: list[str] = []
    for test in tests:
        for value in test.values:
            block = operators.network(_text(value))
            if isinstance(block, ipaddress.IPv4Network | ipaddress.IPv6Network):
                kind = type(block.network_address)
                numbers = (int(block.network_address), int(block.broadcast_address) + 1)
                made += [str(kind(one)) for one in numbers if 0 <= one < 2**block.max_prefixlen]
    return [*made, "0.0.0.0", "::", "other"], True


def _bytes(tests: Sequence[Test]) -> tuple[Iterable[str], bool]:
    listed = [_text(value) for test in tests for value in test.values]
    fresh = base64.b64encode(unlike(listed).encode()).decode()
    return [*listed, fresh, "other!"], True


_READERS: dict[str, Callable[[Sequence[Test]], tuple[Iterable[str], bool]]] = {
    "String": _texts,
    "Numeric": _numbers,
    "Date": _dates,
    "IpAddress": _addresses,
    "Binary": _bytes,
}


def _text(value: Value) -> str:
    return "".join(one if isinstance(one, str) else one.value for one in value)


ANY_TEXT: Value = (MANY,)
