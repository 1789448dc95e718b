"""AWS SAM: serverless templates become what they stand for, and are launched."""

import gc
import io
import json
import zipfile

import pytest
from stacks_in_process import failures, reasons, refused

from launchrole.services.cloudformation import sam

SAM = "AWS::Serverless-2016-10-31"


def function(**properties):
    given = {"Handler": "index.handler", "Runtime": "python3.12", "CodeUri": "s3://code/app.zip", **properties}
    return {"Type": "AWS::Serverless::Function", "Properties": given}


def template(transform=SAM, **resources):
    return {"Transform": transform, "Resources": resources}


@pytest.fixture
def code(stacks):
    """Stacks of an account with a function's package in S3."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as package:
        package.writestr("index.py", "def handler(event, context):\n    return event\n")
    s3 = stacks.aws("s3")
    s3.create_bucket(Bucket="code")
    s3.put_object(Bucket="code", Key="app.zip", Body=written.getvalue())
    return stacks


def test_nothing_is_complained_of_on_the_way(caplog):
    handler = function(InlineCode="def handler(event, context): pass")
    del handler["Properties"]["CodeUri"]
    for _ in range(2):  # the translator complains of one when it takes the next
        sam.translated(template(Handler=handler), {}, "us-east-1", dict)
    gc.collect()
    assert caplog.records == []


def test_a_function_with_its_events_is_launched_and_deleted(code):
    api = {"Type": "Api", "Properties": {"Path": "/orders", "Method": "get"}}
    daily = {"Type": "Schedule", "Properties": {"Schedule": "rate(1 day)"}}
    queue = {"Type": "SQS", "Properties": {"Queue": {"Fn::GetAtt": ["Queue", "Arn"]}}}
    table = {"Type": "AWS::Serverless::SimpleTable"}
    policies = [
        "AWSLambdaBasicExecutionRole",
        {"SQSPollerPolicy": {"QueueName": {"Fn::GetAtt": ["Queue", "QueueName"]}}},
    ]
    events = {"Api": api, "Daily": daily, "Queue": queue}
    fn = function(AutoPublishAlias="live", Policies=policies, Events=events)
    stack = code.create(template(Fn=fn, Table=table, Queue={"Type": "AWS::SQS::Queue"}))
    assert stack["StackStatus"] == "CREATE_COMPLETE", failures(stack)
    made = {
        one["ResourceType"] for one in code.client.list_stack_resources(StackName="stack")["StackResourceSummaries"]
    }
    assert made == {
        "AWS::Lambda::Function", "AWS::Lambda::Version", "AWS::Lambda::Alias", "AWS::Lambda::Permission",
        "AWS::Lambda::EventSourceMapping", "AWS::IAM::Role", "AWS::Events::Rule", "AWS::ApiGateway::RestApi",
        "AWS::ApiGateway::Deployment", "AWS::ApiGateway::Stage", "AWS::DynamoDB::Table", "AWS::SQS::Queue",
    }  # fmt: skip
    attached = code.aws("iam").list_attached_role_policies(RoleName=code.physical("FnRole"))["AttachedPolicies"]
    assert [one["PolicyArn"] for one in attached] == [
        "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
        "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole",
    ]
    assert code.delete()["StackStatus"] == "DELETE_COMPLETE"
    # SAM keeps the versions that it publishes
    assert [one["FunctionName"] for one in code.aws("lambda").list_functions()["Functions"]] == []


def test_a_new_package_publishes_a_new_version_and_a_new_path_is_imported(code):
    api = {"Type": "Api", "Properties": {"Path": "/one", "Method": "get"}}
    code.create(template(Fn=function(AutoPublishAlias="live", Events={"Api": api})))
    api["Properties"]["Path"] = "/two"
    code.aws("s3").put_object(
        Bucket="code", Key="next.zip", Body=code.aws("s3").get_object(Bucket="code", Key="app.zip")["Body"].read()
    )
    second = template(Fn=function(AutoPublishAlias="live", CodeUri="s3://code/next.zip", Events={"Api": api}))
    code.client.update_stack(
        StackName="stack",
        TemplateBody=json.dumps(second),
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    stack = code.settled(code.client.describe_stacks(StackName="stack")["Stacks"][0]["StackId"])
    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    name = code.physical("Fn")
    assert code.aws("lambda").get_alias(FunctionName=name, Name="live")["FunctionVersion"] == "2"
    paths = code.aws("apigateway").get_resources(restApiId=code.physical("ServerlessRestApi"))["items"]
    assert {one["path"] for one in paths} == {"/", "/two"}


def test_the_processed_template_is_shown_beside_the_original(code):
    code.create(template(Fn=function()))
    original = code.client.get_template(StackName="stack")["TemplateBody"]
    assert original["Resources"]["Fn"]["Type"] == "AWS::Serverless::Function"
    processed = code.client.get_template(StackName="stack", TemplateStage="Processed")["TemplateBody"]
    assert {one["Type"] for one in processed["Resources"].values()} == {"AWS::Lambda::Function", "AWS::IAM::Role"}
    assert "Transform" not in processed


def test_creating_needs_the_capability_and_a_change_set_does_not(code):
    body = json.dumps(template(Fn=function()))
    capabilities = ["CAPABILITY_IAM"]
    assert refused(code.client.create_stack, StackName="stack", TemplateBody=body, Capabilities=capabilities) == (
        "InsufficientCapabilitiesException",
        "Requires capabilities : [CAPABILITY_AUTO_EXPAND]",
    )
    code.client.create_change_set(
        StackName="stack", ChangeSetName="one", ChangeSetType="CREATE", TemplateBody=body, Capabilities=capabilities
    )
    changes = code.client.describe_change_set(StackName="stack", ChangeSetName="one")["Changes"]
    assert {one["ResourceChange"]["LogicalResourceId"] for one in changes} == {"Fn", "FnRole"}


@pytest.mark.parametrize(
    ("resources", "told"),
    [
        (
            {"Fn": function(CodeUri="./src")},
            "Number of errors found: 1. Resource with id [Fn] is invalid. 'CodeUri' is not a valid S3 Uri of the form "
            "'s3://bucket/key' with optional versionId query parameter.",
        ),
        (
            {"B": function(Handler=None, CodeUri=None), "A": function(CodeUri=None)},
            "Number of errors found: 2. Resource with id [A] is invalid. ",
        ),
    ],
)
def test_what_the_transform_refuses(stacks, resources, told):
    for one in resources.values():
        one["Properties"] = {name: value for name, value in one["Properties"].items() if value is not None}
    body = json.dumps(template(**resources))
    code, message = refused(
        stacks.client.create_stack, StackName="s", TemplateBody=body, Capabilities=["CAPABILITY_AUTO_EXPAND"]
    )
    assert code == "ValidationError"
    assert message.startswith(
        "Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless Application Specification document. "
        + told
    )


def test_an_application_is_a_nested_stack(stacks):
    nested = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "inside"}}}}
    stacks.aws("s3").create_bucket(Bucket="apps")
    stacks.aws("s3").put_object(Bucket="apps", Key="app.json", Body=json.dumps(nested).encode())
    location = "https://apps.s3.us-east-1.amazonaws.com/app.json"
    app = {"Type": "AWS::Serverless::Application", "Properties": {"Location": location}}
    stack = stacks.create(template(App=app))
    assert stack["StackStatus"] == "CREATE_COMPLETE", reasons(stack, "App", "CREATE_FAILED")
    assert stacks.physical("App").startswith("arn:aws:cloudformation:")
    assert [one["TopicArn"].split(":")[-1] for one in stacks.aws("sns").list_topics()["Topics"]] == ["inside"]


def test_an_application_of_the_repository_is_refused_by_name(stacks):
    location = {
        "ApplicationId": "arn:aws:serverlessrepo:us-east-1:123456789012:applications/a",
        "SemanticVersion": "1.0.0",
    }
    app = {"Type": "AWS::Serverless::Application", "Properties": {"Location": location}}
    code, message = refused(
        stacks.client.create_stack,
        StackName="s",
        TemplateBody=json.dumps(template(App=app)),
        Capabilities=["CAPABILITY_AUTO_EXPAND"],
    )
    assert code == "NotImplemented"
    assert "Location of App " in message


def test_loops_are_unrolled_before_serverless_resources_are_translated(code):
    loop = {"Fn::ForEach::Names": ["Name", ["One", "Two"], {"Fn${Name}": function(Description={"Fn::Sub": "${Name}"})}]}
    stack = code.create({"Transform": ["AWS::LanguageExtensions", SAM], "Resources": loop})
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    functions = code.aws("lambda").list_functions()["Functions"]
    assert sorted(one["Description"] for one in functions) == ["One", "Two"]


def test_the_region_and_the_managed_policies_are_those_given():
    body = template(
        Fn=function(Policies=["Some"], Events={"Api": {"Type": "Api", "Properties": {"Path": "/", "Method": "get"}}})
    )
    found = sam.translated(body, {}, "cn-north-1", lambda: {"Some": "arn:aws-cn:iam::aws:policy/job-function/Some"})
    resources = found["Resources"]
    assert resources["FnRole"]["Properties"]["ManagedPolicyArns"][1] == "arn:aws-cn:iam::aws:policy/job-function/Some"
    assert "arn:aws-cn:execute-api" in json.dumps(resources["FnApiPermissionProd"])


def test_an_inline_policy_needs_no_version(stacks):
    iam = stacks.aws("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
    document = json.dumps({"Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]})
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=document)
    assert "Version" not in iam.get_role_policy(RoleName="r", PolicyName="p")["PolicyDocument"]
    code, message = refused(iam.create_policy, PolicyName="p", PolicyDocument=document)
    assert (code, message) == ("MalformedPolicyDocument", "Policy document must be version 2012-10-17 or greater.")
