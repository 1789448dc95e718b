"""SageMaker through boto3 in process: what is ours, what moto keeps and we change, and everybody's tags."""

import json

import pytest

from in_process import ROLE, TAGS, brought_back, clients, plain, refused

DOMAIN = {"AuthMode": "IAM", "DefaultUserSettings": {"ExecutionRole": ROLE}}
SCRIPT = [{"Content": "aGk="}]


@pytest.fixture
def aws():
    with clients() as made:
        yield made


@pytest.fixture
def domain(aws):
    return aws("sagemaker").create_domain(DomainName="d", SubnetIds=["subnet-1"], VpcId="vpc-1", **DOMAIN)["DomainId"]


def in_list(listed, member):
    return [one[member] for one in listed]


def test_domains(aws, domain):
    client = aws("sagemaker")
    assert refused(client.create_domain, DomainName="d", **DOMAIN) == "ResourceInUse"
    client.update_domain(
        DomainId=domain,
        DefaultUserSettings={"SecurityGroups": ["sg-1"]},
        SubnetIds=["subnet-2"],
        TagPropagation="ENABLED",
        DomainSettingsForUpdate={
            "SecurityGroupIds": ["sg-2"],
            "RStudioServerProDomainSettingsForUpdate": {"DomainExecutionRoleArn": ROLE},
        },
    )
    found = client.describe_domain(DomainId=domain)
    assert found["DefaultUserSettings"] == {"ExecutionRole": ROLE, "SecurityGroups": ["sg-1"]}
    assert (found["SubnetIds"], found["TagPropagation"]) == (["subnet-2"], "ENABLED")
    assert found["DomainSettings"] == {
        "SecurityGroupIds": ["sg-2"],
        "RStudioServerProDomainSettings": {"DomainExecutionRoleArn": ROLE},
    }
    assert refused(client.update_domain, DomainId="d-none") == "ResourceNotFound"
    client.create_user_profile(DomainId=domain, UserProfileName="u")
    assert refused(client.delete_domain, DomainId=domain) == "ResourceInUse"
    client.delete_user_profile(DomainId=domain, UserProfileName="u")
    client.delete_domain(DomainId=domain)
    assert refused(client.describe_domain, DomainId=domain) == "ResourceNotFound"
    assert refused(client.delete_domain, DomainId=domain) == "ResourceNotFound"


def test_user_profiles(aws, domain):
    client = aws("sagemaker")
    named = {"DomainId": domain, "UserProfileName": "u"}
    arn = client.create_user_profile(**named, UserSettings={"ExecutionRole": ROLE})["UserProfileArn"]
    assert arn.endswith(f":user-profile/{domain}/u")
    assert refused(client.create_user_profile, **named) == "ResourceInUse"
    assert refused(client.create_user_profile, DomainId="d-none", UserProfileName="u") == "ResourceNotFound"
    sso = {"SingleSignOnUserIdentifier": "UserName", "SingleSignOnUserValue": "u"}
    assert refused(client.create_user_profile, DomainId=domain, UserProfileName="v", **sso) == "ValidationException"
    client.update_user_profile(**named, UserSettings={"SecurityGroups": ["sg-1"]})
    found = client.describe_user_profile(**named)
    assert found["UserSettings"] == {"ExecutionRole": ROLE, "SecurityGroups": ["sg-1"]}
    assert found["Status"] == "InService"
    client.create_user_profile(DomainId=domain, UserProfileName="other")
    assert in_list(client.list_user_profiles(DomainIdEquals=domain)["UserProfiles"], "UserProfileName") == [
        "other",
        "u",
    ]
    assert client.list_user_profiles(DomainIdEquals="d-none")["UserProfiles"] == []
    assert len(client.list_user_profiles(UserProfileNameContains="TH")["UserProfiles"]) == 1
    client.delete_user_profile(**named)
    assert refused(client.describe_user_profile, **named) == "ResourceNotFound"


