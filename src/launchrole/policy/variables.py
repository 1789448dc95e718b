"""Policy variables: `${aws:username}`, `${aws:PrincipalTag/team, 'default'}`, and the escapes `${*}`, `${?}`, `${$}`.

IAM User Guide: reference_policies_variables.html. They exist only in documents of Version 2012-10-17. What a
variable stands for is put in as literal text: a star that comes from a tag is no wildcard.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from launchrole.policy.context import UNKNOWN, ContextValue
from launchrole.policy.pattern import Wildcard, pieces_of


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable in a policy: the context key in lower case, and what to use where the key has no value."""

    key: str
    default: str | None
    written: str


@dataclass(frozen=True, slots=True)
class Literal:
    """Text in which `*` and `?` are plain characters."""

    text: str


Template = tuple[str | Wildcard | Literal | Variable, ...]
"""A pattern with variables: pieces (see `pattern`), escaped characters and variables, in order."""

# Possessive throughout, so that a text that ends in the middle of a variable is looked at once: `${a` and many blanks.
_VARIABLE = re.compile(
    r"\$\{\s*+(?:(?P<escape>[*?$])|(?P<key>[^{},\s]++(?:\s++[^{},\s]++)*+)(?:\s*+,\s*+'(?P<default>[^']*+)')?)\s*+\}"
)


def has_variables(text: str) -> bool:
    return "${" in text and _VARIABLE.search(text) is not None


def template(text: str) -> Template:
    """The template of a text of Version 2012-10-17. A `${` that starts no variable is plain text."""
    parts: list[str | Wildcard | Literal | Variable] = []
    position = 0
    for found in _VARIABLE.finditer(text):
        parts.extend(pieces_of(text[position : found.start()]))
        if found["escape"]:
            parts.append(Literal(found["escape"]))
        else:
            parts.append(Variable(found["key"].lower(), found["default"], found["key"]))
        position = found.end()
    parts.extend(pieces_of(text[position:]))
    return tuple(parts)


class Unresolvable(Exception):
    """A variable has no value and no default; the pattern that holds it matches nothing."""


class UnknownVariable(Exception):
    """Nobody knows the value of a variable's key."""


def resolve(parts: Template, values: Mapping[str, ContextValue]) -> list[str | Wildcard]:
    """The pieces of a template for one request.

    Only single-valued keys can stand in a variable; a key with several values counts as one without a value.
    Raises Unresolvable or UnknownVariable.
    """
    pieces: list[str | Wildcard] = []
    for part in parts:
        if isinstance(part, Literal):
            pieces.append(part.text)
        elif isinstance(part, Variable):
            value = values.get(part.key)
            if value is UNKNOWN:
                raise UnknownVariable(part.key)
            if isinstance(value, str):
                pieces.append(value)
            elif part.default is not None:
                pieces.append(part.default)
            else:
                raise Unresolvable(part.written)
        else:
            pieces.append(part)
    return pieces


def resolve_widely(parts: Template, values: Mapping[str, ContextValue]) -> list[str | Wildcard]:
    """The pieces of a template in which a variable of unknown value may be anything.

    What these do not match, the template does not match whatever the values are. Raises Unresolvable.
    """
    known = [
        Wildcard.MANY if isinstance(part, Variable) and values.get(part.key) is UNKNOWN else part for part in parts
    ]
    return resolve(tuple(known), values)


def variable_keys(parts: Template) -> list[str]:
    """The context keys, as they are written, that a template reads."""
    return [part.written for part in parts if isinstance(part, Variable)]
