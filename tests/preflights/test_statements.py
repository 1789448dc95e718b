"""Statements that allow needs: all of them, and no more than their sum."""

import itertools
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from launches_of_names import ACCOUNT, FORMS, HEAD, OPEN_FORMS, ids, need

from launchrole.policy import PolicySet, Request, parse
from launchrole.preflights.needs import MadeUp, Need
from launchrole.preflights.statements import (
    INLINE,
    MANAGED,
    document,
    merged,
    sids_apart,
    size,
    split,
    too_large,
)

ROLE = f"arn:aws:sts::{ACCOUNT}:assumed-role/Launch/servicecatalog"
VERBS = ("Create", "Describe", "Delete")


def policies_of(statements):
    return PolicySet(identity=[parse(document(statements))])


def allowed(policies, asked):
    return policies.evaluate(Request(ROLE, asked.action, asked.resource, asked.context, ACCOUNT)).allowed


def allows(statements, asked):
    return allowed(policies_of(statements), asked)


pairs = st.sets(st.tuples(st.sampled_from(sorted({**FORMS, **OPEN_FORMS})), st.sampled_from(VERBS)), min_size=1)


@settings(max_examples=30, deadline=None)
@given(ids, ids, pairs)
def test_every_need_is_allowed_in_every_launch_and_nothing_else_is(launch, another, wanted):
    needs = [need(form, verb, launch) for form, verb in sorted(wanted)]
    statements = merged(needs, launch.made_up).statements
    policies = policies_of(statements)
    for form, verb, where in itertools.product({**FORMS, **OPEN_FORMS}, VERBS, (launch, another)):
        assert allowed(policies, need(form, verb, where)) == ((form, verb) in wanted)
        assert form in OPEN_FORMS or not allowed(policies, need(form, verb, where, "foreign"))
    asked_for = {one.action for one in needs}
    written = [action for one in statements for action in _listed(one["Action"])]
    assert set(written) == asked_for
    assert not allowed(policies, Need("ec2:RunInstances", f"arn:aws:ec2:{HEAD}:instance/*"))


@settings(max_examples=25, deadline=None)
@given(ids, pairs, st.randoms())
def test_the_order_of_the_needs_changes_nothing(launch, wanted, random):
    needs = [need(form, verb, launch) for form, verb in sorted(wanted)]
    mixed = [*needs, *needs[:1]]
    random.shuffle(mixed)
    statements = merged(needs, launch.made_up).statements
    assert merged(mixed, launch.made_up).statements == statements
    sids = [one["Sid"] for one in statements]
    assert len(set(sids)) == len(sids)
    assert all(one.isalnum() for one in sids)


@settings(max_examples=25, deadline=None)
@given(ids, pairs)
def test_no_action_of_a_statement_can_be_spared(launch, wanted):
    needs = [need(form, verb, launch) for form, verb in sorted(wanted)]
    statements = merged(needs, launch.made_up).statements
    for place, one in enumerate(statements):
        for action in _listed(one["Action"]):
            left = [other for other in _listed(one["Action"]) if other != action]
            fewer = [*statements[:place], *([{**one, "Action": left}] if left else []), *statements[place + 1 :]]
            assert not all(allows(fewer, asked) for asked in needs) if fewer else True


def _listed(value):
    return [value] if isinstance(value, str) else value


def one_of(*needs, made=MadeUp()):  # noqa: B008 - a frozen value
    (statement,) = merged(needs, made).statements
    return statement


def test_one_action():
    assert one_of(Need("s3:CreateBucket", "arn:aws:s3:::models")) == {
        "Sid": "S3CreateBucket",
        "Effect": "Allow",
        "Action": "s3:CreateBucket",
        "Resource": "arn:aws:s3:::models",
    }


def test_all_actions_on_the_same_and_all_resources_of_the_same_actions():
    function = f"arn:aws:lambda:{HEAD}:function:"
    asked = [
        Need(f"lambda:{verb}Function", f"{function}{name}") for verb in ("Get", "Create", "Delete") for name in "ba"
    ]
    assert one_of(*asked) == {
        "Sid": "LambdaFunction",
        "Effect": "Allow",
        "Action": ["lambda:CreateFunction", "lambda:DeleteFunction", "lambda:GetFunction"],
        "Resource": [f"{function}a", f"{function}b"],
    }


def test_other_actions_are_another_statement():
    function = f"arn:aws:lambda:{HEAD}:function:"
    asked = [
        Need("lambda:CreateFunction", f"{function}a"),
        Need("lambda:CreateFunction", f"{function}b"),
        Need("lambda:InvokeFunction", f"{function}b"),
    ]
    statements = merged(asked, MadeUp()).statements
    assert [(one["Sid"], one["Action"], one["Resource"]) for one in statements] == [
        ("LambdaCreateFunction", "lambda:CreateFunction", f"{function}a"),
        ("LambdaFunction", ["lambda:CreateFunction", "lambda:InvokeFunction"], f"{function}b"),
    ]
    assert not allows(statements, Need("lambda:InvokeFunction", f"{function}a"))