def test_spaces_and_apps(aws, domain):
    client = aws("sagemaker")
    client.create_user_profile(DomainId=domain, UserProfileName="u")
    space = {"DomainId": domain, "SpaceName": "s"}
    owner = {"OwnershipSettings": {"OwnerUserProfileName": "u"}, "SpaceSharingSettings": {"SharingType": "Private"}}
    nobody = {"OwnershipSettings": {"OwnerUserProfileName": "n"}, "SpaceSharingSettings": {"SharingType": "Private"}}
    assert refused(client.create_space, **space, **nobody) == "ResourceNotFound"
    client.create_space(**space, **owner, SpaceSettings={"AppType": "JupyterLab"})
    assert refused(client.create_space, **space) == "ResourceInUse"
    client.update_space(**space, SpaceSettings={"RemoteAccess": "ENABLED"}, SpaceDisplayName="Mine")
    found = client.describe_space(**space)
    assert found["SpaceSettings"] == {"AppType": "JupyterLab", "RemoteAccess": "ENABLED"}
    assert found["SpaceDisplayName"] == "Mine"
    listed = client.list_spaces(DomainIdEquals=domain, SpaceNameContains="s")["Spaces"]
    assert listed[0]["OwnershipSettingsSummary"] == {"OwnerUserProfileName": "u"}
    assert refused(client.delete_user_profile, DomainId=domain, UserProfileName="u") == "ResourceInUse"

    app = {"DomainId": domain, "AppType": "JupyterLab", "AppName": "default"}
    assert refused(client.create_app, **app) in ("ValidationException", "NotImplemented")
    assert refused(client.create_app, **app, SpaceName="none") == "ResourceNotFound"
    arn = client.create_app(**app, SpaceName="s", ResourceSpec={"InstanceType": "ml.t3.medium"})["AppArn"]
    assert arn.endswith(f":app/{domain}/s/JupyterLab/default")
    assert refused(client.create_app, **app, SpaceName="s") == "ResourceInUse"
    assert client.describe_app(**app, SpaceName="s")["Status"] == "InService"
    assert refused(client.delete_space, **space) == "ResourceInUse"
    client.create_app(**app, UserProfileName="u")
    assert refused(client.delete_user_profile, DomainId=domain, UserProfileName="u") == "ResourceInUse"
    assert len(client.list_apps(DomainIdEquals=domain)["Apps"]) == 2
    assert in_list(client.list_apps(SpaceNameEquals="s")["Apps"], "SpaceName") == ["s"]
    client.delete_app(**app, UserProfileName="u")
    client.delete_app(**app, SpaceName="s")
    assert refused(client.delete_app, **app, SpaceName="s") == "ResourceNotFound"
    client.delete_space(**space)
    assert refused(client.describe_space, **space) == "ResourceNotFound"


def test_lifecycle_configurations_of_studio(aws):
    client = aws("sagemaker")
    given = {"StudioLifecycleConfigContent": "aGk=", "StudioLifecycleConfigAppType": "JupyterLab"}
    named = {"StudioLifecycleConfigName": "c"}
    client.create_studio_lifecycle_config(**named, **given)
    assert refused(client.create_studio_lifecycle_config, **named, **given) == "ResourceInUse"
    assert client.describe_studio_lifecycle_config(**named)["StudioLifecycleConfigContent"] == "aGk="
    assert len(client.list_studio_lifecycle_configs(AppTypeEquals="JupyterLab")["StudioLifecycleConfigs"]) == 1
    assert client.list_studio_lifecycle_configs(AppTypeEquals="CodeEditor")["StudioLifecycleConfigs"] == []
    client.delete_studio_lifecycle_config(**named)
    assert refused(client.describe_studio_lifecycle_config, **named) == "ResourceNotFound"


