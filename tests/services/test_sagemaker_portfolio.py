"""The portfolio of project templates turned on, and projects made from its products by the whole chain."""

import json
import threading

import pytest

from launchrole import portfolio
from launchrole.account import decisions
from launchrole.facts import managed_policies
from launchrole.sandbox import Sandbox
from projects import ACCOUNT, SESSIONS, World


@pytest.fixture
def world():
    with Sandbox() as sandbox:
        faults = []
        sandbox.gateway.report = faults.append
        yield World(sandbox)
        assert not faults


def test_enabling_makes_the_roles_and_a_portfolio_of_products_and_disabling_closes_it(world):
    assert world.admin.get_sagemaker_servicecatalog_portfolio_status()["Status"] == "Enabled"
    roles = {one["RoleName"] for one in world.sandbox.client("iam").list_roles()["Roles"]}
    assert {one.name for one in portfolio.roles(ACCOUNT)} <= roles
    visible = world.user("servicecatalog").search_products()["ProductViewSummaries"]
    assert {one["Name"] for one in visible} == {one.name for one in portfolio.products()}

    world.admin.disable_sagemaker_servicecatalog_portfolio()
    assert world.sandbox.settle(60)
    assert world.admin.get_sagemaker_servicecatalog_portfolio_status()["Status"] == "Disabled"
    assert world.user("servicecatalog").search_products()["ProductViewSummaries"] == []

    world.admin.enable_sagemaker_servicecatalog_portfolio()
    assert world.sandbox.settle(60)
    assert len(world.user("servicecatalog").search_products()["ProductViewSummaries"]) == len(visible)
    portfolios = world.sandbox.client("servicecatalog").list_portfolios()["PortfolioDetails"]
    assert len(portfolios) == 1


def test_what_was_asked_for_last_is_what_the_portfolio_becomes():
    with Sandbox() as sandbox:
        faults = []
        sandbox.gateway.report = faults.append
        admin, catalog = sandbox.client("sagemaker"), sandbox.client("servicecatalog")
        for verbs, wanted in (
            ("enable enable disable", "Disabled"),
            ("enable enable enable", "Enabled"),
            ("disable enable", "Enabled"),
        ):
            for verb in verbs.split():
                getattr(admin, f"{verb}_sagemaker_servicecatalog_portfolio")()
            assert sandbox.settle(60)
            assert admin.get_sagemaker_servicecatalog_portfolio_status()["Status"] == wanted
            (one,) = catalog.list_portfolios()["PortfolioDetails"]
            found = catalog.search_products_as_admin(PortfolioId=one["Id"])["ProductViewDetails"]
            assert len(found) == len(portfolio.products())
            principals = catalog.list_principals_for_portfolio(PortfolioId=one["Id"])["Principals"]
            assert len(principals) == (wanted == "Enabled")
        assert not faults


def test_a_portfolio_that_was_not_made_whole_is_gone_on_with():
    with Sandbox() as sandbox:
        admin, iam, catalog = (sandbox.client(one) for one in ("sagemaker", "iam", "servicecatalog"))
        iam.create_user(UserName="ana")
        statements = [
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "Action": "servicecatalog:CreateConstraint", "Resource": "*"},
        ]
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_user_policy(UserName="ana", PolicyName="p", PolicyDocument=document)
        keys = iam.create_access_key(UserName="ana")["AccessKey"]
        session = sandbox.botocore_session()
        session.set_credentials(keys["AccessKeyId"], keys["SecretAccessKey"])
        session.create_client("sagemaker").enable_sagemaker_servicecatalog_portfolio()
        assert sandbox.settle(60)
        assert admin.get_sagemaker_servicecatalog_portfolio_status()["Status"] == "Disabled"
        assert len(catalog.search_products_as_admin()["ProductViewDetails"]) == 1
        admin.enable_sagemaker_servicecatalog_portfolio()
        assert sandbox.settle(60)
        assert admin.get_sagemaker_servicecatalog_portfolio_status()["Status"] == "Enabled"
        (one,) = catalog.list_portfolios()["PortfolioDetails"]
        assert len(catalog.search_products_as_admin()["ProductViewDetails"]) == len(portfolio.products())
        constraints = catalog.list_constraints_for_portfolio(PortfolioId=one["Id"])["ConstraintDetails"]
        assert len(constraints) == len(portfolio.products())


def test_a_project_is_launched_updated_and_deleted_by_the_whole_chain(world):
    found = world.create()
    assert found["ProjectStatus"] == "CreateCompleted"
    provisioned = found["ServiceCatalogProvisionedProductDetails"]["ProvisionedProductId"]
    (stack,) = world.stacks()
    assert stack["StackName"] == f"SC-{ACCOUNT}-{provisioned}"
    tags = {one["Key"]: one["Value"] for one in stack["Tags"]}
    assert tags["sagemaker:project-name"] == "churn"
    assert tags["sagemaker:project-id"] == found["ProjectId"]
    assert tags["aws:servicecatalog:provisioningPrincipalArn"] == f"{SESSIONS}ExecutionRole/SageMaker"
    repositories = world.sandbox.client("codecommit").list_repositories()["repositories"]
    assert [one["repositoryName"] for one in repositories] == [f"sagemaker-churn-{found['ProjectId']}-modelbuild"]
    callers = world.callers()
    assert ("ExecutionRole/SageMaker", "servicecatalog:ProvisionProduct") in callers
    assert ("LaunchRole/servicecatalog", "cloudformation:CreateStack") in callers
    assert ("LaunchRole/servicecatalog", "codecommit:CreateRepository") in callers

    user = world.user("sagemaker")
    change = {"ProvisioningParameters": [{"Key": "BuildComputeType", "Value": "BUILD_GENERAL1_LARGE"}]}
    user.update_project(ProjectName="churn", ServiceCatalogProvisioningUpdateDetails=change)
    assert world.settled()["ProjectStatus"] == "UpdateCompleted"
    names = world.sandbox.client("codebuild").list_projects()["projects"]
    build = world.sandbox.client("codebuild").batch_get_projects(names=names)["projects"][0]
    assert build["environment"]["computeType"] == "BUILD_GENERAL1_LARGE"

    user.delete_project(ProjectName="churn")
    assert world.settled()["ProjectStatus"] == "DeleteCompleted"
    assert world.stacks() == []
    assert world.sandbox.client("codecommit").list_repositories()["repositories"] == []


