"""Patterns side by side, compared with what trying all short texts says."""

import itertools
import random
import re

import pytest

from launchrole.policy.overlap import action_covers, covers, meets, resource_covers, resource_meets_format

PATTERNS = ["".join(letters) for length in range(5) for letters in itertools.product("ab*?", repeat=length)]
TEXTS = ["".join(letters) for length in range(7) for letters in itertools.product("abc", repeat=length)]


@pytest.fixture(scope="module")
def pairs():
    """Some pairs of patterns, each with the texts it matches."""
    chosen = random.Random(1).sample(PATTERNS, 60)
    matched = {one: frozenset(filter(re.compile(_regex(one)).fullmatch, TEXTS)) for one in chosen}
    return [((one, matched[one]), (other, matched[other])) for one in chosen for other in chosen]


def _regex(pattern):
    return "".join({"*": ".*", "?": "."}.get(letter, letter) for letter in pattern)


def test_patterns_meet_where_a_text_matches_both(pairs):
    for (one, texts), (other, other_texts) in pairs:
        assert meets(one, other) is bool(texts & other_texts), (one, other)


def test_a_pattern_that_covers_another_matches_all_its_texts(pairs):
    for (one, texts), (other, other_texts) in pairs:
        assert not covers(one, other) or other_texts <= texts, (one, other)


COVERS = {
    "a star covers": ("s3:*", "s3:GetObject", True),
    "a longer pattern": ("s3:Get*", "s3:GetObject*", True),
    "a question mark": ("s3:?et", "s3:Get", True),
    "a question mark and another": ("s3:?et", "s3:?et", True),
    "no star in a question mark": ("s3:?et", "s3:*et", False),
    "whatever the case": ("S3:GET*", "s3:getobject ", True),
    "a name only itself": ("s3:Get", "s3:GetObject", False),
}


@pytest.mark.parametrize(("wide", "narrow", "expected"), COVERS.values(), ids=COVERS)
def test_actions(wide, narrow, expected):
    assert action_covers(wide, narrow) is expected


RESOURCES = {
    "everything": ("*", "arn:aws:s3:::b", True),
    "itself": ("arn:aws:s3:::${aws:username}", "arn:aws:s3:::${aws:username}", True),
    "in the last part": ("arn:aws:s3:::b*", "arn:aws:s3:::b/*", True),
    "with a variable in the narrow one": ("arn:aws:s3:::b/*", "arn:aws:s3:::b/${aws:username}/*", True),
    "no variable covers": ("arn:aws:s3:::b/${*}", "arn:aws:s3:::b/x", False),
    "in the region": ("arn:aws:sqs:*:*:q", "arn:aws:sqs:us-*:123456789012:q", True),
    "not over a colon": ("arn:aws:sqs:*:q", "arn:aws:sqs:us-east-1:123456789012:q", False),
    "not what is short": ("arn:aws:s3:::*", "arn:aws:s3:*", False),
}


@pytest.mark.parametrize(("wide", "narrow", "expected"), RESOURCES.values(), ids=RESOURCES)
def test_resources(wide, narrow, expected):
    assert resource_covers(wide, narrow) is expected


OBJECT, BUCKET = "arn:${Partition}:s3:::${BucketName}/${ObjectName}", "arn:${Partition}:s3:::${BucketName}"
FORMATS = {
    "an object": ("arn:aws:s3:::b/k", OBJECT, True),
    "a bucket is no object": ("arn:aws:s3:::b", OBJECT, False),
    "an object is no bucket": ("arn:aws:s3:::b/k", BUCKET, False),
    "a pattern of both": ("arn:aws:s3:::b*", OBJECT, True),
    "a variable": ("arn:aws:s3:::${aws:username}", BUCKET, True),
    "everything": ("*", BUCKET, True),
    "another service": ("arn:aws:ec2:*:*:*", BUCKET, False),
    "a short pattern": ("arn:aws:s3:*", BUCKET, True),
    "a short pattern of another service": ("arn:aws:ec2:*", BUCKET, False),
    "a short pattern without a star at its end": ("arn:aws:s3", BUCKET, False),
    "a star that ends a segment": ("arn:*:b", BUCKET, True),
    "a role in a path": ("arn:aws:iam::*:role/service-role/x", "arn:${Partition}:iam::${Account}:role/${Name}", True),
}


@pytest.mark.parametrize(("resource", "arn_format", "expected"), FORMATS.values(), ids=FORMATS)
def test_formats(resource, arn_format, expected):
    assert resource_meets_format(resource, arn_format) is expected


def test_hostile_patterns_take_no_time():
    stars = "*a" * 400
    assert meets(stars, "a" * 800)
    assert not covers(stars + "b", "*a" * 500)
