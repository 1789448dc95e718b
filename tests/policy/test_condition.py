"""Conditions: missing keys, quantifiers, variables, and what is unknown."""

import pytest

from launchrole.policy.condition import check, keys_read
from launchrole.policy.context import UNKNOWN, Context
from launchrole.policy.document import ConditionEntry
from launchrole.policy.errors import PolicyError


def outcome(operator, values, context, *, key="k:x", variables=True, unknown=()):
    entry = ConditionEntry(operator, key, tuple(values))
    return check(entry, variables=variables)(Context(context, unknown).values_by_key)


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("StringEquals", False),
        ("StringNotEquals", True),
        ("StringEqualsIfExists", True),
        ("StringNotEqualsIfExists", True),
        ("ForAllValues:StringEquals", True),
        ("ForAllValues:StringNotEquals", True),
        ("ForAnyValue:StringEquals", False),
        ("ForAnyValue:StringNotEquals", False),
        ("ForAnyValue:StringEqualsIfExists", True),
        ("NumericLessThan", False),
        ("NumericNotEquals", True),
        ("NotIpAddress", True),
    ],
)
def test_a_key_that_is_not_in_the_request(operator, expected):
    assert outcome(operator, ["1"], {}) is expected
    assert outcome(operator, ["1"], {"k:x": []}) is expected


@pytest.mark.parametrize(
    ("operator", "wanted", "got", "expected"),
    [
        ("StringEquals", ["a", "b"], "b", True),
        ("StringNotEquals", ["a", "b"], "b", False),
        ("StringNotEquals", ["a", "b"], "c", True),
        ("StringEquals", [], "a", False),
        ("StringNotEquals", [], "a", True),
        ("ForAllValues:StringLike", ["a*", "b*"], ["apple", "banana"], True),
        ("ForAllValues:StringLike", ["a*", "b*"], ["apple", "cherry"], False),
        ("ForAllValues:StringNotEquals", ["a"], ["y", "z"], True),
        ("ForAllValues:StringNotEquals", ["a"], ["a", "z"], False),
        ("ForAnyValue:StringEquals", ["a"], ["z", "a"], True),
        ("ForAnyValue:StringEquals", ["a"], ["z"], False),
        ("ForAnyValue:StringNotEquals", ["a"], ["a", "z"], True),
        ("ForAnyValue:StringNotEquals", ["a", "z"], ["a", "z"], False),
        ("ForAllValues:StringEquals", ["a"], "a", True),
        ("ForAnyValue:StringEquals", ["a"], "a", True),
        # a null data set
        ("ForAllValues:StringEquals", ["a"], "", True),
        ("ForAllValues:StringEquals", ["a"], [""], True),
        ("ForAllValues:StringEquals", ["a"], ["", ""], False),
        ("ForAnyValue:StringEquals", [""], "", False),
        ("StringEquals", [""], "", True),
        # several values without a quantifier
        ("StringEquals", ["a"], ["z", "a"], True),
        ("StringEquals", ["a"], ["z", "y"], False),
        ("StringNotEquals", ["a"], ["z", "a"], False),
        ("StringNotEquals", ["a"], ["z", "y"], True),
    ],
)
def test_values(operator, wanted, got, expected):
    assert outcome(operator, wanted, {"K:X": got}) is expected


@pytest.mark.parametrize(
    ("wanted", "context", "expected"),
    [
        (["true"], {}, True),
        (["true"], {"k:x": "1"}, False),
        (["False"], {}, False),
        (["false"], {"k:x": ""}, True),
        (["false"], {"k:x": []}, False),
        (["true", "false"], {}, True),
        (["maybe"], {}, False),
        (["maybe"], {"k:x": "1"}, False),
    ],
)
def test_null(wanted, context, expected):
    assert outcome("Null", wanted, context) is expected


@pytest.mark.parametrize(
    ("operator", "wanted", "expected"),
    [
        ("StringEquals", ["a"], None),
        ("ForAllValues:StringEquals", ["a"], None),
        ("ForAnyValue:StringEquals", ["a"], None),
        ("Null", ["true"], None),
        ("Null", ["true", "false"], True),
        ("Null", ["maybe"], False),
    ],
)
def test_a_key_of_unknown_value(operator, wanted, expected):
    assert outcome(operator, wanted, {}, unknown=["k:x"]) is expected


ALICE = {"k:x": "alice", "aws:username": "alice"}


@pytest.mark.parametrize(
    ("operator", "wanted", "context", "expected"),
    [
        ("StringEquals", ["${aws:username}"], ALICE, True),
        ("StringEquals", ["${aws:username}-2"], ALICE, False),
        ("StringEqualsIgnoreCase", ["${AWS:USERNAME}"], {**ALICE, "k:x": "ALICE"}, True),
        ("StringLike", ["${aws:username}*"], {**ALICE, "k:x": "alice-2"}, True),
        ("StringLike", ["${aws:username}"], {"k:x": "abc", "aws:username": "*"}, False),
        ("StringEquals", ["a${*}"], {"k:x": "a*"}, True),
        ("StringLike", ["a${*}"], {"k:x": "alice"}, False),
        (
            "ArnLike",
            ["arn:aws:iam::*:user/${aws:username}"],
            {**ALICE, "k:x": "arn:aws:iam::1:user/alice"},
            True,
        ),
        ("ArnEquals", ["${k:arn}"], {"k:x": "arn:aws:iam::1:user/a", "k:arn": "arn:aws:iam::1:user/a"}, True),
        ("StringEquals", ["${aws:username}", "other"], {"k:x": "other"}, True),
        ("StringEquals", ["${aws:username}"], {"k:x": "alice"}, False),
        ("StringNotEquals", ["${aws:username}"], {"k:x": "alice"}, True),
        ("NumericEquals", ["${k:n}"], {"k:x": "1", "k:n": "1"}, False),
        ("Bool", ["${k:n}"], {"k:x": "true", "k:n": "true"}, False),
    ],
)
def test_variables(operator, wanted, context, expected):
    assert outcome(operator, wanted, context) is expected


def test_variables_are_text_under_an_old_version():
    assert outcome("StringEquals", ["${aws:username}"], ALICE, variables=False) is False
    assert outcome("StringEquals", ["${aws:username}"], {"k:x": "${aws:username}"}, variables=False) is True


@pytest.mark.parametrize(
    ("operator", "wanted", "context", "expected"),
    [
        ("StringEquals", ["${u:k}"], {"k:x": "a"}, None),
        ("StringEquals", ["${u:k}", "a"], {"k:x": "a"}, True),
        ("StringNotEquals", ["${u:k}", "a"], {"k:x": "a"}, False),
        ("StringEquals", ["${u:k}"], {}, False),
        ("ForAllValues:StringEquals", ["${u:k}"], {"k:x": ["a"]}, None),
        ("StringEquals", ["${u:k}"], {"k:x": UNKNOWN}, None),
    ],
)
def test_variables_of_unknown_value(operator, wanted, context, expected):
    assert outcome(operator, wanted, context, unknown=["u:k"]) is expected


def test_the_keys_that_a_condition_reads():
    entry = ConditionEntry("StringEquals", "K:X", ("${A:b}", "plain"))
    assert keys_read(entry, variables=True) == ["K:X", "A:b"]
    assert keys_read(entry, variables=False) == ["K:X"]


def test_an_operator_that_does_not_exist_is_refused():
    with pytest.raises(PolicyError, match="StringIs"):
        check(ConditionEntry("StringIs", "k:x", ("a",)), variables=True)