INLINE = {
    "MonitoringInputs": [{"EndpointInput": {"EndpointName": "e", "LocalPath": "/opt/ml/in"}}],
    "MonitoringOutputConfig": {"MonitoringOutputs": [{"S3Output": {"S3Uri": "s3://b/o", "LocalPath": "/opt/ml/out"}}]},
    "MonitoringResources": {"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 10}},
    "MonitoringAppSpecification": {"ImageUri": "i"},
    "RoleArn": ROLE,
}


def test_monitoring_schedules(aws):
    client = aws("sagemaker")
    named = {"MonitoringScheduleName": "s"}
    by_name = {"MonitoringJobDefinitionName": "j", "MonitoringType": "ModelBias"}
    client.create_monitoring_schedule(**named, MonitoringScheduleConfig={"MonitoringJobDefinition": INLINE})
    taken = {"MonitoringScheduleConfig": by_name}
    assert refused(client.create_monitoring_schedule, **named, **taken) == "ResourceInUse"
    both = {"MonitoringScheduleConfig": by_name | {"MonitoringJobDefinition": INLINE}}
    assert refused(client.update_monitoring_schedule, **named, **both) == "ValidationException"
    found = client.describe_monitoring_schedule(**named)
    assert (found["EndpointName"], found["MonitoringType"]) == ("e", "DataQuality")
    assert found["MonitoringScheduleStatus"] == "Scheduled"
    client.stop_monitoring_schedule(**named)
    assert client.list_monitoring_schedules(StatusEquals="Stopped")["MonitoringScheduleSummaries"]
    client.start_monitoring_schedule(**named)
    client.update_monitoring_schedule(**named, MonitoringScheduleConfig=by_name)
    listed = client.list_monitoring_schedules(MonitoringJobDefinitionName="j")["MonitoringScheduleSummaries"]
    assert listed[0]["MonitoringType"] == "ModelBias"
    assert "EndpointName" not in listed[0]
    assert client.list_monitoring_executions()["MonitoringExecutionSummaries"] == []
    client.delete_monitoring_schedule(**named)
    assert refused(client.describe_monitoring_schedule, **named) == "ResourceNotFound"


def test_device_fleets(aws):
    client = aws("sagemaker")
    named = {"DeviceFleetName": "f"}
    output = {"OutputConfig": {"S3OutputLocation": "s3://b"}}
    client.create_device_fleet(**named, RoleArn=ROLE, EnableIotRoleAlias=True, Description="d", **output)
    assert refused(client.create_device_fleet, **named, **output) == "ResourceInUse"
    assert client.describe_device_fleet(**named)["IotRoleAlias"].endswith(":rolealias/SageMakerEdge-f")
    client.update_device_fleet(**named, EnableIotRoleAlias=False, OutputConfig={"S3OutputLocation": "s3://c"})
    found = client.describe_device_fleet(**named)
    assert found["OutputConfig"]["S3OutputLocation"] == "s3://c"
    assert found["Description"] == "d"
    assert "IotRoleAlias" not in found
    assert in_list(client.list_device_fleets()["DeviceFleetSummaries"], "DeviceFleetName") == ["f"]
    client.delete_device_fleet(**named)
    assert refused(client.describe_device_fleet, **named) == "ResourceNotFound"


def test_aliases_of_image_versions(aws):
    client = aws("sagemaker")
    client.create_image(ImageName="i", RoleArn=ROLE)
    for token, alias in (("a", "old"), ("b", "new")):
        client.create_image_version(ImageName="i", BaseImage="x", ClientToken=token * 36, Aliases=[alias])
    client.update_image_version(ImageName="i", Version=1, AliasesToAdd=["new"], AliasesToDelete=["old"], Horovod=True)
    assert client.describe_image_version(ImageName="i", Alias="new")["Version"] == 1
    assert client.list_aliases(ImageName="i")["SageMakerImageVersionAliases"] == ["new"]
    assert client.list_aliases(ImageName="i", Version=2)["SageMakerImageVersionAliases"] == []
    assert client.describe_image_version(ImageName="i", Version=1)["Horovod"] is True


def test_notebook_instances(aws):
    client = aws("sagemaker")
    client.create_notebook_instance_lifecycle_config(NotebookInstanceLifecycleConfigName="c", OnStart=SCRIPT)
    assert (
        refused(client.create_notebook_instance_lifecycle_config, NotebookInstanceLifecycleConfigName="c")
        == "ValidationException"
    )
    client.update_notebook_instance_lifecycle_config(NotebookInstanceLifecycleConfigName="c", OnCreate=SCRIPT)
    found = client.describe_notebook_instance_lifecycle_config(NotebookInstanceLifecycleConfigName="c")
    assert found["OnCreate"] == found["OnStart"] == SCRIPT
    none = {"NotebookInstanceLifecycleConfigName": "none", "OnStart": SCRIPT}
    assert refused(client.update_notebook_instance_lifecycle_config, **none) == "ValidationException"

    given = {"NotebookInstanceName": "n", "InstanceType": "ml.g5.xlarge", "RoleArn": ROLE}
    assert refused(client.create_notebook_instance, **given | {"InstanceType": "ml.x"}) == "ValidationException"
    assert refused(client.create_notebook_instance, **given, LifecycleConfigName="none") == "ValidationException"
    client.create_notebook_instance(**given, LifecycleConfigName="c", PlatformIdentifier="notebook-al2-v2")
    found = client.describe_notebook_instance(NotebookInstanceName="n")
    assert (found["InstanceType"], found["PlatformIdentifier"]) == ("ml.g5.xlarge", "notebook-al2-v2")
    change = {"NotebookInstanceName": "n", "VolumeSizeInGB": 20, "DisassociateLifecycleConfig": True}
    assert refused(client.update_notebook_instance, **change) == "ValidationException"
    client.stop_notebook_instance(NotebookInstanceName="n")
    client.update_notebook_instance(**change, InstanceType="ml.t3.large", RootAccess="Disabled")
    found = client.describe_notebook_instance(NotebookInstanceName="n")
    assert (found["InstanceType"], found["VolumeSizeInGB"], found["RootAccess"]) == ("ml.t3.large", 20, "Disabled")
    assert "NotebookInstanceLifecycleConfigName" not in found
    assert refused(client.update_notebook_instance, NotebookInstanceName="n", VolumeSizeInGB=9) == "ValidationException"
    client.delete_notebook_instance(NotebookInstanceName="n")
    assert refused(client.describe_notebook_instance, NotebookInstanceName="n") == "ValidationException"


def variants(**more):
    return [{"VariantName": "v", "ModelName": "m", "InstanceType": "ml.g5.2xlarge", "InitialInstanceCount": 1} | more]


def test_endpoints(aws):
    client = aws("sagemaker")
    model = {"ModelName": "m", "PrimaryContainer": {"Image": "i"}, "ExecutionRoleArn": ROLE}
    client.create_model(**model, EnableNetworkIsolation=True, InferenceExecutionConfig={"Mode": "Direct"})
    assert refused(client.create_model, **model) == "ValidationException"
    found = client.describe_model(ModelName="m")
    assert found["EnableNetworkIsolation"] is True
    assert found["InferenceExecutionConfig"] == {"Mode": "Direct"}

    client.create_endpoint_config(EndpointConfigName="one", ProductionVariants=variants(), ExecutionRoleArn=ROLE)
    client.create_endpoint_config(EndpointConfigName="two", ProductionVariants=variants(InitialInstanceCount=3))
    found = client.describe_endpoint_config(EndpointConfigName="one")
    assert found["ProductionVariants"][0]["InstanceType"] == "ml.g5.2xlarge"
    assert found["ExecutionRoleArn"] == ROLE
    for wrong in (
        {"EndpointConfigName": "one", "ProductionVariants": variants()},
        {"EndpointConfigName": "x", "ProductionVariants": variants(InstanceType="ml.x")},
        {"EndpointConfigName": "x", "ProductionVariants": variants(ModelName="none")},
    ):
        assert refused(client.create_endpoint_config, **wrong) == "ValidationException"

    client.create_endpoint(EndpointName="e", EndpointConfigName="one")
    assert refused(client.create_endpoint, EndpointName="e", EndpointConfigName="one") == "ValidationException"
    assert refused(client.create_endpoint, EndpointName="f", EndpointConfigName="none") == "ValidationException"
    policy = {
        "BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}}
    }
    client.update_endpoint(EndpointName="e", EndpointConfigName="two", DeploymentConfig=policy)
    found = client.describe_endpoint(EndpointName="e")
    assert (found["EndpointConfigName"], found["EndpointStatus"]) == ("two", "InService")
    assert found["ProductionVariants"][0]["DesiredInstanceCount"] == 3
    assert found["LastDeploymentConfig"] == policy
    client.update_endpoint(EndpointName="e", EndpointConfigName="one", RetainAllVariantProperties=True)
    found = client.describe_endpoint(EndpointName="e")
    assert found["ProductionVariants"][0]["DesiredInstanceCount"] == 3
    assert "LastDeploymentConfig" not in found
    assert refused(client.update_endpoint, EndpointName="none", EndpointConfigName="one") == "ValidationException"
    assert refused(client.update_endpoint, EndpointName="e", EndpointConfigName="none") == "ValidationException"


def test_groups_of_model_packages(aws):
    client = aws("sagemaker")
    named = {"ModelPackageGroupName": "g"}
    client.create_model_package_group(**named)
    assert refused(client.create_model_package_group, **named) == "ValidationException"
    assert refused(client.get_model_package_group_policy, **named) == "ValidationException"
    assert refused(client.put_model_package_group_policy, **named, ResourcePolicy="x") == "ValidationException"
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    client.put_model_package_group_policy(**named, ResourcePolicy=policy)
    assert client.get_model_package_group_policy(**named)["ResourcePolicy"] == policy
    client.delete_model_package_group_policy(**named)
    assert refused(client.delete_model_package_group_policy, **named) == "ValidationException"
    package = client.create_model_package(**named, ModelPackageDescription="x")["ModelPackageArn"]
    assert refused(client.delete_model_package_group, **named) == "ConflictException"
    assert package.endswith(":model-package/g/1")
    missing = {"ModelPackageGroupName": "none", "ResourcePolicy": "{}"}
    assert refused(client.put_model_package_group_policy, **missing) == "ValidationException"
    client.create_model_package_group(ModelPackageGroupName="empty")
    client.delete_model_package_group(ModelPackageGroupName="empty")
    assert refused(client.describe_model_package_group, ModelPackageGroupName="empty") == "ValidationException"


def test_feature_groups_are_deleted(aws):
    client = aws("sagemaker")
    client.create_feature_group(**FEATURES)
    client.delete_feature_group(FeatureGroupName="f")
    assert refused(client.delete_feature_group, FeatureGroupName="f") == "ResourceNotFound"


JOB = {
    "JobDefinitionName": "j",
    "JobResources": INLINE["MonitoringResources"],
    "RoleArn": ROLE,
}
INPUT = {"EndpointInput": {"EndpointName": "e", "LocalPath": "/opt/ml/in"}}
TRUTH = INPUT | {"GroundTruthS3Input": {"S3Uri": "s3://b/t"}}
OUTPUT = INLINE["MonitoringOutputConfig"]
CONFIGURED = {"ImageUri": "i", "ConfigUri": "s3://b/c"}
FEATURES = {
    "FeatureGroupName": "f",
    "RecordIdentifierFeatureName": "i",
    "EventTimeFeatureName": "t",
    "FeatureDefinitions": [{"FeatureName": name, "FeatureType": "String"} for name in "it"],
    "OfflineStoreConfig": {"S3StorageConfig": {"S3Uri": "s3://b"}},
    "RoleArn": ROLE,
}
TAGGED = {
    "create_domain": {"DomainName": "x", **DOMAIN},
    "create_user_profile": {"DomainId": "d-d", "UserProfileName": "u"},
    "create_space": {"DomainId": "d-d", "SpaceName": "s"},
    "create_app": {"DomainId": "d-d", "UserProfileName": "owner", "AppType": "JupyterLab", "AppName": "a"},
    "create_studio_lifecycle_config": {
        "StudioLifecycleConfigName": "c",
        "StudioLifecycleConfigContent": "aGk=",
        "StudioLifecycleConfigAppType": "JupyterLab",
    },
    "create_monitoring_schedule": {
        "MonitoringScheduleName": "s",
        "MonitoringScheduleConfig": {"MonitoringJobDefinitionName": "j", "MonitoringType": "ModelBias"},
    },
    "create_image": {"ImageName": "i", "RoleArn": ROLE},
    "create_code_repository": {"CodeRepositoryName": "r", "GitConfig": {"RepositoryUrl": "https://example.com/r"}},
    "create_model_package_group": {"ModelPackageGroupName": "g"},
    "create_pipeline": {
        "PipelineName": "p",
        "PipelineDefinition": "{}",
        "RoleArn": ROLE,
        "ClientRequestToken": "a" * 36,
    },
    "create_data_quality_job_definition": {
        **JOB,
        "DataQualityAppSpecification": {"ImageUri": "i"},
        "DataQualityJobInput": INPUT,
        "DataQualityJobOutputConfig": OUTPUT,
    },
    "create_model_bias_job_definition": {
        **JOB,
        "ModelBiasAppSpecification": CONFIGURED,
        "ModelBiasJobInput": TRUTH,
        "ModelBiasJobOutputConfig": OUTPUT,
    },
    "create_model_explainability_job_definition": {
        **JOB,
        "ModelExplainabilityAppSpecification": CONFIGURED,
        "ModelExplainabilityJobInput": INPUT,
        "ModelExplainabilityJobOutputConfig": OUTPUT,
    },
    "create_model_quality_job_definition": {
        **JOB,
        "ModelQualityAppSpecification": {"ImageUri": "i"},
        "ModelQualityJobInput": TRUTH,
        "ModelQualityJobOutputConfig": OUTPUT,
    },
    "create_notebook_instance": {"NotebookInstanceName": "n", "InstanceType": "ml.t3.medium", "RoleArn": ROLE},
    "create_notebook_instance_lifecycle_config": {"NotebookInstanceLifecycleConfigName": "l"},
    "create_model": {"ModelName": "other", "PrimaryContainer": {"Image": "i"}, "ExecutionRoleArn": ROLE},
    "create_endpoint_config": {"EndpointConfigName": "other", "ProductionVariants": variants()},
    "create_endpoint": {"EndpointName": "e", "EndpointConfigName": "c"},
    "create_feature_group": FEATURES,
    "create_model_card": {"ModelCardName": "c", "Content": "{}", "ModelCardStatus": "Draft"},
}


@pytest.mark.parametrize("tagged", [True, False])
@pytest.mark.parametrize("operation", TAGGED)
def test_tags_of_every_kind(aws, domain, operation, tagged):
    client = aws("sagemaker")
    client.create_user_profile(DomainId=domain, UserProfileName="owner")
    client.create_model(ModelName="m", PrimaryContainer={"Image": "i"}, ExecutionRoleArn=ROLE)
    client.create_endpoint_config(EndpointConfigName="c", ProductionVariants=variants())
    made = getattr(client, operation)(**TAGGED[operation], **({"Tags": TAGS} if tagged else {}))
    arn = next(value for name, value in made.items() if name.endswith("Arn"))
    assert client.list_tags(ResourceArn=arn)["Tags"] == (TAGS if tagged else [])
    client.add_tags(ResourceArn=arn, Tags=[{"Key": "a", "Value": "c"}, {"Key": "d", "Value": "e"}])
    assert len(client.list_tags(ResourceArn=arn)["Tags"]) == 2
    client.delete_tags(ResourceArn=arn, TagKeys=["d"])
    assert client.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "c"}]


