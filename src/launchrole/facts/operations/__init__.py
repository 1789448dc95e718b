"""What an API operation needs to be authorized for: a YAML file for each service, hand-kept, with its source.

AWS publishes which resource types an action takes, but not where in a request their names are, which member is a role
to be passed or holds the tags, nor how a service words its denials. That is what these files say; `docs/operations.md`
describes their format. A file is read when its service is first called.

An operation without an entry is derived from the service authorization reference (`launchrole.facts.derive`), and is
refused where that does not say enough. It is never let through.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from launchrole.facts import yaml_data
from launchrole.facts.template import Template, TemplateError, template

_DATA = os.path.dirname(__file__)


@dataclass(frozen=True, slots=True)
class Condition:
    """When a check applies: the request has the member `path`, with one of `values` where there are any."""

    path: tuple[str, ...]
    values: tuple[str, ...] = ()
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to be authorized before an operation may act.

    `resources` are templates of ARNs; every ARN they give must be allowed. `tags` and `tag_keys` are the paths of
    members with tags (for aws:RequestTag/* and aws:TagKeys), `resource_tags` that of the tags which a resource that is
    only coming into being is taken to have (aws:ResourceTag/*), `context` gives further condition keys their templates.
    `said_action` and `said_resource` are what the service's denial calls the action and the resource, where that is
    not their name and ARN: an empty resource is left out, `"{}"` stands for the ARN in quotes.
    """

    action: str
    resources: tuple[Template, ...]
    tags: tuple[str, ...] | None = None
    tag_keys: tuple[str, ...] | None = None
    resource_tags: tuple[str, ...] | None = None
    context: tuple[tuple[str, Template], ...] = ()
    when: tuple[Condition, ...] = ()
    said_action: str | None = None
    said_resource: str | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What a successful call means for the door's record of tags.

    `kind` is `create` (the resource starts with the request's tags), `tag`, `untag`, `replace` (all its tags) or
    `delete`; `resource` the template of the ARN, `tags` or `tag_keys` the path of the member that tells.
    """

    kind: str
    resource: Template
    tags: tuple[str, ...] | None = None
    tag_keys: tuple[str, ...] | None = None
    when: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation's checks, in the order in which they are made, and its effect on the tags. No check: no permission
    is needed (sts:GetCallerIdentity)."""

    service: str
    name: str
    checks: tuple[Check, ...]
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceOperations:
    """The operations of one service, by their names; `code` is the error code of its denials where it has its own."""

    service: str
    prefix: str
    source: str
    operations: Mapping[str, Operation]
    refused: Mapping[str, str]
    """Operations that the door refuses, and why: nobody knows what AWS checks, or a request does not tell."""
    beyond_reference: Mapping[str, str] = field(default_factory=dict)
    """Operations with an ARN that AWS' reference does not list for the action, and what is known."""
    partial: bool = False
    """Whether the file has only what needs words of its own, and the rest of the service is derived or refused."""
    denial_code: str | None = None
    arn_prefix: str = field(default="", repr=False)


def services() -> tuple[str, ...]:
    """The services that have a file, by botocore's names."""
    return tuple(sorted(name.removesuffix(".yaml") for name in os.listdir(_DATA) if name.endswith(".yaml")))


@functools.cache
def operations(service: str) -> ServiceOperations | None:
    """The operations of a service by botocore's name of it (`sagemaker`, `cognito-idp`, `stepfunctions`), or None."""
    path = os.path.join(_DATA, f"{service}.yaml")
    if not os.path.exists(path):
        return None
    with open(path, "rb") as file:
        data = yaml_data.read(file.read())
    return _read(service, data)


def operation(service: str, name: str) -> Operation | None:
    """An operation's entry; None where there is none."""
    found = operations(service)
    return None if found is None else found.operations.get(name)


_FILE_KEYS = frozenset(
    {"prefix", "source", "arn", "denial_code", "says", "operations", "refused", "partial", "beyond_reference"}
)
_CHECK_KEYS = frozenset(
    {
        "action",
        "resource",
        "tags",
        "tag_keys",
        "resource_tags",
        "context",
        "when",
        "unless",
        "says",
        "pass_role",
        "to",
        "associated",
    }
)
_OWN_KEYS = frozenset({"action", "resource", "context", "when", "unless", "says", "pass_role"})
_EFFECT_KINDS = ("create", "tag", "untag", "replace", "delete")


@dataclass(frozen=True, slots=True)
class _File:
    """What all entries of a file share."""

    prefix: str
    arn_prefix: str
    says: Mapping[str, str]


def _read(service: str, data: Mapping[str, Any]) -> ServiceOperations:
    unknown = set(data) - _FILE_KEYS
    if unknown:
        raise TemplateError(f"operations/{service}.yaml: unknown keys {', '.join(sorted(unknown))}")
    prefix = data.get("prefix", service)
    arn_prefix = data.get("arn", f"arn:{{partition}}:{prefix}:{{region}}:{{account}}:")
    file = _File(prefix, arn_prefix, data.get("says", {}))
    return ServiceOperations(
        service,
        prefix,
        data["source"],
        _Entries(service, data["operations"] or {}, file),
        MappingProxyType(data.get("refused") or {}),
        MappingProxyType(data.get("beyond_reference") or {}),
        bool(data.get("partial")),
        data.get("denial_code"),
        arn_prefix,
    )


class _Entries(Mapping[str, Operation]):
    """The operations of a file, each read when it is first asked for: a launch needs a few of hundreds. Raises
    `TemplateError` for an entry with a fault."""

    def __init__(self, service: str, rows: Mapping[str, Any], file: _File) -> None:
        self._service = service
        self._rows = rows
        self._file = file
        self._known: dict[str, Operation] = {}

    def __getitem__(self, name: str) -> Operation:
        if name not in self._known:
            row = self._rows[name]
            try:
                self._known[name] = _operation(self._service, name, row, self._file)
            except (TemplateError, TypeError, ValueError, KeyError) as error:
                raise TemplateError(f"operations/{self._service}.yaml, {name}: {error}") from error
        return self._known[name]

    def __contains__(self, name: object) -> bool:
        return name in self._rows

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


def _operation(service: str, name: str, entry: Any, file: _File) -> Operation:
    """An entry: a template, a check, a list of checks, or nothing ([]) where no permission is needed."""
    if isinstance(entry, str):
        entry = {"resource": entry}
    rows = entry if isinstance(entry, list) else [entry]
    checks: list[Check] = []
    effects: list[Effect] = []
    for row in rows:
        given = dict(row)
        made = [(kind, given.pop(kind)) for kind in _EFFECT_KINDS if kind in given]
        if not made or _OWN_KEYS & set(given):
            checks.append(_check(name, given, file))
        effects += [_effect(kind, value, given, file) for kind, value in made]
    return Operation(service, name, tuple(checks), tuple(effects))


def _check(name: str, row: Mapping[str, Any], file: _File) -> Check:
    unknown = set(row) - _CHECK_KEYS
    if unknown:
        raise TemplateError(f"unknown keys {', '.join(sorted(unknown))}")
    context = [(key, template(str(text))) for key, text in row.get("context", {}).items()]
    when = _conditions(row.get("when"), negated=False) + _conditions(row.get("unless"), negated=True)
    if "pass_role" in row:
        member = row["pass_role"]
        context.append(("iam:PassedToService", template(row["to"])))
        if "associated" in row:
            context.append(("iam:AssociatedResourceArn", _resource(row["associated"], file)))
        role = template(f"{{{member}|role_arn}}")
        present = Condition(_path(member.partition(",")[0])) if "," not in member else None
        conditions = when if present is None else (present, *when)
        return Check("iam:PassRole", (role,), context=tuple(context), when=conditions)
    action = row.get("action", name)
    if ":" not in action:
        action = f"{file.prefix}:{action}"
    resources = row.get("resource", "*")
    says = {**file.says, **row.get("says", {})}
    said_action = says.get("action")
    return Check(
        action,
        tuple(_resource(one, file) for one in ([resources] if isinstance(resources, str) else resources)),
        tags=_path(row.get("tags")),
        tag_keys=_path(row.get("tag_keys")),
        resource_tags=_path(row.get("resource_tags")),
        context=tuple(context),
        when=when,
        said_action=None if said_action is None else said_action.replace("{}", action.partition(":")[2]),
        said_resource=says.get("resource"),
    )


def _effect(kind: str, value: Any, row: Mapping[str, Any], file: _File) -> Effect:
    """An effect's value is the template of the resource; the tags are those of the row."""
    when = _conditions(row.get("when"), negated=False) + _conditions(row.get("unless"), negated=True)
    return Effect(kind, _resource(value, file), _path(row.get("tags")), _path(row.get("tag_keys")), when)


def _conditions(value: Any, *, negated: bool) -> tuple[Condition, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        return (Condition(tuple(value.split(".")), (), negated),)
    return tuple(
        Condition(tuple(path.split(".")), tuple(map(str, wanted if isinstance(wanted, list) else [wanted])), negated)
        for path, wanted in value.items()
    )


def _path(value: str | None) -> Any:
    return None if value is None else tuple(value.split("."))


def _resource(text: str, file: _File) -> Template:
    """An ARN is completed with what all ARNs of the file begin with, unless it is written out."""
    return template(text if text == "*" or text.startswith("arn:") else file.arn_prefix + text)


def read_rows(service: str, prefix: str, name: str, rows: list[dict[str, Any]]) -> Operation:
    """An operation from rows that are in no file (`launchrole.facts.derive`)."""
    file = _File(prefix, f"arn:{{partition}}:{prefix}:{{region}}:{{account}}:", {})
    return _operation(service, name, rows, file)
