"""The smallest changes that allow a denied request: to the policies, or to the request itself.

Nothing is offered on trust: candidates are built from what the statements say, and each is applied and evaluated by the
engine before it is offered.

INVARIANT: a repair, applied, allows the request, and no proper part of it does (`_smallest`).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from launchrole.policy.change import (
    AddStatement,
    Change,
    RemoveContextKey,
    RenameResource,
    SetContextKey,
    label,
    policy_set,
    state,
)
from launchrole.policy.chosen_keys import given_key
from launchrole.policy.condition_values import changes_of_key
from launchrole.policy.context import UNKNOWN
from launchrole.policy.decision import Decision, Verdict
from launchrole.policy.document import PolicyDocument
from launchrole.policy.pattern import Wildcard, pieces_of
from launchrole.policy.policy_set import Layer, PolicySet
from launchrole.policy.policy_type import PolicyType, required_resource_policy
from launchrole.policy.principal import Principal, PrincipalKind
from launchrole.policy.rename import renamings, same_type, split_arn
from launchrole.policy.request import Request
from launchrole.policy.statement import BoundStatement, ResourcePattern
from launchrole.policy.variables import UnknownVariable, Unresolvable, resolve, template

CHANGEABLE: frozenset[PolicyType] = frozenset(PolicyType) - {PolicyType.SCP, PolicyType.RCP}
"""The types of policies that belong to an account; those of the organization are somebody else's."""

# The work is bounded whatever the policies hold. The numbers are generous for policies that people write.
_MOST_OFFERED = 5
_MOST_CHANGES = 6
_MOST_STATEMENTS = 24  # of a layer, the nearest first
_MOST_PATTERNS = 200  # of a statement
_LONGEST_PATTERN = 2048  # in characters
_MOST_NAMES = 8  # for a statement
_MOST_WAYS = 4  # to make a statement match
_MOST_STEPS = 1200  # changes tried in all
_WIDEST = 8  # changed requests that are followed further, per denial
_DEEPEST = 6  # denials got past one after another


@dataclass(frozen=True, slots=True)
class Repair:
    """Changes that allow a request if all of them are made, and not if any is left out."""

    changes: tuple[Change, ...]

    def describe(self) -> str:
        """What to do, as a sentence for a person."""
        *first, last = [change.describe() for change in self.changes]
        return f"{'; '.join(first)}; and {last}" if first else last

    def to_dict(self) -> dict[str, object]:
        return {"description": self.describe(), "changes": [change.to_dict() for change in self.changes]}

    def apply(self, policies: PolicySet, request: Request) -> tuple[PolicySet, Request]:
        """The policies and the request after all changes."""
        for change in self.changes:
            policies, request = change.apply(policies, request)
        return policies, request


@dataclass(frozen=True, slots=True)
class Repairs:
    """What would allow a request, the smallest first, at most five of each kind.

    `policy` only adds statements. `request` changes the request; where that alone is not enough and nothing is in
    `policy`, its repairs add statements too. `obstacle` says what stands in the way where one of the two is empty.
    """

    policy: tuple[Repair, ...]
    request: tuple[Repair, ...]
    obstacle: str | None

    def to_dict(self) -> dict[str, object]:
        return {
            "policy": [repair.to_dict() for repair in self.policy],
            "request": [repair.to_dict() for repair in self.request],
            "obstacle": self.obstacle,
        }


def repairs(decision: Decision, changeable: frozenset[PolicyType] = CHANGEABLE) -> Repairs:
    """The repairs of a request that is denied or undecided; none for one that is allowed.

    `changeable` names the types of policies to which statements may be added.
    """
    if decision.allowed:
        return Repairs((), (), None)
    request = decision.request
    if not _can_be_written(request):
        return Repairs((), (), "no policy can name what is asked for: it holds half a character, a lone surrogate")
    policies = _about(decision.policies, request.action)
    found, obstacle = _by_policy(policies, request, changeable)
    search = _Search(policies, request)
    changed = search.repairs()
    if not found and not changed:
        changed = search.with_statements(changeable)
    obstacles = ([] if found else [obstacle]) + ([] if changed else [search.obstacle()])
    return Repairs(tuple(found), tuple(changed), "; ".join(obstacles) if obstacles else None)


