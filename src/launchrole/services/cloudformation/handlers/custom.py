"""Custom resources: the request goes to the function or topic that ServiceToken names; no code is run here.

The call is made and decided as on AWS (lambda:InvokeFunction, sns:Publish). What the function would have answered is
the response that the user gave for the type, or a default one, and the resource's event says so.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from launchrole.services.cloudformation.handlers.action import Action, Failed, Resource
from launchrole.services.cloudformation.handlers.handler import Handler, PossibleCall, calls_of, unsupported
from launchrole.services.cloudformation.handlers.registry import handles

NOT_RUN = "The function was not run; launchrole answered for it with a default response"
_GIVEN = "The function was not run; launchrole answered for it with the response that was given for {}"


@handles("Custom")
class CustomResource(Handler):
    """Whatever type a template calls its custom resource."""

    own_calls: Mapping[str, tuple[PossibleCall, ...]] = dict.fromkeys(
        ("create", "update", "delete"), (*calls_of("lambda", "Invoke"), *calls_of("sns", "Publish"))
    )

    def create(self, action: Action, properties: Mapping[str, Any]) -> None:
        response = self._ask(action, "Create", properties, None)
        physical = response.get("PhysicalResourceId") or self._generated(action)
        action.created(str(physical), **_data(response))

    def update(self, action: Action, old: Resource, properties: Mapping[str, Any], changed: frozenset[str]) -> None:
        response = self._ask(action, "Update", properties, old)
        physical = response.get("PhysicalResourceId") or old.physical_id
        action.created(str(physical), **{**old.attributes, **_data(response)})

    def delete(self, action: Action, old: Resource) -> None:
        self._ask(action, "Delete", old.properties, old)

    def attributes(self) -> frozenset[str] | None:
        return None

    def attribute(self, resource: Resource, name: str) -> Any:
        if name in resource.attributes:
            return resource.attributes[name]
        if resource.attributes.get("") == "given":
            raise unsupported(self.type.name, name)
        return re.sub(r"[^a-z0-9-]", "", f"{resource.logical_id}-{name}".lower())

    def replacing(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
        return ["ServiceToken"] if old.get("ServiceToken") != new.get("ServiceToken") else []

    def _generated(self, action: Action) -> str:
        return action.generated_name(64)

    def _ask(self, action: Action, kind: str, properties: Mapping[str, Any], old: Resource | None) -> Mapping[str, Any]:
        token = properties.get("ServiceToken")
        if not isinstance(token, str) or not token:
            raise Failed("Property validation failure: [The property {/ServiceToken} is required]")
        request: dict[str, Any] = {
            "RequestType": kind,
            "ServiceToken": token,
            "StackId": action.stack.stack_id,
            "RequestId": action.token,
            "ResourceType": action.type,
            "LogicalResourceId": action.logical_id,
            "ResourceProperties": dict(properties),
        }
        if old is not None:
            request["PhysicalResourceId"] = old.physical_id
            if kind == "Update":
                request["OldResourceProperties"] = dict(old.properties)
        service = token.split(":")[2] if token.startswith("arn:") else "lambda"
        if service == "lambda":
            params = {"FunctionName": token, "InvocationType": "DryRun", "Payload": json.dumps(request)}
            action.call("lambda", "Invoke", params)
        elif service == "sns":
            message = {
                "TopicArn": token,
                "Message": json.dumps(request),
                "Subject": "AWS CloudFormation custom resource request",
            }
            action.call("sns", "Publish", message)
        else:
            raise Failed(f"Invalid service token: {token}")
        response = action.responses.get(action.type, {}).get(kind)
        if response is None:
            action.note(NOT_RUN)
            return {}
        action.note(_GIVEN.format(action.type))
        if response["Status"] == "FAILED":
            raise Failed(
                f"Received response status [FAILED] from custom resource. Message returned: {response['Reason']} "
                f"(RequestId: {action.token})"
            )
        return response


def _data(response: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(response.get("Data") or {})
    if response:
        found[""] = "given"
    return found
