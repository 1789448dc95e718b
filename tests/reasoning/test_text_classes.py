"""Representatives stand for all texts: compared with every short text over the patterns' letters."""

import itertools

import pytest

from launchrole.policy import pattern
from launchrole.policy.pattern import pieces_of
from launchrole.reasoning.text_classes import TextPattern, TooMany, explore, representatives

SETS = [
    ["a", "b"],
    ["a*", "ab*", "abc"],
    ["*"],
    ["*a", "a*"],
    ["?", "a", "*?*"],
    ["a?c", "a*c", "*b*"],
    ["a*a", "aa", "a"],
    ["*a*", "*b*", "*c*"],
]


@pytest.mark.parametrize("written", SETS, ids=map(str, SETS))
def test_every_short_text_has_a_representative(written):
    matchers = [pattern.glob(pieces_of(one)) for one in written]
    found = representatives(tuple(TextPattern(tuple(pieces_of(one))) for one in written))
    known = {tuple(bool(matches(text)) for matches in matchers) for text in found}
    for length in range(5):
        for letters in itertools.product("abcd", repeat=length):
            assert tuple(bool(matches("".join(letters))) for matches in matchers) in known
    assert len(known) == len({tuple(bool(matches(text)) for matches in matchers) for text in found})


ARNS = [
    ["arn:aws:s3:::a*", "arn:aws:s3:::*b", "*"],
    ["arn:aws:s3:*", "arn:aws:s3:*:*:x", "arn:aws:s3:::x"],
    ["a:b:c:d:*:f:g*", "a:b:c:d:e:f:g", "a:b:c:d?:*:*"],
    ["a*:b", "a:*:b"],
]


@pytest.mark.parametrize("written", ARNS, ids=map(str, ARNS))
def test_what_is_found_is_what_the_evaluator_matches(written):
    matchers = [pattern.resource(pieces_of(one)) for one in written]
    for text, matching in explore([TextPattern(tuple(pieces_of(one)), is_arn=True) for one in written]):
        assert [bool(matches(text)) for matches in matchers] == [bool(matching >> n & 1) for n in range(len(written))]


def test_there_is_an_end_to_patience():
    hostile = tuple(TextPattern(tuple(pieces_of(f"*{letter}*"))) for letter in "abcdefghijklmnopqrst")
    with pytest.raises(TooMany):
        representatives(hostile)
