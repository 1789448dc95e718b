"""What `launchrole.reasoning` has to be told of AWS to compare policies: actions, their levels and resources, keys."""

from __future__ import annotations

from collections.abc import Iterable

from launchrole.facts import actions as reference
from launchrole.policy.document import PolicyDocument
from launchrole.policy.reference import ConditionKey
from launchrole.policy.statement import action_matcher
from launchrole.reasoning import Facts, KnownActions


def facts_for(documents: Iterable[PolicyDocument]) -> Facts:
    """The facts that questions about these policies depend on.

    Of a service that no statement names, no action is allowed or denied by any of them, so only the named ones are
    read; all of them where a statement has NotAction or a wildcard in the service's place.
    """
    prefixes: set[str] | None = set()
    for document in documents:
        for statement in document.statements:
            for action in statement.actions:
                service = action.partition(":")[0].strip().lower()
                if statement.not_action or "*" in service or "?" in service:
                    prefixes = None
                elif prefixes is not None:
                    prefixes.add(service)
    patterns = ["*"] if prefixes is None else [f"{prefix}:*" for prefix in sorted(prefixes)]
    return _facts(one.full_name for each in patterns for one in reference.actions_matching(each))


def facts_about(action: str) -> Facts:
    """The facts that a question about nothing but the actions that a pattern names (`iam:Pass*`) depends on."""
    service = action.partition(":")[0]
    named = reference.actions_matching("*" if "*" in service or "?" in service else action)
    matches = action_matcher(action)
    return _facts(one.full_name for one in named if matches(one.full_name.lower()))


def _facts(names: Iterable[str]) -> Facts:
    return Facts(KnownActions(names), _access_level, _resource_formats, _is_multivalued)


def _access_level(name: str) -> str | None:
    found = reference.action(name)
    return None if found is None else found.access_level


def _resource_formats(name: str) -> list[str] | None:
    found = reference.action(name)
    return None if found is None else [one.type.arn for one in found.resources]


def _is_multivalued(key: str) -> bool:
    found = _condition_key(key)
    return found is not None and found.multivalued


def type_of_key(key: str) -> str | None:
    """What a context key holds, in the words of AWS' tables (`String`, `Numeric`); None where that is unknown."""
    found = _condition_key(key.lower())
    return None if found is None else found.type


def _condition_key(key: str) -> ConditionKey | None:
    service = reference.service(key.partition(":")[0])
    return reference.global_keys().get(key) or (None if service is None else service.condition_keys.get(key))
