"""kill -9 while a project is made, changed or deleted, or the portfolio is turned on: after the next start all of it
has ended, nothing exists twice, and of what is deleted nothing is left."""

import json
import random
import shutil
from collections import Counter
from contextlib import contextmanager

import pytest

from killed import killed
from launchrole import portfolio
from launchrole.sandbox import Sandbox

PRODUCT = portfolio.product("mlops-build").name
EXECUTION_ROLE = "arn:aws:iam::123456789012:role/service-role/AmazonSageMakerServiceCatalogProductsExecutionRole"
CENSUS = (
    ("codebuild", "list_projects", "projects"),
    ("codecommit", "list_repositories", "repositories"),
    ("codepipeline", "list_pipelines", "pipelines"),
    ("events", "list_rules", "Rules"),
    ("s3", "list_buckets", "Buckets"),
    ("sns", "list_topics", "Topics"),
)
"""How to list what the projects of these tests consist of: service, operation, member of the answer."""

TEMPLATE = {
    "Parameters": {"SageMakerProjectName": {"Type": "String"}, "SageMakerProjectId": {"Type": "String"}},
    "Resources": {f"Topic{number}": {"Type": "AWS::SNS::Topic"} for number in range(8)},
}
PROGRAM = """
import sys, time
from pathlib import Path
from launchrole.sandbox import Sandbox
state, verbs, role, product = Path(sys.argv[1]), *sys.argv[2:]
details = {"ProductId": product}
change = {"ProvisioningParameters": [{"Key": "BuildComputeType", "Value": "BUILD_GENERAL1_LARGE"}]}
provider = {"TemplateName": "main", "TemplateURL": "https://sagemaker-own.s3.amazonaws.com/topics.json"}
with Sandbox(state) as sandbox:
    admin = sandbox.client("sagemaker")
    user = sandbox.client("sagemaker", role and sandbox.assume(role, "sagemaker.amazonaws.com", "SageMaker"))
    for verb in verbs.split():
        if verb in ("create", "failing"):
            user.create_project(ProjectName=verb, ServiceCatalogProvisioningDetails=details)
        elif verb == "template":
            admin.create_project(ProjectName=verb, TemplateProviders=[{"CfnTemplateProvider": provider}])
        elif verb == "update":
            user.update_project(ProjectName=verb, ServiceCatalogProvisioningUpdateDetails=change)
        elif verb == "delete":
            user.delete_project(ProjectName=verb)
        else:
            getattr(admin, f"{verb}_sagemaker_servicecatalog_portfolio")()
    print("begun", flush=True)
    sandbox.settle(60)
    time.sleep(60)
"""
VERBS = {
    "create": ("CreateCompleted", "CREATE_COMPLETE", 1.2),
    "failing": ("CreateFailed", "ROLLBACK_COMPLETE", 1.2),
    "template": ("CreateCompleted", "CREATE_COMPLETE", 0.4),
    "update": ("UpdateCompleted", "UPDATE_COMPLETE", 0.6),
    "delete": ("DeleteCompleted", None, 0.6),
}
"""For each verb how its project and its stack end, and about how many seconds it takes. Projects are named as what is
done to them."""


class Made:
    """A state in which the portfolio is on and two projects have been made, one to be updated and one to be deleted;
    how much there was before, and what each project has added."""

    def __init__(self, state):
        self.state = state
        with Sandbox(state) as sandbox:
            client = sandbox.client("sagemaker")
            client.enable_sagemaker_servicecatalog_portfolio()
            assert sandbox.settle(60)
            forbid_pipelines(sandbox, "failing")
            sandbox.client("s3").create_bucket(Bucket="sagemaker-own")
            sandbox.client("s3").put_object(Bucket="sagemaker-own", Key="topics.json", Body=json.dumps(TEMPLATE))
            keys = sandbox.assume(EXECUTION_ROLE, "sagemaker.amazonaws.com", "SageMaker")
            found = sandbox.client("servicecatalog", keys).search_products()["ProductViewSummaries"]
            self.product = next(one["ProductId"] for one in found if one["Name"] == PRODUCT)
            self.before = census(sandbox)
            client = sandbox.client("sagemaker", keys)
            for number, name in enumerate(("update", "delete")):
                details = {"ProductId": self.product}
                client.create_project(ProjectName=name, ServiceCatalogProvisioningDetails=details)
                assert sandbox.settle(60)
                if number == 0:
                    self.of_project = census(sandbox) - self.before
        assert self.of_project.total() >= 5

    def expected(self, verbs):
        """What there is once some things were done."""
        topics = Counter(sns=len(TEMPLATE["Resources"]))
        there = self.before + self.of_project
        for verb, added in (("create", self.of_project), ("template", topics)):
            there = there + added if verb in verbs else there
        return there if "delete" in verbs else there + self.of_project


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return Made(tmp_path_factory.mktemp("made") / "state")


def census(sandbox):
    """How many there are of all that projects consist of."""
    return Counter(
        {service: len(getattr(sandbox.client(service), operation)()[member]) for service, operation, member in CENSUS}
    )


def forbid_pipelines(sandbox, project):
    """Have a project of that name fail at its pipeline."""
    resource = f"arn:aws:codepipeline:*:*:sagemaker-{project}-*"
    statement = {"Effect": "Deny", "Action": "codepipeline:CreatePipeline", "Resource": resource}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sandbox.client("iam").put_role_policy(RoleName=portfolio.LAUNCH_ROLE, PolicyName="no", PolicyDocument=document)


