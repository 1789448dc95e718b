"""What a comparison says, by example."""

import pytest

from launchrole.facts import actions as reference
from launchrole.facts import managed_policies
from launchrole.policy import PolicySet, Request, parse
from launchrole.reasoning import BUDGET, Facts, Flag, KnownActions, ReasoningError, Verdict, compare, request_as_dict
from launchrole.reasoning.sides import side

FACTS = Facts(
    KnownActions(action.full_name for action in reference.actions_matching("*")),
    access_level=lambda name: (found := reference.action(name)) and found.access_level,
    resource_formats=lambda name: (found := reference.action(name)) and [one.type.arn for one in found.resources],
)
ROLE = "arn:aws:iam::111122223333:role/Build"


def policy(*statements, version="2012-10-17"):
    return {"Version": version, "Statement": list(statements)}


def allow(action="s3:GetObject", resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action="s3:GetObject", resource="*", **more):
    return {**allow(action, resource, **more), "Effect": "Deny"}


def granted(action="s3:GetObject", principal="*", **more):
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "arn:aws:s3:::b/*", **more}


def when(operator, key, *values):
    return {"Condition": {operator: {key: list(values)}}}


def verdict(old, new):
    found = compare(old, new, FACTS)
    for difference, giver, other in ((found.added, new, old), (found.removed, old, new)):
        for finding in difference.findings:
            assert side(giver).allows(finding.witness)
            assert not side(other).allows(finding.witness)
    return found.verdict.value


