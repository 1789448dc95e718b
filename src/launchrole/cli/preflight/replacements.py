"""Unified diffs as SARIF's replacements (3.57): which lines go, and what comes in their place."""

from __future__ import annotations

import re
from typing import Any

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@")


def patched_name(patch: str) -> str | None:
    """The name of the file that a patch of one file is for, as after the `a/`; None where it has no heading."""
    heading = re.match(r"--- a/([^\n]*)\n\+\+\+ b/\1\n@@ ", patch)
    return heading and heading[1]


def replacements(patch: str) -> list[dict[str, Any]]:
    """One for each run of changed lines. Lines and columns are those of the file before the patch, from 1."""
    found: list[dict[str, Any]] = []
    line = 1
    gone: list[str] = []
    new: list[str] = []
    last = gone

    def close() -> int:
        if gone or new:
            found.append({"deletedRegion": _region(line, gone), "insertedContent": {"text": "".join(new)}})
        after = line + len(gone)
        gone.clear()
        new.clear()
        return after

    for text in patch.split("\n")[2:]:
        if hunk := _HUNK.match(text):
            close()
            # An empty range names the line that it comes after.
            line = int(hunk[1]) + (hunk[2] == "0")
        elif text.startswith(" "):
            line = close() + 1
        elif text.startswith(("-", "+")):
            last = gone if text.startswith("-") else new
            last.append(f"{text[1:]}\n")
        elif text.startswith("\\") and last:
            last[-1] = last[-1].removesuffix("\n")
    close()
    return found


def _region(line: int, gone: list[str]) -> dict[str, int]:
    """From the start of a line to the start of the one after the last; to its end where the file ends without one."""
    if gone and not gone[-1].endswith("\n"):
        end = {"endLine": line + len(gone) - 1, "endColumn": len(gone[-1]) + 1}
    else:
        end = {"endLine": line + len(gone), "endColumn": 1}
    return {"startLine": line, "startColumn": 1, **end}
