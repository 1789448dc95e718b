"""Law: whoever takes away what LRP501 to LRP503 name gets the same verdicts."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from generated_cases import ACTION_PATTERNS, ACTIONS, RESOURCE_PATTERNS, RESOURCES, TEXTS
from launchrole.facts import actions
from launchrole.policy import PolicySet, Request, parse
from launchrole.policy.validation import validate

REDUNDANT = ("LRP501", "LRP502", "LRP503")


def policy(chance):
    """A policy of statements that often cover each other."""

    def some(pool, most):
        return chance.choices(pool, k=chance.randint(1, most))

    def statement():
        written = {
            "Effect": chance.choice(["Allow", "Allow", "Deny"]),
            chance.choice(["Action", "Action", "Action", "NotAction"]): some(ACTION_PATTERNS, 3),
            chance.choice(["Resource", "Resource", "Resource", "NotResource"]): some(RESOURCE_PATTERNS, 3),
        }
        if chance.random() < 0.3:
            written["Condition"] = {"StringLike": {"aws:username": chance.choice(TEXTS)}}
        return written

    return {"Version": chance.choice(["2012-10-17", "2008-10-17"]), "Statement": [statement() for _ in range(3)]}


def without(document, paths):
    """The document with statements, and items of their lists, taken away."""
    statements = []
    for index, written in enumerate(document["Statement"]):
        if ("Statement", index) not in paths:
            statements.append({name: _without_items(part, index, name, paths) for name, part in written.items()})
    return document | {"Statement": statements}


def _without_items(part, index, name, paths):
    if not isinstance(part, list):
        return part
    return [one for place, one in enumerate(part) if ("Statement", index, name, place) not in paths]


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**64))
def test_what_is_redundant_changes_no_verdict(seed):
    chance = random.Random(seed)
    document = policy(chance)
    paths = {one.path for one in validate(parse(document), actions) if one.id in REDUNDANT}
    smaller = without(document, paths)
    before, after = (PolicySet(identity=[parse(one)]) for one in (document, smaller))
    for action in dict.fromkeys(ACTIONS):
        for resource in RESOURCES[action.partition(":")[0]]:
            for context in ({}, {"aws:username": "alice"}):
                request = Request("arn:aws:iam::111111111111:user/alice", action, resource, context)
                assert before.evaluate(request).verdict is after.evaluate(request).verdict, (document, smaller, request)
