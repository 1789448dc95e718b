"""Prose about a policy: which services and actions it says that the policy allows.

What counts as said, by words only:

- an item of a list that begins with a service's prefix and a dash or colon ("codebuild - Allows ..."): the service, and
  the actions that the item says in words;
- a service's name in a sentence that speaks of permissions, unless it is told as who acts ("using AWS Service
  Catalog", "allows AWS Service Catalog to ...");
- an action by its name (`s3:PutObject`), outside of JSON documents.

AWS' pages have a heading for each policy ("AWS managed policy: NAME"); of such a page that part is read.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser

from launchrole.facts import actions as reference
from launchrole.registry.service_names import pattern, prefixes_by_name
from launchrole.registry.words import ACTION, SENTENCE, holds, names_service, parts_of, says, words_of


@dataclass(frozen=True, slots=True)
class Named:
    """A service that is said to be allowed, as it is written, the prefixes that this means, and where it stands."""

    written: str
    prefixes: frozenset[str]
    place: str


@dataclass(frozen=True, slots=True)
class Said:
    """An action that is said to be allowed: by its name, which may have wildcards, or in words that mean it."""

    action: str
    in_words: bool
    place: str


@dataclass(frozen=True, slots=True)
class Description:
    """What is said of a policy, by whom. `mentioned` are the prefixes of all services that occur in whatever way."""

    source: str
    services: tuple[Named, ...]
    actions: tuple[Said, ...]
    mentioned: frozenset[str]


_HEADING = re.compile(r"AWS[ -]managed policy:\s*", re.IGNORECASE)
_END = re.compile(r"AWS[ -]managed policy:|\bupdates to\b.{0,80}\bmanaged policies", re.IGNORECASE)
_ITEM = re.compile(
    r"(?:[-*+\u2022\u00b7]\s+|\d+[.)]\s+)?[`*_]*(?P<prefix>[a-z][a-z0-9-]*)[`*_]*\s*(?:[\u2013\u2014:]|-(?=\s))\s*(?P<rest>\S.*)"
)
_GRANTS = re.compile(r"\b(?:grant|permission|permit|allow|access|includ)", re.IGNORECASE)
_ACTOR_BEFORE = re.compile(r"\b(?:using|by|via|through|from|with|for|within|inside)(?: the| an?)?$", re.IGNORECASE)
_ALLOWS_BEFORE = re.compile(r"\b(?:allow|permit|let|enable|grant)(?:s|ed|ing)?(?: the| an?)?$", re.IGNORECASE)
_ACTOR_BEHIND = re.compile(r"^(?: service)?s? (?:to|permissions?|access)\b", re.IGNORECASE)


def described(text: str, policy: str, source: str) -> Description:
    """What a text, which may be HTML or Markdown, says of a policy."""
    lines = list(_lines(text, policy))
    services: dict[str, Named] = {}
    actions: dict[str, Said] = {}
    for number, line in lines:
        place = f"line {number}"
        written = [one for one in dict.fromkeys(ACTION.findall(line)) if _is_action(one, line)]
        for one in written:
            actions.setdefault(one, Said(one, False, place))
        item = _ITEM.match(line)
        if item is not None and item["prefix"] in reference.service_names():
            prefix = item["prefix"]
            services.setdefault(prefix, Named(prefix, frozenset([prefix]), place))
            for action in said_of(prefix, item["rest"]):
                actions.setdefault(action, Said(action, True, place))
            continue
        for name in _granted(line):
            services.setdefault(name, Named(name, prefixes_by_name()[name], place))
    whole = "\n".join(line for _, line in lines)
    by_action = [one.partition(":")[0] for one in actions]
    mentioned = [prefix for prefix in reference.services() if names_service(whole, prefix, [])]
    return Description(source, tuple(services.values()), tuple(actions.values()), frozenset([*mentioned, *by_action]))


def said_of(prefix: str, text: str) -> Iterator[str]:
    """The actions of a service that a text says in words. Who says "delete user pools" does not say "delete user"."""
    service = reference.service(prefix)
    known = [one.full_name for one in service.actions.values()] if service else []
    for sentence in map(words_of, SENTENCE.split(text)):
        said = {name: parts_of(name) for name in known if says(sentence, name)}
        for name, (verb, *thing) in said.items():
            longer = (other for other in said.values() if other[0] == verb and len(other) > len(thing) + 1)
            if not any(holds(other[1:], thing) for other in longer):
                yield name


def _granted(line: str) -> Iterator[str]:
    """The names of services in those sentences of a line that speak of permissions."""
    for sentence in SENTENCE.split(line):
        begin = _GRANTS.search(sentence)
        if begin is None:
            continue
        for found in pattern().finditer(sentence, begin.end()):
            before = sentence[: found.start()].rstrip()
            behind = sentence[found.end() :]
            if _ACTOR_BEFORE.search(before) or (_ALLOWS_BEFORE.search(before) and _ACTOR_BEHIND.search(behind)):
                continue
            yield found[0]


def _is_action(written: str, line: str) -> bool:
    """Whether a text such as `s3:PutObject` is an action's name, not a tag's or a condition key's."""
    prefix, _, name = written.partition(":")
    service = reference.service(prefix)
    behind = line[line.index(written) + len(written) :][:1]
    if service is None or behind in ("-", "/", ":", "_") or name[0].islower():
        return False
    return written.lower() not in service.condition_keys


