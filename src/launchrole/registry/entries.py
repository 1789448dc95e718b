"""Events as entries of feeds: one for whatever happened to a policy, with what was proved of it."""

from __future__ import annotations

import html
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from launchrole.reasoning import Difference, Finding
from launchrole.registry.events import Event, Kind
from launchrole.registry.history import Policy, Version
from launchrole.registry.log import Row, listed, proved, row
from launchrole.registry.proofs import action_names, witness_in_words
from launchrole.registry.registry import Registry

_REFERENCE = "https://docs.aws.amazon.com/aws-managed-policy/latest/reference"
"""AWS Managed Policy Reference Guide: a page for each policy, by its name."""

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_OID, "launchrole/policies")

_TOLD = (Kind.PUBLISHED, Kind.REISSUED, Kind.DEFAULT_SET, Kind.WITHDRAWN, Kind.NOTE_CORRECTED)
"""What is an event in the world, and not one of learning about it."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """An event that entries are about, of which nothing was proved yet.

    `moment` is when it happened; where nobody knows, when it was stored, and None where it was not stored.
    """

    policy: Policy
    event: Event
    moment: datetime | None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry.

    `id` is the same whenever and wherever the event is told; of a default that was set and of a withdrawal it has the
    moment in it, so that where nobody knows that it is the same in one state directory alone. `moment` is None where
    nobody knows when it was. `body` is HTML. `link` is AWS' page about the policy, `page` the path, below the folder of
    feeds, of one about the version. `services` are those of the actions that changed, `removes` whether access was
    taken away.
    """

    id: str
    title: str
    body: str
    moment: datetime | None
    policy: str
    link: str | None
    page: str | None
    categories: tuple[str, ...]
    services: frozenset[str]
    removes: bool


def announcement(registry: Registry, event: Event, since: datetime | None = None) -> Announcement | None:
    """An event, if entries are about such; None where nothing happened in the world, or, with `since`, where it was
    before."""
    policy = registry.policy(event.policy)
    if event.kind not in _TOLD or (event.digest and not _is_news(policy, policy.version(event.version))):
        return None
    moment = _moment(policy, event)
    return Announcement(policy, event, moment) if since is None or (moment or since) >= since else None


def newest_first(some: Iterable[Announcement | None]) -> list[Announcement]:
    """Announcements in the order of feeds, those of unknown date last."""
    oldest = datetime.min.replace(tzinfo=UTC)
    found = [one for one in some if one is not None]
    return sorted(found, key=lambda one: (one.moment or oldest, one.policy.key, one.event.version or 0), reverse=True)


def entry(registry: Registry, announced: Announcement) -> Entry:
    """The entry about an event: for a version what it changed is proved, unless it was before."""
    return (_of_version if announced.event.digest else _of_others)(registry, announced)


def entries(registry: Registry, keys: Iterable[str], since: datetime | None = None) -> Iterator[Entry]:
    """The entries of policies, in the order of feeds; each is made when it is asked for."""
    found = newest_first(announcement(registry, event, since) for key in keys for event in registry.events(key))
    return (entry(registry, one) for one in found)


def stable_id(*parts: str) -> str:
    """An identifier that the same parts always have, as a URN (RFC 9562, version 5)."""
    return uuid.uuid5(_NAMESPACE, "\n".join(parts)).urn


def file_name(policy: str) -> str:
    """A policy's name as that of a file or folder."""
    return policy.replace("/", "-")


def page_of(version: Version) -> str:
    """The path of the page about a version, below the folder of feeds."""
    return f"versions/{file_name(version.policy)}/{version.name}.html"


def _is_news(policy: Policy, version: Version) -> bool:
    """Where knowledge begins, nothing happened."""
    return version.number == 1 or policy.before(version) is not None


def _of_version(registry: Registry, announced: Announcement) -> Entry:
    policy = announced.policy
    version = policy.version(announced.event.version)
    found = row(registry, policy, version)
    # One event by whichever of its names: whether the version before was known may have been learned later.
    identifier = stable_id(policy.key, version.name, "published")
    added, removed = _differences(found)
    services = {name.partition(":")[0].lower() for one in (added, removed) for name in action_names(one.findings)}
    if version.reissue:
        verdict = "re-issued without change"
        categories: tuple[str, ...] = ("re-issued",)
    elif found.verdict is None:
        verdict, categories = "new policy", ("new",)
    else:
        signs = (("+", added), ("-", removed))
        told = "; ".join(f"{sign} {listed(action_names(one.findings))}" for sign, one in signs if one.findings)
        verdict = f"{found.verdict.value} ({told})" if told else found.verdict.value
        categories = (found.verdict.value,)
    return Entry(
        identifier,
        f"{policy.key} {version.name}: {verdict}",
        "".join(_body(found, added, removed)),
        announced.moment,
        policy.key,
        _link(policy),
        page_of(version),
        (*categories, *sorted(services)),
        frozenset(services),
        bool(removed.findings),
    )


def _differences(found: Row) -> tuple[Difference, Difference]:
    nothing = Difference((), ())
    comparison = found.transition.comparison
    if comparison is None:
        return found.transition.access or nothing, nothing
    return comparison.added, comparison.removed


def _body(found: Row, added: Difference, removed: Difference) -> Iterator[str]:
    for one in found.claims:
        yield f"<p>Note: {html.escape(' '.join(one.claim.note.split()))}</p>"
    yield f"<p>Proved: {html.escape('; '.join(proved(found)))}.</p>"
    for word, difference in (("Newly allowed", added), ("Taken away", removed)):
        if difference.findings:
            yield f"<p>{word}:</p><ul>{''.join(_item(one) for one in difference.findings)}</ul>"


def _item(finding: Finding) -> str:
    actions = listed([one.text for one in finding.actions])
    element = "all but " if finding.not_resources else ""
    conditions = f", if {' and '.join(finding.conditions)}" if finding.conditions else ""
    told = f"{actions} on {element}{listed([one.text for one in finding.resources])}{conditions}"
    return f"<li>{html.escape(told)}. Shown by: <code>{html.escape(witness_in_words(finding.witness))}</code></li>"


def _of_others(_registry: Registry, announced: Announcement) -> Entry:
    """A default that was set, a policy that was withdrawn, a note that was corrected."""
    policy, event, when = announced.policy, announced.event, announced.moment
    name = event.version_name
    mark = when.isoformat() if when else ""
    if event.kind is Kind.DEFAULT_SET:
        title, body, category = f"{name} is the default", f"{name} was made the default version.", "default"
    elif event.kind is Kind.WITHDRAWN:
        title, body, category = "withdrawn", "The policy is no longer offered.", "withdrawn"
    else:
        assert event.claim is not None
        title, body, category = f"note of {name} corrected", f"It says now: {event.claim.note}", "note"
        mark = f"{event.claim.source}\n{event.claim.announced}\n{event.claim.note}"
    return Entry(
        stable_id(policy.key, name, event.kind.value, mark),
        f"{policy.key}: {title}",
        f"<p>{html.escape(' '.join(body.split()))}</p>",
        when,
        policy.key,
        _link(policy),
        page_of(policy.version(event.version)) if event.version else None,
        (category,),
        frozenset(),
        event.kind is Kind.WITHDRAWN,
    )


def _moment(policy: Policy, event: Event) -> datetime | None:
    """When it happened; where nobody knows, when it was stored. Of a version IAM's date, if that became known later."""
    version: Version | None = policy.version(event.version) if event.digest else None
    return event.at or (version.created if version else None) or event.recorded


def _link(policy: Policy) -> str | None:
    return f"{_REFERENCE}/{policy.key}.html" if policy.of_aws else None
