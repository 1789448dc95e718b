"""The language of templates: functions, conditions, parameters, rules, macros; what CloudFormation refuses of it."""

import json

import pytest
from stacks_in_process import refused

from launchrole.account.errors import ServiceError
from launchrole.services.cloudformation.graph import check_references, dependencies, ordered
from launchrole.services.cloudformation.intrinsics import NO_VALUE, Values, check_rules
from launchrole.services.cloudformation.parameters import given_values, resolved
from launchrole.services.cloudformation.template import TemplateError, check, parse
from launchrole.services.cloudformation.transforms import expanded


class Made:
    def reference(self, logical_id):
        return f"{logical_id}-id"

    def attribute(self, logical_id, name):
        return f"{logical_id}.{name}"


def values(text="Resources: {A: {Type: 'AWS::SNS::Topic'}}", **parameters):
    pseudo = {"AWS::Region": "us-east-1", "AWS::AccountId": "123456789012"}
    return Values(
        parse(text),
        parameters,
        pseudo,
        Made(),
        exports=lambda name: f"export {name}",
        zones=lambda region: [f"{region}a"],
    )


MAPS = """
Mappings: {M: {a: {x: one, y: [p, q]}}}
Conditions:
  Yes1: !Equals [!Ref P, v]
  No1: !Not [!Condition Yes1]
  Both: !And [!Condition Yes1, !Not [!Condition No1]]
  Any: !Or [!Condition No1, !Equals [a, a]]
Resources: {A: {Type: AWS::SNS::Topic}}
"""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("!Ref P", "v"),
        ("!Ref A", "A-id"),
        ("!Ref AWS::Region", "us-east-1"),
        ("!GetAtt A.Arn", "A.Arn"),
        ("!GetAtt [A, B.C]", "A.B.C"),
        ('!Sub "${P}-${A}-${A.Arn}-${!P}"', "v-A-id-A.Arn-${P}"),
        ('!Sub ["${x}${P}", {x: !Ref AWS::AccountId}]', "123456789012v"),
        ("!Join [',', [a, 1, true]]", "a,1,true"),
        ("!Select [1, !Split ['-', a-b-c]]", "b"),
        ("!Select ['0', !GetAZs '']", "us-east-1a"),
        ("!If [Yes1, a, b]", "a"),
        ("!If [No1, a, b]", "b"),
        ("!If [Both, 1, 2]", 1),
        ("!If [Any, 1, 2]", 1),
        ("{a: !If [No1, x, !Ref 'AWS::NoValue'], b: [!Ref 'AWS::NoValue', 1]}", {"b": [1]}),
        ("!FindInMap [M, a, x]", "one"),
        ("!FindInMap [M, a, y]", ["p", "q"]),
        ("!FindInMap [M, none, x, {DefaultValue: d}]", "d"),
        ("!ImportValue e", "export e"),
        ("!Base64 abc", "YWJj"),
        ("!Cidr [10.0.0.0/16, 2, 8]", ["10.0.0.0/24", "10.0.1.0/24"]),
        ("!ToJsonString {a: [1, !Ref P]}", '{"a":[1,"v"]}'),
        ("!Length [a, b]", 2),
        ("2012-10-17", "2012-10-17"),
        ("012345678901", "012345678901"),
        ("{Yes: 1}", {"Yes": 1}),
    ],
)
def test_functions(text, value):
    node = parse(f"V: {text}").body["V"]
    assert values(MAPS, P="v").value(node, ()) == value


