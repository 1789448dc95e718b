"""What moto keeps and could not change or show: logs, alarms, budgets, maintenance windows, patch baselines, subnet
groups, clusters, functions. And the facts on services that moto serves as it is."""

import json

import pytest

from in_process import ACCOUNT, ROLE, TAGS, brought_back, clients, refused
from launchrole.sandbox import Sandbox
from page_calls import code

KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"
MORE = [{"Key": "c", "Value": "d"}]


@pytest.fixture
def aws():
    with clients() as made:
        yield made


def test_keys_of_log_groups(aws):
    client = aws("logs")
    client.create_log_group(logGroupName="g")

    def key():
        return client.describe_log_groups()["logGroups"][0].get("kmsKeyId")

    client.associate_kms_key(logGroupName="g", kmsKeyId=KEY)
    assert key() == KEY
    client.disassociate_kms_key(logGroupName="g")
    assert key() is None
    client.associate_kms_key(resourceIdentifier=f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:g:*", kmsKeyId=KEY)
    assert key() == KEY
    assert refused(client.associate_kms_key, logGroupName="none", kmsKeyId=KEY) == "ResourceNotFoundException"
    assert refused(client.associate_kms_key, logGroupName="g", kmsKeyId="alias/k") == "InvalidParameterException"
    both = {"logGroupName": "g", "resourceIdentifier": "g", "kmsKeyId": KEY}
    assert refused(client.associate_kms_key, **both) == "InvalidParameterException"
    results = {"resourceIdentifier": f"arn:aws:logs:us-east-1:{ACCOUNT}:query-result:*", "kmsKeyId": KEY}
    assert refused(client.associate_kms_key, **results) == "NotImplemented"
    client.put_retention_policy(logGroupName="g", retentionInDays=7)
    client.delete_retention_policy(logGroupName="g")
    assert "retentionInDays" not in client.describe_log_groups()["logGroups"][0]


def test_composite_alarms(aws):
    client = aws("cloudwatch")
    given = {"AlarmName": "c", "AlarmRule": "ALARM(m) AND NOT OK(n)"}
    client.put_composite_alarm(**given, Tags=TAGS, ActionsSuppressor="s", AlarmActions=["arn:aws:sns:us-east-1:1:t"])
    arn = f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:c"
    assert client.list_tags_for_resource(ResourceARN=arn)["Tags"] == TAGS
    client.set_alarm_state(AlarmName="c", StateValue="ALARM", StateReason="x")
    client.put_composite_alarm(AlarmName="c", AlarmRule="OK(n)", ActionsEnabled=False, Tags=MORE)
    found = client.describe_alarms(AlarmNames=["c"], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"][0]
    assert (found["AlarmRule"], found["ActionsEnabled"], found["StateValue"]) == ("OK(n)", False, "ALARM")
    assert client.list_tags_for_resource(ResourceARN=arn)["Tags"] == TAGS
    client.tag_resource(ResourceARN=arn, Tags=MORE)
    assert refused(client.put_composite_alarm, AlarmName="d", AlarmRule="ALARM(m") == "ValidationError"
    client.put_metric_alarm(AlarmName="m", EvaluationPeriods=1, ComparisonOperator="GreaterThanThreshold")
    assert refused(client.put_composite_alarm, AlarmName="m", AlarmRule="TRUE") == "ValidationError"
    client.delete_alarms(AlarmNames=["c"])
    assert client.describe_alarms(AlarmNames=["c"])["CompositeAlarms"] == []


def budget(amount):
    limit = {"Amount": str(amount), "Unit": "USD"}
    return {"BudgetName": "b", "BudgetType": "COST", "TimeUnit": "MONTHLY", "BudgetLimit": limit}


def test_budgets(aws):
    client = aws("budgets")
    notification = {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 80.0}
    subscribers = [{"SubscriptionType": "EMAIL", "Address": "a@example.com"}]
    client.create_budget(
        AccountId=ACCOUNT,
        Budget=budget(10) | {"TimePeriod": {"Start": 1700000000, "End": 1900000000}},
        NotificationsWithSubscribers=[{"Notification": notification, "Subscribers": subscribers}],
        ResourceTags=TAGS,
    )
    named = {"AccountId": ACCOUNT, "BudgetName": "b"}
    begun = client.describe_budget(**named)["Budget"]["TimePeriod"]["Start"]
    assert begun.timestamp() == 1700000000
    assert refused(client.create_budget, AccountId=ACCOUNT, Budget=budget(1)) == "DuplicateRecordException"
    client.update_budget(AccountId=ACCOUNT, NewBudget=budget(20))
    found = client.describe_budget(**named)["Budget"]
    assert (float(found["BudgetLimit"]["Amount"]), found["TimePeriod"]["Start"]) == (20.0, begun)
    assert len(client.describe_notifications_for_budget(**named)["Notifications"]) == 1
    arn = f"arn:aws:budgets::{ACCOUNT}:budget/b"
    client.tag_resource(ResourceARN=arn, ResourceTags=MORE)
    client.untag_resource(ResourceARN=arn, ResourceTagKeys=["a"])
    assert client.list_tags_for_resource(ResourceARN=arn)["ResourceTags"] == MORE
    assert refused(client.list_tags_for_resource, ResourceARN=arn + "/action/1") == "NotFoundException"
    without = {name: value for name, value in budget(1).items() if name != "BudgetLimit"}
    assert refused(client.update_budget, AccountId=ACCOUNT, NewBudget=without) == "InvalidParameterException"
    other = budget(1) | {"BudgetName": "none"}
    assert refused(client.update_budget, AccountId=ACCOUNT, NewBudget=other) == "NotFoundException"
    assert refused(client.describe_budgets, AccountId="210987654321") == "AccessDeniedException"
    client.delete_budget(**named)


def test_maintenance_windows(aws):
    client = aws("ssm")
    window = {
        "WindowId": client.create_maintenance_window(
            Name="window", Schedule="rate(1 day)", Duration=2, Cutoff=1, AllowUnassociatedTargets=True, Description="d"
        )["WindowId"]
    }
    target = client.register_target_with_maintenance_window(
        **window, ResourceType="INSTANCE", Targets=[{"Key": "tag:a", "Values": ["b"]}], Description="d"
    )["WindowTargetId"]
    targets = [{"Key": "WindowTargetIds", "Values": [target]}]
    task = client.register_task_with_maintenance_window(
        **window, TaskArn="AWS-RunShellScript", TaskType="RUN_COMMAND", Targets=targets, Priority=1
    )["WindowTaskId"]
    changed = client.update_maintenance_window(**window, Duration=3, Enabled=False)
    assert (changed["Duration"], changed["Enabled"], changed["Description"]) == (3, False, "d")
    found = client.get_maintenance_window(**window)
    assert (found["Duration"], found["Enabled"], found["AllowUnassociatedTargets"]) == (3, False, True)
    assert found["ModifiedDate"] > found["CreatedDate"]
    changed = client.update_maintenance_window(**window, Replace=True, Schedule="rate(2 days)")
    assert changed["Schedule"] == "rate(2 days)"
    assert "Description" not in changed

    named = client.update_maintenance_window_target(**window, WindowTargetId=target, Name="named")
    assert (named["Name"], named["Description"]) == ("named", "d")
    assert client.get_maintenance_window_task(**window, WindowTaskId=task)["TaskType"] == "RUN_COMMAND"
    changed = client.update_maintenance_window_task(**window, WindowTaskId=task, Priority=2, ServiceRoleArn=ROLE)
    assert (changed["Priority"], changed["TaskArn"]) == (2, "AWS-RunShellScript")

    client.deregister_task_from_maintenance_window(**window, WindowTaskId=task)
    client.deregister_target_from_maintenance_window(**window, WindowTargetId=target)
    missing = "DoesNotExistException"
    assert refused(client.deregister_task_from_maintenance_window, **window, WindowTaskId=task) == missing
    assert refused(client.deregister_target_from_maintenance_window, **window, WindowTargetId=target) == missing
    assert refused(client.get_maintenance_window, WindowId="mw-0123456789abcdef0") == missing


def test_patch_baselines(aws):
    client = aws("ssm")
    baseline = client.create_patch_baseline(
        Name="baseline", OperatingSystem="AMAZON_LINUX_2", ApprovedPatches=["p"], Description="d", Tags=TAGS
    )["BaselineId"]
    named = {"BaselineId": baseline}
    client.register_patch_baseline_for_patch_group(**named, PatchGroup="g")
    found = client.get_patch_baseline(**named)
    assert (found["Name"], found["ApprovedPatches"], found["PatchGroups"]) == ("baseline", ["p"], ["g"])
    assert client.update_patch_baseline(**named, RejectedPatches=["q"])["ApprovedPatches"] == ["p"]
    replaced = client.update_patch_baseline(**named, Name="other", Replace=True)
    assert (replaced["Name"], replaced["ApprovedPatches"], replaced["RejectedPatches"]) == ("other", [], [])
    tagged = {"ResourceType": "PatchBaseline", "ResourceId": baseline}
    client.add_tags_to_resource(**tagged, Tags=MORE)
    client.remove_tags_from_resource(**tagged, TagKeys=["a"])
    assert client.list_tags_for_resource(**tagged)["TagList"] == MORE
    client.put_parameter(Name="p", Value="v", Type="String")
    client.add_tags_to_resource(ResourceType="Parameter", ResourceId="p", Tags=TAGS)
    assert client.list_tags_for_resource(ResourceType="Parameter", ResourceId="p")["TagList"] == TAGS
    client.deregister_patch_baseline_for_patch_group(**named, PatchGroup="g")
    client.delete_patch_baseline(**named)
    assert refused(client.get_patch_baseline, **named) == "DoesNotExistException"
    assert refused(client.list_tags_for_resource, **tagged) == "InvalidResourceId"


def network(aws):
    client = aws("ec2")
    return client.describe_vpcs()["Vpcs"][0]["VpcId"], [one["SubnetId"] for one in client.describe_subnets()["Subnets"]]


def test_subnet_groups_of_databases(aws):
    client = aws("rds")
    _, subnets = network(aws)
    named = {"DBSubnetGroupName": "Group"}
    client.create_db_subnet_group(**named, DBSubnetGroupDescription="d", SubnetIds=subnets[:2], Tags=TAGS)
    changed = client.modify_db_subnet_group(**named, SubnetIds=subnets[1:4])["DBSubnetGroup"]
    assert [one["SubnetIdentifier"] for one in changed["Subnets"]] == subnets[1:4]
    found = client.describe_db_subnet_groups(**named)["DBSubnetGroups"][0]
    assert (found["Subnets"], found["DBSubnetGroupDescription"]) == (changed["Subnets"], "d")
    assert refused(client.modify_db_subnet_group, **named, SubnetIds=["subnet-none"]) == "InvalidSubnetID.NotFound"
    none = {"DBSubnetGroupName": "none", "SubnetIds": subnets}
    assert refused(client.modify_db_subnet_group, **none) == "DBSubnetGroupNotFoundFault"
    client.create_db_cluster(
        DBClusterIdentifier="c", Engine="aurora-mysql", MasterUsername="a", MasterUserPassword="password1"
    )
    client.delete_db_cluster(DBClusterIdentifier="c", SkipFinalSnapshot=True)


def test_settings_of_clusters(aws):
    client = aws("ecs")
    client.create_cluster(clusterName="c")
    settings = [{"name": "containerInsights", "value": "enabled"}]
    assert client.update_cluster_settings(cluster="c", settings=settings)["cluster"]["settings"] == settings
    assert refused(client.update_cluster_settings, cluster="none", settings=settings) == "ClusterNotFoundException"


def test_a_cluster_s_security_groups_must_be_there(aws):
    client = aws("emr")
    vpc, subnets = network(aws)
    group = aws("ec2").create_security_group(GroupName="g", Description="d", VpcId=vpc)["GroupId"]
    instances = {
        "InstanceGroups": [{"InstanceRole": "MASTER", "InstanceType": "m5.xlarge", "InstanceCount": 1}],
        "Ec2SubnetId": subnets[0],
        "EmrManagedMasterSecurityGroup": group,
        "EmrManagedSlaveSecurityGroup": group,
    }
    given = {"Name": "c", "ReleaseLabel": "emr-6.15.0", "ServiceRole": "worker", "JobFlowRole": "worker"}
    cluster = client.run_job_flow(**given, Instances=instances, Tags=TAGS)["JobFlowId"]
    assert client.describe_cluster(ClusterId=cluster)["Cluster"]["Tags"] == TAGS
    client.terminate_job_flows(JobFlowIds=[cluster])
    wrong = instances | {"ServiceAccessSecurityGroup": "sg-none"}
    assert refused(client.run_job_flow, **given, Instances=wrong) == "ValidationException"


def test_configurations_of_functions(aws):
    client = aws("lambda")
    key = aws("kms").create_key()["KeyMetadata"]["Arn"]
    client.create_function(
        FunctionName="f", Runtime="python3.12", Role=ROLE, Handler="index.handler", Code={"ZipFile": code()}
    )
    changed = client.update_function_configuration(
        FunctionName="f",
        Timeout=9,
        Environment={"Variables": {"a": "b"}},
        TracingConfig={"Mode": "Active"},
        EphemeralStorage={"Size": 1024},
        KMSKeyArn=key,
    )
    assert (changed["Timeout"], changed["Environment"]) == (9, {"Variables": {"a": "b"}})
    found = client.get_function_configuration(FunctionName="f")
    assert (found["TracingConfig"]["Mode"], found["EphemeralStorage"]["Size"]) == ("Active", 1024)
    assert found["KMSKeyArn"] == key
    assert (
        not client.update_function_configuration(FunctionName="f", Environment={})
        .get("Environment", {})
        .get("Variables")
    )
    layer = [f"arn:aws:lambda:us-east-1:{ACCOUNT}:layer:none:1"]
    assert refused(client.update_function_configuration, FunctionName="none", Timeout=1) == "ResourceNotFoundException"
    assert refused(client.update_function_configuration, FunctionName="f", Timeout=3, Layers=layer)
    assert client.get_function_configuration(FunctionName="f")["Timeout"] == 9


def test_code_of_functions_that_is_not_there(aws):
    client = aws("lambda")
    function = {"FunctionName": "f", "Runtime": "python3.12", "Role": ROLE, "Handler": "index.handler"}
    place = {"S3Bucket": "code-of-functions", "S3Key": "f.zip"}
    asked = [
        (client.create_function, {**function, "Code": place}),
        (client.publish_layer_version, {"LayerName": "l", "Content": place}),
        (client.update_function_code, {"FunctionName": "f", **place}),
    ]
    told = "Error occurred while GetObject. S3 Error Code: {}. S3 Error Message: {}"
    for error, message in (
        ("NoSuchBucket", "The specified bucket does not exist"),
        ("NoSuchKey", "The specified key does not exist."),
    ):
        for call, params in asked:
            with pytest.raises(client.exceptions.InvalidParameterValueException) as refusal:
                call(**params)
            assert refusal.value.response["Error"]["Message"] == told.format(error, message)
        if error == "NoSuchBucket":
            aws("s3").create_bucket(Bucket=place["S3Bucket"])
    aws("s3").put_object(Bucket=place["S3Bucket"], Key=place["S3Key"], Body=code())
    for call, params in asked:
        call(**params)
    assert client.get_function(FunctionName="f")["Configuration"]["CodeSize"] == len(code())


def test_load_balancers(aws):
    client = aws("elbv2")
    vpc, subnets = network(aws)
    made = client.create_load_balancer(Name="b", Subnets=subnets[:2], Tags=TAGS)
    balancer = made["LoadBalancers"][0]["LoadBalancerArn"]
    made = client.create_target_group(Name="t", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip", Tags=TAGS)
    group = made["TargetGroups"][0]["TargetGroupArn"]
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    made = client.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=forward, Tags=TAGS)
    listener = made["Listeners"][0]["ListenerArn"]
    paths = [{"Field": "path-pattern", "Values": ["/x"]}]
    made = client.create_rule(ListenerArn=listener, Priority=1, Conditions=paths, Actions=forward, Tags=TAGS)
    rule = made["Rules"][0]["RuleArn"]
    client.modify_target_group(TargetGroupArn=group, HealthCheckPath="/h")
    client.modify_listener(ListenerArn=listener, Port=81)
    client.set_rule_priorities(RulePriorities=[{"RuleArn": rule, "Priority": 2}])
    client.add_tags(ResourceArns=[balancer, group], Tags=MORE)
    client.remove_tags(ResourceArns=[balancer, group], TagKeys=["a"])
    tags = client.describe_tags(ResourceArns=[balancer, group])["TagDescriptions"]
    assert [one["Tags"] for one in tags] == [MORE, MORE]
    client.delete_rule(RuleArn=rule)
    client.delete_listener(ListenerArn=listener)
    client.delete_target_group(TargetGroupArn=group)
    client.delete_load_balancer(LoadBalancerArn=balancer)


def test_schedules(aws):
    client = aws("scheduler")
    client.create_schedule_group(Name="g", Tags=TAGS)
    given = {
        "ScheduleExpression": "rate(1 day)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f", "RoleArn": ROLE},
    }
    for group in ({}, {"GroupName": "g"}):
        client.create_schedule(Name="s", **group, **given)
        client.update_schedule(Name="s", **group, **given | {"ScheduleExpression": "rate(2 days)"})
        assert client.get_schedule(Name="s", **group)["ScheduleExpression"] == "rate(2 days)"
        client.delete_schedule(Name="s", **group)
    client.delete_schedule_group(Name="g")


def test_things_and_their_principals(aws):
    client = aws("iot")
    client.create_thing(thingName="t")
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iot:*", "Resource": "*"}]}
    client.create_policy(policyName="p", policyDocument=json.dumps(document))
    certificate = client.create_keys_and_certificate(setAsActive=True)["certificateArn"]
    client.attach_thing_principal(thingName="t", principal=certificate)
    client.attach_policy(policyName="p", target=certificate)
    assert client.list_thing_principals(thingName="t")["principals"] == [certificate]
    client.detach_policy(policyName="p", target=certificate)
    client.detach_thing_principal(thingName="t", principal=certificate)


def test_tags_of_trails(aws):
    aws("s3").create_bucket(Bucket="trail")
    client = aws("cloudtrail")
    arn = client.create_trail(Name="trail", S3BucketName="trail", TagsList=TAGS)["TrailARN"]
    client.add_tags(ResourceId=arn, TagsList=MORE)
    client.remove_tags(ResourceId=arn, TagsList=TAGS)
    assert client.list_tags(ResourceIdList=[arn])["ResourceTagList"][0]["TagsList"] == MORE


def test_keys_are_made_with_tags_by_whom_iam_allows():
    with Sandbox() as sandbox:
        root = sandbox.client("iam")
        root.create_user(UserName="u")
        keys = root.create_access_key(UserName="u")["AccessKey"]
        session = sandbox.botocore_session()
        session.set_credentials(keys["AccessKeyId"], keys["SecretAccessKey"])
        client = session.create_client("kms")
        tags = [{"TagKey": "a", "TagValue": "b"}]

        def allow(*actions):
            statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
            document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            root.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=document)

        allow("kms:CreateKey")
        assert refused(client.create_key, Tags=tags) == "AccessDeniedException"
        allow("kms:CreateKey", "kms:TagResource")
        made = client.create_key(Tags=tags)["KeyMetadata"]["KeyId"]
        found = sandbox.client("kms").list_resource_tags(KeyId=made)["Tags"]
        assert found == tags


