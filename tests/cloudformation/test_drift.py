"""Drift detection: what was changed behind a stack's back."""

import json

import pytest
from stacks_in_process import allow, cloudformation_role, failures, refused

from launchrole.account.authorizer import operation_of
from launchrole.facts.endpoints import endpoints
from launchrole.facts.reads import is_read
from launchrole.services.cloudformation.drift import differences, readings
from launchrole.services.cloudformation.handlers.registry import executed, handler

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": ["lambda.amazonaws.com", "codebuild.amazonaws.com",
                                                      "sagemaker.amazonaws.com"]}, "Action": "sts:AssumeRole"}
    ],
}  # fmt: skip
INLINE = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]}
ROLE = {"Fn::GetAtt": ["Role", "Arn"]}
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/image:1"


def resource(kind, **properties):
    return {"Type": f"AWS::{kind}", "Properties": properties}


TEMPLATE = {
    "Resources": {
        "Bucket": resource(
            "S3::Bucket",
            BucketName="watched",
            VersioningConfiguration={"Status": "Enabled"},
            PublicAccessBlockConfiguration={"BlockPublicAcls": True, "IgnorePublicAcls": "true"},
            BucketEncryption={
                "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
            },
            Tags=[{"Key": "a", "Value": "b"}],
        ),
        "Topic": resource("SNS::Topic", TopicName="watched", DisplayName="first"),
        "Dead": resource("SQS::Queue"),
        "Queue": resource(
            "SQS::Queue",
            QueueName="watched",
            DelaySeconds="5",
            RedrivePolicy={"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": 3},
            Tags=[{"Key": "a", "Value": "b"}],
        ),
        "Role": resource(
            "IAM::Role",
            RoleName="watched",
            AssumeRolePolicyDocument=TRUST,
            Description="first",
            ManagedPolicyArns=["arn:aws:iam::aws:policy/ReadOnlyAccess"],
            Policies=[{"PolicyName": "inline", "PolicyDocument": INLINE}],
        ),
        "Function": resource(
            "Lambda::Function",
            FunctionName="watched",
            Role=ROLE,
            Runtime="python3.12",
            Handler="index.handler",
            Timeout=10,
            Environment={"Variables": {"A": "1"}},
            Code={"ZipFile": "def handler(event, context): ..."},
        ),
        "Parameter": resource("SSM::Parameter", Name="watched", Type="String", Value="first"),
        "Group": resource("Logs::LogGroup", LogGroupName="watched", RetentionInDays=7),
        "Project": resource(
            "CodeBuild::Project",
            Name="watched",
            Description="first",
            ServiceRole=ROLE,
            TimeoutInMinutes=20,
            Artifacts={"Type": "NO_ARTIFACTS"},
            Environment={"Type": "LINUX_CONTAINER", "Image": "aws/codebuild/standard:7.0",
                         "ComputeType": "BUILD_GENERAL1_SMALL"},
            Source={"Type": "NO_SOURCE", "BuildSpec": "version: 0.2"},
        ),
        "Rule": resource(
            "Events::Rule",
            Name="watched",
            EventPattern={"source": ["aws.s3"]},
            State="ENABLED",
            Targets=[{"Id": "one", "Arn": {"Fn::GetAtt": ["Queue", "Arn"]}}],
        ),
        "Model": resource(
            "SageMaker::Model", ModelName="watched", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": IMAGE}
        ),
        "Secret": resource("SecretsManager::Secret", Name="unread", SecretString="s"),
    }
}  # fmt: skip


def detect(stacks, **further):
    made = stacks.client.detect_stack_drift(StackName="stack", **further)
    return stacks.client.describe_stack_drift_detection_status(StackDriftDetectionId=made["StackDriftDetectionId"])


def drifts(stacks, **further):
    found = stacks.client.describe_stack_resource_drifts(StackName="stack", **further)["StackResourceDrifts"]
    return {one["LogicalResourceId"]: one for one in found}


def changed(drift):
    return {
        one["PropertyPath"]: (one["DifferenceType"], one["ExpectedValue"], one["ActualValue"])
        for one in drift["PropertyDifferences"]
    }


