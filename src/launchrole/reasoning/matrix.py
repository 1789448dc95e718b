"""Two sides, action by action: which bodies each of them has for it.

Actions for which both sides have the same bodies need no reasoning. The others are grouped: actions of one group are
treated alike by every statement.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from launchrole.policy.policy_type import ALWAYS_ALLOWED_ACTIONS, PolicyType
from launchrole.policy.statement import BoundStatement
from launchrole.reasoning.actions import Actions, KnownActions
from launchrole.reasoning.bodies import Body, BodyKey, body_key
from launchrole.reasoning.sides import Side

LayerName = tuple[PolicyType, int]
"""A layer that has to allow: its type, and the level of an SCP."""


@dataclass(slots=True)
class Holding:
    """What a side says about the actions of a group: its Denies, and the Allows by layer."""

    denies: list[Body] = field(default_factory=list)
    allows: dict[LayerName, list[Body]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    """Actions (as bits) that are treated alike, and what each side says about them."""

    actions: int
    holdings: tuple[Holding, ...]


class Matrix:
    """Bodies and actions of the sides of one comparison. Raises TooMany."""

    def __init__(self, sides: tuple[Side, ...], known: KnownActions) -> None:
        self.sides = sides
        self.actions = Actions(known, _sets(sides))
        self._bodies: dict[BodyKey, Body] = {}
        self._layers: dict[int, LayerName] = {}
        self._masks: list[dict[Body, int]] = [{} for _ in sides]
        self._wildcards: list[set[tuple[Body, bool, str]]] = [set() for _ in sides]
        self._statements: list[dict[Body, list[tuple[BoundStatement, int]]]] = [{} for _ in sides]
        for number, one in enumerate(sides):
            for level, policy_type, layer in one.layers:
                for bound in layer:
                    self._add(number, (policy_type, level), bound)

    @property
    def bodies(self) -> tuple[Body, ...]:
        return tuple(self._bodies.values())

    @property
    def is_complete(self) -> bool:
        """Whether the groups hold every action for which the sides can differ, those to come too.

        They do where both sides have the same wildcards: what is named in full is no action to come.
        """
        return self._wildcards[0] == self._wildcards[-1]

    def statements(self, side: int, body: Body, actions: int) -> Iterator[tuple[BoundStatement, int]]:
        """The statements of a side with a body, each with those of the actions that it is the first to name."""
        left = actions
        for bound, mask in self._statements[side].get(body, ()):
            if mask & left:
                yield bound, mask & left
                left &= ~mask

    def groups(self) -> Iterator[Group]:
        """The actions for which the sides differ, or all that one allows if there is only one side."""
        groups: list[tuple[int, tuple[tuple[int, Body], ...]]] = [(self._of_interest(), ())]
        for number, masks in enumerate(self._masks):
            for body, mask in masks.items():
                parted: list[tuple[int, tuple[tuple[int, Body], ...]]] = []
                for actions, some in groups:
                    inside = actions & mask
                    if inside:
                        parted.append((inside, (*some, (number, body))))
                    outside = actions & ~mask
                    if outside:
                        parted.append((outside, some))
                groups = parted
        for actions, some in groups:
            holdings = tuple(Holding(allows={(kind, level): [] for level, kind, _ in one.layers}) for one in self.sides)
            for number, body in some:
                if body.bound.is_deny:
                    holdings[number].denies.append(body)
                else:
                    holdings[number].allows[self._layers[body.number]].append(body)
            yield Group(actions, holdings)

    def _add(self, side: int, layer: LayerName, bound: BoundStatement) -> None:
        key = (layer, *body_key(bound))
        body = self._bodies.get(key)
        if body is None:
            body = self._bodies[key] = Body(bound, len(self._bodies))
            self._layers[body.number] = layer
        mask = self.actions.named(bound.statement.actions, negated=bound.statement.not_action)
        masks = self._masks[side]
        masks[body] = masks.get(body, 0) | mask
        self._statements[side].setdefault(body, []).append((bound, mask))
        if self.actions.incomplete:
            negated = bound.statement.not_action
            written = (text.strip().lower() for text in bound.statement.actions)
            self._wildcards[side].update((body, negated, one) for one in written if self._is_incomplete(one))
            if negated:
                self._wildcards[side].add((body, negated, ""))

    def _is_incomplete(self, pattern: str) -> bool:
        """Whether a pattern may match actions to come of which there is not one for each way."""
        service = pattern.partition(":")[0]
        is_wild = "*" in pattern or "?" in pattern
        return is_wild and ("*" in service or "?" in service or service in self.actions.incomplete)

    def _of_interest(self) -> int:
        found = 0
        layers = [[(kind, level) for level, kind, _ in one.layers] for one in self.sides]
        first, last = self._masks[0], self._masks[-1]
        if len(self.sides) == 1 or layers[0] != layers[-1]:
            for masks in self._masks:
                for body, mask in masks.items():
                    found |= 0 if body.bound.is_deny else mask
        else:
            for body in self.bodies:
                found |= first.get(body, 0) ^ last.get(body, 0)
        if not self.sides[0].is_of_resource:
            for name in ALWAYS_ALLOWED_ACTIONS:
                found &= ~self.actions.matching(name)
        return found


def _sets(sides: tuple[Side, ...]) -> Iterator[frozenset[str]]:
    """The patterns of actions that stand together: those of all statements of a side that have the same body.

    NotAction is about everything else, services to come too: `*` stands for that.
    """
    for one in sides:
        together: dict[object, set[str]] = {}
        for level, policy_type, layer in one.layers:
            for bound in layer:
                alone = bound if bound.statement.not_action else None
                if alone:
                    together["everything"] = {"*"}
                key = (policy_type, level, body_key(bound), alone)
                together.setdefault(key, set()).update(bound.statement.actions)
        yield from map(frozenset, together.values())
