"""Every built-in product is launched, updated and terminated under the page's policy and under its newest version, and
every statement of the page decides at least one of the calls.

What decides what is in docs/portfolio.md, which is generated (`UPDATE=1 pytest tests/portfolio/test_portfolio.py`).
"""

import functools
import json
import os
from collections import defaultdict

import pytest
from launching import PROJECT, PROJECT_TAGS, World

from launchrole import portfolio
from launchrole.facts import managed_policies
from launchrole.sandbox import Sandbox
from launchrole.services.cloudformation.template import check, parse
from shared_inputs import REPOSITORY

DOCUMENT = REPOSITORY / "docs" / "portfolio.md"
PAGE = "v4"
NEWEST = managed_policies.policy(managed_policies.LAUNCH_ROLE_POLICY).newest
PRODUCTS = [one.id for one in portfolio.products()]
TAGGED_TOO_EARLY = {
    "mlops-images-build-deploy": "ecr:TagResource",
    "mlops-build-deploy-git": "lambda:TagResource",
    "mlops-build-deploy-jenkins": "lambda:TagResource",
}
"""What version 4 denies of projects, whose stacks are tagged: the actions came with versions 5 and 6."""


@functools.cache
def launches(version):
    """Every product launched under a version of the policy: by its id, the attempts. A project is launched with a
    project's tags; where these are denied, it is launched once more as a product that nobody tags."""
    with Sandbox() as sandbox:
        faults = []
        sandbox.gateway.report = faults.append
        world = World(sandbox, None if version == NEWEST else version)
        found = {}
        for product in portfolio.products():
            attempts = [world.launch(product, PROJECT_TAGS if product.is_project else {})]
            if attempts[0].denied:
                attempts.append(world.launch(product, {}))
            found[product.id] = attempts
        assert faults == []
        return found


@pytest.mark.parametrize("version", [PAGE, NEWEST])
@pytest.mark.parametrize("identifier", PRODUCTS)
def test_it_is_launched_updated_and_terminated_to_nothing(identifier, version):
    last = launches(version)[identifier][-1]
    assert last.failures == []
    assert last.statuses == ("CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE")
    assert last.denied == []
    assert last.left == {}


@pytest.mark.parametrize("identifier", PRODUCTS)
def test_which_of_them_can_be_projects(identifier):
    """Under version 4 those that create what is tagged when it is created cannot; under the newest all can."""
    first = launches(PAGE)[identifier][0]
    denied = TAGGED_TOO_EARLY.get(identifier)
    assert first.denied == ([] if denied is None else [denied])
    assert first.left == {}
    assert len(launches(NEWEST)[identifier]) == 1


def statements(version):
    text = managed_policies.document(managed_policies.LAUNCH_ROLE_POLICY, version)
    return [
        (one.get("Sid", ""), frozenset([one["Action"]] if isinstance(one["Action"], str) else one["Action"]))
        for one in json.loads(text)["Statement"]
    ]


def of_the_page(version):
    """The statements of a version that the page's have become, in the page's order: their indices."""
    found, begin = [], 0
    theirs = statements(version)
    for _, actions in statements(PAGE):
        begin = next(index for index in range(begin, len(theirs)) if theirs[index][1] >= actions)
        found.append(begin)
        begin += 1
    return found


def decided(version):
    """What each statement decided: its index, to product, to calls."""
    found = defaultdict(lambda: defaultdict(set))
    for identifier, attempts in launches(version).items():
        for one in (decision for attempt in attempts for decision in attempt.decisions if decision.allowed):
            found[one.details["statement"]["index"]][identifier].add(one.operation)
    return found


@pytest.mark.parametrize("version", [PAGE, NEWEST])
def test_every_statement_of_the_page_decides(version):
    assert len(of_the_page(version)) == 31
    found = decided(version)
    assert [number for number, index in enumerate(of_the_page(version), start=1) if index not in found] == []


@pytest.mark.parametrize("identifier", PRODUCTS)
def test_templates_keep_to_what_cloudformation_and_service_catalog_take(identifier):
    product = portfolio.product(identifier)
    template = parse(product.template)
    check(template)
    assert "*id0" not in product.template  # CloudFormation takes no aliases of YAML
    assert len(product.template) <= 1_000_000
    declared = template.section("Parameters")
    assert product.is_project == (set(portfolio.PROJECT_PARAMETERS) <= set(declared))
    assert {one.name for one in product.parameters} == set(declared) - set(portfolio.PROJECT_PARAMETERS)
    assert (product.tags == {"sagemaker:studio-visibility": "true"}) == product.is_project
    for key in product.seed:
        assert key in product.template or key == "labelling-tools.zip"  # which people fetch, and no template


DEPLOYED = {
    "model-deploy/endpoint-template.yml": {
        "ModelPackageName": "arn:aws:sagemaker:us-east-1:123456789012:model-package/churn/1",
        "DataCaptureUri": "s3://sagemaker-project-p-abcdefghijkl/captured",
    },
    "model-monitor/monitoring-schedule-template.yml": {
        "MonitorImage": "156813124566.dkr.ecr.us-east-1.amazonaws.com/sagemaker-model-monitor-analyzer",
        "StatisticsUri": "s3://sagemaker-project-p-abcdefghijkl/statistics.json",
        "ConstraintsUri": "s3://sagemaker-project-p-abcdefghijkl/constraints.json",
        "ReportsUri": "s3://sagemaker-project-p-abcdefghijkl/reports",
    },
}
"""Templates that the projects' pipelines deploy, and what builds put into their configurations."""


