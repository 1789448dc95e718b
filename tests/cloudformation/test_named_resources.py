"""A call is authorized for what it acts on, whichever way it names that."""

import json

import pytest
from stacks_in_process import ACCOUNT, allow, refused

TOPIC = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
TOPICS = {"Resources": {**TOPIC["Resources"], "Another": {"Type": "AWS::SNS::Topic"}}}
STACK = f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:stack"
STACK_SET = f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:stackset"


def somebody(stacks, *statements):
    """A client of CloudFormation for a role with these statements."""
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam = stacks.aws("iam")
    arn = iam.create_role(RoleName="somebody", AssumeRolePolicyDocument=_document(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="somebody", PolicyName="p", PolicyDocument=_document(*statements))
    return stacks.sandbox.client("cloudformation", stacks.sandbox.assume(arn, "ec2.amazonaws.com", "s"))


def _document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture
def change_set(stacks):
    """The ARN of a change set of the stack `theirs`; there is a stack `mine`, too."""
    stacks.create(TOPIC, "mine")
    stacks.create(TOPIC, "theirs")
    made = stacks.client.create_change_set(
        StackName="theirs", ChangeSetName="change", TemplateBody=json.dumps(TOPICS), Capabilities=[]
    )
    return made["Id"]


ON_CHANGE_SETS = ["describe_change_set", "get_template", "execute_change_set", "delete_change_set"]


@pytest.mark.parametrize("operation", ON_CHANGE_SETS)
def test_another_stack_s_change_set_is_not_reached_beside_one_s_own_stack(stacks, change_set, operation):
    mine = somebody(stacks, allow("cloudformation:*", resource=f"{STACK}/mine/*"), allow("sns:*"))
    call = getattr(mine, operation)
    if operation == "delete_change_set":
        call(StackName="mine", ChangeSetName=change_set)  # deleting what is not there succeeds
    else:
        assert refused(call, StackName="mine", ChangeSetName=change_set)[0] == "ChangeSetNotFound"
    (left,) = stacks.client.list_change_sets(StackName="theirs")["Summaries"]
    assert left["ExecutionStatus"] == "AVAILABLE"


@pytest.mark.parametrize("operation", ON_CHANGE_SETS)
def test_a_change_set_s_arn_stands_for_its_stack(stacks, change_set, operation):
    deny = {"Effect": "Deny", "Action": "cloudformation:*", "Resource": f"{STACK}/theirs/*"}
    client = somebody(stacks, allow("*"), deny)
    code, message = refused(getattr(client, operation), ChangeSetName=change_set)
    assert code == "AccessDenied"
    assert f"{STACK}/theirs/" in message


def test_a_stack_set_is_named_by_its_name_its_id_or_its_arn(stacks):
    for name in ("mine", "theirs"):
        stacks.client.create_stack_set(StackSetName=name, TemplateBody=json.dumps(TOPIC))
    found = {name: stacks.client.describe_stack_set(StackSetName=name)["StackSet"] for name in ("mine", "theirs")}
    client = somebody(stacks, allow("cloudformation:*", resource=f"{STACK_SET}/mine:*"))
    for name in ("mine", found["mine"]["StackSetId"], found["mine"]["StackSetARN"]):
        assert client.describe_stack_set(StackSetName=name)["StackSet"]["StackSetName"] == "mine"
    for name in ("theirs", found["theirs"]["StackSetId"], found["theirs"]["StackSetARN"]):
        assert refused(client.describe_stack_set, StackSetName=name)[0] == "AccessDenied"
    disguised = f"mine:stackset/{found['theirs']['StackSetId']}"
    assert refused(client.delete_stack_set, StackSetName=disguised)[0] == "StackSetNotFoundException"


def test_a_stack_set_s_whole_arn_in_a_policy_is_met_by_its_name(stacks):
    stacks.client.create_stack_set(StackSetName="theirs", TemplateBody=json.dumps(TOPIC))
    arn = stacks.client.describe_stack_set(StackSetName="theirs")["StackSet"]["StackSetARN"]
    client = somebody(stacks, allow("*"), {"Effect": "Deny", "Action": "cloudformation:*", "Resource": arn})
    assert refused(client.delete_stack_set, StackSetName="theirs")[0] == "AccessDenied"
