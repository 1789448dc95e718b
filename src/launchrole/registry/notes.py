"""Published notes against proofs: which of the actions that a version changed does its note name?

A note names an action by its name (`s3:PutBucketCORS`, `s3:Put*`) or, where it names the service, by words: a sentence
with a word for what the action does and the name of what it does it to ("Create, read, update, and delete code
repositories"). Where a note names a service and no more of it, it means whatever changed there. Reading is by words
only: what a note says of resources and conditions is not held against it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from launchrole.facts import actions as reference
from launchrole.policy.statement import action_matcher
from launchrole.registry.events import Claim
from launchrole.registry.history import Version

_ACTION = re.compile(r"\b[a-z][a-z0-9-]*:[A-Za-z*?][A-Za-z0-9*?]*")
_SENTENCE = re.compile(r"[.;](?=\s|$)|\n")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*|[a-z0-9]+")

_READ = ("read", "get", "describ", "list", "view")
_VERBS = {
    "create": ("creat",),
    "delete": ("delet", "remov"),
    "get": _READ,
    "describe": _READ,
    "list": _READ,
    "update": ("updat", "modif", "chang"),
    "put": ("put", "updat", "modif", "chang"),
    "modify": ("modif", "updat", "chang"),
}
"""The beginnings of words that people write for the first word of an action's name."""

_ANY_VERB = "manag"

_SAME_DAY = 1
"""Days that a note's day may be off without being another day: pages are dated where they are written, IAM in UTC."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a note says of changed actions. `left_out` are changed and not named; `unfounded` are named, not changed."""

    left_out: tuple[str, ...]
    unfounded: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        return not self.left_out and not self.unfounded


def reading(note: str, changed: Iterable[str]) -> Reading:
    """Hold a note against the names of the actions that changed."""
    names = list(changed)
    written = list(dict.fromkeys(_ACTION.findall(note)))
    by_name = {name for name in names for one in written if action_matcher(one)(name.lower())}
    unfounded = tuple(one for one in written if not any(action_matcher(one)(name.lower()) for name in names))
    left_out: list[str] = []
    for service in dict.fromkeys(name.partition(":")[0] for name in names):
        own = [name for name in names if name.partition(":")[0] == service]
        named = [name for name in own if name in by_name]
        if _names_service(note, service, written):
            sentences = [_words(one) for one in _SENTENCE.split(note)]
            named += [name for name in own if any(_says(sentence, name) for sentence in sentences)]
            if not named:
                continue  # the note says no more than that something changed there
        left_out += [name for name in own if name not in named]
    return Reading(tuple(left_out), unfounded)


def days_apart(claim: Claim, version: Version) -> int | None:
    """By how many days a version was announced after IAM's date of it (negative: before); None where they agree, or
    where one is not known."""
    if claim.announced is None or version.created is None or version.inferred:
        return None
    days = (claim.announced - version.created.date()).days
    return None if abs(days) <= _SAME_DAY else days


def _names_service(note: str, prefix: str, written: Sequence[str]) -> bool:
    without = note
    for one in written:
        without = without.replace(one, " ")
    service = reference.service(prefix)
    words = {word.lower() for word in _WORD.findall(without)}
    return prefix in words or (service is not None and service.name.lower() in without.lower())


def _says(sentence: Sequence[str], name: str) -> bool:
    """Whether a sentence, as words, says what an action does, and to what."""
    verb, *thing = (word.lower() for word in _CAMEL.findall(name.partition(":")[2]))
    stems = (*_VERBS.get(verb, (verb,)), _ANY_VERB)
    if not thing or not any(word.startswith(stems) for word in sentence):
        return False
    wanted = [_singular(word) for word in thing]
    return any(list(sentence[at : at + len(wanted)]) == wanted for at in range(len(sentence)))


def _words(sentence: str) -> list[str]:
    return [_singular(word.lower()) for word in _WORD.findall(sentence)]


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word
