"""CheckNoPublicAccess: published answers, and what a policy does rather than what it looks like."""

import json

import pytest

from launchrole.facts import actions as reference
from launchrole.policy import PolicySyntaxError
from launchrole.reasoning import (
    RESOURCE_TYPES,
    CheckRequestError,
    CheckUndecided,
    Facts,
    KnownActions,
    check_no_public_access,
    public_access,
)
from launchrole.reasoning.findings import Difference, Undecided
from shared_inputs import SHARED, needs_shared

FACTS = Facts(KnownActions(action.full_name for action in reference.actions_matching("*")))

# What the recorded cases say about the resource, in Terraform's names.
TERRAFORM = {
    "aws_api_gateway_rest_api_policy": "AWS::ApiGateway::RestApi",
    "aws_backup_vault_policy": "AWS::Backup::BackupVault",
    "aws_codeartifact_domain_permissions_policy": "AWS::CodeArtifact::Domain",
    "aws_dynamodb_resource_policy": "AWS::DynamoDB::Table",
    "aws_iam_role": "AWS::IAM::AssumeRolePolicyDocument",
    "aws_kinesis_resource_policy": "AWS::Kinesis::Stream",
    "aws_opensearch_domain_policy": "AWS::OpenSearchService::Domain",
    "aws_s3_bucket_policy": "AWS::S3::Bucket",
    "aws_s3tables_table_bucket_policy": "AWS::S3Tables::TableBucket",
    "aws_s3tables_table_policy": "AWS::S3Tables::Table",
    "aws_sns_topic_policy": "AWS::SNS::Topic",
}


def published(name):
    path = SHARED / "conformance" / name
    given = json.loads(path.read_text()) if path.is_file() else []
    cases = given["cases"] if isinstance(given, dict) else given
    return [pytest.param(one, id=one["id"]) for one in cases if "ublic" in one["check"]]


def check(policy, resource_type="AWS::S3::Bucket"):
    return check_no_public_access(json.dumps(policy), resource_type, FACTS)


