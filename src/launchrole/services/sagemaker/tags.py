"""Tags of everything in SageMaker: of what is kept here in rows, of what moto keeps with its objects.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AddTags.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from launchrole.account.service import Call
from launchrole.services.paging import page
from launchrole.services.sagemaker.base import invalid, sagemaker
from launchrole.services.tagging import merged, without

_OURS = frozenset(
    {
        "app",
        "code-repository",
        "device-fleet",
        "image",
        "image-version",
        "monitoring-schedule",
        "project",
        "space",
        "studio-lifecycle-config",
        "user-profile",
        "workteam",
    }
)
"""The kinds of resources, as they begin in ARNs, whose tags are kept here."""

_MOTOS = {
    "automl-job": "auto_ml_jobs",
    "cluster": "clusters",
    "compilation-job": "compilation_jobs",
    "data-quality-job-definition": "data_quality_job_definitions",
    "domain": "domains",
    "endpoint": "endpoints",
    "endpoint-config": "endpoint_configs",
    "experiment": "experiments",
    "experiment-trial": "trials",
    "experiment-trial-component": "trial_components",
    "feature-group": "feature_groups",
    "hyper-parameter-tuning-job": "hyper_parameter_tuning_jobs",
    "model": "_models",
    "model-bias-job-definition": "model_bias_job_definitions",
    "model-card": "model_cards",
    "model-explainability-job-definition": "model_explainability_job_definitions",
    "model-package": "model_packages",
    "model-package-group": "model_package_groups",
    "model-quality-job-definition": "model_quality_job_definitions",
    "notebook-instance": "notebook_instances",
    "notebook-instance-lifecycle-config": "notebook_instance_lifecycle_configurations",
    "pipeline": "pipelines",
    "processing-job": "processing_jobs",
    "training-job": "training_jobs",
    "transform-job": "transform_jobs",
}
"""Where moto's backend keeps the others."""

_ANY_CASE = frozenset({"endpoint", "endpoint-config", "model", "notebook-instance"})
"""Kinds whose ARNs have names in lower case at AWS and as they were written at moto; either names the resource."""


def _kind(arn: str) -> str:
    """`domain` of arn:aws:sagemaker:us-east-1:123456789012:domain/d-1."""
    return arn.partition(":sagemaker:")[2].split(":", 2)[-1].partition("/")[0]


def _in_memory(params: Mapping[str, Any]) -> bool:
    return _kind(params["ResourceArn"]) not in _OURS


def _objects(kept: Mapping[str, Any]) -> Iterator[Any]:
    for one in kept.values():
        yield from one if isinstance(one, list) else (one,)


def _arn(resource: Any) -> str:
    """The ARN of one of moto's objects, whatever the object calls it."""
    names = ("endpoint_config_arn", "model_package_arn", "arn")
    return next((value for name in names if isinstance(value := getattr(resource, name, None), str)), "")


def _resource(call: Call) -> Any:
    """moto's object that a call names by its ARN; of a model card, its first version, which has the tags."""
    arn, kind = call.params["ResourceArn"], _kind(call.params["ResourceArn"])
    kept = getattr(call.surroundings.memory("sagemaker"), _MOTOS.get(kind, ""), {})
    for one in _objects(kept):
        if _arn(one) == arn or (kind in _ANY_CASE and _arn(one).lower() == arn.lower()):
            return one
    raise invalid(f"Could not find the resource {arn}.")


def _tags(call: Call) -> list[dict[str, str]]:
    """The tags that a resource has now."""
    arn = call.params["ResourceArn"]
    if _in_memory(call.params):
        return list(getattr(_resource(call), "tags", None) or ())
    found = call.rows.get("tags", arn)
    if found is None:
        raise invalid(f"Could not find the resource {arn}.")
    return list(found)


def _set(call: Call, tags: list[dict[str, str]]) -> None:
    if _in_memory(call.params):
        _resource(call).tags = tags
    else:
        call.rows.put("tags", call.params["ResourceArn"], tags)


@sagemaker.operation("AddTags", in_memory=_in_memory)
def add_tags(call: Call) -> Mapping[str, Any]:
    tags = merged(_tags(call), call.params["Tags"])
    _set(call, tags)
    return {"Tags": tags}


@sagemaker.operation("DeleteTags", in_memory=_in_memory)
def delete_tags(call: Call) -> None:
    _set(call, without(_tags(call), call.params["TagKeys"]))


@sagemaker.operation("ListTags")
def list_tags(call: Call) -> Mapping[str, Any]:
    found, token = page(_tags(call), call.params.get("NextToken"), call.params.get("MaxResults"))
    return {"Tags": found, "NextToken": token}
