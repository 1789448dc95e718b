"""URLs that prove by themselves what may be done with them: AWS services hand them out as presigned URLs of S3.

A service of ours registers a function for the buckets that its URLs name (`Service.url`). A request without a signature
of its own that puts something there comes to that function and nowhere else: it can reach no other service and no
object, and the function answers for its secret only. Its decision is stored like any other: no policy has a say in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

from launchrole.account import decisions
from launchrole.account.course import Course
from launchrole.account.http import HttpRequest, HttpResponse
from launchrole.account.rows import Rows
from launchrole.account.service import Service, Visit
from launchrole.account.wire.request import S3_HOST
from launchrole.policy.principal import ANONYMOUS
from launchrole.policy.request import Request

if TYPE_CHECKING:
    from launchrole.account.gateway import Gateway

_SIGNED_OTHERWISE = frozenset({"X-Amz-Signature", "X-Amz-Credential"})


@dataclass(frozen=True, slots=True)
class Entrance:
    """Where such a request goes: the service, its function, the bucket and the key that the URL names."""

    service: Service
    function: Callable[[Visit], None]
    bucket: str
    key: str
    query: Mapping[str, str]


def entrance(services: Mapping[str, Service], request: HttpRequest) -> Entrance | None:
    """Where a request goes that needs no signature; None for all others."""
    if request.method != "PUT" or "authorization" in request.headers or "Signature=" not in request.query:
        return None
    host = S3_HOST.match(request.headers.get("host", "").partition(":")[0])
    bucket, path = (None if host is None else host["bucket"]), request.path.removeprefix("/")
    if bucket is None:
        bucket, _, path = path.partition("/")
    query = dict(parse_qsl(request.query))
    if _SIGNED_OTHERWISE & set(query):
        return None
    for service in services.values():
        for pattern, function in service.urls.items():
            if pattern.fullmatch(bucket):
                return Entrance(service, function, bucket, unquote(path), query)
    return None


def enter(gateway: Gateway, found: Entrance, request: HttpRequest, course: Course) -> HttpResponse:
    """Let such a request in. Raises `ServiceError` where its URL proves nothing."""
    course.protocol, course.service, course.operation, course.caller = "rest-xml", "s3", "PutObject", ANONYMOUS
    instant = datetime.fromtimestamp(course.instant, UTC)
    with gateway.store.transaction() as connection:
        rows = Rows(connection, gateway.account, "us-east-1", found.service.name)
        found.function(Visit(found.bucket, found.key, found.query, request.body, instant, rows))
        asked = Request(ANONYMOUS, "s3:PutObject", f"arn:aws:s3:::{found.bucket}/{found.key}", None)
        decisions.record_free(
            connection, asked, request=course.request_id, instant=course.instant, operation=asked.action
        )
    course.verdict = "allowed"
    gateway.workers.signal()
    return HttpResponse(200, {"Content-Length": "0"})
