"""The laws of the engine, as properties over generated policies and requests."""

import copy
import random

from hypothesis import event, given, settings
from hypothesis import strategies as st

from generated_cases import CONTEXT, case, statement, values_of
from launchrole.policy.case import policies_of, request_of
from launchrole.policy.context import Context
from launchrole.policy.decision import Verdict
from launchrole.policy.explanation import explain
from launchrole.policy.policy_type import PolicyType

seeds = st.integers(0, 2**48)
several = settings(max_examples=300, deadline=None)


def decide(given_case):
    return policies_of(given_case["policies"]).evaluate(request_of(given_case["request"]))


def documents(policies):
    """Every document of a case with the type under which it stands."""
    for policy_type, held in policies.items():
        for one in held if isinstance(held, list) else [held]:
            for document in one.get("policies", [one]):
                if isinstance(document["Statement"], dict):
                    document["Statement"] = [document["Statement"]]
                yield policy_type, document


WITH_PRINCIPAL = ("resource", "rcp", "vpc_endpoint")


@several
@given(seeds)
def test_adding_a_deny_never_allows(seed):
    before = case(seed)
    r = random.Random(seed + 1)
    after = copy.deepcopy(before)
    for policy_type, document in documents(after["policies"]):
        added = statement(r, principals=policy_type in WITH_PRINCIPAL) | {"Effect": "Deny"}
        document["Statement"].insert(r.randrange(len(document["Statement"]) + 1), added)
    assert decide(before).allowed or not decide(after).allowed


@several
@given(seeds)
def test_removing_an_allow_never_allows(seed):
    before = case(seed)
    allowed = decide(before).allowed
    for place, (_, document) in enumerate(documents(copy.deepcopy(before)["policies"])):
        for index, one in enumerate(document["Statement"]):
            after = copy.deepcopy(before)
            _, cut = list(documents(after["policies"]))[place]
            if one["Effect"] == "Allow":
                cut["Statement"][index] |= {"Action": "none:Nothing"}
                cut["Statement"][index].pop("NotAction", None)
            assert allowed or not decide(after).allowed


@several
@given(seeds)
def test_the_order_of_statements_and_items_changes_nothing(seed):
    before = case(seed)
    r = random.Random(seed + 2)
    after = copy.deepcopy(before)
    for _, document in documents(after["policies"]):
        r.shuffle(document["Statement"])
        for one in document["Statement"]:
            for element in ("Action", "NotAction", "Resource", "NotResource"):
                if isinstance(one.get(element), list):
                    r.shuffle(one[element])
            for keys in one.get("Condition", {}).values():
                for values in keys.values():
                    if isinstance(values, list):
                        r.shuffle(values)
    one, other = decide(before), decide(after)
    assert (one.verdict, one.policy_type) == (other.verdict, other.policy_type)


@several
@given(seeds)
def test_the_short_way_decides_as_the_long_way_does(seed):
    given_case = case(seed)
    policies, request = policies_of(given_case["policies"]), request_of(given_case["request"])
    weighed = policies.evaluate(request)
    assert policies._plans[request.action].short is None
    assert policies.evaluate(request) == weighed
    event("has a short way" if policies._plans[request.action].short else "has none")
    assert policies.evaluate(request) == weighed
    assert policies._weigh(request, policies._plan(request.action)) == weighed


@several
@given(seeds)
def test_a_verdict_despite_an_unknown_key_holds_whatever_its_value(seed):
    given_case = case(seed)
    r = random.Random(seed + 3)
    unknown = r.choice(list(CONTEXT))
    known = {key: value for key, value in given_case["request"]["context"].items() if key.lower() != unknown.lower()}
    request = request_of(given_case["request"] | {"context": known, "unknown": [unknown]})
    policies = policies_of(given_case["policies"])
    decision = policies.evaluate(request)
    assert (decision.verdict is Verdict.UNDECIDED) is bool(decision.unknown_keys)
    assert {key.lower() for key in decision.unknown_keys} <= {unknown.lower()}
    # A role session's role is one, whatever its path.
    values = [*values_of(unknown, request.principal.arn), *([] if unknown == "aws:PrincipalArn" else [["a", "b"]])]
    for completed in (Context(known), *(Context(known | {unknown: value}) for value in values)):
        concrete = policies.evaluate(request.evolve(context=completed))
        assert decision.verdict in (Verdict.UNDECIDED, concrete.verdict) or not (decision.allowed or concrete.allowed)


@several
@given(seeds)
def test_an_explanation_tells_what_the_engine_did(seed):
    decision = decide(case(seed))
    explanation = explain(decision)
    request = decision.request
    for told in explanation.statements:
        about = told.bound.action_matches(request.action.lower())
        assert told.matched is (about and told.bound.outcome(request))
    if decision.matched is not None:
        (matched,) = [told for told in explanation.statements if told.bound is decision.matched]
        assert matched.matched is True
    if explanation.nearest is not None:
        assert explanation.nearest.failed
        named = explanation.nearest.outcome.policy_type
        assert named is (PolicyType.RESOURCE if decision.policy_type is PolicyType.TRUST else decision.policy_type)
    assert explanation.to_dict()["verdict"] == decision.verdict.value
