"""What custom resources answer, given by whoever runs the accounts."""

import pytest
from stacks_in_process import Stacks, reasons

from launchrole.sandbox import Sandbox
from launchrole.services.cloudformation.custom_resources import BadResponse, checked

THING = {
    "Type": "Custom::Thing",
    "Properties": {"ServiceToken": {"Fn::GetAtt": ["Function", "Arn"]}, "Value": {"Ref": "Value"}},
}
TRUST = {
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}
TEMPLATE = {
    "Parameters": {"Value": {"Type": "String", "Default": "a"}},
    "Resources": {
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}},
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Handler": "index.handler",
                "Runtime": "python3.12",
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Code": {"ZipFile": "def handler(event, context): pass"},
            },
        },
        "Thing": THING,
    },
    "Outputs": {"Url": {"Value": {"Fn::GetAtt": ["Thing", "Url"]}}, "Id": {"Value": {"Ref": "Thing"}}},
}


def test_an_answer_that_was_given(stacks):
    stacks.sandbox.custom_resources = {"Custom::Thing": {"PhysicalResourceId": "thing-1", "Data": {"Url": "https://x"}}}
    stack = stacks.create(TEMPLATE)
    assert stack["outputs"] == {"Url": "https://x", "Id": "thing-1"}
    (said,) = reasons(stack, "Thing", "CREATE_COMPLETE")
    assert "the response that was given for Custom::Thing" in said


def test_without_one_the_event_says_that_no_code_was_run(stacks):
    stack = stacks.create(TEMPLATE)
    assert stack["outputs"]["Url"] == "thing-url"
    assert "default response" in reasons(stack, "Thing", "CREATE_COMPLETE")[0]


def test_a_kind_of_request_that_fails(stacks):
    stacks.sandbox.custom_resources = {
        "Custom::Thing": {"Create": {"Data": {"Url": "u"}}, "Update": {"Status": "FAILED", "Reason": "no such value"}}
    }
    assert stacks.create(TEMPLATE)["StackStatus"] == "CREATE_COMPLETE"
    stack = stacks.update(parameters={"Value": "b"})
    assert stack["StackStatus"].startswith("UPDATE_ROLLBACK")
    (why,) = reasons(stack, "Thing", "UPDATE_FAILED")[:1]
    assert why.startswith("Received response status [FAILED] from custom resource. Message returned: no such value")


def test_answers_are_kept_with_the_state(tmp_path):
    given = {"Custom::Thing": {"Create": {"Status": "SUCCESS", "Data": {"Url": "u"}}}}
    with Sandbox(tmp_path / "state") as sandbox:
        sandbox.custom_resources = {"Custom::Other": {"Data": {}}}
        sandbox.custom_resources = given
    with Sandbox(tmp_path / "state") as sandbox:
        assert sandbox.custom_resources == given
        stack = Stacks(sandbox).create(TEMPLATE)
    assert stack["outputs"]["Url"] == "u"


@pytest.mark.parametrize(
    ("type", "given", "said"),
    [
        ("AWS::S3::Bucket", {"Data": {}}, "AWS::S3::Bucket is no custom resource"),
        ("Custom::A", [], "no JSON object"),
        ("Custom::A", {}, "no JSON object"),
        ("Custom::A", {"Create": 1}, r"Custom::A \(Create\) is no JSON object"),
        ("Custom::A", {"Dta": {}}, "has Dta, which no response has"),
        ("Custom::A", {"Status": "OK"}, "neither SUCCESS nor FAILED"),
        ("Custom::A", {"Status": "FAILED"}, "has no Reason"),
        ("Custom::A", {"Data": []}, "the Data of Custom::A is no JSON object"),
        ("Custom::A", {"PhysicalResourceId": ""}, "1 to 1024 bytes"),
        ("Custom::A", {"Data": {"a": "b" * 4096}}, "more than 4096 bytes"),
    ],
)
def test_answers_that_no_custom_resource_gives(type, given, said):
    with pytest.raises(BadResponse, match=said):
        checked(type, given)