def test_tags_of_device_fleets_and_of_nothing(aws):
    client = aws("sagemaker")
    client.create_device_fleet(DeviceFleetName="f", OutputConfig={"S3OutputLocation": "s3://b"}, Tags=TAGS)
    arn = client.describe_device_fleet(DeviceFleetName="f")["DeviceFleetArn"]
    assert client.list_tags(ResourceArn=arn)["Tags"] == TAGS
    for resource in ("domain/d-none", "space/d-none/s", "strange/x"):
        arn = f"arn:aws:sagemaker:us-east-1:123456789012:{resource}"
        assert refused(client.list_tags, ResourceArn=arn) == "ValidationException"


def test_names_in_lower_case_name_the_same_endpoint(aws):
    client = aws("sagemaker")
    made = client.create_model(ModelName="M", PrimaryContainer={"Image": "i"}, ExecutionRoleArn=ROLE, Tags=TAGS)
    assert client.list_tags(ResourceArn=made["ModelArn"].replace("/M", "/m"))["Tags"] == TAGS


def _everything(aws):
    client = aws("sagemaker")
    return [
        plain(found)
        for found in (
            client.describe_domain(DomainId="d-d"),
            client.list_tags(ResourceArn="arn:aws:sagemaker:us-east-1:123456789012:domain/d-d"),
            client.list_tags(ResourceArn="arn:aws:sagemaker:us-east-1:123456789012:user-profile/d-d/u"),
            client.describe_notebook_instance(NotebookInstanceName="n"),
            client.describe_endpoint(EndpointName="e"),
            client.describe_endpoint_config(EndpointConfigName="c"),
            client.get_model_package_group_policy(ModelPackageGroupName="g"),
        )
    ]


