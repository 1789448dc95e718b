"""See whether the image has what its requirements name. Exits with 1 where it has not.

docker run --rm IMAGE /opt/image/check.py
"""

from __future__ import annotations

import importlib.metadata
import re
import sys
from pathlib import Path

REQUIREMENTS = Path("/opt/image/requirements.txt")


def missing(requirements: str) -> list[str]:
    """The packages that requirements name and nobody has installed."""
    found = []
    for line in requirements.splitlines():
        name = re.split(r"[\s<>=!~;\[#]", line.strip(), maxsplit=1)[0]
        if name:
            try:
                importlib.metadata.version(name)
            except importlib.metadata.PackageNotFoundError:
                found.append(name)
    return found


if __name__ == "__main__":
    lacking = missing(REQUIREMENTS.read_text())
    sys.exit(f"not installed: {', '.join(lacking)}" if lacking else 0)
