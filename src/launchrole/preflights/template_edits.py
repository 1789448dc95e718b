"""Changes of a template's text that leave everything else of it as it is: comments, order, quotes, line ends.

INVARIANT: what comes out says what the template said with exactly that change, or there is an `EditError`: each changed
text is read again and compared.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from launchrole.preflights import template_writing as writing
from launchrole.preflights.errors import PreflightError
from launchrole.preflights.template_nodes import Node, at, read
from launchrole.services.cloudformation.template import Path, Template, TemplateError, parse


class EditError(PreflightError):
    """A change that cannot be made in a template's text. The message says where and why."""


@dataclass(frozen=True, slots=True)
class Put:
    """Gives a place a value, whether it has one or not. Mappings on the way that are not there are made; a place in a
    list must be there (`Insert` makes one). Functions have their long form, `{"Fn::Sub": ...}`."""

    path: Path
    value: Any


@dataclass(frozen=True, slots=True)
class Insert:
    """Puts an item into the list at a path, before the item that has its `place` now; None: at its end. A list that is
    not there is made."""

    path: Path
    value: Any
    place: int | None = None


@dataclass(frozen=True, slots=True)
class Remove:
    """Takes away the entry or the item at a path; a mapping or a list that it leaves empty goes with it."""

    path: Path


Edit = Put | Insert | Remove

_Splice = tuple[int, int, str]
"""A piece of the text, from and to, and what takes its place."""


def edited(template: Template, edits: Iterable[Edit]) -> Template:
    """The template after changes, one after another. Raises `EditError`."""
    listed = list(edits)
    at_once = _edited_at_once(template, listed) if len(listed) > 1 else None
    if at_once is not None:
        return at_once
    for one in listed:
        template = _edited(template, one)
    return template


def unified_diff(old: str, new: str, name: str) -> str:
    """The change of a file's text as a patch; line ends stay what they are. Empty where there is none."""
    lines = difflib.unified_diff(
        _lines(old), _lines(new), f"a/{name.lstrip('/')}", f"b/{name.lstrip('/')}", lineterm="\n"
    )
    return "".join(one if one.endswith("\n") else f"{one}\n\\ No newline at end of file\n" for one in lines)


def _lines(text: str) -> list[str]:
    parts = text.split("\n")
    return [f"{one}\n" for one in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _edited(template: Template, edit: Edit) -> Template:
    wanted = changed(template.body, edit)
    if _same(wanted, template.body):
        return template
    reason = "no way of writing it was found that says exactly that"
    try:
        edit = Remove(_emptied(template.body, edit)) if isinstance(edit, Remove) else edit
        for splices in _Ways(template.text).of(edit):
            text = _spliced(template.text, splices)
            try:
                found = parse(text)
            except TemplateError:
                continue
            if _same(found.body, wanted):
                return found
    except writing.Unwritable as problem:
        reason = str(problem)
    line = template.line(edit.path)
    place = f" (line {line})" if line else ""
    raise EditError(f"{'/'.join(map(str, edit.path))}{place} cannot be changed in the template's text: {reason}")


def _edited_at_once(template: Template, edits: Sequence[Edit]) -> Template | None:
    """The template after changes that do not meet in its text, each in the best way of writing it: the text is read
    once and not after each of them. None where that does not come out as it should."""
    wanted: Any = template.body
    splices: list[_Splice] = []
    ways = _Ways(template.text)
    try:
        for one in edits:
            wanted = changed(wanted, one)
            own = Remove(_emptied(template.body, one)) if isinstance(one, Remove) else one
            splices += next(ways.of(own), ())
        found = parse(_spliced(template.text, splices))
    except (EditError, TemplateError, writing.Unwritable):
        return None
    return found if _same(found.body, wanted) else None


def _same(one: Any, other: Any) -> bool:
    """Do two bodies say the same? The order of names says nothing, and 1 is not true."""
    return _canonical(one) == _canonical(other)


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=repr)


