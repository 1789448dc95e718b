"""Bytes on the socket that are no request, and calls that are denied: nothing comes of them."""

import http.client
import random
import socket
import struct
from contextlib import closing

import pytest

from endpoint import allow, trust

RAW = {
    "a body shorter than announced": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nabc",
    "no HTTP at all": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "two lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde",
    "a header without end": b"GET / HTTP/1.1\r\nX: " + b"y" * 200_000,
    "bad chunks": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
    "many headers": b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(5000)) + b"\r\n",
    "random bytes": bytes(random.Random(7).randbytes(4000)),
}


@pytest.mark.parametrize("name", RAW)
def test_raw_bytes_do_no_harm(endpoint, name):
    host, port = endpoint.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.sendall(RAW[name])
        connection.settimeout(0.5)
        try:
            answer = connection.recv(65536)
        except (TimeoutError, ConnectionError):
            answer = b""
    assert b"Traceback" not in answer
    with closing(http.client.HTTPConnection(host, int(port), timeout=10)) as client:
        client.request("GET", "/?Action=GetCallerIdentity&Version=2011-06-15")
        with closing(client.getresponse()) as response:
            assert response.status in (200, 403)  # and the server goes on


def journal(sandbox):
    return sandbox.store.connection.execute("SELECT * FROM journal").fetchall()


def test_what_is_denied_leaves_nothing_in_moto(endpoint):
    root = endpoint.sandbox.root()
    endpoint.client("iam", root).create_role(RoleName="r", AssumeRolePolicyDocument=trust("lambda"))
    endpoint.client("iam", root).put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=allow("s3:ListBucket"))
    session = endpoint.sandbox.assume("arn:aws:iam::123456789012:role/r", "lambda.amazonaws.com", "s")
    before = journal(endpoint.sandbox)
    with pytest.raises(Exception, match="AccessDenied"):
        endpoint.client("s3", session).create_bucket(Bucket="forbidden")
    assert journal(endpoint.sandbox) == before
    assert not endpoint.client("s3", root).list_buckets()["Buckets"]
