"""Hostile input: whatever texts a case holds, the only errors are those that say what is wrong."""

import json
import random

from hypothesis import event, given, settings
from hypothesis import strategies as st

from generated_cases import case
from launchrole.policy.case import policies_of, request_of
from launchrole.policy.decision import Verdict
from launchrole.policy.errors import PolicyError
from launchrole.policy.explanation import explain, nearest_miss
from launchrole.policy.repair import repairs

TEXTS = [
    "",
    "*",
    "?",
    "${",
    "${a}",
    "${a,'b'}",
    "${*}",
    "}",
    "arn:",
    "arn:aws:",
    ":::::::",
    "/",
    "é",
    "\ud800",
    "\x00",
    "𝔘",
]
TEXTS += ["a" * 50, "123456789012", "arn:aws:iam::123456789012:role/", "arn:aws:sts::123456789012:assumed-role/"]
TEXTS += ["s3:GetObject", "s3:*", "\n", "'", '"', "|", "(", "[", "\\", "^$"]


def spoiled(value, r):
    """A case in which about one text in seven is another."""
    if isinstance(value, dict):
        return {(key if r.random() < 0.99 else text(r)): spoiled(member, r) for key, member in value.items()}
    if isinstance(value, list):
        return [spoiled(member, r) for member in value]
    return text(r) if isinstance(value, str) and value not in ("Allow", "Deny") and r.random() < 0.15 else value


def text(r):
    return "".join(r.choice(TEXTS) for _ in range(r.randrange(5)))


@settings(max_examples=600, deadline=None)
@given(st.integers(0, 2**48))
def test_every_answer_is_a_verdict_or_a_clear_refusal(seed):
    given_case = spoiled(case(seed), random.Random(seed))
    try:
        policies = policies_of(given_case.get("policies", {}))
        request = request_of(given_case.get("request", {}))
    except PolicyError:
        event("refused")
        return
    event("decided")
    decision = policies.evaluate(request)
    assert json.dumps(explain(decision).to_dict())
    nearest_miss(decision)
    offered = repairs(decision)
    assert all(repair.describe() for repair in (*offered.request, *offered.policy))
    if decision.verdict in (Verdict.IMPLICITLY_DENIED, Verdict.EXPLICITLY_DENIED):
        assert decision.message()
