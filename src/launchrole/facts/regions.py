"""The regions of AWS' partition `aws`, as botocore has them (`data/partitions.json`)."""

from __future__ import annotations

import functools
import json
from importlib.resources import files

PARTITION = "aws"
"""The partition that accounts are in here; not China's, nor those of governments."""


@functools.cache
def regions() -> frozenset[str]:
    """The names of the regions that resources are launched in."""
    text = (files("botocore") / "data" / "partitions.json").read_text(encoding="utf-8")
    found = next(one["regions"] for one in json.loads(text)["partitions"] if one["id"] == PARTITION)
    return frozenset(name for name in found if not name.endswith("-global"))
