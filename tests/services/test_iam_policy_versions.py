"""Versions of managed policies through boto3's client: AWS' own history, and what customers may do with theirs."""

import datetime
import json

import pytest
from botocore.exceptions import ClientError

from endpoint import allow
from in_process import ACCOUNT, brought_back, clients, plain
from launchrole.facts import managed_policies

LAUNCH_ROLE = managed_policies.LAUNCH_ROLE_POLICY
OF_AWS = managed_policies.arn(LAUNCH_ROLE)
GLUE = managed_policies.arn("AmazonSageMakerServiceCatalogProductsGlueServiceRolePolicy")
NO_POLICY = f"arn:aws:iam::{ACCOUNT}:policy/none"


@pytest.fixture
def aws():
    with clients() as made:
        yield made


@pytest.fixture
def iam(aws):
    return aws("iam")


def error(call, **params):
    with pytest.raises(ClientError) as caught:
        call(**params)
    found = caught.value.response
    return found["Error"]["Code"], found["ResponseMetadata"]["HTTPStatusCode"], found["Error"]["Message"]


def ids(iam, arn):
    return [one["VersionId"] for one in iam.list_policy_versions(PolicyArn=arn)["Versions"]]


def made(iam, name="p"):
    return iam.create_policy(PolicyName=name, PolicyDocument=allow("s3:GetObject"))["Policy"]["Arn"]


def test_every_version_of_the_launch_role_s_policy_is_there(iam):
    versions = iam.list_policy_versions(PolicyArn=OF_AWS)["Versions"]
    assert [one["VersionId"] for one in versions] == [f"v{number}" for number in range(12, 0, -1)]
    assert [one["VersionId"] for one in versions if one["IsDefaultVersion"]] == ["v12"]
    assert versions[-1]["CreateDate"] == datetime.datetime(2020, 11, 27, 18, 48, 7, tzinfo=datetime.UTC)
    assert all(set(one) == {"VersionId", "IsDefaultVersion", "CreateDate"} for one in versions)
    for one in versions:
        found = iam.get_policy_version(PolicyArn=OF_AWS, VersionId=one["VersionId"])["PolicyVersion"]
        assert found["Document"] == json.loads(managed_policies.document(LAUNCH_ROLE, one["VersionId"]))
        assert plain(found) | {"Document": None} == {**one, "Document": None}


def test_the_pages_of_a_list(iam):
    pages = list(iam.get_paginator("list_policy_versions").paginate(PolicyArn=OF_AWS, PaginationConfig={"PageSize": 5}))
    assert [len(one["Versions"]) for one in pages] == [5, 5, 2]
    assert error(iam.list_policy_versions, PolicyArn=OF_AWS, Marker="x")[:2] == ("InvalidInput", 400)


def test_a_version_whose_document_does_not_ship_is_listed_and_not_made_up(iam):
    older = [one.name for one in managed_policies.policy(GLUE.rpartition("/")[2]).versions if not one.ships]
    assert older == ["v1"]
    assert ids(iam, GLUE) == ["v2", "v1"]
    for name in older:
        assert error(iam.get_policy_version, PolicyArn=GLUE, VersionId=name)[1] == 501


def test_a_policy_of_which_only_the_newest_version_is_known(iam):
    arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    assert ids(iam, arn) == [iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]]


def test_nobody_changes_a_policy_of_aws(iam):
    before = ids(iam, OF_AWS)
    changes = [
        (iam.create_policy_version, {"PolicyDocument": allow("s3:*")}),
        (iam.set_default_policy_version, {"VersionId": "v1"}),
        (iam.delete_policy_version, {"VersionId": "v1"}),
        (iam.delete_policy, {}),
    ]
    for call, params in changes:
        code, status, message = error(call, PolicyArn=OF_AWS, **params)
        assert (code, status) == ("AccessDenied", 403)
        assert message.endswith(f"on resource: policy {OF_AWS}")
    assert ids(iam, OF_AWS) == before


def test_five_versions_at_most(iam):
    arn = made(iam)
    for number in range(2, 6):
        created = iam.create_policy_version(PolicyArn=arn, PolicyDocument=allow("s3:PutObject"))["PolicyVersion"]
        assert (created["VersionId"], created["IsDefaultVersion"]) == (f"v{number}", False)
        assert "Document" not in created
    code, status, message = error(iam.create_policy_version, PolicyArn=arn, PolicyDocument=allow("s3:*"))
    assert (code, status) == ("LimitExceeded", 409)
    assert message.startswith("A managed policy can have up to 5 versions.")
    iam.delete_policy_version(PolicyArn=arn, VersionId="v3")
    assert iam.create_policy_version(PolicyArn=arn, PolicyDocument=allow("s3:*"))["PolicyVersion"]["VersionId"] == "v6"
    assert ids(iam, arn) == ["v6", "v5", "v4", "v2", "v1"]


