"""Decision cases made at random, in the format of conformance/: small alphabets, so that things collide.

A case is built from one seed with Python's own generator: hypothesis draws the seed, which makes 20,000 cases a matter
of seconds. A failing seed is a whole counterexample; `shrunk` takes statements, conditions and context keys away from
it for as long as it goes on failing.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator

ACCOUNT, OTHER = "111111111111", "222222222222"

PRINCIPALS = [
    *[f"arn:aws:iam::{ACCOUNT}:user/alice"] * 6,
    *[f"arn:aws:sts::{ACCOUNT}:assumed-role/R/s"] * 6,
    f"arn:aws:iam::{ACCOUNT}:role/R",
    f"arn:aws:sts::{ACCOUNT}:federated-user/fred",
    f"arn:aws:iam::{ACCOUNT}:root",
    f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX",
    f"arn:aws:iam::{ACCOUNT}:saml-provider/idp",
    "lambda.amazonaws.com",
    "accounts.google.com",
    "*anonymous*",
]

ACTIONS = [
    *["s3:GetObject"] * 4,
    "s3:PutObject",
    "s3:PutObject",
    "s3:GetBucketPolicy",
    "ec2:StartInstances",
    "kms:Decrypt",
    "sts:AssumeRole",
]
ACTION_PATTERNS = [
    *ACTIONS,
    *["*"] * 10,
    "s3:*",
    "S3:getobject",
    "s3:Get*",
    "s3:?etObject",
    "s3:*Object",
    "ec2:*",
    "kms:*",
    "sts:*",
    "sts:GetCallerIdentity",
]

RESOURCES = {
    "s3": ["arn:aws:s3:::b/k", "arn:aws:s3:::b/alice/k", "arn:aws:s3:::b", "*"],
    "ec2": [f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/i-1", f"arn:aws:ec2:us-east-1:{OTHER}:instance/i:2"],
    "kms": [f"arn:aws:kms:us-east-1:{ACCOUNT}:key/k", f"arn:aws:kms:us-east-1:{OTHER}:key/k", "*"],
    "sts": [f"arn:aws:iam::{ACCOUNT}:role/T", f"arn:aws:iam::{OTHER}:role/T"],
}
RESOURCE_PATTERNS = [
    *["*"] * 12,
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b/k",
    "arn:aws:s3:::?/*",
    "arn:aws:s3:::b*",
    "arn:aws:s3:::b/${aws:username}/*",
    "arn:aws:s3:::b/${k:s, 'alice'}/?",
    "arn:aws:s3:::b/${*}",
    "arn:aws:s3:*",
    "arn:aws:ec2:*:*:instance/*",
    f"arn:aws:ec2:us*1:{ACCOUNT}:instance/i?1",
    "arn:aws:ec2:us-east-1*:instance/i-1",
    "arn:aws:ec2:${k:s}:*:instance/*",
    f"arn:aws:kms:*:{ACCOUNT}:key/k",
    f"arn:aws:iam::{ACCOUNT}:role/*",
    "arn:aws:iam::*:role/T",
]

TEXTS = ["alice", "Alice", "bob", "a*", "", "*"]
CONTEXT = {
    "aws:username": TEXTS,
    "k:s": TEXTS,
    "k:n": ["5", "5.0", "10", "-1", "five"],
    "k:d": ["2024-01-01T00:00:00Z", "1704067200", "2024-01-01", "2024-06-01T12:00:00+02:00", "-1.2", "-1", "never"],
    "k:b": ["true", "false", "TRUE"],
    "k:x": ["QUI=", "QUJD", "no base64!"],
    "aws:SourceIp": ["10.0.0.1", "192.168.1.1", "2001:db8::1", "nowhere"],
    "aws:PrincipalArn": [f"arn:aws:iam::{ACCOUNT}:role/R", f"arn:aws:iam::{ACCOUNT}:user/alice"],
    "aws:TagKeys": ["a", "b", "A", ""],
}
# What AWS would tell of a session's role, whose path its own ARN does not hold.
ROLES_OF_SESSION = [f"arn:aws:iam::{ACCOUNT}:role/R", f"arn:aws:iam::{ACCOUNT}:role/team/R"]
SPELLINGS = {
    "k:s": ["k:s", "K:S"],
    "aws:username": ["aws:username", "aws:UserName"],
    "aws:TagKeys": ["aws:tagkeys", "aws:TagKeys"],
}

ARN_PATTERNS = [
    f"arn:aws:iam::{ACCOUNT}:role/R",
    "arn:aws:iam::*:user/*",
    "arn:aws:iam::*:user/${aws:username}",
    f"arn:aws:iam::{ACCOUNT}:*",
    "*",
    "arn:aws:iam:*",
    "alice",
]
FAMILIES: list[tuple[list[str], list[str], list[object]]] = [
    (
        [
            "StringEquals",
            "StringNotEquals",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
            "StringLike",
            "StringNotLike",
        ],
        ["k:s", "aws:username", "aws:TagKeys", "k:n"],
        [
            *TEXTS,
            "a",
            "b",
            "ali*",
            "?ob",
            "${aws:username}",
            "${k:s}",
            "${k:s, 'bob'}",
            "a${*}",
            "${aws:TagKeys}*",
            "5",
        ],
    ),
    (
        [
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericLessThanEquals",
            "NumericGreaterThan",
            "NumericGreaterThanEquals",
        ],
        ["k:n", "k:s"],
        ["5", 5, 7.5, "10", "-1", "five", "${k:n}"],
    ),
    (
        [
            "DateEquals",
            "DateNotEquals",
            "DateLessThan",
            "DateLessThanEquals",
            "DateGreaterThan",
            "DateGreaterThanEquals",
        ],
        ["k:d"],
        ["2024-01-01T00:00:00Z", "2024-01-01", "1704067200", 1704067200, "2024-06-01T10:00Z", "-1.5", -1.2, "never"],
    ),
    (["Bool"], ["k:b", "k:s"], ["true", "false", True, False, "True", "yes"]),
    (["BinaryEquals"], ["k:x"], ["QUI=", "QUJD", "no base64!"]),
    (
        ["IpAddress", "NotIpAddress"],
        ["aws:SourceIp"],
        ["10.0.0.0/8", "10.0.0.1", "192.168.1.9/24", "2001:DB8::/32", "nowhere", "0.0.0.0/0", "10.0.0.0/0.255.255.255"],
    ),
    (["ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"], ["aws:PrincipalArn", "k:s"], ARN_PATTERNS),
    (["Null"], [*CONTEXT], ["true", "false", True, False]),
]

ENTRIES: list[object] = [
    *["*"] * 4,
    {"AWS": "*"},
    {"AWS": ACCOUNT},
    {"AWS": OTHER},
    {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    {"AWS": f"arn:aws:iam::{ACCOUNT}:user/alice"},
    {"AWS": f"arn:aws:iam::{ACCOUNT}:role/R"},
    {"AWS": f"arn:aws:iam::{ACCOUNT}:role/team/R"},
    {"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/R/s"},
    {"AWS": f"arn:aws:sts::{ACCOUNT}:federated-user/fred"},
    {"AWS": [f"arn:aws:iam::{ACCOUNT}:user/alice", f"arn:aws:iam::{ACCOUNT}:root"]},
    {"AWS": [f"arn:aws:iam::{ACCOUNT}:role/R", f"arn:aws:sts::{ACCOUNT}:assumed-role/R/s", ACCOUNT]},
    {"Service": "lambda.amazonaws.com", "AWS": OTHER},
    {"Service": ["lambda.amazonaws.com", "sns.amazonaws.com"]},
    {"Federated": "accounts.google.com"},
    {"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/idp"},
]


def case(seed: int) -> dict[str, object]:
    """The case of a seed."""
    r = random.Random(seed)
    action = r.choice(ACTIONS) if r.random() < 0.97 else "sts:GetCallerIdentity"
    resource = r.choice(RESOURCES[action.partition(":")[0]])
    principal = r.choice(PRINCIPALS)
    request = {
        "principal": principal,
        "action": action,
        "resource": resource,
        "resource_account": r.choice([*[ACCOUNT] * 5, OTHER]) if ":s3:" in resource else account_of(resource),
        "context": context(r, principal),
    }
    policies: dict[str, object] = {}
    if r.random() < 0.85:
        policies["identity"] = [document(r) for _ in range(r.choice([1, 1, 2]))]
    guarded = action in ("kms:Decrypt", "sts:AssumeRole") or request["resource_account"] == OTHER
    if r.random() < (0.9 if guarded else 0.4):
        policies["resource"] = document(r, principals=True)
    if r.random() < 0.25:
        policies["permissions_boundary"] = [document(r)]
    if r.random() < 0.25:
        policies["session"] = [document(r)]
    if r.random() < 0.2:
        policies["scp"] = [{"target": "root", "policies": [document(r)]} for _ in range(r.choice([1, 2]))]
    if r.random() < 0.15:
        policies["rcp"] = [{"target": "root", "policies": [document(r, principals=True)]}]
    if r.random() < 0.1:
        policies["vpc_endpoint"] = [document(r, principals=True)]
    return {"policies": policies, "request": request}


def account_of(resource: str) -> str:
    parts = resource.split(":")
    return parts[4] if len(parts) > 4 and parts[4] else ACCOUNT


def values_of(key: str, principal: str) -> list[str]:
    """The values of a context key that go with a caller."""
    return ROLES_OF_SESSION if key == "aws:PrincipalArn" and ":assumed-role/" in principal else CONTEXT[key]


def context(r: random.Random, principal: str) -> dict[str, object]:
    found: dict[str, object] = {}
    for key in CONTEXT:
        values = values_of(key, principal)
        if r.random() < 0.5:
            spelled = r.choice(SPELLINGS.get(key, [key]))
            many = key == "aws:TagKeys" or (values is not ROLES_OF_SESSION and r.random() < 0.1)
            found[spelled] = r.sample(values, r.choice([0, 1, 1, 2])) if many else r.choice(values)
    if r.random() < 0.03:
        found |= {"K:s": "alice", "k:S": "bob"}
    return found


def document(r: random.Random, *, principals: bool = False) -> dict[str, object]:
    statements = [statement(r, principals=principals) for _ in range(r.choice([1, 1, 2, 3]))]
    version = r.choice(["2012-10-17", "2012-10-17", "2012-10-17", "2012-10-17", "2008-10-17", None])
    body: dict[str, object] = {} if version is None else {"Version": version}
    return body | {"Statement": statements[0] if len(statements) == 1 and r.random() < 0.3 else statements}


def statement(r: random.Random, *, principals: bool) -> dict[str, object]:
    made: dict[str, object] = {"Effect": r.choice([*["Allow"] * 6, "Deny"])}
    if principals:
        made["NotPrincipal" if r.random() < 0.15 else "Principal"] = r.choice(ENTRIES)
    made["NotAction" if r.random() < 0.1 else "Action"] = some(r, ACTION_PATTERNS)
    made["NotResource" if r.random() < 0.1 else "Resource"] = some(r, RESOURCE_PATTERNS)
    if r.random() < 0.5:
        block: dict[str, dict[str, object]] = {}
        for _ in range(r.choice([1, 1, 1, 2])):
            operator, key, values = condition(r)
            block.setdefault(operator, {})[key] = values
        made["Condition"] = block
    return made


def condition(r: random.Random) -> tuple[str, str, object]:
    operators, keys, values = r.choice(FAMILIES)
    operator = r.choice(operators)
    if operator != "Null":
        operator = r.choice(["", "", "", "ForAllValues:", "ForAnyValue:"]) + operator + r.choice(["", "", "IfExists"])
    key = r.choice(keys)
    return operator, r.choice(SPELLINGS.get(key, [key])), some(r, values)


def some(r: random.Random, values: list[object] | list[str]) -> object:
    count = r.choice([1, 1, 1, 2, 3])
    chosen = r.sample(values, min(count, len(values)))
    chosen = list(dict.fromkeys(chosen))
    return chosen[0] if count == 1 and r.random() < 0.7 else chosen


def shrunk(failing: dict[str, object], fails: Callable[[dict[str, object]], bool]) -> dict[str, object]:
    """A smaller case that still fails, for a person to read."""
    smaller = True
    while smaller:
        smaller = False
        for candidate in reductions(failing):
            try:
                still = fails(candidate)
            except Exception:
                continue
            if still:
                failing, smaller = candidate, True
                break
    return failing


def reductions(value: dict[str, object]) -> Iterator[dict[str, object]]:
    """The case with one member or item left out, in all ways."""
    for path in list(paths(value, ())):
        reduced = copy.deepcopy(value)
        target: object = reduced
        for part in path[:-1]:
            target = target[part]  # type: ignore[index]
        del target[path[-1]]  # type: ignore[attr-defined]
        yield reduced


def paths(value: object, path: tuple[object, ...]) -> Iterator[tuple[object, ...]]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        if len(path) > 0:
            yield (*path, key)
        yield from paths(member, (*path, key))
