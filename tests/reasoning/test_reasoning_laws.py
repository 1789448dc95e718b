"""Laws: no request contradicts a proof, and what a request shows is found. On made-up policies and on AWS' own."""

import gzip
import itertools
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import generated_cases as generated
import z3_oracle
from launchrole.facts import actions as reference
from launchrole.policy import PolicySet, Request, parse
from launchrole.policy.errors import PolicyError
from launchrole.reasoning import Facts, KnownActions, Verdict, compare
from launchrole.reasoning.sides import side
from shared_inputs import SHARED, needs_shared

FACTS = Facts(KnownActions({*generated.ACTIONS, "s3:ListBucket"}), is_multivalued=lambda _: True)
IDENTITIES = [one for one in generated.PRINCIPALS if any(kind in one for kind in (":user/", ":role/R", "assumed-role"))]


def two_documents(r, *, principals):
    """Two policies, one mostly made of the other by a change of one element or statement."""
    old = generated.document(r, principals=principals)
    if r.random() < 0.3:
        return old, generated.document(r, principals=principals)
    statements = json.loads(json.dumps(old["Statement"]))
    statements = statements if isinstance(statements, list) else [statements]
    way = r.random()
    if way < 0.4:
        statements.append(generated.statement(r, principals=principals))
    elif way < 0.6 and len(statements) > 1:
        statements.pop(r.randrange(len(statements)))
    else:
        changed, other = r.choice(statements), generated.statement(r, principals=principals)
        element = r.choice(list(other))
        base = element.removeprefix("Not")
        changed.pop(base, None)
        changed.pop(f"Not{base}", None)
        changed[element] = other[element]
    documents = [old, {**old, "Statement": statements}]
    r.shuffle(documents)
    return tuple(documents)


def two_sides(r):
    principals = r.random() < 0.4
    old, new = (parse(one) for one in two_documents(r, principals=principals))
    if principals:
        return PolicySet(resource=old), PolicySet(resource=new), generated.PRINCIPALS
    boundary = [parse(generated.document(r))] if r.random() < 0.15 else []
    return PolicySet(identity=[old]), PolicySet(identity=[new], permissions_boundary=boundary), IDENTITIES


def a_request(r, principals):
    action, principal = r.choice(generated.ACTIONS), r.choice(principals)
    resource = r.choice(generated.RESOURCES[action.partition(":")[0]])
    return Request(principal, action, resource, generated.context(r, principal))


def told(difference):
    """The actions of which a difference says that there is something, or that nothing was proved."""
    found = {one.name.lower() for finding in difference.findings for one in finding.actions if one.name}
    return found | {name.lower() for one in difference.undecided for name in one.actions}


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 2**48))
def test_no_request_contradicts_a_comparison(seed):
    r = random.Random(seed)
    try:
        old, new, principals = two_sides(r)
    except PolicyError:
        return
    found = compare(old, new, FACTS)
    before, after = side(old), side(new)
    for difference, giver, other in ((found.added, after, before), (found.removed, before, after)):
        for finding in difference.findings:
            assert giver.allows(finding.witness)
            assert not other.allows(finding.witness)
    for _ in range(60):
        try:
            request = a_request(r, principals)
        except PolicyError:
            continue
        was, is_now = before.allows(request), after.allows(request)
        if was is not is_now:
            assert request.action.lower() in told(found.added if is_now else found.removed), request


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**48))
def test_the_order_of_statements_and_values_changes_nothing(seed):
    given_document = generated.document(random.Random(seed))
    statements = given_document["Statement"]
    turned = [
        {name: value[::-1] if isinstance(value, list) else value for name, value in one.items()}
        for one in (statements if isinstance(statements, list) else [statements])
    ][::-1]
    try:
        old, new = parse(given_document), parse({**given_document, "Statement": turned})
    except PolicyError:
        return
    assert compare(old, new, FACTS).verdict is Verdict.EQUIVALENT


def test_few_comparisons_stay_undecided():
    undecided = 0
    for seed in range(300):
        try:
            old, new, _ = two_sides(random.Random(seed))
        except PolicyError:
            continue
        undecided += compare(old, new, FACTS).verdict is Verdict.UNDECIDED
    assert undecided <= 6


def pairs():
    """Consecutive versions of AWS' managed policies."""
    path = SHARED / "managed-policies" / "all-versions.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = sorted((json.loads(line) for line in lines), key=lambda one: (one["name"], int(one["version"][1:])))
    return [(a, b) for a, b in itertools.pairwise(rows) if a["name"] == b["name"]]


def all_facts():
    return Facts(KnownActions(action.full_name for action in reference.actions_matching("*")))


@needs_shared
def test_real_pairs_are_decided():
    facts = all_facts()
    undecided = [
        f"{old['name']} {new['version']}"
        for old, new in pairs()[::90]
        if compare(parse(old["document"]), parse(new["document"]), facts).verdict is Verdict.UNDECIDED
    ]
    assert undecided == []


@pytest.mark.slow
@needs_shared
def test_all_real_pairs_are_decided():
    facts = all_facts()
    undecided = []
    for old, new in pairs():
        found = compare(parse(old["document"]), parse(new["document"]), facts)
        if found.added.undecided or found.removed.undecided:
            undecided.append(f"{old['name']} {new['version']}")
    assert len(undecided) <= 5, undecided


def judged_by_z3(some):
    """How many pairs z3 agrees on, and on which it differs; those that it has no answer to, or no formula for, are
    neither."""
    facts = all_facts()
    agreed, differing = 0, []
    for old, new in some:
        try:
            opinion = z3_oracle.opinion(old["document"], new["document"], facts.actions.names)
        except z3_oracle.NotEncoded:
            continue
        if opinion is None:
            continue
        found = compare(parse(old["document"]), parse(new["document"]), facts)
        if (bool(found.added.findings), bool(found.removed.findings)) == opinion:
            agreed += 1
        else:
            differing.append(f"{old['name']} {new['version']}")
    return agreed, differing


@needs_shared
def test_z3_agrees_on_some_real_pairs():
    agreed, differing = judged_by_z3(pairs()[5::160])
    assert differing == []
    assert agreed >= 15


@pytest.mark.slow
@needs_shared
def test_z3_agrees_on_real_pairs():
    agreed, differing = judged_by_z3(pairs()[5::8])
    assert differing == []
    assert agreed >= 500
