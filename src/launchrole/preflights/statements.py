"""The least statements that allow some needs, merged as people write them, and never into more than their sum."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from launchrole.facts import actions
from launchrole.policy.document import PolicyKind
from launchrole.policy.limits import INLINE_QUOTAS, LIMITS, characters_without_white_space
from launchrole.policy.overlap import resource_covers
from launchrole.policy.reference import Action, key_matches
from launchrole.policy.rename import split_arn
from launchrole.preflights.needs import MadeUp, Need
from launchrole.preflights.patterns import PASS_ROLE, Pattern, patterns, value

Statement = Mapping[str, Any]

MANAGED = LIMITS[PolicyKind.MANAGED].most
"""The most characters of a managed policy, white space left out."""
INLINE = INLINE_QUOTAS["role"]
"""The most characters of all inline policies of a role together."""

PASSED_TO = {
    PASS_ROLE: "iam:PassedToService",
    "codestar-connections:PassConnection": "codestar-connections:PassedToService",
    "codeconnections:PassConnection": "codeconnections:PassedToService",
}
"""Actions that give something to a service, and the key that says to which: what they allow always ends there.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html"""

_LIMITING_TAGS = (
    "aws:RequestTag/sagemaker:project-id",
    "aws:ResourceTag/sagemaker:project-id",
    "aws:RequestTag/sagemaker:project-name",
    "aws:ResourceTag/sagemaker:project-name",
    "s3:ExistingObjectTag/servicecatalog:provisioning",
)
"""Tags that tell what belongs to a project, or to Service Catalog, where an ARN does not, the first the best.
https://docs.aws.amazon.com/servicecatalog/latest/adminguide/constraints-launch.html"""

_NAMES = {
    "apigateway": "ApiGateway",
    "cloudformation": "CloudFormation",
    "cloudwatch": "CloudWatch",
    "codebuild": "CodeBuild",
    "codecommit": "CodeCommit",
    "codepipeline": "CodePipeline",
    "codestar-connections": "CodeStarConnections",
    "cognito-idp": "CognitoUserPools",
    "cognito-identity": "CognitoIdentity",
    "dynamodb": "DynamoDB",
    "ec2": "EC2",
    "ecr": "ECR",
    "elasticmapreduce": "EMR",
    "iam": "IAM",
    "kms": "KMS",
    "s3": "S3",
    "sagemaker": "SageMaker",
    "secretsmanager": "SecretsManager",
    "servicecatalog": "ServiceCatalog",
    "sns": "SNS",
    "sqs": "SQS",
    "ssm": "SSM",
    "stepfunctions": "StepFunctions",
}
"""Services as they are called in Sids, where that is more than their prefix with a capital."""

Condition = tuple[tuple[str, str, tuple[str, ...]], ...]
"""A Condition element that can be compared: operator, key and values."""


@dataclass(frozen=True, slots=True)
class _Grant:
    """An action on a pattern under a condition."""

    action: str
    pattern: Pattern
    condition: Condition


@dataclass(frozen=True, slots=True)
class Merged:
    """Statements that allow all needs that they were made of. `open` are actions on a resource of which the ARN fixes
    no name, and for which the request has nothing else to limit them by; and those that pass something to a service
    that the request does not name."""

    statements: tuple[Statement, ...]
    open: tuple[tuple[str, str], ...] = ()


def merged(needs: Iterable[Need], made: MadeUp) -> Merged:
    """The statements for some needs: each action on each resource once, in the order of services."""
    needs = list(needs)
    pattern = patterns(needs, made)
    grants = _without_covered(dict.fromkeys(_grant(one, pattern(one), made) for one in needs))
    statements = sorted(_grouped(_passing(grants)), key=_place)
    unlimited = sorted({
        (one.action, one.pattern.text)
        for one in grants
        if _is_wide(one)
    })  # fmt: skip
    return Merged(tuple(sids_apart((_statement(one) for one in statements), ())), tuple(unlimited))


def _is_wide(grant: _Grant) -> bool:
    """Does nothing but the type limit what is allowed, though something could? A call about no resource in particular
    cannot be limited."""
    if grant.condition or grant.pattern.text == "*":
        return False
    return grant.pattern.is_open or grant.action in PASSED_TO


