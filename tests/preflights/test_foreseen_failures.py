"""Failures that people really had, foreseen from the template: the rows of that list that a template can cause."""

import json
from dataclasses import replace

import pytest
from of_corpus import ACCOUNT, launch_role

from launchrole.preflights.examination import Case
from launchrole.preflights.preflight import reported
from launchrole.preflights.report import Verdict
from launchrole.preflights.subject import DIRECT, PROJECT, Policy, Role, Supply, Wanted, World

TAGS = {"sagemaker:project-name": "churn"}
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/service-role/AmazonSageMakerServiceCatalogProducts"
USE_ROLE = f"{ROLE_ARN}UseRole"


def allow(*actions, resource="*"):
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


def further(role, *statements):
    """The role with statements of its own besides."""
    text = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    return replace(role, policies=(*role.policies, Policy("further", text)))


def look(resources, *statements, version="v4", role=None, world=None, **members):
    """The report on a template of these resources."""
    built_in, roles = launch_role(version)
    role = role or (further(built_in, *statements) if statements else built_in)
    parameters = members.pop("parameters", {})
    body = {"Parameters": parameters, "Resources": resources} if parameters else {"Resources": resources}
    text = json.dumps(body, indent=2)
    wanted = Wanted(text, members.pop("values", {}), role, world or roles, **members)
    return reported(Case("template.json", wanted))


def found(report, logical_id, action=None):
    """The findings about a resource, or about one action for it."""
    return [one for one in report.findings if one.logical_id == logical_id and action in (None, one.action)]


def test_row_1_a_role_in_the_template():
    name = "SageMakerGithubWorkflowTriggerLambdaExecutionRole-p-1"
    trust = {
        "Version": "2012-10-17",
        "Statement": [{**allow("sts:AssumeRole"), "Principal": {"Service": "lambda.amazonaws.com"}}],
    }
    del trust["Statement"][0]["Resource"]
    report = look(
        {"Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": name, "AssumeRolePolicyDocument": trust}}}
    )
    assert report.verdict is Verdict.DENIED
    (one,) = found(report, "Role", "iam:GetRole")
    assert (one.id, one.operation, one.line) == ("LR101", "create", 3)
    assert (
        f"is not authorized to perform: iam:GetRole on resource: role {name} because no identity-based" in one.message
    )
    assert {each.action for each in found(report, "Role")} == {"iam:GetRole", "iam:CreateRole", "iam:DeleteRole"}


@pytest.mark.parametrize("what", ["missing trust of Service Catalog", "missing trust of CloudFormation"])
def test_row_2_the_launch_role_does_not_trust_who_launches(what):
    role, _ = launch_role()
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = replace(role, trust=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
    channel = {} if "Catalog" in what else {"channel": DIRECT}
    report = look({"Topic": {"Type": "AWS::SNS::Topic"}}, role=role, world=World({}), **channel)
    (one,) = report.findings
    assert (one.id, report.verdict) == ("LR109", Verdict.DENIED)
    assert role.arn in one.message


def test_row_3_the_role_of_the_pipeline_is_missing():
    role, world = launch_role()
    roles = {arn: one for arn, one in world.roles.items() if not arn.endswith("CodePipelineRole")}
    project = {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "Name": "sagemaker-rule",
            "EventPattern": {"source": ["aws.sagemaker"]},
            "Targets": [
                {
                    "Id": "one",
                    "Arn": f"arn:aws:codepipeline:us-east-1:{ACCOUNT}:sagemaker-pipeline",
                    "RoleArn": f"{ROLE_ARN}CodePipelineRole",
                }
            ],
        },
    }
    report = look({"Rule": project}, role=role, world=World(roles, is_complete=True))
    (one,) = [each for each in found(report, "Rule") if each.id == "LR111"]
    assert f"{ROLE_ARN}CodePipelineRole" in one.message
    assert report.verdict is Verdict.DENIED