def test_an_action_without_resources_gets_a_star_and_its_tag():
    key = Need("kms:CreateKey", f"arn:aws:kms:{HEAD}:key/*", {"aws:RequestTag/sagemaker:project-id": "p-h8siwki03rrf"})
    statement = one_of(key, made=MadeUp(ids=("p-h8siwki03rrf",)))
    assert statement["Resource"] == "*"
    assert statement["Condition"] == {"StringLike": {"aws:RequestTag/sagemaker:project-id": "p-*"}}


def test_an_open_arn_is_limited_by_a_tag_or_is_told():
    group = f"arn:aws:ec2:{HEAD}:security-group/sg-98dc0c90bad30fd1f"
    plain = Need("ec2:DeleteSecurityGroup", group)
    tagged = Need("ec2:DeleteSecurityGroup", group, {"aws:ResourceTag/sagemaker:project-name": "churn"})
    made = MadeUp(names=("churn",))
    assert one_of(tagged, made=made)["Condition"] == {"Null": {"aws:ResourceTag/sagemaker:project-name": "false"}}
    assert merged([tagged], made).open == ()
    found = merged([plain, tagged], made)
    assert [one.get("Condition") for one in found.statements] == [None]
    assert found.open == (("ec2:DeleteSecurityGroup", f"arn:aws:ec2:{HEAD}:security-group/sg-*"),)


def test_a_template_is_known_by_its_tag():
    template = "arn:aws:s3:::cf-templates/create.template"
    context = {"s3:ExistingObjectTag/servicecatalog:provisioning": "true"}
    statement = one_of(Need("s3:GetObject", template, context), made=MadeUp(objects=(template,)))
    assert statement["Resource"] == "arn:aws:s3:::*/*"
    assert statement["Condition"] == {"StringEquals": {"s3:ExistingObjectTag/servicecatalog:provisioning": "true"}}


def test_a_role_is_passed_to_its_services_only():
    role = f"arn:aws:iam::{ACCOUNT}:role/Use"
    asked = [
        Need("iam:PassRole", role, {"iam:PassedToService": f"{one}.amazonaws.com"}) for one in ("lambda", "codebuild")
    ]
    statement = one_of(*asked)
    assert statement["Sid"] == "PassRoleToCodeBuildLambda"
    assert statement["Resource"] == role
    assert statement["Condition"] == {
        "StringEquals": {"iam:PassedToService": ["codebuild.amazonaws.com", "lambda.amazonaws.com"]}
    }
    other = Need("iam:PassRole", role, {"iam:PassedToService": "ec2.amazonaws.com"})
    assert not allows([statement], other)
    assert merged(asked, MadeUp()).open == ()
    assert merged([Need("iam:PassRole", role)], MadeUp()).open == (("iam:PassRole", role),)


def many(number):
    needs = [Need("s3:CreateBucket", f"arn:aws:s3:::{'b' * 40}{place:03}") for place in range(number)]
    needs += [Need(f"sqs:{'Do' * 5}{place}", f"arn:aws:sqs:{HEAD}:queue{place}") for place in range(number)]
    return needs


@pytest.mark.parametrize(("number", "parts"), [(10, 1), (40, 2), (80, 3)])
def test_long_policies_are_split(number, parts):
    needs = many(number)
    statements = merged(needs, MadeUp()).statements
    found = split(statements)
    assert len(found) == parts
    assert all(size(one) <= MANAGED for one in found)
    together = [one for part in found for one in part]
    assert all(allows(together, asked) for asked in needs)
    assert len({one["Sid"] for one in together}) == len(together)
    told = too_large(statements)
    assert (told is None) == (parts == 1)
    if told is not None:
        assert f"over {parts} managed policies" in told
        assert (size(statements) <= INLINE) == ("leave room" in told)


def test_a_statement_that_no_policy_holds():
    with pytest.raises(ValueError, match="more than 100 characters"):
        split(merged([Need("s3:CreateBucket", f"arn:aws:s3:::{'b' * 60}")], MadeUp()).statements, 100)


def test_sids_keep_clear_of_those_that_are_taken():
    statement = {"Sid": "S3Bucket", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    assert [one["Sid"] for one in sids_apart([statement, statement], ["S3Bucket", "S3Bucket3"])] == [
        "S3Bucket2",
        "S3Bucket4",
    ]


def test_the_measure_is_iams():
    statements = merged([Need("s3:CreateBucket", "arn:aws:s3:::models")], MadeUp()).statements
    assert size(statements) == len(json.dumps(document(statements), separators=(",", ":")))
