"""A template's values as texts in pieces: what is written out, and what stands for something else (`!Ref`, `${X}`).

By it a name keeps its variables when it gets another beginning.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from launchrole.preflights.template_edits import Edit, Insert, Put
from launchrole.preflights.template_writing import is_function
from launchrole.services.cloudformation.intrinsics import NO_VALUE, Values, as_text
from launchrole.services.cloudformation.template import Path, Template, TemplateError

_LONGEST_SHOWN = 40
_SUB = re.compile(r"\$\{(!?)([^${}]*)\}")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text. `written` is the part as Fn::Sub writes it; `text` what it comes to, None where that is not
    known; `name` what it stands for, empty for what is written out. `item` is its place in the list of Fn::Join."""

    written: str
    text: str | None
    name: str = ""
    item: int | None = None


@dataclass(frozen=True)
class Scope:
    """What a template's values are in a launch, as far as that is known before it."""

    template: Template
    values: Values

    @classmethod
    def of(cls, template: Template, parameters: Mapping[str, str], pseudo: Mapping[str, str]) -> Scope:
        """From given parameters, the others having their defaults. Parameters of Systems Manager are not known."""
        known: dict[str, Any] = {}
        for name, declaration in template.section("Parameters").items():
            kind = str(declaration.get("Type", "")) if isinstance(declaration, Mapping) else ""
            given = parameters.get(name, declaration.get("Default") if isinstance(declaration, Mapping) else None)
            if given is None or kind.startswith("AWS::SSM::Parameter::Value"):
                continue
            text = as_text(given)
            known[name] = [one.strip() for one in text.split(",")] if "List" in kind else text
        return cls(template, Values(template, known, pseudo, _Unknown(), _unknown, _unknown))

    def text(self, value: Any) -> str | None:
        """What a value comes to, if it is a text and known."""
        try:
            found = self.values.value(value, ())
        except TemplateError:
            return None
        if found is NO_VALUE or isinstance(found, (Mapping, list)) or found is None:
            return None
        text = as_text(found)
        return None if "{{resolve:" in text else text

    def taken(self, value: Any, path: Path) -> tuple[Any, Path]:
        """The branch that a value is, with its path, where it is Fn::If's; None for a branch that is AWS::NoValue."""
        while isinstance(value, Mapping) and set(value) == {"Fn::If"}:
            given = value["Fn::If"]
            try:
                branch = 1 if self.values.condition(given[0]) else 2
                value, path = given[branch], (*path, "Fn::If", branch)
            except (TemplateError, LookupError, TypeError):
                break
        return (None if value == {"Ref": "AWS::NoValue"} else value), path

    def rests_on_resources(self, piece: Piece) -> bool:
        """Does a piece stand for something of another resource?"""
        return piece.name.partition(".")[0] in self.template.resources


class _Unknown:
    """Resources that are not there yet."""

    def reference(self, logical_id: str) -> Any:
        raise TemplateError(f"{logical_id} is not known")

    def attribute(self, logical_id: str, name: str) -> Any:
        raise TemplateError(f"{logical_id}.{name} is not known")


def _unknown(name: str) -> Any:
    raise TemplateError(f"{name} is not known")


def pieces(value: Any, scope: Scope) -> tuple[Piece, ...] | None:
    """A value in pieces; None for what is no text."""
    if isinstance(value, str):
        return () if not value else (Piece(_escaped(value), value),)
    if not is_function(value):
        return None
    ((name, given),) = value.items()
    if name == "Fn::Sub":
        return tuple(_of_sub(given, scope)) if _is_sub(given) else None
    if name == "Fn::Join":
        return _of_join(given, scope)
    stands_for = _name_of(value)
    return (Piece("${" + stands_for + "}", scope.text(value), stands_for),)


def _is_sub(given: Any) -> bool:
    return isinstance(given, str) or (
        isinstance(given, list) and len(given) == 2 and isinstance(given[0], str) and isinstance(given[1], Mapping)
    )


def _of_sub(given: Any, scope: Scope) -> Iterator[Piece]:
    text, own = (given, {}) if isinstance(given, str) else given
    place = 0
    for found in _SUB.finditer(text):
        if found.start() > place:
            yield Piece(text[place : found.start()], text[place : found.start()])
        place = found.end()
        if found[1]:
            yield Piece(found[0], "${" + found[2] + "}")
            continue
        name = found[2].strip()
        value = own[name] if name in own else {"Fn::Sub": found[0]}
        stands_for = _name_of(own[name]) if name in own else name
        yield Piece(found[0], scope.text(value), stands_for)
    if place < len(text):
        yield Piece(text[place:], text[place:])


def _of_join(given: Any, scope: Scope) -> tuple[Piece, ...] | None:
    if not isinstance(given, list) or len(given) != 2 or not isinstance(given[0], str):
        return None
    if not isinstance(given[1], list):
        return (Piece("${}", scope.text({"Fn::Join": given}), json.dumps(given)),)
    found: list[Piece] = []
    for number, one in enumerate(given[1]):
        inner = pieces(one, scope)
        if inner is None:
            return None
        if number and given[0]:
            found.append(Piece(_escaped(given[0]), given[0]))
        is_plain = isinstance(one, str)
        found += [replace(part, item=number if is_plain else None) for part in inner]
    return tuple(found)


