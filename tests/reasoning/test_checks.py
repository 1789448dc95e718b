"""Access Analyzer's checks: published answers, and requests that AWS would refuse."""

import json

import pytest

from launchrole.facts import actions as reference
from launchrole.policy import PolicySyntaxError
from launchrole.reasoning import (
    Access,
    CheckRequestError,
    CheckUndecided,
    Facts,
    KnownActions,
    access_of,
    check_access_not_granted,
    check_no_new_access,
    checks,
)
from launchrole.reasoning.findings import Difference, Undecided
from shared_inputs import SHARED, needs_shared

FACTS = Facts(KnownActions(action.full_name for action in reference.actions_matching("*")))
ALLOW = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})

# AWS' SDKs word the answer for resources otherwise than the answers recorded from AWS do; ours are the recorded ones.
CONTRADICTED = {"sdk:access-not-granted:3": "sdk example against recorded answer"}


def published(name):
    path = SHARED / "conformance" / name
    cases = json.loads(path.read_text())["cases"] if path.is_file() else []
    return [pytest.param(one, id=one["id"]) for one in cases if one["check"] != "CheckNoPublicAccess"]


def answer(case):
    if case["check"] == "CheckNoNewAccess":
        old, new = json.dumps(case["existing"]), json.dumps(case["new"])
        return check_no_new_access(old, new, case["policy_type"], FACTS)
    access = [access_of(one) for one in case["access"]]
    return check_access_not_granted(json.dumps(case["policy"]), access, case["policy_type"], FACTS)


@needs_shared
@pytest.mark.parametrize("case", published("no-new-access.json") + published("access-checks.json"))
def test_published_answers(case):
    given = answer(case)
    assert given.result == case["expected"]
    reasons = [{k: v for k, v in one.items() if k != "accessInput"} for one in case.get("reasons") or []]
    if case["id"] in CONTRADICTED:
        assert given.message != case["message"]
        reasons = [{**one, "description": given.reasons[0].description} for one in reasons]
    elif case.get("message"):
        assert given.message == case["message"]
    if reasons:
        assert [reason.to_dict() for reason in given.reasons] == reasons
    assert all(finding.witness for reason in given.reasons for finding in reason.findings)


@needs_shared
def test_all_published_cases_are_there():
    assert len(published("no-new-access.json")) == 140


def test_a_deny_takes_access_out_of_a_grant():
    denied = {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [*json.loads(ALLOW)["Statement"], denied]})
    access = [Access(actions=("s3:DeleteBucket",))]
    assert check_access_not_granted(policy, access, "IDENTITY_POLICY", FACTS).result == "PASS"
    assert check_access_not_granted(ALLOW, access, "IDENTITY_POLICY", FACTS).result == "FAIL"


def test_policies_of_callers_and_of_resources_say_nothing_about_each_other():
    open_ = json.loads(ALLOW)
    open_["Statement"][0]["Principal"] = "*"
    for policy_type in ("IDENTITY_POLICY", "RESOURCE_POLICY"):
        with pytest.raises(CheckRequestError, match="two of a kind"):
            check_no_new_access(ALLOW, json.dumps(open_), policy_type, FACTS)


REFUSED = [
    ([], "no access is listed"),
    ([Access()], "neither actions nor resources"),
    ([Access(actions=("s3:GetObject",) * 101)], "at most 100"),
    ([Access(actions=("GetObject",))], "`GetObject` is no action"),
]


@pytest.mark.parametrize(("access", "message"), REFUSED, ids=[row[1] for row in REFUSED])
def test_access_that_aws_refuses(access, message):
    with pytest.raises(CheckRequestError, match=message):
        check_access_not_granted(ALLOW, access, "IDENTITY_POLICY", FACTS)


@pytest.mark.parametrize("given", [{"actions": "s3:GetObject"}, {"resources": [1]}, {"action": []}])
def test_access_of_another_shape(given):
    with pytest.raises(CheckRequestError):
        access_of(given)


def test_another_type_of_policy():
    with pytest.raises(CheckRequestError, match="IDENTITY_POLICY or RESOURCE_POLICY"):
        check_no_new_access(ALLOW, ALLOW, "SERVICE_CONTROL_POLICY", FACTS)


def test_no_policy_at_all():
    with pytest.raises(PolicySyntaxError):
        check_no_new_access("{}", ALLOW, "IDENTITY_POLICY", FACTS)


def test_what_is_not_proved_does_not_pass(monkeypatch):
    undecided = Difference((), (Undecided(0, None, ("s3:GetObject",), "too much"),))
    monkeypatch.setattr(checks, "new_access", lambda *_: undecided)
    with pytest.raises(CheckUndecided, match="statement 1: too much"):
        check_no_new_access(ALLOW, ALLOW, "IDENTITY_POLICY", FACTS)