def test_the_default_version_is_the_one_that_counts(aws, iam):
    arn = made(iam)
    iam.create_user(UserName="reader")
    iam.attach_user_policy(UserName="reader", PolicyArn=arn)
    key = iam.create_access_key(UserName="reader")["AccessKey"]
    keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    reader = aws("iam", **keys)
    assert error(reader.list_users)[0] == "AccessDenied"
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=allow("iam:ListUsers"), SetAsDefault=True)
    assert reader.list_users()["Users"]
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v2"
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    assert error(reader.list_users)[0] == "AccessDenied"
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")  # again: it stays the default
    versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert [one["VersionId"] for one in versions if one["IsDefaultVersion"]] == ["v1"]
    assert iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["IsDefaultVersion"]


def test_the_policy_was_updated_when_its_newest_version_was_made(iam):
    arn = made(iam)
    created = iam.create_policy_version(PolicyArn=arn, PolicyDocument=allow("s3:*"))["PolicyVersion"]["CreateDate"]
    assert iam.get_policy(PolicyArn=arn)["Policy"]["UpdateDate"] == created


def test_what_cannot_be_deleted(iam):
    arn = made(iam)
    assert error(iam.delete_policy_version, PolicyArn=arn, VersionId="v1") == (
        "DeleteConflict",
        409,
        "Cannot delete the default version of a policy.",
    )
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=allow("s3:*"))
    code, status, message = error(iam.delete_policy, PolicyArn=arn)
    assert (code, status) == ("DeleteConflict", 409)
    assert message.startswith("This policy has more than one version.")
    iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
    iam.delete_policy(PolicyArn=arn)
    assert error(iam.get_policy, PolicyArn=arn) == ("NoSuchEntity", 404, f"Policy {arn} was not found.")


def test_versions_and_policies_that_are_not_there(iam):
    arn = made(iam)
    document = {"PolicyDocument": allow("s3:*")}
    assert error(iam.list_policy_versions, PolicyArn=NO_POLICY)[:2] == ("NoSuchEntity", 404)
    assert error(iam.create_policy_version, PolicyArn=NO_POLICY, **document)[:2] == ("NoSuchEntity", 404)
    for call in (iam.get_policy_version, iam.set_default_policy_version, iam.delete_policy_version):
        assert error(call, PolicyArn=NO_POLICY, VersionId="v1")[:2] == ("NoSuchEntity", 404)
        message = f"Policy {arn} version v9 does not exist or is not attachable."
        assert error(call, PolicyArn=arn, VersionId="v9") == ("NoSuchEntity", 404, message)
        assert error(call, PolicyArn=arn, VersionId="first")[:2] == ("ValidationError", 400)


def test_documents_that_are_refused(iam):
    arn = made(iam)
    assert error(iam.create_policy_version, PolicyArn=arn, PolicyDocument="{}")[0] == "MalformedPolicyDocument"
    long = allow("s3:GetObject", [f"arn:aws:s3:::bucket-{number}" for number in range(400)])
    code, status, _ = error(iam.create_policy_version, PolicyArn=arn, PolicyDocument=long)
    assert (code, status) == ("LimitExceeded", 409)
    assert ids(iam, arn) == ["v1"]


def test_a_document_comes_back_as_it_was_given(iam):
    text = '{"Version":"2012-10-17", "Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::a%20+b/*"}}'
    arn = iam.create_policy(PolicyName="odd", PolicyDocument=text)["Policy"]["Arn"]
    assert iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"] == json.loads(text)


def test_versions_outlive_the_process(tmp_path):
    with clients(tmp_path / "state") as aws:
        arn = made(aws("iam"))
        aws("iam").create_policy_version(PolicyArn=arn, PolicyDocument=allow("s3:*"))
        aws("iam").create_policy_version(PolicyArn=arn, PolicyDocument=allow("sqs:*"))
        aws("iam").set_default_policy_version(PolicyArn=arn, VersionId="v3")
        aws("iam").delete_policy_version(PolicyArn=arn, VersionId="v1")
        before = plain(aws("iam").list_policy_versions(PolicyArn=arn))
    assert [one["VersionId"] for one in before["Versions"]] == ["v3", "v2"]
    assert brought_back(tmp_path / "state", lambda aws: plain(aws("iam").list_policy_versions(PolicyArn=arn))) == before