def bucket_policy(*statements):
    action = {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/*"}
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **action, **one} for one in statements]}


@needs_shared
@pytest.mark.parametrize("case", published("access-checks.json"))
def test_published_answers(case):
    given = check(case["policy"], TERRAFORM.get(case["resource_type"], case["resource_type"]))
    assert given.result == case["expected"]
    assert given.message == case.get("message", given.message)
    assert [reason.to_dict() for reason in given.reasons] == (case.get("reasons") or [])


@needs_shared
@pytest.mark.parametrize("case", published("s3-public.json"))
def test_published_meaning_of_public(case):
    given = check(case["policy"])
    assert given.result == {"PUBLIC": "FAIL", "NOT_PUBLIC": "PASS"}[case["expected"]]


@needs_shared
def test_all_published_cases_are_there():
    assert (len(published("access-checks.json")), len(published("s3-public.json"))) == (16, 6)


def test_the_resource_types_are_those_of_the_api():
    botocore = pytest.importorskip("botocore.session")
    model = botocore.get_session().get_service_model("accessanalyzer")
    assert set(RESOURCE_TYPES) == set(model.shape_for("AccessCheckResourceType").enum)


ANYBODY = {"Principal": "*"}
ROLE = "arn:aws:iam::111122223333:role/Reader"
POINT = "arn:aws:s3:us-west-2:123456789012:accesspoint/*"

# A condition of a statement for everybody, and whether the public is let in.
CONDITIONS = [
    ({"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}, "PASS"),
    ({"StringEquals": {"AWS:principalorgid": ["o-a1b2c3d4e5", "o-aaaaaaaaaa"]}}, "PASS"),
    ({"StringEqualsIgnoreCase": {"aws:SourceVpc": "VPC-91237329"}}, "PASS"),
    ({"StringLike": {"aws:SourceVpc": "vpc-91237329"}}, "PASS"),
    ({"StringLike": {"aws:SourceVpc": ["vpc-91237329", "vpc-*"]}}, "FAIL"),
    ({"StringNotEquals": {"aws:SourceVpc": "vpc-91237329"}}, "FAIL"),
    ({"StringEqualsIfExists": {"aws:SourceVpc": "vpc-91237329"}}, "FAIL"),
    ({"StringEqualsIfExists": {"aws:SourceVpc": "vpc-9"}, "Null": {"aws:SourceVpc": "false"}}, "PASS"),
    ({"ForAllValues:StringEquals": {"aws:PrincipalOrgPaths": "o-a/r-b/"}}, "FAIL"),
    ({"ForAnyValue:StringEquals": {"aws:PrincipalOrgPaths": "o-a/r-b/"}}, "PASS"),
    ({"ArnEquals": {"aws:PrincipalArn": ROLE}}, "PASS"),
    ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/Reader"}}, "FAIL"),
    ({"StringEquals": {"aws:SourceAccount": "${aws:PrincipalAccount}"}}, "FAIL"),
    ({"StringEquals": {"aws:UserAgent": "secret"}}, "FAIL"),
    ({"Bool": {"aws:SecureTransport": "true"}}, "FAIL"),
    ({"Bool": {"aws:PrincipalIsAWSService": "true"}}, "PASS"),
    ({"Bool": {"aws:PrincipalIsAWSService": "false"}}, "FAIL"),
    ({"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "2001:db8::/32"]}}, "PASS"),
    ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, "PASS"),
    ({"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "2001::/31"]}}, "FAIL"),
    ({"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, "FAIL"),
    ({"StringEquals": {"aws:userid": "AIDAEXAMPLE"}}, "PASS"),
    ({"StringLike": {"aws:userid": "AROAEXAMPLE:*"}}, "FAIL"),
    ({"StringEquals": {"aws:userid": "AROAEXAMPLE:session"}}, "FAIL"),
    ({"StringEquals": {"s3:DataAccessPointAccount": "123456789012"}}, "PASS"),
    ({"StringLike": {"s3:DataAccessPointArn": POINT}}, "PASS"),
    ({"ArnLike": {"s3:DataAccessPointArn": "arn:aws:s3:us-west-2:*:accesspoint/mine"}}, "FAIL"),
]


@pytest.mark.parametrize(("condition", "expected"), CONDITIONS, ids=[json.dumps(row[0]) for row in CONDITIONS])
def test_conditions_on_everybody(condition, expected):
    given = check(bucket_policy({**ANYBODY, "Condition": condition}))
    assert given.result == expected
    assert all(finding.witness for reason in given.reasons for finding in reason.findings)


PRINCIPALS = [
    ({"Principal": {"AWS": ROLE}}, "PASS"),
    ({"Principal": {"Service": "cloudtrail.amazonaws.com"}}, "PASS"),
    ({"Principal": {"Federated": "arn:aws:iam::123456789012:saml-provider/ours"}}, "PASS"),
    ({"Principal": {"Federated": "accounts.google.com"}}, "FAIL"),
    ({"Principal": {"AWS": [ROLE, "*"]}}, "FAIL"),
    ({"NotPrincipal": {"AWS": ROLE}}, "FAIL"),
]


@pytest.mark.parametrize(("principal", "expected"), PRINCIPALS, ids=[json.dumps(row[0]) for row in PRINCIPALS])
def test_principals(principal, expected):
    assert check(bucket_policy(principal)).result == expected


def test_a_deny_can_keep_the_public_out():
    unless_inside = {"StringNotEquals": {"aws:SourceVpc": "vpc-91237329"}}
    deny = {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": unless_inside}
    assert check(bucket_policy(ANYBODY, {**ANYBODY, **deny})).result == "PASS"
    assert check(bucket_policy(ANYBODY, {**ANYBODY, **deny, "Action": "s3:PutObject"})).result == "FAIL"


def test_only_the_public_statement_is_told_and_its_witness_is_a_stranger():
    given = check(bucket_policy({"Principal": {"AWS": ROLE}}, {**ANYBODY, "Sid": "Open"}))
    [reason] = given.reasons
    assert reason.to_dict() == {
        "description": "Public access granted in the following statement with sid: Open.",
        "statementIndex": 1,
        "statementId": "Open",
    }
    assert reason.findings[0].witness.principal.arn != ROLE


# A condition on everybody, and the types of resources for which it keeps the public out, or does not.
DIFFERENCES = [
    ({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, "AWS::EFS::FileSystem", "AWS::DynamoDB::Table"),
    ({"StringEquals": {"aws:SourceOwner": "111122223333"}}, "AWS::SNS::Topic", "AWS::DynamoDB::Stream"),
    ({"ArnLike": {"s3:DataAccessPointArn": POINT}}, "AWS::S3::Bucket", "AWS::S3::AccessPoint"),
    ({"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}}, "AWS::EFS::FileSystem", "AWS::S3::Bucket"),
    ({"StringEquals": {"kms:CallerAccount": "111122223333"}}, "AWS::KMS::Key", "AWS::SQS::Queue"),
    ({"StringEquals": {"aws:userid": "AROAEXAMPLE:session"}}, "AWS::DynamoDB::Table", "AWS::EFS::FileSystem"),
]


@pytest.mark.parametrize(("condition", "closed", "open_"), DIFFERENCES, ids=[row[1] for row in DIFFERENCES])
def test_services_mean_different_things_by_public(condition, closed, open_):
    policy = bucket_policy({**ANYBODY, "Condition": condition})
    assert (check(policy, closed).result, check(policy, open_).result) == ("PASS", "FAIL")


REFUSED = [
    (bucket_policy(ANYBODY), "AWS::EC2::Instance", "no type of resource that is checked"),
    (bucket_policy({}), "AWS::S3::Bucket", "statement 1 has no Principal"),
]


@pytest.mark.parametrize(("policy", "resource_type", "message"), REFUSED, ids=[row[2] for row in REFUSED])
def test_requests_that_are_refused(policy, resource_type, message):
    with pytest.raises(CheckRequestError, match=message):
        check(policy, resource_type)


def test_no_policy_at_all():
    with pytest.raises(PolicySyntaxError):
        check_no_public_access("{}", "AWS::S3::Bucket", FACTS)


def test_what_is_not_proved_does_not_pass(monkeypatch):
    undecided = Difference((), (Undecided(0, None, ("s3:GetObject",), "too much"),))
    monkeypatch.setattr(public_access, "new_access", lambda *_: undecided)
    with pytest.raises(CheckUndecided, match="statement 1: too much"):
        check(bucket_policy(ANYBODY))