@contextmanager
def started_again(state):
    """The state after all that was begun in it has ended, without a fault."""
    with Sandbox(state) as sandbox:
        faults = []
        sandbox.gateway.report = faults.append
        assert sandbox.settle(60)
        assert faults == []
        for table in ("jobs", "receipts"):
            assert sandbox.store.connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
        yield sandbox
        assert faults == []


def statuses(sandbox):
    """How projects have ended, and the stacks."""
    projects = sandbox.client("sagemaker").list_projects()["ProjectSummaryList"]
    stacks = sandbox.client("cloudformation").describe_stacks()["Stacks"]
    return {one["ProjectName"]: one["ProjectStatus"] for one in projects}, sorted(one["StackStatus"] for one in stacks)


def projects_end_well(made, state, verbs, moment):
    """Kill something that is done to projects; `moment` says how far it has come, from 0 to 1."""
    shutil.copytree(made.state, state)
    wait = moment * sum(VERBS[verb][2] for verb in verbs)
    killed(PROGRAM, str(state), " ".join(verbs), EXECUTION_ROLE, made.product, wait=wait)
    ends = dict.fromkeys(("update", "delete"), ("CreateCompleted", "CREATE_COMPLETE")) | {
        verb: VERBS[verb][:2] for verb in verbs
    }
    with started_again(state) as sandbox:
        projects = {name: project for name, (project, _) in ends.items()}
        assert statuses(sandbox) == (projects, sorted(stack for _, stack in ends.values() if stack))
        assert census(sandbox) == made.expected(verbs)
        catalog = sandbox.client("servicecatalog")
        account = {"AccessLevelFilter": {"Key": "Account", "Value": "self"}}
        records = catalog.list_record_history(**account)["RecordDetails"]
        assert len(records) == 2 + len(set(verbs) - {"template"})
        assert sorted(one["Status"] for one in records) == ["FAILED"] * ("failing" in verbs) + ["SUCCEEDED"] * (
            len(records) - ("failing" in verbs)
        )

        for name in set(ends) - ({"delete"} if "delete" in verbs else set()):
            sandbox.client("sagemaker").delete_project(ProjectName=name)
        assert sandbox.settle(60)
        assert statuses(sandbox) == (dict.fromkeys(ends, "DeleteCompleted"), [])
        assert census(sandbox) == made.before
        assert catalog.scan_provisioned_products(**account)["ProvisionedProducts"] == []


def portfolio_ends_well(state, verb, wait):
    killed(PROGRAM, str(state), verb, "", "", wait=wait)
    with started_again(state) as sandbox:
        status = sandbox.client("sagemaker").get_sagemaker_servicecatalog_portfolio_status()["Status"]
        assert status == f"{verb.title()}d"
        client = sandbox.client("servicecatalog")
        (one,) = client.list_portfolios()["PortfolioDetails"]
        expected = sorted(product.name for product in portfolio.products())
        found = client.search_products_as_admin()["ProductViewDetails"]
        assert sorted(each["ProductViewSummary"]["Name"] for each in found) == expected
        inside = client.search_products_as_admin(PortfolioId=one["Id"])["ProductViewDetails"]
        assert sorted(each["ProductViewSummary"]["Name"] for each in inside) == expected
        constraints = client.list_constraints_for_portfolio(PortfolioId=one["Id"])["ConstraintDetails"]
        assert sorted(each["ProductId"] for each in constraints) == sorted(
            each["ProductViewSummary"]["ProductId"] for each in found
        )
        principals = client.list_principals_for_portfolio(PortfolioId=one["Id"])["Principals"]
        assert [each["PrincipalARN"] for each in principals] == ([EXECUTION_ROLE] if verb == "enable" else [])
        iam = sandbox.client("iam")
        for role in portfolio.roles(sandbox.account):
            attached = iam.list_attached_role_policies(RoleName=role.name)["AttachedPolicies"]
            assert sorted(each["PolicyArn"] for each in attached) == sorted(role.managed)
            inline = set(iam.list_role_policies(RoleName=role.name)["PolicyNames"])
            assert inline - {"no"} == set(role.inline)  # `forbid_pipelines` gives the launch role another one


def test_what_was_done_to_projects_ends_although_it_was_killed(made, tmp_path):
    projects_end_well(made, tmp_path / "state", list(VERBS), random.random())


def test_a_portfolio_is_turned_on_although_it_was_killed(tmp_path):
    portfolio_ends_well(tmp_path / "state", "enable", random.uniform(0.0, 2.0))


@pytest.mark.slow
@pytest.mark.parametrize("verb", list(VERBS))
@pytest.mark.parametrize("number", range(10))
def test_projects_killed_at_many_moments_end(made, tmp_path, verb, number):
    projects_end_well(made, tmp_path / "state", [verb], (number + random.random()) / 10)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(12))
def test_portfolios_killed_at_many_moments_are_on(tmp_path, number):
    portfolio_ends_well(tmp_path / "state", "enable", 0.2 * (number + random.random()))


@pytest.mark.slow
@pytest.mark.parametrize("number", range(4))
def test_portfolios_killed_at_many_moments_are_off(made, tmp_path, number):
    state = tmp_path / "state"
    shutil.copytree(made.state, state)
    portfolio_ends_well(state, "disable", 0.02 * (number + random.random()))