def test_row_4_tags_that_a_template_gives_a_code_repository():
    properties = {
        "CodeRepositoryName": "sagemaker-seed",
        "GitConfig": {"RepositoryUrl": "https://example.com/a/b"},
        "Tags": [{"Key": "team", "Value": "red"}],
    }
    for version in ("v4", "v7"):
        report = look({"Seed": {"Type": "AWS::SageMaker::CodeRepository", "Properties": properties}}, version=version)
        (one,) = found(report, "Seed", "sagemaker:AddTags")
        assert "code-repository/sagemaker-seed" in one.resource
        assert "is not authorized to perform: sagemaker:AddTags on resource: arn:aws:sagemaker:" in one.message


def test_row_5_tags_of_the_stack_although_the_template_sets_none():
    notebook = {"InstanceType": "ml.t3.medium", "RoleArn": f"{ROLE_ARN}ExecutionRole"}
    resources = {"Notebook": {"Type": "AWS::SageMaker::NotebookInstance", "Properties": notebook}}
    permissions = allow(
        "sagemaker:CreateNotebookInstance", "sagemaker:*NotebookInstance", "iam:PassRole", "sagemaker:DescribeNotebook*"
    )
    report = look(resources, permissions, tags=TAGS)
    assert [one.action for one in report.denials] == ["sagemaker:AddTags"]
    assert found(report, "Notebook", "sagemaker:AddTags")


def test_row_6_a_pattern_too_narrow_for_the_generated_name():
    pattern = "arn:aws:sagemaker:*:*:notebook-instance-lifecycle-config/basicnotebook*"
    action = "sagemaker:CreateNotebookInstanceLifecycleConfig"
    resources = {"Config": {"Type": "AWS::SageMaker::NotebookInstanceLifecycleConfig", "Properties": {}}}
    report = look(resources, allow(action, resource=pattern))
    (one,) = found(report, "Config", action)
    assert one.id == "LR102"
    assert "came closest" in one.nearest


def test_row_7_a_function_is_tagged_on_creation():
    properties = {
        "FunctionName": "sagemaker-f",
        "Runtime": "python3.12",
        "Handler": "index.handler",
        "Role": f"{ROLE_ARN}LambdaRole",
        "Code": {"ZipFile": "def handler(event, context): pass"},
    }
    report = look({"Function": {"Type": "AWS::Lambda::Function", "Properties": properties}}, tags=TAGS)
    (one,) = found(report, "Function", "lambda:TagResource")
    assert one.id == "LR101"


def test_row_8_creation_works_and_the_update_does_not():
    resources = {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "one", "DisplayName": "old"}}}
    after = {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "one", "DisplayName": "new"}}}
    permissions = allow("sns:CreateTopic", "sns:DeleteTopic", "sns:GetTopicAttributes")
    report = look(resources, permissions, update=(json.dumps({"Resources": after}), {}))
    denied = [(one.operation, one.action) for one in report.denials]
    assert ("update", "sns:SetTopicAttributes") in denied
    assert not [one for one in denied if one[0] == "delete"]


@pytest.mark.parametrize(
    ("property_", "value", "action"),
    [
        ("VersioningConfiguration", {"Status": "Enabled"}, "s3:PutBucketVersioning"),
        ("OwnershipControls", {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}, "s3:PutBucketOwnershipControls"),
    ],
)
def test_row_9_properties_of_buckets_that_the_role_does_not_cover(property_, value, action):
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "sagemaker-b", property_: value}}
    report = look({"Bucket": bucket})
    assert [one.action for one in report.denials] == [action]


def test_row_10_seed_code_whose_placeholder_was_never_replaced():
    code = {"S3": {"Bucket": "sagemaker-seed", "Key": "AWSDEFAULT___SEED___"}}
    repository = {
        "Type": "AWS::CodeCommit::Repository",
        "Properties": {"RepositoryName": "sagemaker-code", "Code": code},
    }
    report = look(
        {"Code": repository}, allow("s3:ListBucket"), supplies=(Supply("s3-bucket:sagemaker-seed", given=True),)
    )
    (one,) = found(report, "Code")
    assert (one.id, report.verdict) == ("LR208", Verdict.FAILS)
    assert "Not Found (Service: Amazon S3; Status Code: 404" in one.message


