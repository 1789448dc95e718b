"""ARNs of a launch as patterns: they hold in another launch, and nowhere else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from launches_of_names import ACCOUNT, FORMS, HEAD, OPEN_FORMS, arn, ids, need

from launchrole.policy.overlap import resource_covers
from launchrole.preflights.needs import MadeUp, Need
from launchrole.preflights.patterns import patterns

UUID = "a50edd35-c05d-47f9-a293-a7a26fdfc963"
MADE = MadeUp(
    ids=("p-h8siwki03rrf", "pp-pxpcso97a5x6p", UUID),
    names=("churn",),
    stacks=(f"SC-{ACCOUNT}-pp-pxpcso97a5x6p", f"SC-{ACCOUNT}-pp-pxpcso97a5x6p-Glue-aGb9Fyy97P27"),
    given=f"churn-data vpc-0123456789abcdef0 SageMakerRole arn:aws:kms:{HEAD}:key/1234abcd-12ab-34cd-56ef-1234567890ab",
)


@pytest.mark.parametrize(
    ("resource", "pattern"),
    [
        ("s3:::sagemaker-project-p-h8siwki03rrf", "s3:::sagemaker-project-p-*"),
        (
            f"codebuild:{HEAD}:project/sagemaker-churn-p-h8siwki03rrf-build",
            f"codebuild:{HEAD}:project/sagemaker-*-p-*-build",
        ),
        (f"iam::{ACCOUNT}:role/Role-churn", f"iam::{ACCOUNT}:role/Role-*"),
        ("s3:::churn-data", "s3:::churn-data"),  # the template says so
        ("s3:::churning", "s3:::churning"),
        ("s3:::emr-a7a26fdfc963", "s3:::emr-*"),  # a part of the stack's id
        (
            f"cloudformation:{HEAD}:stack/SC-{ACCOUNT}-pp-pxpcso97a5x6p/{UUID}",
            f"cloudformation:{HEAD}:stack/SC-{ACCOUNT}-pp-*/*",
        ),
        (
            f"iam::{ACCOUNT}:role/SC-{ACCOUNT}-pp-pxpcso-buildLambda-rz6eXY0xaOmH",
            f"iam::{ACCOUNT}:role/SC-{ACCOUNT}-pp-*-buildLambda-*",
        ),
        (
            f"iam::{ACCOUNT}:role/SC-{ACCOUNT}-pp-pxpcso97a5x6p-SageMakerRole",
            f"iam::{ACCOUNT}:role/SC-{ACCOUNT}-pp-*-SageMakerRole",
        ),
        (
            f"s3:::sc-{ACCOUNT}-pp-pxpcso97a5x6p-glue-agb9fyy97p27-bucket-zenw4irg963h",
            f"s3:::sc-{ACCOUNT}-pp-*-glue-*-bucket-*",
        ),
        (f"secretsmanager:{HEAD}:secret:Token-ymJTuE", f"secretsmanager:{HEAD}:secret:Token-??????"),
        (f"lambda:{HEAD}:function:f:12", f"lambda:{HEAD}:function:f:*"),
        (f"kms:{HEAD}:key/1234abcd-12ab-34cd-56ef-1234567890ab",) * 2,  # a parameter gives it
        (f"ec2:{HEAD}:vpc/vpc-0123456789abcdef0",) * 2,
        (f"ec2:{HEAD}:instance/i-17d6ab69da0987d8a", f"ec2:{HEAD}:instance/i-*"),
        (f"elasticmapreduce:{HEAD}:cluster/j-NGR826GO289FN", f"elasticmapreduce:{HEAD}:cluster/j-*"),
        ("apigateway:us-east-1::/restapis/mgvvq8wo04/stages/prod", "apigateway:us-east-1::/restapis/*/stages/prod"),
        ("s3:::odd-${name}", "s3:::odd-${$}{name}"),
    ],
)
def test_what_gives_way(resource, pattern):
    one = Need("service:Action", f"arn:aws:{resource}")
    assert patterns([one], MADE)(one).text == f"arn:aws:{pattern}"


def test_an_id_that_one_arn_shows_is_known_in_another():
    api = Need("apigateway:GET", "arn:aws:apigateway:us-east-1::/restapis/mgvvq8wo04")
    logs = Need("logs:CreateLogGroup", f"arn:aws:logs:{HEAD}:log-group:/access/mgvvq8wo04/prod")
    assert patterns([api, logs], MADE)(logs).text == f"arn:aws:logs:{HEAD}:log-group:/access/*/prod"
    assert patterns([logs], MADE)(logs).text == logs.resource


def test_a_role_that_was_there_is_passed_by_its_name():
    role = f"arn:aws:iam::{ACCOUNT}:role/Role-churn"
    passed, created = Need("iam:PassRole", role), Need("iam:CreateRole", role)
    assert patterns([passed], MADE)(passed).text == role
    assert patterns([passed, created], MADE)(passed).text == f"arn:aws:iam::{ACCOUNT}:role/Role-*"


@settings(max_examples=200, deadline=None)
@given(ids, ids, st.sampled_from(sorted(FORMS)), st.sampled_from(sorted(FORMS)))
def test_a_pattern_is_of_this_name_in_every_launch_and_of_no_other(launch, another, form, other):
    one = need(form, "Create", launch)
    pattern = patterns([one], launch.made_up)(one)
    assert not pattern.is_open
    assert resource_covers(pattern.text, one.resource)
    assert resource_covers(pattern.text, arn(form, another))
    assert not resource_covers(pattern.text, arn(form, launch, "foreign"))
    assert not resource_covers(pattern.text, arn(form, another, "foreign"))
    for place, instead in ((1, "aws-cn"), (3, "eu-west-1"), (4, "999999999999")):
        parts = one.resource.split(":")
        if parts[place]:
            parts[place] = instead
            assert not resource_covers(pattern.text, ":".join(parts))
    if other != form:
        assert not resource_covers(pattern.text, arn(other, another))


@settings(max_examples=50, deadline=None)
@given(ids, ids, st.sampled_from(sorted(OPEN_FORMS)))
def test_a_name_that_is_an_id_leaves_the_type(launch, another, form):
    one = need(form, "Create", launch)
    pattern = patterns([one], launch.made_up)(one)
    assert pattern.is_open
    assert resource_covers(pattern.text, arn(form, another))
    for other in (*FORMS, *OPEN_FORMS):
        assert other == form or not resource_covers(pattern.text, arn(other, another))
