"""A preflight from the beginning to the end: rehearse, supply what is taken for given, judge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from launchrole.account import moto_services
from launchrole.account.errors import ServiceError
from launchrole.preflights import afterwards, assumptions, deferred, denials, failures, passed_roles, runtimes, untried
from launchrole.preflights.catalogue import kinds
from launchrole.preflights.errors import PreflightError
from launchrole.preflights.places import Places
from launchrole.preflights.rehearsal import Passed, Rehearsal, rehearse
from launchrole.preflights.report import OPERATIONS, Assumption, Finding, Report
from launchrole.preflights.subject import Wanted
from launchrole.services.cloudformation.handlers import registry
from launchrole.services.cloudformation.intrinsics import as_text
from launchrole.services.cloudformation.parameters import MASK
from launchrole.services.cloudformation.template import Template

_MOST_REHEARSALS = 6
"""How often a launch is rehearsed anew with what it has failed for want of: each time more of it comes to light."""


@dataclass(frozen=True)
class Case:
    """A template to be looked at under a role. `name` is the file's path as it was given; `made_up` are parameters
    whose values nobody has given."""

    name: str
    wanted: Wanted
    made_up: frozenset[str] = frozenset()
    notes: tuple[Assumption, ...] = ()
    """What was assumed already, before the launch."""


@dataclass(frozen=True)
class Examined:
    """A case with the rehearsal that tells of it."""

    case: Case
    wanted: Wanted
    """With all that was assumed to be there."""
    rehearsal: Rehearsal
    places: Places
    findings: tuple[Finding, ...]
    assumed: tuple[Assumption, ...] = field(default=())


@moto_services.uncollected()
def examine(case: Case) -> Examined:
    """Find out what becomes of a launch. Raises `PreflightError` for roles and policies that AWS would not take."""
    said = [assumptions.with_keys(one, case.wanted) for one in case.wanted.supplies]
    wanted = replace(case.wanted, supplies=(*said, *assumptions.taken_for_given(case.wanted)))
    rehearsal = _rehearsed(wanted)
    for _ in range(_MOST_REHEARSALS):
        further = assumptions.lacking(rehearsal, wanted)
        if not further:
            break
        wanted = replace(wanted, supplies=(*wanted.supplies, *further))
        rehearsal = _rehearsed(wanted)
    files = {one.value: one.file for one in wanted.supplies if one.file}
    places = Places.of(wanted.text, {path: (files.get(text), text) for path, text in rehearsal.templates.items()})
    found = _in_order(_findings(case, rehearsal, wanted, places))
    assumed = (*case.notes, *_assumed(case, wanted, found))
    return Examined(case, wanted, rehearsal, places, found, assumed)


def _rehearsed(wanted: Wanted) -> Rehearsal:
    try:
        return rehearse(wanted)
    except ServiceError as problem:
        raise PreflightError(f"the account cannot be made as it is given: {problem.message}") from None


def _assumed(case: Case, wanted: Wanted, findings: Sequence[Finding]) -> Iterator[Assumption]:
    deciding = dict.fromkeys(name for one in findings for name in one.depends_on)
    for name in deciding:
        if name.startswith("s3-object-tag:"):
            yield assumptions.open_question(name)
    for supply in wanted.supplies:
        if not supply.given:
            yield assumptions.told(supply)
    given = [(wanted.text, wanted.values)] if wanted.update is None else [wanted.update, (wanted.text, wanted.values)]
    values = {name: one for text, some in given for name, one in shown(some, Places.of(text, {}).own).items()}
    for name in sorted(case.made_up):
        text = f"the parameter {name} has the value {values.get(name, '')!r}, which is made up"
        yield Assumption(f"parameter:{name}", text, f"-p {name}=VALUE", decides=f"parameter:{name}" in deciding)


def _findings(case: Case, rehearsal: Rehearsal, wanted: Wanted, places: Places) -> Iterator[Finding]:
    made_up = assumptions.made_up_values(wanted, case.made_up)
    for one in denials.denied(rehearsal.decided):
        if denials.operation_of(one) in wanted.operations:
            finding = denials.finding(one, _type(rehearsal, places, one.path), places.of_resource(one.path))
            yield replace(finding, depends_on=(*finding.depends_on, *assumptions.rests_on(one.decision, made_up)))
    passed = list(_passed_in_vain(rehearsal.passed, wanted))
    for role in passed:
        yield _of_passed(role, _type(rehearsal, places, role.path), places.of_resource(role.path))
    explained = {(role.operation, role.path) for role in passed}
    for failure in rehearsal.failures:
        if (failure.operation, failure.path) not in explained:
            yield failures.finding(failure, places.of_resource(failure.path))
    yield from _modelled(rehearsal, places)
    yield from afterwards.findings(places)
    yield from (passed_roles.finding(one, places.of_resource(one.path)) for one in rehearsal.lacks)
    yield from deferred.findings(rehearsal.launched, places)
    chosen = {name: wanted.values.get(name, "") for name in case.made_up}
    yield from runtimes.findings(rehearsal.launched, places, datetime.now(UTC).date(), chosen)
    yield from untried.findings(rehearsal, wanted, places)
    for fault in rehearsal.faults:
        yield Finding("LR903", kinds()["LR903"].level, f"launchrole failed to try this: {fault}")


def _in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings by operation and resource, those of one resource in the order in which they came: parts of a launch that
    go on at the same time come in another order each time."""

    def place(one: Finding) -> tuple[int, str, int, str]:
        operation = OPERATIONS.index(one.operation) if one.operation in OPERATIONS else len(OPERATIONS)
        return operation, one.file or "", one.line or 0, one.logical_id or ""

    return tuple(sorted(findings, key=place))


