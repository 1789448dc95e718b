"""From an HTTP request to an operation and its input: the first thing that the door does, before anybody is known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from botocore.model import OperationModel

from launchrole.account.errors import ServiceError
from launchrole.account.http import HttpRequest
from launchrole.account.wire import query, rest
from launchrole.account.wire.models import operation_model
from launchrole.account.wire.values import Malformed, Missing, json_structure
from launchrole.facts.endpoints import Endpoint, by_host, by_signing_name, by_target_prefix, endpoints

S3_HOST = re.compile(
    r"^(?:(?P<bucket>.+?)\.)?(?:s3(?:[.-](?:dualstack\.)?[a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?|(?:s3\.)?localhost)$"
)
_AWS_HOST = re.compile(
    r"^(?P<service>[a-z0-9.-]+?)(?:[.-](?P<region>[a-z]{2}(?:-[a-z]+)+-\d))?\.amazonaws\.com(\.cn)?$"
)


@dataclass(frozen=True, slots=True)
class Target:
    """The operation that a request is for. `labels` are the values in a REST path, `form` the fields of a query.
    `protocol` is the one that the request speaks, in which it is answered."""

    endpoint: Endpoint
    operation: OperationModel
    protocol: str
    labels: Mapping[str, str]
    form: Mapping[str, str]

    @property
    def service(self) -> str:
        return self.endpoint.service

    @property
    def name(self) -> str:
        return str(self.operation.name)


class UnknownOperation(ServiceError):
    """The request is for no operation that the service has. `protocol` and `service` say how to answer."""

    def __init__(self, code: str, message: str, status: int, protocol: str, service: str) -> None:
        super().__init__(code, message, status)
        self.protocol = protocol
        self.service = service


def target(request: HttpRequest, signing_name: str | None) -> Target:
    """The operation that a request is for.

    `signing_name` is the service in the request's credential scope, None for a request without one, where X-Amz-Target,
    the host's name or the form's Action and Version must tell. Raises `UnknownOperation`.
    """
    x_target = request.headers.get("x-amz-target")
    if request.headers.get("smithy-protocol") == "rpc-v2-cbor":
        raise UnknownOperation(
            "UnsupportedProtocol",
            "launchrole does not speak smithy-rpc-v2-cbor; use the JSON protocol",
            415,
            "json",
            "",
        )
    if x_target is not None:
        return _json_target(x_target, signing_name)
    candidates = _candidates(request, signing_name)
    form = _form(request)
    if form is not None and "Action" in form:
        return _query_target(form, candidates, signing_name)
    return _rest_target(request, candidates)


def read_input(found: Target, request: HttpRequest) -> dict[str, Any]:
    """The input of a request's operation, by botocore's names. Raises `ServiceError` in the words of the protocol."""
    shape = found.operation.input_shape
    try:
        if found.protocol in ("query", "ec2"):
            return {} if shape is None else query.read(shape, found.form, ec2=found.protocol == "ec2")
        if found.protocol == "json":
            value = rest.json_value(request.body) if request.body else {}
            if not isinstance(value, dict):
                raise Malformed("", "the body is not a JSON object")
            return {} if shape is None else json_structure(shape, value, "", 0)
        return rest.read(found.operation, request, found.labels, as_xml=found.protocol == "rest-xml")
    except Missing as error:
        raise _missing(found, error) from None
    except Malformed as error:
        raise _malformed(found, error) from None


def _json_target(x_target: str, signing_name: str | None) -> Target:
    prefix, _, name = x_target.rpartition(".")
    candidates = by_target_prefix().get(prefix, ())
    preferred = [one for one in candidates if one.signing_name == signing_name] or list(candidates)
    for endpoint in preferred:
        operation = operation_model(endpoint.service, name)
        if operation is not None:
            return Target(endpoint, operation, "json", {}, {})
    service = preferred[0].service if preferred else ""
    raise UnknownOperation("UnknownOperationException", "", 400, "json", service)


def _candidates(request: HttpRequest, signing_name: str | None) -> tuple[Endpoint, ...]:
    """The services that a request without X-Amz-Target may be for."""
    host = request.headers.get("host", "").rpartition(":")[0] or request.headers.get("host", "")
    found = _AWS_HOST.match(host)
    named = by_host().get(found["service"], ()) if found is not None else ()
    if signing_name is not None:
        signed = by_signing_name().get(signing_name, ())
        both = tuple(one for one in signed if one in named)
        return both or signed
    return named or (endpoints()["s3"],) if _form(request) is None else named or tuple(endpoints().values())


def _form(request: HttpRequest) -> dict[str, str] | None:
    """The fields of a query request: those of the body, or of the query string; None for what is no form."""
    if request.method == "POST":
        kind = request.headers.get("content-type", "")
        if not kind.startswith("application/x-www-form-urlencoded"):
            return None
        try:
            fields = parse_qsl(request.body.decode(), keep_blank_values=True, max_num_fields=100_000)
        except ValueError:
            return None
        return dict(fields) | dict(_fields(request.query))
    return dict(_fields(request.query)) if request.method == "GET" and "Action=" in request.query else None


def _fields(text: str) -> Iterable[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=10_000)
    except ValueError:
        return ()


def _query_target(form: Mapping[str, str], candidates: tuple[Endpoint, ...], signing_name: str | None) -> Target:
    version = form.get("Version")
    able = [one for one in candidates if "query" in one.protocols or "ec2" in one.protocols]
    # DocumentDB and Neptune are spoken to as RDS, with its name, host and version; moto serves all of them as RDS
    for endpoint in sorted(able, key=lambda one: (one.version != version, one.service != signing_name)):
        if signing_name is None and endpoint.version != version:
            continue
        operation = operation_model(endpoint.service, form["Action"])
        if operation is not None:
            return Target(endpoint, operation, "ec2" if "ec2" in endpoint.protocols else "query", {}, form)
    first = able[0] if able else None
    protocol = "ec2" if first is not None and "ec2" in first.protocols else "query"
    message = f"The action {form['Action']} is not valid for this web service."
    if first is not None and protocol == "query":
        message = f"Could not find operation {form['Action']} for version {version}"
    raise UnknownOperation("InvalidAction", message, 400, protocol, first.service if first else "")


def _rest_target(request: HttpRequest, candidates: tuple[Endpoint, ...]) -> Target:
    for endpoint in candidates:
        if endpoint.protocol not in ("rest-json", "rest-xml"):
            continue
        path = _s3_path(request) if endpoint.service == "s3" else request.path
        found = rest.find(endpoint.service, request.method, path, request)
        if found is not None:
            operation = operation_model(endpoint.service, found[0])
            if operation is not None:
                return Target(endpoint, operation, endpoint.protocol, found[1], {})
    first = candidates[0] if candidates else None
    if first is not None and first.protocol == "rest-xml":
        raise UnknownOperation(
            "MethodNotAllowed",
            "The specified method is not allowed against this resource.",
            405,
            "rest-xml",
            first.service,
        )
    protocol = first.protocol if first is not None else "json"
    service = first.service if first is not None else ""
    raise UnknownOperation("UnknownOperationException", "", 404, protocol, service)


def _s3_path(request: HttpRequest) -> str:
    """The path with the bucket in it, also where the request has the bucket in its host's name.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html"""
    host = request.headers.get("host", "").partition(":")[0]
    found = S3_HOST.match(host)
    bucket = found["bucket"] if found is not None else None
    return f"/{bucket}{request.path}" if bucket else request.path


def _missing(found: Target, error: Missing) -> ServiceError:
    """A required member is not there. The codes are those of the protocols' common errors pages."""
    member = error.member
    if found.protocol == "ec2":
        return ServiceError("MissingParameter", f"The request must contain the parameter {member}")
    if found.service == "s3":
        if found.operation.input_shape.serialization.get("payload") == member:
            return ServiceError("MissingRequestBodyError", "Request body is empty.")
        return ServiceError("InvalidRequest", f"Missing required parameter: {member}")
    message = (
        f"1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
    )
    code = "ValidationError" if found.protocol == "query" else "ValidationException"
    return ServiceError(code, message)


def _malformed(found: Target, error: Malformed) -> ServiceError:
    if found.protocol == "rest-xml":
        message = "The XML you provided was not well-formed or did not validate against our published schema"
        return ServiceError("MalformedXML", message, fields={"Detail": str(error)})
    if found.protocol in ("query", "ec2"):
        return ServiceError("MalformedInput" if found.protocol == "query" else "InvalidParameterValue", str(error))
    return ServiceError("SerializationException", str(error))
