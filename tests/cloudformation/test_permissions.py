"""The calls that handlers make are those that AWS publishes permissions for.

The schema of a type lists the actions that its handlers may need. A call of ours beyond them would have launches denied
that AWS lets through, so each is an exception with its evidence, in the data, and an exception that is none fails.
"""

from collections.abc import Mapping

import pytest

from launchrole.account.authorizer import operation_of
from launchrole.facts.endpoints import endpoints
from launchrole.services.cloudformation.handlers.handler import Handler, PossibleCall
from launchrole.services.cloudformation.handlers.permissions import needed, unpublished
from launchrole.services.cloudformation.handlers.registry import executed_types, handler

WITHOUT_PUBLISHED_PERMISSIONS = {
    "AWS::CDK::Metadata": "CloudFormation alone knows it",
    "AWS::CloudFormation::Interface": "CloudFormation alone knows it",
    "AWS::CloudFormation::WaitCondition": "CloudFormation alone knows it",
    "AWS::CloudFormation::WaitConditionHandle": "CloudFormation alone knows it",
    "AWS::CodeBuild::Project": "the schema has no handlers",
    "AWS::EMR::Cluster": "the schema has no handlers",
    "AWS::IAM::AccessKey": "the schema has no handlers",
}


@pytest.mark.parametrize("name", executed_types())
def test_no_call_needs_more_than_the_type_publishes_but_for_the_exceptions(name):
    one = handler(name)
    beyond: dict[str, set[str]] = {}
    for verb, actions in unpublished(one).items():
        for action, calls in actions.items():
            beyond.setdefault(action, set()).update(f"{verb}: {call.name}" for call in calls)
    assert set(beyond) == set(one.exceptions), beyond
    assert all(len(reason) > 20 for reason in one.exceptions.values())


def test_types_without_published_permissions_are_known():
    without = {name for name in executed_types() if handler(name).type.permissions is None}
    assert without == set(WITHOUT_PUBLISHED_PERMISSIONS)


@pytest.mark.parametrize("name", executed_types())
def test_the_door_knows_what_every_call_needs(name):
    for calls in handler(name).calls().values():
        for call in calls:
            operation_of(endpoints()[call.service], call.operation)


class _Stub(Handler):
    """A bucket of which a read is made that nobody publishes for its creation."""

    own_calls: Mapping[str, tuple[PossibleCall, ...]] = {
        "create": (PossibleCall("s3", "CreateBucket", frozenset({"Bucket"})), PossibleCall("s3", "PutBucketAcl"))
    }


def test_a_call_beyond_the_published_ones_is_found():
    stub = _Stub(handler("AWS::S3::Bucket").type)
    assert set(needed(stub)["create"]) == {"s3:CreateBucket", "s3:PutBucketAcl"}
    assert set(unpublished(stub)["create"]) == {"s3:PutBucketAcl"}


_ATTRIBUTE = frozenset({"TopicArn", "AttributeName", "AttributeValue"})


@pytest.mark.parametrize(
    ("call", "action", "may_be_needed"),
    [
        (PossibleCall("s3", "CreateBucket", frozenset({"Bucket"})), "s3:PutBucketAcl", False),
        (PossibleCall("s3", "CreateBucket", frozenset({"Bucket", "ACL"})), "s3:PutBucketAcl", True),
        (PossibleCall("s3", "CreateBucket"), "s3:PutBucketAcl", True),
        (
            PossibleCall("sns", "SetTopicAttributes", _ATTRIBUTE, {"AttributeName": "Policy"}),
            "iam:PassRole",
            False,
        ),
        (
            PossibleCall("sns", "SetTopicAttributes", _ATTRIBUTE, {"AttributeName": "{Name}"}),
            "iam:PassRole",
            True,
        ),
    ],
)
def test_a_conditional_check_counts_where_the_call_can_meet_its_condition(call, action, may_be_needed):
    class One(Handler):
        own_calls: Mapping[str, tuple[PossibleCall, ...]] = {"create": (call,)}

    one = One(handler("AWS::S3::Bucket").type)
    assert (action in needed(one)["create"]) is may_be_needed
