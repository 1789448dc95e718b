"""`launchrole up` in this process: what it prints, writes and leaves behind."""

import os
import re
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
import urllib.request

import pytest
from click.testing import CliRunner

from launchrole.cli import main


def run_until_ready(words, ready, meanwhile):
    """Run the verb; once it is ready do something in another thread, and then end it with SIGINT."""
    seen = []

    def watch():
        deadline = time.monotonic() + 30
        while not ready.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        try:
            seen.append(meanwhile(ready.read_text().strip()))
        finally:
            os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=watch)
    thread.start()
    done = CliRunner().invoke(main, [*words, "--port", "0", "--ready-file", str(ready)])
    thread.join()
    return done, seen


def anonymous(url):
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{url}/?Action=ListUsers&Version=2010-05-08")
    refused.value.close()
    return refused.value.code


def test_up_and_down(tmp_path):
    state, ready = tmp_path / "state", tmp_path / "ready"
    words = ["up", "--state", str(state), "--account", "111122223333", "--account", "210987654321"]
    done, seen = run_until_ready(words, ready, anonymous)
    assert (done.exit_code, seen) == (0, [403]), done.output
    assert "IAM       enforced on every call" in done.output
    assert re.search(r"denied +403 iam:ListUsers  us-east-1  anonymous  \d+ ms  launchrole explain \w+-1", done.output)
    assert f"kept in {state}" in done.output
    credentials = state / "credentials"
    assert stat.S_IMODE(credentials.stat().st_mode) == 0o600
    assert re.findall(r"\[(.*)\]", credentials.read_text()) == ["launchrole", "launchrole-210987654321"]
    assert not ready.exists()
    again, _ = run_until_ready(["up", "--state", str(state), "--quiet"], ready, lambda _url: None)
    assert "accounts  111122223333, 210987654321" in again.output


def test_nothing_is_kept_of_an_ephemeral_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done, _ = run_until_ready(["up", "--ephemeral"], tmp_path / "ready", lambda _url: None)
    assert done.exit_code == 0, done.output
    assert "gone when this stops" in done.output
    assert list(tmp_path.iterdir()) == []


def test_what_custom_resources_answer(tmp_path):
    from launchrole.sandbox import Sandbox

    (tmp_path / "answer.json").write_text('{"Create": {"Data": {"Url": "u"}}}')
    words = ["up", "--state", str(tmp_path / "state"), "--custom-resource", f"Custom::Thing={tmp_path / 'answer.json'}"]
    done, _ = run_until_ready(words, tmp_path / "ready", lambda _url: None)
    assert done.exit_code == 0, done.output
    with Sandbox(tmp_path / "state") as sandbox:
        assert sandbox.custom_resources["Custom::Thing"]["Create"]["Data"] == {"Url": "u"}


def test_what_cannot_be(tmp_path, monkeypatch):
    monkeypatch.setenv("LAUNCHROLE_STATE", str(tmp_path / "state"))
    run = CliRunner().invoke
    assert "no use for --state" in run(main, ["up", "--ephemeral", "--state", "x"]).output
    assert "twelve digits" in run(main, ["up", "--port", "0", "--account", "1"]).output
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run(main, ["up", "--port", str(taken.getsockname()[1])])
    assert (done.exit_code, "choose another with --port" in done.output) == (2, True)


def test_where_states_are(monkeypatch, tmp_path):
    from launchrole.cli.state import default_state

    monkeypatch.delenv("LAUNCHROLE_STATE", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    assert default_state() == tmp_path / "launchrole"
    monkeypatch.setattr("sys.platform", "darwin")
    assert default_state().parts[-2:] == ("Application Support", "launchrole")
    monkeypatch.setenv("LAUNCHROLE_STATE", str(tmp_path / "own"))
    assert default_state() == tmp_path / "own"


def test_feeds_are_served_and_loaded_only_then(tmp_path):
    def ask(url):
        with urllib.request.urlopen(f"{url}/feeds/policies/AmazonSageMakerFullAccess.atom.xml") as answer:
            return answer.headers[
                "Content-Type"
            ], b"<title>Changes of AmazonSageMakerFullAccess</title>" in answer.read()

    done, seen = run_until_ready(["up", "--ephemeral", "--quiet"], tmp_path / "ready", ask)
    assert (done.exit_code, seen) == (0, [("application/atom+xml; charset=utf-8", True)]), done.output
    told = "import sys, launchrole.cli.up, launchrole.sandbox; print('launchrole.registry' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout == "False\n"
