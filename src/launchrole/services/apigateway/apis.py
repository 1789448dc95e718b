"""Updates of APIs, what belongs to them, domain names, usage plans and VPC links.

https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateRestApi.html
https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateDomainName.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.moto_services import as_service_errors
from launchrole.account.service import Call
from launchrole.services.apigateway.base import Patchable, apigateway, bad_request, boolean, patches


def _optional_size(text: str) -> int | None:
    return int(text) if text else None


_REST_API = Patchable(
    {
        "/apiKeySource": ("api_key_source", str),
        "/description": ("description", str),
        "/disableExecuteApiEndpoint": ("disableExecuteApiEndpoint", boolean),
        "/minimumCompressionSize": ("minimum_compression_size", _optional_size),
        "/name": ("name", str),
        "/policy": ("policy", str),
        "/version": ("version", str),
    },
    lists={"/binaryMediaTypes": "binaryMediaTypes"},
    required=frozenset({"name", "api_key_source", "disableExecuteApiEndpoint"}),
)
_DOMAIN_NAME = Patchable(
    {
        "/certificateArn": ("certificate_arn", str),
        "/certificateName": ("certificate_name", str),
        "/regionalCertificateArn": ("regional_certificate_arn", str),
        "/regionalCertificateName": ("regional_certificate_name", str),
        "/securityPolicy": ("security_policy", str),
    }
)
_DEPLOYMENT = Patchable({"/description": ("description", str)})
_MODEL = Patchable({"/description": ("description", str), "/schema": ("schema", str)}, required=frozenset({"schema"}))
_GATEWAY_RESPONSE = Patchable(
    {"/statusCode": ("status_code", str)},
    maps={"/responseParameters": ("response_parameters", str), "/responseTemplates": ("response_templates", str)},
)
_AUTHORIZER = Patchable(
    {
        "/authType": ("auth_type", str),
        "/authorizerCredentials": ("authorizer_credentials", str),
        "/authorizerResultTtlInSeconds": ("authorizer_result_ttl", int),
        "/authorizerUri": ("authorizer_uri", str),
        "/identitySource": ("identity_source", str),
        "/identityValidationExpression": ("identity_validation_expression", str),
        "/name": ("name", str),
        "/type": ("type", str),
    },
    lists={"/providerARNs": "provider_arns"},
    required=frozenset({"name", "type"}),
)
_VPC_LINK = Patchable({"/description": ("description", str), "/name": ("name", str)}, required=frozenset({"name"}))


def _endpoint(found: Any, given: list[dict[str, Any]]) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    """What the patches make of an endpoint configuration, which has levels of its own, and the other patches."""
    prefix = "/endpointConfiguration/"
    within = [patch for patch in given if patch.get("path", "").startswith(prefix)]
    if not within:
        return None, given
    made: dict[str, Any] = dict(found.endpoint_configuration or {})
    for patch in within:
        name, _, _ = patch["path"].removeprefix(prefix).partition("/")
        value = patch.get("value")
        if name == "types" and patch["op"] == "replace":
            made["types"] = [value]
        elif name == "ipAddressType" and patch["op"] == "replace":
            made["ipAddressType"] = value
        elif name == "vpcEndpointIds" and patch["op"] in ("add", "remove"):
            kept = [one for one in made.get("vpcEndpointIds") or () if one != value]
            made["vpcEndpointIds"] = kept if patch["op"] == "remove" else [*kept, value]
        else:
            raise bad_request(f"Invalid patch path {patch['path']}")
    return made, [patch for patch in given if patch not in within]


def _api(call: Call) -> Any:
    with as_service_errors():
        return call.surroundings.memory("apigateway").get_rest_api(call.params["restApiId"])


def _of_api(call: Call, kept: str, member: str, message: str) -> Any:
    """Something that belongs to an API, by its name or id. Raises NotFoundException."""
    found = getattr(_api(call), kept).get(call.params[member])
    if found is None:
        raise ServiceError("NotFoundException", message, 404)
    return found


@apigateway.operation("UpdateRestApi", in_memory=True)
def update_rest_api(call: Call) -> Mapping[str, Any]:
    """Raises NotFoundException, BadRequestException."""
    found = _api(call)
    endpoint, rest = _endpoint(found, patches(call))
    _REST_API.apply(found, rest)
    if endpoint is not None:
        found.endpoint_configuration = endpoint
    shown: dict[str, Any] = found.to_dict()
    return shown


@apigateway.operation("UpdateDeployment", in_memory=True)
def update_deployment(call: Call) -> Mapping[str, Any]:
    """Raises NotFoundException, BadRequestException."""
    found = _of_api(call, "deployments", "deploymentId", "Invalid Deployment identifier specified")
    _DEPLOYMENT.apply(found, patches(call))
    shown: dict[str, Any] = found.to_json()
    return shown


@apigateway.operation("UpdateModel", in_memory=True)
def update_model(call: Call) -> Mapping[str, Any]:
    """Raises NotFoundException, BadRequestException."""
    found = _of_api(call, "models", "modelName", "Invalid Model Name specified")
    _MODEL.apply(found, patches(call))
    shown: dict[str, Any] = found.to_json()
    return shown


@apigateway.operation("UpdateGatewayResponse", in_memory=True)
def update_gateway_response(call: Call) -> Mapping[str, Any]:
    """Raises NotFoundException, BadRequestException."""
    found = _of_api(call, "gateway_responses", "responseType", "Invalid Gateway Response type specified")
    _GATEWAY_RESPONSE.apply(found, patches(call))
    shown: dict[str, Any] = found.to_json()
    return shown


@apigateway.operation("UpdateAuthorizer", in_memory=True)
def update_authorizer(call: Call) -> Mapping[str, Any]:
    """Raises NotFoundException, BadRequestException."""
    found = _of_api(call, "authorizers", "authorizerId", "Invalid Authorizer identifier specified")
    _AUTHORIZER.apply(found, patches(call))
    shown: dict[str, Any] = found.to_json()
    return shown


@apigateway.operation("UpdateDomainName", in_memory=True)
def update_domain_name(call: Call) -> Mapping[str, Any]:
    """Raises NotFoundException, BadRequestException. What moto's object has no place for is not served."""
    with as_service_errors():
        found = call.surroundings.memory("apigateway").get_domain_name(call.params["domainName"])
    endpoint, rest = _endpoint(found, patches(call))
    for patch in rest:
        if patch.get("path", "").startswith(("/mutualTlsAuthentication", "/ownershipVerificationCertificateArn")):
            message = f"launchrole does not keep {patch['path']} of domain names: nothing was changed"
            raise ServiceError("NotImplemented", message, 501)
    _DOMAIN_NAME.apply(found, rest)
    if endpoint is not None:
        found.endpoint_configuration = endpoint
    shown: dict[str, Any] = found.to_json()
    return shown