def test_what_pipelines_deploy_the_role_that_they_pass_may_deploy():
    seed = REPOSITORY / "src" / "launchrole" / "portfolio" / "seed"
    with Sandbox() as sandbox:
        World(sandbox, None)
        roles = {
            one.name.rpartition("Products")[2]: one.arn(sandbox.account) for one in portfolio.roles("123456789012")
        }
        built = {
            "SageMakerProjectName": PROJECT["SageMakerProjectName"],
            "ModelExecutionRoleArn": roles["ExecutionRole"],
            "MonitorRoleArn": roles["ExecutionRole"],
        }
        client = sandbox.client("cloudformation")
        for number, (name, values) in enumerate(DEPLOYED.items()):
            text = (seed / name).read_text()
            stage = json.loads((seed / name).with_name("prod-config.json").read_text())["Parameters"]
            given = {**stage, **values, **built}
            stack = f"sagemaker-churn-p-abcdefghijkl-prod-{number}"
            client.create_stack(
                StackName=stack,
                TemplateBody=text,
                RoleARN=roles["CloudformationRole"],
                Parameters=[
                    {"ParameterKey": one, "ParameterValue": given[one]} for one in parse(text).section("Parameters")
                ],
                Tags=[{"Key": key, "Value": value} for key, value in PROJECT_TAGS.items()],
            )
            assert sandbox.settle(60)
            events = client.describe_stack_events(StackName=stack)["StackEvents"]
            assert events[0]["ResourceStatus"] == "CREATE_COMPLETE", [one.get("ResourceStatusReason") for one in events]


def document():
    """docs/portfolio.md."""
    lines = [
        "# The built-in products",
        "",
        "Seven project templates that do what AWS documents of its own, and three solutions of the kind that JumpStart",
        "launches. Templates and seed code are launchrole's own: `src/launchrole/portfolio/`. Service Catalog launches",
        "them as `AmazonSageMakerServiceCatalogProductsLaunchRole`, whose policy is",
        "AmazonSageMakerAdmin-ServiceCatalogProductsServiceRolePolicy: the page's (version 4) or the newest",
        f"({NEWEST}). This file is generated: `UPDATE=1 pytest tests/portfolio/test_portfolio.py`.",
        "",
        "| product | name | asks for |",
        "|---|---|---|",
    ]
    for product in portfolio.products():
        asked = ", ".join(one.name if one.default is None else f"{one.name}?" for one in product.parameters)
        lines.append(f"| `{product.id}` | {product.name} | {asked} |")
    lines += [
        "",
        "A parameter with a question mark has a default. `SageMakerProjectName` and `SageMakerProjectId` are filled in",
        "by SageMaker.",
        "",
        "## Under which version",
        "",
        "A project's stack is tagged (`sagemaker:project-name`, `sagemaker:project-id`), and its tags go on to what it",
        "creates. Version 4 is from before AWS asked for a permission to tag ECR repositories and functions when they",
        "are created (versions 5 and 6 added it): under it, products that create those launch as products that nobody",
        "tags, and not as projects. Solutions are no projects; their templates tag the APIs and user pools themselves.",
        "",
        f"| product | version 4, as a project | version 4, without tags | {NEWEST} |",
        "|---|---|---|---|",
    ]
    for product in portfolio.products():
        first, last = launches(PAGE)[product.id][0], launches(PAGE)[product.id][-1]
        cells = {True: "launches, updates, terminates"}
        as_project = cells.get(not first.denied, f"{', '.join(first.denied)} is denied") if product.is_project else ""
        untagged = cells[not last.denied] if not last.tags else ""
        newest = cells[not launches(NEWEST)[product.id][-1].denied]
        lines.append(f"| `{product.id}` | {as_project} | {untagged} | {newest} |")
    lines += [
        "",
        "## Which statement decides what",
        "",
        "The page's 31 statements in their order, by the names that they have in the newest version, and the calls of",
        "the launches above that each of them allowed under version 4.",
        "",
        "| # | statement | products | calls |",
        "|---|---|---|---|",
    ]
    names = statements(NEWEST)
    for number, (index, newest) in enumerate(zip(of_the_page(PAGE), of_the_page(NEWEST), strict=True), start=1):
        lines.append(f"| {number} | {_name(names[newest][0])} | {_calls(decided(PAGE)[index])} |")
    lines += ["", f"What {NEWEST} has beyond them, and the calls that it allowed there:", ""]
    lines += ["| statement | products | calls |", "|---|---|---|"]
    for index in sorted(set(range(len(names))) - set(of_the_page(NEWEST))):
        found = decided(NEWEST).get(index)
        lines.append(f"| {_name(names[index][0])} | {_calls(found) if found else 'none | none'} |")
    return "\n".join(lines) + "\n"


def _name(sid):
    return sid.removeprefix("AmazonSageMakerServiceCatalog").removesuffix("Permission")


def _calls(found):
    products = "all" if len(found) == len(PRODUCTS) else ", ".join(f"`{one}`" for one in PRODUCTS if one in found)
    calls = sorted({call for calls in found.values() for call in calls})
    return f"{products} | {', '.join(calls)}"


def test_the_document_says_what_decides_what():
    made = document()
    if os.environ.get("UPDATE"):
        DOCUMENT.write_text(made)
    assert DOCUMENT.read_text() == made
