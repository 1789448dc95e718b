"""Words that people write of services and actions, in notes and on pages.

Reading is by words only: an action is said where a sentence has a word for what it does and the name of what it does it
to ("Create, read, update, and delete code repositories").
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from launchrole.registry.service_names import names_of

ACTION = re.compile(r"\b[a-z][a-z0-9-]*:[A-Za-z*?][A-Za-z0-9*?]*")
SENTENCE = re.compile(r"[.;](?=\s|$)|\n")
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


def names_service(text: str, prefix: str, written: Sequence[str]) -> bool:
    """Whether a text names a service, by its name or its prefix. `written` are the actions that it names."""
    without = text
    for one in written:
        without = without.replace(one, " ")
    words = {word.lower() for word in _WORD.findall(without)}
    return prefix in words or any(name.lower() in without.lower() for name in names_of(prefix))


def says(sentence: Sequence[str], name: str) -> bool:
    """Whether a sentence, as words, says what an action does, and to what."""
    verb, *thing = parts_of(name)
    stems = (*_VERBS.get(verb, (verb,)), _ANY_VERB)
    if not thing or not any(word.startswith(stems) for word in sentence):
        return False
    return holds(sentence, thing)


def parts_of(name: str) -> list[str]:
    """The words of an action's name, what it does first, those for many things as for one."""
    verb, *thing = (word.lower() for word in _CAMEL.findall(name.partition(":")[2]))
    return [verb, *map(_singular, thing)]


def holds(words: Sequence[str], some: Sequence[str]) -> bool:
    """Whether words hold some in a row."""
    return any(list(words[at : at + len(some)]) == list(some) for at in range(len(words)))


def words_of(sentence: str) -> list[str]:
    """The words of a sentence in lower case, those for many things as for one."""
    return [_singular(word.lower()) for word in _WORD.findall(sentence)]


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word
