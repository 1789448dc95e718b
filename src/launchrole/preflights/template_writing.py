"""Values written as a template's text has its own: JSON or YAML, its indentation, quotes and forms of functions."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from launchrole.preflights.template_nodes import Node
from launchrole.services.cloudformation.template import loader

_FUNCTION = re.compile(r"Ref|Condition|Fn::[A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class Manner:
    """How a text is written. `step` is how far a level is indented, `indents_lists` whether lists are within a mapping,
    `short` whether functions have YAML's short form, `quote` the quotation mark of texts that need one; `colon` and
    `comma` what stands between keys, values and entries in braces."""

    is_json: bool
    newline: str = "\n"
    step: int = 2
    indents_lists: bool = True
    short: bool = True
    quote: str = '"'
    colon: str = ": "
    comma: str = ", "


def manner(text: str, root: Node) -> Manner:
    """The manner of a text."""
    newline = "\r\n" if "\r\n" in text else "\n"
    if root.is_flow and text.lstrip("\ufeff \t\r\n").startswith("{"):
        return _json_manner(text, root, newline)
    nodes = list(_walk(root))
    steps = [
        _column(text, one.items[number].start) - _column(text, one.start)
        for one in nodes
        if one.kind == "mapping" and not one.is_flow
        for number in range(len(one.items))
        if one.items[number].kind == "mapping" and not one.items[number].is_flow and one.items[number].keys
    ]
    lists = [
        _column(text, item.start) > _column(text, key.start)
        for one in nodes
        if one.kind == "mapping" and not one.is_flow
        for key, item in zip(one.keys, one.items, strict=True)
        if item.kind == "sequence" and not item.is_flow
    ]
    styles = [one.style for one in nodes if one.kind == "scalar"]
    shorts = any(one.kind == "function" for one in nodes)
    longs = any(_FUNCTION.fullmatch(key.text) for one in nodes for key in one.keys if len(one.keys) == 1)
    return Manner(
        is_json=False,
        newline=newline,
        step=next((one for one in steps if one > 0), 2),
        indents_lists=sum(lists) * 2 >= len(lists),
        short=shorts or not longs,
        quote="'" if styles.count("'") > styles.count('"') else '"',
    )


def _json_manner(text: str, root: Node, newline: str) -> Manner:
    colon, comma, step = ": ", ", ", 2
    for key, item in zip(root.keys[:1], root.items[:1], strict=True):
        colon = text[key.end : item.start] if "\n" not in text[key.end : item.start] else colon
        if "\n" in text[: item.start]:
            step = _column(text, key.start) or 2
    if not colon.endswith(" "):
        comma = ","
    return Manner(is_json=True, newline=newline, step=step, colon=colon, comma=comma)


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for one in node.items:
        yield from _walk(one)


def _column(text: str, place: int) -> int:
    return place - (text.rfind("\n", 0, place) + 1)


class Unwritable(Exception):
    """A value that cannot be written in this place."""


def is_function(value: Any) -> bool:
    """Is a value a function of CloudFormation's, in its long form?"""
    return isinstance(value, Mapping) and len(value) == 1 and _FUNCTION.fullmatch(str(next(iter(value)))) is not None


def scalar(value: Any, how: Manner, style: str = "", *, braces: bool = True) -> str:
    """A text, number or truth on one line, in a style where that can be; `braces`: within braces or brackets. Raises
    `Unwritable`."""
    if not isinstance(value, str) or how.is_json:
        return json.dumps(value, ensure_ascii=False)
    double, single = json.dumps(value, ensure_ascii=False), "'" + value.replace("'", "''") + "'"
    quoted = [single, double] if (style or how.quote) == "'" else [double, single]
    quoted.append(json.dumps(value))
    is_plain = style not in ("'", '"') and any(one.isalnum() for one in value)  # a sign alone is better seen in quotes
    for one in [value, *quoted] if is_plain else quoted:
        if "\n" not in one and _reads(one, value, braces):
            return one
    raise Unwritable(f"{value!r} cannot be written as a text of YAML")


