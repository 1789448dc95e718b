"""The values that the templates of a handler's data may name, and how a template is filled with them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from launchrole.services.cloudformation.handlers.action import Action, Resource
from launchrole.services.cloudformation.handlers.declarations import Step
from launchrole.services.cloudformation.handlers.functions import FUNCTIONS
from launchrole.services.cloudformation.intrinsics import as_text

_PLACEHOLDER = re.compile(r"\{([A-Za-z][A-Za-z0-9_.,]*)(\?)?(?:\|([a-z_0-9]+))?\}")
MISSING: Any = object()
"""In place of a value that is not there."""


class Incomplete(Exception):
    """A text of a handler's data that names a value which is not there."""


class Scope:
    """The values that templates of a declaration may name: properties and attributes by their names; `create.X` and
    `read.X` of the answers; `item`, `physical`, `old.X`, `tags` (the stack's too), and the stack's place."""

    def __init__(
        self, action: Action, properties: dict[str, Any], own: dict[str, Any], old: Resource | None = None
    ) -> None:
        self.action = action
        self.properties = properties
        self.own = own
        self.old = old
        self.physical = "" if old is None else old.physical_id
        self.item: Any = None
        self.saved: dict[str, Mapping[str, Any]] = {}
        self.used: set[str] = set()
        """The properties that calls have carried."""

    def find(self, path: str) -> Any:
        """The value at a dotted path; `MISSING` where there is none."""
        first, _, rest = path.partition(".")
        stack = self.action.stack
        if first in self.saved:
            return inside(self.saved[first], rest)
        if first == "item":
            return inside(self.item, rest) if rest else self.item
        if first == "physical":
            return self.physical
        if first == "tags":
            return dict(self.action.tags) or MISSING
        if first == "old" and self.old is not None:
            return inside(self.old.properties, rest)
        places = {
            "account": stack.account,
            "region": stack.region,
            "partition": stack.partition,
            "stack_name": stack.name,
            "stack_id": stack.stack_id,
            "logical_id": self.action.logical_id,
            "token": action_token(self.action),
            "empty": "",
            "empty_list": [],
            "empty_map": {},
            "no": "false",
            "yes": "true",
            "none": "(none)",
            "overwrite": "overwrite",
            "all_properties": self.properties,
            "json_type": "application/json",
        }
        if first == "all_properties":
            self.used.update(self.properties)
        if first in places:
            return places[first]
        found = inside(self.properties, path)
        self.used.add(first)
        return inside(self.own, path) if found is MISSING else found

    def now(self, path: str) -> Any:
        """A property's value; None where there is none."""
        found = inside(self.properties, path)
        return None if found is MISSING else found

    def before(self, path: str) -> Any:
        """A property's value before the update; None where there was none."""
        found = MISSING if self.old is None else inside(self.old.properties, path)
        return None if found is MISSING else found

    def has(self, path: str) -> bool:
        """Whether there is a value at a path, and not an empty one."""
        return self.find(path) not in (MISSING, None, [], {})

    def affirms(self, path: str) -> bool:
        """Whether there is a value, and not `false`."""
        return self.has(path) and as_text(self.find(path)).lower() != "false"

    def find_like(self, name: str) -> Any:
        """A value for a member of an input by its name, whatever its case."""
        for known in (self.properties, self.own, *self.saved.values()):
            for each in known:
                if each.lower() == name.lower():
                    return known[each]
        if self.saved:
            return self.answered(name)
        return MISSING

    def answered(self, name: str) -> Any:
        """A member of the answers, at their top or inside their only structure."""
        for answer in reversed(list(self.saved.values())):
            for level in _levels(answer):
                for each, value in level.items():
                    if each.lower() == name.lower() and value is not None:
                        return value
        return MISSING

    def known(self, template: Any) -> Any:
        """A template's value; None where there is none."""
        found = self.fill(template)
        return None if found is MISSING else found

    def fill(self, template: Any) -> Any:
        """A template's value.

        `{X?}` may be missing: then the whole is, and an object of nothing else; any other that is missing is a fault of
        the data. Raises `Incomplete`.
        """
        if isinstance(template, dict):
            filled = {name: self.fill(one) for name, one in template.items()}
            kept = {name: one for name, one in filled.items() if one is not MISSING}
            return kept if kept or not template else MISSING
        if isinstance(template, list):
            return [one for one in map(self.fill, template) if one is not MISSING]
        if not isinstance(template, str):
            return template
        whole = _PLACEHOLDER.fullmatch(template)
        if whole is not None:
            return self._value(template, whole)
        missing = False

        def put(found: re.Match[str]) -> str:
            nonlocal missing
            value = self._value(template, found)
            if value is MISSING:
                missing = True
                return ""
            return str(value)

        text = _PLACEHOLDER.sub(put, template)
        return MISSING if missing else text

    def _value(self, template: str, found: re.Match[str]) -> Any:
        paths, optional, function = found.groups()
        value = MISSING
        for path in paths.split(","):
            value = self.find(path)
            if value is not MISSING and value is not None:
                break
        if value is MISSING or value is None:
            if optional:
                return MISSING
            raise Incomplete(f"`{template}`: there is no {paths} in {self.action.type} {self.action.logical_id}")
        return value if function is None else FUNCTIONS[function](value)


def items(step: Step, scope: Scope) -> list[Any]:
    """The items for which a step is taken, one call each."""
    assert step.each is not None
    new = _listed(scope.find(step.each))
    old = _listed(MISSING if scope.old is None else inside(scope.old.properties, step.each))
    if step.of == "all":
        return new
    if step.of == "added":
        return [one for one in new if one not in old]

    def name(item: Any) -> Any:
        return item.get(step.key) if step.key is not None and isinstance(item, Mapping) else item

    kept = [name(one) for one in new]
    return [one for one in old if name(one) not in kept]


def _listed(found: Any) -> list[Any]:
    if found is MISSING or found is None:
        return []
    return found if isinstance(found, list) else [found]


def inside(value: Any, path: str) -> Any:
    """The value at a dotted path, lists by position; `MISSING` where there is none."""
    for step in path.split(".") if path else ():
        if isinstance(value, Mapping):
            if step not in value:
                return MISSING
            value = value[step]
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return MISSING
    return value


def placeholders(template: Any) -> set[str]:
    """The first parts of the paths that a template names."""
    if isinstance(template, dict):
        return {name for one in template.values() for name in placeholders(one)}
    if isinstance(template, list):
        return {name for one in template for name in placeholders(one)}
    paths = (path for found in _PLACEHOLDER.finditer(str(template)) for path in found[1].split(","))
    return {path.partition(".")[0] for path in paths}


def with_value(properties: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Properties with a value at a dotted path."""
    first, _, rest = path.partition(".")
    return {**properties, first: with_value(properties.get(first) or {}, rest, value) if rest else value}


def _levels(answer: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield answer
    inner = [one for one in answer.values() if isinstance(one, Mapping)]
    if len(inner) == 1:
        yield inner[0]


def action_token(action: Action) -> str:
    """An idempotency token for an action's calls."""
    return action.token.replace("/", "-")[-64:]
