"""HTTP requests and responses as the door sees them, whether they came through a socket or from a client in process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request, nothing decoded.

    `path` and `query` are as they were sent, percent-encoded, `query` without its question mark. The names of `headers`
    are in lower case; where a header came several times its values are joined by a comma. `secure` says whether the
    client believes to speak TLS (aws:SecureTransport); `source_ip` is the client's address (aws:SourceIp).
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    secure: bool = False
    source_ip: str = "127.0.0.1"

    @classmethod
    def of(
        cls, method: str, url: str, headers: Iterable[tuple[str, str]] | Mapping[str, str] = (), body: bytes = b""
    ) -> HttpRequest:
        """A request for a whole URL; the Host header is the URL's where none is given."""
        parts = urlsplit(url)
        pairs = headers.items() if isinstance(headers, Mapping) else headers
        joined = join_headers(pairs)
        joined.setdefault("host", parts.netloc)
        return cls(method, parts.path or "/", parts.query, joined, body, parts.scheme == "https")

    def with_body(self, body: bytes) -> HttpRequest:
        return replace(self, body=body)


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A response; the names of `headers` are as they are sent. `begun` are the ids of the jobs that the call began."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    begun: tuple[str, ...] = ()


def join_headers(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Headers by their names in lower case, repeated ones joined by a comma (RFC 9110, 5.3)."""
    joined: dict[str, str] = {}
    for name, value in pairs:
        name = name.lower()
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined
