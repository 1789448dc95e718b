"""Updates of resources, methods, integrations and their responses.

https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateMethod.html
https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateIntegration.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.moto_services import as_service_errors
from launchrole.account.service import Call
from launchrole.services.apigateway.base import Patchable, apigateway, bad_request, boolean, patches

_RESOURCE = Patchable(
    {"/pathPart": ("path_part", str), "/parentId": ("parent_id", str)}, required=frozenset({"path_part", "parent_id"})
)
_METHOD = Patchable(
    {
        "/apiKeyRequired": ("api_key_required", boolean),
        "/authorizationType": ("authorization_type", str),
        "/authorizerId": ("authorizer_id", str),
        "/operationName": ("operation_name", str),
        "/requestValidatorId": ("request_validator_id", str),
    },
    maps={"/requestModels": ("request_models", str), "/requestParameters": ("request_parameters", boolean)},
    lists={"/authorizationScopes": "authorization_scopes"},
    required=frozenset({"api_key_required", "authorization_type"}),
)
_METHOD_RESPONSE = Patchable(
    {}, maps={"/responseModels": ("response_models", str), "/responseParameters": ("response_parameters", boolean)}
)
_INTEGRATION = Patchable(
    {
        "/cacheNamespace": ("cache_namespace", str),
        "/connectionType": ("connection_type", str),
        "/contentHandling": ("content_handling", str),
        "/credentials": ("credentials", str),
        "/httpMethod": ("http_method", str),
        "/passthroughBehavior": ("passthrough_behaviour", str),
        "/timeoutInMillis": ("timeout_in_millis", int),
        "/type": ("integration_type", str),
        "/uri": ("uri", str),
    },
    maps={"/requestParameters": ("request_parameters", str), "/requestTemplates": ("request_templates", str)},
    lists={"/cacheKeyParameters": "cache_key_parameters"},
    required=frozenset({"integration_type"}),
)
_INTEGRATION_RESPONSE = Patchable(
    {"/contentHandling": ("content_handling", str), "/selectionPattern": ("selection_pattern", str)},
    maps={"/responseParameters": ("response_parameters", str), "/responseTemplates": ("response_templates", str)},
)


def _resource(call: Call) -> Any:
    with as_service_errors():
        return call.surroundings.memory("apigateway").get_resource(call.params["restApiId"], call.params["resourceId"])


def _method(call: Call) -> Any:
    with as_service_errors():
        return _resource(call).get_method(call.params["httpMethod"])


def _integration(call: Call) -> Any:
    found = _method(call).method_integration
    if found is None:
        raise ServiceError("NotFoundException", "Invalid Integration identifier specified", 404)
    return found


def _response(call: Call, responses: Mapping[str, Any] | None) -> Any:
    found = (responses or {}).get(call.params["statusCode"])
    if found is None:
        raise ServiceError("NotFoundException", "Invalid Response status code specified", 404)
    return found


@apigateway.operation("UpdateResource", in_memory=True)
def update_resource(call: Call) -> Mapping[str, Any]:
    """Another name or place in the tree of an API's paths. Raises NotFoundException, BadRequestException,
    ConflictException where another resource has the path."""
    found = _resource(call)
    resources = call.surroundings.memory("apigateway").apis[call.params["restApiId"]].resources
    wanted = {"/pathPart": found.path_part, "/parentId": found.parent_id}
    wanted |= {patch["path"]: patch.get("value") for patch in patches(call) if patch.get("path") in wanted}
    part, parent = wanted["/pathPart"], wanted["/parentId"]
    if found.parent_id is None:
        raise bad_request("Root resource cannot be updated")
    if parent not in resources or _within(resources, parent, found.id):
        raise bad_request("Invalid parent resource specified")
    for other in resources.values():
        if other.id != found.id and (other.parent_id, other.path_part) == (parent, part):
            message = f"Another resource with the same parent already has this name: {part}"
            raise ServiceError("ConflictException", message, 409)
    _RESOURCE.apply(found, patches(call))
    shown: dict[str, Any] = found.to_dict()
    return shown


def _within(resources: Mapping[str, Any], identifier: str | None, ancestor: str) -> bool:
    """Is a resource another one, or somewhere below it?"""
    while identifier is not None:
        if identifier == ancestor:
            return True
        identifier = resources[identifier].parent_id
    return False


@apigateway.operation("UpdateMethod", in_memory=True)
def update_method(call: Call) -> Mapping[str, Any]:
    """Raises NotFoundException, BadRequestException (an authorizer that the API does not have)."""
    found = _method(call)
    authorizers = call.surroundings.memory("apigateway").apis[call.params["restApiId"]].authorizers
    for patch in patches(call):
        if patch.get("path") == "/authorizerId" and patch.get("value") and patch["value"] not in authorizers:
            raise bad_request(f"Invalid authorizer ID specified: {patch['value']}")
    _METHOD.apply(found, patches(call))
    shown: dict[str, Any] = found.to_json()
    return shown


@apigateway.operation("UpdateMethodResponse", in_memory=True)
def update_method_response(call: Call) -> Mapping[str, Any]:
    """Raises NotFoundException, BadRequestException."""
    found = _response(call, _method(call).method_responses)
    _METHOD_RESPONSE.apply(found, patches(call))
    shown: dict[str, Any] = found.to_json()
    return shown


@apigateway.operation("UpdateIntegration", in_memory=True)
def update_integration(call: Call) -> Mapping[str, Any]:
    """Raises NotFoundException, BadRequestException."""
    found = _integration(call)
    given = patches(call)
    secure = [patch for patch in given if patch.get("path") == "/tlsConfig/insecureSkipVerification"]
    _INTEGRATION.apply(found, [patch for patch in given if patch not in secure])
    if secure:
        found.tls_config = {"insecureSkipVerification": secure[-1].get("value", "").lower() == "true"}
    shown: dict[str, Any] = found.to_json()
    return shown


@apigateway.operation("UpdateIntegrationResponse", in_memory=True)
def update_integration_response(call: Call) -> Mapping[str, Any]:
    """Raises NotFoundException, BadRequestException."""
    found = _response(call, _integration(call).integration_responses)
    _INTEGRATION_RESPONSE.apply(found, patches(call))
    shown: dict[str, Any] = found.to_json()
    return shown
