"""What is said of a policy as a whole, held against what the policy allows.

The other notes, those on single versions, are `notes`.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from launchrole.facts import yaml_data
from launchrole.policy.document import PolicyDocument
from launchrole.policy.statement import action_matcher
from launchrole.registry.history import Policy, Version
from launchrole.registry.holders import Holder, Question, WhoCan
from launchrole.registry.proofs import access, parsed
from launchrole.registry.prose import Description, Named, Said, said_of
from launchrole.registry.registry import Registry
from launchrole.registry.service_names import prefixes_by_name


@dataclass(frozen=True, slots=True)
class InVain:
    """A service that is named, and of which a version allows nothing; `others` are the versions that do."""

    named: Named
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """What does not hold of a description. `unnamed` are services, by prefix, that the policy allows and nobody
    mentions, with the actions; `undecided` are services of which neither is proved."""

    version: Version
    description: Description
    in_vain: tuple[InVain, ...]
    not_allowed: tuple[Said, ...]
    unnamed: Mapping[str, tuple[str, ...]]
    undecided: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not self.in_vain and not self.not_allowed and not self.unnamed


def checked(registry: Registry, policy: Policy, version: Version, description: Description) -> Checked:
    """Hold a description against a version of a policy. Raises NotKnown, ReasoningError."""
    document = parsed(registry, version)
    allowed, undecided = _allowed(document)
    services = {prefix: tuple(one for one in allowed if _prefix(one) == prefix) for prefix in map(_prefix, allowed)}
    in_vain = tuple(
        InVain(one, tuple(_others(registry, policy, version, one.prefixes)))
        for one in description.services
        if not one.prefixes & {*services, *undecided}
    )
    not_allowed = tuple(
        one
        for one in description.actions
        if _prefix(one.action) not in undecided
        and not any(action_matcher(one.action)(name.lower()) for name in allowed)
    )
    unnamed = {prefix: actions for prefix, actions in services.items() if prefix not in description.mentioned}
    return Checked(version, description, in_vain, not_allowed, unnamed, tuple(sorted(undecided - {*services})))


def _allowed(document: PolicyDocument) -> tuple[list[str], set[str]]:
    """The actions that a policy allows on something, and services of which something is undecided."""
    found = access(document)
    names = {grant.name for one in found.findings for grant in one.actions if grant.name is not None}
    return sorted(names, key=str.lower), {_prefix(name) for one in found.undecided for name in one.actions}


def _others(registry: Registry, policy: Policy, version: Version, prefixes: frozenset[str]) -> Iterator[str]:
    questions = [WhoCan(Question(f"{prefix}:*")) for prefix in sorted(prefixes)]
    for other in policy.versions:
        if other.digest is not None and other.number != version.number:
            holder = Holder(other.reference, (parsed(registry, other),))
            if any(one.ask(holder).access.findings for one in questions):
                yield other.name


def _prefix(action: str) -> str:
    return action.partition(":")[0].lower()


# What ships


@dataclass(frozen=True, slots=True)
class Shipped:
    """A page's description of a policy, and the version that the page shows."""

    policy: str
    version: str
    description: Description


@functools.cache
def shipped_descriptions() -> Mapping[str, Shipped]:
    """What AWS' pages say, by policies."""
    text = (files("launchrole.registry") / "descriptions.yaml").read_text(encoding="utf-8")
    return {row["policy"]: _shipped(row) for row in yaml_data.read(text)}


def _shipped(row: Mapping[str, Any]) -> Shipped:
    services: list[Named] = []
    actions: list[Said] = []
    for one in row["places"]:
        services += [Named(name, _prefixes(name), one["place"]) for name in one["names"]]
        for detail in one.get("details", ()):
            words = _sentence(detail["verbs"], detail["things"])
            actions += [Said(action, True, one["place"]) for action in said_of(detail["service"], words)]
    mentioned = frozenset(prefix for one in services for prefix in one.prefixes)
    description = Description(row["source"], tuple(services), tuple(actions), mentioned)
    return Shipped(row["policy"], row["version"], description)


def _sentence(verbs: Sequence[str], things: Sequence[str]) -> str:
    return f"{', '.join(verbs)} {', '.join(things)}"


def _prefixes(name: str) -> frozenset[str]:
    return prefixes_by_name().get(name) or frozenset([name])
