"""What CloudFormation tells of types and templates without launching anything."""

import json
from importlib import resources

import pytest
import yaml
from stacks_in_process import refused

from corpus import templates, text_of
from launchrole.sandbox import Sandbox
from launchrole.services.cloudformation.handlers import declarations

MODELLED = {"Type": "AWS::AppFlow::Flow", "Properties": {}}
TOPIC = {"Type": "AWS::SNS::Topic"}


def body(**resources):
    return json.dumps({"Resources": resources})


@pytest.fixture(scope="module")
def cloudformation():
    with Sandbox() as sandbox:
        yield sandbox.client("cloudformation")


def test_a_type_that_is_only_modelled_is_refused_with_its_resource(cloudformation):
    code, message = refused(
        cloudformation.create_stack, StackName="s", TemplateBody=body(Flow=MODELLED, Topic=TOPIC, Other=MODELLED)
    )
    assert code == "NotImplemented"
    assert message == (
        "launchrole knows the types of these resources and cannot launch them: Flow (AWS::AppFlow::Flow), "
        "Other (AWS::AppFlow::Flow). Take them out of the template, or give them a condition that does not hold"
    )
    assert cloudformation.list_stacks()["StackSummaries"] == []


def test_a_modelled_type_whose_condition_does_not_hold_is_no_obstacle(cloudformation):
    template = {
        "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
        "Resources": {
            "Flow": {**MODELLED, "Condition": "Never"},
            "Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
        },
    }
    made = cloudformation.create_change_set(
        StackName="s", ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=json.dumps(template)
    )
    changes = cloudformation.describe_change_set(ChangeSetName=made["Id"])["Changes"]
    assert [one["ResourceChange"]["LogicalResourceId"] for one in changes] == ["Handle"]
    cloudformation.delete_stack(StackName="s")


@pytest.mark.parametrize("operation", ["create_stack", "validate_template", "get_template_summary"])
def test_types_that_do_not_exist(cloudformation, operation):
    given = {"StackName": "s"} if operation == "create_stack" else {}
    template = body(A={"Type": "AWS::SNS::Topics"}, B={"Type": "AWS::None::At"}, C={"Type": "AWS::None::At"})
    assert refused(getattr(cloudformation, operation), TemplateBody=template, **given) == (
        "ValidationError",
        "Template format error: Unrecognized resource types: [AWS::None::At, AWS::SNS::Topics]",
    )


def test_unrecognized_types_as_warnings(cloudformation):
    told = cloudformation.get_template_summary(
        TemplateBody=body(A={"Type": "AWS::None::At"}),
        TemplateSummaryConfig={"TreatUnrecognizedResourceTypesAsWarnings": True},
    )
    assert told["Warnings"] == {"UnrecognizedResourceTypes": ["AWS::None::At"]}
    assert told["ResourceTypes"] == ["AWS::None::At"]


def test_references_that_lead_nowhere(cloudformation):
    template = body(A={"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Ref": "None"}}})
    assert refused(cloudformation.validate_template, TemplateBody=template) == (
        "ValidationError",
        "Template format error: Unresolved resource dependencies [None] in the Resources block of the template",
    )


def test_a_summary_tells_everything_about_a_template(cloudformation):
    template = {
        "Description": "d",
        "Metadata": {"m": 1},
        "Parameters": {
            "Size": {
                "Type": "Number",
                "Default": 1,
                "AllowedValues": [1, 2],
                "NoEcho": "true",
                "Description": "how big",
            }
        },
        "Resources": {
            "One": TOPIC,
            "Two": TOPIC,
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "r", "AssumeRolePolicyDocument": {}}},
            "Old": {"Type": "AWS::IAM::AccessKey", "Properties": {"UserName": "u"}},
        },
    }
    told = cloudformation.get_template_summary(TemplateBody=json.dumps(template))
    told.pop("ResponseMetadata")
    assert told == {
        "Parameters": [
            {
                "ParameterKey": "Size",
                "DefaultValue": "1",
                "ParameterType": "Number",
                "NoEcho": True,
                "Description": "how big",
                "ParameterConstraints": {"AllowedValues": ["1", "2"]},
            }
        ],
        "Description": "d",
        "Capabilities": ["CAPABILITY_NAMED_IAM"],
        "CapabilitiesReason": "The following resource(s) require capabilities: [AWS::IAM::AccessKey, AWS::IAM::Role]",
        "ResourceTypes": ["AWS::IAM::AccessKey", "AWS::IAM::Role", "AWS::SNS::Topic"],
        "Version": "2010-09-09",
        "Metadata": '{"m": 1}',
        "ResourceIdentifierSummaries": [
            {"ResourceType": "AWS::IAM::Role", "LogicalResourceIds": ["Role"], "ResourceIdentifiers": ["RoleName"]},
            {
                "ResourceType": "AWS::SNS::Topic",
                "LogicalResourceIds": ["One", "Two"],
                "ResourceIdentifiers": ["TopicArn"],
            },
        ],
    }


