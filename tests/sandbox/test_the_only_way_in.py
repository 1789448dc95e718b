"""The door is the one way to a service: by who imports what, and by what happens when a call is made."""

import ast
import threading
from pathlib import Path

import pytest

import launchrole
from endpoint import allow, trust
from launchrole.account import moto_services

SOURCE = Path(launchrole.__file__).parent

MAY_IMPORT_MOTO = {
    "account/aws_images.py",
    "account/aws_policies.py",
    "account/checkpoints.py",
    "account/determinism.py",
    "account/directory.py",
    "account/moto_services.py",
    "account/resource_policies.py",
    "account/wire/answer.py",
    "facts/build.py",
}
"""The door itself. `wire/answer` uses moto's serializers only, `facts/build` reads moto's data when facts are made."""


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            inside = SOURCE.parent / node.module.replace(".", "/")
            modules = [name.name for name in node.names if (inside / f"{name.name}.py").exists()]
            yield from (f"{node.module}.{name}" for name in modules)
            if len(modules) < len(node.names):
                yield node.module


def importers(package):
    return {
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if any(name == package or name.startswith(package + ".") for name in imports(path))
    }


def test_only_the_door_imports_moto():
    assert importers("moto") <= MAY_IMPORT_MOTO


READ_ONLY = {"launchrole.services.state_machines"} | {
    f"launchrole.services.cloudformation.{name}"
    for name in (
        "custom_resources",
        "environment",
        "graph",
        "handlers.action",
        "handlers.declarations",
        "handlers.registry",
        "handlers.shapes",
        "intrinsics",
        "parameters",
        "preparation",
        "stacks",
        "template",
    )
}
"""Modules about texts and rows, without an operation: verbs and preflight read templates, responses and kept events by
them."""


def test_services_are_imported_by_each_other_and_by_the_composition_root():
    others = {name for name in importers("launchrole.services") if not name.startswith("services/")} - {"sandbox.py"}
    for name in others:
        found = {one for one in imports(SOURCE / name) if one.startswith("launchrole.services")}
        assert found <= READ_ONLY, name
    for name in READ_ONLY:
        path = SOURCE / f"{name.removeprefix('launchrole.').replace('.', '/')}.py"
        assert ".operation(" not in path.read_text()


def test_moto_is_called_by_the_gateway_only():
    callers = importers("launchrole.account.moto_services") | importers("launchrole.account")
    calling = {name for name in callers if "moto_services.call(" in (SOURCE / name).read_text()}
    assert calling == {"account/gateway.py", "account/replay.py"}  # replay makes journalled calls again, unasked


def test_no_call_reaches_a_service_without_a_stored_decision(endpoint, monkeypatch):
    sandbox = endpoint.sandbox
    real, seen = moto_services.call, []

    def watched(target, operation, params, account, region):
        (count,) = sandbox.store.connection.execute(
            "SELECT count(*) FROM decisions WHERE verdict = 'ALLOWED' AND operation = ?",
            (f"{target.service}:{operation.name}",),
        ).fetchone()
        seen.append((operation.name, count))
        return real(target, operation, params, account, region)

    monkeypatch.setattr(moto_services, "call", watched)
    root = endpoint.client("iam", sandbox.root())
    root.create_role(RoleName="r", AssumeRolePolicyDocument=trust("lambda"))
    root.list_roles()
    endpoint.client("s3", sandbox.root()).create_bucket(Bucket="bucket")
    session = sandbox.assume("arn:aws:iam::123456789012:role/r", "lambda.amazonaws.com", "s")
    with pytest.raises(Exception, match="AccessDenied"):
        endpoint.client("s3", session).list_objects_v2(Bucket="bucket")
    assert seen == [("CreateRole", 1), ("ListRoles", 1), ("CreateBucket", 1)]


def test_64_clients_at_once_leave_a_consistent_state(endpoint):
    sandbox = endpoint.sandbox
    root = sandbox.root()
    endpoint.client("iam", root).create_role(RoleName="r", AssumeRolePolicyDocument=trust("lambda"))
    endpoint.client("iam", root).put_role_policy(
        RoleName="r",
        PolicyName="p",
        PolicyDocument=allow(["s3:*", "sqs:*"], ["arn:aws:s3:::ok-*", "arn:aws:sqs:*:*:ok-*"]),
    )
    session = sandbox.assume("arn:aws:iam::123456789012:role/r", "lambda.amazonaws.com", "s")
    clients = [(endpoint.client("s3", session), endpoint.client("sqs", session)) for _ in range(64)]
    wrong = []

    def work(number):
        s3, sqs = clients[number]
        try:
            s3.create_bucket(Bucket=f"ok-{number}")
            for key in range(3):
                s3.put_object(Bucket=f"ok-{number}", Key=str(key), Body=b"%d" % number)
            queue = sqs.create_queue(QueueName=f"ok-{number}")["QueueUrl"]
            sqs.send_message(QueueUrl=queue, MessageBody=str(number))
        except Exception as error:
            wrong.append(error)
        try:
            s3.create_bucket(Bucket=f"not-{number}")
            wrong.append(f"not-{number} was created")
        except s3.exceptions.ClientError:
            pass

    threads = [threading.Thread(target=work, args=(number,)) for number in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert wrong == []
    s3 = endpoint.client("s3", root)
    assert sorted(one["Name"] for one in s3.list_buckets()["Buckets"]) == sorted(f"ok-{n}" for n in range(64))
    assert all(s3.get_object(Bucket=f"ok-{n}", Key="2")["Body"].read() == b"%d" % n for n in range(64))
    assert len(endpoint.client("sqs", root).list_queues()["QueueUrls"]) == 64
    (journalled,) = sandbox.store.connection.execute("SELECT count(*) FROM journal").fetchone()
    assert journalled == 2 + 64 * 6
