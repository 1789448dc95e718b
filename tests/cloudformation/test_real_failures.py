"""Launches that people really saw fail, made again: CloudFormation under the session that Service Catalog has of the
launch role, whose policy is the page's version 4."""

import json

import pytest
from stacks_in_process import ACCOUNT, Stacks, allow, cloudformation_role, reasons

from launchrole.facts import managed_policies
from launchrole.sandbox import Sandbox

POLICY = "AmazonSageMakerAdmin-ServiceCatalogProductsServiceRolePolicy"
LAUNCH_ROLE = "AmazonSageMakerServiceCatalogProductsLaunchRole"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/{LAUNCH_ROLE}/servicecatalog"
TAGS = [{"Key": "sagemaker:project-name", "Value": "churn"}]


@pytest.fixture
def launched():
    """Launches a template as Service Catalog does; further policies of the role are given by the test."""
    with Sandbox() as sandbox:
        stacks = Stacks(sandbox)
        iam = stacks.aws("iam")
        trust = {
            "Effect": "Allow",
            "Principal": {"Service": "servicecatalog.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        role = iam.create_role(RoleName=LAUNCH_ROLE, Path="/service-role/", AssumeRolePolicyDocument=document)["Role"]
        document = managed_policies.document(POLICY, "v4")
        iam.put_role_policy(RoleName=LAUNCH_ROLE, PolicyName="v4", PolicyDocument=document)

        def launch(template, name="SC-123456789012-pp-abcdefghijklm", further=None, **given):
            if further is not None:
                text = json.dumps({"Version": "2012-10-17", "Statement": further})
                iam.put_role_policy(RoleName=LAUNCH_ROLE, PolicyName="further", PolicyDocument=text)
            session = sandbox.assume(role["Arn"], "servicecatalog.amazonaws.com", "servicecatalog")
            client = sandbox.client("cloudformation", session)
            made = client.create_stack(
                StackName=name, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"], **given
            )
            return stacks.settled(made["StackId"])

        launch.stacks = stacks
        yield launch


def test_a_role_in_the_template(launched):
    trust = {"Version": "2012-10-17", "Statement": []}
    name = "SageMakerGithubWorkflowTriggerLambdaExecutionRole-p-1"
    properties = {"RoleName": name, "AssumeRolePolicyDocument": trust}
    stack = launched({"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}})
    (why,) = reasons(stack, "Role", "CREATE_FAILED")
    assert (
        f"User: {SESSION} is not authorized to perform: iam:GetRole on resource: role {name} because no identity-based "
        "policy allows the iam:GetRole action" in why
    )
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"


REPOSITORY = {
    "Type": "AWS::SageMaker::CodeRepository",
    "Properties": {"CodeRepositoryName": "sagemaker-seed", "GitConfig": {"RepositoryUrl": "https://example.com/a/b"}},
}


def test_tags_that_a_template_gives_a_code_repository(launched):
    assert launched({"Resources": {"Seed": REPOSITORY}}, name="SC-plain", Tags=TAGS)["StackStatus"] == "CREATE_COMPLETE"
    launched.stacks.delete("SC-plain")
    tagged = {**REPOSITORY, "Properties": {**REPOSITORY["Properties"], "Tags": TAGS}}
    stack = launched({"Resources": {"Seed": tagged}})
    (why,) = reasons(stack, "Seed", "CREATE_FAILED")
    assert "is not authorized to perform: sagemaker:AddTags on resource: arn:aws:sagemaker:us-east-1:" in why
    assert "code-repository/sagemaker-seed" in why


def test_tags_of_the_stack_although_the_template_sets_none(launched):
    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam = launched.stacks.aws("iam")
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName="notebook", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    notebook = {
        "Type": "AWS::SageMaker::NotebookInstance",
        "Properties": {"InstanceType": "ml.t3.medium", "RoleArn": role},
    }
    further = [allow("sagemaker:CreateNotebookInstance", "iam:PassRole")]
    stack = launched({"Resources": {"Notebook": notebook}}, further=further, Tags=TAGS)
    assert "sagemaker:AddTags" in reasons(stack, "Notebook", "CREATE_FAILED")[0]


def test_a_pattern_too_narrow_for_the_generated_name(launched):
    config = {"Type": "AWS::SageMaker::NotebookInstanceLifecycleConfig", "Properties": {}}
    pattern = "arn:aws:sagemaker:*:*:notebook-instance-lifecycle-config/basicnotebook*"
    further = [allow("sagemaker:CreateNotebookInstanceLifecycleConfig", resource=pattern)]
    stack = launched({"Resources": {"Config": config}}, further=further)
    (why,) = reasons(stack, "Config", "CREATE_FAILED")
    assert "is not authorized to perform: sagemaker:CreateNotebookInstanceLifecycleConfig on resource:" in why


def test_a_function_is_tagged_on_creation(launched):
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam = launched.stacks.aws("iam")
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    name = "AmazonSageMakerServiceCatalogProductsUseRole"
    role = iam.create_role(RoleName=name, Path="/service-role/", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    properties = {
        "FunctionName": "sagemaker-f",
        "Runtime": "python3.12",
        "Handler": "index.handler",
        "Role": role,
        "Code": {"ZipFile": "def handler(event, context): pass"},
    }
    function = {"Type": "AWS::Lambda::Function", "Properties": properties}
    stack = launched({"Resources": {"Function": function}}, Tags=TAGS)
    (why,) = reasons(stack, "Function", "CREATE_FAILED")
    assert "is not authorized to perform: lambda:TagResource on resource: arn:aws:lambda:us-east-1:" in why
    assert "HandlerErrorCode: AccessDenied" in why


@pytest.mark.parametrize(
    ("property_", "value", "action"),
    [
        ("VersioningConfiguration", {"Status": "Enabled"}, "s3:PutBucketVersioning"),
        ("OwnershipControls", {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}, "s3:PutBucketOwnershipControls"),
    ],
)
def test_properties_of_buckets_that_the_role_does_not_cover(launched, property_, value, action):
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "sagemaker-b", property_: value}}
    stack = launched({"Resources": {"Bucket": bucket}})
    assert f"is not authorized to perform: {action} on resource" in reasons(stack, "Bucket", "CREATE_FAILED")[0]
    assert launched.stacks.aws("s3").list_buckets()["Buckets"] == []


def test_a_policy_for_the_use_role(launched):
    """The use role belongs to the portfolio, not to the project: a project's stack cannot give it permissions."""
    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam = launched.stacks.aws("iam")
    name = "AmazonSageMakerServiceCatalogProductsUseRole"
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam.create_role(RoleName=name, Path="/service-role/", AssumeRolePolicyDocument=document)
    properties = {
        "PolicyName": "ab-testing",
        "PolicyDocument": {"Version": "2012-10-17", "Statement": [allow("dynamodb:GetItem")]},
        "Roles": [name],
    }
    stack = launched({"Resources": {"Policy": {"Type": "AWS::IAM::Policy", "Properties": properties}}})
    assert (
        f"User: {SESSION} is not authorized to perform: iam:PutRolePolicy on resource: role {name} because no "
        "identity-based policy allows the iam:PutRolePolicy action" in reasons(stack, "Policy", "CREATE_FAILED")[0]
    )
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == []
    # What may not be put there may not be removed either: the stack stays.
    assert stack["StackStatus"] == "ROLLBACK_FAILED"
    assert "iam:DeleteRolePolicy" in reasons(stack, "Policy", "DELETE_FAILED")[0]


def test_seed_code_whose_placeholder_was_never_replaced(launched):
    launched.stacks.aws("s3").create_bucket(Bucket="sagemaker-seed")
    launched.stacks.aws("s3").put_object(Bucket="sagemaker-seed", Key="x", Body=b"")
    code = {"S3": {"Bucket": "sagemaker-seed", "Key": "SEED_KEY"}}
    repository = {
        "Type": "AWS::CodeCommit::Repository",
        "Properties": {"RepositoryName": "sagemaker-code", "Code": code},
    }
    stack = launched({"Resources": {"Code": repository}}, further=[allow("s3:ListBucket")])
    (why,) = reasons(stack, "Code", "CREATE_FAILED")
    assert why.startswith("Not Found (Service: Amazon S3; Status Code: 404")


def test_creation_works_and_the_update_does_not(stacks):
    role = cloudformation_role(stacks, "creator", allow("sns:CreateTopic", "sns:DeleteTopic"))
    template = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "one"}}}}
    assert stacks.create(template, RoleARN=role)["StackStatus"] == "CREATE_COMPLETE"
    template["Resources"]["Topic"]["Properties"]["DisplayName"] = "new"
    stack = stacks.update(template)
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_FAILED"  # going back needs the same action
    assert "SNS:SetTopicAttributes" in reasons(stack, "Topic", "UPDATE_FAILED")[0]


