"""Many clients at once: every stack ends, with resources of its own, none is locked out or waits forever."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from stacks_in_process import Stacks, allow, cloudformation_role

from launchrole.sandbox import Sandbox

CLIENTS = 8
EACH = 5

BASE = {
    "Resources": {"Shared": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "shared"}}},
    "Outputs": {"Topic": {"Value": {"Ref": "Shared"}, "Export": {"Name": "shared-topic"}}},
}


def template(text):
    """A stack that imports from the base, and exports something itself."""
    return {
        "Resources": {
            "Topic": {"Type": "AWS::SNS::Topic"},
            "Parameter": {
                "Type": "AWS::SSM::Parameter",
                "Properties": {
                    "Type": "String",
                    "Name": {"Fn::Sub": "/${AWS::StackName}"},
                    "Value": {
                        "Fn::Join": [" ", [text, {"Ref": "Topic"}, {"Fn::ImportValue": "shared-topic"}]],
                    },
                },
            },
            "Queue": {"Type": "AWS::SQS::Queue", "DependsOn": "Parameter"},
        },
        "Outputs": {
            "Queue": {"Value": {"Fn::GetAtt": ["Queue", "Arn"]}, "Export": {"Name": {"Ref": "AWS::StackName"}}}
        },
    }


@pytest.fixture
def stacks(tmp_path):
    """Stacks of a state that is kept on disk."""
    with Sandbox(tmp_path / "state") as sandbox:
        faults = []
        sandbox.gateway.report = faults.append
        yield Stacks(sandbox)
        assert faults == []


def at_once(stacks, do):
    """Each client calls `do` for its stacks, all clients at the same time."""
    clients = [stacks.sandbox.client("cloudformation") for _ in range(CLIENTS)]

    def work(number):
        for name in names(number):
            do(clients[number], name)
            clients[number].list_exports()

    with ThreadPoolExecutor(CLIENTS) as pool:
        for done in [pool.submit(work, number) for number in range(CLIENTS)]:
            done.result(120)
    assert stacks.sandbox.settle(120)


def names(number):
    return [f"client{number}-stack{one}" for one in range(EACH)]


def test_eight_clients_create_update_and_delete_forty_stacks(stacks):
    everybody = [name for number in range(CLIENTS) for name in names(number)]
    role = cloudformation_role(stacks, "shared", allow("*"))
    stacks.create(BASE, "base")

    def create(client, name):
        client.create_stack(StackName=name, TemplateBody=json.dumps(template("one")), RoleARN=role)

    def update(client, name):
        client.update_stack(StackName=name, TemplateBody=json.dumps(template("two")))

    def delete(client, name):
        client.delete_stack(StackName=name)

    for do, text, status in ((create, "one", "CREATE_COMPLETE"), (update, "two", "UPDATE_COMPLETE")):
        at_once(stacks, do)
        assert {one["StackStatus"] for one in found(stacks) if one["StackName"] != "base"} == {status}
        assert len(found(stacks)) == len(everybody) + 1
        physical = {name: stacks.physical("Topic", name) for name in everybody}
        assert len(set(physical.values())) == len(everybody)
        shared = stacks.physical("Shared", "base")
        assert parameters(stacks) == {f"/{name}": f"{text} {physical[name]} {shared}" for name in everybody}
        assert set(exports(stacks)) == {"shared-topic", *everybody}
        assert len(set(exports(stacks).values())) == len(everybody) + 1
        importing = stacks.client.get_paginator("list_imports").paginate(ExportName="shared-topic")
        assert sorted(one for page in importing for one in page["Imports"]) == sorted(everybody)

    at_once(stacks, delete)
    assert [one["StackName"] for one in found(stacks)] == ["base"]
    assert parameters(stacks) == {}
    assert len(stacks.aws("sns").list_topics()["Topics"]) == 1
    assert "QueueUrls" not in stacks.aws("sqs").list_queues()
    assert stacks.delete("base")["StackStatus"] == "DELETE_COMPLETE"


def found(stacks):
    pages = stacks.client.get_paginator("describe_stacks").paginate()
    return [one for page in pages for one in page["Stacks"]]


def exports(stacks):
    pages = stacks.client.get_paginator("list_exports").paginate()
    return {one["Name"]: one["Value"] for page in pages for one in page["Exports"]}


def parameters(stacks):
    pages = stacks.aws("ssm").get_paginator("get_parameters_by_path").paginate(Path="/", Recursive=True)
    return {one["Name"]: one["Value"] for page in pages for one in page["Parameters"]}
