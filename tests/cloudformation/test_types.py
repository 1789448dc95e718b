"""Every executed type through its life: made, changed in place, replaced, deleted, as the service's own API shows it.

The cases are `types/*.yaml`, one stack each. `needs` are resources that others stand on; each of `resources` has beside
Type and Properties a `check`:

    look     the call that shows the resource, `service:Operation`, with the members `with`; `{ref}` is the physical id,
             `{Name}` or `{Names[0]}` an attribute or property
    at       where in the answer (JMESPath) there is something as long as the resource is there
    before   what is there after the creation; with `after`, what is there once `change` was made
    change   properties that change in place (null: gone)
    replace  properties that replace the resource
    without  attributes that the schema promises and launchrole does not know, each with the reason
    keeps    why it is still there when the stack is gone, where it is so
    fixed    why there is nothing to change in place or to replace by, where it is so
"""

import fnmatch
import functools
import itertools
import os
import re
from pathlib import Path

import jmespath
import pytest
import yaml
from botocore.exceptions import ClientError
from stacks_in_process import Stacks

from corpus import archive
from endpoint import trust
from launchrole.account.rows import Rows
from launchrole.sandbox import Sandbox
from launchrole.services.cloudformation import stacks as kept
from launchrole.services.cloudformation.handlers.action import Action, Resource
from launchrole.services.cloudformation.handlers.registry import executed_types, handler
from launchrole.services.cloudformation.template import TemplateError
from shared_inputs import REPOSITORY

