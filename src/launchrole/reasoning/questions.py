"""Is there a request that some statements match and others do not?"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from launchrole.policy.principal import Principal, PrincipalKind
from launchrole.policy.variables import Variable
from launchrole.reasoning import bodies
from launchrole.reasoning.bodies import Body, Reading, ResourceEntry
from launchrole.reasoning.callers import meant
from launchrole.reasoning.circumstances import Circumstances, Demand, Several, find
from launchrole.reasoning.conditions import Assignment, Atom, grounded, present
from launchrole.reasoning.key_values import values_of
from launchrole.reasoning.resources import EVERY_RESOURCE, Cell, Obstacle, cells
from launchrole.reasoning.text_classes import TextPattern, TooMany

_MOST_ASSIGNMENTS = 300
_PRINCIPAL_ARN = "aws:principalarn"


class Answer(NamedTuple):
    """A request without its action: resource, and circumstances."""

    resource: str
    circumstances: Circumstances


class Questions:
    """Questions about the bodies of one comparison, with what was found out so far.

    `budget` is how many questions may be asked; then TooMany is raised.
    """

    def __init__(self, several: Several, callers: tuple[Principal, ...], budget: int) -> None:
        self._several = several
        self.callers = callers
        self._every_caller = (1 << len(callers)) - 1 if callers else None
        self._left = budget
        self._meant: dict[int, int | None] = {}
        self._known: dict[tuple[object, ...], Answer | TooMany | None] = {}

    def ask(self, met: Sequence[Body], entry: int | None, unmet: Sequence[Body]) -> Answer | None:
        """A request that all of `met` match and none of `unmet`; None if there is none. Raises TooMany.

        `entry`: which resource of the first statement is asked about; None for all of them.
        """
        key = (tuple(one.number for one in met), entry, frozenset(one.number for one in unmet))
        if key not in self._known:
            self._left -= 1
            if self._left < 0:
                raise TooMany
            try:
                self._known[key] = self._answer(met, entry, unmet)
            except TooMany as error:
                self._known[key] = error
        found = self._known[key]
        if isinstance(found, TooMany):
            raise found
        return found

    def _answer(self, met: Sequence[Body], entry: int | None, unmet: Sequence[Body]) -> Answer | None:
        if any(one in unmet for one in met):
            return None
        if not any(one.is_open for one in (*met, *unmet)):
            return self._look(_Variables(bodies.static, bodies.static, bodies.static, None), met, entry, unmet)
        first: Reading = bodies.opened if len(met) == 1 else bodies.widened
        found = self._look(_Variables(first, bodies.widened, bodies.opened, None), met, entry, unmet)
        if found is None:
            return None
        assignments = _Assignments(met, unmet, self._several)
        for assignment in assignments:
            read = _grounding(assignment)
            found = self._look(_Variables(read, read, read, assignment), met, entry, unmet)
            if found is not None:
                return found
        if not assignments.are_all:
            raise TooMany
        return None

    def _look(
        self, reading: _Variables, met: Sequence[Body], entry: int | None, unmet: Sequence[Body]
    ) -> Answer | None:
        demands = [self._demand(one, reading.assignment, met=True) for one in met]
        escapes = [self._demand(one, reading.assignment, met=False) for one in unmet]
        obstacles = [reading.obstacle(one) for one in unmet]
        tried: set[frozenset[int]] = set()
        for required, excluded in reading.alternatives(met, entry):
            for cell in _least(cells(required, excluded, obstacles), tried):
                tried.add(cell.matching)
                in_the_way = [escapes[place] for place in sorted(cell.matching)]
                for callers, pinned in self._worlds(demands, in_the_way, reading.assignment):
                    found = find(demands, in_the_way, self._several, callers, pinned)
                    if found is not None:
                        return Answer(cell.text, found)
        return None

    def _worlds(
        self, met: Sequence[Demand], unmet: Sequence[Demand], assignment: Assignment | None
    ) -> Iterator[tuple[int | None, Assignment]]:
        """Callers, with what goes with them: aws:PrincipalArn of a session, if there, is its role's ARN."""
        pinned = assignment or {}
        asked = any(one.key == _PRINCIPAL_ARN for demand in (*met, *unmet) for one in demand.atoms)
        if self._every_caller is None or not asked:
            yield self._every_caller, pinned
            return
        sessions = [place for place, one in enumerate(self.callers) if one.kind is PrincipalKind.ROLE_SESSION]
        others = self._every_caller
        for place in sessions:
            others &= ~(1 << place)
        yield others, pinned
        for place in sessions:
            for arn in (self.callers[place].role_arn, None):
                if pinned.get(_PRINCIPAL_ARN, arn) == arn:
                    yield 1 << place, {**pinned, _PRINCIPAL_ARN: arn}

    def _demand(self, body: Body, assignment: Assignment | None, *, met: bool) -> Demand:
        if body.number not in self._meant:
            self._meant[body.number] = meant(body.bound, self.callers)
        callers = self._meant[body.number]
        if assignment is not None:
            return Demand(tuple(grounded(one, assignment) for one in body.atoms), callers)
        implied = [present(key) for one in body.atoms for key in _implied(one)] if met else []
        return Demand((*body.atoms, *implied), callers)


