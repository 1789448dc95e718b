"""The registry: what ships, what is imported, and what is refused with nothing of it stored."""

import gzip
import json
import os
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, date, datetime

import pytest

from launchrole.facts.managed_policies import LAUNCH_ROLE_POLICY
from launchrole.registry import Kind, NotKnown, Registry, RegistryError, import_, read
from launchrole.registry.events import Event
from launchrole.registry.kept import Kept
from registry_sources import customer_arn, dated, document, folder_of, write
from shared_inputs import SHARED, needs_shared


def brought(state, path, **more):
    return import_(state, read(path).policies, **more)


def told(state, name):
    with Registry.of(state) as registry:
        return registry.policy(name)


def kinds(imported):
    return [(one.kind.value, one.version) for one in imported.events]


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state"


def test_the_page_s_policy_ships_with_its_versions_and_what_the_page_says():
    registry = Registry()
    policy = registry.policy(LAUNCH_ROLE_POLICY)
    assert [one.name for one in policy.versions] == [f"v{number}" for number in range(1, 13)]
    assert policy.default.name == "v12"
    assert [one.name for one in policy.versions if one.reissue] == ["v11", "v12"]
    fourth = policy.version(4)
    assert fourth.created == datetime(2022, 2, 16, 19, 52, 11, tzinfo=UTC)
    assert [claim.announced for claim in fourth.claims] == [date(2021, 12, 1)]
    (period,) = fourth.periods
    assert (period.since, period.until) == (fourth.created, policy.version(5).created)
    assert "s3:PutBucketCORS" in registry.document(fourth)


def test_all_of_moto_s_bundle_is_there_without_importing():
    registry = Registry()
    assert len(registry.names()) > 1500
    policy = registry.policy("arn:aws:iam::aws:policy/ReadOnlyAccess")
    assert policy.of_aws
    assert json.loads(registry.document(policy.default))["Statement"]


def test_a_version_without_a_document_is_known_and_said_to_be_without():
    registry = Registry()
    with pytest.raises(NotKnown, match="its document is not; import it"):
        registry.document(registry.version("AmazonSageMakerFullAccess:v3"))


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("AmazonSageMakerFullAcces", "did you mean AmazonSageMakerFullAccess?"),
        (f"{LAUNCH_ROLE_POLICY}:v13", "has no v13; known are v1, v2"),
        (f"{LAUNCH_ROLE_POLICY}:four", "'four' is no version of a managed policy; write v1, v2"),
    ],
)
def test_what_is_not_known(reference, message):
    with pytest.raises(RegistryError) as caught:
        Registry().version(reference)
    assert message in str(caught.value)


def test_a_customer_s_policy_from_an_answer_of_iam(tmp_path, state):
    versions = [
        {"VersionId": "v3", "IsDefaultVersion": False, "CreateDate": "2024-03-01T00:00:00Z", "Document": document()},
        {"VersionId": "v1", "IsDefaultVersion": True, "CreateDate": "2024-01-01T00:00:00Z", "Document": "%7B"
         "%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A"
         "%22s3%3AGetObject%22%2C%22Resource%22%3A%22%2A%22%7D%7D"},
    ]  # fmt: skip
    policy = {"PolicyName": "Build", "Arn": customer_arn("Build"), "DefaultVersionId": "v1"}
    source = write(tmp_path / "details.json", {"Policies": [{**policy, "PolicyVersionList": versions}]})
    imported = brought(state, source)
    assert kinds(imported) == [("ARN known", None), ("published", 1), ("published", 3), ("default set", 1)]
    assert imported.lacking == (("123456789012/Build", 2),)  # IAM deletes versions
    assert told(state, "Build") == told(state, customer_arn("Build")) == told(state, "123456789012/Build")
    assert told(state, "Build").default.name == "v1"


def test_answers_of_iam_that_belong_together(tmp_path, state):
    write(tmp_path / "in" / "policy.json", {"Policy": {"PolicyName": "Build", "Arn": customer_arn("Build")}})
    listed = [{"VersionId": "v1", "IsDefaultVersion": True, "CreateDate": "2024-01-01T00:00:00Z"}]
    write(tmp_path / "in" / "Build.json", {"Versions": listed})
    write(tmp_path / "in" / "Build.v1.json", {"PolicyVersion": {"VersionId": "v1", "Document": document()}})
    brought(state, tmp_path / "in")
    (version,) = told(state, "Build").versions
    assert (version.created.year, version.is_default, version.digest is None) == (2024, True, False)


def test_the_same_once_more_is_nothing_new(tmp_path, state):
    source = folder_of(tmp_path / "Build", document("s3:GetObject"), document("s3:*"), meta=dated("2024-01-01"))
    assert kinds(brought(state, source)) == [("published", 1), ("published", 2)]
    assert kinds(brought(state, source)) == []


