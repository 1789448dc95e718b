"""What a template takes for given is found out before the launch: one rehearsal shows all of it."""

import json

import pytest

from endpoint import trust
from launchrole.preflights import examination
from launchrole.preflights.preflight import preflight

CODE = {"S3Bucket": "code", "S3Key": "function.zip"}


def function(code=CODE, **more):
    properties = {"Runtime": "python3.12", "Handler": "index.handler", "Role": {"Fn::GetAtt": ["Role", "Arn"]}}
    return {"Type": "AWS::Lambda::Function", "Properties": properties | {"Code": code}, **more}


def role(name=None):
    document = json.loads(trust("lambda", "ec2", "elasticmapreduce", "application-autoscaling"))
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": document, **({"RoleName": name} if name else {})},
    }


@pytest.fixture
def foreseen(tmp_path, monkeypatch):
    """The names of what is assumed; the launch must not be rehearsed twice for them."""
    rehearsed = []
    rehearse = examination.rehearse
    monkeypatch.setattr(examination, "rehearse", lambda wanted: rehearsed.append(wanted) or rehearse(wanted))

    def of(resources, *, template=None, **more):
        path = tmp_path / "template.json"
        path.write_text(json.dumps({**(template or {}), "Resources": resources}))
        report = preflight(path, role="deploy", managed=["AdministratorAccess"], fixes=False, **more)
        assert len(rehearsed) == 1
        assert not report.denials
        return [one.name for one in report.assumptions]

    return of


def test_of_the_update_too(foreseen):
    template = {
        "Parameters": {"Demo": {"Type": "String", "Default": "No", "AllowedValues": ["No", "Yes"]}},
        "Conditions": {"HasDemo": {"Fn::Equals": [{"Ref": "Demo"}, "Yes"]}},
    }
    resources = {"Role": role(), "Function": function(Condition="HasDemo")}
    assert foreseen(resources, template=template) == ["s3-object:code/function.zip"]


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, ["ssm:/code/bucket", "ssm:/code/key", "s3-object:value/value"]),
        ({"/code/bucket": "code", "/code/key": "f.zip"}, ["s3-object:code/f.zip"]),
    ],
)
def test_an_object_whose_place_is_in_parameters_of_systems_manager(foreseen, given, named):
    code = {"S3Bucket": "{{resolve:ssm:/code/bucket}}", "S3Key": "{{resolve:ssm:/code/key:1}}"}
    assert sorted(foreseen({"Role": role(), "Function": function(code)}, ssm=given)) == sorted(named)


def test_in_a_nested_stack_with_the_parameters_that_it_is_given(foreseen, tmp_path):
    child = {
        "Parameters": {"Key": {"Type": "String"}},
        "Resources": {"Role": role("in-the-child"), "Function": function({**CODE, "S3Key": {"Ref": "Key"}})},
    }
    child["Resources"]["Function"]["Properties"]["Role"] = "arn:aws:iam::123456789012:role/in-the-child"
    child["Resources"]["Function"]["DependsOn"] = "Role"
    (tmp_path / "child.json").write_text(json.dumps(child))
    nested = {"TemplateURL": "https://s3.amazonaws.com/templates/child.json", "Parameters": {"Key": "child.zip"}}
    resources = {"Child": {"Type": "AWS::CloudFormation::Stack", "Properties": nested}}
    assert sorted(foreseen(resources)) == ["s3-object:code/child.zip", "s3-object:templates/child.json"]


BUCKET = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "code"}}
COPYING = "arn:aws:lambda:us-east-1:123456789012:function:copy"
COPY = {"Type": "Custom::Copy", "Properties": {"ServiceToken": COPYING, "To": {"Ref": "Bucket"}}}


@pytest.mark.parametrize("named", [True, False])
def test_nothing_is_in_a_bucket_that_the_template_makes(tmp_path, named):
    bucket = BUCKET if named else {"Type": "AWS::S3::Bucket"}
    code = CODE if named else {**CODE, "S3Bucket": {"Ref": "Bucket"}}
    path = tmp_path / "template.json"
    resources = {"Bucket": bucket, "Role": role(), "Function": function(code, DependsOn="Bucket")}
    path.write_text(json.dumps({"Resources": resources}))
    report = preflight(path, role="deploy", managed=["AdministratorAccess"], fixes=False)
    (failure,) = [one for one in report.findings if one.id == "LR208"]
    assert (failure.logical_id, failure.operation, failure.level.value) == ("Function", "create", "error")
    assert "S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist." in failure.message
    assert report.assumptions == ()


def test_unless_a_custom_resource_may_have_put_it_there(foreseen):
    resources = {"Bucket": BUCKET, "Role": role(), "Copy": COPY, "Function": function(DependsOn="Copy")}
    assert "s3-object:code/function.zip" in foreseen(resources, exists=[COPYING])


def test_a_bucket_is_not_the_template_s_own_where_it_makes_none(foreseen):
    resources = {"Bucket": {**BUCKET, "Condition": "Never"}, "Role": role(), "Function": function()}
    template = {"Conditions": {"Never": {"Fn::Equals": ["a", "b"]}}}
    assert foreseen(resources, template=template) == ["s3-object:code/function.zip"]


def test_before_an_update_somebody_may_have_put_it_there(foreseen):
    template = {
        "Parameters": {"Deploy": {"Type": "String", "Default": "No", "AllowedValues": ["No", "Yes"]}},
        "Conditions": {"IsFilled": {"Fn::Equals": [{"Ref": "Deploy"}, "Yes"]}},
    }
    resources = {"Bucket": BUCKET, "Role": role(), "Function": function(DependsOn="Bucket", Condition="IsFilled")}
    assert foreseen(resources, template=template) == ["s3-object:code/function.zip"]


def cluster(**roles):
    return {
        "Type": "AWS::EMR::Cluster",
        "Properties": {
            "Name": "cluster",
            "ReleaseLabel": "emr-7.0.0",
            "Instances": {
                "MasterInstanceGroup": {"InstanceCount": 1, "InstanceType": "m5.xlarge"},
                "CoreInstanceGroup": {"InstanceCount": 1, "InstanceType": "m5.xlarge"},
            },
            **roles,
        },
    }


def test_roles_that_a_cluster_names_without_an_arn(foreseen):
    profile = {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": [{"Ref": "Role"}]}}
    roles = {"JobFlowRole": {"Ref": "Profile"}, "ServiceRole": {"Ref": "Role"}, "AutoScalingRole": "Scaling"}
    resources = {"Profile": profile, "Cluster": cluster(**roles)}
    assert foreseen({**resources, "Role": role()}) == ["role:arn:aws:iam::123456789012:role/Scaling"]


def test_no_role_is_assumed_that_the_template_makes(foreseen):
    profile = {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": [{"Ref": "Role"}]}}
    roles = {"JobFlowRole": {"Ref": "Profile"}, "ServiceRole": "Scaling", "AutoScalingRole": "Scaling"}
    resources = {"Profile": profile, "Role": role(), "Scaling": role("Scaling")}
    assert foreseen({**resources, "Cluster": {**cluster(**roles), "DependsOn": "Scaling"}}) == []
