"""How long policies may be, and what AWS answers to longer ones."""

import json
import types

import pytest

from launchrole.policy import limits
from launchrole.policy.document import PolicyKind, parse
from launchrole.policy.errors import PolicySyntaxError

PLAIN = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::"}
TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}, "Sid": "arn"}
BUCKET = PLAIN | {"Principal": "*"}
KEY = PLAIN | {"Principal": {"AWS": "*"}}
RCP = BUCKET | {"Effect": "Deny"}


def text_of(statement, length):
    """A policy of so many characters, without white space."""
    empty = json.dumps({"Version": "2012-10-17", "Statement": statement}, separators=(",", ":"))
    long = "arn" + "x" * (length - len(empty))
    return empty.replace("arn", long, 1) if "Sid" in statement else empty.replace("s3:::", f"s3:::{long[3:]}")


@pytest.mark.parametrize(
    ("kind", "statement", "most", "code", "message"),
    [
        (PolicyKind.MANAGED, PLAIN, 6144, "LimitExceeded", "Cannot exceed quota for PolicySize: 6144"),
        (PolicyKind.INLINE, PLAIN, 10240, "LimitExceeded", ""),
        (PolicyKind.SESSION, PLAIN, 2048, "PackedPolicyTooLarge", ""),
        (PolicyKind.TRUST, TRUST, 2048, "LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048"),
        (
            PolicyKind.RESOURCE,
            BUCKET,
            20480,
            "MalformedPolicy",
            "Normalized policy document exceeds the maximum allowed size of 20480 bytes",
        ),
        (PolicyKind.KEY, KEY, 32768, "LimitExceededException", ""),
        (PolicyKind.SCP, PLAIN, 10240, "ConstraintViolationException", ""),
        (PolicyKind.RCP, RCP, 5120, "ConstraintViolationException", ""),
        (PolicyKind.VPC_ENDPOINT, BUCKET, 20480, "InvalidPolicyDocument", ""),
    ],
)
def test_length(kind, statement, most, code, message):
    parse(text_of(statement, most), kind)
    too_long = text_of(statement, most + 1)
    for document in (too_long, json.loads(too_long), types.MappingProxyType(json.loads(too_long))):
        with pytest.raises(PolicySyntaxError) as caught:
            parse(document, kind)
        assert (caught.value.code, caught.value.message) == (code, message)
        assert caught.value.detail.startswith(f"the {kind.value} has {most + 1:,} ")
        assert caught.value.detail.endswith(f", and {most:,} is the most")


def test_aws_own_policies_have_no_limit():
    parse(text_of(PLAIN, 50_000), PolicyKind.AWS_MANAGED)
    parse(text_of(PLAIN, 50_000))


@pytest.mark.parametrize(
    ("kind", "statement", "counts"),
    [
        (PolicyKind.MANAGED, PLAIN, False),
        (PolicyKind.TRUST, TRUST, False),
        (PolicyKind.RESOURCE, BUCKET, False),
        (PolicyKind.SESSION, PLAIN, True),
        (PolicyKind.KEY, KEY, True),
        (PolicyKind.SCP, PLAIN, True),
        (PolicyKind.VPC_ENDPOINT, BUCKET, True),
    ],
)
def test_white_space_counts_only_where_aws_says_so(kind, statement, counts):
    most = limits.LIMITS[kind].most
    spaced = text_of(statement, most).replace(":[", ": [").replace(",", ", ", 1)
    refused = False
    try:
        parse(spaced, kind)
    except PolicySyntaxError:
        refused = True
    assert refused is counts


@pytest.mark.parametrize(
    ("measure", "length"),
    [
        (limits.characters, 20),
        (limits.characters_without_white_space, 14),
        (limits.bytes_in_all, 21),
        (limits.bytes_without_white_space, 15),
    ],
)
def test_measures(measure, length):
    assert measure('{ "a b": \n "é\\" " } ') == length


@pytest.mark.parametrize(("holder", "most"), [("user", 2048), ("role", 10240), ("group", 5120)])
def test_inline_policies_are_measured_together(holder, most):
    limits.check_inline([text_of(PLAIN, 1000), text_of(PLAIN, most - 1000) + "  "], holder, "dev")
    with pytest.raises(PolicySyntaxError) as caught:
        limits.check_inline([text_of(PLAIN, 1000), text_of(PLAIN, most - 999)], holder, "dev")
    assert caught.value.code == "LimitExceeded"
    assert caught.value.message == f"Maximum policy size of {most} bytes exceeded for {holder} dev"
    assert f"have {most + 1:,} characters" in caught.value.detail