def test_the_order_of_a_list_is_no_other_text_but_another_action_is(tmp_path, state):
    brought(state, folder_of(tmp_path / "a" / "Build", document("s3:GetObject", "s3:PutObject")))
    again = folder_of(tmp_path / "b" / "Build", document("s3:PutObject", "s3:GetObject"))
    assert kinds(brought(state, again)) == []
    other = folder_of(tmp_path / "c" / "Build", document("s3:DeleteObject"))
    with pytest.raises(
        RegistryError, match=r"v1\.json: Build:v1 is known with another text .* a version never changes"
    ):
        brought(state, other)


def test_a_version_with_the_document_of_the_one_before_is_a_reissue(tmp_path, state):
    source = folder_of(tmp_path / "Build", document("s3:GetObject"), document("s3:GetObject"))
    assert kinds(brought(state, source)) == [("published", 1), ("re-issued", 2)]


def test_plain_documents_are_numbered_as_they_change(tmp_path, state):
    file = tmp_path / "Build.json"
    brought(state, write(file, document("s3:GetObject")))
    brought(state, file)
    brought(state, write(file, document("s3:PutObject")))
    assert [one.name for one in told(state, "Build").versions] == ["v1", "v2"]
    named = write(tmp_path / "ReadOnlyAccess.json", document())
    with pytest.raises(RegistryError, match=r"nothing says which it is; name the file ReadOnlyAccess\.v"):
        brought(state, named)


def test_documents_fill_in_versions_that_ship_without(tmp_path, state):
    name = "AmazonSageMakerServiceCatalogProductsGlueServiceRolePolicy"
    assert told(state, name).version(1).digest is None
    imported = brought(state, write(tmp_path / f"{name}.v1.json", document("glue:GetJob")))
    assert kinds(imported) == [("published", 1)]
    assert told(state, name).version(1).created.year == 2022


def test_the_default_goes_back_and_forth(tmp_path, state):
    name = "AmazonSageMakerServiceCatalogProductsGlueServiceRolePolicy"
    answer = tmp_path / f"{name}.json"
    rows = [{"VersionId": "v1", "IsDefaultVersion": True}, {"VersionId": "v2", "IsDefaultVersion": False}]
    assert kinds(brought(state, write(answer, {"Versions": rows}))) == [("default set", 1)]
    assert told(state, name).default.name == "v1"
    for row in rows:
        row["IsDefaultVersion"] = not row["IsDefaultVersion"]
    assert kinds(brought(state, write(answer, {"Versions": rows}))) == [("default set", 2)]
    assert told(state, name).default.name == "v2"
    assert len(told(state, name).version(2).periods) == 2


def test_notes_are_corrected_not_replaced_and_policies_withdrawn(tmp_path, state):
    source = folder_of(tmp_path / "in" / "Build", document(), meta={"withdrawn": "2025-01-01"})
    brought(state, source)
    claim = {"policy": "Build", "version": "v1", "announced": "2024-05-01", "note": "Initial", "source": "https://a/"}
    claims = tmp_path / "claims.json"
    assert kinds(brought(state, write(claims, {"claims": [claim]}))) == [("noted", 1)]
    corrected = {**claim, "note": "Initial policy"}
    assert kinds(brought(state, write(claims, {"claims": [corrected]}))) == [("note corrected", 1)]
    with Registry.of(state) as registry:
        policy = registry.policy("Build")
        assert [one.note for one in policy.version(1).claims] == ["Initial policy"]
        assert policy.withdrawn.year == 2025
        said = [one.claim.note for one in registry.events("Build") if one.claim]
    assert said == ["Initial", "Initial policy"]


def test_a_note_that_holds_what_is_no_text(tmp_path, state):
    brought(state, folder_of(tmp_path / "in" / "Build", document()))
    claim = {"policy": "Build", "version": "v1", "note": " half \ud800\n a pair "}
    brought(state, write(tmp_path / "claims.json", {"claims": [claim]}))
    assert told(state, "Build").version(1).claims[0].note == "half \\ud800\na pair"


def test_an_archive_tells_what_it_lacks(tmp_path, state):
    rows = [
        {
            "name": "AmazonX",
            "arn": "arn:aws:iam::aws:policy/AmazonX",
            "version": f"v{number}",
            "document": document(one),
        }
        for number, one in ((1, "s3:GetObject"), (3, "s3:PutObject"))
    ]
    path = tmp_path / "some.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    assert brought(state, path).lacking == (("AmazonX", 2),)
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(RegistryError, match="damaged or cut off"):
        brought(state, path)


def test_events_can_be_neither_changed_nor_taken_away(tmp_path, state):
    brought(state, folder_of(tmp_path / "Build", document()))
    connection = sqlite3.connect(state / "policies.sqlite")
    for statement in (
        "DELETE FROM events",
        "UPDATE events SET version = 2",
        "DELETE FROM documents",
        "UPDATE documents SET text = ''",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="never"):
            connection.execute(statement)
    connection.close()