def _grant(need: Need, pattern: Pattern, made: MadeUp) -> _Grant:
    if _takes_no_resource(need.action):
        pattern = Pattern("*", is_open=True)
    return _Grant(need.action, pattern, _condition(need, pattern, made))


def _takes_no_resource(name: str) -> bool:
    known = actions.action(name)
    return known is not None and not known.resources


def _condition(need: Need, pattern: Pattern, made: MadeUp) -> Condition:
    key = PASSED_TO.get(need.action)
    if key is not None:
        to = need.context.get(key)
        return () if to is None else (("StringEquals", key, (to,) if isinstance(to, str) else tuple(to)),)
    if not pattern.is_open:
        return ()
    known = actions.action(need.action)
    for tag in _LIMITING_TAGS:
        held = need.context.get(tag)
        if not isinstance(held, str) or known is None or not any(key_matches(one, tag) for one in _keys(known)):
            continue
        general = value(held, made)
        if general == "*":
            return (("Null", tag, ("false",)),)
        return (("StringEquals" if general == held else "StringLike", tag, (general,)),)
    return ()


def _keys(known: Action) -> frozenset[str]:
    return known.all_condition_keys()


def _without_covered(grants: Iterable[_Grant]) -> list[_Grant]:
    """Grants without those of which another one allows all that they allow."""
    by_action: dict[str, list[_Grant]] = defaultdict(list)
    for one in grants:
        by_action[one.action].append(one)
    kept: list[_Grant] = []
    for same in by_action.values():
        left = list(same)
        for one in same:
            if any(_covers(other, one) for other in left if other is not one):
                left.remove(one)
        kept += left
    return kept


def _covers(wide: _Grant, narrow: _Grant) -> bool:
    if wide.condition and wide.condition != narrow.condition:
        return False
    return resource_covers(wide.pattern.text, narrow.pattern.text)


def _passing(grants: Sequence[_Grant]) -> list[_Grant]:
    """Grants of which those that give the same thing to several services are one."""
    to: dict[tuple[str, str], list[_Grant]] = defaultdict(list)
    for one in grants:
        to[one.action, one.pattern.text].append(one)
    found: list[_Grant] = []
    for same in to.values():
        first = same[0]
        if first.action in PASSED_TO and len(same) > 1:
            services = tuple(sorted({to for one in same for _, _, values in one.condition for to in values}))
            found.append(_Grant(first.action, first.pattern, (("StringEquals", PASSED_TO[first.action], services),)))
        else:
            found += same
    return found


@dataclass(frozen=True, slots=True)
class _Group:
    """A statement in the making: every action on every resource."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: Condition


def _grouped(grants: Iterable[_Grant]) -> Iterator[_Group]:
    """First all actions on the same resource, then all resources that have the same actions."""
    by_resource: dict[tuple[str, str, Condition], set[str]] = defaultdict(set)
    for one in grants:
        by_resource[_service(one.action), one.pattern.text, one.condition].add(one.action)
    by_actions: dict[tuple[tuple[str, ...], Condition], set[str]] = defaultdict(set)
    for (_, resource, condition), names in by_resource.items():
        by_actions[tuple(sorted(names)), condition].add(resource)
    for (names_of_one, condition), resources in by_actions.items():
        yield _Group(names_of_one, tuple(sorted(resources)), condition)


def _service(action: str) -> str:
    return action.partition(":")[0]


def _place(group: _Group) -> tuple[object, ...]:
    return _service(group.actions[0]), group.resources, group.actions, group.condition


def _statement(group: _Group) -> Statement:
    found: dict[str, Any] = {
        "Sid": _sid(group),
        "Effect": "Allow",
        "Action": _one_or_all(group.actions),
        "Resource": _one_or_all(group.resources),
    }
    if group.condition:
        condition: dict[str, dict[str, Any]] = {}
        for operator, key, values in group.condition:
            condition.setdefault(operator, {})[key] = _one_or_all(values)
        found["Condition"] = condition
    return found


def _one_or_all(values: Sequence[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)


_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")


def _sid(group: _Group) -> str:
    """`S3CreateBucket` for one action, `LambdaFunction` for several on a type, `PassRoleToCodeBuild` for roles."""
    service = _service(group.actions[0])
    name = _NAMES.get(service) or "".join(one.capitalize() for one in re.findall(r"[a-z0-9]+", service))
    if group.actions == (PASS_ROLE,):
        to = "".join(_NAMES.get(one.split(".")[0], one.split(".")[0].capitalize()) for one in _services(group))
        return _plain(f"PassRoleTo{to}"[:64] if to else "PassRole")
    if len(group.actions) == 1:
        return _plain(name + group.actions[0].partition(":")[2])
    types = {_type(one) for one in group.resources}
    if len(types) == 1 and "" not in types:
        return _plain(name + types.pop())
    verbs = {_WORD.findall(one.partition(":")[2])[0] for one in group.actions}
    return _plain(name + (verbs.pop() if len(verbs) == 1 else "Actions"))


def _services(group: _Group) -> list[str]:
    return [one for _, _, values in group.condition for one in values]


def _plain(sid: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "", sid)


def _type(pattern: str) -> str:
    """What kind of resource a pattern means, in a word: `Function`, `LogGroup`; empty for `*`."""
    split = split_arn(pattern)
    if split is None:
        return ""
    service, kind, name = split[0][2], split[1], split[2]
    if service == "s3":
        return "Object" if "/" in name else "Bucket"
    words = re.findall(r"[A-Za-z]+", kind or _OF_UNTYPED.get(service, ""))
    return "".join(one[0].upper() + one[1:] for one in words)


_OF_UNTYPED = {"sns": "topic", "sqs": "queue", "codecommit": "repository", "codepipeline": "pipeline"}
"""What resources are whose ARNs do not tell.
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""


