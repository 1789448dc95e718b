"""Access Analyzer's checks through boto3's client, in process: answers, errors, IAM."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError

from launchrole.sandbox import Sandbox
from shared_inputs import SHARED, needs_shared


@pytest.fixture(scope="module")
def session():
    with Sandbox() as sandbox:
        faults = []
        sandbox.gateway.report = faults.append
        yield boto3.session.Session(botocore_session=sandbox.botocore_session())
        assert not faults, faults[0]


@pytest.fixture(scope="module")
def analyzer(session):
    return session.client("accessanalyzer")


def policy(*statements, **more):
    made = [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **one} for one in statements or ({},)]
    return json.dumps({"Version": "2012-10-17", "Statement": made, **more})


def refused(call, **params):
    with pytest.raises(ClientError) as caught:
        call(**params)
    return caught.value.response


def test_no_new_access(analyzer):
    wider = policy({"Action": ["s3:GetObject", "s3:PutObject"], "Sid": "More"})
    given = analyzer.check_no_new_access(
        existingPolicyDocument=policy(), newPolicyDocument=wider, policyType="IDENTITY_POLICY"
    )
    assert given["result"] == "FAIL"
    reason = {"description": "New access in the statement with sid: More.", "statementIndex": 0, "statementId": "More"}
    assert given["reasons"] == [reason]
    given = analyzer.check_no_new_access(
        existingPolicyDocument=wider, newPolicyDocument=policy(), policyType="IDENTITY_POLICY"
    )
    assert (given["result"], given["reasons"]) == ("PASS", [])


def test_access_not_granted(analyzer):
    asked = {"policyDocument": policy({"Action": "s3:*"}), "policyType": "IDENTITY_POLICY"}
    given = analyzer.check_access_not_granted(access=[{"actions": ["s3:DeleteBucket"]}], **asked)
    assert given["message"] == "The policy document grants access to perform one or more of the listed actions."
    assert analyzer.check_access_not_granted(access=[{"actions": ["sqs:SendMessage"]}], **asked)["result"] == "PASS"


@needs_shared
def test_published_public_policies(analyzer):
    for case in json.loads((SHARED / "conformance" / "s3-public.json").read_text()):
        given = analyzer.check_no_public_access(
            policyDocument=json.dumps(case["policy"]), resourceType="AWS::S3::Bucket"
        )
        assert given["result"] == {"PUBLIC": "FAIL", "NOT_PUBLIC": "PASS"}[case["expected"]], case["id"]


def test_what_cannot_be_asked(analyzer):
    identity = {"policyType": "IDENTITY_POLICY"}
    error = refused(analyzer.check_no_new_access, existingPolicyDocument="{", newPolicyDocument=policy(), **identity)
    assert error["Error"]["Code"] == "InvalidParameterException"
    assert "line 1, column 2" in error["Error"]["Message"]
    error = refused(analyzer.check_access_not_granted, policyDocument=policy(), access=[], **identity)
    assert (error["Error"]["Code"], error["reason"]) == ("ValidationException", "fieldValidationFailed")
    error = refused(analyzer.check_no_public_access, policyDocument=policy(), resourceType="AWS::S3::Bucket")
    assert "has no Principal" in error["Error"]["Message"]
    error = refused(
        analyzer.validate_policy, policyDocument=policy(), validatePolicyResourceType="AWS::S3::Bucket", **identity
    )
    assert error["Error"]["Message"] == "InvalidInput"
    error = refused(analyzer.validate_policy, policyDocument=policy(), policyType="TRUST_POLICY")
    assert error["Error"]["Code"] == "ValidationException"
    error = refused(analyzer.validate_policy, policyDocument=policy(), locale="DE", **identity)
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_only_who_is_allowed_may_ask(session):
    iam = session.client("iam")
    iam.create_user(UserName="checker")
    key = iam.create_access_key(UserName="checker")["AccessKey"]
    client = session.client(
        "accessanalyzer", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
    )
    asked = {"policyDocument": policy(), "policyType": "IDENTITY_POLICY"}
    error = refused(client.validate_policy, **asked)["Error"]
    assert error["Code"] == "AccessDeniedException"
    assert "access-analyzer:ValidatePolicy" in error["Message"]
    allow = policy({"Action": "access-analyzer:ValidatePolicy"})
    iam.put_user_policy(UserName="checker", PolicyName="check", PolicyDocument=allow)
    assert client.validate_policy(**asked)["findings"] == []


def test_a_finding_says_what_and_where(analyzer):
    statement = '{"Effect": "Allow", "Action": ["s3:GetObjects"], "Resource": "*"}'
    text = f'{{"Version": "2012-10-17",\n "Statement": [\n  {statement}]}}'
    [finding] = analyzer.validate_policy(policyDocument=text, policyType="IDENTITY_POLICY")["findings"]
    page = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html"
    start = text.index('"s3:GetObjects"')
    assert finding == {
        "findingDetails": "The action s3:GetObjects does not exist. Did you mean s3:GetObject?",
        "findingType": "ERROR",
        "issueCode": "INVALID_ACTION",
        "learnMoreLink": f"{page}#access-analyzer-reference-policy-checks-error-invalid-action",
        "locations": [
            {
                "path": [{"value": "Statement"}, {"index": 0}, {"value": "Action"}, {"index": 0}],
                "span": {
                    "start": {"line": 3, "column": 33, "offset": start},
                    "end": {"line": 3, "column": 48, "offset": start + 15},
                },
            }
        ],
    }


STARS = {"Action": "*"}
TRUST = "AWS::IAM::AssumeRolePolicyDocument"


def conditioned(**operators):
    return policy({"Condition": {name.replace("_", ":"): keys for name, keys in operators.items()}})


def of_everybody(**more):
    return policy({"Principal": {"AWS": "111122223333"}, **more})


# A policy, its type, and what is found: the codes, each with the text that its first location spans.
FOUND = [
    ("IDENTITY", policy(), {}),
    ("IDENTITY", '{"a"', {"JSON_SYNTAX_ERROR": '{"a"'}),
    ("IDENTITY", "[]", {"DATA_TYPE_MISMATCH": "[]"}),
    ("IDENTITY", '{"Version": "2012-10-17"}', {"MISSING_STATEMENT": '{"Version": "2012-10-17"}'}),
    ("IDENTITY", policy(Version="2013"), {"INVALID_VERSION": '"2013"'}),
    ("IDENTITY", policy({"Effect": "Denys"}), {"INVALID_EFFECT": '"Denys"'}),
    ("IDENTITY", policy({"Actions": "s3:Get*"}), {"INVALID_POLICY_ELEMENT": '"Actions"'}),
    ("IDENTITY", policy({"NotAction": "s3:Get*"}), {"UNSUPPORTED_ELEMENT_COMBINATION": '"NotAction"'}),
    ("IDENTITY", policy({"Principal": "*"}), {"UNSUPPORTED_PRINCIPAL": '"*"'}),
    ("IDENTITY", policy({"Sid": "A"}, {"Sid": "A", "Resource": "arn:aws:s3:::b"}), {"UNIQUE_SIDS_REQUIRED": '"A"'}),
    ("IDENTITY", conditioned(StringIs={"aws:username": "a"}), {"INVALID_CONDITION_OPERATOR": '"StringIs"'}),
    ("IDENTITY", policy({"Action": "s4:GetObject"}), {"INVALID_SERVICE_IN_ACTION": '"s4:GetObject"'}),
    ("IDENTITY", policy({"Resource": "bucket"}), {"INVALID_ARN_PREFIX": '"bucket"'}),
    ("IDENTITY", policy({"Resource": "aws:s3:::bucket"}), {"INVALID_ARN_PREFIX": '"aws:s3:::bucket"'}),
    ("IDENTITY", policy({"Resource": "arn:foo:s3:::bucket"}), {"INVALID_PARTITION": '"arn:foo:s3:::bucket"'}),
    ("IDENTITY", conditioned(StringEquals={"aws:Foo": "a"}), {"INVALID_GLOBAL_CONDITION_KEY": '"aws:Foo"'}),
    ("IDENTITY", conditioned(StringEquals={"s3:foo": "a"}), {"INVALID_SERVICE_CONDITION_KEY": '"s3:foo"'}),
    ("IDENTITY", conditioned(StringEquals={"foo": "a"}), {"INVALID_CONDITION_KEY_FORMAT": '"foo"'}),
    ("IDENTITY", conditioned(StringEquals={"s4:foo": "a"}), {"INVALID_SERVICE": '"s4:foo"'}),
    (
        "IDENTITY",
        conditioned(StringEquals={"aws:ResourceTag": "a"}),
        {"MISSING_TAG_KEY_IN_CONDITION": '"aws:ResourceTag"'},
    ),
    ("IDENTITY", conditioned(Bool={"aws:username": "true"}), {"TYPE_MISMATCH": '"true"'}),
    ("IDENTITY", conditioned(IpAddress={"aws:SourceIp": "here"}), {"TYPE_MISMATCH_IP_RANGE": '"here"'}),
    ("IDENTITY", conditioned(Bool={"aws:SecureTransport": "yes"}), {"TYPE_MISMATCH_BOOLEAN": '"yes"'}),
    ("IDENTITY", conditioned(StringEquals={"aws:TagKeys": "a"}), {"MISSING_QUALIFIER": '"aws:TagKeys"'}),
    (
        "IDENTITY",
        conditioned(ForAllValues_StringEquals={"aws:username": "a"}),
        {"FORALLVALUES_WITH_SINGLE_VALUED_KEY": '"aws:username"'},
    ),
    ("IDENTITY", conditioned(StringEquals={"aws:username": []}), {"EMPTY_ARRAY_CONDITION": "[]"}),
    (
        "IDENTITY",
        conditioned(ForAnyValue_StringEquals={"aws:TagKeys": []}),
        {"EMPTY_ARRAY_CONDITION_FORANYVALUE": "[]"},
    ),
    ("IDENTITY", conditioned(StringEquals={"aws:username": "a*"}), {"WILDCARD_WITHOUT_LIKE_OPERATOR": '"a*"'}),
    ("IDENTITY", conditioned(StringLike={"aws:SourceVpc": "vpc-*"}), {"WILDCARD_USAGE_TOO_PERMISSIVE": '"vpc-*"'}),
    (
        "IDENTITY",
        policy(STARS),
        {"PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE": '"*"', "CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE": '"*"'},
    ),
    (
        "IDENTITY",
        policy({**STARS, "Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}}),
        {"CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE": '"*"'},
    ),
    ("IDENTITY", policy({"Action": "iam:PassRole"}), {"PASS_ROLE_WITH_STAR_IN_RESOURCE": '"iam:PassRole"'}),
    (
        "IDENTITY",
        policy({"Action": ["s3:Get*", "s3:GetObject"]}),
        {"REDUNDANT_ACTION": '"s3:GetObject"'},
    ),
    (
        "IDENTITY",
        policy({"Resource": ["arn:aws:s3:::b*", "arn:aws:s3:::bucket/*"]}),
        {"REDUNDANT_RESOURCE": '"arn:aws:s3:::bucket/*"'},
    ),
    (
        "IDENTITY",
        '{"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::${aws:username}/*"}}',
        {
            "MISSING_VERSION": '{"Statement"',
            "VARIABLE_UNSUPPORTED_IN_VERSION": '"arn:aws:s3:::${aws:username}/*"',
        },
    ),
    ("RESOURCE", of_everybody(), {}),
    ("RESOURCE", policy(), {"MISSING_PRINCIPAL": '{"Effect"'}),
    ("RESOURCE", policy({"NotPrincipal": {"AWS": "111122223333"}}), {"ALLOW_WITH_NOT_PRINCIPAL": '{"AWS": "1'}),
    ("RESOURCE", policy({"Principal": {"Aws": "111122223333"}}), {"INVALID_PRINCIPAL_KEY": '"Aws"'}),
    ("RESOURCE", policy({"Principal": {}}), {"EMPTY_OBJECT_PRINCIPAL": "{}"}),
    ("TRUST", of_everybody(Action="sts:AssumeRole"), {"ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE": '"*"'}),
    ("SERVICE_CONTROL", of_everybody(), {"SCP_SYNTAX_ERROR_PRINCIPAL": '{"AWS": "1'}),
    ("RESOURCE_CONTROL", policy({"Principal": "*"}), {"RCP_SYNTAX_ERROR_ALLOW": '"Allow"'}),
]


@pytest.mark.parametrize(("kind", "text", "expected"), FOUND, ids=[",".join(row[2]) or "nothing" for row in FOUND])
def test_what_is_found(analyzer, kind, text, expected):
    asked = {"policyType": "RESOURCE_POLICY", "validatePolicyResourceType": TRUST}
    asked = asked if kind == "TRUST" else {"policyType": f"{kind}_POLICY"}
    found = analyzer.validate_policy(policyDocument=text, **asked)["findings"]
    assert {one["issueCode"] for one in found} == set(expected)
    for one in found:
        span = one["locations"][0]["span"]
        assert text[span["start"]["offset"] : span["end"]["offset"]].startswith(expected[one["issueCode"]])
        assert "{" not in one["findingDetails"]


def test_statements_that_say_the_same_are_told_together(analyzer):
    text = policy({"Sid": "One"}, {"Sid": "Two"})
    [finding] = analyzer.validate_policy(policyDocument=text, policyType="IDENTITY_POLICY")["findings"]
    assert finding["issueCode"] == "REDUNDANT_STATEMENT"
    assert [one["path"][1] for one in finding["locations"]] == [{"index": 0}, {"index": 1}]


def test_pages(analyzer):
    asked = {"policyDocument": policy(STARS), "policyType": "IDENTITY_POLICY", "maxResults": 1}
    first = analyzer.validate_policy(**asked)
    rest = analyzer.validate_policy(nextToken=first["nextToken"], **asked)
    assert first["findings"][0]["issueCode"] != rest["findings"][0]["issueCode"]
    assert "nextToken" not in rest
    assert refused(analyzer.validate_policy, nextToken="x", **asked)["Error"]["Code"] == "ValidationException"


def test_a_refusal_whose_words_are_unknown_is_no_finding(analyzer):
    unknown = policy({"Resource": "arn:aws:s?:::b"})
    error = refused(analyzer.validate_policy, policyDocument=unknown, policyType="IDENTITY_POLICY")
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert "does not name its service" in error["Error"]["Message"]


HOSTILE = [
    "",
    "[" * 5000,
    '{"Statement": [[]]}',
    '{"a": 1, "a": 2}',
    '{"Statement": {"Effect": 1}}',
    "\u00e4",
    "null",
    "{}x",
]


@pytest.mark.parametrize("text", HOSTILE, ids=[text[:20] for text in HOSTILE])
def test_texts_that_are_no_policies_have_one_finding(analyzer, text):
    [finding] = analyzer.validate_policy(policyDocument=text, policyType="IDENTITY_POLICY")["findings"]
    assert finding["issueCode"] in ("JSON_SYNTAX_ERROR", "DATA_TYPE_MISMATCH")


def test_analyzers_are_not_served(analyzer):
    assert refused(analyzer.list_analyzers)["ResponseMetadata"]["HTTPStatusCode"] == 501


SIZES = [("IDENTITY", 6144, "WARNING"), ("SERVICE_CONTROL", 10240, "ERROR"), ("RESOURCE_CONTROL", 5120, "ERROR")]


@pytest.mark.parametrize(("kind", "most", "severity"), SIZES, ids=[row[0] for row in SIZES])
def test_policies_that_are_too_long(analyzer, kind, most, severity):
    element = {"Principal": "*", "Effect": "Deny"} if kind == "RESOURCE_CONTROL" else {}
    text = policy({**element, "Resource": [f"arn:aws:s3:::bucket-{number}" for number in range(most // 20)]})
    [finding] = analyzer.validate_policy(policyDocument=text, policyType=f"{kind}_POLICY")["findings"]
    assert (finding["issueCode"].startswith("POLICY_SIZE_EXCEEDS"), finding["findingType"]) == (True, severity)
    assert f"exceed the {most} character maximum" in finding["findingDetails"]
