"""Two launches under the launch role's policy, version 4: a built-in project, and a template that the policy denies.
Then the template's preflight.

What is shown are the commands that anybody may type, and what they print. The accounts are in a folder of their own
that is removed at the end; nothing leaves this machine.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import click

from launchrole.cli import main as launchrole
from launchrole.cli.output import styled

TEMPLATE = Path(__file__).with_name("scoring.yaml")


def run(*words: str) -> int:
    """Run a command as a shell would show it; its exit code."""
    told = " ".join(str(TEMPLATE.relative_to(TEMPLATE.parents[1])) if word == str(TEMPLATE) else word for word in words)
    click.echo(styled(f"$ launchrole {told}", "cyan", bold=True))
    sys.stdout.flush()
    try:
        launchrole(list(words), standalone_mode=False)
    except SystemExit as done:
        return int(done.code or 0)
    return 0


def say(text: str) -> None:
    click.echo("")
    click.echo(styled(text, "white", bold=True))


def main() -> int:
    begun = time.time()
    with tempfile.TemporaryDirectory() as folder:
        state = ("--state", str(Path(folder) / "state"))
        say("A SageMaker project: Service Catalog provisions it under the launch role, CloudFormation makes it.")
        launched = run("launch", "mlops-build-deploy", "--name", "churn", "--policy-version", "v4", *state)
        say("The same role, and a template whose names do not fit its policy.")
        denied = run("launch", str(TEMPLATE), "--name", "scoring", *state)
    say("Its preflight: every denial of create, update and delete at once, before anything is launched.")
    foreseen = run("preflight", str(TEMPLATE))
    say(f"{time.time() - begun:.0f} s. `launchrole products` lists what is built in, `launchrole --help` the verbs.")
    return 0 if (launched, denied, foreseen) == (0, 1, 1) else 1


if __name__ == "__main__":
    raise SystemExit(main())