def changed(body: Mapping[str, Any], edit: Edit) -> Any:
    """A template's body after a change. Raises `EditError` for a place that cannot have one."""

    if isinstance(edit, Remove):
        return _without(body, edit)

    def there(node: Any, steps: Sequence[str | int]) -> Any:
        if not steps:
            return _changed_here(node, edit)
        step, rest = steps[0], steps[1:]
        if isinstance(step, int):
            if not isinstance(node, list) or not 0 <= step < len(node):
                raise EditError(f"{'/'.join(map(str, edit.path))}: there is no item {step}")
            return [there(one, rest) if number == step else one for number, one in enumerate(node)]
        if node is not None and not isinstance(node, Mapping):
            raise EditError(f"{'/'.join(map(str, edit.path))}: {step} would be within what is no mapping")
        given = node or {}
        if step not in given and writing.is_function(given):
            raise EditError(f"{'/'.join(map(str, edit.path))}: {step} would be within a function")
        return {**given, step: there(given.get(step), rest)}

    return there(body, edit.path)


def _without(body: Any, edit: Remove) -> Any:
    path = _emptied(body, edit)

    def there(node: Any, steps: Sequence[str | int]) -> Any:
        step, rest = steps[0], steps[1:]
        if isinstance(node, list):
            kept = [(n, one) for n, one in enumerate(node) if rest or n != step]
            return [there(one, rest) if n == step else one for n, one in kept]
        return {key: there(one, rest) if key == step else one for key, one in node.items() if rest or key != step}

    return there(body, path)


def _emptied(body: Any, edit: Remove) -> Path:
    """What goes altogether: the place itself, or what it alone fills."""
    nodes = [body]
    for step in edit.path:
        node = nodes[-1]
        is_there = (isinstance(node, list) and isinstance(step, int) and 0 <= step < len(node)) or (
            isinstance(node, Mapping) and step in node
        )
        if not is_there:
            raise EditError(f"{'/'.join(map(str, edit.path))}: there is no {step}")
        nodes.append(node[step])
    length = len(edit.path)
    while length > 1 and len(nodes[length - 1]) == 1:
        length -= 1
    return edit.path[:length]


def _changed_here(node: Any, edit: Put | Insert) -> Any:
    if isinstance(edit, Put):
        return edit.value
    if node is not None and not isinstance(node, list):
        raise EditError(f"{'/'.join(map(str, edit.path))} is no list")
    items = list(node or [])
    place = len(items) if edit.place is None else edit.place
    if not 0 <= place <= len(items):
        raise EditError(f"{'/'.join(map(str, edit.path))}: there is no item {place}")
    return [*items[:place], edit.value, *items[place:]]


def _spliced(text: str, splices: Iterable[_Splice]) -> str:
    """A text with its pieces replaced; what comes to the same place stays in its order."""
    for start, end, new in sorted(splices, key=lambda one: one[:2])[::-1]:
        text = text[:start] + new + text[end:]
    return text


