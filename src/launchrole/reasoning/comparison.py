"""What do new policies allow that old ones do not, and the other way round?"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from launchrole.policy.document import PolicyDocument
from launchrole.policy.policy_set import PolicySet
from launchrole.policy.policy_type import PolicyType
from launchrole.policy.request import Request
from launchrole.policy.statement import BoundStatement, action_matcher
from launchrole.reasoning.actions import KnownActions
from launchrole.reasoning.bodies import Body, ResourceEntry, pattern_covers, pattern_meets
from launchrole.reasoning.callers import candidates
from launchrole.reasoning.crowds import Crowd
from launchrole.reasoning.findings import Comparison, Difference, Finding, Grant, Resource, Undecided
from launchrole.reasoning.flags import ResourceFormats, flags
from launchrole.reasoning.matrix import Group, Holding, LayerName, Matrix
from launchrole.reasoning.questions import Answer, Questions
from launchrole.reasoning.sides import ReasoningError, Side, side
from launchrole.reasoning.text_classes import TooMany
from launchrole.reasoning.witness import confirmed
from launchrole.reasoning.wording import in_words

BUDGET = 20_000
"""How many questions a comparison asks before it gives up on what is left."""

_PRIMARY = (PolicyType.IDENTITY, PolicyType.RESOURCE)
_MOST_COMBINATIONS = 2_000
_MOST_TOLD = 4


def _nothing(_: str) -> None:
    return None


def _never(_: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Facts:
    """What AWS publishes about actions and keys; it stands in `launchrole.facts`, above this package.

    `access_level` gives an action's level, `resource_formats` the ARN formats of the resources that it takes (None
    where that is unknown), `is_multivalued` whether a context key (in lower case) can have several values. A key with
    which a policy uses ForAllValues or ForAnyValue is taken to have several in any case.
    """

    actions: KnownActions
    access_level: Callable[[str], str | None] = _nothing
    resource_formats: ResourceFormats = _nothing
    is_multivalued: Callable[[str], bool] = _never


Given = PolicySet | PolicyDocument | Mapping[str, object] | str
"""A policy set, or one policy: parsed, as JSON has it, or as text."""


def compare(old: Given, new: Given, facts: Facts, *, budget: int = BUDGET) -> Comparison:
    """What the new policies allow beside the old ones, in both directions.

    Raises ReasoningError where the two cannot be compared, and PolicySyntaxError for what is no policy.
    """
    pair = _Pair(_sides(old, new), facts, budget)
    return Comparison(added=pair.difference(1, 0), removed=pair.difference(0, 1))


def new_access(old: Given, new: Given, facts: Facts, *, budget: int = BUDGET) -> Difference:
    """What the new policies allow that the old ones do not: one direction of `compare`."""
    return _Pair(_sides(old, new), facts, budget).difference(1, 0)


def _sides(old: Given, new: Given) -> tuple[Side, Side]:
    first, second = side(old), side(new)
    if first.is_of_resource is not second.is_of_resource and first.layers and second.layers:
        raise ReasoningError(
            "an identity-based policy and a resource-based policy say nothing about each other: compare two of a kind"
        )
    return first, second


@dataclass(frozen=True, slots=True)
class _Other:
    """What the side that does not allow a request says about a group's actions: its Allows and Denies, types of its
    policies without an Allow, and whether it has but one layer that has to allow."""

    allowing: Crowd
    denying: Crowd
    lacking: tuple[PolicyType, ...]
    is_single: bool


@dataclass(slots=True)
class _Shown:
    """What was shown about a body of one side for some actions, resource by resource."""

    body: Body
    group: Group
    answers: dict[int | None, Answer] = field(default_factory=dict)
    reasons: dict[str, None] = field(default_factory=dict)


class _Pair:
    def __init__(self, sides: tuple[Side, Side], facts: Facts, budget: int) -> None:
        self._sides = sides
        self._facts = facts
        self._matrix = Matrix(sides, facts.actions)
        bodies = self._matrix.bodies
        entries = [entry for body in bodies for entry in body.bound.statement.conditions]
        self._spelled = {entry.key.lower(): entry.key for entry in entries}
        several = frozenset(one.key for body in bodies for one in body.atoms if one.takes_several)
        self._callers = candidates(body.principal for body in bodies if body.principal) if _has_callers(bodies) else ()
        self._questions = Questions(lambda key: key in several or facts.is_multivalued(key), self._callers, budget)
        self._groups = list(self._matrix.groups())
        self._told: dict[tuple[int, int], _Other] = {}

    def difference(self, giver: int, other: int) -> Difference:
        found = _Found()
        for group in self._groups:
            for shown in self._of_group(group, giver, other):
                self._tell(shown, giver, other, found)
        if not self._matrix.is_complete:
            found.undecided.append(Undecided(None, None, (), "wildcards in names of actions combine in too many ways"))
        return Difference(found.findings(), tuple(found.undecided))

    def _of_group(self, group: Group, giver: int, other: int) -> Iterator[_Shown]:
        own, others = group.holdings[giver], group.holdings[other]
        if not all(own.allows.values()):
            return
        first, *limits = sorted(own.allows, key=_primary_first)
        combinations = list(
            itertools.islice(itertools.product(*(own.allows[one] for one in limits)), _MOST_COMBINATIONS)
        )
        questions = _Questioned(own, others)
        for body in own.allows[first]:
            shown = _Shown(body, group)
            for entry in range(len(body.entries)) if body.entries and not body.negated else (None,):
                self._ask(shown, entry, [(body, *some) for some in combinations], questions)
            if shown.answers or shown.reasons:
                yield shown

    def _ask(
        self,
        shown: _Shown,
        entry: int | None,
        combinations: Sequence[tuple[Body, ...]],
        questions: _Questioned,
    ) -> None:
        """Look for a request on one of a body's resources; for a reason if none is found and none is ruled out."""
        reason: str | None = None
        for met, unmet in questions.about(combinations, entry):
            try:
                answer = self._questions.ask(met, entry, unmet)
            except TooMany:
                reason = "more possibilities than were looked at"
                continue
            if answer is not None:
                shown.answers[entry] = answer
                return
        if reason is None and len(combinations) == _MOST_COMBINATIONS:
            reason = "more combinations of statements than were looked at"
        if reason is not None:
            shown.reasons[reason] = None

    def _tell(self, shown: _Shown, giver: int, other: int, found: _Found) -> None:
        """Findings for each statement with the body, every one confirmed."""
        body, group = shown.body, shown.group
        for bound, actions in self._matrix.statements(giver, body, group.actions):
            names = list(self._matrix.actions.names(actions))
            witnesses: dict[int | None, Request] = {}
            unconfirmed = False
            for entry, answer in shown.answers.items():
                witness = confirmed(
                    answer,
                    names[0],
                    self._sides[giver],
                    self._sides[other],
                    callers=self._callers,
                    spelled=self._spelled,
                    formats=self._facts.resource_formats,
                )
                if witness is None:
                    unconfirmed = True
                else:
                    witnesses[entry] = witness
            if witnesses:
                found.add(bound, self._finding(bound, body, names, witnesses, self._other(group, other)))
            reasons = [*shown.reasons, *(["the evaluator did not confirm a request"] if unconfirmed else [])]
            if reasons and not witnesses:
                index, sid = bound.statement.index, bound.statement.sid
                found.undecided.append(Undecided(index, sid, tuple(names), "; ".join(reasons)))

    def _finding(
        self,
        bound: BoundStatement,
        body: Body,
        names: Sequence[str],
        witnesses: Mapping[int | None, Request],
        other: _Other,
    ) -> Finding:
        statement = bound.statement
        grants = tuple(dict.fromkeys(self._grant(bound, name) for name in names))
        entries = [body.entries[entry] for entry in witnesses if entry is not None] or list(body.entries)
        written = None if body.negated else [entry.written for entry in entries] or None
        near = [one for one in other.allowing.near(written) if _may_share(one, entries) or body.negated]
        denies = [one for one in other.denying.near(written) if _may_share(one, entries) or body.negated]
        covering = near if other.is_single else []
        return Finding(
            statement_index=statement.index,
            sid=statement.sid,
            policy=bound.document.name,
            actions=grants,
            resources=tuple(_less(entry, covering) for entry in entries)
            if not body.negated
            else tuple(Resource(entry.written) for entry in entries),
            not_resources=body.negated,
            conditions=tuple(in_words(entry) for entry in statement.conditions),
            otherwise=tuple(_otherwise(near, denies, other.lacking)),
            flags=flags(body, grants, self._facts.resource_formats),
            witness=next(iter(witnesses.values())),
        )

    def _other(self, group: Group, other: int) -> _Other:
        """What the other side allows and denies of a group's actions."""
        key = (group.actions, other)
        if key not in self._told:
            holding = group.holdings[other]
            self._told[key] = _Other(
                Crowd(one for some in holding.allows.values() for one in some),
                Crowd(holding.denies),
                tuple(kind for (kind, _), some in holding.allows.items() if not some),
                len(holding.allows) == 1,
            )
        return self._told[key]

    def _grant(self, bound: BoundStatement, name: str) -> Grant:
        if name not in self._matrix.actions.to_come:
            return Grant(name, self._facts.access_level(name))
        statement = bound.statement
        if statement.not_action:
            return Grant(None, None, f"everything but {', '.join(statement.actions)}")
        return Grant(None, None, next(one for one in statement.actions if action_matcher(one)(name)))


