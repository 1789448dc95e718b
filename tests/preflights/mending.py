"""Real launches, mended one denial at a time until they pass: what preflight has to foresee."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from launchrole.preflights import denials
from launchrole.preflights.rehearsal import Rehearsal, rehearse
from launchrole.preflights.subject import Policy, Wanted

_OF_A_POLICY = 20


@dataclass(frozen=True)
class Denial:
    """A denied call: operation, resource's path, action, ARN, AWS' sentence."""

    operation: str
    path: tuple[str, ...]
    action: str
    resource: str
    message: str


def denials_of(rehearsal: Rehearsal) -> list[Denial]:
    """What was denied, in the order in which it was asked."""
    return [
        Denial(
            denials.operation_of(one),
            one.path,
            one.stored.action,
            one.stored.resource,
            str(one.stored.details.get("message")),
        )
        for one in denials.denied(rehearsal.decided)
    ]


def mended(wanted: Wanted, most: int) -> tuple[list[Denial], Rehearsal]:
    """Launch with IAM enforced; allow the first denied action on its resource; again, until nothing is denied that
    stands in the way. Returns what was mended and the last launch."""
    found: list[Denial] = []
    while True:
        last = rehearse(_with(wanted, found), recorded=False)
        passes = not last.failures and set(last.done) == set(wanted.operations)
        denied = denials_of(last)
        if passes or not denied:
            return found, last
        assert (denied[0].action, denied[0].resource) not in [(one.action, one.resource) for one in found], denied[0]
        found.append(denied[0])
        assert len(found) <= most


def _with(wanted: Wanted, mends: list[Denial]) -> Wanted:
    statements = [{"Effect": "Allow", "Action": one.action, "Resource": one.resource} for one in mends]
    further = [
        Policy(
            f"mend{start}",
            json.dumps({"Version": "2012-10-17", "Statement": statements[start : start + _OF_A_POLICY]}),
        )
        for start in range(0, len(statements), _OF_A_POLICY)
    ]
    role = replace(wanted.role, policies=(*wanted.role.policies, *further))
    return replace(wanted, role=role)
