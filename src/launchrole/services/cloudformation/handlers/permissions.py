"""Which IAM actions a handler's calls may be asked for, and which of them the type's schema does not publish.

AWS publishes, for each handler of a type, the actions that it may need: `handlers.*.permissions` of the schema.
https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping
from typing import Any

from launchrole.account.authorizer import operation_of
from launchrole.facts.endpoints import endpoints
from launchrole.facts.operations import Condition
from launchrole.services.cloudformation.handlers.handler import Handler, PossibleCall

Actions = Mapping[str, tuple[PossibleCall, ...]]
"""IAM actions, each with the calls that are authorized for it."""


def needed(handler: Handler) -> Mapping[str, Actions]:
    """The actions that creating, updating and deleting a resource may be authorized for. Raises `CannotAuthorize` for a
    call of which nobody knows what it needs."""
    found: dict[str, dict[str, tuple[PossibleCall, ...]]] = {}
    for verb, calls in handler.calls().items():
        actions = found.setdefault(verb, {})
        for call in calls:
            for check in operation_of(endpoints()[call.service], call.operation).checks:
                if all(_can_hold(condition, call) for condition in check.when):
                    known = actions.get(check.action, ())
                    if call not in known:
                        actions[check.action] = (*known, call)
    return found


def unpublished(handler: Handler) -> Mapping[str, Actions]:
    """Of those, what the type's schema lists neither for the handler nor for the read handler, which runs after it."""
    published = handler.type.permissions
    if published is None:
        return {}
    found: dict[str, Actions] = {}
    for verb, actions in needed(handler).items():
        patterns = [one.lower() for one in (*published.get(verb, ()), *published.get("read", ()))]
        beyond = {
            action: calls
            for action, calls in actions.items()
            if not any(fnmatch.fnmatchcase(action.lower(), pattern) for pattern in patterns)
        }
        if beyond:
            found[verb] = beyond
    return found


def _can_hold(condition: Condition, call: PossibleCall) -> bool:
    """Can a call's input meet a condition of a check? Where the handler's data does not tell, it can."""
    member = condition.path[0]
    if condition.negated or call.members is None:
        return True
    if member not in call.members:
        return False
    if member not in call.given:
        return True
    texts = list(_texts(call.given, condition.path))
    if not condition.values:
        return bool(texts)
    return any("{" in text or fnmatch.fnmatchcase(text, wanted) for text in texts for wanted in condition.values)


def _texts(given: Any, path: tuple[str, ...]) -> Iterator[str]:
    """The texts at a path, or the template that will be filled with what the path leads into."""
    if isinstance(given, list):
        for one in given:
            yield from _texts(one, path)
    elif isinstance(given, Mapping) and path:
        if path[0] in given:
            yield from _texts(given[path[0]], path[1:])
    elif not path or "{" in str(given):
        yield str(given)
