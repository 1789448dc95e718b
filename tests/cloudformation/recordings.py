"""What CloudFormation really answered: recordings of events, change sets and messages, and how they are compared.

A recording says what was observed, with masks for what differs from one account to the next: `<stack-name:1>`,
`<uuid:2>`, `<region>`, `timestamp`. A mask stands for any text, the same one wherever it occurs.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from shared_inputs import SHARED

FOLDER = SHARED / "conformance" / "real"


@dataclass(frozen=True)
class Recording:
    """`number` is its place in the file; `test` names what the recorder did. `templates` are the texts by their file
    names, empty where the recording came without."""

    number: str
    test: str
    templates: dict[str, str] = field(compare=False, hash=False, repr=False)
    observed: dict[str, Any] = field(compare=False, hash=False, repr=False)

    @property
    def what(self) -> str:
        """The test's name without its class and module, or the type of resource."""
        return self.test.rpartition("::")[2] if ".py::" in self.test else self.test

    @property
    def group(self) -> str:
        """The class and the name: recordings of the same thing at other times share it."""
        return self.test.partition("::")[2]


def _read(name: str) -> dict[str, Any]:
    path = FOLDER / name
    return dict(json.loads(path.read_text())) if path.exists() else {}


def _templates(row: dict[str, Any]) -> dict[str, str]:
    return {one["path"].rpartition("/")[2]: one["body"] for one in row["templates"]}


def of_events() -> list[Recording]:
    """Stack events and descriptions of change sets: `events` and `changes`."""
    rows = _read("cloudformation-events.json").get("recordings", [])
    return [
        Recording(f"events {n}", row["test"], _templates(row), {"events": row["events"], "changes": row["changes"]})
        for n, row in enumerate(rows, 1)
    ]


def of_messages() -> list[Recording]:
    """Errors (`code`, `message`) and status reasons (`status`, `message`)."""
    rows = _read("cloudformation-messages.json").get("messages", [])
    return [Recording(f"message {n}", row["test"], _templates(row), row) for n, row in enumerate(rows, 1)]


def of_reasons() -> list[Recording]:
    """Status reasons that people reported, with their dates and types, without templates."""
    rows = _read("cloudformation-messages.json").get("reasons", [])
    return [Recording(f"reason {n}", row["resource_type"], {}, row) for n, row in enumerate(rows, 1)]


_MASK = re.compile(
    r"<[\w-]+(?::\d+)?>|\b111111111111\b|arn:aws:|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"
    r"|(?<=-)[A-Za-z0-9]{12}\b"
)
"""Masks, and what the recorder forgot to mask: account, partition, generated names, uuids."""
_WORD, _ANYTHING = r"\S+?", r".+?"
_INSTANTS = frozenset({"Timestamp", "CreationTime"})


def differences(recorded: Any, observed: Any, bound: dict[str, str], path: str = "") -> list[str]:
    """Where what was observed here is not what was recorded; `bound` collects what the masks stand for."""
    key = path.rpartition("/")[2]
    if key in _INSTANTS:
        return [] if observed is not None else [f"{path}: no instant"]
    if isinstance(recorded, dict):
        if not isinstance(observed, dict):
            return [f"{path}: {observed!r} instead of an object"]
        found = [f"{path}/{name}: missing" for name in recorded if name not in observed]
        found += [f"{path}/{name}: {observed[name]!r} is too much" for name in observed if name not in recorded]
        for name in recorded:
            if name in observed:
                found += differences(recorded[name], observed[name], bound, f"{path}/{name}")
        return found
    if isinstance(recorded, list):
        if not isinstance(observed, list):
            return [f"{path}: {observed!r} instead of a list"]
        if len(recorded) != len(observed):
            return [f"{path}: {len(observed)} items instead of {len(recorded)}: {observed!r} instead of {recorded!r}"]
        pairs = enumerate(zip(recorded, observed, strict=True))
        return [one for n, (a, b) in pairs for one in differences(a, b, bound, f"{path}/{n}")]
    if isinstance(recorded, str) and isinstance(observed, str):
        return [] if _matches(recorded, observed, bound, key) else [f"{path}: {observed!r} instead of {recorded!r}"]
    return [] if recorded == observed else [f"{path}: {observed!r} instead of {recorded!r}"]