def _has_callers(bodies: Iterable[Body]) -> bool:
    return any(body.principal is not None for body in bodies)


def _primary_first(layer: LayerName) -> tuple[bool, int, int]:
    """The layer whose statements findings are about, before those that limit it."""
    policy_type, level = layer
    return policy_type not in _PRIMARY, level, list(PolicyType).index(policy_type)


class _Questioned:
    """Statements that must not match, for each way in which the other side can fail to allow."""

    def __init__(self, own: Holding, others: Holding) -> None:
        own_denies = frozenset(own.denies)
        self._layers = [(frozenset(allows), Crowd([*own.denies, *allows])) for allows in others.allows.values()]
        self._denies = [deny for deny in others.denies if deny not in own_denies]
        self._own_denies = Crowd(own.denies)

    def about(
        self, combinations: Sequence[tuple[Body, ...]], entry: int | None
    ) -> Iterator[tuple[tuple[Body, ...], tuple[Body, ...]]]:
        """Statements that are to match, and those that must not, as far as they can be about the resource."""
        for met in combinations:
            written = None if entry is None else [met[0].entries[entry].written]
            for allows, crowd in self._layers:
                if not any(one in allows for one in met):
                    yield met, crowd.near(written)
            for deny in self._denies:
                yield (*met, deny), self._own_denies.near(written)


