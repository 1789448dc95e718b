"""What handlers do beside the plain life of a resource: refusals, patches, snapshots, indexes."""

import pytest
from stacks_in_process import reasons, statuses

from launchrole.services.cloudformation.handlers import patching
from launchrole.services.cloudformation.handlers.dynamodb import _index_changes


def resource(type, /, **properties):
    return {"Resources": {"One": {"Type": type, "Properties": properties}}}


@pytest.mark.parametrize(
    ("paths", "old", "new", "made"),
    [
        ({"Name": "/name"}, {"Name": "a"}, {"Name": "a"}, []),
        ({"Name": "/name"}, {"Name": "a"}, {"Name": "b"}, [("replace", "/name", "b")]),
        ({"Name": "/name"}, {"Name": "a"}, {}, [("remove", "/name", None)]),
        ({"On": "/on"}, {}, {"On": True}, [("replace", "/on", "true")]),
        ({"Policy": "/policy"}, {}, {"Policy": {"a": 1}}, [("replace", "/policy", '{"a": 1}')]),
        (
            {"Variables": "/variables/*"},
            {"Variables": {"a": "1", "b": "2", "c/d": "3"}},
            {"Variables": {"a": "1", "b": "3"}},
            [("remove", "/variables/c~1d", None), ("replace", "/variables/b", "3")],
        ),
        ({"Variables": "/variables/*"}, {"Variables": {"a": "1"}}, {}, [("remove", "/variables/a", None)]),
        (
            {"Arns": "/arns/*"},
            {"Arns": ["a", "b"]},
            {"Arns": ["b", "c"]},
            [("remove", "/arns", "a"), ("add", "/arns", "c")],
        ),
    ],
)
def test_patch_operations(paths, old, new, made):
    found = patching.operations(paths, old.get, new.get)
    assert [(one["op"], one["path"], one.get("value")) for one in found] == made


def test_indexes_change_one_at_a_time():
    key = [{"AttributeName": "id", "KeyType": "HASH"}]
    small, large = {"ReadCapacityUnits": 1}, {"ReadCapacityUnits": 2}
    old = [
        {"IndexName": "gone", "KeySchema": key},
        {"IndexName": "same", "KeySchema": key, "ProvisionedThroughput": small},
        {"IndexName": "other", "KeySchema": key},
    ]
    new = [
        {"IndexName": "same", "KeySchema": key, "ProvisionedThroughput": large},
        {"IndexName": "other", "KeySchema": key, "Projection": {"ProjectionType": "ALL"}},
        {"IndexName": "new", "KeySchema": key},
    ]
    assert _index_changes(old, new) == [
        {"Delete": {"IndexName": "gone"}},
        {"Delete": {"IndexName": "other"}},
        {"Update": {"IndexName": "same", "ProvisionedThroughput": large}},
        {"Create": new[1]},
        {"Create": new[2]},
    ]
    assert _index_changes(new, new) == []


def test_an_index_comes_and_goes(stacks):
    attributes = [{"AttributeName": name, "AttributeType": "S"} for name in ("id", "at")]
    table = {
        "TableName": "one",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": attributes[:1],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    }
    index = {
        "IndexName": "by-at",
        "KeySchema": [{"AttributeName": "at", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }

    def indexes():
        found = stacks.aws("dynamodb").describe_table(TableName="one")["Table"]
        return [one["IndexName"] for one in found.get("GlobalSecondaryIndexes", ())]

    stacks.create(resource("AWS::DynamoDB::Table", **table))
    grown = {**table, "AttributeDefinitions": attributes, "GlobalSecondaryIndexes": [index]}
    assert stacks.update(resource("AWS::DynamoDB::Table", **grown))["StackStatus"] == "UPDATE_COMPLETE"
    assert indexes() == ["by-at"]
    assert stacks.update(resource("AWS::DynamoDB::Table", **table))["StackStatus"] == "UPDATE_COMPLETE"
    assert indexes() == []


def test_what_is_not_served_is_refused_before_any_call(stacks):
    stack = stacks.create(resource("AWS::Kinesis::Stream", Name="one", ShardCount=1, MaxRecordSizeInKiB=2048))
    (why,) = reasons(stack, "One", "CREATE_FAILED")
    assert why == (
        "launchrole does not serve the property MaxRecordSizeInKiB of AWS::Kinesis::Stream: moto has no "
        "UpdateMaxRecordSize"
    )
    assert stacks.aws("kinesis").list_streams()["StreamNames"] == []


def test_a_change_that_no_call_carries_fails_the_update_and_is_rolled_back(stacks):
    launch = {"LaunchTemplateName": "one", "LaunchTemplateData": {"InstanceType": "t2.micro"}}
    stacks.create(resource("AWS::EC2::LaunchTemplate", **launch))
    tagged = {
        **launch,
        "TagSpecifications": [{"ResourceType": "launch-template", "Tags": [{"Key": "a", "Value": "b"}]}],
    }
    stack = stacks.update(resource("AWS::EC2::LaunchTemplate", **tagged))
    assert reasons(stack, "One", "UPDATE_FAILED") == [
        "launchrole does not change these properties of AWS::EC2::LaunchTemplate in place: TagSpecifications"
    ]
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"


@pytest.mark.parametrize(("policy", "snapshots"), [({}, 1), ({"DeletionPolicy": "Delete"}, 0)])
def test_a_database_leaves_a_snapshot_unless_the_template_says_otherwise(stacks, policy, snapshots):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html"""
    database = {"Engine": "mysql", "DBInstanceClass": "db.t3.micro", "AllocatedStorage": "20"}
    template = resource("AWS::RDS::DBInstance", MasterUsername="admin", MasterUserPassword="secret-secret", **database)
    template["Resources"]["One"].update(policy)
    stacks.create(template)
    stacks.delete()
    assert stacks.aws("rds").describe_db_instances()["DBInstances"] == []
    assert len(stacks.aws("rds").describe_db_snapshots()["DBSnapshots"]) == snapshots


def test_parameters_are_set_by_twenties(stacks):
    parameters = {f"slow_parameter_{number}": number for number in range(25)}
    group = {"DBParameterGroupName": "one", "Family": "mysql8.0", "Description": "one"}
    stack = stacks.create(resource("AWS::RDS::DBParameterGroup", **group, Parameters=parameters))
    assert statuses(stack, "One")[-1] == "CREATE_COMPLETE"
    found = stacks.aws("rds").describe_db_parameters(DBParameterGroupName="one")["Parameters"]
    assert {one["ParameterName"]: one["ParameterValue"] for one in found} == {
        name: str(value) for name, value in parameters.items()
    }


def test_a_removed_default_is_the_default_again(stacks):
    key = {
        "Description": "one",
        "KeyPolicy": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
                    "Action": "kms:*",
                    "Resource": "*",
                }
            ],
        },
    }
    stack = stacks.create(
        {**resource("AWS::KMS::Key", **key, Enabled=False), "Outputs": {"Id": {"Value": {"Ref": "One"}}}}
    )

    def enabled():
        return stacks.aws("kms").describe_key(KeyId=stack["outputs"]["Id"])["KeyMetadata"]["Enabled"]

    assert not enabled()
    assert stacks.update(resource("AWS::KMS::Key", **key))["StackStatus"] == "UPDATE_COMPLETE"
    assert enabled()
