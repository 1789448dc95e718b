"""REST APIs from OpenAPI documents: moto reads version 3 alone, and CloudFormation's and SAM's are Swagger 2.0.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml

from launchrole.account.moto_services import as_service_errors
from launchrole.account.service import Call, PassOn
from launchrole.services.apigateway.base import apigateway, bad_request

_METHODS = {
    **{name: name for name in ("get", "put", "post", "delete", "options", "head", "patch")},
    "x-amazon-apigateway-any-method": "any",
}
"""What a path may hold of methods, and what moto calls them.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-any-method.html"""
_INTEGRATION = "x-amazon-apigateway-integration"
_NOT_READ = ("securityDefinitions", "definitions", "x-amazon-apigateway-gateway-responses",
             "x-amazon-apigateway-request-validators", "x-amazon-apigateway-policy")  # fmt: skip
"""What API Gateway makes something of and launchrole does not."""


@apigateway.operation("PutRestApi", in_memory=True)
def put_rest_api(call: Call) -> Mapping[str, Any]:
    """Methods and integrations of a document, put beside those that the API has or in their place (`mode`). The
    answer's warnings name what was not made. Raises BadRequestException, NotFoundException."""
    document = _document(call.params["body"])
    if "swagger" not in document and "openapi" not in document:
        raise PassOn
    mode = call.params.get("mode", "merge")
    memory = call.surroundings.memory("apigateway")
    with as_service_errors():
        api = memory.get_rest_api(call.params["restApiId"])
        if mode == "overwrite":
            api.resources = {api.default.id: api.default}
            api.default.resource_methods = {}
        known = {one.get_path(): one for one in api.resources.values()}
        memory.put_rest_api(api.id, _readable(document), fail_on_warnings=False)
    for made in list(api.resources.values()):
        before = known.get(made.get_path(), made)
        if before is not made:  # moto makes a path anew that is there already
            before.resource_methods.update(made.resource_methods)
            del api.resources[made.id]
    shown: dict[str, Any] = api.to_dict()
    left = [name for name in _NOT_READ if document.get(name)]
    return {**shown, "warnings": [f"launchrole made nothing of {name}" for name in left]}


def _document(body: Any) -> dict[str, Any]:
    data = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else body.read()
    try:
        found = json.loads(data) if data.lstrip().startswith(b"{") else yaml.safe_load(data)
    except (ValueError, yaml.YAMLError):
        found = None
    if not isinstance(found, dict):
        raise bad_request("Invalid OpenAPI input.")
    return found


def _readable(document: Mapping[str, Any]) -> dict[str, Any]:
    """What moto reads of a document, in its words."""
    paths = document.get("paths")
    return {
        "openapi": "3.0.1",
        "info": document.get("info") or {},
        "paths": {
            str(path): {_METHODS[name]: _method(one) for name, one in given.items() if name in _METHODS}
            for path, given in (paths.items() if isinstance(paths, dict) else ())
            if isinstance(given, dict)
        },
    }


def _method(given: Any) -> dict[str, Any]:
    found = dict(given) if isinstance(given, dict) else {}
    integration = found.get(_INTEGRATION)
    if isinstance(integration, dict):
        found[_INTEGRATION] = {**integration, "type": str(integration.get("type", "")).upper()}
    return found
