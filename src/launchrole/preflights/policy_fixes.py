"""Fixes of policies: what a launch role is denied, the least statements that end it, and what no statement ends."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from launchrole.policy.change import AddStatement, label
from launchrole.policy.decision import Decision, Verdict
from launchrole.policy.policy_type import PolicyType
from launchrole.policy.repair import Repair, repairs
from launchrole.preflights.denials import operation_of
from launchrole.preflights.needs import MadeUp, Need, need_of
from launchrole.preflights.rehearsal import Decided, Passed
from launchrole.preflights.report import Fix, FixKind
from launchrole.preflights.statements import MANAGED, PASSED_TO, Statement, document, merged, size, split, too_large
from launchrole.preflights.subject import Policy, Role

ADDED = "launchrole-added"
"""The name of the policy that statements are added in."""

_MENDED = (PolicyType.IDENTITY, PolicyType.BOUNDARY)
"""Policies of the role itself, which a statement can be added to."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A denial that no statement in the role's policies ends. `policy` and `statement` are the document and the
    statement of it to change, where they are known; `text` says what to do."""

    need: Need
    policy_type: str
    policy: str | None
    statement: str | None
    text: str


@dataclass(frozen=True, slots=True)
class PolicyFixes:
    """All that is to be changed in policies so that nothing is denied any more."""

    identity: tuple[Statement, ...]
    """To add to the role's policies."""
    boundary: tuple[Statement, ...]
    """To add to its permissions boundary."""
    obstacles: tuple[Obstacle, ...]
    notes: tuple[str, ...]
    """What to know before they are added: what they cannot be limited to, that they are too long for one policy."""


def policy_fixes(denied: Iterable[Decided], made: MadeUp) -> PolicyFixes:
    """The fixes of all denials of a rehearsal together (`denials.denied`)."""
    lacking: dict[PolicyType, list[Need]] = {one: [] for one in _MENDED}
    obstacles: list[Obstacle] = []
    for one in denied:
        if one.decision is None:
            continue
        need = _need(one)
        types, left = _mending(one.decision)
        if left is not None:
            obstacles.append(_obstacle(need, left))
        for policy_type in types:
            lacking[policy_type].append(need)
    found = {policy_type: merged(needs, made) for policy_type, needs in lacking.items()}
    identity, boundary = (found[one].statements for one in _MENDED)
    open_ones = dict.fromkeys(pair for one in found.values() for pair in one.open)
    notes = [_open(action, resource) for action, resource in open_ones]
    notes += [note for one in (identity, boundary) if (note := too_large(one)) is not None]
    return PolicyFixes(identity, boundary, tuple(obstacles), tuple(notes))


def fix(one: Decided, made: MadeUp) -> Fix | None:
    """The fix of one denial, not verified yet; None for what is not denied.

    What no statement of the role's ends has a fix without statements, which names what to change.
    """
    if one.decision is None:
        return None
    need = _need(one)
    types, left = _mending(one.decision)
    found = merged([need], made)
    sentences = []
    if types:
        places = " and ".join(_place(policy_type, one.decision) for policy_type in types)
        resource = found.statements[0]["Resource"]
        sentences.append(f"allow {need.action} on {resource} in {places}")
        sentences += [_open(action, open_resource) for action, open_resource in found.open]
    if left is not None:
        sentences.append(_obstacle(need, left).text)
    return Fix(FixKind.POLICY, "; ".join(sentences), False, statements=found.statements if types else ())


def fix_of_trust(passed: Passed) -> Fix:
    """The fix of a passed role that does not trust the service it is passed to: a statement of its trust policy."""
    statement = {"Effect": "Allow", "Principal": {"Service": passed.service}, "Action": "sts:AssumeRole"}
    text = f"let the trust policy of {passed.role} allow sts:AssumeRole to {passed.service}"
    return Fix(FixKind.POLICY, text, False, statements=(statement,))


def _need(one: Decided) -> Need:
    return need_of(one.stored, operation_of(one), "/".join(one.path) or None)