# Texts


def _lines(text: str, policy: str) -> Iterator[tuple[int, str]]:
    """The lines of prose about a policy, with their numbers in the text, single blanks between words."""
    is_html = re.search(r"<(?:html|body|p|li|div|h[1-6])\b", text, re.IGNORECASE) is not None
    plain = _without_json(_Text.of(text) if is_html else text)
    lines = [(number, " ".join(line.split())) for number, line in enumerate(plain.splitlines(), start=1)]
    begin = next((at for at, (_, line) in enumerate(lines) if _is_heading(line, policy)), None)
    if begin is not None:
        end = next((at for at in range(begin + 1, len(lines)) if _END.search(lines[at][1])), len(lines))
        lines = lines[begin + 1 : end]
    for number, line in lines:
        if line:
            yield number, html.unescape(line) if not is_html else line


def _is_heading(line: str, policy: str) -> bool:
    found = _HEADING.search(line)
    return found is not None and line[found.end() :].strip("`*_ ").startswith(policy)


def _without_json(text: str) -> str:
    """The text without policies in JSON; their lines stay, empty."""
    decoder = json.JSONDecoder()
    kept: list[str] = []
    place = 0
    while True:
        begin = text.find("{", place)
        if begin < 0:
            return "".join([*kept, text[place:]])
        try:
            _, end = decoder.raw_decode(text, begin)
        except (ValueError, RecursionError):
            end = begin + 1
            kept.append(text[place:end])
        else:
            kept += [text[place:begin], "\n" * text.count("\n", begin, end)]
        place = end


_BLOCKS = frozenset({
    "address", "article", "br", "dd", "div", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ol", "p", "pre",
    "section", "table", "td", "th", "tr", "ul",
})  # fmt: skip
_UNSEEN = frozenset(["script", "style", "head", "template"])


class _Text(HTMLParser):
    """The text of HTML, with lines where a reader sees them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._unseen = 0

    @classmethod
    def of(cls, text: str) -> str:
        parser = cls()
        parser.feed(text)
        parser.close()
        return "".join(parser._parts)

    def handle_starttag(self, tag: str, _attributes: Sequence[tuple[str, str | None]]) -> None:
        self._unseen += tag in _UNSEEN
        if tag in _BLOCKS:
            self._parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in _UNSEEN and self._unseen > 0
        if tag in _BLOCKS:
            self._parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._parts.append(data if "{" in data else " ".join(data.split("\n")))
