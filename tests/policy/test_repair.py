"""What would allow a denied request, and that it is neither too little nor too much."""

import itertools
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from launchrole.policy.change import AddStatement, RemoveContextKey, RenameResource, SetContextKey
from launchrole.policy.context import Context
from launchrole.policy.decision import Verdict
from launchrole.policy.document import parse
from launchrole.policy.policy_set import PolicySet
from launchrole.policy.policy_type import PolicyType
from launchrole.policy.repair import CHANGEABLE, Repair, repairs
from launchrole.policy.request import Request

ACCOUNT = "123456789012"
HERE = f"us-east-1:{ACCOUNT}"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
BOB = "arn:aws:iam::999999999999:user/bob"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/L"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/L/s"
BUCKET = "arn:aws:s3:::churn"
KEY = f"arn:aws:kms:{HERE}:key/k"


def document(*statements, name=None, version="2012-10-17"):
    return parse({"Version": version, "Statement": list(statements)}, name=name)


def allow(action="*", resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action="*", resource="*", **more):
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def only_if(operator, key, *values):
    return {"Condition": {operator: {key: list(values)}}}


ALL = document(allow())
EC2 = document(allow("ec2:*"))
ANYONE_EC2 = document(allow("ec2:*", Principal="*"))


def decide(policies, action="s3:CreateBucket", resource=BUCKET, context=None, principal=ALICE, account=None):
    return policies.evaluate(Request(principal, action, resource, context, account))


def assert_law(decision, repair):
    """The repair allows; no proper part of it does."""
    for size in range(len(repair.changes)):
        for part in itertools.combinations(repair.changes, size):
            policies, request = Repair(part).apply(decision.policies, decision.request)
            assert not policies.evaluate(request).allowed
    policies, request = repair.apply(decision.policies, decision.request)
    assert policies.evaluate(request).allowed


def repaired(decision, changeable=CHANGEABLE):
    """The repairs of a decision, each seen to obey the law."""
    found = repairs(decision, changeable)
    for repair in (*found.policy, *found.request):
        assert_law(decision, repair)
    assert max(len(found.policy), len(found.request)) <= 5
    assert (found.obstacle is None) is bool(found.policy and found.request)
    json.dumps(found.to_dict())
    return found


def request_changes(decision):
    return [repair.describe() for repair in repaired(decision).request]


def policy_changes(decision, changeable=CHANGEABLE):
    return [[(c.policy_type, c.statement) for c in one.changes] for one in repaired(decision, changeable).policy]


PAGE = document(
    allow("codebuild:CreateProject", "arn:aws:codebuild:*:*:project/sagemaker-*"),
    allow("s3:CreateBucket", "arn:aws:s3:::sagemaker-*"),
    allow("iam:PassRole", "arn:aws:iam::*:role/service-role/AmazonSageMakerServiceCatalog*"),
    allow("cognito-idp:*", "*", **only_if("ForAnyValue:StringLike", "aws:TagKeys", "sagemaker:launch-source")),
    allow("apigateway:GET", "*", **only_if("StringLike", "aws:ResourceTag/sagemaker:launch-source", "*")),
    allow(
        "lambda:CreateFunction",
        "arn:aws:lambda:*:*:function:sagemaker-*",
        **only_if("StringEquals", "aws:RequestTag/team", "ml"),
    ),
    name="page.json",
)
PAGE_SET = PolicySet(identity=[PAGE])


