"""Values of templates as texts in pieces, and other texts made of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from launchrole.preflights.expressions import Change, Scope, bound, pieces, rewritten, written
from launchrole.preflights.template_edits import changed
from launchrole.services.cloudformation.template import Template

PARAMETERS = {"P": "churn", "Q": "", "List": "a,b"}
TEMPLATE = Template(
    "",
    {
        "Parameters": {
            **{name: {"Type": "CommaDelimitedList" if name == "List" else "String"} for name in PARAMETERS},
            "D": {"Type": "String", "Default": 7},
            "Secret": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/path"},
        },
        "Conditions": {"Yes": {"Fn::Equals": ["a", "a"]}},
        "Mappings": {"M": {"us-east-1": {"Name": "east"}}},
        "Resources": {"R": {"Type": "AWS::SNS::Topic"}},
    },
)
SCOPE = Scope.of(TEMPLATE, PARAMETERS, {"AWS::Region": "us-east-1", "AWS::AccountId": "123456789012"})


@pytest.mark.parametrize(
    ("value", "said", "text"),
    [
        ("a", "a", "a"),
        ("", "", ""),
        ("a${b}", "a${!b}", "a${b}"),
        ({"Ref": "P"}, "${P}", "churn"),
        ({"Ref": "D"}, "${D}", "7"),
        ({"Ref": "Secret"}, "${Secret}", None),
        ({"Ref": "R"}, "${R}", None),
        ({"Ref": "AWS::NoValue"}, "${AWS::NoValue}", None),
        ({"Fn::GetAtt": ["R", "Arn"]}, "${R.Arn}", None),
        ({"Fn::Sub": "x-${P}-${R.Arn}-${!Y}"}, "x-${P}-${R.Arn}-${!Y}", None),
        ({"Fn::Sub": ["${A}-${P}", {"A": {"Ref": "D"}}]}, "${D}-${P}", "7-churn"),
        ({"Fn::Join": ["-", ["a", {"Ref": "P"}, {"Fn::Sub": "b${D}"}]]}, "a-${P}-b${D}", "a-churn-b7"),
        ({"Fn::FindInMap": ["M", {"Ref": "AWS::Region"}, "Name"]}, None, "east"),
        ({"Fn::If": ["Yes", "a", "b"]}, None, "a"),
    ],
)
def test_a_value_in_pieces(value: Any, said: str | None, text: str | None) -> None:
    parts = pieces(value, SCOPE)
    assert parts is not None
    if said is not None:
        assert written(parts) == said
    known = [one.text for one in parts]
    assert (None if None in known else "".join(filter(None, known))) == text


@pytest.mark.parametrize(
    "value", [1, True, None, ["a"], {"a": "b"}, {"a": 1, "b": 2}, {"Fn::Sub": 1}, {"Fn::Join": "x"}]
)
def test_what_is_no_text_has_no_pieces(value: Any) -> None:
    assert pieces(value, SCOPE) is None


def test_what_is_not_known_is_bound_by_what_it_comes_to() -> None:
    parts = pieces({"Fn::Sub": "${AWS::StackName}-${P}-x"}, SCOPE)
    assert parts is not None
    known = bound(parts, "prod-churn-x")
    assert known is not None
    assert known[0].text == "prod"
    assert bound(parts, "prod-other-x") is None


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        ("data", "sagemaker-data", Change(0, 0, "sagemaker-")),
        ("data", "data-x", Change(4, 4, "-x")),
        ("aa", "aaa", Change(0, 0, "a")),
        ("/aws/lambda/x", "/aws/logs/x", Change(6, 11, "ogs")),
        ("a", "a", Change(0, 0, "")),
        ("", "a", Change(0, 0, "a")),
    ],
)
def test_the_least_change_between_two_texts(old: str, new: str, change: Change) -> None:
    assert Change.between(old, new) == change
    assert old[: change.start] + change.text + old[change.end :] == new


TEXTS = st.text("ab-.${}!", max_size=5)
REFERENCES = st.sampled_from(["P", "Q", "D", "AWS::Region"]).map(lambda one: {"Ref": one})
SUBS = st.lists(st.one_of(st.sampled_from(["${P}", "${Q}", "${D}", "${!a}"]), st.text("ab-.", max_size=3)), max_size=4)
VALUES = st.one_of(
    TEXTS,
    REFERENCES,
    SUBS.map(lambda one: {"Fn::Sub": "".join(one)}),
    SUBS.map(lambda one: {"Fn::Sub": ["".join([*one, "${V}"]), {"V": {"Ref": "P"}}]}),
    st.tuples(st.sampled_from(["", "-"]), st.lists(st.one_of(TEXTS, REFERENCES), min_size=1, max_size=4)).map(
        lambda two: {"Fn::Join": list(two)}
    ),
    st.just({"Fn::Select": [0, ["one", "two"]]}),
)


@given(VALUES, st.data())
@settings(max_examples=300, deadline=None)
def test_a_rewritten_value_comes_to_the_changed_text(value: Any, data: st.DataObject) -> None:
    """Whatever the value is made of: what comes out is the text with the change, or nothing."""
    text = SCOPE.text(value)
    parts = pieces(value, SCOPE)
    if text is None or parts is None:
        return
    known = bound(parts, text)
    assert known is not None
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    change = Change(start, end, data.draw(st.sampled_from(["", "x", "x-", "${y}"])))
    edit = rewritten(value, ("Resources", "R", "Properties", "Name"), known, change)
    if edit is None:
        return
    body = {"Resources": {"R": {"Properties": {"Name": value}}}}
    new = changed(body, edit)["Resources"]["R"]["Properties"]["Name"]
    assert (SCOPE.text(new) or "") == text[:start] + change.text + text[end:]


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.text("aP${}.", max_size=4)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.tuples(
                st.sampled_from(
                    ["Ref", "Condition", *(f"Fn::{one}" for one in (
                        "Sub", "Join", "If", "GetAtt", "Select", "Split", "FindInMap", "Base64", "Cidr", "GetAZs",
                        "ImportValue", "Equals", "And", "Not", "ToJsonString", "Length", "Transform", "Contains",
                        "RefAll", "EachMemberIn", "EachMemberEquals"))]
                ),
                inner,
            ).map(lambda two: {two[0]: two[1]}),
        ),
        max_leaves=6,
    )
)  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_functions_of_any_shape_are_borne(value: Any) -> None:
    """What is not taken in a launch was never checked: it may be anything."""
    parts = pieces(value, SCOPE)
    assert parts is None or written(parts) is not None
    SCOPE.taken(value, ())
