"""The REST protocols: operations by method and path, inputs from path, query string, headers and body.

https://smithy.io/2.0/spec/http-bindings.html
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

from botocore.model import OperationModel

from launchrole.account.http import HttpRequest
from launchrole.account.wire import xml
from launchrole.account.wire.models import service_model
from launchrole.account.wire.values import Malformed, Missing, from_json, from_text, json_structure

_LABEL = re.compile(r"\{([^}]+)\}")


@dataclass(frozen=True, slots=True)
class Route:
    """A path and what else must be there for an operation: query parameters (with their value, or any) and headers."""

    operation: str
    pattern: re.Pattern[str]
    labels: tuple[str, ...]
    query: tuple[tuple[str, str | None], ...]
    headers: tuple[str, ...]

    def takes(self, query: Mapping[str, list[str]], headers: Mapping[str, str]) -> bool:
        return all(name in query and (value is None or value in query[name]) for name, value in self.query) and all(
            name in headers for name in self.headers
        )


@functools.cache
def routes(service: str) -> Mapping[str, tuple[Route, ...]]:
    """A service's routes by method, the most specific first."""
    model = service_model(service)
    by_method: dict[str, list[tuple[tuple[int, ...], Route]]] = {}
    for name in model.operation_names:
        operation = model.operation_model(name)
        method = operation.http.get("method", "POST")
        by_method.setdefault(method, []).append(_route(name, operation))
    return {
        method: tuple(route for _, route in sorted(found, key=lambda ranked: ranked[0], reverse=True))
        for method, found in by_method.items()
    }


def _route(name: str, operation: OperationModel) -> tuple[tuple[int, ...], Route]:
    """A route and its rank: literal path segments, no greedy label, segments, conditions; the newer of two."""
    path, _, literals = operation.http.get("requestUri", "/").partition("?")
    labels: list[str] = []

    def label(found: re.Match[str]) -> str:
        labels.append(found[1].rstrip("+"))
        return "(.+)" if found[1].endswith("+") else "([^/]+)"

    pattern = "".join(
        label(found) if (found := _LABEL.fullmatch(piece)) else re.escape(piece)
        for piece in re.split(r"(\{[^}]+\})", path)
    )
    query: dict[str, str | None] = {key: value or None for key, value in parse_qsl(literals, keep_blank_values=True)}
    headers = []
    shape = operation.input_shape
    for member in shape.required_members if shape is not None else ():
        serialization = shape.members[member].serialization
        if serialization.get("location") == "querystring":
            query.setdefault(serialization["name"], None)
        elif serialization.get("location") == "header":
            headers.append(serialization["name"].lower())
    segments = [segment for segment in path.split("/") if segment]
    literal = sum("{" not in segment for segment in segments)
    greedy = "+}" in path
    rank = (literal, not greedy, len(segments), len(query) + len(headers), not operation.deprecated)
    return rank, Route(name, re.compile(pattern), tuple(labels), tuple(query.items()), tuple(headers))


def find(service: str, method: str, path: str, request: HttpRequest) -> tuple[str, dict[str, str]] | None:
    """The operation that a path is for, and the values in the path; None where there is none."""
    query = query_values(request.query)
    for candidate in dict.fromkeys((path, path.rstrip("/") or "/")):
        for route in routes(service).get(method, ()):
            found = route.pattern.fullmatch(candidate)
            if found is not None and route.takes(query, request.headers):
                return route.operation, dict(zip(route.labels, map(unquote, found.groups()), strict=True))
    return None


def query_values(query: str) -> dict[str, list[str]]:
    """A query string's values by name, in their order. Raises `Malformed` for one with absurdly many."""
    values: dict[str, list[str]] = {}
    try:
        for name, value in parse_qsl(query, keep_blank_values=True, max_num_fields=10_000):
            values.setdefault(name, []).append(value)
    except ValueError as error:
        raise Malformed("", f"the query string: {error}") from None
    return values


def read(operation: OperationModel, request: HttpRequest, labels: Mapping[str, str], *, as_xml: bool) -> dict[str, Any]:
    """The input of an operation. Raises `Malformed`."""
    shape: Any = operation.input_shape
    if shape is None:
        return {}
    query = query_values(request.query)
    found: dict[str, Any] = {}
    for name, member in shape.members.items():
        value = _located(member, name, labels, query, request.headers)
        if value is not None:
            found[name] = value
        elif name in shape.required_members and member.serialization.get("location"):
            raise Missing(name)
    found.update(_payload(shape, request.body, as_xml))
    return found


def _located(
    member: Any,
    name: str,
    labels: Mapping[str, str],
    query: Mapping[str, list[str]],
    headers: Mapping[str, str],
) -> Any:
    """A member that travels in the path, the query string or the headers; None where it is not there."""
    serialization = member.serialization
    location = serialization.get("location")
    wire_name = serialization.get("name", name)
    if location == "uri":
        return from_text(member, labels[wire_name], name) if wire_name in labels else None
    if location == "querystring":
        return _from_query(member, wire_name, name, query)
    if location == "header":
        text = headers.get(wire_name.lower())
        if text is None:
            return None
        if member.type_name == "list":
            return [from_text(member.member, one.strip(), name) for one in text.split(",")]
        return from_text(member, text, name)
    if location == "headers":
        prefix = wire_name.lower()
        found = {key[len(prefix) :]: value for key, value in headers.items() if key.startswith(prefix)}
        return found or None
    return None


def _from_query(member: Any, wire_name: str, name: str, query: Mapping[str, list[str]]) -> Any:
    if member.type_name == "map":
        inner = member.value
        if inner.type_name == "list":
            return {key: list(values) for key, values in query.items()} or None
        return {key: from_text(inner, values[0], name) for key, values in query.items()} or None
    if wire_name not in query:
        return None
    if member.type_name == "list":
        return [from_text(member.member, one, name) for one in query[wire_name]]
    return from_text(member, query[wire_name][0], name)


def _payload(shape: Any, body: bytes, as_xml: bool) -> dict[str, Any]:
    payload = shape.serialization.get("payload")
    if payload is None:
        return _structure(shape, body, as_xml)
    member = shape.members[payload]
    if member.type_name in ("blob", "string") and body:
        return {payload: body if member.type_name == "blob" else _text(body, payload)}
    if not body:
        if payload in shape.required_members:
            raise Missing(payload)
        return {}
    if as_xml:
        return {payload: xml.read(member, xml.parse(body), payload)}
    return {payload: from_json(member, json_value(body), payload)}


def _structure(shape: Any, body: bytes, as_xml: bool) -> dict[str, Any]:
    if not body and as_xml:
        return {}
    if as_xml:
        return xml.structure(shape, xml.parse(body), "")
    value = json_value(body) if body else {}
    if not isinstance(value, dict):
        raise Malformed("", "the body is not a JSON object")
    return json_structure(shape, value, "", 0)


def _text(body: bytes, member: str) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise Malformed(member, "is not UTF-8") from None


def json_value(body: bytes) -> Any:
    """The JSON value of a body. Raises `Malformed`."""
    try:
        return json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Malformed("", f"the body is not JSON: {error}") from None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
