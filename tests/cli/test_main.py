"""The command as a whole: help, version, start-up."""

import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

import launchrole.cli
from launchrole.cli import main

LAUNCHROLE = [sys.executable, "-c", "from launchrole.cli import main; main()"]


def test_help_lists_the_verbs():
    result = CliRunner().invoke(main, ["--help"])
    assert result.exit_code == 0
    for verb in launchrole.cli._VERBS:
        assert f"\n  {verb} " in result.output


def test_version():
    result = CliRunner().invoke(main, ["--version"])
    assert result.exit_code == 0
    assert result.output.startswith("launchrole 0.")


def test_a_verb_that_does_not_exist():
    result = CliRunner().invoke(main, ["lunch"])
    assert result.exit_code == 2
    assert "No such command 'lunch'" in result.output


@pytest.mark.parametrize("verb", launchrole.cli._VERBS)
def test_every_verb_has_help(verb):
    result = CliRunner().invoke(main, [verb, "--help"])
    assert result.exit_code == 0
    assert "Exit codes" in result.output


def test_the_installed_command_in_a_pipe(tmp_path):
    policy = tmp_path / "policy.json"
    allow = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    policy.write_text(json.dumps({"Version": "2012-10-17", "Statement": [allow]}))
    request = ["--principal", "arn:aws:iam::123456789012:user/a", "--action", "s3:GetObject"]
    done = subprocess.run(
        [*LAUNCHROLE, "evaluate", "--policy", str(policy), *request, "--resource", "arn:aws:s3:::b/k"],
        capture_output=True,
        text=True,
        env={**os.environ, "FORCE_COLOR": ""},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("ALLOWED\n")
    assert "\x1b" not in done.stdout


def test_start_up_loads_only_what_the_verb_needs():
    """Imports are what start-up costs: a verb must not pull in the libraries of the others."""
    script = "import sys, launchrole.cli.evaluate; print(*sorted(m for m in sys.modules if '.' not in m))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not {"rich", "moto", "botocore", "policy_sentry", "yaml"} & set(done.stdout.split())
