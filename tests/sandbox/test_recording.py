"""Denials of some roles written down and let pass, so that one run tells them all; everybody else is enforced."""

import json

import pytest
from botocore.exceptions import ClientError

from launchrole.account import decisions
from launchrole.account.errors import AccountError
from launchrole.sandbox import Sandbox

ROLE = "arn:aws:iam::123456789012:role/service-role/launch"


def clients(sandbox, name):
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    made = sandbox.client("iam").create_role(RoleName=name, Path="/service-role/", AssumeRolePolicyDocument=document)[
        "Role"
    ]
    session = sandbox.assume(made["Arn"], "lambda.amazonaws.com", "one")
    return lambda service: sandbox.client(service, session)


def test_what_a_recorded_role_is_denied_is_decided_and_stored_and_then_done():
    told = []
    with Sandbox(record=[ROLE], watch=told.append) as sandbox:
        aws = clients(sandbox, "launch")
        aws("sns").create_topic(Name="one")
        aws("s3").create_bucket(Bucket="two")
        assert [one["TopicArn"] for one in sandbox.client("sns").list_topics()["Topics"]]
        with sandbox.store.transaction() as connection:
            found = [one for _, one in decisions.newest(connection, 50) if not one.allowed]
        assert {one.action for one in found} == {"sns:CreateTopic", "s3:CreateBucket"}
        assert all("no identity-based policy allows" in one.details["message"] for one in found)
        assert [one.verdict for one in told if one.operation == "CreateTopic"] == ["recorded"]


def test_a_decision_tells_which_step_of_a_job_it_is_of():
    told = []
    with Sandbox(watch=told.append) as sandbox:
        template = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
        made = sandbox.client("cloudformation").create_stack(StackName="stack", TemplateBody=template)["StackId"]
        assert sandbox.settle(30)
        uuid = made.rpartition("/")[2]
        steps = {one.operation: one.step for one in told}
        assert steps["CreateTopic"].startswith(f"{uuid}/1:Topic/create/")
        assert steps["CreateStack"] == ""
        with sandbox.store.transaction() as connection:
            found = {one.action: one.details.get("step") for _, one in decisions.newest(connection, 50)}
        assert found["sns:CreateTopic"] == steps["CreateTopic"]


def test_others_are_enforced_as_ever():
    with Sandbox(record=[ROLE]) as sandbox, pytest.raises(ClientError, match="not authorized"):
        clients(sandbox, "another")("sns").create_topic(Name="one")


def test_accounts_that_are_kept_let_no_denial_pass(tmp_path):
    with pytest.raises(AccountError, match="not kept"):
        Sandbox(tmp_path / "state", record=[ROLE])
    assert not (tmp_path / "state").exists()