def test_row_11_code_that_nobody_has_said_to_be_tagged():
    """The launch role reads what is tagged servicecatalog:provisioning=true, or lies in a bucket of SageMaker's."""
    code = {"S3": {"Bucket": "templates", "Key": "seed.zip"}}
    repository = {
        "Type": "AWS::CodeCommit::Repository",
        "Properties": {"RepositoryName": "sagemaker-code", "Code": code},
    }
    name = "s3-object:templates/seed.zip"
    report = look({"Code": repository})
    (one,) = [each for each in found(report, "Code") if each.action == "s3:GetObject"]
    assert (one.id, one.depends_on, report.verdict) == ("LR904", (f"s3-object-tag:{name[10:]}",), Verdict.DEPENDS)
    tagged = Supply(name, given=True, tags={"servicecatalog:provisioning": "true"})
    assert look({"Code": repository}, supplies=(tagged,)).verdict is Verdict.LAUNCHES
    (one,) = look({"Code": repository}, supplies=(Supply(name, given=True, tags={}),)).denials
    assert (one.id, one.action) == ("LR103", "s3:GetObject")


def test_row_15_a_custom_resource_that_is_said_to_fail():
    reason = "Codebuild to checkin seedcode has status FAILED"
    resources = {
        "Checkin": {
            "Type": "Custom::SeedCheckin",
            "Properties": {"ServiceToken": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:sagemaker-checkin"},
        }
    }
    report = look(resources, responses={"Custom::SeedCheckin": {"Create": {"Status": "FAILED", "Reason": reason}}})
    assert any(reason in one.message for one in found(report, "Checkin"))


def test_row_17_a_bucket_that_is_not_empty_by_then_and_one_that_stays():
    logs = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "sagemaker-logs"}}
    kept = {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain", "Properties": {"BucketName": "sagemaker-artifacts"}}
    project = {
        "Type": "AWS::CodeBuild::Project",
        "Properties": {
            "ServiceRole": f"{ROLE_ARN}CodeBuildRole",
            "Artifacts": {"Type": "S3", "Location": {"Ref": "Logs"}},
            "Environment": {"Type": "LINUX_CONTAINER", "ComputeType": "BUILD_GENERAL1_SMALL", "Image": "aws/codebuild"},
            "Source": {"Type": "NO_SOURCE", "BuildSpec": "version: 0.2"},
        },
    }
    report = look({"Logs": logs, "Artifacts": kept, "Build": project}, version="administrator")
    assert [(one.id, one.logical_id, one.operation) for one in report.findings] == [
        ("LR207", "Artifacts", "create"),
        ("LR202", "Logs", "delete"),
    ]
    assert report.verdict is Verdict.LAUNCHES


def test_row_18_a_bucket_name_that_is_too_long_and_one_that_is_taken():
    name = {"Fn::Sub": "sagemaker-project-${SageMakerProjectName}-${SageMakerProjectId}-model-artifacts-of-the-team"}
    resources = {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}}}
    parameters = {"SageMakerProjectName": {"Type": "String"}, "SageMakerProjectId": {"Type": "String"}}
    values = {"SageMakerProjectName": "customer-churn-prediction", "SageMakerProjectId": "p-abcdefghijkl"}
    report = look(resources, parameters=parameters, values=values, channel=PROJECT)
    (one,) = found(report, "Bucket")
    assert (one.id, report.verdict) == ("LR201", Verdict.FAILS)
    taken = {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "sagemaker-taken"}}}
    report = look(taken, region="eu-west-1", supplies=(Supply("s3-bucket:sagemaker-taken", given=True),))
    (one,) = found(report, "Bucket")
    assert one.id == "LR207"


def test_row_21_a_policy_for_the_use_role():
    properties = {
        "PolicyName": "ab-testing",
        "PolicyDocument": {"Version": "2012-10-17", "Statement": [allow("dynamodb:GetItem")]},
        "Roles": [USE_ROLE.rpartition("/")[2]],
    }
    report = look({"Policy": {"Type": "AWS::IAM::Policy", "Properties": properties}})
    denied = [(one.operation, one.action) for one in found(report, "Policy")]
    assert denied == [("create", "iam:PutRolePolicy"), ("delete", "iam:DeleteRolePolicy")]


