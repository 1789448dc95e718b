"""What nobody would write into a template gets an error that says what is wrong, and never is a fault of launchrole."""

import itertools
import json
import time

import pytest
from stacks_in_process import reasons, refused

TOPIC = {"Type": "AWS::SNS::Topic"}


def told(stacks, template):
    """What CloudFormation says to a template that it refuses at once."""
    body = template if isinstance(template, str) else json.dumps(template)
    code, message = refused(stacks.client.create_stack, StackName="stack", TemplateBody=body)
    assert code == "ValidationError"
    assert stacks.client.list_stacks()["StackSummaries"] == []
    return message


def of_topic(**attributes):
    return {"Resources": {"Topic": TOPIC | attributes}}


MALFORMED = {
    "Any Parameters member must be an object": {"Resources": {"Topic": TOPIC}, "Parameters": {"a": 1}},
    "Any Rules member must be an object": {"Resources": {"Topic": TOPIC}, "Rules": {"a": "x"}},
    "The Assertions of rule a": {"Resources": {"Topic": TOPIC}, "Rules": {"a": {"Assertions": [1]}}},
    "[/Resources/Topic/Type] must be a string": of_topic(Type=[]),
    "[/Resources/Topic/Condition] must be a string": of_topic(Condition={}),
    "Output name Fn::ForEach::x": {"Resources": {"Topic": TOPIC}, "Outputs": {"Fn::ForEach::x": {"Value": "a"}}},
    "[/Outputs] 'null' values are not allowed": {"Resources": {"Topic": TOPIC}, "Outputs": None},
    "[/Resources/Topic/Type/DisplayName] 'null' values": of_topic(Properties={"DisplayName": None}),
    "half of a character": of_topic(Properties={"DisplayName": "\ud800"}),
    "nested too deep": "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n    Metadata: " + "[" * 500 + "]" * 500,
}


@pytest.mark.parametrize("message", MALFORMED)
def test_malformed(stacks, message):
    assert message in told(stacks, MALFORMED[message])


def test_aliases(stacks):
    """Nine levels of nine: some 400 million values in 400 bytes."""
    names = "abcdefghi"
    lines = [f"  a: &a [{', '.join('x' * 9)}]"]
    lines += [f"  {name}: &{name} [{', '.join([f'*{before}'] * 9)}]" for before, name in itertools.pairwise(names)]
    text = "\n".join(["Metadata:", *lines, "Resources: {Topic: {Type: 'AWS::SNS::Topic'}}"])
    begun = time.monotonic()
    assert told(stacks, text) == "Template error: YAML aliases are not allowed in CloudFormation templates."
    stacks.aws("s3").create_bucket(Bucket="snippets")
    stacks.aws("s3").put_object(Bucket="snippets", Key="bomb.yaml", Body="\n".join(["Metadata:", *lines]).encode())
    include = {"Name": "AWS::Include", "Parameters": {"Location": "s3://snippets/bomb.yaml"}}
    assert "too many" in told(stacks, {"Transform": include, "Resources": {"Topic": TOPIC}})
    assert time.monotonic() - begun < 10


def waits(**properties):
    return {"Type": "AWS::CloudFormation::WaitCondition", "Properties": {"Handle": "x", "Timeout": "1"} | properties}


ILL_TYPED = {
    "Value of property Count must be a whole number": waits(Count="many"),
    "Value of property Timeout must be a whole number": waits(Timeout="1e999"),
    "CreationPolicy Count must be a whole number": {
        "Type": "AWS::CloudFormation::WaitCondition",
        "CreationPolicy": {"ResourceSignal": {"Count": "many"}},
    },
    "Parameters: [ssm:x] cannot be found.": {
        "Type": "AWS::CloudFormation::WaitCondition",
        "CreationPolicy": {"ResourceSignal": {"Count": "{{resolve:ssm:x}}"}},
    },
    "Ref object must have a single String value": TOPIC | {"DeletionPolicy": {"Ref": 1}},
    "Value of property Tags must be of type List": TOPIC | {"Properties": {"Tags": 1}},
    "Properties must be an object": TOPIC | {"Properties": {"Fn::Sub": "x"}},
    "Value of property Parameters must be an object": {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": "https://s3.amazonaws.com/a/b", "Parameters": "x"},
    },
    "Value of property ProvisioningArtifactParameters must be a list": {
        "Type": "AWS::ServiceCatalog::CloudFormationProduct",
        "Properties": {"Name": "a", "Owner": "b", "ProvisioningArtifactParameters": "x"},
    },
    "must be an object": {"Type": "AWS::S3::Bucket", "Properties": {"BucketEncryption": "x"}},
    "Value of property Code must be an object": {
        "Type": "AWS::CodeCommit::Repository",
        "Properties": {"RepositoryName": "r", "Code": "x"},
    },
}


@pytest.mark.parametrize("message", ILL_TYPED)
def test_ill_typed_properties_fail_their_resource(stacks, message):
    stack = stacks.create({"Resources": {"Thing": ILL_TYPED[message]}})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    (why,) = reasons(stack, "Thing", "CREATE_FAILED")
    assert message in why


def test_an_answer_is_xml_whatever_a_text_holds(stacks):
    stacks.create({"Description": "a\x00\x01b", "Resources": {"Topic": TOPIC}})
    (stack,) = stacks.client.describe_stacks()["Stacks"]
    assert stack["Description"] == "ab"
