"""Who can: policies and roles asked about an action on a resource, every witness put before the evaluator again."""

import json

import pytest

from launchrole.facts.managed_policies import LAUNCH_ROLE_POLICY
from launchrole.policy import PolicySet, parse
from launchrole.reasoning.sides import side
from launchrole.registry import Registry
from launchrole.registry.holders import Holder, Question, WhoCan, holders
from registry_sources import document

PUT, OBJECTS = "s3:PutObject", "arn:aws:s3:::b/*"
ROLE = "arn:aws:iam::111122223333:role/path/r"
IP = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
TAGS = {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}
SOME_TAG = {"ForAnyValue:StringEquals": {"aws:TagKeys": ["a", "b"]}}
AGE = {"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}


def ask(question, *documents, **more):
    return WhoCan(question).ask(Holder("x", tuple(parse(one) for one in documents), **more))


def deny(**more):
    return document(PUT, Effect="Deny", **more)


CASES = {
    "anything": (document("s3:*"), {}, True),
    "another action": (document("s3:GetObject"), {}, False),
    "in whatever case": (document("S3:putobject"), {}, True),
    "all but": (document(NotAction="s3:Get*", Action=None), {}, True),
    "all but this": (document(NotAction="s3:Put*", Action=None), {}, False),
    "on another resource": (document("s3:*", Resource="arn:aws:s3:::c/*"), {}, False),
    "on a part of it": (document("s3:*", Resource="arn:aws:s3:::b/home/*"), {}, True),
    "on all but it": (document("s3:*", Resource=None, NotResource=OBJECTS), {}, False),
    "a network": (document(PUT, Condition=IP), {"aws:SourceIp": ["10.0.0.1"]}, True),
    "another network": (document(PUT, Condition=IP), {"aws:SourceIp": ["11.0.0.1"]}, False),
    "young": (document(PUT, Condition=AGE), {"aws:MultiFactorAuthAge": ["300"]}, True),
    "old": (document(PUT, Condition=AGE), {"aws:MultiFactorAuthAge": ["4000"]}, False),
    "these tags": (document(PUT, Condition=TAGS), {"aws:TagKeys": ["a", "b"]}, True),
    "a tag too many": (document(PUT, Condition=TAGS), {"aws:TagKeys": ["a", "c"]}, False),
    "one of the tags": (document(PUT, Condition=SOME_TAG), {"aws:TagKeys": ["a", "c"]}, True),
    "none of the tags": (document(PUT, Condition=SOME_TAG), {"aws:TagKeys": ["c"]}, False),
    "a variable": (document(PUT, Resource="arn:aws:s3:::b/${aws:username}"), {"aws:username": ["bob"]}, True),
    "a value with a dollar": (
        document(PUT, Condition={"StringEquals": {"aws:username": "x"}}),
        {"aws:username": ["${x}"]},
        False,
    ),
}


@pytest.mark.parametrize(("given", "context", "can"), CASES.values(), ids=CASES)
def test_what_a_policy_allows_of_it(given, context, can):
    statement = {key: value for key, value in given["Statement"][0].items() if value is not None}
    given = {**given, "Statement": [statement]}
    question = Question(PUT, OBJECTS, context)
    answer = ask(question, given)
    assert not answer.access.undecided
    assert bool(answer.access.findings) is can
    for finding in answer.access.findings:
        witness = finding.witness
        assert side(given).allows(witness)
        assert (witness.action, witness.resource.startswith("arn:aws:s3:::b/")) == (PUT, True)
        found = {key.lower(): value for key, value in witness.context.items()}
        for key, values in context.items():
            value = found[key.lower()]
            assert sorted([value] if isinstance(value, str) else value) == sorted(values)


def test_a_request_that_shows_it_has_the_value_that_was_asked_about():
    bob = Question(PUT, OBJECTS, {"aws:username": ["bob"]})
    other, like = ({"ForAnyValue:StringLike": {"aws:username": [one]}} for one in ("other", "b*"))
    assert ask(bob, document(PUT, Condition=other)).access.findings == ()
    (finding,) = ask(bob, document(PUT, Condition=like)).access.findings
    assert finding.witness.values["aws:username"] == "bob"


def test_variables_are_read_off_the_resource():
    of_users = document(PUT, Resource="arn:aws:s3:::b/${aws:username}-${aws:PrincipalTag/team}/*")
    for resource in ("arn:aws:s3:::b/bob-red/x", "arn:aws:s3:::b/bob-red/*"):
        (finding,) = ask(Question(PUT, resource), of_users).access.findings
        values = {key: finding.witness.values[key] for key in ("aws:username", "aws:principaltag/team")}
        assert values == {"aws:username": "bob", "aws:principaltag/team": "red"}
    for resource in ("arn:aws:s3:::b/bob/x", "arn:aws:s3:::c/bob-red/x", "arn:aws:s3:::b/-/x"):
        assert ask(Question(PUT, resource), of_users).access.findings == ()


def test_denies_of_the_same_holder_count_and_are_told():
    allow = document("s3:*")
    assert not ask(Question(PUT), allow, deny()).access.findings
    part = ask(Question(PUT, OBJECTS), allow, deny(Resource="arn:aws:s3:::b/secret/*", Condition=IP))
    (finding,) = part.access.findings
    assert side(PolicySet(identity=[parse(allow), parse(deny(Resource="arn:aws:s3:::b/secret/*"))])).allows(
        finding.witness
    )
    (told,) = part.denies
    assert "denies it on arn:aws:s3:::b/secret/* if `aws:SourceIp` is in `10.0.0.0/8`" in told


def test_a_pattern_of_actions_means_one_of_them():
    answer = ask(Question("iam:Pass*"), document("iam:PassRole", "iam:GetRole"))
    assert {grant.name for one in answer.access.findings for grant in one.actions} == {"iam:PassRole"}
    assert not ask(Question("*:Pass*"), document("s3:*", "sqs:SendMessage")).access.findings[1:]
    assert ask(Question("*:PassR*"), document("iam:*")).access.findings


def test_a_role_with_its_boundary_calls_as_itself():
    boundary = parse(document("s3:Get*"))
    assert not ask(Question(PUT), document("s3:*"), arn=ROLE, is_role=True, boundary=boundary).access.findings
    (finding,) = ask(
        Question("s3:GetObject"), document("s3:*"), arn=ROLE, is_role=True, boundary=boundary
    ).access.findings
    assert finding.witness.principal.arn == ROLE
    assert finding.policy is None
    as_others = {
        "another role": {"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::*:role/other"}},
        "another account": {"StringEquals": {"aws:PrincipalAccount": "999999999999"}},
        "a user": {"StringEquals": {"aws:username": "bob"}},
        "a type": {"StringEquals": {"aws:PrincipalType": "User"}},
    }
    for condition in as_others.values():
        assert not ask(Question(PUT), document(PUT, Condition=condition), arn=ROLE, is_role=True).access.findings
        assert ask(Question(PUT), document(PUT, Condition=condition)).access.findings
    own = {"StringEquals": {"aws:PrincipalAccount": "111122223333"}}
    assert ask(Question(PUT), document(PUT, Condition=own), arn=ROLE, is_role=True).access.findings


