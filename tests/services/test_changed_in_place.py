"""What moto changes wrongly when it is asked to change it: filters, queues, buses, resource servers, configurations of
invocations, scaling policies; and the roles of identity pools."""

import json

import pytest

from endpoint import trust
from in_process import ROLE, TAGS, brought_back, clients, refused
from launchrole.sandbox import Sandbox
from page_calls import code

POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:*"}]})
METRIC = [{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}]


@pytest.fixture
def aws():
    with clients() as made:
        yield made


def test_a_metric_filter_takes_the_place_of_its_predecessor(aws):
    logs = aws("logs")
    logs.create_log_group(logGroupName="g")
    for pattern in ("ERROR", "WARN"):
        logs.put_metric_filter(logGroupName="g", filterName="f", filterPattern=pattern, metricTransformations=METRIC)
    found = logs.describe_metric_filters(logGroupName="g")["metricFilters"]
    assert [one["filterPattern"] for one in found] == ["WARN"]
    nowhere = {"logGroupName": "none", "filterName": "f", "filterPattern": "", "metricTransformations": METRIC}
    assert refused(logs.put_metric_filter, **nowhere) == "ResourceNotFoundException"


def test_a_queue_keeps_its_policy_when_something_else_changes(tmp_path):
    with clients(tmp_path / "state") as aws:
        queue = aws("sqs").create_queue(QueueName="q")["QueueUrl"]
        aws("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": POLICY})
        aws("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "5"})

    def look(aws):
        found = aws("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
        return found["VisibilityTimeout"], json.loads(found["Policy"])["Statement"][0]["Action"]

    assert brought_back(tmp_path / "state", look) == ("5", "sqs:*")
    with clients(tmp_path / "state") as aws:
        aws("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": ""})
        found = aws("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
        assert "Policy" not in found
        gone = {"QueueUrl": queue + "2", "Attributes": {"VisibilityTimeout": "5"}}
        assert refused(aws("sqs").set_queue_attributes, **gone).endswith("NonExistentQueue")


def test_event_buses_change(aws):
    events = aws("events")
    events.create_event_bus(Name="b", Description="first")
    events.update_event_bus(Name="b", KmsKeyIdentifier="alias/k")
    assert events.describe_event_bus(Name="b")["Description"] == "first"
    changed = events.update_event_bus(Name="b", Description="second")
    assert (changed["Description"], changed["KmsKeyIdentifier"]) == ("second", "alias/k")
    assert events.describe_event_bus(Name="b")["Description"] == "second"
    assert refused(events.update_event_bus, Name="none") == "ResourceNotFoundException"


def test_resource_servers_change_and_go(aws):
    idp = aws("cognito-idp")
    pool = idp.create_user_pool(PoolName="p")["UserPool"]["Id"]
    server = {"UserPoolId": pool, "Identifier": "s"}
    scopes = [{"ScopeName": "read", "ScopeDescription": "reads"}]
    idp.create_resource_server(**server, Name="first", Scopes=scopes)
    changed = idp.update_resource_server(**server, Name="second", Scopes=scopes)["ResourceServer"]
    assert (changed["Name"], changed["Scopes"]) == ("second", scopes)
    assert "Scopes" not in idp.update_resource_server(**server, Name="third")["ResourceServer"]
    idp.delete_resource_server(**server)
    for call in (idp.describe_resource_server, idp.delete_resource_server):
        assert refused(call, **server) == "ResourceNotFoundException"


def test_configurations_of_invocations_replace_and_change(aws):
    functions = aws("lambda")
    functions.create_function(
        FunctionName="f", Runtime="python3.12", Role=ROLE, Handler="index.handler", Code={"ZipFile": code()}
    )
    name = {"FunctionName": "f"}
    assert refused(functions.update_function_event_invoke_config, **name) == "ResourceNotFoundException"
    functions.put_function_event_invoke_config(**name, MaximumRetryAttempts=1, MaximumEventAgeInSeconds=60)
    functions.update_function_event_invoke_config(**name, MaximumRetryAttempts=0)
    found = functions.get_function_event_invoke_config(**name)
    assert (found["MaximumRetryAttempts"], found["MaximumEventAgeInSeconds"]) == (0, 60)
    functions.put_function_event_invoke_config(**name, MaximumRetryAttempts=2)
    assert "MaximumEventAgeInSeconds" not in functions.get_function_event_invoke_config(**name)


def test_a_scaling_policy_keeps_its_arn(aws):
    aws("dynamodb").create_table(
        TableName="t",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
    )
    scaling = aws("application-autoscaling")
    target = {
        "ServiceNamespace": "dynamodb",
        "ResourceId": "table/t",
        "ScalableDimension": "dynamodb:table:ReadCapacityUnits",
    }
    scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=2)

    def put(value):
        tracking = {
            "TargetValue": value,
            "PredefinedMetricSpecification": {"PredefinedMetricType": "DynamoDBReadCapacityUtilization"},
        }
        return scaling.put_scaling_policy(
            **target,
            PolicyName="p",
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration=tracking,
        )

    first, second = put(50), put(60)
    assert first["PolicyARN"] == second["PolicyARN"]
    assert second["Alarms"]
    (found,) = scaling.describe_scaling_policies(ServiceNamespace="dynamodb")["ScalingPolicies"]
    assert found["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 60
    predictive = {
        "PolicyName": "q",
        "PolicyType": "PredictiveScaling",
        "PredictiveScalingPolicyConfiguration": {"MetricSpecifications": [{"TargetValue": 1}]},
    }
    assert refused(scaling.put_scaling_policy, **target, **predictive) == "NotImplemented"


def test_identity_pools_have_roles_and_tags(aws):
    client = aws("cognito-identity")
    pool = client.create_identity_pool(IdentityPoolName="p", AllowUnauthenticatedIdentities=True)["IdentityPoolId"]
    assert "Roles" not in client.get_identity_pool_roles(IdentityPoolId=pool)
    client.set_identity_pool_roles(IdentityPoolId=pool, Roles={"authenticated": ROLE})
    assert client.get_identity_pool_roles(IdentityPoolId=pool)["Roles"] == {"authenticated": ROLE}
    arn = f"arn:aws:cognito-identity:us-east-1:123456789012:identitypool/{pool}"
    client.tag_resource(ResourceArn=arn, Tags={one["Key"]: one["Value"] for one in TAGS})
    assert client.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"a": "b"}
    client.untag_resource(ResourceArn=arn, TagKeys=["a"])
    assert client.list_tags_for_resource(ResourceArn=arn)["Tags"] == {}
    nowhere = {"IdentityPoolId": "us-east-1:none", "Roles": {}}
    assert refused(client.set_identity_pool_roles, **nowhere) == "ResourceNotFoundException"


def test_tasks_get_only_roles_that_may_be_passed():
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html"""
    with Sandbox() as sandbox:
        iam = sandbox.client("iam")
        iam.create_role(RoleName="task", AssumeRolePolicyDocument=trust("ecs-tasks"))
        iam.create_user(UserName="builder")
        allowed = {"Effect": "Allow", "Action": "ecs:*", "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        iam.put_user_policy(UserName="builder", PolicyName="p", PolicyDocument=document)
        key = iam.create_access_key(UserName="builder")["AccessKey"]
        session = sandbox.botocore_session()
        ecs = session.create_client(
            "ecs", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
        )
        task = {"family": "t", "containerDefinitions": [{"name": "app", "image": "app", "memory": 128}]}
        ecs.register_task_definition(**task)
        role = f"arn:aws:iam::{sandbox.account}:role/task"
        assert refused(ecs.register_task_definition, **task, taskRoleArn=role) == "AccessDeniedException"
        assert refused(ecs.register_task_definition, **task, executionRoleArn=role) == "AccessDeniedException"
