"""A real template that registers a product in a portfolio: deployed as published, and its product launched by a user.

The function that the template calls to put the product's files into a bucket is not run: what it would have answered is
given to the sandbox, and the files are put where it says.
"""

import re

import pytest

from corpus import CORPUS, World, archive, text_of
from endpoint import allow, trust
from launchrole.account import decisions
from launchrole.sandbox import Sandbox
from shared_inputs import needs_shared

FOLDER = "sagemaker-custom-project-templates/mlops-deployment-patterns"
BUCKET = "sagemaker-staging"
KEY = "mlops-deployment-patterns/templates/template.yaml"
CENSUS = (
    ("codebuild", "list_projects", "projects"),
    ("codecommit", "list_repositories", "repositories"),
    ("codepipeline", "list_pipelines", "pipelines"),
    ("events", "list_rules", "Rules"),
    ("s3", "list_buckets", "Buckets"),
)


@pytest.fixture
def sandbox():
    with Sandbox() as sandbox:
        faults = []
        sandbox.gateway.report = faults.append
        yield sandbox
        assert not faults


def census(sandbox):
    """How many there are of all that the product consists of."""
    return [len(getattr(sandbox.client(service), operation)()[member]) for service, operation, member in CENSUS]


def registered(sandbox):
    """Deploy the wrapper into a new portfolio; the portfolio's and the product's ids."""
    world = World(sandbox)
    template = text_of(f"{FOLDER}/project/template.yaml")
    world.put(BUCKET, KEY, template.encode())
    for key in re.findall(r"[\w-]+/seedcode/[\w-]+\.zip", template):
        world.put(BUCKET, key, archive())
    url = f"https://{BUCKET}.s3.us-east-1.amazonaws.com/{KEY}"
    sandbox.custom_resources = {"Custom::InvokeCustomLambda": {"Data": {"template_url": url}}}
    portfolio = sandbox.client("servicecatalog").create_portfolio(DisplayName="ours", ProviderName="us")
    identifier = portfolio["PortfolioDetail"]["Id"]
    client = sandbox.client("cloudformation")
    client.create_stack(
        StackName="wrapper",
        TemplateBody=(CORPUS / FOLDER / "create-mlops-deployment-pattern-product.yaml").read_text(),
        Parameters=[{"ParameterKey": "PortfolioIDParameter", "ParameterValue": identifier}],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    assert sandbox.settle(60)
    (stack,) = client.describe_stacks(StackName="wrapper")["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
    return identifier, outputs["CreatedServiceCatalogProductId"]


@needs_shared
def test_a_product_that_a_published_template_registers_is_launched_by_a_user(sandbox):
    portfolio, product = registered(sandbox)
    iam = sandbox.client("iam")
    role = iam.create_role(RoleName="scientist", AssumeRolePolicyDocument=trust("sagemaker"))["Role"]["Arn"]
    iam.put_role_policy(RoleName="scientist", PolicyName="p", PolicyDocument=allow("servicecatalog:*"))
    sandbox.client("servicecatalog").associate_principal_with_portfolio(
        PortfolioId=portfolio, PrincipalARN=role, PrincipalType="IAM"
    )
    before = census(sandbox)
    there = {one["Name"] for one in sandbox.client("s3").list_buckets()["Buckets"]}

    user = sandbox.client("servicecatalog", sandbox.assume(role, "sagemaker.amazonaws.com", "ana"))
    (found,) = user.search_products()["ProductViewSummaries"]
    assert found["ProductId"] == product
    given = {"SageMakerProjectName": "churn", "SageMakerProjectId": "p-abcdefghijkl"}
    record = user.provision_product(
        ProductId=product,
        ProvisioningArtifactName="v1.0",
        ProvisionedProductName="mine",
        ProvisioningParameters=[{"Key": key, "Value": value} for key, value in given.items()],
    )["RecordDetail"]["RecordId"]
    assert sandbox.settle(60)
    detail = user.describe_record(Id=record)["RecordDetail"]
    assert (detail["Status"], detail["RecordErrors"]) == ("SUCCEEDED", [])
    assert detail["LaunchRoleArn"].rpartition("/")[2].startswith("SM-MLOpsDeploy-Example-Launch-Role-")
    assert all(now > then for now, then in zip(census(sandbox), before, strict=True))
    with sandbox.store.transaction() as connection:
        made = [one for _, one in decisions.newest(connection, decisions.KEPT) if "Launch-Role-" in one.principal]
    assert {one.allowed for one in made} == {True}
    assert "codepipeline:CreatePipeline" in {one.action for one in made}

    record = user.terminate_provisioned_product(ProvisionedProductName="mine")["RecordDetail"]["RecordId"]
    assert sandbox.settle(60)
    detail = user.describe_record(Id=record)["RecordDetail"]
    assert (detail["Status"], detail["RecordErrors"]) == ("SUCCEEDED", [])
    assert census(sandbox)[:-1] == before[:-1]
    buckets = {one["Name"] for one in sandbox.client("s3").list_buckets()["Buckets"]}
    assert buckets - there == {"sagemaker-project-p-abcdefghijkl"}  # which its DeletionPolicy retains