@pytest.mark.parametrize(
    ("action", "resource", "change"),
    [
        (
            "codebuild:CreateProject",
            f"arn:aws:codebuild:{HERE}:project/churn-build",
            f"name the resource `arn:aws:codebuild:{HERE}:project/sagemaker-churn-build`, to fit "
            "`arn:aws:codebuild:*:*:project/sagemaker-*` in statement 1 of `page.json`",
        ),
        (
            "s3:CreateBucket",
            BUCKET,
            "name the resource `arn:aws:s3:::sagemaker-churn`, to fit `arn:aws:s3:::sagemaker-*` "
            "in statement 2 of `page.json`",
        ),
        (
            "iam:PassRole",
            f"arn:aws:iam::{ACCOUNT}:role/foo",
            f"name the resource `arn:aws:iam::{ACCOUNT}:role/service-role/AmazonSageMakerServiceCatalogfoo`, to fit "
            "`arn:aws:iam::*:role/service-role/AmazonSageMakerServiceCatalog*` in statement 3 of `page.json`",
        ),
        (
            "cognito-idp:CreateUserPool",
            "*",
            "tag the request with the key `sagemaker:launch-source`, and no others",
        ),
        (
            "apigateway:GET",
            "arn:aws:apigateway:us-east-1::/restapis/id",
            "tag the resource with `sagemaker:launch-source` = `value`",
        ),
        (
            "lambda:CreateFunction",
            f"arn:aws:lambda:{HERE}:function:churn",
            f"name the resource `arn:aws:lambda:{HERE}:function:sagemaker-churn`, to fit "
            "`arn:aws:lambda:*:*:function:sagemaker-*` in statement 6 of `page.json`; "
            "and tag the request with `team` = `ml`",
        ),
    ],
)
def test_the_page(action, resource, change):
    decision = decide(PAGE_SET, action, resource)
    assert request_changes(decision) == [change]
    least = {"Effect": "Allow", "Action": action, "Resource": resource}
    assert policy_changes(decision) == [[(PolicyType.IDENTITY, least)]]


@pytest.mark.parametrize(
    ("condition", "context", "found"),
    [
        (
            only_if("StringNotEquals", "aws:RequestTag/env", "dev", "test"),
            {},
            ["tag the request with `env` = `dev`", "tag the request with `env` = `test`"],
        ),
        (only_if("Null", "aws:RequestTag/env", "true"), {}, ["tag the request with `env` = `value`"]),
        (
            only_if("BoolIfExists", "elasticfilesystem:Encrypted", "false"),
            {},
            ["make the context key `elasticfilesystem:Encrypted` `true`"],
        ),
        (
            only_if("StringEquals", "aws:RequestTag/env", "prod"),
            {"aws:RequestTag/env": "prod"},
            ["leave the tag `env` off the request"],
        ),
        (
            only_if("ForAnyValue:StringEquals", "aws:TagKeys", "a"),
            {"aws:RequestTag/a": "x", "aws:TagKeys": ["a"]},
            ["leave all tags off the request"],
        ),
        (
            only_if("StringEquals", "aws:ResourceTag/env", "prod"),
            {"aws:ResourceTag/env": "prod"},
            ["leave the tag `env` off the resource"],
        ),
        (
            only_if("Null", "s3:x-amz-acl", "false"),
            {"s3:x-amz-acl": "public"},
            ["leave the context key `s3:x-amz-acl` out"],
        ),
        (only_if("BoolIfExists", "aws:MultiFactorAuthPresent", "false"), {}, []),
    ],
)
def test_past_an_explicit_deny(condition, context, found):
    guard = document(deny(Sid="Guard", **condition), name="guard.json")
    decision = decide(PolicySet(identity=[ALL, guard]), context=context)
    assert decision.verdict is Verdict.EXPLICITLY_DENIED
    offered = repaired(decision)
    assert [repair.describe() for repair in offered.request] == found
    assert offered.policy == ()
    assert offered.obstacle.startswith(
        "statement 1 (Guard) of `guard.json` denies it explicitly, and no addition outweighs that"
    )


def test_a_key_that_the_caller_does_not_choose_is_named_as_the_obstacle():
    guard = document(deny(**only_if("StringNotEquals", "aws:SourceVpc", "vpc-1")), name="guard.json")
    offered = repaired(decide(PolicySet(identity=[ALL, guard])))
    assert offered.obstacle.endswith(
        "no change of the request helps: statement 1 of `guard.json` looks at aws:SourceVpc, "
        "and it says where the call comes from"
    )


def test_a_deny_without_conditions_cannot_be_got_past():
    offered = repaired(decide(PolicySet(identity=[ALL], rcp=[[document(deny("s3:*"))]])))
    assert offered.obstacle == (
        "statement 1 of the resource control policy denies it explicitly, and no addition outweighs that, and the "
        "resource control policy is not yours to change; no change of the request was found that gets past "
        "statement 1 of the resource control policy"
    )