TRUSTED = ("firehose", "glue", "lambda", "logs", "sagemaker", "scheduler", "states", "codebuild", "codepipeline")
"""The services that may assume the role `worker`, which is there beside the bucket `code` with `code.zip`."""
FOLDER = Path(__file__).parent / "types"
CASES = {file.stem: yaml.safe_load(file.read_text()) for file in sorted(FOLDER.glob("*.yaml"))}
ELSEWHERE = {
    "AWS::CloudFormation::Stack": "test_stacks: nested stacks",
    "AWS::CloudFormation::WaitCondition*": "test_signals, test_wait_handles",
    "AWS::CDK::Metadata": "no call, nothing to see",
    "AWS::CloudFormation::Interface": "no call, nothing to see",
    "AWS::ServiceCatalog::*": "tests/servicecatalog",
}
"""Types, by patterns, whose cases are in other files."""
LIST = REPOSITORY / "docs" / "resource-types.md"
LIST_BEGINS = "## Executed types\n"
_PLACEHOLDER = r"\{([\w.\[\]]+)\}"
VERBS = {"create": "create", "replace": "create", "update": "update", "restore": "update", "": "delete"}
"""What an action's verb begins with, and the handler's method."""
LEFT = ["CREATE_COMPLETE", "CREATE_FAILED", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED"]
GONE = re.compile(
    r"NotFound|Invalid Request Validator Id|NoSuch|DoesNotExist|NonExistent|not found|does not exist|not find",
    re.IGNORECASE,
)


def test_every_executed_type_has_a_case():
    tested = {one["Type"] for case in CASES.values() for one in case["resources"].values()}
    elsewhere = {pattern: fnmatch.filter(executed_types(), pattern) for pattern in ELSEWHERE}
    assert all(elsewhere.values())
    assert sorted(tested) == sorted(set(executed_types()) - {one for found in elsewhere.values() for one in found})


def test_the_documentation_lists_the_executed_types():
    """The list is generated: `UPDATE=1 pytest tests/cloudformation/test_types.py -k documentation`."""
    services = itertools.groupby(executed_types(), lambda name: name.rpartition("::")[0])
    lines = [f"- {service}: {', '.join(one.rpartition('::')[2] for one in names)}\n" for service, names in services]
    made = "".join([LIST_BEGINS, "\n", *lines])
    text = LIST.read_text()
    if os.environ.get("UPDATE"):
        text = text.partition(LIST_BEGINS)[0] + made
        LIST.write_text(text)
    assert text.partition(LIST_BEGINS)[2] == made.removeprefix(LIST_BEGINS)


@pytest.mark.parametrize("name", CASES)
def test_a_case_changes_and_replaces_what_it_can(name):
    for logical_id, one in CASES[name]["resources"].items():
        check = one["check"]
        assert ("change" in check and "replace" in check) or check.get("fixed"), logical_id


@pytest.fixture(scope="module")
def world():
    """Stacks of one account for all cases: each leaves nothing behind."""
    with Sandbox() as sandbox:
        stacks = Stacks(sandbox)
        stacks.aws = functools.cache(sandbox.client)
        stacks.aws("iam").create_role(RoleName="worker", AssumeRolePolicyDocument=trust(*TRUSTED))
        stacks.aws("s3").create_bucket(Bucket="code")
        stacks.aws("s3").put_object(Bucket="code", Key="code.zip", Body=archive())
        yield stacks


@pytest.fixture
def account(world, monkeypatch):
    """The world, where every call that makes a stack must be one that its handler tells of (`Handler.calls`)."""
    untold, faults = [], []

    def call(action, service, operation, params=None, *, region=None):
        verb = next(kind for begin, kind in VERBS.items() if action.verb.startswith(begin))
        told = [one for one in handler(action.type).calls()[verb] if one.name == f"{service}:{operation}"]
        if not any(one.members is None or set(params or ()) <= one.members for one in told):
            untold.append(f"{action.type} {action.verb} {service}:{operation} {sorted(params or ())}")
        return made(action, service, operation, params, region=region)

    made = Action.call
    monkeypatch.setattr(Action, "call", call)
    world.sandbox.gateway.report = faults.append
    yield world
    assert world.sandbox.settle(10)
    if world.client.list_stacks(StackStatusFilter=LEFT)["StackSummaries"]:  # the test failed: the next begins anew
        world.delete()
    if faults:
        raise faults[0]
    assert untold == []


def template(case, *changes):
    """A case's template, with what `change` or `replace` of the checks change."""
    resources = {name: dict(one) for name, one in (case.get("needs") or {}).items()}
    for name, one in case["resources"].items():
        properties = dict(one.get("Properties") or {})
        for kind in changes:
            properties.update(one["check"].get(kind) or {})
        properties = {key: value for key, value in properties.items() if value is not None}
        resources[name] = {**{key: each for key, each in one.items() if key != "check"}, "Properties": properties}
    return {"Resources": resources}


def failures(stack):
    return [
        f"{one['LogicalResourceId']}: {one.get('ResourceStatusReason')}"
        for one in stack["events"]
        if one["ResourceStatus"].endswith("_FAILED")
    ]


def resources_of(stacks, stack_id):
    """The stack's resources as its rows have them, by logical id."""
    with stacks.sandbox.store.transaction() as connection:
        rows = kept.resources(Rows(connection, stacks.sandbox.account, "us-east-1", "cloudformation"), stack_id)
    return {
        name: Resource(name, row["type"], row["physical_id"], row["properties"], row["attributes"], row["tags"])
        for name, row in rows.items()
    }


def seen(stacks, check, resource):
    """What the service shows of a resource; None where it is not there."""
    known = {**resource.properties, **resource.attributes, "ref": resource.physical_id}

    def filled(value):
        if isinstance(value, dict):
            return {name: filled(one) for name, one in value.items()}
        if isinstance(value, list):
            return [filled(one) for one in value]
        if not isinstance(value, str):
            return value
        whole = re.fullmatch(_PLACEHOLDER, value)
        if whole:
            return jmespath.search(whole[1], known)
        return re.sub(_PLACEHOLDER, lambda found: str(jmespath.search(found[1], known)), value)

    service, operation = check["look"].split(":")
    client = stacks.aws(service)
    method = next(name for name, one in client.meta.method_to_api_mapping.items() if one == operation)
    try:
        answer = getattr(client, method)(**filled(check.get("with") or {}))
    except ClientError as error:
        if not GONE.search(str(error)):
            raise
        return None
    answer.pop("ResponseMetadata")
    found = jmespath.search(filled(check["at"]), answer)
    return found if found not in ([], {}, "", False) else None


def unresolved(resource):
    """The attributes that the type's schema promises and Fn::GetAtt does not give."""
    one = handler(resource.type)
    found = set()
    for name in one.type.read_only:
        if "*" in name or any(other.startswith(f"{name}/") for other in one.type.read_only):
            continue  # an object, whose members are the attributes
        try:
            if one.attribute(resource, name.replace("/", ".")) is None:
                found.add(name)
        except TemplateError:
            found.add(name)
    return found


@pytest.mark.parametrize("name", CASES)
def test_a_life(account, name):
    case = CASES[name]
    checks = {logical_id: one["check"] for logical_id, one in case["resources"].items()}

    def problems(resources, state):
        """What the services show otherwise than it should be in a state: `before`, `after`, `gone`."""
        for logical_id, check in checks.items():
            shown = seen(account, check, resources[logical_id])
            if (shown is None) != (state == "gone" and "keeps" not in check) or (
                state in check and shown != check[state]
            ):
                yield f"{logical_id} {state}: {shown}"

    stack = account.create(template(case), Tags=[{"Key": "team", "Value": "red"}], DisableRollback=True)
    assert failures(stack) == []
    first = resources_of(account, stack["StackId"])
    assert list(problems(first, "before")) == []
    unknown, known = [], []
    for logical_id, check in checks.items():
        missing, without = unresolved(first[logical_id]), check.get("without") or {}
        unknown += [(logical_id, one) for one in missing if not any(fnmatch.fnmatch(one, each) for each in without)]
        known += [(logical_id, one) for one in without if not fnmatch.filter(missing, one)]
    assert (unknown, known) == ([], [])

    stack = account.update(template(case, "change"), Tags=[{"Key": "team", "Value": "blue"}])
    assert failures(stack) == []
    second = resources_of(account, stack["StackId"])
    assert list(problems(second, "after")) == []
    assert [name for name in checks if second[name].physical_id != first[name].physical_id] == []

    if any("replace" in check for check in checks.values()):
        stack = account.update(template(case, "change", "replace"), Tags=[{"Key": "team", "Value": "blue"}])
        assert failures(stack) == []
    third = resources_of(account, stack["StackId"])
    assert list(problems(third, "after")) == []
    replaced = {name: check for name, check in checks.items() if "replace" in check}
    assert [name for name in replaced if third[name].physical_id == second[name].physical_id] == []
    assert [name for name, check in replaced.items() if seen(account, check, second[name]) is not None] == []

    stack = account.delete()
    assert failures(stack) == []
    assert list(problems(third, "gone")) == []
