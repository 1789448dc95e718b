"""Notebook instances and their lifecycle configurations, which moto keeps: what it forgets of them, and changes.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateNotebookInstance.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.account.moto_services import as_service_errors
from launchrole.account.service import Call
from launchrole.services.sagemaker.base import invalid, sagemaker
from launchrole.services.sagemaker.enums import check_instance_type

_ATTRIBUTES = {
    "InstanceType": "instance_type",
    "RoleArn": "role_arn",
    "LifecycleConfigName": "lifecycle_config_name",
    "VolumeSizeInGB": "volume_size_in_gb",
    "DefaultCodeRepository": "default_code_repository",
    "AdditionalCodeRepositories": "additional_code_repositories",
    "AcceleratorTypes": "accelerator_types",
    "RootAccess": "root_access",
}
_CREATED_WITH = {
    "SubnetId": "subnet_id",
    "SecurityGroupIds": "security_group_ids",
    "KmsKeyId": "kms_key_id",
    "DirectInternetAccess": "direct_internet_access",
}
_FORGOTTEN = ("PlatformIdentifier", "InstanceMetadataServiceConfiguration", "IpAddressType")
"""What moto's object has no attribute for; it is kept with the object under AWS' name."""

_DISASSOCIATED = {
    "DisassociateLifecycleConfig": "lifecycle_config_name",
    "DisassociateAcceleratorTypes": "accelerator_types",
    "DisassociateDefaultCodeRepository": "default_code_repository",
    "DisassociateAdditionalCodeRepositories": "additional_code_repositories",
}
_ACCEPTED = "ml.t3.medium"
"""An instance type that moto knows: it checks against an old list of them."""


@sagemaker.operation("CreateNotebookInstance", in_memory=True)
def create_notebook_instance(call: Call) -> Mapping[str, Any]:
    """Raises ValidationException: the name is taken, there is no such instance type or lifecycle configuration."""
    params = call.params
    memory = call.surroundings.memory("sagemaker")
    check_instance_type("CreateNotebookInstance", "InstanceType", params["InstanceType"])
    _check_lifecycle_config(call, memory)
    given = {**_ATTRIBUTES, **_CREATED_WITH}
    arguments = {attribute: params[name] for name, attribute in given.items() if name in params}
    with as_service_errors():
        made = memory.create_notebook_instance(
            **arguments | {"instance_type": _ACCEPTED},
            notebook_instance_name=params["NotebookInstanceName"],
            tags=list(params.get("Tags") or ()),
        )
    made.instance_type = params["InstanceType"]
    _set_forgotten(call, made)
    return {"NotebookInstanceArn": made.arn}


def _check_lifecycle_config(call: Call, memory: Any) -> None:
    name = call.params.get("LifecycleConfigName")
    if name is not None and name not in memory.notebook_instance_lifecycle_configurations:
        arn = call.arn(f"notebook-instance-lifecycle-config/{name}")
        raise invalid(f"Could not find the notebook instance lifecycle configuration {arn}.")


def _set_forgotten(call: Call, instance: Any) -> None:
    for name in _FORGOTTEN:
        if name in call.params:
            setattr(instance, name, call.params[name])


def _instance(call: Call) -> Any:
    with as_service_errors():
        return call.surroundings.memory("sagemaker").get_notebook_instance(call.params["NotebookInstanceName"])


@sagemaker.operation("DescribeNotebookInstance")
def describe_notebook_instance(call: Call) -> Mapping[str, Any]:
    found = _instance(call)
    return {**found.to_dict()} | {name: getattr(found, name, None) for name in _FORGOTTEN}


@sagemaker.operation("UpdateNotebookInstance", in_memory=True)
def update_notebook_instance(call: Call) -> None:
    """What is not given stays. Raises ValidationException: there is no such instance, or it is not stopped."""
    params = call.params
    memory = call.surroundings.memory("sagemaker")
    found = _instance(call)
    if found.status not in ("Stopped", "Failed"):
        raise invalid(
            f"Status ({found.status}) not in ([Stopped, Failed]). Unable to transition to (Updating) for Notebook "
            f"Instance ({found.arn})"
        )
    if "InstanceType" in params:
        check_instance_type("UpdateNotebookInstance", "InstanceType", params["InstanceType"])
    if params.get("VolumeSizeInGB", found.volume_size_in_gb) < found.volume_size_in_gb:
        raise invalid("The size of a notebook instance's volume cannot be decreased.")
    _check_lifecycle_config(call, memory)
    for name, attribute in _ATTRIBUTES.items():
        if name in params:
            setattr(found, attribute, params[name])
    for name, attribute in _DISASSOCIATED.items():
        if params.get(name):
            setattr(found, attribute, None)
    _set_forgotten(call, found)
    found.last_modified_time = call.now


# Lifecycle configurations.


@sagemaker.operation("CreateNotebookInstanceLifecycleConfig", in_memory=True)
def create_notebook_instance_lifecycle_config(call: Call) -> Mapping[str, Any]:
    """As moto does it, and with the tags. Raises ValidationException where the name is taken."""
    memory = call.surroundings.memory("sagemaker")
    name = call.params["NotebookInstanceLifecycleConfigName"]
    with as_service_errors():
        made = memory.create_notebook_instance_lifecycle_config(
            notebook_instance_lifecycle_config_name=name,
            on_create=call.params.get("OnCreate"),
            on_start=call.params.get("OnStart"),
        )
    made.tags = list(call.params.get("Tags") or ())
    return {"NotebookInstanceLifecycleConfigArn": made.arn}


@sagemaker.operation("UpdateNotebookInstanceLifecycleConfig", in_memory=True)
def update_notebook_instance_lifecycle_config(call: Call) -> None:
    """Scripts that are given take the place of the old ones. Raises ValidationException where there is none."""
    memory = call.surroundings.memory("sagemaker")
    name = call.params["NotebookInstanceLifecycleConfigName"]
    found = memory.notebook_instance_lifecycle_configurations.get(name)
    if found is None:
        arn = call.arn(f"notebook-instance-lifecycle-config/{name}")
        raise invalid(f"Unable to update Notebook Instance Lifecycle Config '{arn}'. It does not exist.")
    if "OnCreate" in call.params:
        found.on_create = call.params["OnCreate"]
    if "OnStart" in call.params:
        found.on_start = call.params["OnStart"]
    found.last_modified_time = call.now
