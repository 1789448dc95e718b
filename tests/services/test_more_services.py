"""SageMaker's, Glue's, Cognito's and Lambda's shares of ours, and stacks, through boto3 in process."""

import datetime

import boto3
import pytest
from botocore.exceptions import ClientError

from endpoint import trust
from launchrole.sandbox import Sandbox
from page_calls import GIT, GROK, MEMBERS, code

ROLE = "arn:aws:iam::123456789012:role/worker"


@pytest.fixture
def aws():
    with Sandbox() as sandbox:
        faults = []
        sandbox.gateway.report = faults.append
        session = boto3.session.Session(botocore_session=sandbox.botocore_session())
        session.client("iam").create_role(RoleName="worker", AssumeRolePolicyDocument=trust("lambda", "sagemaker"))
        yield session.client
        assert not faults, faults[0]


def refused(call, **params):
    with pytest.raises(ClientError) as caught:
        call(**params)
    return caught.value.response["Error"]["Code"]


def test_workteams(aws):
    client = aws("sagemaker")
    arn = client.create_workteam(WorkteamName="team", **MEMBERS)["WorkteamArn"]
    assert refused(client.create_workteam, WorkteamName="team", **MEMBERS) == "ResourceInUse"
    client.create_workteam(
        WorkteamName="another",
        NotificationConfiguration={"NotificationTopicArn": "arn:aws:sns:us-east-1:123456789012:t"},
        **MEMBERS,
    )
    assert client.update_workteam(WorkteamName="team", Description="new")["Workteam"]["Description"] == "new"
    assert client.describe_workteam(WorkteamName="team")["Workteam"]["WorkteamArn"] == arn
    listed = client.list_workteams(SortBy="CreateDate", SortOrder="Descending")["Workteams"]
    assert [one["WorkteamName"] for one in listed] == ["another", "team"]
    assert len(client.list_workteams(NameContains="TEAM")["Workteams"]) == 1
    page = client.list_workteams(MaxResults=1)
    assert len(client.list_workteams(NextToken=page["NextToken"])["Workteams"]) == 1
    assert refused(client.list_workteams, NextToken="x") == "ValidationException"
    assert client.delete_workteam(WorkteamName="team")["Success"]
    assert refused(client.describe_workteam, WorkteamName="team") == "ValidationException"


def test_code_repositories(aws):
    client = aws("sagemaker")
    tags = [{"Key": "a", "Value": "b"}]
    arn = client.create_code_repository(CodeRepositoryName="Code", Tags=tags, **GIT)["CodeRepositoryArn"]
    assert arn.endswith(":code-repository/code")
    assert refused(client.create_code_repository, CodeRepositoryName="Code", **GIT) == "ValidationException"
    assert client.describe_code_repository(CodeRepositoryName="Code")["GitConfig"]["Branch"] == "main"
    client.update_code_repository(CodeRepositoryName="Code")
    now = datetime.datetime.now(datetime.UTC)
    hour = datetime.timedelta(hours=1)
    assert client.list_code_repositories(CreationTimeAfter=now - hour, LastModifiedTimeBefore=now + hour)[
        "CodeRepositorySummaryList"
    ]
    assert not client.list_code_repositories(CreationTimeBefore=now - hour)["CodeRepositorySummaryList"]
    assert not client.list_code_repositories(LastModifiedTimeAfter=now + hour)["CodeRepositorySummaryList"]
    client.add_tags(ResourceArn=arn, Tags=[{"Key": "c", "Value": "d"}])
    client.delete_tags(ResourceArn=arn, TagKeys=["a"])
    assert client.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "c", "Value": "d"}]
    client.delete_code_repository(CodeRepositoryName="Code")
    assert refused(client.describe_code_repository, CodeRepositoryName="Code") == "ValidationException"
    assert refused(client.list_tags, ResourceArn=arn) == "ValidationException"


def test_tags_of_what_moto_keeps_stay_moto_s(aws):
    client = aws("sagemaker")
    made = client.create_model(
        ModelName="m", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": "i"}, Tags=[{"Key": "a", "Value": "b"}]
    )
    assert client.list_tags(ResourceArn=made["ModelArn"])["Tags"] == [{"Key": "a", "Value": "b"}]


