"""`launchrole policies sync` and `watch`, as processes: against `launchrole up`'s server and a receiver of webhooks."""

import contextlib
import json
import os
import re
import signal
import stat
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from click.testing import CliRunner

from commands import environment
from endpoint import allow
from launchrole.cli import main
from launchrole.facts.managed_policies import LAUNCH_ROLE_POLICY as PAGE
from launchrole.registry import import_, read, webhooks
from registry_sources import customer_arn, document, folder_of

SECRET = "T0KEN-of-the-hook"


@pytest.fixture(autouse=True)
def here(place, monkeypatch):
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    return place


class Receiver(ThreadingHTTPServer):
    """Receives webhooks. `answers` are the codes, or codes with headers, of the next answers; 200 follows. `taken` are
    the bodies that were answered with 200, `tries` the moments of all requests."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Receive)
        self.answers, self.taken, self.tries, self.before = [], [], [], lambda: None
        self.url = f"http://127.0.0.1:{self.server_address[1]}/services/{SECRET}"


class _Receive(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert self.headers["Content-Type"] == "application/json"
        self.server.tries.append(time.monotonic())
        self.server.before()
        answer = self.server.answers.pop(0) if self.server.answers else 200
        code, headers = (answer, {}) if isinstance(answer, int) else answer
        if code == 200:
            self.server.taken.append(body)
        self.send_response(code)
        for name, value in {"Content-Length": "0", **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def do_GET(self):
        raise AssertionError("a webhook is posted to")

    def log_message(self, *_):
        pass


@pytest.fixture
def receiver():
    made = Receiver()
    thread = threading.Thread(target=made.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def interrupt(process):
    """Ctrl-C, until the process has ended: Python loses one that comes while it frees an object."""
    for _ in range(60):
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(1)
            return


def words_of(*arguments):
    return [sys.executable, "-m", "launchrole", "policies", *arguments]


def run(*arguments, code=0, env=None):
    """Run a verb in this process."""
    done = CliRunner().invoke(main, ["policies", *arguments], env=env)
    assert done.exit_code == code, done.output
    assert SECRET not in done.output
    return done


def process(*arguments, code=0):
    """Run a verb in a process of its own."""
    done = subprocess.run(words_of(*arguments), capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == code, done.stdout + done.stderr
    assert SECRET not in done.stdout + done.stderr
    return done


@contextmanager
def running(*arguments):
    """A verb in a process of its own that heeds Ctrl-C: those do not that a shell has started in the background."""
    process = subprocess.Popen(
        words_of(*arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def until(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def build(here, *actions, name="Build"):
    """Have so many versions of a policy in the registry."""
    folder = folder_of(here / "sources" / name, *(document(one) for one in actions))
    return import_(here / "state", read(folder).policies)


def cursors(here):
    return sorted((here / "state").glob("policies-watch-*"))


def test_the_first_watch_starts_now_and_then_each_event_is_told_once(here):
    build(here, "s3:GetObject")
    assert run("watch", "--once").stdout == ""
    build(here, "s3:GetObject", "s3:PutObject")
    told = run("watch", "--once").stdout
    assert re.search(r"^\d{4}-\d\d-\d\d  Build v2: both \(\+ s3:PutObject; - s3:GetObject\)\n", told)
    assert "\n        Taken away:\n        s3:GetObject on *. Shown by: " in told
    assert "<" not in told
    assert run("watch", "--once").stdout == ""
    (cursor,) = cursors(here)
    assert stat.S_IMODE(cursor.stat().st_mode) == 0o600


def test_what_a_policy_holds_does_nothing_to_a_terminal(here):
    run("watch", "--once")
    odd = document(Resource="arn:aws:s3:::b\x1b]0;title\x07\u202e/*")
    import_(here / "state", read(folder_of(here / "sources" / "Build", odd)).policies)
    told = run("watch", "--once").stdout
    assert r"s3:GetObject on arn:aws:s3:::b\x1b]0;title\x07\u202e/*" in told
    assert told.replace("\n", "").isprintable()


def test_what_happened_since_a_day_with_what_ships():
    lines = run("watch", PAGE, "--since", "2026-01-01", "--once").stdout.splitlines()
    assert [one.split(": ")[0] for one in lines if one.startswith("2026-")] == [
        f"2026-02-11  {PAGE} v11", f"2026-02-12  {PAGE} v12",
    ]  # fmt: skip
    assert f"https://docs.aws.amazon.com/aws-managed-policy/latest/reference/{PAGE}.html" in lines[-1]
    assert run("watch", PAGE, "--since", "2026-01-01", "--once").stdout == ""


def test_of_what_ships_nothing_is_told_again_that_was_told_before_a_failure(here, receiver):
    words = ("watch", PAGE, "--since", "2026-01-01", "--once", "--webhook", receiver.url)
    receiver.answers = [200, 404]
    run(*words, code=2)
    receiver.answers = [404]
    run(*words, code=2)
    build(here, "s3:GetObject", name="Other")
    run(*words)
    run(*words)
    assert [one["title"].split(":")[0] for one in receiver.taken] == [f"{PAGE} v11", f"{PAGE} v12"]


def test_a_cursor_that_cannot_be_written_is_told_before_anything_else(receiver):
    watch = words_of("watch", PAGE, "--since", "2026-01-01", "--once", "--webhook", receiver.url)
    full = ["sh", "-c", 'ulimit -f 0; exec "$@"', "sh", *watch]  # files may have no byte, as where the disk is full
    done = subprocess.run(full, capture_output=True, text=True, check=False, timeout=120)
    assert re.match(r"Error: .*/policies-watch-\w+: cannot be written: file too large\n", done.stderr)
    assert (done.returncode, receiver.tries) == (2, [])


def test_each_choice_is_a_watch_of_its_own(here, receiver):
    build(here, "s3:GetObject")
    build(here, "s3:GetObject", name="Other")
    watches = [("Build",), ("Other",), ("--removals",), ("--webhook", receiver.url)]
    for one in watches:
        run("watch", "--once", *one)
    build(here, "s3:GetObject", "s3:PutObject")
    build(here, "s3:GetObject", "s3:*", name="Other")
    told = [run("watch", "--once", *one, "--output", "json").stdout.splitlines() for one in watches]
    assert [[json.loads(line)["policy"] for line in lines] for lines in told] == [
        ["Build"], ["Other"], ["Build"], ["Build", "Other"],
    ]  # fmt: skip
    assert [one["policy"] for one in receiver.taken] == ["Build", "Other"]
    assert len(cursors(here)) == 4
    assert not any(SECRET in one.name + one.read_text() for one in cursors(here))


def test_what_a_webhook_is_posted(here, receiver, monkeypatch):
    build(here, "s3:GetObject")
    monkeypatch.setenv("LAUNCHROLE_WEBHOOK", receiver.url)
    run("watch", "--once")
    build(here, "s3:GetObject", "s3:PutObject")
    assert run("watch", "--once").stdout == (
        f"{receiver.url.rpartition('/services')[0]}: Build v2: both (+ s3:PutObject; - s3:GetObject)\n"
    )
    (body,) = receiver.taken
    assert body["text"] == body["title"] == "Build v2: both (+ s3:PutObject; - s3:GetObject)"
    assert (body["policy"], body["categories"], body["removes"]) == ("Build", ["both", "s3"], True)
    assert body["id"].startswith("urn:uuid:")
    assert "<p>Proved: " in body["html"]
    assert body["link"] is None
    assert body["moment"].endswith("+00:00")


def test_an_answer_of_500_and_one_of_429_are_tried_again(here, receiver):
    run("watch", "--once", "--webhook", receiver.url)
    build(here, "s3:GetObject")
    receiver.answers = [500, (429, {"Retry-After": "2"}), (503, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"})]
    run("watch", "--once", "--webhook", receiver.url)
    assert len(receiver.taken) == 1
    first, second, third, fourth = receiver.tries
    assert second - first > 0.9
    assert third - second > 1.9
    assert fourth - third > 3.9


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (404, "the webhook answers 404 (Not Found); see whether its URL is right"),
        ((302, {"Location": "/else"}), "the webhook answers 302 (Found); give the URL to which it leads"),
        (418, "the webhook answers 418 (I'm a Teapot)" if sys.version_info >= (3, 13) else "the webhook answers 418"),
        (499, "the webhook answers 499 (an answer of no known meaning)"),
    ],
)
def test_what_is_refused_stays_new(here, receiver, answer, message):
    run("watch", "--once", "--webhook", receiver.url)
    build(here, "s3:GetObject", "s3:PutObject")
    receiver.answers = [200, answer]
    failed = run("watch", "--once", "--webhook", receiver.url, code=2)
    assert message in failed.stderr
    assert failed.stderr.startswith(f"Error: {receiver.url.rpartition('/services')[0]}: ")
    assert len(receiver.tries) == 2
    run("watch", "--once", "--webhook", receiver.url)
    assert [one["title"].split(":")[0] for one in receiver.taken] == ["Build v1", "Build v2"]


def test_both_in_a_process_of_its_own(here, receiver):
    process("watch", "--once", "--webhook", receiver.url)
    build(here, "s3:GetObject", "s3:PutObject")
    receiver.answers = [500, 200, 404]
    assert "the webhook answers 404" in process("watch", "--once", "--webhook", receiver.url, code=2).stderr
    told = process("watch", "--once", "--webhook", receiver.url).stdout
    assert told.endswith(": Build v2: both (+ s3:PutObject; - s3:GetObject)\n")
    assert [one["title"].split(":")[0] for one in receiver.taken] == ["Build v1", "Build v2"]


@pytest.mark.parametrize(("words", "code"), [(("--once",), 1), (("--interval", "600"), 0)])
def test_ctrl_c_while_something_is_told(here, receiver, words, code):
    run("watch", "--once", "--webhook", receiver.url)
    build(here, "s3:GetObject")
    with running("watch", "--webhook", receiver.url, *words) as watch:
        receiver.before = lambda: interrupt(watch)
        told = "".join(watch.communicate(timeout=120))
    assert watch.returncode == code, told
    assert "Traceback" not in told
    until(lambda: receiver.taken)  # it took what nobody waits to hear
    receiver.before = lambda: None
    receiver.taken.clear()
    run("watch", "--once", "--webhook", receiver.url)
    assert len(receiver.taken) == 1


def test_a_receiver_that_is_not_there(here, monkeypatch):
    monkeypatch.setattr(webhooks, "_WAITS", (0.01,))
    build(here, "s3:GetObject")
    words = ("watch", "--once", "--webhook", "http://127.0.0.1:9/x", "Build", "--since", "2020-01-01")
    told = run(*words, code=2).stderr
    assert "http://127.0.0.1:9: the webhook cannot be reached ([Errno 111] Connection refused)" in told


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (f"http://example.com/{SECRET}", "http://example.com: over http anybody could read the webhook's URL"),
        (f"file:///{SECRET}", "the webhook is no URL"),
        (f"https://example.com:x/{SECRET}", "the webhook is no URL"),
        (f"https://[/{SECRET}", "the webhook is no URL"),
        (f"https://hooks..example.com/{SECRET}", "the webhook is no URL"),
        (f"https://{'a' * 64}.example.com/{SECRET}", "the webhook is no URL"),
        (f"https://user:{SECRET}@example.com/", "https://example.com: write the URL of the webhook without a user"),
        (f"https://example.com/{SECRET}\n", "has characters that URLs have not"),
    ],
)
def test_urls_that_are_no_webhooks(url, message):
    assert message in run("watch", "--once", "--webhook", url, code=2).stderr


def test_a_process_that_is_killed_loses_nothing(here, receiver):
    actions = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:GetObjectTagging", "s3:PutObjectTagging"]
    run("watch", "--once", "--webhook", receiver.url)
    for count in range(1, len(actions) + 1):
        build(here, *actions[:count])
        with running("watch", "--interval", "1", "--webhook", receiver.url) as process:
            # Killed while the receiver has the entry and has not answered yet, or right after its answer.
            receiver.before = (lambda: os.kill(process.pid, signal.SIGKILL)) if count % 2 else (lambda: None)
            told = receiver.tries if count % 2 else receiver.taken
            seen = len(told)
            until(lambda: len(told) > seen)  # noqa: B023 - used at once
            os.kill(process.pid, signal.SIGKILL)
            assert process.wait(20) == -signal.SIGKILL
        receiver.before = lambda: None
    run("watch", "--once", "--webhook", receiver.url)
    by_id = {one["id"]: one["title"].split(":")[0] for one in receiver.taken}
    assert sorted(by_id.values()) == [f"Build v{number}" for number in range(1, 6)]
    run("watch", "--once", "--webhook", receiver.url)
    assert {one["id"] for one in receiver.taken} == set(by_id)


def test_it_goes_on_after_what_fails_until_ctrl_c(here, receiver):
    run("watch", "--once", "--webhook", receiver.url)
    with running("watch", "--interval", "1", "--webhook", receiver.url) as process:
        receiver.answers = [404]
        build(here, "s3:GetObject")
        until(lambda: len(receiver.taken) == 1)
        again = run("watch", "--once", "--webhook", receiver.url, code=2)
        assert "another process is watching the same for the same receiver" in again.stderr
        build(here, "s3:GetObject", "s3:PutObject")
        until(lambda: len(receiver.taken) == 2)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert [line.split(": ")[1] for line in out.splitlines()] == ["Build v1", "Build v2"]
    assert re.fullmatch(r"\d\d:\d\d:\d\d http://127\.0\.0\.1:\d+: the webhook answers 404 .*; next look in 1 s\n", err)


def test_a_cursor_that_is_damaged_or_of_another_registry_is_told(here):
    build(here, "s3:GetObject")
    run("watch", "--once")
    (cursor,) = cursors(here)
    (here / "state" / "policies.sqlite").unlink()
    told = run("watch", "--once", code=2).stderr
    assert f"it is another one than before; delete {cursor}" in told
    cursor.write_text("x")
    assert f"{cursor} is damaged; delete it" in run("watch", "--once", code=2).stderr
    cursor.unlink()
    cursor.mkdir()
    assert f"{cursor}: cannot be written: is a directory" in run("watch", "--once", code=2).stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["watch", "Nobody", "--once"], "there is no managed policy Nobody"),
        (["watch", "--interval", "604801"], "604801 is not in the range 1<=x<=604800"),
        (["watch", "--once", "--scope", "aws"], "options of the endpoint are for --sync"),
        (["watch", "--once", "--sync", "--withdrawn", "Build"], "--withdrawn looks at all of AWS' policies"),
        (["sync", "--withdrawn", "--scope", "local"], "--withdrawn looks at all of AWS' policies"),
    ],
)
def test_what_cannot_be_watched(arguments, message):
    assert message in run(*arguments, code=2).stderr


@pytest.fixture
def shell(endpoint, here):
    """The surroundings of a shell with the root user's keys."""
    found = environment(endpoint.url, endpoint.sandbox.root(), here)
    return found | {"LAUNCHROLE_STATE": str(here / "state")}


