"""What `launchrole.reasoning` has to be told of AWS to compare policies: actions, their levels and resources, keys."""

from __future__ import annotations

from collections.abc import Iterable

from launchrole.facts import actions as reference
from launchrole.policy.document import PolicyDocument
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
    known = KnownActions(one.full_name for each in patterns for one in reference.actions_matching(each))
    return Facts(known, _access_level, _resource_formats, _is_multivalued)


def _access_level(name: str) -> str | None:
    found = reference.action(name)
    return None if found is None else found.access_level


def _resource_formats(name: str) -> list[str] | None:
    found = reference.action(name)
    return None if found is None else [one.type.arn for one in found.resources]


def _is_multivalued(key: str) -> bool:
    service = reference.service(key.partition(":")[0])
    found = reference.global_keys().get(key) or (service and service.condition_keys.get(key))
    return bool(found and found.multivalued)
