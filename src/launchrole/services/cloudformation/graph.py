"""Which resources depend on which: Ref, Fn::GetAtt, Fn::Sub and DependsOn, and the order that follows.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-dependson.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from launchrole.services.cloudformation.intrinsics import PSEUDO_PARAMETERS
from launchrole.services.cloudformation.template import Path, Template, TemplateError

_SUB = re.compile(r"\$\{([^!${}][^${}]*)\}")

Condition = Callable[[str], bool]


def mentioned(node: Any, path: Path, holds: Condition | None = None) -> Iterator[tuple[str, str | None, Path]]:
    """What a value mentions: the name of a parameter or resource, the attribute (None for a Ref), and where. Branches
    of Fn::If that are not taken are left out where `holds` tells."""
    if isinstance(node, dict):
        if len(node) == 1:
            ((name, given),) = node.items()
            if name == "Ref" and isinstance(given, str):
                yield given, None, path
                return
            if name == "Fn::GetAtt":
                parts = given.split(".", 1) if isinstance(given, str) else given
                if isinstance(parts, list) and len(parts) >= 2 and isinstance(parts[0], str):
                    literal = all(isinstance(one, str) for one in parts[1:])
                    yield parts[0], ".".join(parts[1:]) if literal else "", path
                    for one in parts[1:]:
                        yield from mentioned(one, path, holds)
                return
            if name == "Fn::Sub":
                yield from _of_sub(given, path, holds)
                return
            if name == "Fn::If" and isinstance(given, list) and len(given) == 3 and isinstance(given[0], str):
                for number in (1, 2) if holds is None else ((1,) if holds(given[0]) else (2,)):
                    yield from mentioned(given[number], (*path, name, number), holds)
                return
        for key, one in node.items():
            yield from mentioned(one, (*path, key), holds)
    elif isinstance(node, list):
        for number, one in enumerate(node):
            yield from mentioned(one, (*path, number), holds)


def _of_sub(given: Any, path: Path, holds: Condition | None) -> Iterator[tuple[str, str | None, Path]]:
    own: Mapping[str, Any] = {}
    if isinstance(given, list) and len(given) == 2 and isinstance(given[1], dict):
        given, own = given
        yield from mentioned(own, path, holds)
    if isinstance(given, str):
        for found in _SUB.finditer(given):
            name = found[1].strip()
            if name in own:
                continue
            first, dot, rest = name.partition(".")
            yield (first, rest, path) if dot and not name.startswith("AWS::") else (name, None, path)


def depends_on(resource: Mapping[str, Any]) -> list[str]:
    """A resource's DependsOn as a list."""
    found = resource.get("DependsOn") or []
    return [str(one) for one in (found if isinstance(found, list) else [found])]


def dependencies(template: Template, present: Iterable[str], holds: Condition | None = None) -> dict[str, set[str]]:
    """For each resource of `present` those that must be there before it. Resources whose conditions do not hold are
    not present, and nothing waits for them."""
    here = set(present)
    found: dict[str, set[str]] = {}
    for name in template.resources:
        if name not in here:
            continue
        resource = template.resources[name]
        of_values = {one for one, _, _ in mentioned(resource.get("Properties"), (), holds)}
        found[name] = ((of_values | set(depends_on(resource))) & here) - {name}
    return found


def check_references(template: Template, holds: Condition) -> None:
    """Refuse references to what is not there, and circles. Raises `TemplateError` in AWS' words."""
    present = [name for name, one in template.resources.items() if "Condition" not in one or holds(one["Condition"])]
    known = set(template.section("Parameters")) | set(present) | PSEUDO_PARAMETERS
    for section in ("Resources", "Outputs"):
        missing: list[str] = []
        for name, one in template.section(section).items():
            if "Condition" in one and not holds(str(one["Condition"])):
                continue
            value = one.get("Properties") if section == "Resources" else one.get("Value")
            names = [found for found, _, _ in mentioned(value, (), holds)]
            missing += [found for found in names if found not in known]
            if section == "Resources":
                for other in depends_on(one):
                    if other not in template.resources:
                        missing.append(other)
                if name in depends_on(one) or name in names:
                    raise TemplateError(f"Circular dependency between resources: [{name}]", (section, name))
        if missing:
            listed = ", ".join(dict.fromkeys(missing))
            prefix = "Template format error: " if section == "Resources" else ""
            raise TemplateError(
                f"{prefix}Unresolved resource dependencies [{listed}] in the {section} block of the template"
            )
    ordered(dependencies(template, present, holds))


def ordered(needs: Mapping[str, set[str]]) -> list[list[str]]:
    """Waves of resources: each needs only what is in the waves before. Raises `TemplateError` for a circle."""
    left = {name: set(others) for name, others in needs.items()}
    waves: list[list[str]] = []
    done: set[str] = set()
    while left:
        wave = [name for name, others in left.items() if others <= done]
        if not wave:
            circle = sorted(_on_circles(left))
            raise TemplateError(f"Circular dependency between resources: [{', '.join(circle)}]")
        waves.append(wave)
        done.update(wave)
        for name in wave:
            del left[name]
    return waves


def _on_circles(needs: Mapping[str, set[str]]) -> set[str]:
    """Those of the resources that cannot be ordered that do not merely wait for a circle."""
    left = {name: {one for one in others if one in needs} for name, others in needs.items()}
    while True:
        needed = set().union(*left.values())
        free = [name for name in left if name not in needed]
        if not free:
            return set(left)
        for name in free:
            del left[name]