def _may_share(body: Body, entries: Sequence[ResourceEntry]) -> bool:
    """Whether a statement may be about one of the resources, too."""
    if body.negated or not body.entries or not entries:
        return True
    return any(pattern_meets(one.wide, other.wide) for one in body.entries for other in entries)


def _less(entry: ResourceEntry, near: Sequence[Body]) -> Resource:
    """A resource, and those parts of it that the other side allows without conditions."""
    parts = [
        one.written
        for body in near
        if not body.negated and not body.atoms and body.principal is None
        for one in body.entries
        if pattern_meets(one.wide, entry.wide) and not pattern_covers(one.wide, entry.wide)
    ]
    return Resource(entry.written, tuple(dict.fromkeys(parts)))


def _otherwise(near: Sequence[Body], denies: Sequence[Body], lacking: Sequence[PolicyType]) -> Iterator[str]:
    if not near:
        yield "no statement allows it"
        lacking = ()
    for one in dict.fromkeys(lacking):
        yield f"no statement of {one.with_article} allows it"
    for body in near[:_MOST_TOLD]:
        if body.bound.statement.conditions:
            yield f"{_name(body)} allows it only if {_clauses(body)}"
        elif body.bound.statement.resources and not body.takes_every_resource:
            element = "on all resources but" if body.negated else "on"
            yield f"{_name(body)} allows it {element} {', '.join(body.bound.statement.resources[:_MOST_TOLD])}"
        elif body.principal is not None:
            yield f"{_name(body)} allows it to {', '.join(value for _, value in body.principal.entries[:_MOST_TOLD])}"
    for body in denies[:_MOST_TOLD]:
        clauses = f" if {_clauses(body)}" if body.bound.statement.conditions else ""
        yield f"{_name(body)} denies it{clauses}"


def _clauses(body: Body) -> str:
    return " and ".join(in_words(entry) for entry in body.bound.statement.conditions)


def _name(body: Body) -> str:
    statement = body.bound.statement
    kind = body.bound.policy_type
    of = "" if kind in _PRIMARY else f" of {kind.with_article}"
    return f"statement {statement.index + 1}{f' ({statement.sid})' if statement.sid else ''}{of}"


class _Found:
    """Findings that differ only in their actions, put together."""

    def __init__(self) -> None:
        self._findings: dict[tuple[object, ...], list[Finding]] = {}
        self.undecided: list[Undecided] = []

    def add(self, bound: BoundStatement, one: Finding) -> None:
        key = (id(bound), one.resources, one.otherwise)
        self._findings.setdefault(key, []).append(one)

    def findings(self) -> tuple[Finding, ...]:
        merged = [_merged(some) for some in self._findings.values()]
        return tuple(sorted(merged, key=lambda one: one.statement_index))


def _merged(some: Sequence[Finding]) -> Finding:
    first = some[0]
    actions = dict.fromkeys(action for one in some for action in one.actions)
    named = sorted((one for one in actions if one.name is not None), key=lambda one: (one.name or "").lower())
    return replace(
        first,
        actions=(*named, *(one for one in actions if one.name is None)),
        flags=frozenset(flag for one in some for flag in one.flags),
        witness=next((one.witness for one in some if any(each.name for each in one.actions)), first.witness),
    )
