"""Models, and groups of model packages with their policies; moto keeps models and groups. Also what moto cannot delete.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModel.html
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_PutModelPackageGroupPolicy.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call, PassOn
from launchrole.services.sagemaker.base import invalid, sagemaker


@sagemaker.operation("CreateModel", in_memory=True)
def create_model(call: Call) -> Mapping[str, Any]:
    """As moto does it, with what it forgets. Raises ValidationException where the name is taken."""
    params = call.params
    memory = call.surroundings.memory("sagemaker")
    name = params["ModelName"]
    if name in memory._models:
        arn = call.arn(f"model/{name}")
        raise invalid(f'Cannot create already existing model "{arn}".')
    made = memory.create_model(
        model_name=name,
        execution_role_arn=params.get("ExecutionRoleArn"),
        primary_container=params.get("PrimaryContainer"),
        vpc_config=params.get("VpcConfig"),
        containers=params.get("Containers"),
        tags=list(params.get("Tags") or ()),
    )
    made.enable_network_isolation = params.get("EnableNetworkIsolation", False)
    if "InferenceExecutionConfig" in params:
        made.InferenceExecutionConfig = params["InferenceExecutionConfig"]
    return {"ModelArn": made.arn}


# Groups of model packages.


def _group(call: Call) -> Any:
    """moto's object of the group that a call names, by its name or its ARN."""
    name = call.params["ModelPackageGroupName"].rpartition("/")[2]
    found = call.surroundings.memory("sagemaker").model_package_groups.get(name)
    if found is None:
        raise invalid(f"ModelPackageGroup {call.arn(f'model-package-group/{name}')} does not exist.")
    return found


@sagemaker.operation("CreateModelPackageGroup")
def create_model_package_group(call: Call) -> None:
    """moto does it. Raises ValidationException where the name is taken."""
    name = call.params["ModelPackageGroupName"]
    if name in call.surroundings.memory("sagemaker").model_package_groups:
        raise invalid(f"Model Package Group already exists: {call.arn(f'model-package-group/{name}')}")
    raise PassOn


@sagemaker.operation("DeleteModelPackageGroup", in_memory=True)
def delete_model_package_group(call: Call) -> None:
    """Raises ConflictException for a group with model packages in it."""
    memory = call.surroundings.memory("sagemaker")
    group = _group(call)
    name = group.model_package_group_name
    if any(getattr(one, "model_package_group_name", None) == name for one in memory.model_packages.values()):
        message = f"Model Package Group {group.arn} cannot be deleted because it contains model packages."
        raise ServiceError("ConflictException", message)
    del memory.model_package_groups[name]


@sagemaker.operation("PutModelPackageGroupPolicy", in_memory=True)
def put_model_package_group_policy(call: Call) -> Mapping[str, Any]:
    """Raises ValidationException for what is no JSON object."""
    group = _group(call)
    try:
        document = json.loads(call.params["ResourcePolicy"])
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise invalid("The resource policy is not valid JSON.")
    group.resource_policy = call.params["ResourcePolicy"]
    return {"ModelPackageGroupArn": group.arn}


@sagemaker.operation("GetModelPackageGroupPolicy")
def get_model_package_group_policy(call: Call) -> Mapping[str, Any]:
    """Raises ValidationException where there is none."""
    return {"ResourcePolicy": _policy(_group(call))}


def _policy(group: Any) -> str:
    policy: str | None = getattr(group, "resource_policy", None)
    if policy is None:
        raise invalid(f"Cannot find resource policy for: {group.arn}.")
    return policy


@sagemaker.operation("DeleteModelPackageGroupPolicy", in_memory=True)
def delete_model_package_group_policy(call: Call) -> None:
    """Raises ValidationException where there is none."""
    group = _group(call)
    _policy(group)
    group.resource_policy = None


@sagemaker.operation("DeleteFeatureGroup", in_memory=True)
def delete_feature_group(call: Call) -> None:
    """Raises ResourceNotFound. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteFeatureGroup.html"""
    kept = call.surroundings.memory("sagemaker").feature_groups
    name = call.params["FeatureGroupName"].rpartition("/")[2]
    arn = next((arn for arn, one in kept.items() if one.feature_group_name == name), None)
    if arn is None:
        message = f"Resource Not Found: Amazon SageMaker can't find a FeatureGroup with name {name}."
        raise ServiceError("ResourceNotFound", message)
    del kept[arn]
