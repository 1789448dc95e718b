"""Recorded decisions once more, under versions of a policy."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from launchrole.account import decisions
from launchrole.account.decisions import PolicyText, StoredDecision
from launchrole.policy.decision import Verdict
from launchrole.registry.documents import digest
from launchrole.registry.history import Policy


@dataclass(slots=True)
class Changed:
    """A call of which the verdict is another one under the second document; `decision` is the newest record of it,
    `times` how often it was made."""

    decision: StoredDecision
    before: Verdict
    after: Verdict
    times: int = 1


@dataclass(frozen=True, slots=True)
class Replayed:
    """What recorded decisions come to. `concerned` were made under the policy, in whatever version; `lost` are those
    whose policies are not kept any more."""

    concerned: int
    lost: int
    changed: tuple[Changed, ...]


def replayed(connection: sqlite3.Connection, policy: Policy, before: str, after: str) -> Replayed:
    """Decide what was recorded under a policy by two documents in its place, all other policies as they were.

    A policy is this one by its ARN, or by the text of one of its versions: an older version stands in accounts as a
    policy of another name, since AWS attaches the newest. What a call with another verdict would have led to is not
    known.
    """
    ours = _Ours(policy)
    concerned = lost = 0
    found: dict[tuple[str, str, str], Changed] = {}
    for _, stored in decisions.newest(connection, decisions.KEPT):
        try:
            if not any(map(ours.are, decisions.policies_of(connection, stored))):
                continue
        except LookupError:
            lost += 1
            continue
        concerned += 1
        verdicts = [_verdict(connection, stored, ours, text) for text in (before, after)]
        if verdicts[0] is not verdicts[1]:
            key = (stored.principal, stored.action, stored.resource)
            times = found[key].times + 1 if key in found else 1
            found[key] = Changed(stored, verdicts[0], verdicts[1], times)
    return Replayed(concerned, lost, tuple(found.values()))


def _verdict(connection: sqlite3.Connection, stored: StoredDecision, ours: _Ours, text: str) -> Verdict:
    def put(one: PolicyText) -> PolicyText:
        return one._replace(text=text) if ours.are(one) else one

    return decisions.again(connection, stored, put).verdict


class _Ours:
    """Which recorded policies are versions of one policy."""

    def __init__(self, policy: Policy) -> None:
        self._arn = policy.arn
        self._digests = frozenset(one.digest for one in policy.versions if one.digest)
        self._known: dict[PolicyText, bool] = {}

    def are(self, one: PolicyText) -> bool:
        found = self._known.get(one)
        if found is None:
            same_arn = self._arn is not None and one.arn == self._arn
            found = self._known[one] = same_arn or digest(one.text) in self._digests
        return found
