"""Entries posted to a webhook, as JSON.

`text` is what chat tools show (Slack: https://docs.slack.dev/tools/java-slack-sdk/guides/incoming-webhooks; `&`, `<`
and `>` are escaped as https://api.slack.com/docs/message-formatting wants it), the rest is for programs. The URL of a
webhook is a secret: whoever has it may post. What is said here has no more of it than scheme, host and port.
"""

from __future__ import annotations

import html
import http.client
import ipaddress
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import urlsplit

from launchrole.policy.errors import printable
from launchrole.registry.entries import Entry
from launchrole.registry.errors import RegistryError

_WAITS = (1.0, 2.0, 4.0, 8.0)
"""Seconds between two tries, where the receiver does not say how long to wait."""

_LONGEST_WAIT = 60.0
_TIMEOUT = 15.0


def as_dict(entry: Entry) -> dict[str, object]:
    """An entry as JSON has it. `moment` is in ISO 8601; `html` says what was proved."""
    line = f"{entry.title} {entry.link}" if entry.link else entry.title
    return {
        "text": html.escape(line, quote=False),
        "id": entry.id,
        "title": entry.title,
        "policy": entry.policy,
        "categories": list(entry.categories),
        "removes": entry.removes,
        "moment": entry.moment.isoformat() if entry.moment else None,
        "link": entry.link,
        "html": entry.body,
    }


class Webhook:
    """A webhook: a URL of https, or of http on this machine. `shown` is what may be said of it.

    Raises RegistryError for another URL.
    """

    def __init__(self, url: str, sleep: Callable[[float], object] = time.sleep) -> None:
        self._url = url
        self._sleep = sleep
        self.shown, is_local = _checked(url)
        more = [urllib.request.ProxyHandler({})] if is_local else []
        self._opener = urllib.request.build_opener(_NoRedirect, *more)

    def post(self, entry: Entry) -> None:
        """Post an entry, and wait until it was taken: an answer of 2xx.

        Answers of 429 and 5xx and connections that fail are tried again, after as many seconds as Retry-After says, up
        to a minute. Raises RegistryError.
        """
        body = json.dumps(as_dict(entry)).encode()
        for wait in (*_WAITS, None):
            failure, after = self._tried(body)
            if failure is None:
                return
            if wait is None or after is None:
                raise RegistryError(f"{self.shown}: {failure}")
            self._sleep(min(max(after, wait), _LONGEST_WAIT))

    def _tried(self, body: bytes) -> tuple[str | None, float | None]:
        """What went wrong, if something did, and the least number of seconds to wait before trying again; None where
        there is no use in that."""
        headers = {"Content-Type": "application/json", "User-Agent": "launchrole"}
        request = urllib.request.Request(self._url, body, headers, method="POST")
        try:
            with self._opener.open(request, timeout=_TIMEOUT):
                return None, None
        except urllib.error.HTTPError as error:
            with error:
                return _refusal(error.code), _wait(error)
        except (OSError, http.client.HTTPException) as error:  # URLError is an OSError
            reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or type(error).__name__
            return f"the webhook cannot be reached ({printable(str(reason))})", 0.0


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """urllib would follow with a GET, which delivers nothing."""

    def redirect_request(self, *_: object) -> None:
        return None


def _refusal(code: int) -> str:
    phrase = HTTPStatus(code).phrase if code in HTTPStatus._value2member_map_ else "an answer of no known meaning"
    told = f"the webhook answers {code} ({phrase})"
    if 300 <= code < 400:
        return f"{told}; give the URL to which it leads"
    return f"{told}; see whether its URL is right, and what the receiver wants" if code < 500 else told


def _wait(error: urllib.error.HTTPError) -> float | None:
    """RFC 9110, 10.2.3: seconds, or a date."""
    if error.code != HTTPStatus.TOO_MANY_REQUESTS and error.code < 500:
        return None
    text = error.headers.get("Retry-After", "")
    if text.isdecimal():
        return float(text[:9])
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    return (when.replace(tzinfo=when.tzinfo or UTC) - datetime.now(UTC)).total_seconds()


def _checked(url: str) -> tuple[str, bool]:
    """Scheme and host of a URL, and whether it is of this machine. Raises RegistryError."""
    if not url.isascii() or not url.isprintable() or " " in url:
        raise RegistryError("the URL of the webhook has characters that URLs have not; write them as %20 and so on")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        host.encode("idna")  # as connecting does: no part of the name is empty or too long
    except ValueError:
        raise RegistryError("the webhook is no URL; write one like https://hooks.example.com/...") from None
    if parts.scheme not in ("http", "https") or not host:
        raise RegistryError("the webhook is no URL; write one like https://hooks.example.com/...")
    if "@" in parts.netloc:
        raise RegistryError(f"{parts.scheme}://{host}: write the URL of the webhook without a user and a password")
    shown = f"{parts.scheme}://[{host}]" if ":" in host else f"{parts.scheme}://{host}"
    is_local = _is_local(host)
    if parts.scheme == "http" and not is_local:
        raise RegistryError(f"{shown}: over http anybody could read the webhook's URL, a secret; use https")
    return (f"{shown}:{port}" if port else shown), parts.scheme == "http"


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
