"""ARNs of one launch as patterns for every launch of the same template: what was generated gives way to a `*`.

Partition, service, region and account stay as they are, and so do the resource's type and all of its name that was not
made up: a pattern never reaches further than the ids in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile

from launchrole.policy.rename import split_arn
from launchrole.preflights.needs import MadeUp, Need

PASS_ROLE = "iam:PassRole"
_CREATE_ROLE = "iam:CreateRole"
_ANY_OBJECT = "*/*"


@dataclass(frozen=True, slots=True)
class Pattern:
    """An entry of a statement's Resource. `is_open`: of the name nothing is fixed, so that all of its type match."""

    text: str
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class IdShape:
    """How a service's generated ids stand in the last part of its ARNs: the group `id`, and what it becomes."""

    services: tuple[str, ...]
    shape: re.Pattern[str]
    source: str
    instead: str = "*"


def _shape(services: str, shape: str, source: str, instead: str = "*") -> IdShape:
    return IdShape(tuple(services.split()), re.compile(shape), source, instead)


_REFERENCE = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_{}.html"

ID_SHAPES = (
    _shape(
        "apigateway",
        r"/(?:restapis|apis|resources|deployments|authorizers|requestvalidators|usageplans|apikeys|keys|vpclinks|routes"
        r"|integrations|clientcertificates|parts)/(?P<id>[a-z0-9]{6,12})(?=/|$)",
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html",
    ),
    _shape("lambda", r"^(?:function|layer):[^:]+:(?P<id>\d+)$", _REFERENCE.format("awslambda")),
    _shape(
        "secretsmanager",
        r"^secret:.+-(?P<id>[A-Za-z0-9]{6})$",
        "https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html",
        "??????",
    ),
    _shape(
        "ec2 elasticfilesystem fsx ssm",
        r"(?:^|/)[a-z]+(?:-[a-z]+)*-(?P<id>[0-9a-f]{17})(?=/|$)",
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html",
    ),
    _shape("elasticmapreduce", r"^[a-z]+/j-(?P<id>[A-Z0-9]{10,})$", _REFERENCE.format("amazonelasticmapreduce")),
    _shape("elasticloadbalancing", r"/(?P<id>[0-9a-f]{16})(?=/|$)", _REFERENCE.format("awselasticloadbalancingv2")),
    _shape(
        "cognito-idp",
        r"^userpool/[a-z]+(?:-[a-z]+)+-\d_(?P<id>[A-Za-z0-9]+)$",
        "https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UserPoolType.html",
    ),
    _shape("kms", r"^key/mrk-(?P<id>[0-9a-f]{32})$", _REFERENCE.format("awskeymanagementservice")),
    _shape("route53", r"^hostedzone/(?P<id>Z[A-Z0-9]+)$", _REFERENCE.format("amazonroute53")),
    _shape("cloudfront", r"^distribution/(?P<id>E[A-Z0-9]+)$", _REFERENCE.format("amazoncloudfront")),
    _shape(
        "servicecatalog catalog",
        r"^(?:portfolio/port|product/prod)-(?P<id>[a-z0-9]{13})$",
        _REFERENCE.format("awsservicecatalog"),
    ),
    _shape(
        "sagemaker",
        r"^(?:model-package/[^/]+/(?P<id>\d+)$)",
        "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ModelPackage.html",
    ),
    _shape("sagemaker", r"^[a-z-]+/d-(?P<id>[a-z0-9]{12})(?=/|$)", _REFERENCE.format("amazonsagemaker")),
    _shape("ecs", r"^task-definition/[^:]+:(?P<id>\d+)$", _REFERENCE.format("amazonelasticcontainerservice")),
)
"""What AWS chooses itself, where it has another form than a UUID."""

_UUID = re.compile(r"(?P<id>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})")
_PREFIXED = re.compile(r"([a-z]{1,4}-)[a-z0-9]{12,13}")
"""The ids of Service Catalog and of SageMaker's projects, which begin with what they are of: `pp-`, `p-`."""

