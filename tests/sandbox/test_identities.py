"""Who calls: users, groups, roles, sessions, root, federated users, other accounts, nobody; and what limits them."""

import datetime
import json
import time
import urllib.request

import pytest
import time_machine
from botocore.exceptions import ClientError

from endpoint import ACCOUNT, allow, trust
from launchrole.account.authorizer import CannotAuthorize, Place
from launchrole.account.errors import ServiceError
from launchrole.facts.operations import read_rows

OTHER = "210987654321"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/worker"


@pytest.fixture
def root(endpoint):
    keys = endpoint.sandbox.root()
    return lambda service: endpoint.client(service, keys)


@pytest.fixture
def user(endpoint, root):
    """A user, by the name's clients; what they may do is put into their policy `p`."""

    def make(name, policy=None):
        root("iam").create_user(UserName=name)
        if policy:
            root("iam").put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy)
        keys = root("iam").create_access_key(UserName=name)["AccessKey"]
        return lambda service: endpoint.client(service, keys)

    return make


def denied(call, **params):
    """The code and message of an error."""
    with pytest.raises(ClientError) as caught:
        call(**params)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def make_role(root, name="worker", policy=None, trusted=None, **more):
    root("iam").create_role(
        RoleName=name,
        Path="/team/",
        AssumeRolePolicyDocument=trusted or trust("lambda", accounts=(ACCOUNT,)),
        **more,
    )
    if policy:
        root("iam").put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy)


