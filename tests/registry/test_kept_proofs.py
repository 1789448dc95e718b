"""Proofs that are kept: the same as those that are made anew, and never in the way."""

import sqlite3
import stat

import pytest

from launchrole.facts.managed_policies import LAUNCH_ROLE_POLICY as PAGE
from launchrole.policy import parse
from launchrole.reasoning import Comparison, Difference, Undecided, Verdict
from launchrole.registry import Registry
from launchrole.registry import proofs as proving
from launchrole.registry.kept_proofs import FILE, KeptProofs
from launchrole.registry.log import log
from launchrole.registry.proofs import compared, parsed, witness_in_words

NOTHING = Comparison(Difference((), ()), Difference((), ()))


def rows(state):
    with Registry.of(state) as registry:
        return list(log(registry, registry.policy(PAGE)))


def not_asked(*_):
    raise AssertionError("it was proved before")


def test_what_was_proved_once_is_read_and_says_the_same(tmp_path, monkeypatch):
    first = rows(tmp_path)
    monkeypatch.setattr(proving, "compared", not_asked)
    monkeypatch.setattr(proving, "new_access", not_asked)
    assert rows(tmp_path) == first
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_findings_are_the_same_after_they_were_written_and_read():
    registry = Registry()
    found = compared(parsed(registry, registry.version(f"{PAGE}:v3")), parsed(registry, registry.version(f"{PAGE}:v8")))
    assert found.verdict is Verdict.BOTH
    assert Comparison.from_dict(found.to_dict()) == found
    owner = {"Effect": "Allow", "Principal": {"CanonicalUser": "ab" * 32}, "Action": "s3:GetObject", "Resource": "*"}
    nobody = {**owner, "Principal": "*", "Effect": "Deny"}
    found = compared(*(parse({"Version": "2012-10-17", "Statement": [one]}) for one in (nobody, owner)))
    (named,) = found.added.findings
    assert f":root (canonical user {'ab' * 32}) may s3:GetObject on " in witness_in_words(named.witness)
    assert Comparison.from_dict(found.to_dict()) == found
    undecided = Comparison(Difference((), (Undecided(None, None, ("a:B",), "too many"),)), Difference((), ()))
    assert Comparison.from_dict(undecided.to_dict()) == undecided


def test_without_a_state_directory_none_is_made(tmp_path):
    assert len(rows(tmp_path / "state")) == 12
    assert not (tmp_path / "state").exists()


def test_proofs_of_another_launchrole_are_forgotten(tmp_path):
    kept = KeptProofs(tmp_path / FILE)
    assert kept.kept(("question",), lambda: NOTHING) == NOTHING
    kept.close()
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute("UPDATE made_by SET fingerprint = 'another'")
    asked = []
    for _ in range(2):
        again = KeptProofs(tmp_path / FILE)
        assert again.kept(("question",), lambda: asked.append(1) or NOTHING) == NOTHING
        again.close()
    assert asked == [1]


@pytest.mark.parametrize("garbage", [b"no database at all, and long enough to look like none" * 20, b""])
def test_a_file_that_is_no_database_is_made_anew(tmp_path, garbage):
    (tmp_path / FILE).write_bytes(garbage)
    for prove in (lambda: NOTHING, not_asked):
        kept = KeptProofs(tmp_path / FILE)
        assert kept.kept(("question",), prove) == NOTHING
        kept.close()


def test_an_answer_that_cannot_be_read_is_proved_again(tmp_path):
    kept = KeptProofs(tmp_path / FILE)
    kept.kept(("question",), lambda: NOTHING)
    kept.close()
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute("UPDATE proofs SET answer = x'00'")
    again = KeptProofs(tmp_path / FILE)
    assert again.kept(("question",), lambda: NOTHING) == NOTHING
    again.close()


def test_where_nothing_can_be_kept_it_is_proved_each_time(tmp_path):
    (tmp_path / FILE).mkdir()
    kept = KeptProofs(tmp_path / FILE)
    asked = []
    for _ in range(2):
        assert kept.kept(("question",), lambda: asked.append(1) or NOTHING) == NOTHING
    assert asked == [1, 1]


def test_a_file_in_use_by_another_process_is_left_alone(tmp_path):
    KeptProofs(tmp_path / FILE).kept(("question",), lambda: NOTHING)
    holder = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    kept = KeptProofs(tmp_path / FILE)
    assert kept.kept(("other",), lambda: NOTHING) == NOTHING
    holder.execute("COMMIT")
    holder.close()
    kept.close()
    assert KeptProofs(tmp_path / FILE).kept(("question",), not_asked) == NOTHING
