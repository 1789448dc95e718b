"""The door on a port: an ASGI application on uvicorn, on 127.0.0.1 unless another host is named.

One coroutine per request reads the body and hands it to the door, which answers in the same thread: moto takes one call
at a time, so threads would only wait for each other.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import threading
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from typing import Any

import uvicorn

from launchrole.account.errors import ServiceError
from launchrole.account.gateway import Gateway
from launchrole.account.http import HttpRequest, HttpResponse, join_headers
from launchrole.account.wire import answer

MAX_BODY = 512 * 1024 * 1024
"""The largest body that is read, in bytes."""

PATIENCE = 5.0
"""Seconds that the answer to a call waits for the operation that it has begun (a stack's creation). Clients look at
once and then sleep: the waiters of boto3 and the AWS CLI for 30 s, the CDK for 5 s. Most stacks here take less than
one."""

_Receive = Callable[[], Awaitable[Mapping[str, Any]]]
_Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class _TooLarge(Exception):
    pass


class _Gone(Exception):
    pass


class Application:
    """The ASGI application of a door."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def __call__(self, scope: Mapping[str, Any], receive: _Receive, send: _Send) -> None:
        if scope["type"] != "http":
            return
        try:
            body = await _body(receive)
        except _Gone:
            return
        except _TooLarge:
            problem = ServiceError("EntityTooLarge", f"the body is larger than {MAX_BODY} bytes", 413)
            await _send(send, answer.error(problem, "", "rest-xml"), scope["method"])
            return
        response = self._gateway.handle(_request(scope, body))
        await self._let_finish(response.begun)
        await _send(send, response, scope["method"])

    async def _let_finish(self, begun: Collection[str]) -> None:
        """Hold an answer back while what the call has begun is being done, for `PATIENCE` at most."""
        clock = asyncio.get_running_loop().time
        until = clock() + PATIENCE
        while begun and clock() < until and not self._gateway.workers.are_done(begun):
            await asyncio.sleep(0.01)


def _request(scope: Mapping[str, Any], body: bytes) -> HttpRequest:
    headers = join_headers((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
    path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
    client = scope.get("client")
    return HttpRequest(
        scope["method"],
        path.partition("?")[0] or "/",
        scope["query_string"].decode("latin-1"),
        headers,
        body,
        False,
        client[0] if client else "127.0.0.1",
    )


async def _body(receive: _Receive) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > MAX_BODY:
            raise _TooLarge
        chunks.append(chunk)
        if not message.get("more_body"):
            return b"".join(chunks)


async def _send(send: _Send, response: HttpResponse, method: str) -> None:
    headers = [
        (name.lower().encode("latin-1", "replace"), _header(value))
        for name, value in response.headers.items()
        if name.lower() not in _OF_THE_SERVER
    ]
    length = response.headers.get("Content-Length") or response.headers.get("content-length")
    if method != "HEAD" or length is None:
        length = str(len(response.body))
    is_empty = response.status in (204, 304)
    if not is_empty:
        headers.append((b"content-length", length.encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" or is_empty else response.body})


_OF_THE_SERVER = frozenset({"content-length", "transfer-encoding", "connection", "date"})
"""Headers that the server itself writes. The AWS SDK for JavaScript sets its clock by Date: a second one breaks it."""


def _header(value: str) -> bytes:
    """A header's value without what would end it early."""
    return value.replace("\r", " ").replace("\n", " ").encode("latin-1", "replace")


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes a free one. Raises OSError where the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only for sockets that say they are TCP: answers would wait for 40 ms
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(512)
    except OSError:
        listening.close()
        raise
    return listening


def server(application: Any, *, started: Callable[[], None] | None = None) -> uvicorn.Server:
    """A server for an application; `run` it with a socket from `listen`."""
    config = uvicorn.Config(
        application,
        interface="asgi3",
        proxy_headers=False,
        http="httptools",
        loop="auto",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=2,
    )
    return _Server(config, started)


class _Server(uvicorn.Server):
    """uvicorn, telling when it answers."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None] | None) -> None:
        super().__init__(config)
        self._tell = started

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGINT and SIGTERM end the serving; uvicorn would raise them again behind it, before the state is closed."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._tell is not None:
            self._tell()
