"""Real templates launched under three roles: the page's policy v4, the newest version of that policy, an administrator.

What becomes of each is in docs/real-templates.md, which is generated
(`UPDATE=1 pytest tests/cloudformation/test_corpus.py -k table`).
"""

import functools
import json
import os
import re

import pytest
from botocore.exceptions import ClientError

from corpus import World, delete, described, failures, launch, templates, text_of
from launchrole.facts import managed_policies
from launchrole.sandbox import Sandbox
from launchrole.services.cloudformation.template import parse
from shared_inputs import REPOSITORY, SHARED, needs_shared

pytestmark = needs_shared

POLICY = "AmazonSageMakerAdmin-ServiceCatalogProductsServiceRolePolicy"
TABLE = REPOSITORY / "docs" / "real-templates.md"
ADMINISTRATOR = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)
OUT_OF_REACH = {
    "sc-codepipeline-ra.json": "AWS took the managed policy AWSCodePipelineFullAccess away",
}


def names():
    return [one["template"] for one in templates()]


def short(name):
    return "/".join(name.split("/")[-4:]) if name.count("/") > 3 else name


@functools.cache
def newest():
    folder = SHARED / "managed-policies" / POLICY
    versions = sorted(folder.glob("v*.json"), key=lambda one: int(one.stem[1:]))
    return versions[-1].read_text()


@pytest.fixture(scope="module")
def world():
    """One account for all launches: each is deleted again, and leaves nothing that would be in the next one's way."""
    with Sandbox() as sandbox:
        faults = []
        sandbox.gateway.report = faults.append
        yield World(sandbox)
        assert faults == []


@pytest.mark.parametrize("name", names(), ids=short)
def test_an_administrator_launches_it_updates_it_and_deletes_it_to_nothing(world, name):
    if name.rpartition("/")[2] in OUT_OF_REACH:
        pytest.skip(OUT_OF_REACH[name.rpartition("/")[2]])
    world.provide(name, text_of(name))
    stack = launch(world, name, keep=True)
    try:
        assert failures(stack) == []
        assert stack["StackStatus"] == "CREATE_COMPLETE"
        updated = update(world, name)
        assert updated["StackStatus"] == "UPDATE_COMPLETE", failures(updated)
    finally:
        gone = delete(world, stack["StackId"])
    assert gone["StackStatus"] == "DELETE_COMPLETE", failures(gone)
    cloudformation = world.client("cloudformation")
    rows = cloudformation.describe_stack_resources(StackName=stack["StackId"])["StackResources"]
    assert {one["ResourceStatus"] for one in rows} <= {"DELETE_COMPLETE", "DELETE_SKIPPED"}


def update(world, name):
    """Update the stack: another project name where it has one, and a tag of the stack for every resource."""
    text = text_of(name)
    parameters = world.parameters(name, text)
    declared = parse(text).section("Parameters")
    changes = [one for one in parameters if one["ParameterKey"] == "SageMakerProjectName"]
    if changes and "AllowedPattern" not in declared["SageMakerProjectName"]:
        changes[0]["ParameterValue"] = "other"
    elif changes:
        changes[0]["ParameterValue"] += "2"
    cloudformation = world.client("cloudformation")
    cloudformation.update_stack(
        StackName="stack",
        UsePreviousTemplate=True,
        Parameters=parameters,
        Capabilities=["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        Tags=[{"Key": "team", "Value": "red"}],
    )
    assert world.sandbox.settle(60)
    return described(cloudformation, "stack")


def outcome(world, name, role, administrator):
    """What becomes of a launch under a role, in words for the table; the stack is deleted by an administrator."""
    world.provide(name, text_of(name))
    try:
        stack = launch(world, name, role=role, keep=True)
    except ClientError as error:
        denied = re.search(r"not authorized to perform: (\S+)", str(error))
        return f"refused at once: {denied[1]} is denied" if denied else f"refused at once: {error}"
    gone = delete(world, stack["StackId"], role=administrator)
    assert gone["StackStatus"] == "DELETE_COMPLETE", failures(gone)
    found = failures(stack)
    if not found:
        return "CREATE_COMPLETE"
    logical_id, kind, why = found[0]
    action = re.search(r"not authorized to perform: (\S+)", why)
    if action is None:
        plain = re.sub(r"\s*\((Service|RequestToken|SDK).*", "", why.split('"')[1] if '"' in why else why)
        return f"{logical_id} ({kind}): {plain[:200]}"
    return f"{logical_id} ({kind}): {action[1]} is denied"


def table(world):
    lines = [
        "# Real templates, launched",
        "",
        "What becomes of real templates of SageMaker projects (a1, a2), JumpStart solutions (b), Service Catalog",
        "products (c) and a wrapper that registers one (d), launched as stacks under a role that CloudFormation",
        "assumes: with the page's policy v4, with the newest version of that policy, as an administrator. Where",
        "several resources fail, the first is named. Publishers' placeholders are replaced, and the roles, network and",
        "seed code that the templates take for given are there. This table is generated:",
        "`UPDATE=1 pytest tests/cloudformation/test_corpus.py -k table`.",
        "",
        "| template | policy v4 | newest version | administrator |",
        "|---|---|---|---|",
    ]
    documents = {"v4": managed_policies.document(POLICY, "v4"), "newest": newest(), "administrator": ADMINISTRATOR}
    roles = [world.role(name, document) for name, document in documents.items()]
    for one in templates():
        name = one["template"]
        cells = [outcome(world, name, role, roles[-1]) for role in roles]
        lines.append(f"| {one['kind'].split('-')[0]} {short(name)} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def test_the_table_says_what_becomes_of_each_under_three_roles(world):
    made = table(world)
    if os.environ.get("UPDATE"):
        TABLE.write_text(made)
    assert TABLE.read_text() == made
