"""Documents of managed policies: what IAM takes, and when two are the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Mapping

from launchrole.policy.document import PolicyKind, parse
from launchrole.policy.errors import PolicySyntaxError
from launchrole.registry.errors import RegistryError

_LISTS = ("Action", "NotAction", "Resource", "NotResource")


def accepted(text: str, kind: PolicyKind, where: str, known: Container[str | None] = ()) -> str:
    """The digest of a document that IAM takes as a policy of a kind; `known` are digests of documents that were looked
    at before. Raises RegistryError with IAM's answer and the place."""
    found = _digest(text)
    if found is None or found not in known:
        try:
            parse(text, kind)
        except PolicySyntaxError as error:
            raise RegistryError(f"{where}: IAM refuses this document: {error}") from None
    return found or digest(text)


def digest(text: str) -> str:
    """A name for what a document says: the same for two that differ in layout, in the order of keys, or in the order
    of a list's items (AWS' pages and IAM show the same version in different orders). The order of statements counts."""
    found = _digest(text)
    assert found is not None  # it was accepted
    return found


def _digest(text: str) -> str | None:
    """None where the text has not the form of a policy."""
    try:
        value = json.loads(text)
        statements = value.get("Statement", [])
        listed = statements if isinstance(statements, list) else [statements]
        written = json.dumps({**value, "Statement": [_statement(one) for one in listed]}, sort_keys=True)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None
    return hashlib.sha256(written.encode()).hexdigest()


def _statement(statement: Mapping[str, object]) -> dict[str, object]:
    made = dict(statement)
    for name in _LISTS:
        if name in made:
            made[name] = _sorted(made[name])
    conditions = made.get("Condition")
    if isinstance(conditions, Mapping):
        made["Condition"] = {
            operator: {key: _sorted(values) for key, values in keys.items()} for operator, keys in conditions.items()
        }
    return made


def _sorted(value: object) -> list[object]:
    """A list's items in one order, a single value as a list of one."""
    return sorted(value, key=repr) if isinstance(value, list) else [value]
