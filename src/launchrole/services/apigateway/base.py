"""Patches: how API Gateway's updates name what they change in one of moto's objects.

https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call, Service

apigateway = Service("apigateway")

Convert = Callable[[str], Any]
"""A patch's value, which is always a text, as what it is. Raises ValueError."""


def bad_request(message: str) -> ServiceError:
    return ServiceError("BadRequestException", message)


def boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


@dataclass(frozen=True, slots=True)
class Patchable:
    """What of an object a patch may change, by paths; each with the attribute of moto's object.

    `single` are values that are replaced; those whose attribute is in `required` cannot be removed. `maps` are maps
    whose keys follow the path (`/requestTemplates/application~1json`). `lists` are lists whose items are added and
    removed, as what follows the path or as the patch's value.
    """

    single: Mapping[str, tuple[str, Convert]]
    maps: Mapping[str, tuple[str, Convert]] = field(default_factory=dict)
    lists: Mapping[str, str] = field(default_factory=dict)
    required: frozenset[str] = frozenset()

    def apply(self, target: Any, patches: Iterable[Mapping[str, Any]]) -> None:
        """Make all the changes, or none. Raises BadRequestException."""
        changed: dict[str, Any] = {}
        for patch in patches:
            self._one(target, patch, changed)
        for attribute, value in changed.items():
            setattr(target, attribute, value)

    def _one(self, target: Any, patch: Mapping[str, Any], changed: dict[str, Any]) -> None:
        path, operation, value = patch.get("path", ""), patch.get("op"), patch.get("value")
        if operation not in ("add", "remove", "replace"):
            raise bad_request("Invalid patch operation specified. Must be one of: [add, remove, replace]")
        if path in self.single:
            attribute, convert = self.single[path]
            if operation == "remove" and attribute in self.required:
                raise bad_request(f"Invalid patch operation specified: {path} cannot be removed")
            changed[attribute] = None if operation == "remove" else _converted(path, value, convert)
            return
        step, tail = _split(path)
        if tail and step in self.maps:
            attribute, convert = self.maps[step]
            kept = dict(changed.get(attribute, getattr(target, attribute)) or {})
            if operation == "remove":
                kept.pop(tail, None)
            else:
                kept[tail] = _converted(path, value, convert)
            changed[attribute] = kept
        elif step in self.lists:
            attribute = self.lists[step]
            item = tail or value
            if not item:
                raise bad_request(f"Invalid patch value specified for {path}")
            items = [one for one in changed.get(attribute, getattr(target, attribute)) or [] if one != item]
            changed[attribute] = items if operation == "remove" else [*items, item]
        else:
            raise bad_request(f"Invalid patch path {path}")


def _split(path: str) -> tuple[str, str]:
    """`/requestTemplates` and `application/json` of /requestTemplates/application~1json (JSON pointers, RFC 6901)."""
    first, _, rest = path.removeprefix("/").partition("/")
    return f"/{first}", rest.replace("~1", "/").replace("~0", "~")


def _converted(path: str, value: Any, convert: Convert) -> Any:
    try:
        return convert("" if value is None else value)
    except ValueError:
        raise bad_request(f"Invalid patch value {value} specified for {path}") from None


def patches(call: Call) -> list[dict[str, Any]]:
    return list(call.params.get("patchOperations") or ())