def test_distributions_are_reached(aws):
    assert "DistributionList" in aws("cloudfront").list_distributions()


def test_changes_come_back(tmp_path):
    with clients(tmp_path / "state") as aws:
        aws("logs").create_log_group(logGroupName="g")
        aws("logs").associate_kms_key(logGroupName="g", kmsKeyId=KEY)
        aws("cloudwatch").put_composite_alarm(AlarmName="c", AlarmRule="TRUE")
        aws("budgets").create_budget(AccountId=ACCOUNT, Budget=budget(1), ResourceTags=TAGS)
        aws("budgets").update_budget(AccountId=ACCOUNT, NewBudget=budget(2))
        window = {"Name": "window", "Schedule": "rate(1 day)", "Duration": 2, "Cutoff": 1}
        identifier = aws("ssm").create_maintenance_window(**window, AllowUnassociatedTargets=False)["WindowId"]
        aws("ssm").update_maintenance_window(WindowId=identifier, Duration=5)

    def look(aws):
        return (
            aws("logs").describe_log_groups()["logGroups"][0]["kmsKeyId"],
            len(aws("cloudwatch").describe_alarms()["CompositeAlarms"]),
            float(aws("budgets").describe_budget(AccountId=ACCOUNT, BudgetName="b")["Budget"]["BudgetLimit"]["Amount"]),
            aws("ssm").get_maintenance_window(WindowId=identifier)["Duration"],
        )

    assert brought_back(tmp_path / "state", look) == (KEY, 1, 2.0, 5)


def test_bucket_policies_are_decided_at_the_door_alone():
    """moto reads them without their conditions: that of the CDK's staging bucket stopped every upload."""
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::kept", "arn:aws:s3:::kept/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    with clients() as aws:
        s3 = aws("s3")
        s3.create_bucket(Bucket="kept")
        s3.put_bucket_policy(Bucket="kept", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
        s3.put_object(Bucket="kept", Key="a", Body=b"1")
        assert s3.get_object(Bucket="kept", Key="a")["Body"].read() == b"1"
        deleted = s3.delete_objects(Bucket="kept", Delete={"Objects": [{"Key": "a"}]})
        assert [one["Key"] for one in deleted["Deleted"]] == ["a"]
        unconditional = {**statement, "Condition": {}}
        s3.put_bucket_policy(Bucket="kept", Policy=json.dumps({"Version": "2012-10-17", "Statement": [unconditional]}))
        assert refused(s3.put_object, Bucket="kept", Key="a", Body=b"1") == "AccessDenied"
