"""The files by which others run launchrole: the action's shell steps, and the hooks of pre-commit."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from launchrole.preflights.preflight import preflight

ROOT = Path(__file__).resolve().parents[1]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
HOOKS = {one["id"]: one for one in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
STEPS = {one["id"]: one for one in ACTION["runs"]["steps"]}

TOLD = """#!/bin/bash
printf '%s\\n' "$@" > "$TOLD"
exit "${CODE:-0}"
"""


@pytest.fixture
def step(tmp_path):
    """Run the action's step with inputs and a launchrole that writes down its arguments: code, arguments, output."""
    binaries, work = tmp_path / "bin", tmp_path / "work"
    binaries.mkdir()
    (work / "a/deep dir").mkdir(parents=True)
    for name in ("a/one.yaml", "a/deep dir/two.yaml"):
        (work / name).touch()
    command = binaries / "launchrole"
    command.write_text(TOLD)
    command.chmod(0o755)

    def run(code=0, **inputs):
        given = {name.upper(): str(one.get("default", "")) for name, one in ACTION["inputs"].items()}
        environment = {
            **{name: given[name] for name in STEPS["preflight"]["env"]},
            **{name.upper(): value for name, value in inputs.items()},
            "PATH": f"{binaries}:{os.environ['PATH']}",
            "TOLD": str(tmp_path / "told"),
            "CODE": str(code),
            "GITHUB_OUTPUT": str(tmp_path / "output"),
        }
        shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS["preflight"]["run"]]
        ran = subprocess.run(shell, cwd=work, env=environment, capture_output=True, text=True, check=False)
        told = (tmp_path / "told").read_text().splitlines() if (tmp_path / "told").exists() else None
        return ran.returncode, told, (tmp_path / "output").read_text(), ran.stdout

    return run


def test_inputs_become_arguments(step):
    code, told, output, _ = step(
        templates="a/**/*.yaml\n", role="My Role", sarif="out.sarif", arguments="--policy=my policy*.json\n--full\n"
    )
    assert (code, output) == (0, "exit-code=0\n")
    assert told == [
        *("preflight", "--output", "github", "--role", "My Role", "--output", "sarif=out.sarif"),
        *("--policy=my policy*.json", "--full", "--", "a/deep dir/two.yaml", "a/one.yaml"),
    ]


@pytest.mark.parametrize("code", [1, 2, 3])
def test_exit_codes_are_passed_on(step, code):
    assert step(code, templates="a/one.yaml")[::2] == (code, f"exit-code={code}\n")


def test_a_pattern_that_fits_nothing_is_an_error(step):
    assert step(templates="a/*.yaml\nb/*.yaml") == (
        2,
        None,
        "exit-code=2\n",
        "::error::launchrole: no template fits b/*.yaml\n",
    )


def test_inputs_are_no_shell_code(step):
    assert step(templates="a/one.yaml", role="$(touch stolen); `id`")[1][4] == "$(touch stolen); `id`"
    for one in STEPS.values():
        assert "${{" not in one["run"], "an expression in a script is run as code"


def test_the_hooks_are_commands_that_there_are():
    assert set(HOOKS) == {"launchrole-preflight", "launchrole-validate-policy"}
    from launchrole.cli import main

    for hook in HOOKS.values():
        name, *verb = shlex.split(hook["entry"])
        assert name == "launchrole"
        assert verb[0] in main.list_commands(None)


@pytest.mark.parametrize(
    ("path", "fits"),
    [("template.yaml", True), ("a/templates/x.json", True), ("a/my.yaml", False), ("temples.yaml", False)],
)
def test_which_files_are_templates(path, fits):
    assert bool(re.search(HOOKS["launchrole-preflight"]["files"], path)) is fits


def test_the_hook_says_what_preflight_says(tmp_path):
    (tmp_path / "template.yaml").write_text("Resources: {User: {Type: AWS::IAM::User}}\n")
    command = [*shlex.split(HOOKS["launchrole-preflight"]["entry"])[1:], "--no-fixes", "template.yaml"]
    ran = subprocess.run(
        [sys.executable, "-m", "launchrole", *command], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1, ran.stderr
    (first, *_) = preflight(tmp_path / "template.yaml", fixes=False).denials
    assert first.action in ran.stdout
