"""Creation and update policies: resources that wait for signals, and what is said of what is not done."""

import json

import pytest

from conftest import reasons, refused, statuses
from launchrole.services.cloudformation import signals
from launchrole.services.cloudformation.template import TemplateError

WAITING = "launchrole runs nothing that would signal: waiting for SignalResource, {} signal(s)"


def waiting(count=1, timeout="PT10M", kind="AWS::CloudFormation::WaitCondition", **properties):
    policy = {"ResourceSignal": {"Count": count, "Timeout": timeout}}
    one = {"Type": kind, "CreationPolicy": policy, **({"Properties": properties} if properties else {})}
    return {"Resources": {"One": one}}


def signal(stacks, unique_id, status="SUCCESS"):
    stacks.client.signal_resource(StackName="stack", LogicalResourceId="One", UniqueId=unique_id, Status=status)


def test_a_resource_is_complete_when_all_signals_have_come(stacks):
    made = stacks.begin(waiting(2))
    stacks.until("One", "CREATE_IN_PROGRESS")
    signal(stacks, "a")
    signal(stacks, "a")
    signal(stacks, "b")
    stack = stacks.settled(made)
    assert statuses(stack, "One")[-1] == "CREATE_COMPLETE"
    told = reasons(stack, "One", "CREATE_IN_PROGRESS")
    assert told[-3:] == [
        WAITING.format(2),
        "Received SUCCESS signal with UniqueId a",
        "Received SUCCESS signal with UniqueId b",
    ]


def test_a_failure_signal_fails_the_resource(stacks):
    made = stacks.begin(waiting())
    stacks.until("One", "CREATE_IN_PROGRESS")
    signal(stacks, "i-1", "FAILURE")
    stack = stacks.settled(made)
    assert reasons(stack, "One", "CREATE_FAILED") == ["Received FAILURE signal with UniqueId i-1"]
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"


def test_signals_that_do_not_come(stacks):
    stack = stacks.settled(stacks.begin(waiting(timeout="PT1S")))
    why = "Failed to receive 1 resource signal(s) within the specified duration"
    assert reasons(stack, "One", "CREATE_FAILED") == [why]
    assert refused(stacks.client.signal_resource, StackName="stack", LogicalResourceId="One", UniqueId="late",
                   Status="SUCCESS")[0] == "ValidationError"  # fmt: skip


def test_an_instance_waits_for_what_would_run_on_it(stacks):
    image = stacks.aws("ec2").describe_images()["Images"][0]["ImageId"]
    made = stacks.begin(waiting(kind="AWS::EC2::Instance", ImageId=image))
    stacks.until("One", "CREATE_IN_PROGRESS")
    signal(stacks, "i-1")
    stack = stacks.settled(made)
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert stacks.physical("One").startswith("i-")


def test_a_replacement_waits_for_new_signals(stacks):
    image = stacks.aws("ec2").describe_images()["Images"][0]["ImageId"]
    made = stacks.begin(waiting(kind="AWS::EC2::Instance", ImageId=image, InstanceType="t3.micro"))
    stacks.until("One", "CREATE_IN_PROGRESS")
    signal(stacks, "first")
    assert stacks.settled(made)["StackStatus"] == "CREATE_COMPLETE"
    other = stacks.aws("ec2").describe_images()["Images"][1]["ImageId"]
    replaced = waiting(1, "PT1S", "AWS::EC2::Instance", ImageId=other, InstanceType="t3.micro")
    stacks.client.update_stack(StackName="stack", TemplateBody=json.dumps(replaced))
    stack = stacks.settled(made)
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    why = "Failed to receive 1 resource signal(s) within the specified duration"
    assert reasons(stack, "One", "UPDATE_FAILED") == [why]


def test_a_creation_policy_of_a_type_without_signals_is_said_to_be_ignored(stacks):
    stack = stacks.settled(stacks.begin(waiting(kind="AWS::SNS::Topic")))
    (why,) = reasons(stack, "One", "CREATE_COMPLETE")
    assert why.startswith("The CreationPolicy was not waited for: CloudFormation has signals for ")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("PT5M", 300), ("PT1H30M", 5400), ("PT12H", 43200), ("P1D", 43200), ("PT1S", 1), ("PT1M30S", 90)],
)
def test_durations(text, seconds):
    assert signals.duration(text) == seconds


@pytest.mark.parametrize("text", ["", "P", "PT", "5", "PT5", "5M", "PT5M "])
def test_what_is_no_duration(text):
    with pytest.raises(TemplateError):
        signals.duration(text)


@pytest.mark.parametrize(("count", "percent", "wanted"), [(1, 100, 1), (4, 75, 3), (3, 50, 2), (0, 100, 0), (4, 0, 0)])
def test_how_many_instances_of_a_group_have_to_succeed(count, percent, wanted):
    assert signals.Awaited(count, 1, percent).wanted == wanted


def test_an_alias_is_changed_at_once_and_the_event_says_so(stacks):
    iam = stacks.aws("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(
        RoleName="f", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )
    function = {"Runtime": "python3.12", "Handler": "index.handler", "Role": role["Role"]["Arn"],
                "Code": {"ZipFile": "def handler(event, context): ..."}}  # fmt: skip

    def template(version):
        return {"Resources": {
            "Fn": {"Type": "AWS::Lambda::Function", "Properties": function},
            "V1": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Fn"}}},
            "Alias": {
                "Type": "AWS::Lambda::Alias",
                "UpdatePolicy": {"CodeDeployLambdaAliasUpdate": {"ApplicationName": "a", "DeploymentGroupName": "g"}},
                "Properties": {"FunctionName": {"Ref": "Fn"}, "Name": "live", "FunctionVersion": version},
            },
        }}  # fmt: skip

    stacks.create(template({"Fn::GetAtt": ["V1", "Version"]}))
    stack = stacks.update(template("$LATEST"))
    (why,) = reasons(stack, "Alias", "UPDATE_COMPLETE")
    assert why.startswith("UpdatePolicy CodeDeployLambdaAliasUpdate: no deployment of CodeDeploy was made")
