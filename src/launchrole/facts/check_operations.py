"""Hold `operations/*.yaml` against botocore's service models and the service authorization reference.

`python -m launchrole.facts.check_operations SERVICE...` prints what is wrong; the tests run it for every file.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from launchrole.facts import actions
from launchrole.facts.derive import derive, members_of
from launchrole.facts.operations import Check, Operation, operations
from launchrole.facts.template import Placeholder, Template
from launchrole.policy.overlap import resource_meets_format
from launchrole.policy.reference import Action

_FIELD = re.compile(r"\$?\{[^{}]*\}")


def check(service: str, model: Any) -> Iterator[str]:
    """What is wrong with a service's file; `model` is botocore's model of the service."""
    found = operations(service)
    if found is None:
        yield f"{service}: no file"
        return
    names = set(model.operation_names)
    for name in sorted({*found.operations, *found.refused, *found.beyond_reference} - names):
        yield f"{service}:{name}: there is no such operation"
    for name in sorted(names):
        shape = model.operation_model(name)
        entry = found.operations.get(name)
        if entry is not None:
            for problem in _entry(entry, shape, is_listed=name not in found.beyond_reference):
                yield f"{service}:{name}: {problem}"
            continue
        if name in found.refused or found.partial:
            continue
        required = frozenset(shape.input_shape.required_members if shape.input_shape else ())
        try:
            derive(found.prefix, name, members_of(shape.input_shape), required)
        except LookupError as error:
            yield f"{service}:{name}: no entry, and {error}"


def _entry(entry: Operation, model: Any, *, is_listed: bool) -> Iterator[str]:
    for row in entry.checks:
        yield from _check(row, model, is_listed=is_listed)
    for effect in entry.effects:
        yield from _template(effect.resource, model, optional=True)
        for path in (effect.tags, effect.tag_keys):
            yield from _member(path, model)


def _check(row: Check, model: Any, *, is_listed: bool) -> Iterator[str]:
    conditional = bool(row.when)
    for template in row.resources:
        yield from _template(template, model, optional=conditional)
    for _, template in row.context:
        yield from _template(template, model, optional=True)
    for path in (row.tags, row.tag_keys, row.resource_tags):
        yield from _member(path, model)
    for condition in row.when:
        yield from _member(condition.path, model)
    action = actions.action(row.action)
    if action is None:
        yield f"the reference has no action {row.action}"
        return
    for template in row.resources:
        if is_listed and not _fits(template, action):
            formats = ", ".join(one.type.arn for one in action.resources[:3]) or "*"
            yield f"`{template.text}` is not an ARN that {row.action} takes: {formats}"


def _template(template: Template, model: Any, *, optional: bool) -> Iterator[str]:
    for placeholder in template.placeholders:
        for path in placeholder.paths if not placeholder.of_place else placeholder.paths[:-1]:
            yield from _member(path, model)
        if placeholder.of_place:
            continue
        if optional or placeholder.default is not None or placeholder.of_response:
            continue
        required = model.input_shape.required_members if model.input_shape is not None else ()
        if not any(path[0] in required for path in placeholder.paths):
            yield f"`{template.text}`: {placeholder.paths[0][0]} is optional and has no default"


def _member(path: tuple[str, ...] | None, model: Any) -> Iterator[str]:
    """Is there such a member in the input (or in the output, behind `response`)?"""
    if path is None:
        return
    shape = model.input_shape
    steps = path
    if path[0] == "response":
        shape, steps = model.output_shape, path[1:]
    for step in steps:
        while shape is not None and shape.type_name == "list":
            shape = shape.member
        if shape is not None and shape.type_name == "map":
            shape = shape.key if step == "@keys" else shape.value
        elif shape is None or shape.type_name != "structure" or step not in shape.members:
            yield f"no member {'.'.join(path)}"
            return
        else:
            shape = shape.members[step]


def _fits(template: Template, action: Action) -> bool:
    """Does an ARN have the form of one of the action's resource types, or is it `*` where AWS takes `*`?"""
    if template.text == "*":
        return action.access_level == "List" or not any(row.required for row in action.resources)
    last = template.parts[-1]
    if isinstance(last, Placeholder) and (last.may_be_arn or len(template.parts) == 1):
        before = template.parts[-2] if len(template.parts) > 1 else ":"
        if isinstance(before, str) and before.endswith(":"):
            return True  # the member is the ARN itself
    return any(resource_meets_format(_outline(template.text), _outline(row.type.arn)) for row in action.resources)


def _outline(arn: str) -> str:
    return _FIELD.sub("*", arn)


def check_services(services: Sequence[str]) -> int:
    """Print what is wrong with the files of some services; 0 where nothing is."""
    import botocore.session

    session = botocore.session.get_session()
    problems = [problem for service in services for problem in check(service, session.get_service_model(service))]
    print("\n".join(problems) or "nothing is wrong")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(check_services(sys.argv[1:]))