TAG = "aws:ResourceTag/team"
CASES = [
    ("the same", policy(allow()), policy(allow()), "equivalent"),
    (
        "another order, other Sids",
        policy(allow(), allow("sqs:*")),
        policy(allow("sqs:*", Sid="B"), allow()),
        "equivalent",
    ),
    (
        "split statements",
        policy(allow(["s3:GetObject", "s3:PutObject"])),
        policy(allow("s3:PutObject"), allow()),
        "equivalent",
    ),
    ("an action more", policy(allow()), policy(allow(["s3:GetObject", "s3:PutObject"])), "adds"),
    ("the case of an action", policy(allow()), policy(allow("S3:getobject")), "equivalent"),
    ("actions to come", policy(allow("sts:*")), policy(allow("sts:*"), allow("sts:A*")), "equivalent"),
    ("a wildcard", policy(allow("s3:GetObject*")), policy(allow("s3:Get*")), "adds"),
    (
        "a covered resource",
        policy(allow(resource="arn:aws:s3:::b/*")),
        policy(allow(resource="arn:aws:s3:::b/k")),
        "removes",
    ),
    (
        "two patterns that cover one together",
        policy(allow(resource=["arn:aws:s3:::?*", "arn:aws:s3:::"])),
        policy(allow(resource="arn:aws:s3:::*")),
        "equivalent",
    ),
    ("shifted patterns", policy(allow(resource="arn:aws:s3:::a*")), policy(allow(resource="arn:aws:s3:::*z")), "both"),
    (
        "a short pattern's star crosses colons",
        policy(allow(resource="arn:aws:s3:*:1:b")),
        policy(allow(resource="arn:aws:s3:*:b")),
        "adds",
    ),
    (
        "NotResource",
        policy(allow()),
        policy({"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::b/*"}),
        "removes",
    ),
    ("NotAction", policy(allow("*")), policy({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}), "removes"),
    (
        "NotAction of what is added",
        policy({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, allow("iam:*")),
        policy(allow("*")),
        "equivalent",
    ),
    ("a Deny", policy(allow()), policy(allow(), deny(resource="arn:aws:s3:::b/*")), "removes"),
    ("a Deny of nothing allowed", policy(allow()), policy(allow(), deny("sqs:*")), "equivalent"),
    (
        "a Deny that is lifted by half",
        policy(allow(), deny()),
        policy(allow(), deny(**when("Bool", "aws:SecureTransport", "false"))),
        "adds",
    ),
    (
        "Deny and Allow that meet",
        policy(allow(**when("StringNotEquals", TAG, "a"))),
        policy(allow(), deny(**when("StringEquals", TAG, "a"))),
        "equivalent",
    ),
    (
        "an IfExists",
        policy(allow(**when("StringEquals", TAG, "a"))),
        policy(allow(**when("StringEqualsIfExists", TAG, "a"))),
        "adds",
    ),
    (
        "IfExists is Null or equal",
        policy(allow(**when("Null", TAG, "true")), allow(**when("StringEquals", TAG, "a"))),
        policy(allow(**when("StringEqualsIfExists", TAG, "a"))),
        "equivalent",
    ),
    (
        "a value more",
        policy(allow(**when("StringEquals", TAG, "a"))),
        policy(allow(**when("StringEquals", TAG, "a", "b"))),
        "adds",
    ),
    (
        "like and equal",
        policy(allow(**when("StringLike", TAG, "a*"))),
        policy(allow(**when("StringEquals", TAG, "a*"))),
        "removes",
    ),
    (
        "whatever the case",
        policy(allow(**when("StringEquals", TAG, "a", "A"))),
        policy(allow(**when("StringEqualsIgnoreCase", TAG, "a"))),
        "equivalent",
    ),
    (
        "truth is a text",
        policy(allow(**when("Bool", "aws:SecureTransport", "true"))),
        policy(allow(**when("StringEquals", "aws:SecureTransport", "true"))),
        "removes",
    ),
    (
        "numbers",
        policy(allow(**when("NumericLessThan", "s3:max-keys", "10"))),
        policy(allow(**when("NumericLessThanEquals", "s3:max-keys", "10.0"))),
        "adds",
    ),
    (
        "numbers in between",
        policy(
            allow(**when("NumericLessThanEquals", "s3:max-keys", "10")),
            allow(**when("NumericGreaterThanEquals", "s3:max-keys", "11")),
        ),
        policy(allow(**when("NumericGreaterThan", "s3:max-keys", "0"))),
        "both",
    ),
    (
        "dates",
        policy(allow(**when("DateLessThan", "aws:CurrentTime", "2026-01-01"))),
        policy(allow(**when("DateLessThan", "aws:CurrentTime", "2026-01-01T00:00:00Z"))),
        "equivalent",
    ),
    (
        "half a network",
        policy(allow(**when("IpAddress", "aws:SourceIp", "10.0.0.0/8"))),
        policy(allow(**when("IpAddress", "aws:SourceIp", "10.0.0.0/9"))),
        "removes",
    ),
    (
        "two halves",
        policy(allow(**when("IpAddress", "aws:SourceIp", "10.0.0.0/8"))),
        policy(allow(**when("IpAddress", "aws:SourceIp", "10.0.0.0/9", "10.128.0.0/9"))),
        "equivalent",
    ),
    (
        "parts of ARNs",
        policy(allow(**when("ArnLike", "aws:SourceArn", "arn:aws:sns:*:*:t"))),
        policy(allow(**when("StringLike", "aws:SourceArn", "arn:aws:sns:*:*:t"))),
        "adds",
    ),
    (
        "all and any",
        policy(allow(**when("ForAllValues:StringEquals", "aws:TagKeys", "a"))),
        policy(allow(**when("ForAnyValue:StringEquals", "aws:TagKeys", "a"))),
        "both",
    ),
    (
        "all, and there",
        policy(allow(Condition={"ForAllValues:StringEquals": {"aws:TagKeys": "a"}, "Null": {"aws:TagKeys": "false"}})),
        policy(allow(**when("ForAnyValue:StringEquals", "aws:TagKeys", "a"))),
        "both",
    ),
    (
        "a variable",
        policy(allow(**when("StringEquals", TAG, "${aws:username}"))),
        policy(allow(**when("StringEquals", TAG, "${aws:userid}"))),
        "both",
    ),
    (
        "a variable that stays",
        policy(allow(**when("StringEquals", TAG, "${aws:username}"))),
        policy(allow(["s3:GetObject", "s3:PutObject"], **when("StringEquals", TAG, "${aws:username}"))),
        "adds",
    ),
    (
        "its key is there",
        policy(allow(**when("StringEquals", TAG, "${aws:username}"))),
        policy(allow(Condition={"StringEquals": {TAG: "${aws:username}"}, "Null": {"aws:username": "false"}})),
        "equivalent",
    ),
    (
        "a variable in the old version",
        policy(allow(**when("StringEquals", TAG, "${aws:username}"))),
        policy(allow(**when("StringEquals", TAG, "${aws:username}")), version="2008-10-17"),
        "both",
    ),
    (
        "a home folder",
        policy(allow(resource="arn:aws:s3:::b/*")),
        policy(allow(resource="arn:aws:s3:::b/${aws:username}/*")),
        "removes",
    ),
    (
        "two home folders",
        policy(allow(resource="arn:aws:s3:::b/${aws:username}/*")),
        policy(allow(resource="arn:aws:s3:::b/${aws:username}/?*")),
        "removes",
    ),
    ("needs no permission", policy(allow()), policy(allow(), allow("sts:GetCallerIdentity")), "equivalent"),
    (
        "a key's policy leaves it to IAM",
        policy(allow("kms:Decrypt", "arn:aws:kms:*:*:key/a")),
        policy(allow("kms:Decrypt", "arn:aws:kms:*:*:key/*")),
        "adds",
    ),
    (
        "a principal more",
        policy(granted(principal={"AWS": ROLE})),
        policy(granted(principal={"AWS": [ROLE, "444455556666"]})),
        "adds",
    ),
    (
        "the account of a principal",
        policy(granted(principal={"AWS": ROLE})),
        policy(granted(principal={"AWS": "111122223333"})),
        "adds",
    ),
    ("everyone", policy(granted(principal={"AWS": "*"})), policy(granted()), "equivalent"),
    (
        "everyone of an organization",
        policy(granted()),
        policy(granted(**when("StringEquals", "aws:PrincipalOrgID", "o-1"))),
        "removes",
    ),
    (
        "everyone but one",
        policy(granted()),
        policy(granted(), {**granted(), "Effect": "Deny", "Principal": {"AWS": ROLE}}),
        "removes",
    ),
    (
        "a trust policy",
        policy({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}),
        policy(
            {
                "Effect": "Allow",
                "Principal": {"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]},
                "Action": "sts:AssumeRole",
            }
        ),
        "adds",
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_verdicts(old, new, expected):
    assert verdict(old, new) == expected
    turned = {"adds": "removes", "removes": "adds"}
    assert verdict(new, old) == turned.get(expected, expected)


def test_a_boundary_limits_what_is_added():
    boundary = [parse(policy(allow("s3:*")))]
    old = PolicySet(identity=[parse(policy(allow()))], permissions_boundary=boundary)
    new = PolicySet(
        identity=[parse(policy(allow(), allow("sqs:*"), allow("s3:PutObject")))], permissions_boundary=boundary
    )
    (finding,) = compare(old, new, FACTS).added.findings
    assert [one.name for one in finding.actions] == ["s3:PutObject"]


def test_a_boundary_takes_away():
    old = PolicySet(identity=[parse(policy(allow("s3:*")))])
    new = PolicySet(identity=[parse(policy(allow("s3:*")))], permissions_boundary=[parse(policy(allow("s3:Get*")))])
    assert compare(old, new, FACTS).verdict is Verdict.REMOVES


def test_levels_of_an_organization_all_have_to_allow():
    root, unit = [parse(policy(allow("*")))], [parse(policy(allow("s3:*")))]
    old = PolicySet(identity=[parse(policy(allow("*")))], scp=[root, root])
    new = PolicySet(identity=[parse(policy(allow("*")))], scp=[root, unit])
    assert compare(old, new, FACTS).verdict is Verdict.REMOVES


def test_policies_of_two_kinds_say_nothing_about_each_other():
    with pytest.raises(ReasoningError, match="compare two of a kind"):
        compare(policy(allow()), policy(granted()), FACTS)


def test_a_resource_s_policy_is_compared_by_itself():
    with pytest.raises(ReasoningError, match="by itself"):
        compare(PolicySet(identity=[parse(policy(allow()))], resource=parse(policy(granted()))), policy(allow()), FACTS)


def test_a_finding_tells_where_what_and_under_which_conditions():
    old = policy(allow("s3:GetObject", "arn:aws:s3:::b/public/*"))
    new = policy(
        allow("s3:GetObject", "arn:aws:s3:::b/public/*"),
        allow(
            ["s3:GetObject", "s3:PutObjectAcl"], "arn:aws:s3:::b/*", Sid="Team", **when("StringEquals", TAG, "a", "b")
        ),
    )
    found = compare(old, new, FACTS)
    assert found.removed.is_proved_empty
    get, acl = sorted(found.added.findings, key=lambda one: one.actions[0].name)
    assert (get.statement_index, get.sid) == (1, "Team")
    assert [one.text for one in get.resources] == ["arn:aws:s3:::b/* less arn:aws:s3:::b/public/*"]
    assert get.conditions == (f"`{TAG}` is `a` or `b`",)
    assert get.otherwise == ("statement 1 allows it on arn:aws:s3:::b/public/*",)
    assert [(one.name, one.access_level) for one in acl.actions] == [("s3:PutObjectAcl", "Permissions management")]
    assert acl.flags == {Flag.PERMISSIONS_MANAGEMENT}
    assert acl.otherwise == ("no statement allows it",)
    assert request_as_dict(acl.witness) == {
        "principal": "arn:aws:iam::123456789012:user/someone",
        "action": "s3:PutObjectAcl",
        "resource": "arn:aws:s3:::b/example",
        "context": {TAG: "a"},
    }


FLAGS = [
    (allow("iam:PassRole"), Flag.PASS_ROLE),
    (allow("s3:Get*"), Flag.FUTURE_ACTIONS),
    (allow("s3:GetObject", "arn:aws:s3:::bucket-without-objects"), Flag.RESOURCE_NOT_TAKEN),
    (allow(**when("ForAllValues:StringEquals", "aws:TagKeys", "a")), Flag.VACUOUS_FOR_ALL_VALUES),
    (allow(**when("BoolIfExists", "aws:MultiFactorAuthPresent", "true")), Flag.IF_EXISTS_HOLE),
    (allow(**when("Null", TAG, "true")), Flag.NULL_HOLE),
]


@pytest.mark.parametrize(("statement", "flag"), FLAGS, ids=[flag.name for _, flag in FLAGS])
def test_flags(statement, flag):
    (finding, *_) = compare(
        policy(allow("sqs:SendMessage")), policy(allow("sqs:SendMessage"), statement), FACTS
    ).added.findings
    assert flag in finding.flags


def test_keys_that_aws_always_sends_leave_no_hole():
    new = policy(allow(**when("BoolIfExists", "aws:SecureTransport", "true")))
    (finding,) = compare(policy(deny()), new, FACTS).added.findings
    assert finding.flags == frozenset()
    caller = when("StringEqualsIfExists", "aws:PrincipalAccount", "111122223333")
    flags = [
        compare(policy({**one, "Effect": "Deny"}), policy(one), FACTS).added.findings[0].flags
        for one in (allow(**caller), granted(**caller))
    ]
    assert flags == [frozenset(), {Flag.IF_EXISTS_HOLE}]


def test_a_condition_that_wants_the_key_there_takes_the_flag_away():
    condition = {"ForAllValues:StringEquals": {"aws:TagKeys": "a"}, "StringEquals": {"aws:RequestTag/a": "x"}}
    (finding,) = compare(policy(deny()), policy(allow(Condition=condition)), FACTS).added.findings
    assert finding.flags == frozenset()


def test_actions_to_come_are_told_by_their_pattern():
    found = compare(policy(allow(["sns:Publish"])), policy(allow(["sns:Publish", "sns:Zz*"])), FACTS)
    (finding,) = found.added.findings
    assert [one.text for one in finding.actions] == ["sns:Zz* (actions to come)"]


def test_what_a_policy_covers_without_its_boundary_is_not_covered():
    home, other = (parse(policy(allow(resource=f"arn:aws:s3:::{name}/*"))) for name in ("home", "other"))
    under = PolicySet(identity=[home], permissions_boundary=[other])
    (finding,) = compare(policy(allow()), under, FACTS).removed.findings
    assert [one.text for one in finding.resources] == ["*"]
    assert finding.otherwise == (
        "statement 1 allows it on arn:aws:s3:::home/*",
        "statement 1 of a permissions boundary allows it on arn:aws:s3:::other/*",
    )


def test_not_action_allows_actions_to_come():
    new = policy({"Effect": "Allow", "NotAction": ["iam:CreateUser"], "Resource": "*"})
    (finding,) = compare(policy(allow()), new, FACTS).added.findings
    assert finding.actions[-1].text == "everything but iam:CreateUser (actions to come)"
    assert Flag.FUTURE_ACTIONS in finding.flags


def test_not_action_allows_services_to_come():
    others = sorted({f"{one.service}:*" for one in reference.actions_matching("*")} - {"s3:*"})
    new = policy({"Effect": "Allow", "NotAction": others, "Resource": "*"})
    found = compare(policy(allow("s3:*")), new, FACTS)
    assert found.removed.is_proved_empty
    assert [one.name for finding in found.added.findings for one in finding.actions] == [None]


def test_a_variable_of_a_key_with_several_values_is_no_proof():
    same = when("ForAllValues:StringEquals", TAG, f"${{{TAG}}}")
    old, new = policy(allow()), policy(allow(**same))
    assert compare(old, new, FACTS).verdict is Verdict.UNDECIDED
    two = Request("arn:aws:iam::123456789012:user/u", "s3:GetObject", "arn:aws:s3:::b/k", {TAG: ["a", "b"]})
    assert (side(old).allows(two), side(new).allows(two)) == (True, False)


def test_what_is_not_looked_at_is_undecided():
    found = compare(policy(allow()), policy(allow(), allow("s3:PutObject")), FACTS, budget=0)
    assert found.verdict is Verdict.UNDECIDED
    assert [one.actions for one in found.added.undecided] == [("s3:PutObject",)]
    assert BUDGET > 0


def test_wildcards_in_names_cover_one_another_together():
    letters = [f"zz:*{letter}*" for letter in "abcdefghijklmnopqrstuvwxyz0123456789-_."]
    assert verdict(policy(allow(letters)), policy(allow("zz:*"))) == "equivalent"
    assert verdict(policy(allow(letters[1:])), policy(allow("zz:*"))) == "adds"


def test_wildcards_in_names_that_combine_in_too_many_ways_are_no_proof():
    some = [allow(f"zz:*{letter}*", f"arn:aws:s3:::{letter}") for letter in "abcdefghijklmnopqrst"]
    fewer = [*some[:-1], allow("zz:*tt*", "arn:aws:s3:::t")]
    found = compare(policy(*fewer), policy(*some), FACTS)
    assert "combine in too many ways" in found.removed.undecided[0].reason
    assert found.verdict is Verdict.UNDECIDED
    assert compare(policy(*some, allow()), policy(*some), FACTS).verdict is Verdict.REMOVES


def test_thousands_of_statements():
    some = [allow(resource=f"arn:aws:s3:::b{n}/*", **when("StringEquals", TAG, f"v{n % 9}")) for n in range(2000)]
    new = [*some[:-1], allow("s3:PutObject", "arn:aws:s3:::b7/*")]
    found = compare(policy(*some), policy(*new), FACTS)
    assert found.verdict is Verdict.BOTH
    assert [one.resources[0].text for one in found.removed.findings] == ["arn:aws:s3:::b1999/*"]


def test_characters_that_stand_for_variables_are_refused():
    with pytest.raises(ReasoningError, match="private character"):
        compare(policy(allow()), policy(allow(resource="arn:aws:s3:::b/\U000f0001")), FACTS)


HISTORY = [
    ("v2", "adds", {"s3:PutBucketTagging", "s3:PutObjectTagging", "codestar-connections:PassConnection"}),
    ("v3", "adds", {"sagemaker:ListTags", "sagemaker:CreateImage"}),
    ("v4", "adds", {"s3:PutBucketCORS", "cognito-idp:TagResource"}),
    ("v8", "both", {"cloudformation:TagResource"}),
    ("v9", "adds", {"codestar-connections:PassConnection"}),
    ("v11", "equivalent", set()),
    ("v12", "equivalent", set()),
]


@pytest.mark.parametrize(("version", "expected", "among"), HISTORY, ids=[row[0] for row in HISTORY])
def test_the_launch_role_s_policy_over_time(version, expected, among):
    name = managed_policies.LAUNCH_ROLE_POLICY
    old, new = (parse(managed_policies.document(name, one)) for one in (f"v{int(version[1:]) - 1}", version))
    assert verdict(old, new) == expected
    added = {one.name for finding in compare(old, new, FACTS).added.findings for one in finding.actions}
    assert among <= added
