"""How long launches of a built-in project take: in a running sandbox, from the command line, and many at once.

`make bench-launches`. Each figure is of one run on one machine, those of commands the median of five: seconds on the
clock, and seconds of processor time, which count where the machine has other work to do.
"""

from __future__ import annotations

import argparse
import importlib
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from launchrole import portfolio
from launchrole.account.sessions import Session
from launchrole.sandbox import Sandbox

PRODUCT = "mlops-build-deploy"
EXECUTION_ROLE = "AmazonSageMakerServiceCatalogProductsExecutionRole"
REPEATED = 5
TESTS = Path(__file__).resolve().parents[1] / "tests"
PROJECT = "build-train-deploy-codepipeline"
"""A part of the name of the real template that is looked at."""
CLIENTS = 8


def processor(who: int) -> float:
    """Seconds of processor time that this process has used, or its children."""
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


@contextmanager
def measured(what: str) -> Iterator[None]:
    """Print how long something took."""
    clock, used = time.perf_counter(), processor(resource.RUSAGE_SELF)
    yield
    tell(what, time.perf_counter() - clock, processor(resource.RUSAGE_SELF) - used)


def tell(what: str, clock: float, used: float) -> None:
    print(f"{what:<70} {clock:6.2f} s   processor {used:6.2f} s", flush=True)


class Studio:
    """A sandbox whose portfolio is on, as somebody with the execution role sees it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        sandbox.client("sagemaker").enable_sagemaker_servicecatalog_portfolio()
        assert sandbox.settle(120)
        found = self.client("servicecatalog").search_products()["ProductViewSummaries"]
        name = portfolio.product(PRODUCT).name
        self.details = {"ProductId": next(one["ProductId"] for one in found if one["Name"] == name)}

    def session(self) -> Session:
        account = self.sandbox.account
        role = next(one for one in portfolio.roles(account) if one.name == EXECUTION_ROLE)
        return self.sandbox.assume(role.arn(account), "sagemaker.amazonaws.com", "SageMaker")

    def client(self, service: str) -> Any:
        """A client with credentials of its own."""
        return self.sandbox.botocore_session(self.session()).create_client(service)

    def create(self, client: Any, name: str) -> None:
        client.create_project(ProjectName=name, ServiceCatalogProvisioningDetails=self.details)


def settled(client: Any, names: list[str], wanted: str) -> None:
    """Wait until projects are as wanted, or have failed."""
    for name in names:
        while (status := client.describe_project(ProjectName=name)["ProjectStatus"]) != wanted:
            assert not status.endswith("Failed"), status
            time.sleep(0.01)


def in_a_running_sandbox() -> None:
    with Sandbox() as sandbox:
        with measured("the portfolio turned on"):
            studio = Studio(sandbox)
        client = studio.client("sagemaker")
        for number in range(REPEATED):
            which = "the first project" if number == 0 else f"project {number + 1}"
            with measured(f"{which}, to CreateCompleted"):
                studio.create(client, f"p{number}")
                settled(client, [f"p{number}"], "CreateCompleted")
            with measured(f"{which}, to DeleteCompleted"):
                client.delete_project(ProjectName=f"p{number}")
                settled(client, [f"p{number}"], "DeleteCompleted")


def at_once(count: int) -> None:
    with Sandbox() as sandbox:
        studio = Studio(sandbox)
        clients = [studio.client("sagemaker") for _ in range(CLIENTS)]
        names = [[f"p{number}" for number in range(place, count, CLIENTS)] for place in range(CLIENTS)]

        def each(do: Callable[[Any, list[str]], None]) -> None:
            threads = [
                threading.Thread(target=do, args=(client, own)) for client, own in zip(clients, names, strict=True)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        def create(client: Any, own: list[str]) -> None:
            for name in own:
                studio.create(client, name)

        def delete(client: Any, own: list[str]) -> None:
            for name in own:
                client.delete_project(ProjectName=name)

        for do, wanted in ((create, "CreateCompleted"), (delete, "DeleteCompleted")):
            with measured(f"{count} projects by {CLIENTS} clients at once, to {wanted}"):
                each(do)
                assert sandbox.settle(600)
            settled(clients[0], [name for own in names for name in own], wanted)


def started(what: str, folder: Path, arguments: list[str]) -> None:
    """Print how long a command takes in a process of its own: the median of several runs, each in a copy of the folder
    as it is."""
    taken = []
    for number in range(REPEATED):
        place = folder / str(number)
        shutil.copytree(folder / "begin", place)
        command = [sys.executable, "-m", "launchrole", *arguments]
        clock, used = time.perf_counter(), processor(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, cwd=place, stdout=subprocess.DEVNULL, check=False)
        taken.append((time.perf_counter() - clock, processor(resource.RUSAGE_CHILDREN) - used))
        assert done.returncode in (0, 1), f"{arguments} ended with {done.returncode}"
        shutil.rmtree(place)
    clocks, processors = ([one[place] for one in taken] for place in (0, 1))
    tell(f"{what} (median of {REPEATED})", statistics.median(clocks), statistics.median(processors))


def from_the_command_line() -> None:
    launch = ["launch", PRODUCT, "--output", "json", "--state", "state"]
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root)
        begin = folder / "begin"
        begin.mkdir()
        started("launchrole --help", folder, ["--help"])
        started(f"launchrole launch {PRODUCT}, a new state", folder, [*launch, "--name", "churn"])
        text = real_template()
        if text is None:
            print("the real template is not beside the repository (../shared/corpus): no preflight", file=sys.stderr)
        else:
            (begin / "template.yaml").write_text(text, encoding="utf-8")
            started("launchrole preflight, build-train-deploy", folder, ["preflight", "template.yaml"])
        command = [sys.executable, "-m", "launchrole", *launch, "--name", "fraud"]
        subprocess.run(command, cwd=begin, stdout=subprocess.DEVNULL, check=True)
        started(f"launchrole launch {PRODUCT}, a state that is there", folder, [*launch, "--name", "churn"])


def real_template() -> str | None:
    """The text of SageMaker's build-train-deploy project; None where it is not beside the repository."""
    sys.path.insert(0, str(TESTS))
    corpus = importlib.import_module("corpus")
    names = [one["template"] for one in corpus.templates() if PROJECT in one["template"]]
    return str(corpus.text_of(names[0])) if names else None


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--projects", type=int, default=50, help="how many are launched at once")
    arguments.add_argument("--commands-only", action="store_true", help="measure the command line only")
    chosen = arguments.parse_args()
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    from_the_command_line()
    if not chosen.commands_only:
        in_a_running_sandbox()
        at_once(chosen.projects)


if __name__ == "__main__":
    main()
