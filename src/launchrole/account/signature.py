"""AWS Signature Version 4: who a request says it is from, and whether its signature proves it.

IAM User Guide: reference_sigv-create-signed-request.html (canonical form), reference_sigv-signing-elements.html;
https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html (S3, pre-signed requests).
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote

from launchrole.account.errors import ServiceError
from launchrole.account.http import HttpRequest

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
LONGEST_PRESIGNED = 604_800
"""Seconds that a pre-signed request may be valid: a week."""

_SKEW = {"s3": timedelta(minutes=15)}
_OTHER_SKEW = timedelta(minutes=5)
_TIME = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_NO_DOUBLE_ENCODING = frozenset({"s3", "s3-object-lambda", "s3express"})


class SignatureError(ServiceError):
    """A request whose caller is not proven."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Who a request says it is from, not yet verified. `expires` is how many seconds a pre-signed request is valid."""

    access_key_id: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str
    timestamp: datetime
    expires: int | None
    session_token: str | None
    presigned: bool

    @property
    def scope(self) -> str:
        return f"{self.date}/{self.region}/{self.service}/aws4_request"


def claim(request: HttpRequest) -> Claim | None:
    """Who a request says it is from; None for an anonymous one. Raises `SignatureError` for half a signature."""
    header = request.headers.get("authorization")
    query = _query(request.query) if "X-Amz-" in request.query or "Signature=" in request.query else {}
    if header is not None:
        return _of_header(request, header)
    if "X-Amz-Algorithm" in query or "X-Amz-Signature" in query or "X-Amz-Credential" in query:
        return _of_query(query)
    if "AWSAccessKeyId" in query and "Signature" in query:
        raise _unsupported()
    return None


def _of_header(request: HttpRequest, header: str) -> Claim:
    algorithm, _, rest = header.strip().partition(" ")
    if algorithm != ALGORITHM:
        if algorithm == "AWS" or algorithm.startswith("AWS4-ECDSA"):
            raise _unsupported()
        raise SignatureError("IncompleteSignature", f"Unsupported AWS 'algorithm': '{algorithm}'.", 400)
    fields: dict[str, str] = {}
    for part in rest.split(","):
        name, equals, value = part.strip().partition("=")
        if not equals:
            raise SignatureError(
                "IncompleteSignature",
                f"'{part.strip()}' not a valid key=value pair (missing equal-sign) in Authorization header: "
                f"'{header}'.",
                400,
            )
        fields[name] = value
    missing = [name for name in ("Credential", "Signature", "SignedHeaders") if name not in fields]
    date = request.headers.get("x-amz-date") or request.headers.get("date")
    if missing or date is None:
        told = [f"Authorization header requires '{name}' parameter." for name in missing]
        if date is None:
            told.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
        raise SignatureError("IncompleteSignature", f"{' '.join(told)} Authorization={header}", 400)
    key, day, region, service = _credential(fields["Credential"])
    timestamp = _timestamp(date)
    _same_day(day, timestamp)
    headers = tuple(fields["SignedHeaders"].lower().split(";"))
    token = request.headers.get("x-amz-security-token")
    return Claim(key, day, region, service, headers, fields["Signature"], timestamp, None, token, False)


def _of_query(query: dict[str, list[str]]) -> Claim:
    def one(name: str) -> str:
        if name not in query:
            raise SignatureError(
                "AuthorizationQueryParametersError",
                "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
                "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
                400,
            )
        return query[name][0]

    if one("X-Amz-Algorithm") != ALGORITHM:
        message = 'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"'
        raise SignatureError("AuthorizationQueryParametersError", message, 400)
    key, day, region, service = _credential(one("X-Amz-Credential"))
    timestamp = _timestamp(one("X-Amz-Date"))
    _same_day(day, timestamp)
    expires: int | None = None
    if service == "s3" or "X-Amz-Expires" in query:
        text = one("X-Amz-Expires")
        if not text.isascii() or not text.isdigit() or len(text) > 9:
            message = "X-Amz-Expires should be a number"
            raise SignatureError("AuthorizationQueryParametersError", message, 400)
        expires = int(text)
        if expires > LONGEST_PRESIGNED:
            message = (
                "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less "
                "than 604800 seconds"
            )
            raise SignatureError("AuthorizationQueryParametersError", message, 400)
    token = query.get("X-Amz-Security-Token", [None])[0]
    headers = tuple(one("X-Amz-SignedHeaders").lower().split(";"))
    return Claim(key, day, region, service, headers, one("X-Amz-Signature"), timestamp, expires, token, True)


