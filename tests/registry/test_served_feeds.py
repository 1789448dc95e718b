"""Feeds at the endpoint: what clients of HTTP get, who gets what, and that calls to services are never mistaken."""

import http.client
import threading
import time
from contextlib import contextmanager
from email.utils import parsedate_to_datetime

import boto3
import botocore.exceptions
import feedparser
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from launchrole.account.server import Application, listen, server
from launchrole.facts.managed_policies import LAUNCH_ROLE_POLICY as PAGE
from launchrole.registry import import_, read, site
from launchrole.registry.serving import Feeds
from launchrole.sandbox import Sandbox
from registry_sources import document, folder_of


class Served:
    def __init__(self, port, directory, faults, sandbox):
        self.port, self.directory, self.faults, self.sandbox = port, directory, faults, sandbox

    def ask(self, path, method="GET", **headers):
        """Status, headers, body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, answer.headers, body


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as one:
        yield one


@contextmanager
def serving(sandbox, directory):
    faults = []
    listening = listen("127.0.0.1", 0)
    port = listening.getsockname()[1]
    ready = threading.Event()
    application = Feeds(Application(sandbox.gateway), directory, f"http://127.0.0.1:{port}", faults.append)
    running = server(application, started=ready.set)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    assert ready.wait(20)
    try:
        yield Served(port, directory, faults, sandbox)
    finally:
        running.should_exit = True
        thread.join(20)


@pytest.fixture(scope="module")
def served(sandbox, tmp_path_factory):
    with serving(sandbox, tmp_path_factory.mktemp("state")) as one:
        yield one


def test_a_feed_with_etag_and_last_modified(served):
    status, headers, body = served.ask(f"/feeds/policies/{PAGE}.atom.xml")
    assert (status, headers["Content-Type"]) == (200, "application/atom+xml; charset=utf-8")
    assert headers["ETag"].startswith('"')
    assert parsedate_to_datetime(headers["Last-Modified"])
    assert len(feedparser.parse(body).entries) == 12


@pytest.mark.parametrize("condition", ["If-None-Match", "weak", "any", "If-Modified-Since"])
def test_what_did_not_change_is_not_sent_again(served, condition):
    path = f"/feeds/policies/{PAGE}.rss.xml"
    _, headers, _ = served.ask(path)
    asked = {
        "If-None-Match": {"If-None-Match": f'"other", {headers["ETag"]}'},
        "weak": {"If-None-Match": f"W/{headers['ETag']}"},
        "any": {"If-None-Match": "*"},
        "If-Modified-Since": {"If-Modified-Since": headers["Last-Modified"]},
    }[condition]
    status, again, body = served.ask(path, **asked)
    assert (status, body, again["ETag"]) == (304, b"", headers["ETag"])


@pytest.mark.parametrize(
    "asked",
    [
        {"If-None-Match": '"other"'},
        {"If-None-Match": '"other"', "If-Modified-Since": "Fri, 31 Dec 2100 00:00:00 GMT"},
        {"If-Modified-Since": "Fri, 27 Nov 2020 00:00:00 GMT"},
        {"If-Modified-Since": "yesterday"},
    ],
)
def test_what_a_client_does_not_have_is_sent(served, asked):
    assert served.ask(f"/feeds/policies/{PAGE}.rss.xml", **asked)[0] == 200


def test_head_tells_of_a_file_without_it(served):
    status, headers, body = served.ask(f"/feeds/versions/{PAGE}/v4.html", "HEAD")
    _, _, whole = served.ask(f"/feeds/versions/{PAGE}/v4.html")
    assert (status, body, int(headers["Content-Length"])) == (200, b"", len(whole))
    assert headers["Content-Type"] == "text/html; charset=utf-8"


def test_the_way_to_them(served):
    status, headers, _ = served.ask("/feeds")
    assert (status, headers["Location"]) == (301, f"http://127.0.0.1:{served.port}/feeds/")
    assert b"removals.atom.xml" in served.ask("/feeds/")[2]
    status, _, body = served.ask("/feeds/policies/NoPolicy.rss.xml")
    assert (status, body) == (
        404,
        f"there is no such feed; http://127.0.0.1:{served.port}/feeds/ leads to all\n".encode(),
    )


def test_entries_lead_to_pages_that_are_served(served):
    _, _, body = served.ask(f"/feeds/policies/{PAGE}.rss.xml")
    for one in feedparser.parse(body).entries[:3]:
        assert served.ask(one.link.partition(f":{served.port}")[2])[0] == 200


def test_the_feed_of_everything_has_the_newest_hundred(served):
    _, _, body = served.ask("/feeds/all.atom.xml")
    assert len(feedparser.parse(body).entries) == 100


def test_a_bucket_of_that_name_is_still_a_bucket(served):
    keys = served.sandbox.root()
    named = {"region_name": "us-east-1", "endpoint_url": f"http://127.0.0.1:{served.port}"}
    s3 = boto3.client(
        "s3", aws_access_key_id=keys.access_key_id, aws_secret_access_key=keys.secret,
        config=Config(s3={"addressing_style": "path"}, signature_version="s3v4"), **named,
    )  # fmt: skip
    s3.create_bucket(Bucket="feeds")
    s3.put_object(Bucket="feeds", Key="all.rss.xml", Body=b"an object")
    assert s3.get_object(Bucket="feeds", Key="all.rss.xml")["Body"].read() == b"an object"
    signed = s3.generate_presigned_url("get_object", {"Bucket": "feeds", "Key": "all.rss.xml"})
    assert served.ask(signed.partition(f":{served.port}")[2])[2] == b"an object"
    unsigned = boto3.client("s3", config=Config(signature_version=UNSIGNED, s3={"addressing_style": "path"}), **named)
    with pytest.raises(botocore.exceptions.ClientError, match="AccessDenied"):
        unsigned.put_object(Bucket="feeds", Key="all.rss.xml", Body=b"mine")
    status, _, body = served.ask("/feeds/all.rss.xml", Host="feeds.s3.amazonaws.com")
    assert (status, b"AccessDenied" in body) == (403, True)


def test_what_was_imported_is_there_at_once_and_a_customer_s_only_for_this_machine(sandbox, tmp_path):
    arn = "arn:aws:iam::123456789012:policy/Build"
    first = folder_of(tmp_path / "one" / "Build", document(), meta={"arn": arn})
    second = folder_of(tmp_path / "two" / "Build", document(), document("s3:*"), meta={"arn": arn})
    path = "/feeds/policies/123456789012-Build.rss.xml"
    with serving(sandbox, tmp_path / "state") as served:
        assert served.ask(path)[0] == 404
        import_(served.directory, read(first).policies)
        _, before, body = served.ask(path, Host=f"localhost:{served.port}")
        assert len(feedparser.parse(body).entries) == 1
        import_(served.directory, read(second).policies)
        status, after, body = served.ask(path, If_None_Match=before["ETag"])
        assert (status, len(feedparser.parse(body).entries)) == (200, 2)
        assert after["Last-Modified"] >= before["Last-Modified"]
        assert served.ask(path, Host="10.1.2.3")[0] == 404
        assert served.ask(f"/feeds/policies/{PAGE}.rss.xml", Host="10.1.2.3")[0] == 200
        assert served.faults == []


@pytest.mark.parametrize("host", ["[", "[::1", "x]", ""])
def test_a_host_that_is_none_is_not_this_machine(served, host):
    assert served.ask("/feeds/", Host=host)[0] == 403  # no such bucket is open to everybody


def test_whoever_asks_for_another_feed_does_not_wait_for_that_of_a_service(served, monkeypatch):
    path = f"/feeds/policies/{PAGE}.rss.xml"
    _, before, _ = served.ask(path)
    begun, go_on = threading.Event(), threading.Event()
    make = site.file

    def slow(registry, keys, name, *more):
        if name.startswith("services/"):
            begun.set()
            assert go_on.wait(60)
        return make(registry, keys, name, *more)

    monkeypatch.setattr(site, "file", slow)
    found = []
    asking = [
        threading.Thread(target=lambda: found.append(served.ask("/feeds/services/nope.rss.xml"))) for _ in "12345678"
    ]
    for one in asking:
        one.start()
    assert begun.wait(20)
    assert served.ask(path)[1]["ETag"] == before["ETag"]
    assert served.ask("/feeds/")[0] == 200
    assert found == []
    go_on.set()
    for one in asking:
        one.join(60)
    assert [status for status, _, _ in found] == [404] * 8


def test_a_feed_that_is_being_made_keeps_the_server_from_ending_no_longer_than_calls_do(sandbox, tmp_path, monkeypatch):
    begun, go_on = threading.Event(), threading.Event()

    def slow(*_):
        begun.set()
        go_on.wait(60)

    monkeypatch.setattr(site, "file", slow)
    found = []
    with serving(sandbox, tmp_path) as served:
        asking = threading.Thread(target=lambda: found.append(served.ask("/feeds/all.rss.xml")))
        asking.start()
        assert begun.wait(20)
        stopped = time.monotonic()
    assert time.monotonic() - stopped < 10
    asking.join(20)
    go_on.set()
    assert [status for status, _, _ in found] == [503]


def test_a_registry_that_cannot_be_used_is_told(sandbox, tmp_path):
    (tmp_path / "policies.sqlite").write_bytes(b"this is no database at all, and long enough not to look empty" * 10)
    with serving(sandbox, tmp_path) as served:
        status, _, body = served.ask("/feeds/all.rss.xml")
        assert (status, b"policies.sqlite cannot be used" in body) == (503, True)


def test_a_fault_is_reported_and_told(sandbox, tmp_path, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(site, "file", broken)
    with serving(sandbox, tmp_path) as served:
        assert served.ask("/feeds/all.rss.xml")[0] == 500
        assert [type(one) for one in served.faults] == [ZeroDivisionError]
