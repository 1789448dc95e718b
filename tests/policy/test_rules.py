"""What AWS refuses, by kind of policy: its code and its message, and our words with the place."""

import json

import pytest

from launchrole.policy.answers import BY_KIND, Fault
from launchrole.policy.document import PolicyKind, parse
from launchrole.policy.errors import PolicySyntaxError


def policy(*statements, **elements):
    return {"Version": "2012-10-17", "Statement": list(statements)} | elements


def statement(**elements):
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"} | elements


def refusal(document, kind=None):
    with pytest.raises(PolicySyntaxError) as caught:
        parse(document, kind)
    return caught.value


ASSUME = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
RCP = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
SHARED_BUCKET = statement(Principal={"AWS": "arn:aws:iam::123456789012:root"})

MANAGED, AWS_MANAGED, INLINE, IDENTITY = (
    PolicyKind.MANAGED,
    PolicyKind.AWS_MANAGED,
    PolicyKind.INLINE,
    PolicyKind.IDENTITY,
)
TRUST, RESOURCE, KEY, ENDPOINT = PolicyKind.TRUST, PolicyKind.RESOURCE, PolicyKind.KEY, PolicyKind.VPC_ENDPOINT


@pytest.mark.parametrize("kind", PolicyKind)
def test_every_kind_has_its_answers(kind):
    for fault in Fault:
        code, message = BY_KIND[kind].to(fault, "one", "two")
        assert code
        assert "{" not in message.replace("'{'", "")


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (None, ASSUME),
        (TRUST, ASSUME),
        (TRUST, ASSUME | {"Action": ["STS:AssumeRole", "sts:TagSession"]}),
        (TRUST, ASSUME | {"Principal": {"AWS": "*", "Federated": "accounts.google.com"}}),
        (TRUST, ASSUME | {"Principal": {"AWS": "123456789012"}}),
        (TRUST, ASSUME | {"Principal": {"AWS": "AROAEXAMPLEEXAMPLEEXA"}}),
        (TRUST, ASSUME | {"Principal": {"AWS": "arn:aws-us-gov:iam::123456789012:user/a/b@c"}}),
        (TRUST, ASSUME | {"Principal": {"AWS": "arn:aws:sts::123456789012:assumed-role/role/session"}}),
        (TRUST, ASSUME | {"Resource": []}),
        (
            TRUST,
            ASSUME | {"Condition": {"ForAllValues:StringLikeIfExists": {"a:b": "c"}, "Bool": {"a:b": True}, "X": {}}},
        ),
        (INLINE, statement(Condition={"stringequals": {"a:b": "c"}})),
        (INLINE, statement()),
        (INLINE, statement(Sid="With_Underscore")),
        (IDENTITY, statement(Sid="with-hyphen")),
        (PolicyKind.SESSION, statement()),
        (PolicyKind.SCP, statement(Effect="Deny", Action="*")),
        (PolicyKind.SCP, {"Effect": "Allow", "NotAction": "iam:*", "NotResource": "arn:aws:s3:::b"}),
        (PolicyKind.RCP, RCP),
        (RESOURCE, statement(Principal="*")),
        (RESOURCE, statement(Effect="Deny", NotPrincipal={"AWS": "123456789012"})),
        (RESOURCE, statement(Principal={"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"})),
        (
            RESOURCE,
            statement(Principal={"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47"}),
        ),
        (RESOURCE, statement(Principal="*", Sid="A sid with blanks")),
        (KEY, statement(Action="kms:*", Principal={"AWS": "*"})),
        (ENDPOINT, statement(Principal="*")),
        (MANAGED, statement(Resource="arn:aws:iam::123456789012:*")),
        (MANAGED, statement(Resource="arn:aws:s3:us-east-1:123456789012:accesspoint/a")),
        (AWS_MANAGED, statement(Resource="arn:aws:waf:*")),
        (AWS_MANAGED, statement(Resource="arn:*:iam::*:root")),
        (AWS_MANAGED, statement(Action="s3:GetObject ")),
        (MANAGED, statement(Condition={"DateLessThan": {"aws:CurrentTime": [1700000000, "2026-01-31"]}})),
    ],
)
def test_what_each_kind_takes(kind, given):
    for document in (policy(given), json.dumps(policy(given))):
        assert parse(document, kind).statements[0].effect == given["Effect"]


