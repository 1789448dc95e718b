"""Creating, updating, replacing, rolling back and deleting stacks."""

import json

import pytest
from stacks_in_process import ACCOUNT, allow, cloudformation_role, reasons, refused, statuses

from launchrole.account.authorizer import Via

TOPIC = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "one", "DisplayName": {"Ref": "Name"}}}
TWO = {
    "Parameters": {
        "Name": {"Type": "String", "Default": "first"},
        "Secret": {"Type": "String", "NoEcho": True, "Default": "s"},
    },
    "Resources": {
        "Topic": TOPIC,
        "Parameter": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Type": "String", "Value": {"Fn::Sub": "${Topic.TopicName} ${Name}"}},
        },
    },
    "Outputs": {
        "Arn": {"Value": {"Ref": "Topic"}, "Export": {"Name": "arn"}},
        "Value": {"Value": {"Fn::GetAtt": ["Parameter", "Value"]}},
    },
}


def changed(template, **resources):
    """A template with some resources replaced; None takes one away."""
    found = json.loads(json.dumps(template))
    for name, one in resources.items():
        if one is None:
            del found["Resources"][name]
        else:
            found["Resources"][name] = one
    return found


def test_from_creation_to_deletion(stacks):
    stack = stacks.create(TWO)
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert stack["outputs"] == {"Arn": "arn:aws:sns:us-east-1:123456789012:one", "Value": "one first"}
    shown = {one["ParameterKey"]: one["ParameterValue"] for one in stack["Parameters"]}
    assert shown == {"Name": "first", "Secret": "****"}
    order = [(one["LogicalResourceId"], one["ResourceStatus"]) for one in stack["events"]]
    assert order == [
        ("stack", "CREATE_IN_PROGRESS"),
        ("Topic", "CREATE_IN_PROGRESS"),
        ("Topic", "CREATE_IN_PROGRESS"),
        ("Topic", "CREATE_COMPLETE"),
        ("Parameter", "CREATE_IN_PROGRESS"),
        ("Parameter", "CREATE_IN_PROGRESS"),
        ("Parameter", "CREATE_COMPLETE"),
        ("stack", "CREATE_COMPLETE"),
    ]
    gone = stacks.delete()
    assert gone["StackStatus"] == "DELETE_COMPLETE"
    assert stacks.aws("sns").list_topics()["Topics"] == []
    assert stacks.aws("ssm").describe_parameters()["Parameters"] == []
    assert refused(stacks.client.describe_stacks, StackName="stack") == (
        "ValidationError",
        "Stack with id stack does not exist",
    )
    assert stacks.client.list_exports()["Exports"] == []


def test_what_changed_is_updated_in_place_and_the_rest_left_alone(stacks):
    stacks.create(TWO)
    stack = stacks.update(parameters={"Name": "second"})
    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    assert stack["outputs"]["Value"] == "one second"
    attributes = stacks.aws("sns").get_topic_attributes(TopicArn=stack["outputs"]["Arn"])["Attributes"]
    assert attributes["DisplayName"] == "second"
    code, message = refused(
        stacks.client.update_stack,
        StackName="stack",
        UsePreviousTemplate=True,
        Parameters=[{"ParameterKey": "Name", "UsePreviousValue": True}],
    )
    assert (code, message) == ("ValidationError", "No updates are to be performed.")


def test_a_create_only_property_replaces_and_the_old_resource_goes_at_the_end(stacks):
    stacks.create(TWO)
    renamed = changed(TWO, Topic={**TOPIC, "Properties": {"TopicName": "two"}})
    stack = stacks.update(renamed)
    assert stack["outputs"] == {"Arn": "arn:aws:sns:us-east-1:123456789012:two", "Value": "two first"}
    assert statuses(stack, "Topic")[3:] == [
        "UPDATE_IN_PROGRESS",
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE",
        "DELETE_IN_PROGRESS",
        "DELETE_COMPLETE",
    ]
    assert [one["TopicArn"] for one in stacks.aws("sns").list_topics()["Topics"]] == [stack["outputs"]["Arn"]]


