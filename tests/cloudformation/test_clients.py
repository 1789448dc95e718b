"""Stacks through an endpoint on a port, by the clients that people have: boto3 with its waiters and paginators, and the
`aws` command."""

import http.client
import json
import time

import boto3
import pytest
from botocore.exceptions import ClientError, WaiterError

from commands import AWS, environment, run
from endpoint import ACCOUNT, allow, trust
from launchrole.account import server

TOPIC = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Name"}}}
TEMPLATE = {
    "Parameters": {"Name": {"Type": "String", "Default": "first"}},
    "Resources": {"Topic": TOPIC},
    "Outputs": {"Topic": {"Value": {"Ref": "Topic"}}},
}
BODY = json.dumps(TEMPLATE)


@pytest.fixture
def cloudformation(endpoint):
    return endpoint.client("cloudformation", endpoint.sandbox.root())


def done(client, waiter, **params):
    """Wait as boto3's waiters do by themselves: what is not done when they first look costs them thirty seconds."""
    begun = time.monotonic()
    client.get_waiter(waiter).wait(**params)
    assert time.monotonic() - begun < 5, f"{waiter} had to look twice"


def parameter(value):
    return [{"ParameterKey": "Name", "ParameterValue": value}]


def test_boto3_creates_updates_and_deletes(endpoint, cloudformation):
    made = cloudformation.create_stack(StackName="one", TemplateBody=BODY, OnFailure="DELETE")
    done(cloudformation, "stack_create_complete", StackName="one")
    done(cloudformation, "stack_exists", StackName="one")
    cloudformation.update_stack(StackName="one", UsePreviousTemplate=True, Parameters=parameter("second"))
    done(cloudformation, "stack_update_complete", StackName="one")
    (stack,) = cloudformation.get_paginator("describe_stacks").paginate(StackName="one").search("Stacks")
    (output,) = stack["Outputs"]
    topic = endpoint.client("sns", endpoint.sandbox.root()).get_topic_attributes(TopicArn=output["OutputValue"])
    assert topic["Attributes"]["DisplayName"] == "second"
    cloudformation.delete_stack(StackName="one")
    done(cloudformation, "stack_delete_complete", StackName=made["StackId"])


def test_boto3_by_its_resources(endpoint):
    keys = endpoint.sandbox.root()
    resource = boto3.session.Session(keys.access_key_id, keys.secret).resource(
        "cloudformation", "eu-west-1", endpoint_url=endpoint.url
    )
    resource.create_stack(StackName="one", TemplateBody=BODY)
    (stack,) = resource.stacks.all()
    (summary,) = stack.resource_summaries.all()
    assert (stack.stack_status, summary.logical_id) == ("CREATE_COMPLETE", "Topic")
    assert stack.outputs[0]["OutputValue"].startswith(f"arn:aws:sns:eu-west-1:{ACCOUNT}:one-Topic-")
    assert stack.Resource("Topic").resource_type == "AWS::SNS::Topic"
    assert next(iter(stack.events.all())).resource_status == "CREATE_COMPLETE"


def test_boto3_reads_page_by_page(endpoint, cloudformation):
    parameter = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "v"}}
    template = {"Resources": {f"Parameter{number}": parameter for number in range(101)}}
    cloudformation.create_stack(StackName="many", TemplateBody=json.dumps(template))
    assert endpoint.sandbox.settle(60)
    for name, member, pages, count in [
        ("list_stack_resources", "StackResourceSummaries", 2, 101),
        ("describe_stack_events", "StackEvents", 4, 3 * 101 + 2),
    ]:
        found = [page[member] for page in cloudformation.get_paginator(name).paginate(StackName="many")]
        assert (len(found), sum(map(len, found))) == (pages, count), name


