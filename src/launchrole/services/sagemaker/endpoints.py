"""Endpoints and their configurations, which moto keeps: instance types that it does not know, members that it forgets,
and changing an endpoint's configuration.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateEndpoint.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.account.moto_services import as_service_errors
from launchrole.account.service import Call
from launchrole.services.sagemaker.base import invalid, sagemaker
from launchrole.services.sagemaker.enums import check_instance_type

_FORGOTTEN = (
    "ExplainerConfig",
    "ShadowProductionVariants",
    "ExecutionRoleArn",
    "VpcConfig",
    "EnableNetworkIsolation",
    "MetricsConfig",
)
"""What moto does not keep of a configuration. Its objects show every attribute that they have, by whatever name."""

_ACCEPTED = "ml.m5.large"
"""An instance type that moto knows: it checks against an old list of them."""


@sagemaker.operation("CreateEndpointConfig", in_memory=True)
def create_endpoint_config(call: Call) -> Mapping[str, Any]:
    """Raises ValidationException: the name is taken, a model is not there, there is no such instance type."""
    params = call.params
    memory = call.surroundings.memory("sagemaker")
    name = params["EndpointConfigName"]
    if name in memory.endpoint_configs:
        arn = call.arn(f"endpoint-config/{name}")
        raise invalid(f'Cannot create already existing endpoint configuration "{arn}".')
    variants = params["ProductionVariants"]
    for variant in variants:
        if "InstanceType" in variant:
            check_instance_type("CreateEndpointConfig", "ProductionVariants.InstanceType", variant["InstanceType"])
    with as_service_errors():
        made = memory.create_endpoint_config(
            endpoint_config_name=name,
            production_variants=[
                one | {"InstanceType": _ACCEPTED} if "InstanceType" in one else one for one in variants
            ],
            data_capture_config=params.get("DataCaptureConfig"),
            async_inference_config=params.get("AsyncInferenceConfig"),
            tags=list(params.get("Tags") or ()),
            kms_key_id=params.get("KmsKeyId"),
        )
    made.production_variants = variants
    for member in _FORGOTTEN:
        if member in params:
            setattr(made, member, params[member])
    return {"EndpointConfigArn": made.endpoint_config_arn}


@sagemaker.operation("CreateEndpoint", in_memory=True)
def create_endpoint(call: Call) -> Mapping[str, Any]:
    """Raises ValidationException: the name is taken, or there is no such configuration."""
    memory = call.surroundings.memory("sagemaker")
    name = call.params["EndpointName"]
    if name in memory.endpoints:
        arn = call.arn(f"endpoint/{name}")
        raise invalid(f'Cannot create already existing endpoint "{arn}".')
    with as_service_errors():
        made = memory.create_endpoint(
            endpoint_name=name,
            endpoint_config_name=call.params["EndpointConfigName"],
            tags=list(call.params.get("Tags") or ()),
        )
    _deploy(call, made)
    return {"EndpointArn": made.arn}


def _deploy(call: Call, endpoint: Any) -> None:
    """Keep how an endpoint was deployed."""
    if "DeploymentConfig" in call.params:
        endpoint.LastDeploymentConfig = call.params["DeploymentConfig"]


_RETAINED = {
    "DesiredInstanceCount": ("CurrentInstanceCount", "DesiredInstanceCount"),
    "DesiredWeight": ("CurrentWeight", "DesiredWeight"),
}


@sagemaker.operation("UpdateEndpoint", in_memory=True)
def update_endpoint(call: Call) -> Mapping[str, Any]:
    """Another configuration, at once: the endpoint is InService afterwards. Variants that were there before keep their
    counts and weights where RetainAllVariantProperties says so.

    Raises ValidationException where the endpoint or the configuration is not there.
    """
    params = call.params
    memory = call.surroundings.memory("sagemaker")
    found = memory.endpoints.get(params["EndpointName"])
    if found is None:
        arn = call.arn(f"endpoint/{params['EndpointName']}")
        raise invalid(f'Could not find endpoint "{arn}".')
    name = params["EndpointConfigName"]
    configuration = memory.endpoint_configs.get(name)
    if configuration is None:
        arn = call.arn(f"endpoint-config/{name}")
        raise invalid(f'Could not find endpoint configuration "{arn}".')
    before = {one["VariantName"]: one for one in found.production_variants}
    variants = found._process_production_variants(configuration.production_variants)
    if params.get("RetainAllVariantProperties"):
        excluded = {one["VariantPropertyType"] for one in params.get("ExcludeRetainedVariantProperties", ())}
        kept = [name for kind, names in _RETAINED.items() if kind not in excluded for name in names]
        for variant in variants:
            same = before.get(variant["VariantName"], {})
            variant |= {name: same[name] for name in kept if name in same and name in variant}
    found.production_variants = variants
    found.endpoint_config_name = name
    found.data_capture_config = configuration.data_capture_config
    found.last_modified_time = call.now
    if not params.get("RetainDeploymentConfig"):
        found.LastDeploymentConfig = None
    _deploy(call, found)
    return {"EndpointArn": found.arn}
