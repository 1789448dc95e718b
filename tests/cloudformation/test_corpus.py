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
from corpus import World, described, failures, launch, templates, text_of

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


@pytest.mark.parametrize("name", names(), ids=short)
def test_an_administrator_launches_it_updates_it_and_deletes_it_to_nothing(name):
    if name.rpartition("/")[2] in OUT_OF_REACH:
        pytest.skip(OUT_OF_REACH[name.rpartition("/")[2]])
    with Sandbox() as sandbox:
        faults = []
        sandbox.gateway.report = faults.append
        world = World(sandbox)
        world.provide(name, text_of(name))
        stack = launch(world, name, keep=True)
        assert failures(stack) == []
        assert stack["StackStatus"] == "CREATE_COMPLETE"
        cloudformation = sandbox.client("cloudformation")
        updated = update(world, cloudformation, name)
        assert updated is None or updated["StackStatus"] == "UPDATE_COMPLETE", failures(updated)
        cloudformation.delete_stack(StackName="stack")
        assert sandbox.settle(60)
        gone = described(cloudformation, stack["StackId"])
        assert gone["StackStatus"] == "DELETE_COMPLETE", failures(gone)
        rows = cloudformation.describe_stack_resources(StackName=stack["StackId"])["StackResources"]
        assert {one["ResourceStatus"] for one in rows} <= {"DELETE_COMPLETE", "DELETE_SKIPPED"}
        assert faults == []


def update(world, cloudformation, name):
    """Update the stack: another project name where it has one, and a tag of the stack for every resource."""
    text = text_of(name)
    parameters = world.parameters(name, text)
    declared = parse(text).section("Parameters")
    changes = [one for one in parameters if one["ParameterKey"] == "SageMakerProjectName"]
    if changes and "AllowedPattern" not in declared["SageMakerProjectName"]:
        changes[0]["ParameterValue"] = "other"
    elif changes:
        changes[0]["ParameterValue"] += "2"
    cloudformation.update_stack(
        StackName="stack",
        UsePreviousTemplate=True,
        Parameters=parameters,
        Capabilities=["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        Tags=[{"Key": "team", "Value": "red"}],
    )
    assert world.sandbox.settle(60)
    return described(cloudformation, "stack")


def outcome(name, *documents):
    """What becomes of a launch under a role, in words for the table."""
    with Sandbox() as sandbox:
        world = World(sandbox)
        world.provide(name, text_of(name))
        role = world.role("launcher", *documents)
        try:
            stack = launch(world, name, role=role, keep=True)
        except ClientError as error:
            denied = re.search(r"not authorized to perform: (\S+)", str(error))
            return f"refused at once: {denied[1]} is denied" if denied else f"refused at once: {error}"
        found = failures(stack)
        if not found:
            return "CREATE_COMPLETE"
        logical_id, kind, why = found[0]
        action = re.search(r"not authorized to perform: (\S+)", why)
        if action is None:
            plain = re.sub(r"\s*\((Service|RequestToken|SDK).*", "", why.split('"')[1] if '"' in why else why)
            return f"{logical_id} ({kind}): {plain[:200]}"
        return f"{logical_id} ({kind}): {action[1]} is denied"


def table():
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
    v4 = managed_policies.document(POLICY, "v4")
    for one in templates():
        name = one["template"]
        cells = [outcome(name, v4), outcome(name, newest()), outcome(name, ADMINISTRATOR)]
        lines.append(f"| {one['kind'].split('-')[0]} {short(name)} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def test_the_table_says_what_becomes_of_each_under_three_roles():
    made = table()
    if os.environ.get("UPDATE"):
        TABLE.write_text(made)
    assert TABLE.read_text() == made
