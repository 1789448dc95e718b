"""`launchrole preflight`: what a role would be denied of a launch, before AWS is touched."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from launchrole.cli.input import InputError
from launchrole.cli.preflight import writing
from launchrole.cli.preflight.config import Configured, current
from launchrole.cli.preflight.options import role_and_launch, settled
from launchrole.cli.preflight.progress import reports_of
from launchrole.cli.verbs import CONTEXT

if TYPE_CHECKING:
    from launchrole.cli.preflight.outputs import Output
    from launchrole.preflights.examination import Case
    from launchrole.preflights.preflight import Settings
    from launchrole.preflights.report import Report
    from launchrole.preflights.roles import RoleInput

_CODES = {"denied": 1, "fails": 1, "depends": 3, "launches": 0}


@click.command(cls=Configured, context_settings=CONTEXT)
@click.argument("templates", metavar="TEMPLATE...", nargs=-1, required=True)
@role_and_launch
@click.option(
    "--compare",
    metavar="A,B",
    help="What launches under one and not under the other: two versions of the launch role's policy (v4,v12), or two "
    "roles.",
)
@click.option("--least", is_flag=True, help="Print the least policy under which it all passes.")
@writing.options
@click.option("--no-fixes", is_flag=True, help="Do not look for fixes: it is quicker.")
@click.option("--baseline", metavar="FILE", help="Findings that were there before, and do not count.")
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="How many processes.")
@click.option(
    "--output",
    "outputs",
    metavar="FORMAT[=FILE]",
    multiple=True,
    help="text, json, sarif, junit, github or html, to a file or (one of them) to standard output; repeat it.",
)
@click.option("--full", is_flag=True, help="Tell everything: AWS' sentences, every call.")
def command(
    templates: Sequence[str],
    role: RoleInput,
    settings: Settings,
    outputs: Sequence[str],
    full: bool,
    no_fixes: bool,
    jobs: int,
    compare: str | None,
    least: bool,
    baseline: str | None,
    written: writing.Written,
) -> None:
    """Say which calls a role would be denied if TEMPLATE were launched, updated and deleted under it, why, and the
    smallest fix. Nothing is launched and no network is used.

    \b
    launchrole preflight template.yaml
    launchrole preflight template.yaml --role my-launch-role --policy policy.json --least

    Each template is launched in accounts that are thrown away, as Service Catalog does it, with every denial of the
    role recorded and let pass: one run finds all of them. What cannot be known from here is assumed, and told.

    Exit codes: 0 it launches, 1 it is denied or fails, 2 usage, or input that cannot be used, 3 it depends on what is
    not known.
    """
    from launchrole.cli.preflight.outputs import wanted as wanted_outputs
    from launchrole.cli.preflight.outputs import write
    from launchrole.preflights.errors import PreflightError
    from launchrole.preflights.suppression import Baseline

    wanted = wanted_outputs(outputs)
    writing.check(written, templates, has_fixes=not no_fixes)
    writing.protect(written, wanted, _inputs(templates, role, settings), role.policies)
    if least and compare is not None:
        raise click.UsageError("--least and --compare answer two questions; ask one")
    if least and click.get_current_context().get_parameter_source("outputs") is ParameterSource.COMMANDLINE:
        raise click.UsageError("--least prints a policy, which is JSON, to standard output; leave out --output")
    if (least or compare is not None) and written != writing.NOTHING:
        raise click.UsageError("--least and --compare write to standard output only; leave out --fix and --write-...")
    try:
        if least:
            click.echo(_least(templates, role, settings))
            return
        if compare is not None:
            raise SystemExit(_compared(compare, templates, role, settings, wanted))
        known = None if baseline is None else Baseline.read(baseline)
        reports = reports_of(_cases(templates, role, settings), fixes=not no_fixes, jobs=jobs)
        if known is not None:
            reports = [known.applied(report) for report in reports]
        write(reports, wanted, full=full)
        writing.write(written, reports, role.policies)
    except PreflightError as problem:
        raise InputError(str(problem)) from None
    raise SystemExit(exit_code(reports))


def _inputs(templates: Sequence[str], role: RoleInput, settings: Settings) -> list[str]:
    """The files that are read."""
    others = (role.boundary, role.trust, role.exported, settings.update_to)
    return [*templates, *role.policies, *role.scps, *(one for one in others if one is not None)]


def _cases(templates: Sequence[str], role: RoleInput, settings: Settings) -> list[Case]:
    from launchrole.preflights.preflight import case_of
    from launchrole.preflights.roles import subject

    who, world = subject(role)
    config = current()
    return [case_of(name, who, world, settled(settings, config.of(name))) for name in templates]


def _least(templates: Sequence[str], role: RoleInput, settings: Settings) -> str:
    """The least policy for one template, as JSON."""
    from launchrole.preflights.least import least_of

    if len(templates) != 1:
        raise click.UsageError("--least makes a launch role to measure for one template; name one")
    (case,) = _cases(templates, role, settings)
    return json.dumps(least_of(case), indent=2)


def _compared(
    pair: str, templates: Sequence[str], role: RoleInput, settings: Settings, outputs: Sequence[Output]
) -> int:
    """Tell what launches under one of two roles and not under the other. 1 where the two differ."""
    from launchrole.cli.preflight import compare

    names = [one.strip() for one in pair.split(",")]
    if len(names) != 2 or not all(names):
        raise click.UsageError(f"--compare {pair}: write two versions, such as v4,v12, or two roles")
    both = [reports_of(_cases(templates, compare.role_of(name, role), settings), fixes=False) for name in names]
    return compare.write(names, list(zip(*both, strict=True)), outputs)


def exit_code(reports: Sequence[Report]) -> int:
    """0 all launch, 1 one is denied or fails, 3 one depends on what is not known."""
    codes = {_CODES[report.verdict.value] for report in reports}
    return 1 if 1 in codes else max(codes, default=0)
