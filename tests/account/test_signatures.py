"""Signatures: what botocore signs is accepted, what anybody changes is not; chunked bodies; AWS' own examples."""

import base64
import hashlib
import hmac
import zlib
from datetime import UTC, datetime, timedelta

import botocore.session
import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from launchrole.account import chunked
from launchrole.account.errors import ServiceError
from launchrole.account.http import HttpRequest
from launchrole.account.signature import (
    SignatureError,
    claim,
    decode_unsigned,
    for_protocol,
    signing_key,
    verify,
    wrong_scope,
)

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
KEYS = Credentials("AKIAIOSFODNN7EXAMPLE", SECRET, "a+token/==")
TEXT = st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=0x24F), min_size=1, max_size=12)


def sent(request):
    headers = {name: str(value) for name, value in request.headers.items()}
    prepared = request.prepare()
    return HttpRequest.of(prepared.method, prepared.url, headers, prepared.body or b"")


@settings(deadline=None, max_examples=150)
@given(
    st.sampled_from([("s3", S3SigV4Auth), ("s3", S3SigV4QueryAuth), ("iam", SigV4Auth), ("lambda", SigV4QueryAuth)]),
    st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    st.lists(TEXT, max_size=4),
    st.dictionaries(TEXT, TEXT, max_size=4),
    st.dictionaries(
        st.sampled_from(["x-amz-meta-a", "content-type", "x-other"]), st.text("ab c\t", max_size=8), max_size=3
    ),
    st.binary(max_size=40),
)
def test_what_botocore_signs_is_accepted(kind, method, path, query, headers, body):
    from urllib.parse import quote, urlencode

    service, signer = kind
    body = body if signer in (S3SigV4Auth, SigV4Auth) else b""  # botocore takes a query's body for a form
    url = f"https://{service}.us-east-1.amazonaws.com/" + "/".join(quote(one, safe="") for one in path)
    if query:
        url += "?" + urlencode(query)
    request = AWSRequest(method, url, dict(headers), body)
    signer(KEYS, service, "us-east-1").add_auth(request)
    got = sent(request)
    found = claim(got)
    now = datetime.now(UTC)
    assert (found.access_key_id, found.service, found.region) == (KEYS.access_key, service, "us-east-1")
    assert found.session_token == KEYS.token
    assert verify(got, found, SECRET, now).body == body
    with pytest.raises(SignatureError):
        verify(got, found, SECRET + "x", now)
    other = HttpRequest(got.method, got.path + "x", got.query, got.headers, got.body)
    with pytest.raises(SignatureError):
        verify(other, found, SECRET, now)


def test_the_example_of_the_s3_documentation():
    """https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, GET Object"""
    empty = hashlib.sha256(b"").hexdigest()
    request = HttpRequest.of(
        "GET",
        "https://examplebucket.s3.amazonaws.com/test.txt",
        {
            "Host": "examplebucket.s3.amazonaws.com",
            "Range": "bytes=0-9",
            "x-amz-content-sha256": empty,
            "x-amz-date": "20130524T000000Z",
            "Authorization": "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        },
    )
    secret = SECRET.replace("+", "/")  # the S3 pages' example key differs from IAM's in this one character
    verify(request, claim(request), secret, datetime(2013, 5, 24, tzinfo=UTC))


def streamed(chunks, mark=chunked.SIGNED, trailer=None, spoil=False):
    """A body in signed chunks, as https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html makes it."""
    now = datetime.now(UTC)
    stamp, scope = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d/us-east-1/s3/aws4_request")
    size = sum(map(len, chunks))
    headers = {
        "host": "s3.amazonaws.com",
        "x-amz-content-sha256": mark,
        "x-amz-decoded-content-length": str(size),
        "content-encoding": "aws-chunked,gzip",
        "x-amz-date": stamp,
    }
    names = ";".join(sorted(headers))
    canonical = (
        "PUT\n/bucket/key\n\n" + "".join(f"{name}:{headers[name]}\n" for name in sorted(headers)) + f"\n{names}\n{mark}"
    )
    key = signing_key(SECRET, now.strftime("%Y%m%d"), "us-east-1", "s3")

    def sign(text):
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()

    seed = sign(f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}")
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={KEYS.access_key}/{scope}, SignedHeaders={names}, Signature={seed}"
    )
    body, previous, empty = b"", seed, hashlib.sha256(b"").hexdigest()
    for chunk in [*chunks, b""]:
        digest = hashlib.sha256(chunk).hexdigest()
        previous = sign(f"AWS4-HMAC-SHA256-PAYLOAD\n{stamp}\n{scope}\n{previous}\n{empty}\n{digest}")
        shown = previous[:-1] + "g" if spoil else previous
        body += f"{len(chunk):x};chunk-signature={shown}\r\n".encode() + chunk + (b"\r\n" if chunk else b"")
    if trailer is not None:
        text = "".join(f"{name}:{value}\n" for name, value in trailer.items())
        digest = hashlib.sha256(text.encode()).hexdigest()
        signature = sign(f"AWS4-HMAC-SHA256-TRAILER\n{stamp}\n{scope}\n{previous}\n{digest}")
        body += "".join(f"{name}:{value}\r\n" for name, value in trailer.items()).encode()
        body += f"x-amz-trailer-signature:{signature}\r\n".encode()
    return HttpRequest("PUT", "/bucket/key", "", headers, body + b"\r\n")


