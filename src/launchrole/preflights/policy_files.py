"""A policy's file with statements added, the rest of it left as it is: `--write-policy FILE`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from launchrole.policy.document import parse
from launchrole.policy.errors import PolicySyntaxError
from launchrole.preflights.errors import PreflightError
from launchrole.preflights.statements import Statement, document, sids_apart

_INDENT = 4
"""Spaces for each level of a new file, as in AWS' documentation."""


def with_statements_added(text: str, statements: Sequence[Statement], name: str = "the policy") -> str:
    """The text of a policy with statements behind its own, indented as it is; what was there stays as it was written.
    A statement that stands alone, without a list, becomes the first of a list.

    Raises `PreflightError` for a text that is no policy.
    """
    try:
        parse(text, name=name)
        policy = json.loads(text)
    except (PolicySyntaxError, ValueError) as problem:
        raise PreflightError(f"{name} is not a policy, so nothing can be added: {problem}") from None
    if not statements:
        return text
    start, end = _value(text, "Statement")
    own = text[start:end]
    listed = policy["Statement"]
    present = [listed] if isinstance(listed, dict) else listed
    added = sids_apart(statements, [str(one.get("Sid", "")) for one in present])
    if "\n" not in text.strip():
        return text[:start] + _on_one_line(own, added, listed) + text[end:]
    unit = _unit(text)
    margin = _margin(text, start)
    inner = margin + unit
    ending = "\r\n" if "\r\n" in text else "\n"
    written = [_indented(one, unit, inner, ending) for one in added]
    if isinstance(listed, dict):
        shifted = own.replace("\n", "\n" + unit)
        items = [shifted, *written]
        whole = f"[{ending}{inner}" + f",{ending}{inner}".join(items) + f"{ending}{margin}]"
        return text[:start] + whole + text[end:]
    body = own[:-1].rstrip()
    if not present:
        return (
            text[:start] + f"[{ending}{inner}" + f",{ending}{inner}".join(written) + f"{ending}{margin}]" + text[end:]
        )
    inner = _margin_of_items(own, inner)
    written = [_indented(one, unit, inner, ending) for one in added]
    tail = own[len(body) :]
    closing = tail if "\n" in tail else f"{ending}{margin}]"
    return text[:start] + body + "".join(f",{ending}{inner}{one}" for one in written) + closing + text[end:]


def write(path: Path, text: str | None, statements: Sequence[Statement]) -> str:
    """Write the policy at `path` with the statements added and return it. `text` is the policy to begin with; None is
    the file's own where there is one, and a new policy otherwise.

    Raises `PreflightError` for a file that cannot be read or written, or is no policy; nothing is written then.
    """
    try:
        if text is None and path.exists():
            text = path.read_text(encoding="utf-8")
        new = _new(statements) if text is None else with_statements_added(text, statements, str(path))
        path.write_bytes(new.encode())
    except UnicodeDecodeError:
        raise PreflightError(f"{path} is not a policy: it is not text in UTF-8") from None
    except OSError as problem:
        raise PreflightError(f"{path} cannot be written: {problem.strerror or problem}") from None
    return new


def _new(statements: Iterable[Statement]) -> str:
    return json.dumps(document(statements), indent=_INDENT, ensure_ascii=False) + "\n"


def _on_one_line(own: str, added: Sequence[Statement], listed: Any) -> str:
    """The Statement element of a policy that is all on one line."""
    separators = (", ", ": ") if re.search(r'[,:] ["\[{]', own) else (",", ":")
    written = [json.dumps(one, separators=separators, ensure_ascii=False) for one in added]
    if isinstance(listed, dict):
        return f"[{separators[0].join([own, *written])}]"
    if not listed:
        return f"[{separators[0].join(written)}]"
    return own[:-1].rstrip() + separators[0] + separators[0].join(written) + "]"


def _indented(statement: Statement, unit: str, margin: str, ending: str) -> str:
    written = json.dumps(statement, indent=unit, ensure_ascii=False)
    return written.replace("\n", ending + margin)


def _unit(text: str) -> str:
    """What one level is indented by: the indentation of the first line that has one."""
    found = re.search(r"\n([ \t]+)\S", text)
    return found[1] if found else " " * _INDENT


def _margin(text: str, place: int) -> str:
    """The indentation of the line that a place is in."""
    line = text[text.rfind("\n", 0, place) + 1 : place]
    return line[: len(line) - len(line.lstrip())]


def _margin_of_items(own: str, default: str) -> str:
    """The indentation of the first item of a list; the default where it stands on the list's own line."""
    found = re.match(r"\[\s*?\n([ \t]*)\S", own)
    return found[1] if found else default


def _value(text: str, name: str) -> tuple[int, int]:
    """Where the value of a member of the outermost object begins and ends."""
    decoder = json.JSONDecoder()
    place = text.index("{") + 1
    while True:
        place = _behind(text, place, " \t\r\n,")
        key, place = decoder.raw_decode(text, place)
        start = _behind(text, place, " \t\r\n:")
        _, end = decoder.raw_decode(text, start)
        if key == name:
            return start, end
        place = end


def _behind(text: str, place: int, skipped: str) -> int:
    while text[place] in skipped:
        place += 1
    return place
