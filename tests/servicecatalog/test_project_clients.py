"""The `aws` command and boto3 against an endpoint: projects of an ordinary user, and a project template that the user
provisions without a project."""

import json
import time

import pytest

from commands import Aws
from endpoint import ACCOUNT
from launchrole import portfolio

TEMPLATE = portfolio.product("mlops-build").name
SETTLED = ("Completed", "Failed", "SUCCEEDED", "FAILED", "Enabled")


def until_settled(look):
    """Ask until a status is a last one, as scripts do."""
    until = time.monotonic() + 60
    while not (status := look()).endswith(SETTLED):
        assert time.monotonic() < until
        time.sleep(0.1)
    return status


@pytest.fixture
def user(endpoint):
    """The keys of an IAM user with AmazonSageMakerFullAccess."""
    iam = endpoint.client("iam", endpoint.sandbox.root())
    iam.create_user(UserName="ana")
    iam.attach_user_policy(UserName="ana", PolicyArn="arn:aws:iam::aws:policy/AmazonSageMakerFullAccess")
    return iam.create_access_key(UserName="ana")["AccessKey"]


def turned_on(endpoint):
    """Wait until the portfolio is on, which it is to be; its id."""
    root = endpoint.sandbox.root()
    client = endpoint.client("sagemaker", root)
    client.enable_sagemaker_servicecatalog_portfolio()
    until_settled(lambda: client.get_sagemaker_servicecatalog_portfolio_status()["Status"])
    (one,) = endpoint.client("servicecatalog", root).list_portfolios()["PortfolioDetails"]
    return one["Id"]


def welcome(endpoint, portfolio_id):
    """Let the user launch what is in a portfolio."""
    endpoint.client("servicecatalog", endpoint.sandbox.root()).associate_principal_with_portfolio(
        PortfolioId=portfolio_id, PrincipalType="IAM", PrincipalARN=f"arn:aws:iam::{ACCOUNT}:user/ana"
    )


