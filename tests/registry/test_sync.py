"""Policies from an endpoint: `launchrole up`'s server on a port, sometimes with a proxy before it that fails."""

import json
import threading
import urllib.error
import urllib.request
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote

import pytest

from endpoint import allow
from launchrole.facts.managed_policies import LAUNCH_ROLE_POLICY
from launchrole.registry import Kind, Registry, RegistryError, import_, read
from launchrole.registry.endpoint import Iam
from launchrole.registry.kept import Kept
from launchrole.registry.sync import sync
from registry_sources import customer_arn, document, write

BUILD = customer_arn("Build")


@pytest.fixture(autouse=True)
def settings(endpoint, monkeypatch, tmp_path):
    """The settings of the AWS CLI: the root user's keys."""
    root = endpoint.sandbox.root()
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", root.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", root.secret)


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state"


@pytest.fixture
def iam(endpoint):
    return endpoint.client("iam", endpoint.sandbox.root())


def synced(state, url, *wanted, scope="local", **more):
    return sync(state, Iam.at(url, None, None, 4), wanted, scope, **more)


def kinds(done):
    return [(one.kind.value, one.version) for one in done.imported.events]


def add(iam, action, arn=BUILD, **more):
    return iam.create_policy_version(PolicyArn=arn, PolicyDocument=allow(action), **more)


def create(iam, name, action="s3:GetObject"):
    return iam.create_policy(PolicyName=name, PolicyDocument=allow(action))


def stored(state):
    """The number of events; 0 also where there is no file."""
    kept = Kept.reader(state)
    if kept is None:
        return 0
    try:
        return kept.newest()
    finally:
        kept.close()


class Proxy(ThreadingHTTPServer):
    """Forwards calls of IAM to an endpoint. `change` is given a call and what forwards it; it returns a body, or None
    to close the connection without one."""

    daemon_threads = True

    def __init__(self, url, change):
        super().__init__(("127.0.0.1", 0), _Forward)
        self.url, self.change, self.calls = url, change, []