_SUFFIX = re.compile(r"-(?P<id>[A-Za-z0-9]{12,13})$")
"""What CloudFormation puts behind the logical id in the names that it generates.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html"""

_SHORTEST_STACK = 8
"""The characters of a stack's name by which a generated name that holds only its beginning is known."""
_TELLING = 6
"""Ids of fewer characters are found by their place only: elsewhere the same text is something else."""
_PARTS = re.compile(r"[^/:]+")


@dataclass(frozen=True, slots=True)
class _Span:
    """A generated part of a text, and what it becomes."""

    start: int
    end: int
    instead: str


def patterns(needs: Iterable[Need], made: MadeUp) -> Callable[[Need], Pattern]:
    """Patterns for the resources of some needs. Ids that one ARN shows to be generated are known in the others, too."""
    needs = list(needs)
    arns = dict.fromkeys(one.resource for one in needs)
    known = dict(_known(made))
    for arn in arns:
        known.update(_found(arn, made))
    by_arn = {arn: _pattern(arn, made, known) for arn in arns}
    created = {one.resource for one in needs if one.action == _CREATE_ROLE}

    def pattern(need: Need) -> Pattern:
        if need.action == PASS_ROLE and need.resource not in created:
            return Pattern(_written(need.resource))
        return by_arn[need.resource]

    return pattern


def value(text: str, made: MadeUp) -> str:
    """A context's value with what was made up in it as `*`."""
    return _replaced(text, _of_ids(text, dict(_known(made)), made) + _of_names(text, made))


def _known(made: MadeUp) -> Iterator[tuple[str, str]]:
    """The ids of a launch, with what they become. Templates take stacks' UUIDs apart; a part is an id of its own."""
    for one in made.ids:
        prefix = _PREFIXED.fullmatch(one)
        yield one, f"{prefix[1]}*" if prefix else "*"
        if _UUID.fullmatch(one):
            yield from ((part, "*") for part in one.split("-"))


def _found(arn: str, made: MadeUp) -> Iterator[tuple[str, str]]:
    """The ids that an ARN's form shows to be generated, long enough to be known elsewhere."""
    tail = _tail(arn)
    for span in (*_of_shapes(arn, tail, made), *_of_stacks(tail, made)):
        text = tail[span.start : span.end]
        if len(text) > _TELLING and span.instead == "*":
            yield text, span.instead


def _tail(arn: str) -> str:
    split = split_arn(arn)
    return arn if split is None else split[1] + split[2]


def _pattern(arn: str, made: MadeUp, known: Mapping[str, str]) -> Pattern:
    split = split_arn(arn)
    if split is None:
        return Pattern(_written(arn), arn == "*")
    head = ":".join(split[0]) + ":"
    if arn in made.objects:
        return Pattern(head + _ANY_OBJECT, is_open=True)
    kind, name = split[1], split[2]
    tail = kind + name
    spans = _of_ids(tail, known, made) + _of_shapes(arn, tail, made) + _of_stacks(tail, made)
    spans += [_Span(one.start + len(kind), one.end + len(kind), one.instead) for one in _of_names(name, made)]
    return Pattern(_written(head + _replaced(tail, spans)), _is_open(tail, len(kind), spans))


def _written(text: str) -> str:
    """A text as a policy has it: no part of it is a policy variable."""
    return text.replace("${", "${$}{")


def _of_ids(text: str, known: Mapping[str, str], made: MadeUp) -> list[_Span]:
    return [
        _Span(found.start(), found.end(), instead)
        for one, instead in known.items()
        if one in text and (one in made.ids or not _is_given(one, made))
        for found in re.finditer(rf"(?<![A-Za-z0-9]){re.escape(one)}(?![A-Za-z0-9])", text)
    ]


