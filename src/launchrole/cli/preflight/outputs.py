"""Where reports are written to, and in which formats: `--output FORMAT[=FILE]`."""

from __future__ import annotations

import importlib
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from launchrole.cli.input import InputError

if TYPE_CHECKING:
    from launchrole.preflights.report import Report

_MODULES = {
    "text": "text",
    "json": "as_json",
    "sarif": "sarif",
    "junit": "junit",
    "github": "github",
    "html": "html",
}
"""The modules beside this one, by format."""


@dataclass(frozen=True)
class Output:
    """A format, and the file that it is written to; None for standard output."""

    format: str
    file: Path | None = None


def wanted(texts: Sequence[str]) -> list[Output]:
    """The outputs that options name; text on standard output without any. Raises `click.UsageError`, and `InputError`
    for a file that has no folder."""
    found = []
    for text in texts or ("text",):
        name, equals, file = text.partition("=")
        if name not in _MODULES:
            raise click.UsageError(f"--output {text}: there are {', '.join(_MODULES)}")
        if equals and not file:
            raise click.UsageError(f"--output {text}: name a file after the =, or leave it out for standard output")
        if file and not Path(file).parent.is_dir():
            raise InputError(f"--output {text}: there is no folder {Path(file).parent}")
        found.append(Output(name, Path(file) if file else None))
    spoken = [one.format for one in found if one.file is None]
    if len(spoken) > 1:
        raise click.UsageError(f"--output {spoken[0]} and --output {spoken[1]} both go to standard output; give a FILE")
    return found


def write(reports: Sequence[Report], outputs: Sequence[Output], *, full: bool) -> None:
    """Write all reports in each format. Raises `InputError` for a file that cannot be written."""
    for one in outputs:
        module = importlib.import_module(f"{__package__}.{_MODULES[one.format]}")
        text = module.render(reports, full=full) if one.format == "text" else module.render(reports)
        if one.file is None:
            click.echo(text)
        else:
            save(one.file, click.unstyle(text) + "\n")


def save(file: Path, text: str) -> None:
    """Write a file as a whole or not at all; one that is there keeps its mode, and a link stays one. Raises
    `InputError`."""
    try:
        target = Path(os.path.realpath(file))
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o644
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as written:
                written.write(text)
            os.chmod(name, mode)
            os.replace(name, target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as problem:
        raise InputError(f"{file} cannot be written: {problem.strerror}") from None
