"""Calls without a client: `Sandbox.call` is as strict a way in as a signed request."""

import dataclasses
import time

import pytest
import time_machine
from botocore.exceptions import ClientError

from endpoint import allow, trust
from launchrole.account import decisions
from launchrole.account.credentials import UserKey
from launchrole.account.errors import AccountError, ServiceError
from launchrole.sandbox import Sandbox

ROLE = "arn:aws:iam::123456789012:role/worker"


@pytest.fixture(scope="module")
def sandbox():
    """Accounts with a role `worker` and a user `alice`, who both may list buckets and no more."""
    with Sandbox() as made:
        call = made.call
        policy = {"PolicyName": "p", "PolicyDocument": allow("s3:ListAllMyBuckets")}
        call("iam", "CreateRole", {"RoleName": "worker", "AssumeRolePolicyDocument": trust("lambda")})
        call("iam", "PutRolePolicy", {"RoleName": "worker", **policy})
        call("iam", "CreateUser", {"UserName": "alice"})
        call("iam", "PutUserPolicy", {"UserName": "alice", **policy})
        yield made


@pytest.fixture(scope="module")
def session(sandbox):
    return sandbox.assume(ROLE, "lambda.amazonaws.com", "one")


@pytest.fixture(scope="module")
def alice(sandbox):
    key = sandbox.call("iam", "CreateAccessKey", {"UserName": "alice"})["AccessKey"]
    return UserKey(key["AccessKeyId"], key["SecretAccessKey"])


def refused(sandbox, *call, **more):
    with pytest.raises(ServiceError) as caught:
        sandbox.call(*call, **more)
    return caught.value.code


def test_what_is_made_is_there_for_clients_too(sandbox):
    sandbox.call("s3", "CreateBucket", {"Bucket": "mine"})
    sandbox.call("s3", "PutObject", {"Bucket": "mine", "Key": "key", "Body": b"data", "Tagging": "a=b"})
    assert sandbox.call("s3", "GetObject", {"Bucket": "mine", "Key": "key"})["Body"] == b"data"
    client = sandbox.client("s3")
    assert client.get_object(Bucket="mine", Key="key")["Body"].read() == b"data"
    assert client.get_object_tagging(Bucket="mine", Key="key")["TagSet"] == [{"Key": "a", "Value": "b"}]


def test_everybody_is_who_their_credentials_say(sandbox, session, alice):
    who = [sandbox.call("sts", "GetCallerIdentity", {}, one)["Arn"] for one in (None, session, alice)]
    assert [arn.rpartition(":")[2] for arn in who] == ["root", "assumed-role/worker/one", "user/alice"]


@pytest.mark.parametrize("name", ["session", "alice"])
def test_calls_are_denied_in_the_words_a_client_reads(sandbox, request, name):
    credentials = request.getfixturevalue(name)
    assert "Buckets" in sandbox.call("s3", "ListBuckets", credentials=credentials)
    with pytest.raises(ServiceError) as called:
        sandbox.call("sns", "CreateTopic", {"Name": "one"}, credentials)
    with pytest.raises(ClientError) as sent:
        sandbox.client("sns", credentials).create_topic(Name="one")
    error = sent.value.response["Error"]
    assert (called.value.code, called.value.message) == (error["Code"], error["Message"])
    with sandbox.store.transaction() as connection:
        found = [one.action for _, one in decisions.newest(connection, 2) if not one.allowed]
    assert found == ["sns:CreateTopic", "sns:CreateTopic"]


WRONG = {
    "another secret": ({"secret": "x" * 40}, "SignatureDoesNotMatch", "InvalidSignatureException"),
    "a secret beyond ASCII": ({"secret": "é"}, "SignatureDoesNotMatch", "InvalidSignatureException"),
    "another token": ({"token": "x"}, "InvalidToken", "UnrecognizedClientException"),
    "no token": ({"token": None}, "InvalidToken", "UnrecognizedClientException"),
    "an unknown key": ({"access_key_id": "ASIA0000000000000000"}, "InvalidAccessKeyId", "UnrecognizedClientException"),
}


@pytest.mark.parametrize("what", WRONG)
def test_credentials_that_nobody_was_given_open_nothing(sandbox, session, what):
    changes, of_s3, of_json = WRONG[what]
    forged = dataclasses.replace(session, **changes)
    assert refused(sandbox, "s3", "ListBuckets", {}, forged) == of_s3
    assert refused(sandbox, "glue", "GetDatabases", {}, forged) == of_json


def test_a_session_that_says_to_be_another_is_still_the_one_that_was_issued(sandbox, session):
    root = sandbox.root()
    boasting = dataclasses.replace(session, kind="root", role_arn=None, policies=(), account=root.account)
    assert sandbox.call("sts", "GetCallerIdentity", {}, boasting)["Arn"].endswith("assumed-role/worker/one")


def test_sessions_end_and_keys_are_switched_off(sandbox, session, alice):
    with time_machine.travel(time.time() + 3700, tick=True):
        assert refused(sandbox, "s3", "ListBuckets", {}, session) == "ExpiredToken"
        assert refused(sandbox, "glue", "GetDatabases", {}, session) == "ExpiredTokenException"
    key = {"UserName": "alice", "AccessKeyId": alice.access_key_id}
    sandbox.call("iam", "UpdateAccessKey", {**key, "Status": "Inactive"})
    assert refused(sandbox, "ec2", "DescribeVpcs", {}, alice) == "AuthFailure"
    sandbox.call("iam", "UpdateAccessKey", {**key, "Status": "Active"})
    assert "Buckets" in sandbox.call("s3", "ListBuckets", {}, alice)


def test_missing_idempotency_tokens_are_filled_in_and_given_ones_kept(sandbox):
    portfolio = {"DisplayName": "x", "ProviderName": "x"}
    made = [sandbox.call("servicecatalog", "CreatePortfolio", portfolio)["PortfolioDetail"]["Id"] for _ in range(2)]
    assert made[0] != made[1]
    given = {**portfolio, "IdempotencyToken": "one"}
    made = [sandbox.call("servicecatalog", "CreatePortfolio", given)["PortfolioDetail"]["Id"] for _ in range(2)]
    assert made[0] == made[1]


def test_inputs_are_validated(sandbox):
    assert refused(sandbox, "sns", "CreateTopic", {}) == "ValidationException"
    assert refused(sandbox, "sns", "CreateTopic", {"Name": 1}) == "ValidationException"


@pytest.mark.parametrize(("service", "operation"), [("nothing", "CreateTopic"), ("sns", "CreateTropic")])
def test_what_is_no_operation(sandbox, service, operation):
    with pytest.raises(AccountError, match=f"no operation `{operation}` of a service `{service}`"):
        sandbox.call(service, operation)
