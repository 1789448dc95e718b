"""Requests that show a difference, each put before the evaluator on both sides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from launchrole.policy.errors import ContextError, PrincipalError, RequestError
from launchrole.policy.principal import Principal, PrincipalKind
from launchrole.policy.reference import PLACEHOLDER
from launchrole.policy.request import Request
from launchrole.reasoning.callers import HOME, caller_of_home
from launchrole.reasoning.flags import ResourceFormats
from launchrole.reasoning.questions import Answer
from launchrole.reasoning.sides import Side

_WITH_ARN = frozenset({PrincipalKind.USER, PrincipalKind.ROLE})


def confirmed(
    answer: Answer,
    action: str,
    giver: Side,
    other: Side | None,
    *,
    callers: Sequence[Principal],
    spelled: Mapping[str, str],
    formats: ResourceFormats,
) -> Request | None:
    """A request for the action that the evaluator says one side allows and the other does not; None if it does not.

    `spelled`: the names of context keys as policies write them, by their names in lower case. `other`: None where it is
    enough that the first side allows the request.
    """
    for request in _requests(answer, action, giver, callers, spelled, formats):
        if giver.allows(request) and (other is None or not other.allows(request)):
            return request
    return None


def _requests(
    answer: Answer,
    action: str,
    giver: Side,
    callers: Sequence[Principal],
    spelled: Mapping[str, str],
    formats: ResourceFormats,
) -> Iterator[Request]:
    context = {
        spelled.get(key, key): list(value) if isinstance(value, tuple) else value
        for key, value in answer.circumstances.values.items()
        if value is not None
    }
    for principal in _principals(answer, giver, callers):
        for resource in _resources(answer.resource, formats(action)):
            try:
                yield Request(principal, action, resource, context)
            except (ContextError, RequestError):
                continue  # such a caller does not go with such a context


def _principals(answer: Answer, giver: Side, callers: Sequence[Principal]) -> Iterator[Principal]:
    """The caller whose ARN the context holds, if it holds one, and the one that was found."""
    arn = answer.circumstances.values.get("aws:principalarn")
    if isinstance(arn, str):
        try:
            named = Principal.parse(arn)
        except PrincipalError:
            pass
        else:
            if named.kind in _WITH_ARN or giver.is_of_resource:
                yield named
    if answer.circumstances.caller is not None:
        yield callers[answer.circumstances.caller]
    else:
        yield caller_of_home()


def _resources(found: str, taken: Sequence[str] | None) -> Iterator[str]:
    """The resource, or in place of a `*` one of those that the action takes."""
    if found == "*":
        for arn_format in taken or ():
            yield example(arn_format)
    yield found


def example(arn_format: str) -> str:
    """An ARN of a format such as `arn:${Partition}:s3:::${BucketName}`."""
    segments = arn_format.split(":", 5)
    filled = {1: "aws", 3: "us-east-1", 4: HOME}
    made = [PLACEHOLDER.sub(filled.get(place, "example"), segment) for place, segment in enumerate(segments)]
    return ":".join(made).replace("*", "example")