def test_resources_come_and_go_with_the_template(stacks):
    stacks.create(TWO)
    other = {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "other", "Type": "String", "Value": "v"}}
    without = changed(TWO, Parameter=None, Other=other)
    del without["Outputs"]["Value"]
    stack = stacks.update(without)
    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    assert [one["Name"] for one in stacks.aws("ssm").describe_parameters()["Parameters"]] == ["other"]
    assert statuses(stack, "Parameter")[-2:] == ["DELETE_IN_PROGRESS", "DELETE_COMPLETE"]


def test_a_failed_creation_leaves_nothing(stacks):
    stacks.aws("ssm").put_parameter(Name="taken", Value="v", Type="String")
    taken = {
        "Type": "AWS::SSM::Parameter",
        "DependsOn": "Topic",
        "Properties": {"Name": "taken", "Type": "String", "Value": "v"},
    }
    stack = stacks.create(changed(TWO, Taken=taken))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    (why,) = reasons(stack, "stack", "ROLLBACK_IN_PROGRESS")
    assert why.startswith("The following resource(s) failed to create: [")
    assert "Taken" in why
    assert why.endswith("]. Rollback requested by user.")
    assert "already exists" in reasons(stack, "Taken", "CREATE_FAILED")[0]
    assert stacks.aws("sns").list_topics()["Topics"] == []
    assert [one["Name"] for one in stacks.aws("ssm").describe_parameters()["Parameters"]] == ["taken"]
    assert stacks.delete()["StackStatus"] == "DELETE_COMPLETE"


@pytest.mark.parametrize(
    ("further", "status", "left"),
    [
        ({"OnFailure": "DO_NOTHING"}, "CREATE_FAILED", 1),
        ({"DisableRollback": True}, "CREATE_FAILED", 1),
        ({"OnFailure": "DELETE"}, "DELETE_COMPLETE", 0),
    ],
)
def test_what_becomes_of_a_failed_creation(stacks, further, status, left):
    bad = {"Type": "AWS::SSM::Parameter", "DependsOn": "Topic", "Properties": {"Value": "no type"}}
    template = changed(TWO, Parameter={**bad})
    del template["Outputs"]["Value"]
    stack = stacks.create(template, **further)
    assert stack["StackStatus"] == status
    assert reasons(stack, "Parameter", "CREATE_FAILED") == [
        "Property validation failure: [The property {/Type} is required]"
    ]
    assert len(stacks.aws("sns").list_topics()["Topics"]) == left


def test_a_failed_update_is_rolled_back(stacks):
    stacks.create(TWO)
    bad = {"Type": "AWS::SSM::Parameter", "DependsOn": "Topic", "Properties": {"Value": "no type"}}
    stack = stacks.update(changed(TWO, Bad=bad), parameters={"Name": "second"})
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert statuses(stack, "Topic")[3:] == ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"] * 2
    attributes = stacks.aws("sns").get_topic_attributes(TopicArn=stack["outputs"]["Arn"])["Attributes"]
    assert attributes["DisplayName"] == "first"
    assert {one["ParameterKey"]: one["ParameterValue"] for one in stack["Parameters"]}["Name"] == "first"
    assert "Bad" not in stacks.client.get_template(StackName="stack")["TemplateBody"]["Resources"]


def test_a_replacement_is_taken_back(stacks):
    stacks.create(TWO)
    bad = {"Type": "AWS::SSM::Parameter", "DependsOn": "Topic", "Properties": {"Value": "no type"}}
    stack = stacks.update(changed(TWO, Topic={**TOPIC, "Properties": {"TopicName": "two"}}, Bad=bad))
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert [one["TopicArn"] for one in stacks.aws("sns").list_topics()["Topics"]] == [
        "arn:aws:sns:us-east-1:123456789012:one"
    ]
    assert stacks.physical("Topic").endswith(":one")


