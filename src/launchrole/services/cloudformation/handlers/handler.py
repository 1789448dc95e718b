"""What handles a resource type, and how a refused call is told in a stack's events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.wire.models import service_model
from launchrole.facts.resource_types import ResourceType
from launchrole.services.cloudformation.handlers.action import Action, Failed, Resource
from launchrole.services.cloudformation.template import TemplateError

_TAGGING = (
    "Encountered a permissions error performing a tagging operation, please add required tag permissions. See "
    "https://repost.aws/knowledge-center/cloudformation-tagging-permission-error for how to resolve. "
)


@dataclass(frozen=True)
class PossibleCall:
    """A call that a handler may make. `members` are those that its input may have, None where that is not told;
    `given` those that the handler's data fills, with the templates of their values."""

    service: str
    operation: str
    members: frozenset[str] | None = None
    given: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.service}:{self.operation}"


def calls_of(service: str, *operations: str) -> tuple[PossibleCall, ...]:
    """Calls of which only the names are told."""
    return tuple(PossibleCall(service, one) for one in operations)


class Handler:
    """Creates, updates and deletes resources of one type by the calls that CloudFormation makes for it."""

    own_calls: Mapping[str, tuple[PossibleCall, ...]] = {}
    """The calls that code makes (not data), under `create`, `update` and `delete`."""

    exceptions: Mapping[str, str] = {}
    """IAM actions of the calls that the type's published permissions do not list, each with the evidence for it."""

    def __init__(self, type: ResourceType) -> None:
        self.type = type

    def calls(self) -> Mapping[str, tuple[PossibleCall, ...]]:
        """All calls that creating, updating and deleting a resource may make."""
        return self.own_calls

    @property
    def taggable(self) -> bool:
        """Whether a stack's tags are passed on to resources of this type."""
        return self.type.tags is not None

    wraps_tagging_errors = False
    """Whether denials of calls that carry tags are told as errors of tagging."""

    def refusal(self, properties: Mapping[str, Any], changed: frozenset[str] = frozenset()) -> str | None:
        """Why a resource with these properties cannot be made here, or cannot be changed in place in those that
        `changed` names; None where it can. Asked ahead of any call."""
        return None

    def create(self, action: Action, properties: Mapping[str, Any]) -> None:
        """Make the resource; tells `action.created`. Raises `ServiceError`, `Failed`, `NotYet`."""
        raise NotImplementedError

    def update(self, action: Action, old: Resource, properties: Mapping[str, Any], changed: frozenset[str]) -> None:
        """Change the resource where it is. `changed` are the top-level properties that differ, tags among them."""
        raise NotImplementedError

    def delete(self, action: Action, old: Resource) -> None:
        """Remove the resource. That it is gone already is no error."""
        raise NotImplementedError

    def snapshot(self, action: Action, old: Resource) -> None:
        """Make the snapshot that DeletionPolicy: Snapshot asks for. Raises `Failed` for a type that has none."""
        raise Failed(f"The following resource types are not supported for DeletionPolicy Snapshot: [{self.type.name}]")

    def deletion_policy(self, properties: Mapping[str, Any]) -> str | None:
        """The DeletionPolicy of a resource whose template gives none; None for Delete."""
        return None

    def replacing(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
        """The changed properties for which the resource must be replaced: those that only a creation can set."""
        found: list[str] = []
        for pointer in self.type.create_only:
            steps = [one for one in pointer.split("/") if one != "*"]
            if _at(old, steps) != _at(new, steps) and steps[0] not in found:
                found.append(steps[0])
        return found

    def attributes(self) -> frozenset[str] | None:
        """What Fn::GetAtt may ask for; None where the type does not say."""
        names = {one.replace("/", ".") for one in (*self.type.read_only, *self.type.properties)}
        return frozenset(names)

    def attribute(self, resource: Resource, name: str) -> Any:
        """What Fn::GetAtt gives. Raises `TemplateError` for an attribute that the type does not have."""
        for known in (resource.attributes, resource.properties):
            if name in known:
                return known[name]
            found = _at(known, name.split("."))
            if found is not None:
                return found
        raise unsupported(self.type.name, name)


def unsupported(type: str, attribute: str) -> TemplateError:
    return TemplateError(f"Resource type {type} does not support attribute {{{attribute}}}")


def _at(value: Any, steps: list[str]) -> Any:
    for number, step in enumerate(steps):
        if isinstance(value, list):
            return [_at(one, steps[number:]) for one in value]
        if not isinstance(value, Mapping):
            return None
        value = value.get(step)
    return value


def error_code(problem: ServiceError) -> str:
    """The registry's word for a service's error.
    https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-test-contract-errors.html"""
    code = problem.code
    if problem.status == 403 or "AccessDenied" in code or code == "UnauthorizedOperation":
        return "AccessDenied"
    if "AlreadyExists" in code or code in ("BucketAlreadyOwnedByYou", "ResourceInUse", "EntityAlreadyExists"):
        return "AlreadyExists"
    if problem.status == 404 or "NotFound" in code or code in ("NoSuchBucket", "NoSuchEntity"):
        return "NotFound"
    if "LimitExceeded" in code:
        return "ServiceLimitExceeded"
    if "Throttl" in code:
        return "Throttling"
    if "Conflict" in code:
        return "ResourceConflict"
    if problem.status >= 500:
        return "ServiceInternalError"
    return "InvalidRequest"


_SAID = {
    "codebuild": "AWSCodeBuild",
    "codecommit": "AWSCodeCommit",
    "codepipeline": "AWSCodePipeline",
    "iam": "Iam",
    "logs": "CloudWatchLogs",
    "s3": "S3",
    "sagemaker": "AmazonSageMaker",
    "events": "AmazonCloudWatchEvents",
    "apigateway": "AmazonApiGateway",
}
"""How the SDK that CloudFormation uses names a service, where recordings show it."""


_DENIED = {"AWS::Lambda::Permission": "GeneralServiceException"}
"""The registry's word for a denied call, where that of a type was recorded to be another than AccessDenied."""


def service_name(service: str) -> str:
    """A service as error messages name it."""
    if service in _SAID:
        return _SAID[service]
    return str(service_model(service).service_id).replace(" ", "")


def reason(handler: Handler, problem: ServiceError | Failed, service: str, request_id: str, tagged: bool) -> str:
    """A status reason in CloudFormation's words. `service` is the one that refused; `tagged` says that the refused
    call carried tags."""
    if isinstance(problem, Failed):
        return problem.message
    name = service_name(service)
    if not handler.type.in_registry:
        return (
            f"{problem.message} (Service: {name}; Status Code: {problem.status}; Error Code: {problem.code}; "
            f"Request ID: {request_id}; Proxy: null)"
        )
    where = f"Service: {name}, Status Code: {problem.status}, Request ID: {request_id}"
    told = f'"{problem.message} ({where}) (SDK Attempt Count: 1)"'
    code = error_code(problem)
    if code == "AccessDenied" and tagged and handler.wraps_tagging_errors:
        told = f'"{_TAGGING}Resource handler returned message: {told}"'
        code = "UnauthorizedTaggingOperation"
    elif code == "AccessDenied":
        code = _DENIED.get(handler.type.name, code)
    return f"Resource handler returned message: {told} (RequestToken: {request_id}, HandlerErrorCode: {code})"
