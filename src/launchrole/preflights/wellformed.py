"""What is wrong with a template whatever role launches it, with the place of it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any

from launchrole.services.cloudformation.graph import dependencies, ordered
from launchrole.services.cloudformation.intrinsics import CONDITION_FUNCTIONS, FUNCTIONS
from launchrole.services.cloudformation.template import Path, Template, TemplateError

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


def check_circles(template: Template) -> None:
    """Refuse resources that need each other. Raises `TemplateError` with the place of the first."""
    try:
        ordered(dependencies(template, template.resources))
    except TemplateError as problem:
        listed = problem.message.partition("[")[2].rstrip("]").split(", ")
        first = next((name for name in template.resources if name in listed), listed[0])
        raise TemplateError(problem.message, ("Resources", first)) from None