@apigateway.operation("UpdateVpcLink", in_memory=True)
def update_vpc_link(call: Call) -> Mapping[str, Any]:
    """Raises NotFoundException, BadRequestException."""
    with as_service_errors():
        found = call.surroundings.memory("apigateway").get_vpc_link(call.params["vpcLinkId"])
    _VPC_LINK.apply(found, patches(call))
    shown: dict[str, Any] = found.to_json()
    return shown


# Usage plans.

_USAGE_PLAN = Patchable(
    {
        "/description": ("description", str),
        "/name": ("name", str),
        "/productCode": ("product_code", str),
    },
    required=frozenset({"name"}),
)
_LIMITS: dict[str, tuple[str, str, Any]] = {
    "/quota/limit": ("quota", "limit", int),
    "/quota/offset": ("quota", "offset", int),
    "/quota/period": ("quota", "period", str),
    "/throttle/burstLimit": ("throttle", "burstLimit", int),
    "/throttle/rateLimit": ("throttle", "rateLimit", float),
}


@apigateway.operation("UpdateUsagePlan", in_memory=True)
def update_usage_plan(call: Call) -> Mapping[str, Any]:
    """Name, quota, throttling and stages of a plan. Raises NotFoundException, BadRequestException."""
    with as_service_errors():
        found = call.surroundings.memory("apigateway").get_usage_plan(call.params["usagePlanId"])
    limits = {"quota": dict(found.quota or {}), "throttle": dict(found.throttle or {})}
    stages = [dict(stage) for stage in found.api_stages]
    rest = []
    for patch in patches(call):
        path, value = patch.get("path", ""), patch.get("value", "")
        if path in _LIMITS:
            group, name, convert = _LIMITS[path]
            try:
                limits[group][name] = convert(value)
            except ValueError:
                raise bad_request(f"Invalid patch value {value} specified for {path}") from None
        elif path in ("/quota", "/throttle") and patch.get("op") == "remove":
            limits[path[1:]] = {}
        elif path.startswith("/apiStages"):
            stages = _stages(stages, patch)
        else:
            rest.append(patch)
    _USAGE_PLAN.apply(found, rest)
    found.quota, found.throttle, found.api_stages = limits["quota"], limits["throttle"], stages
    shown: dict[str, Any] = found.to_json()
    return shown


def _stages(stages: list[dict[str, Any]], patch: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A plan's stages with one added or removed: the patch's value is `api:stage`."""
    if patch.get("path") != "/apiStages" or patch.get("op") not in ("add", "remove"):
        message = "launchrole does not keep the throttling of a usage plan's single methods: nothing was changed"
        raise ServiceError("NotImplemented", message, 501)
    api, colon, stage = patch.get("value", "").partition(":")
    if not colon:
        raise bad_request("Usage Plan stage must be given as api:stage")
    kept = [one for one in stages if (one["apiId"], one["stage"]) != (api, stage)]
    return kept if patch["op"] == "remove" else [*kept, {"apiId": api, "stage": stage}]