def test_no_value_alone():
    assert values().value({"Ref": "AWS::NoValue"}, ()) is NO_VALUE


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("!Select [x, [a]]", "Fn::Select requires a list argument with two elements: an integer index and a list"),
        ("!Select [7, [a]]", "Fn::Select cannot select nonexistent value at index 7"),
        ("!Join [a]", "every Fn::Join object requires two parameters"),
        ("!Split [a]", "every Fn::Split object requires two parameters"),
        ("!FindInMap [M, a, z]", "Unable to get mapping for M::a::z"),
        ("!FindInMap [N, a, z]", "Mapping named 'N' is not present"),
        ("!If [Nope, a, b]", "unresolved condition dependency Nope"),
        ("!Sub [a]", "One or more Fn::Sub intrinsic functions don't specify expected arguments"),
        ("!Cidr [nonsense, 1, 8]", "Fn::Cidr cannot divide nonsense"),
        ("!Length a", "Fn::Length requires a list"),
        ("!GetAtt A", "every Fn::GetAtt object requires two non-empty parameters"),
        ("!Join [a, [{b: c}]]", "every Fn::Join object requires"),
    ],
)
def test_wrong_arguments(text, message):
    node = parse(f"V: {text}").body["V"]
    if "GetAtt" in text:
        node = {"Fn::GetAtt": 1}
    with pytest.raises(TemplateError) as error:
        values(MAPS, P="v").value(node, ())
    assert message in error.value.message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "Template format error: unsupported structure."),
        ('{"a": }', "Template format error: JSON not well-formed. (line 1, column 8)"),
        ("a: [", "Template format error: YAML not well-formed."),
        ("a: !!bool maybe", "Template format error: YAML not well-formed."),
        ("a: !!timestamp x", "Template format error: YAML not well-formed."),
        (
            json.dumps({"Resources": {f"T{one}": {"Type": "AWS::SNS::Topic"} for one in range(501)}}),
            "Template format error: Number of resources, 501, is greater than maximum allowed, 500",
        ),
        ("{}", "Template format error: At least one Resources member must be defined."),
        ("Resources: {A: b}", "Template format error: Any Resources member must be an object."),
        (
            "Resources: {A: {}}",
            "Template format error: [/Resources/A] Every Resources object must contain a Type member.",
        ),
        ("Resources: {a-b: {Type: x}}", "Template format error: Resource name a-b is non alphanumeric."),
        ("Resources: {A: {Type: x, Invalid: y}}", "Invalid template resource property 'Invalid'"),
        ("Nonsense: 1", "Invalid template property or properties [Nonsense]"),
        ("AWSTemplateFormatVersion: '2011-01-01'", "2011-01-01 is not a supported value"),
        ("Parameters: {a-b: {Type: String}}", "Template format error: Parameter name a-b is non alphanumeric."),
        (
            "Resources: {A: {Type: x}}\nOutputs: {O: {}}",
            "Template format error: Every Outputs member must contain a Value object",
        ),
    ],
)
def test_refused_structures(text, message):
    with pytest.raises(TemplateError) as error:
        check(parse(text))
    assert message in error.value.message


def test_lines_are_kept():
    yaml = parse("Resources:\n  A:\n    Type: x\n    Properties:\n      P:\n        - a\n        - b\n")
    assert yaml.line(("Resources", "A", "Properties", "P", 1)) == 7
    assert yaml.line(("Resources", "A", "Nowhere")) == 2
    assert parse('{\n "Resources": {\n  "A": {"Type": "x"}}}').line(("Resources", "A")) == 3


def test_order_and_circles():
    text = "Resources: {A: {Type: x, Properties: {p: !GetAtt B.Arn}}, B: {Type: x, DependsOn: C}, C: {Type: x}}"
    needs = dependencies(parse(text), ["A", "B", "C"])
    assert ordered(needs) == [["C"], ["B"], ["A"]]
    circle = "Resources: {A: {Type: x, Properties: {p: !Ref B}}, B: {Type: x, Properties: {p: !Sub '${A}'}}}"
    with pytest.raises(TemplateError, match=r"Circular dependency between resources: \[A, B\]"):
        check_references(parse(circle), lambda _name: True)
    missing = "Resources: {A: {Type: x, Properties: {p: !Ref Gone}}}"
    with pytest.raises(TemplateError, match=r"Unresolved resource dependencies \[Gone\] in the Resources block"):
        check_references(parse(missing), lambda _name: True)