def test_images_and_their_versions(aws):
    client = aws("sagemaker")
    client.create_image(ImageName="Image", RoleArn=ROLE, DisplayName="d", Description="x")
    assert refused(client.create_image, ImageName="image", RoleArn=ROLE) == "ResourceInUse"
    client.update_image(ImageName="Image", DeleteProperties=["Description"], DisplayName="new")
    found = client.describe_image(ImageName="Image")
    assert "Description" not in found
    assert found["DisplayName"] == "new"
    assert client.list_images(SortBy="LAST_MODIFIED_TIME")["Images"][0]["ImageName"] == "Image"
    first = client.create_image_version(
        ImageName="Image", BaseImage="base", ClientToken="a" * 36, Aliases=["latest"], JobType="TRAINING"
    )
    again = client.create_image_version(ImageName="Image", BaseImage="base", ClientToken="a" * 36)
    assert first["ImageVersionArn"] == again["ImageVersionArn"]
    client.create_image_version(ImageName="Image", BaseImage="base", ClientToken="b" * 36)
    assert client.describe_image_version(ImageName="Image")["Version"] == 2
    assert client.describe_image_version(ImageName="Image", Alias="latest")["JobType"] == "TRAINING"
    assert refused(client.describe_image_version, ImageName="Image", Version=7) == "ResourceNotFound"
    assert refused(client.describe_image_version, ImageName="Image", Alias="none") == "ResourceNotFound"
    listed = client.list_image_versions(ImageName="Image")["ImageVersions"]
    assert [one["Version"] for one in listed] == [2, 1]
    ascending = client.list_image_versions(ImageName="Image", SortOrder="ASCENDING")["ImageVersions"]
    assert [one["Version"] for one in ascending] == [1, 2]
    client.delete_image_version(ImageName="Image", Version=2)
    client.delete_image(ImageName="Image")
    assert refused(client.describe_image, ImageName="Image") == "ResourceNotFound"


def test_classifiers(aws):
    client = aws("glue")
    client.create_classifier(**GROK)
    assert refused(client.create_classifier, **GROK) == "AlreadyExistsException"
    assert refused(client.create_classifier) == "InvalidInputException"
    client.update_classifier(GrokClassifier={"Name": "lines", "Classification": "other"})
    found = client.get_classifier(Name="lines")["Classifier"]["GrokClassifier"]
    assert (found["Version"], found["Classification"]) == (2, "other")
    assert refused(client.update_classifier, JsonClassifier={"Name": "lines"}) == "InvalidInputException"
    assert refused(client.update_classifier, JsonClassifier={"Name": "none"}) == "EntityNotFoundException"
    assert len(client.get_classifiers()["Classifiers"]) == 1
    client.delete_classifier(Name="lines")
    assert refused(client.delete_classifier, Name="lines") == "EntityNotFoundException"


def test_tags_of_user_pools(aws):
    client = aws("cognito-idp")
    arn = client.create_user_pool(PoolName="p")["UserPool"]["Arn"]
    client.tag_resource(ResourceArn=arn, Tags={"a": "b", "c": "d"})
    client.untag_resource(ResourceArn=arn, TagKeys=["a"])
    assert client.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"c": "d"}
    pool = client.describe_user_pool(UserPoolId=arn.rpartition("/")[2])["UserPool"]
    assert pool["UserPoolTags"] == {"c": "d"}
    assert refused(client.tag_resource, ResourceArn=arn + "x", Tags={"a": "b"}) == "ResourceNotFoundException"


def test_functions_are_not_run(aws):
    client = aws("lambda")
    client.create_function(
        FunctionName="f", Runtime="python3.12", Role=ROLE, Handler="index.handler", Code={"ZipFile": code()}
    )
    assert client.invoke(FunctionName="f", InvocationType="DryRun")["StatusCode"] == 204
    assert refused(client.invoke, FunctionName="f") == "NotImplemented"
    assert refused(client.invoke, FunctionName="none", InvocationType="DryRun") == "ResourceNotFoundException"
