"""launchrole: AWS Service Catalog launches under their launch role, with IAM enforced on every call.

`launchrole.preflight` (`launchrole.preflights.preflight`) and `launchrole.Sandbox` are loaded when they are asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from launchrole.preflights.preflight import preflight
    from launchrole.preflights.report import Report
    from launchrole.sandbox import Sandbox

__all__ = ["Report", "Sandbox", "preflight"]

_PLACES = {
    "Report": "launchrole.preflights.report",
    "Sandbox": "launchrole.sandbox",
    "preflight": "launchrole.preflights.preflight",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_PLACES[name]), name)