def test_boto3_creates_and_updates_by_change_sets(cloudformation):
    for kind, value, waiter, action in [
        ("CREATE", "first", "stack_create_complete", "Add"),
        ("UPDATE", "second", "stack_update_complete", "Modify"),
    ]:
        names = {"StackName": "one", "ChangeSetName": value}
        cloudformation.create_change_set(
            **names, ChangeSetType=kind, TemplateBody=BODY, Parameters=parameter(value), Description=f"the {value}"
        )
        done(cloudformation, "change_set_create_complete", **names)
        (change,) = cloudformation.get_paginator("describe_change_set").paginate(**names).search("Changes")
        assert change["ResourceChange"]["Action"] == action
        assert cloudformation.get_template(**names)["TemplateBody"] == TEMPLATE
        cloudformation.execute_change_set(**names)
        done(cloudformation, waiter, StackName="one")
    cloudformation.create_change_set(
        StackName="one", ChangeSetName="none", TemplateBody=BODY, Parameters=parameter("second")
    )
    with pytest.raises(WaiterError) as failed:
        cloudformation.get_waiter("change_set_create_complete").wait(StackName="one", ChangeSetName="none")
    assert failed.value.last_response["StatusReason"].startswith("The submitted information didn't contain changes.")
    cloudformation.delete_change_set(StackName="one", ChangeSetName="none")
    names = [one["ChangeSetName"] for one in cloudformation.list_change_sets(StackName="one")["Summaries"]]
    assert "none" not in names


def test_boto3_is_told_why_a_launch_under_a_role_was_denied(endpoint, cloudformation):
    iam = endpoint.client("iam", endpoint.sandbox.root())
    role = iam.create_role(RoleName="launch", AssumeRolePolicyDocument=trust("cloudformation"))["Role"]["Arn"]
    iam.put_role_policy(RoleName="launch", PolicyName="p", PolicyDocument=allow("sns:CreateTopic", "arn:aws:sns:*:*:x"))
    cloudformation.create_stack(StackName="denied", TemplateBody=BODY, RoleARN=role)
    with pytest.raises(WaiterError) as failed:
        cloudformation.get_waiter("stack_create_complete").wait(StackName="denied")
    (stack,) = failed.value.last_response["Stacks"]
    assert (stack["StackStatus"], stack["RoleARN"]) == ("ROLLBACK_COMPLETE", role)
    events = cloudformation.get_paginator("describe_stack_events").paginate(StackName="denied").search("StackEvents")
    (why,) = [one["ResourceStatusReason"] for one in events if one["ResourceStatus"] == "CREATE_FAILED"]
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/launch/AWSCloudFormation"
    assert f"User: {session} is not authorized to perform: SNS:CreateTopic on resource: arn:aws:sns:" in why
    assert "because no identity-based policy allows the SNS:CreateTopic action" in why
    cloudformation.delete_stack(StackName="denied")
    done(cloudformation, "stack_delete_complete", StackName="denied")


def test_an_operation_that_takes_long_is_not_waited_for(endpoint, cloudformation, monkeypatch):
    monkeypatch.setattr(server, "PATIENCE", 0.5)
    handle = {"Type": "AWS::CloudFormation::WaitConditionHandle"}
    condition = {
        "Type": "AWS::CloudFormation::WaitCondition",
        "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": 600},
    }
    waiting = json.dumps({"Resources": {"Handle": handle, "Condition": condition}})
    begun = time.monotonic()
    cloudformation.create_stack(StackName="waiting", TemplateBody=waiting)
    assert 0.5 <= time.monotonic() - begun < 10
    (stack,) = cloudformation.describe_stacks(StackName="waiting")["Stacks"]
    assert stack["StackStatus"] == "CREATE_IN_PROGRESS"
    cloudformation.signal_resource(StackName="waiting", LogicalResourceId="Condition", UniqueId="1", Status="SUCCESS")
    assert endpoint.sandbox.settle(30)
    done(cloudformation, "stack_create_complete", StackName="waiting")


