"""Stack sets over several accounts and regions."""

import json

import pytest
from stacks_in_process import ACCOUNT, Stacks, allow, refused

from launchrole.sandbox import Sandbox

OTHER = "210987654321"
ADMINISTRATION = "AWSCloudFormationStackSetAdministrationRole"
EXECUTION = "AWSCloudFormationStackSetExecutionRole"
TEMPLATE = {
    "Parameters": {"Name": {"Type": "String", "Default": "made"}, "Text": {"Type": "String", "Default": "first"}},
    "Resources": {
        "Topic": {
            "Type": "AWS::SNS::Topic",
            "Properties": {"TopicName": {"Ref": "Name"}, "DisplayName": {"Ref": "Text"}},
        }
    },
}


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trusts(**principal):
    return document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})


class StackSets(Stacks):
    """The stack sets of an account, with the roles that they need in it and in another one."""

    def __init__(self, sandbox):
        super().__init__(sandbox)
        iam = self.aws("iam")
        iam.create_role(
            RoleName=ADMINISTRATION, AssumeRolePolicyDocument=trusts(Service="cloudformation.amazonaws.com")
        )
        execution = f"arn:aws:iam::*:role/{EXECUTION}"
        iam.put_role_policy(
            RoleName=ADMINISTRATION,
            PolicyName="p",
            PolicyDocument=document(allow("sts:AssumeRole", resource=execution)),
        )
        for account in (ACCOUNT, OTHER):
            self.let_in(account, "cloudformation:*", "sns:*")

    def of(self, account, service, region="us-east-1"):
        return self.sandbox.client(service, self.sandbox.root(account), region=region)

    def let_in(self, account, *actions):
        iam = self.of(account, "iam")
        trust = trusts(AWS=f"arn:aws:iam::{ACCOUNT}:role/{ADMINISTRATION}")
        iam.create_role(RoleName=EXECUTION, AssumeRolePolicyDocument=trust)
        iam.put_role_policy(RoleName=EXECUTION, PolicyName="p", PolicyDocument=document(allow(*actions)))

    def make(self, template=TEMPLATE, **further):
        return self.client.create_stack_set(StackSetName="set", TemplateBody=json.dumps(template), **further)

    def run(self, operation, accounts=(ACCOUNT, OTHER), regions=("us-east-1", "eu-west-1"), **further):
        """An operation on instances; its end, and what became of each as (account, region, status)."""
        made = getattr(self.client, operation)(
            StackSetName="set", Accounts=list(accounts), Regions=list(regions), **further
        )
        return self.ended(made["OperationId"])

    def ended(self, operation):
        assert self.sandbox.settle(60)
        told = self.client.describe_stack_set_operation(StackSetName="set", OperationId=operation)["StackSetOperation"]
        results = self.client.list_stack_set_operation_results(StackSetName="set", OperationId=operation)["Summaries"]
        told["results"] = [(one["Account"], one["Region"], one["Status"]) for one in results]
        told["reasons"] = [one.get("StatusReason") for one in results]
        return told

    def topics(self, account, region):
        return [one["TopicArn"].split(":")[-1] for one in self.of(account, "sns", region).list_topics()["Topics"]]

    def instance(self, account=OTHER, region="us-east-1"):
        return self.client.describe_stack_instance(
            StackSetName="set", StackInstanceAccount=account, StackInstanceRegion=region
        )["StackInstance"]


@pytest.fixture
def sets():
    with Sandbox(accounts=[ACCOUNT, OTHER]) as sandbox:
        faults = []
        sandbox.gateway.report = faults.append
        yield StackSets(sandbox)
        sandbox.settle(10)
        assert faults == []


