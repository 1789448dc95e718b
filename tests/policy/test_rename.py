"""Names that fit a pattern and keep somebody's own name."""

import pytest

from launchrole.policy.pattern import pieces_of
from launchrole.policy.rename import fitting_arns, fittings, renamings, same_type, split_arn

HERE = "us-east-1:123456789012"


@pytest.mark.parametrize(
    ("pattern", "arn", "best"),
    [
        (
            "arn:aws:codebuild:*:*:project/sagemaker-*",
            f"arn:aws:codebuild:{HERE}:project/churn-build",
            "project/sagemaker-churn-build",
        ),
        ("arn:aws:s3:::sagemaker-*", "arn:aws:s3:::churn", "sagemaker-churn"),
        ("arn:aws:s3:::sagemaker-*", "arn:aws:s3:::churn/models/a.gz", "sagemaker-churn/models/a.gz"),
        ("arn:aws:s3:::sagemaker-*/in/*", "arn:aws:s3:::churn/a.gz", "sagemaker-churn/in/a.gz"),
        ("arn:aws:s3:::*sagemaker*", "arn:aws:s3:::churn", "sagemakerchurn"),
        (
            "arn:aws:iam::*:role/service-role/Launch*",
            "arn:aws:iam::123456789012:role/foo",
            "role/service-role/Launchfoo",
        ),
        ("arn:aws:iam::*:role/Launch*", "arn:aws:iam::123456789012:role/team/foo", "role/Launchfoo"),
        ("arn:aws:iam::*:role/a/b/L*", "arn:aws:iam::123456789012:role/team/foo", "role/a/b/Lfoo"),
        ("arn:aws:iam::*:role/*/L*", "arn:aws:iam::123456789012:role/team/foo", "role/team/Lfoo"),
        (
            "arn:aws:lambda:*:*:function:sagemaker-*",
            f"arn:aws:lambda:{HERE}:function:churn",
            "function:sagemaker-churn",
        ),
        ("arn:aws:lambda:*:*:*:sagemaker-*", f"arn:aws:lambda:{HERE}:function:churn", "function:sagemaker-churn"),
        (
            "arn:aws:lambda:*:*:function*sagemaker-*",
            f"arn:aws:lambda:{HERE}:function:churn",
            "function:sagemaker-churn",
        ),
        ("arn:aws:codepipeline:*:*:sagemaker-*", f"arn:aws:codepipeline:{HERE}:Sagemaker-churn", "sagemaker-churn"),
        ("arn:aws:codepipeline:*:*:*-sagemaker", f"arn:aws:codepipeline:{HERE}:churn_Sagemaker", "churn-sagemaker"),
        ("arn:aws:codebuild:*:*:project/v?", f"arn:aws:codebuild:{HERE}:project/churn", "project/vx"),
        ("arn:aws:codebuild:*:*:project/one", f"arn:aws:codebuild:{HERE}:project/churn", "project/one"),
        (
            "arn:aws:logs:*:*:log-group:/aws/x/*",
            f"arn:aws:logs:{HERE}:log-group:/aws/y/churn:*",
            "log-group:/aws/x/churn:*",
        ),
    ],
)
def test_best_name(pattern, arn, best):
    prefix = ":".join(arn.split(":", 5)[:5])
    assert renamings(pieces_of(pattern), arn)[0] == f"{prefix}:{best}"


@pytest.mark.parametrize(
    ("pattern", "arn"),
    [
        ("*", "arn:aws:s3:::churn"),
        ("arn:aws:s3:::a-*", "*"),
        ("arn:aws:s3:::a-*", "no:arn:at:all:in:here"),
        ("arn:aws:sns:*:*:a-*", f"arn:aws:sqs:{HERE}:q"),
        ("arn:aws:codebuild:eu-west-1:*:project/a-*", f"arn:aws:codebuild:{HERE}:project/p"),
        ("arn:aws:codebuild:*:*:report/a-*", f"arn:aws:codebuild:{HERE}:project/p"),
        ("arn:aws:codebuild:*:*:?roject/a-*", f"arn:aws:codebuild:{HERE}:project/p"),
        ("arn:aws:s3:::a-*/b", "arn:aws:s3:::churn"),
        ("arn:aws:codebuild:*:*:project/", f"arn:aws:codebuild:{HERE}:project/p"),
        ("arn:aws:logs:*:*:log-group::log-stream:*", f"arn:aws:logs:{HERE}:log-group:g"),
        ("arn:aws:s3:::SageMaker-*", "arn:aws:s3:::churn"),
        ("arn:aws:iam::*:role/" + "L" * 64 + "*", "arn:aws:iam::123456789012:role/foo"),
    ],
)
def test_no_name(pattern, arn):
    assert renamings(pieces_of(pattern), arn) == []


@pytest.mark.parametrize(
    ("pattern", "arn", "name"),
    [
        ("arn:aws:iam::*:role/Launch*", "arn:aws:iam::123456789012:role/" + "a" * 62, "role/Launch" + "a" * 16),
        ("arn:aws:s3:::sagemaker-*", "arn:aws:s3:::" + "b" * 60 + "/k", "sagemaker-" + "b" * 16 + "/k"),
    ],
)
def test_long_names_are_cut(pattern, arn, name):
    assert renamings(pieces_of(pattern), arn)[0].endswith(f":{name}")


@pytest.mark.parametrize(
    ("arn", "kind", "name"),
    [
        ("arn:aws:s3:::bucket/key", "", "bucket/key"),
        (f"arn:aws:s3:{HERE}:accesspoint/ap", "accesspoint/", "ap"),
        (f"arn:aws:sns:{HERE}:topic:sub", "", "topic:sub"),
        (f"arn:aws:codebuild:{HERE}:project/p", "project/", "p"),
        ("arn:aws:apigateway:us-east-1::/restapis/id", "/restapis/", "id"),
        ("arn:aws:apigateway:us-east-1::/restapis", "", "/restapis"),
    ],
)
def test_type_and_name(arn, kind, name):
    split = split_arn(arn)
    assert split is not None
    assert split[1:] == (kind, name)


def test_same_type():
    assert same_type("arn:aws:s3:::a", "arn:aws:s3:::b")
    assert not same_type(f"arn:aws:logs:{HERE}:log-group:a", f"arn:aws:logs:{HERE}:delivery:a")
    assert not same_type("arn:aws:s3:::a", "*")


@pytest.mark.parametrize(
    ("pattern", "own", "fits"),
    [
        ("sage*", "sagebrush", ["sagebrush"]),
        ("*-a-*", "x", ["-a-x", "x-a-"]),
        ("sagemaker:*", "value", ["sagemaker:value"]),
        ("sage-*", "sage", ["sage-sage"]),
        ("??*", "x", ["xxx"]),
    ],
)
def test_fittings(pattern, own, fits):
    assert fittings(pieces_of(pattern), own) == fits


@pytest.mark.parametrize(
    ("pattern", "like", "fits"),
    [
        ("arn:*:iam::*:role/R*", f"arn:aws:s3:{HERE}:b", ["arn:aws:iam::123456789012:role/Rx"]),
        ("arn:*:iam::*:role/R*", "*", ["arn:aws:iam:::role/Rx"]),
        ("*", "*", []),
    ],
)
def test_fitting_arns(pattern, like, fits):
    assert fitting_arns(pieces_of(pattern), "x", like) == fits