def test_projects_from_the_command_line(endpoint, user, tmp_path):
    root = endpoint.sandbox.root()
    Aws(endpoint.url, root, tmp_path)("sagemaker", "enable-sagemaker-servicecatalog-portfolio")
    welcome(endpoint, turned_on(endpoint))
    found = endpoint.client("servicecatalog", user).search_products()["ProductViewSummaries"]
    product = next(one["ProductId"] for one in found if one["Name"] == TEMPLATE)
    aws = Aws(endpoint.url, user, tmp_path)
    made = aws("sagemaker", "create-project", "--project-name", "churn", "--tags", "Key=team,Value=red",
               "--service-catalog-provisioning-details", f"ProductId={product}")  # fmt: skip
    assert made["ProjectArn"] == f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:project/churn"
    client = endpoint.client("sagemaker", user)
    client.create_project(ProjectName="fraud", ServiceCatalogProvisioningDetails={"ProductId": product})

    def status(name="churn"):
        return until_settled(lambda: client.describe_project(ProjectName=name)["ProjectStatus"])

    assert [status("churn"), status("fraud")] == ["CreateCompleted", "CreateCompleted"]
    described = aws("sagemaker", "describe-project", "--project-name", "churn")
    assert described["ProjectStatus"] == "CreateCompleted"
    assert described["CreatedBy"]["IamIdentity"]["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/ana"
    page = aws("sagemaker", "list-projects", "--max-results", "1", "--sort-by", "Name")
    assert [one["ProjectName"] for one in page["ProjectSummaryList"]] == ["churn"]
    rest = aws("sagemaker", "list-projects", "--next-token", page["NextToken"], "--sort-by", "Name")
    assert [one["ProjectName"] for one in rest["ProjectSummaryList"]] == ["fraud"]

    change = {"ProvisioningParameters": [{"Key": "BuildComputeType", "Value": "BUILD_GENERAL1_LARGE"}]}
    aws("sagemaker", "update-project", "--project-name", "churn",
        "--service-catalog-provisioning-update-details", json.dumps(change))  # fmt: skip
    assert status() == "UpdateCompleted"
    aws("sagemaker", "delete-project", "--project-name", "churn")
    assert status() == "DeleteCompleted"
    assert "Project churn does not exist" in aws.refusal("sagemaker", "delete-project", "--project-name", "churn")


def test_boto3_lists_projects_page_by_page(endpoint, user):
    welcome(endpoint, turned_on(endpoint))
    found = endpoint.client("servicecatalog", user).search_products()["ProductViewSummaries"]
    product = next(one["ProductId"] for one in found if one["Name"] == TEMPLATE)
    client = endpoint.client("sagemaker", user)
    names = ["a", "b", "c"]
    for name in names:
        client.create_project(ProjectName=name, ServiceCatalogProvisioningDetails={"ProductId": product})
    assert endpoint.sandbox.settle(60)
    pages = client.get_paginator("list_projects").paginate(SortBy="Name", PaginationConfig={"PageSize": 2})
    assert [[one["ProjectName"] for one in page["ProjectSummaryList"]] for page in pages] == [["a", "b"], ["c"]]
    newest = client.list_projects(SortBy="CreationTime", SortOrder="Descending", MaxResults=1)["ProjectSummaryList"]
    assert [(one["ProjectName"], one["ProjectStatus"]) for one in newest] == [("c", "CreateCompleted")]
    named = client.get_paginator("list_projects").paginate(NameContains="B").search("ProjectSummaryList[].ProjectId")
    assert list(named) == [client.describe_project(ProjectName="b")["ProjectId"]]


def test_a_project_template_is_provisioned_without_a_project(endpoint, user, tmp_path):
    aws = Aws(endpoint.url, user, tmp_path)
    identifier = turned_on(endpoint)
    root = endpoint.client("servicecatalog", endpoint.sandbox.root())
    products = root.search_products_as_admin()["ProductViewDetails"]
    summaries = [one["ProductViewSummary"] for one in products]
    product = next(one["ProductId"] for one in summaries if one["Name"] == TEMPLATE)
    wanted = (
        "servicecatalog", "provision-product", "--product-id", product, "--provisioning-artifact-name", "v1",
        "--provisioned-product-name", "mine", "--provisioning-parameters",
        "Key=SageMakerProjectName,Value=churn", "Key=SageMakerProjectId,Value=p-abcdefghijkl",
    )  # fmt: skip
    assert f"No launch paths found for resource: {product}" in aws.refusal(*wanted)
    welcome(endpoint, identifier)
    record = aws(*wanted)["RecordDetail"]["RecordId"]
    client = endpoint.client("servicecatalog", user)
    until_settled(lambda: client.describe_record(Id=record)["RecordDetail"]["Status"])
    found = aws("servicecatalog", "describe-record", "--id", record)
    assert found["RecordDetail"]["Status"] == "SUCCEEDED"
    assert found["RecordOutputs"][0]["OutputKey"] == "CloudformationStackARN"

    iam = endpoint.client("iam", endpoint.sandbox.root())
    iam.create_user(UserName="ben")
    iam.attach_user_policy(UserName="ben", PolicyArn="arn:aws:iam::aws:policy/AmazonSageMakerFullAccess")
    other = Aws(endpoint.url, iam.create_access_key(UserName="ben")["AccessKey"], tmp_path)
    end = ("servicecatalog", "terminate-provisioned-product", "--provisioned-product-name", "mine")
    assert "AccessDeniedException" in other.refusal(*end)
    record = aws(*end)["RecordDetail"]["RecordId"]
    assert until_settled(lambda: client.describe_record(Id=record)["RecordDetail"]["Status"]) == "SUCCEEDED"
    assert endpoint.client("cloudformation", endpoint.sandbox.root()).describe_stacks()["Stacks"] == []
