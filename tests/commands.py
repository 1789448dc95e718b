"""Command lines of AWS' clients, run as processes against an endpoint: the `aws` command and the `cdk` command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from launchrole.account.sessions import Session

AWS = Path(sys.executable).with_name("aws")


def environment(url: str, keys: Session | Mapping[str, str], home: Path) -> dict[str, str]:
    """What a shell has that was set up for an endpoint, and nothing of this process' own settings. `keys` are a session
    or what iam:CreateAccessKey answers."""
    if isinstance(keys, Session):
        key, secret, token = keys.access_key_id, keys.secret, keys.token
    else:
        key, secret, token = keys["AccessKeyId"], keys["SecretAccessKey"], None
    found = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": url,
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
    }
    return found | ({"AWS_SESSION_TOKEN": token} if token else {})


def run(
    words: Sequence[str | Path], surroundings: Mapping[str, str], folder: Path, seconds: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder."""
    return subprocess.run(
        words,
        env=surroundings,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
        stdin=subprocess.DEVNULL,
    )


class Aws:
    """The `aws` command of an endpoint, with somebody's keys; `folder` is its home and where it runs."""

    def __init__(self, url: str, keys: Session | Mapping[str, str], folder: Path) -> None:
        self._environment = environment(url, keys, folder)
        self._folder = folder

    def __call__(self, *words: str) -> Any:
        """What the command answers, read. Fails where the command does."""
        done = run([AWS, *words], self._environment, self._folder)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout or "{}")

    def refusal(self, *words: str) -> str:
        """The error that the command ends with."""
        done = run([AWS, *words], self._environment, self._folder)
        assert done.returncode in (254, 255), done.stderr  # of version 2 and version 1
        return done.stderr.strip()
