"""Lambda's runtimes over time (`lambda_runtimes.yaml`). AWS Lambda Developer Guide: lambda-runtimes.html."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files

from launchrole.facts import yaml_data


@dataclass(frozen=True, slots=True)
class Runtime:
    """A runtime. From `no_create` on Lambda creates no function with it; None where no day is announced. `successor` is
    the newest runtime of the language, None for that one itself."""

    deprecated: date
    no_create: date | None
    successor: str | None


@functools.cache
def runtimes() -> Mapping[str, Runtime]:
    """The runtimes by their identifiers."""
    rows = yaml_data.read((files("launchrole.facts") / "lambda_runtimes.yaml").read_text(encoding="utf-8"))
    return {
        name: Runtime(_day(row["deprecated"]), _maybe(row.get("no_create")), row.get("successor"))
        for name, row in rows.items()
    }


def _day(text: object) -> date:
    return date.fromisoformat(str(text))


def _maybe(text: object) -> date | None:
    return None if text is None else _day(text)
