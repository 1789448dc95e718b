"""Condition operators: their names and what they compare."""

import pytest

from launchrole.policy.operators import BASE_OPERATORS, binary, comparison, instant, network, number, operator


@pytest.mark.parametrize(
    ("written", "base", "negated", "quantifier", "if_exists", "family"),
    [
        ("StringEquals", "StringEquals", False, None, False, "String"),
        ("stringnotlike", "StringNotLike", True, None, False, "String"),
        ("StringLikeIfExists", "StringLike", False, None, True, "String"),
        ("ForAllValues:StringEquals", "StringEquals", False, "ForAllValues", False, "String"),
        ("ForAnyValue:ArnNotLikeIfExists", "ArnNotLike", True, "ForAnyValue", True, "Arn"),
        ("NotIpAddress", "NotIpAddress", True, None, False, "IpAddress"),
        ("Null", "Null", False, None, False, "Null"),
        ("ForAllValues:Null", "Null", False, "ForAllValues", False, "Null"),
    ],
)
def test_names(written, base, negated, quantifier, if_exists, family):
    found = operator(written)
    assert (found.base, found.negated, found.quantifier, found.if_exists, found.family) == (
        base,
        negated,
        quantifier,
        if_exists,
        family,
    )


@pytest.mark.parametrize(
    "written",
    [
        "",
        "StringEqual",
        "NullIfExists",
        "ForSomeValues:StringEquals",
        "ForAnyValue::StringEquals",
        "IfExists",
    ],
)
def test_names_that_mean_nothing(written):
    assert operator(written) is None


def test_every_operator_has_a_family_and_variables_work_in_two():
    families = {name: operator(name) for name in BASE_OPERATORS}
    assert {name for name, found in families.items() if found.takes_variables} == {
        name for name in BASE_OPERATORS if name.startswith(("String", "Arn"))
    }


TOPIC = "arn:aws:sns:us-east-1:123456789012:topic"


@pytest.mark.parametrize(
    ("name", "wanted", "value", "matches"),
    [
        ("StringEquals", ["a"], "a", True),
        ("StringEquals", ["a"], "A", False),
        ("StringEquals", ["a", "b"], "b", True),
        ("StringEquals", ["a*"], "ab", False),
        ("StringEqualsIgnoreCase", ["JohnDoe"], "johndoe", True),
        ("StringLike", ["a*", "?"], "x", True),
        ("StringLike", ["a*"], "ba", False),
        ("NumericEquals", ["10"], "10.0", True),
        ("NumericEquals", ["5abc"], "5", False),
        ("NumericEquals", ["1e3"], "1000", False),
        ("NumericLessThan", ["1.5"], "1.25", True),
        ("NumericLessThanEquals", ["5"], "5", True),
        ("NumericGreaterThan", ["-2"], "-1", True),
        ("NumericGreaterThanEquals", ["5", "9"], "6", True),
        ("NumericGreaterThanEquals", ["5"], "five", False),
        ("NumericEquals", ["9" * 5000], "9" * 5000, True),
        ("DateEquals", ["2024-01-01T02:00:00+02:00"], "2024-01-01T00:00:00Z", True),
        ("DateLessThan", ["1735689600"], "2024-06-01T00:00:00Z", True),
        ("DateGreaterThanEquals", ["2024-01-01"], "2024-01-01T00:00:00Z", True),
        ("DateGreaterThan", ["2024-01-01T00:00:00.25Z"], "2024-01-01T00:00:00.3Z", True),
        ("DateLessThan", ["-1.2"], "-1.5", True),
        ("DateLessThan", ["0"], "-0.5", True),
        ("DateGreaterThan", ["-1.05"], "-1", True),
        ("DateLessThan", ["not a date"], "2024-06-01T00:00:00Z", False),
        ("Bool", ["True"], "TRUE", True),
        ("Bool", ["yes"], "yes", False),
        ("BinaryEquals", ["QUI="], "QUI=", True),
        ("BinaryEquals", ["not base64!"], "not base64!", False),
        ("IpAddress", ["203.0.113.9/24"], "203.0.113.200", True),
        ("IpAddress", ["203.0.113.5"], "203.0.113.6", False),
        ("IpAddress", ["2001:db8::/32"], "2001:DB8::1", True),
        ("IpAddress", ["2001:db8::/32"], "203.0.113.1", False),
        ("IpAddress", ["300.0.0.0/8", "10.0.0.0/8"], "10.1.2.3", True),
        ("IpAddress", ["10.0.0.0/8"], "not an address", False),
        ("IpAddress", ["10.0.0.0/0.255.255.255"], "10.0.0.1", False),
        ("IpAddress", ["10.0.0.0/255.0.0.0"], "10.0.0.1", False),
        ("ArnLike", ["arn:aws:sns:*:123456789012:t?pic"], TOPIC, True),
        ("ArnEquals", ["*"], TOPIC, True),
        ("ArnEquals", ["arn:aws:sns:*"], TOPIC, False),
        ("ArnLike", ["arn:aws:sns:*:topic:*"], TOPIC, False),
        ("ArnLike", ["not an arn", TOPIC], TOPIC, True),
    ],
)
def test_comparisons(name, wanted, value, matches):
    assert bool(comparison(operator(name), wanted)(value)) is matches


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1970", (0, "")),
        ("1970-01", (0, "")),
        ("1970-01-02", (86400, "")),
        ("1970-01-01T00:01Z", (60, "")),
        ("1970-01-01t00:00:01z", (1, "")),
        ("1970-01-01T00:00:01.500-01:00", (3601, "5")),
        ("1970-01-01T01:00:00+01:00", (0, "")),
        ("86400", (86400, "")),
        ("-1", (-1, "")),
        ("-0.50", (-1, "5")),
        ("-1.05", (-2, "95")),
        ("-1.95", (-2, "05")),
        ("-1.0", (-1, "")),
        ("1.50", (1, "5")),
        ("1970-02-30", None),
        ("0000-01-01", None),
        ("1970-01-01T24:00Z", None),
        ("1970-01-01T00:60Z", None),
        ("01T", None),
        ("", None),
        ("9" * 40, None),
    ],
)
def test_instants(text, moment):
    assert instant(text) == moment


def test_readings_that_fail_are_none():
    assert number("1,000") is None
    assert number("NaN") is None
    assert binary("QQ") is None
    assert network("10.0.0.0/33") is None
    assert network("10.0.0.0/") is None
    assert network("10.0.0.0/255.0.0.0") is None
    assert str(network("10.0.0.1")) == "10.0.0.1/32"
    assert str(network("::1")) == "::1/128"