def test_policies_keep_resources(stacks):
    kept = {**TOPIC, "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    stacks.create(changed(TWO, Topic=kept))
    stacks.update(changed(TWO, Topic={**kept, "Properties": {"TopicName": "two"}}))
    stack = stacks.delete()
    assert statuses(stack, "Topic")[-1] == "DELETE_SKIPPED"
    arns = {one["TopicArn"].rpartition(":")[2] for one in stacks.aws("sns").list_topics()["Topics"]}
    assert arns == {"one", "two"}


def test_a_bucket_that_is_not_empty_fails_the_deletion_until_it_is_retained(stacks):
    stacks.create({"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}}})
    bucket = stacks.physical("Bucket")
    stacks.aws("s3").put_object(Bucket=bucket, Key="k", Body=b"v")
    stack = stacks.delete()
    assert stack["StackStatus"] == "DELETE_FAILED"
    assert stack["StackStatusReason"] == "The following resource(s) failed to delete: [Bucket]. "
    assert "The bucket you tried to delete is not empty" in reasons(stack, "Bucket", "DELETE_FAILED")[0]
    assert stacks.delete(RetainResources=["Bucket"])["StackStatus"] == "DELETE_COMPLETE"
    assert stacks.aws("s3").list_buckets()["Buckets"][0]["Name"] == bucket


def test_every_call_is_decided_under_the_role(stacks):
    role = cloudformation_role(stacks, "narrow", allow("sns:*"))
    stack = stacks.create(TWO, RoleARN=role)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    (why,) = reasons(stack, "Parameter", "CREATE_FAILED")
    assert (
        "User: arn:aws:sts::123456789012:assumed-role/narrow/AWSCloudFormation is not authorized to perform: "
        "ssm:PutParameter on resource: arn:aws:ssm:us-east-1:123456789012:parameter/" in why
    )
    assert why.endswith("HandlerErrorCode: AccessDenied)")
    assert stacks.aws("sns").list_topics()["Topics"] == []


def test_a_role_that_cannot_be_assumed_is_refused(stacks):
    role = "arn:aws:iam::123456789012:role/nobody"
    code, message = refused(stacks.client.create_stack, StackName="x", TemplateBody=json.dumps(TWO), RoleARN=role)
    assert (code, message) == ("ValidationError", f"Role {role} is invalid or cannot be assumed")


def test_without_a_role_calls_carry_the_callers_credentials(stacks):
    iam = stacks.aws("iam")
    iam.create_user(UserName="bob")
    condition = {"StringEquals": {"aws:CalledViaLast": "cloudformation.amazonaws.com"}}
    statements = [allow("cloudformation:*"), {**allow("sns:*", "ssm:*"), "Condition": condition}]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=document)
    keys = iam.create_access_key(UserName="bob")["AccessKey"]
    session = stacks.sandbox.botocore_session()
    session.set_credentials(keys["AccessKeyId"], keys["SecretAccessKey"])
    client = session.create_client("cloudformation")
    made = client.create_stack(StackName="stack", TemplateBody=json.dumps(TWO))
    assert stacks.settled(made["StackId"])["StackStatus"] == "CREATE_COMPLETE"
    _, message = refused(session.create_client("sns").create_topic, Name="x")
    assert "is not authorized to perform: SNS:CreateTopic" in message


def test_only_service_catalog_gives_a_stack_tags_of_aws(stacks):
    tags = [{"Key": "aws:servicecatalog:x", "Value": "y"}]
    code, message = refused(stacks.client.create_stack, StackName="x", TemplateBody=json.dumps(TWO), Tags=tags)
    assert (code, "reserved for AWS" in message) == ("ValidationError", True)


def test_tags_of_the_stack_reach_its_resources(stacks):
    stacks.client = stacks.sandbox.client("cloudformation", via=Via(assumed_by="servicecatalog.amazonaws.com"))
    stacks.create(
        {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}, "Topic": {"Type": "AWS::SNS::Topic"}}},
        Tags=[{"Key": "team", "Value": "red"}, {"Key": "aws:servicecatalog:x", "Value": "y"}],
    )
    bucket = stacks.physical("Bucket")
    assert stacks.aws("s3").get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "team", "Value": "red"}]
    topic = stacks.physical("Topic")
    assert stacks.aws("sns").list_tags_for_resource(ResourceArn=topic)["Tags"] == [{"Key": "team", "Value": "red"}]
    stacks.client = stacks.aws("cloudformation")
    stacks.update(Tags=[{"Key": "team", "Value": "blue"}])
    assert stacks.aws("s3").get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "team", "Value": "blue"}]
    assert stacks.aws("sns").list_tags_for_resource(ResourceArn=topic)["Tags"] == [{"Key": "team", "Value": "blue"}]


