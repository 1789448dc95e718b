"""Random templates over two dozen resource types, wired by references, conditions and DependsOn; and a census of all
that an account holds, by the services' own listings."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jmespath
from hypothesis import strategies as st

from launchrole.sandbox import Sandbox

Draw = Callable[[st.SearchStrategy[Any]], Any]
Properties = dict[str, Any]

PARAMETERS = {"Text": {"Type": "String", "Default": "red"}, "Switch": {"Type": "String", "Default": "on"}}
CONDITIONS = {
    "On": {"Fn::Equals": [{"Ref": "Switch"}, "on"]},
    "Off": {"Fn::Not": [{"Condition": "On"}]},
}
FAILING = {"Type": "AWS::SSM::Parameter", "Properties": {"Value": "a parameter without a type"}}
"""A resource that cannot be made."""


@dataclass
class Wiring:
    """The template so far, for the resource that is being drawn: what it may refer to, and under which condition."""

    draw: Draw
    logical_id: str
    number: int
    condition: str | None
    resources: dict[str, dict[str, Any]]

    def text(self) -> Any:
        """A text: literal, or made of what is there already."""
        kind = self.draw(st.sampled_from(["literal", "literal", "parameter", "ref", "attribute", "sub"]))
        there = sorted(self.resources)
        if kind == "literal" or (kind in ("ref", "attribute") and not there):
            return self.draw(st.sampled_from(["one", "two", "three"]))
        if kind == "parameter":
            return {"Ref": "Text"}
        if kind == "sub":
            of = self.draw(st.sampled_from([*there, "Text", "AWS::Region"]))
            return self._guarded(of, {"Fn::Sub": f"from ${{{of}}}"})
        of = self.draw(st.sampled_from(there))
        attribute = KINDS[self.resources[of]["Type"]].attribute
        if kind == "ref" or attribute is None:
            return self._guarded(of, {"Ref": of})
        return self._guarded(of, {"Fn::GetAtt": [of, attribute]})

    def _guarded(self, of: str, value: Any) -> Any:
        """A value that is made of a resource that may not be there."""
        condition = self.resources.get(of, {}).get("Condition")
        if condition is None or condition == self.condition:
            return value
        return {"Fn::If": [condition, value, "nothing"]}

    def one_of(self, type: str) -> str:
        """The logical id of a resource of a type that is there whenever this one is, a new one where there is none."""
        found = [
            name
            for name, one in self.resources.items()
            if one["Type"] == type and one.get("Condition") in (None, self.condition)
        ]
        if found:
            return str(self.draw(st.sampled_from(sorted(found))))
        name = f"{self.logical_id}Base{type.rpartition(':')[2]}"
        inner = Wiring(self.draw, name, 100 + self.number, None, self.resources)
        self.resources[name] = {"Type": type, "Properties": KINDS[type].properties(inner)}
        return name

    def role(self) -> Any:
        return {"Fn::GetAtt": [self.one_of("AWS::IAM::Role"), "Arn"]}

    def number_of(self, *values: int) -> int:
        return int(self.draw(st.sampled_from(values)))

    def any_of(self, *values: str) -> str:
        return str(self.draw(st.sampled_from(values)))

    def tags(self) -> list[dict[str, Any]]:
        return [{"Key": "one", "Value": self.text()}, {"Key": "two", "Value": self.any_of("x", "y")}]

    def name(self) -> Any:
        """A name for a resource that has to be named; another one replaces it."""
        return {"Fn::Sub": f"${{AWS::StackName}}-{self.logical_id.lower()}-{self.any_of('a', 'b')}"}


@dataclass(frozen=True)
class Kind:
    """A resource type: its properties, an attribute to refer to, and how the service describes such a resource
    (service, operation, parameters by the physical id)."""

    properties: Callable[[Wiring], Properties]
    attribute: str | None
    look: tuple[str, str, Callable[[str], Mapping[str, Any]]]
    told: str = "@"
    """What of the answer is about the resource's properties (JMESPath)."""


def policy(action: str, resource: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]}


