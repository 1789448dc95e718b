"""What a successful call means for the record of tags: which resource was created with which, tagged or deleted."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import botocore.parsers
import botocore.utils

from launchrole.account.authorizer import Place, holds
from launchrole.account.http import HttpResponse
from launchrole.account.tags import TagRecord, keys_at, tags_at
from launchrole.account.wire.request import Target
from launchrole.facts.operations import Effect, Operation
from launchrole.facts.template import Lookup, Unresolved


def apply_effects(
    operation: Operation,
    params: Mapping[str, Any],
    response: HttpResponse,
    found: Target,
    place: Place,
    record: TagRecord,
    lookup: Lookup,
) -> None:
    """Bring the record of tags up to date after a call."""
    if not operation.effects:
        return
    members: dict[str, Any] = {**params, **place.members()}
    if any(placeholder.of_response for effect in operation.effects for placeholder in effect.resource.placeholders):
        members["response"] = read_output(found, response)
    for effect in operation.effects:
        if not all(holds(condition, params) for condition in effect.when):
            continue
        try:
            arns = effect.resource.fill(members, lookup)
        except Unresolved:
            continue
        for arn in arns:
            _apply(effect, arn, members, record)


def _apply(effect: Effect, arn: str, members: Mapping[str, Any], record: TagRecord) -> None:
    if effect.kind in ("create", "replace", "delete"):
        record.forget(arn)
    if effect.kind != "delete" and effect.tags is not None:
        record.add(arn, tags_at(members, effect.tags))
    if effect.kind == "untag" and effect.tag_keys is not None:
        record.remove(arn, keys_at(members, effect.tag_keys))


_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")


def _instant(value: Any) -> datetime:
    """A timestamp. botocore tries formats one after the other, and takes a third of the time that reading events takes;
    most are in one."""
    if isinstance(value, str) and _ISO.fullmatch(value):
        return datetime.fromisoformat(value)
    found: datetime = botocore.utils.parse_timestamp(value)
    return found


@functools.cache
def _parser(protocol: str) -> Any:
    factory = botocore.parsers.ResponseParserFactory()
    factory.set_parser_defaults(timestamp_parser=_instant)
    return factory.create_parser(protocol)


def read_output(found: Target, response: HttpResponse) -> Mapping[str, Any]:
    """An answer's members by botocore's names."""
    written = {
        "status_code": response.status,
        "headers": {name.lower(): value for name, value in response.headers.items()},
        "body": response.body,
    }
    shape = found.operation.output_shape
    streamed = response.status < 400 and found.operation.has_streaming_output
    if streamed:
        written["body"] = b""
    parsed: dict[str, Any] = _parser(found.protocol).parse(written, shape)
    if streamed:
        parsed[shape.serialization["payload"]] = response.body
    return parsed
