"""Policy variables: how they are written and what they stand for."""

import time

import pytest

from launchrole.policy.context import UNKNOWN
from launchrole.policy.pattern import MANY
from launchrole.policy.variables import (
    Literal,
    UnknownVariable,
    Unresolvable,
    Variable,
    has_variables,
    resolve,
    template,
    variable_keys,
)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("plain", ("plain",)),
        ("${aws:username}", (Variable("aws:username", None, "aws:username"),)),
        ("home/${AWS:UserName}/*", ("home/", Variable("aws:username", None, "AWS:UserName"), "/", MANY)),
        ("${ aws:username }", (Variable("aws:username", None, "aws:username"),)),
        (
            "B-${aws:PrincipalTag/team, 'company-wide'}",
            ("B-", Variable("aws:principaltag/team", "company-wide", "aws:PrincipalTag/team")),
        ),
        (
            "${aws:PrincipalTag/two  words }",
            (Variable("aws:principaltag/two  words", None, "aws:PrincipalTag/two  words"),),
        ),
        ("${aws:PrincipalTag/t,''}", (Variable("aws:principaltag/t", "", "aws:PrincipalTag/t"),)),
        ("a${*}b${?}c${$}d", ("a", Literal("*"), "b", Literal("?"), "c", Literal("$"), "d")),
        ("${", ("${",)),
        ("${}", ("${}",)),
        ("${unclosed", ("${unclosed",)),
        ("$aws:username", ("$aws:username",)),
    ],
)
def test_template(text, parts):
    assert template(text) == parts
    assert has_variables(text) is (parts != (text,))


@pytest.mark.parametrize(
    ("text", "values", "pieces"),
    [
        ("a/${aws:username}", {"aws:username": "alice"}, ["a/", "alice"]),
        ("${aws:username}*", {"aws:username": "*"}, ["*", MANY]),
        ("${k:t, 'none'}", {}, ["none"]),
        ("${k:t, 'none'}", {"k:t": "some"}, ["some"]),
        ("${k:t, 'none'}", {"k:t": ("some", "more")}, ["none"]),
        ("${$}{x}", {}, ["$", "{x}"]),
    ],
)
def test_resolve(text, values, pieces):
    assert resolve(template(text), values) == pieces


def test_a_variable_without_a_value_resolves_to_nothing():
    with pytest.raises(Unresolvable):
        resolve(template("${aws:username}"), {})
    with pytest.raises(Unresolvable):
        resolve(template("${aws:TagKeys}"), {"aws:tagkeys": ("a",)})


def test_a_variable_of_unknown_value_is_told_apart():
    with pytest.raises(UnknownVariable, match="k:t"):
        resolve(template("${k:t, 'none'}"), {"k:t": UNKNOWN})


def test_the_keys_a_template_reads():
    assert variable_keys(template("${A:b}/${*}/${c:d,'x'}")) == ["A:b", "c:d"]


@pytest.mark.parametrize(
    "text",
    ["${a" + " " * 200_000, "${" + " " * 200_000, "${a b" * 50_000, "${a," + " " * 200_000, "${a,'" * 50_000],
    ids=["blanks behind a key", "blanks before a key", "many keys", "blanks before a default", "many defaults"],
)
def test_what_never_closes_is_read_once(text):
    """As with hostile patterns, the bound stands between milliseconds and minutes."""
    started = time.process_time()
    assert not has_variables(text)
    assert time.process_time() - started < 10