def test_what_was_changed_behind_the_stacks_back(stacks):
    stack = stacks.create(TEMPLATE, Tags=[{"Key": "stack", "Value": "tag"}])
    assert stack["StackStatus"] == "CREATE_COMPLETE", failures(stack)
    first = detect(stacks)
    assert (first["DetectionStatus"], first["StackDriftStatus"]) == ("DETECTION_COMPLETE", "IN_SYNC"), {
        name: changed(one) for name, one in drifts(stacks).items()
    }
    assert set(drifts(stacks)) == set(TEMPLATE["Resources"]) - {"Secret"}
    shown = stacks.client.describe_stacks(StackName="stack")["Stacks"][0]["DriftInformation"]
    assert shown["StackDriftStatus"] == "IN_SYNC"
    assert shown["LastCheckTimestamp"]
    secret = stacks.client.describe_stack_resource(StackName="stack", LogicalResourceId="Secret")
    assert secret["StackResourceDetail"]["DriftInformation"] == {"StackResourceDriftStatus": "NOT_CHECKED"}

    aws = stacks.aws
    aws("s3").put_bucket_versioning(Bucket="watched", VersioningConfiguration={"Status": "Suspended"})
    aws("s3").delete_public_access_block(Bucket="watched")
    aws("sns").set_topic_attributes(
        TopicArn=stacks.physical("Topic"), AttributeName="DisplayName", AttributeValue="second"
    )
    queue = stacks.physical("Queue")
    aws("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"DelaySeconds": "9", "VisibilityTimeout": "99"})
    aws("sqs").tag_queue(QueueUrl=queue, Tags={"a": "c", "new": "one"})
    iam = aws("iam")
    iam.put_role_policy(RoleName="watched", PolicyName="added", PolicyDocument=json.dumps(INLINE))
    iam.detach_role_policy(RoleName="watched", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    aws("lambda").update_function_configuration(FunctionName="watched", Environment={"Variables": {"A": "1", "B": "2"}})
    aws("ssm").put_parameter(Name="watched", Value="second", Type="String", Overwrite=True)
    aws("logs").delete_retention_policy(logGroupName="watched")
    aws("codebuild").update_project(name="watched", timeoutInMinutes=30)
    aws("events").put_rule(Name="watched", EventPattern=json.dumps({"source": ["aws.sqs"]}), State="ENABLED")
    aws("sagemaker").delete_model(ModelName="watched")

    second = detect(stacks)
    found = drifts(stacks)
    assert found["Model"]["StackResourceDriftStatus"] == "DELETED"
    assert "ActualProperties" not in found["Model"]
    assert {name: changed(one) for name, one in found.items() if one["StackResourceDriftStatus"] == "MODIFIED"} == {
        "Bucket": {
            "/VersioningConfiguration/Status": ("NOT_EQUAL", "Enabled", "Suspended"),
            "/PublicAccessBlockConfiguration":
                ("REMOVE", '{"BlockPublicAcls":true,"IgnorePublicAcls":"true"}', "null"),
        },
        "Topic": {"/DisplayName": ("NOT_EQUAL", "first", "second")},
        "Queue": {
            "/DelaySeconds": ("NOT_EQUAL", "5", "9"),
            "/Tags/0": ("NOT_EQUAL", '{"Key":"a","Value":"b"}', '{"Key":"a","Value":"c"}'),
            "/Tags/1": ("ADD", "null", '{"Key":"new","Value":"one"}'),
        },
        "Role": {
            "/ManagedPolicyArns/0": ("REMOVE", "arn:aws:iam::aws:policy/ReadOnlyAccess", "null"),
            "/Policies/1": ("ADD", "null", json.dumps(
                {"PolicyName": "added", "PolicyDocument": INLINE}, separators=(",", ":"))),
        },
        "Function": {"/Environment/Variables/B": ("ADD", "null", "2")},
        "Parameter": {"/Value": ("NOT_EQUAL", "first", "second")},
        "Group": {"/RetentionInDays": ("REMOVE", "7", "null")},
        "Project": {"/TimeoutInMinutes": ("NOT_EQUAL", "20", "30")},
        "Rule": {"/EventPattern/source/0": ("NOT_EQUAL", "aws.s3", "aws.sqs")},
    }  # fmt: skip
    assert (second["StackDriftStatus"], second["DriftedStackResourceCount"]) == ("DRIFTED", 10)
    assert json.loads(found["Queue"]["ExpectedProperties"])["DelaySeconds"] == "5"
    assert json.loads(found["Queue"]["ActualProperties"])["DelaySeconds"] == "9"
    assert set(drifts(stacks, StackResourceDriftStatusFilters=["DELETED"])) == {"Model"}
    assert (
        stacks.client.describe_stacks(StackName="stack")["Stacks"][0]["DriftInformation"]["StackDriftStatus"]
        == "DRIFTED"
    )


TWO = {
    "Resources": {
        "Queue": resource("SQS::Queue", QueueName="q", DelaySeconds=5),
        "Parameter": resource("SSM::Parameter", Name="p", Type="String", Value="v"),
        "Secret": resource("SecretsManager::Secret", Name="unread", SecretString="s"),
    }
}


def test_reads_are_made_as_the_stack_and_a_denied_one_fails_the_detection(stacks):
    role = cloudformation_role(stacks, "writer", allow("sqs:*", "ssm:PutParameter", "secretsmanager:*"))
    stack = stacks.create(TWO, RoleARN=role)
    assert stack["StackStatus"] == "CREATE_COMPLETE", failures(stack)
    found = detect(stacks)
    assert (found["DetectionStatus"], found["StackDriftStatus"]) == ("DETECTION_FAILED", "UNKNOWN")
    reason = json.loads(found["DetectionStatusReason"])
    assert reason["Summary"] == "Failed to detect drift on resources [Parameter]"
    assert "is not authorized to perform: ssm:GetParameters" in reason["Failures"][0]["FailureReason"]
    assert set(drifts(stacks)) == {"Queue"}
    only = detect(stacks, LogicalResourceIds=["Queue"])
    assert (only["DetectionStatus"], only["StackDriftStatus"]) == ("DETECTION_COMPLETE", "IN_SYNC")


def test_one_resource_is_checked_at_once(stacks):
    stacks.create(TWO)
    stacks.aws("ssm").delete_parameter(Name="p")
    stacks.aws("ssm").put_parameter(Name="p2", Value="v", Type="String")
    found = stacks.client.detect_stack_resource_drift(StackName="stack", LogicalResourceId="Parameter")
    assert found["StackResourceDrift"]["StackResourceDriftStatus"] == "DELETED"
    code, message = refused(stacks.client.detect_stack_resource_drift, StackName="stack", LogicalResourceId="Secret")
    assert (code, "AWS::SecretsManager::Secret" in message) == ("ValidationError", True)
    for params in ({"LogicalResourceId": "None"}, {"StackName": "none", "LogicalResourceId": "Queue"}):
        assert refused(stacks.client.detect_stack_resource_drift, **{"StackName": "stack", **params})[0] == (
            "ValidationError"
        )


@pytest.mark.parametrize("name", sorted(readings()))
def test_calls_only_read_and_keep_to_the_published_permissions(name):
    assert executed(name)
    published = handler(name).type.permissions
    for call in readings()[name].calls:
        assert is_read(call.operation)
        actions = {one.action for one in operation_of(endpoints()[call.service], call.operation).checks}
        if published is not None:
            assert actions <= set(published["read"]), actions
    properties = handler(name).type.properties
    assert set(readings()[name].properties) <= set(properties)


@pytest.mark.parametrize(
    ("expected", "live", "exact", "found"),
    [
        ("5", 5, False, []),
        (True, "true", False, []),
        ("5", None, False, [("", "REMOVE")]),
        ({"Type": "A"}, {"type": "A", "more": 1}, False, []),
        ({"Type": "A"}, {"type": "A", "more": 1}, True, [("/more", "ADD")]),
        ({"Type": "A"}, {"type": "B"}, False, [("/Type", "NOT_EQUAL")]),
        (["a", "b"], ["b", "a"], False, []),
        (["a", "b"], ["a"], False, [("/1", "REMOVE")]),
        (["a"], ["a", "b"], False, [("/1", "ADD")]),
        ([{"Id": 1, "Arn": "x"}], [{"Id": "1", "Arn": "y"}], False, [("/0/Arn", "NOT_EQUAL")]),
        ({"Action": "a"}, {"Action": ["a"]}, True, []),
        ("a", ["a"], False, [("", "NOT_EQUAL")]),
    ],
)
def test_what_is_a_difference(expected, live, exact, found):
    assert [(one.path, one.kind) for one in differences(expected, live, "", exact)] == found
