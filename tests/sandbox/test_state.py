"""A state directory: what is kept, who may use it, what is damaged, what moves."""

import gzip
import json
import os
import sqlite3
import stat

import pytest
from click.testing import CliRunner

from endpoint import allow, trust
from launchrole.account import checkpoints, decisions
from launchrole.account.errors import AccountError
from launchrole.account.store import StateError, Store
from launchrole.cli import main
from launchrole.sandbox import DEFAULT_ACCOUNT, Sandbox


@pytest.fixture
def state(tmp_path):
    """A directory with something in it, closed."""
    directory = tmp_path / "state"
    with Sandbox(directory) as sandbox:
        iam = sandbox.client("iam")
        iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust("lambda"))
        iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=allow("s3:ListBucket"))
        sandbox.client("kms").create_key()
        sandbox.client("ec2").create_key_pair(KeyName="k")
        sandbox.client("ssm").put_parameter(Name="p", Value="v", Type="String")
        sandbox.client("s3").create_bucket(Bucket="bucket")
        session = sandbox.assume(f"arn:aws:iam::{DEFAULT_ACCOUNT}:role/r", "lambda.amazonaws.com", "s")
        with pytest.raises(Exception, match="AccessDenied"):
            sandbox.client("s3", session).create_bucket(Bucket="other")
    return directory


def seen(sandbox):
    return (
        sandbox.client("iam").get_role(RoleName="r")["Role"],
        [key["KeyId"] for key in sandbox.client("kms").list_keys()["Keys"]],
        sandbox.client("ec2").describe_key_pairs()["KeyPairs"],
        sandbox.client("ec2").describe_vpcs()["Vpcs"],
        sandbox.client("ssm").get_parameter(Name="p")["Parameter"],
        sandbox.root().access_key_id,
    )


def test_a_checkpoint_and_the_journal_give_the_same(state):
    with Sandbox(state) as sandbox:
        assert (sandbox.replayed, sandbox.unused_checkpoint) == (0, None)
        first = seen(sandbox)
    for folder in state.glob("checkpoint-*"):
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
    with Sandbox(state) as sandbox:
        assert sandbox.replayed == 6
        assert seen(sandbox) == first


def spoil_versions(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["versions"]["moto"] = "0"
    (folder / "manifest.json").write_text(json.dumps(manifest))


def spoil_number(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"number": 99}))


SPOILED = {
    "another moto": (spoil_versions, "other versions"),
    "ahead of the journal": (spoil_number, "ahead of the journal"),
    "no manifest": (lambda folder: (folder / "manifest.json").write_text("{"), "is damaged"),
    "a damaged backend": (lambda folder: (folder / "iam.dill").write_bytes(b"x"), "is damaged"),
    "writable by others": (lambda folder: (folder / "iam.dill").chmod(0o666), "by someone else"),
}


@pytest.mark.parametrize("name", SPOILED)
def test_a_checkpoint_that_cannot_be_trusted_is_not_loaded(state, name):
    with Sandbox(state) as sandbox:
        first = seen(sandbox)
    spoil, reason = SPOILED[name]
    (folder,) = state.glob("checkpoint-*")
    spoil(folder)
    with Sandbox(state) as sandbox:
        assert reason in sandbox.unused_checkpoint
        assert seen(sandbox) == first


def test_without_a_checkpoint_that_can_be_written_the_journal_does(state, monkeypatch):
    def fails(_backends):
        raise TypeError("cannot be pickled")

    monkeypatch.setattr(checkpoints, "_dumped", fails)
    with Sandbox(state) as sandbox:
        sandbox.client("iam").create_user(UserName="u")
        assert sandbox.checkpoint() is False
    with Sandbox(state) as sandbox:
        assert sandbox.client("iam").get_user(UserName="u")


def test_two_at_once(state):
    with Sandbox(state):
        with pytest.raises(StateError, match=f"in use by process {os.getpid()}|in use by another process"):
            Store.open(state)
        with pytest.raises(AccountError, match="another sandbox is open"):
            Sandbox()


