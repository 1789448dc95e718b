"""AWS' managed policies are made in another way than moto makes them, and are the same."""

import json
import pickle

import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy
from moto.moto_api._internal import mock_random

from endpoint import trust
from launchrole.account import aws_policies
from launchrole.sandbox import Sandbox

ACCOUNT = "123456789012"
READ_ONLY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
DATA = json.loads(aws_managed_policies_data)


def seen(policy):
    """Everything that moto keeps of a policy."""
    return vars(policy) | {"arn": policy.arn, "versions": [vars(one) for one in policy.versions]}


@pytest.mark.parametrize("partition", ["aws", "aws-cn"])
def test_they_are_those_that_moto_makes_with_the_same_ids(partition):
    mock_random.seed(7)
    ours = aws_policies.made(ACCOUNT, partition)
    mock_random.seed(7)
    theirs = [AWSManagedPolicy.from_data(name, ACCOUNT, partition, data) for name, data in DATA.items()]
    assert len(ours) > 1000
    assert [seen(one) for one in ours] == [seen(one) for one in theirs]
    assert len({one.id for one in ours}) == len(ours)


def test_a_checkpoint_leaves_out_what_is_known_of_them_and_keeps_what_is_not():
    untouched = next(one for one in aws_policies.made(ACCOUNT, "aws") if one.name == "AdministratorAccess")
    written = pickle.dumps(untouched)
    assert b"Statement" not in written
    assert seen(pickle.loads(written)) == seen(untouched)
    changed = pickle.loads(written)
    changed.attachment_count = 3
    changed.versions[0].document = "changed"
    assert seen(pickle.loads(pickle.dumps(changed))) == seen(changed)


def test_they_are_attached_in_accounts_and_found_again_after_a_checkpoint(tmp_path):
    with Sandbox(tmp_path / "state") as sandbox:
        role = {"RoleName": "r", "AssumeRolePolicyDocument": trust("lambda")}
        sandbox.call("iam", "CreateRole", role)
        sandbox.call("iam", "AttachRolePolicy", {"RoleName": "r", "PolicyArn": READ_ONLY})
        before = sandbox.call("iam", "GetPolicy", {"PolicyArn": READ_ONLY})["Policy"]
    with Sandbox(tmp_path / "state") as sandbox:
        assert (sandbox.replayed, sandbox.unused_checkpoint) == (0, None)
        assert sandbox.call("iam", "GetPolicy", {"PolicyArn": READ_ONLY})["Policy"] == before
        assert before["AttachmentCount"] == 1
        session = sandbox.assume(f"arn:aws:iam::{ACCOUNT}:role/r", "lambda.amazonaws.com", "s")
        assert "Buckets" in sandbox.call("s3", "ListBuckets", {}, session)