def _can_be_written(request: Request) -> bool:
    """Whether action, resource, caller and context are texts that a policy can hold."""
    values = [
        value if isinstance(value, str) else "".join(value) for value in request.values.values() if value is not UNKNOWN
    ]
    try:
        "".join((request.action, request.resource, request.principal.arn, *values)).encode()
    except UnicodeEncodeError:
        return False
    return True


def _about(policies: PolicySet, action: str) -> PolicySet:
    """The set cut down to its statements about one action, which it decides as the whole set does."""
    layers: list[tuple[PolicyType, tuple[PolicyDocument, ...]]] = []
    for layer in policies.layers:
        about = layer.about(action.lower())
        documents = [
            replace(about_one[0].document, statements=tuple(bound.statement for bound in about_one))
            for about_one in _by_document(about)
        ]
        if not documents:  # a layer without any document would limit nothing
            documents = [replace(document, statements=()) for document in layer.documents[:1]]
        layers.append((layer.policy_type, tuple(documents)))
    return policy_set(layers)


def _by_document(statements: Iterable[BoundStatement]) -> list[list[BoundStatement]]:
    return [list(group) for _, group in itertools.groupby(statements, key=lambda bound: id(bound.document))]


def _smallest(policies: PolicySet, request: Request, changes: tuple[Change, ...]) -> Repair | None:
    """The first part of some changes, fewest first, that allows: no part of that part does."""
    for size in range(1, len(changes) + 1):
        for some in itertools.combinations(changes, size):
            repair = Repair(some)
            changed_policies, changed = repair.apply(policies, request)
            if changed_policies.evaluate(changed).allowed:
                return repair
    return None


def _offered(candidates: Iterable[Repair]) -> list[Repair]:
    """The repairs to offer: each once, one name for a pattern, the fewest and least general changes first."""
    kept: dict[frozenset[object], Repair] = {}
    for repair in sorted(candidates, key=lambda one: (len(one.changes), sum(map(_generality, one.changes)))):
        kept.setdefault(frozenset(map(_purpose, repair.changes)), repair)
    return list(kept.values())[:_MOST_OFFERED]


def _generality(change: Change) -> int:
    if isinstance(change, AddStatement):
        everywhere = change.statement.get("Resource") == "*"
        return everywhere + 2 * (change.statement.get("Principal") == "*")
    return 1 if isinstance(change, RemoveContextKey) else 0


def _purpose(change: Change) -> object:
    if isinstance(change, AddStatement):
        return change.policy_type, change.level
    if isinstance(change, RenameResource):
        return change.pattern
    return change


def _allows(layer: Layer, request: Request) -> list[BoundStatement]:
    return [bound for bound in layer.about(request.action.lower()) if not bound.is_deny]


# ---- repairs of the policies: statements to add


def _by_policy(policies: PolicySet, request: Request, changeable: frozenset[PolicyType]) -> tuple[list[Repair], str]:
    """Repairs that add statements; and, where there is none, why."""
    found: list[Repair] = []
    additions, last = _additions(policies, request, changeable, ())
    if additions is not None:
        found.append(Repair(additions))
    has_resource_policy = any(layer.policy_type is PolicyType.RESOURCE and layer.documents for layer in policies.layers)
    if has_resource_policy and PolicyType.RESOURCE in changeable and not _is_trust(request):
        start = (_least_statement(PolicyType.RESOURCE, request),)
        instead, _ = _additions(policies, request, changeable, start)
        if instead is not None:
            found.append(Repair(instead))
    smallest = [_smallest(policies, request, repair.changes) for repair in found]
    return _offered(repair for repair in smallest if repair is not None), _why_not(last, changeable)