def sids_apart(statements: Iterable[Statement], taken: Iterable[str]) -> list[Statement]:
    """Statements whose Sids are none of those that a policy has already."""
    used = set(taken)
    found: list[Statement] = []
    for one in statements:
        sid = str(one.get("Sid", ""))
        number, new = 1, sid
        while sid and new in used:
            number += 1
            new = f"{sid}{number}"
        used.add(new)
        found.append({**one, "Sid": new} if new else one)
    return found


def document(statements: Iterable[Statement]) -> dict[str, Any]:
    """A policy of some statements."""
    return {"Version": "2012-10-17", "Statement": [dict(one) for one in statements]}


def size(statements: Iterable[Statement]) -> int:
    """The characters of a policy as IAM counts them."""
    return characters_without_white_space(json.dumps(document(statements)))


def too_large(statements: Sequence[Statement]) -> str | None:
    """What to know about statements that no managed policy holds, as a sentence; None for those that fit."""
    characters = size(statements)
    if characters <= MANAGED:
        return None
    parts = len(split(statements))
    inline = (
        f"an inline policy holds them where the role's others leave room ({INLINE:,} together)"
        if characters <= INLINE
        else f"the {INLINE:,} of all inline policies of a role do not suffice either"
    )
    return (
        f"the statements have {characters:,} characters, and a managed policy has at most {MANAGED:,}: "
        f"split them over {parts} managed policies; {inline}"
    )


def split(statements: Sequence[Statement], most: int = MANAGED) -> list[tuple[Statement, ...]]:
    """Statements as the fewest policies of at most so many characters in their order; one that is too long by itself
    is split by its resources. Raises ValueError where a statement with one resource is longer."""
    found: list[tuple[Statement, ...]] = []
    held: list[Statement] = []
    for one in (part for statement in statements for part in _parts(statement, most)):
        if held and size([*held, one]) > most:
            found.append(tuple(held))
            held = []
        held.append(one)
    if held:
        found.append(tuple(held))
    return found


def _parts(statement: Statement, most: int) -> list[Statement]:
    if size([statement]) <= most:
        return [statement]
    for key in ("Resource", "Action"):
        values = statement[key]
        if isinstance(values, list) and len(values) > 1:
            half = len(values) // 2
            halves = [{**statement, key: _one_or_all(some)} for some in (values[:half], values[half:])]
            first, second = halves
            second["Sid"] = f"{statement.get('Sid', '')}More"
            return [*_parts(first, most), *_parts(second, most)]
    raise ValueError(f"a statement has more than {most:,} characters: {json.dumps(dict(statement))[:80]}")