def test_a_stack_in_each_account_and_region_from_creation_to_deletion(sets):
    made = sets.make(Description="for all", Tags=[{"Key": "set", "Value": "tag"}])
    assert made["StackSetId"].startswith("set:")
    overrides = [{"ParameterKey": "Name", "ParameterValue": "other"}]
    ended = sets.run("create_stack_instances", ParameterOverrides=overrides)
    assert (ended["Action"], ended["Status"]) == ("CREATE", "SUCCEEDED")
    assert ended["results"] == [
        (ACCOUNT, "us-east-1", "SUCCEEDED"),
        (OTHER, "us-east-1", "SUCCEEDED"),
        (ACCOUNT, "eu-west-1", "SUCCEEDED"),
        (OTHER, "eu-west-1", "SUCCEEDED"),
    ]
    for account in (ACCOUNT, OTHER):
        for region in ("us-east-1", "eu-west-1"):
            assert sets.topics(account, region) == ["other"]
    one = sets.instance()
    assert one["Status"] == "CURRENT"
    assert one["StackInstanceStatus"] == {"DetailedStatus": "SUCCEEDED"}
    assert one["ParameterOverrides"] == overrides
    stack = sets.of(OTHER, "cloudformation").describe_stacks(StackName=one["StackId"])["Stacks"][0]
    assert stack["StackName"].startswith("StackSet-set-")
    assert stack["Tags"] == [{"Key": "set", "Value": "tag"}]
    assert sets.client.describe_stack_set(StackSetName="set")["StackSet"]["Regions"] == ["eu-west-1", "us-east-1"]

    text = [{"ParameterKey": "Text", "ParameterValue": "second"}]
    updated = sets.client.update_stack_set(
        StackSetName="set", UsePreviousTemplate=True, Parameters=text, Accounts=[OTHER], Regions=["us-east-1"]
    )
    assert sets.ended(updated["OperationId"])["results"] == [(OTHER, "us-east-1", "SUCCEEDED")]
    assert sets.instance()["Status"] == "CURRENT"
    assert sets.instance(ACCOUNT)["Status"] == "OUTDATED"
    arn = f"arn:aws:sns:us-east-1:{OTHER}:other"
    assert sets.of(OTHER, "sns").get_topic_attributes(TopicArn=arn)["Attributes"]["DisplayName"] == "second"

    assert refused(sets.client.delete_stack_set, StackSetName="set")[0] == "StackSetNotEmptyException"
    kept = sets.run("delete_stack_instances", [ACCOUNT], ["eu-west-1"], RetainStacks=True)
    assert kept["Status"] == "SUCCEEDED"
    assert sets.topics(ACCOUNT, "eu-west-1") == ["other"]
    left = [
        (one["Account"], one["Region"]) for one in sets.client.list_stack_instances(StackSetName="set")["Summaries"]
    ]
    assert sorted(left) == [(ACCOUNT, "us-east-1"), (OTHER, "eu-west-1"), (OTHER, "us-east-1")]
    for account, region in left:
        assert sets.run("delete_stack_instances", [account], [region], RetainStacks=False)["Status"] == "SUCCEEDED"
        assert sets.topics(account, region) == []
    sets.client.delete_stack_set(StackSetName="set")
    assert refused(sets.client.describe_stack_set, StackSetName="set") == (
        "StackSetNotFoundException",
        "StackSet set not found",
    )
    assert [one["StackSetName"] for one in sets.client.list_stack_sets(Status="DELETED")["Summaries"]] == ["set"]
    assert sets.client.list_stack_sets(Status="ACTIVE")["Summaries"] == []


def test_a_role_that_does_not_trust_fails_its_account_and_stops_the_operation(sets):
    sets.of(ACCOUNT, "iam").update_assume_role_policy(RoleName=EXECUTION, PolicyDocument=trusts(AWS=OTHER))
    sets.make()
    ended = sets.run("create_stack_instances")
    assert ended["Status"] == "FAILED"
    assert ended["results"] == [
        (ACCOUNT, "us-east-1", "FAILED"),
        (OTHER, "us-east-1", "CANCELLED"),
        (ACCOUNT, "eu-west-1", "CANCELLED"),
        (OTHER, "eu-west-1", "CANCELLED"),
    ]
    assert ended["reasons"][0] == (
        f"Account {ACCOUNT} should have '{EXECUTION}' role with trust relationship to Role '{ADMINISTRATION}'."
    )
    assert sets.instance(ACCOUNT)["Status"] == "OUTDATED"
    tolerant = sets.run("create_stack_instances", OperationPreferences={"FailureToleranceCount": 1})
    assert tolerant["Status"] == "SUCCEEDED"
    assert [status for _, _, status in tolerant["results"]] == ["FAILED", "SUCCEEDED"] * 2
    assert tolerant["StatusDetails"] == {"FailedStackInstancesCount": 2}


def test_the_execution_roles_permissions_are_what_counts(sets):
    sets.of(OTHER, "iam").put_role_policy(
        RoleName=EXECUTION, PolicyName="p", PolicyDocument=document(allow("cloudformation:*"))
    )
    sets.make()
    ended = sets.run("create_stack_instances", [OTHER], ["us-east-1"])
    assert ended["Status"] == "FAILED"
    (why,) = ended["reasons"]
    assert why.startswith("ResourceLogicalId:Topic, ResourceType:AWS::SNS::Topic, ResourceStatusReason:")
    assert f"arn:aws:sts::{OTHER}:assumed-role/{EXECUTION}/" in why
    assert "is not authorized to perform: SNS:CreateTopic" in why
    sets.of(OTHER, "iam").put_role_policy(
        RoleName=EXECUTION, PolicyName="p", PolicyDocument=document(allow("cloudformation:*", "sns:*"))
    )
    assert sets.run("create_stack_instances", [OTHER], ["us-east-1"])["Status"] == "SUCCEEDED"
    assert sets.instance()["Status"] == "CURRENT"
    assert sets.topics(OTHER, "us-east-1") == ["made"]


def test_an_administration_role_that_cloudformation_cannot_assume(sets):
    sets.make(AdministrationRoleARN=f"arn:aws:iam::{ACCOUNT}:role/none")
    ended = sets.run("create_stack_instances", [OTHER], ["us-east-1"])
    assert ended["reasons"] == [f"Role arn:aws:iam::{ACCOUNT}:role/none is invalid or cannot be assumed"]