def test_a_damaged_state_is_named_and_left(state):
    damaged = b"this is no database" * 300
    (state / "state.sqlite").write_bytes(damaged)
    with pytest.raises(StateError, match=r"state\.sqlite is damaged"):
        Sandbox(state)
    assert (state / "state.sqlite").read_bytes() == damaged
    connection = sqlite3.connect(state / "newer.sqlite")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    (state / "newer.sqlite").replace(state / "state.sqlite")
    with pytest.raises(StateError, match="another version of launchrole"):
        Sandbox(state)


def test_a_journal_that_cannot_be_replayed_is_told(state):
    connection = sqlite3.connect(state / "state.sqlite")
    connection.execute("UPDATE journal SET operation = 'CreateNothing' WHERE number = 1")
    connection.commit()
    connection.close()
    for folder in state.glob("checkpoint-*"):
        (folder / "manifest.json").write_text("{}")
    with pytest.raises(StateError, match="nothing serves iam:CreateNothing"):
        Sandbox(state)


def test_only_this_user_reads_it(state):
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    assert stat.S_IMODE((state / "state.sqlite").stat().st_mode) == 0o600
    state.chmod(0o755)
    with Sandbox(state):
        assert stat.S_IMODE(state.stat().st_mode) == 0o700


@pytest.mark.parametrize("account", ["1", "12345678901x"])
def test_accounts_have_twelve_digits(account):
    with pytest.raises(AccountError, match="twelve digits"):
        Sandbox(accounts=[account])


def run(*words, **more):
    return CliRunner().invoke(main, [str(word) for word in words], **more)


def test_export_and_import(state, tmp_path):
    with Sandbox(state) as sandbox:
        first = seen(sandbox)
    file = tmp_path / "moved.gz"
    done = run("export", file, "--state", state)
    assert done.exit_code == 0, done.output
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert b"dill" not in gzip.decompress(file.read_bytes())
    target = tmp_path / "target"
    assert run("import", file, "--state", target).exit_code == 0
    with Sandbox(target) as sandbox:
        assert sandbox.replayed == 6
        assert seen(sandbox) == first
    again = run("import", file, "--state", target)
    assert again.exit_code == 2
    assert "holds a state already" in again.output
    assert run("export", tmp_path / "none" / "file", "--state", state).exit_code == 2


