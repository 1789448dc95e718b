"""Which context keys a repair may change."""

import pytest

from launchrole.policy.chosen_keys import GIVEN_KEYS, given_key


@pytest.mark.parametrize(
    "key",
    [
        "aws:RequestTag/env",
        "aws:ResourceTag/sagemaker:launch-source",
        "aws:TagKeys",
        "iam:PassedToService",
        "sts:ExternalId",
        "s3:x-amz-acl",
        "s3:ExistingObjectTag/x.y",
    ],
)
def test_chosen_by_the_caller(key):
    assert given_key(key) is None


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("aws:PrincipalArn", "it says who calls"),
        ("aws:PRINCIPALTAG/team", "it says who calls"),
        ("aws:SourceIp", "it says where the call comes from"),
        ("aws:MultiFactorAuthPresent", "it was settled when the session began"),
        ("aws:CurrentTime", "it is the time of the call"),
        ("aws:SecureTransport", "it says how the call traveled"),
        ("kms:ViaService", "AWS services set it, not their callers"),
        ("saml:aud", "the identity provider vouches for it"),
        ("accounts.google.com:aud", "the identity provider vouches for it"),
    ],
)
def test_not_chosen_by_the_caller(key, reason):
    row = given_key(key)
    assert row is not None
    assert row.reason == reason


def test_rows_are_in_lower_case_have_a_page_and_stand_once():
    assert all(row.key == row.key.lower() and row.reason and row.page for row in GIVEN_KEYS)
    assert len({row.key for row in GIVEN_KEYS}) == len(GIVEN_KEYS)