def test_a_bucket_name_that_is_too_long_and_one_that_is_taken(stacks):
    long = {"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "sagemaker-" + "x" * 60}}}}
    stack = stacks.create(long)
    assert "bucket" in reasons(stack, "B", "CREATE_FAILED")[0].lower()
    stacks.delete()
    kept = {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain", "Properties": {"BucketName": "kept"}}
    client = stacks.sandbox.client("cloudformation", region="eu-west-1")

    def launch(name):
        made = client.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": {"B": kept}}))
        assert stacks.sandbox.settle(30)
        return made["StackId"], client.describe_stacks(StackName=made["StackId"])["Stacks"][0]["StackStatus"]

    assert launch("first")[1] == "CREATE_COMPLETE"
    client.delete_stack(StackName="first")
    assert stacks.sandbox.settle(30)
    made, status = launch("second")
    assert status == "ROLLBACK_COMPLETE"
    events = client.describe_stack_events(StackName=made)["StackEvents"]
    (why,) = [one["ResourceStatusReason"] for one in events if one["ResourceStatus"] == "CREATE_FAILED"]
    assert "already" in why
    assert "HandlerErrorCode: AlreadyExists" in why


def test_a_managed_policy_that_is_gone(stacks):
    arn = "arn:aws:iam::aws:policy/service-role/AWSConfigRole"
    statement = {"Effect": "Allow", "Principal": {"Service": "config.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust, "ManagedPolicyArns": [arn]}}
    stack = stacks.create({"Resources": {"Role": role}})
    (why,) = reasons(stack, "Role", "CREATE_FAILED")
    assert f"Policy {arn} does not exist or is not attachable." in why
    assert not [one for one in stacks.aws("iam").list_roles()["Roles"] if "Role" in one["RoleName"]]


def test_parameters_of_systems_manager_are_read_with_the_callers_credentials(stacks):
    iam = stacks.aws("iam")
    stacks.aws("ssm").put_parameter(Name="image", Value="ami-1", Type="String")
    iam.create_user(UserName="bob")
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow("cloudformation:*", "sns:*")]})
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=document)
    keys = iam.create_access_key(UserName="bob")["AccessKey"]
    session = stacks.sandbox.botocore_session()
    session.set_credentials(keys["AccessKeyId"], keys["SecretAccessKey"])
    parameter = {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "image"}
    template = {"Parameters": {"Image": parameter}, "Resources": {"T": {"Type": "AWS::SNS::Topic"}}}
    with pytest.raises(Exception, match="is not authorized to perform: ssm:GetParameters on resource"):
        session.create_client("cloudformation").create_stack(StackName="x", TemplateBody=json.dumps(template))