def test_exports_tie_stacks_together(stacks):
    stacks.create(TWO)
    user = {
        "Resources": {
            "P": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Fn::ImportValue": "arn"}}}
        }
    }
    stacks.create(user, name="user")
    assert stacks.client.list_imports(ExportName="arn")["Imports"] == ["user"]
    assert refused(stacks.client.delete_stack, StackName="stack") == (
        "ValidationError",
        "Export arn cannot be deleted as it is in use by user",
    )
    stacks.delete("user")
    assert stacks.delete()["StackStatus"] == "DELETE_COMPLETE"


def test_termination_protection_and_stack_policies(stacks):
    deny = {"Effect": "Deny", "Principal": "*", "Action": "Update:Replace", "Resource": "LogicalResourceId/Topic"}
    free = {"Effect": "Allow", "Principal": "*", "Action": "Update:*", "Resource": "*"}
    stacks.create(TWO, EnableTerminationProtection=True, StackPolicyBody=json.dumps({"Statement": [deny, free]}))
    assert "TerminationProtection" in refused(stacks.client.delete_stack, StackName="stack")[1]
    stack = stacks.update(changed(TWO, Topic={**TOPIC, "Properties": {"TopicName": "two"}}))
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "Action denied by stack policy" in reasons(stack, "Topic", "UPDATE_FAILED")[0]
    stacks.client.update_termination_protection(StackName="stack", EnableTerminationProtection=False)
    assert stacks.delete()["StackStatus"] == "DELETE_COMPLETE"


def test_a_rollback_that_fails_is_continued(stacks):
    role = cloudformation_role(stacks, "worker", allow("sns:*", "ssm:*"))
    stacks.create(TWO, RoleARN=role)
    iam = stacks.aws("iam")
    stop = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "ssm:PutParameter", "Resource": "*"}]}
    )
    iam.put_role_policy(RoleName="worker", PolicyName="stop", PolicyDocument=stop)
    no_names = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Deny", "Action": "sns:SetTopicAttributes", "Resource": "*"}],
        }
    )
    iam.put_role_policy(RoleName="worker", PolicyName="names", PolicyDocument=no_names)
    stack = stacks.update(parameters={"Name": "second"})
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_FAILED"
    iam.delete_role_policy(RoleName="worker", PolicyName="names")
    iam.delete_role_policy(RoleName="worker", PolicyName="stop")
    stacks.client.continue_update_rollback(StackName="stack")
    stack = stacks.settled(stack["StackId"])
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert stack["outputs"]["Value"] == "one first"


def test_change_sets(stacks):
    client = stacks.client
    made = client.create_change_set(
        StackName="stack", ChangeSetName="first", ChangeSetType="CREATE", TemplateBody=json.dumps(TWO)
    )
    assert client.describe_stacks(StackName="stack")["Stacks"][0]["StackStatus"] == "REVIEW_IN_PROGRESS"
    found = client.describe_change_set(ChangeSetName=made["Id"])
    assert [one["ResourceChange"]["Action"] for one in found["Changes"]] == ["Add", "Add"]
    client.execute_change_set(ChangeSetName=made["Id"])
    assert stacks.settled(made["StackId"])["StackStatus"] == "CREATE_COMPLETE"
    renamed = changed(TWO, Topic={**TOPIC, "Properties": {"TopicName": "two"}})
    client.create_change_set(StackName="stack", ChangeSetName="second", TemplateBody=json.dumps(renamed))
    found = client.describe_change_set(StackName="stack", ChangeSetName="second")
    topic = next(
        one["ResourceChange"] for one in found["Changes"] if one["ResourceChange"]["LogicalResourceId"] == "Topic"
    )
    assert (topic["Action"], topic["Replacement"], topic["PolicyAction"]) == ("Modify", "True", "ReplaceAndDelete")
    client.execute_change_set(StackName="stack", ChangeSetName="second")
    assert stacks.settled(made["StackId"])["outputs"]["Arn"].endswith(":two")
    client.create_change_set(StackName="stack", ChangeSetName="none", UsePreviousTemplate=True)
    nothing = client.describe_change_set(StackName="stack", ChangeSetName="none")
    assert nothing["Status"] == "FAILED"
    assert nothing["StatusReason"].startswith("The submitted information didn't contain changes.")
    code, message = refused(client.execute_change_set, StackName="stack", ChangeSetName="none")
    assert code == "InvalidChangeSetStatus"
    assert message.endswith("cannot be executed in its current status of [FAILED]")
    client.delete_change_set(StackName="stack", ChangeSetName="none")
    assert refused(client.describe_change_set, StackName="stack", ChangeSetName="none") == (
        "ChangeSetNotFound",
        "ChangeSet [none] does not exist",
    )