def test_who_may_pass_connections_among_all_policies():
    registry = Registry()
    action = "codestar-connections:PassConnection"
    who = WhoCan(Question(action))
    found, number = holders(registry, who)
    answers = {one.name: who.ask(one) for one in found}
    can = {name.partition(":")[0] for name, one in answers.items() if one.access.findings}
    assert number > 1500
    assert "AWSCodePipeline_FullAccess" not in can
    assert {"AWSCodeBuildAdminAccess", "AdministratorAccess", "PowerUserAccess"} <= can
    assert LAUNCH_ROLE_POLICY in can
    for name, one in answers.items():
        assert not one.access.undecided
        own = parse(registry.document(registry.version(name)))
        for finding in one.access.findings:
            assert side(own).allows(finding.witness)
            statement = own.statements[finding.statement_index]
            assert statement.effect == "Allow"
    named = [name for name in registry.names() if action in registry.document(registry.policy(name).version(None))]
    assert {name for name in named if "Deny" not in registry.document(registry.version(name))} <= can


def test_every_version_of_the_page_s_policy():
    registry = Registry()
    policy = registry.policy(LAUNCH_ROLE_POLICY)

    def which(*question):
        who = WhoCan(Question("codestar-connections:PassConnection", *question))
        answers = [who.ask(Holder(one.name, (parse(registry.document(one)),))) for one in policy.versions]
        return [one.holder.name for one in answers if one.access.findings]

    every = [one.name for one in policy.versions]
    assert which() == every[1:]
    assert which("arn:aws:codeconnections:*:*:connection/*") == ["v10", "v11", "v12"]
    untagged = {"aws:ResourceTag/sagemaker": ["false"]}
    assert which("*", untagged) == [one for one in every[1:] if one != "v8"]
    assert which("*", {"codestar-connections:PassedToService": ["glue.amazonaws.com"]}) == []


def test_the_quick_look_leaves_out_none_that_allows():
    """Of policies that are left out it is proved by the long way that they allow nothing of it."""
    registry = Registry()
    question = Question("kms:Decrypt", "arn:aws:kms:*:*:key/*")
    who = WhoCan(question)
    kept = {one.name for one in holders(registry, who)[0]}
    for name in registry.names()[::12]:
        version = registry.policy(name).version(None)
        if version.reference not in kept:
            text = json.loads(registry.document(version))
            answer = who.ask(Holder(name, (parse(text),)))
            assert not answer.access.findings
            assert not answer.access.undecided
