"""What people really read when a product or a project was not launched, made again.

One test a row of that list; the others of it that belong to Service Catalog are, by what they are about:
a launch role that is missing or does not trust, a template that may not be read from S3, an artifact that is not there,
no launch path even for an administrator: `test_launches`; a constraint before the association: `test_administration`
and `test_stacks_of_catalogs`. Those of CloudFormation are in `cloudformation/test_real_failures`.
"""

import json

import pytest
from botocore.exceptions import ClientError

from launchrole.sandbox import Sandbox
from projects import ACCOUNT, ROLES, SESSIONS, World

GIT = [
    {"Key": "ModelBuildRepositoryUrl", "Value": "https://git.example.com/team/build"},
    {"Key": "ModelBuildRepositoryFullName", "Value": "team/build"},
    {"Key": "ModelDeployRepositoryUrl", "Value": "https://git.example.com/team/deploy"},
    {"Key": "ModelDeployRepositoryFullName", "Value": "team/deploy"},
]
FAILED = "Client error: Provisioning failed with error: "


@pytest.fixture
def world():
    with Sandbox() as sandbox:
        faults = []
        sandbox.gateway.report = faults.append
        yield World(sandbox)
        assert not faults


def message(project):
    """What DescribeProject tells of a failure."""
    assert project["ProjectStatus"] == "CreateFailed"
    return project["ServiceCatalogProvisionedProductDetails"]["ProvisionedProductStatusMessage"]


def record_error(world, project):
    """What DescribeRecord tells of it, to whom the project belongs."""
    client = world.user("servicecatalog")
    identifier = project["ServiceCatalogProvisionedProductDetails"]["ProvisionedProductId"]
    product = client.describe_provisioned_product(Id=identifier)["ProvisionedProductDetail"]
    assert product["Status"] == "ERROR"
    record = client.describe_record(Id=product["LastRecordId"])["RecordDetail"]
    assert record["Status"] == "FAILED"
    return record["RecordErrors"][0]["Description"]


def reasons(world, project):
    """The reasons of the stack's resources that failed: logical id to reason."""
    identifier = project["ServiceCatalogProvisionedProductDetails"]["ProvisionedProductId"]
    client = world.sandbox.client("cloudformation")
    pages = client.get_paginator("describe_stack_events").paginate(StackName=f"SC-{ACCOUNT}-{identifier}")
    return {
        one["LogicalResourceId"]: one["ResourceStatusReason"]
        for page in pages
        for one in page["StackEvents"]
        if one["ResourceStatus"] == "CREATE_FAILED"
    }


def leaves_nothing(world):
    """Delete the project that failed; nothing is left of it."""
    world.user("sagemaker").delete_project(ProjectName="churn")
    assert world.settled()["ProjectStatus"] == "DeleteCompleted"
    assert world.stacks() == []
    for service, operation, member in (
        ("codecommit", "list_repositories", "repositories"),
        ("codebuild", "list_projects", "projects"),
        ("codepipeline", "list_pipelines", "pipelines"),
        ("events", "list_rules", "Rules"),
    ):
        assert getattr(world.sandbox.client(service), operation)()[member] == []


def test_the_roles_of_the_services_are_missing(world):
    """https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-projects-templates-sm.html"""
    iam = world.sandbox.client("iam")
    role = "AmazonSageMakerServiceCatalogProductsCodePipelineRole"
    for policy in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=role, PolicyArn=policy["PolicyArn"])
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        iam.delete_role_policy(RoleName=role, PolicyName=name)
    iam.delete_role(RoleName=role)

    project = world.create()
    told = f"CodePipeline is not authorized to perform AssumeRole on role {ROLES}CodePipelineRole"
    assert told in message(project)
    assert told in record_error(world, project)
    (why,) = [one for one in reasons(world, project).values() if told in one]
    assert "Resource creation cancelled" not in why
    leaves_nothing(world)


def test_the_build_that_checks_in_seed_code_has_failed(world):
    """amazon-sagemaker-from-idea-to-production, issue 16: the real cause is one level down, in the build's log, and the
    function behind the custom resource knows no more."""
    connection = world.sandbox.client("codestar-connections").create_connection(
        ConnectionName="git", ProviderType="GitHub", Tags=[{"Key": "sagemaker", "Value": "true"}]
    )["ConnectionArn"]
    reason = "Codebuild to checkin seedcode has status FAILED"
    world.sandbox.custom_resources = {
        "Custom::SeedCheckin": {"Create": {"Status": "FAILED", "Reason": reason}, "Delete": {}}
    }
    parameters = [*GIT, {"Key": "CodeConnectionArn", "Value": connection}]
    project = world.create(product="mlops-build-deploy-git", ProvisioningParameters=parameters)
    told = f"Received response status [FAILED] from custom resource. Message returned: {reason}"
    error = record_error(world, project)
    assert error.startswith(f"Errors from CloudFormation: [{{LogicalResourceId : SC-{ACCOUNT}-pp-")
    assert f"ResourceType : Custom::SeedCheckin, StatusReason : {told}" in error
    assert message(project) == f"{FAILED}{error}"
    assert any(one.startswith(told) for one in reasons(world, project).values())
    leaves_nothing(world)


def test_a_project_that_could_not_be_created_tells_the_cause(world):
    """terraform-provider-aws, issue 33771: what people see first is `unexpected state 'CreateFailed', wanted target
    'CreateCompleted'`; the cause is in the project, the record and the stack's events."""
    iam = world.sandbox.client("iam")
    statement = {"Effect": "Deny", "Action": "events:PutRule", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(
        RoleName="AmazonSageMakerServiceCatalogProductsLaunchRole", PolicyName="less", PolicyDocument=document
    )
    project = world.create()
    told = (
        f"User: {SESSIONS}LaunchRole/servicecatalog is not authorized to perform: events:PutRule on resource: "
        f"arn:aws:events:us-east-1:{ACCOUNT}:rule/sagemaker-"
    )
    denied = {name: why for name, why in reasons(world, project).items() if told in why}
    assert denied
    error = record_error(world, project)
    assert message(project) == f"{FAILED}{error}"
    for name, why in denied.items():
        assert f"{{LogicalResourceId : {name}, ResourceType : AWS::Events::Rule, StatusReason : {why}}}" in error
    leaves_nothing(world)


def test_row_13_an_artifact_that_is_not_there_refuses_the_project(world):
    """sagemaker-studio-emr, issue 42: a stale id of an artifact; CreateProject itself is refused."""
    with pytest.raises(ClientError) as problem:
        world.create(ProvisioningArtifactId="pa-1234567890123")
    assert problem.value.response["Error"] == {
        "Code": "ValidationException",
        "Message": "Provisioning artifact pa-1234567890123 does not exist or access was denied",
    }
    assert world.user("sagemaker").list_projects()["ProjectSummaryList"] == []
    assert world.stacks() == []
