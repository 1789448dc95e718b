"""kill -9 in the middle of an operation: after the next start every stack ends, and nothing exists twice."""

import json
import random

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

PROGRAM = """
import json, sys, time
from pathlib import Path
from killed import killed
from launchrole.sandbox import Sandbox
state, verb, template = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
with Sandbox(state) as sandbox:
    client = sandbox.client("cloudformation")
    broken = [{"ParameterKey": "Broken", "ParameterValue": "yes"}]
    changed = [{"ParameterKey": "Value", "ParameterValue": "b"}]
    if verb == "create":
        client.create_stack(StackName="stack", TemplateBody=template)
    elif verb == "rollback":
        client.create_stack(StackName="stack", TemplateBody=template, Parameters=broken)
    elif verb == "update":
        client.update_stack(StackName="stack", TemplateBody=template, Parameters=changed)
    elif verb == "update rollback":
        client.update_stack(StackName="stack", TemplateBody=template, Parameters=changed + broken)
    else:
        client.delete_stack(StackName="stack")
    print("begun", flush=True)
    sandbox.settle(60)
    time.sleep(60)
"""
ENDS = {
    "create": "CREATE_COMPLETE",
    "rollback": "ROLLBACK_COMPLETE",
    "update": "UPDATE_COMPLETE",
    "update rollback": "UPDATE_ROLLBACK_COMPLETE",
    "delete": "",
}


def there(sandbox):
    """How many resources of each kind there are, the account's own VPC left out."""
    vpcs = [one for one in sandbox.client("ec2").describe_vpcs()["Vpcs"] if not one["IsDefault"]]
    parameters = sandbox.client("ssm").get_paginator("describe_parameters").paginate()
    return (
        len(sandbox.client("sns").list_topics()["Topics"]),
        sum(len(page["Parameters"]) for page in parameters),
        len(sandbox.client("s3").list_buckets()["Buckets"]),
        len(vpcs),
    )


def ends_well(state, verb, wait):
    if verb not in ("create", "rollback"):
        with Sandbox(state) as sandbox:
            sandbox.client("cloudformation").create_stack(StackName="stack", TemplateBody=json.dumps(TEMPLATE))
            assert sandbox.settle(60)
    killed(PROGRAM, str(state), verb, json.dumps(TEMPLATE), wait=wait)
    with Sandbox(state) as sandbox:
        faults = []
        sandbox.gateway.report = faults.append
        assert sandbox.settle(60)
        found = sandbox.client("cloudformation").describe_stacks()["Stacks"]
        assert [one["StackStatus"] for one in found] == ([ENDS[verb]] if ENDS[verb] else [])
        assert there(sandbox) == ((0, 0, 0, 0) if verb in ("rollback", "delete") else (8, 8, 1, 1))
        values = {
            one["Value"].split()[1]
            for page in sandbox.client("ssm").get_paginator("get_parameters_by_path").paginate(Path="/", Recursive=True)
            for one in page["Parameters"]
        }
        assert values <= {"b" if verb == "update" else "a"}
        assert faults == []


@pytest.mark.parametrize("verb", list(ENDS))
def test_an_operation_that_was_killed_ends(tmp_path, verb):
    ends_well(tmp_path / "state", verb, random.uniform(0.0, 0.25))


@pytest.mark.slow
@pytest.mark.parametrize("verb", list(ENDS))
@pytest.mark.parametrize("number", range(10))
def test_operations_killed_at_many_moments_end(tmp_path, verb, number):
    ends_well(tmp_path / "state", verb, 0.05 * number + random.uniform(0.0, 0.05))