def test_signed_chunks():
    request = streamed([b"hello ", b"world"])
    plain = verify(request, claim(request), SECRET, datetime.now(UTC))
    assert (plain.body, plain.headers["content-encoding"]) == (b"hello world", "gzip")
    assert "x-amz-decoded-content-length" not in plain.headers
    spoiled = streamed([b"hello"], spoil=True)
    with pytest.raises(ServiceError, match="SignatureDoesNotMatch"):
        verify(spoiled, claim(spoiled), SECRET, datetime.now(UTC))
    unsigned = request.with_body(b"0\r\n\r\n")
    with pytest.raises(ServiceError, match="IncompleteBody"):
        verify(unsigned, claim(request), SECRET, datetime.now(UTC))


def test_signed_trailers():
    crc = base64.b64encode(zlib.crc32(b"hello").to_bytes(4)).decode()
    request = streamed([b"hello"], chunked.SIGNED_TRAILER, {"x-amz-checksum-crc32": crc})
    plain = verify(request, claim(request), SECRET, datetime.now(UTC))
    assert plain.headers["x-amz-checksum-crc32"] == crc
    changed = request.with_body(request.body.replace(b"x-amz-trailer-signature:", b"x-amz-trailer-signature:0"))
    with pytest.raises(ServiceError, match="SignatureDoesNotMatch"):
        verify(changed, claim(request), SECRET, datetime.now(UTC))


# check values of "123456789": https://reveng.sourceforge.io/crc-catalogue/all.htm and the standards' own digests
CHECKSUMS = {
    "crc32": (0xCBF43926).to_bytes(4),
    "crc32c": (0xE3069283).to_bytes(4),
    "crc64nvme": (0xAE8B14860A799888).to_bytes(8),
    "sha1": hashlib.sha1(b"123456789").digest(),
    "sha256": hashlib.sha256(b"123456789").digest(),
}


def unsigned(body, **headers):
    return HttpRequest("PUT", "/b/k", "", {"x-amz-content-sha256": chunked.UNSIGNED_TRAILER, **headers}, body)


@pytest.mark.parametrize("name", CHECKSUMS)
def test_trailing_checksums(name):
    value = base64.b64encode(CHECKSUMS[name])
    body = b"9\r\n123456789\r\n0\r\nx-amz-checksum-" + name.encode() + b":" + value + b"\r\n\r\n"
    assert decode_unsigned(unsigned(body)).body == b"123456789"
    with pytest.raises(ServiceError, match="BadDigest"):
        decode_unsigned(unsigned(body.replace(b"123456789\r", b"12345678x\r")))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "IncompleteBody"),
        (b"zz\r\n", "IncompleteBody"),
        (b"5\r\nabc", "IncompleteBody"),
        (b"3\r\nabcxx0\r\n", "IncompleteBody"),
        (b"0\r\nno colon\r\n", "IncompleteBody"),
        (b"0\r\nx-evil: 1\r\n", "IncompleteBody"),
        (b"0\r\nx-amz-checksum-md9: 1\r\n", "InvalidRequest"),
        (b"ffffffffffffffffff\r\n", "IncompleteBody"),
    ],
)
def test_bodies_that_are_wrong(body, code):
    with pytest.raises(ServiceError, match=code):
        decode_unsigned(unsigned(body))