def _least(found: Iterator[Cell], tried: set[frozenset[int]]) -> Iterator[Cell]:
    """The cells but for those with no fewer obstacles than one that was tried."""
    return (cell for cell in found if not any(other <= cell.matching for other in tried))


class _Variables(NamedTuple):
    """How variables are read: in the first statement that is to match, in the others, in obstacles; and their values.

    Without values they are read so that nothing that is possible becomes impossible.
    """

    first: Reading
    others: Reading
    obstacles: Reading
    assignment: Assignment | None

    def alternatives(
        self, met: Sequence[Body], entry: int | None
    ) -> Iterator[tuple[list[TextPattern], list[TextPattern]]]:
        """Patterns that all have to match with those that must not: one choice of entries after the other."""
        excluded: list[TextPattern] = []
        choices: list[Sequence[TextPattern]] = []
        for place, body in enumerate(met):
            read = self.others if place else self.first
            if not body.entries:
                choices.append((EVERY_RESOURCE,))
            elif body.negated:
                choices.append((EVERY_RESOURCE,))
                excluded += bodies.patterns(body, bodies.static if self.assignment is None else read)
            elif place == 0 and entry is not None:
                chosen = read(body.entries[entry])
                choices.append(() if chosen is None else (chosen,))
            else:
                choices.append(bodies.patterns(body, read))
        for chosen_patterns in itertools.product(*choices):
            if all(bodies.pattern_meets(one, other) for one, other in itertools.combinations(chosen_patterns, 2)):
                yield list(chosen_patterns), excluded

    def obstacle(self, body: Body) -> Obstacle:
        if not body.entries:
            return Obstacle((EVERY_RESOURCE,), False)
        read = bodies.widened if body.negated and self.assignment is None else self.obstacles
        return Obstacle(bodies.patterns(body, read), body.negated)


def _grounding(assignment: Assignment) -> Callable[[ResourceEntry], TextPattern | None]:
    return lambda entry: entry.grounded(assignment)


def _implied(one: Atom) -> Iterator[str]:
    """Keys that have to be there for an atom to be met: those of the variables of its only value."""
    operator = one.operator
    if operator.negated or operator.if_exists or operator.quantifier == "ForAllValues":
        return
    if len(one.open) == 1 and not one.test.values:
        for part in one.open[0].template:
            if isinstance(part, Variable) and part.default is None:
                yield part.key


class _Assignments:
    """Values for the variables of some statements, the most different ones first.

    `are_all`: whether these are all that can make a difference: where variables stand by themselves under StringEquals,
    it is enough that each is absent, like one of the texts around it, or like nothing else. A key with several values
    is another case: then its variable has none.
    """

    def __init__(self, met: Sequence[Body], unmet: Sequence[Body], several: Several) -> None:
        concerned = [*met, *unmet]
        atoms = [one for body in concerned for one in body.atoms]
        self._keys = sorted({key for body in concerned for key in body.keys})
        templates = [each for one in atoms for each in one.open]
        simple = all(each.base == "StringEquals" and _stands_alone(each.template) for each in templates)
        simple = simple and not any(entry.keys for body in concerned for entry in body.entries)
        simple = simple and not any(several(key) for key in self._keys)
        coupled = set(self._keys) | {one.key for one in atoms if one.open}
        tests = frozenset(
            one.test for one in atoms if one.key in coupled and one.operator.family != "Null" and one.test.values
        )
        known = values_of(tests) if tests else None
        texts = list(known.texts) if known is not None else []
        fresh = [f"{key.rpartition(':')[2].rpartition('/')[2] or 'v'}-{place}" for place, key in enumerate(self._keys)]
        if "aws:principalaccount" in self._keys:
            fresh[self._keys.index("aws:principalaccount")] = "123456789012"
        entries = [entry for body in concerned for entry in body.entries]
        written = [each.written for each in entries if each.static is not None]
        read = {found for entry in entries for text in written for found in entry.values_in(text)}
        self._choices: list[list[str | None]] = [
            list(dict.fromkeys([fresh[place], None, *sorted(v for k, v in read if k == key), *fresh, *texts]))
            for place, key in enumerate(self._keys)
        ]
        total = 1
        for one in self._choices:
            total *= len(one)
        self.are_all = simple and total <= _MOST_ASSIGNMENTS and (known is None or known.exact)

    def __iter__(self) -> Iterator[Assignment]:
        ranked = itertools.product(*([*enumerate(one)] for one in self._choices))
        if self.are_all:
            chosen = sorted(ranked, key=lambda one: sum(place for place, _ in one))
        else:
            chosen = sorted(itertools.islice(ranked, 50 * _MOST_ASSIGNMENTS), key=lambda one: sum(p for p, _ in one))
        for values in chosen[:_MOST_ASSIGNMENTS]:
            yield {key: value for key, (_, value) in zip(self._keys, values, strict=True)}


def _stands_alone(parts: Sequence[object]) -> bool:
    return len(parts) == 1 and isinstance(parts[0], Variable) and parts[0].default is None
