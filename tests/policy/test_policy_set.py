"""How the types of policies work together, beyond what the conformance suite tells one case at a time."""

import pytest

from launchrole.policy.context import UNKNOWN, Context
from launchrole.policy.decision import Verdict
from launchrole.policy.document import parse
from launchrole.policy.errors import ContextError, RequestError
from launchrole.policy.policy_set import PolicySet
from launchrole.policy.policy_type import PolicyType
from launchrole.policy.principal import Principal, PrincipalKind
from launchrole.policy.request import Request

ACCOUNT = "123456789012"
OTHER = "999999999999"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/R/s"
OBJECT = "arn:aws:s3:::b/k"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/k"


def document(*statements, version="2012-10-17", **named):
    return parse({"Version": version, "Statement": list(statements)}, **named)


def allow(action="*", resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action="*", resource="*", **more):
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


ALL = document(allow())
NONE = document(allow("none:none"))
DENY = document(deny())


def decide(policies, principal=ALICE, action="s3:GetObject", resource=OBJECT, context=None, account=None):
    return policies.evaluate(Request(principal, action, resource, context, account))


def outcome(*args, **kwargs):
    decision = decide(*args, **kwargs)
    return decision.verdict, decision.policy_type


ALLOWED, IMPLICIT, EXPLICIT, UNDECIDED = (
    Verdict.ALLOWED,
    Verdict.IMPLICITLY_DENIED,
    Verdict.EXPLICITLY_DENIED,
    Verdict.UNDECIDED,
)


@pytest.mark.parametrize(
    ("policies", "verdict", "policy_type"),
    [
        (PolicySet(), IMPLICIT, PolicyType.IDENTITY),
        (PolicySet(identity=[ALL]), ALLOWED, PolicyType.IDENTITY),
        (PolicySet(identity=[NONE]), IMPLICIT, PolicyType.IDENTITY),
        (PolicySet(identity=[ALL, DENY]), EXPLICIT, PolicyType.IDENTITY),
        (PolicySet(identity=[ALL], permissions_boundary=[NONE]), IMPLICIT, PolicyType.BOUNDARY),
        (PolicySet(identity=[ALL], permissions_boundary=[ALL]), ALLOWED, PolicyType.IDENTITY),
        (PolicySet(identity=[ALL], permissions_boundary=[DENY]), EXPLICIT, PolicyType.BOUNDARY),
        (PolicySet(identity=[ALL], session=[NONE]), IMPLICIT, PolicyType.SESSION),
        (PolicySet(identity=[ALL], session=[NONE, ALL]), ALLOWED, PolicyType.IDENTITY),
        (PolicySet(identity=[ALL], session=[DENY]), EXPLICIT, PolicyType.SESSION),
        (PolicySet(identity=[ALL], scp=[[ALL], [NONE]]), IMPLICIT, PolicyType.SCP),
        (PolicySet(identity=[ALL], scp=[[ALL], [NONE, ALL]]), ALLOWED, PolicyType.IDENTITY),
        (PolicySet(identity=[ALL], scp=[[ALL, DENY]]), EXPLICIT, PolicyType.SCP),
        (PolicySet(identity=[ALL], rcp=[[DENY]]), EXPLICIT, PolicyType.RCP),
        (PolicySet(identity=[ALL], rcp=[[NONE]]), ALLOWED, PolicyType.IDENTITY),
        (PolicySet(identity=[ALL], vpc_endpoint=[NONE]), IMPLICIT, PolicyType.VPC_ENDPOINT),
        (PolicySet(identity=[ALL], vpc_endpoint=[DENY]), EXPLICIT, PolicyType.VPC_ENDPOINT),
        (PolicySet(identity=[ALL], resource=document(deny(Principal="*"))), EXPLICIT, PolicyType.RESOURCE),
        (PolicySet(resource=document(allow(Principal={"AWS": ALICE}))), ALLOWED, PolicyType.RESOURCE),
    ],
)
def test_types_in_one_account(policies, verdict, policy_type):
    assert outcome(policies) == (verdict, policy_type)


