"""Wildcards: what they match, segment by segment, in linear time."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launchrole.policy.pattern import (
    MANY,
    ONE,
    Automaton,
    any_resource,
    arn,
    arn_matches,
    arn_segments,
    glob,
    glob_matches,
    pieces_of,
    resource,
)

EC2 = "arn:aws:ec2:us-east-1:123456789012:instance/i-1"


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", []),
        ("plain", ["plain"]),
        ("*", [MANY]),
        ("a*b?", ["a", MANY, "b", ONE]),
        ("??*", [ONE, ONE, MANY]),
    ],
)
def test_pieces(text, pieces):
    assert pieces_of(text) == pieces


def naive(pattern: str, value: str) -> bool:
    """The definition of `*` and `?`, by dynamic programming over the two texts."""
    reachable = {0}
    for letter in pattern:
        if letter == "*":
            reachable = set(range(min(reachable, default=len(value) + 1), len(value) + 1))
        else:
            reachable = {at + 1 for at in reachable if at < len(value) and letter in ("?", value[at])}
    return len(value) in reachable


letters = st.text("ab:/", max_size=12)
patterns = st.text("ab:*?", max_size=10)


@given(patterns, letters)
def test_three_matchers_agree_with_the_definition(pattern, value):
    expected = naive(pattern, value)
    pieces = pieces_of(pattern)
    assert bool(glob(pieces)(value)) is expected
    assert glob_matches(pieces, value) is expected
    assert Automaton.of_glob(pieces).accepts(value) is expected


@given(st.lists(patterns, min_size=6, max_size=6), st.lists(letters, min_size=6, max_size=6))
def test_an_arn_is_compared_part_by_part(pattern_parts, value_parts):
    pattern_parts = [part.replace(":", "") for part in pattern_parts[:5]] + pattern_parts[5:]
    value_parts = [part.replace(":", "") for part in value_parts[:5]] + value_parts[5:]
    expected = all(naive(one, other) for one, other in zip(pattern_parts, value_parts, strict=True))
    pieces = pieces_of(":".join(pattern_parts))
    value = ":".join(value_parts)
    assert bool(arn(pieces)(value)) is expected
    assert arn_matches(pieces, value) is expected


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        ("*", EC2, True),
        ("*", "*", True),
        (EC2, EC2, True),
        (EC2, EC2.upper(), False),
        ("arn:aws:ec2:*:*:instance/*", EC2, True),
        ("arn:aws:ec2:*:*:instance/?-1", EC2, True),
        ("arn:aws:ec2:*:*:instance/??-1", EC2, False),
        ("arn:aws:ec2:*-1:*:instance/i-1", EC2, True),
        ("arn:aws:ec2:us*1:123*012:instance/i-1", EC2, True),
        ("arn:*:ec2:*:*:*", EC2, True),
        # wildcards in the first five segments of a complete ARN do not cross colons
        ("arn:aws:ec2:*:instance/i-1:*", EC2, False),
        ("arn:aws:s3:::b/*:c", "arn:aws:s3:::b/x:y:c", True),
        # a pattern of fewer segments: a star that ends a segment may run on
        ("arn:aws:ec2:*", EC2, True),
        ("arn:aws:ec2*", EC2, True),
        ("arn:aws:ec2:us-east-1*:instance/i-1", EC2, True),
        ("arn:aws:ec2:us-east-1*:instance/i-?", EC2, True),
        ("arn:aws:ec2:u*2:instance/i-1", EC2, False),
        ("arn:aws:ec2:us?east-1*:instance/i-1", EC2, True),
        ("arn:aws:ec2:us-east-1?123456789012:instance/i-1", EC2, False),
        ("arn:aws:ec2", EC2, False),
        ("arn:aws:s3*b", "arn:aws:s3:::b", False),
        ("a*", "arn:aws:s3:::b", True),
        ("", "", True),
    ],
)
def test_resources(pattern, value, expected):
    assert bool(resource(pieces_of(pattern))(value)) is expected
    # ... and among others, in whatever order
    other = pieces_of("arn:aws:sqs:*:*:never")
    assert bool(any_resource([pieces_of(pattern), other])(value)) is expected
    assert bool(any_resource([other, pieces_of(pattern)])(value)) is expected


def test_segments_keep_wildcards_apart_from_literal_text():
    assert arn_segments(pieces_of("arn:aws:s3:::b/*:x")) == [
        ["arn"],
        ["aws"],
        ["s3"],
        [],
        [],
        ["b/", MANY, ":x"],
    ]
    assert arn_segments(["arn:aws:s3:::b/", "*"]) == [["arn"], ["aws"], ["s3"], [], [], ["b/", "*"]]
    assert arn_segments(pieces_of("*")) == [[MANY]]


def test_a_star_from_a_variable_is_no_wildcard():
    assert not glob_matches(["a", "*"], "abc")
    assert glob_matches(["a", "*"], "a*")
    assert not glob(["a", "*"])("abc")


LONG = "x" * 600


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        (f"*{LONG}*", f"a{LONG}b", True),
        (f"*{LONG}*", f"a{LONG[1:]}b", False),
        (f"{LONG}*{LONG}", LONG, False),
        (f"{LONG}?*", LONG + "y", True),
        (f"{LONG}?*", LONG, False),
        (LONG, LONG, True),
    ],
)
def test_long_patterns(pattern, value, expected):
    assert bool(glob(pieces_of(pattern))(value)) is expected
    assert bool(resource(pieces_of("arn:aws:s3:::" + pattern))("arn:aws:s3:::" + value)) is expected
    assert bool(resource(pieces_of("arn:aws:s3:*" + pattern))("arn:aws:s3:*")) is False


@pytest.mark.parametrize("build", [glob, lambda pieces: resource(["arn:aws:s3:::", *pieces])], ids=["glob", "resource"])
@pytest.mark.parametrize(
    ("pattern", "unit"),
    [
        ("b/" + "*a" * 12 + "b", "a"),
        ("*a" * 200 + "b", "a"),
        ("*" + "a" * 5000 + "b*", "a"),
        ("*" + "a?" * 400 + "b*", "a"),
        ("*?" * 40 + "b", "a"),
    ],
    ids=["twelve stars", "two hundred stars", "a long run", "question marks", "stars and question marks"],
)
def test_hostile_patterns_take_time_in_proportion_to_the_value(build, pattern, unit):
    """No timed assertion but the one between finishing and not finishing: a backtracking matcher needs years here."""
    matches = build(pieces_of(pattern))
    prefix = "arn:aws:s3:::" if build is not glob else ""
    started = time.monotonic()
    assert not matches(prefix + "b/" + unit * 20_000)
    assert time.monotonic() - started < 60