def test_nested_stacks_carry_their_cause_up(stacks):
    s3 = stacks.aws("s3")
    s3.create_bucket(Bucket="templates")
    s3.put_object(Bucket="templates", Key="inner.json", Body=json.dumps(TWO).encode())
    url = "https://templates.s3.amazonaws.com/inner.json"
    outer = {
        "Resources": {
            "Inner": {
                "Type": "AWS::CloudFormation::Stack",
                "Properties": {"TemplateURL": url, "Parameters": {"Name": "n"}},
            }
        },
        "Outputs": {"Value": {"Value": {"Fn::GetAtt": ["Inner", "Outputs.Value"]}}},
    }
    stack = stacks.create(outer)
    assert stack["outputs"] == {"Value": "one n"}
    inner = stacks.client.describe_stacks(StackName=stacks.physical("Inner"))["Stacks"][0]
    assert inner["ParentId"] == stack["StackId"]
    assert stacks.delete()["StackStatus"] == "DELETE_COMPLETE"
    assert stacks.aws("sns").list_topics()["Topics"] == []
    s3.put_object(
        Bucket="templates",
        Key="inner.json",
        Body=json.dumps({"Resources": {"Bad": {"Type": "AWS::SSM::Parameter", "Properties": {"Value": "v"}}}}).encode(),
    )
    del outer["Resources"]["Inner"]["Properties"]["Parameters"]
    stack = stacks.create(outer)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    (why,) = reasons(stack, "Inner", "CREATE_FAILED")
    assert why.startswith("Embedded stack arn:aws:cloudformation:us-east-1:123456789012:stack/stack-Inner-")
    assert "was not successfully created: The following resource(s) failed to create: [Bad]." in why


def test_wait_conditions_wait_for_signals(stacks):
    template = {
        "Resources": {
            "Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
            "Wait": {
                "Type": "AWS::CloudFormation::WaitCondition",
                "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": "60"},
            },
        }
    }
    made = stacks.client.create_stack(StackName="stack", TemplateBody=json.dumps(template))
    for _ in range(200):
        if not stacks.sandbox.settle(0.05):
            rows = stacks.client.describe_stack_resources(StackName="stack")["StackResources"]
            if any(one["LogicalResourceId"] == "Wait" for one in rows):
                break
    stacks.client.signal_resource(StackName="stack", LogicalResourceId="Wait", UniqueId="u", Status="SUCCESS")
    assert stacks.settled(made["StackId"])["StackStatus"] == "CREATE_COMPLETE"


def test_custom_resources_are_answered_without_running_code(stacks):
    iam = stacks.aws("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(
        RoleName="f", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )
    template = {
        "Resources": {
            "Function": {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "Runtime": "python3.12",
                    "Handler": "index.handler",
                    "Role": role["Role"]["Arn"],
                    "Code": {"ZipFile": "raise SystemExit"},
                },
            },
            "Custom": {
                "Type": "Custom::Thing",
                "Properties": {"ServiceToken": {"Fn::GetAtt": ["Function", "Arn"]}, "A": "1"},
            },
        },
        "Outputs": {"Made": {"Value": {"Fn::GetAtt": ["Custom", "Name"]}}},
    }
    stack = stacks.create(template)
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert stack["outputs"] == {"Made": "custom-name"}
    assert "The function was not run" in reasons(stack, "Custom", "CREATE_COMPLETE")[0]
    assert stacks.delete()["StackStatus"] == "DELETE_COMPLETE"


def test_twenty_stacks_at_once_do_not_get_in_each_others_way(stacks):
    ids = [
        stacks.client.create_stack(
            StackName=f"s{number}", TemplateBody=json.dumps({"Resources": {"T": {"Type": "AWS::SNS::Topic"}}})
        )["StackId"]
        for number in range(20)
    ]
    assert stacks.sandbox.settle(60)
    found = [stacks.client.describe_stacks(StackName=one)["Stacks"][0]["StackStatus"] for one in ids]
    assert found == ["CREATE_COMPLETE"] * 20
    assert len(stacks.aws("sns").list_topics()["Topics"]) == 20


