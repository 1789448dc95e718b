"""Published notes against proofs: which of the actions that a version changed does its note name?

A note names an action by its name (`s3:PutBucketCORS`, `s3:Put*`) or, where it names the service, by words: a sentence
with a word for what the action does and the name of what it does it to ("Create, read, update, and delete code
repositories"). Where a note names a service and no more of it, it means whatever changed there. Reading is by words
only: what a note says of resources and conditions is not held against it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from launchrole.policy.statement import action_matcher
from launchrole.registry.events import Claim
from launchrole.registry.history import Version
from launchrole.registry.words import ACTION, SENTENCE, names_service, says, words_of

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
    written = list(dict.fromkeys(ACTION.findall(note)))
    by_name = {name for name in names for one in written if action_matcher(one)(name.lower())}
    unfounded = tuple(one for one in written if not any(action_matcher(one)(name.lower()) for name in names))
    left_out: list[str] = []
    for service in dict.fromkeys(name.partition(":")[0] for name in names):
        own = [name for name in names if name.partition(":")[0] == service]
        named = [name for name in own if name in by_name]
        if names_service(note, service, written):
            sentences = [words_of(one) for one in SENTENCE.split(note)]
            named += [name for name in own if any(says(sentence, name) for sentence in sentences)]
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
