"""What the engines are asked: policies, and requests whose right answers are known without asking an engine."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from launchrole.facts import managed_policies

DATA = Path(__file__).resolve().parent / "data"
ACCOUNT = "111122223333"
REGION = "us-east-1"
USER = f"arn:aws:iam::{ACCOUNT}:user/team-a/dana"


@dataclass(frozen=True, slots=True)
class Question:
    """A request as a caller holds it, before any engine's own form of it; `expected` is a conformance decision."""

    principal: str
    action: str
    resource: str
    context: Mapping[str, str | list[str]]
    expected: str

    @property
    def is_allowed(self) -> bool:
        return self.expected == "allow"


@dataclass(frozen=True, slots=True)
class Workload:
    """Policies are JSON texts: reading them is part of preparing an engine."""

    title: str
    identity: tuple[str, ...]
    questions: tuple[Question, ...]
    boundary: tuple[str, ...] = ()
    session: tuple[str, ...] = ()


def launch() -> Workload:
    """The policy of the launch role, and 20 calls of a launch; `launchrole test` runs the same file."""
    cases = json.loads((DATA / "launch_requests.json").read_text(encoding="utf-8"))["cases"]
    questions = tuple(
        Question(
            case["request"]["principal"],
            case["request"]["action"],
            case["request"]["resource"],
            case["request"]["context"],
            case["expected"]["decision"],
        )
        for case in cases
    )
    policy = managed_policies.document(managed_policies.LAUNCH_ROLE_POLICY, "v4")
    return Workload("the launch role's policy (31 statements), 20 calls of a launch", (policy,), questions)


SERVICES = (
    *("apigateway", "athena", "batch", "cloudformation", "cloudwatch", "codebuild", "codecommit", "codepipeline"),
    *("dynamodb", "ec2", "ecr", "ecs", "eks", "elasticache", "events", "firehose", "glue", "kinesis", "lambda", "logs"),
    *("rds", "redshift", "sagemaker", "secretsmanager", "sns", "sqs", "ssm", "states", "transfer", "workspaces"),
    *("appconfig", "appsync", "backup", "dms", "elasticfilesystem", "emr-serverless", "fsx", "kafka", "quicksight"),
    "timestream",
)
SESSION_SERVICES = SERVICES[:20]
BOUNDARY_SERVICES = SERVICES[:30]


def team() -> Workload:
    """200 statements with wildcards in their actions, five for each of 40 services, in four identity policies.

    The boundary leaves 30 of the services, the session policy 20 of those, and in one region. What a question must
    get follows from that plan, not from an engine.
    """
    statements = [statement for service in SERVICES for statement in _statements(service)]
    quarter = len(statements) // 4
    identity = tuple(_document(statements[start : start + quarter]) for start in range(0, len(statements), quarter))
    boundary: list[Mapping[str, object]] = [
        *(
            _allow([f"{service}:*" for service in BOUNDARY_SERVICES[start : start + 5]], "*")
            for start in range(0, 30, 5)
        ),
        {"Effect": "Deny", "Action": ["iam:*", "organizations:*"], "Resource": "*"},
    ]
    session = [
        _allow([f"{service}:*" for service in SESSION_SERVICES], "*", {"StringEquals": {"aws:RequestedRegion": REGION}})
    ]
    return Workload(
        "200 statements with wildcard actions, boundary and session policy, 20 requests",
        identity,
        tuple(_questions()),
        boundary=(_document(boundary),),
        session=(_document(session),),
    )


def hostile() -> Workload:
    """One resource pattern on which matchers that backtrack take exponential time."""
    policy = _document([_allow(["s3:GetObject"], "arn:aws:s3:::b/" + "*a" * 12 + "b")])
    return Workload("a pattern of twelve `*a`", (policy,), (_question("s3:GetObject", "arn:aws:s3:::b/" + "a" * 40),))


