"""The request context: names that ignore case, and three states of a key."""

import pytest

from launchrole.policy.context import UNKNOWN, Context
from launchrole.policy.errors import ContextError


def test_names_ignore_case_and_keep_their_spelling():
    context = Context({"aws:UserName": "alice"})
    assert context["AWS:username"] == "alice"
    assert list(context) == ["aws:UserName"]
    assert len(context) == 1
    assert "aws:username" in context
    assert "aws:userid" not in context
    assert repr(context) == "Context({'aws:UserName': 'alice'})"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("x", "x"),
        ("", ""),
        (True, "true"),
        (False, "false"),
        (10, "10"),
        (1.25, "1.25"),
        (10.0, "10.0"),
        (1e16, "10000000000000000"),
        (0.00001, "0.00001"),
        (-1.5e-7, "-0.00000015"),
        ([1e300], ("1" + "0" * 300,)),
        (["a", "b"], ("a", "b")),
        (("a",), ("a",)),
        ({"a"}, ("a",)),
        (range(2), ("0", "1")),
        ({"a": 1}.keys(), ("a",)),
        ([1, True], ("1", "true")),
        (UNKNOWN, UNKNOWN),
    ],
)
def test_values(given, kept):
    assert Context({"k:x": given})["k:x"] == kept


def test_an_empty_list_is_an_absent_key():
    assert "k:x" not in Context({"k:x": []})


def test_two_tags_that_differ_in_case_are_one_key_with_both_values():
    assert Context({"aws:ResourceTag/Team": "a", "aws:ResourceTag/team": ["b", "c"]})["aws:resourcetag/team"] == (
        "a",
        "b",
        "c",
    )
    assert Context({"aws:ResourceTag/Team": "a", "aws:ResourceTag/team": UNKNOWN})["aws:resourcetag/team"] is UNKNOWN


def test_unknown_keys():
    context = Context({"s3:prefix": "x"}, unknown=["s3:prefix", "aws:SourceVpc", "s3:ExistingObjectTag/*"])
    assert context["s3:prefix"] == "x"
    assert context["aws:sourcevpc"] is UNKNOWN
    assert context["s3:ExistingObjectTag/anything"] is UNKNOWN
    assert "s3:other" not in context
    assert context.unknown_prefixes == ("s3:existingobjecttag/",)
    assert repr(UNKNOWN) == "UNKNOWN"


def test_setting_values_makes_them_known():
    context = Context({"a:b": "1"}, unknown=["c:d", "e:f", "t/*"]).with_values({"C:D": "2", "A:b": "3"})
    assert dict(context) == {"C:D": "2", "A:b": "3", "e:f": UNKNOWN}
    assert context["t/x"] is UNKNOWN
    assert Context({"a:b": "1"}).with_values({"c:d": "2"}).unknown_prefixes == ()


@pytest.mark.parametrize(
    "value",
    [None, {"a": 1}, [["a"]], object(), b"ab", (c for c in "ab"), float("nan"), [float("inf")], 10**5000],
    ids=["None", "a mapping", "lists", "an object", "bytes", "a generator", "no number", "infinity", "5001 digits"],
)
def test_values_of_no_use_are_refused(value):
    with pytest.raises(ContextError, match="k:x"):
        Context({"k:x": value})


def test_names_are_text():
    with pytest.raises(ContextError, match="is text, not 1"):
        Context({1: "x"})  # type: ignore[dict-item]


def test_unknown_keys_are_a_list():
    with pytest.raises(ContextError, match="unknown keys are a list of names: write \\['aws:x'\\]"):
        Context({}, unknown="aws:x")
    assert len(Context({}, unknown=(name for name in ["aws:x", "aws:y"]))) == 2
