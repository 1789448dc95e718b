"""Pages that need nothing else: for a browser, light or dark, on a phone or wide, and for paper.

Elements are made by `element`, so that pages are well nested and every text is escaped: what is no `Markup` is text,
whoever wrote it. A page runs no scripts and loads nothing, and says so to the browser.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from html import escape
from importlib.metadata import version
from importlib.resources import files

from launchrole.policy.errors import printable

_VOID = frozenset({"br", "meta"})
_WEB = re.compile(r"https?://[!-~]+", re.IGNORECASE)
_BESIDE = re.compile(r"[!-9;-~]+")
"""A relative URL without a colon, which would make it one of another kind."""
_QUOTED = re.compile(r"`([^`]*)`")
_ABOVE_THE_FOLD = 12
"""Items of a list that are shown without being asked for."""
_ON_PAPER = 500
"""Items of a list that are printed."""


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: str | None) -> Markup:
    """An element; children are texts, or `Markup`. Attributes of None are left out: `class_` is written `class`, and
    other underscores are hyphens."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_escaped(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    end = "" if name in _VOID else f"</{name}>"
    return Markup(f"<{name}{written}>{joined(children)}{end}")


def joined(parts: Iterable[str], between: str = "") -> Markup:
    """Texts and Markup in a row."""
    return Markup(_escaped(between).join(_escaped(one) for one in parts))


def _escaped(text: str) -> str:
    """Text as HTML, with what no eye can see (control characters, marks that turn the direction) as escapes."""
    if isinstance(text, Markup):
        return text
    if text.isprintable():
        return escape(text)
    return escape("\n".join(printable(line) for line in text.expandtabs(4).split("\n")))


def document(title: str, parts: Iterable[Markup], made_by: str) -> str:
    """A whole page. `made_by` is the command that writes such pages, for the foot."""
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    head = (
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        element("style", _style()),
    )
    foot = element("footer", f"launchrole {version('launchrole')} {made_by}")
    body = element("body", joined([*parts, foot], "\n"))
    return f"<!doctype html>\n{element('html', element('head', joined(head, chr(10))), body, lang='en')}"


@functools.cache
def _style() -> Markup:
    return Markup((files("launchrole.html") / "page.css").read_text(encoding="utf-8"))


def badge(word: str, tone: str) -> Markup:
    """A verdict. Tones are `red`, `green`, `yellow`, `violet`, `blue`, or none."""
    return element("span", word, class_=f"badge {tone}".strip())


def link(text: str, url: str | None, *, beside: bool = False) -> Markup:
    """A link to a page on the web, with `beside` also to one beside this page; only the text where the URL is None or
    of another kind."""
    leads = url is not None and (_WEB.fullmatch(url) or (beside and _BESIDE.fullmatch(url)))
    return element("a", text, href=url) if leads else joined([text])


def sentence(text: str) -> Markup:
    """A text in which what stands between backticks is code."""
    return joined(element("code", part) if place % 2 else part for place, part in enumerate(_QUOTED.split(text)))


def definitions(rows: Iterable[tuple[str, str]]) -> Markup:
    """Labels with what belongs to them; those without anything are left out."""
    return element(
        "dl", *(one for label, value in rows if value for one in (element("dt", label), element("dd", value)))
    )


def listing(items: Sequence[str], what: str, class_: str | None = None) -> Markup:
    """A list; one that is long opens on demand and says how many of `what` it has."""
    made = element("ul", *(element("li", one) for one in items), class_=class_)
    if len(items) <= _ABOVE_THE_FOLD:
        return made
    return folded(f"{len(items):,} {what}", [made], "long" if len(items) > _ON_PAPER else None)


def folded(summary: str, parts: Iterable[str], class_: str | None = None) -> Markup:
    """What opens on demand, and on paper is open unless it is `long`."""
    return element("details", element("summary", summary), *parts, class_=class_)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], class_: str | None = None) -> Markup:
    """A table, or nothing without rows.

    On a phone `stacked` puts the cells of a row below each other, and `labelled` their heads before them.
    """
    lines = [
        element("tr", *(element("td", cell, data_label=head or None) for head, cell in zip(heads, row, strict=True)))
        for row in rows
    ]
    if not lines:
        return Markup("")
    head = element("thead", element("tr", *(element("th", one) for one in heads)))
    return element("table", head, element("tbody", joined(lines, "\n")), class_=class_)


def source(text: str) -> Markup:
    """A text as it is written."""
    return element("pre", text)


def diff(text: str) -> Markup:
    """A unified diff."""
    return element("pre", joined((element("span", one, class_=_of_line(one)) for one in text.splitlines()), "\n"))


def _of_line(line: str) -> str | None:
    if line.startswith(("+++", "---", "@@")):
        return "meta"
    return "added" if line.startswith("+") else "removed" if line.startswith("-") else None