REFUSED = {
    "IAM refuses it": (
        [document("s3GetObject")],
        {},
        r"v1\.json: IAM refuses this document: line 1, .*MalformedPolicyDocument",
    ),
    "a gap": ([document(), None, document()], {}, r"v2 is missing between the versions that are there; .*--with-gaps"),
    "listed but absent": (
        [document(), None],
        dated("2024-01-01", "2024-02-01"),
        r"meta\.json: of Build v2 is missing",
    ),
    "dates out of order": (
        [document(), document("s3:*")],
        dated("2024-02-01", "2024-01-01"),
        r"v2 of Build is of 2024-01-01T12:00:00Z, before v1 of 2024-02-01T12:00:00Z.* mend the dates",
    ),
    "no date": (
        [document()],
        {"versions": [{"version": "v1", "create_date": "yesterday"}]},
        r"'yesterday' is no date; write it as 2021",
    ),
    "no date that there is": (
        [document()],
        {"versions": [{"version": "v1", "create_date": "0001-01-01T00:00:00+23:59"}]},
        r"is no date; write it as 2021",
    ),
    "no version": ([document()], {"versions": [{"version": "1"}]}, r"meta\.json: '1' is no version"),
    "no ARN": ([document()], {"arn": "arn:aws:s3:::b"}, r"'arn:aws:s3:::b' is not the ARN of a managed policy"),
    "a default that is not there": ([document()], {"default_version": "v9"}, r"v9 is said to be the default of Build"),
    "no JSON": (["{"], {}, r"v1\.json:1:2: this is no JSON"),
}


@pytest.mark.parametrize(("documents", "meta", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_wrong_is_told_and_nothing_is_stored(tmp_path, state, documents, meta, message):
    folder_of(tmp_path / "in" / "AFirst", document("s3:ListBucket"))
    folder_of(tmp_path / "in" / "Build", *documents, meta=meta or None)
    with pytest.raises(RegistryError, match=message):
        brought(state, tmp_path / "in")
    for name in ("AFirst", "Build"):
        with pytest.raises(NotKnown):
            told(state, name)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Build.v999999999.json", "v999999999 of Build is too far from the versions that are known"),
        ("Build.v9999999999.json", r"Build\.v9999999999\.json: 'v9999999999' is no version of a managed policy"),
        ("Build/v9999999999.json", r"v9999999999\.json: 'v9999999999' is no version of a managed policy"),
    ],
)
def test_numbers_that_no_version_has(tmp_path, state, name, message):
    write(tmp_path / "in" / "Build.v1.json", document())
    write(tmp_path / "in" / name, document("s3:*"))
    with pytest.raises(RegistryError, match=message):
        brought(state, tmp_path / "in", with_gaps=True)


def test_versions_that_nobody_has_may_be_left_out_on_purpose(tmp_path, state):
    source = folder_of(tmp_path / "Build", document("s3:GetObject"), None, document("s3:PutObject"))
    assert brought(state, source, with_gaps=True).lacking == (("Build", 2),)
    assert [one.name for one in told(state, "Build").versions] == ["v1", "v3"]


def test_a_gap_between_what_is_known_and_what_is_new(tmp_path, state):
    brought(state, folder_of(tmp_path / "Build", document("s3:GetObject")))
    later = write(tmp_path / "Build.v4.json", document("s3:PutObject"))
    with pytest.raises(RegistryError, match=r"of Build v2, v3 are missing between"):
        brought(state, later)
    assert brought(state, later, with_gaps=True).lacking == (("Build", 2), ("Build", 3))


def test_two_texts_of_one_version_in_one_source(tmp_path, state):
    folder_of(tmp_path / "in" / "Build", document("s3:GetObject"))
    write(tmp_path / "in" / "Build.v1.json", document("s3:PutObject"))
    with pytest.raises(RegistryError, match="v1 of Build has another text than in"):
        brought(state, tmp_path / "in")


def test_another_date_of_a_version(tmp_path, state):
    name = LAUNCH_ROLE_POLICY
    source = write(tmp_path / f"{name}.json", {"Versions": [{"VersionId": "v4", "CreateDate": "2022-02-17T00:00:00Z"}]})
    with pytest.raises(RegistryError, match="v4 was created on 2022-02-16T19:52:11Z, not on 2022-02-17T00:00:00Z"):
        brought(state, source)


@pytest.mark.parametrize("name", ["nowhere.json", "empty"])
def test_a_source_that_is_not_there_or_empty(tmp_path, name):
    (tmp_path / "empty").mkdir()
    with pytest.raises(RegistryError, match=r"there is no such file|no managed policy in it"):
        read(tmp_path / name)


