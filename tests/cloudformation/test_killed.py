"""kill -9 in the middle of an operation: after the next start every stack ends, and nothing exists twice."""

import hashlib
import json
import random
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from killed import killed
from launchrole.sandbox import Sandbox

TEMPLATE = {
    "Parameters": {"Value": {"Type": "String", "Default": "a"}, "Broken": {"Type": "String", "Default": "no"}},
    "Conditions": {"IsBroken": {"Fn::Equals": [{"Ref": "Broken"}, "yes"]}},
    "Resources": {
        **{f"Topic{number}": {"Type": "AWS::SNS::Topic"} for number in range(8)},
        **{
            f"Parameter{number}": {
                "Type": "AWS::SSM::Parameter",
                "Properties": {"Type": "String", "Value": {"Fn::Sub": f"${{Topic{number}}} ${{Value}}"}},
            }
            for number in range(8)
        },
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
        "Bucket": {"Type": "AWS::S3::Bucket"},
        "Bad": {
            "Type": "AWS::SSM::Parameter",
            "Condition": "IsBroken",
            "DependsOn": ["Vpc", "Bucket", "Parameter7"],
            "Properties": {"Value": "no type"},
        },
    },
}

NESTED = {
    "Parameters": {"Value": {"Type": "String", "Default": "a"}, "Broken": {"Type": "String", "Default": "no"}},
    "Resources": {
        "Own": {"Type": "AWS::SNS::Topic"},
        "Inner": {
            "Type": "AWS::CloudFormation::Stack",
            "DependsOn": "Own",
            "Properties": {
                "TemplateURL": "https://templates.s3.us-east-1.amazonaws.com/inner.json",
                "Parameters": {"Value": {"Ref": "Value"}, "Broken": {"Ref": "Broken"}},
            },
        },
    },
}
"""A stack whose nested stack is that of `TEMPLATE`."""

CHANGED = [{"ParameterKey": "Value", "ParameterValue": "b"}]
BROKEN = [{"ParameterKey": "Broken", "ParameterValue": "yes"}]

PROGRAM = """
import json, sys, time
from pathlib import Path
from launchrole.sandbox import Sandbox
with Sandbox(Path(sys.argv[1])) as sandbox:
    getattr(sandbox.client("cloudformation"), sys.argv[2])(**json.loads(sys.argv[3]))
    print("begun", flush=True)
    sandbox.settle(60)
    time.sleep(60)
"""


@dataclass(frozen=True)
class Case:
    """An operation that is killed: the call that begins it, the stack's last status (None where it is gone), and the
    value that its parameters then have. `begins` says that there is no stack before."""

    call: str
    params: Mapping[str, Any] = field(default_factory=dict)
    end: str | None = None
    value: str = "a"
    template: Mapping[str, Any] = field(default_factory=lambda: TEMPLATE)
    begins: bool = False
    change_set: Mapping[str, Any] | None = None

    def asked(self) -> dict[str, Any]:
        """The parameters of the call."""
        template = {"TemplateBody": json.dumps(self.template)} if self.call in ("create_stack", "update_stack") else {}
        return {"StackName": "stack", **template, **self.params}


def changed(*parameters):
    return {"Parameters": [one for each in parameters for one in each]}


EXECUTED = {"ChangeSetName": "change"}
CASES = {
    "create": Case("create_stack", end="CREATE_COMPLETE", begins=True),
    "rollback": Case("create_stack", changed(BROKEN), "ROLLBACK_COMPLETE", begins=True),
    "update": Case("update_stack", changed(CHANGED), "UPDATE_COMPLETE", "b"),
    "update rollback": Case("update_stack", changed(CHANGED, BROKEN), "UPDATE_ROLLBACK_COMPLETE"),
    "delete": Case("delete_stack"),
    "change set": Case("execute_change_set", EXECUTED, "UPDATE_COMPLETE", "b", change_set=changed(CHANGED)),
    "change set rollback": Case(
        "execute_change_set", EXECUTED, "UPDATE_ROLLBACK_COMPLETE", change_set=changed(CHANGED, BROKEN)
    ),
    "nested create": Case("create_stack", end="CREATE_COMPLETE", template=NESTED, begins=True),
    "nested rollback": Case("create_stack", changed(BROKEN), "ROLLBACK_COMPLETE", template=NESTED, begins=True),
    "nested update": Case("update_stack", changed(CHANGED), "UPDATE_COMPLETE", "b", template=NESTED),
    "nested update rollback": Case(
        "update_stack", changed(CHANGED, BROKEN), "UPDATE_ROLLBACK_COMPLETE", template=NESTED
    ),
    "nested delete": Case("delete_stack", template=NESTED),
}