def _matches(recorded: str, observed: str, bound: dict[str, str], key: str) -> bool:
    if key == "EventId" and recorded.endswith("-date"):
        return observed.startswith(recorded.removesuffix("date"))
    pattern, names, at = "", [], 0
    for mask in _MASK.finditer(recorded):
        pattern += re.escape(recorded[at : mask.start()])
        at = mask.end()
        name = mask[0]
        if name in bound:
            pattern += re.escape(bound[name])
        elif name in names:
            pattern += f"(?P=m{names.index(name)})"
        else:
            names.append(name)
            pattern += f"(?P<m{len(names) - 1}>{_ANYTHING if name == '<template-body>' else _WORD})"
    found = re.fullmatch(pattern + re.escape(recorded[at:]), observed, re.DOTALL)
    if found is None:
        return False
    bound.update({name: found[f"m{n}"] for n, name in enumerate(names)})
    return True


def events_like(recorded: dict[str, Any], events: list[dict[str, Any]], stack_name: str) -> dict[str, Any]:
    """A stack's events (oldest first) in the form of a recording: all in one list or by resource, as they are or
    condensed, the newest or the oldest first."""
    plain = [_plain(one) for one in events]
    if "per-resource-events" not in recorded:
        ((outer, inner),) = recorded.items()
        name = next(key for key in inner if key != "ResponseMetadata")
        ordered = plain if _oldest_first(inner[name]) else plain[::-1]
        found = {name: ordered, "ResponseMetadata": inner.get("ResponseMetadata")}
        return {outer: {key: one for key, one in found.items() if key in inner}}
    wanted = recorded["per-resource-events"]
    if "Stack" in wanted:
        return {"per-resource-events": _condensed(wanted, plain, stack_name)}
    by_resource: dict[str, list[dict[str, Any]]] = {}
    for one in plain[::-1]:
        name = one["LogicalResourceId"]
        by_resource.setdefault("<stack-name:1>" if name == stack_name else name, []).append(one)
    return {"per-resource-events": by_resource}


def _oldest_first(events: list[dict[str, Any]]) -> bool:
    return bool(events[0]["ResourceStatus"] == "REVIEW_IN_PROGRESS")


def _plain(event: dict[str, Any]) -> dict[str, Any]:
    found = dict(event)
    if "ResourceProperties" in found:
        found["ResourceProperties"] = json.loads(found["ResourceProperties"])
    return found


_CONDENSED = ("LogicalResourceId", "PhysicalResourceId", "ResourceStatus", "ResourceType", "Timestamp")


def _condensed(wanted: dict[str, Any], events: list[dict[str, Any]], stack_name: str) -> dict[str, Any]:
    """Later recordings keep one event of those that follow each other with the same status, in some the first (it has
    no physical id yet), in others the last; none keeps the stack's clean-up, some no deletions at all."""
    statuses = {one["ResourceStatus"] for of_one in wanted.values() for one in of_one}
    first = any(one["PhysicalResourceId"] == "" for of_one in wanted.values() for one in of_one)
    found: dict[str, list[dict[str, Any]]] = {}
    for event in events:
        status = event["ResourceStatus"]
        if status.endswith("CLEANUP_IN_PROGRESS"):
            continue
        if status.startswith("DELETE") and not any(one.startswith("DELETE") for one in statuses):
            continue
        name = "Stack" if event["LogicalResourceId"] == stack_name else event["LogicalResourceId"]
        kept = found.setdefault(name, [])
        small = {key: event[key] for key in _CONDENSED}
        if kept and kept[-1]["ResourceStatus"] == status:
            if not first:
                kept[-1] = small
            continue
        kept.append(small)
    return found