def _open(action: str, resource: str) -> str:
    if action in PASSED_TO:
        return f"{action} on {resource} is allowed whatever the service is: the request does not name it"
    return f"{action} is allowed on everything that {resource} means: its ids are generated, and no tag limits the call"


def _mending(decision: Decision) -> tuple[tuple[PolicyType, ...], Decision | None]:
    """Which policies of the role a statement has to be added to; and the decision after that, where it does not
    allow even then."""
    request = decision.request
    statement = {"Effect": "Allow", "Action": request.action, "Resource": request.resource.replace("${", "${$}{")}
    added: tuple[PolicyType, ...] = ()
    while not decision.allowed:
        lacking = [
            layer.policy_type
            for layer in decision.lacking
            if layer.policy_type in _MENDED and layer.policy_type not in added
        ]
        if not lacking:
            return added, decision
        policies, _ = Repair((AddStatement(lacking[0], statement),)).apply(decision.policies, request)
        added = (*added, lacking[0])
        decision = policies.evaluate(request)
    return added, None


def _obstacle(need: Need, decision: Decision) -> Obstacle:
    """What denies still when the role's policies allow."""
    whose = "" if decision.policy_type is None else decision.policy_type.value
    asked = f"{need.action} on {need.resource}"
    bound = decision.matched
    if decision.verdict is Verdict.EXPLICITLY_DENIED and bound is not None:
        statement = bound.statement
        text = f"{label(bound)} ({bound.policy_type.value}) denies {asked}: change it there, no Allow outweighs a Deny"
        return Obstacle(need, whose, bound.document.name, statement.sid or f"statement {statement.index + 1}", text)
    if decision.verdict is Verdict.UNDECIDED:
        return Obstacle(
            need, whose, None, None, f"whether {asked} is allowed hangs on {', '.join(decision.unknown_keys)}"
        )
    documents = [one.name for layer in decision.lacking for one in layer.documents if one.name]
    if documents:
        names = " or ".join(f"`{one}`" for one in dict.fromkeys(documents))
        return Obstacle(need, whose, documents[0], None, f"allow {asked} in the {whose} {names}")
    told = repairs(decision).obstacle
    return Obstacle(need, whose, None, None, f"the {whose} has to allow {asked}{f': {told}' if told else ''}")


def _place(policy_type: PolicyType, decision: Decision) -> str:
    """A policy that a statement is added to, in words."""
    if policy_type is PolicyType.IDENTITY:
        return "a policy of the role"
    names = [
        one.name
        for layer in decision.policies.layers
        if layer.policy_type is policy_type
        for one in layer.documents
        if one.name
    ]
    return f"its permissions boundary{f' `{names[0]}`' if names else ''}"


def with_statements(role: Role, statements: Sequence[Statement]) -> Role:
    """The role with some statements more, as policies of their own: as many as it takes for each to fit."""
    if not statements:
        return role
    parts = split(statements) if size(statements) > MANAGED else [tuple(statements)]
    taken = {one.name for one in role.policies}
    added = [Policy(_name(number, taken), json.dumps(document(part))) for number, part in enumerate(parts, 1)]
    return replace(role, policies=(*role.policies, *added))


def _name(number: int, taken: set[str]) -> str:
    """A name that no policy of the role has."""
    name = ADDED if number == 1 else f"{ADDED}-{number}"
    while name in taken:
        name += "-new"
    taken.add(name)
    return name


def with_boundary_statements(role: Role, statements: Sequence[Statement]) -> Role:
    """The role whose permissions boundary has some statements more; one without a boundary stays as it is."""
    if role.boundary is None or not statements:
        return role
    policy = json.loads(role.boundary.text)
    listed = policy.get("Statement", [])
    own = [listed] if isinstance(listed, dict) else listed
    text = json.dumps({**policy, "Statement": [*own, *map(dict, statements)]})
    return replace(role, boundary=Policy(role.boundary.name, text))


def mended(role: Role, fixes: PolicyFixes) -> Role:
    """The role with all fixes made that can be made in its own policies."""
    return with_boundary_statements(with_statements(role, fixes.identity), fixes.boundary)
