"""botocore clients whose requests go through the door in process: real serialization, real signatures, no socket."""

from __future__ import annotations

import functools
import io
from typing import Any

import botocore.config
import botocore.loaders
import botocore.session
from botocore.awsrequest import AWSResponse

from launchrole.account.authorizer import Via
from launchrole.account.gateway import Gateway
from launchrole.account.http import HttpRequest, HttpResponse
from launchrole.account.wire import models

_CHANGED_BY_CLIENTS = frozenset({"s3", "s3control"})
"""Services whose models botocore's clients change while they are used: the door reads its requests by its own."""


class _Raw(io.BytesIO):
    """A body as botocore's HTTP layer hands it over."""

    def stream(self, **_kwargs: Any) -> Any:
        while chunk := self.read(65536):
            yield chunk


class InProcess:
    """Where a session's requests go instead of the network."""

    def __init__(self, gateway: Gateway, via: Via) -> None:
        self._gateway = gateway
        self._via = via

    def __call__(self, request: Any, **_kwargs: Any) -> AWSResponse:
        response = self._gateway.handle(http_request(request), self._via)
        headers = {name: value for name, value in response.headers.items() if name.lower() != "content-length"}
        return AWSResponse(request.url, response.status, headers, _Raw(_content(response)))


def _content(response: HttpResponse) -> bytes:
    return response.body


def http_request(prepared: Any) -> HttpRequest:
    """A botocore request as the door takes it."""
    body = prepared.body
    if body is None:
        body = b""
    elif hasattr(body, "read"):
        body = body.read()
    if isinstance(body, str):
        body = body.encode()
    headers = [
        (name, value.decode("latin-1") if isinstance(value, bytes) else str(value))
        for name, value in prepared.headers.items()
    ]
    return HttpRequest.of(prepared.method, prepared.url, headers, bytes(body))


def session(
    gateway: Gateway,
    access_key_id: str,
    secret: str,
    token: str | None = None,
    *,
    region: str = "us-east-1",
    via: Via | None = None,
) -> botocore.session.Session:
    """A botocore session whose clients' requests go through the door. Give it to boto3 with `botocore_session`."""
    made = botocore.session.Session()
    made.register_component("data_loader", _loader(made.get_config_variable("data_path")))
    made.set_credentials(access_key_id, secret, token)
    made.set_config_variable("region", region)
    made.set_default_client_config(botocore.config.Config(retries={"total_max_attempts": 1}))
    made.register("before-send", InProcess(gateway, via or Via()))
    return made


class _Loader(botocore.loaders.Loader):  # type: ignore[misc] # botocore has no types
    """Reads for clients what the door has not read by itself."""

    def load_service_model(self, service_name: str, type_name: str, api_version: str | None = None) -> Any:
        if service_name in _CHANGED_BY_CLIENTS:
            return super().load_service_model(service_name, type_name, api_version)
        return models.loader.load_service_model(service_name, type_name, api_version)

    def list_available_services(self, type_name: str) -> Any:
        return models.loader.list_available_services(type_name)


@functools.cache
def _loader(path: str | None) -> Any:
    """A loader of service models for all sessions: it keeps what it has read. Who keeps models of their own at a path
    gets those."""
    return botocore.loaders.create_loader(path) if path else _Loader()
