"""How long preflights of real templates take in a warm process: create, update and delete, with and without fixes.

`make bench-preflights`. The templates lie beside the project (`../shared/corpus`). Each figure is of one run: seconds
on the clock, and seconds of processor time, which count where the machine has other work to do.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import sys
import time
from pathlib import Path

from launchrole.preflights.errors import PreflightError
from launchrole.preflights.examination import Case
from launchrole.preflights.preflight import Settings, case_of, reported
from launchrole.preflights.report import Report
from launchrole.preflights.roles import RoleInput, subject

ROOT = Path(__file__).resolve().parents[1]
CORPUS = Path(os.environ.get("LAUNCHROLE_SHARED", ROOT.parent / "shared")) / "corpus"


def processor() -> float:
    """Seconds of processor time that this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def timed(case: Case, *, fixes: bool) -> tuple[float, float, Report]:
    clock, used = time.perf_counter(), processor()
    report = reported(case, fixes=fixes)
    return time.perf_counter() - clock, processor() - used, report


def cases() -> list[Case]:
    """A case for each template of the corpus that is one as it was published."""
    role, world = subject(RoleInput())
    found = []
    for one in json.loads((CORPUS / "index.json").read_text())["templates"]:
        try:
            found.append(case_of(str(CORPUS / one["template"]), role, world, Settings()))
        except PreflightError as problem:
            print(f"left out: {problem}", file=sys.stderr)
    return found


def main() -> None:
    if not CORPUS.is_dir():
        sys.exit(f"there are no templates in {CORPUS}")
    listed = cases()
    for case in listed:  # the first time loads what the template's services need
        reported(case, fixes=False)
    print(f"{'template':<66} {'without fixes':>22} {'with fixes':>22}")
    sums: list[tuple[float, float, float, float]] = []
    for case in listed:
        clock, used, report = timed(case, fixes=False)
        fixed_clock, fixed_used, _ = timed(case, fixes=True)
        sums.append((clock, used, fixed_clock, fixed_used))
        name = "/".join(Path(case.name).relative_to(CORPUS).parts)[-64:]
        print(
            f"{name:<66} {clock:8.2f} s ({used:5.2f} s) {fixed_clock:8.2f} s ({fixed_used:5.2f} s)  "
            f"{report.verdict.value}, {len(report.denials)} of {len(report.calls)}"
        )
    means = [statistics.fmean(column) for column in zip(*sums, strict=True)]
    print(f"{'mean of a template':<66} {means[0]:8.2f} s ({means[1]:5.2f} s) {means[2]:8.2f} s ({means[3]:5.2f} s)")


if __name__ == "__main__":
    main()