def test_a_new_name_gets_past_not_resource():
    guard = parse({"Statement": {"Effect": "Deny", "Action": "s3:*", "NotResource": "arn:aws:s3:::sagemaker-*"}})
    (repair,) = repaired(decide(PolicySet(identity=[ALL, guard]))).request
    assert repair.changes == (
        RenameResource(
            "arn:aws:s3:::sagemaker-churn", "arn:aws:s3:::sagemaker-*", "statement 1 of the identity-based policy"
        ),
    )


def test_an_allow_of_everything_but_a_resource_is_no_reason_to_rename():
    other = parse({"Statement": {"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::churn*"}})
    assert (
        repaired(decide(PolicySet(identity=[other]))).obstacle == "no change of the request was found that is allowed"
    )


def test_one_denial_after_another():
    guard = document(
        deny(**only_if("Null", "aws:RequestTag/env", "true")),
        deny(**only_if("StringNotEqualsIfExists", "aws:RequestTag/env", "dev")),
        deny(**only_if("Null", "s3:x-amz-acl", "true")),
    )
    boundary = document(allow("s3:*", "arn:aws:s3:::sagemaker-*"))
    decision = decide(PolicySet(identity=[ALL, guard], permissions_boundary=[boundary]))
    (first, *_) = repaired(decision).request
    assert set(first.changes) == {
        SetContextKey("aws:RequestTag/env", ("dev",)),
        SetContextKey("s3:x-amz-acl", ("value",)),
        RenameResource(
            "arn:aws:s3:::sagemaker-churn", "arn:aws:s3:::sagemaker-*", "statement 1 of the permissions boundary"
        ),
    }


def test_a_changed_request_and_an_added_statement_where_neither_is_enough():
    guard = document(deny(**only_if("Null", "aws:RequestTag/env", "true")))
    offered = repaired(decide(PolicySet(identity=[guard])))
    assert offered.policy == ()
    assert [repair.describe() for repair in offered.request] == [
        "tag the request with `env` = `value`; and allow `s3:CreateBucket` on `arn:aws:s3:::churn` "
        "in the identity-based policy"
    ]


def statement(principal=None, action="s3:CreateBucket", resource=BUCKET, **more):
    made = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource, **more}
    return {name: value for name, value in made.items() if value is not None}


