"""Drift: whether a resource still is what its template says. How live properties are read is data (facts/drift.yaml).

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html: only property values that are
set explicitly, in the template or by its parameters, are compared.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.facts import yaml_data
from launchrole.services.cloudformation.handlers.action import Action, Resource, plain
from launchrole.services.cloudformation.handlers.declared import gone
from launchrole.services.cloudformation.handlers.scope import Scope
from launchrole.services.cloudformation.handlers.shapes import tag_map
from launchrole.services.cloudformation.intrinsics import as_text


@dataclass(frozen=True)
class Read:
    """A reading call of the data."""

    service: str
    operation: str
    given: Mapping[str, Any]
    save: str = ""
    when: str | None = None
    each: str | None = None
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """How resources of a type are read; the file says what is in it."""

    calls: tuple[Read, ...]
    properties: Mapping[str, Any]
    exact: frozenset[str] = frozenset()
    tags: str | None = None
    there: str | None = None


@dataclass(frozen=True)
class Difference:
    """A value that is not the expected one; `kind` is ADD, REMOVE or NOT_EQUAL."""

    path: str
    expected: Any
    actual: Any
    kind: str


@dataclass(frozen=True)
class Finding:
    """What became of a resource: IN_SYNC, MODIFIED or DELETED, with the properties that were compared."""

    status: str
    expected: Mapping[str, Any] = field(default_factory=dict)
    actual: Mapping[str, Any] = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()


@functools.cache
def readings() -> Mapping[str, Reading]:
    """The types whose drift can be detected."""
    text = (resources.files("launchrole.facts") / "drift.yaml").read_text(encoding="utf-8")
    return {name: _reading(one) for name, one in yaml_data.read(text).items()}


def _reading(one: Mapping[str, Any]) -> Reading:
    calls = []
    for call in one["calls"]:
        service, _, operation = call["call"].partition(":")
        ignore = tuple(call.get("ignore", ()))
        calls.append(
            Read(service, operation, call["with"], call.get("save", ""), call.get("when"), call.get("each"), ignore)
        )
    return Reading(tuple(calls), one["properties"], frozenset(one.get("exact", ())), one.get("tags"), one.get("there"))


def detect(action: Action, resource: Resource) -> Finding:
    """Read a resource by the calls of its type and compare it. Raises `ServiceError` where it cannot be read."""
    reading = readings()[resource.type]
    scope = Scope(action, dict(resource.properties), dict(resource.attributes), resource)
    try:
        for read in reading.calls:
            _take(action, scope, read)
    except ServiceError as problem:
        if not gone(problem):
            raise
        return Finding("DELETED", _compared(reading, resource))
    if reading.there is not None and scope.known(reading.there) != resource.physical_id:
        return Finding("DELETED", _compared(reading, resource))
    expected = _compared(reading, resource)
    actual: dict[str, Any] = {}
    found: list[Difference] = []
    for name, value in expected.items():
        if name == "Tags":
            continue
        live = plain(scope.known(reading.properties[name]))
        if live is not None:
            actual[name] = live
        found += differences(value, live, f"/{name}", name in reading.exact)
    if reading.tags is not None:
        found += _of_tags(resource, scope.known(reading.tags), actual)
    return Finding("MODIFIED" if found else "IN_SYNC", expected, actual, tuple(found))


def _compared(reading: Reading, resource: Resource) -> dict[str, Any]:
    """The properties of a resource that are compared, as they are expected to be."""
    found = {name: one for name, one in resource.properties.items() if name in reading.properties}
    if reading.tags is not None and resource.properties.get("Tags"):
        found["Tags"] = resource.properties["Tags"]
    return found


def _take(action: Action, scope: Scope, read: Read) -> None:
    if read.when is not None and read.when not in scope.properties:
        return
    if read.each is None:
        scope.saved[read.save] = _answer(action, scope, read)
        return
    items = []
    for item in scope.known(f"{{{read.each}?}}") or ():
        scope.item = item
        items.append(_answer(action, scope, read))
    scope.saved[read.save] = {"items": items}


def _answer(action: Action, scope: Scope, read: Read) -> Mapping[str, Any]:
    try:
        return action.look(read.service, read.operation, scope.known(dict(read.given)))
    except ServiceError as problem:
        if problem.code in read.ignore:
            return {}
        raise


def _of_tags(resource: Resource, live: Any, actual: dict[str, Any]) -> Iterator[Difference]:
    """The tags that differ; those that AWS or the stack gives are no drift."""
    own = tag_map(resource.properties.get("Tags"))
    order = list(own)
    known = {name: one for name, one in tag_map(live).items() if not name.startswith("aws:")}
    others = {name: one for name, one in known.items() if name in own or name not in resource.tags}
    if own or others:
        actual["Tags"] = [{"Key": name, "Value": one} for name, one in sorted(others.items())]
    order += [name for name in sorted(others) if name not in own]
    for number, name in enumerate(order):
        if own.get(name) == others.get(name):
            continue
        pair = [None if name not in tags else {"Key": name, "Value": tags[name]} for tags in (own, others)]
        kind = "REMOVE" if pair[1] is None else "ADD" if pair[0] is None else "NOT_EQUAL"
        yield Difference(f"/Tags/{number}", pair[0], pair[1], kind)


def differences(expected: Any, live: Any, path: str, exact: bool = False) -> Iterator[Difference]:
    """Where a live value is not as expected. Names may differ in case; those that are not expected are defaults of the
    service, unless the value is `exact`. The order of lists is of no account."""
    if live is None:
        yield Difference(path, expected, None, "REMOVE")
    elif isinstance(expected, dict) and isinstance(live, dict):
        low = {name.lower(): (name, one) for name, one in live.items()}
        for name, one in expected.items():
            _, other = low.pop(name.lower(), (name, None))
            yield from differences(one, other, f"{path}/{name}", exact)
        for name, one in low.values() if exact else ():
            yield Difference(f"{path}/{name}", None, one, "ADD")
    elif isinstance(expected, list) and isinstance(live, list):
        yield from _of_lists(expected, live, path, exact)
    elif isinstance(expected, (dict, list)) or isinstance(live, (dict, list)):
        one = _listed(expected), _listed(live)
        if exact and one[0] == one[1]:
            return  # a policy's Action: a text is a list of one
        yield Difference(path, expected, live, "NOT_EQUAL")
    elif as_text(expected) != as_text(live):
        yield Difference(path, expected, live, "NOT_EQUAL")


def _of_lists(expected: list[Any], live: list[Any], path: str, exact: bool) -> Iterator[Difference]:
    left = list(enumerate(live))
    missing = []
    for number, one in enumerate(expected):
        match = next((pair for pair in left if not any(differences(one, pair[1], "", exact))), None)
        if match is None:
            missing.append((number, one))
        else:
            left.remove(match)
    for number, one in missing:
        if left:  # the item is another now
            yield from differences(one, left.pop(0)[1], f"{path}/{number}", exact)
        else:
            yield Difference(f"{path}/{number}", one, None, "REMOVE")
    for number, one in left:
        yield Difference(f"{path}/{number}", None, one, "ADD")


def _listed(value: Any) -> list[str]:
    return [as_text(one) for one in value] if isinstance(value, list) else [as_text(value)]


def told(value: Any) -> str:
    """A value as a difference shows it."""
    return json.dumps(value, separators=(",", ":")) if isinstance(value, (dict, list)) else as_text(value)