def trust() -> dict[str, Any]:
    services = [f"{one}.amazonaws.com" for one in ("lambda", "sagemaker", "states", "codebuild", "events", "glue")]
    statement = {"Effect": "Allow", "Principal": {"Service": services}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _role(w: Wiring) -> Properties:
    made: Properties = {
        "AssumeRolePolicyDocument": trust(),
        "Description": w.any_of("one", "two"),
        "MaxSessionDuration": w.number_of(3600, 7200),
        "Policies": [{"PolicyName": w.any_of("p", "q"), "PolicyDocument": policy(w.any_of("s3:*", "sns:*"), "*")}],
        "Tags": w.tags(),
    }
    policies = [name for name, one in w.resources.items() if one["Type"] == "AWS::IAM::ManagedPolicy"]
    usable = [name for name in policies if w.resources[name].get("Condition") in (None, w.condition)]
    if usable and w.draw(st.booleans()):
        made["ManagedPolicyArns"] = [{"Ref": w.draw(st.sampled_from(usable))}]
    return made


def _function(w: Wiring) -> Properties:
    return {
        "Code": {"ZipFile": w.any_of("def handler(*_): return 1\n", "def handler(*_): return 2\n")},
        "Handler": "index.handler",
        "Runtime": "python3.12",
        "Role": w.role(),
        "Timeout": w.number_of(3, 30),
        "Description": w.any_of("one", "two"),
        "Environment": {"Variables": {"VALUE": w.text()}},
        "Tags": w.tags(),
    }


def _machine(w: Wiring) -> Properties:
    states = {"StartAt": "End", "States": {"End": {"Type": w.any_of("Pass", "Succeed")}}}
    if states["States"]["End"]["Type"] == "Pass":  # type: ignore[index]
        states["States"]["End"]["End"] = True  # type: ignore[index]
    return {"DefinitionString": json.dumps(states), "RoleArn": w.role(), "Tags": w.tags()}


def _project(w: Wiring) -> Properties:
    return {
        "ServiceRole": w.role(),
        "Artifacts": {"Type": "NO_ARTIFACTS"},
        "Environment": {
            "Type": "LINUX_CONTAINER",
            "ComputeType": w.any_of("BUILD_GENERAL1_SMALL", "BUILD_GENERAL1_MEDIUM"),
            "Image": "aws/codebuild/standard:7.0",
            "EnvironmentVariables": [{"Name": "VALUE", "Value": w.text()}],
        },
        "Source": {"Type": "NO_SOURCE", "BuildSpec": "version: 0.2\n"},
        "Description": w.any_of("one", "two"),
    }


def _key(w: Wiring) -> Properties:
    root = {"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}}
    statement = {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}
    return {
        "KeyPolicy": {"Version": "2012-10-17", "Statement": [statement]},
        "Description": w.any_of("one", "two"),
        "Tags": w.tags(),
    }


def _rule(w: Wiring) -> Properties:
    queue = w.one_of("AWS::SQS::Queue")
    return {
        "ScheduleExpression": w.any_of("rate(1 day)", "rate(2 days)"),
        "State": w.any_of("ENABLED", "DISABLED"),
        "Description": w.any_of("one", "two"),
        "Targets": [{"Id": w.any_of("t", "u"), "Arn": {"Fn::GetAtt": [queue, "Arn"]}}],
    }


def _table(w: Wiring) -> Properties:
    key = w.any_of("id", "other")
    return {
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "Tags": w.tags(),
    }


def _model(w: Wiring) -> Properties:
    image = f"123456789012.dkr.ecr.us-east-1.amazonaws.com/{w.any_of('one', 'two')}:latest"
    return {"ExecutionRoleArn": w.role(), "PrimaryContainer": {"Image": image}, "Tags": w.tags()}


def _alarm(w: Wiring) -> Properties:
    return {
        "MetricName": "Errors",
        "Namespace": "AWS/Lambda",
        "Statistic": w.any_of("Sum", "Average"),
        "Period": w.number_of(60, 300),
        "EvaluationPeriods": 1,
        "Threshold": w.number_of(1, 2),
        "ComparisonOperator": "GreaterThanThreshold",
        "AlarmDescription": w.text(),
    }


def _subnet(w: Wiring) -> Properties:
    return {
        "VpcId": {"Ref": w.one_of("AWS::EC2::VPC")},
        "CidrBlock": f"10.0.{w.number}.0/24",
        "AvailabilityZone": w.any_of("us-east-1a", "us-east-1b"),
        "MapPublicIpOnLaunch": w.draw(st.booleans()),
        "Tags": w.tags(),
    }


def _security_group(w: Wiring) -> Properties:
    rule = {"IpProtocol": "tcp", "FromPort": w.number_of(80, 443), "ToPort": 443, "CidrIp": "10.0.0.0/8"}
    return {
        "VpcId": {"Ref": w.one_of("AWS::EC2::VPC")},
        "GroupDescription": w.any_of("one", "two"),
        "SecurityGroupIngress": [rule],
        "Tags": w.tags(),
    }


KINDS: Mapping[str, Kind] = {
    "AWS::SNS::Topic": Kind(
        lambda w: {"DisplayName": w.any_of("one", "two"), "Tags": w.tags()},
        "TopicName",
        ("sns", "GetTopicAttributes", lambda one: {"TopicArn": one}),
        "Attributes.DisplayName",
    ),
    "AWS::SQS::Queue": Kind(
        lambda w: {"VisibilityTimeout": w.number_of(30, 60), "DelaySeconds": w.number_of(0, 5), "Tags": w.tags()},
        "Arn",
        ("sqs", "GetQueueAttributes", lambda one: {"QueueUrl": one, "AttributeNames": ["All"]}),
        "Attributes.[VisibilityTimeout, DelaySeconds]",
    ),
    "AWS::SSM::Parameter": Kind(
        lambda w: {"Type": "String", "Value": w.text(), "Description": w.any_of("one", "two")},
        "Value",
        ("ssm", "GetParameter", lambda one: {"Name": one}),
        "Parameter.[Type, Value]",
    ),
    "AWS::S3::Bucket": Kind(
        lambda w: {
            "VersioningConfiguration": {"Status": w.any_of("Enabled", "Suspended")},
            "Tags": w.tags(),
        },
        "Arn",
        ("s3", "GetBucketTagging", lambda one: {"Bucket": one}),
        "TagSet",
    ),
    "AWS::IAM::Role": Kind(
        _role,
        "Arn",
        ("iam", "GetRole", lambda one: {"RoleName": one}),
        "Role.[Description, MaxSessionDuration, AssumeRolePolicyDocument, Tags]",
    ),
    "AWS::IAM::ManagedPolicy": Kind(
        lambda w: {"PolicyDocument": policy(w.any_of("s3:*", "sns:*"), "*"), "Description": w.any_of("one", "two")},
        None,
        ("iam", "GetPolicy", lambda one: {"PolicyArn": one}),
        "Policy.Description",
    ),
    "AWS::Logs::LogGroup": Kind(
        lambda w: {"RetentionInDays": w.number_of(1, 7), "Tags": w.tags()},
        "Arn",
        ("logs", "DescribeLogGroups", lambda one: {"logGroupNamePrefix": one}),
        "logGroups[].retentionInDays",
    ),
    "AWS::Events::Rule": Kind(
        _rule,
        "Arn",
        ("events", "DescribeRule", lambda one: {"Name": one}),
        "[ScheduleExpression, State, Description]",
    ),
    "AWS::Lambda::Function": Kind(
        _function,
        "Arn",
        ("lambda", "GetFunction", lambda one: {"FunctionName": one}),
        "[Configuration.[Timeout, Description, Environment, Role, CodeSha256], Tags]",
    ),
    "AWS::DynamoDB::Table": Kind(
        _table,
        "Arn",
        ("dynamodb", "DescribeTable", lambda one: {"TableName": one}),
        "Table.[KeySchema, AttributeDefinitions]",
    ),
    "AWS::KMS::Key": Kind(
        _key,
        "Arn",
        ("kms", "DescribeKey", lambda one: {"KeyId": one}),
        "KeyMetadata.[Description, KeyState]",
    ),
    "AWS::KMS::Alias": Kind(
        lambda w: {
            "AliasName": {"Fn::Sub": f"alias/${{AWS::StackName}}-{w.logical_id}-{w.any_of('a', 'b')}"},
            "TargetKeyId": {"Ref": w.one_of("AWS::KMS::Key")},
        },
        None,
        ("kms", "DescribeKey", lambda one: {"KeyId": one}),
        "KeyMetadata.KeyId",
    ),
    "AWS::CodeCommit::Repository": Kind(
        lambda w: {
            "RepositoryName": w.name(),
            "RepositoryDescription": w.any_of("one", "two"),
            "Tags": w.tags(),
        },
        "Arn",
        ("codecommit", "ListRepositories", lambda _one: {}),
        "length(repositories)",
    ),
    "AWS::ECR::Repository": Kind(
        lambda w: {"RepositoryName": w.name(), "ImageTagMutability": w.any_of("MUTABLE", "IMMUTABLE")},
        "Arn",
        ("ecr", "DescribeRepositories", lambda one: {"repositoryNames": [one]}),
        "repositories[].imageTagMutability",
    ),
    "AWS::EC2::VPC": Kind(
        lambda w: {"CidrBlock": "10.0.0.0/16", "Tags": w.tags()},
        "CidrBlock",
        ("ec2", "DescribeVpcs", lambda one: {"VpcIds": [one]}),
        "Vpcs[].[CidrBlock, Tags]",
    ),
    "AWS::EC2::Subnet": Kind(
        _subnet,
        "AvailabilityZone",
        ("ec2", "DescribeSubnets", lambda one: {"SubnetIds": [one]}),
        "Subnets[].[CidrBlock, VpcId, MapPublicIpOnLaunch, Tags]",
    ),
    "AWS::EC2::SecurityGroup": Kind(
        _security_group,
        "GroupId",
        ("ec2", "DescribeSecurityGroups", lambda one: {"GroupIds": [one]}),
        "SecurityGroups[].[Description, VpcId, Tags, IpPermissions[].[IpProtocol, FromPort, ToPort, IpRanges]]",
    ),
    "AWS::SageMaker::Model": Kind(
        _model,
        "ModelName",
        ("sagemaker", "DescribeModel", lambda one: {"ModelName": one.rpartition("/")[2]}),
        "[ExecutionRoleArn, PrimaryContainer.Image]",
    ),
    "AWS::SageMaker::ModelPackageGroup": Kind(
        lambda w: {
            "ModelPackageGroupName": w.name(),
            "ModelPackageGroupDescription": w.any_of("one", "two"),
            "Tags": w.tags(),
        },
        "ModelPackageGroupArn",
        ("sagemaker", "DescribeModelPackageGroup", lambda one: {"ModelPackageGroupName": one.rpartition("/")[2]}),
        "ModelPackageGroupDescription",
    ),
    "AWS::SecretsManager::Secret": Kind(
        lambda w: {"SecretString": w.text(), "Description": w.any_of("one", "two"), "Tags": w.tags()},
        None,
        ("secretsmanager", "GetSecretValue", lambda one: {"SecretId": one}),
        "SecretString",
    ),
    "AWS::StepFunctions::StateMachine": Kind(
        _machine,
        "Name",
        ("stepfunctions", "DescribeStateMachine", lambda one: {"stateMachineArn": one}),
        "[definition, roleArn]",
    ),
    "AWS::CloudWatch::Alarm": Kind(
        _alarm,
        "Arn",
        ("cloudwatch", "DescribeAlarms", lambda one: {"AlarmNames": [one]}),
        "MetricAlarms[].[Statistic, Period, Threshold, AlarmDescription]",
    ),
    "AWS::Glue::Database": Kind(
        lambda w: {
            "CatalogId": {"Ref": "AWS::AccountId"},
            "DatabaseInput": {"Name": w.name(), "Description": w.any_of("one", "two")},
        },
        None,
        ("glue", "GetDatabase", lambda one: {"Name": one}),
        "Database.Description",
    ),
    "AWS::Cognito::UserPool": Kind(
        lambda w: {"MfaConfiguration": "OFF", "UserPoolTags": {"one": w.text()}},
        "Arn",
        ("cognito-idp", "DescribeUserPool", lambda one: {"UserPoolId": one}),
        "UserPool.[MfaConfiguration, UserPoolTags]",
    ),
    "AWS::CodeBuild::Project": Kind(
        _project,
        "Arn",
        ("codebuild", "BatchGetProjects", lambda one: {"names": [one]}),
        "projects[].[serviceRole, description, environment]",
    ),
}


@st.composite
def templates(draw: Draw, like: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A template. With `like`, another for the same stack: most logical ids that both have keep their types."""
    known = {name: one["Type"] for name, one in (like or {}).get("Resources", {}).items()}
    numbers = draw(st.lists(st.integers(0, 9), min_size=1, max_size=6, unique=True))
    resources: dict[str, dict[str, Any]] = {}
    for number in numbers:
        name = f"R{number}"
        kind = known.get(name)
        if kind is None or draw(st.integers(0, 5)) == 0:
            kind = draw(st.sampled_from(sorted(KINDS)))
        condition = draw(st.sampled_from([None, None, None, "On", "Off"]))
        earlier = sorted(resources)
        wiring = Wiring(draw, name, number, condition, resources)
        made: dict[str, Any] = {"Type": kind, "Properties": KINDS[kind].properties(wiring)}
        if condition is not None:
            made["Condition"] = condition
        if earlier and draw(st.booleans()):
            made["DependsOn"] = draw(st.lists(st.sampled_from(earlier), min_size=1, max_size=2, unique=True))
        resources[name] = made
    order = draw(st.permutations(sorted(resources)))
    return {
        "Parameters": PARAMETERS,
        "Conditions": CONDITIONS,
        "Resources": {name: resources[name] for name in order},
        "Outputs": _outputs(resources),
    }


@st.composite
def of_one(draw: Draw, type: str) -> dict[str, Any]:
    """A template with a resource `R0` of a type, and what it needs."""
    resources: dict[str, dict[str, Any]] = {}
    made = {"Type": type, "Properties": KINDS[type].properties(Wiring(draw, "R0", 0, None, resources))}
    resources["R0"] = made
    return {"Parameters": PARAMETERS, "Conditions": CONDITIONS, "Resources": resources, "Outputs": _outputs(resources)}


def _outputs(resources: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    outputs: dict[str, Any] = {}
    for name, one in resources.items():
        guard = {"Condition": one["Condition"]} if "Condition" in one else {}
        outputs[f"{name}Ref"] = {"Value": {"Ref": name}, **guard}
        attribute = KINDS[one["Type"]].attribute
        if attribute is not None:
            outputs[f"{name}Attribute"] = {"Value": {"Fn::GetAtt": [name, attribute]}, **guard}
    return outputs


def with_failing(template: Mapping[str, Any], after: list[str]) -> dict[str, Any]:
    """The template with a resource that fails once others are there."""
    failing = {**FAILING, "DependsOn": after} if after else FAILING
    return {**template, "Resources": {**template["Resources"], "Failing": failing}}


LISTED: Mapping[str, tuple[str, str]] = {
    "cloudwatch": ("DescribeAlarms", "MetricAlarms[].AlarmName"),
    "codebuild": ("ListProjects", "projects"),
    "codecommit": ("ListRepositories", "repositories[].repositoryName"),
    "dynamodb": ("ListTables", "TableNames"),
    "ecr": ("DescribeRepositories", "repositories[].repositoryName"),
    "glue": ("GetDatabases", "DatabaseList[].Name"),
    "lambda": ("ListFunctions", "Functions[].FunctionName"),
    "logs": ("DescribeLogGroups", "logGroups[].logGroupName"),
    "s3": ("ListBuckets", "Buckets[].Name"),
    "secretsmanager": ("ListSecrets", "SecretList[].ARN"),
    "sns": ("ListTopics", "Topics[].TopicArn"),
    "sqs": ("ListQueues", "QueueUrls"),
    "ssm": ("DescribeParameters", "Parameters[].Name"),
    "stepfunctions": ("ListStateMachines", "stateMachines[].stateMachineArn"),
}
"""How what a service holds is listed, for the services of which one listing tells all."""

ALSO_LISTED: tuple[tuple[str, str, dict[str, Any], str], ...] = (
    ("cognito-idp", "ListUserPools", {"MaxResults": 60}, "UserPools[].Id"),
    ("ec2", "DescribeVpcs", {}, "Vpcs[].VpcId"),
    ("ec2", "DescribeSubnets", {}, "Subnets[].SubnetId"),
    ("ec2", "DescribeSecurityGroups", {}, "SecurityGroups[].GroupId"),
    ("ec2", "DescribeRouteTables", {}, "RouteTables[].RouteTableId"),
    ("ec2", "DescribeNetworkAcls", {}, "NetworkAcls[].NetworkAclId"),
    ("events", "ListRules", {}, "Rules[].Name"),
    ("iam", "ListRoles", {}, "Roles[].RoleName"),
    ("iam", "ListPolicies", {"Scope": "Local"}, "Policies[].PolicyName"),
    ("kms", "ListAliases", {}, "Aliases[].AliasName"),
    ("sagemaker", "ListModels", {}, "Models[].ModelName"),
    ("sagemaker", "ListModelPackageGroups", {}, "ModelPackageGroupSummaryList[].ModelPackageGroupName"),
)
LISTINGS = (*((service, operation, {}, found) for service, (operation, found) in LISTED.items()), *ALSO_LISTED)


@dataclass
class Account:
    """What tests see of an account."""

    sandbox: Sandbox
    _clients: dict[str, Any] = field(default_factory=dict)
    _gone: set[str] = field(default_factory=set)
    """Keys that wait for their deletion."""

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = self.sandbox.client(service)
        return self._clients[service]

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> Any:
        return self.client(service)._make_api_call(operation, dict(params))

    def census(self) -> dict[str, list[str]]:
        """The names of all that is there, by service and listing. Keys that wait for their deletion are gone."""
        found: dict[str, list[str]] = {}
        for service, operation, params, path in LISTINGS:
            answer = self._all(service, operation, params)
            found[f"{service}:{operation}"] = sorted(jmespath.search(path, answer) or ())
        keys = [one["KeyId"] for one in self._all("kms", "ListKeys", {})["Keys"] if one["KeyId"] not in self._gone]
        for one in keys:
            if self.call("kms", "DescribeKey", {"KeyId": one})["KeyMetadata"]["KeyState"] == "PendingDeletion":
                self._gone.add(one)
        found["kms:ListKeys"] = sorted(set(keys) - self._gone)
        return found

    def _all(self, service: str, operation: str, params: Mapping[str, Any]) -> Any:
        """The answer of a listing, all of its pages in one."""
        client = self.client(service)
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
        if not client.can_paginate(name):
            return self.call(service, operation, params)
        return client.get_paginator(name).paginate(**params).build_full_result()

    def state(self, stack: str) -> dict[str, Any]:
        """A stack's outputs, and its resources as their services describe them; physical ids are given as logical
        ones, so that stacks of one template can be compared."""
        cloudformation = self.client("cloudformation")
        resources = cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
        outputs = cloudformation.describe_stacks(StackName=stack)["Stacks"][0].get("Outputs", ())
        found: dict[str, Any] = {f"output {one['OutputKey']}": one["OutputValue"] for one in outputs}
        names: dict[str, str] = {stack: "STACK"}
        for one in resources:
            if one["ResourceStatus"].startswith("DELETE"):
                continue
            service, operation, params = KINDS[one["ResourceType"]].look
            physical = one["PhysicalResourceId"]
            answer = self.call(service, operation, params(physical))
            found[one["LogicalResourceId"]] = [
                one["ResourceType"],
                _plain(jmespath.search(KINDS[one["ResourceType"]].told, answer)),
            ]
            names[physical] = one["LogicalResourceId"]
            names[physical.rpartition("/")[2].rpartition(":")[2]] = one["LogicalResourceId"]
        return _renamed(found, names)


def _plain(value: Any) -> Any:
    """A value whose tags are in order and none of CloudFormation's."""
    if isinstance(value, list):
        plain = [_plain(one) for one in value]
        tagged = all(isinstance(one, dict) and set(one) == {"Key", "Value"} for one in value)
        return sorted(plain, key=lambda one: str(one["Key"])) if value and tagged else plain
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return value


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    text = json.dumps(value, default=str, sort_keys=True)
    for physical in sorted(names, key=len, reverse=True):
        text = text.replace(physical, f"<{names[physical]}>")
    return json.loads(text)