@pytest.mark.parametrize(
    ("policies", "asked", "found"),
    [
        (
            PolicySet(identity=[EC2], permissions_boundary=[EC2], session=[EC2]),
            {},
            [
                [
                    (PolicyType.IDENTITY, statement()),
                    (PolicyType.BOUNDARY, statement()),
                    (PolicyType.SESSION, statement()),
                ]
            ],
        ),
        (
            PolicySet(permissions_boundary=[EC2], resource=ANYONE_EC2),
            {},
            [
                [(PolicyType.RESOURCE, statement({"AWS": ALICE}))],
                [(PolicyType.IDENTITY, statement()), (PolicyType.BOUNDARY, statement())],
            ],
        ),
        (
            PolicySet(resource=ANYONE_EC2, session=[EC2]),
            {"principal": SESSION},
            [
                [(PolicyType.IDENTITY, statement()), (PolicyType.SESSION, statement())],
                [(PolicyType.RESOURCE, statement({"AWS": ROLE})), (PolicyType.SESSION, statement())],
            ],
        ),
        (
            PolicySet(identity=[ALL], vpc_endpoint=[ANYONE_EC2]),
            {"context": {"aws:PrincipalArn": ALICE}},
            [[(PolicyType.VPC_ENDPOINT, statement("*", Condition={"ArnEquals": {"aws:PrincipalArn": ALICE}}))]],
        ),
        (
            PolicySet(identity=[ALL], vpc_endpoint=[ANYONE_EC2]),
            {},
            [[(PolicyType.VPC_ENDPOINT, statement("*"))]],
        ),
        (
            PolicySet(identity=[ALL]),
            {"action": "sts:AssumeRole", "resource": ROLE},
            [[(PolicyType.TRUST, statement({"AWS": ALICE}, "sts:AssumeRole", None))]],
        ),
        (
            PolicySet(identity=[ALL], resource=ANYONE_EC2),
            {"action": "sts:AssumeRole", "resource": ROLE, "principal": "lambda.amazonaws.com"},
            [[(PolicyType.TRUST, statement({"Service": "lambda.amazonaws.com"}, "sts:AssumeRole", None))]],
        ),
        (
            PolicySet(),
            {
                "action": "sts:AssumeRoleWithWebIdentity",
                "resource": ROLE,
                "principal": "accounts.google.com",
            },
            [
                [
                    (
                        PolicyType.TRUST,
                        statement({"Federated": "accounts.google.com"}, "sts:AssumeRoleWithWebIdentity", None),
                    )
                ]
            ],
        ),
        (
            PolicySet(),
            {"action": "s3:GetObject", "principal": "*anonymous*"},
            [[(PolicyType.RESOURCE, statement("*", "s3:GetObject"))]],
        ),
        (
            PolicySet(identity=[ALL]),
            {"action": "kms:Decrypt", "resource": KEY},
            [[(PolicyType.RESOURCE, statement({"AWS": ALICE}, "kms:Decrypt", "*"))]],
        ),
        (
            PolicySet(),
            {"principal": BOB, "account": ACCOUNT},
            [[(PolicyType.RESOURCE, statement({"AWS": BOB})), (PolicyType.IDENTITY, statement())]],
        ),
        (
            PolicySet(),
            {"resource": "arn:aws:s3:::b/${k}"},
            [[(PolicyType.IDENTITY, statement(resource="arn:aws:s3:::b/${$}{k}"))]],
        ),
    ],
    ids=[
        "three types",
        "resource policy instead",
        "role session",
        "VPC endpoint, caller known",
        "VPC endpoint",
        "trust policy",
        "trust policy of a service role",
        "web identity",
        "anonymous",
        "key policy",
        "two accounts",
        "no variable",
    ],
)
def test_the_least_statements(policies, asked, found):
    assert policy_changes(decide(policies, **asked)) == found


def test_the_organizations_policies_are_not_the_users():
    policies = PolicySet(identity=[ALL], scp=[[ALL], [EC2], [EC2]])
    assert repaired(decide(policies)).obstacle == (
        "no service control policy allows it, and the service control policy is not yours to change; "
        "no service control policy allows `s3:CreateBucket`, whatever the request holds"
    )
    (repair,) = repaired(decide(policies), CHANGEABLE | {PolicyType.SCP}).policy
    assert [change.level for change in repair.changes] == [1, 2]
    assert repair.describe() == (
        "allow `s3:CreateBucket` on `arn:aws:s3:::churn` in the service control policy (level 2); "
        "and allow `s3:CreateBucket` on `arn:aws:s3:::churn` in the service control policy (level 3)"
    )
    assert repair.to_dict()["changes"][0]["level"] == 1


def test_nothing_is_added_to_policies_that_may_not_change():
    offered = repaired(decide(PolicySet(identity=[EC2])), frozenset())
    assert offered.obstacle.startswith("no identity-based policy allows it, and the identity-based policy is not yours")


def test_a_resource_that_no_statement_can_name():
    offered = repaired(decide(PolicySet(), resource="no arn ${x}"))
    assert offered.obstacle.startswith("no statement was found whose addition to the identity-based policy allows it")


def test_an_allowed_request_needs_no_repair():
    offered = repairs(decide(PolicySet(identity=[ALL])))
    assert (offered.policy, offered.request, offered.obstacle) == ((), (), None)


UNKNOWN_TAG = Context({}, unknown=["s3:ExistingObjectTag/*"])
HELD = only_if("StringEquals", "s3:ExistingObjectTag/kind", "public")


def test_an_undecided_allow():
    decision = decide(PolicySet(identity=[document(allow(**HELD))], scp=[[ALL]]), context=UNKNOWN_TAG)
    assert decision.verdict is Verdict.UNDECIDED
    assert policy_changes(decision) == [[(PolicyType.IDENTITY, statement())]]
    assert request_changes(decision) == ["tag the object with `kind` = `public`"]