def test_access_logs_of_a_stage_are_set_changed_and_taken_away(stacks):
    """By patches, as CreateStage takes none."""
    logs = {"DestinationArn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:one", "Format": "$context.requestId"}
    api = {"Ref": "Api"}
    stage = {"RestApiId": api, "DeploymentId": {"Ref": "Deployment"}, "StageName": "live", "AccessLogSetting": logs}
    template = {
        "Resources": {
            "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "api"}},
            "Things": {
                "Type": "AWS::ApiGateway::Resource",
                "Properties": {
                    "RestApiId": api,
                    "ParentId": {"Fn::GetAtt": "Api.RootResourceId"},
                    "PathPart": "things",
                },
            },
            "Get": {
                "Type": "AWS::ApiGateway::Method",
                "Properties": {
                    "RestApiId": api,
                    "ResourceId": {"Ref": "Things"},
                    "HttpMethod": "GET",
                    "AuthorizationType": "NONE",
                    "Integration": {"Type": "MOCK"},
                },
            },
            "Deployment": {
                "Type": "AWS::ApiGateway::Deployment",
                "DependsOn": "Get",
                "Properties": {"RestApiId": api},
            },
            "Stage": {"Type": "AWS::ApiGateway::Stage", "Properties": stage},
        }
    }
    stack = stacks.create(template)
    assert stack["StackStatus"] == "CREATE_COMPLETE", reasons(stack, "Stage", "CREATE_FAILED")

    def written():
        found = stacks.aws("apigateway").get_stage(restApiId=stacks.physical("Api"), stageName="live")
        return found.get("accessLogSettings") or {}

    assert written() == {"destinationArn": logs["DestinationArn"], "format": "$context.requestId"}
    logs["Format"] = "$context.status"
    assert stacks.update(template)["StackStatus"] == "UPDATE_COMPLETE"
    assert written()["format"] == "$context.status"
    del stage["AccessLogSetting"]
    assert stacks.update(template)["StackStatus"] == "UPDATE_COMPLETE"
    assert written() == {}


def test_what_an_update_replaces_and_removes_goes_in_the_order_of_the_old_dependencies(stacks):
    vpc = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}
    subnet = {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.0.0/24"}}
    other = {"Type": "AWS::SNS::Topic"}
    stacks.create({"Resources": {"Subnet": subnet, "Vpc": vpc}})
    updated = stacks.update({"Resources": {"Subnet": other, "Also": other}})
    assert (updated["StackStatus"], updated.get("StackStatusReason")) == ("UPDATE_COMPLETE", None)
    assert [one for one in stacks.aws("ec2").describe_vpcs()["Vpcs"] if not one["IsDefault"]] == []


def test_what_a_rolled_back_update_made_goes_in_the_order_of_its_own_dependencies(stacks):
    topic = {"Type": "AWS::SNS::Topic"}
    vpc = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}
    subnet = {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.0.0/24"}}
    failing = {"Type": "AWS::SSM::Parameter", "Properties": {"Value": "no type"}, "DependsOn": ["Subnet"]}
    stacks.create({"Resources": {"Subnet": topic, "Vpc": topic}})
    updated = stacks.update({"Resources": {"Subnet": subnet, "Vpc": vpc, "Failing": failing}})
    assert updated["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert [one for one in stacks.aws("ec2").describe_vpcs()["Vpcs"] if not one["IsDefault"]] == []
    assert len(stacks.aws("sns").list_topics()["Topics"]) == 2


def test_a_change_set_that_is_rolled_back_gives_the_stack_its_tags_back(stacks):
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "one"}}
    stacks.create({"Resources": {"Topic": topic}}, Tags=[{"Key": "a", "Value": "before"}])
    wanted = {"Resources": {"Topic": topic, "Bad": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "no/name"}}}}
    made = stacks.client.create_change_set(
        StackName="stack",
        ChangeSetName="change",
        TemplateBody=json.dumps(wanted),
        Tags=[{"Key": "a", "Value": "after"}],
        Capabilities=["CAPABILITY_IAM"],
    )
    stacks.client.execute_change_set(ChangeSetName=made["Id"])
    stack = stacks.settled(made["StackId"])
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert stack["Tags"] == [{"Key": "a", "Value": "before"}]
