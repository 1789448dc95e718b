"""What is measured in processes of its own: memory, start-up, and decisions that may never end.

Run as `python probes.py PROBE ENGINE [FILE]`; prints one JSON object.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cedar_policies import NotExpressibleError
from engines import ENGINES
from workloads import ACCOUNT, REGION, Workload, hostile, launch

HERE = Path(__file__).resolve().parent
LIMIT_SECONDS = 20.0


def ask(probe: str, engine: str, *arguments: str, limit: float) -> dict[str, Any] | None:
    """The answer of a probe in a new process; None if it takes longer than `limit` seconds."""
    command = [sys.executable, str(HERE / "probes.py"), probe, engine, *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=True)
    except subprocess.TimeoutExpired:
        return None
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def hostile_pattern(engine: str) -> dict[str, Any]:
    """Seconds for the first decision on the hostile pattern; it is a denial."""
    workload = hostile()
    prepared = ENGINES[engine](workload)
    request = prepared.request(workload.questions[0])
    started = time.perf_counter()
    answer = prepared.decide(request)
    return {"seconds": time.perf_counter() - started, "right": not prepared.is_allowed(answer)}


def managed_policies(engine: str, file: str) -> dict[str, Any]:
    """Seconds and bytes for making one set of many policies ready, and seconds for the first decisions on it."""
    texts = tuple(json.loads(Path(file).read_text(encoding="utf-8")))
    questions = launch().questions
    ENGINES[engine](Workload("to have everything imported", texts[:1], ()))
    before = peak_bytes()
    started = time.perf_counter()
    try:
        prepared = ENGINES[engine](Workload("all", texts, ()))
    except NotExpressibleError as error:
        return {"refused": f"has no way to say {error}"}
    built = time.perf_counter() - started
    taken = peak_bytes() - before
    requests = [prepared.request(one) for one in questions]
    started = time.perf_counter()
    for request in requests:
        prepared.decide(request)
    first = (time.perf_counter() - started) / len(requests)
    return {"policies": len(texts), "seconds": built, "bytes": taken, "first": first}


def write_managed_policies(file: Path) -> int:
    """Write the documents of the AWS managed policies that moto bundles, as a list of JSON texts; tells how many."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    texts = [json.dumps(policy["Document"]) for policy in json.loads(aws_managed_policies_data).values()]
    file.write_text(json.dumps(texts), encoding="utf-8")
    return len(texts)


def peak_bytes() -> int:
    """The most memory this process had. Linux keeps the parent's peak in ru_maxrss over a fork, so not that there."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def starts(policy: Path) -> Mapping[str, Sequence[str]]:
    """Commands whose whole life is timed, by what they show."""
    python = [sys.executable, "-c"]
    evaluate = [
        str(Path(sysconfig.get_path("scripts")) / "launchrole"),
        *("evaluate", "--policy", str(policy), "--principal", f"arn:aws:iam::{ACCOUNT}:role/launch"),
        *("--action", "codebuild:CreateProject", "--resource"),
    ]
    project = f"arn:aws:codebuild:{REGION}:{ACCOUNT}:project/"
    return {
        "python that does nothing": [*python, "pass"],
        "launchrole evaluate, allowed": [*evaluate, f"{project}sagemaker-churn"],
        "launchrole evaluate, denied, with the fixes": [*evaluate, f"{project}churn"],
        "import launchrole's engine": [*python, "from launchrole.policy import PolicySet, Request, parse"],
        "import ministack's": [*python, "import ministack.core.iam_evaluator"],
        "import cedarpy": [*python, "import cedarpy"],
        "import moto's": [*python, "import moto.iam.access_control"],
    }


def start_up(policy: Path, rounds: int) -> dict[str, float]:
    """The median seconds of each command of `starts`, the first run of each apart (it writes the bytecode)."""
    commands = starts(policy)
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(rounds + 1):
        for name, command in commands.items():
            started = time.perf_counter()
            done = subprocess.run(command, capture_output=True, check=False)
            elapsed = time.perf_counter() - started
            if done.returncode not in (0, 1):  # 1: denied
                raise RuntimeError(f"{name} failed: {done.stderr.decode()}")
            if turn:
                taken[name].append(elapsed)
    return {name: statistics.median(figures) for name, figures in taken.items()}


PROBES: dict[str, Callable[..., dict[str, Any]]] = {"hostile": hostile_pattern, "managed": managed_policies}

if __name__ == "__main__":
    print(json.dumps(PROBES[sys.argv[1]](*sys.argv[2:])))
