"""How answers look: errors in the shape of each protocol, and the results of our own services.

https://smithy.io/2.0/aws/protocols/index.html; S3's errors: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from launchrole.account.errors import ServiceError
from launchrole.account.http import HttpResponse

_NOT_XML = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 65534, 65535))
"""Characters that XML cannot hold."""


def error(problem: ServiceError, service: str, protocol: str, method: str = "POST") -> HttpResponse:
    """An error as the service writes it. `service` may be empty where the request does not tell."""
    request_id = str(uuid.uuid4())
    if protocol == "query":
        body = _query_error(problem, request_id)
    elif protocol == "ec2":
        body = (
            f"<Response><Errors><Error><Code>{_text(problem.code)}</Code><Message>{_text(problem.message)}</Message>"
            f"</Error></Errors><RequestID>{request_id}</RequestID></Response>"
        )
    elif protocol == "rest-xml":
        return _rest_xml_error(problem, service, request_id, method)
    else:
        return _json_error(problem, protocol, request_id)
    headers = {"Content-Type": "text/xml", "x-amzn-RequestId": request_id}
    return HttpResponse(problem.status, headers, ('<?xml version="1.0" encoding="UTF-8"?>\n' + body).encode())


def _query_error(problem: ServiceError, request_id: str) -> str:
    kind = "Receiver" if problem.status >= 500 else "Sender"
    return (
        f"<ErrorResponse><Error><Type>{kind}</Type><Code>{_text(problem.code)}</Code>"
        f"<Message>{_text(problem.message)}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    )


def _rest_xml_error(problem: ServiceError, service: str, request_id: str, method: str) -> HttpResponse:
    headers = {"Content-Type": "application/xml", "x-amz-request-id": request_id}
    if service != "s3":
        body = _query_error(problem, request_id)
    elif method == "HEAD":
        return HttpResponse(problem.status, headers)
    else:
        fields = "".join(f"<{name}>{_text(value)}</{name}>" for name, value in problem.fields.items())
        body = (
            f"<Error><Code>{_text(problem.code)}</Code><Message>{_text(problem.message)}</Message>{fields}"
            f"<RequestId>{request_id}</RequestId><HostId>launchrole</HostId></Error>"
        )
    return HttpResponse(problem.status, headers, ('<?xml version="1.0" encoding="UTF-8"?>\n' + body).encode())


def _json_error(problem: ServiceError, protocol: str, request_id: str) -> HttpResponse:
    body: dict[str, Any] = {"__type": problem.code, "message": problem.message, **problem.fields}
    if problem.code.startswith("AccessDenied"):
        body["Message"] = problem.message  # some services write a capital, and some clients look for it
    headers = {
        "Content-Type": "application/x-amz-json-1.1" if protocol == "json" else "application/json",
        "x-amzn-RequestId": request_id,
        "x-amzn-ErrorType": problem.code,
    }
    return HttpResponse(problem.status, headers, json.dumps(body).encode())


def _text(value: str) -> str:
    return escape(value.translate(_NOT_XML))


def result(service: str, operation: str, protocol: str, output: Mapping[str, Any] | None) -> HttpResponse:
    """The output of one of our own services, written by moto's serializers."""
    from moto.core.serialize import get_serializer_class
    from moto.core.utils import get_service_model

    model = get_service_model(service).operation_model(operation)
    serializer = get_serializer_class(service, protocol)(operation_model=model)
    given = {} if output is None else dict(output)
    written = serializer.serialize(given)
    body = written["body"] or b""
    headers = {name: str(value) for name, value in written["headers"].items()}
    headers.setdefault("x-amzn-RequestId", str(uuid.uuid4()))
    status = written["status_code"]
    for name, member in (model.output_shape.members if model.output_shape is not None else {}).items():
        if member.serialization.get("location") == "statusCode" and name in given:
            status = int(given[name])
    if isinstance(body, str):
        body = (body if "json" in protocol else body.translate(_NOT_XML)).encode()
    return HttpResponse(status, headers, body)
