"""What a launch role is denied, and the least that ends it: shown by launching once more."""

from dataclasses import replace

import pytest
from small_launch import ACCOUNT, EVERYTHING, STACKS, USE, policy, wanted

from launchrole.preflights.denials import denied
from launchrole.preflights.needs import made_up, needs_of
from launchrole.preflights.policy_fixes import (
    ADDED,
    fix,
    fix_of_trust,
    mended,
    policy_fixes,
    with_boundary_statements,
    with_statements,
)
from launchrole.preflights.rehearsal import Passed, rehearse
from launchrole.preflights.statements import MANAGED


def fixes_of(launch):
    rehearsal = rehearse(launch)
    return policy_fixes(denied(rehearsal.decided), made_up(launch, rehearsal))


def passes(launch, role):
    """Does another launch, with other ids, pass under the role?"""
    return rehearse(replace(launch, role=role), recorded=False, seed=7).done == ("create", "update", "delete")


@pytest.fixture(scope="module")
def poor():
    launch = wanted(policy("stacks", STACKS))
    return launch, fixes_of(launch)


def test_the_statements_end_every_denial(poor):
    launch, fixes = poor
    assert fixes.obstacles == ()
    assert not passes(launch, launch.role)
    assert passes(launch, mended(launch.role, fixes))


def test_the_statements_are_those_that_people_write(poor):
    _, fixes = poor
    by_sid = {one["Sid"]: one for one in fixes.identity}
    assert by_sid["PassRoleToLambda"] == {
        "Sid": "PassRoleToLambda",
        "Effect": "Allow",
        "Action": "iam:PassRole",
        "Resource": USE.arn,
        "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
    }
    assert by_sid["LambdaFunction"]["Resource"] == (
        f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:SC-{ACCOUNT}-pp-*-Function-*"
    )
    assert {"arn:aws:s3:::models-one", f"arn:aws:s3:::sc-{ACCOUNT}-pp-*-generated-*"} == {
        by_sid[name]["Resource"] for name in by_sid if name.startswith("S3")
    }


def test_each_denial_has_its_fix(poor):
    launch, fixes = poor
    rehearsal = rehearse(launch)
    made = made_up(launch, rehearsal)
    found = [fix(one, made) for one in denied(rehearsal.decided)]
    actions = {one.statements[0]["Action"] for one in found}
    assert actions == {
        action
        for one in fixes.identity
        for action in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])
    }
    passing = next(one for one in found if one.statements[0]["Action"] == "iam:PassRole")
    assert passing.text == f"allow iam:PassRole on {USE.arn} in a policy of the role"
    assert not passing.verified
    assert fix(next(one for one in rehearsal.decided if one.decision is None), made) is None


def test_what_cannot_be_limited_is_said():
    launch = wanted(policy("stacks", STACKS))
    text = "Resources: {Group: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: g}}}"
    launch = replace(launch, text=text, values={})
    rehearsal = rehearse(launch)
    made = made_up(launch, rehearsal)
    groups = f"arn:aws:ec2:us-east-1:{ACCOUNT}:security-group/sg-*"
    told = (
        f"ec2:DeleteSecurityGroup is allowed on everything that {groups} means: "
        "its ids are generated, and no tag limits the call"
    )
    assert told in policy_fixes(denied(rehearsal.decided), made).notes
    (one,) = (one for one in denied(rehearsal.decided) if one.stored.action == "ec2:DeleteSecurityGroup")
    assert fix(one, made).text == f"allow ec2:DeleteSecurityGroup on {groups} in a policy of the role; {told}"


def test_a_boundary_gets_what_it_lacks():
    launch = wanted(policy("all", EVERYTHING), boundary=policy("Bound", STACKS))
    fixes = fixes_of(launch)
    assert fixes.identity == ()
    assert {"PassRoleToLambda", "LambdaFunction"} <= {one["Sid"] for one in fixes.boundary}
    assert fixes.obstacles == ()
    assert passes(launch, mended(launch.role, fixes))
    assert with_statements(launch.role, ()) is launch.role
    assert with_boundary_statements(replace(launch.role, boundary=None), fixes.boundary).boundary is None


def test_policy_and_boundary_get_what_both_lack():
    launch = wanted(policy("stacks", STACKS), boundary=policy("Bound", STACKS))
    fixes = fixes_of(launch)
    assert fixes.identity == fixes.boundary != ()
    assert passes(launch, mended(launch.role, fixes))
    rehearsal = rehearse(launch)
    text = fix(denied(rehearsal.decided)[0], made_up(launch, rehearsal)).text
    assert "in a policy of the role and its permissions boundary" in text


def test_an_explicit_deny_is_named():
    deny = {"Sid": "NoVersions", "Effect": "Deny", "Action": "s3:PutBucketVersioning", "Resource": "*"}
    launch = wanted(policy("rules", STACKS, deny))
    rehearsal = rehearse(launch)
    fixes = policy_fixes(denied(rehearsal.decided), made_up(launch, rehearsal))
    (obstacle,) = fixes.obstacles
    assert (obstacle.policy, obstacle.statement) == ("rules", "NoVersions")
    assert obstacle.need.action == "s3:PutBucketVersioning"
    assert obstacle.text == (
        "statement 2 (NoVersions) of `rules` (identity-based policy) denies s3:PutBucketVersioning on "
        "arn:aws:s3:::models-one: change it there, no Allow outweighs a Deny"
    )
    told = next(
        fix(one, made_up(launch, rehearsal))
        for one in denied(rehearsal.decided)
        if one.stored.action == "s3:PutBucketVersioning"
    )
    assert told.statements == ()
    assert told.text == obstacle.text


def test_a_service_control_policy_is_named():
    scp = policy("no-functions", {"Effect": "Allow", "NotAction": "lambda:*", "Resource": "*"})
    launch = wanted(policy("all", EVERYTHING), scps=(scp,))
    fixes = fixes_of(launch)
    assert fixes.identity == fixes.boundary == ()
    assert {one.need.action.partition(":")[0] for one in fixes.obstacles} == {"lambda"}
    assert {one.policy for one in fixes.obstacles} == {"no-functions"}
    assert "in the service control policy `no-functions`" in fixes.obstacles[0].text


def test_many_statements_are_several_policies():
    statements = [
        {"Sid": f"S{number}", "Effect": "Allow", "Action": "s3:CreateBucket", "Resource": f"arn:aws:s3:::{'b' * 60}"}
        for number in range(50)
    ]
    role = wanted(policy(ADDED, STACKS)).role
    more = with_statements(role, statements)
    assert [one.name for one in more.policies] == [ADDED, f"{ADDED}-new", f"{ADDED}-2"]
    assert all(len(one.text) < MANAGED * 1.2 for one in more.policies)


def test_trust_of_a_passed_role():
    passed = Passed("create", ("Function",), USE.arn, "lambda.amazonaws.com", exists=True, trusts=False)
    found = fix_of_trust(passed)
    assert found.text == f"let the trust policy of {USE.arn} allow sts:AssumeRole to lambda.amazonaws.com"
    assert found.statements[0]["Principal"] == {"Service": "lambda.amazonaws.com"}


def test_needs_are_each_there_once():
    launch = wanted(policy("all", EVERYTHING))
    needs = needs_of(rehearse(launch).decided)
    assert len(needs) == len({(one.action, one.resource, str(sorted(one.context))) for one in needs})
    assert {one.operation for one in needs} == {"create", "update", "delete"}
    assert {one.logical_id for one in needs} == {None, "Generated", "Named", "Function"}
