"""What the verbs share in printing: width, color, wrapped lines."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
import traceback

import click


def width() -> int | None:
    """The columns to wrap at; None in a pipe, where a reader's own tools want whole lines."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def styled(text: str, color: str, *, bold: bool = False) -> str:
    """Colored text; plain under NO_COLOR (https://no-color.org). click takes colors out where there is no terminal."""
    if os.environ.get("NO_COLOR"):
        return text
    return click.style(text, fg=color, bold=bold)


def labelled(label: str, text: str, indent: int = 2) -> str:
    """A line with a short label in front; further lines are aligned behind it. ARNs are never broken."""
    first = " " * indent + label.ljust(6)
    columns = width()
    if columns is None:
        return first + text
    return textwrap.fill(
        text,
        max(columns, 40),
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_long_words=False,
        break_on_hyphens=False,
    )


def report_fault(error: Exception) -> None:
    """Tell of an exception that is a fault of launchrole's own."""
    click.echo("a fault of launchrole; please report it:", err=True)
    click.echo("".join(traceback.format_exception(error)), err=True)
