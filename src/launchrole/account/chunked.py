"""Bodies in chunks, as S3 clients send them: each chunk signed, or unsigned with trailing checksums.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and sigv4-streaming-trailers.html
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import zlib
from collections.abc import Callable, Mapping

from launchrole.account.errors import ServiceError
from launchrole.account.http import HttpRequest

SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
MARKS = frozenset({SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER})
"""Values of x-amz-content-sha256 that say that the body is in chunks."""

_EMPTY = hashlib.sha256(b"").hexdigest()
_LONGEST_LINE = 16_384


def decode(request: HttpRequest, mark: str, key: bytes, timestamp: str, scope: str, seed_signature: str) -> HttpRequest:
    """The request with its plain body, each chunk's signature verified where they are signed. Raises ServiceError."""
    if mark == UNSIGNED_TRAILER:
        return decode_unsigned(request)

    def sign(kind: str, previous: str, *parts: str) -> str:
        text = "\n".join((kind, timestamp, scope, previous, *parts))
        return hmac.new(key, text.encode("latin-1", "replace"), hashlib.sha256).hexdigest()

    reader = _Reader(request.body)
    previous = seed_signature
    chunks: list[bytes] = []
    while True:
        size, signature = reader.chunk_head()
        if signature is None:
            raise _malformed()
        chunk = reader.take(size)
        digest = hashlib.sha256(chunk).hexdigest()
        previous = sign("AWS4-HMAC-SHA256-PAYLOAD", previous, _EMPTY, digest)
        _same(previous, signature)
        chunks.append(chunk)
        if size == 0:
            break
        reader.end_of_chunk()
    trailers = reader.trailers() if mark == SIGNED_TRAILER else {}
    if mark == SIGNED_TRAILER:
        given = trailers.pop("x-amz-trailer-signature", "")
        text = "".join(f"{name}:{value}\n" for name, value in sorted(trailers.items()))
        _same(sign("AWS4-HMAC-SHA256-TRAILER", previous, hashlib.sha256(text.encode()).hexdigest()), given)
    return _plain(request, b"".join(chunks), trailers)


def decode_unsigned(request: HttpRequest) -> HttpRequest:
    """The request with its plain body; the checksums behind it must be right. Raises ServiceError."""
    reader = _Reader(request.body)
    chunks: list[bytes] = []
    while True:
        size, _ = reader.chunk_head()
        if size == 0:
            break
        chunks.append(reader.take(size))
        reader.end_of_chunk()
    return _plain(request, b"".join(chunks), reader.trailers())


def _plain(request: HttpRequest, body: bytes, trailers: Mapping[str, str]) -> HttpRequest:
    """A request as if it had come whole."""
    told = request.headers.get("x-amz-decoded-content-length", "")
    if told and (not told.isascii() or not told.isdigit() or int(told[:19]) != len(body)):
        raise ServiceError(
            "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header", 400
        )
    headers = dict(request.headers)
    for name in ("x-amz-decoded-content-length", "x-amz-trailer", "transfer-encoding"):
        headers.pop(name, None)
    encodings = [one.strip() for one in headers.pop("content-encoding", "").split(",")]
    kept = [one for one in encodings if one and one != "aws-chunked"]
    if kept:
        headers["content-encoding"] = ",".join(kept)
    headers["content-length"] = str(len(body))
    for name, value in trailers.items():
        _check(name, value, body)
        headers[name] = value
    return HttpRequest(request.method, request.path, request.query, headers, body, request.secure, request.source_ip)


class _Reader:
    """A body in chunks, from its beginning to its end."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    def line(self) -> bytes:
        end = self._body.find(b"\r\n", self._at, self._at + _LONGEST_LINE)
        if end < 0:
            raise _malformed()
        line = self._body[self._at : end]
        self._at = end + 2
        return line

    def chunk_head(self) -> tuple[int, str | None]:
        """The size of the next chunk and its signature, if it has one."""
        head, _, extension = self.line().partition(b";")
        if not head or len(head) > 16 or any(byte not in b"0123456789abcdefABCDEF" for byte in head):
            raise _malformed()
        name, _, value = extension.partition(b"=")
        return int(head, 16), value.decode("latin-1") if name == b"chunk-signature" else None

    def take(self, size: int) -> bytes:
        chunk = self._body[self._at : self._at + size]
        if len(chunk) != size:
            raise _malformed()
        self._at += size
        return chunk

    def end_of_chunk(self) -> None:
        if self.take(2) != b"\r\n":
            raise _malformed()

    def trailers(self) -> dict[str, str]:
        found: dict[str, str] = {}
        while self._at < len(self._body):
            line = self.line()
            if not line:
                break
            name, colon, value = line.decode("latin-1").partition(":")
            if not colon or not (
                name.lower().startswith("x-amz-checksum-") or name.lower() == "x-amz-trailer-signature"
            ):
                raise _malformed()
            found[name.lower().strip()] = value.strip()
        return found


def _malformed() -> ServiceError:
    return ServiceError("IncompleteBody", "The request body terminated unexpectedly", 400)


def _same(expected: str, given: str) -> None:
    if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace")):
        raise ServiceError(
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. Check your key and signing "
            "method.",
            403,
        )


@functools.cache
def _crc_table(polynomial: int, bits: int) -> tuple[int, ...]:
    table = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = (value >> 1) ^ polynomial if value & 1 else value >> 1
        table.append(value & ((1 << bits) - 1))
    return tuple(table)


def _crc(polynomial: int, bits: int) -> Callable[[bytes], bytes]:
    """A reflected cyclic redundancy check with all bits set before and inverted after."""
    mask = (1 << bits) - 1

    def checksum(body: bytes) -> bytes:
        table = _crc_table(polynomial, bits)
        value = mask
        for byte in body:
            value = table[(value ^ byte) & 0xFF] ^ (value >> 8)
        return (value ^ mask).to_bytes(bits // 8)

    return checksum


_CHECKSUMS: Mapping[str, Callable[[bytes], bytes]] = {
    "x-amz-checksum-crc32": lambda body: zlib.crc32(body).to_bytes(4),
    "x-amz-checksum-crc32c": _crc(0x82F63B78, 32),
    "x-amz-checksum-crc64nvme": _crc(0x9A6C9329AC4BC9B5, 64),
    "x-amz-checksum-sha1": lambda body: hashlib.sha1(body, usedforsecurity=False).digest(),
    "x-amz-checksum-sha256": lambda body: hashlib.sha256(body).digest(),
}
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html"""


def _check(name: str, value: str, body: bytes) -> None:
    checksum = _CHECKSUMS.get(name)
    if checksum is None:
        raise ServiceError(
            "InvalidRequest", f"The value specified in the x-amz-trailer header is not supported: {name}", 400
        )
    if base64.b64encode(checksum(body)).decode() != value:
        algorithm = name.removeprefix("x-amz-checksum-").upper()
        raise ServiceError("BadDigest", f"The {algorithm} you specified did not match the calculated checksum.", 400)
