"""The `cdk` command from npm against an endpoint: bootstrap, deploy, diff and destroy of a small app.

What it needs is pinned in `cdk/package-lock.json` and installed once, into `.cdk/` beside the repository's files.
"""

import fcntl
import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest

from commands import environment, run
from endpoint import ACCOUNT, allow

SOURCES = Path(__file__).with_name("cdk")
CACHE = Path(__file__).parents[2] / ".cdk"


@pytest.fixture(scope="module")
def modules():
    """The folder of the installed packages."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("there is no node and no npm on this machine")
    pinned = hashlib.sha256((SOURCES / "package-lock.json").read_bytes()).hexdigest()[:12]
    folder = CACHE / pinned
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            folder.mkdir(exist_ok=True)
            for name in ("package.json", "package-lock.json"):
                shutil.copy(SOURCES / name, folder)
            words = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=1"]
            done = run(words, dict(os.environ), folder, 300)
            if done.returncode:
                pytest.skip(f"npm could not install the cdk command: {done.stderr.strip()[-300:]}")
            (folder / "complete").touch()
    return folder / "node_modules"


class Cdk:
    """The command of an administrator, in a folder with the app."""

    def __init__(self, modules, endpoint, folder):
        self.folder = folder
        for name in ("app.js", "cdk.json"):
            shutil.copy(SOURCES / name, folder)
        self.iam = endpoint.client("iam", endpoint.sandbox.root())
        self.iam.create_user(UserName="admin")  # the root user may not assume the roles that the bootstrap stack makes
        self.iam.attach_user_policy(UserName="admin", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
        self.keys = self.iam.create_access_key(UserName="admin")["AccessKey"]
        self.command = modules / ".bin" / "cdk"
        self.environment = environment(endpoint.url, self.keys, folder) | {
            "CDK_DISABLE_CLI_TELEMETRY": "true",
            "CDK_DISABLE_VERSION_CHECK": "true",
            "CI": "true",
            "NODE_NO_WARNINGS": "1",
            "NODE_PATH": str(modules),
        }

    def __call__(self, line, expected=0, **further):
        words = [self.command, "--no-notices", "--no-color", "--no-version-reporting", *line.split()]
        done = run(words, self.environment | further, self.folder, 280)
        told = done.stdout + done.stderr
        assert done.returncode == expected, told
        return told


@pytest.fixture
def cdk(modules, endpoint, tmp_path):
    return Cdk(modules, endpoint, tmp_path)


def test_a_small_app_is_bootstrapped_deployed_and_destroyed(cdk, endpoint):
    assert f"Environment aws://{ACCOUNT}/us-east-1 bootstrapped" in cdk(f"bootstrap aws://{ACCOUNT}/us-east-1")
    cdk("deploy --require-approval never --outputs-file outputs.json")
    bucket = json.loads((cdk.folder / "outputs.json").read_text())["Small"]["Bucket"]
    aws = {name: endpoint.client(name, cdk.keys) for name in ("cloudformation", "lambda", "s3", "sqs")}
    (stack,) = aws["cloudformation"].describe_stacks(StackName="Small")["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert stack["RoleARN"].startswith(f"arn:aws:iam::{ACCOUNT}:role/cdk-")  # what CloudFormation acts as
    aws["s3"].head_bucket(Bucket=bucket)
    (function,) = aws["lambda"].list_functions()["Functions"]
    (queue,) = aws["sqs"].list_queues()["QueueUrls"]
    assert function["Environment"]["Variables"]["QUEUE"] == queue
    assert "Small: destroyed" in cdk("destroy --force --app cdk.out")
    assert bucket not in {one["Name"] for one in aws["s3"].list_buckets()["Buckets"]}
    assert aws["lambda"].list_functions()["Functions"] == []


@pytest.mark.slow
def test_changes_and_denials_are_told(cdk, endpoint):
    policy = cdk.iam.create_policy(PolicyName="launch", PolicyDocument=allow(["iam:*", "s3:*", "sqs:*", "ssm:*"]))
    arn = policy["Policy"]["Arn"]
    cdk(f"bootstrap aws://{ACCOUNT}/us-east-1 --cloudformation-execution-policies {arn}")
    denied = cdk("deploy --require-approval never", 1)
    assert "is not authorized to perform: lambda:CreateFunction on resource" in denied
    assert "because no identity-based policy allows the lambda:CreateFunction action" in denied
    cdk.iam.create_policy_version(
        PolicyArn=arn, PolicyDocument=allow(["iam:*", "lambda:*", "s3:*", "sqs:*", "ssm:*"]), SetAsDefault=True
    )
    cdk("deploy --require-approval never")  # the stack that failed is deleted first
    assert "There were no differences" in cdk("diff")
    changed = cdk("diff", ANSWER="2")
    assert "[~] AWS::Lambda::Function Sender" in changed
    assert "return 2" in changed
    cdk("deploy --require-approval never", ANSWER="2")
    (stack,) = endpoint.client("cloudformation", cdk.keys).describe_stacks(StackName="Small")["Stacks"]
    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    assert "(no changes)" in cdk("deploy --require-approval never", ANSWER="2")
