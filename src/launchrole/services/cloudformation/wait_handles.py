"""The URLs of wait condition handles: what has to be waited for sends its signals there.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-waitcondition.html. As on AWS a URL names an
object in a bucket of CloudFormation's and holds what proves that whoever has it may signal: here a secret of its own.
"""

from __future__ import annotations

import hmac
import json
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from launchrole.account.errors import ServiceError
from launchrole.account.rows import Rows
from launchrole.account.service import Visit
from launchrole.services.cloudformation.service import cloudformation

_BUCKET = "cloudformation-waitcondition-"
_STATUSES = ("SUCCESS", "FAILURE")


@dataclass(frozen=True)
class Handle:
    """A handle: its stack's id and its logical id."""

    stack_id: str
    logical_id: str

    @property
    def row(self) -> str:
        """Its key among the rows; those of its signals begin with it and a slash."""
        return f"{self.stack_id.rpartition('/')[2]}/{self.logical_id}"

    @property
    def region(self) -> str:
        return self.stack_id.split(":")[3]

    @property
    def account(self) -> str:
        return self.stack_id.split(":")[4]


def url(rows: Rows, handle: Handle, endpoint: str | None) -> str:
    """The URL of a handle, the same whenever it is asked for. It leads to `endpoint`, or where on AWS it would."""
    kept = rows.get("handle", handle.row)
    if kept is None:
        kept = {"secret": secrets.token_urlsafe(32)}
        rows.put("handle", handle.row, kept)
    bucket = f"{_BUCKET}{handle.region}"
    where = f"https://{bucket}.s3.{handle.region}.amazonaws.com" if endpoint is None else f"{endpoint}/{bucket}"
    key = f"{quote(handle.stack_id.partition('/')[0], safe='')}/{handle.stack_id.partition('/')[2]}"
    return f"{where}/{key}/{handle.logical_id}?{urlencode({'Signature': kept['secret']})}"


def of_url(text: str) -> Handle | None:
    """The handle that a URL is of, whether or not there is one; None for what is no such URL."""
    parts = urlsplit(text)
    if not parse_qs(parts.query).get("Signature"):
        return None
    key = unquote(parts.path)
    return _of_key(key[key.find("arn:") :] if "arn:" in key else "")


def _of_key(key: str) -> Handle | None:
    stack_id, _, logical_id = key.rpartition("/")
    if stack_id.count("/") != 2 or stack_id.count(":") != 5 or not logical_id:
        return None
    return Handle(stack_id, logical_id)


def forget(rows: Rows, handle: Handle) -> None:
    """Let a handle's URL lead nowhere any more."""
    rows.delete("handle", handle.row)
    for key, _ in list(rows.all("signal", f"{handle.row}/")):
        rows.delete("signal", key)


@cloudformation.url(r"cloudformation-waitcondition-[a-z0-9-]+")
def signal(visit: Visit) -> None:
    """Take a signal. Raises `ServiceError`: SignatureDoesNotMatch, and MalformedSignal for a body that is none (S3
    would take it, and the wait condition would fail)."""
    handle = _of_key(visit.key)
    given = visit.query.get("Signature", "")
    rows, kept = visit.rows, None
    if handle is not None and visit.bucket == f"{_BUCKET}{handle.region}":
        rows = visit.rows.of(account=handle.account, region=handle.region)
        kept = rows.get("handle", handle.row)
    if handle is None or kept is None or not hmac.compare_digest(kept["secret"].encode(), given.encode()):
        raise ServiceError(
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. "
            "Check your key and signing method.",
            403,
        )
    found = _signal(visit.body)
    rows.put("signal", f"{handle.row}/{found['UniqueId']}", {**found, "at": visit.now.timestamp()})


def _signal(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
        json.dumps(found, ensure_ascii=False).encode()  # escapes can spell half a character, which is no text
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or found.get("Status") not in _STATUSES or not found.get("UniqueId"):
        raise ServiceError(
            "MalformedSignal",
            "A signal to a wait condition handle is a JSON object with Status (SUCCESS or FAILURE), UniqueId, Reason "
            "and Data",
        )
    return {name: str(found.get(name, "")) for name in ("Status", "UniqueId", "Reason", "Data")}