def test_an_answer_has_one_date(endpoint):
    """The AWS SDK for JavaScript sets its clock by it, and signs nothing with a clock that it cannot read."""
    s3 = endpoint.client("s3", endpoint.sandbox.root(), signature_version="s3v4")
    s3.create_bucket(Bucket="dated")
    url = s3.generate_presigned_url("list_objects_v2", {"Bucket": "dated"})
    connection = http.client.HTTPConnection(endpoint.url.removeprefix("http://"))
    connection.request("GET", url.removeprefix(endpoint.url))
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert (answer.status, len(answer.headers.get_all("date"))) == (200, 1)


@pytest.fixture
def aws(endpoint, tmp_path):
    """The `aws` command of an administrator, in a folder with a template."""
    (tmp_path / "template.json").write_text(BODY)
    surroundings = environment(endpoint.url, endpoint.sandbox.root(), tmp_path)

    def command(line, expected=0):
        finished = run([AWS, *line.split()], surroundings, tmp_path)
        assert finished.returncode == expected, (line, finished.stdout, finished.stderr)
        return finished.stdout + finished.stderr

    return command


def test_aws_deploys(aws):
    deploy = "cloudformation deploy --template-file template.json --stack-name one"
    assert "Successfully created/updated stack - one" in aws(f"{deploy} --parameter-overrides Name=a --tags team=x")
    changed = f"{deploy} --parameter-overrides Name=b --tags team=x"
    assert "Successfully created/updated stack - one" in aws(changed)
    assert "No changes to deploy. Stack one is up to date" in aws(f"{changed} --no-fail-on-empty-changeset")
    assert "No changes to deploy" in aws(f"{changed} --fail-on-empty-changeset", 255)
    described = json.loads(aws("cloudformation describe-stacks --stack-name one"))["Stacks"][0]
    assert (described["StackStatus"], described["Tags"]) == ("UPDATE_COMPLETE", [{"Key": "team", "Value": "x"}])
    aws("cloudformation delete-stack --stack-name one")
    aws("cloudformation wait stack-delete-complete --stack-name one")


def test_aws_packages_and_deploys(aws, tmp_path):
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "index.py").write_text("def handler(event, context):\n    return 1\n")
    role = {"AssumeRolePolicyDocument": json.loads(trust("lambda"))}
    function = {
        "Handler": "index.handler",
        "Runtime": "python3.12",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Code": "code",
    }
    resources = {
        "Role": {"Type": "AWS::IAM::Role", "Properties": role},
        "Function": {"Type": "AWS::Lambda::Function", "Properties": function},
        "Nested": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "template.json"}},
    }
    (tmp_path / "local.json").write_text(json.dumps({"Resources": resources}))
    aws("s3 mb s3://artifacts-of-tests")
    aws(
        "cloudformation package --template-file local.json --s3-bucket artifacts-of-tests --use-json "
        "--output-template-file packaged.json"
    )
    assert (
        "requires capabilities"
        in aws("cloudformation deploy --template-file packaged.json --stack-name one", 255).lower()
    )
    aws("cloudformation deploy --template-file packaged.json --stack-name one --capabilities CAPABILITY_IAM")
    found = json.loads(aws("cloudformation list-stack-resources --stack-name one"))["StackResourceSummaries"]
    assert {one["LogicalResourceId"]: one["ResourceStatus"] for one in found} == dict.fromkeys(
        resources, "CREATE_COMPLETE"
    )


def test_a_client_without_permission_is_told_so(endpoint):
    iam = endpoint.client("iam", endpoint.sandbox.root())
    iam.create_user(UserName="reader")
    iam.put_user_policy(UserName="reader", PolicyName="p", PolicyDocument=allow("cloudformation:Describe*"))
    reader = endpoint.client("cloudformation", iam.create_access_key(UserName="reader")["AccessKey"])
    assert reader.describe_stacks()["Stacks"] == []
    with pytest.raises(ClientError, match="not authorized to perform: cloudformation:CreateStack on resource"):
        reader.create_stack(StackName="one", TemplateBody=BODY)
