"""What is wrong with a template whatever role launches it, with the place of it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any

from launchrole.services.cloudformation.graph import dependencies, ordered
from launchrole.services.cloudformation.intrinsics import CONDITION_FUNCTIONS, FUNCTIONS
from launchrole.services.cloudformation.template import Path, Template, TemplateError

_WHOLE = ("MinLength", "MaxLength")
_NUMBERS = ("MinValue", "MaxValue")
_TRANSFORMED = ("Fn::Transform", "Fn::ForEach")


def check_functions(template: Template) -> None:
    """Refuse functions that CloudFormation does not have. Raises `TemplateError` with the place."""
    known = {*FUNCTIONS, *CONDITION_FUNCTIONS, *_TRANSFORMED}
    for section in ("Resources", "Outputs", "Conditions"):
        for name, path in _functions(template.body.get(section), (section,)):
            if name not in known and not name.startswith("Fn::ForEach::"):
                near = difflib.get_close_matches(name, sorted(known), 1)
                hint = f"; did you mean {near[0]}?" if near else ""
                raise TemplateError(f"there is no function {name}{hint}", path)


def _functions(node: Any, path: Path) -> Iterator[tuple[str, Path]]:
    """The functions in a value, each with its place."""
    if isinstance(node, dict):
        for key, one in node.items():
            if isinstance(key, str) and key.startswith("Fn::"):
                yield key, (*path, key)
            yield from _functions(one, (*path, key))
    elif isinstance(node, list):
        for number, one in enumerate(node):
            yield from _functions(one, (*path, number))


def check_constraints(template: Template) -> None:
    """Refuse constraints of parameters that say nothing to hold a value against. Raises `TemplateError` with the place.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html"""
    for name, declared in template.section("Parameters").items():
        for key, given in declared.items():
            path = ("Parameters", str(name), str(key))
            if key == "AllowedValues" and not isinstance(given, list):
                raise TemplateError(f"the AllowedValues of the parameter {name} must be a list", path)
            if key == "Type" and not isinstance(given, str):
                raise TemplateError(f"the Type of the parameter {name} must be a string", path)
            if key in _WHOLE and not _is_number(given, int):
                raise TemplateError(f"the {key} of the parameter {name} must be a whole number", path)
            if key in _NUMBERS and not _is_number(given, float):
                raise TemplateError(f"the {key} of the parameter {name} must be a number", path)


def _is_number(given: Any, kind: type[int] | type[float]) -> bool:
    try:
        kind(given)
    except (TypeError, ValueError, OverflowError):
        return False
    return True


def check_circles(template: Template) -> None:
    """Refuse resources that need each other. Raises `TemplateError` with the place of the first. What loops make is not
    looked at: it is not known before they are unrolled."""
    try:
        ordered(dependencies(template, template.written_out))
    except TemplateError as problem:
        listed = problem.message.partition("[")[2].rstrip("]").split(", ")
        first = next((name for name in template.resources if name in listed), listed[0])
        raise TemplateError(problem.message, ("Resources", first)) from None
