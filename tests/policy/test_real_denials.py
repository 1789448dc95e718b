"""Sentences that AWS really answered: ours are the same, word for word."""

import json
import re

import pytest

from launchrole.policy.message import denial_message
from launchrole.policy.policy_type import PolicyType
from shared_inputs import SHARED, needs_shared

CALLER = "arn:aws:sts::111122223333:assumed-role/R/s"
IMPLICIT = re.compile(r"because no (?P<type>.+) allows the (?P<action>\S+) action")
EXPLICIT = re.compile(r"with an explicit deny in (an?|the) (?P<type>[A-Za-z -]+)(: (?P<arn>arn:\S+?))?$")


def recorded():
    """The recorded denials that tell a policy type: from an account of their own, without what EC2 encodes."""
    if not SHARED.is_dir():
        return []
    facts = json.loads((SHARED / "conformance" / "real" / "denials.json").read_text())["facts"]
    told = [fact | {"reason": fact["reason"].partition(". Encoded")[0]} for fact in facts]
    return [
        fact for fact in told if fact["action"] and (IMPLICIT.match(fact["reason"]) or EXPLICIT.match(fact["reason"]))
    ]


@needs_shared
def test_there_are_many_of_them():
    assert len(recorded()) >= 60


@pytest.mark.parametrize("fact", recorded(), ids=lambda fact: fact["api_operation"])
def test_the_sentence_is_aws_s(fact):
    found = IMPLICIT.fullmatch(fact["reason"]) or EXPLICIT.fullmatch(fact["reason"])
    (policy_type,) = [one for one in PolicyType if one.value == found["type"]]
    resource = (fact["resource"] or "").replace('"', "")
    told = denial_message(
        caller=CALLER,
        action=fact["action"],
        resource=resource,
        policy_type=policy_type,
        explicit=found.re is EXPLICIT,
        policy_arn=found["arn"] if found.re is EXPLICIT else None,
    )
    target = f" on resource: {fact['resource']}" if fact["resource"] else ""
    opening = (
        "You are not authorized to perform this operation. " if fact["error_code"] == "UnauthorizedOperation" else ""
    )
    action = fact["action"]
    assert told == f"{opening}User: {CALLER} is not authorized to perform: {action}{target} {fact['reason']}"