def test_row_22_a_nested_failure_shows_its_cause():
    child = {"Resources": {"Model": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "a name with blanks"}}}}
    url = "https://sagemaker-templates.s3.us-east-1.amazonaws.com/child.template"
    resources = {"Child": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}}
    supplies = (Supply("s3-object:sagemaker-templates/child.template", json.dumps(child), given=True),)
    report = look(resources, version="administrator", supplies=supplies)
    cause, untried = report.findings
    assert (cause.logical_id, cause.type) == ("Child/Model", "AWS::SNS::Topic")
    assert "Embedded stack" not in cause.message
    assert (untried.id, "the update" in untried.message) == ("LR905", True)


def test_row_23_parameters_of_systems_manager():
    parameters = {"Image": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/image"}}
    report = look(
        {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Image"}}}},
        allow("sns:*"),
        parameters=parameters,
        supplies=(Supply("ssm:/image", "latest", given=True),),
    )
    assert {one.action for one in report.denials} == {"ssm:GetParameters"}
    assert "is not authorized to perform: ssm:GetParameters on resource" in report.denials[0].message


def test_row_24_a_managed_policy_that_is_gone():
    statement = {"Effect": "Allow", "Principal": {"Service": "config.amazonaws.com"}, "Action": "sts:AssumeRole"}
    arn = "arn:aws:iam::aws:policy/service-role/AWSConfigRole"
    properties = {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "ManagedPolicyArns": [arn],
    }
    report = look({"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}, version="administrator")
    (one,) = found(report, "Role")
    assert (one.id, report.verdict) == ("LR208", Verdict.FAILS)
    assert f"Policy {arn} does not exist or is not attachable." in one.message


def test_row_25_a_constraint_before_the_association():
    product = {
        "Name": "product",
        "Owner": "us",
        "ProvisioningArtifactParameters": [
            {"Info": {"LoadTemplateFromURL": "https://sagemaker-x.s3.us-east-1.amazonaws.com/t.template"}}
        ],
    }
    resources = {
        "Portfolio": {
            "Type": "AWS::ServiceCatalog::Portfolio",
            "Properties": {"DisplayName": "one", "ProviderName": "us"},
        },
        "Product": {"Type": "AWS::ServiceCatalog::CloudFormationProduct", "Properties": product},
        "Constraint": {
            "Type": "AWS::ServiceCatalog::LaunchRoleConstraint",
            "Properties": {
                "PortfolioId": {"Ref": "Portfolio"},
                "ProductId": {"Ref": "Product"},
                "RoleArn": f"{ROLE_ARN}LaunchRole",
            },
        },
    }
    template = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    supplies = (Supply("s3-object:sagemaker-x/t.template", template, given=True),)
    report = look(resources, version="administrator", supplies=supplies)
    (one,) = found(report, "Constraint")
    assert one.id == "LR208"


def test_a_product_for_a_portfolio_elsewhere_rests_on_the_portfolio_and_on_its_template():
    artifact = {"Info": {"LoadTemplateFromURL": "https://sagemaker-x.s3.us-east-1.amazonaws.com/t.template"}}
    product = {"Name": "product", "Owner": "us", "ProvisioningArtifactParameters": [artifact]}
    association = {"PortfolioId": "port-abcdefghijklm", "ProductId": {"Ref": "Product"}}
    resources = {
        "Product": {"Type": "AWS::ServiceCatalog::CloudFormationProduct", "Properties": product},
        "Association": {"Type": "AWS::ServiceCatalog::PortfolioProductAssociation", "Properties": association},
    }
    report = look(resources, version="administrator")
    assert report.findings == ()
    assert report.verdict is Verdict.DEPENDS
    assert {one.option for one in report.assumptions if one.decides} == {
        "--exists s3://sagemaker-x/t.template",
        "--exists portfolio:port-abcdefghijklm",
    }


def test_a_role_that_the_world_does_not_have_is_an_assumption():
    """Where the account is not known as a whole, a role may well be there."""
    other = f"arn:aws:iam::{ACCOUNT}:role/somebodys"
    rule = {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "Name": "sagemaker-rule",
            "EventPattern": {"source": ["aws.sagemaker"]},
            "Targets": [
                {"Id": "one", "Arn": f"arn:aws:codepipeline:us-east-1:{ACCOUNT}:sagemaker-x", "RoleArn": other}
            ],
        },
    }
    report = look({"Rule": rule}, version="administrator")
    assert (report.verdict, [one.name for one in report.assumptions]) == (Verdict.DEPENDS, [f"role:{other}"])
    known = World({other: Role(other, _trusting("events.amazonaws.com"))})
    role, _ = launch_role("administrator")
    assert look({"Rule": rule}, role=role, world=known).verdict is Verdict.LAUNCHES


def _trusting(service):
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_service_control_policies_bind_the_launch_role_and_not_who_launches(levels):
    """An allow list without Service Catalog, and without topics, at the last level."""
    role, roles = launch_role("administrator")
    full = Policy("full", json.dumps({"Version": "2012-10-17", "Statement": [allow("*")]}))
    less = Policy("less", json.dumps({"Version": "2012-10-17", "Statement": [allow("s3:*", "cloudformation:*")]}))
    world = World(roles.roles, scps=(*[full] * (levels - 1), less))
    report = look({"Topic": {"Type": "AWS::SNS::Topic"}}, role=role, world=world)
    assert {(one.id, one.logical_id) for one in report.findings} == {("LR106", "Topic")}
    assert "because no service control policy allows the SNS:CreateTopic action" in report.findings[0].message
    deny = Policy("deny", json.dumps({"Version": "2012-10-17", "Statement": [{**allow("sns:*"), "Effect": "Deny"}]}))
    world = World(roles.roles, scps=(*[full] * (levels - 1), deny))
    report = look({"Topic": {"Type": "AWS::SNS::Topic"}}, role=role, world=world)
    assert {one.id for one in report.findings} == {"LR106"}
    assert "with an explicit deny in a service control policy" in report.findings[0].message


def test_a_role_whose_name_is_put_together_is_found():
    """Roles are made for the rehearsal where something mentions them, or where it turns out that they are passed."""
    rule = {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "Name": "sagemaker-rule",
            "EventPattern": {"source": ["aws.sagemaker"]},
            "Targets": [
                {
                    "Id": "one",
                    "Arn": f"arn:aws:codepipeline:us-east-1:{ACCOUNT}:sagemaker-x",
                    "RoleArn": {"Fn::Sub": f"{ROLE_ARN}${{Which}}Role"},
                }
            ],
        },
    }
    parameters = {"Which": {"Type": "String"}}
    report = look({"Rule": rule}, parameters=parameters, values={"Which": "Events"})
    assert [one for one in report.findings if one.id.startswith("LR11")] == []
    assert report.verdict is Verdict.LAUNCHES


def test_a_denial_that_rests_on_a_made_up_value_is_not_certain():
    """Another name might fit the pattern of the statement; one of which a fixed part does not fit never will."""
    parameters = {"Name": {"Type": "String"}}

    def of(name):
        bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}}
        text = json.dumps({"Parameters": parameters, "Resources": {"Bucket": bucket}})
        role, world = launch_role()
        return reported(Case("t.json", Wanted(text, {"Name": "value"}, role, world), frozenset({"Name"})))

    report = of({"Ref": "Name"})
    assert report.verdict is Verdict.DEPENDS
    assert {one.depends_on for one in report.denials} == {("parameter:Name",)}
    assert [(one.name, one.decides) for one in report.assumptions] == [("parameter:Name", True)]
    report = of({"Fn::Sub": "results-${Name}"})
    assert report.verdict is Verdict.DENIED
    assert [one.decides for one in report.assumptions] == [False]


def test_only_the_operations_that_are_asked_for_are_told():
    resources = {"Topic": {"Type": "AWS::SNS::Topic"}}
    report = look(resources, operations=("delete",))
    assert {one.operation for one in (*report.findings, *report.calls)} == {"delete"}
    assert {one.action for one in report.denials} == {"sns:DeleteTopic"}
