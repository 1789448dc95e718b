"""Types whose handlers are data: `facts/handlers/SERVICE.yaml` says which calls make, change and remove a resource.

The format is described in docs/resource-types.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from botocore.model import StructureShape

from launchrole.account.errors import ServiceError
from launchrole.facts.resource_types import ResourceType
from launchrole.services.cloudformation.handlers import patching, shapes
from launchrole.services.cloudformation.handlers.action import Action, Failed, Resource
from launchrole.services.cloudformation.handlers.declarations import Declaration, Step, declaration
from launchrole.services.cloudformation.handlers.handler import Handler, PossibleCall
from launchrole.services.cloudformation.handlers.scope import (
    MISSING,
    Scope,
    action_token,
    inside,
    items,
    placeholders,
    with_value,
)

_GONE = re.compile(r"NotFound|NoSuch|DoesNotExist|NonExistent|not (?:be )?found|not find|does not exist", re.IGNORECASE)


class Declared(Handler):
    """A handler that follows a declaration."""

    changed_by_code: frozenset[str] = frozenset()
    """Properties that code, not the data, changes in place."""

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
        tokens = {name for name, one in shape.members.items() if one.metadata.get("idempotencyToken")}
        members = {*step.given, *shape.required_members, *tokens}
        if step.only is None or step.only:
            for name in self.type.properties:
                tags = name == self.type.tags
                if (step.only and name not in step.only) or (tags and not carries_tags):
                    continue
                if name in self.declaration.dropped or self.declaration.rename.get(name) == "":
                    continue
                members.add(shapes.member_of(shape, self.declaration.rename.get(name, name)) or "")
        given = dict(step.given)
        if step.patch:
            given["patchOperations"] = [{"path": path, "value": f"{{{name}}}"} for name, path in step.patch.items()]
            members.add("patchOperations")
        if step.tag_as is not None and carries_tags:
            members.add("TagSpecifications")
        return PossibleCall(step.service, step.operation, frozenset(members - {""}), given)

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

    def refusal(self, properties: Mapping[str, Any], changed: frozenset[str] = frozenset()) -> str | None:
        for name, why in self.declaration.refused.items():
            if properties.get(name) not in (None, "", [], {}):
                return f"launchrole does not serve the property {name} of {self.type.name}: {why}"
        left = ", ".join(sorted(changed - self._changeable()))
        return f"launchrole does not change these properties of {self.type.name} in place: {left}" if left else None

    def create(self, action: Action, properties: Mapping[str, Any]) -> None:
        declaration = self.declaration
        why = self.refusal(properties)
        if why is not None:
            raise Failed(why)
        known = {**declaration.defaults, **properties}
        if declaration.name is not None and inside(known, declaration.name) in (MISSING, ""):
            length, lower, start = declaration.name_length, declaration.name_lower, declaration.name_start
            generated = action.generated_name(length, lower=lower, start=start)
            known = with_value(known, declaration.name, generated)
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
        scope = Scope(action, self._named(properties, old), dict(old.attributes), old)
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
        scope = Scope(action, self._named(old.properties, old), dict(old.attributes), old)
        for step in self.declaration.delete:
            try:
                self._take(action, step, scope, {}, carries_tags=False)
            except ServiceError as problem:
                if not gone(problem) and problem.code not in step.ignore:
                    raise

    def _changeable(self) -> set[str]:
        """The properties of which calls of an update, or of the deletion later, make use."""
        declaration = self.declaration
        found = {self.type.tags or "Tags", *self.changed_by_code, *declaration.dropped}
        for step in declaration.delete:
            found |= placeholders(step.given)
        for step in declaration.update:
            found |= placeholders(step.given)
            named = (*step.when, *step.having, *step.lacking, *([] if step.each is None else [step.each]))
            found |= {one.partition(".")[0] for one in named}
            for name in self.type.properties if step.only is None else step.only:
                if shapes.member_of(step.shape, declaration.rename.get(name, name)) is not None:
                    found.add(name)
        return found

    def _named(self, properties: Mapping[str, Any], old: Resource) -> dict[str, Any]:
        """Properties with their defaults, and with the name that was generated for the resource."""
        name = self.declaration.name
        known = {**self.declaration.defaults, **properties}
        if name is not None and inside(known, name) in (MISSING, "") and name in old.attributes:
            return with_value(known, name, old.attributes[name])
        return known

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
        if not updating and not all(map(scope.has, step.when)):
            return {}
        if any(map(scope.has, step.unless)) or any(map(scope.affirms, step.lacking)):
            return {}
        if not all(map(scope.affirms, step.having)):
            return {}
        output: Mapping[str, Any] = {}
        for item in [None] if step.each is None else items(step, scope):
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
                if filled is not MISSING:
                    params[name] = shapes.fitted(filled, shape.members[name], rename, name)
            for name in shape.required_members:
                if name not in params:
                    found = scope.find_like(name)
                    if found is not MISSING:
                        params[name] = shapes.fitted(found, shape.members[name], rename, name)
        except shapes.NoMember as problem:
            raise Failed(f"Encountered unsupported property {problem.name}") from None
        except shapes.Unfit as problem:
            raise Failed(f"Value of property {problem.place} must be {problem.wanted}") from None
        if step.patch:
            params["patchOperations"] = patching.operations(step.patch, scope.before, scope.now)
        for name, member_shape in shape.members.items():
            if member_shape.metadata.get("idempotencyToken") and name not in params:
                params[name] = action_token(scope.action)
        return params

    def _retag(self, action: Action, scope: Scope, old: Resource) -> None:
        """Bring the tags up to date by the service's tagging calls."""
        words = self.declaration.tagging
        assert words is not None
        service = words.get("service", self.declaration.service)
        target = {words["arn"]: scope.fill(words["resource"]), **words.get("with", {})}
        gone_keys = sorted(set(old.tags) - set(action.tags))
        new = {name: value for name, value in action.tags.items() if old.tags.get(name) != value}
        if gone_keys:
            shape = shapes.input_shape(service, words["untag"])
            keys = words.get("keys") or _like(shape, "tagkey")
            member = shape.members[keys]
            value: Any = gone_keys
            if getattr(member, "member", None) is not None and member.member.type_name == "structure":
                value = [{"Key": one} for one in gone_keys]
            action.call(service, words["untag"], {**target, keys: value})
        if new:
            shape = shapes.input_shape(service, words["tag"])
            tags = words.get("tags") or _like(shape, "tags")
            action.call(service, words["tag"], {**target, tags: shapes.tags_as(new, shape.members[tags])})

    def _physical(self, scope: Scope) -> str:
        declaration = self.declaration
        if declaration.physical is not None:
            found = scope.fill(declaration.physical)
        elif declaration.name is not None:
            found = inside(scope.properties, declaration.name)
        else:
            pieces = [scope.find_like(one) for one in self.type.identifier]
            found = MISSING if any(one is MISSING for one in pieces) else "|".join(str(one) for one in pieces)
        if found is MISSING:
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
        name = self.declaration.name
        if name is not None and inside(scope.properties, name) is not MISSING:
            found[name] = inside(scope.properties, name)
        for name in self.type.read_only:
            if "/" not in name and "*" not in name:
                value = scope.answered(name)
                if value is not MISSING:
                    found[name] = value
        for name, template in self.declaration.attributes.items():
            value = scope.fill(template)
            if value is not MISSING and value is not None:
                found[name] = scope.own[name] = value
        return {name: value for name, value in found.items() if value is not None}


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
