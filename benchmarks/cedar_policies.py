"""IAM statements as Cedar policies, so that Cedar answers the same questions.

Literal actions go into the policy's scope, which Cedar can tell apart fastest; everything else is a `like` or a `==`
on the request context, where `like` is Cedar's only pattern: `*` crosses the colons of an ARN there, and `?` does not
exist. A layer beside the identity policies (boundary, session policy) becomes a `forbid ... unless` it allows.

Raises NotExpressibleError for what Cedar cannot say.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any


class NotExpressibleError(Exception):
    """An IAM statement has no counterpart in Cedar; the message names the element."""


def translate(identity: Iterable[str], *limits: Iterable[str]) -> str:
    """Cedar policies for identity policies (JSON texts) and for what limits them."""
    policies = [_policy(statement) for statement in _statements(identity)]
    for limit in limits:
        statements = list(_statements(limit))
        allowed = [_condition(statement, scoped=False) for statement in statements if statement["Effect"] == "Allow"]
        policies += [_policy(statement) for statement in statements if statement["Effect"] == "Deny"]
        if allowed:
            policies.append(f"forbid (principal, action, resource) unless {{ {_any_of(allowed)} }};")
    return "\n".join(policies)


def _statements(texts: Iterable[str]) -> Iterator[dict[str, Any]]:
    for text in texts:
        yield from _list(json.loads(text)["Statement"])


def _policy(statement: dict[str, Any]) -> str:
    kind = "permit" if statement["Effect"] == "Allow" else "forbid"
    literal = _literal_actions(statement)
    scope = f"action in [{', '.join(f'Action::{_text(one)}' for one in literal)}]" if literal else "action"
    return f"{kind} (principal, {scope}, resource) when {{ {_condition(statement, scoped=bool(literal))} }};"


def _literal_actions(statement: dict[str, Any]) -> list[str]:
    actions = [action.lower() for action in _list(statement.get("Action", []))]
    return actions if not any(_is_pattern(action) for action in actions) else []


def _condition(statement: dict[str, Any], *, scoped: bool) -> str:
    """Everything that must hold, but for the action where the policy's scope has it."""
    parts: list[str] = []
    if "NotAction" in statement:
        parts.append(f"!({_any_of(_like('action', one.lower()) for one in _list(statement['NotAction']))})")
    elif not scoped:
        parts.append(_any_of(_like("action", one.lower()) for one in _list(statement["Action"])))
    if "NotResource" in statement:
        parts.append(f"!({_any_of(_like('resource', one) for one in _list(statement['NotResource']))})")
    else:
        parts.append(_any_of(_like("resource", one) for one in _list(statement["Resource"])))
    for operator, keys in statement.get("Condition", {}).items():
        parts += [_operator(operator, key.lower(), _list(values)) for key, values in keys.items()]
    return " && ".join(parts)


def _operator(operator: str, key: str, values: list[str]) -> str:
    optional = operator.endswith("IfExists")
    name = operator.removesuffix("IfExists")
    known = f"context has {_text(key)}"
    if any(not isinstance(value, str) or "${" in value for value in values):
        raise NotExpressibleError(f"{operator} with a policy variable or a value that is no text")
    if name in ("StringEquals", "Bool"):
        holds = _any_of(f"context[{_text(key)}] == {_text(value)}" for value in values)
    elif name in ("StringLike", "ArnLike", "ArnEquals"):
        holds = _any_of(_like(key, value) for value in values)
    elif name in ("ForAnyValue:StringEquals", "ForAnyValue:StringLike"):
        if name.endswith("Like") and any(_is_pattern(value) for value in values):
            raise NotExpressibleError("a pattern for the members of a set")
        holds = _any_of(f"context[{_text(key)}].contains({_text(value)})" for value in values)
    else:
        raise NotExpressibleError(operator)
    return f"(!({known}) || {holds})" if optional else f"{known} && {holds}"


def _like(key: str, pattern: str) -> str:
    if pattern == "*":
        return "true"
    if not _is_pattern(pattern):
        return f"context[{_text(key)}] == {_text(pattern)}"
    if "?" in pattern or "${" in pattern:
        raise NotExpressibleError("a pattern with `?` or a policy variable")
    return f"context[{_text(key)}] like {_text(pattern)}"


def _is_pattern(text: str) -> bool:
    return "*" in text or "?" in text


def _any_of(alternatives: Iterable[str]) -> str:
    return f"({' || '.join(alternatives)})"


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
