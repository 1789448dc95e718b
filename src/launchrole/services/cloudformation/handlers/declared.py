"""Types whose handlers are data: `facts/handlers/SERVICE.yaml` says which calls make, change and remove a resource.

The format is described in docs/resource-types.md.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

import yaml
from botocore.model import StructureShape

from launchrole.account.errors import ServiceError
from launchrole.account.wire.models import operation_model
from launchrole.facts.resource_types import ResourceType
from launchrole.services.cloudformation.handlers import shapes
from launchrole.services.cloudformation.handlers.action import Action, Failed, Resource
from launchrole.services.cloudformation.handlers.functions import FUNCTIONS
from launchrole.services.cloudformation.handlers.handler import Handler, PossibleCall

_FACTS = "launchrole.facts.handlers"
_PLACEHOLDER = re.compile(r"\{([A-Za-z][A-Za-z0-9_.,]*)(\?)?(?:\|([a-z_]+))?\}")
_GONE = re.compile(
    r"NotFound|NoSuch|DoesNotExist|NonExistent|not (?:be )?found|does not exist|could not find", re.IGNORECASE
)
_MISSING: Any = object()


class Incomplete(Exception):
    """A text of a handler's data that names a value which is not there."""


@dataclass(frozen=True)
class Step:
    """One call. `given` are members of its input by templates of their values; `only` limits the properties that are
    passed on as they are (None: all that the input has, () none). `when`: a property that must be there (or, in an
    update, must have changed); `unless` its opposite. `each` names a list: the call is made for each of its `item`s."""

    service: str
    operation: str
    given: Mapping[str, Any] = field(default_factory=dict)
    only: tuple[str, ...] | None = ()
    when: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    having: tuple[str, ...] = ()
    """Properties that must be there, in an update too."""
    each: str | None = None
    of: str = "all"
    """Which items: `all`, `added` (new ones, or others than before), or `gone` (of the old list only)."""
    key: str | None = None
    """The member by which items of two lists are the same one; None: as a whole."""
    tag_as: str | None = None
    """EC2's kind of resource, for inputs that take tags by TagSpecifications."""
    save: str = ""
    ignore: tuple[str, ...] = ()
    """Error codes that are no failure."""

    @property
    def shape(self) -> StructureShape:
        return shapes.input_shape(self.service, self.operation)


@dataclass(frozen=True)
class Declaration:
    """What the data says of a type."""

    service: str
    create: tuple[Step, ...]
    before: tuple[Step, ...] = ()
    """Calls that are made ahead of the creation."""
    read: tuple[Step, ...] = ()
    update: tuple[Step, ...] = ()
    delete: tuple[Step, ...] = ()
    name: str | None = None
    name_length: int = 64
    name_lower: bool = False
    name_start: str | None = None
    physical: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    rename: Mapping[str, str] = field(default_factory=dict)
    dropped: Mapping[str, str] = field(default_factory=dict)
    """Properties that no call carries, with the reason."""
    tagging: Mapping[str, str] | None = None
    stack_tags: bool = True
    wraps_tagging_errors: bool = False
    exceptions: Mapping[str, str] = field(default_factory=dict)
    """Actions beyond the type's published permissions, with the reason."""
    replaced_by: tuple[str, ...] = ()
    """Properties that cannot be changed in place, beyond those that the schema says."""


