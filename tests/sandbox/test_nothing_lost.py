"""kill -9 under mixed load: what was acknowledged is there afterwards, with the same ids and times."""

import contextlib
import itertools
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from endpoint import SESSION, allow, trust

KILLS = 50
IN_EVERY_RUN = 6


class Server:
    """`launchrole up` in a process of its own, on one state directory."""

    def __init__(self, directory):
        self.state = directory / "state"
        self.ready = directory / "ready"
        self.log = directory / "log"

    def start(self):
        self.ready.unlink(missing_ok=True)
        command = [sys.executable, "-m", "launchrole", "up", "--port", "0", "--state", str(self.state), "--quiet"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--ready-file", str(self.ready)], stdout=log, stderr=log, env={**os.environ, "NO_COLOR": "1"}
            )
        deadline = time.monotonic() + 120
        while not self.ready.exists():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.01)
        self.url = self.ready.read_text().strip()
        lines = dict(
            line.split(" = ") for line in (self.state / "credentials").read_text().splitlines() if " = " in line
        )
        self.keys = (lines["aws_access_key_id"], lines["aws_secret_access_key"])
        return self

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(30) == 0, self.log.read_text()

    def client(self, service):
        return SESSION.client(
            service,
            "us-east-1",
            endpoint_url=self.url,
            aws_access_key_id=self.keys[0],
            aws_secret_access_key=self.keys[1],
        )


def plain(response):
    return {name: value for name, value in response.items() if name != "ResponseMetadata"}


def role(client, name):
    client.create_role(
        RoleName=name, Path="/load/", AssumeRolePolicyDocument=trust("lambda"), Tags=[{"Key": "made", "Value": name}]
    )
    return lambda client: plain(client.get_role(RoleName=name))


def user_with_key(client, name):
    client.create_user(UserName=name)
    client.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=allow("s3:GetObject"))
    made = plain(client.create_access_key(UserName=name))["AccessKey"]["AccessKeyId"]
    return lambda client: (
        plain(client.get_user(UserName=name)),
        [key["AccessKeyId"] for key in client.list_access_keys(UserName=name)["AccessKeyMetadata"]] == [made],
    )


def thing(client, name):
    client.put_object(Bucket="load", Key=name, Body=name.encode() * 100, Tagging="made=true")
    return lambda client: (
        client.get_object(Bucket="load", Key=name)["Body"].read() == name.encode() * 100,
        client.head_object(Bucket="load", Key=name)["LastModified"],
        client.get_object_tagging(Bucket="load", Key=name)["TagSet"],
    )


def key(client, name):
    made = client.create_key(Description=name)["KeyMetadata"]["KeyId"]
    secret = client.encrypt(KeyId=made, Plaintext=b"secret")["CiphertextBlob"]
    return lambda client: (
        plain(client.describe_key(KeyId=made)),
        client.decrypt(CiphertextBlob=secret, KeyId=made)["Plaintext"],
    )


def network(client, name):
    made = client.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    pair = client.create_key_pair(KeyName=name)["KeyFingerprint"]
    return lambda client: (
        client.describe_vpcs(VpcIds=[made])["Vpcs"],
        [one["KeyFingerprint"] for one in client.describe_key_pairs(KeyNames=[name])["KeyPairs"]] == [pair],
    )


def model(client, name):
    client.create_model(
        ModelName=name,
        ExecutionRoleArn="arn:aws:iam::123456789012:role/load",
        PrimaryContainer={"Image": "image"},
        Tags=[{"Key": "made", "Value": "true"}],
    )
    return lambda client: plain(client.describe_model(ModelName=name))


def stack(client, name):
    client.create_stack(
        StackName=name, TemplateBody='{"Resources": {"H": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}}'
    )
    return lambda client: finished(client, name)


def finished(client, name):
    """A stack that is created, its events in their order."""
    until = time.monotonic() + 120
    while client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"] != "CREATE_COMPLETE":
        assert time.monotonic() < until, name
        time.sleep(0.05)
    events = client.describe_stack_events(StackName=name)["StackEvents"]
    return [(one["LogicalResourceId"], one["ResourceStatus"]) for one in events]


def message(client, name):
    queue = client.create_queue(QueueName=name)["QueueUrl"]
    made = client.send_message(QueueUrl=queue, MessageBody=name)["MessageId"]
    return lambda client: (
        client.get_queue_attributes(QueueUrl=queue, AttributeNames=["CreatedTimestamp", "ApproximateNumberOfMessages"])[
            "Attributes"
        ],
        made and None,
    )


WORK = {
    "iam": [role, user_with_key],
    "s3": [thing],
    "kms": [key],
    "ec2": [network],
    "sagemaker": [model],
    "cloudformation": [stack],
    "sqs": [message],
}


class Load:
    """Writers that go on until the server is gone; what was acknowledged is kept with what it looked like."""

    def __init__(self):
        self.names = itertools.count()
        self.kept = []
        self.empty = []
        self.lock = threading.Lock()

    def run(self, server, writes, seconds):
        """Write until so many more writes are acknowledged, and some moments longer; then kill."""
        wanted = len(self.kept) + writes
        threads = [
            threading.Thread(target=self._write, args=(server.client(service), service, work))
            for service, works in WORK.items()
            for work in works
        ]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + 60
        while len(self.kept) < wanted and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(seconds)
        server.kill()
        for thread in threads:
            thread.join(60)

    def _write(self, client, service, work):
        while True:
            name = f"load-{next(self.names)}"
            try:
                look = work(client, name)
            except Exception:  # the server has been killed
                return
            seen = None
            with contextlib.suppress(Exception):  # killed before it was looked at
                seen = look(client)
                if not seen:  # an answer that broke off is an empty one to some clients, but no second one comes
                    seen = None
                    look(client)
                    self.empty.append((service, name))
            with self.lock:
                self.kept.append((service, name, look, seen))
            if seen is None:
                return

    def check(self, server, newest):
        clients = {service: server.client(service) for service in WORK}
        for service, name, look, seen in self.kept[-newest:]:
            found = look(clients[service])
            assert seen in (None, found), (service, name)


def go_through(directory, kills):
    server = Server(directory).start()
    server.client("s3").create_bucket(Bucket="load")
    server.client("iam").create_role(RoleName="load", AssumeRolePolicyDocument=trust("sagemaker"))
    load = Load()
    for number in range(kills):
        load.run(server, 6, 0.037 * (number % 9))
        server.start()
        load.check(server, newest=60)
    load.check(server, newest=len(load.kept))
    server.stop()
    server.start()
    load.check(server, newest=len(load.kept))
    server.stop()
    assert load.empty == []
    assert len(load.kept) >= 6 * kills


def test_a_few_times(tmp_path):
    go_through(tmp_path, IN_EVERY_RUN)


@pytest.mark.slow
def test_fifty_times(tmp_path):
    go_through(tmp_path, KILLS)
