"""What notes say, held against what changed."""

from datetime import UTC, date, datetime

import pytest

from launchrole.registry import Claim, Version
from launchrole.registry.notes import days_apart, reading

REPOSITORIES = [f"sagemaker:{verb}CodeRepository" for verb in ("Create", "Delete", "Describe", "Update")]
CASES = {
    "every action by name": ("Add s3:PutBucketCORS and s3:GetObject.", ["s3:PutBucketCORS", "s3:GetObject"], (), ()),
    "one is left out": ("Add s3:PutBucketCORS.", ["s3:PutBucketCORS", "s3:GetObject"], ("s3:GetObject",), ()),
    "a wildcard names many": ("Add s3:Put*", ["s3:PutBucketCORS", "s3:PutObject"], (), ()),
    "names in another case": ("Add S3:putbucketcors. s3:putobject", ["s3:PutObject"], (), ()),
    "named without cause": ("Add s3:PutObject.", ["s3:GetObject"], ("s3:GetObject",), ("s3:PutObject",)),
    "a service and no more": ("Add permissions for sagemaker.", REPOSITORIES, (), ()),
    "a service by its name": ("Add permissions for Amazon SageMaker.", REPOSITORIES, (), ()),
    "in words": ("For sagemaker: create, read, update, and delete code repositories.", REPOSITORIES, (), ()),
    "a verb is missing": (
        "For sagemaker.\nCreate and delete code repositories.",
        REPOSITORIES,
        ("sagemaker:DescribeCodeRepository", "sagemaker:UpdateCodeRepository"),
        (),
    ),
    "words, another thing": (
        "For sagemaker.\nManage code repositories.",
        [*REPOSITORIES, "sagemaker:ListTags"],
        ("sagemaker:ListTags",),
        (),
    ),
    "words of a service that is not named": (
        "For sagemaker: create code repositories.",
        ["sagemaker:CreateCodeRepository", "codecommit:CreateRepository"],
        ("codecommit:CreateRepository",),
        (),
    ),
    "nothing changed": ("Add s3:PutObject.", [], (), ("s3:PutObject",)),
    "nothing is said": ("Updated for a new console.", ["s3:GetObject"], ("s3:GetObject",), ()),
}


@pytest.mark.parametrize(("note", "changed", "left_out", "unfounded"), CASES.values(), ids=CASES)
def test_what_a_note_says(note, changed, left_out, unfounded):
    found = reading(note, changed)
    assert (found.left_out, found.unfounded) == (left_out, unfounded)
    assert found.is_complete is not bool(left_out or unfounded)


@pytest.mark.parametrize(
    ("announced", "days"),
    [(date(2021, 12, 1), -77), (date(2022, 2, 15), None), (date(2022, 2, 17), None), (date(2022, 2, 20), 4)],
)
def test_days_between_a_note_and_iam(announced, days):
    created = datetime(2022, 2, 16, 19, 52, tzinfo=UTC)
    assert days_apart(Claim(announced, "", ""), Version("P", 4, created)) == days
    assert days_apart(Claim(announced, "", ""), Version("P", 4, created, inferred=True)) is None
    assert days_apart(Claim(None, "", ""), Version("P", 4, created)) is None
