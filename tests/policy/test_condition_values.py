"""Which changes of a context key meet a condition, and which get out of one."""

import pytest

from launchrole.policy.change import RemoveContextKey, SetContextKey
from launchrole.policy.condition import check
from launchrole.policy.condition_values import changes_of_key
from launchrole.policy.context import UNKNOWN
from launchrole.policy.document import ConditionEntry
from launchrole.policy.request import Request

ACCOUNT = "123456789012"


def changes(operator, key, values, context, wanted, variables=True):
    """The changed values, None for a key that is taken out."""
    entry = ConditionEntry(operator, key, tuple(values))
    request = Request(f"arn:aws:iam::{ACCOUNT}:user/alice", "s3:PutObject", "arn:aws:s3:::b/k", context)
    found = changes_of_key(entry, check(entry, variables=variables), request, wanted=wanted, variables=variables)
    assert all(change.key == key for change in found)
    return [None if isinstance(change, RemoveContextKey) else change.values for change in found]


@pytest.mark.parametrize(
    ("operator", "values", "context", "found"),
    [
        ("StringEquals", ["a", "b"], {}, [("a",), ("b",)]),
        ("StringEqualsIfExists", ["a"], {"k:k": "c"}, [("a",), None]),
        ("StringNotEquals", ["a"], {"k:k": "a"}, [None]),
        ("StringEquals", ["a*"], {}, [("a*",)]),
        ("StringLike", ["*"], {}, [("value",)]),
        ("StringLike", ["sagemaker:*"], {"k:k": "churn"}, [("sagemaker:churn",)]),
        ("StringEquals", ["${k:other}"], {"k:other": "x"}, [("x",)]),
        ("StringEquals", ["${k:other}"], {}, []),
        ("StringEquals", ["${k:other}"], {"k:other": UNKNOWN}, []),
        ("StringLike", ["*a" * 1000], {}, []),
        ("NumericLessThan", ["10"], {"k:k": "12"}, [("9",)]),
        ("NumericGreaterThan", ["10"], {}, [("11",)]),
        ("NumericEquals", ["1.5"], {}, [("1.5",)]),
        ("NumericEquals", ["many"], {}, []),
        ("DateLessThan", ["2026-01-01T00:00:00Z"], {}, [("2025-12-31T23:59:59Z",)]),
        ("DateGreaterThan", ["1970-01-01"], {}, [("1970-01-01T00:00:01Z",)]),
        ("DateEquals", ["soon"], {}, []),
        ("DateGreaterThan", ["999999999999999999"], {}, []),
        ("Bool", ["true"], {"k:k": "false"}, [("true",)]),
        ("Bool", ["false"], {}, [("false",)]),
        ("IpAddress", ["10.0.0.0/8"], {}, [("10.0.0.0",)]),
        ("BinaryEquals", ["AAE="], {}, [("AAE=",)]),
        ("ArnLike", ["arn:aws:iam::*:role/L*"], {"k:k": "arn:aws:iam::1:role/x"}, [("arn:aws:iam:::role/Lx",)]),
        ("Null", ["false"], {}, [("value",)]),
        ("Null", ["true"], {"k:k": "x"}, [None]),
        ("Null", ["neither"], {}, []),
        ("ForAllValues:StringEquals", ["a", "b"], {"k:k": ["a", "c"]}, [("a",)]),
        ("ForAllValues:StringEquals", ["a", "b"], {"k:k": ["c", "d"]}, [None]),
        ("ForAnyValue:StringEquals", ["a"], {"k:k": ["c", "d"]}, [("c", "d", "a")]),
        ("ForAnyValue:StringEquals", ["a"], {}, [("a",)]),
    ],
)
def test_to_meet(operator, values, context, found):
    assert changes(operator, "k:k", values, context, True) == found


@pytest.mark.parametrize(
    ("operator", "values", "context", "found"),
    [
        ("StringEquals", ["prod"], {"k:k": "prod"}, [None]),
        ("StringEqualsIfExists", ["prod"], {"k:k": "prod"}, [("value",)]),
        ("StringNotEquals", ["dev", "test"], {}, [("dev",), ("test",)]),
        ("Null", ["true"], {}, [("value",)]),
        ("Null", ["false"], {"k:k": "x"}, [None]),
        ("BoolIfExists", ["false"], {}, [("true",)]),
        ("NumericGreaterThan", ["10"], {"k:k": "12"}, [("10",), None]),
        ("ForAllValues:StringEquals", ["a"], {"k:k": "a"}, [("value",)]),
        ("ForAnyValue:StringNotLike", ["s:*"], {"k:k": ["a", "s:x"]}, [("s:x",)]),
        ("ForAllValues:StringLike", ["*"], {}, []),
    ],
)
def test_to_get_out_of(operator, values, context, found):
    assert changes(operator, "k:k", values, context, False) == found


def test_a_variable_is_plain_text_in_an_old_document():
    assert changes("StringEquals", "k:k", ["${k:other}"], {"k:other": "x"}, True, variables=False) == [("${k:other}",)]


def test_other_tags_stay():
    context = {"aws:RequestTag/a": "b", "aws:TagKeys": ["a"]}
    assert changes("ForAnyValue:StringLike", "aws:TagKeys", ["s:*"], context, True) == [("a", "s:key")]


def test_what_is_offered_is_a_change():
    entry = ConditionEntry("StringEquals", "k:k", ("a",))
    request = Request(f"arn:aws:iam::{ACCOUNT}:user/alice", "s3:PutObject", "*")
    found = changes_of_key(entry, check(entry, variables=True), request, wanted=True, variables=True)
    assert found == [SetContextKey("k:k", ("a",))]
