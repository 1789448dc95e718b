"""What the verbs share in printing: width, color, wrapped lines."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
import traceback
from collections.abc import Sequence

import click

from launchrole.policy.errors import printable


def width() -> int | None:
    """The columns to wrap at; None in a pipe, where a reader's own tools want whole lines."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def styled(text: str, color: str, *, bold: bool = False) -> str:
    """Colored text, bold without a color; plain under NO_COLOR (https://no-color.org). click takes colors out where
    there is no terminal."""
    if os.environ.get("NO_COLOR"):
        return text
    return click.style(text, fg=color or None, bold=bold)


def labelled(label: str, text: str, indent: int = 2) -> str:
    """A line with a short label in front; further lines are aligned behind it. ARNs are never broken.

    Texts may come from policies and templates: their control characters are shown as escapes.
    """
    first = " " * indent + label.ljust(6)
    told = "\n".join(printable(line) for line in text.split("\n"))
    return _filled(told, first, " " * len(first))


def wrapped(text: str) -> str:
    """A sentence without a label. ARNs are never broken."""
    return _filled(text, "", "")


def _filled(text: str, first: str, further: str) -> str:
    columns = width()
    if columns is None:
        return first + text
    return textwrap.fill(
        text,
        max(columns, 40),
        initial_indent=first,
        subsequent_indent=further,
        break_long_words=False,
        break_on_hyphens=False,
    )


def table(rows: Sequence[Sequence[str]], colors: Sequence[str | None] = (), indent: int = 0) -> list[str]:
    """Rows as lines with aligned columns; where a terminal is too narrow, the last column is below the others.

    `colors` are those of the rows' first cells, None for a plain one.
    """
    if not rows:
        return []
    sizes = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    columns = width()
    is_narrow = columns is not None and indent + sum(sizes) + 2 * (len(sizes) - 1) > columns
    lines = []
    for number, row in enumerate(rows):
        cells = [cell.ljust(size) for cell, size in zip(row, sizes, strict=True)]
        color = colors[number] if colors else None
        if color is not None:
            cells[0] = styled(cells[0], color)
        beside = cells[:-1] if is_narrow else cells
        lines.append((" " * indent + "  ".join(beside)).rstrip())
        if is_narrow and row[-1]:
            lines.append(" " * (indent + sizes[0] + 2) + row[-1])
    return lines


def report_fault(error: Exception) -> None:
    """Tell of an exception that is a fault of launchrole's own."""
    click.echo("a fault of launchrole; please report it:", err=True)
    click.echo("".join(traceback.format_exception(error)), err=True)