def _credential(text: str) -> tuple[str, str, str, str]:
    parts = text.split("/")
    if len(parts) != 5:
        raise SignatureError(
            "IncompleteSignature",
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
            f"got '{text}'",
            400,
        )
    key, day, region, service, end = parts
    if end != "aws4_request":
        message = f"Credential should be scoped with a valid terminator: 'aws4_request', not '{end}'."
        raise SignatureError("SignatureDoesNotMatch", message, 403)
    return key, day, region, service


def _timestamp(text: str) -> datetime:
    if _TIME.fullmatch(text):
        try:
            # spelled out: strptime takes twenty times as long, and this is done for every request
            day = (int(text[:4]), int(text[4:6]), int(text[6:8]))
            return datetime(*day, int(text[9:11]), int(text[11:13]), int(text[13:15]), tzinfo=UTC)
        except ValueError:
            pass
    try:
        return datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    except ValueError:
        message = f"Date must be in ISO-8601 'basic format'. Got '{text}'. See http://en.wikipedia.org/wiki/ISO_8601"
        raise SignatureError("IncompleteSignature", message, 400) from None


def _same_day(day: str, timestamp: datetime) -> None:
    written = timestamp.strftime("%Y%m%d")
    if day != written:
        message = (
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{day}' != '{written}', from '{timestamp:%Y%m%dT%H%M%SZ}'."
        )
        raise SignatureError("SignatureDoesNotMatch", message, 403)


def _unsupported() -> SignatureError:
    return SignatureError(
        "InvalidRequest",
        "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
        400,
    )


def verify(request: HttpRequest, claimed: Claim, secret: str, now: datetime) -> HttpRequest:
    """The request, its body decoded, if the secret has signed it and the clock allows it. Raises `SignatureError`."""
    from launchrole.account import chunked

    _in_time(claimed, now)
    if "host" not in claimed.signed_headers:
        raise SignatureError(
            "SignatureDoesNotMatch", "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.", 403
        )
    if claimed.service == "s3":
        _all_signed(request, claimed)
    payload = request.headers.get("x-amz-content-sha256")
    if payload is None:
        is_unsigned = claimed.presigned and claimed.service in _NO_DOUBLE_ENCODING
        payload = UNSIGNED if is_unsigned else hashlib.sha256(request.body).hexdigest()
    elif payload not in chunked.MARKS:
        if payload == UNSIGNED:
            if (
                claimed.service != "s3"
                and not claimed.presigned
                and request.body
                and claimed.service not in _MAY_BE_UNSIGNED
            ):
                raise mismatch(claimed.service)
        elif not _is_digest(payload, request.body):
            if claimed.service == "s3":
                message = "The provided 'x-amz-content-sha256' header does not match what was computed."
                raise SignatureError("XAmzContentSHA256Mismatch", message, 400)
            raise mismatch(claimed.service)
    canonical = _canonical(request, claimed, payload)
    timestamp = claimed.timestamp.strftime("%Y%m%dT%H%M%SZ")
    digest = hashlib.sha256(canonical.encode("latin-1", "replace")).hexdigest()
    to_sign = f"{ALGORITHM}\n{timestamp}\n{claimed.scope}\n{digest}"
    key = signing_key(secret, claimed.date, claimed.region, claimed.service)
    expected = hmac.new(key, to_sign.encode("latin-1", "replace"), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), claimed.signature.encode("utf-8", "replace")):
        raise mismatch(claimed.service)
    if payload in chunked.MARKS:
        return chunked.decode(request, payload, key, timestamp, claimed.scope, claimed.signature)
    return request


def _is_digest(text: str, body: bytes) -> bool:
    return hmac.compare_digest(text.encode("utf-8", "replace"), hashlib.sha256(body).hexdigest().encode())


