"""The folder of feeds: feeds, a page about each version that entries lead to, and a page that leads to all of them."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Collection, Container, Iterable, Iterator, Sequence
from pathlib import Path

from launchrole.facts import actions as reference
from launchrole.html import document, element, link, listing, table
from launchrole.registry.entries import Entry, file_name, page_of
from launchrole.registry.errors import NotKnown, RegistryError
from launchrole.registry.feeds import atom, feed, feeds, files, rss
from launchrole.registry.history import Version
from launchrole.registry.pages import version_page
from launchrole.registry.registry import Registry

INDEX = "index.html"
_FORMATS = {".rss.xml": rss, ".atom.xml": atom}
_PAGE = re.compile(r"versions/([^/]+)/v([1-9][0-9]{0,8})\.html")


def file(registry: Registry, keys: Sequence[str], path: str, base: str, most: int) -> bytes | None:
    """One file of the folder for some policies, made by itself; None where there is none of that path.

    `base` is the URL of the folder, `most` how many entries a feed has. Raises RegistryError.
    """
    if path in ("", INDEX):
        return _index(keys, [f"services/{one}" for one in reference.services()])
    for ending, written in _FORMATS.items():
        if path.endswith(ending):
            found = feed(registry, keys, path.removesuffix(ending), most)
            return None if found is None else written(found, base)
    match = _PAGE.fullmatch(path)
    key = next((one for one in keys if match and file_name(one) == match[1]), None)
    if match is None or key is None:
        return None
    with contextlib.suppress(NotKnown):
        return _page(registry, registry.policy(key).version(int(match[2])), None)
    return None


def contents(registry: Registry, some: Collection[Entry], base: str | None, most: int) -> Iterator[tuple[str, bytes]]:
    """All files of the folder for some entries, the newest first, with their paths."""
    made = feeds(some, most)
    yield from files(made, base)
    told = {entry.page: entry for one in made for entry in one.entries if entry.page}
    for path in sorted(told):
        number = int(path.rpartition("/v")[2].removesuffix(".html"))
        yield path, _page(registry, registry.policy(told[path].policy).version(number), told)
    paths = [one.path for one in made]
    services = sorted(one for one in paths if one.startswith("services/"))
    yield INDEX, _index(sorted({one.policy for one in some}), services)


def _page(registry: Registry, version: Version, pages: Container[str] | None) -> bytes:
    """The page about a version; it leads to those beside it that are there (`pages`; None: all of them)."""

    def beside(other: Version) -> str | None:
        path = page_of(other)
        return path.rpartition("/")[2] if pages is None or path in pages else None

    return version_page(registry, registry.policy(version.policy), version, beside).encode()


def _index(keys: Sequence[str], services: Sequence[str]) -> bytes:
    rows = [
        ("Everything", *_links("all")),
        ("Access taken away", *_links("removals")),
        *((key, *_links(f"policies/{file_name(key)}")) for key in keys),
    ]
    of_services = [element("span", f"{path.partition('/')[2]}: ", *_between(_links(path))) for path in services]
    parts = [
        element("header", element("h1", "Changes of managed policies"), element("p", _ABOUT)),
        table(("What", "RSS", "Atom"), rows),
        element("h2", "By service"),
        listing(of_services, "services"),
    ]
    return document("Changes of managed policies", parts, "policies feed").encode()


_ABOUT = "What each version allows beside the one before it, or takes away, is proved, with requests that show it."


def _links(path: str) -> tuple[str, str]:
    return link("RSS", f"{path}.rss.xml", beside=True), link("Atom", f"{path}.atom.xml", beside=True)


def _between(links: tuple[str, str]) -> tuple[str, str, str]:
    return links[0], ", ", links[1]


def write(target: Path, some: Iterable[tuple[str, bytes]]) -> list[Path]:
    """Write files into a folder, all of them or none. Raises RegistryError where it cannot be written."""
    prepared: dict[Path, Path] = {}
    try:
        for path, data in some:
            _prepare(target / path, data, prepared)
        for place, beside in prepared.items():
            beside.replace(place)
    except OSError as error:
        raise RegistryError(
            f"{error.filename or target}: feeds cannot be written: {(error.strerror or str(error)).lower()}; name a "
            "folder of your own by --out"
        ) from None
    finally:
        for beside in prepared.values():
            with contextlib.suppress(OSError):
                beside.unlink(missing_ok=True)
    return sorted(prepared)


def _prepare(place: Path, data: bytes, prepared: dict[Path, Path]) -> None:
    """Write a file beside the place where it is to be."""
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.is_dir():
        raise IsADirectoryError(0, "there is a folder of that name", str(place))
    beside = place.with_name(f".{place.name}.{os.getpid()}")
    prepared[place] = beside
    beside.write_bytes(data)
