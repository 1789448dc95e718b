"""A real endpoint for tests: a server on a port in a thread, whose accounts are new for each test."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import botocore.config

from launchrole.account.server import Application, listen, server
from launchrole.account.sessions import Session
from launchrole.sandbox import Sandbox

ACCOUNT = "123456789012"
SESSION = boto3.session.Session()  # one for all: it keeps the service models that it has read
CONFIG = botocore.config.Config(retries={"total_max_attempts": 1}, read_timeout=60)


class Endpoint:
    """A server; `sandbox` are the accounts that it answers for at the moment."""

    def __init__(self) -> None:
        self.sandbox: Sandbox | None = None
        self.faults: list[Exception] = []
        self._socket = listen("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        ready = threading.Event()
        self._server = server(self._answer, started=ready.set)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)
        self._thread.start()
        assert ready.wait(20)

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        assert self.sandbox is not None
        await Application(self.sandbox.gateway)(scope, receive, send)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(20)

    @contextmanager
    def accounts(self, **given: Any) -> Iterator[Sandbox]:
        """New accounts behind the endpoint."""
        with Sandbox(**given) as sandbox:
            sandbox.gateway.report = self.faults.append
            self.sandbox = sandbox
            yield sandbox
        self.sandbox = None
        faults, self.faults = self.faults, []
        if faults:
            raise faults[0]

    def client(
        self, service: str, credentials: Session | dict[str, str], region: str = "us-east-1", **config: Any
    ) -> Any:
        """A boto3 client of the endpoint."""
        if isinstance(credentials, Session):
            keys = (credentials.access_key_id, credentials.secret, credentials.token)
        else:
            found = {name.lower(): value for name, value in credentials.items()}
            keys = (found["accesskeyid"], found["secretaccesskey"], found.get("sessiontoken"))
        merged = CONFIG.merge(botocore.config.Config(**config))
        key, secret, token = keys
        return SESSION.client(
            service,
            region,
            endpoint_url=self.url,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
            config=merged,
        )


def trust(*services: str, accounts: tuple[str, ...] = ()) -> str:
    """A trust policy for services and accounts."""
    principal: dict[str, Any] = {}
    if services:
        principal["Service"] = [f"{service}.amazonaws.com" for service in services]
    if accounts:
        principal["AWS"] = [f"arn:aws:iam::{account}:root" for account in accounts]
    statement = {"Effect": "Allow", "Principal": principal, "Action": ["sts:AssumeRole", "sts:TagSession"]}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def allow(action: str | list[str], resource: str | list[str] = "*", **condition: Any) -> str:
    """A policy that allows something."""
    statement: dict[str, Any] = {"Effect": "Allow", "Action": action, "Resource": resource}
    if condition:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