@pytest.mark.parametrize(
    ("identity", "principal", "verdict", "policy_type"),
    [
        ([ALL], ALICE, ALLOWED, PolicyType.IDENTITY),
        ([], ALICE, IMPLICIT, PolicyType.IDENTITY),
        ([ALL], ROOT, ALLOWED, PolicyType.RESOURCE),
        ([ALL], SESSION, IMPLICIT, PolicyType.RESOURCE),
    ],
)
def test_two_accounts(identity, principal, verdict, policy_type):
    bucket = document(
        allow(Principal={"AWS": [ALICE, ROOT]}) if principal != SESSION else allow(Principal={"AWS": ALICE})
    )
    policies = PolicySet(identity=identity, resource=bucket)
    assert outcome(policies, principal, account=OTHER) == (verdict, policy_type)


def test_another_account_s_resource_needs_its_policy():
    assert outcome(PolicySet(identity=[ALL]), account=OTHER) == (IMPLICIT, PolicyType.RESOURCE)
    assert outcome(PolicySet(), ROOT, account=OTHER) == (IMPLICIT, PolicyType.RESOURCE)


@pytest.mark.parametrize(
    ("policies", "action", "resource", "verdict", "policy_type"),
    [
        (PolicySet(), "s3:GetObject", OBJECT, ALLOWED, None),
        (PolicySet(resource=DENY), "s3:GetObject", OBJECT, EXPLICIT, PolicyType.RESOURCE),
        (PolicySet(resource=DENY), "s3:DeleteBucketPolicy", "arn:aws:s3:::b", ALLOWED, None),
        (PolicySet(scp=[[NONE]]), "s3:GetObject", OBJECT, IMPLICIT, PolicyType.SCP),
        (PolicySet(scp=[[DENY]]), "s3:DeleteBucketPolicy", "arn:aws:s3:::b", EXPLICIT, PolicyType.SCP),
        (PolicySet(), "kms:Decrypt", KEY, IMPLICIT, PolicyType.RESOURCE),
        (PolicySet(), "kms:CreateKey", "*", ALLOWED, None),
        (
            PolicySet(resource=document(allow(Principal={"AWS": ACCOUNT}))),
            "kms:Decrypt",
            KEY,
            ALLOWED,
            PolicyType.RESOURCE,
        ),
    ],
)
def test_the_root_user(policies, action, resource, verdict, policy_type):
    assert outcome(policies, ROOT, action, resource) == (verdict, policy_type)


TRUST = document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ALICE}})
TARGET = f"arn:aws:iam::{ACCOUNT}:role/T"


@pytest.mark.parametrize(
    ("policies", "principal", "verdict", "policy_type"),
    [
        (PolicySet(resource=TRUST), ALICE, ALLOWED, PolicyType.TRUST),
        (PolicySet(identity=[ALL], resource=TRUST), SESSION, IMPLICIT, PolicyType.TRUST),
        (PolicySet(identity=[ALL]), ALICE, IMPLICIT, PolicyType.TRUST),
        (
            PolicySet(identity=[ALL], resource=document(deny("sts:*", Principal="*"))),
            ALICE,
            EXPLICIT,
            PolicyType.TRUST,
        ),
        (PolicySet(resource=TRUST), "lambda.amazonaws.com", IMPLICIT, PolicyType.TRUST),
    ],
)
def test_trust_policies(policies, principal, verdict, policy_type):
    assert outcome(policies, principal, "sts:AssumeRole", TARGET) == (verdict, policy_type)


def test_anybody_may_ask_who_they_are():
    assert outcome(PolicySet(identity=[DENY]), action="sts:GetCallerIdentity", resource="*") == (
        ALLOWED,
        None,
    )


