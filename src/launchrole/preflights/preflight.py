"""The preflight of a template under a role, as a function."""

from __future__ import annotations

import difflib
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from launchrole import portfolio
from launchrole.facts.regions import PARTITION, regions
from launchrole.preflights import parameters as filled
from launchrole.preflights.errors import PreflightError
from launchrole.preflights.examination import Case, examine
from launchrole.preflights.fixing import with_fixes
from launchrole.preflights.given import given
from launchrole.preflights.reading import read
from launchrole.preflights.report import OPERATIONS, Report
from launchrole.preflights.roles import RoleInput, subject
from launchrole.preflights.subject import CAPABILITIES, CHANNELS, PRODUCT, PROJECT, Role, Wanted, World
from launchrole.preflights.suppression import suppressed
from launchrole.preflights.wellformed import check_circles, check_constraints, check_functions
from launchrole.services.cloudformation.template import Template, TemplateError, check, parse


@dataclass(frozen=True)
class Settings:
    """What a preflight is asked for, beside the template and the role.

    `channel` is who launches: `product`, `project` or `direct`; None for a project where the template takes the name
    and the id of one, and a product otherwise. `update_to` is the path of the template of the update. `parameters` are
    values by name. `assume`, `imports`, `ssm` and `exists` say what is there (`given`). `responses` are what custom
    resources answer, by type.
    """

    operations: tuple[str, ...] = OPERATIONS
    channel: str | None = None
    region: str = "us-east-1"
    parameters: Mapping[str, str] = field(default_factory=dict)
    update_to: str | None = None
    capabilities: tuple[str, ...] = CAPABILITIES
    tags: Mapping[str, str] = field(default_factory=dict)
    assume: tuple[str, ...] = ()
    imports: Mapping[str, str] = field(default_factory=dict)
    ssm: Mapping[str, str] = field(default_factory=dict)
    exists: tuple[str, ...] = ()
    responses: Mapping[str, Any] = field(default_factory=dict)


def preflight(
    template: str | Path,
    *,
    role: str | Role | None = None,
    policies: Sequence[str | Path] = (),
    managed: Sequence[str] = (),
    boundary: str | Path | None = None,
    scps: Sequence[str | Path] = (),
    trust: str | Path | None = None,
    exported: str | Path | None = None,
    world: World | None = None,
    parameters: Mapping[str, str] | None = None,
    operations: Iterable[str] = OPERATIONS,
    update_to: str | Path | None = None,
    channel: str | None = None,
    region: str = "us-east-1",
    capabilities: Iterable[str] = CAPABILITIES,
    tags: Mapping[str, str] | None = None,
    assume: Iterable[str] = (),
    imports: Mapping[str, str] | None = None,
    ssm: Mapping[str, str] | None = None,
    exists: Iterable[str] = (),
    responses: Mapping[str, Any] | None = None,
    fixes: bool = True,
) -> Report:
    """What becomes of a launch of a template under a role, before AWS is touched.

    `template` is a file's path. `role` is a built-in role's name (the launch role without one), the name or ARN of a
    role to be made of `policies` (files), `managed` policies (`NAME` or `NAME:v4`), a `boundary` and a `trust` policy,
    or of one among the `exported` files of an account; or a `Role`, with the `world` of others. The rest is told by
    `Settings`.

    Raises `PreflightError` for input that cannot be used.
    """
    if isinstance(role, Role):
        of_role, others = role, world or World()
    else:
        of_role, others = subject(
            RoleInput(
                role=role,
                policies=tuple(map(str, policies)),
                managed=tuple(managed),
                boundary=None if boundary is None else str(boundary),
                scps=tuple(map(str, scps)),
                trust=None if trust is None else str(trust),
                exported=None if exported is None else str(exported),
            )
        )
    settings = Settings(
        operations=tuple(operations),
        channel=channel,
        region=region,
        parameters=dict(parameters or {}),
        update_to=None if update_to is None else str(update_to),
        capabilities=tuple(capabilities),
        tags=dict(tags or {}),
        assume=tuple(assume),
        imports=dict(imports or {}),
        ssm=dict(ssm or {}),
        exists=tuple(exists),
        responses=dict(responses or {}),
    )
    return reported(case_of(str(template), of_role, others, settings), fixes=fixes)