def test_a_principal_that_is_not_associated_launches_nothing_even_as_administrator(world):
    product = world.product("mlops-build")
    catalog = world.sandbox.client("servicecatalog")
    artifact = catalog.list_provisioning_artifacts(ProductId=product)["ProvisioningArtifactDetails"][0]["Id"]
    details = {"ProductId": product, "ProvisioningArtifactId": artifact}
    world.admin.create_project(ProjectName="churn", ServiceCatalogProvisioningDetails=details)
    found = world.settled()
    assert found["ProjectStatus"] == "CreateFailed"
    told = found["ServiceCatalogProvisionedProductDetails"]["ProvisionedProductStatusMessage"]
    assert told == f"No launch paths found for resource: {product}"


def test_what_the_launch_role_may_not_do_fails_the_project_with_the_reason_and_leaves_nothing(world):
    iam = world.sandbox.client("iam")
    name = "AmazonSageMakerServiceCatalogProductsLaunchRole"
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"][0]["PolicyArn"]
    iam.detach_role_policy(RoleName=name, PolicyArn=attached)
    policy = json.loads(managed_policies.document(managed_policies.LAUNCH_ROLE_POLICY, "v4"))
    for statement in policy["Statement"]:
        statement["Action"] = [one for one in _listed(statement["Action"]) if one != "codecommit:CreateRepository"]
    policy["Statement"] = [one for one in policy["Statement"] if one["Action"]]
    iam.put_role_policy(RoleName=name, PolicyName="less", PolicyDocument=json.dumps(policy, separators=(",", ":")))
    found = world.create()
    assert found["ProjectStatus"] == "CreateFailed"
    told = found["ServiceCatalogProvisionedProductDetails"]["ProvisionedProductStatusMessage"]
    assert (
        f"User: {SESSIONS}LaunchRole/servicecatalog is not authorized to perform: codecommit:CreateRepository" in told
    )
    world.user("sagemaker").delete_project(ProjectName="churn")
    assert world.settled()["ProjectStatus"] == "DeleteCompleted"
    assert world.stacks() == []


def _listed(value):
    return value if isinstance(value, list) else [value]


def test_who_may_make_no_roles_turns_nothing_on():
    with Sandbox() as sandbox:
        iam = sandbox.client("iam")
        trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        arn = iam.create_role(RoleName="ana", AssumeRolePolicyDocument=document)["Role"]["Arn"]
        statement = {"Effect": "Allow", "Action": "sagemaker:*", "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_role_policy(RoleName="ana", PolicyName="p", PolicyDocument=policy)
        client = sandbox.client("sagemaker", sandbox.assume(arn, "lambda.amazonaws.com", "notebook"))
        client.enable_sagemaker_servicecatalog_portfolio()
        assert sandbox.settle(30)
        assert client.get_sagemaker_servicecatalog_portfolio_status()["Status"] == "Disabled"
        with sandbox.store.transaction() as connection:
            denied = [one.action for _, one in decisions.newest(connection, 10, denied=True)]
        assert denied == ["iam:CreateRole"]


def test_projects_of_several_clients_at_once_have_their_own_resources(world):
    names = [[f"p{client}{number}" for number in range(3)] for client in "abcd"]
    product = world.product("mlops-build")
    problems = []

    def launch(client, own):
        try:
            for name in own:
                client.create_project(ProjectName=name, ServiceCatalogProvisioningDetails={"ProductId": product})
        except Exception as problem:
            problems.append(problem)

    clients = [world.sandbox.botocore_session(world.session).create_client("sagemaker") for _ in names]
    threads = [threading.Thread(target=launch, args=(client, own)) for client, own in zip(clients, names, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert world.sandbox.settle(120)
    found = [world.admin.describe_project(ProjectName=name) for own in names for name in own]
    assert {one["ProjectStatus"] for one in found} == {"CreateCompleted"}
    ids = {one["ProjectId"] for one in found}
    assert len(ids) == len(found)
    assert len({one["ServiceCatalogProvisionedProductDetails"]["ProvisionedProductId"] for one in found}) == len(ids)
    for service, operation, member, name in (
        ("codecommit", "list_repositories", "repositories", "repositoryName"),
        ("codepipeline", "list_pipelines", "pipelines", "name"),
    ):
        made = [one[name] for one in getattr(world.sandbox.client(service), operation)()[member]]
        assert len(made) == len(ids)
        assert {identifier for identifier in ids if any(identifier in one for one in made)} == ids
    for one in found:
        world.user("sagemaker").delete_project(ProjectName=one["ProjectName"])
    assert world.sandbox.settle(120)
    assert world.stacks() == []