SID = "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
NO_VENDOR = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
IDENTITY_REFUSES = [
    (MANAGED, statement(Principal="*"), "Principal", "Policy document should not specify a principal."),
    (INLINE, statement(NotPrincipal="*"), "NotPrincipal", "Policy document should not specify a principal."),
    (IDENTITY, statement(Principal="*"), "Principal", "Policy document should not specify a principal."),
    (
        INLINE,
        statement(Sid="no-hyphens"),
        "Sid",
        SID,
    ),
    (INLINE, statement(Action="*:Get*"), "Action", "Vendor * is not valid"),
    (INLINE, statement(Action=["*", "s3"]), "Action[1]", NO_VENDOR),
    (INLINE, statement(Action=[":x"]), "Action[0]", "Vendor  is not valid"),
    (
        INLINE,
        statement(Resource=["*", None, "arn:aws:*:::x"]),
        "Resource[2]",
        "Resource vendor must be fully qualified and cannot contain regexes.",
    ),
    (
        INLINE,
        statement(Condition={"DateEquals": {"a:b": [True]}}),
        "Condition.DateEquals.a:b[0]",
        "The policy failed legacy parsing",
    ),
    (INLINE, statement(Resource="arn:aws:::b:x"), "Resource", "The policy failed legacy parsing"),
]

NOT_STS = "AssumeRole policy may only specify STS AssumeRole actions."
RESOURCES_REFUSE = [
    (TRUST, {"Effect": "Allow", "Action": "sts:AssumeRole"}, "", "Missing required field Principal"),
    (TRUST, ASSUME | {"Principal": {}}, "Principal", "Missing required field Principal cannot be empty!"),
    (TRUST, ASSUME | {"Principal": "*"}, "Principal", 'AssumeRolepolicy contained an invalid principal: "STAR":"*".'),
    (TRUST, ASSUME | {"Principal": {"User": "x"}}, "Principal.User", ""),
    (
        TRUST,
        ASSUME | {"Principal": {"AWS": ["*", "arn:aws:iam::*:root"]}},
        "Principal.AWS[1]",
        'Invalid principal in policy: "AWS":"arn:aws:iam::*:root"',
    ),
    (
        TRUST,
        ASSUME | {"Principal": {"Service": "lambda"}},
        "Principal.Service",
        'Invalid principal in policy: "SERVICE":"lambda"',
    ),
    (TRUST, ASSUME | {"Resource": "*"}, "Resource", "Has prohibited field Resource"),
    (TRUST, ASSUME | {"NotResource": "*"}, "NotResource", "AssumeRole policy must not contain resources."),
    (TRUST, ASSUME | {"Action": ["sts:AssumeRole", "s3:GetObject"]}, "Action[1]", NOT_STS),
    (TRUST, ASSUME | {"Action": "*"}, "Action", NOT_STS),
    (TRUST, ASSUME | {"Action": []}, "", "Missing required field Action"),
    (TRUST, ASSUME | {"Effect": "allow"}, "Effect", "Invalid effect: allow"),
    (TRUST, {"Action": "sts:AssumeRole"}, "", "Missing required field Effect"),
    (
        TRUST,
        ASSUME | {"Condition": {"stringEquals": {"aws:x": "y"}}},
        "Condition.stringEquals",
        "Invalid Condition type : stringEquals",
    ),
    (
        RESOURCE,
        SHARED_BUCKET | {"Condition": {"ForAllvalues:StringLikeIfexists": {"aws:x": "y"}}},
        "Condition.ForAllvalues:StringLikeIfexists",
        "Invalid Condition type : ForAllvalues:StringLikeIfexists",
    ),
    (
        RESOURCE,
        SHARED_BUCKET | {"Condition": {"Banana": {"aws:x": "y"}}},
        "Condition.Banana",
        "Invalid Condition type : Banana",
    ),
    (TRUST, ASSUME | {"_comment": "x"}, "_comment", "Unknown field _comment"),
    (RESOURCE, statement(), "", "Missing required field Principal"),
    (RESOURCE, statement(NotPrincipal="*"), "NotPrincipal", "Allow with NotPrincipal is not allowed."),
    (RESOURCE, SHARED_BUCKET | {"Resource": []}, "", "Missing required field Resource"),
    (RESOURCE, SHARED_BUCKET | {"Resource": "b"}, "Resource", "Policy has invalid resource"),
    (RESOURCE, SHARED_BUCKET | {"Action": "get"}, "Action", "Policy has invalid action"),
    (RESOURCE, statement(Principal={"AWS": "me"}), "Principal.AWS", "Invalid principal in policy"),
    (KEY, statement(), "", ""),
    (
        KEY,
        statement(Principal={"AWS": "arn:aws:iam::123456789012:group/g"}),
        "Principal.AWS",
        "Policy contains a statement with one or more invalid principals.",
    ),
    (ENDPOINT, statement(), "", ""),
]