def reported(case: Case, *, fixes: bool = True) -> Report:
    """A case's report, with verified fixes or without any."""
    begun = time.perf_counter()
    examined = examine(case)
    report = suppressed(with_fixes(examined, fixes=fixes), examined.places.own)
    return report.timed(time.perf_counter() - begun)


def case_of(name: str, role: Role, world: World, settings: Settings, *, text: str | None = None) -> Case:
    """A template file as a case, or with `text` a template of that name.

    Raises `PreflightError` for a file that cannot be read, or is no template.
    """
    text, template = _template(name, text)
    declared = set(template.section("Parameters"))
    channel = settings.channel or (PROJECT if set(portfolio.PROJECT_PARAMETERS) <= declared else PRODUCT)
    _check(settings, channel, role)
    place = {"account": role.account, "region": settings.region}
    later = None if settings.update_to is None or "update" not in settings.operations else _template(settings.update_to)
    only_later = set() if later is None else set(later[1].section("Parameters")) - declared
    asked = {key: value for key, value in settings.parameters.items() if key not in only_later}
    values = filled.fill(template, asked, **place)
    made_up = values.made_up
    update = None
    if later is not None:
        taken = {**values.values, **settings.parameters}
        kept = {key: value for key, value in taken.items() if key in later[1].section("Parameters")}
        after = filled.fill(later[1], kept, **place)
        update = later[0], after.values
        made_up |= after.made_up
    elif "update" in settings.operations:
        update = text, filled.changed(template, values.values, **place)
    wanted = Wanted(
        text,
        values.values,
        role,
        world,
        channel=channel,
        region=settings.region,
        operations=tuple(one for one in OPERATIONS if one in settings.operations),
        update=update,
        capabilities=settings.capabilities,
        tags=settings.tags,
        responses=settings.responses,
        supplies=given(exists=settings.exists, imports=settings.imports, ssm=settings.ssm, assume=settings.assume),
        root=None if name == "-" else Path(name).parent,
    )
    return Case(name, wanted, made_up)


def _check(settings: Settings, channel: str, role: Role) -> None:
    if role.partition != PARTITION:
        raise PreflightError(
            f"{role.arn} is in the partition {role.partition}, and launches are tried in {PARTITION} only: write the "
            f"ARN, and those in the policies and the template, with {PARTITION}"
        )
    if settings.region not in regions():
        near = difflib.get_close_matches(settings.region, sorted(regions()), 1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(regions()))}"
        raise PreflightError(f"{settings.region!r} is no region of the partition {PARTITION}: {hint}")
    for one in settings.operations:
        if one not in OPERATIONS:
            raise PreflightError(f"--operation {one}: there are {', '.join(OPERATIONS)}")
    if channel not in CHANNELS:
        raise PreflightError(f"channel {channel}: there are {', '.join(CHANNELS)}")


def _template(name: str, text: str | None = None) -> tuple[str, Template]:
    """A template's text, that of the file unless it is given, and what it says. Raises `PreflightError` with the place
    of what is wrong."""
    text = read(name) if text is None else text
    try:
        template = parse(text)
        check(template)
        check_functions(template)
        check_constraints(template)
        check_circles(template)
    except TemplateError as problem:
        line = _line(text, problem)
        place = f"{name}:{line}" if line else name
        raise PreflightError(f"{place}: {problem.message}") from None
    return text, template


def _line(text: str, problem: TemplateError) -> int | None:
    if not problem.path:
        return None
    try:
        return parse(text).line(problem.path)
    except TemplateError:
        return None