_MAY_BE_UNSIGNED = frozenset({"glacier", "lambda", "polly", "transcribe", "mediastore", "lex", "s3-outposts"})
"""Services besides S3 with operations that AWS lets clients send with an unsigned body (Smithy: unsignedPayload)."""


def decode_unsigned(request: HttpRequest) -> HttpRequest:
    """An anonymous request with its body decoded. Raises `SignatureError`."""
    from launchrole.account import chunked

    payload = request.headers.get("x-amz-content-sha256", "")
    return chunked.decode_unsigned(request) if payload == chunked.UNSIGNED_TRAILER else request


@functools.lru_cache(maxsize=1024)
def signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    """The key that signs a day's requests to a service in a region."""
    key = f"AWS4{secret}".encode("utf-8", "replace")
    for text in (date, region, service, "aws4_request"):
        key = hmac.new(key, text.encode("utf-8", "replace"), hashlib.sha256).digest()
    return key


def _in_time(claimed: Claim, now: datetime) -> None:
    """Clock skew and expiry."""
    stamp = f"{claimed.timestamp:%Y%m%dT%H%M%SZ}"
    if claimed.expires is not None:
        if claimed.timestamp - timedelta(minutes=15) > now:
            raise SignatureError("AccessDenied", "Request is not valid yet", 403)
        if claimed.timestamp + timedelta(seconds=claimed.expires) < now:
            until = claimed.timestamp + timedelta(seconds=claimed.expires)
            fields = {
                "X-Amz-Expires": str(claimed.expires),
                "Expires": f"{until:%Y-%m-%dT%H:%M:%SZ}",
                "ServerTime": f"{now:%Y-%m-%dT%H:%M:%SZ}",
            }
            raise SignatureError("AccessDenied", "Request has expired", 403, fields=fields)
        return
    if claimed.service == "s3":
        if abs(now - claimed.timestamp) > _SKEW["s3"]:
            fields = {
                "RequestTime": stamp,
                "ServerTime": f"{now:%Y-%m-%dT%H:%M:%SZ}",
                "MaxAllowedSkewMilliseconds": "900000",
            }
            message = "The difference between the request time and the current time is too large."
            raise SignatureError("RequestTimeTooSkewed", message, 403, fields=fields)
        return
    here = f"{now:%Y%m%dT%H%M%SZ}"
    if claimed.timestamp < now - _OTHER_SKEW:
        message = f"Signature expired: {stamp} is now earlier than {now - _OTHER_SKEW:%Y%m%dT%H%M%SZ} ({here} - 5 min.)"
        raise SignatureError("SignatureDoesNotMatch", message, 403)
    if claimed.timestamp > now + _OTHER_SKEW:
        latest = f"{now + _OTHER_SKEW:%Y%m%dT%H%M%SZ}"
        message = f"Signature not yet current: {stamp} is still later than {latest} ({here} + 5 min.)"
        raise SignatureError("SignatureDoesNotMatch", message, 403)


def _all_signed(request: HttpRequest, claimed: Claim) -> None:
    """S3 wants every x-amz- header signed."""
    unsigned = [
        name
        for name in request.headers
        if name.startswith("x-amz-") and name not in claimed.signed_headers and name != "x-amz-content-sha256"
    ]
    if unsigned:
        raise SignatureError(
            "AccessDenied",
            "There were headers present in the request which were not signed",
            403,
            fields={"HeadersNotSigned": ", ".join(unsigned)},
        )


def mismatch(service: str) -> SignatureError:
    """Signed with another secret than the key's, or signed something else."""
    if service == "s3":
        message = (
            "The request signature we calculated does not match the signature you provided. Check your key and signing "
            "method."
        )
    else:
        message = (
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
            "Access Key and signing method. Consult the service documentation for details."
        )
    return SignatureError("SignatureDoesNotMatch", message, 403)


def _canonical(request: HttpRequest, claimed: Claim, payload: str) -> str:
    headers = "".join(f"{name}:{_squeezed(request.headers.get(name, ''))}\n" for name in claimed.signed_headers)
    return "\n".join(
        (
            request.method,
            _canonical_path(request.path, claimed.service),
            _canonical_query(request.query, presigned=claimed.presigned),
            headers,
            ";".join(claimed.signed_headers),
            payload,
        )
    )


