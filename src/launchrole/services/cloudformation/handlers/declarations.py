"""What the data in `facts/handlers/SERVICE.yaml` says of a type: which calls make, change and remove a resource.

The format is described in docs/resource-types.md.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from botocore.model import StructureShape

from launchrole.account.wire.models import operation_model
from launchrole.facts import yaml_data
from launchrole.services.cloudformation.handlers import shapes

_FACTS = "launchrole.facts.handlers"


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
    """Properties that must be there and not be false, in an update too; `lacking` is its opposite."""
    lacking: tuple[str, ...] = ()
    each: str | None = None
    of: str = "all"
    """Which items: `all`, `added` (new ones, or others than before), or `gone` (of the old list only)."""
    key: str | None = None
    """The member by which items of two lists are the same one; None: as a whole."""
    tag_as: str | None = None
    """EC2's kind of resource, for inputs that take tags by TagSpecifications."""
    save: str = ""
    patch: Mapping[str, str] = field(default_factory=dict)
    """Properties with the paths of API Gateway's patch operations that change them."""
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
    tagging: Mapping[str, Any] | None = None
    stack_tags: bool = True
    wraps_tagging_errors: bool = False
    exceptions: Mapping[str, str] = field(default_factory=dict)
    """Actions beyond the type's published permissions, with the reason."""
    replaced_by: tuple[str, ...] = ()
    """Properties that cannot be changed in place, beyond those that the schema says."""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """What properties are where a template does not say."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Properties with which a resource is refused, with the reason."""


_TYPE = re.compile(r"^  ([\w:]+):(?=\s|$)", re.MULTILINE)
"""Where a type's declaration begins: what is under `types` is indented by two spaces, and nothing else in a file."""


@functools.cache
def _texts() -> Mapping[str, str]:
    """The text of the file that declares a type, by the type. Reading all of them as YAML would take a quarter of a
    second, of which a template needs little."""
    found: dict[str, str] = {}
    for file in resources.files(_FACTS).iterdir():
        if file.name.endswith(".yaml"):
            text = file.read_text(encoding="utf-8")
            found |= dict.fromkeys(_TYPE.findall(text.partition("\ntypes:")[2]), text)
    return found


@functools.cache
def _read(text: str) -> Mapping[str, Any]:
    data: Mapping[str, Any] = yaml_data.read(text)
    return data


def declared_types() -> Collection[str]:
    """The types that have declarations."""
    return _texts().keys()


@functools.cache
def declaration(type: str) -> Declaration:
    """The declaration of a type. It is made when the type is first asked for: its calls are looked up in the models of
    their services, and reading those of all services takes half a second. Raises `KeyError` for a type without one,
    ValueError for one with a fault."""
    data = _read(_texts()[type])
    return _declaration(data, type, data["types"][type])


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
        "defaults",
        "refused",
        "source",
    ]
)


_STEP_KEYS = frozenset(
    [
        "call",
        "with",
        "only",
        "when",
        "unless",
        "having",
        "lacking",
        "each",
        "of",
        "key",
        "tag_as",
        "save",
        "patch",
        "ignore",
    ]
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
        one.get("defaults", {}),
        one.get("refused", {}),
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
    patch = value.get("patch", {})
    return Step(
        service,
        call,
        value.get("with", {}),
        () if patch else only,
        names("when") or tuple(dict.fromkeys(name.partition(".")[0] for name in patch)),
        names("unless"),
        names("having"),
        names("lacking"),
        value.get("each"),
        value.get("of", "all"),
        value.get("key"),
        value.get("tag_as"),
        value.get("save", ""),
        patch,
        names("ignore"),
    )