def test_macros_are_declared_and_their_types_are_theirs(cloudformation):
    function = {"Type": "AWS::Serverless::Function", "Properties": {"InlineCode": "x"}}
    template = json.dumps(
        {"Transform": ["AWS::LanguageExtensions", "AWS::Serverless-2016-10-31"], "Resources": {"F": function}}
    )
    for told in (
        cloudformation.validate_template(TemplateBody=template),
        cloudformation.get_template_summary(TemplateBody=template),
    ):
        assert told["DeclaredTransforms"] == ["AWS::LanguageExtensions", "AWS::Serverless-2016-10-31"]
        assert told["Capabilities"] == ["CAPABILITY_AUTO_EXPAND"]


def test_the_summary_of_a_stack_set(cloudformation):
    cloudformation.create_stack_set(StackSetName="set", TemplateBody=body(One=TOPIC))
    assert cloudformation.get_template_summary(StackSetName="set")["ResourceTypes"] == ["AWS::SNS::Topic"]


def test_types_are_described_as_far_as_they_are_kept(cloudformation):
    told = cloudformation.describe_type(Type="RESOURCE", TypeName="AWS::SNS::Topic")
    schema = json.loads(told["Schema"])
    assert told["ProvisioningType"] == "FULLY_MUTABLE"
    assert schema["primaryIdentifier"] == ["/properties/TopicArn"]
    assert schema["handlers"]["delete"] == {"permissions": ["sns:DeleteTopic", "sns:GetTopicAttributes"]}
    assert "outline" in told["Description"]
    assert cloudformation.describe_type(Arn=told["Arn"])["TypeName"] == "AWS::SNS::Topic"
    assert cloudformation.describe_type(Type="RESOURCE", TypeName="AWS::IAM::AccessKey")["ProvisioningType"] == (
        "NON_PROVISIONABLE"
    )
    # the message is recorded (conformance/real/cloudformation-messages.json)
    assert refused(cloudformation.describe_type, Type="HOOK", TypeName="LocalStack::Testing::TestHook") == (
        "TypeNotFoundException",
        "The type 'LocalStack::Testing::TestHook' cannot be found.",
    )


def test_types_are_listed(cloudformation):
    pages = cloudformation.get_paginator("list_types").paginate(
        Visibility="PUBLIC", Filters={"TypeNamePrefix": "AWS::SNS::T"}
    )
    found = [one["TypeName"] for one in pages.search("TypeSummaries[]")]
    assert found == ["AWS::SNS::Topic", "AWS::SNS::TopicInlinePolicy", "AWS::SNS::TopicPolicy"]
    assert cloudformation.list_types()["TypeSummaries"] == []
    immutable = cloudformation.list_types(
        Visibility="PUBLIC", ProvisioningType="NON_PROVISIONABLE", Filters={"TypeNamePrefix": "AWS::IAM::"}
    )
    assert "AWS::IAM::AccessKey" in [one["TypeName"] for one in immutable["TypeSummaries"]]


@pytest.mark.parametrize("one", templates(), ids=lambda one: one["template"])
def test_real_templates_are_valid(cloudformation, one):
    text = text_of(one["template"])
    if len(text) <= 51200:
        cloudformation.validate_template(TemplateBody=text)
        cloudformation.get_template_summary(TemplateBody=text)


def test_types_are_found_in_the_files_that_declare_them():
    declared = set()
    for file in resources.files("launchrole.facts.handlers").iterdir():
        if file.name.endswith(".yaml"):
            declared |= yaml.safe_load(file.read_text(encoding="utf-8"))["types"].keys()
    assert len(declared) > 150
    assert set(declarations.declared_types()) == declared
    assert all(declarations.declaration(type).create for type in declared)
