"""Findings with the changes that end them, tried in another rehearsal: with other ids, as another launch has them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from launchrole.policy.decision import Verdict
from launchrole.preflights import denials
from launchrole.preflights.examination import Examined, report
from launchrole.preflights.needs import MadeUp, Need, made_up, need_of
from launchrole.preflights.rehearsal import Decided, rehearse
from launchrole.preflights.report import Finding, Fix, FixKind, Report
from launchrole.preflights.statements import document, merged
from launchrole.preflights.subject import Policy, Role

_ANOTHER = 2
"""The seed of the rehearsal in which fixes are tried."""
_ADDED = "launchrole-fixes"


def with_fixes(examined: Examined, *, fixes: bool) -> Report:
    """The report on a rehearsal, with verified fixes or without any."""
    found = report(examined)
    denied = [one for one in denials.denied(examined.rehearsal.decided) if _is_lacking(one)]
    if not fixes or not denied:
        return found
    made = made_up(examined.wanted, examined.rehearsal)
    all_together = merged([_need(one) for one in denied], made).statements
    lacking_still = _lacking(examined, _with(examined.wanted.role, all_together))
    verified = not lacking_still
    return replace(
        found,
        findings=tuple(_fixed(one, denied, made, verified) for one in found.findings),
        statements=all_together if verified else (),
    )


def _is_lacking(one: Decided) -> bool:
    """Is a call denied for want of a statement, which can be added?"""
    return one.decision is not None and one.decision.verdict is Verdict.IMPLICITLY_DENIED


def _need(one: Decided) -> Need:
    return need_of(one.stored, denials.operation_of(one), "/".join(one.path) or None)


def _with(role: Role, statements: tuple[Mapping[str, Any], ...]) -> Role:
    """The role with another policy."""
    return replace(role, policies=(*role.policies, Policy(_ADDED, json.dumps(document(statements)))))


def _lacking(examined: Examined, role: Role) -> list[Decided]:
    """What a role is still denied in another launch."""
    tried = rehearse(replace(examined.wanted, role=role), seed=_ANOTHER)
    return [one for one in denials.denied(tried.decided) if _is_lacking(one)]


def _fixed(finding: Finding, denied: list[Decided], made: MadeUp, verified: bool) -> Finding:
    """A finding with what would allow it."""
    for one in denied:
        if (finding.action, finding.resource, finding.operation, finding.logical_id) == (
            one.stored.action,
            one.stored.resource,
            denials.operation_of(one),
            "/".join(one.path) or None,
        ):
            statements = merged([_need(one)], made).statements
            text = "; ".join(_told(statement) for statement in statements)
            return replace(finding, fixes=(*finding.fixes, Fix(FixKind.POLICY, text, verified, statements=statements)))
    return finding


def _told(statement: Mapping[str, Any]) -> str:
    conditions = [
        f"{key} is {value}" for tests in statement.get("Condition", {}).values() for key, value in tests.items()
    ]
    limits = f" if {' and '.join(conditions)}" if conditions else ""
    return f"allow {_listed(statement['Action'])} on {_listed(statement['Resource'])}{limits}"


def _listed(value: str | list[str]) -> str:
    return value if isinstance(value, str) else ", ".join(value)