HOSTILE = {
    "no gzip": b"hello",
    "another format": gzip.compress(b'{"launchrole_state": 99}\n'),
    "no header": gzip.compress(b"[]\n"),
    "another table": gzip.compress(b'{"launchrole_state": 1}\n["sqlite_master", 1]\n'),
    "no record": gzip.compress(b'{"launchrole_state": 1}\n{}\n'),
    "too many values": gzip.compress(b'{"launchrole_state": 1}\n["about", 1, 2, 3]\n'),
    "a list as a value": gzip.compress(b'{"launchrole_state": 1}\n["about", [], 2]\n'),
    "bytes that are none": gzip.compress(b'{"launchrole_state": 1}\n["about", {"bytes": "%"}, 2]\n'),
    "cut off": gzip.compress(b'{"launchrole_state": 1}\n["about", "a", "b"]\n' * 1000)[:-20],
    "deep": gzip.compress(b'{"launchrole_state": 1}\n' + b"[" * 100_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_make_no_state(tmp_path, name):
    file = tmp_path / "file"
    file.write_bytes(HOSTILE[name])
    done = run("import", file, "--state", tmp_path / "state")
    assert done.exit_code == 2, done.output
    assert "Traceback" not in done.output
    assert not (tmp_path / "state" / "state.sqlite").exists()


def test_decisions_and_their_explanation(state):
    done = run("decisions", "--denied", "--state", state)
    assert done.exit_code == 0
    assert "s3:CreateBucket" in done.output
    line = json.loads(run("decisions", "--denied", "--output", "json", "--state", state).output)
    told = run("explain", line["id"], "--state", state)
    assert told.exit_code == 0
    assert "IMPLICITLY DENIED" in told.output.upper()
    assert "fix" in told.output
    full = json.loads(run("explain", line["id"], "--full", "--output", "json", "--state", state).output)
    assert full["message"] == line["details"]["message"]
    pasted = run("explain", "-", "--state", state, input=f"An error occurred: {line['details']['message']}\n")
    assert "asked for s3:CreateBucket" in pasted.output
    assert run("explain", "00000000-1", "--state", state).exit_code == 2
    assert run("explain", "nonsense", "--state", state).exit_code == 2


BY_X = "User: arn:aws:iam::1:user/x is not authorized to perform: "
SENTENCES = {
    BY_X + "s3:GetObject on resource: arn:aws:s3:::b/k with an explicit deny in a service control policy: "
    "arn:aws:organizations::1:policy/o/service_control_policy/p": "no Allow outweighs it",
    BY_X + "s3:GetObject because no session policy allows the s3:GetObject action": "add to the session policy",
    BY_X + "iam:GetRole on resource: role r": "add to the identity-based",
}


@pytest.mark.parametrize("sentence", SENTENCES)
def test_sentences_from_elsewhere_are_explained_as_far_as_they_tell(sentence, tmp_path):
    told = run("explain", sentence, "--state", tmp_path)
    assert told.exit_code == 0
    assert SENTENCES[sentence] in told.output


def test_verbs_without_a_state(tmp_path):
    for words in (["decisions"], ["explain", "00000000-1"], ["export", tmp_path / "x"], ["reset", "--yes"]):
        done = run(*words, "--state", tmp_path / "none")
        assert done.exit_code == 2, done.output
        assert "Error" in done.output


def test_reset(state):
    assert run("reset", "--state", state, input="n\n").exit_code == 1
    with Sandbox(state):
        assert "in use" in run("reset", "--state", state, "--yes").output
    (state / "mine.txt").write_text("not launchrole's")
    assert run("reset", "--state", state, "--yes").exit_code == 0
    assert [path.name for path in state.iterdir()] == ["mine.txt"]


def test_the_record_of_decisions_is_bounded(monkeypatch):
    monkeypatch.setattr(decisions, "KEPT", 5)
    monkeypatch.setattr(decisions, "_EVERY", 10)
    with Sandbox() as sandbox:
        sts = sandbox.client("s3")
        for _ in range(30):
            sts.list_buckets()
        assert len(decisions.newest(sandbox.store.connection, 100)) <= 15
        (newest,) = decisions.newest(sandbox.store.connection, 1)
        assert decisions.find(sandbox.store.connection, newest[1].request).id == newest[1].id


def test_policies_that_are_not_kept_any_more_cannot_explain(state):
    connection = sqlite3.connect(state / "state.sqlite")
    connection.execute("DELETE FROM policies")
    connection.commit()
    connection.close()
    line = json.loads(run("decisions", "--denied", "--output", "json", "--state", state).output)
    told = run("explain", line["id"], "--state", state)
    assert (told.exit_code, "not kept any more" in told.output) == (2, True)


def test_decisions_are_followed(state, monkeypatch):
    slept = []

    def sleep(_seconds):
        slept.append(1)
        if len(slept) > 1:
            raise KeyboardInterrupt

    monkeypatch.setattr("launchrole.cli.decisions.time.sleep", sleep)
    done = run("decisions", "--follow", "--state", state)
    assert (done.exit_code, len(slept)) == (0, 2)


def test_a_fault_of_ours_is_an_error_of_aws_and_reported(monkeypatch):
    faults = []
    with Sandbox() as sandbox:
        sandbox.gateway.report = faults.append
        monkeypatch.setattr(sandbox.gateway, "_perform", lambda *_: 1 / 0)
        with pytest.raises(Exception, match="InternalFailure"):
            sandbox.client("s3").list_buckets()
    assert isinstance(faults[0], ZeroDivisionError)
    from launchrole.cli.output import report_fault

    report_fault(faults[0])