def test_the_announced_length_counts():
    body = b"3\r\nabc\r\n0\r\n\r\n"
    assert decode_unsigned(unsigned(body, **{"x-amz-decoded-content-length": "3"})).body == b"abc"
    with pytest.raises(ServiceError, match="IncompleteBody"):
        decode_unsigned(unsigned(body, **{"x-amz-decoded-content-length": "4"}))


GOOD = (
    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/iam/aws4_request, "
    "SignedHeaders=host;x-amz-date, Signature=0"
)
DATE = {"x-amz-date": "20260101T000000Z", "host": "x"}
HEADERS = {
    "another algorithm": ({**DATE, "authorization": "Bearer x"}, "IncompleteSignature", "Unsupported AWS"),
    "version 2": ({**DATE, "authorization": "AWS AKID:sig"}, "InvalidRequest", "Please use AWS4"),
    "version 4A": ({**DATE, "authorization": "AWS4-ECDSA-P256-SHA256 x"}, "InvalidRequest", "Please use AWS4"),
    "no equal sign": ({**DATE, "authorization": "AWS4-HMAC-SHA256 x"}, "IncompleteSignature", "missing equal-sign"),
    "nothing in it": ({**DATE, "authorization": "AWS4-HMAC-SHA256 a=b"}, "IncompleteSignature", "'Credential'"),
    "no date": ({"host": "x", "authorization": GOOD}, "IncompleteSignature", "'X-Amz-Date'"),
    "a date that is none": (
        {"authorization": GOOD, "x-amz-date": "yesterday"},
        "IncompleteSignature",
        "ISO-8601",
    ),
    "a day that is none": (
        {"authorization": GOOD, "x-amz-date": "20269999T000000Z"},
        "IncompleteSignature",
        "ISO-8601",
    ),
    "another day": (
        {"authorization": GOOD, "x-amz-date": "20260102T000000Z"},
        "SignatureDoesNotMatch",
        "does not match",
    ),
    "four parts": (
        {**DATE, "authorization": GOOD.replace("/iam", "")},
        "IncompleteSignature",
        "exactly 5 slash-delimited",
    ),
    "another end": (
        {**DATE, "authorization": GOOD.replace("aws4_request", "x")},
        "SignatureDoesNotMatch",
        "valid terminator",
    ),
}


@pytest.mark.parametrize("name", HEADERS)
def test_headers_that_are_wrong(name):
    headers, code, message = HEADERS[name]
    with pytest.raises(SignatureError) as caught:
        claim(HttpRequest("GET", "/", "", headers))
    assert caught.value.code == code
    assert message in caught.value.message


def test_dates_of_http_are_dates_too():
    request = HttpRequest("GET", "/", "", {"authorization": GOOD, "date": "Thu, 01 Jan 2026 00:00:00 GMT"})
    assert claim(request).timestamp == datetime(2026, 1, 1, tzinfo=UTC)


QUERY = (
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA%2F20260101%2Fus-east-1%2Fs3%2Faws4_request"
    "&X-Amz-Date=20260101T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=0"
)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("AWSAccessKeyId=x&Signature=y&Expires=1", "InvalidRequest"),
        ("X-Amz-Signature=x", "AuthorizationQueryParametersError"),
        (QUERY.replace("HMAC", "X"), "AuthorizationQueryParametersError"),
        (QUERY.replace("Expires=60", "Expires=x"), "AuthorizationQueryParametersError"),
        (QUERY.replace("Expires=60", "Expires=700000"), "AuthorizationQueryParametersError"),
    ],
)
def test_queries_that_are_wrong(query, code):
    with pytest.raises(SignatureError) as caught:
        claim(HttpRequest("GET", "/", query))
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("service", "minutes", "code"),
    [
        ("s3", -14, None),
        ("s3", -16, "RequestTimeTooSkewed"),
        ("s3", 16, "RequestTimeTooSkewed"),
        ("iam", -4, None),
        ("iam", -6, "SignatureDoesNotMatch"),
        ("iam", 6, "SignatureDoesNotMatch"),
    ],
)
def test_clocks(service, minutes, code):
    request = AWSRequest("GET", "https://x.amazonaws.com/", {}, b"")
    (S3SigV4Auth if service == "s3" else SigV4Auth)(KEYS, service, "us-east-1").add_auth(request)
    got = sent(request)
    now = datetime.now(UTC) - timedelta(minutes=minutes)
    if code is None:
        verify(got, claim(got), SECRET, now)
    else:
        with pytest.raises(SignatureError) as caught:
            verify(got, claim(got), SECRET, now)
        assert caught.value.code == code