def _additions(
    policies: PolicySet, request: Request, changeable: frozenset[PolicyType], start: tuple[Change, ...]
) -> tuple[tuple[Change, ...] | None, Decision]:
    """Statements which, added one after another, allow; None where that is not to be had. And the last decision."""
    changes = start
    while True:
        changed, _ = Repair(changes).apply(policies, request)
        decision = changed.evaluate(request)
        if decision.allowed:
            return changes, decision
        addition = _addition(decision, changeable)
        if addition is None or addition in changes or len(changes) == _MOST_CHANGES:
            return None, decision
        changes = (*changes, addition)


def _addition(decision: Decision, changeable: frozenset[PolicyType]) -> AddStatement | None:
    """The least statement for a layer that does not allow; None where no addition helps or none may be made."""
    request = decision.request
    for layer in decision.lacking:
        policy_type = (
            PolicyType.TRUST if layer.policy_type is PolicyType.RESOURCE and _is_trust(request) else layer.policy_type
        )
        if policy_type in changeable:
            levels = [one for one in decision.policies.layers if one.policy_type is layer.policy_type]
            return _least_statement(policy_type, request, levels.index(layer))
    return None


def _is_trust(request: Request) -> bool:
    """Whether the resource's own policy is a role's trust policy."""
    return required_resource_policy(request.action.lower(), request.resource) is PolicyType.TRUST


def _least_statement(policy_type: PolicyType, request: Request, level: int = 0) -> AddStatement:
    statement: dict[str, object] = {"Effect": "Allow"}
    if policy_type in (PolicyType.RESOURCE, PolicyType.TRUST):
        statement["Principal"] = _principal(request.principal)
    elif policy_type is PolicyType.VPC_ENDPOINT:
        # AWS PrivateLink guide: vpc-endpoints-access.html: a gateway endpoint's policy names callers by condition only.
        statement["Principal"] = "*"
    statement["Action"] = request.action
    if policy_type is not PolicyType.TRUST:
        statement["Resource"] = _resource(policy_type, request)
    caller = request.values.get("aws:principalarn")
    if policy_type is PolicyType.VPC_ENDPOINT and isinstance(caller, str):
        statement["Condition"] = {"ArnEquals": {"aws:PrincipalArn": caller}}
    return AddStatement(policy_type, statement, level)


def _resource(policy_type: PolicyType, request: Request) -> str:
    # KMS Developer Guide: key-policy-overview.html: in a key policy, `*` is the key that has the policy.
    if policy_type is PolicyType.RESOURCE and request.action.lower().startswith("kms:"):
        return "*"
    return request.resource.replace("${", "${$}{")


def _principal(caller: Principal) -> object:
    """The Principal element that means a caller and as few others as an element can."""
    if caller.kind is PrincipalKind.ANONYMOUS:
        return "*"
    if caller.kind is PrincipalKind.SERVICE:
        return {"Service": caller.arn}
    if caller.kind is PrincipalKind.IDENTITY_PROVIDER:
        return {"Federated": caller.arn}
    return {"AWS": caller.role_arn or caller.arn}


def _why_not(decision: Decision, changeable: frozenset[PolicyType]) -> str:
    """Why no addition of statements allows, from the decision at which the additions ended."""
    bound = decision.matched
    if decision.verdict is Verdict.EXPLICITLY_DENIED and bound is not None:
        whose = "" if bound.policy_type in changeable else f", and the {bound.policy_type.value} is not yours to change"
        return f"{label(bound)} denies it explicitly, and no addition outweighs that{whose}"
    if decision.verdict is Verdict.UNDECIDED:
        return f"whether it is allowed hangs on {', '.join(decision.unknown_keys)}, of unknown value"
    name = "policy" if decision.policy_type is None else decision.policy_type.value
    if decision.policy_type not in changeable:
        return f"no {name} allows it, and the {name} is not yours to change"
    return f"no statement was found whose addition to the {name} allows it"


