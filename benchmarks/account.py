"""Calls per second of the account, in process and over HTTP, beside plain moto on the same calls; memory; restart.

`make bench-account`. Every figure is of one run on one machine: the ratios count, not the figures.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import botocore.config

CALLS = 400
CLIENTS = 8
CONFIG = botocore.config.Config(retries={"total_max_attempts": 1}, max_pool_connections=CLIENTS)
KEYS = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
TWENTY = [
    *("s3", "iam", "ec2", "sqs", "sns", "kms", "ssm", "dynamodb", "events", "glue"),
    *("sagemaker", "cognito-idp", "logs", "ecr", "firehose", "stepfunctions", "secretsmanager", "cloudwatch"),
    *("lambda", "apigateway"),
]

Client = Callable[[str], Any]


def set_up(client: Client) -> None:
    client("s3").create_bucket(Bucket="bucket")
    client("sqs").create_queue(QueueName="queue")
    client("dynamodb").create_table(
        TableName="table",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client("iam").create_role(RoleName="role", AssumeRolePolicyDocument=TRUST)


def work(client: Client) -> list[Callable[[], Any]]:
    s3, sqs, dynamodb, iam = (client(service) for service in ("s3", "sqs", "dynamodb", "iam"))
    queue = sqs.get_queue_url(QueueName="queue")["QueueUrl"]
    return [
        lambda: s3.put_object(Bucket="bucket", Key="key", Body=b"x" * 1000),
        lambda: s3.get_object(Bucket="bucket", Key="key")["Body"].read(),
        lambda: sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"]),
        lambda: dynamodb.put_item(TableName="table", Item={"k": {"S": "a"}, "v": {"S": "b"}}),
        lambda: dynamodb.get_item(TableName="table", Key={"k": {"S": "a"}}),
        lambda: iam.get_role(RoleName="role"),
    ]


def per_second(calls: list[Callable[[], Any]], count: int = CALLS) -> float:
    for call in calls:
        call()
    started = time.perf_counter()
    for number in range(count):
        calls[number % len(calls)]()
    return count / (time.perf_counter() - started)


def of_moto() -> float:
    from moto import mock_aws

    with mock_aws():
        session = boto3.session.Session(**KEYS)
        clients = {service: session.client(service) for service in ("s3", "sqs", "dynamodb", "iam")}
        set_up(clients.__getitem__)
        return per_second(work(clients.__getitem__))


def of_launchrole() -> float:
    from launchrole.sandbox import Sandbox

    with Sandbox() as sandbox:
        session = boto3.session.Session(botocore_session=sandbox.botocore_session())
        clients = {service: session.client(service) for service in ("s3", "sqs", "dynamodb", "iam")}
        set_up(clients.__getitem__)
        return per_second(work(clients.__getitem__))


def in_process() -> tuple[float, float]:
    """Calls per second of moto and of the account: the best of five runs, each a process."""
    best = {"moto": 0.0, "launchrole": 0.0}
    for _ in range(5):
        for name in best:
            done = subprocess.run(
                [sys.executable, __file__, "--only", name], check=True, capture_output=True, text=True
            )
            best[name] = max(best[name], float(done.stdout))
    return best["moto"], best["launchrole"]


@contextmanager
def moto_server() -> Iterator[tuple[str, dict[str, str], int]]:
    process = subprocess.Popen(
        [Path(sys.executable).with_name("moto_server"), "-p", "5055"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield "http://127.0.0.1:5055", KEYS, process.pid
    finally:
        process.kill()
        process.wait()


@contextmanager
def launchrole_up(state: Path) -> Iterator[tuple[str, dict[str, str], int]]:
    ready = state.with_name("ready")
    ready.unlink(missing_ok=True)
    command = [sys.executable, "-m", "launchrole", "up", "--port", "0", "--quiet", "--state", str(state)]
    process = subprocess.Popen([*command, "--ready-file", str(ready)], stdout=subprocess.DEVNULL)
    try:
        while not ready.exists():
            time.sleep(0.01)
        lines = (state / "credentials").read_text().splitlines()
        keys = dict(line.split(" = ") for line in lines if " = " in line) | {"region_name": "us-east-1"}
        yield ready.read_text().strip(), keys, process.pid
    finally:
        process.terminate()
        process.wait()


def over_http(url: str, keys: dict[str, str], clients: int) -> float:
    """Calls per second of so many clients together."""
    session = boto3.session.Session(**keys)

    def client(service: str) -> Any:
        return session.client(service, endpoint_url=url, config=CONFIG)

    for _ in range(100):
        try:
            client("s3").list_buckets()
            break
        except Exception:
            time.sleep(0.1)
    if not client("s3").list_buckets()["Buckets"]:
        set_up(client)
    all_calls = [work(client) for _ in range(clients)]
    for calls in all_calls:
        for call in calls:
            call()
    threads = [threading.Thread(target=per_second, args=(calls, CALLS // clients)) for calls in all_calls]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return (CALLS // clients + len(all_calls[0])) * clients / (time.perf_counter() - started)


def memory(pid: int) -> float:
    """A process' resident memory in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def use_twenty(url: str, keys: dict[str, str]) -> None:
    session = boto3.session.Session(**keys)
    for service in TWENTY:
        client = session.client(service, endpoint_url=url, config=CONFIG)
        method = next((name for name in dir(client) if name.startswith(("list_", "describe_"))), "get_account")
        try:
            getattr(client, method)()
        except Exception as error:
            del error  # the call counts, not its answer