def test_files_of_no_kind_that_is_read_are_named(tmp_path):
    folder_of(tmp_path / "in" / "Build", document())
    readme = write(tmp_path / "in" / "README.md", "hello")
    assert read(tmp_path / "in").ignored == (readme,)


def test_a_pipe_in_a_folder_is_not_waited_for(tmp_path):
    write(tmp_path / "Build.v1.json", document())
    for name in ("Build.v2.json", "more.jsonl"):
        os.mkfifo(tmp_path / name)
    assert [one.name for one in read(tmp_path).ignored] == ["Build.v2.json", "more.jsonl"]


def test_a_row_that_never_ends_is_not_read_to_its_end(tmp_path):
    with gzip.open(tmp_path / "x.jsonl.gz", "wb", compresslevel=1) as file:
        file.writelines(b" " * 1_048_576 for _ in range(17))
    with pytest.raises(RegistryError, match=r"x\.jsonl\.gz: a row has more than 16 MiB; no more is read"):
        read(tmp_path)


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path, state):
    write(state / "policies.sqlite", "not a database, and longer than its header would be" * 40)
    with pytest.raises(RegistryError, match="cannot be used"):
        brought(state, folder_of(tmp_path / "Build", document()))
    with pytest.raises(RegistryError, match="cannot be used"):
        told(state, "Build")


KILLED = """
import os, pathlib, signal, sys
from launchrole.registry.kept import Kept
kept = Kept.writer(pathlib.Path(sys.argv[1]))
kept._connection.execute("PRAGMA cache_size = 1")
with kept.transaction():
    kept._connection.executemany("INSERT INTO documents VALUES (?, ?)", ((str(n), "x" * 5000) for n in range(200)))
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_process_left_that_was_killed_while_it_wrote_is_taken_back_by_whoever_reads(tmp_path, state):
    brought(state, folder_of(tmp_path / "Build", document()))
    size = (state / "policies.sqlite").stat().st_size
    killed = subprocess.run([sys.executable, "-c", KILLED, str(state)], check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert (state / "policies.sqlite").stat().st_size > 10 * size
    assert [one.name for one in told(state, "Build").versions] == ["v1"]
    assert (state / "policies.sqlite").stat().st_size == size


def test_a_disk_that_is_full_is_told_as_such_and_nothing_is_stored(tmp_path, state):
    brought(state, folder_of(tmp_path / "Build", document()))
    kept = Kept.writer(state)
    pages = kept._connection.execute("PRAGMA page_count").fetchone()[0]
    kept._connection.execute(f"PRAGMA max_page_count = {pages}")
    event = Event(Kind.PUBLISHED, "Other", 1, digest="0")
    with pytest.raises(RegistryError, match="database or disk is full; what is in it"), kept.transaction():
        kept.add([event], {"0": "x" * 100_000}, datetime.now(UTC))
    assert kept.policies() == ["Build"]
    kept.close()


def test_a_file_that_was_only_begun_holds_nothing_yet(tmp_path, state):
    write(state / "policies.sqlite", "")
    with pytest.raises(NotKnown):
        told(state, "Build")
    brought(state, folder_of(tmp_path / "Build", document()))
    assert told(state, "Build").versions


def test_a_state_directory_that_cannot_be_looked_at_is_told(tmp_path):
    with pytest.raises(RegistryError, match=r"policies\.sqlite: cannot be read: file name too long"):
        told(tmp_path / ("a" * 300), "Build")


@needs_shared
def test_the_histories_beside_the_repository(state):
    folder = SHARED / "managed-policies" / "AmazonSageMakerFullAccess"
    imported = brought(state, folder)
    assert {one.kind for one in imported.events} == {Kind.PUBLISHED, Kind.REISSUED}
    assert all(one.digest for one in told(state, "AmazonSageMakerFullAccess").versions)
    same = brought(state, SHARED / "managed-policies" / LAUNCH_ROLE_POLICY)
    assert same.events == ()


@needs_shared
@pytest.mark.slow
def test_the_whole_archive(state):
    imported = brought(state, SHARED / "managed-policies" / "all-versions.jsonl.gz")
    assert imported.versions > 4500
    assert imported.lacking
    assert brought(state, SHARED / "managed-policies" / "all-versions.jsonl.gz").events == ()


def test_a_row_that_nobody_wrote_is_told(tmp_path, state):
    brought(state, folder_of(tmp_path / "Build", document()))
    connection = sqlite3.connect(state / "policies.sqlite")
    connection.execute(
        "INSERT INTO events (recorded, kind, policy, inferred) VALUES ('2026-01-01', 'sung', 'Build', 0)"
    )
    connection.commit()
    connection.close()
    with pytest.raises(
        RegistryError, match=r"policies\.sqlite cannot be used: 'sung' is not a valid Kind; what is in it"
    ):
        told(state, "Build")