ORGANIZATIONS = "The provided policy document does not meet the requirements of the specified policy type."
ORGANIZATIONS_REFUSES = [
    (PolicyKind.SCP, statement(Principal="*"), "Principal", ORGANIZATIONS),
    (PolicyKind.RCP, RCP | {"Effect": "Allow"}, "Effect", ORGANIZATIONS),
    (PolicyKind.RCP, RCP | {"Principal": {"AWS": "*"}}, "Principal", ORGANIZATIONS),
    (PolicyKind.RCP, statement(Effect="Deny", NotPrincipal="*"), "NotPrincipal", ORGANIZATIONS),
    (PolicyKind.RCP, statement(Effect="Deny"), "", ORGANIZATIONS),
    (PolicyKind.RCP, RCP | {"Action": ["s3:*", "*"]}, "Action", ORGANIZATIONS),
    (
        PolicyKind.RCP,
        {"Effect": "Deny", "Principal": "*", "NotAction": "s3:*", "Resource": "*"},
        "NotAction",
        ORGANIZATIONS,
    ),
]

CODES = {
    RESOURCE: "MalformedPolicy",
    KEY: "MalformedPolicyDocumentException",
    PolicyKind.SCP: "MalformedPolicyDocumentException",
    PolicyKind.RCP: "MalformedPolicyDocumentException",
    ENDPOINT: "InvalidPolicyDocument",
}


@pytest.mark.parametrize(
    ("kind", "given", "where", "message"), [*IDENTITY_REFUSES, *RESOURCES_REFUSE, *ORGANIZATIONS_REFUSES]
)
def test_what_each_kind_refuses(kind, given, where, message):
    for document in (policy(given), json.dumps(policy(given), indent=1)):
        error = refusal(document, kind)
        assert (error.code, error.message) == (CODES.get(kind, "MalformedPolicyDocument"), message)
        assert error.answer == (f"{error.code}: {message}" if message else error.code)
    assert error.place.path == f"Statement[0].{where}".rstrip(".")


@pytest.mark.parametrize(
    ("kind", "text", "code", "message"),
    [
        (TRUST, "{", "MalformedPolicyDocument", "This policy contains invalid Json"),
        (TRUST, "\ufeff{}", "MalformedPolicyDocument", "This policy contains invalid Json"),
        (TRUST, "{}", "MalformedPolicyDocument", "Missing required field Statement"),
        (TRUST, '{"Statement": []}', "MalformedPolicyDocument", "Could not parse the policy: Statement is empty!"),
        (TRUST, '{"Version": "1"}', "MalformedPolicyDocument", "The policy must contain a valid version string"),
        (TRUST, '{"statement": []}', "MalformedPolicyDocument", "Unknown field statement"),
        (RESOURCE, "{,", "MalformedPolicy", "This policy contains invalid Json"),
        (RESOURCE, "", "MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'"),
        (RESOURCE, "[]", "MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'"),
        (RESOURCE, "{}", "MalformedPolicy", "Missing required field Statement"),
        (PolicyKind.SCP, "{", "MalformedPolicyDocumentException", ORGANIZATIONS),
        (KEY, "{", "MalformedPolicyDocumentException", ""),
        (None, "{", "MalformedPolicyDocument", "Syntax errors in policy."),
    ],
)
def test_what_is_no_policy_at_all(kind, text, code, message):
    error = refusal(text, kind)
    assert (error.code, error.message) == (code, message)


