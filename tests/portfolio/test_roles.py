"""The roles of the built-in products."""

import json

import pytest

from launchrole.facts import managed_policies
from launchrole.policy import PolicyKind, parse
from launchrole.portfolio import LAUNCH_ROLE, roles

ACCOUNT = "123456789012"
PREFIX = "AmazonSageMakerServiceCatalogProducts"
TRUSTS = {
    "LaunchRole": "servicecatalog",
    "UseRole": "codepipeline cloudformation firehose codebuild sagemaker states lambda events apigateway glue",
    "ApiGatewayRole": "apigateway",
    "CloudformationRole": "cloudformation",
    "CodeBuildRole": "codebuild",
    "CodePipelineRole": "codepipeline",
    "EventsRole": "events",
    "FirehoseRole": "firehose",
    "GlueRole": "glue",
    "LambdaRole": "lambda",
    "ExecutionRole": "sagemaker",
}


def test_who_may_assume_them():
    made = {role.name: role for role in roles(ACCOUNT)}
    assert {name.removeprefix(PREFIX): role.trusts for name, role in made.items()} == {
        name: tuple(f"{one}.amazonaws.com" for one in services.split()) for name, services in TRUSTS.items()
    }
    for role in made.values():
        assert role.arn(ACCOUNT) == f"arn:aws:iam::{ACCOUNT}:role/service-role/{role.name}"
        assert parse(role.trust_policy, PolicyKind.TRUST).statements[0].actions == ("sts:AssumeRole",)


def test_what_they_may_do():
    for role in roles(ACCOUNT):
        assert role.managed or role.inline, role.name
        for text in role.inline.values():
            parse(text, PolicyKind.IDENTITY)
            assert "${" not in text
            assert len(text) <= 10_240  # IAM's bound on a role's inline policies


@pytest.mark.parametrize("version", [f"v{number}" for number in range(1, 13)])
def test_the_launch_role_has_the_version_that_is_asked_for(version):
    (role,) = [one for one in roles(ACCOUNT, policy_version=version) if one.name == LAUNCH_ROLE]
    (text,) = role.inline.values()
    assert json.loads(text) == json.loads(managed_policies.document(managed_policies.LAUNCH_ROLE_POLICY, version))
    assert role.managed == ()


def test_without_a_version_it_has_the_managed_policy():
    (role,) = [one for one in roles(ACCOUNT) if one.name == LAUNCH_ROLE]
    assert role.managed == (managed_policies.arn(managed_policies.LAUNCH_ROLE_POLICY),)
    assert role.inline == {}


def test_a_version_that_never_was():
    with pytest.raises(KeyError):
        roles(ACCOUNT, policy_version="v99")
