"""Templates of ARNs and context values, filled from an API request: `project/{name}`, `stack/{StackName}/*`.

A placeholder names a member of the operation's input, `{name}`, `{Tags.Key}`, or of its output, `{response.Id}`; the
path steps into structures and through lists, so a list in the request gives one text for each of its items.

- `{@name}`: a member that takes a name or an ARN. An ARN takes the place of the whole template. Without the mark a
  value is a name whatever it looks like: an object's key that begins with `arn:` must not choose what is authorized.
- `{RequestItems.@keys}`: the keys of a map.
- `{name:*}`: what to write where the request has no such member. A placeholder without it must be a required member.
- `{KeyId|kms_key}`: the value passed through a lookup (`launchrole.account.lookups`), which knows the account.
- `{first,second}`: the first of several members that the request has.
- `{partition}`, `{region}`, `{account}`: where the request goes; `{caller}`: the ARN of who makes it.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from launchrole.policy.errors import PolicyError


class TemplateError(PolicyError):
    """A template in the data that cannot be read: the fault is in the data, not in the request."""


class Unresolved(PolicyError):
    """A request from which a template cannot be filled: it lacks `member` and the template has no default for it."""

    def __init__(self, template: str, member: str) -> None:
        super().__init__(f"`{template}` cannot be filled: the request has no `{member}`")
        self.template = template
        self.member = member


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One `{...}`: `paths` to try in order, a `default` (None: there must be a value) and a `lookup` by its name."""

    paths: tuple[tuple[str, ...], ...]
    default: str | None
    lookup: str | None
    may_be_arn: bool = False

    @property
    def of_response(self) -> bool:
        return self.paths[0][0] == "response"

    @property
    def of_place(self) -> bool:
        return self.paths[-1][0] in _PLACE


Lookup = Callable[[str, str], str]
"""A lookup's name and a value of the request to the value that the template wants."""

_PLACE = frozenset({"partition", "region", "account", "caller"})
_SYNTAX = re.compile(r"\{([^{}]*)\}")
_INSIDE = re.compile(r"(?P<arn>@?)(?P<paths>[A-Za-z0-9_.,@-]+?)(\|(?P<lookup>[a-z0-9_]+))?(:(?P<default>.*))?")


@dataclass(frozen=True, slots=True)
class Template:
    """A text with placeholders, read once. `parts` are literal texts and placeholders in their order."""

    text: str
    parts: tuple[str | Placeholder, ...]

    @property
    def placeholders(self) -> tuple[Placeholder, ...]:
        return tuple(part for part in self.parts if isinstance(part, Placeholder))

    def fill(self, members: Mapping[str, Any], lookup: Lookup) -> list[str]:
        """The texts for a request: one, or one for each combination of the items of the lists that it names.

        Raises `Unresolved` where a member without a default is missing.
        """
        if len(self.parts) == 1 and isinstance(self.parts[0], str):
            return [self.parts[0]]
        choices: list[list[str]] = []
        whole: list[str] = []
        for part in self.parts:
            if isinstance(part, str):
                choices.append([part])
                continue
            values = self._values(part, members, lookup)
            if part.may_be_arn:
                whole += [value for value in values if value.startswith("arn:")]
                values = [value for value in values if not value.startswith("arn:")]
            choices.append(values)
        return whole + ["".join(pieces) for pieces in itertools.product(*choices)]

    def _values(self, placeholder: Placeholder, members: Mapping[str, Any], lookup: Lookup) -> list[str]:
        for path in placeholder.paths:
            values = [as_text(value) for value in values_at(members, path)]
            if values:
                name = placeholder.lookup
                return values if name is None else [lookup(name, value) for value in values]
        if placeholder.default is None:
            raise Unresolved(self.text, ".".join(placeholder.paths[0]))
        return [placeholder.default]


@functools.cache
def template(text: str) -> Template:
    """Read a template; raises `TemplateError`."""
    parts: list[str | Placeholder] = []
    end = 0
    for found in _SYNTAX.finditer(text):
        if found.start() > end:
            parts.append(text[end : found.start()])
        parts.append(_placeholder(text, found[1]))
        end = found.end()
    if end < len(text):
        parts.append(text[end:])
    return Template(text, tuple(parts))


def _placeholder(text: str, inside: str) -> Placeholder:
    found = _INSIDE.fullmatch(inside)
    if found is None:
        raise TemplateError(f"`{{{inside}}}` in the template `{text}` is not a placeholder")
    paths = tuple(tuple(path.split(".")) for path in found["paths"].split(","))
    return Placeholder(paths, found["default"], found["lookup"], bool(found["arn"]))


def values_at(members: Any, path: tuple[str, ...]) -> Iterator[Any]:
    """The values at a path into a request, lists entered; nothing where there is none."""
    if isinstance(members, list | tuple):
        for item in members:
            yield from values_at(item, path)
    elif not path:
        if members is not None and members != "":
            yield members
    elif path[0] == "@keys" and isinstance(members, Mapping):
        yield from members
    elif isinstance(members, Mapping) and path[0] in members:
        yield from values_at(members[path[0]], path[1:])


def as_text(value: Any) -> str:
    """A value as the request context writes it: booleans in lower case."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
