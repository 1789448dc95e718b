"""Other places of a template that say a resource's name, in the same words as its own property does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from launchrole.policy.rename import split_arn
from launchrole.preflights.expressions import Change, Piece, bound, pieces, rewritten, shown, written
from launchrole.preflights.names import naming
from launchrole.preflights.proposals import Denial, properties_path, walked
from launchrole.preflights.template_edits import Edit, Put
from launchrole.services.cloudformation.template import Path

_MOST_LINES = 4
"""How many lines a sentence names."""


@dataclass(frozen=True, slots=True)
class Mentions:
    """What becomes of the places. `name` is the new name; `told` is what to say of the places, with a semicolon before
    it, or empty."""

    name: str
    edits: tuple[Edit, ...]
    told: str


def mentions(
    denial: Denial,
    logical_id: str,
    path: Path,
    old: Sequence[Piece],
    new: Sequence[Piece] | None,
    change: Change | None,
) -> Mentions:
    """The places that say a name beside the one at `path`: where it can only be the resource that is meant, they change
    with it; where it may be something else, they are told. `new` is None for a name that cannot be said elsewhere."""
    edits: list[Edit] = []
    doubtful: list[Path] = []
    name = written(old)
    for place, value, parts in _places(denial, path, name):
        edit = None
        if new is not None and _is_meant(denial, logical_id, place, written(parts), name):
            edit = _edit(place, value, parts, old, new, change)
        if edit is None:
            doubtful.append(place)
        else:
            edits.append(edit)
    told = ""
    if edits:
        says, changes = ("says", "changes") if len(edits) == 1 else ("say", "change")
        told += f"; {_lines(denial, [one.path for one in edits])} {says} the name too, and {changes} with it"
    if doubtful:
        means = "means" if len({denial.template.line(one) for one in doubtful}) == 1 else "mean"
        told += f"; see whether {_lines(denial, doubtful)} {means} the same: `{shown(old)}` is there too"
    return Mentions(shown(old if new is None else new), tuple(edits), told)


def _lines(denial: Denial, paths: Sequence[Path]) -> str:
    numbers = sorted({denial.template.line(one) or 0 for one in paths})
    shown = ", ".join(map(str, numbers[:_MOST_LINES])) + (" and more" if len(numbers) > _MOST_LINES else "")
    return f"line{'s' if len(numbers) > 1 else ''} {shown}"


def _places(denial: Denial, path: Path, name: str) -> Iterator[tuple[Path, Any, tuple[Piece, ...]]]:
    """Where the name is said, and not as part of a longer one; names of other resources are their own."""
    names = {properties_path(one, *how.path) for one, how in _namings(denial)}
    pattern = re.compile(rf"(?<![\w.-]){re.escape(name)}(?![\w-])")
    inside: Path | None = None
    for section in ("Resources", "Outputs"):
        for place, value in walked(denial.template.section(section), (section,)):
            if inside is not None and place[: len(inside)] == inside:  # what is in a value comes right behind it
                continue
            if place in names or place == path:
                inside = place
                continue
            if place[-1] in ("Type", "Condition", "DependsOn", "Description") and len(place) == 3:
                continue
            parts = pieces(value, denial.scope)
            if parts is None:
                continue
            if isinstance(value, Mapping):
                inside = place
            if pattern.search(written(parts)) is not None:
                yield place, value, parts


def _namings(denial: Denial) -> Iterator[tuple[str, Any]]:
    for logical_id in denial.template.resources:
        type = denial.type(logical_id)
        how = None if type is None else naming(type.name)
        if how is not None:
            yield logical_id, how


def _is_meant(denial: Denial, logical_id: str, place: Path, text: str, name: str) -> bool:
    """Can a place only mean the resource: an ARN or a URL of it, or a property called after its type?"""
    segment = str(denial.resource(logical_id).get("Type", "")).rpartition("::")[2]
    split = split_arn(denial.decision.request.resource)
    kind = "" if split is None else split[1]
    if text == name:
        keys = [one for one in place if isinstance(one, str)]
        return segment in keys[-1] and "\n" not in text
    if "\n" in text:
        return False
    quoted = re.escape(name)
    forms = [
        rf"arn:.*:{re.escape(denial.service)}:.*[:/]{quoted}(?![\w-])"
        if not kind
        else rf"arn:.*{re.escape(kind)}{quoted}(?![\w-])"
    ]
    if denial.service == "s3":
        forms += [rf"s3://{quoted}(?![\w-])", rf"^(https://)?{quoted}\.s3[.-]"]
    return any(re.search(one, text) is not None for one in forms)


def _edit(
    place: Path,
    value: Any,
    parts: tuple[Piece, ...],
    old: Sequence[Piece],
    new: Sequence[Piece],
    change: Change | None,
) -> Edit | None:
    """The edit of a place; None where it cannot be said there."""
    before, after = written(old), written(new)
    if written(parts) == before and change is not None:
        known = bound(parts, "".join(one.text or "" for one in old))
        return None if known is None else rewritten(value, place, known, change)
    pattern = re.compile(rf"(?<![\w.-]){re.escape(before)}(?![\w-])")
    if isinstance(value, str):
        text = pattern.sub(lambda _: after, written(parts))
        return Put(place, {"Fn::Sub": text} if any(one.name for one in new) else text.replace("${!", "${"))
    given = value.get("Fn::Sub")
    if isinstance(given, str):
        return Put((*place, "Fn::Sub"), pattern.sub(lambda _: after, given))
    if isinstance(given, list):
        return Put((*place, "Fn::Sub", 0), pattern.sub(lambda _: after, given[0]))
    return None
