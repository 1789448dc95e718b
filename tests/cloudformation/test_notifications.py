"""Stack events on SNS topics."""

import json

import pytest
from stacks_in_process import ACCOUNT, allow, cloudformation_role, refused

from launchrole import sandbox as sandbox_module
from launchrole.account import checkpoints
from launchrole.sandbox import Sandbox

TEMPLATE = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "made"}}}}


@pytest.fixture
def inbox(stacks):
    """A topic's ARN, and a function that gives its messages as pairs of names and values."""
    queue = stacks.aws("sqs").create_queue(QueueName="inbox")["QueueUrl"]
    topic = stacks.aws("sns").create_topic(Name="events")["TopicArn"]
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:inbox"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    stacks.aws("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    stacks.aws("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    def messages():
        found = []
        while batch := stacks.aws("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
            for one in batch:
                body = json.loads(one["Body"])
                assert body["Subject"] == "AWS CloudFormation Notification"
                found.append(dict(line.split("=", 1) for line in body["Message"].splitlines()))
                stacks.aws("sqs").delete_message(QueueUrl=queue, ReceiptHandle=one["ReceiptHandle"])
        return found

    return topic, messages


def test_every_event_is_published(stacks, inbox):
    topic, messages = inbox
    stack = stacks.create(TEMPLATE, NotificationARNs=[topic])
    found = sorted(messages(), key=lambda one: one["Timestamp"])
    assert len(found) == len(stack["events"])
    assert {one["EventId"] for one in found} == {f"'{one['EventId']}'" for one in stack["events"]}
    first = next(one for one in found if one["ResourceStatusReason"] == "'User Initiated'")
    assert list(first) == [
        "StackId", "Timestamp", "EventId", "LogicalResourceId", "Namespace", "PhysicalResourceId", "PrincipalId",
        "ResourceProperties", "ResourceStatus", "ResourceStatusReason", "DetailedStatus", "ResourceType", "StackName",
        "ClientRequestToken",
    ]  # fmt: skip
    assert first | {"StackId": "", "Timestamp": "", "EventId": "", "PhysicalResourceId": ""} == {
        "StackId": "", "Timestamp": "", "EventId": "", "PhysicalResourceId": "",
        "LogicalResourceId": "'stack'", "Namespace": f"'{ACCOUNT}'", "PrincipalId": f"'{ACCOUNT}'",
        "ResourceProperties": "'null'", "ResourceStatus": "'CREATE_IN_PROGRESS'",
        "ResourceStatusReason": "'User Initiated'", "DetailedStatus": "''",
        "ResourceType": "'AWS::CloudFormation::Stack'", "StackName": "'stack'", "ClientRequestToken": "'null'",
    }  # fmt: skip
    resource = next(
        one for one in found if one["ResourceStatus"] == "'CREATE_COMPLETE'" and "Topic" in one["ResourceType"]
    )
    assert resource["ResourceProperties"] == '\'{"TopicName":"made"}\''
    stacks.delete()
    assert messages()[-1]["StackName"] == "'stack'"


def test_a_role_that_may_not_publish_cannot_begin(stacks, inbox):
    topic, messages = inbox
    role = cloudformation_role(
        stacks, "no-publish", allow("sns:CreateTopic", "sns:DeleteTopic", "sns:GetTopicAttributes")
    )
    body = json.dumps(TEMPLATE)
    code, message = refused(
        stacks.client.create_stack, StackName="s", TemplateBody=body, RoleARN=role, NotificationARNs=[topic]
    )
    assert code == "ValidationError"
    assert "is not authorized to perform: SNS:Publish on resource: " + topic in message
    assert "(Service: AmazonSNS; Status Code: 403; Error Code: AuthorizationError; Request ID: " in message
    assert messages() == []
    assert stacks.client.list_stacks()["StackSummaries"] == []


def test_a_topic_that_is_not_there(stacks):
    topic = f"arn:aws:sns:us-east-1:{ACCOUNT}:none"
    code, message = refused(
        stacks.client.create_change_set, StackName="s", ChangeSetName="c", ChangeSetType="CREATE",
        TemplateBody=json.dumps(TEMPLATE), NotificationARNs=[topic],
    )  # fmt: skip
    assert code == "ValidationError"
    assert "Error Code: NotFound" in message


def test_a_topic_that_went_away_fails_no_operation(stacks, inbox):
    topic, _ = inbox
    stacks.create(TEMPLATE, NotificationARNs=[topic])
    stacks.aws("sns").delete_topic(TopicArn=topic)
    wait = {"Type": "AWS::CloudFormation::WaitConditionHandle"}
    code, _ = refused(
        stacks.client.update_stack, StackName="stack",
        TemplateBody=json.dumps({"Resources": {**TEMPLATE["Resources"], "Handle": wait}}),
    )  # fmt: skip
    assert code == "ValidationError"
    stacks.client.update_stack(
        StackName="stack", TemplateBody=json.dumps({"Resources": {**TEMPLATE["Resources"], "Handle": wait}}),
        NotificationARNs=[],
    )  # fmt: skip
    assert stacks.sandbox.settle(60)


def test_what_a_refused_creation_has_published_is_there_after_a_restart_too(tmp_path, monkeypatch):
    """The first topic was told before the second turned out not to be there; moto does not forget it."""
    monkeypatch.setattr(checkpoints, "save", lambda *_: False)
    directory = tmp_path / "state"
    with Sandbox(directory) as sandbox:
        queue = sandbox.client("sqs").create_queue(QueueName="inbox")["QueueUrl"]
        topic = sandbox.client("sns").create_topic(Name="events")["TopicArn"]
        arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:inbox"
        sandbox.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        asked = {"StackName": "stack", "TemplateBody": json.dumps(TEMPLATE), "NotificationARNs": [topic, topic + "x"]}
        assert refused(sandbox.client("cloudformation").create_stack, **asked)[0] == "ValidationError"
        assert waiting(sandbox, queue) == "1"
    with Sandbox(directory) as sandbox:
        assert sandbox.replayed == 4
        assert waiting(sandbox, queue) == "1"
        assert sandbox.client("cloudformation").list_stacks()["StackSummaries"] == []


def waiting(sandbox, queue):
    name = "ApproximateNumberOfMessages"
    return sandbox.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=[name])["Attributes"][name]


def test_no_checkpoint_is_written_in_the_middle_of_a_call(tmp_path, monkeypatch):
    """It would hold what the call may yet undo."""
    monkeypatch.setattr(sandbox_module, "_CHECKPOINT_EVERY", 1)
    with Sandbox(tmp_path / "state") as sandbox:
        within = []
        monkeypatch.setattr(checkpoints, "save", lambda *_: within.append(sandbox.store.in_transaction) or False)
        topic = sandbox.client("sns").create_topic(Name="events")["TopicArn"]
        asked = {"StackName": "stack", "TemplateBody": json.dumps(TEMPLATE), "NotificationARNs": [topic]}
        sandbox.client("cloudformation").create_stack(**asked)
        assert sandbox.settle(30)
        assert within
        assert not any(within)
