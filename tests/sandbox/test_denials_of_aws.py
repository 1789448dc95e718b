"""Denials that AWS really gave: the endpoint gives the same code and sentence."""

import json
import os
import re
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from endpoint import trust
from real_denials import ACCOUNT, CALLER, OTHER, Made, call_of, records
from shared_inputs import REPOSITORY, needs_shared

TABLE = Path(REPOSITORY) / "docs" / "real-denials.md"
RECORDS = records()
MADE = [record for record in RECORDS if isinstance(call_of(record), Made)]


def region_of(record):
    found = re.match(r"\"?arn:aws[\w-]*:[\w-]*:([a-z]{2}-[a-z]+-\d):", record.resource or "")
    return found[1] if found else "us-east-1"


def here(resource):
    """A record's resource with this account in it, and the names that the call gives."""
    found = re.sub(r"<acct>|<account>|111122223333|12177405288|12344", ACCOUNT, resource)
    found = found.replace("BUCKET", "bucket").replace("arn:aws-us-gov:ec2:us-gov-west-1", "arn:aws:ec2:us-east-1")
    found = re.sub(r"arn:aws:ec2:(?![a-z]{2}-[a-z]+-\d:)[\w-]+:", "arn:aws:ec2:us-east-1:", found)
    return found.replace("...[cut]", "notebook")


def policies(how, boundary):
    """The caller's policy, and the boundary's."""
    statements = [{"Effect": "Allow", "Action": "launchrole:Nothing", "Resource": "*"}]
    if how.startswith("allow "):
        statements.append({"Effect": "Allow", "Action": how.split()[1:], "Resource": "*"})
    if how == "deny":
        statements.append({"Effect": "Deny", "Action": "*", "Resource": "*"})
    if boundary:
        statements.append({"Effect": "Allow", "Action": "*", "Resource": "*"})
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def caller(endpoint, how):
    root = endpoint.client("iam", endpoint.sandbox.root())
    made = {}
    if "boundary" in how:
        limit = {"Effect": "Deny" if how.startswith("deny") else "Allow", "Action": "*", "Resource": "*"}
        if how == "boundary":
            limit["Action"] = "launchrole:Nothing"
        made["policy"] = root.create_policy(
            PolicyName="DeveloperBoundary", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [limit]})
        )["Policy"]["Arn"]
        made["boundary"] = {"PermissionsBoundary": made["policy"]}
    root.create_role(RoleName="caller", AssumeRolePolicyDocument=trust("lambda"), **made.get("boundary", {}))
    allow_all = "boundary" in how or how == "other"
    root.put_role_policy(RoleName="caller", PolicyName="p", PolicyDocument=policies(how, allow_all))
    return endpoint.sandbox.assume(f"arn:aws:iam::{ACCOUNT}:role/caller", "lambda.amazonaws.com", "session"), made


def make(endpoint, record):
    """Make the record's call; the code and the message of the answer."""
    call = call_of(record)
    region = region_of(record)
    session, made = caller(endpoint, call.how)
    endpoint.client("s3", endpoint.sandbox.root()).create_bucket(Bucket="bucket")
    if call.how == "other":
        made["topic"] = endpoint.client("sns", endpoint.sandbox.root(OTHER), region).create_topic(Name="topic")[
            "TopicArn"
        ]
        endpoint.client("ecr", endpoint.sandbox.root(OTHER), region).create_repository(
            repositoryName="ace-c3/caldera-dashboard"
        )
    made["arn"] = here(record.resource or "")
    params = {
        name: value.format(**{key: one for key, one in made.items() if isinstance(one, str)})
        if isinstance(value, str) and value.startswith("{") and value != "{}"
        else value
        for name, value in call.params.items()
    }
    client = endpoint.client(call.service, session, region)
    with pytest.raises(ClientError) as denied:
        getattr(client, call.method)(**params)
    error = denied.value.response["Error"]
    return error["Code"], error["Message"], made


def expected(record, made):
    """AWS' sentence with this caller and account; the rest of it may be newer than the record."""
    if record.action is None:
        return record.note.partition("whole message: ")[2].partition(" (")[0] or None
    sentence = f"User: {CALLER} is not authorized to perform: {record.action}"
    if record.resource:
        resource = here(record.resource)
        if "policy" in made and resource.startswith("policy arn:"):
            resource = f"policy {made['policy']}"
        if "topic" in made:
            resource = resource.replace("TBICWizPushNotifications", "topic").replace(ACCOUNT, OTHER)
        sentence += f" on resource: {resource}"
    reason = record.reason.replace("<ACTION>", record.action or "").partition(". Encoded")[0]
    if "boundary: arn" in reason:
        reason = f"{reason.partition(': arn')[0]}: {made['policy']}"
    return f"{sentence} {reason}".strip()


def comparable(text):
    """Without what differs for reasons of its own: what a source cut off, and the rest of the sentence."""
    return re.sub(r"arn:aws:[\w-]+(:[\w-]*)?:?\d*(:\w*)?\[TRUNCATED[^\]]*\]", "CUT", text)


def outcome(endpoint, record):
    """None if the record is met, else what differs."""
    code, message, made = make(endpoint, record)
    wanted = expected(record, made)
    if record.action is None:
        if record.operation == "iam:SimulatePrincipalPolicy":
            wanted = f"Invalid ARN provided in the request: {CALLER}"
        return None if (code, message) == (record.code, wanted) else f"{code}: {message}"
    if "TRUNCATED" in wanted:
        start, _, end = wanted.partition("arn:")
        cut = re.sub(r"\[TRUNCATED.*?\]", "", end.partition(" ")[0])
        end = end[end.index("]") + 1 :]
        met = message.startswith(start + "arn:" + cut[:18]) and message.endswith(end)
    else:
        plain = message.removeprefix("You are not authorized to perform this operation. ")
        met = plain.startswith(wanted)
    return None if met and code == record.code else f"{code}: {message}"


@needs_shared
@pytest.mark.parametrize("record", MADE, ids=lambda record: f"{record.number} {record.operation}")
def test_a_record_is_met(endpoint, record):
    assert outcome(endpoint, record) is None


def table():
    """The table in docs/: which records are met, which are out of reach, and why."""
    out = [(record, call_of(record)) for record in RECORDS if not isinstance(call_of(record), Made)]
    lines = [
        "# Denials that AWS really gave",
        "",
        f"{len(RECORDS)} recorded answers of AWS were gathered; {len(MADE)} of them are made again by the tests,",
        "through boto3 against the endpoint, with the same error code, action, resource and sentence. The account, the",
        "caller and the names of buckets stand for those of the records. This table is generated:",
        "`UPDATE=1 pytest tests/sandbox/test_denials_of_aws.py -k table`.",
        "",
        "| record | operation | action | |",
        "|---|---|---|---|",
    ]
    for record in RECORDS:
        call = call_of(record)
        told = "met" if isinstance(call, Made) else f"out of reach: {call}"
        lines.append(f"| {record.number} | {record.operation} | {record.action or ''} | {told} |")
    assert len(out) + len(MADE) == len(RECORDS)
    return "\n".join(lines) + "\n"


@needs_shared
def test_the_table_is_up_to_date():
    if os.environ.get("UPDATE"):
        TABLE.write_text(table())
    assert TABLE.read_text() == table()


@needs_shared
def test_most_records_are_within_reach():
    assert len(MADE) >= 70