def test_root_may_do_everything_in_its_account(root):
    assert root("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:root"
    root("s3").create_bucket(Bucket="mine")
    assert [bucket["Name"] for bucket in root("s3").list_buckets()["Buckets"]] == ["mine"]


def test_a_user_may_do_what_policies_say_as_soon_as_they_say_it(root, user):
    alice = user("alice")
    assert denied(alice("s3").create_bucket, Bucket="one")[0] == "AccessDenied"
    root("iam").put_user_policy(UserName="alice", PolicyName="p", PolicyDocument=allow("s3:CreateBucket"))
    alice("s3").create_bucket(Bucket="one")
    root("iam").delete_user_policy(UserName="alice", PolicyName="p")
    assert denied(alice("s3").create_bucket, Bucket="two")[0] == "AccessDenied"


def test_policies_of_groups_hold(root, user):
    alice = user("alice")
    root("iam").create_group(GroupName="builders")
    policy = root("iam").create_policy(PolicyName="build", PolicyDocument=allow("s3:CreateBucket"))["Policy"]["Arn"]
    root("iam").attach_group_policy(GroupName="builders", PolicyArn=policy)
    root("iam").add_user_to_group(GroupName="builders", UserName="alice")
    alice("s3").create_bucket(Bucket="one")
    root("iam").remove_user_from_group(GroupName="builders", UserName="alice")
    assert denied(alice("s3").create_bucket, Bucket="two")[0] == "AccessDenied"


def test_the_default_version_of_a_managed_policy_counts(root, user):
    alice = user("alice")
    iam = root("iam")
    policy = iam.create_policy(PolicyName="p", PolicyDocument=allow("s3:ListAllMyBuckets"))["Policy"]["Arn"]
    iam.attach_user_policy(UserName="alice", PolicyArn=policy)
    alice("s3").list_buckets()
    iam.create_policy_version(PolicyArn=policy, PolicyDocument=allow("s3:CreateBucket"), SetAsDefault=True)
    assert denied(alice("s3").list_buckets)[0] == "AccessDenied"
    iam.set_default_policy_version(PolicyArn=policy, VersionId="v1")
    alice("s3").list_buckets()


def test_aws_managed_policies_are_there(root, user):
    alice = user("alice")
    root("iam").attach_user_policy(UserName="alice", PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    alice("s3").list_buckets()
    assert denied(alice("s3").create_bucket, Bucket="one")[0] == "AccessDenied"


def test_a_permissions_boundary_limits_a_user(root, user):
    alice = user("alice", allow("s3:*"))
    iam = root("iam")
    boundary = iam.create_policy(PolicyName="b", PolicyDocument=allow("s3:ListAllMyBuckets"))["Policy"]["Arn"]
    iam.put_user_permissions_boundary(UserName="alice", PermissionsBoundary=boundary)
    alice("s3").list_buckets()
    code, message = denied(alice("s3").create_bucket, Bucket="one")
    assert code == "AccessDenied"
    assert message.endswith("because no permissions boundary allows the s3:CreateBucket action")
    iam.delete_user_permissions_boundary(UserName="alice")
    alice("s3").create_bucket(Bucket="one")
    assert denied(iam.delete_user_permissions_boundary, UserName="alice")[0] == "NoSuchEntity"
    assert (
        denied(iam.put_user_permissions_boundary, UserName="nobody", PermissionsBoundary=boundary)[0] == "NoSuchEntity"
    )
    made = iam.create_user(UserName="bob", PermissionsBoundary=boundary)["User"]
    assert made["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary
    assert denied(iam.create_user, UserName="bob", PermissionsBoundary=boundary)[0] == "EntityAlreadyExists"
    assert denied(iam.create_user, UserName="carol", PermissionsBoundary=boundary + "x")[0] == "NoSuchEntity"


def test_a_role_is_assumed_by_whom_both_sides_allow(root, user):
    make_role(root, policy=allow("s3:ListAllMyBuckets"))
    alice = user("alice")
    code, message = denied(alice("sts").assume_role, RoleArn=ROLE, RoleSessionName="work")
    assert code == "AccessDenied"
    told = f"User: arn:aws:iam::{ACCOUNT}:user/alice is not authorized to perform: sts:AssumeRole on resource: {ROLE}"
    assert message == told
    root("iam").put_user_policy(UserName="alice", PolicyName="p", PolicyDocument=allow("sts:AssumeRole", ROLE))
    made = alice("sts").assume_role(RoleArn=ROLE, RoleSessionName="work")
    assert made["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/work"
    missing = f"arn:aws:iam::{ACCOUNT}:role/nobody"
    assert denied(alice("sts").assume_role, RoleArn=missing, RoleSessionName="work")[0] == "AccessDenied"
    assert denied(root("sts").assume_role, RoleArn=ROLE, RoleSessionName="work")[1] == (
        "Roles may not be assumed by root accounts."
    )


def test_a_session_carries_its_policies_tags_and_name(endpoint, root, user):
    policy = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::${aws:PrincipalTag/team}-*"},
                {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"},
                {"Effect": "Allow", "Action": "sts:*", "Resource": "*"},
            ],
        }
    )
    make_role(root, policy=policy)
    alice = user("alice", allow(["sts:AssumeRole", "sts:TagSession"]))
    tags = {"Tags": [{"Key": "team", "Value": "red"}], "TransitiveTagKeys": ["team"]}
    session = alice("sts").assume_role(
        RoleArn=ROLE, RoleSessionName="work", Policy=allow("s3:CreateBucket"), DurationSeconds=900, **tags
    )
    s3 = endpoint.client("s3", session["Credentials"])
    s3.create_bucket(Bucket="red-bucket")
    assert denied(s3.create_bucket, Bucket="blue-bucket")[1].endswith(
        "because no identity-based policy allows the s3:CreateBucket action"
    )
    assert denied(s3.list_buckets)[1].endswith("because no session policy allows the s3:ListAllMyBuckets action")
    assert session["PackedPolicySize"] > 0
    assert session["Credentials"]["Expiration"] - datetime.datetime.now(datetime.UTC) < datetime.timedelta(minutes=16)


@pytest.mark.parametrize(
    ("params", "code", "message"),
    [
        ({"DurationSeconds": 7200}, "ValidationError", "exceeds the MaxSessionDuration set for this role"),
        ({"RoleSessionName": "no spaces"}, "ValidationError", "failed to satisfy constraint"),
        ({"Policy": '{"Statement": []}'}, "MalformedPolicyDocument", ""),
        ({"TransitiveTagKeys": ["team"]}, "ValidationError", "is not a session tag"),
        ({"Tags": [{"Key": "aws:x", "Value": "y"}]}, "InvalidInput", "System tags"),
    ],
)
def test_what_assume_role_refuses(root, user, params, code, message):
    make_role(root, policy=allow("s3:*"))
    alice = user("alice", allow("sts:*"))
    found = denied(alice("sts").assume_role, **{"RoleArn": ROLE, "RoleSessionName": "work", **params})
    assert found[0] == code
    assert message in found[1]


def test_roles_in_a_chain(endpoint, root, user):
    make_role(root, "first", allow("sts:*"))
    make_role(root, "second", allow("s3:*"), MaxSessionDuration=7200)
    alice = user("alice", allow("sts:*"))
    first, second = (f"arn:aws:iam::{ACCOUNT}:role/team/{name}" for name in ("first", "second"))
    tags = {"Tags": [{"Key": "team", "Value": "red"}], "TransitiveTagKeys": ["team"], "SourceIdentity": "alice"}
    policy = json.loads(trust(accounts=(ACCOUNT,)))
    policy["Statement"][0]["Action"] = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
    for name in ("first", "second"):
        root("iam").update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(policy))
    session = alice("sts").assume_role(RoleArn=first, RoleSessionName="one", **tags)
    assert session["SourceIdentity"] == "alice"
    sts = endpoint.client("sts", session["Credentials"])
    long = denied(sts.assume_role, RoleArn=second, RoleSessionName="two", DurationSeconds=7200)
    assert "1 hour session limit for roles assumed by role chaining" in long[1]
    clash = denied(sts.assume_role, RoleArn=second, RoleSessionName="two", Tags=[{"Key": "Team", "Value": "blue"}])
    assert clash[0] == "InvalidParameterValue"
    other = denied(sts.assume_role, RoleArn=second, RoleSessionName="two", SourceIdentity="bob")
    assert other[0] == "AccessDenied"
    again = sts.assume_role(RoleArn=second, RoleSessionName="two")
    assert again["SourceIdentity"] == "alice"


def test_external_id(root, user):
    condition = json.loads(trust(accounts=(ACCOUNT,)))
    condition["Statement"][0]["Condition"] = {"StringEquals": {"sts:ExternalId": "secret"}}
    make_role(root, trusted=json.dumps(condition))
    alice = user("alice", allow("sts:*"))
    assert denied(alice("sts").assume_role, RoleArn=ROLE, RoleSessionName="work")[0] == "AccessDenied"
    alice("sts").assume_role(RoleArn=ROLE, RoleSessionName="work", ExternalId="secret")


def test_services_assume_roles_that_trust_them(endpoint, root):
    make_role(root, policy=allow("s3:ListAllMyBuckets"))
    session = endpoint.sandbox.assume(ROLE, "lambda.amazonaws.com", "function")
    endpoint.client("s3", session).list_buckets()
    with pytest.raises(ServiceError, match="AccessDenied"):
        endpoint.sandbox.assume(ROLE, "events.amazonaws.com", "rule")
    with pytest.raises(ServiceError, match="AccessDenied"):
        endpoint.sandbox.assume(ROLE.replace("/team/", "/"), "lambda.amazonaws.com", "function")


def test_a_session_ends_with_its_role_and_with_its_time(endpoint, root):
    make_role(root, policy=allow("s3:ListAllMyBuckets"))
    session = endpoint.sandbox.assume(ROLE, "lambda.amazonaws.com", "function")
    s3 = endpoint.client("s3", session)
    s3.list_buckets()
    with time_machine.travel(time.time() + 3700, tick=True):
        assert denied(s3.list_buckets) == ("ExpiredToken", "The provided token has expired.")
        assert denied(endpoint.client("sts", session).get_caller_identity)[0] == "ExpiredToken"
        assert denied(endpoint.client("glue", session).get_databases)[0] == "ExpiredTokenException"
    root("iam").delete_role_policy(RoleName="worker", PolicyName="p")
    root("iam").delete_role(RoleName="worker")
    make_role(root, policy=allow("s3:ListAllMyBuckets"))
    assert denied(s3.list_buckets)[0] == "InvalidAccessKeyId"


def test_session_tokens_of_users(endpoint, root, user):
    alice = user("alice", allow("s3:ListAllMyBuckets"))
    session = alice("sts").get_session_token(DurationSeconds=3600)["Credentials"]
    endpoint.client("s3", session).list_buckets()
    sts = endpoint.client("sts", session)
    assert sts.get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/alice"
    assert denied(sts.get_session_token) == ("AccessDenied", "Cannot call GetSessionToken with session credentials")
    of_root = root("sts").get_session_token()["Credentials"]
    assert endpoint.client("sts", of_root).get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:root"


def test_federated_users_may_do_what_both_policies_allow(endpoint, user):
    alice = user("alice", allow(["sts:GetFederationToken", "sts:TagSession", "s3:*"]))
    made = alice("sts").get_federation_token(
        Name="bob", Policy=allow("s3:ListAllMyBuckets"), Tags=[{"Key": "team", "Value": "red"}]
    )
    assert made["FederatedUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:federated-user/bob"
    s3 = endpoint.client("s3", made["Credentials"])
    s3.list_buckets()
    assert denied(s3.create_bucket, Bucket="one")[1].endswith(
        "because no session policy allows the s3:CreateBucket action"
    )
    bare = alice("sts").get_federation_token(Name="carol")["Credentials"]
    assert denied(endpoint.client("s3", bare).list_buckets)[0] == "AccessDenied"
    assert denied(endpoint.client("sts", bare).get_federation_token, Name="dave")[0] == "AccessDenied"


def test_keys_that_are_off_or_wrong(endpoint, root):
    root("iam").create_user(UserName="alice")
    keys = root("iam").create_access_key(UserName="alice")["AccessKey"]
    wrong = keys | {"SecretAccessKey": "x" * 40}
    assert denied(endpoint.client("s3", wrong).list_buckets)[0] == "SignatureDoesNotMatch"
    assert denied(endpoint.client("glue", wrong).get_databases)[0] == "InvalidSignatureException"
    assert denied(endpoint.client("ec2", wrong).describe_vpcs)[0] == "AuthFailure"
    root("iam").update_access_key(UserName="alice", AccessKeyId=keys["AccessKeyId"], Status="Inactive")
    assert denied(endpoint.client("sts", keys).get_caller_identity) == (
        "InvalidClientTokenId",
        "The security token included in the request is invalid.",
    )
    unknown = keys | {"AccessKeyId": "AKIA0000000000000000"}
    assert denied(endpoint.client("s3", unknown).list_buckets)[0] == "InvalidAccessKeyId"
    assert denied(endpoint.client("glue", unknown).get_databases)[0] == "UnrecognizedClientException"
    assert denied(endpoint.client("sts", keys | {"SessionToken": "x"}).get_caller_identity)[0] == "InvalidClientTokenId"


def test_two_accounts_need_both_sides(endpoint, user):
    there = endpoint.sandbox.root(OTHER)
    other = lambda service: endpoint.client(service, there)  # noqa: E731
    other("s3").create_bucket(Bucket="theirs")
    other("s3").put_object(Bucket="theirs", Key="key", Body=b"data")
    alice = user("alice", allow("s3:*"))
    assert denied(alice("s3").get_object, Bucket="theirs", Key="key")[1].endswith(
        "because no resource-based policy allows the s3:GetObject action"
    )
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/alice"},
                "Action": "s3:GetObject",
                "Resource": "arn:aws:s3:::theirs/*",
            }
        ],
    }
    other("s3").put_bucket_policy(Bucket="theirs", Policy=json.dumps(policy))
    assert alice("s3").get_object(Bucket="theirs", Key="key")["Body"].read() == b"data"
    bob = user("bob")
    assert denied(bob("s3").get_object, Bucket="theirs", Key="key")[0] == "AccessDenied"
    queue = other("sqs").create_queue(QueueName="theirs")["QueueUrl"]
    assert denied(alice("sqs").send_message, QueueUrl=queue, MessageBody="x")[0] == "AccessDenied"