def _squeezed(value: str) -> str:
    return " ".join(value.split())


@functools.lru_cache(maxsize=1024)
def _canonical_path(path: str, service: str) -> str:
    """S3's path is what was sent; others' are without dot segments and empty ones, and encoded once more."""
    if service in _NO_DOUBLE_ENCODING:
        return quote(path, safe="/-_.~%", encoding="latin-1", errors="replace") or "/"
    if path == "/":
        return "/"
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    normal = "/" + "/".join(kept) + ("/" if path.endswith("/") and kept else "")
    return quote(normal, safe="/-_.~", encoding="latin-1", errors="replace")


def _canonical_query(query: str, *, presigned: bool) -> str:
    if not query:
        return ""
    pairs = []
    for part in query.split("&"):
        if not part:
            continue
        name, _, value = part.partition("=")
        if presigned and name == "X-Amz-Signature":
            continue
        pairs.append((_again(name), _again(value)))
    pairs.sort()
    return "&".join(f"{name}={value}" for name, value in pairs)


def _again(text: str) -> str:
    """Encoded in the one way that signatures know, however it was encoded before."""
    plain = unquote(text.replace("+", " "), encoding="latin-1") if "+" in text or "%" in text else text
    return quote(plain, safe="-_.~", encoding="latin-1", errors="replace")


def _query(query: str) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for part in query.split("&"):
        name, _, value = part.partition("=")
        values.setdefault(unquote(name), []).append(unquote(value))
    return values


def wrong_scope(claimed: Claim, service: str, region: str) -> SignatureError | None:
    """The error for a signature that is for another service or region than the request goes to; None if it fits."""
    if claimed.service != service:
        return SignatureError(
            "SignatureDoesNotMatch", f"Credential should be scoped to correct service: '{service}'.", 403
        )
    if claimed.region != region or not region:
        return SignatureError("SignatureDoesNotMatch", "Credential should be scoped to a valid region.", 403)
    return None


_JSON_CODES = {
    "SignatureDoesNotMatch": "InvalidSignatureException",
    "IncompleteSignature": "IncompleteSignatureException",
    "InvalidClientTokenId": "UnrecognizedClientException",
    "ExpiredToken": "ExpiredTokenException",
    "MissingAuthenticationToken": "MissingAuthenticationTokenException",
}
_EC2_CODES = {"SignatureDoesNotMatch": "AuthFailure", "InvalidClientTokenId": "AuthFailure"}


def for_protocol(problem: ServiceError, protocol: str) -> ServiceError:
    """An error by the name that a protocol gives it."""
    if protocol in ("json", "rest-json"):
        code = _JSON_CODES.get(problem.code)
        return problem if code is None else SignatureError(code, problem.message, 400 if protocol == "json" else 403)
    if protocol == "ec2" and problem.code in _EC2_CODES:
        return SignatureError(_EC2_CODES[problem.code], _EC2_MESSAGE, 401)
    return problem


_EC2_MESSAGE = "AWS was not able to validate the provided access credentials"


def unknown_key(family: str) -> ServiceError:
    """No such access key, or one that is not active."""
    if family == "s3":
        message = "The AWS Access Key Id you provided does not exist in our records."
        return SignatureError("InvalidAccessKeyId", message, 403)
    message = "The security token included in the request is invalid."
    return for_protocol(SignatureError("InvalidClientTokenId", message, 403), family)


def invalid_token(family: str) -> ServiceError:
    """The session token is not the one that belongs to the key."""
    if family == "s3":
        return SignatureError("InvalidToken", "The provided token is malformed or otherwise invalid.", 400)
    return unknown_key(family)


def expired_token(family: str) -> ServiceError:
    """The session is over."""
    if family == "s3":
        return SignatureError("ExpiredToken", "The provided token has expired.", 400)
    message = "The security token included in the request is expired"
    return for_protocol(SignatureError("ExpiredToken", message, 403), family)
