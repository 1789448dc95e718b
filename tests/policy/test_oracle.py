"""The engine against a naive transcription of the documentation: conformance, generated cases, AWS' policies."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generated_cases import case, shrunk
from launchrole.policy.case import DECISIONS, policies_of, request_of
from launchrole.policy.errors import ContextError
from naive_oracle import evaluate
from shared_inputs import REPOSITORY

NAMES = {verdict: name for name, verdict in DECISIONS.items()}
CONFORMANCE = sorted((REPOSITORY / "conformance").glob("*.json"))


def by_engine(given_case):
    policies, request = policies_of(given_case["policies"]), request_of(given_case["request"])
    decision = policies.evaluate(request)
    # The second question makes the set compile its short way, which the third one takes.
    again = [policies.evaluate(request), policies.evaluate(request)]
    if again != [decision, decision]:
        return "changed its mind", str(again)
    return NAMES[decision.verdict], None if decision.allowed else decision.policy_type.value


def by_oracle(given_case):
    return tuple(evaluate(given_case["policies"], given_case["request"]))


def differ(given_case):
    return by_engine(given_case) != by_oracle(given_case)


@pytest.mark.parametrize("path", CONFORMANCE, ids=lambda path: path.name)
def test_the_oracle_passes_the_conformance_cases(path):
    cases = [one for one in json.loads(path.read_text())["cases"] if one["expected"]["decision"] != "undecided"]
    failed = [one["id"] for one in cases if by_oracle(one)[0] != one["expected"]["decision"] or differ(one)]
    assert failed == []


# 24,000 cases: an example is a run of sixteen.
@settings(max_examples=1500, deadline=None)
@given(st.integers(0, 2**48))
def test_engine_and_oracle_agree_on_generated_cases(seed):
    for given_case in (case(seed * 16 + offset) for offset in range(16)):
        if differ(given_case):
            smallest = shrunk(given_case, differ)
            raise AssertionError(f"{json.dumps(smallest)}: {by_engine(smallest)}, oracle {by_oracle(smallest)}")


@pytest.mark.slow
def test_engine_and_oracle_agree_on_very_many_cases():
    assert [seed for seed in range(10**9, 10**9 + 500_000) if differ(case(seed))] == []


@pytest.mark.parametrize("role", [["a", "b"], "arn:aws:iam::111111111111:role/Q", "arn:aws:iam::222222222222:role/R"])
def test_engine_and_oracle_both_refuse_a_role_that_is_not_the_session_s(role):
    session = "arn:aws:sts::111111111111:assumed-role/R/s"
    asked = {"principal": session, "action": "s3:GetObject", "resource": "*", "context": {"aws:PrincipalArn": role}}
    with pytest.raises(ContextError):
        request_of(asked)
    with pytest.raises(ValueError, match="is not the role of"):
        evaluate({}, asked)


def derived_requests(document):
    """For each statement, a request that its own patterns and conditions suggest, and one without a context."""
    statements = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    for statement in statements:
        action = example(statement.get("Action", statement.get("NotAction")))
        resource = example(statement.get("Resource", statement.get("NotResource")))
        context = {
            key: [example(values)] if operator.startswith("For") else example(values)
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        }
        request = {
            "principal": "arn:aws:iam::123456789012:user/alice",
            "action": action if ":" in action else "s3:GetObject",
            "resource": resource if resource.startswith("arn:") else "arn:aws:s3:::b/k",
        }
        yield request | {"context": context}
        yield request | {"context": {}}


def example(values):
    first = values[0] if isinstance(values, list) else values
    text = str(first).lower() if isinstance(first, bool) else str(first)
    return text if text == "*" else text.replace("*", "x").replace("?", "y")


def test_engine_and_oracle_agree_on_aws_s_managed_policies(bundled_policies):
    requests = decided = 0
    for name, document in bundled_policies.items():
        policies = policies_of({"identity": [document]})
        for request in derived_requests(document):
            decision, again, once_more = (policies.evaluate(request_of(request)) for _ in range(3))
            assert decision == again == once_more
            expected = evaluate({"identity": [document]}, request)
            assert NAMES[decision.verdict] == expected.decision, (name, request)
            requests += 1
            decided += decision.allowed
    assert requests > 9000
    assert decided > requests // 3


def test_generated_cases_reach_every_outcome():
    outcomes = {by_oracle(case(seed)) for seed in range(3000)}
    types = {"resource control policy", "service control policy", "role trust policy", "resource-based policy"}
    types |= {"identity-based policy", "permissions boundary", "session policy", "VPC endpoint policy"}
    assert outcomes >= {("explicit_deny", policy_type) for policy_type in types} | {("allow", None)}
    assert outcomes >= {("implicit_deny", policy_type) for policy_type in types - {"resource control policy"}}


def test_a_failing_case_is_shrunk_to_what_matters():
    failing = case(7)
    smallest = shrunk(failing, lambda one: one["request"]["action"] == failing["request"]["action"])
    assert smallest["policies"] == {}
    assert list(smallest["request"]) == ["action"]
