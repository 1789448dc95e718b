"""Methods of APIs, which one template resource describes and four kinds of calls make.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-method.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.services.cloudformation.handlers import shapes
from launchrole.services.cloudformation.handlers.action import Action, Failed, Resource
from launchrole.services.cloudformation.handlers.declared import gone
from launchrole.services.cloudformation.handlers.handler import Handler, PossibleCall, calls_of
from launchrole.services.cloudformation.handlers.registry import handles

_RENAMED = {"*.IntegrationHttpMethod": "httpMethod", "IntegrationHttpMethod": "httpMethod", "*.Integration": ""}
_PUTS = calls_of("apigateway", "PutMethod", "PutMethodResponse", "PutIntegration", "PutIntegrationResponse")
_ELSEWHERE = ("Integration", "MethodResponses", "IntegrationResponses")


@handles("AWS::ApiGateway::Method")
class Method(Handler):
    own_calls: Mapping[str, tuple[PossibleCall, ...]] = {
        "create": _PUTS,
        "update": _PUTS,
        "delete": calls_of("apigateway", "DeleteMethod"),
    }

    @property
    def taggable(self) -> bool:
        return False

    def create(self, action: Action, properties: Mapping[str, Any]) -> None:
        place = _place(properties)
        action.call("apigateway", "PutMethod", {**_fitted("PutMethod", properties), **place})
        rand = "".join(action.random().choices("abcdefghijklmnopqrstuvwxyz0123456789", k=10))
        action.created(f"{action.stack.name[:5]}-{action.logical_id[:5]}-{rand}")
        self._rest(action, properties, place)

    def update(self, action: Action, old: Resource, properties: Mapping[str, Any], changed: frozenset[str]) -> None:
        place = _place(properties)
        action.call("apigateway", "PutMethod", {**_fitted("PutMethod", properties), **place})
        self._rest(action, properties, place)
        action.created(old.physical_id)

    def delete(self, action: Action, old: Resource) -> None:
        try:
            action.call("apigateway", "DeleteMethod", _place(old.properties))
        except ServiceError as problem:
            if not gone(problem):
                raise

    def _rest(self, action: Action, properties: Mapping[str, Any], place: Mapping[str, Any]) -> None:
        """The method's responses, its integration, and that one's responses."""
        for one in properties.get("MethodResponses") or ():
            params = {**_fitted("PutMethodResponse", one), **place}
            action.call("apigateway", "PutMethodResponse", params)
        integration = properties.get("Integration")
        if not integration:
            return
        own = {name: value for name, value in integration.items() if name not in _ELSEWHERE}
        http = own.pop("IntegrationHttpMethod", None)
        params = {**_fitted("PutIntegration", own), **place}
        if http is not None:
            params["integrationHttpMethod"] = http
        action.call("apigateway", "PutIntegration", params)
        for one in integration.get("IntegrationResponses") or ():
            params = {**_fitted("PutIntegrationResponse", one), **place}
            action.call("apigateway", "PutIntegrationResponse", params)


def _place(properties: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return {
            "restApiId": properties["RestApiId"],
            "resourceId": properties["ResourceId"],
            "httpMethod": properties["HttpMethod"],
        }
    except KeyError as missing:
        raise Failed(f"Property validation failure: [The property {{/{missing.args[0]}}} is required]") from None


def _fitted(operation: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    shape = shapes.input_shape("apigateway", operation)
    own = {name: value for name, value in properties.items() if name not in _ELSEWHERE}
    try:
        return dict(shapes.fitted(own, shape, _RENAMED))
    except shapes.NoMember as problem:
        raise Failed(f"Encountered unsupported property {problem.name}") from None
    except shapes.Unfit as problem:
        raise Failed(f"Value of property {problem.place} must be {problem.wanted}") from None
