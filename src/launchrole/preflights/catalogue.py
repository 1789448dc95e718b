"""The findings that there are: `findings.yaml`."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from launchrole.facts import yaml_data
from launchrole.preflights.report import Level


@dataclass(frozen=True, slots=True)
class Kind:
    """What a finding's id stands for."""

    id: str
    level: Level
    title: str

    @property
    def page(self) -> str:
        """Its page, from the project's root."""
        return f"docs/findings/{self.id}.md"


@functools.cache
def kinds() -> Mapping[str, Kind]:
    """All of them by id, in order."""
    text = (files("launchrole.preflights") / "findings.yaml").read_text(encoding="utf-8")
    return {name: Kind(name, Level(one["level"]), one["title"]) for name, one in yaml_data.read(text).items()}