def test_sync_says_what_is_new(endpoint, shell):
    iam = endpoint.client("iam", endpoint.sandbox.root())
    iam.create_policy(PolicyName="Build", PolicyDocument=allow("s3:GetObject"))
    told = run("sync", "--scope", "local", env=shell).stdout
    assert told == (
        "3 new events of 1 policy: 1 ARN known, 1 published, 1 default set\n1 policy listed, 1 document read\n"
    )
    told = json.loads(run("sync", "Build", "--output", "json", env=shell).stdout)
    assert told == {"events": [], "lacking": [], "listed": 1, "documents": 0, "leftOut": []}
    iam.delete_policy(PolicyArn=customer_arn("Build"))
    iam.create_policy(PolicyName="Build", Path="/new/", PolicyDocument=allow("s3:GetObject"))
    done = run("sync", "--scope", "local", env=shell, code=1)
    assert "123456789012/Build is arn:aws:iam::123456789012:policy/new/Build now and was" in done.stderr
    failed = run("sync", "--endpoint-url", "http://127.0.0.1:9", env=shell, code=2).stderr
    assert re.match(r"Error: http://127\.0\.0\.1:9: iam:ListPolicies: .*\(nothing was stored\)\n", failed)


def test_policies_whose_versions_are_gone_are_told_and_bars_are_drawn(endpoint, shell):
    iam = endpoint.client("iam", endpoint.sandbox.root())
    iam.create_policy(PolicyName="Build", PolicyDocument=allow("s3:GetObject"))
    for action in ("s3:PutObject", "s3:DeleteObject"):
        iam.create_policy_version(PolicyArn=customer_arn("Build"), PolicyDocument=allow(action))
    iam.delete_policy_version(PolicyArn=customer_arn("Build"), VersionId="v2")
    command = words_of("sync", "--scope", "local")
    shown = subprocess.run(
        ["script", "--quiet", "--return", "--command", " ".join(command), "/dev/null"],
        env={**os.environ, **shell, "TERM": "xterm"}, capture_output=True, text=True, check=True, timeout=120,
    ).stdout  # fmt: skip
    assert "policies" in shown
    assert "missing between the versions that are there: 123456789012/Build:v2" in shown