def parameters(declared, **given):
    template = parse(json.dumps({"Parameters": declared, "Resources": {}}))
    asked = [{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()]
    found = resolved(
        template,
        given_values(template, asked, None),
        lambda names: dict.fromkeys(names, "a,b"),
        lambda _kind, _values: None,
    )
    return {name: one.value for name, one in found.items()}


def test_parameters_and_their_types():
    assert parameters({"P": {"Type": "Number", "Default": 1}}) == {"P": "1"}
    assert parameters({"P": {"Type": "CommaDelimitedList"}}, P="a, b") == {"P": ["a", "b"]}
    assert parameters({"P": {"Type": "AWS::SSM::Parameter::Value<List<String>>"}}, P="name") == {"P": ["a", "b"]}
    assert parameters({"P": {"Type": "AWS::EC2::VPC::Id"}}, P="vpc-1") == {"P": "vpc-1"}


@pytest.mark.parametrize(
    ("declared", "given", "message"),
    [
        ({"Type": "Number"}, "x", "Parameter 'P' must be a number."),
        ({"Type": "Number", "MaxValue": 3}, "4", "must be a number not greater than 3"),
        ({"Type": "Number", "MinValue": 3}, "2", "must be a number not less than 3"),
        ({"Type": "String", "AllowedValues": ["a"]}, "b", "Parameter 'P' must be one of AllowedValues"),
        ({"Type": "String", "AllowedPattern": "a+"}, "b", "Parameter P must match pattern a+"),
        ({"Type": "String", "MinLength": 2}, "b", "must contain at least 2 characters"),
        ({"Type": "String", "MaxLength": 2}, "bbb", "must contain at most 2 characters"),
        ({"Type": "String", "MaxLength": 2, "ConstraintDescription": "short"}, "bbb", "constraint: short"),
        ({"Type": "Nonsense"}, "b", "Unrecognized parameter type: Nonsense"),
        ({"Type": "String"}, None, "Parameters: [P] must have values"),
    ],
)
def test_refused_parameters(declared, given, message):
    with pytest.raises(TemplateError) as error:
        parameters({"P": declared}, **({} if given is None else {"P": given}))
    assert message in error.value.message


def test_rules():
    text = """
Rules:
  Prod:
    RuleCondition: !Equals [!Ref Stage, prod]
    Assertions:
      - Assert: !Contains [[m5.large], !Ref Size]
        AssertDescription: large ones in production
Resources: {A: {Type: x}}
"""
    check_rules(values(text, Stage="dev", Size="t3"))
    check_rules(values(text, Stage="prod", Size="m5.large"))
    with pytest.raises(TemplateError, match="large ones in production"):
        check_rules(values(text, Stage="prod", Size="t3"))


def test_loops_are_unrolled():
    text = """
Transform: AWS::LanguageExtensions
Resources:
  Fn::ForEach::Topics:
    - Name
    - [a, !Ref More]
    - "Topic${Name}": {Type: AWS::SNS::Topic, Properties: {TopicName: !Ref Name, DisplayName: !Sub "x ${Name}"}}
"""
    found = expanded(parse(text), {"More": ["b", "c"]}, {"AWS::Region": "us-east-1"}, lambda *_given: {})
    assert sorted(found.resources) == ["Topica", "Topicb", "Topicc"]
    assert found.resources["Topicb"]["Properties"] == {"TopicName": "b", "DisplayName": {"Fn::Sub": "x b"}}
    wrong = "Transform: AWS::LanguageExtensions\nResources: {'Fn::ForEach::X': [a]}"
    with pytest.raises(TemplateError, match="layout is incorrect"):
        expanded(parse(wrong), {}, {}, lambda *_given: {})


def test_pieces_are_included():
    text = "Resources: {A: {Type: AWS::SNS::Topic, 'Fn::Transform': {Name: AWS::Include, Parameters: {Location: 's3://b/k'}}}}"

    def read(_service, _operation, params):
        if params["Key"] == "k":
            return {"Body": b"Properties: {TopicName: included}"}
        raise ServiceError("NoSuchBucket", "gone", 404)

    found = expanded(parse(text), {}, {}, read)
    assert found.resources["A"] == {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "included"}}
    with pytest.raises(TemplateError, match=r"Transform AWS::Include failed with: S3 bucket \[b\] does not exist."):
        expanded(parse(text.replace("b/k", "b/none")), {}, {}, read)