@pytest.mark.parametrize(
    ("action", "resource", "verdict"),
    [
        ("s3:GetObject", OBJECT, EXPLICIT),
        ("codebuild:StartBuild", f"arn:aws:codebuild:us-east-1:{ACCOUNT}:project/p", EXPLICIT),
        ("ec2:StartInstances", f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/i-1", ALLOWED),
        ("s3:ListAllMyBuckets", "*", ALLOWED),
    ],
)
def test_resource_control_policies_reach_some_services(action, resource, verdict):
    policies = PolicySet(identity=[ALL], rcp=[[document(deny(Principal="*"))]])
    assert outcome(policies, action=action, resource=resource)[0] is verdict


def test_a_service_linked_role_is_free_of_the_organization_s_policies():
    role = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"
    policies = PolicySet(identity=[ALL], scp=[[DENY]], rcp=[[document(deny(Principal="*"))]])
    assert outcome(policies, role) == (ALLOWED, PolicyType.IDENTITY)


@pytest.mark.parametrize("boundary", [[], [ALL]], ids=["without a boundary", "with one"])
def test_a_federated_user_named_as_the_user_who_called(boundary):
    fred = Principal(
        PrincipalKind.FEDERATED_USER, f"arn:aws:sts::{ACCOUNT}:federated-user/fred", ACCOUNT, user_arn=ALICE
    )
    bucket = document(allow(Principal={"AWS": ALICE}))
    assert outcome(PolicySet(resource=bucket, session=[ALL], permissions_boundary=boundary), fred)[0] is ALLOWED
    assert outcome(PolicySet(resource=bucket, session=[NONE]), fred) == (IMPLICIT, PolicyType.SESSION)


FRED = f"arn:aws:sts::{ACCOUNT}:federated-user/fred"


@pytest.mark.parametrize(
    ("policies", "verdict", "policy_type"),
    [
        ({"identity": [ALL]}, IMPLICIT, PolicyType.SESSION),
        ({"identity": [ALL], "permissions_boundary": [ALL], "scp": [[ALL]]}, IMPLICIT, PolicyType.SESSION),
        ({"identity": [ALL], "vpc_endpoint": [NONE]}, IMPLICIT, PolicyType.SESSION),
        ({"identity": [ALL], "session": [ALL]}, ALLOWED, PolicyType.IDENTITY),
        ({"session": [ALL]}, IMPLICIT, PolicyType.IDENTITY),
        ({"identity": [DENY]}, EXPLICIT, PolicyType.IDENTITY),
        ({"resource": document(allow(Principal={"AWS": FRED}))}, ALLOWED, PolicyType.RESOURCE),
        ({"identity": [ALL], "resource": document(allow(Principal={"AWS": ACCOUNT}))}, IMPLICIT, PolicyType.SESSION),
    ],
    ids=[
        "no session policy",
        "nor with every other type",
        "before the VPC endpoint",
        "with a session policy",
        "a session policy alone",
        "denied",
        "granted by name",
        "granted to the account",
    ],
)
def test_a_federated_user_has_what_a_session_policy_or_a_grant_by_name_gives(policies, verdict, policy_type):
    asked = PolicySet(**policies)
    # The third question would take the short way.
    assert [outcome(asked, FRED) for _ in range(3)] == [(verdict, policy_type)] * 3
    assert outcome(asked, ALICE)[1] is not PolicyType.SESSION or "session" in policies


def test_the_most_direct_grant_counts():
    by_role = allow(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:role/R"})
    by_session = allow(Principal={"AWS": SESSION})
    limited = {"session": [NONE]}
    assert outcome(PolicySet(resource=document(by_role), **limited), SESSION) == (
        IMPLICIT,
        PolicyType.SESSION,
    )
    for both in ([by_role, by_session], [by_session, by_role]):
        assert outcome(PolicySet(resource=document(*both), **limited), SESSION) == (
            ALLOWED,
            PolicyType.RESOURCE,
        )


def test_the_role_with_its_path_comes_from_the_context():
    role = f"arn:aws:iam::{ACCOUNT}:role/service-role/R"
    bucket = PolicySet(resource=document(allow(Principal={"AWS": role})))
    assert outcome(bucket, SESSION)[0] is IMPLICIT
    assert outcome(bucket, SESSION, context={"aws:PrincipalArn": role})[0] is ALLOWED


@pytest.mark.parametrize("named", [str, Principal.parse], ids=["by ARN", "as a principal"])
@pytest.mark.parametrize(
    "role",
    [
        ALICE,
        f"arn:aws:iam::{OTHER}:role/R",
        f"arn:aws-cn:iam::{ACCOUNT}:role/R",
        f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/x.amazonaws.com/Other",
        f"arn:aws:iam::{ACCOUNT}:role/R/path",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/R/s",
        "R",
        "",
        ["a", "b"],
    ],
    ids=str,
)
def test_a_session_has_no_role_but_its_own(role, named):
    with pytest.raises(ContextError, match="aws:PrincipalArn"):
        Request(named(SESSION), "s3:GetObject", OBJECT, {"aws:principalarn": role})
    assert Request(ALICE, "s3:GetObject", OBJECT, {"aws:PrincipalArn": role}).principal == Principal.parse(ALICE)


TAGGED = {"Condition": {"StringEquals": {"s3:ExistingObjectTag/servicecatalog:provisioning": "true"}}}
UNKNOWN_TAGS = Context({}, unknown=["s3:ExistingObjectTag/*"])


@pytest.mark.parametrize(
    ("policies", "verdict"),
    [
        (PolicySet(identity=[document(allow(**TAGGED))]), UNDECIDED),
        (PolicySet(identity=[document(allow(**TAGGED), allow())]), ALLOWED),
        (PolicySet(identity=[document(allow(**TAGGED))], permissions_boundary=[NONE]), IMPLICIT),
        (PolicySet(identity=[document(allow()), document(deny(**TAGGED))]), UNDECIDED),
        (PolicySet(identity=[NONE, document(deny(**TAGGED))]), IMPLICIT),
        (PolicySet(identity=[ALL, DENY, document(deny(**TAGGED))]), EXPLICIT),
        (PolicySet(resource=document(allow(Principal={"AWS": ALICE}, **TAGGED))), UNDECIDED),
        (PolicySet(identity=[ALL], resource=document(allow(Principal={"AWS": ALICE}, **TAGGED))), ALLOWED),
        (PolicySet(identity=[ALL], resource=document(allow(Principal={"AWS": SESSION}, **TAGGED))), ALLOWED),
    ],
)
def test_a_tag_that_nobody_knows(policies, verdict):
    decision = decide(policies, context=UNKNOWN_TAGS)
    assert decision.verdict is verdict
    keys = ("s3:ExistingObjectTag/servicecatalog:provisioning",) if verdict is UNDECIDED else ()
    assert decision.unknown_keys == keys


def test_a_variable_that_nobody_knows():
    policies = PolicySet(identity=[document(allow("s3:*", "arn:aws:s3:::b/${aws:username}"))])
    decision = decide(policies, context={"aws:username": UNKNOWN})
    assert (decision.verdict, decision.unknown_keys) == (UNDECIDED, ("aws:username",))
    assert decide(policies, resource="arn:aws:s3:::c/k", context={"aws:username": UNKNOWN}).verdict is IMPLICIT


@pytest.mark.parametrize(
    ("identity", "statement", "verdict"),
    [
        ([], allow(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:role/path/R"}), UNDECIDED),
        ([ALL], allow(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:role/path/R"}), ALLOWED),
        ([ALL], deny(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:role/path/R"}), UNDECIDED),
        ([ALL], deny(NotPrincipal={"AWS": [f"arn:aws:iam::{ACCOUNT}:role/path/R", SESSION, ROOT]}), UNDECIDED),
        ([], allow(NotPrincipal={"AWS": f"arn:aws:iam::{ACCOUNT}:role/path/R"}), UNDECIDED),
        ([], allow(Principal="*"), ALLOWED),
        ([], allow(Principal={"AWS": ACCOUNT}), IMPLICIT),
    ],
)
def test_a_session_whose_role_s_path_nobody_knows(identity, statement, verdict):
    policies = PolicySet(identity=identity, resource=document(statement))
    decision = decide(policies, SESSION, context={"aws:PrincipalArn": UNKNOWN})
    assert decision.verdict is verdict
    assert decision.unknown_keys == (("aws:PrincipalArn",) if verdict is UNDECIDED else ())


def test_a_decision_tells_what_decided():
    policies = PolicySet(identity=[document(allow(Sid="Everything"), name="admin.json")])
    decision = decide(policies)
    assert decision.allowed
    assert decision.matched.statement.sid == "Everything"
    assert decision.matched.document.name == "admin.json"
    with pytest.raises(ValueError, match="the request is allowed"):
        decision.message()


def test_a_denial_speaks_as_aws_does():
    arn = f"arn:aws:iam::{ACCOUNT}:policy/p"
    denied = decide(PolicySet(identity=[document(deny(), arn=arn)]))
    assert denied.message() == (
        f'User: {ALICE} is not authorized to perform: s3:GetObject on resource: "{OBJECT}" '
        f"with an explicit deny in an identity-based policy: {arn}"
    )
    assert decide(PolicySet(), action="iam:GetRole", resource=TARGET).message(resource="role T") == (
        f"User: {ALICE} is not authorized to perform: iam:GetRole on resource: role T "
        "because no identity-based policy allows the iam:GetRole action"
    )


def test_actions_ignore_case_blanks_and_are_found_under_every_kind_of_pattern():
    for pattern in (
        "s3:GetObject",
        "S3:getobject",
        "s3:GetObject ",
        "s3:Get*",
        "s3:*Object",
        "*",
        "s?:GetObject",
        "*:GetObject",
    ):
        policies = PolicySet(identity=[document(allow(pattern))])
        assert decide(policies, action="S3:GETOBJECT").allowed, pattern
        assert not decide(policies, action="s3:PutThing").allowed or pattern == "*", pattern


def test_a_flood_of_made_up_actions_does_not_fill_the_memory():
    policies = PolicySet(identity=[ALL])
    for number in range(20_010):
        assert decide(policies, action=f"made:up{number}").allowed
    assert len(policies._plans) < 20_000


def test_requests_are_values():
    one = Request(ALICE, "s3:GetObject", OBJECT, {"K:x": "1"})
    assert one == Request(Principal.parse(ALICE), "s3:GetObject", OBJECT, {"k:X": "1"}, ACCOUNT)
    assert hash(one) == hash(Request(ALICE, "s3:GetObject", OBJECT, {"k:x": "2"}))
    assert one != Request(ALICE, "s3:GetObject", OBJECT)
    assert one != "request"
    assert one.evolve(resource="*").resource == "*"
    assert one.evolve(context=Context({"a:b": "c"})).context["a:b"] == "c"
    assert repr(one) == f"Request('{ALICE}', 's3:GetObject', '{OBJECT}', Context({{'K:x': '1'}}))"
    assert not one.is_cross_account


@pytest.mark.parametrize(
    "action",
    ["", "*", "s3:Get*", "s3:?etObject", "s3", "s3:", ":Get", "s3:Get:It", "s3:Get ", "s3:Get\n", "\u212ams:ListKeys"],
)
def test_a_request_is_for_one_action(action):
    with pytest.raises(RequestError, match="is no action: write one as in s3:GetObject"):
        Request(ALICE, action, OBJECT)


@pytest.mark.parametrize("account", ["", "abc", "123", ACCOUNT + "\n", "１２３４５６７８９０１２"])
def test_the_account_of_a_resource_is_an_account(account):
    with pytest.raises(RequestError, match="the account of a resource has twelve digits"):
        Request(ALICE, "s3:GetObject", OBJECT, resource_account=account)


def test_the_account_of_a_resource_is_not_another_than_its_arn_says():
    with pytest.raises(RequestError, match=f"is a resource of account {ACCOUNT}, not of account {OTHER}"):
        Request(ALICE, "kms:Decrypt", KEY, resource_account=OTHER)
    with pytest.raises(RequestError, match="is a resource of account"):
        Request(ALICE, "kms:Decrypt", KEY).evolve(resource=KEY.replace(ACCOUNT, OTHER))
    assert Request(ALICE, "kms:Decrypt", KEY, resource_account=ACCOUNT).resource_account == ACCOUNT
    assert Request(ALICE, "s3:GetObject", OBJECT, resource_account=OTHER).resource_account == OTHER
    # An account in other digits than ASCII's is none: the caller's own is meant.
    assert (
        Request(ALICE, "sqs:SendMessage", "arn:aws:sqs:us-east-1:１２３４５６７８９０１２:q").resource_account
        == ACCOUNT
    )


GRANTS = [
    ("whoever asks", document(allow(Principal="*")), True),
    ("an account, though its own policies say nothing", document(allow(Principal={"AWS": OTHER})), True),
    ("another account", document(allow(Principal={"AWS": ACCOUNT})), False),
    ("a Deny", document(allow(Principal="*"), deny(Principal={"AWS": OTHER})), False),
    ("another action", document(allow("s3:PutObject", Principal="*")), False),
    ("a key of unknown value", document(allow(Principal="*", Condition={"Bool": {"k:b": "true"}})), None),
    (
        "a Deny by that key",
        document(allow(Principal="*"), deny(Principal="*", Condition={"Bool": {"k:b": "true"}})),
        None,
    ),
]


@pytest.mark.parametrize(("policy", "expected"), [row[1:] for row in GRANTS], ids=[row[0] for row in GRANTS])
def test_what_a_resource_s_policy_grants_by_itself(policy, expected):
    request = Request(f"arn:aws:iam::{OTHER}:user/bob", "s3:GetObject", OBJECT, Context({}, ["k:b"]))
    assert PolicySet(resource=policy).granted_by_resource(request) is expected