def test_what_is_refused(sets):
    body = json.dumps(TEMPLATE)
    client = sets.client
    assert refused(client.create_stack_set, StackSetName="x", TemplateBody=body, PermissionModel="SERVICE_MANAGED")[
        0
    ] == ("NotImplemented")
    assert refused(client.create_stack_set, StackSetName="x", TemplateBody="{}")[0] == "ValidationError"
    sets.make()
    assert refused(client.create_stack_set, StackSetName="set", TemplateBody=body)[0] == "NameAlreadyExistsException"
    place = {"StackSetName": "set", "Regions": ["us-east-1"]}
    targets = {"OrganizationalUnitIds": ["ou-abcd-12345678"]}
    assert refused(client.create_stack_instances, **place, DeploymentTargets=targets)[0] == "NotImplemented"
    assert refused(client.create_stack_instances, **place, Accounts=[])[0] == "ValidationError"
    for operation, code in (
        (client.delete_stack_instances, "StackInstanceNotFoundException"),
        (client.update_stack_instances, "StackInstanceNotFoundException"),
    ):
        retain = {"RetainStacks": False} if operation == client.delete_stack_instances else {}
        assert refused(operation, **place, Accounts=[OTHER], **retain)[0] == code
    assert refused(client.describe_stack_set_operation, StackSetName="set", OperationId="x")[0] == (
        "OperationNotFoundException"
    )


HANDLE = {"Type": "AWS::CloudFormation::WaitConditionHandle"}
WAIT = {"Type": "AWS::CloudFormation::WaitCondition", "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": "600"}}
SLOW = {"Resources": {"Handle": HANDLE, "Wait": WAIT}}


def waiting(sets):
    """The name of the other account's stack, once it waits."""
    other = sets.of(OTHER, "cloudformation")
    for _ in range(500):
        sets.sandbox.settle(0.02)
        for one in other.list_stacks(StackStatusFilter=["CREATE_IN_PROGRESS"])["StackSummaries"]:
            rows = other.describe_stack_resources(StackName=one["StackName"])["StackResources"]
            if any(row["LogicalResourceId"] == "Wait" for row in rows):
                return one["StackName"]
    raise AssertionError("no stack waits")


def signal(sets, stack):
    sets.of(OTHER, "cloudformation").signal_resource(
        StackName=stack, LogicalResourceId="Wait", UniqueId="u", Status="SUCCESS"
    )


def test_one_operation_at_a_time(sets):
    sets.make(SLOW)
    place = {"StackSetName": "set", "Accounts": [OTHER], "Regions": ["us-east-1"]}
    first = sets.client.create_stack_instances(**place, OperationId="first")["OperationId"]
    code, message = refused(sets.client.create_stack_instances, **place)
    arn = sets.client.describe_stack_set(StackSetName="set")["StackSet"]["StackSetARN"]
    assert (code, message) == (
        "OperationInProgressException",
        f"Another Operation on StackSet {arn} is in progress: {first}",
    )
    signal(sets, waiting(sets))
    assert sets.ended(first)["Status"] == "SUCCEEDED"
    assert refused(sets.client.create_stack_instances, **place, OperationId="first")[0] == (
        "OperationIdAlreadyExistsException"
    )
    found = sets.client.list_stack_set_operations(StackSetName="set")["Summaries"]
    assert [one["OperationId"] for one in found] == ["first"]


def test_an_operation_goes_on_after_a_restart(tmp_path):
    state = tmp_path / "state"
    with Sandbox(state, accounts=[ACCOUNT, OTHER]) as sandbox:
        sets = StackSets(sandbox)
        sets.make(SLOW)
        sets.client.create_stack_instances(
            StackSetName="set", Accounts=[OTHER], Regions=["us-east-1"], OperationId="first"
        )
        name = waiting(sets)
    with Sandbox(state) as sandbox:
        sets = Stacks(sandbox)
        sets.of = lambda account, service: sandbox.client(service, sandbox.root(account))
        signal(sets, waiting(sets))
        assert StackSets.ended(sets, "first")["results"] == [(OTHER, "us-east-1", "SUCCEEDED")]
        summaries = sets.of(OTHER, "cloudformation").list_stacks()["StackSummaries"]
        assert [(one["StackName"], one["StackStatus"]) for one in summaries] == [(name, "CREATE_COMPLETE")]


@pytest.mark.parametrize("account", ["12345678901", "' OR 1", "\u0661" * 12])
def test_what_is_no_account_is_refused(sets, account):
    sets.make()
    asked = {"StackSetName": "set", "Accounts": [ACCOUNT, account], "Regions": ["us-east-1"]}
    assert refused(sets.client.create_stack_instances, **asked)[0] == "ValidationError"
    assert sets.client.list_stack_set_operations(StackSetName="set")["Summaries"] == []


def test_an_instance_in_no_region_fails_and_says_why(sets):
    sets.make()
    sets.client.create_stack_instances(StackSetName="set", Accounts=[ACCOUNT], Regions=["mars-1"])
    assert sets.sandbox.settle(60)
    (one,) = sets.client.list_stack_instances(StackSetName="set")["Summaries"]
    assert "sns is in no region named mars-1" in one["StatusReason"]
