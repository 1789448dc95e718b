"""Denials of the launch role, as findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from launchrole.policy.decision import Decision, Verdict
from launchrole.policy.explanation import NearestMiss, nearest_miss
from launchrole.policy.policy_type import PolicyType
from launchrole.preflights.catalogue import kinds
from launchrole.preflights.rehearsal import PASS_ROLE, Decided
from launchrole.preflights.report import Call, Finding

Line = Callable[[tuple[str, ...]], tuple[str | None, int | None]]
"""File and line of the resource at a path."""

_OF_TYPE = {
    PolicyType.BOUNDARY: "LR105",
    PolicyType.SCP: "LR106",
    PolicyType.RCP: "LR106",
    PolicyType.RESOURCE: "LR107",
    PolicyType.SESSION: "LR107",
    PolicyType.TRUST: "LR107",
}


def identifier(decision: Decision, nearest: NearestMiss | None) -> str:
    """The id of the finding that a denied or undecided request is; `nearest` is what came closest to allowing it."""
    if decision.verdict is Verdict.UNDECIDED:
        return "LR904"
    if decision.policy_type in _OF_TYPE:
        return _OF_TYPE[decision.policy_type]
    if decision.verdict is Verdict.EXPLICITLY_DENIED:
        return "LR104"
    if decision.request.action == PASS_ROLE:
        return "LR108"
    missed = {"Action"} if nearest is None else {element.element for element in nearest.failed}
    if "Action" in missed:
        return "LR101"
    return "LR102" if "Resource" in missed else "LR103"


def operation_of(decided: Decided) -> str:
    """The operation that a call belongs to: what a failed creation takes back is deleted."""
    if decided.operation == "create" and decided.verb.startswith("delete"):
        return "delete"
    return decided.operation


def denied(decided: Iterable[Decided]) -> list[Decided]:
    """What was not allowed, each action on each resource for each operation on the same thing once."""
    found: dict[tuple[str, tuple[str, ...], str, str], Decided] = {}
    for one in decided:
        if one.decision is not None:
            key = (operation_of(one), one.path, one.stored.action, one.stored.resource)
            found.setdefault(key, one)
    return list(found.values())


def finding(one: Decided, type: str | None, place: tuple[str | None, int | None]) -> Finding:
    """A denial as a finding. `place` is the file and the line of the resource."""
    decision = one.decision
    assert decision is not None
    nearest = nearest_miss(decision)
    name = identifier(decision, nearest)
    return Finding(
        id=name,
        level=kinds()[name].level,
        message=_sentence(one, decision),
        logical_id="/".join(one.path) or None,
        type=type,
        file=place[0],
        line=place[1],
        operation=operation_of(one),
        call=one.stored.operation,
        action=one.stored.action,
        resource=one.stored.resource,
        nearest=None if nearest is None else nearest.sentence,
        depends_on=tuple(unknown_of(one)),
    )


def unknown_of(one: Decided) -> list[str]:
    """What an undecided call hangs on, as an assumption is called."""
    if one.decision is None or one.decision.verdict is not Verdict.UNDECIDED:
        return []
    return [f"s3-object-tag:{one.stored.resource.partition(':::')[2]}"]


def _sentence(one: Decided, decision: Decision) -> str:
    """AWS' sentence; of what is undecided, what it hangs on."""
    if decision.verdict is Verdict.UNDECIDED:
        return (
            f"whether {one.stored.action} is allowed on {one.stored.resource} hangs on "
            f"{', '.join(decision.unknown_keys)}, which is not known"
        )
    return str(one.stored.details.get("message") or decision.message())


def calls(decided: Iterable[Decided]) -> Iterator[Call]:
    """The permissions that the launch asked for, each once for an operation on a thing, in their order."""
    seen = set()
    for one in decided:
        verdict = "allowed" if one.decision is None else "denied"
        if one.decision is not None and one.decision.verdict is Verdict.UNDECIDED:
            verdict = "undecided"
        call = Call(
            operation_of(one),
            "/".join(one.path) or None,
            one.stored.operation,
            one.stored.action,
            one.stored.resource,
            verdict,
        )
        if call not in seen:
            seen.add(call)
            yield call
