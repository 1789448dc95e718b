"""Seconds that managed policies take: the launch role's twelve versions, all versions of all policies, a cold diff, and
z3 on the same questions.

`make bench-policies`. All versions lie beside the project (`../shared/managed-policies`); without them the figures
about them are left out, and that is said. z3 decides, for each class of actions that two versions treat alike, what a
comparison decides for all at once; ratios are of the same pairs in one run, of those that z3 has an answer to.
"""

from __future__ import annotations

import gzip
import importlib
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from launchrole.facts.access import facts_for
from launchrole.facts.managed_policies import LAUNCH_ROLE_POLICY
from launchrole.policy import parse
from launchrole.reasoning import Comparison, compare
from launchrole.registry import Registry, import_, read
from launchrole.registry.proofs import compared, parsed

ROOT = Path(__file__).resolve().parents[1]
ALL = Path(os.environ.get("LAUNCHROLE_SHARED", ROOT.parent / "shared")) / "managed-policies" / "all-versions.jsonl.gz"
PROCESSES = 2
SAMPLE = 60
"""Every so-manieth pair is also put to z3."""
Z3_SECONDS = 2.0
COLD = 5

Pair = tuple[dict[str, Any], dict[str, Any]]


def timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Seconds on the clock and of this process' own processor time, and what came of it."""
    clock, used = time.perf_counter(), time.process_time()
    found = work()
    return time.perf_counter() - clock, time.process_time() - used, found


def told(what: str, clock: float, used: float | None, more: str = "") -> None:
    processor = "" if used is None else f" ({used:7.2f} s of processor time)"
    print(f"{what:<64} {clock:8.2f} s{processor}  {more}".rstrip())


def launch_role_versions() -> list[Comparison]:
    """What each of the launch role's versions changed, both directions; first the documents are read."""
    registry = Registry()
    documents = [parsed(registry, one) for one in registry.policy(LAUNCH_ROLE_POLICY).versions]
    return [compared(old, new) for old, new in itertools.pairwise(documents)]


def pairs() -> list[Pair]:
    """Consecutive versions of all policies."""
    with gzip.open(ALL, "rt", encoding="utf-8") as lines:
        rows = sorted((json.loads(line) for line in lines), key=lambda one: (one["name"], int(one["version"][1:])))
    return [(old, new) for old, new in itertools.pairwise(rows) if old["name"] == new["name"]]


def decided(some: list[Pair]) -> list[str]:
    """The pairs of which something is undecided."""
    undecided = []
    for old, new in some:
        found = compared(parse(old["document"]), parse(new["document"]))
        if found.added.undecided or found.removed.undecided:
            undecided.append(f"{old['name']} {new['version']}")
    return undecided


def all_decided(some: list[Pair]) -> list[str]:
    """The same, by several processes."""
    parts = [some[start : start + 50] for start in range(0, len(some), 50)]
    with ProcessPoolExecutor(PROCESSES) as executor:
        return [name for part in executor.map(decided, parts) for name in part]


def imported() -> int:
    with tempfile.TemporaryDirectory() as state:
        return import_(Path(state), read(ALL).policies).versions


def cold_diffs() -> Iterator[float]:
    command = [str(Path(sys.executable).with_name("launchrole")), "policies", "diff", f"{LAUNCH_ROLE_POLICY}:v3", ":v4"]
    with tempfile.TemporaryDirectory() as state:
        for _ in range(COLD):
            clock = time.perf_counter()
            done = subprocess.run(command, env=os.environ | {"LAUNCHROLE_STATE": state}, capture_output=True)
            yield time.perf_counter() - clock
            assert done.returncode == 1  # they differ


def beside_z3(some: list[Pair]) -> None:
    """The same pairs by launchrole and by z3, per class of actions."""
    sys.path.insert(0, str(ROOT / "tests"))
    oracle = importlib.import_module("z3_oracle")
    own = theirs = 0.0
    classes = agreed = judged = 0
    for old, new in some:
        texts = old["document"], new["document"]
        documents = parse(texts[0]), parse(texts[1])
        facts = facts_for(documents)
        started = time.process_time()
        try:
            opinion = oracle.opinion(*texts, facts.actions.names, Z3_SECONDS)
        except oracle.NotEncoded:
            opinion = None
        if opinion is None:
            continue
        between = time.process_time()
        found = compare(*documents, facts)
        own += time.process_time() - between
        theirs += between - started
        judged += 1
        classes += len(oracle.groups(*texts, oracle.interesting(*texts, facts.actions.names)))
        agreed += (bool(found.added.findings), bool(found.removed.findings)) == opinion
    print(
        f"beside z3: {judged} of {len(some)} pairs, {classes} classes of actions, {agreed} judged alike; launchrole "
        f"{own / classes * 1000:.2f} ms a class, z3 {theirs / classes * 1000:.2f} ms, {theirs / own:.0f} times as long"
    )


def main() -> None:
    clock, used, _ = timed(launch_role_versions)
    told("the launch role's twelve versions, both directions", clock, used)
    found = list(cold_diffs())
    told(f"policies diff, cold, median of {COLD} processes", statistics.median(found), None)
    if not ALL.is_file():
        print(f"left out: there are no versions of all policies in {ALL.parent}", file=sys.stderr)
        return
    clock, used, versions = timed(imported)
    told("all versions imported", clock, used, f"{versions} versions added")
    some = pairs()
    clock, _, undecided = timed(lambda: all_decided(some))
    told(
        f"all consecutive pairs, by {PROCESSES} processes",
        clock,
        None,
        f"{len(some)} pairs, {len(undecided)} undecided",
    )
    beside_z3(some[5::SAMPLE])


if __name__ == "__main__":
    main()
