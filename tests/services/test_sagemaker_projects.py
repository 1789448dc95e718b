"""Projects of SageMaker: from a template in S3, under a role that CloudFormation assumes."""

import json

import pytest
from botocore.exceptions import ClientError

from launchrole.sandbox import Sandbox

ACCOUNT = "123456789012"
TEMPLATE = {
    "Parameters": {
        "SageMakerProjectName": {"Type": "String"},
        "SageMakerProjectId": {"Type": "String"},
        "Suffix": {"Type": "String", "Default": "one"},
    },
    "Resources": {
        "Topic": {
            "Type": "AWS::SNS::Topic",
            "Properties": {"TopicName": {"Fn::Sub": "sagemaker-${SageMakerProjectName}-${Suffix}"}},
        }
    },
}
URL = "https://templates.s3.amazonaws.com/project.yaml"


@pytest.fixture
def sandbox():
    with Sandbox() as sandbox:
        sandbox.client("s3").create_bucket(Bucket="templates")
        sandbox.client("s3").put_object(Bucket="templates", Key="project.yaml", Body=json.dumps(TEMPLATE))
        faults = []
        sandbox.gateway.report = faults.append
        yield sandbox
        assert not faults


def provider(**members):
    return [{"CfnTemplateProvider": {"TemplateName": "main", "TemplateURL": URL, **members}}]


def settled(sandbox, name="churn"):
    assert sandbox.settle(30)
    return sandbox.client("sagemaker").describe_project(ProjectName=name)


def topics(sandbox):
    return [one["TopicArn"].rpartition(":")[2] for one in sandbox.client("sns").list_topics()["Topics"]]


def role(sandbox, name, service, *actions):
    iam = sandbox.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy)
    return arn


def test_a_project_is_created_updated_and_deleted_from_a_template_in_s3(sandbox):
    client = sandbox.client("sagemaker")
    made = client.create_project(
        ProjectName="churn", TemplateProviders=provider(), Tags=[{"Key": "team", "Value": "risk"}]
    )
    assert made["ProjectArn"] == f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:project/churn"
    assert made["ProjectId"].startswith("p-")
    assert len(made["ProjectId"]) == 14

    found = settled(sandbox)
    assert found["ProjectStatus"] == "CreateCompleted"
    assert found["CreatedBy"]["IamIdentity"]["Arn"] == f"arn:aws:iam::{ACCOUNT}:root"
    detail = found["TemplateProviderDetails"][0]["CfnTemplateProviderDetail"]
    assert detail["StackDetail"]["StatusMessage"] == "CREATE_COMPLETE"
    assert topics(sandbox) == ["sagemaker-churn-one"]
    stack = sandbox.client("cloudformation").describe_stacks(StackName=detail["StackDetail"]["Id"])["Stacks"][0]
    tags = {one["Key"]: one["Value"] for one in stack["Tags"]}
    assert tags == {"team": "risk", "sagemaker:project-name": "churn", "sagemaker:project-id": made["ProjectId"]}

    client.update_project(
        ProjectName="churn", TemplateProvidersToUpdate=provider(Parameters=[{"Key": "Suffix", "Value": "two"}])
    )
    assert settled(sandbox)["ProjectStatus"] == "UpdateCompleted"
    assert topics(sandbox) == ["sagemaker-churn-two"]

    client.delete_project(ProjectName="churn")
    assert settled(sandbox)["ProjectStatus"] == "DeleteCompleted"
    assert topics(sandbox) == []
    assert client.list_projects()["ProjectSummaryList"][0]["ProjectStatus"] == "DeleteCompleted"
    again = client.create_project(ProjectName="churn", TemplateProviders=provider())
    assert again["ProjectId"] != made["ProjectId"]
    assert settled(sandbox)["ProjectStatus"] == "CreateCompleted"


def test_the_role_that_cloudformation_assumes_decides_and_the_project_tells_why(sandbox):
    arn = role(sandbox, "launch", "cloudformation.amazonaws.com", "sns:GetTopicAttributes")
    sandbox.client("sagemaker").create_project(ProjectName="churn", TemplateProviders=provider(RoleARN=arn))
    found = settled(sandbox)
    assert found["ProjectStatus"] == "CreateFailed"
    told = found["TemplateProviderDetails"][0]["CfnTemplateProviderDetail"]["StackDetail"]["StatusMessage"]
    assert "assumed-role/launch/" in told
    assert "is not authorized to perform: SNS:CreateTopic" in told
    assert topics(sandbox) == []
    sandbox.client("sagemaker").delete_project(ProjectName="churn")
    assert settled(sandbox)["ProjectStatus"] == "DeleteCompleted"


def test_who_may_not_make_stacks_makes_no_project(sandbox):
    arn = role(sandbox, "ana", "lambda.amazonaws.com", "sagemaker:CreateProject")
    client = sandbox.client("sagemaker", sandbox.assume(arn, "lambda.amazonaws.com", "notebook"))
    client.create_project(ProjectName="churn", TemplateProviders=provider())
    found = settled(sandbox)
    assert found["ProjectStatus"] == "CreateFailed"
    told = found["TemplateProviderDetails"][0]["CfnTemplateProviderDetail"]["StackDetail"]["StatusMessage"]
    assert "assumed-role/ana/notebook is not authorized to perform: cloudformation:CreateStack" in told


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({}, "needs either"),
        (
            {"TemplateProviders": provider(), "ServiceCatalogProvisioningDetails": {"ProductId": "prod-x"}},
            "needs either",
        ),
    ],
)
def test_a_project_comes_from_one_place(sandbox, params, told):
    with pytest.raises(ClientError, match=told):
        sandbox.client("sagemaker").create_project(ProjectName="churn", **params)


def test_what_is_not_there_or_there_already_is_refused(sandbox):
    client = sandbox.client("sagemaker")
    with pytest.raises(ClientError, match="does not exist"):
        client.describe_project(ProjectName="none")
    client.create_project(ProjectName="churn", TemplateProviders=provider())
    settled(sandbox)
    with pytest.raises(ClientError, match="already exists"):
        client.create_project(ProjectName="churn", TemplateProviders=provider())
    with pytest.raises(ClientError, match="no template named other"):
        client.update_project(
            ProjectName="churn",
            TemplateProvidersToUpdate=[{"CfnTemplateProvider": {"TemplateName": "other", "TemplateURL": URL}}],
        )
    with pytest.raises(ClientError, match="not made from a product"):
        client.update_project(ProjectName="churn", ServiceCatalogProvisioningUpdateDetails={})


def test_the_services_that_a_call_passes_through_are_a_chain(sandbox):
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-calledvia"""
    sandbox.client("sagemaker").create_project(ProjectName="churn", TemplateProviders=provider())
    settled(sandbox)
    found = {
        operation: json.loads(details)["context"].get("aws:CalledVia")
        for operation, details in sandbox.store.connection.execute("SELECT operation, details FROM decisions")
    }
    assert found["sagemaker:CreateProject"] is None
    assert found["cloudformation:CreateStack"] == ["sagemaker.amazonaws.com"]
    assert found["sns:CreateTopic"] == ["sagemaker.amazonaws.com", "cloudformation.amazonaws.com"]


@pytest.mark.parametrize("name", ["../x", "a_b", "-a", "a-", "\u00e9", "a\x00b", "a" * 33])
def test_what_is_no_name_is_refused(sandbox, name):
    client = sandbox.client("sagemaker")
    with pytest.raises(ClientError, match=r"ValidationException.*'projectName'"):
        client.create_project(ProjectName=name, TemplateProviders=provider())
    assert client.list_projects()["ProjectSummaryList"] == []
