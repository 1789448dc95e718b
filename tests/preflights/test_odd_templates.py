"""Templates that people write wrong, or that say what they mean in a way of their own: they are told, never a crash."""

import pytest
from small_launch import trust

from launchrole.preflights.errors import PreflightError
from launchrole.preflights.preflight import preflight
from launchrole.preflights.subject import Role

TOPIC = "Resources: {Topic: {Type: 'AWS::SNS::Topic', Properties: {TopicName: sagemaker-one}}}"
LOOP = """
Transform: AWS::LanguageExtensions
Resources:
  Fn::ForEach::Topics:
    - Name
    - [A, B]
    - "Topic${Name}": {Type: AWS::SNS::Topic, Properties: {TopicName: !Sub "results-${Name}"}}
  Own: {Type: AWS::S3::Bucket, DependsOn: TopicA}
"""
LOOSE_DEFINITION = """
Resources:
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties: {DefinitionString: "{", RoleArn: "arn:aws:iam::123456789012:role/use"}
"""


@pytest.fixture
def report(tmp_path):
    def of(text, **more):
        path = tmp_path / "template.yaml"
        path.write_text(text)
        return preflight(path, fixes=False, **more)

    return of


def test_what_a_loop_makes_is_launched_and_denied_like_the_rest(report):
    found = report(LOOP)
    denied = {(one.logical_id, one.action) for one in found.denials if one.operation == "create"}
    assert denied == {
        ("TopicA", "sns:CreateTopic"),
        ("TopicB", "sns:CreateTopic"),
        ("Own", "s3:CreateBucket"),
    }


def test_a_loop_of_the_wrong_shape_is_told(report):
    found = report(LOOP.replace("    - [A, B]\n", ""))
    assert found.verdict.value == "fails"
    assert "Fn::ForEach::Topics layout is incorrect" in found.findings[0].message


@pytest.mark.parametrize(
    ("constraint", "told"),
    [
        ("AllowedValues: 3", "the AllowedValues of the parameter Name must be a list"),
        ("AllowedValues: abc", "the AllowedValues of the parameter Name must be a list"),
        ("MinLength: short", "the MinLength of the parameter Name must be a whole number"),
        ("MaxLength: [1]", "the MaxLength of the parameter Name must be a whole number"),
        ("MinValue: {a: 1}", "the MinValue of the parameter Name must be a number"),
    ],
)
def test_a_constraint_that_is_none_is_refused_with_its_line(report, constraint, told):
    with pytest.raises(PreflightError, match=rf"template\.yaml:2: {told}"):
        report(f"Parameters:\n  Name: {{Type: String, {constraint}}}\n{TOPIC}")


@pytest.mark.parametrize("value", ["abc", "inf", "1e400"])
def test_a_number_that_is_none_is_what_the_launch_tells(report, value):
    found = report(f"Parameters: {{Name: {{Type: Number, Default: {value}, MaxValue: 3}}}}\n{TOPIC}")
    assert [one.id for one in found.findings] == ["LR206"]


def test_a_parameter_longer_than_any_value_may_be_is_told_at_once(report):
    pattern = "Type: String, AllowedPattern: '(a+)+b', MinLength: 3000000"
    found = report(f"Parameters: {{Name: {{{pattern}}}}}\n{TOPIC}")
    assert [one.id for one in found.findings] == ["LR206"]


def test_a_definition_of_states_that_is_no_json_has_none(report):
    found = report(LOOSE_DEFINITION, operations=["create"])
    assert any(one.action == "states:CreateStateMachine" for one in found.denials)


def test_parameters_that_only_the_update_has_can_be_given_and_are_told_when_made_up(report, tmp_path):
    later = tmp_path / "later.yaml"
    later.write_text("Parameters: {Name: {Type: String}}\n" + TOPIC.replace("sagemaker-one", "!Ref Name"))
    told = [one.text for one in report(TOPIC, update_to=later).assumptions]
    assert told == ["the parameter Name has the value 'value', which is made up"]
    given = report(TOPIC, update_to=later, parameters={"Name": "results"})
    assert given.assumptions == ()
    assert any(one.resource.endswith(":results") for one in given.calls if one.operation == "update")
    with pytest.raises(PreflightError, match="no parameter Name"):
        report(TOPIC, parameters={"Name": "results"})


@pytest.mark.parametrize(
    ("region", "told"),
    [
        ("us-east-9", "did you mean us-east-"),
        ("", "there are af-south-1, "),
        ("cn-north-1", "no region of .* aws:"),
    ],
)
def test_a_region_that_is_none_is_refused(report, region, told):
    with pytest.raises(PreflightError, match=told):
        report(TOPIC, region=region)


def test_a_role_of_another_partition_is_refused(report):
    role = Role("arn:aws-cn:iam::123456789012:role/Launch", trust("servicecatalog.amazonaws.com"))
    with pytest.raises(PreflightError, match="is in the partition aws-cn"):
        report(TOPIC, role=role)


@pytest.mark.parametrize(
    "references",
    [
        [
            "{{resolve:secretsmanager:team/db:SecretString:password}}",
            "{{resolve:secretsmanager:team/db:SecretString:user}}",
        ],
        ["{{resolve:secretsmanager:${Team}/db:SecretString:password}}"],
        ["{{resolve:secretsmanager:team/db}}"],
    ],
)
def test_a_secret_that_is_taken_for_given_has_the_keys_that_are_taken_out(report, references):
    topics = "\n".join(
        f"  Topic{number}: {{Type: AWS::SNS::Topic, Properties: {{DisplayName: !Sub '{one}'}}}}"
        for number, one in enumerate(references)
    )
    text = f"Parameters: {{Team: {{Type: String, Default: team, AllowedValues: [team]}}}}\nResources:\n{topics}\n"
    found = report(text, role="deploy", managed=["AdministratorAccess"])
    assert [one.id for one in found.findings] == []
    assert [one.name for one in found.assumptions] == ["secret:team/db"]
    assert found.verdict.value == "depends"
    said = report(text, role="deploy", managed=["AdministratorAccess"], exists=["secret:team/db"])
    assert said.verdict.value == "launches"
