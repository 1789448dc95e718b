"""Bytes that no client of AWS sends: never a traceback, never a changed state, never a call that nobody authorized."""

import json
import random

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from launchrole.account.http import HttpRequest
from launchrole.sandbox import Sandbox

SETTINGS = settings(
    deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)

SERVICES = ["s3", "iam", "sts", "sqs", "sns", "ec2", "codebuild", "sagemaker", "lambda", "apigateway", "glue", "logs"]
TARGETS = [
    "CodeBuild_20161006.CreateProject",
    "SageMaker.CreateModel",
    "AWSGlue.CreateDatabase",
    "AmazonSQS.CreateQueue",
    "Logs_20140328.CreateLogGroup",
    "AWS242ServiceCatalogService.ProvisionProduct",
    "No.Such",
    "CodeBuild_20161006.",
    ".",
]
BODIES = st.one_of(
    st.binary(max_size=200),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
        max_leaves=12,
    ).map(lambda value: json.dumps(value).encode()),
    st.sampled_from(
        [
            b'{"a": ' * 5000,
            b"[" * 100_000,
            b"<a>" * 3000,
            b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
            b"<x></y>",
            b"Action=CreateRole&RoleName=x&RoleName=y",
            b"Action=RunInstances&BlockDeviceMapping.1.Ebs.VolumeSize=x&Version=2016-11-15",
            b"Action=" + b"A." * 3000 + b"=1",
            b"\xbf\x61a\x01\xff",
            b"\xa1" * 500,
            b"PK\x03\x04",
            b"%zz%%%",
            b"\x00" * 64,
        ]
    ),
)
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "content-type",
            "x-amz-target",
            "x-amz-date",
            "x-amz-content-sha256",
            "x-amz-security-token",
            "x-amz-decoded-content-length",
            "content-encoding",
            "transfer-encoding",
            "smithy-protocol",
            "x-amz-copy-source",
            "x-amz-tagging",
            "content-md5",
            "range",
            "x-moto-account-id",
            "host",
        ]
    ),
    st.one_of(
        st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=60),
        st.sampled_from(
            [
                *TARGETS,
                "application/x-www-form-urlencoded",
                "application/x-amz-json-1.1",
                "application/cbor",
                "application/xml",
                "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
                "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
                "UNSIGNED-PAYLOAD",
                "rpc-v2-cbor",
                "x" * 5000,
            ]
        ),
    ),
    max_size=5,
)
PATHS = st.one_of(
    st.text(alphabet="/abc%20.~?&=:-+*{}\\é", max_size=60).map(lambda text: "/" + text.encode().decode("latin-1")),
    st.sampled_from(
        [
            "/",
            "//",
            "/a/../b",
            "/bucket",
            "/bucket/key",
            "/2015-03-31/functions",
            "/restapis",
            "/?Action=ListUsers",
            "/%ff",
        ]
    ),
)


@pytest.fixture(scope="module")
def accounts():
    with Sandbox() as sandbox:
        sandbox.gateway.report = faults.append
        iam = sandbox.client("iam")
        iam.create_user(UserName="nobody")
        sandbox.nobody = iam.create_access_key(UserName="nobody")["AccessKey"]
        sandbox.client("s3").create_bucket(Bucket="bucket")
        yield sandbox


faults = []


def state(sandbox):
    """Everything that a call can change."""
    tables = ("journal", "rows", "tags", "sessions")
    return {name: sandbox.store.connection.execute(f"SELECT * FROM {name}").fetchall() for name in tables}


def signed(method, url, headers, body, service, key):
    """A request that a user without any permission has signed."""
    request = AWSRequest(method, url, headers, body)
    SigV4Auth(Credentials(key["AccessKeyId"], key["SecretAccessKey"]), service, "us-east-1").add_auth(request)
    return dict(request.headers)


def check(sandbox, request, before):
    faults.clear()
    response = sandbox.gateway.handle(request)
    assert not faults, faults[0]
    assert 400 <= response.status < 600, (response.status, response.body[:200])
    assert b"Traceback" not in response.body
    assert b".py" not in response.body
    assert state(sandbox) == before
    return response


@SETTINGS
@given(st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS", "X"]), PATHS, HEADERS, BODIES)
def test_nobody_gets_anything(accounts, method, path, headers, body):
    path, _, query = path.partition("?")
    check(accounts, HttpRequest(method, path or "/", query, headers, body), state(accounts))


@SETTINGS
@given(
    st.sampled_from(SERVICES),
    st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    PATHS,
    HEADERS,
    BODIES,
)
def test_a_user_without_permissions_changes_nothing(accounts, service, method, path, headers, body):
    plain = path.partition("?")[0]
    url = f"http://127.0.0.1:4566{plain or '/'}"
    kept = {
        name: value for name, value in headers.items() if name not in ("host", "x-amz-date", "x-amz-security-token")
    }
    try:
        sent = signed(method, url, kept, body, service, accounts.nobody)
    except Exception:  # the signer itself refuses some of it
        return
    request = HttpRequest.of(method, url, sent, body)
    check(accounts, request, state(accounts))


@pytest.mark.parametrize("spoiled", range(12))
def test_every_bit_of_a_signature_counts(accounts, spoiled):
    root = accounts.root()
    key = {"AccessKeyId": root.access_key_id, "SecretAccessKey": root.secret}
    body = b"Action=CreateUser&Version=2010-05-08&UserName=sneaked"
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    sent = signed("POST", "http://127.0.0.1:4566/", headers, body, "iam", key)
    chance = random.Random(spoiled)
    changes = [
        lambda: (sent, body.replace(b"sneaked", b"sneakee")),
        lambda: (sent | {"Authorization": sent["Authorization"][:-1]}, body),
        lambda: (sent | {"Authorization": sent["Authorization"][:-1] + "g"}, body),
        lambda: (sent | {"Authorization": sent["Authorization"].replace("iam", "sts")}, body),
        lambda: (sent | {"Authorization": sent["Authorization"].replace("us-east-1", "eu-west-1")}, body),
        lambda: (sent | {"X-Amz-Date": "20200101T000000Z"}, body),
        lambda: (sent | {"Host": "elsewhere"}, body),
        lambda: (sent | {"Authorization": sent["Authorization"].replace("content-type;", "")}, body),
        lambda: (sent | {"x-amz-security-token": "anything"}, body),
        lambda: (sent | {"Authorization": sent["Authorization"].replace("SignedHeaders=", "SignedHeaders=x;")}, body),
        lambda: (sent, body + b"&Path=/x/"),
        lambda: (
            sent | {"Authorization": sent["Authorization"].replace(chance.choice("0123456789"), "0", 1) + "0"},
            body,
        ),
    ]
    headers, changed = changes[spoiled]()
    response = check(accounts, HttpRequest.of("POST", "http://127.0.0.1:4566/", headers, changed), state(accounts))
    assert response.status in (400, 403)
