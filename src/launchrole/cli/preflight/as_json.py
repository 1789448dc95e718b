"""Reports as JSON (docs/preflight-json.md)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.metadata import version

from launchrole.preflights.report import SCHEMA_VERSION, Report


def render(reports: Sequence[Report]) -> str:
    """One document with all reports."""
    document = {
        "schema": SCHEMA_VERSION,
        "launchrole": version("launchrole"),
        "reports": [report.to_dict() for report in reports],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)