def test_anyone_may_what_a_bucket_policy_gives_to_all(endpoint, root):
    root("s3").create_bucket(Bucket="public")
    root("s3").put_object(Bucket="public", Key="key", Body=b"data")
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(f"{endpoint.url}/public/key")
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::public/*"}
        ],
    }
    root("s3").put_bucket_policy(Bucket="public", Policy=json.dumps(policy))
    with urllib.request.urlopen(f"{endpoint.url}/public/key") as response:
        assert response.read() == b"data"


def test_presigned_urls(endpoint, root):
    root("s3").create_bucket(Bucket="mine")
    root("s3").put_object(Bucket="mine", Key="a key", Body=b"data")
    signer = endpoint.client("s3", endpoint.sandbox.root(), signature_version="s3v4")
    url = signer.generate_presigned_url("get_object", Params={"Bucket": "mine", "Key": "a key"}, ExpiresIn=60)
    with urllib.request.urlopen(url) as response:
        assert response.read() == b"data"
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(url.replace("Expires=60", "Expires=61"))
    with time_machine.travel(time.time() + 120, tick=True), pytest.raises(urllib.error.HTTPError) as late:
        urllib.request.urlopen(url)
    assert b"Request has expired" in late.value.read()
    put = signer.generate_presigned_url("put_object", Params={"Bucket": "mine", "Key": "new"})
    with urllib.request.urlopen(urllib.request.Request(put, data=b"more", method="PUT")) as response:
        assert response.status == 200
    assert root("s3").get_object(Bucket="mine", Key="new")["Body"].read() == b"more"


def test_a_missing_object_is_told_to_those_who_may_list(root, user):
    root("s3").create_bucket(Bucket="mine")
    alice = user("alice", allow("s3:GetObject"))
    code, message = denied(alice("s3").get_object, Bucket="mine", Key="missing")
    assert code == "AccessDenied"
    assert 's3:ListBucket on resource: "arn:aws:s3:::mine"' in message
    assert denied(root("s3").get_object, Bucket="mine", Key="missing")[0] == "NoSuchKey"


def test_clocks_that_are_off(endpoint):
    with time_machine.travel(time.time() - 3600, tick=True) as clock:
        request = _signed_in_the_past(endpoint, "iam")
        s3_request = _signed_in_the_past(endpoint, "s3")
        clock.shift(3600)
        assert b"Signature expired" in _refused(request)
        assert b"RequestTimeTooSkewed" in _refused(s3_request)


def _signed_in_the_past(endpoint, service):
    from botocore.auth import S3SigV4Auth, SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    keys = endpoint.sandbox.root()
    signer = S3SigV4Auth if service == "s3" else SigV4Auth
    request = AWSRequest(
        "GET", f"{endpoint.url}/?Action=ListUsers&Version=2010-05-08" if service == "iam" else endpoint.url
    )
    signer(Credentials(keys.access_key_id, keys.secret), service, "us-east-1").add_auth(request)
    return urllib.request.Request(request.url, headers=dict(request.headers))


def _refused(request):
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    return refused.value.read()


def test_service_control_policies_bind_member_accounts(endpoint, root):
    organizations = root("organizations")
    organizations.create_organization(FeatureSet="ALL")
    made = organizations.create_account(AccountName="member", Email="m@example.com")["CreateAccountStatus"]
    member = endpoint.client("s3", endpoint.sandbox.root(made["AccountId"]))
    member.create_bucket(Bucket="before")
    policy = organizations.create_policy(
        Name="no-s3",
        Description="",
        Type="SERVICE_CONTROL_POLICY",
        Content=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Deny", "Action": "s3:CreateBucket", "Resource": "*"}],
            }
        ),
    )["Policy"]["PolicySummary"]
    organizations.attach_policy(PolicyId=policy["Id"], TargetId=made["AccountId"])
    code, message = denied(member.create_bucket, Bucket="after")
    assert code == "AccessDenied"
    assert message.endswith(f"with an explicit deny in a service control policy: {policy['Arn']}")
    root("s3").create_bucket(Bucket="management-is-not-bound")


def test_what_a_denied_ec2_caller_is_told_can_be_decoded(user):
    alice = user("alice", allow("sts:DecodeAuthorizationMessage"))
    code, message = denied(alice("ec2").create_vpc, CidrBlock="10.0.0.0/16")
    assert code == "UnauthorizedOperation"
    assert message.startswith("You are not authorized to perform this operation. User: arn:aws:iam::")
    encoded = message.rpartition("Encoded authorization failure message: ")[2]
    decoded = json.loads(alice("sts").decode_authorization_message(EncodedMessage=encoded)["DecodedMessage"])
    assert decoded["allowed"] is False
    assert decoded["context"]["action"] == "ec2:CreateVpc"
    assert denied(alice("sts").decode_authorization_message, EncodedMessage="eJx")[0] == (
        "InvalidAuthorizationMessageException"
    )


def test_the_account_of_a_key(root, user):
    alice = user("alice", allow("sts:GetAccessKeyInfo"))
    key = root("iam").list_access_keys(UserName="alice")["AccessKeyMetadata"][0]["AccessKeyId"]
    assert alice("sts").get_access_key_info(AccessKeyId=key)["Account"] == ACCOUNT
    assert denied(alice("sts").get_access_key_info, AccessKeyId="AKIA0000000000000000")[0] == "ValidationError"
    assert denied(alice("sts").get_access_key_info, AccessKeyId="not a key at all!")[0] == "ValidationError"


def test_policies_that_aws_refuses(root):
    broken = '{"Version": "2012-10-17", "Statement": [{"Effect": "allow", "Action": "s3:*", "Resource": "*"}]}'
    root("iam").create_user(UserName="alice")
    call = root("iam").put_user_policy
    assert denied(call, UserName="alice", PolicyName="p", PolicyDocument=broken)[0] == "MalformedPolicyDocument"
    assert denied(root("iam").create_role, RoleName="r", AssumeRolePolicyDocument=allow("s3:*"))[0] == (
        "MalformedPolicyDocument"
    )


def test_an_operation_that_nobody_serves_says_so(root):
    assert denied(root("codebuild").list_fleets)[0] == "NotImplemented"
    code, message = denied(root("apigateway").get_sdk_types)
    assert code == "NotImplemented"
    assert "GetSdkTypes" in message


def test_a_call_that_no_check_is_about_is_refused_not_free(endpoint, root, user):
    gateway = endpoint.sandbox.gateway
    organizations = root("organizations")
    organizations.create_organization(FeatureSet="ALL")
    nobody = user("nobody")
    code, _ = denied(nobody("organizations").create_organizational_unit, ParentId="zzz", Name="x")
    assert code == "AccessDeniedException"
    code, _ = denied(nobody("dynamodb").batch_get_item, RequestItems={})
    assert code == "NotImplemented"
    rows = [{"resource": "project/{name}", "when": "name"}, {"pass_role": "role", "to": "codebuild.amazonaws.com"}]
    operation = read_rows("codebuild", "codebuild", "StartBuild", rows)
    asked = ({}, gateway.callers.anonymous(), Place("aws", "us-east-1", ACCOUNT), {})
    with pytest.raises(CannotAuthorize, match="names nothing that a permission could be about"):
        list(gateway.authorizer.questions(operation, *asked))
    assert nobody("sts").get_caller_identity()["Arn"].endswith("user/nobody")
    top = organizations.list_roots()["Roots"][0]["Id"]
    assert organizations.list_organizational_units_for_parent(ParentId=top)["OrganizationalUnits"] == []