def _of_shapes(arn: str, tail: str, made: MadeUp) -> list[_Span]:
    split = arn.split(":", 5)
    service = split[2] if len(split) == 6 else ""
    shapes = [(_UUID, "*"), *((one.shape, one.instead) for one in ID_SHAPES if service in one.services)]
    return [
        _Span(*found.span("id"), instead)
        for shape, instead in shapes
        for found in shape.finditer(tail)
        if not _is_given(found["id"], made)
    ]


def _of_stacks(tail: str, made: MadeUp) -> list[_Span]:
    """The generated parts of names that CloudFormation made of a stack's name, which it may have cut short."""
    found: list[_Span] = []
    for part in _PARTS.finditer(tail):
        for stack in made.stacks:
            shared = _shared(part[0].lower(), stack.lower())
            if shared < min(len(stack), _SHORTEST_STACK) or part[0][shared : shared + 1] not in ("-", ""):
                continue
            found += [
                _Span(part.start() + span.start, part.start() + min(span.end, shared), span.instead)
                for span in _of_stack(stack, made)
                if span.start + len(span.instead) <= shared
            ]
            suffix = _SUFFIX.search(part[0], max(shared - 1, 0))
            if suffix is not None and not _is_given(suffix["id"], made):
                found.append(_Span(part.start() + suffix.start("id"), part.start() + suffix.end("id"), "*"))
    return found


def _of_stack(name: str, made: MadeUp) -> list[_Span]:
    """The generated parts of a stack's name; a nested one's begins with its parent's, and ends in a suffix."""
    found = _of_ids(name, dict(_known(made)), made) + _of_names(name, made)
    for parent in made.stacks:
        suffix = _SUFFIX.search(name, len(parent)) if name.startswith(f"{parent}-") else None
        if suffix is not None:
            found += [*_of_stack(parent, made), _Span(*suffix.span("id"), "*")]
    return found


def _shared(one: str, other: str) -> int:
    """How many characters two texts begin with in common."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _of_names(name: str, made: MadeUp) -> list[_Span]:
    """Where a name holds what was chosen for this launch; not where people have written all of it."""
    return [
        _Span(found.start(), found.end(), "*")
        for one in made.names
        for part in _PARTS.finditer(name)
        if part[0] == one or not _is_given(part[0], made)
        for found in re.compile(rf"(?<![A-Za-z0-9]){re.escape(one)}(?![A-Za-z0-9])").finditer(
            name, part.start(), part.end()
        )
    ]


def _is_given(text: str, made: MadeUp) -> bool:
    """Is a text spelled out by people, and so the same in every launch?"""
    if len(text) < 4 or text not in made.given:
        return False
    return re.search(rf"(?<![A-Za-z0-9]){re.escape(text)}(?![A-Za-z0-9])", made.given) is not None


def _kept(spans: Iterable[_Span]) -> list[_Span]:
    """Spans of which none overlaps another: the longer ones, in their order."""
    kept: list[_Span] = []
    for one in sorted(spans, key=lambda span: (span.start - span.end, span.start)):
        if all(one.end <= other.start or one.start >= other.end for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda span: span.start)


def _replaced(text: str, spans: Iterable[_Span]) -> str:
    pieces: list[str] = []
    end = 0
    for span in _kept(spans):
        pieces += [text[end : span.start], span.instead]
        end = span.end
    return re.sub(r"\*{2,}", "*", "".join((*pieces, text[end:])))


def _is_open(tail: str, kind: int, spans: Iterable[_Span]) -> bool:
    """Is there nothing fixed in the first part of a name, but for what its ids begin with?"""
    first = _PARTS.search(tail, kind)
    if first is None:
        return False
    left = list(first[0])
    for span in _kept(spans):
        for place in range(max(span.start, first.start()), min(span.end, first.end())):
            left[place - first.start()] = ""
    rest = "".join(left)
    return re.fullmatch(r"[*?_.-]*|[a-z]{1,4}-", rest) is not None