def restart(directory: Path, calls: int) -> tuple[float, int]:
    """Seconds until a state with so many journalled calls is open again, and how many calls were replayed."""
    code = (
        "import sys, time, pathlib; from launchrole.sandbox import Sandbox; started = time.perf_counter(); "
        "sandbox = Sandbox(pathlib.Path(sys.argv[1])); print(time.perf_counter() - started, sandbox.replayed)"
    )
    writer = (
        "import os, sys, pathlib; from launchrole.sandbox import Sandbox; "
        "sandbox = Sandbox(pathlib.Path(sys.argv[1])); "
        "s3 = sandbox.client('s3'); s3.create_bucket(Bucket='bucket'); "
        "[s3.put_object(Bucket='bucket', Key=str(n), Body=b'x') for n in range(int(sys.argv[2]))]; os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", writer, str(directory), str(calls)], check=True)
    done = subprocess.run([sys.executable, "-c", code, str(directory)], check=True, capture_output=True, text=True)
    seconds, replayed = done.stdout.split()
    return float(seconds), int(replayed)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--calls", type=int, default=10_000, help="journalled calls before the restart")
    arguments.add_argument("--only", choices=["moto", "launchrole"], help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.only:
        print(of_moto() if chosen.only == "moto" else of_launchrole())
        return
    os.environ.pop("AWS_PROFILE", None)
    moto, ours = in_process()
    print(f"in process         moto {moto:7.0f} calls/s   launchrole {ours:7.0f} calls/s   {ours / moto:5.2f} times")
    with tempfile.TemporaryDirectory() as folder:
        for clients in (1, CLIENTS):
            with moto_server() as (url, keys, _):
                theirs = over_http(url, keys, clients)
            with launchrole_up(Path(folder) / f"state-{clients}") as (url, keys, pid):
                here = over_http(url, keys, clients)
                use_twenty(url, keys)
                used = memory(pid)
            print(
                f"HTTP, {clients} client{'s' if clients > 1 else ' '}    moto {theirs:7.0f} calls/s   "
                f"launchrole {here:7.0f} calls/s   {here / theirs:5.2f} times"
            )
        print(f"memory, 20 services in use   {used:.0f} MB")
        started = time.perf_counter()
        with launchrole_up(Path(folder) / "fresh"):
            print(f"ready, cold   {time.perf_counter() - started:.2f} s")
        seconds, replayed = restart(Path(folder) / "journal", chosen.calls)
        print(f"restart with {chosen.calls} journalled calls   {seconds:.2f} s ({replayed} replayed)")


if __name__ == "__main__":
    main()