_IN_BRACES = ("[{}]", "[!Sub {}]", "{{{}: 1}}")
_IN_BLOCKS = ("- {}", "- !Sub {}", "{}: 1")


@functools.lru_cache(maxsize=512)
def _reads(written: str, value: str, braces: bool) -> bool:
    """Is what is written read as the value, by CloudFormation and by others?"""
    try:
        for form in _IN_BRACES if braces else _IN_BLOCKS:
            (one,) = yaml.load(form.format(written), Loader=loader())
            if one != value and one != {"Fn::Sub": value}:
                return False
        (one,) = yaml.safe_load(f"- {written}")
    except (yaml.YAMLError, ValueError, TypeError):
        return False
    return bool(one == value)


def inline(value: Any, how: Manner, style: str = "", *, braces: bool = True) -> str:
    """A value on one line; `braces`: within braces or brackets. Raises `Unwritable`."""
    if isinstance(value, Mapping):
        if is_function(value) and how.short and not how.is_json:
            return _short(value, how, style, braces)
        return _in_curly(value, how)
    if isinstance(value, list):
        return "[" + how.comma.join(inline(one, how) for one in value) + "]"
    return scalar(value, how, style, braces=braces)


def _in_curly(value: Mapping[str, Any], how: Manner) -> str:
    return "{" + how.comma.join(scalar(key, how) + how.colon + inline(one, how) for key, one in value.items()) + "}"


def _short(value: Mapping[str, Any], how: Manner, style: str, braces: bool) -> str:
    ((name, given),) = value.items()
    if name == "Fn::GetAtt" and isinstance(given, list) and all(isinstance(one, str) for one in given):
        given = ".".join(given)
    if given is None:
        raise Unwritable(f"{name} of nothing")
    # a tag cannot stand behind a tag: what is within has its long form
    written = _in_curly(given, how) if isinstance(given, Mapping) else inline(given, how, style, braces=braces)
    return f"!{name.removeprefix('Fn::')} {written}"


def behind_key(value: Any, column: int, how: Manner) -> str:
    """What stands behind `key:` of a block, with the space or line end before it; `column` is the key's. Raises
    `Unwritable`."""
    if _is_block(value):
        inner = column + how.step
        if isinstance(value, list):
            inner = column + how.step if how.indents_lists else column
            lines = [" " * inner + "-" + behind_dash(one, inner, how) for one in value]
        else:
            lines = [" " * inner + entry(key, one, inner, how) for key, one in value.items()]
        return how.newline + how.newline.join(lines)
    return " " + inline(value, how, braces=False)


def behind_dash(value: Any, column: int, how: Manner) -> str:
    """What stands behind the dash of an item; `column` is the dash's. Raises `Unwritable`."""
    if _is_block(value) and isinstance(value, Mapping):
        inner = column + 2
        lines = [entry(key, one, inner, how) for key, one in value.items()]
        return " " + (how.newline + " " * inner).join(lines)
    return " " + inline(value, how, braces=False)


def entry(key: str, value: Any, column: int, how: Manner) -> str:
    """`key: value` in a block, from the key on."""
    return f"{scalar(key, how, braces=False)}:{behind_key(value, column, how)}"


def _is_block(value: Any) -> bool:
    return isinstance(value, (Mapping, list)) and len(value) > 0 and not is_function(value)


def in_braces(value: Any, how: Manner, indent: str | None) -> str:
    """A value within braces: on one line, or in JSON on several, where `indent` is that of the line it begins on."""
    if not how.is_json or indent is None or not _is_block(value):
        return inline(value, how)
    deeper = indent + ("\t" * how.step if indent.startswith("\t") else " " * how.step)
    if isinstance(value, Mapping):
        parts = [scalar(key, how) + how.colon + in_braces(one, how, deeper) for key, one in value.items()]
        opening, closing = "{", "}"
    else:
        parts = [in_braces(one, how, deeper) for one in value]
        opening, closing = "[", "]"
    lines = f",{how.newline}".join(deeper + one for one in parts)
    return opening + how.newline + lines + how.newline + indent + closing
