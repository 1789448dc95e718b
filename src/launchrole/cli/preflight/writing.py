"""Writing fixes: the changed template, the policy with the statements that were lacking."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from launchrole.cli.output import styled
from launchrole.cli.preflight.outputs import save

if TYPE_CHECKING:
    from launchrole.cli.preflight.outputs import Output
    from launchrole.preflights.report import Report


@dataclass(frozen=True)
class Written:
    """What is to be written: the policy's file, the template's, the template itself after it was asked for."""

    policy: str | None
    template: str | None
    in_place: bool
    without_asking: bool
    baseline: str | None


NOTHING = Written(None, None, False, False, None)
"""Nothing is to be written."""


def options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options; the function is given them as `written`."""

    @functools.wraps(function)
    def with_written(**given: Any) -> Any:
        names = ("write_policy", "write_template", "fix", "yes", "write_baseline")
        return function(written=Written(*(given.pop(name) for name in names)), **given)

    made: Callable[..., Any] = with_written
    for option in (
        click.option(
            "--write-baseline", metavar="FILE", help="Write what is found to a file, to be known the next time."
        ),
        click.option("--yes", is_flag=True, help="Do not ask before --fix writes."),
        click.option("--fix", is_flag=True, help="Show the change of the template as a diff, and make it."),
        click.option("--write-template", metavar="FILE", help="Write the template with its fixes to a file."),
        click.option(
            "--write-policy",
            metavar="FILE",
            help="Write the policy with the statements that were lacking: added to FILE's own, or to the one --policy.",
        ),
    ):
        made = option(made)
    return made


def check(written: Written, templates: Sequence[str], *, has_fixes: bool) -> None:
    """Raise `click.UsageError` for what one file cannot hold, and for fixes that are not looked for."""
    is_any = bool(written.policy or written.template or written.in_place)
    if is_any and not has_fixes:
        raise click.UsageError("with --no-fixes there is nothing to be written; leave it out")
    if is_any and len(templates) > 1:
        raise click.UsageError("--write-policy, --write-template and --fix are for one template; name one")
    if written.in_place and templates[0] == "-":
        raise click.UsageError("--fix changes a file, and - is standard input; use --write-template FILE")


def protect(written: Written, outputs: Sequence[Output], inputs: Sequence[str], policies: Sequence[str]) -> None:
    """Raise `click.UsageError` where a file that is read would be written over, but for what is meant to be: the
    statements are added to a policy, the fixes to a template."""
    kept = {os.path.realpath(one): one for one in inputs}
    meant = {os.path.realpath(one) for one in policies}
    writes = [(f"--output {one.format}={one.file}", str(one.file)) for one in outputs if one.file is not None]
    if written.baseline is not None:
        writes.append((f"--write-baseline {written.baseline}", written.baseline))
    if written.policy is not None and os.path.realpath(written.policy) not in meant:
        writes.append((f"--write-policy {written.policy}", written.policy))
    for option, file in writes:
        if os.path.realpath(file) in kept:
            raise click.UsageError(f"{option} would write over {kept[os.path.realpath(file)]}; name another file")


def write(written: Written, reports: Sequence[Report], policies: Sequence[str]) -> None:
    """Write what is asked for. `policies` are the role's files. Raises `PreflightError`, `InputError`."""
    if written.baseline is not None:
        from launchrole.preflights.suppression import baseline

        save(Path(written.baseline), baseline(reports))
        click.echo(f"{written.baseline}: written", err=True)
    report = reports[0]
    if written.policy is not None:
        from launchrole.preflights import policy_files
        from launchrole.preflights.reading import read

        target = Path(written.policy)
        base = read(policies[0]) if len(policies) == 1 and not target.exists() else None
        policy_files.write(target, base, report.statements)
        click.echo(f"{target}: {len(report.statements)} statements added", err=True)
    if written.template is not None:
        save(Path(written.template), report.template_text or Path(report.template).read_text(encoding="utf-8"))
        click.echo(f"{written.template}: written", err=True)
    if written.in_place:
        _in_place(written, report)


def _in_place(written: Written, report: Report) -> None:
    if not report.patch:
        click.echo("there is nothing to be fixed in the template", err=True)
        return
    for line in report.patch.splitlines():
        color = "green" if line.startswith("+") else "red" if line.startswith("-") else ""
        click.echo(styled(line, color) if color else line, err=True)
    if not written.without_asking:
        if not sys.stdin.isatty():
            raise click.UsageError("--fix asks before it writes; add --yes where nobody can answer")
        if not click.confirm(f"change {report.template}?", err=True):
            return
    save(Path(report.template), report.template_text)
    click.echo(f"{report.template}: changed", err=True)