@pytest.mark.parametrize("kind", [PolicyKind.SCP, PolicyKind.RCP])
def test_organizations_wants_the_newer_version(kind):
    given = statement(Effect="Deny") if kind is PolicyKind.SCP else RCP
    error = refusal(policy(given, Version="2008-10-17"), kind)
    assert (error.detail, error.message) == ("Version: the policy's Version is `2008-10-17`", ORGANIZATIONS)


def test_a_trust_policy_excludes_nobody():
    def excluding(effect):
        return policy({"Effect": effect, "Action": "sts:AssumeRole", "NotPrincipal": {"AWS": "123456789012"}})

    assert refusal(excluding("Allow"), TRUST).message == "Allow with NotPrincipal is not allowed."
    assert refusal(excluding("Deny"), TRUST).message == "AssumeRole policy must not contain NotPrincipal field."


def test_sids_are_unique():
    twice = policy(ASSUME | {"Sid": "A"}, ASSUME | {"Sid": ""}, ASSUME | {"Sid": ""}, ASSUME | {"Sid": "A"})
    error = refusal(json.dumps(twice), TRUST)
    assert (error.place.path, error.message) == ("Statement[3].Sid", "The Statement Ids in the policy are not unique")
    parse(twice)


@pytest.mark.parametrize(
    ("character", "help"),
    [("字", "write it as `\\u5b57`"), ("\u2028", "write it as `\\u2028`"), ("😀", "take it away")],
)
def test_characters_that_policies_do_not_hold(character, help):
    text = json.dumps(policy(statement(Resource=f"arn:aws:s3:::{character}")), ensure_ascii=False)
    error = refusal(text, MANAGED)
    assert (error.code, error.help) == ("ValidationError", help)
    assert error.message == (
        "The specified value for policyDocument is invalid. It must contain only printable ASCII characters."
    )
    assert error.place.column == text.index(character) + 1
    assert refusal(text.replace("s3:G", "kms:G"), KEY).code == "ValidationException"
    parse(json.dumps(policy(statement(Resource=f"arn:aws:s3:::{character}"))), MANAGED)


@pytest.mark.parametrize(
    ("resource", "detail", "help"),
    [
        ("", "an empty text is no ARN", "write an ARN such as `arn:aws:s3:::bucket/*`, or `*`"),
        ("aws:s3:::b", "`aws:s3:::b` does not begin with `arn:`", "write `arn:aws:s3:::b`"),
        ("arn:s3:::b", "`arn:s3:::b` names no partition of AWS: `s3`", "write as in `arn:aws:s3:::bucket`"),
        ("arn:aws:s3::b", "`arn:aws:s3::b` lacks a colon", "write `arn:aws:s3:::b`"),
        (
            "arn:aws:s3:eu-west-1::b",
            "`arn:aws:s3:eu-west-1::b` has a region, and S3 buckets have none",
            "write `arn:aws:s3:::b`",
        ),
        ("arn:aws:iam:x::user/a", "`arn:aws:iam:x::user/a` has a region, and IAM", "write `arn:aws:iam:::user/a`"),
        (
            "arn:aws:iam:::Role/a",
            "IAM has no kind of resource that is named `Role/a`",
            "write as in `arn:aws:iam::123456789012:role/name`",
        ),
        (
            "arn:" + "a" * 5000 + "::",
            "`arn:" + "a" * 195 + "…` names no partition",
            "write as in `arn:aws:s3:::bucket`",
        ),
    ],
)
def test_resources_and_what_to_write_instead(resource, detail, help):
    error = refusal(policy(statement(Resource=resource)), MANAGED)
    assert error.detail.startswith(f"Statement[0].Resource: {detail}")
    assert error.help == help