class _Forward(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        call = {name: one[0] for name, one in parse_qs(body.decode()).items()}
        self.server.calls.append(call["Action"])
        self.code = 200
        text = self.server.change(call, lambda: self.forwarded(body))
        if text is None:
            self.close_connection = True
            return
        self.send_response(self.code)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def forwarded(self, body):
        request = urllib.request.Request(self.server.url, body, dict(self.headers), method="POST")
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            with error:
                self.code = error.code
                return error.read()

    def log_message(self, *_):
        pass


@contextmanager
def before(endpoint, change=lambda _call, own: own()):
    """A proxy before the endpoint."""
    proxy = Proxy(endpoint.url, change)
    thread = threading.Thread(target=proxy.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield proxy, f"http://127.0.0.1:{proxy.server_address[1]}"
    finally:
        proxy.shutdown()
        thread.join()
        proxy.server_close()


def test_versions_and_the_default_as_they_change_and_documents_are_read_once(endpoint, iam, state):
    create(iam, "Build")
    add(iam, "s3:PutObject", SetAsDefault=True)
    add(iam, "s3:DeleteObject")
    with before(endpoint) as (proxy, url):
        first = synced(state, url)
        assert kinds(first) == [
            ("ARN known", None), ("published", 1), ("published", 2), ("published", 3), ("default set", 2),
        ]  # fmt: skip
        assert (first.pulled.listed, first.pulled.documents) == (1, 3)
        proxy.calls.clear()
        again = synced(state, url)
        assert (kinds(again), again.pulled.documents) == ([], 0)
        assert proxy.calls == ["ListPolicies", "ListPolicyVersions"]
        iam.set_default_policy_version(PolicyArn=BUILD, VersionId="v1")
        assert kinds(synced(state, url)) == [("default set", 1)]
        iam.delete_policy_version(PolicyArn=BUILD, VersionId="v2")
        add(iam, "s3:PutObject", SetAsDefault=True)
        proxy.calls.clear()
        assert kinds(synced(state, url)) == [("published", 4), ("default set", 4)]
        assert proxy.calls.count("GetPolicyVersion") == 1
    with Registry.of(state) as registry:
        policy = registry.policy("Build")
        assert [one.name for one in policy.versions] == ["v1", "v2", "v3", "v4"]
        assert json.loads(registry.document(policy.version(2)))["Statement"][0]["Action"] == "s3:PutObject"


def test_names_arns_and_what_is_not_there(endpoint, iam, state):
    for name in ("Build", "Deploy", "Rest"):
        create(iam, name)
    arn = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
    done = synced(state, endpoint.url, "Deploy", "123456789012/Build", BUILD, arn, scope="all")
    assert {one.policy for one in done.imported.events} == {"123456789012/Build", "123456789012/Deploy"}
    assert done.pulled.listed == 3
    for name, message in (
        ("Biuld", r"lists no managed policy Biuld; did you mean Build\? \(nothing was stored\)"),
        ("Else", "lists no managed policy Else; see `aws iam list-policies`, and --scope"),
        (customer_arn("Gone"), "iam:GetPolicy of arn:.*/Gone: NoSuchEntity: "),
        ("arn:aws:s3:::b", "the command line: 'arn:aws:s3:::b' is not the ARN of a managed policy"),
    ):
        with pytest.raises(RegistryError, match=message):
            synced(state, endpoint.url, "Rest", name)
    assert {one.policy for one in done.imported.events} == {"123456789012/Build", "123456789012/Deploy"}


def test_pages_are_read_to_the_end(endpoint, iam, state):
    for number in range(3):
        create(iam, f"Build{number}")
    client = endpoint.client("iam", endpoint.sandbox.root())
    client.meta.events.register(
        "before-parameter-build.iam.*", lambda params, **_: params.update(MaxItems=2) if "MaxItems" in params else None
    )
    done = sync(state, Iam(client), (), "local")
    assert done.imported.versions == 3


@pytest.mark.parametrize("last", [1, 2, 5, 7])
def test_an_endpoint_that_stops_in_the_middle_leaves_nothing(endpoint, iam, state, last):
    for name in ("Build", "Deploy"):
        create(iam, name)
        add(iam, "s3:PutObject", customer_arn(name))
    calls = []

    def stop(call, own):
        calls.append(call)
        return own() if len(calls) < last else None

    with before(endpoint, stop) as (_, url), pytest.raises(RegistryError) as caught:
        synced(state, url, jobs=1)
    assert stored(state) == 0
    call = calls[last - 1]
    assert f"{url}: iam:{call['Action']}" in str(caught.value)
    assert call.get("PolicyArn", "") in str(caught.value)
    assert "run it again when the endpoint answers; see --endpoint-url" in str(caught.value)
    assert str(caught.value).endswith("(nothing was stored)")
    assert synced(state, endpoint.url).imported.versions == 4


def answering(action, text):
    return lambda call, own: text if call["Action"] == action else own()


def with_document(text):
    """GetPolicyVersion's answer with another document."""
    escaped = quote(text)
    return lambda call, own: (
        own().replace(quote(allow("s3:GetObject"), safe="").encode(), escaped.encode())
        if call["Action"] == "GetPolicyVersion"
        else own()
    )


HOSTILE = {
    "no XML": (
        answering("ListPolicies", b"<html>hello"),
        "iam:ListPolicies: the answer cannot be read: Unable to",
    ),
    "another answer": (
        answering("ListPolicies", b"<ListPoliciesResponse><ListPoliciesResult/></ListPoliciesResponse>"),
        "iam:ListPolicies: there is no Policies in the answer; that is no answer of IAM's",
    ),
    "pages without an end": (
        answering(
            "ListPolicies",
            b"<ListPoliciesResponse><ListPoliciesResult><Policies/><IsTruncated>true</IsTruncated><Marker>m</Marker>"
            b"</ListPoliciesResult></ListPoliciesResponse>",
        ),
        "iam:ListPolicies: .* The same next token was received twice: .*; that is no answer of IAM's",
    ),
    "no document": (
        answering("GetPolicyVersion", b"<GetPolicyVersionResponse></GetPolicyVersionResponse>"),
        "iam:GetPolicyVersion of .*:policy/Build, v1: the answer cannot be read",
    ),
    "no JSON": (with_document("{"), ":policy/Build: v1: IAM refuses this document: .*MalformedPolicyDocument"),
    "an action that is none": (with_document(allow("s3GetObject")), "v1: IAM refuses this document: line 1"),
    "brackets": (with_document("[" * 100_000), "GetPolicyVersion of .*: there are too many brackets in the document"),
    "no version": (lambda _, own: own().replace(b"<VersionId>v1<", b"<VersionId>v0<"), "'v0' is no version"),
    "no name": (lambda _, own: own().replace(b"Build", b"Bu ild"), "'Bu ild' is no name of a policy"),
    "no account": (lambda _, own: own().replace(b"::123456789012:", b"::12:"), "is of no account; see --endpoint-url"),
    "a partition": (
        lambda _, own: own().replace(b"arn:aws:iam::123456789012:", b"arn:aws-cn:iam::aws:"),
        "is of the partition aws-cn, .* with --scope local",
    ),
}


@pytest.mark.parametrize(("change", "message"), HOSTILE.values(), ids=HOSTILE)
def test_answers_that_are_no_good_are_told(endpoint, iam, state, change, message):
    create(iam, "Build")
    with before(endpoint, change) as (_, url), pytest.raises(RegistryError, match=message) as caught:
        synced(state, url)
    assert str(caught.value).isprintable()
    assert stored(state) == 0


def test_who_may_not_list_policies_is_told(endpoint, iam, state, monkeypatch):
    iam.create_user(UserName="reader")
    iam.put_user_policy(UserName="reader", PolicyName="p", PolicyDocument=allow("iam:GetPolicyVersion"))
    keys = iam.create_access_key(UserName="reader")["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", keys["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", keys["SecretAccessKey"])
    with pytest.raises(RegistryError) as caught:
        synced(state, endpoint.url)
    assert "iam:ListPolicies: AccessDenied: User: arn:aws:iam::123456789012:user/reader is not" in str(caught.value)
    assert "let whoever calls do iam:ListPolicies, iam:GetPolicy, iam:ListPolicyVersions and" in str(caught.value)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    with pytest.raises(
        RegistryError, match=r"SignatureDoesNotMatch: .*; the secret key or the region is not the right"
    ):
        synced(state, endpoint.url)


@pytest.mark.parametrize(
    ("environment", "url", "message"),
    [
        ({"AWS_PROFILE": "nobody"}, None, r"the settings: The config profile \(nobody\) could not be found"),
        ({}, "http://127.0.0.1:1", "iam:ListPolicies: Could not connect to the endpoint URL.*; run it again when"),
        ({}, "127.0.0.1", "127.0.0.1: the settings: Invalid endpoint: 127.0.0.1; see `aws configure list`"),
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "http://127.0.0.1:1", "Unable to locate credentials;"),
    ],
)  # fmt: skip
def test_settings_that_lead_nowhere_are_told(state, monkeypatch, environment, url, message):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(RegistryError, match=message):
        synced(state, url)
    assert not state.exists()


def test_the_environment_names_the_endpoint(endpoint, iam, state, monkeypatch):
    create(iam, "Build")
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint.url)
    assert synced(state, None).imported.versions == 1


@pytest.mark.parametrize("path", ["/", "/other/"])
def test_a_policy_that_was_made_anew_is_left_out(endpoint, iam, state, path):
    create(iam, "Build")
    create(iam, "Deploy")
    synced(state, endpoint.url)
    iam.delete_policy(PolicyArn=BUILD)
    iam.create_policy(PolicyName="Build", Path=path, PolicyDocument=allow("s3:PutObject"))
    add(iam, "s3:PutObject", customer_arn("Deploy"))

    def later(_, own):
        """The endpoint's clock has seconds: a policy that was made anew may be of the same one."""
        today = datetime.now(UTC)
        return own() if path != "/" else own().replace(f"{today:%Y-}".encode(), f"{today.year + 1}-".encode())

    with before(endpoint, later) as (_, url):
        done = synced(state, url, *(["Build"] if path == "/" else []))
    (told,) = done.pulled.left_out
    assert "123456789012/Build" in told
    assert "it was left out: sync it into a state of its own (--state)" in told
    assert kinds(done) == ([] if path == "/" else [("published", 2)])


def test_versions_and_policies_that_go_while_they_are_read(endpoint, iam, state):
    create(iam, "Build")
    add(iam, "s3:PutObject", SetAsDefault=True)
    create(iam, "Gone")
    went = []

    def go(call, own):
        text = own()
        if call["Action"] == "ListPolicies":
            went.append(iam.delete_policy(PolicyArn=customer_arn("Gone")))
        if call["Action"] == "ListPolicyVersions" and len(went) == 1 and call["PolicyArn"] == BUILD:
            went.append(iam.delete_policy_version(PolicyArn=BUILD, VersionId="v1"))
        return text

    with before(endpoint, go) as (_, url):
        done = synced(state, url)
    assert kinds(done) == [("ARN known", None), ("published", 2), ("default set", 2)]
    assert len(went) == 2


def test_policies_of_aws_that_are_whole_and_settled_are_not_looked_at(endpoint, state):
    with before(endpoint) as (proxy, url):
        done = synced(state, url, "AmazonSageMakerFullAccess", LAUNCH_ROLE_POLICY, scope="aws")
        assert done.pulled.listed == 2
        assert proxy.calls.count("ListPolicyVersions") == 1  # of the one whose old documents do not ship
        assert "GetPolicyVersion" in proxy.calls
        assert kinds(done) == []


def elsewhere(tmp_path, state, name):
    """A policy of AWS' that this endpoint does not list."""
    arn = f"arn:aws:iam::aws:policy/{name}"
    meta = {"name": name, "arn": arn, "versions": [{"version": "v1", "create_date": "2024-01-01"}]}
    write(tmp_path / "in" / name / "meta.json", meta)
    write(tmp_path / "in" / name / "v1.json", document())
    import_(state, read(tmp_path / "in" / name).policies)


def test_what_is_not_listed_is_withdrawn_only_when_that_is_said(endpoint, tmp_path, state):
    none = b"<ListPolicyVersionsResponse><ListPolicyVersionsResult><Versions/></ListPolicyVersionsResult>"
    none += b"</ListPolicyVersionsResponse>"
    elsewhere(tmp_path, state, "AmazonOld")
    with before(endpoint, answering("ListPolicyVersions", none)) as (_, url):  # 1,500 calls, which tell nothing here
        assert kinds(synced(state, url, scope="aws")) == []
        start = datetime.now(UTC)
        done = synced(state, url, scope="aws", withdrawn=True)
    (event,) = done.imported.events
    assert (event.kind, event.policy, event.at) == (Kind.WITHDRAWN, "AmazonOld", None)
    with Registry.of(state) as registry:
        assert start - timedelta(seconds=1) < registry.policy("AmazonOld").withdrawn <= datetime.now(UTC)


def test_an_endpoint_that_lists_little_withdraws_nothing(endpoint, state):
    empty = b"<ListPoliciesResponse><ListPoliciesResult><Policies/></ListPoliciesResult></ListPoliciesResponse>"
    with (
        before(endpoint, answering("ListPolicies", empty)) as (_, url),
        pytest.raises(RegistryError, match=r"does not list (\d+) of the \1 policies of AWS .* --withdrawn"),
    ):
        synced(state, url, scope="aws", withdrawn=True)
    assert stored(state) == 0
