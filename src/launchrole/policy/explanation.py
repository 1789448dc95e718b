"""Why a request was decided as it was: what became of every statement, and which one came closest.

Nothing here decides anything: each element is asked of the same matchers that the engine uses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from launchrole.policy.condition import keys_read
from launchrole.policy.context import UNKNOWN, ContextValue
from launchrole.policy.decision import Decision, Verdict
from launchrole.policy.document import ConditionEntry
from launchrole.policy.errors import Place
from launchrole.policy.pattern import MANY, arn_segments, glob_matches, pieces_of
from launchrole.policy.policy_type import PolicyType, required_resource_policy
from launchrole.policy.request import Request
from launchrole.policy.statement import BoundStatement
from launchrole.policy.variables import has_variables

_SEGMENT_NAMES = ("scheme", "partition", "service", "region", "account", "resource")


@dataclass(frozen=True, slots=True)
class ElementOutcome:
    """What became of one element of a statement.

    `met` is None where it hangs on a key of which nobody knows the value. `wanted` is what the statement says, `got`
    what the request holds (None: nothing), `detail` a sentence for a person.
    """

    element: str
    """Action, Principal, Resource or Condition."""
    met: bool | None
    wanted: tuple[str, ...]
    got: tuple[str, ...] | None
    detail: str
    path: tuple[str | int, ...]
    condition: ConditionEntry | None = None

    def to_dict(self) -> dict[str, object]:
        described: dict[str, object] = {"element": self.element, "met": self.met}
        if self.condition is not None:
            described |= {"operator": self.condition.operator, "key": self.condition.key}
        got = None if self.got is None else list(self.got)
        return described | {"wanted": list(self.wanted), "got": got, "detail": self.detail}


@dataclass(frozen=True, slots=True)
class StatementOutcome:
    """What became of one statement: `matched` is True only where every element is met."""

    bound: BoundStatement
    matched: bool | None
    elements: tuple[ElementOutcome, ...]

    @property
    def failed(self) -> tuple[ElementOutcome, ...]:
        """The elements that are not met, those that hang on an unknown key included."""
        return tuple(element for element in self.elements if element.met is not True)

    @property
    def policy_type(self) -> PolicyType:
        return self.bound.policy_type

    @property
    def document_name(self) -> str | None:
        return self.bound.document.name

    @property
    def index(self) -> int:
        return self.bound.statement.index

    @property
    def sid(self) -> str | None:
        return self.bound.statement.sid

    @property
    def effect(self) -> str:
        return self.bound.statement.effect

    @property
    def place(self) -> Place | None:
        return self.bound.document.place(self.bound.statement.path)

    @property
    def label(self) -> str:
        """How to name the statement to a person: policy, place, Sid. Of a policy in one line the line says nothing."""
        name = self.document_name or self.policy_type.value
        place = self.place
        where = name if place is None or place.line == 1 else f"{name}:{place.line}"
        return f"{where} statement {self.index + 1}" + (f" ({self.sid})" if self.sid else "")

    def to_dict(self) -> dict[str, object]:
        place = self.place
        return {
            "policy_type": self.policy_type.value,
            "policy": self.document_name,
            "statement": self.index,
            "sid": self.sid,
            "effect": self.effect,
            "line": None if place is None else place.line,
            "matched": self.matched,
            "elements": [element.to_dict() for element in self.elements],
        }


@dataclass(frozen=True, slots=True)
class NearestMiss:
    """The Allow statement that came closest, and what it would have taken."""

    outcome: StatementOutcome
    failed: tuple[ElementOutcome, ...]

    @property
    def sentence(self) -> str:
        reasons = "; ".join(element.detail for element in self.failed)
        return f"{self.outcome.label} came closest: {reasons}"

    def to_dict(self) -> dict[str, object]:
        return {
            "statement": self.outcome.to_dict(),
            "failed": [element.to_dict() for element in self.failed],
            "sentence": self.sentence,
        }


@dataclass(frozen=True, slots=True)
class Explanation:
    """The whole account of a decision. `summary` says why in a sentence or two."""

    decision: Decision
    summary: str
    statements: tuple[StatementOutcome, ...]
    nearest: NearestMiss | None

    def to_dict(self) -> dict[str, object]:
        decision = self.decision
        decided_by = decision.policy_type
        return {
            "verdict": decision.verdict.value,
            "decided_by": None if decided_by is None else decided_by.value,
            "summary": self.summary,
            "unknown_keys": list(decision.unknown_keys),
            "nearest_miss": None if self.nearest is None else self.nearest.to_dict(),
            "statements": [statement.to_dict() for statement in self.statements],
        }


def explain(decision: Decision) -> Explanation:
    """The account of a decision: every statement of every policy in the set that was asked."""
    request = decision.request
    statements = tuple(outcome_of(bound, request) for bound in decision.policies.statements())
    nearest = _nearest(decision, statements)
    return Explanation(decision, summary(decision), statements, nearest)


def nearest_miss(decision: Decision) -> NearestMiss | None:
    """The Allow statement that came closest to allowing an implicitly denied request; None where none is near.

    A statement is near if it is about the action, or about a similar action of the same service. Those that fail in
    the fewest elements come first; among them, those whose pattern has most in common with the request.
    """
    if decision.verdict is not Verdict.IMPLICITLY_DENIED:
        return None
    request = decision.request
    action = request.action.lower()
    about = [bound for layer in decision.lacking for bound in layer.about(action) if not bound.is_deny]
    nearest = _nearest(decision, [outcome_of(bound, request) for bound in about])
    if nearest is not None:  # none that is about another action comes closer
        return nearest
    service = action.partition(":")[0] + ":"
    others = [one for one in _limiting(decision) if any(a.lower().startswith(service) for a in one.statement.actions)]
    return _nearest(decision, [outcome_of(bound, request) for bound in others])


def outcome_of(bound: BoundStatement, request: Request) -> StatementOutcome:
    """What became of one statement, element by element."""
    elements = [_action(bound, request)]
    if bound.statement.principal is not None:
        elements.append(_principal(bound, request))
    if bound.resource_patterns:
        elements.append(_resource(bound, request))
    elements += [_condition(bound, entry, check(request.values), request) for entry, check in bound.conditions]
    met = [element.met for element in elements]
    matched = False if False in met else None if None in met else True
    return StatementOutcome(bound, matched, tuple(elements))


def _action(bound: BoundStatement, request: Request) -> ElementOutcome:
    statement = bound.statement
    met = bound.action_matches(request.action.lower())
    if statement.not_action:
        detail = f"`{request.action}` is {'not ' if met else ''}left out by NotAction"
    else:
        detail = f"`{request.action}` is {'' if met else 'not '}among its actions"
    name = "NotAction" if statement.not_action else "Action"
    return ElementOutcome("Action", met, statement.actions, (request.action,), detail, (*statement.path, name))


def _principal(bound: BoundStatement, request: Request) -> ElementOutcome:
    statement = bound.statement
    element = statement.principal
    assert element is not None
    met = bound.principal_outcome(request)
    name = "NotPrincipal" if element.negated else "Principal"
    means = "may mean" if met is None else "means" if met else "does not mean"
    detail = f"{name} {means} {request.principal.arn}"
    if met is None:
        detail += ": nobody knows its role's ARN, aws:PrincipalArn"
    wanted = tuple(value if kind == "*" else f"{kind}: {value}" for kind, value in element.entries)
    return ElementOutcome("Principal", met, wanted, (request.principal.arn,), detail, (*statement.path, name))


def _resource(bound: BoundStatement, request: Request) -> ElementOutcome:
    statement = bound.statement
    met = bound.resource_outcome(request)
    name = "NotResource" if statement.not_resource else "Resource"
    if met is None:
        detail = f"whether `{request.resource}` matches {name} hangs on a policy variable of unknown value"
    elif statement.not_resource:
        detail = f"`{request.resource}` is {'not ' if met else ''}left out by NotResource"
    elif met:
        detail = f"`{request.resource}` matches"
    else:
        detail = _resource_miss(statement.resources, request.resource)
    return ElementOutcome("Resource", met, statement.resources, (request.resource,), detail, (*statement.path, name))


def _resource_miss(patterns: Sequence[str], resource: str) -> str:
    """Why a resource matches none of the patterns: where the closest one differs."""
    closest = max(patterns, key=lambda written: closeness(written, resource))
    segments = arn_segments(pieces_of(closest))
    parts = resource.split(":", 5)
    if len(segments) == len(parts) == 6 and not has_variables(closest):
        written = closest.split(":", 5)
        for name, segment, part, text in zip(_SEGMENT_NAMES, segments, parts, written, strict=True):
            if not glob_matches(segment, part):
                return f"the {name} is `{part}`, not `{text}`"
    return f"`{resource}` does not match `{closest}`"


def closeness(pattern: str, value: str) -> int:
    """How much an ARN has in common with a pattern: 100 for each segment that matches, else the text they share."""
    pieces = pieces_of(pattern)
    if pieces == [MANY]:
        return 700
    near = 0
    for segment, text, part in zip(arn_segments(pieces), pattern.split(":", 5), value.split(":", 5), strict=False):
        near += 100 if glob_matches(segment, part) else min(_common_start(text, part), 99)
    return near


def _condition(bound: BoundStatement, entry: ConditionEntry, met: bool | None, request: Request) -> ElementOutcome:
    value = request.values.get(entry.key.lower())
    wanted = f"{entry.operator} {_either(entry.values)}"
    if met is None:
        keys = [key for key in keys_read(entry, variables=True) if request.values.get(key.lower()) is UNKNOWN]
        detail = f"nobody knows the value of {' and '.join(keys)}, and the condition wants {wanted}"
    elif met:
        detail = f"context key {entry.key} {_holds(value)}, and {wanted} is met"
    else:
        detail = f"context key {entry.key} {_holds(value)}, and the condition wants {wanted}"
    path = (*bound.statement.path, "Condition", entry.operator, entry.key)
    got = None if value is None or value is UNKNOWN else (value,) if isinstance(value, str) else value
    return ElementOutcome("Condition", met, entry.values, got, detail, path, entry)


def _holds(value: ContextValue | None) -> str:
    if value is None:
        return "is not in the request"
    if value is UNKNOWN:
        return "is of unknown value"
    return "is " + " and ".join(f"`{one}`" for one in ((value,) if isinstance(value, str) else value))


def _either(values: Sequence[str]) -> str:
    return " or ".join(f"`{value}`" for value in values) or "nothing"


def _limiting(decision: Decision) -> list[BoundStatement]:
    """The Allow statements of the policies that did not allow: not those of a level that did."""
    return [bound for layer in decision.lacking for bound in layer.statements if not bound.is_deny]


def _nearest(decision: Decision, statements: Sequence[StatementOutcome]) -> NearestMiss | None:
    if decision.verdict is not Verdict.IMPLICITLY_DENIED:
        return None
    limiting = {id(bound) for bound in _limiting(decision)}
    near = [
        (rank, outcome)
        for outcome in statements
        if id(outcome.bound) in limiting and outcome.failed and (rank := _rank(outcome, decision.request)) is not None
    ]
    if not near:
        return None
    _, best = max(near, key=lambda pair: pair[0])
    return NearestMiss(best, best.failed)


def _rank(outcome: StatementOutcome, request: Request) -> tuple[int, ...] | None:
    """How near a statement came, more being nearer; None where it has nothing to do with the request."""
    failed = {element.element for element in outcome.failed}
    conditions = sum(element.element == "Condition" for element in outcome.failed)
    about = "Action" not in failed
    likeness = 0
    if not about:
        likeness = max((_likeness(written, request.action) for written in outcome.bound.statement.actions), default=0)
        if not likeness:
            return None
    statement = outcome.bound.statement
    resources = statement.resources if "Resource" in failed and not statement.not_resource else ()
    closest = max((closeness(written, request.resource) for written in resources), default=1000)
    return (about, "Principal" not in failed, "Resource" not in failed, -conditions, likeness, closest)


def _likeness(written: str, action: str) -> int:
    """How alike two names of actions of the same service are; 0 for too little."""
    service, _, name = action.lower().partition(":")
    other_service, _, other = written.strip().lower().partition(":")
    if service != other_service or not other.strip("*?"):
        return 0
    start = _common_start(name, other)
    end = _common_start(name[start:][::-1], other[start:][::-1])
    alike = 5 * (start + end) >= 3 * max(len(name), len(other)) or start >= min(len(name), len(other)) > 3
    return start + end if alike else 0


def _common_start(one: str, other: str) -> int:
    length = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        length += 1
    return length


def summary(decision: Decision) -> str:
    """Why a request was decided as it was, in a sentence."""
    request = decision.request
    asked = f"{request.action} on {request.resource}"
    matched = decision.matched
    label = "" if matched is None else outcome_of(matched, request).label
    if decision.verdict is Verdict.ALLOWED:
        return f"{asked} is allowed" + (f" by {label}" if matched else _allowed_without_policy(request))
    if decision.verdict is Verdict.EXPLICITLY_DENIED:
        return f"{asked} is denied by {label}; an explicit deny wins over every allow"
    if decision.verdict is Verdict.UNDECIDED:
        return f"{asked} cannot be decided: it hangs on {', '.join(decision.unknown_keys)}"
    return f"{asked} is denied: {_missing_allow(decision)}"


def _allowed_without_policy(request: Request) -> str:
    if request.action.lower() == "sts:getcalleridentity":
        return ": nobody needs a permission for it"
    return ": it is the account's own root user"


def _missing_allow(decision: Decision) -> str:
    request = decision.request
    policy_type = decision.policy_type
    assert policy_type is not None
    limiting = [layer for layer in decision.policies.layers if layer.policy_type is policy_type and layer.documents]
    required = required_resource_policy(request.action.lower(), request.resource)
    if policy_type is PolicyType.TRUST:
        return "the role's trust policy has to allow it, and does not"
    if policy_type is PolicyType.RESOURCE:
        given = "does not" if limiting else "none was given"
        if required is not None:
            return f"the key's policy has to allow it, whatever other policies say, and {given}"
        if request.is_cross_account:
            account = request.resource_account
            return (
                f"the resource belongs to account {account}, whose resource-based policy has to allow it, and {given}"
            )
        return f"only a resource-based policy can allow it to {request.principal.arn}, and {given}"
    if not limiting:
        without = ", and a federated user has no permissions without one" if policy_type is PolicyType.SESSION else ""
        return f"no {policy_type.value} was given{without}"
    if len(limiting) > 1:  # of the organization: only its policies are in several layers
        lacking = [f"level {limiting.index(layer) + 1}" for layer in decision.lacking]
        return f"the {policy_type.value[:-1]}ies of {' and '.join(lacking)} do not allow it"
    return f"no {policy_type.value} allows it"
