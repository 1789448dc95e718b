"""Creation and update policies: resources that wait for signals, and what is said of what is not done."""

import json
from types import SimpleNamespace

import pytest
from stacks_in_process import reasons, refused, statuses

from launchrole.services.cloudformation import signals, update_policies
from launchrole.services.cloudformation.handlers.action import NotYet
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


def came(*statuses):
    return [{"Status": status, "UniqueId": f"i-{number}"} for number, status in enumerate(statuses)]


NOT_SATISFIED = "Unable to satisfy {}% MinSuccessfulInstancesPercent requirement"


@pytest.mark.parametrize(
    ("count", "percent", "statuses", "left", "why"),
    [
        (2, 100, ("SUCCESS", "SUCCESS"), 9, None),
        (4, 50, ("FAILURE", "SUCCESS", "FAILURE", "SUCCESS"), 9, None),
        (1, 100, (), 0, f"Received 0 SUCCESS signal(s) out of 1. {NOT_SATISFIED.format(100)}"),
        (1, 100, ("FAILURE",), 9, f"Received 1 FAILURE signal(s) out of 1. {NOT_SATISFIED.format(100)}"),
        (4, 75, ("FAILURE", "FAILURE"), 9, f"Received 2 FAILURE signal(s) out of 4. {NOT_SATISFIED.format(75)}"),
    ],
)
def test_a_groups_instances_may_fail_in_part(count, percent, statuses, left, why):
    policy = signals.Awaited(count, 60, percent)
    assert signals.failure(policy, came(*statuses), left, in_group=True) == why


def test_a_group_waits_while_enough_instances_can_still_succeed():
    with pytest.raises(NotYet):
        signals.failure(signals.Awaited(4, 60, 75), came("FAILURE", "SUCCESS"), 9, in_group=True)


@pytest.mark.parametrize(
    ("policy", "changed", "replaced"),
    [
        ({"AutoScalingReplacingUpdate": {"WillReplace": "true"}}, ["LaunchTemplate"], True),
        ({"AutoScalingReplacingUpdate": {"WillReplace": True}}, ["VPCZoneIdentifier"], True),
        ({"AutoScalingReplacingUpdate": {"WillReplace": True}}, ["MaxSize"], False),
        ({"AutoScalingReplacingUpdate": {"WillReplace": False}}, ["LaunchTemplate"], False),
        ({"AutoScalingRollingUpdate": {}}, ["LaunchTemplate"], False),
        (None, ["LaunchTemplate"], False),
    ],
)
def test_a_group_whose_policy_replaces_it(policy, changed, replaced):
    declared = {"Type": "AWS::AutoScaling::AutoScalingGroup", **({"UpdatePolicy": policy} if policy else {})}
    operation = SimpleNamespace(
        template=SimpleNamespace(resources={"Group": declared}),
        values=lambda: SimpleNamespace(value=lambda value, _path: value),
    )
    assert update_policies.replaces(operation, "Group", changed) == replaced
    said = update_policies.remark(operation, "Group", changed)
    assert (said is not None) == (policy == {"AutoScalingRollingUpdate": {}})


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