def _type(rehearsal: Rehearsal, places: Places, path: tuple[str, ...]) -> str | None:
    return rehearsal.types.get(path) or places.type_of(path)


def _passed_in_vain(passed: Sequence[Passed], wanted: Wanted) -> Iterator[Passed]:
    """The roles of the launch's account that are not there, or do not trust the service that they are passed to."""
    for one in passed:
        if one.role.split(":")[4] == wanted.role.account and not one.trusts:
            yield one


def _of_passed(one: Passed, type: str | None, place: tuple[str | None, int | None]) -> Finding:
    name = "LR110" if one.exists else "LR111"
    service = one.service or "the service"
    message = (
        f"the role {one.role} does not trust {service}: let its trust policy allow it sts:AssumeRole"
        if one.exists
        else f"there is no role {one.role}, which is passed to {service}"
    )
    return Finding(
        name,
        kinds()[name].level,
        message,
        "/".join(one.path) or None,
        type,
        place[0],
        place[1],
        one.operation,
        action="sts:AssumeRole",
        resource=one.role,
    )


def _modelled(rehearsal: Rehearsal, places: Places) -> Iterator[Finding]:
    """The resources whose calls nobody knows: what AWS publishes that they may need."""
    for path, type in rehearsal.types.items():
        if registry.executed(type):
            continue
        if not registry.known(type):
            yield _unknown(path, type, places)
            continue
        permissions = registry.handler(type).type.permissions or {}
        listed = "; ".join(
            f"{verb}: {', '.join(permissions[verb])}"
            for verb in ("create", "update", "delete")
            if permissions.get(verb)
        )
        file, line = places.of_resource(path)
        message = f"{type} was not tried. Its schema says what it may need: {listed or 'nothing is published'}"
        yield Finding("LR901", kinds()["LR901"].level, message, "/".join(path), type, file, line)


def _unknown(path: tuple[str, ...], type: str, places: Places) -> Finding:
    file, line = places.of_resource(path)
    message = (
        f"there is no type {type} among those that AWS publishes; it was not tried, and CloudFormation may refuse it"
    )
    return Finding("LR902", kinds()["LR902"].level, message, "/".join(path), type, file, line)


def shown(values: Mapping[str, str], template: Template | None) -> dict[str, str]:
    """Parameters' values as they may be told: nothing of those with NoEcho."""
    declared = {} if template is None else template.section("Parameters")
    hidden = {name for name, one in declared.items() if as_text((one or {}).get("NoEcho", False)).lower() == "true"}
    return {name: MASK if name in hidden else value for name, value in values.items()}


def report(examined: Examined) -> Report:
    """What was found, for people and tools."""
    wanted = examined.wanted
    return Report(
        template=examined.case.name,
        role=wanted.role.arn,
        policies=tuple(one.name for one in wanted.role.policies),
        operations=wanted.operations,
        findings=examined.findings,
        calls=tuple(one for one in denials.calls(examined.rehearsal.decided) if one.operation in wanted.operations),
        assumptions=examined.assumed,
        parameters=shown(wanted.values, examined.places.own),
    )