# ---- repairs of the request: another name, other context keys


@dataclass(frozen=True, slots=True)
class _Reached:
    """A request that changes have led to."""

    changes: tuple[Change, ...]
    request: Request


class _Search:
    """Looks for changed requests that are allowed: breadth first, from denial to denial, within bounds."""

    def __init__(self, policies: PolicySet, request: Request) -> None:
        self._policies = policies
        self._request = request
        self._steps = 0
        self._reached: list[_Reached] = []
        self._seen = {state(request)}
        # Conditions that no change of the request meets, in words; a dictionary keeps their order.
        self._given: dict[str, None] = {}

    def repairs(self) -> list[Repair]:
        """The repairs that change the request and nothing else."""
        frontier = [_Reached((), self._request)]
        for _ in range(_DEEPEST):
            following: list[_Reached] = []
            found: list[Repair] = []
            for reached in frontier:
                for one in self._next(reached):
                    if self._policies.evaluate(one.request).allowed:
                        repair = _smallest(self._policies, self._request, one.changes)
                        found += [] if repair is None else [repair]
                    else:
                        following.append(one)
            if found:
                return _offered(found)
            self._reached += following
            frontier = following[:_WIDEST]
        return []

    def with_statements(self, changeable: frozenset[PolicyType]) -> list[Repair]:
        """Repairs that change the request and add statements as well."""
        found: list[Repair] = []
        for reached in self._reached[: 2 * _WIDEST]:
            additions, _ = _additions(self._policies, reached.request, changeable, ())
            if additions is not None and len(additions) + len(reached.changes) <= _MOST_CHANGES:
                repair = _smallest(self._policies, self._request, (*reached.changes, *additions))
                found += [] if repair is None else [repair]
        return _offered(found)

    def obstacle(self) -> str:
        """Why no change of the request was found."""
        if self._given:
            return f"no change of the request helps: {', '.join(self._given)}"
        decision = self._policies.evaluate(self._request)
        if decision.matched is not None:
            return f"no change of the request was found that gets past {label(decision.matched)}"
        if decision.policy_type is not None and not any(_allows(one, self._request) for one in decision.lacking):
            return f"no {decision.policy_type.value} allows `{self._request.action}`, whatever the request holds"
        return "no change of the request was found that is allowed"

    def _next(self, reached: _Reached) -> Iterator[_Reached]:
        """The requests, not seen before, that get past what denies a request now."""
        decision = self._policies.evaluate(reached.request)
        for one in self._ways(decision):
            changes = _merged((*reached.changes, *one.changes))
            key = state(one.request)
            if key not in self._seen and len(changes) <= _MOST_CHANGES:
                self._seen.add(key)
                yield _Reached(changes, one.request)

    def _ways(self, decision: Decision) -> Iterator[_Reached]:
        request = decision.request
        if decision.matched is not None:
            yield from self._past(decision.matched, request)
            return
        if decision.verdict is Verdict.UNDECIDED:
            for layer in decision.policies.layers:
                for bound in layer.about(request.action.lower()):
                    if bound.is_deny and bound.outcome(request) is None:
                        yield from self._past(bound, request)
        layers = decision.lacking
        # A resource-based policy that names the caller can stand in for other types of the same account.
        layers += [
            one for one in decision.policies.layers if one.policy_type is PolicyType.RESOURCE and one not in layers
        ]
        for layer in layers:
            near = [bound for bound in _allows(layer, request) if bound.principal_outcome(request)]
            for bound in sorted(near, key=lambda one: _distance(one, request))[:_MOST_STATEMENTS]:
                ways = self._to(bound, _Reached((), request), {state(request)})
                yield from itertools.islice(ways, _MOST_WAYS)

    def _to(self, bound: BoundStatement, reached: _Reached, seen: set[tuple[object, ...]]) -> Iterator[_Reached]:
        """Changes after which a statement matches: one element after another is mended."""
        request = reached.request
        options: list[Change] = []
        if bound.resource_outcome(request) is not True:
            options += [] if bound.statement.not_resource else self._names(bound, request)
        else:
            place = next(
                (n for n, (_, check) in enumerate(bound.conditions) if check(request.values) is not True), None
            )
            if place is None:
                if reached.changes:
                    yield reached
                return
            options += self._values(bound, place, request, wanted=True)
        if len(reached.changes) == _MOST_CHANGES:
            return
        for change in options:
            if self._steps >= _MOST_STEPS:
                return
            self._steps += 1
            _, changed = change.apply(self._policies, request)
            if state(changed) not in seen:
                seen.add(state(changed))
                yield from self._to(bound, _Reached((*reached.changes, change), changed), seen)

    def _past(self, bound: BoundStatement, request: Request) -> Iterator[_Reached]:
        """Changes of one element after which a Deny does not match."""
        options: list[Change] = self._names(bound, request) if bound.statement.not_resource else []
        for place in range(len(bound.conditions)):
            options += self._values(bound, place, request, wanted=False)
        for change in options:
            _, changed = change.apply(self._policies, request)
            yield _Reached((change,), changed)

    def _names(self, bound: BoundStatement, request: Request) -> list[Change]:
        """New names for the resource that fit one of a statement's patterns, one that keeps the name's text first."""
        split = split_arn(request.resource)
        if split is None:
            return []
        found: list[RenameResource] = []
        for one in bound.resource_patterns[:_MOST_PATTERNS]:
            pieces = _pieces(one, request)
            for arn in [] if pieces is None else renamings(pieces, request.resource):
                renamed = request.evolve(resource=arn)
                if same_type(arn, request.resource) and one.outcome(renamed):
                    found.append(RenameResource(arn, one.written, label(bound)))
        own = split[2].rpartition("/")[2] if split[0][2] == "iam" else split[2]
        found.sort(key=lambda change: (own not in change.resource, len(change.resource)))
        return list(found[:_MOST_NAMES])

    def _values(self, bound: BoundStatement, place: int, request: Request, *, wanted: bool) -> list[Change]:
        """Changes of a condition's key after which the condition is met, or fails, as wanted."""
        entry, check = bound.conditions[place]
        given = given_key(entry.key)
        if given is not None:
            self._given[f"{label(bound)} looks at {entry.key}, and {given.reason}"] = None
            return []
        variables = bound.document.has_variables
        return list(changes_of_key(entry, check, request, wanted=wanted, variables=variables))


def _pieces(one: ResourcePattern, request: Request) -> list[str | Wildcard] | None:
    """A pattern with its variables put in; None where one has no value, or none that is known.

    None, too, for a pattern longer than any name that a caller could mean.
    """
    if len(one.written) > _LONGEST_PATTERN:
        return None
    if not one.is_dynamic:
        return one.static_pieces()
    head, tail = one.written.split(":", 5)[:5], one.written.split(":", 5)[5]
    try:
        return [*pieces_of(":".join(head) + ":"), *resolve(template(tail), request.values)]
    except (Unresolvable, UnknownVariable):
        return None


def _distance(bound: BoundStatement, request: Request) -> int:
    """How many elements of a statement fail."""
    failing = sum(check(request.values) is not True for _, check in bound.conditions)
    return failing + (bound.resource_outcome(request) is not True)


def _merged(changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """Changes of which none undoes another: of several names, and of several values of a key, the last stands."""
    kept: dict[object, Change] = {}
    for change in changes:
        target = change.key.lower() if isinstance(change, SetContextKey | RemoveContextKey) else type(change)
        kept.pop(target, None)
        kept[target] = change
    return tuple(kept.values())
