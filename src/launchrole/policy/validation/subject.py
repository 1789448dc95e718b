"""A document under examination, with its names looked up once: actions, condition keys, operators."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from launchrole.policy import operators
from launchrole.policy.document import ConditionEntry, PolicyDocument, PolicyKind, Statement
from launchrole.policy.operators import Operator
from launchrole.policy.pattern import glob, pieces_of
from launchrole.policy.reference import Action, ConditionKey, Reference, Service, key_matches
from launchrole.policy.source import Path

ANYTHING = frozenset({"*", "*:*"})
"""The entries of Action that name all actions of all services."""


@dataclass(frozen=True, slots=True)
class ActionEntry:
    """One entry of Action or NotAction and what it names.

    `service` is None for `*` and for a service that nobody knows; `actions` is empty then.
    """

    path: Path
    written: str
    prefix: str
    name: str
    service: Service | None
    actions: tuple[Action, ...]

    @property
    def is_pattern(self) -> bool:
        return "*" in self.name or "?" in self.name

    @property
    def is_undocumented(self) -> bool:
        """Whether it names an action that AWS' managed policies have and the reference has not."""
        if self.service is None or not self.service.undocumented:
            return False
        matches = glob(pieces_of(self.name.lower()))
        return any(matches(name) for name in self.service.undocumented)


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator with one key; `key` is None where nobody knows it."""

    path: Path
    entry: ConditionEntry
    operator: Operator
    key: ConditionKey | None

    @property
    def values(self) -> Iterator[tuple[Path, str]]:
        """Each value with its place."""
        for index, value in enumerate(self.entry.values):
            yield (*self.path, index), value

    @property
    def is_required(self) -> bool:
        """Whether a request without the key cannot match."""
        operator = self.operator
        if operator.family == "Null":
            return all(value.lower() == "false" for value in self.entry.values)
        if operator.quantifier is not None:
            return operator.quantifier == "ForAnyValue" and not operator.if_exists
        return not operator.negated and not operator.if_exists


@dataclass(frozen=True, slots=True)
class StatementView:
    """A statement and what its names mean. `everything`: an entry of Action is `*`."""

    statement: Statement
    entries: tuple[ActionEntry, ...]
    resources: tuple[tuple[Path, str], ...]
    conditions: tuple[Condition, ...]
    everything: bool

    @property
    def is_allow(self) -> bool:
        return self.statement.effect == "Allow"

    @property
    def path(self) -> Path:
        return self.statement.path

    def actions(self) -> Iterator[Action]:
        """Every action that the entries name; those of `*` are left out."""
        for entry in self.entries:
            yield from entry.actions

    @property
    def is_understood(self) -> bool:
        """Whether it is known which actions the statement is about, and they are not all there are."""
        if self.everything or self.statement.not_action:
            return False
        return all(entry.actions and not entry.is_undocumented for entry in self.entries)

    def element(self, name: str) -> Path:
        """The place of an element of the statement."""
        return (*self.path, name)


class Subject:
    """A document, the reference to look names up in, and the kind of policy that the document is."""

    def __init__(self, document: PolicyDocument, reference: Reference, kind: PolicyKind | None) -> None:
        self.document = document
        self.reference = reference
        self.kind = kind
        self._action_keys: dict[str, frozenset[str]] = {}
        self.statements = tuple(self._view(statement) for statement in document.statements)

    @property
    def has_own_resource(self) -> bool:
        """Whether the policy belongs to one resource, so that Resource says little (trust and key policies)."""
        return self.kind in (PolicyKind.TRUST, PolicyKind.KEY)

    @property
    def grants(self) -> bool:
        """Whether an Allow in it gives permissions, rather than leaving room for those that others give."""
        return self.kind not in (PolicyKind.SCP, PolicyKind.RCP, PolicyKind.VPC_ENDPOINT)

    def has_key(self, action: Action, name: str) -> bool:
        """Whether the reference lists a condition key, as a policy names it, with an action or its resources."""
        keys = self._action_keys.get(action.full_name)
        if keys is None:
            keys = self._action_keys[action.full_name] = frozenset(map(str.lower, action.all_condition_keys()))
        return name.lower() in keys or any(key_matches(key, name) for key in keys if "${" in key or "<" in key)

    def _view(self, statement: Statement) -> StatementView:
        element = "NotAction" if statement.not_action else "Action"
        entries = tuple(self._entry(path, text) for path, text in _items(statement.path, element, statement.actions))
        element = "NotResource" if statement.not_resource else "Resource"
        return StatementView(
            statement,
            entries,
            tuple(_items(statement.path, element, statement.resources)),
            tuple(self._conditions(statement, entries)),
            any(entry.written.strip() in ANYTHING for entry in entries),
        )

    def _entry(self, path: Path, written: str) -> ActionEntry:
        prefix, _, name = written.strip().partition(":")
        service = self.reference.service(prefix)
        return ActionEntry(path, written, prefix, name, service, () if service is None else _named(service, name))

    def _conditions(self, statement: Statement, entries: Sequence[ActionEntry]) -> Iterator[Condition]:
        services = tuple(dict.fromkeys(entry.prefix.lower() for entry in entries if entry.service is not None))
        for entry in statement.conditions:
            operator = operators.operator(entry.operator)
            assert operator is not None  # parsing refuses what is no operator
            path = (*statement.path, "Condition", entry.operator, entry.key)
            yield Condition(path, entry, operator, self.condition_key(entry.key, services))

    def condition_key(self, name: str, services: Sequence[str] = ()) -> ConditionKey | None:
        """A condition key by its name in a policy; `services` are those whose tables are looked at before others.

        The keys of an identity provider (`accounts.google.com:sub`, `oidc.eks...:aud`) are its own affair: they are
        taken to be texts.
        """
        known = self.reference.global_keys()
        found = known.get(name.lower()) or next((key for key in known.values() if _is_tag(key, name)), None)
        prefix = name.partition(":")[0]
        if found is None:
            for one in dict.fromkeys([prefix.lower(), *services, "sts"]):
                service = self.reference.service(one)
                if service is not None and (found := service_key(service, name)) is not None:
                    break
        if found is None and ("." in prefix or "/" in prefix):
            return ConditionKey(name, None, False)
        return found


def service_key(service: Service, name: str) -> ConditionKey | None:
    """A condition key of a service by its name in a policy."""
    found = service.condition_keys.get(name.lower())
    return found or next((key for key in service.condition_keys.values() if _is_tag(key, name)), None)


def _is_tag(key: ConditionKey, name: str) -> bool:
    """Whether a key with a placeholder, such as a tag's, is the one that a policy names."""
    return ("${" in key.name or "<" in key.name) and key_matches(key.name, name)


def _items(path: Path, element: str, texts: Sequence[str]) -> Iterator[tuple[Path, str]]:
    for index, text in enumerate(texts):
        yield (*path, element, index), text


def _named(service: Service, name: str) -> tuple[Action, ...]:
    """The actions of a service that a name or a pattern means."""
    if "*" not in name and "?" not in name:
        found = service.actions.get(name.lower())
        return () if found is None else (found,)
    if name == "*":
        return tuple(service.actions.values())
    return tuple(service.actions[one] for one in _names_matching(tuple(service.actions), name.lower()))


@functools.lru_cache(maxsize=1024)
def _names_matching(names: tuple[str, ...], pattern: str) -> tuple[str, ...]:
    matches = glob(pieces_of(pattern))
    return tuple(name for name in names if matches(name))
