"""Feeds of what happens to managed policies, in RSS 2.0 and in Atom 1.0.

https://www.rssboard.org/rss-specification; RFC 4287. A feed depends on its entries alone, not on when it is written:
as long as nothing happens its bytes are the same.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from xml.etree import ElementTree

from launchrole.registry.entries import Entry, newest_first, stable_id
from launchrole.registry.errors import RegistryError

_ATOM = "http://www.w3.org/2005/Atom"
_HOME = "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/about-managed-policy-reference.html"
_BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)
"""The date of a feed without a dated entry: Atom demands one."""

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed: `path` is where it lies below the folder of feeds, without its ending."""

    path: str
    title: str
    entries: tuple[Entry, ...]

    @property
    def updated(self) -> datetime:
        return max((one.moment for one in self.entries if one.moment), default=_BEFORE_ALL)


def feeds(some: Iterable[Entry], most: int) -> list[Feed]:
    """All feeds of some entries, each of at most so many: of everything, of what takes access away, of each policy, of
    each service whose actions changed."""
    ordered = newest_first(list(some))
    made = [
        Feed("all", "Changes of managed policies", tuple(ordered[:most])),
        Feed("removals", "Managed policies: access taken away", tuple([one for one in ordered if one.removes][:most])),
    ]
    by_policy: dict[str, list[Entry]] = {}
    by_service: dict[str, list[Entry]] = {}
    for one in ordered:
        by_policy.setdefault(one.policy, []).append(one)
        for service in one.services:
            by_service.setdefault(service, []).append(one)
    for policy, own in sorted(by_policy.items()):
        made.append(Feed(f"policies/{policy.replace('/', '-')}", f"Changes of {policy}", tuple(own[:most])))
    for service, own in sorted(by_service.items()):
        if re.fullmatch("[a-z0-9-]+", service):  # not a pattern, which stands for several
            made.append(Feed(f"services/{service}", f"Managed policies: changes for {service}", tuple(own[:most])))
    return made


def rss(feed: Feed, base: str | None) -> bytes:
    """A feed in RSS 2.0. `base` is the URL of the folder of feeds, if they have one."""
    root = ElementTree.Element("rss", {"version": "2.0"})
    channel = ElementTree.SubElement(root, "channel")
    _add(channel, "title", feed.title)
    _add(channel, "link", base or _HOME)
    _add(channel, "description", f"{feed.title}. What each version allows or takes away is proved.")
    if feed.entries:
        _add(channel, "lastBuildDate", format_datetime(feed.updated, usegmt=True))
    _add(channel, "generator", "launchrole")
    if base:
        own = {"href": f"{base}/{feed.path}.rss.xml", "rel": "self", "type": "application/rss+xml"}
        ElementTree.SubElement(channel, f"{{{_ATOM}}}link", own)
    for one in feed.entries:
        item = ElementTree.SubElement(channel, "item")
        _add(item, "title", one.title)
        if one.link:
            _add(item, "link", one.link)
        _add(item, "description", one.body)
        for category in one.categories:
            _add(item, "category", category)
        _add(item, "guid", one.id, isPermaLink="false")
        if one.moment:
            _add(item, "pubDate", format_datetime(one.moment.replace(microsecond=0), usegmt=True))
    return _written(root)


def atom(feed: Feed, base: str | None) -> bytes:
    """A feed in Atom 1.0. `base` is the URL of the folder of feeds, if they have one."""
    root = ElementTree.Element(f"{{{_ATOM}}}feed")
    _atom(root, "id", stable_id("feed", feed.path))
    _atom(root, "title", feed.title)
    _atom(root, "updated", _rfc3339(feed.updated))
    _atom(_atom(root, "author"), "name", "launchrole")
    _atom(root, "generator", "launchrole")
    if base:
        _atom(root, "link", rel="self", type="application/atom+xml", href=f"{base}/{feed.path}.atom.xml")
    for one in feed.entries:
        entry = _atom(root, "entry")
        _atom(entry, "id", one.id)
        _atom(entry, "title", one.title)
        _atom(entry, "updated", _rfc3339(one.moment or _BEFORE_ALL))
        if one.moment:
            _atom(entry, "published", _rfc3339(one.moment))
        if one.link:
            _atom(entry, "link", rel="alternate", type="text/html", href=one.link)
        for category in one.categories:
            _atom(entry, "category", term=_NO_XML.sub("\ufffd", category))
        _atom(entry, "content", one.body, type="html")
    return _written(root)


def write(folder: Path, some: Sequence[Feed], base: str | None) -> list[Path]:
    """Write feeds into a folder, all of them or none. Raises RegistryError where it cannot be written."""
    files = {folder / f"{one.path}.rss.xml": rss(one, base) for one in some}
    files |= {folder / f"{one.path}.atom.xml": atom(one, base) for one in some}
    prepared: dict[Path, Path] = {}
    try:
        _prepare(files, prepared)
        for path, beside in prepared.items():
            beside.replace(path)
    except OSError as error:
        raise RegistryError(
            f"{error.filename or folder}: feeds cannot be written: {(error.strerror or str(error)).lower()}; name a "
            "folder of your own by --out"
        ) from None
    finally:
        for beside in prepared.values():
            with contextlib.suppress(OSError):
                beside.unlink(missing_ok=True)
    return sorted(files)


def _prepare(files: Mapping[Path, bytes], prepared: dict[Path, Path]) -> None:
    """Write every file beside the place where it is to be."""
    for path, data in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise IsADirectoryError(0, "there is a folder of that name", str(path))
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        prepared[path] = beside
        beside.write_bytes(data)


def _add(parent: ElementTree.Element, name: str, text: str, **attributes: str) -> None:
    ElementTree.SubElement(parent, name, attributes).text = _NO_XML.sub("\ufffd", text)


def _atom(parent: ElementTree.Element, name: str, text: str | None = None, **attributes: str) -> ElementTree.Element:
    made = ElementTree.SubElement(parent, f"{{{_ATOM}}}{name}", attributes)
    made.text = None if text is None else _NO_XML.sub("\ufffd", text)
    return made


def _rfc3339(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _written(root: ElementTree.Element) -> bytes:
    is_atom = root.tag.startswith("{")
    ElementTree.register_namespace("" if is_atom else "atom", _ATOM)
    ElementTree.indent(root)
    data: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return data + b"\n"