def _name_of(value: Any) -> str:
    """What a function stands for: `X`, `X.Attribute`, or all of it."""
    ((name, given),) = value.items() if isinstance(value, Mapping) and len(value) == 1 else ((None, value),)
    if name == "Ref" and isinstance(given, str):
        return given
    if name == "Fn::GetAtt":
        parts = given if isinstance(given, list) else str(given).split(".", 1)
        if all(isinstance(one, str) for one in parts):
            return ".".join(parts)
    return json.dumps(value, sort_keys=True)


def _escaped(text: str) -> str:
    return text.replace("${", "${!")


def written(parts: Iterable[Piece]) -> str:
    """Pieces as Fn::Sub writes them: the same for all values that say the same."""
    return "".join(
        one.written if not one.name or not one.written.strip("${}") else "${" + one.name + "}" for one in parts
    )


def shown(parts: Iterable[Piece]) -> str:
    """Pieces for people: as Fn::Sub would write them, without what long functions are made of."""
    return "".join(one.written if len(one.written) < _LONGEST_SHOWN or not one.name else "${...}" for one in parts)


def bound(parts: Sequence[Piece], text: str) -> tuple[Piece, ...] | None:
    """The pieces with what they come to if all of them together are a text; None where they cannot be."""
    pattern = "".join("(.+?)" if one.text is None else re.escape(one.text) for one in parts)
    found = re.fullmatch(pattern, text, re.DOTALL)
    if found is None:
        return None
    groups = iter(found.groups())
    return tuple(replace(one, text=next(groups)) if one.text is None else one for one in parts)


@dataclass(frozen=True, slots=True)
class Change:
    """Another text in the place of a part of one, from `start` to `end`."""

    start: int
    end: int
    text: str

    @classmethod
    def between(cls, old: str, new: str) -> Change:
        """The least change that makes one text of another, at its beginning if there is a choice."""
        length = min(len(old), len(new))
        same = next((n for n in range(length) if old[-1 - n] != new[-1 - n]), length)
        rest = length - same
        first = next((n for n in range(rest) if old[n] != new[n]), rest)
        return cls(first, len(old) - same, new[first : len(new) - same])


def rewritten(value: Any, path: Path, parts: Sequence[Piece], change: Change) -> Edit | None:
    """The edit that makes a change of what a value comes to, its variables kept; None where a variable would have to
    change. `parts` are bound."""
    if isinstance(value, str):
        return Put(path, value[: change.start] + change.text + value[change.end :])
    found = _changed(parts, change)
    if found is None or "$" in change.text or any("$" in (one.text or "") for one in parts if not one.name):
        return None  # no name has a dollar, and Fn::Sub would read it
    number, changed = found
    ((name, given),) = value.items()
    text = "".join(one.written for one in changed)
    if name == "Fn::Sub":
        inner = (*path, "Fn::Sub") if isinstance(given, str) else (*path, "Fn::Sub", 0)
        return Put(inner, text)
    if name == "Fn::Join" and isinstance(given[1], list):
        delimiter, items = given
        item = None if number >= len(changed) else changed[number].item
        if item is not None:
            return Put((*path, "Fn::Join", 1, item), changed[number].text)
        if change.start == change.end == 0 and delimiter and change.text.endswith(delimiter):
            return Insert((*path, "Fn::Join", 1), change.text.removesuffix(delimiter), 0)
        if any(_is_involved(one) for one in items):
            return _around(value, path, change, len(_text(parts)))
        return Put(path, {"Fn::Sub": "".join(_as_sub(one) for one in changed)})
    return _around(value, path, change, len(_text(parts)))


def _is_involved(item: Any) -> bool:
    """Is an item of Fn::Join more than Fn::Sub can write in `${}`?"""
    return isinstance(item, Mapping) and not ({"Ref", "Fn::GetAtt"} & set(item))


def _as_sub(piece: Piece) -> str:
    return "${" + piece.name + "}" if piece.name else piece.written


def _around(value: Any, path: Path, change: Change, length: int) -> Edit | None:
    """A text before or behind a function that is kept as it is."""
    if change.start != change.end or change.start not in (0, length):
        return None
    name = _name_of(value)
    is_short = not name.startswith(("{", "["))
    inner = "${" + (name if is_short else "Name") + "}"
    text = _escaped(change.text)
    text = text + inner if change.start == 0 else inner + text
    return Put(path, {"Fn::Sub": text if is_short else [text, {"Name": value}]})


def _text(parts: Iterable[Piece]) -> str:
    return "".join(one.text or "" for one in parts)


def changed(parts: Sequence[Piece], change: Change) -> tuple[Piece, ...] | None:
    """The pieces after a change; None where a variable would have to change."""
    found = _changed(parts, change)
    return None if found is None else tuple(found[1])


def _changed(parts: Sequence[Piece], change: Change) -> tuple[int, list[Piece]] | None:
    """The pieces after a change, and which of them it is in: a written one, if that can be, or a new one."""
    place = 0
    for number, one in enumerate(parts):
        text = one.text or ""
        if not one.name and place <= change.start and change.end <= place + len(text):
            new = text[: change.start - place] + change.text + text[change.end - place :]
            return number, [*parts[:number], replace(one, written=_escaped(new), text=new), *parts[number + 1 :]]
        place += len(text)
    if change.start != change.end:
        return None
    place = 0
    for number in range(len(parts) + 1):
        if place == change.start:
            made = Piece(_escaped(change.text), change.text)
            return number, [*parts[:number], made, *parts[number:]]
        place += len(parts[number].text or "") if number < len(parts) else 0
    return None