def test_all_of_it_comes_back(tmp_path):
    with clients(tmp_path / "state") as aws:
        client = aws("sagemaker")
        arn = client.create_domain(DomainName="d", **DOMAIN)["DomainArn"]
        client.update_domain(DomainId="d-d", SubnetIds=["subnet-3"])
        client.add_tags(ResourceArn=arn, Tags=TAGS)
        for profile in ("u", "gone"):
            made = client.create_user_profile(DomainId="d-d", UserProfileName=profile)["UserProfileArn"]
            client.add_tags(ResourceArn=made, Tags=TAGS)
        client.delete_user_profile(DomainId="d-d", UserProfileName="gone")
        client.create_notebook_instance(NotebookInstanceName="n", InstanceType="ml.g5.xlarge", RoleArn=ROLE)
        client.stop_notebook_instance(NotebookInstanceName="n")
        client.update_notebook_instance(NotebookInstanceName="n", VolumeSizeInGB=30)
        client.create_model(ModelName="m", PrimaryContainer={"Image": "i"}, ExecutionRoleArn=ROLE)
        for name, count in (("c", 1), ("d", 2)):
            client.create_endpoint_config(
                EndpointConfigName=name, ProductionVariants=variants(InitialInstanceCount=count)
            )
        client.create_endpoint(EndpointName="e", EndpointConfigName="c")
        client.update_endpoint(EndpointName="e", EndpointConfigName="d")
        client.create_model_package_group(ModelPackageGroupName="g")
        client.put_model_package_group_policy(ModelPackageGroupName="g", ResourcePolicy="{}")
        before = _everything(aws)
    assert brought_back(tmp_path / "state", _everything) == before
