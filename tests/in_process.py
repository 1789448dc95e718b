"""boto3 clients of a sandbox in this process, and the same state brought back from its journal."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from endpoint import trust
from launchrole.sandbox import Sandbox

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/worker"
TAGS = [{"Key": "a", "Value": "b"}]

Clients = Callable[..., Any]


@contextmanager
def clients(state: Path | None = None) -> Iterator[Clients]:
    """A function that makes the root user's clients. A fault inside the endpoint fails the test."""
    with Sandbox(state) as sandbox:
        faults: list[Any] = []
        sandbox.gateway.report = faults.append
        session = boto3.session.Session(botocore_session=sandbox.botocore_session())
        if not session.client("iam").list_roles()["Roles"]:
            services = ("lambda", "sagemaker", "glue", "states", "firehose", "scheduler", "elasticmapreduce")
            session.client("iam").create_role(RoleName="worker", AssumeRolePolicyDocument=trust(*services))
        yield session.client
        assert not faults, faults[0]


def brought_back(state: Path, look: Callable[[Clients], Any]) -> Any:
    """What is to be seen after the state was opened anew, with everything made again from the journal."""
    for checkpoint in state.glob("checkpoint*"):
        shutil.rmtree(checkpoint)
    with clients(state) as aws:
        return look(aws)


def refused(call: Callable[..., Any], **params: Any) -> str:
    """The code of the error that a call ends with."""
    with pytest.raises(ClientError) as caught:
        call(**params)
    code: str = caught.value.response["Error"]["Code"]
    return code


def plain(response: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in response.items() if name != "ResponseMetadata"}