def test_dynamic_references(stacks):
    stacks.aws("ssm").put_parameter(Name="plain", Value="v1", Type="String")
    stacks.aws("ssm").put_parameter(Name="secure", Value="s1", Type="SecureString")
    stacks.aws("secretsmanager").create_secret(Name="login", SecretString='{"user": "u"}')
    reference = "{{resolve:ssm:plain}} {{resolve:ssm-secure:secure}} {{resolve:secretsmanager:login:SecretString:user}}"
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": reference}}
    stack = stacks.create({"Resources": {"T": topic}})
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    attributes = stacks.aws("sns").get_topic_attributes(TopicArn=stacks.physical("T"))["Attributes"]
    assert attributes["DisplayName"] == "v1 s1 u"
    topic["Properties"]["DisplayName"] = "{{resolve:ssm:none}}"
    assert stacks.create({"Resources": {"T": topic}}, name="other")["StackStatus"] == "ROLLBACK_COMPLETE"


def test_what_is_told_of_templates(stacks):
    template = {
        "Description": "d",
        "Parameters": {"P": {"Type": "String", "Default": "x", "AllowedValues": ["x", "y"]}},
        "Resources": {
            "T": {"Type": "AWS::SNS::Topic"},
            "R": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}},
        },
    }
    body = json.dumps(template)
    client = stacks.client
    assert client.validate_template(TemplateBody=body)["Capabilities"] == ["CAPABILITY_IAM"]
    summary = client.get_template_summary(TemplateBody=body)
    assert summary["ResourceTypes"] == ["AWS::IAM::Role", "AWS::SNS::Topic"]
    assert summary["Parameters"][0]["ParameterConstraints"] == {"AllowedValues": ["x", "y"]}
    assert refused(client.create_stack, StackName="x", TemplateBody=body) == (
        "InsufficientCapabilitiesException",
        "Requires capabilities : [CAPABILITY_IAM]",
    )
    del template["Resources"]["R"]
    stacks.create(template)
    assert client.get_template_summary(StackName="stack")["Description"] == "d"
    assert client.list_stack_resources(StackName="stack")["StackResourceSummaries"][0]["LogicalResourceId"] == "T"
    assert client.list_stacks(StackStatusFilter=["CREATE_COMPLETE"])["StackSummaries"][0]["TemplateDescription"] == "d"
    found = client.describe_stack_resources(PhysicalResourceId=stacks.physical("T"))["StackResources"]
    assert [one["LogicalResourceId"] for one in found] == ["T"]
    unknown = json.dumps({"Resources": {"T": {"Type": "AWS::No::Such"}}})
    assert refused(client.create_stack, StackName="x", TemplateBody=unknown)[1] == (
        "Template format error: Unrecognized resource types: [AWS::No::Such]"
    )
    modelled = json.dumps({"Resources": {"T": {"Type": "AWS::AppRunner::Service"}}})
    assert refused(client.create_stack, StackName="x", TemplateBody=modelled)[0] == "NotImplemented"


def test_a_template_with_loops_is_looked_at_as_it_is_written(stacks):
    """Neither call unrolls loops; what their bodies declare counts, the role's capability too."""
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}}
    loop = ["Name", ["One", "Two"], {"Topic${Name}": {"Type": "AWS::SNS::Topic"}, "Role${Name}": role}]
    template = {"Transform": "AWS::LanguageExtensions", "Resources": {"Fn::ForEach::Names": loop}}
    body = json.dumps(template)
    found = stacks.client.validate_template(TemplateBody=body)
    assert found["Capabilities"] == ["CAPABILITY_IAM"]
    assert found["DeclaredTransforms"] == ["AWS::LanguageExtensions"]
    assert stacks.client.get_template_summary(TemplateBody=body)["ResourceTypes"] == [
        "AWS::IAM::Role",
        "AWS::SNS::Topic",
    ]


def test_whoever_changes_a_template_that_was_read_changes_no_other_reading():
    text = "Resources: {Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: !Sub '${AWS::StackName}-x'}}}"
    first = parse(text)
    first.body["Resources"].clear()
    second = parse(text)
    assert second.body["Resources"]["Topic"]["Properties"] == {"TopicName": {"Fn::Sub": "${AWS::StackName}-x"}}
    assert parse(text, name="Other").body == second.body