def test_an_undecided_deny():
    offered = repaired(decide(PolicySet(identity=[ALL, document(deny(**HELD))]), context=UNKNOWN_TAG))
    assert [repair.describe() for repair in offered.request] == ["tag the object with `kind` = `value`"]
    assert offered.obstacle == "whether it is allowed hangs on s3:ExistingObjectTag/kind, of unknown value"


def test_what_an_undecided_request_hangs_on_may_be_nobodys_choice():
    policies = PolicySet(identity=[document(allow(**only_if("StringEquals", "aws:SourceVpc", "vpc-1")))])
    offered = repaired(decide(policies, context=Context({}, unknown=["aws:SourceVpc"])), frozenset())
    assert offered.obstacle == (
        "whether it is allowed hangs on aws:SourceVpc, of unknown value; no change of the request helps: "
        "statement 1 of the identity-based policy looks at aws:SourceVpc, and it says where the call comes from"
    )


@pytest.mark.parametrize(
    ("context", "found"),
    [
        ({"aws:username": "alice"}, ["arn:aws:s3:::alice-churn"]),
        ({}, []),
        (Context({}, unknown=["aws:username"]), []),
    ],
)
def test_a_pattern_with_a_variable(context, found):
    policies = PolicySet(identity=[document(allow("s3:*", "arn:aws:s3:::${aws:username}-*"))])
    offered = repaired(decide(policies, context=context)).request
    assert [change.resource for repair in offered for change in repair.changes] == found


def test_a_grant_of_the_resources_own_policy_counts():
    bucket_policy = document(
        allow("s3:*", Principal={"AWS": ALICE}, **only_if("StringEquals", "s3:x-amz-acl", "private"))
    )
    decision = decide(PolicySet(resource=bucket_policy))
    assert request_changes(decision) == ["make the context key `s3:x-amz-acl` `private`"]


def test_tags_and_their_keys_change_together():
    context = {"aws:RequestTag/a": "1", "aws:RequestTag/b": "2", "aws:TagKeys": ["a", "b"]}
    request = Request(ALICE, "s3:CreateBucket", BUCKET, context)

    def after(change):
        return dict(change.apply(PolicySet(), request)[1].context)

    assert after(SetContextKey("aws:RequestTag/c", ("3",)))["aws:TagKeys"] == ("a", "b", "c")
    assert after(RemoveContextKey("aws:RequestTag/A")) == {"aws:RequestTag/b": "2", "aws:TagKeys": ("b",)}
    assert after(SetContextKey("aws:TagKeys", ("b", "c"))) == {
        "aws:RequestTag/b": "2",
        "aws:RequestTag/c": "value",
        "aws:TagKeys": ("b", "c"),
    }
    assert after(RemoveContextKey("aws:TagKeys")) == {}


def test_tag_keys_that_nobody_knows_stay_unknown():
    request = Request(ALICE, "s3:CreateBucket", BUCKET, Context({}, unknown=["aws:TagKeys"]))
    _, changed = SetContextKey("aws:RequestTag/a", ("1",)).apply(PolicySet(), request)
    assert changed.context["aws:TagKeys"] is request.context["aws:TagKeys"]


def test_several_tag_keys_in_words():
    change = SetContextKey("aws:TagKeys", ("a", "b"))
    assert change.describe() == "tag the request with the keys `a` and `b`, and no others"


def test_a_statement_for_a_type_without_policies_starts_one():
    policies, _ = AddStatement(PolicyType.BOUNDARY, allow("ec2:*")).apply(
        PolicySet(identity=[ALL]), decide(PolicySet()).request
    )
    assert decide(policies).policy_type is PolicyType.BOUNDARY


def test_at_most_five_are_offered_and_no_name_twice():
    many = document(*(allow("s3:*", [f"arn:aws:s3:::{letter}-*"] * 2) for letter in "abcdefgh"))
    names = [repair.changes[0].resource for repair in repaired(decide(PolicySet(identity=[many]))).request]
    assert names == [f"arn:aws:s3:::{letter}-churn" for letter in "abcde"]


def test_a_request_for_no_resource_in_particular_is_not_renamed():
    policies = PolicySet(identity=[document(allow("s3:*", "arn:aws:s3:::sagemaker-*"))])
    assert request_changes(decide(policies, "s3:ListAllMyBuckets", "*")) == []