def test_watch_with_sync_starts_after_the_first_that_works(endpoint, shell):
    iam = endpoint.client("iam", endpoint.sandbox.root())
    iam.create_policy(PolicyName="Build", PolicyDocument=allow("s3:GetObject"))
    words = ("watch", "--once", "--sync", "--scope", "local")
    failed = run(*words, "--endpoint-url", "http://127.0.0.1:9", env=shell, code=2).stderr
    assert failed.startswith("Error: the sync failed: http://127.0.0.1:9: iam:ListPolicies: ")
    assert run(*words, env=shell).stdout == ""
    iam.create_policy_version(PolicyArn=customer_arn("Build"), PolicyDocument=allow("s3:PutObject"), SetAsDefault=True)
    lines = run(*words, "--output", "json", env=shell).stdout.splitlines()
    assert [json.loads(one)["title"] for one in lines] == [
        "123456789012/Build v2: both (+ s3:PutObject; - s3:GetObject)",
        "123456789012/Build: v2 is the default",
    ]
    iam.set_default_policy_version(PolicyArn=customer_arn("Build"), VersionId="v1")
    run("sync", "--scope", "local", env=shell)
    failed = run(*words, "--endpoint-url", "http://127.0.0.1:9", env=shell, code=2)
    assert "v1 was made the default version" in failed.stdout  # what is new is told nevertheless
    assert "Error: the sync failed: " in failed.stderr
