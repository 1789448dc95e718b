"""Tables of results, as text, Markdown or JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Table:
    """`columns` are the keys of the rows, in order, with the heading and the format of each.

    A row's first value names it. A value is a number, a text, or None for what an engine cannot do.
    """

    title: str
    columns: Mapping[str, tuple[str, str]]
    rows: Sequence[Mapping[str, Any]]
    note: str = ""

    def cells(self) -> list[list[str]]:
        """The headings, then the rows, as texts."""
        headings = [heading for heading, _ in self.columns.values()]
        return [
            headings,
            *([_cell(row.get(key), form) for key, (_, form) in self.columns.items()] for row in self.rows),
        ]


def as_text(about: str, tables: Sequence[Table]) -> str:
    parts = [about]
    for table in tables:
        cells = table.cells()
        widths = [max(len(row[place]) for row in cells) for place in range(len(cells[0]))]
        lines = [table.title, "-" * len(table.title), *(_aligned(row, widths) for row in cells)]
        parts.append("\n".join([*lines, *([table.note] if table.note else [])]))
    return "\n\n".join(parts)


def as_markdown(about: str, tables: Sequence[Table]) -> str:
    parts = []
    for table in tables:
        headings, *rows = table.cells()
        lines = [f"| {' | '.join(row)} |" for row in (headings, ["---", *["---:"] * (len(headings) - 1)], *rows)]
        parts.append("\n".join([f"**{_capitalized(table.title)}**", "", *lines]))
        if table.note:
            parts.append(table.note)
    return "\n\n".join([*parts, about])


def as_json(about: str, tables: Sequence[Table]) -> str:
    found = [{"title": table.title, "rows": list(table.rows), "note": table.note} for table in tables]
    return json.dumps({"about": about, "tables": found}, indent=2, ensure_ascii=False)


def _cell(value: Any, form: str) -> str:
    if value is None:
        return "-"
    return value if isinstance(value, str) else format(value, form)


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = row
    return "  ".join(
        [first.ljust(widths[0]), *(text.rjust(width) for text, width in zip(others, widths[1:], strict=True))]
    )


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]