class Declared(Handler):
    """A handler that follows a declaration."""

    def __init__(self, type: ResourceType) -> None:
        super().__init__(type)
        self.declaration = declaration(type.name)
        self.wraps_tagging_errors = self.declaration.wraps_tagging_errors
        self.exceptions = self.declaration.exceptions

    def calls(self) -> Mapping[str, tuple[PossibleCall, ...]]:
        declaration = self.declaration
        steps = {
            "create": (*declaration.before, *declaration.create, *declaration.read),
            "update": (*declaration.update, *declaration.read),
            "delete": declaration.delete,
        }
        found = {verb: [self._possible(one, verb != "delete") for one in each] for verb, each in steps.items()}
        words = declaration.tagging
        if words is not None and self.type.tags is not None:
            service = words.get("service", declaration.service)
            found["update"] += [PossibleCall(service, words["tag"]), PossibleCall(service, words["untag"])]
        own = super().calls()
        return {verb: (*calls, *own.get(verb, ())) for verb, calls in found.items()}

    def _possible(self, step: Step, carries_tags: bool) -> PossibleCall:
        shape = step.shape
        members = {*step.given, *shape.required_members}
        if step.only is None or step.only:
            for name in self.type.properties:
                tags = name == self.type.tags
                if (step.only and name not in step.only) or (tags and not carries_tags):
                    continue
                if name in self.declaration.dropped or self.declaration.rename.get(name) == "":
                    continue
                members.add(shapes.member_of(shape, self.declaration.rename.get(name, name)) or "")
        if step.tag_as is not None and carries_tags:
            members.add("TagSpecifications")
        return PossibleCall(step.service, step.operation, frozenset(members - {""}), step.given)

    @property
    def taggable(self) -> bool:
        return self.type.tags is not None and self.declaration.stack_tags

    def attributes(self) -> frozenset[str] | None:
        known = super().attributes()
        return None if known is None else known | frozenset(self.declaration.attributes)

    def replacing(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
        found = super().replacing(old, new)
        further = [one for one in self.declaration.replaced_by if old.get(one) != new.get(one) and one not in found]
        if not found and not further and not self.declaration.update and self.declaration.tagging is None:
            return sorted(one for one in {*old, *new} if old.get(one) != new.get(one))
        return found + further

    def create(self, action: Action, properties: Mapping[str, Any]) -> None:
        declaration = self.declaration
        known = dict(properties)
        if declaration.name is not None and not known.get(declaration.name):
            length, lower, start = declaration.name_length, declaration.name_lower, declaration.name_start
            known[declaration.name] = action.generated_name(length, lower=lower, start=start)
        scope = Scope(action, known, {})
        for step in declaration.before:
            self._take(action, step, scope, {}, carries_tags=False)
        for number, step in enumerate(declaration.create):
            output = self._take(action, step, scope, action.tags, carries_tags=True)
            if number == 0:
                scope.saved["create"] = output
                self._tell(action, scope)
        for step in declaration.read:
            scope.saved["read"] = {**scope.saved.get("read", {}), **self._take(action, step, scope, {}, False)}
        if declaration.read or len(declaration.create) > 1:
            self._tell(action, scope)
        left = [name for name in properties if name not in scope.used and name != self.type.tags]
        if left:
            action.note(f"launchrole has no use for these properties: {', '.join(left)}")

    def update(self, action: Action, old: Resource, properties: Mapping[str, Any], changed: frozenset[str]) -> None:
        known = {**dict(properties)}
        name = self.declaration.name
        if name is not None and not known.get(name) and name in old.attributes:
            known[name] = old.attributes[name]
        scope = Scope(action, known, dict(old.attributes), old)
        tag_property = self.type.tags or "Tags"
        retagged = tag_property in changed
        for step in self.declaration.update:
            wanted = step.when or ((*step.only,) if step.only else ())
            if wanted and not changed & set(wanted):
                continue
            if not wanted and changed <= {tag_property} and not _takes_tags(step, tag_property, self.declaration):
                continue
            output = self._take(action, step, scope, action.tags, carries_tags=True, updating=True)
            scope.saved["create"] = {**scope.saved.get("create", {}), **output}
            retagged = retagged and not _takes_tags(step, tag_property, self.declaration)
        if retagged and self.declaration.tagging is not None:
            self._retag(action, scope, old)
        elif retagged:
            action.note("The tags stay as they were: the handler of this type has no call that changes them")
        for step in self.declaration.read:
            scope.saved["read"] = {**scope.saved.get("read", {}), **self._take(action, step, scope, {}, False)}
        action.created(old.physical_id, **{**old.attributes, **self._attributes(scope)})

    def delete(self, action: Action, old: Resource) -> None:
        known = {**old.properties}
        name = self.declaration.name
        if name is not None and not known.get(name) and name in old.attributes:
            known[name] = old.attributes[name]
        scope = Scope(action, known, dict(old.attributes), old)
        for step in self.declaration.delete:
            try:
                self._take(action, step, scope, {}, carries_tags=False)
            except ServiceError as problem:
                if not gone(problem) and problem.code not in step.ignore:
                    raise

    def _take(
        self,
        action: Action,
        step: Step,
        scope: Scope,
        tags: Mapping[str, str],
        carries_tags: bool,
        updating: bool = False,
    ) -> Mapping[str, Any]:
        """Take a step, as often as it is to be taken; the last answer."""
        if not updating and any(scope.find(one) in (_MISSING, None, [], {}) for one in step.when):
            return {}
        if any(scope.find(one) not in (_MISSING, None, [], {}) for one in step.unless):
            return {}
        if any(scope.find(one) in (_MISSING, None, [], {}) for one in step.having):
            return {}
        items: list[Any] = [None]
        if step.each is not None:
            items = _items(step, scope)
        output: Mapping[str, Any] = {}
        for item in items:
            scope.item = item
            params = self._params(step, scope, tags if carries_tags else {})
            try:
                output = action.call(step.service, step.operation, params)
            except ServiceError as problem:
                if problem.code not in step.ignore:
                    raise
            output = {name: value for name, value in output.items() if name != "ResponseMetadata"}
            if step.save:
                scope.saved[step.save] = output
        return output

    def _params(self, step: Step, scope: Scope, tags: Mapping[str, str]) -> dict[str, Any]:
        shape = step.shape
        params: dict[str, Any] = {}
        tag_property = self.type.tags
        rename = self.declaration.rename
        try:
            if step.only is None or step.only:
                for name, value in scope.properties.items():
                    if name == tag_property or name in self.declaration.dropped or rename.get(name) == "":
                        continue
                    if step.only and name not in step.only:
                        continue
                    member = shapes.member_of(shape, rename.get(name, name))
                    if member is None:
                        continue
                    params[member] = shapes.fitted(value, shape.members[member], rename, name)
                    scope.used.add(name)
                member = None
                if tag_property is not None:
                    member = shapes.member_of(shape, rename.get(tag_property, tag_property))
                if tags and step.tag_as is not None:
                    pairs = [{"Key": name, "Value": one} for name, one in tags.items()]
                    params["TagSpecifications"] = [{"ResourceType": step.tag_as, "Tags": pairs}]
                elif member is not None and tags and (step.only is None or tag_property in step.only):
                    params[member] = shapes.tags_as(tags, shape.members[member])
            for name, value in step.given.items():
                filled = scope.fill(value)
                if filled is not _MISSING:
                    params[name] = shapes.fitted(filled, shape.members[name], rename, name)
            for name in shape.required_members:
                if name not in params:
                    found = scope.find_like(name)
                    if found is not _MISSING:
                        params[name] = shapes.fitted(found, shape.members[name], rename, name)
        except shapes.NoMember as problem:
            raise Failed(f"Encountered unsupported property {problem.name}") from None
        except shapes.Unfit as problem:
            raise Failed(f"Value of property {problem.place} must be {problem.wanted}") from None
        for name, member_shape in shape.members.items():
            if member_shape.metadata.get("idempotencyToken") and name not in params:
                params[name] = action_token(scope.action)
        return params

    def _retag(self, action: Action, scope: Scope, old: Resource) -> None:
        """Bring the tags up to date by the service's tagging calls."""
        words = self.declaration.tagging
        assert words is not None
        service = words.get("service", self.declaration.service)
        target = scope.fill(words["resource"])
        gone_keys = sorted(set(old.tags) - set(action.tags))
        new = {name: value for name, value in action.tags.items() if old.tags.get(name) != value}
        if gone_keys:
            shape = shapes.input_shape(service, words["untag"])
            keys = words.get("keys") or _like(shape, "tagkey")
            member = shape.members[keys]
            value: Any = gone_keys
            if getattr(member, "member", None) is not None and member.member.type_name == "structure":
                value = [{"Key": one} for one in gone_keys]
            action.call(service, words["untag"], {words["arn"]: target, keys: value})
        if new:
            shape = shapes.input_shape(service, words["tag"])
            tags = words.get("tags") or _like(shape, "tags")
            action.call(service, words["tag"], {words["arn"]: target, tags: shapes.tags_as(new, shape.members[tags])})

    def _physical(self, scope: Scope) -> str:
        declaration = self.declaration
        if declaration.physical is not None:
            found = scope.fill(declaration.physical)
        elif declaration.name is not None:
            found = scope.properties[declaration.name]
        else:
            pieces = [scope.find_like(one) for one in self.type.identifier]
            found = _MISSING if any(one is _MISSING for one in pieces) else "|".join(str(one) for one in pieces)
        if found is _MISSING:
            raise Failed(f"launchrole does not know the physical id of a resource of type {self.type.name}")
        return str(found)

    def _tell(self, action: Action, scope: Scope) -> None:
        """What is known of the resource so far."""
        attributes = self._attributes(scope)
        scope.own.update(attributes)
        if not scope.physical:
            scope.physical = self._physical(scope)
        action.created(scope.physical, **attributes)

    def _attributes(self, scope: Scope) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self.declaration.name is not None and self.declaration.name in scope.properties:
            found[self.declaration.name] = scope.properties[self.declaration.name]
        for name in self.type.read_only:
            if "/" not in name and "*" not in name:
                value = scope.answered(name)
                if value is not _MISSING:
                    found[name] = value
        for name, template in self.declaration.attributes.items():
            value = scope.fill(template)
            if value is not _MISSING:
                found[name] = value
        return {name: value for name, value in found.items() if value is not None}


class Scope:
    """The values that templates of a declaration may name: properties and attributes by their names; `create.X` and
    `read.X` of the answers; `item`, `physical`, `old.X`, and the place of the stack."""

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
        """The value at a dotted path; `_MISSING` where there is none."""
        first, _, rest = path.partition(".")
        stack = self.action.stack
        if first in self.saved:
            return _inside(self.saved[first], rest)
        if first == "item":
            return _inside(self.item, rest) if rest else self.item
        if first == "physical":
            return self.physical
        if first == "old" and self.old is not None:
            return _inside(self.old.properties, rest)
        places = {
            "account": stack.account,
            "region": stack.region,
            "partition": stack.partition,
            "stack_name": stack.name,
            "stack_id": stack.stack_id,
            "logical_id": self.action.logical_id,
            "token": action_token(self.action),
            "empty": "",
            "no": "false",
            "none": "(none)",
            "overwrite": "overwrite",
            "all_properties": self.properties,
            "json_type": "application/json",
        }
        if first == "all_properties":
            self.used.update(self.properties)
        if first in places:
            return places[first]
        found = _inside(self.properties, path)
        self.used.add(first)
        return _inside(self.own, path) if found is _MISSING else found

    def find_like(self, name: str) -> Any:
        """A value for a member of an input by its name, whatever its case."""
        for known in (self.properties, self.own, *self.saved.values()):
            for each in known:
                if each.lower() == name.lower():
                    return known[each]
        if self.saved:
            return self.answered(name)
        return _MISSING

    def answered(self, name: str) -> Any:
        """A member of the answers, at their top or inside their only structure."""
        for answer in reversed(list(self.saved.values())):
            for level in _levels(answer):
                for each, value in level.items():
                    if each.lower() == name.lower() and value is not None:
                        return value
        return _MISSING

    def known(self, template: Any) -> Any:
        """A template's value; None where there is none."""
        found = self.fill(template)
        return None if found is _MISSING else found

    def fill(self, template: Any) -> Any:
        """A template's value. `{X?}` may be missing: then the whole is; any other that is missing is a fault of the
        data. Raises `Incomplete`."""
        if isinstance(template, dict):
            filled = {name: self.fill(one) for name, one in template.items()}
            return {name: one for name, one in filled.items() if one is not _MISSING}
        if isinstance(template, list):
            return [one for one in map(self.fill, template) if one is not _MISSING]
        if not isinstance(template, str):
            return template
        whole = _PLACEHOLDER.fullmatch(template)
        if whole is not None:
            return self._value(template, whole)
        missing = False

        def put(found: re.Match[str]) -> str:
            nonlocal missing
            value = self._value(template, found)
            if value is _MISSING:
                missing = True
                return ""
            return str(value)

        text = _PLACEHOLDER.sub(put, template)
        return _MISSING if missing else text

    def _value(self, template: str, found: re.Match[str]) -> Any:
        paths, optional, function = found.groups()
        value = _MISSING
        for path in paths.split(","):
            value = self.find(path)
            if value is not _MISSING and value is not None:
                break
        if value is _MISSING or value is None:
            if optional:
                return _MISSING
            raise Incomplete(f"`{template}`: there is no {paths} in {self.action.type} {self.action.logical_id}")
        return value if function is None else FUNCTIONS[function](value)


def _items(step: Step, scope: Scope) -> list[Any]:
    assert step.each is not None
    new = _listed(scope.find(step.each))
    old = _listed(_MISSING if scope.old is None else _inside(scope.old.properties, step.each))
    if step.of == "all":
        return new
    if step.of == "added":
        return [one for one in new if one not in old]

    def name(item: Any) -> Any:
        return item.get(step.key) if step.key is not None and isinstance(item, Mapping) else item

    kept = [name(one) for one in new]
    return [one for one in old if name(one) not in kept]


def _listed(found: Any) -> list[Any]:
    if found is _MISSING or found is None:
        return []
    return found if isinstance(found, list) else [found]


def _inside(value: Any, path: str) -> Any:
    for step in path.split(".") if path else ():
        if isinstance(value, Mapping):
            if step not in value:
                return _MISSING
            value = value[step]
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return _MISSING
    return value


def _levels(answer: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield answer
    inner = [one for one in answer.values() if isinstance(one, Mapping)]
    if len(inner) == 1:
        yield inner[0]


def action_token(action: Action) -> str:
    """An idempotency token for an action's calls."""
    return action.token.replace("/", "-")[-64:]


def gone(problem: ServiceError) -> bool:
    """Whether an error says that the resource is not there."""
    return (
        problem.status == 404
        or _GONE.search(problem.code) is not None
        or (problem.code in ("ValidationException", "ValidationError") and _GONE.search(problem.message) is not None)
    )


def _like(shape: StructureShape, name: str) -> str:
    return str(next(one for one in shape.members if name in one.lower()))


def _takes_tags(step: Step, tag_property: str, declaration: Declaration) -> bool:
    if step.only is not None and tag_property not in step.only:
        return False
    return shapes.member_of(step.shape, declaration.rename.get(tag_property, tag_property)) is not None


@functools.cache
def _written() -> Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """What the data say of each type, and the file in which they do, as they are written."""
    found: dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {}
    for file in resources.files(_FACTS).iterdir():
        if file.name.endswith(".yaml"):
            loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
            data = yaml.load(file.read_text(encoding="utf-8"), Loader=loader)
            found |= {name: (data, one) for name, one in data["types"].items()}
    return found


def declared_types() -> Collection[str]:
    """The types that have declarations."""
    return _written().keys()


@functools.cache
def declaration(type: str) -> Declaration:
    """The declaration of a type. It is made when the type is first asked for: its calls are looked up in the models of
    their services, and reading those of all services takes half a second. Raises `KeyError` for a type without one,
    ValueError for one with a fault."""
    data, one = _written()[type]
    return _declaration(data, type, one)


_KEYS = frozenset(
    [
        "service",
        "name",
        "before",
        "create",
        "read",
        "update",
        "delete",
        "physical",
        "attributes",
        "rename",
        "drop",
        "tagging",
        "stack_tags",
        "wraps_tagging_errors",
        "exceptions",
        "replaced_by",
        "source",
    ]
)


_STEP_KEYS = frozenset(
    ["call", "with", "only", "when", "unless", "having", "each", "of", "key", "tag_as", "save", "ignore"]
)


def _declaration(data: Mapping[str, Any], name: str, one: Mapping[str, Any]) -> Declaration:
    unknown = set(one) - _KEYS
    if unknown:
        raise ValueError(f"{name}: unknown keys {sorted(unknown)}")
    service = one.get("service", data["service"])
    named = one.get("name")
    if isinstance(named, str):
        named = {"property": named}
    tagging = one.get("tagging", data.get("tagging"))
    if tagging is False:
        tagging = None

    def steps(key: str, *, whole: bool = False) -> tuple[Step, ...]:
        value = one.get(key, ())
        listed = value if isinstance(value, list) else [value] if value else []
        return tuple(_step(each, service, whole and number == 0) for number, each in enumerate(listed))

    resource = one.get("tagging", {}).get("resource") if isinstance(one.get("tagging"), dict) else None
    if tagging is not None:
        tagging = {**data.get("tagging", {}), **tagging}
        tagging["resource"] = resource or tagging.get("resource", "{physical}")
    return Declaration(
        service,
        steps("create", whole=True),
        steps("before"),
        steps("read"),
        steps("update", whole=True),
        steps("delete"),
        named["property"] if named else None,
        named.get("length", 64) if named else 64,
        named.get("lower", False) if named else False,
        named.get("start") if named else None,
        one.get("physical"),
        one.get("attributes", {}),
        one.get("rename", {}),
        one.get("drop", {}),
        tagging,
        one.get("stack_tags", True),
        one.get("wraps_tagging_errors", False),
        one.get("exceptions", {}),
        tuple(one.get("replaced_by", ())),
    )


def _step(value: Any, service: str, whole: bool) -> Step:
    if isinstance(value, str):
        value = {"call": value}
    call = value["call"]
    if ":" in call:
        service, _, call = call.partition(":")
    if operation_model(service, call) is None:
        raise ValueError(f"{service}:{call} is no operation")
    only: tuple[str, ...] | None = None if whole else ()
    if "only" in value:
        only = None if value["only"] == "*" else tuple(value["only"])

    def names(key: str) -> tuple[str, ...]:
        found = value.get(key, ())
        return (found,) if isinstance(found, str) else tuple(found)

    unknown = set(value) - _STEP_KEYS
    if unknown:
        raise ValueError(f"{service}:{call}: unknown keys {sorted(unknown)}")
    return Step(
        service,
        call,
        value.get("with", {}),
        only,
        names("when"),
        names("unless"),
        names("having"),
        value.get("each"),
        value.get("of", "all"),
        value.get("key"),
        value.get("tag_as"),
        value.get("save", ""),
        names("ignore"),
    )
