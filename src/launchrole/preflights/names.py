"""What names resources may have, by type: which property it is, and what AWS takes for it."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Any

from botocore.model import ListShape, StructureShape

from launchrole.facts.resource_types import resource_type
from launchrole.services.cloudformation.handlers import shapes
from launchrole.services.cloudformation.handlers.declarations import Declaration, declaration, declared_types


@dataclass(frozen=True, slots=True)
class Naming:
    """The property that names resources of a type. `shortest` and `longest` count characters; `pattern` is AWS' own;
    `generated`: CloudFormation makes a name where a template gives none, in lower case if `lower`."""

    path: tuple[str, ...]
    shortest: int = 1
    longest: int = 255
    pattern: str | None = None
    generated: bool = False
    lower: bool = False

    def takes(self, name: str) -> bool:
        """Does AWS take a name?"""
        if not self.shortest <= len(name) <= self.longest or (self.lower and name != name.lower()):
            return False
        if self.pattern is None:
            return True
        try:
            return re.fullmatch(self.pattern, name) is not None
        except re.error:  # a pattern of Java's that Python does not read: the service will tell
            return True


_BY_HAND = {
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    "AWS::S3::Bucket": Naming(
        ("BucketName",), 3, 63, r"(?!xn--|sthree-)[a-z0-9](?!.*\.\.)[a-z0-9.-]*[a-z0-9](?<!-s3alias)", True, True
    ),
}
_ONE_PLACEHOLDER = re.compile(r"\{([A-Za-z.]*Name)\}")


@functools.cache
def naming(type: str) -> Naming | None:
    """How resources of a type are named; None for a type whose resources AWS names."""
    if type in _BY_HAND:
        return _BY_HAND[type]
    found = resource_type(type)
    if found is None:
        return None
    declared = declaration(type) if type in declared_types() else None
    if declared is not None and declared.name is not None:
        path = tuple(declared.name.split("."))
        shape = _shape(declared, path)
        return _limited(path, shape, declared.name_length, generated=True, lower=declared.name_lower)
    candidates = [f"{type.rpartition('::')[2]}Name", "Name"]
    if declared is not None and (physical := _ONE_PLACEHOLDER.fullmatch(declared.physical or "")) is not None:
        candidates.insert(0, physical[1])
    for one in candidates:
        path = tuple(one.split("."))
        if path[0] in found.properties and path[0] not in found.read_only:
            shape = None if declared is None else _shape(declared, path)
            return _limited(path, shape, 255, generated=False, lower=False)
    return None


def _limited(path: tuple[str, ...], shape: Any, longest: int, *, generated: bool, lower: bool) -> Naming:
    """A naming within the limits of the API's model: the call that names the resource would be refused otherwise."""
    metadata = {} if shape is None else shape.metadata
    most = min(longest, int(metadata.get("max", longest)))
    return Naming(path, int(metadata.get("min", 1)), most, metadata.get("pattern"), generated, lower)


def _shape(declared: Declaration, path: tuple[str, ...]) -> Any:
    """The member of the creating call that a property is; None where it has none."""
    step = declared.create[0]
    shape: Any = step.shape
    for number, name in enumerate(path):
        while isinstance(shape, ListShape):
            shape = shape.member
        if not isinstance(shape, StructureShape):
            return None
        renamed = declared.rename.get(".".join(path[: number + 1]), name)
        given = [one for one, value in step.given.items() if value == "{" + name + "}"] if number == 0 else []
        member = given[0] if given else shapes.member_of(shape, renamed)
        if member not in shape.members:
            return None
        shape = shape.members[member]
    return shape
