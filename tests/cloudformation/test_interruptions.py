"""What ends an operation before it is done: cancelled updates, deletions in between, timeouts."""

import json

from stacks_in_process import reasons, refused, statuses

from launchrole.services.cloudformation import interruptions

TOPIC = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "one", "DisplayName": "first"}}
RENAMED = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "one", "DisplayName": "second"}}
HANDLE = {"Type": "AWS::CloudFormation::WaitConditionHandle"}
WAIT = {
    "Type": "AWS::CloudFormation::WaitCondition",
    "DependsOn": "Topic",
    "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": "600"},
}
FIRST = {"Resources": {"Topic": TOPIC}}
SLOW = {"Resources": {"Topic": RENAMED, "Handle": HANDLE, "Wait": WAIT}}


def display_name(stacks):
    topic = stacks.physical("Topic")
    return stacks.aws("sns").get_topic_attributes(TopicArn=topic)["Attributes"]["DisplayName"]


def test_a_cancelled_update_is_rolled_back(stacks):
    made = stacks.create(FIRST)
    stacks.client.update_stack(StackName="stack", TemplateBody=json.dumps(SLOW), DisableRollback=True)
    stacks.until("Wait", "CREATE_IN_PROGRESS")
    assert display_name(stacks) == "second"
    stacks.client.cancel_update_stack(StackName="stack", ClientRequestToken="enough")
    stack = stacks.settled(made["StackId"])
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert reasons(stack, "stack", "UPDATE_ROLLBACK_IN_PROGRESS") == ["User Initiated"]
    assert reasons(stack, "Wait", "CREATE_FAILED") == ["Resource creation cancelled"]
    assert stack["events"][-1]["ClientRequestToken"] == "enough"
    assert display_name(stacks) == "first"
    assert [one["LogicalResourceId"] for one in stacks.client.describe_stack_resources(StackName="stack")[
        "StackResources"]] == ["Topic"]  # fmt: skip


def test_only_an_update_that_goes_on_can_be_cancelled(stacks):
    told = ("ValidationError", "CancelUpdateStack cannot be called from current stack status")
    stacks.create(FIRST)
    assert refused(stacks.client.cancel_update_stack, StackName="stack") == told
    assert refused(stacks.client.cancel_update_stack, StackName="none")[1] == "Stack with id none does not exist"


def test_a_stack_that_is_created_can_be_deleted_and_one_that_is_updated_cannot(stacks):
    created = stacks.begin(SLOW)
    stacks.until("Wait", "CREATE_IN_PROGRESS")
    assert refused(stacks.client.cancel_update_stack, StackName="stack")[0] == "ValidationError"
    stacks.client.delete_stack(StackName="stack")
    stack = stacks.settled(created)
    assert stack["StackStatus"] == "DELETE_COMPLETE"
    assert statuses(stack, "stack") == ["CREATE_IN_PROGRESS", "DELETE_IN_PROGRESS", "DELETE_COMPLETE"]
    assert stacks.aws("sns").list_topics()["Topics"] == []

    updated = stacks.create(FIRST)["StackId"]
    stacks.client.update_stack(StackName="stack", TemplateBody=json.dumps(SLOW))
    stacks.until("Wait", "CREATE_IN_PROGRESS")
    assert refused(stacks.client.delete_stack, StackName="stack") == (
        "ValidationError",
        f"Stack [{updated}] cannot be deleted while in status UPDATE_IN_PROGRESS",
    )
    stacks.client.signal_resource(StackName="stack", LogicalResourceId="Wait", UniqueId="u", Status="SUCCESS")
    assert stacks.settled(updated)["StackStatus"] == "UPDATE_COMPLETE"


def test_a_creation_that_takes_too_long_is_rolled_back(stacks, monkeypatch):
    created = stacks.begin(SLOW, TimeoutInMinutes=1)
    stacks.until("Wait", "CREATE_IN_PROGRESS")
    monkeypatch.setattr(interruptions, "MINUTE", 0.0)
    stacks.sandbox.gateway.workers.signal()
    stack = stacks.settled(created)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert reasons(stack, "stack", "ROLLBACK_IN_PROGRESS") == [
        "Stack creation time exceeded the specified timeout. Rollback requested by user."
    ]
    assert reasons(stack, "Wait", "CREATE_FAILED") == ["Resource creation cancelled"]
    stacks.delete()
    kept = stacks.settled(stacks.begin(SLOW, TimeoutInMinutes=1, OnFailure="DO_NOTHING"))
    assert (kept["StackStatus"], kept["StackStatusReason"]) == (
        "CREATE_FAILED",
        "Stack creation time exceeded the specified timeout.",
    )


def test_cancelling_an_update_cancels_the_nested_one(stacks):
    stacks.aws("s3").create_bucket(Bucket="nested")
    for name, template in (("first", FIRST), ("slow", SLOW)):
        stacks.aws("s3").put_object(Bucket="nested", Key=name, Body=json.dumps(template).encode())

    def outer(name):
        url = f"https://nested.s3.us-east-1.amazonaws.com/{name}"
        return {"Resources": {"Inner": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}}}

    made = stacks.create(outer("first"))
    inner = stacks.physical("Inner")
    stacks.client.update_stack(StackName="stack", TemplateBody=json.dumps(outer("slow")))
    stacks.until("Wait", "CREATE_IN_PROGRESS", inner.split("/")[1])
    stacks.client.cancel_update_stack(StackName="stack")
    assert stacks.settled(made["StackId"])["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert stacks.settled(inner)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    topic = stacks.physical("Topic", inner)
    assert stacks.aws("sns").get_topic_attributes(TopicArn=topic)["Attributes"]["DisplayName"] == "first"