def test_more_changes_than_anybody_would_make_are_not_offered():
    tags = {f"aws:RequestTag/{place}": "x" for place in range(7)}
    policies = PolicySet(identity=[document(allow(Condition={"StringEquals": tags}))])
    assert request_changes(decide(policies)) == []


def test_hostile_policies_take_no_longer():
    stars = ["arn:aws:s3:::" + "*a" * length + str(place) for place in range(4) for length in (40, 1500)]
    conditions = {f"aws:RequestTag/{place}": ["*a" * 30 + "b", "*a" * 400] for place in range(12)}
    hostile = document(allow("s3:*", stars, Condition={"StringLike": conditions}))
    decision = decide(PolicySet(identity=[hostile]), resource="arn:aws:s3:::" + "a" * 60)
    assert repaired(decision).request == ()


# ---- the law, on whatever policies there may be

KEYS = ("aws:RequestTag/a", "aws:RequestTag/b", "aws:TagKeys", "s3:x-amz-acl", "aws:SourceVpc")
VALUES = ("a", "b", "x*", "*", "true", "${aws:RequestTag/a}", "1")
OPERATORS = (
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringLikeIfExists",
    "Null",
    "Bool",
    "NumericLessThan",
    "ForAllValues:StringLike",
    "ForAnyValue:StringEquals",
    "ForAnyValue:StringNotLike",
)
PATTERNS = ("*", "arn:aws:s3:::*", "arn:aws:s3:::sagemaker-*", "arn:aws:s3:::*-x", "arn:aws:sns:*:*:t", BUCKET)


@st.composite
def statements(draw, principals=(None,)):
    resource_element = draw(st.sampled_from(("Resource", "Resource", "NotResource")))
    made = {
        "Effect": draw(st.sampled_from(("Allow", "Allow", "Deny"))),
        "Action": draw(st.sampled_from(("s3:*", "s3:CreateBucket", "ec2:*"))),
        resource_element: draw(st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=2)),
    }
    principal = draw(st.sampled_from(principals))
    conditions = draw(
        st.dictionaries(
            st.sampled_from(OPERATORS),
            st.dictionaries(
                st.sampled_from(KEYS),
                st.lists(st.sampled_from(VALUES), min_size=1, max_size=2),
                min_size=1,
                max_size=2,
            ),
            max_size=2,
        )
    )
    made |= {"Principal": principal} if principal else {}
    return made | ({"Condition": conditions} if conditions else {})


def documents(**kwargs):
    return st.lists(st.builds(document, statements(**kwargs), statements(**kwargs)), max_size=2)


NAMED = ("*", {"AWS": ALICE}, {"AWS": ACCOUNT}, {"AWS": ROLE})
POLICY_SETS = st.builds(lambda some: PolicySet(identity=[ALL, *some]), documents()) | st.builds(
    PolicySet,
    identity=documents(),
    resource=documents(principals=NAMED),
    permissions_boundary=documents(),
    session=documents(),
    scp=st.lists(documents(), max_size=1),
    vpc_endpoint=documents(principals=NAMED),
)
CONTEXTS = st.builds(
    Context,
    st.dictionaries(st.sampled_from(KEYS), st.sampled_from(("a", "b", ["a", "b"], "x1"))),
    st.lists(st.sampled_from((*KEYS, "aws:RequestTag/*")), max_size=1),
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(POLICY_SETS, CONTEXTS, st.sampled_from((ALICE, SESSION, BOB)))
def test_the_law(policies, context, principal):
    decision = decide(policies, context=context, principal=principal, account=ACCOUNT)
    if not decision.allowed:
        repaired(decision)


def test_what_no_policy_can_name_has_no_repair():
    decision = PolicySet().evaluate(
        Request("arn:aws:iam::123456789012:user/a", "s3:GetObject", "arn:aws:s3:::b/\ud800")
    )
    assert repairs(decision).obstacle.startswith("no policy can name what is asked for")


def test_a_federated_user_needs_a_session_policy():
    decision = decide(PolicySet(identity=[ALL]), principal="arn:aws:sts::123456789012:federated-user/fred")
    assert policy_changes(decision) == [[(PolicyType.SESSION, statement())]]