class _Ways:
    """Ways of writing a change into a text, the best first: which of them say what is meant is found out by reading."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._root = read(text)
        self._how = writing.manner(text, self._root)

    def of(self, edit: Edit) -> Iterator[list[_Splice]]:
        node = at(self._root, edit.path)
        if isinstance(edit, Remove):
            yield from self._remove(edit.path)
            return
        if isinstance(edit, Insert) and node is not None and node.kind == "sequence" and node.items:
            yield from self._insert(node, edit.value, edit.place)
            return
        value = edit.value if isinstance(edit, Put) else [edit.value]
        if node is not None:
            yield from self._replace(edit.path, node, value)
            return
        # the innermost that the text has, and the mappings that it lacks on the way
        length = next(n for n in range(len(edit.path), -1, -1) if at(self._root, edit.path[:n]) is not None)
        key, *missing = edit.path[length:]
        for step in reversed(missing):
            value = {step: value}
        parent = at(self._root, edit.path[:length])
        assert parent is not None
        if parent.kind == "mapping" and parent.keys:
            yield from self._add(parent, str(key), value)
        elif parent.kind in ("mapping", "scalar"):
            yield from self._replace(edit.path[:length], parent, {key: value})

    # ---- entries of mappings

    def _add(self, node: Node, key: str, value: Any) -> Iterator[list[_Splice]]:
        if node.is_flow:
            first = node.keys[-1].start
            indent = self._indent(first)
            written = writing.scalar(key, self._how) + self._colon(node) + writing.in_braces(value, self._how, indent)
            yield from self._behind_last(first, node.items[-1].end, node, written)
            return
        column = self._column(node.keys[0].start)
        written = writing.entry(key, value, column, self._how)
        yield self._line_behind(node.end, " " * column + written)
        yield [(node.keys[0].start, node.keys[0].start, written + self._how.newline + " " * column)]

    def _colon(self, node: Node) -> str:
        between = self._text[node.keys[-1].end : node.items[-1].start]
        return between if between.strip() == ":" and "\n" not in between and between[-1] == " " else self._how.colon

    def _line_behind(self, end: int, line: str) -> list[_Splice]:
        """A line of its own behind the one that something ends on."""
        newline = self._how.newline
        if end and self._text[end - 1] == "\n":
            return [(end, end, line + newline)]
        place = self._line_end(end)
        return [(place, place, newline + line)]

    # ---- items of lists

    def _insert(self, node: Node, value: Any, place: int | None) -> Iterator[list[_Splice]]:
        at_end = place is None or place == len(node.items)
        if node.is_flow:
            if at_end:
                first = node.items[-1].start
                written = writing.in_braces(value, self._how, self._indent(first))
                yield from self._behind_last(first, node.items[-1].end, node, written)
                return
            before = node.items[place or 0].start
            indent = self._indent(before)
            written = writing.in_braces(value, self._how, indent)
            between = self._how.comma if indent is None else f",{self._how.newline}{indent}"
            yield [(before, before, written + between)]
            return
        column = self._column(node.start)
        written = "-" + writing.behind_dash(value, column, self._how)
        if at_end:
            yield self._line_behind(node.end, " " * column + written)
            return
        dash = node.start if not place else self._dash(node.items[place - 1].end, column)
        if dash is not None:
            yield [(dash, dash, written + self._how.newline + " " * column)]

    def _dash(self, after: int, column: int) -> int | None:
        """The next dash in a column."""
        place = after
        while (place := self._text.find("\n", place) + 1) > 0:
            line = self._text[place : self._line_end(place)]
            if line.startswith(" " * column + "-"):
                return place + column
        return None

    def _behind_last(self, first: int, end: int, node: Node, written: str) -> Iterator[list[_Splice]]:
        """Behind the last entry in braces, which reaches from `first` to `end`."""
        indent = self._indent(first)
        rest = self._text[end : node.end - 1]
        comma = end + len(rest) - len(rest.lstrip()) + 1 if rest.lstrip().startswith(",") else None
        if indent is None:
            yield [(end, end, self._how.comma + written)] if comma is None else [(comma, comma, " " + written)]
            return
        line = self._how.newline + indent + written
        eol = self._line_end(end if comma is None else comma)
        if eol >= node.end:  # the brace closes on the same line
            eol = end if comma is None else comma
        yield (
            [(end, end, ","), (eol, eol, line)]
            if comma is None and eol != end
            else [(eol, eol, ("," if comma is None else "") + line)]
        )

    # ---- what goes

    def _remove(self, path: Path) -> Iterator[list[_Splice]]:
        parent, node = at(self._root, path[:-1]), at(self._root, path)
        if parent is None or node is None or parent.kind not in ("mapping", "sequence"):
            return
        place = parent.place(path[-1]) if parent.kind == "mapping" else int(path[-1])
        assert place is not None
        starts = parent.keys if parent.kind == "mapping" else parent.items
        if parent.is_flow:
            if place:
                yield [(parent.items[place - 1].end, node.end, "")]
            else:
                behind = starts[1].start if len(starts) > 1 else parent.end - 1
                yield [(starts[0].start, behind, "")]
            return
        start = starts[place].start if parent.kind == "mapping" else parent.start
        if parent.kind == "sequence" and place:
            start = self._dash(parent.items[place - 1].end, self._column(parent.start)) or start
        end = self._line_end(node.end)
        line = self._text.rfind("\n", 0, start) + 1
        if not self._text[line:start].strip():  # whole lines
            after = self._text.find("\n", end) + 1
            yield [(line, after, "")] if after else [(max(line - 1, 0), end, "")]
        elif place + 1 < len(starts):  # it begins behind a dash, and something follows it
            yield [(start, starts[place + 1].start, "")]

    # ---- values that are there

    def _replace(self, path: Path, node: Node, value: Any) -> Iterator[list[_Splice]]:
        parent = at(self._root, path[:-1]) if path else None
        if self._within_braces(path) or parent is None or parent.kind == "function":
            yield from self._in_place(node, value, braces=self._within_braces(path))
            return
        place = parent.place(path[-1]) if parent.kind == "mapping" else None
        is_block = isinstance(value, (Mapping, list)) and value and not writing.is_function(value)
        on_line = node.kind in ("scalar", "function") or node.is_flow
        if (not is_block and on_line) or (node.is_flow and not node.items):
            yield from self._in_place(node, value, braces=False)
        if place is not None:
            key = parent.keys[place]
            colon = self._text.index(":", key.end) + 1
            written = writing.behind_key(value, self._column(key.start), self._how)
            if written.startswith(self._how.newline) and on_line:
                # a comment behind the old value stays on the key's line
                place = self._line_end(node.end)
                yield [(colon, node.end, ""), (place, place, written)]
            yield [(colon, node.end, written)]
        elif parent.kind == "sequence" and isinstance(path[-1], int):
            column = self._column(parent.start)
            dash = self._dash(parent.items[path[-1] - 1].end, column) if path[-1] else parent.start
            if dash is not None:
                yield [(dash + 1, node.end, writing.behind_dash(value, column, self._how))]

    def _in_place(self, node: Node, value: Any, *, braces: bool) -> Iterator[list[_Splice]]:
        if node.style == "|" and isinstance(value, str):
            yield from self._literal(node, value)
        style = node.style if node.style in ("'", '"') else ""
        written = (
            writing.in_braces(value, self._how, self._indent_of_line(node.start))
            if self._how.is_json
            else writing.inline(value, self._how, style, braces=braces)
        )
        space = " " if node.start == node.end and self._text[node.start - 1 : node.start] != " " else ""
        yield [(node.start, node.end, space + written)]

    def _literal(self, node: Node, value: str) -> Iterator[list[_Splice]]:
        """The lines of a literal text (`|`) one by one."""
        header = self._line_end(node.start)
        lines = self._text[header : node.end].splitlines()
        first = next((one for one in lines if one.strip()), "")
        indent = first[: len(first) - len(first.lstrip(" "))]
        written = [indent + one if one else "" for one in value.removesuffix("\n").split("\n")]
        if first and first[: len(indent)] == indent:
            yield [(header, node.end, self._how.newline + self._how.newline.join(written))]

    # ---- places

    def _within_braces(self, path: Path) -> bool:
        """Is what is at a path in braces or brackets of another value?"""
        above = (at(self._root, path[:length]) for length in range(len(path)))
        return any(one is not None and one.is_flow for one in above)

    def _column(self, place: int) -> int:
        return place - (self._text.rfind("\n", 0, place) + 1)

    def _indent(self, place: int) -> str | None:
        """The white space before a place, if there is nothing else before it on its line; not on the first."""
        start = self._text.rfind("\n", 0, place) + 1
        before = self._text[start:place]
        return before if start and not before.strip(" \t") else None

    def _indent_of_line(self, place: int) -> str | None:
        """The white space that the line of a place begins with; None in a text of one line."""
        if "\n" not in self._text.strip():
            return None
        start = self._text.rfind("\n", 0, place) + 1
        line = self._text[start:place]
        return line[: len(line) - len(line.lstrip(" \t"))]

    def _line_end(self, place: int) -> int:
        """Where the line of a place ends, before its end of line."""
        found = self._text.find("\n", place)
        end = len(self._text) if found < 0 else found
        return end - 1 if end > place and self._text[end - 1] == "\r" else end
