"""Findings with the changes that end them, tried in other rehearsals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from launchrole.preflights import denials, policy_fixes
from launchrole.preflights.examination import Examined, report
from launchrole.preflights.needs import made_up
from launchrole.preflights.rehearsal import Decided, Rehearsal, rehearse
from launchrole.preflights.report import Finding, Fix, FixKind, Report
from launchrole.preflights.subject import Role, Wanted
from launchrole.preflights.template_edits import unified_diff
from launchrole.preflights.template_fixes import Candidate, Denial, candidates, together
from launchrole.services.cloudformation.template import Template

_ANOTHER = 2
"""The seed of the rehearsal in which policies are tried: a launch with other ids."""
_ROUNDS = 3
"""How many candidates for a denial are tried, one after the other."""

Key = tuple[str, tuple[str, ...], str]
"""What a denial is about, whatever the ids: operation, resource, action."""


def with_fixes(examined: Examined, *, fixes: bool) -> Report:
    """The report on a rehearsal, with verified fixes or without any."""
    found = report(examined)
    denied = [one for one in denials.denied(examined.rehearsal.decided) if not denials.unknown_of(one)]
    if not fixes or not denied:
        return found
    by_template = _by_template(examined, denied)
    by_policy, together = _by_policy(examined, denied)
    findings = tuple(
        replace(one, fixes=(*by_template.fixes.get(_about(one), ()), *by_policy.get(_exactly(one), ())))
        for one in found.findings
    )
    return replace(
        found,
        findings=findings,
        statements=together.identity,
        boundary_statements=together.boundary,
        notes=(*together.notes, *dict.fromkeys(one.text for one in together.obstacles)),
        patch=by_template.patch,
        template_text=by_template.text,
    )


def _key(one: Decided) -> Key:
    return denials.operation_of(one), one.path, one.stored.action


def _about(finding: Finding) -> Key:
    return finding.operation or "", tuple((finding.logical_id or "").split("/")), finding.action or ""


def _exactly(finding: Finding) -> tuple[Key, str]:
    path = tuple(finding.logical_id.split("/")) if finding.logical_id else ()
    return (finding.operation or "", path, finding.action or ""), finding.resource or ""


def _denied(rehearsal: Rehearsal) -> set[Key]:
    return {_key(one) for one in denials.denied(rehearsal.decided)}


# In policies


def _by_policy(
    examined: Examined, denied: Sequence[Decided]
) -> tuple[dict[tuple[Key, str], tuple[Fix, ...]], policy_fixes.PolicyFixes]:
    """The fixes of each denial in policies, and what is to be changed in policies for all of them together."""
    made = made_up(examined.wanted, examined.rehearsal)
    together = policy_fixes.policy_fixes(denied, made)
    role: Role = policy_fixes.mended(examined.wanted.role, together)
    still = _denied(rehearse(replace(examined.wanted, role=role), seed=_ANOTHER, foresight=False))
    found: dict[tuple[Key, str], tuple[Fix, ...]] = {}
    for one in denied:
        fix = policy_fixes.fix(one, made)
        if fix is not None:
            verified = bool(fix.statements) and _key(one) not in still
            found[_key(one), one.stored.resource] = (replace(fix, verified=verified),)
    return found, together


# In the template


@dataclass(frozen=True)
class _InTemplate:
    """Fixes of denials in the template, and the template with all of them."""

    fixes: Mapping[Key, tuple[Fix, ...]]
    patch: str = ""
    text: str = ""


def _by_template(examined: Examined, denied: Sequence[Decided]) -> _InTemplate:
    """Changes of the template after which denials are gone, each tried together with those of the others."""
    template = examined.places.own
    if template is None:
        return _InTemplate({})
    left = _candidates(examined, template, denied)
    good: dict[Key, Candidate] = {}
    for number in range(_ROUNDS):
        trying = {key: some[number] for key, some in left.items() if key not in good and number < len(some)}
        if not trying:
            break
        text = _text(template, [*good.values(), *trying.values()])
        if text is None:
            continue
        good |= _proved(examined, text, trying, denied)
    if not good:
        return _InTemplate({})
    text = _text(template, list(good.values())) or template.text
    fixes = {key: (Fix(FixKind.TEMPLATE, one.text, True, one.patch),) for key, one in good.items()}
    return _InTemplate(fixes, unified_diff(template.text, text, examined.case.name), text)


def _candidates(examined: Examined, template: Template, denied: Sequence[Decided]) -> dict[Key, list[Candidate]]:
    wanted = examined.wanted
    product = next((one for one in examined.rehearsal.generated if one.startswith("pp-")), None)
    stack = None if product is None else f"SC-{wanted.role.account}-{product}"
    found: dict[Key, list[Candidate]] = {}
    for one in denied:
        if len(one.path) != 1 or one.decision is None or _key(one) in found:
            continue
        denial = Denial(one.decision, one.path[0], template, wanted.values, wanted.world, stack)
        found[_key(one)] = candidates(denial, examined.case.name)
    return found


def _text(template: Template, chosen: Sequence[Candidate]) -> str | None:
    """The template with the changes of all candidates that go together."""
    whole = together(template, chosen)
    return whole.template if whole.edits else None


def _proved(
    examined: Examined, text: str, trying: Mapping[Key, Candidate], denied: Sequence[Decided]
) -> dict[Key, Candidate]:
    """The candidates after which what they are for is denied no more, and nothing else is of that resource."""
    tried = rehearse(_with_text(examined.wanted, text), foresight=False)
    before = {_key(one) for one in denied}
    now = _denied(tried)
    failed_before = {one.path for one in examined.rehearsal.failures}
    worse = {path for _, path, _ in now - before} | {
        one.path for one in tried.failures if one.path not in failed_before
    }
    return {
        key: one
        for key, one in trying.items()
        if key not in now and key[1] not in worse and key[1] in tried.types and tried.reached
    }


def _with_text(wanted: Wanted, text: str) -> Wanted:
    """The launch of a changed template; an update to the same template is one to the changed one."""
    update = wanted.update
    if update is not None and update[0] == wanted.text:
        update = text, update[1]
    return replace(wanted, text=text, update=update)
