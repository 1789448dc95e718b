"""Changed properties as API Gateway's patch operations.

https://docs.aws.amazon.com/apigateway/latest/developerguide/patch-operations.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from launchrole.services.cloudformation.intrinsics import as_text

Find = Callable[[str], Any]
"""The value of a property by its dotted path; None where there is none."""


def operations(paths: Mapping[str, str], old: Find, new: Find) -> list[dict[str, str]]:
    """What makes the old values the new ones.

    `paths` are the patch paths of properties; one that ends with `/*` is that of a map, whose keys follow, or of a
    list, whose items are added and removed there.
    """
    found: list[dict[str, str]] = []
    for name, path in paths.items():
        before, after = old(name), new(name)
        if before != after:
            whole = path.removesuffix("/*")
            found += _inside(whole, before, after) if whole != path else _whole(path, after)
    return found


def _whole(path: str, value: Any) -> Iterator[dict[str, str]]:
    if value is None:
        yield {"op": "remove", "path": path}
    else:
        text = json.dumps(value) if isinstance(value, (dict, list)) else as_text(value)
        yield {"op": "replace", "path": path, "value": text}


def _inside(path: str, old: Any, new: Any) -> Iterator[dict[str, str]]:
    if isinstance(old or new, Mapping):
        before, after = old or {}, new or {}
        for key in before:
            if key not in after:
                yield {"op": "remove", "path": f"{path}/{_escaped(key)}"}
        for key, value in after.items():
            if before.get(key) != value:
                yield {"op": "replace", "path": f"{path}/{_escaped(key)}", "value": as_text(value)}
        return
    for item in old or ():
        if item not in (new or ()):
            yield {"op": "remove", "path": path, "value": as_text(item)}
    for item in new or ():
        if item not in (old or ()):
            yield {"op": "add", "path": path, "value": as_text(item)}


def _escaped(key: Any) -> str:
    """A key within a path: JSON Pointer's escapes."""
    return as_text(key).replace("~", "~0").replace("/", "~1")