def test_presigned_requests_are_not_valid_before_their_time():
    request = AWSRequest("GET", "https://s3.amazonaws.com/b/k", {}, b"")
    S3SigV4QueryAuth(KEYS, "s3", "us-east-1").add_auth(request)
    got = sent(request)
    with pytest.raises(SignatureError, match="not valid yet"):
        verify(got, claim(got), SECRET, datetime.now(UTC) - timedelta(hours=1))


def s3_request(**headers):
    request = AWSRequest("PUT", "https://s3.amazonaws.com/b/k", {}, b"body")
    S3SigV4Auth(KEYS, "s3", "us-east-1").add_auth(request)
    got = sent(request)
    return HttpRequest(got.method, got.path, got.query, {**got.headers, **headers}, got.body)


def test_what_s3_demands():
    now = datetime.now(UTC)
    added = s3_request(**{"x-amz-acl": "public-read"})
    with pytest.raises(SignatureError, match="not signed"):
        verify(added, claim(added), SECRET, now)
    other = s3_request().with_body(b"else")
    with pytest.raises(SignatureError, match="XAmzContentSHA256Mismatch"):
        verify(other, claim(other), SECRET, now)


def test_elsewhere_the_body_is_always_signed():
    request = AWSRequest("POST", "https://iam.amazonaws.com/", {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}, b"body")
    SigV4Auth(KEYS, "iam", "us-east-1").add_auth(request)
    got = sent(request)
    with pytest.raises(SignatureError, match="SignatureDoesNotMatch"):
        verify(got, claim(got), SECRET, datetime.now(UTC))
    wrong = HttpRequest("POST", "/", "", {**got.headers, "x-amz-content-sha256": "0" * 64}, b"body")
    with pytest.raises(SignatureError, match="SignatureDoesNotMatch"):
        verify(wrong, claim(wrong), SECRET, datetime.now(UTC))
    without_host = HttpRequest(
        "POST", "/", "", {**got.headers, "authorization": got.headers["authorization"].replace("host;", "")}, b"body"
    )
    with pytest.raises(SignatureError, match="SignedHeader"):
        verify(without_host, claim(without_host), SECRET, datetime.now(UTC))


def test_scopes():
    found = claim(s3_request())
    assert wrong_scope(found, "s3", "us-east-1") is None
    assert "correct service: 'iam'" in wrong_scope(found, "iam", "us-east-1").message
    assert "valid region" in wrong_scope(found, "s3", "eu-west-1").message


@pytest.mark.parametrize(
    ("code", "protocol", "expected"),
    [
        ("SignatureDoesNotMatch", "json", "InvalidSignatureException"),
        ("SignatureDoesNotMatch", "query", "SignatureDoesNotMatch"),
        ("SignatureDoesNotMatch", "ec2", "AuthFailure"),
        ("ExpiredToken", "rest-json", "ExpiredTokenException"),
        ("Another", "json", "Another"),
    ],
)
def test_codes_by_protocol(code, protocol, expected):
    assert for_protocol(SignatureError(code, "x", 403), protocol).code == expected


def test_what_boto3_really_sends():
    """Uploads with trailing checksums, over what boto3 takes for TLS."""
    seen = {}

    def stop(request, **_more):
        seen["request"] = request
        raise InterruptedError

    client = botocore.session.Session().create_client(
        "s3", "us-east-1", aws_access_key_id=KEYS.access_key, aws_secret_access_key=SECRET
    )
    client.meta.events.register("before-send", stop)
    with pytest.raises(InterruptedError):
        client.put_object(Bucket="bucket", Key="a key", Body=b"hello" * 1000)
    prepared = seen["request"]
    headers = {name: value.decode() if isinstance(value, bytes) else value for name, value in prepared.headers.items()}
    request = HttpRequest.of(prepared.method, prepared.url, headers, prepared.body.read())
    assert verify(request, claim(request), SECRET, datetime.now(UTC)).body == b"hello" * 1000
