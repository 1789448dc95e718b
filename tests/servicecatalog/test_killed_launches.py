"""kill -9 in the middle of a launch: after the next start the record has ended, and nothing exists twice."""

import random

import pytest
from catalogs import Catalog
from test_launches import Shop

from killed import killed
from launchrole.sandbox import Sandbox

TEMPLATE = {
    "Parameters": {"Value": {"Type": "String", "Default": "a"}, "Broken": {"Type": "String", "Default": "no"}},
    "Conditions": {"IsBroken": {"Fn::Equals": [{"Ref": "Broken"}, "yes"]}},
    "Resources": {
        **{
            f"Topic{number}": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Value"}}}
            for number in range(8)
        },
        "Bad": {
            "Type": "AWS::SSM::Parameter",
            "Condition": "IsBroken",
            "DependsOn": "Topic7",
            "Properties": {"Value": "no type"},
        },
    },
}
PROGRAM = """
import sys, time
from pathlib import Path
from launchrole.sandbox import Sandbox
state, verb, role = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
with Sandbox(state) as sandbox:
    client = sandbox.client("servicecatalog", sandbox.assume(role, "ec2.amazonaws.com", "somebody"))
    mine = {"ProvisionedProductName": "mine"}
    artifact = {"ProductName": "product", "ProvisioningArtifactName": "v1"}
    broken = [{"Key": "Broken", "Value": "yes"}]
    if verb == "provision":
        client.provision_product(**mine, **artifact, ProvisionToken="t")
    elif verb == "failing":
        client.provision_product(**mine, **artifact, ProvisionToken="t", ProvisioningParameters=broken)
    elif verb == "update":
        changed = [{"Key": "Value", "Value": "b"}]
        client.update_provisioned_product(**mine, UpdateToken="t", ProvisioningParameters=changed)
    else:
        client.terminate_provisioned_product(**mine, TerminateToken="t")
    print("begun", flush=True)
    sandbox.settle(60)
    time.sleep(60)
"""
ENDS = {
    "provision": ("SUCCEEDED", "AVAILABLE", "CREATE_COMPLETE", 8),
    "failing": ("FAILED", "ERROR", "ROLLBACK_COMPLETE", 0),
    "update": ("SUCCEEDED", "AVAILABLE", "UPDATE_COMPLETE", 8),
    "terminate": ("SUCCEEDED", None, None, 0),
}


def prepared(state, verb):
    """A product that somebody may launch, launched where the verb needs it; the role of that somebody."""
    with Sandbox(state) as sandbox:
        shop = Shop(Catalog(sandbox), template=TEMPLATE)
        if verb in ("update", "terminate"):
            assert shop.launch() == ("SUCCEEDED", [])
        return shop.catalog.aws("iam").get_role(RoleName="user")["Role"]["Arn"]


def ends_well(state, verb, wait):
    role = prepared(state, verb)
    killed(PROGRAM, str(state), verb, role, wait=wait)
    with Sandbox(state) as sandbox:
        faults = []
        sandbox.gateway.report = faults.append
        assert sandbox.settle(60)
        client = sandbox.client("servicecatalog")
        status, product, stack, topics = ENDS[verb]
        account = {"AccessLevelFilter": {"Key": "Account", "Value": "self"}}
        records = client.list_record_history(**account)["RecordDetails"]
        assert (records[0]["Status"], len(records)) == (status, 2 if verb in ("update", "terminate") else 1)
        assert bool(records[0]["RecordErrors"]) is (status == "FAILED")
        products = client.scan_provisioned_products(**account)["ProvisionedProducts"]
        assert [one["Status"] for one in products] == ([product] if product else [])
        stacks = sandbox.client("cloudformation").describe_stacks()["Stacks"]
        assert [one["StackStatus"] for one in stacks] == ([stack] if stack else [])
        assert len(sandbox.client("sns").list_topics()["Topics"]) == topics
        assert faults == []


@pytest.mark.parametrize("verb", list(ENDS))
def test_a_launch_that_was_killed_ends(tmp_path, verb):
    ends_well(tmp_path / "state", verb, random.uniform(0.0, 0.3))


@pytest.mark.slow
@pytest.mark.parametrize("verb", list(ENDS))
@pytest.mark.parametrize("number", range(8))
def test_launches_killed_at_many_moments_end(tmp_path, verb, number):
    ends_well(tmp_path / "state", verb, 0.05 * number + random.uniform(0.0, 0.05))
