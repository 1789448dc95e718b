"""How fast the policy engine decides, and whether it is right, beside other engines that read IAM policies.

`make bench` runs it in a virtual environment that holds the others. Times are of this machine and this minute; the
ratios hold longer, because all engines take turns. It exits with 1 if launchrole gives a wrong answer.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import probes
import report
from engines import ENGINES, Prepared, label
from launchrole.facts import managed_policies
from launchrole.policy import Verdict
from timing import Contestant, Timing, race
from workloads import Question, Workload, launch, team

FLOOR = "floor: a dictionary look-up and one compiled match"

DECISIONS = {
    "engine": ("engine", ""),
    "made": ("µs per decision", ".2f"),
    "made_ratio": ("ratio", ".1f"),
    "asked": ("with the request built", ".2f"),
    "asked_ratio": ("ratio", ".1f"),
    "right": ("right answers", ""),
}
VERDICTS = {
    "allow": Verdict.ALLOWED,
    "implicit_deny": Verdict.IMPLICITLY_DENIED,
    "explicit_deny": Verdict.EXPLICITLY_DENIED,
}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Measure launchrole's policy engine beside others.")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--output", choices=["text", "json"], default="text")
    form.add_argument("--markdown", action="store_true", help="tables for the README")
    parser.add_argument("--rounds", type=int, default=21, help="rounds of timing (default: %(default)s)")
    parser.add_argument(
        "--decisions-only", action="store_true", help="leave out the hostile pattern, bundle and start-up"
    )
    given = parser.parse_args(arguments)

    wrong: list[str] = []
    tables = []
    for workload in (launch(), team()):
        told(f"deciding: {workload.title}")
        wrong += mistakes(workload)
        tables.append(decisions(workload, given.rounds))
    if not given.decisions_only:
        told("building a set of every AWS managed policy")
        tables.append(bundle())
        told(f"the hostile pattern, at most {probes.LIMIT_SECONDS:.0f} s for each engine")
        tables.append(hostile())
        told("starting up")
        tables.append(start_up())
    render = report.as_markdown if given.markdown else report.as_json if given.output == "json" else report.as_text
    print(render(about(given.rounds), tables))
    for mistake in wrong:
        print(f"wrong: {mistake}", file=sys.stderr)
    return 1 if wrong else 0


def told(what: str) -> None:
    print(f"==> {what}", file=sys.stderr, flush=True)


def about(rounds: int) -> str:
    return (
        f"Python {platform.python_version()} on {platform.system()} ({platform.machine()}, {os.cpu_count()} cores); "
        f"medians of {rounds} interleaved rounds."
    )


def mistakes(workload: Workload) -> list[str]:
    """What launchrole gets wrong: unlike for the others, the kind of denial counts."""
    prepared = ENGINES["launchrole"](workload)
    found = []
    for one in workload.questions:
        decision = prepared.ask(one)
        if decision.verdict is not VERDICTS[one.expected]:
            found.append(f"{workload.title}: {one.action} on {one.resource}: {decision.verdict.value}")
    return found


def decisions(workload: Workload, rounds: int) -> report.Table:
    engines = {name: engine(workload) for name, engine in ENGINES.items()}
    made = race({**_made(engines, workload), FLOOR: _floor(workload)}, rounds)
    asked = race({name: Contestant(one.ask, workload.questions) for name, one in engines.items()}, rounds)
    rows = []
    for name, prepared in engines.items():
        right = prepared.right_answers(workload.questions)
        rows.append(
            {
                "engine": label(name),
                **_figures("made", made, name),
                **_figures("asked", asked, name),
                "right": f"{right}/{len(workload.questions)}",
            }
        )
    rows.append({"engine": FLOOR, **_figures("made", made, FLOOR)})
    above = made["launchrole"].ratio_to(made[FLOOR])
    note = f"launchrole takes {above:.1f} times the floor. cedarpy's time includes handing the context over as JSON."
    return report.Table(workload.title, DECISIONS, rows, note)


def _made(engines: dict[str, Prepared], workload: Workload) -> dict[str, Contestant]:
    return {
        name: Contestant(one.decide, [one.request(question) for question in workload.questions])
        for name, one in engines.items()
    }


def _figures(key: str, timings: dict[str, Timing], name: str) -> dict[str, float]:
    return {key: timings[name].microseconds, f"{key}_ratio": timings[name].ratio_to(timings["launchrole"])}


def _floor(workload: Workload) -> Contestant:
    """What any engine has to do at least: find what is there for an action, and match one resource pattern."""
    table = {one.action: re.compile(re.escape(one.resource)[:-4] + ".*").fullmatch for one in workload.questions}

    def decide(question: Question) -> Any:
        return table[question.action](question.resource)

    return Contestant(decide, workload.questions)


def bundle() -> report.Table:
    rows: list[dict[str, Any]] = []
    notes: list[str] = []
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "managed_policies.json"
        count = probes.write_managed_policies(file)
        for name in ENGINES:
            found = probes.ask("managed", name, str(file), limit=120.0) or {"refused": "takes more than 120 s"}
            if "refused" in found:
                notes.append(f"{name}: {found['refused']}.")
                rows.append({"engine": label(name)})
            else:
                memory, first = found["bytes"] / 1e6, found["first"] * 1e3
                rows.append({"engine": label(name), "seconds": found["seconds"], "memory": memory, "first": first})
    columns = {
        "engine": ("engine", ""),
        "seconds": ("s to build", ".2f"),
        "memory": ("MB more at the peak", ".0f"),
        "first": ("ms per decision, the first 20", ".2f"),
    }
    return report.Table(f"one set of all {count} AWS managed policies", columns, rows, " ".join(notes))


def hostile() -> report.Table:
    rows = []
    for name in ENGINES:
        found = probes.ask("hostile", name, limit=probes.LIMIT_SECONDS)
        taken = f"> {probes.LIMIT_SECONDS:.0f} s" if found is None else f"{found['seconds'] * 1e3:.3f} ms"
        right = None if found is None else "yes" if found["right"] else "no"
        rows.append({"engine": label(name), "taken": taken, "right": right})
    columns = {"engine": ("engine", ""), "taken": ("first decision", ""), "right": ("right", "")}
    return report.Table("a hostile pattern: `b/`, twelve `*a`, `b`, on `b/` and forty a's", columns, rows)


def start_up() -> report.Table:
    policy = Path(managed_policies.__file__).parent / managed_policies.LAUNCH_ROLE_POLICY / "v4.json"
    rows = [
        {"what": what, "milliseconds": seconds * 1e3} for what, seconds in probes.start_up(policy, rounds=7).items()
    ]
    return report.Table("cold start", {"what": ("process", ""), "milliseconds": ("ms", ".0f")}, rows)


if __name__ == "__main__":
    sys.exit(main())
