"""Feeds of what happens to managed policies, in RSS 2.0 and in Atom 1.0.

https://www.rssboard.org/rss-specification; RFC 4287. A feed depends on its entries alone, not on when it is written:
as long as nothing happens its bytes are the same.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr

from launchrole.facts import actions as reference
from launchrole.registry.entries import Entry, entries, file_name, stable_id
from launchrole.registry.registry import Registry

_ATOM = "http://www.w3.org/2005/Atom"
_HOME = "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/about-managed-policy-reference.html"
_BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)
"""The date of a feed without a dated entry: Atom demands one."""

_HEAD = '<?xml version="1.0" encoding="utf-8"?>'
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
    """All feeds of some entries, the newest first, each of at most so many: of everything, of what takes access away,
    of each policy, of each service whose actions changed."""
    found: dict[str, list[Entry]] = {"all": [], "removals": []}
    names: dict[str, str] = {}
    for one in some:
        policy = _path_of(one.policy)
        names[policy] = one.policy
        for path in ("all", *(["removals"] if one.removes else ()), policy, *map(_path_of_service, one.services)):
            if path and len(own := found.setdefault(path, [])) < most:
                own.append(one)
    return [Feed(path, _title(path, names.get(path)), tuple(own)) for path, own in found.items()]


def feed(registry: Registry, keys: Collection[str], path: str, most: int) -> Feed | None:
    """One feed of some policies, without making the others; None where there is none of that path."""
    names = {_path_of(key): key for key in keys}
    own = [names[path]] if path in names else keys
    about, _, name = path.partition("/")
    if path not in names and path not in ("all", "removals") and not (about == "services" and reference.service(name)):
        return None
    some = (
        one
        for one in entries(registry, own)
        if about in ("all", "policies") or (one.removes if about == "removals" else name in one.services)
    )
    return Feed(path, _title(path, names.get(path)), tuple(itertools.islice(some, most)))


def _path_of(policy: str) -> str:
    return f"policies/{file_name(policy)}"


def _path_of_service(prefix: str) -> str:
    """Nothing for a pattern, which stands for several services."""
    return f"services/{prefix}" if re.fullmatch("[a-z0-9-]+", prefix) else ""


def _title(path: str, policy: str | None) -> str:
    if path == "all":
        return "Changes of managed policies"
    if path == "removals":
        return "Managed policies: access taken away"
    return f"Changes of {policy}" if policy else f"Managed policies: changes for {path.partition('/')[2]}"


_Rendering = Callable[[Entry, str], str]


def _item(one: Entry, base: str) -> str:
    link = f"{base}/{one.page}" if base and one.page else one.link
    lines = [
        "<item>",
        _element("title", one.title),
        *([_element("link", link)] if link else ()),
        _element("description", one.body),
        *(_element("category", category) for category in one.categories),
        _element("guid", one.id, isPermaLink="false"),
        *([_element("pubDate", _rfc822(one.moment))] if one.moment else ()),
        "</item>",
    ]
    return "\n".join(lines)


def _atom_entry(one: Entry, folder: str) -> str:
    link = f"{folder}{one.page}" if one.page else one.link
    lines = [
        "<entry>",
        _element("id", one.id),
        _element("title", one.title),
        _element("updated", _rfc3339(one.moment or _BEFORE_ALL)),
        *([_element("published", _rfc3339(one.moment))] if one.moment else ()),
        *([_link(link, "alternate", "text/html")] if link else ()),
        *(f"<category term={quoteattr(_clean(category))}/>" for category in one.categories),
        _element("content", one.body, type="html"),
        "</entry>",
    ]
    return "\n".join(lines)


def rss(feed: Feed, base: str | None, item: _Rendering = _item) -> bytes:
    """A feed in RSS 2.0. `base` is the URL of the folder of feeds, if they have one."""
    lines = [
        _HEAD,
        f'<rss version="2.0" xmlns:atom="{_ATOM}">',
        "<channel>",
        _element("title", feed.title),
        _element("link", base or _HOME),
        _element("description", f"{feed.title}. What each version allows or takes away is proved."),
        *([_element("lastBuildDate", _rfc822(feed.updated))] if feed.entries else ()),
        _element("generator", "launchrole"),
        *([_link(f"{base}/{feed.path}.rss.xml", "self", "application/rss+xml", "atom:")] if base else ()),
        *(item(one, base or "") for one in feed.entries),
        "</channel>",
        "</rss>",
    ]
    return "\n".join([*lines, ""]).encode()


def atom(feed: Feed, base: str | None, entry: _Rendering = _atom_entry) -> bytes:
    """A feed in Atom 1.0. `base` is the URL of the folder of feeds, if they have one; links are relative if not."""
    folder = f"{base}/" if base else "../" * feed.path.count("/")
    lines = [
        _HEAD,
        f'<feed xmlns="{_ATOM}">',
        _element("id", stable_id("feed", feed.path)),
        _element("title", feed.title),
        _element("updated", _rfc3339(feed.updated)),
        "<author><name>launchrole</name></author>",
        _element("generator", "launchrole"),
        *([_link(f"{base}/{feed.path}.atom.xml", "self", "application/atom+xml")] if base else ()),
        *(entry(one, folder) for one in feed.entries),
        "</feed>",
    ]
    return "\n".join([*lines, ""]).encode()


def files(some: Iterable[Feed], base: str | None) -> Iterator[tuple[str, bytes]]:
    """Feeds as files, with their paths below the folder of feeds."""
    item, entry = functools.cache(_item), functools.cache(_atom_entry)  # an entry is in several feeds
    for one in some:
        yield f"{one.path}.rss.xml", rss(one, base, item)
        yield f"{one.path}.atom.xml", atom(one, base, entry)


def _element(name: str, text: str, **attributes: str) -> str:
    told = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{name}{told}>{escape(_clean(text))}</{name}>"


def _link(target: str, relation: str, type: str, prefix: str = "") -> str:
    return f'<{prefix}link rel="{relation}" type="{type}" href={quoteattr(_clean(target))}/>'


def _clean(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)


def _rfc822(moment: datetime) -> str:
    return format_datetime(moment.replace(microsecond=0), usegmt=True)


def _rfc3339(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
