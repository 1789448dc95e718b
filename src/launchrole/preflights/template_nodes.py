"""The text of a template as a tree whose nodes know where they stand: what changes of the text are built on.

Paths are those of `Template.body`: a function in YAML's short form (`!Sub x`) is a node of its own, with the function's
name as the only step into it. Places count characters from the beginning of the text.
"""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from launchrole.services.cloudformation.template import Path, loader

_PROPERTY = re.compile(r"[!&][^\s,\[\]{}]*(?:[ \t]+#[^\n]*|[ \t\r\n])*")
"""A tag or an anchor in front of a node, with the white space and the comments behind it."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value in the text, from `start` to `end`: without the tag and anchor in front, and the space, comments and line
    ends behind.

    `kind`: scalar, mapping, sequence or function (a short form: `name`, and one item). `style`: a scalar's quotation
    mark, `|` or `>`, `flow` for `{}` and `[]`, empty for what is written plainly or as a block.
    """

    kind: str
    start: int
    end: int
    style: str = ""
    name: str = ""
    keys: tuple[Node, ...] = ()
    items: tuple[Node, ...] = ()
    text: str = field(default="", repr=False)
    """A key's name."""

    @property
    def is_flow(self) -> bool:
        return self.style == "flow"

    def step(self, step: str | int) -> Node | None:
        """The node that a step of a path leads to; None where there is none in the text."""
        if self.kind == "function":
            return self.items[0] if step == self.name else None
        if self.kind == "sequence":
            return self.items[step] if isinstance(step, int) and 0 <= step < len(self.items) else None
        place = self.place(step)
        return None if place is None else self.items[place]

    def place(self, key: str | int) -> int | None:
        """Which of a mapping's entries a key is: the last of its name counts."""
        found = [number for number, one in enumerate(self.keys) if one.text == key]
        return found[-1] if found else None


def at(root: Node, path: Path) -> Node | None:
    """The node at a path; None where the text has none."""
    node: Node | None = root
    for step in path:
        if node is None:
            return None
        node = node.step(step)
    return node


@functools.lru_cache(maxsize=8)
def read(text: str) -> Node:
    """The tree of a template's text, which must be one that `template.parse` reads."""
    body = text.lstrip("\ufeff \t\r\n")
    if body.startswith("{"):
        node, _ = _Json(text).value(len(text) - len(body))
        return node
    marks = yaml.compose(text, Loader=loader())
    # the C library passes over a byte order mark without counting it
    return _Yaml(text, 1 if text.startswith("\ufeff") else 0).node(marks)


class _Yaml:
    def __init__(self, text: str, offset: int) -> None:
        self._text = text
        self._offset = offset

    def node(self, node: Any) -> Node:
        before = start = node.start_mark.index + self._offset
        end = node.end_mark.index + self._offset
        tagged = before
        # what is written plainly begins with neither mark
        while start < end and (found := _PROPERTY.match(self._text, start)) is not None:
            if found[0].startswith("&") and start == tagged:
                tagged = found.end()
            start = found.end()
        start = min(start, end)
        made = self._bare(node, start, end)
        tag = str(node.tag)
        if tag.startswith("!") and tag != "!":
            name = tag[1:] if tag[1:] in ("Ref", "Condition") else f"Fn::{tag[1:]}"
            return Node("function", tagged, made.end, made.style, name, (), (made,))
        return made

    def _bare(self, node: Any, start: int, end: int) -> Node:
        style = "flow" if getattr(node, "flow_style", False) else ""
        if isinstance(node, yaml.MappingNode):
            keys = tuple(self._key(key) for key, _ in node.value)
            items = tuple(self.node(value) for _, value in node.value)
            if not style and items:
                start, end = keys[0].start, max(items[-1].end, keys[-1].end)
            return Node("mapping", start, end, style, "", keys, items)
        if isinstance(node, yaml.SequenceNode):
            items = tuple(self.node(value) for value in node.value)
            if not style and items:
                end = max(items[-1].end, start + 1)
            return Node("sequence", start, end, style, "", (), items)
        style = node.style or ""
        if style in ("|", ">"):
            # a text that keeps its last line ends (`|+`) reaches to the last of them
            header = self._text[start : self._text.find("\n", start)].partition("#")[0]
            end = end if "+" in header else start + len(self._text[start:end].rstrip(" \r\n"))
        elif not style:
            end = start + len(self._text[start:end].rstrip())
        return Node("scalar", start, end, style)

    def _key(self, node: Any) -> Node:
        start, end = node.start_mark.index + self._offset, node.end_mark.index + self._offset
        return Node("scalar", start, end, node.style or "", text=str(node.value))


_JSON_SPACE = re.compile(r"[ \t\r\n]*")
_JSON_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_JSON_PLAIN = re.compile(r"[^\s,\]}]+")


class _Json:
    """JSON's own reading: not all of it is YAML (tabs, escapes)."""

    def __init__(self, text: str) -> None:
        self._text = text

    def _space(self, place: int) -> int:
        found = _JSON_SPACE.match(self._text, place)
        return place if found is None else found.end()

    def value(self, place: int) -> tuple[Node, int]:
        """The value that begins at a place or behind white space, and where it ends."""
        start = self._space(place)
        opening = self._text[start]
        if opening == "{":
            return self._mapping(start)
        if opening == "[":
            return self._sequence(start)
        pattern = _JSON_TEXT if opening == '"' else _JSON_PLAIN
        found = pattern.match(self._text, start)
        if found is None:
            raise ValueError(f"no JSON at {start}")
        style = '"' if opening == '"' else ""
        text = json.loads(found[0]) if style else found[0]
        return Node("scalar", start, found.end(), style, text=text), found.end()

    def _mapping(self, start: int) -> tuple[Node, int]:
        keys: list[Node] = []
        items: list[Node] = []
        place = self._space(start + 1)
        while self._text[place] != "}":
            key, place = self.value(place)
            place = self._space(place) + 1  # the colon
            item, place = self.value(place)
            keys.append(key)
            items.append(item)
            place = self._space(place)
            if self._text[place] == ",":
                place = self._space(place + 1)
        return Node("mapping", start, place + 1, "flow", "", tuple(keys), tuple(items)), place + 1

    def _sequence(self, start: int) -> tuple[Node, int]:
        items: list[Node] = []
        place = self._space(start + 1)
        while self._text[place] != "]":
            item, place = self.value(place)
            items.append(item)
            place = self._space(place)
            if self._text[place] == ",":
                place = self._space(place + 1)
        return Node("sequence", start, place + 1, "flow", "", (), tuple(items)), place + 1
