"""Changes of a template after which a denied request would be allowed: candidates, each of which another run has to
prove.

What the request would have to be like is the policy engine's to say (`policy.repair`); here it is found what in the
template makes it so. Where nothing does, there is no candidate.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from launchrole.policy.change import Change as PolicyChange
from launchrole.policy.change import RemoveContextKey, RenameResource, SetContextKey
from launchrole.policy.repair import Repair, repairs
from launchrole.policy.request import Request
from launchrole.preflights.proposals import Denial, Proposal
from launchrole.preflights.rehearsal import PASS_ROLE
from launchrole.preflights.renames import renamings
from launchrole.preflights.role_fixes import role_fixes
from launchrole.preflights.tag_fixes import tag_fixes, without_tags
from launchrole.preflights.template_edits import Edit, EditError, Insert, Put, Remove, edited, unified_diff
from launchrole.services.cloudformation.template import Template, parse

__all__ = ["Candidate", "Denial", "candidates", "together"]

_MOST = 6
"""How many candidates a denial has at most."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A change of a template. `text` is what to do, as a sentence; `template` the changed text; `patch` a unified diff
    of the file."""

    text: str
    edits: tuple[Edit, ...]
    template: str
    patch: str


def candidates(denial: Denial, name: str = "template.yaml") -> list[Candidate]:
    """Changes after which the policies would allow the request, the best first; empty where none was found. `name` is
    the template's file in the patches.

    They can deal with one denial: the same change may come up for several, and another denial may come to light."""
    if denial.logical_id not in denial.template.resources or denial.decision.allowed:
        return []
    found: dict[str, Candidate] = {}
    for proposals in _proposed(denial):
        edits = tuple(dict.fromkeys(_hashed(one) for proposal in proposals for one in proposal.edits))
        text = _changed(denial.template.text, edits)
        if text is None:
            continue
        sentence = "; and ".join(one.text for one in proposals)
        patch = unified_diff(denial.template.text, text, name)
        if patch:
            found.setdefault(text, Candidate(sentence, tuple(one.edit for one in edits), text, patch))
        if len(found) == _MOST:
            break
    return list(found.values())


@dataclass(frozen=True, slots=True)
class _Hashed:
    """An edit as a key: its value may be a mapping."""

    key: str
    edit: Edit

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Hashed) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


def together(template: Template, chosen: Iterable[Candidate], name: str = "template.yaml") -> Candidate:
    """Candidates of several denials as one change. One that wants another value in a place that has been given one, or
    cannot be written beside the others, is left out: its `text` is not among the texts then."""
    listed = list(chosen)

    def written(edits: Iterable[_Hashed]) -> str | None:
        return _changed(template.text, tuple(sorted(edits, key=_order)))

    edits, texts = _taken(listed, lambda _: True)
    text = written(edits)
    if text is None:
        edits, texts = _taken(listed, lambda more: written(more) is not None)
        text = written(edits)
    assert text is not None
    made = tuple(each.edit for each in sorted(edits, key=_order))
    return Candidate("; ".join(texts), made, text, unified_diff(template.text, text, name))


def _taken(
    chosen: Iterable[Candidate], fit: Callable[[Iterable[_Hashed]], bool]
) -> tuple[dict[_Hashed, None], list[str]]:
    """The edits of the candidates that fit together, and what they are in words."""
    edits: dict[_Hashed, None] = {}
    texts: list[str] = []
    for one in chosen:
        more = edits | dict.fromkeys(map(_hashed, one.edits))
        places = [each.edit.path for each in more if isinstance(each.edit, Put)]
        if one.text not in texts and len(places) == len(set(places)) and fit(more):
            edits = more
            texts.append(one.text)
    return edits, texts


def _order(one: _Hashed) -> tuple[int, list[tuple[int, str]]]:
    """Values first, then what goes, the last of a list first, then what makes lists longer: so paths keep meaning."""
    kind = (Put, Remove, Insert).index(type(one.edit))
    sign = -1 if isinstance(one.edit, Remove) else 1
    return kind, [(sign * step, "") if isinstance(step, int) else (0, step) for step in one.edit.path]


@functools.lru_cache(maxsize=32)
def _changed(text: str, edits: tuple[_Hashed, ...]) -> str | None:
    """The template's text after edits; None where it cannot say that. Calls for the same resource ask for the same."""
    try:
        return edited(parse(text), [one.edit for one in edits]).text
    except EditError:
        return None


def _hashed(edit: Edit) -> _Hashed:
    return _Hashed(repr(edit), edit)


def _proposed(denial: Denial) -> Iterator[tuple[Proposal, ...]]:
    """Proposals that together allow the request."""
    request = denial.decision.request
    if request.action.lower() == PASS_ROLE.lower():
        for one in role_fixes(denial):
            yield (one,)
    for repair in repairs(denial.decision).request:
        seen: set[tuple[str, ...]] = set()
        ways = [list(_ways(denial, change, request)) for change in repair.changes]
        for some in itertools.islice(itertools.product(*ways), 2 * _MOST):
            changes: tuple[PolicyChange, ...] = tuple(one.change for one in some)
            policies, changed = Repair(changes).apply(denial.decision.policies, request)
            subject = tuple(one.subject for one in some)
            if subject not in seen and policies.evaluate(changed).allowed:
                seen.add(subject)
                yield some
    for one in without_tags(denial):
        yield (one,)


def _ways(denial: Denial, change: PolicyChange, request: Request) -> Iterator[Proposal]:
    """The template's ways to make a change of the request; a change of the policies has none."""
    if isinstance(change, RenameResource):
        yield from renamings(denial, change)
    elif isinstance(change, SetContextKey | RemoveContextKey):
        yield from tag_fixes(denial, change, request)
