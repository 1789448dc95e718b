"""Fixes of templates, proved by launches: the denials are those of rehearsals under the page's policy, and a template
with the fixes is launched again."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from launchrole.facts.managed_policies import LAUNCH_ROLE_POLICY
from launchrole.policy.decision import Decision
from launchrole.policy.document import parse as parse_policy
from launchrole.policy.policy_set import PolicySet
from launchrole.policy.request import Request
from launchrole.preflights.rehearsal import Decided, rehearse
from launchrole.preflights.roles import RoleInput, subject
from launchrole.preflights.subject import ACCOUNT, Role, Wanted, World
from launchrole.preflights.template_edits import Insert, Remove
from launchrole.preflights.template_fixes import Candidate, Denial, candidates, together
from launchrole.services.cloudformation.template import parse

OTHER = f"arn:aws:iam::{ACCOUNT}:role/Other"
USE_ROLE = "service-role/AmazonSageMakerServiceCatalogProductsUseRole"
USE_ROLE_ARN = f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/{USE_ROLE}"

TEMPLATE = """\
# A template like those that people write: names of all kinds, roles of their own, tags.
Parameters:
  Team:
    Type: String
    Default: churn
  RoleArn:
    Type: String
    Default: arn:aws:iam::123456789012:role/Other

Resources:
  Data:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: churn-data   # the lake
  DataPolicy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: churn-data
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {Service: delivery.logs.amazonaws.com}
            Action: s3:PutObject
            Resource: arn:aws:s3:::churn-data/*
  Unnamed:
    Type: AWS::S3::Bucket
  Code:
    Type: AWS::CodeCommit::Repository
    Properties:
      RepositoryName: !Sub ${Team}-code
  Build:
    Type: AWS::CodeBuild::Project
    Properties:
      Name: !Join ["-", [!Ref Team, build]]
      ServiceRole: !Ref RoleArn
      Artifacts: {Type: CODEPIPELINE}
      Environment:
        ComputeType: BUILD_GENERAL1_SMALL
        Image: aws/codebuild/standard:7.0
        Type: LINUX_CONTAINER
        EnvironmentVariables:
          - {Name: BUCKET, Value: churn-data}
      Source: {Type: CODEPIPELINE, BuildSpec: "version: 0.2"}
  Pipeline:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      Name: !Ref Team
      RoleArn: !Sub "arn:aws:iam::${AWS::AccountId}:role/Other"
      ArtifactStore: {Type: S3, Location: !Ref Data}
      Stages:
        - Name: Source
          Actions:
            - Name: Source
              ActionTypeId: {Category: Source, Owner: AWS, Provider: CodeCommit, Version: "1"}
              Configuration: {RepositoryName: !GetAtt Code.Name, BranchName: main}
              OutputArtifacts: [{Name: Source}]
        - Name: Build
          Actions:
            - Name: Build
              ActionTypeId: {Category: Build, Owner: AWS, Provider: CodeBuild, Version: "1"}
              Configuration: {ProjectName: !Ref Build}
              InputArtifacts: [{Name: Source}]
  Schedule:
    Type: AWS::Events::Rule
    Properties:
      ScheduleExpression: rate(1 day)
      Targets:
        - Id: build
          Arn: !GetAtt Build.Arn
          RoleArn: arn:aws:iam::123456789012:role/Other
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Handler: index.handler
      Runtime: python3.12
      Role: !Ref RoleArn
      Code: {ZipFile: "handler = print"}
      Tags:
        - Key: owner
          Value: somebody
        - Key: sagemaker:stage
          Value: test
  Permission:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !Ref Function
      Action: lambda:InvokeFunction
      Principal: events.amazonaws.com
  Logs:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: !Sub /aws/lambda/${Team}
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: !Ref RoleArn
      DefinitionString: '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}'
  Lake:
    Type: AWS::Glue::Database
    Properties:
      CatalogId: !Ref AWS::AccountId
      DatabaseInput:
        Name: churn
  Job:
    Type: AWS::Glue::Job
    Properties:
      Role: Other
      Command: {Name: glueetl, ScriptLocation: s3://scripts/job.py}
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Name: churn
  Path:
    Type: AWS::ApiGateway::Resource
    Properties:
      RestApiId: !Ref Api
      ParentId: !GetAtt Api.RootResourceId
      PathPart: score
  Images:
    Type: AWS::ECR::Repository
  Pool:
    Type: AWS::Cognito::UserPool
  Client:
    Type: AWS::Cognito::UserPoolClient
    Properties:
      UserPoolId: !Ref Pool
  Model:
    Type: AWS::SageMaker::Model
    Properties:
      ExecutionRoleArn: !Sub arn:${AWS::Partition}:iam::${AWS::AccountId}:role/Other
      PrimaryContainer: {Image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1}
      Tags:
        - {Key: owner, Value: somebody}
  Config:
    Type: AWS::SageMaker::EndpointConfig
    Properties:
      ProductionVariants:
        - {VariantName: a, ModelName: !GetAtt Model.ModelName, InstanceType: ml.m5.large, InitialInstanceCount: 1,
           InitialVariantWeight: 1}
  Endpoint:
    Type: AWS::SageMaker::Endpoint
    Properties:
      EndpointConfigName: !GetAtt Config.EndpointConfigName
  Git:
    Type: AWS::SageMaker::CodeRepository
    Properties:
      GitConfig: {RepositoryUrl: "https://github.com/team/churn.git"}
  Training:
    Type: AWS::SageMaker::Pipeline
    Properties:
      PipelineName: churn
      RoleArn: !Ref RoleArn
      PipelineDefinition: {PipelineDefinitionBody: '{"Version": "2020-12-01", "Steps": []}'}
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      TopicName: churn
  OwnRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]
"""


def _wanted(version: str, text: str = TEMPLATE, values: Mapping[str, str] | None = None) -> Wanted:
    launch, world = subject(RoleInput(managed=(f"{LAUNCH_ROLE_POLICY}:{version}",)))
    use_role = world.roles[f"arn:aws:iam::{ACCOUNT}:role/{USE_ROLE}"]
    return Wanted(text, values or {}, launch, World({**world.roles, OTHER: Role(OTHER, use_role.trust)}))


def _denied(wanted: Wanted) -> list[Decided]:
    rehearsal = rehearse(wanted)
    assert not rehearsal.failures
    assert "create" in rehearsal.done
    return [one for one in rehearsal.decided if one.decision is not None and one.path]


def _candidates(one: Decided, wanted: Wanted) -> list[Candidate]:
    assert one.decision is not None
    return candidates(Denial(one.decision, one.path[-1], parse(wanted.text), wanted.values, wanted.world))


@functools.cache
def _found(version: str) -> Mapping[tuple[str, str], tuple[Candidate, ...]]:
    """The candidates of each denial of the template: by resource and action."""
    wanted = _wanted(version)
    found: dict[tuple[str, str], tuple[Candidate, ...]] = {}
    for one in _denied(wanted):
        found.setdefault((one.path[-1], one.stored.action), tuple(_candidates(one, wanted)))
    return found


def _added(candidate: Candidate) -> list[str]:
    return [one[1:].strip() for one in candidate.patch.splitlines() if one.startswith("+") and one[:3] != "+++"]


NOT_TO_BE_MENDED = {
    # no statement of the policy has the action at all, whatever the template says
    "v4": {"iam:CreateRole", "iam:DeleteRole", "iam:GetRole", "sns:CreateTopic", "sns:DeleteTopic",
           "sagemaker:CreatePipeline", "sagemaker:DeletePipeline", "sagemaker:DescribePipeline",
           "sagemaker:UpdatePipeline"},
}  # fmt: skip
NOT_TO_BE_MENDED["v12"] = NOT_TO_BE_MENDED["v4"]


@pytest.mark.parametrize("version", ["v4", "v12"])
def test_with_all_fixes_only_that_is_denied_which_no_template_can_mend(version: str) -> None:
    found = _found(version)
    whole = together(parse(TEMPLATE), [one for some in found.values() for one in some[:1]])
    assert all(some[0].text in whole.text for some in found.values() if some)
    text = whole.template
    still = {one.stored.action for one in _denied(replace(_wanted(version), text=text))}
    assert still <= NOT_TO_BE_MENDED[version]
    assert {action for (_, action), some in found.items() if not some} == still | {
        action for (_, action), some in found.items() if not some and action in NOT_TO_BE_MENDED[version]
    }
    assert {"# A template like those that people write: names of all kinds, roles of their own, tags.",
            "      BucketName: sagemaker-churn-data   # the lake"} <= set(text.splitlines())  # fmt: skip


@pytest.mark.parametrize(
    ("resource", "action", "text", "lines"),
    [
        (
            "Data",
            "s3:CreateBucket",
            "name Data `sagemaker-churn-data`, to fit `arn:aws:s3:::sagemaker-*`; lines 18, 25 say the name too, and "
            "change with it; see whether line 43 means the same: `churn-data` is there too",
            [
                "BucketName: sagemaker-churn-data   # the lake",
                "Bucket: sagemaker-churn-data",
                "Resource: arn:aws:s3:::sagemaker-churn-data/*",
            ],
        ),
        (
            "DataPolicy",
            "s3:PutBucketPolicy",
            "name Data `sagemaker-churn-data`",
            ["BucketName: sagemaker-churn-data   # the lake"],
        ),
        (
            "Unnamed",
            "s3:CreateBucket",
            "give Unnamed the name `sagemaker-${Unique}-unnamed` (BucketName)",
            [
                "Properties:",
                'BucketName: !Sub ["sagemaker-${Unique}-unnamed", {Unique: !Select [4, !Split ["-", !Select [2, '
                '!Split ["/", !Ref AWS::StackId]]]]}]',
            ],
        ),
        (
            "Code",
            "codecommit:CreateRepository",
            "name Code `sagemaker-${Team}-code`",
            ["RepositoryName: !Sub sagemaker-${Team}-code"],
        ),
        (
            "Build",
            "codebuild:CreateProject",
            "name Build `sagemaker-${Team}-build`",
            ['Name: !Join ["-", [sagemaker, !Ref Team, build]]'],
        ),
        (
            "Pipeline",
            "codepipeline:CreatePipeline",
            "name Pipeline `sagemaker-${Team}`",
            ["Name: !Sub sagemaker-${Team}"],
        ),
        (
            "Schedule",
            "events:PutRule",
            "give Schedule the name `sagemaker-${AWS::StackName}-schedule`",
            ["Name: !Sub sagemaker-${AWS::StackName}-schedule"],
        ),
        (
            "Function",
            "lambda:CreateFunction",
            "give Function the name",
            ["FunctionName: !Sub sagemaker-${AWS::StackName}-function"],
        ),
        (
            "Permission",
            "lambda:AddPermission",
            "give Function the name",
            ["FunctionName: !Sub sagemaker-${AWS::StackName}-function"],
        ),
        (
            "Logs",
            "logs:CreateLogGroup",
            "name Logs `/aws/apigateway/AccessLogs/${Team}`",
            ["LogGroupName: !Sub /aws/apigateway/AccessLogs/${Team}"],
        ),
        (
            "Machine",
            "states:CreateStateMachine",
            "give Machine the name",
            ["StateMachineName: !Sub sagemaker-${AWS::StackName}-machine"],
        ),
        ("Lake", "glue:CreateDatabase", "name Lake `sagemaker-churn`", ["Name: sagemaker-churn"]),
        ("Job", "glue:CreateJob", "give Job the name", ["Name: !Sub sagemaker-${AWS::StackName}-job"]),
        (
            "Api",
            "apigateway:POST",
            "tag Api with `sagemaker:launch-source` = `${AWS::StackName}`",
            ["Tags:", "- Key: sagemaker:launch-source", "Value: !Ref AWS::StackName"],
        ),
        (
            "Path",
            "apigateway:POST",
            "tag Api with `sagemaker:launch-source`",
            ["Tags:", "- Key: sagemaker:launch-source", "Value: !Ref AWS::StackName"],
        ),
        (
            "Images",
            "ecr:CreateRepository",
            "give Images the name `sagemaker-${Unique}-images` (RepositoryName)",
            None,
        ),
        (
            "Pool",
            "cognito-idp:CreateUserPool",
            "tag Pool with `sagemaker:launch-source`",
            ["Properties:", "UserPoolTags:", "sagemaker:launch-source: !Ref AWS::StackName"],
        ),
        ("Client", "cognito-idp:CreateUserPoolClient", "tag Pool with `sagemaker:launch-source`", None),
        ("Model", "sagemaker:AddTags", "leave the tag `owner` off Model", []),
        ("Build", "iam:PassRole", f"pass {USE_ROLE} to Build in place of Other", [f"ServiceRole: !Sub {USE_ROLE_ARN}"]),
        (
            "Pipeline",
            "iam:PassRole",
            f"pass {USE_ROLE} to Pipeline in place of Other",
            [f'RoleArn: !Sub "arn:aws:iam::${{AWS::AccountId}}:role/{USE_ROLE}"'],
        ),
        (
            "Schedule",
            "iam:PassRole",
            f"pass {USE_ROLE} to Schedule in place of Other",
            [f"RoleArn: arn:aws:iam::123456789012:role/{USE_ROLE}"],
        ),
        (
            "Model",
            "iam:PassRole",
            f"pass {USE_ROLE} to Model in place of Other",
            [f"ExecutionRoleArn: !Sub {USE_ROLE_ARN}"],
        ),
        ("Job", "iam:PassRole", f"pass {USE_ROLE} to Job in place of Other", None),
    ],
)
@pytest.mark.parametrize("version", ["v4", "v12"])
def test_the_first_fix_of_a_denial(
    version: str, resource: str, action: str, text: str, lines: list[str] | None
) -> None:
    first = _found(version)[resource, action][0]
    assert first.text.startswith(text)
    if lines is not None:
        added = _added(first)
        assert added == lines or (resource == "DataPolicy" and added[:1] == lines)
    assert first.patch.startswith("--- a/template.yaml\n+++ b/template.yaml\n@@ ")


@pytest.mark.parametrize(
    ("version", "text"),
    [
        # AddTags on functions is in no statement of v4; that of v12 wants keys that begin with `sagemaker:`
        ("v4", "leave the tags `owner` and `sagemaker:stage` off Function"),
        ("v12", "give Function the name `sagemaker-${AWS::StackName}-function` (FunctionName), to fit "
                "`arn:aws:lambda:*:*:function:sagemaker-*`; and leave the tag `owner` off Function"),
    ],
)  # fmt: skip
def test_tags_that_a_policy_does_not_allow_are_left_off(version: str, text: str) -> None:
    assert _found(version)["Function", "lambda:TagResource"][0].text == text


@pytest.mark.parametrize("version", ["v4", "v12"])
@pytest.mark.parametrize(
    ("resource", "action"),
    [("OwnRole", "iam:CreateRole"), ("Topic", "sns:CreateTopic"), ("Training", "sagemaker:CreatePipeline")],
)
def test_where_no_template_would_be_allowed_nothing_is_said(version: str, resource: str, action: str) -> None:
    assert _found(version)[resource, action] == ()


@pytest.mark.parametrize(
    ("service", "role"), [("Build", "CodeBuildRole"), ("Model", "ExecutionRole"), ("Function", "LambdaRole")]
)
def test_roles_that_do_not_trust_the_service_are_not_proposed(service: str, role: str) -> None:
    texts = [one.text for one in _found("v12")[service, "iam:PassRole"]]
    prefix = "pass service-role/AmazonSageMakerServiceCatalogProducts"
    assert [one.removeprefix(prefix).split(" ")[0] for one in texts] == ["UseRole", role]


# ---- single questions, without a launch


def _denial(
    text: str,
    logical_id: str,
    action: str,
    resource: str,
    statement: Mapping[str, object],
    context: Mapping[str, str | list[str]] | None = None,
    parameters: Mapping[str, str] | None = None,
    world: World = World(),  # noqa: B008  # a value
) -> Denial:
    policy = parse_policy({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}, name="p")
    principal = f"arn:aws:sts::{ACCOUNT}:assumed-role/Launch/x"
    decision: Decision = PolicySet(identity=[policy]).evaluate(
        Request(principal, action, resource, dict(context or {}))
    )
    assert not decision.allowed
    return Denial(decision, logical_id, parse(text), parameters or {}, world, stack_name="prod")


def _bucket(
    properties: object, name: str, pattern: str, *, beside: Mapping[str, object] | None = None, **given: str
) -> list[Candidate]:
    """What is proposed for a bucket that may not be made."""
    body = {
        "Parameters": {one: {"Type": "String"} for one in given},
        "Resources": {"DataBucket": {"Type": "AWS::S3::Bucket", "Properties": properties}, **(beside or {})},
    }
    denial = _denial(
        json.dumps(body, indent=1), "DataBucket", "s3:CreateBucket", f"arn:aws:s3:::{name}",
        {"Action": "s3:*", "Resource": f"arn:aws:s3:::{pattern}"}, parameters=given,
    )  # fmt: skip
    return candidates(denial)


def _name(found: list[Candidate]) -> object:
    return json.loads(found[0].template)["Resources"]["DataBucket"]["Properties"]["BucketName"]


@pytest.mark.parametrize(
    ("value", "name", "pattern", "expected"),
    [
        ("data", "data", "sagemaker-*", "sagemaker-data"),
        ("data", "data", "*-sagemaker", "data-sagemaker"),
        ("sagemaker.data", "sagemaker.data", "sagemaker-*", "sagemaker-data"),
        ({"Ref": "P"}, "churn", "sagemaker-*", {"Fn::Sub": "sagemaker-${P}"}),
        ({"Ref": "P"}, "churn", "*-x", {"Fn::Sub": "${P}-x"}),
        ({"Fn::Sub": "${P}-data"}, "churn-data", "sagemaker-*", {"Fn::Sub": "sagemaker-${P}-data"}),
        ({"Fn::Sub": "ml-${P}"}, "ml-churn", "mlops-*", {"Fn::Sub": "mlops-ml-${P}"}),
        (
            {"Fn::Sub": ["${A}-x", {"A": {"Ref": "P"}}]},
            "churn-x",
            "s-*",
            {"Fn::Sub": ["s-${A}-x", {"A": {"Ref": "P"}}]},
        ),
        (
            {"Fn::Join": ["-", ["data", {"Ref": "P"}]]},
            "data-churn",
            "s-*",
            {"Fn::Join": ["-", ["s-data", {"Ref": "P"}]]},
        ),
        ({"Fn::Join": ["-", [{"Ref": "P"}, "d"]]}, "churn-d", "s-*", {"Fn::Join": ["-", ["s", {"Ref": "P"}, "d"]]}),
        ({"Fn::Join": [".", [{"Ref": "P"}, "d"]]}, "churn.d", "s-*", {"Fn::Sub": "s-${P}.d"}),
        (
            {"Fn::Join": ["", [{"Fn::Select": [0, ["a", "b"]]}, {"Ref": "P"}]]},
            "achurn",
            "s-*",
            {"Fn::Sub": ["s-${Name}", {"Name": {"Fn::Join": ["", [{"Fn::Select": [0, ["a", "b"]]}, {"Ref": "P"}]]}}]},
        ),
        (
            {"Fn::ImportValue": "name"},
            "imported",
            "s-*",
            {"Fn::Sub": ["s-${Name}", {"Name": {"Fn::ImportValue": "name"}}]},
        ),
        ({"Fn::Sub": "${AWS::StackName}-d"}, "prod-d", "s-*", {"Fn::Sub": "s-${AWS::StackName}-d"}),
    ],
)
def test_a_name_keeps_its_text_and_its_variables(value: object, name: str, pattern: str, expected: object) -> None:
    assert _name(_bucket({"BucketName": value}, name, pattern, P="churn")) == expected


@pytest.mark.parametrize("value", [{"Ref": "P"}, {"Fn::Sub": "${P}-data"}])
def test_a_name_that_an_update_has_given_is_known_by_its_other_words(value: object) -> None:
    name = "churn2" if "Ref" in str(value) else "churn2-data"
    expected = "sagemaker-${P}" if "Ref" in str(value) else "sagemaker-${P}-data"
    assert _name(_bucket({"BucketName": value}, name, "sagemaker-*", P="churn")) == {"Fn::Sub": expected}


def test_a_name_that_would_become_too_long_is_made_anew() -> None:
    found = _bucket({"BucketName": "churn-" * 9 + "data"}, "churn-" * 9 + "data", "sagemaker-*")
    assert _name(found)["Fn::Sub"][0] == "sagemaker-${Unique}-data-bucket"  # type: ignore[index]


def test_a_new_name_has_the_projects_id_where_there_is_one() -> None:
    found = _bucket({}, "sc-123-pp-x-databucket-1abcdef", "sagemaker-*", SageMakerProjectId="p-abcdefghijkl")
    assert _name(found) == {"Fn::Sub": "sagemaker-${SageMakerProjectId}-data-bucket"}


def test_a_new_name_is_cut_to_what_the_type_takes() -> None:
    found = _bucket({}, "prod-databucket-1abcdef", "a-very-long-beginning-of-names-that-takes-most-*")
    name = _name(found)["Fn::Sub"][0].replace("${Unique}", "0" * 12)  # type: ignore[index]
    assert len(name) <= 63
    assert name.endswith("000-dat")


def test_a_name_that_no_bucket_can_have_is_not_proposed() -> None:
    assert _bucket({"BucketName": "data"}, "data", "SageMaker-*") == []


def test_what_is_called_alike_by_chance_keeps_its_name() -> None:
    beside = {
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "data"}},
        "Other": {
            "Type": "AWS::S3::Bucket",
            "Properties": {"BucketName": "data-logs", "Tags": [{"Key": "of", "Value": "data"}]},
        },
    }
    (found,) = _bucket({"BucketName": "data"}, "data", "sagemaker-*", beside=beside)
    resources = json.loads(found.template)["Resources"]
    assert {name: resources[name] for name in beside} == beside
    assert found.text.endswith("; see whether line 23 means the same: `data` is there too")


def test_arns_and_urls_of_what_is_renamed_change_with_it() -> None:
    beside = {
        "A": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Type": "String", "Value": {"Fn::Sub": "s3://${P}-data/in"}},
        },
        "B": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Type": "String", "Value": {"Fn::Sub": "arn:aws:s3:::${P}-data"}},
        },
        "C": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Fn::Sub": "${P}-data-more"}}},
    }
    (found,) = _bucket({"BucketName": {"Fn::Sub": "${P}-data"}}, "churn-data", "s-*", beside=beside, P="churn")
    values = [one["Properties"].get("Value") for one in json.loads(found.template)["Resources"].values()]
    assert values[1:] == [
        {"Fn::Sub": "s3://s-${P}-data/in"},
        {"Fn::Sub": "arn:aws:s3:::s-${P}-data"},
        {"Fn::Sub": "${P}-data-more"},
    ]


def _topic(tags: object, condition: Mapping[str, object], *keys: str) -> list[Candidate]:
    properties = {} if tags is None else {"Tags": tags}
    body = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": properties}}}
    context = {f"aws:RequestTag/{one}": "x" for one in keys} | ({"aws:TagKeys": list(keys)} if keys else {})
    denial = _denial(
        json.dumps(body, indent=1), "Topic", "sns:CreateTopic", f"arn:aws:sns:us-east-1:{ACCOUNT}:t",
        {"Action": "sns:*", "Resource": "*", "Condition": condition}, context,
    )  # fmt: skip
    return candidates(denial)


@pytest.mark.parametrize(
    ("tags", "condition", "keys", "expected"),
    [
        (None, {"StringEquals": {"aws:RequestTag/team": "ml"}}, (), [{"Key": "team", "Value": "ml"}]),
        (
            [{"Key": "a", "Value": "x"}],
            {"StringEquals": {"aws:RequestTag/team": "ml"}},
            ("a",),
            [{"Key": "a", "Value": "x"}, {"Key": "team", "Value": "ml"}],
        ),
        (
            [{"Key": "team", "Value": "x"}],
            {"StringEquals": {"aws:RequestTag/team": "ml"}},
            ("team",),
            [{"Key": "team", "Value": "ml"}],
        ),
        (
            [{"Key": "a", "Value": "x"}, {"Key": "b", "Value": "x"}],
            {"ForAllValues:StringEquals": {"aws:TagKeys": ["b"]}},
            ("a", "b"),
            [{"Key": "b", "Value": "x"}],
        ),
        ([{"Key": "a", "Value": "x"}], {"Null": {"aws:RequestTag/a": "true"}}, ("a",), None),
    ],
)
def test_tags_become_what_the_condition_wants(
    tags: object, condition: Mapping[str, object], keys: tuple[str, ...], expected: object
) -> None:
    found = _topic(tags, condition, *keys)
    resource = json.loads(found[0].template)["Resources"]["Topic"]
    assert resource.get("Properties", {}).get("Tags") == expected


@pytest.mark.parametrize(
    ("tags", "condition"),
    [
        ({"Ref": "Tags"}, {"StringEquals": {"aws:RequestTag/team": "ml"}}),  # not the template's to list
        (None, {"StringEquals": {"aws:SourceVpc": "vpc-1"}}),  # no tag, and no property
        (None, {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
    ],
)
def test_conditions_that_no_template_meets_have_no_fix(tags: object, condition: Mapping[str, object]) -> None:
    assert _topic(tags, condition) == []


def test_tags_of_the_stack_are_not_the_templates_to_leave_off() -> None:
    assert (
        _topic([{"Key": "a", "Value": "x"}], {"ForAllValues:StringEquals": {"aws:TagKeys": ["c"]}}, "a", "of-stack")
        == []
    )


def test_what_a_loop_or_a_macro_makes_has_no_fix() -> None:
    denial = _denial(
        "Resources: {A: {Type: 'AWS::SNS::Topic'}}", "MadeByAMacro", "sns:CreateTopic",
        f"arn:aws:sns:us-east-1:{ACCOUNT}:t", {"Action": "sns:*", "Resource": "arn:aws:sns:*:*:s-*"},
    )  # fmt: skip
    assert candidates(denial) == []


IFS = """\
Parameters:
  Named: {Type: String, Default: "%s"}
Conditions:
  IsNamed: !Equals [!Ref Named, "yes"]
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !If [IsNamed, lake, !Ref AWS::NoValue]  # either
"""


@pytest.mark.parametrize(
    ("named", "name", "line"),
    [
        ("yes", "lake", "BucketName: !If [IsNamed, s-lake, !Ref AWS::NoValue]  # either"),
        (
            "no",
            "prod-bucket-1abcdef",
            'BucketName: !If [IsNamed, lake, !Sub ["s-${Unique}-bucket", {Unique: !Select [4, !Split ["-", !Select '
            '[2, !Split ["/", !Ref AWS::StackId]]]]}]]  # either',
        ),
    ],
)
def test_of_a_condition_the_branch_that_is_taken_changes(named: str, name: str, line: str) -> None:
    statement = {"Action": "s3:*", "Resource": "arn:aws:s3:::s-*"}
    (found,) = candidates(_denial(IFS % named, "Bucket", "s3:CreateBucket", f"arn:aws:s3:::{name}", statement))
    assert _added(found) == [line]


ROLES = """\
Parameters:
  Own: {Type: String, Default: "yes"}
Conditions:
  IsOwn: !Equals [!Ref Own, "yes"]
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties: {AssumeRolePolicyDocument: {}, RoleName: worker}
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Role: !If [IsOwn, !GetAtt Role.Arn, !Sub "arn:aws:iam::${AWS::AccountId}:role/x"]
      Layers: [!Sub "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:layer:worker:1"]
"""


def _role_of(name: str, *services: str) -> Role:
    statement = {"Effect": "Allow", "Principal": {"Service": list(services)}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return Role(f"arn:aws:iam::{ACCOUNT}:role/{name}", trust)


def test_a_role_of_the_templates_own_is_passed_no_more_or_gets_a_name_that_may_be_passed() -> None:
    lambdas, both, others = (
        ("lambda.amazonaws.com",),
        ("lambda.amazonaws.com", "glue.amazonaws.com"),
        ("x.amazonaws.com",),
    )
    listed = [_role_of("s-a", *lambdas), _role_of("s-b", *both), _role_of("s-c", *others), _role_of("no", *both)]
    denial = _denial(
        ROLES, "Function", "iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/worker",
        {"Action": "iam:PassRole", "Resource": "arn:aws:iam::*:role/s-*"},
        {"iam:PassedToService": "lambda.amazonaws.com"}, world=World({one.arn: one for one in listed}),
    )  # fmt: skip
    found = candidates(denial)
    assert [one.text for one in found] == [
        "pass s-b to Function in place of worker",
        "pass s-a to Function in place of worker",
        "name Role `s-worker`, to fit `arn:aws:iam::*:role/s-*`; see whether line 13 means the same: `worker` is there "
        "too",
    ]
    arn = '"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/s-b"'
    assert _added(found[0]) == [f'Role: !If [IsOwn, !Sub {arn}, !Sub "arn:aws:iam::${{AWS::AccountId}}:role/x"]']
    assert _added(found[2]) == ["Properties: {AssumeRolePolicyDocument: {}, RoleName: s-worker}"]


def test_changes_that_exclude_one_another_are_not_made_together() -> None:
    properties = {"BucketName": "data", "Tags": [{"Key": "a", "Value": "x"}, {"Key": "b", "Value": "x"}]}
    (first,) = _bucket(properties, "data", "s-*")
    (second,) = _bucket(properties, "data", "t-*")
    template = parse(json.dumps({"Parameters": {}, "Resources": json.loads(first.template)["Resources"]}, indent=1))
    path = ("Resources", "DataBucket", "Properties")
    gone = [Candidate(f"without {n}", (Remove((*path, "Tags", n)),), "", "") for n in (0, 1)]
    more = Candidate("with a name", (Insert((*path, "Tags"), {"Key": "c", "Value": "x"}, 0),), "", "")
    whole = together(template, [first, second, *gone, more, first])
    assert whole.text == f"{first.text}; without 0; without 1; with a name"
    assert json.loads(whole.template)["Resources"]["DataBucket"]["Properties"] == {
        "BucketName": "s-data",
        "Tags": [{"Key": "c", "Value": "x"}],
    }