def there(sandbox):
    """How many resources of each kind there are, the account's own VPC and the templates' bucket left out."""
    vpcs = [one for one in sandbox.client("ec2").describe_vpcs()["Vpcs"] if not one["IsDefault"]]
    parameters = sandbox.client("ssm").get_paginator("describe_parameters").paginate()
    buckets = [one for one in sandbox.client("s3").list_buckets()["Buckets"] if one["Name"] != "templates"]
    return (
        len(sandbox.client("sns").list_topics()["Topics"]),
        sum(len(page["Parameters"]) for page in parameters),
        len(buckets),
        len(vpcs),
    )


def prepare(state, case):
    """What is there before the operation."""
    with Sandbox(state) as sandbox:
        cloudformation, s3 = sandbox.client("cloudformation"), sandbox.client("s3")
        s3.create_bucket(Bucket="templates")
        s3.put_object(Bucket="templates", Key="inner.json", Body=json.dumps(TEMPLATE).encode())
        if not case.begins:
            cloudformation.create_stack(StackName="stack", TemplateBody=json.dumps(case.template))
            assert sandbox.settle(60)
        if case.change_set is not None:
            named = {"StackName": "stack", **EXECUTED}
            cloudformation.create_change_set(UsePreviousTemplate=True, **named, **case.change_set)
            assert sandbox.settle(60)
            assert cloudformation.describe_change_set(**named)["Status"] == "CREATE_COMPLETE"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A function that gives the state in which a case begins, made once for all cases that begin in it."""
    folder = tmp_path_factory.mktemp("states")

    def state(case):
        key = json.dumps([case.template is NESTED, case.begins, case.change_set])
        found = folder / hashlib.sha256(key.encode()).hexdigest()
        if not found.exists():
            prepare(found, case)
        return found

    return state


def ends_well(state, case, wait):
    killed(PROGRAM, str(state), case.call, json.dumps(case.asked()), wait=wait)
    nested = case.template is NESTED
    with Sandbox(state) as sandbox:
        faults = []
        sandbox.gateway.report = faults.append
        assert sandbox.settle(60)
        found = sandbox.client("cloudformation").describe_stacks()["Stacks"]
        ends = {one["StackName"]: one["StackStatus"] for one in found}
        assert ends.pop("stack", None) == case.end, found
        stays = case.end not in (None, "ROLLBACK_COMPLETE")
        assert len(ends) == (1 if nested and stays else 0)
        assert set(ends.values()) <= {case.end}
        assert there(sandbox) == ((9 if nested else 8, 8, 1, 1) if stays else (0, 0, 0, 0))
        pages = sandbox.client("ssm").get_paginator("get_parameters_by_path").paginate(Path="/", Recursive=True)
        values = {one["Value"].split()[1] for page in pages for one in page["Parameters"]}
        assert values == ({case.value} if stays else set())
        assert faults == []


@pytest.mark.parametrize("case", CASES)
def test_an_operation_that_was_killed_ends(tmp_path, prepared, case):
    state = shutil.copytree(prepared(CASES[case]), tmp_path / "state")
    ends_well(state, CASES[case], random.uniform(0.0, 0.25))


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("number", range(10))
def test_operations_killed_at_many_moments_end(tmp_path, prepared, case, number):
    state = shutil.copytree(prepared(CASES[case]), tmp_path / "state")
    ends_well(state, CASES[case], 0.05 * number + random.uniform(0.0, 0.05))
