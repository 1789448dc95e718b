"""What `launchrole.reasoning` has to know of AWS, from the service authorization reference."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from launchrole.facts import actions
from launchrole.reasoning import Facts, KnownActions


@functools.cache
def known() -> Facts:
    """All actions with their access levels and resources, and which condition keys have several values.

    Every service is read, in about a second; only the first call does it.
    """
    names = KnownActions(one.full_name for one in actions.actions_matching("*"))
    return Facts(names, _access_level, _resource_formats, _is_multivalued)


def _access_level(name: str) -> str | None:
    found = actions.action(name)
    return None if found is None else found.access_level


def _resource_formats(name: str) -> Sequence[str] | None:
    found = actions.action(name)
    return None if found is None else tuple(dict.fromkeys(one.type.arn for one in found.resources))


def _is_multivalued(key: str) -> bool:
    found = actions.global_keys().get(key)
    if found is None:
        service = actions.service(key.partition(":")[0])
        found = None if service is None else service.condition_keys.get(key)
    return found is not None and found.multivalued
