"""Faults of launchrole itself: an operation that one stops ends as failed, and the stack can be gone on with."""

import pytest
from stacks_in_process import Stacks, reasons

from launchrole.sandbox import Sandbox
from launchrole.services.cloudformation import job

TOPIC = {"Type": "AWS::SNS::Topic", "Properties": {}}
ONE = {"Resources": {"First": TOPIC}}
TWO = {"Resources": {"First": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "new"}}, "Second": TOPIC}}
WHY = "launchrole failed to go on with this operation (ZeroDivisionError)"


@pytest.fixture
def faulty():
    """Stacks of an account that notes faults."""
    with Sandbox() as sandbox:
        stacks = Stacks(sandbox)
        stacks.faults = []
        sandbox.gateway.report = stacks.faults.append
        yield stacks


def broken(*_arguments, **_options):
    return 1 / 0


def created(stacks):
    return stacks.create(ONE)


def updated(stacks):
    return stacks.update(TWO)


def deleted(stacks):
    return stacks.delete()


@pytest.mark.parametrize(
    ("what", "act", "status"),
    [
        ("go_forward", created, "CREATE_FAILED"),
        ("go_forward", updated, "UPDATE_FAILED"),
        ("clean_up", updated, "UPDATE_COMPLETE"),
        ("delete_resources", deleted, "DELETE_FAILED"),
    ],
)
def test_an_operation_that_a_fault_stops_ends_and_says_so(faulty, monkeypatch, what, act, status):
    if act is not created:
        created(faulty)
    with monkeypatch.context() as patched:
        patched.setattr(job, what, broken)
        stack = act(faulty)
    assert (stack["StackStatus"], stack["StackStatusReason"]) == (status, WHY)
    assert [type(one) for one in faulty.faults] == [ZeroDivisionError]
    assert faulty.delete()["StackStatus"] == "DELETE_COMPLETE"


def test_resources_that_were_in_progress_have_failed(faulty, monkeypatch):
    def half_way(operation):
        operation.rows["First"] = {"logical_id": "First", "type": "AWS::SNS::Topic", "physical_id": ""}
        with operation.write() as rows:
            operation.set_resource(rows, operation.rows["First"], "CREATE_IN_PROGRESS")
        broken()

    with monkeypatch.context() as patched:
        patched.setattr(job, "go_forward", half_way)
        stack = faulty.create(ONE)
    assert reasons(stack, "First", "CREATE_FAILED") == [WHY]
    assert faulty.delete()["StackStatus"] == "DELETE_COMPLETE"


def test_an_update_that_a_fault_stopped_is_rolled_back(faulty, monkeypatch):
    created(faulty)

    def half_way(operation):
        go_forward(operation)
        broken()

    go_forward = job.go_forward
    with monkeypatch.context() as patched:
        patched.setattr(job, "go_forward", half_way)
        stack = updated(faulty)
    assert stack["StackStatus"] == "UPDATE_FAILED"
    faulty.client.rollback_stack(StackName="stack")
    stack = faulty.settled(stack["StackId"])
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    left = faulty.client.list_stack_resources(StackName="stack")["StackResourceSummaries"]
    assert [one["LogicalResourceId"] for one in left] == ["First"]
    topic = faulty.aws("sns").get_topic_attributes(TopicArn=faulty.physical("First"))
    assert topic["Attributes"].get("DisplayName", "") == ""


def test_a_rollback_that_a_fault_stopped_is_continued(faulty, monkeypatch):
    created(faulty)
    wrong = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "Invalid", "Value": "a"}, "DependsOn": "First"}
    failing = {"Resources": {"First": TWO["Resources"]["First"], "Wrong": wrong}}
    with monkeypatch.context() as patched:
        patched.setattr(job, "roll_back_update", broken)
        stack = faulty.update(failing)
    assert (stack["StackStatus"], stack["StackStatusReason"]) == ("UPDATE_ROLLBACK_FAILED", WHY)
    faulty.client.continue_update_rollback(StackName="stack")
    assert faulty.settled(stack["StackId"])["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
