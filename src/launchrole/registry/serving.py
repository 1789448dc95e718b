"""Feeds on the port of an endpoint, under /feeds/: who asks unsigned for them gets them, everything else goes on."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import hashlib
import ipaddress
import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from launchrole.registry import site
from launchrole.registry.errors import RegistryError
from launchrole.registry.registry import Registry

PATH = "/feeds/"
_MOST = 100
_KEPT = 64
"""Files that are kept as they were written."""
_NEVER = datetime.min.replace(tzinfo=UTC)
_TYPES = {".rss.xml": "application/rss+xml", ".atom.xml": "application/atom+xml"}

_Result = TypeVar("_Result")
_Application = Callable[[Mapping[str, Any], Any, Any], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is served. `changed` is when something was stored last, or this began to serve."""

    body: bytes
    type: str
    tag: str
    changed: datetime


class Feeds:
    """An ASGI application before another one: it answers for feeds.

    `directory` is the state directory, `endpoint` the URL at which this answers, `report` is told of faults. Policies
    of customers are told to this machine alone. What is in a bucket `feeds` cannot be read by path without signing.
    """

    def __init__(
        self, behind: _Application, directory: Path, endpoint: str, report: Callable[[Exception], None]
    ) -> None:
        self._behind = behind
        self._directory = directory
        self._base = endpoint + PATH.rstrip("/")
        self._report = report
        self._started = datetime.now(UTC)
        self._made: OrderedDict[tuple[str, bool, int], File] = OrderedDict()
        self._turn, self._turn_of_services = threading.Lock(), threading.Lock()

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http" or not _is_asked_for(scope):
            await self._behind(scope, receive, send)
            return
        path = scope["path"].removeprefix(PATH.rstrip("/"))
        if not path:
            await _send(send, scope, 301, {"location": self._base + "/"})
            return
        try:
            found = await _beside(functools.partial(self._file, path.removeprefix("/"), _is_near(scope)))
        except asyncio.CancelledError:  # the process ends, and waits no longer
            await _send(send, scope, 503, {}, b"launchrole is being stopped\n")
        except RegistryError as error:
            await _send(send, scope, 503, {}, f"{error}\n".encode())
        except Exception as fault:
            self._report(fault)
            await _send(send, scope, 500, {}, b"launchrole has failed; its output says why\n")
        else:
            if found is None:
                await _send(send, scope, 404, {}, f"there is no such feed; {self._base}/ leads to all\n".encode())
            else:
                await _send_file(send, scope, found)

    def _file(self, path: str, near: bool) -> File | None:
        """A file as it was made before, if nothing was stored since. Files are made one at a time; others wait for no
        feed of a service, for which all that is known may have to be proved first."""
        with Registry.of(self._directory) as registry:
            asked = (path, near, registry.newest)
        found = self._made.get(asked)
        if found is not None:
            return found
        with self._turn_of_services if path.startswith("services/") else self._turn:
            found = self._made.get(asked) or self._make(path, near)
            if found is not None:
                self._made[asked] = found
                if len(self._made) > _KEPT:
                    self._made.popitem(last=False)
            return found

    def _make(self, path: str, near: bool) -> File | None:
        with Registry.of(self._directory) as registry:
            keys = [one for one in registry.names() if near or "/" not in one]
            body = site.file(registry, keys, path, self._base, _MOST)
            changed = registry.changed
        if body is None:
            return None
        type = next((value for ending, value in _TYPES.items() if path.endswith(ending)), "text/html")
        return File(body, type, f'"{hashlib.sha256(body).hexdigest()[:32]}"', max(changed or _NEVER, self._started))


async def _beside(work: Callable[[], _Result]) -> _Result:
    """What a function returns or raises, from a thread of its own, which keeps no process from ending."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[_Result] = loop.create_future()

    def end(tell: Callable[[Any], None], outcome: object) -> None:
        if not future.done():
            tell(outcome)

    def run() -> None:
        try:
            ended = functools.partial(end, future.set_result, work())
        except Exception as error:
            ended = functools.partial(end, future.set_exception, error)
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(ended)

    threading.Thread(target=run, daemon=True).start()
    return await future


def _is_asked_for(scope: Mapping[str, Any]) -> bool:
    """Whether a request is for feeds, and not a call to a service: it is not signed, and names the endpoint itself."""
    if scope["method"] not in ("GET", "HEAD") or not f"{scope['path']}/".startswith(PATH):
        return False
    headers = dict(scope["headers"])
    return b"authorization" not in headers and b"Signature" not in scope["query_string"] and bool(_host(scope))


def _host(scope: Mapping[str, Any]) -> str:
    """The host that a request names, if it is an address or this machine; a bucket's or an API's name is none."""
    named = dict(scope["headers"]).get(b"host", b"").decode("latin-1").lower()
    with contextlib.suppress(ValueError):
        host = urlsplit(f"//{named}").hostname or ""
        return "127.0.0.1" if host == "localhost" else str(ipaddress.ip_address(host))
    return ""


def _is_near(scope: Mapping[str, Any]) -> bool:
    """Whether this machine asks, by a name that is this machine's alone."""
    client = (scope.get("client") or ("",))[0]
    return all(one and ipaddress.ip_address(one).is_loopback for one in (client, _host(scope)))


async def _send_file(send: Any, scope: Mapping[str, Any], file: File) -> None:
    headers = {
        "content-type": f"{file.type}; charset=utf-8",
        "etag": file.tag,
        "last-modified": format_datetime(file.changed.replace(microsecond=0), usegmt=True),
        "cache-control": "no-cache",
        "x-content-type-options": "nosniff",
    }
    await _send(send, scope, 304 if _is_known(scope, file) else 200, headers, file.body)


def _is_known(scope: Mapping[str, Any], file: File) -> bool:
    """Whether the client has the file as it is: RFC 9110, sections 13.1.2 and 13.1.3."""
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    tags = headers.get(b"if-none-match")
    if tags is not None:
        return any(one.strip().removeprefix("W/") in (file.tag, "*") for one in tags.split(","))
    with contextlib.suppress(ValueError, TypeError):
        since = parsedate_to_datetime(headers.get(b"if-modified-since", ""))
        return file.changed.replace(microsecond=0) <= since
    return False


async def _send(
    send: Any, scope: Mapping[str, Any], status: int, headers: Mapping[str, str], body: bytes = b""
) -> None:
    told = {"content-type": "text/plain; charset=utf-8", **headers}
    if status == 304:
        body = b""
    else:
        told["content-length"] = str(len(body))
    written = [(name.encode(), value.encode("latin-1")) for name, value in told.items()]
    await send({"type": "http.response.start", "status": status, "headers": written})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