def _statements(service: str) -> Iterator[dict[str, object]]:
    own = f"arn:aws:{service}:*:{ACCOUNT}:*/team-a-*"
    yield _allow([f"{service}:Describe*", f"{service}:List*", f"{service}:Get*"], "*")
    yield _allow([f"{service}:Create*", f"{service}:Update*", f"{service}:Delete*"], own)
    yield _allow([f"{service}:*Tag*"], "*", {"StringEquals": {"aws:ResourceTag/team": "a"}})
    yield _allow([f"{service}:Start*", f"{service}:Stop*"], own, {"StringLike": {"aws:RequestTag/cost-center": "cc-*"}})
    yield {
        "Effect": "Deny",
        "Action": f"{service}:Delete*",
        "Resource": f"arn:aws:{service}:*:*:*/team-*-production-*",
    }


def _questions() -> Iterator[Question]:
    inside, bounded, outside = SESSION_SERVICES[8], BOUNDARY_SERVICES[25], SERVICES[35]
    first, last = SESSION_SERVICES[0], SESSION_SERVICES[-1]
    yield _question(f"{first}:ListThings", "*", allowed=True)
    yield _question(f"{last}:DescribeThing", _thing(last, "team-b-store"), allowed=True)
    yield _question(f"{inside}:GetThing", _thing(inside, "team-a-store"), allowed=True)
    yield _question(f"{bounded}:DescribeThing", _thing(bounded, "team-a-store"))  # the session policy does not allow
    yield _question(f"{outside}:DescribeThing", _thing(outside, "team-a-store"))  # nor does the boundary
    yield _question("iam:ListRoles", "*", expected="explicit_deny")
    yield _question("s3:GetObject", "arn:aws:s3:::team-a-data/k")  # no identity policy allows
    yield _question(f"{first}:CreateThing", _thing(first, "team-a-new"), allowed=True)
    yield _question(f"{last}:UpdateThing", _thing(last, "team-a-new"), allowed=True)
    yield _question(f"{first}:CreateThing", _thing(first, "team-b-new"))
    yield _question(
        f"{inside}:TagResource", _thing(inside, "team-b-store"), {"aws:ResourceTag/team": "a"}, allowed=True
    )
    yield _question(f"{inside}:TagResource", _thing(inside, "team-b-store"), {"aws:ResourceTag/team": "b"})
    yield _question(f"{inside}:UntagResource", _thing(inside, "team-b-store"))
    paid: Mapping[str, str | list[str]] = {"aws:RequestTag/cost-center": "cc-4711", "aws:TagKeys": ["cost-center"]}
    yield _question(f"{last}:StartThing", _thing(last, "team-a-batch"), paid, allowed=True)
    yield _question(f"{last}:StartThing", _thing(last, "team-a-batch"), {"aws:RequestTag/cost-center": "4711"})
    yield _question(f"{last}:StopThing", _thing(last, "team-a-batch"))
    yield _question(f"{first}:DeleteThing", _thing(first, "team-a-development-db"), allowed=True)
    yield _question(f"{first}:DeleteThing", _thing(first, "team-a-production-db"), expected="explicit_deny")
    yield _question(f"{first}:ListThings", "*", {"aws:RequestedRegion": "eu-west-1"})
    yield _question(f"{inside}:InvokeThing", _thing(inside, "team-a-store"))


def _question(
    action: str,
    resource: str,
    context: Mapping[str, str | list[str]] | None = None,
    *,
    allowed: bool = False,
    expected: str = "",
) -> Question:
    common = {
        "aws:PrincipalArn": USER,
        "aws:PrincipalAccount": ACCOUNT,
        "aws:RequestedRegion": REGION,
        "aws:SecureTransport": "true",
    }
    decision = expected or ("allow" if allowed else "implicit_deny")
    return Question(USER, action, resource, {**common, **(context or {})}, decision)


def _thing(service: str, name: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:thing/{name}"


def _allow(actions: list[str], resource: str, condition: dict[str, dict[str, str]] | None = None) -> dict[str, object]:
    statement: dict[str, object] = {"Effect": "Allow", "Action": actions, "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement


def _document(statements: Sequence[Mapping[str, object]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
