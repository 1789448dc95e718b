"""What a project says of its preflights once: `launchrole.toml`, or `[tool.launchrole]` of `pyproject.toml`.

The file is looked for from the working directory upwards to the repository's root. Its `[preflight]` table has the
options of the command line; `[preflight.templates."GLOB"]` those of some templates, which outdo it. The command line
outdoes both. Paths count from the file's folder.
"""

from __future__ import annotations

import difflib
import fnmatch
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from launchrole.cli.input import InputError, read_text

_TEXT, _TEXTS, _PAIRS = "a text", "a list of texts", "a table of texts"
_PATHS = ("policies", "scps", "trust", "exported", "update-to", "baseline")
_OF_LAUNCH: Mapping[str, tuple[str, str]] = {
    "parameters": ("pairs", _PAIRS),
    "tags": ("tags", _PAIRS),
    "channel": ("channel", _TEXT),
    "operations": ("operations", _TEXTS),
    "update-to": ("update_to", _TEXT),
    "assume": ("assume", _TEXTS),
    "import": ("imports", _PAIRS),
    "ssm": ("ssm", _PAIRS),
    "exists": ("exists", _TEXTS),
}
"""What can be said of some templates: the click parameter, and what it is."""
_ALL: Mapping[str, tuple[str, str]] = {
    **_OF_LAUNCH,
    "role": ("role", _TEXT),
    "policies": ("policies", _TEXTS),
    "managed": ("managed", _TEXTS),
    "boundary": ("boundary", _TEXT),
    "scps": ("scps", _TEXTS),
    "trust": ("trust", _TEXT),
    "exported": ("exported", _TEXT),
    "region": ("region", _TEXT),
    "baseline": ("baseline", _TEXT),
    "output": ("outputs", _TEXTS),
}
_META = "launchrole.preflight"


@dataclass(frozen=True)
class Config:
    """A file's settings: click's defaults for what holds for all templates, and what it says of templates by glob."""

    file: Path | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)
    templates: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def of(self, template: str) -> dict[str, Any]:
        """What is said of a template; later sections outdo earlier ones."""
        found: dict[str, Any] = {}
        if self.file is None:
            return found
        inside = os.path.relpath(template, self.file.parent)
        for glob, said in self.templates.items():
            if fnmatch.fnmatch(inside, glob):
                for name, value in said.items():
                    found[name] = {**found.get(name, {}), **value} if isinstance(value, dict) else value
        return found


class Configured(click.Command):
    """A command whose options have the defaults of the file."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> click.Context:
        config = read(find(Path.cwd())) if not {"-h", "--help"} & set(args) else Config()
        extra.setdefault("default_map", dict(config.defaults))
        context = super().make_context(info_name, args, parent, **extra)
        context.meta[_META] = config
        return context


def current() -> Config:
    """The settings that this run has."""
    found = click.get_current_context().meta.get(_META)
    return found if isinstance(found, Config) else Config()


def find(start: Path) -> Path | None:
    """The file that holds for a folder."""
    for folder in (start, *start.parents):
        own = folder / "launchrole.toml"
        if own.is_file():
            return own
        project = folder / "pyproject.toml"
        if project.is_file() and "[tool.launchrole" in project.read_text(encoding="utf-8", errors="replace"):
            return project
        if (folder / ".git").exists():
            return None
    return None


def read(file: Path | None) -> Config:
    """The settings of a file. Raises `InputError` with the line of what is wrong."""
    if file is None:
        return Config()
    text = read_text(str(file), 1_000_000)
    try:
        data = tomllib.loads(text)
    except ValueError as problem:
        raise InputError(f"{file}: {problem}") from None
    whole = data.get("tool", {}).get("launchrole", {}) if file.name == "pyproject.toml" else data
    _check_keys(file, text, whole, ("preflight",))
    _check_keys(file, text, whole.get("preflight", {}), (*_ALL, "templates"))
    table = dict(whole.get("preflight", {}))
    sections = table.pop("templates", {})
    _check_keys(file, text, sections, tuple(sections) if isinstance(sections, dict) else ())
    of_all = {key: table.pop(key) for key in _OF_LAUNCH if key in table}
    templates = {"*": dict(_values(file, text, of_all, _OF_LAUNCH))}
    for glob, said in sections.items():
        _check_keys(file, text, said, tuple(_OF_LAUNCH))
        templates[glob] = dict(_values(file, text, said, _OF_LAUNCH))
    return Config(file, dict(_values(file, text, table, _ALL)), templates)


def _values(file: Path, text: str, table: Mapping[str, Any], known: Mapping[str, tuple[str, str]]) -> Iterator[Any]:
    for key, value in table.items():
        name, kind = known[key]
        fits = {
            _TEXT: isinstance(value, str),
            _TEXTS: isinstance(value, list) and all(isinstance(one, str) for one in value),
            _PAIRS: isinstance(value, dict)
            and all(isinstance(one, str | int | float | bool) for one in value.values()),
        }
        if not fits[kind]:
            raise InputError(f"{file}{_line(text, key)}: {key} is {kind}")
        if kind == _PAIRS:
            value = {one: str(held).lower() if isinstance(held, bool) else str(held) for one, held in value.items()}
        if key in _PATHS:
            value = [_from(file, one) for one in value] if isinstance(value, list) else _from(file, value)
        yield name, value


def _from(file: Path, path: str) -> str:
    """A path that counts from the file's folder, as the working directory sees it."""
    return os.path.relpath(file.parent / path)


def _check_keys(file: Path, text: str, table: Any, known: tuple[str, ...]) -> None:
    if not isinstance(table, Mapping):
        raise InputError(f"{file}: `preflight` and `templates` are tables")
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
            raise InputError(f"{file}{_line(text, key)}: there is no setting {key}; {hint}")


def _line(text: str, key: str) -> str:
    """Where a key is, as `:LINE`."""
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(rf'\s*(\[.*\b{re.escape(key)}\b.*\]|"?{re.escape(key)}"?\s*=)', line):
            return f":{number}"
    return ""
