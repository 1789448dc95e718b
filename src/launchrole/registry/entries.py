"""Events as entries of feeds: one for whatever happened to a policy, with what was proved of it."""

from __future__ import annotations

import html
import uuid
from collections.abc import Iterator, Sequence
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
class Entry:
    """An entry. `id` is the same whenever and wherever the event is told; `moment` is None where nobody knows when it
    was. `body` is HTML. `services` are those of the actions that changed, `removes` whether access was taken away."""

    id: str
    title: str
    body: str
    moment: datetime | None
    policy: str
    link: str | None
    categories: tuple[str, ...]
    services: frozenset[str]
    removes: bool


def entries(registry: Registry, key: str, since: datetime | None = None) -> Iterator[Entry]:
    """The entries of a policy, in the order of its events; with `since` none of before."""
    for event in registry.events(key):
        found = entry(registry, event, since)
        if found is not None:
            yield found


def entry(registry: Registry, event: Event, since: datetime | None = None) -> Entry | None:
    """The entry of an event; None where nothing happened in the world, or, with `since`, where it was before."""
    policy = registry.policy(event.policy)
    if event.kind not in _TOLD or (since is not None and (_moment(policy, event) or since) < since):
        return None
    return _of_version(registry, policy, event) if event.digest else _of_others(policy, event)


def stable_id(*parts: str) -> str:
    """An identifier that the same parts always have, as a URN (RFC 9562, version 5)."""
    return uuid.uuid5(_NAMESPACE, "\n".join(parts)).urn


def _of_version(registry: Registry, policy: Policy, event: Event) -> Entry | None:
    version = policy.version(event.version)
    if policy.before(version) is None and version.number > 1:
        return None  # where knowledge begins, nothing happened
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
        _moment(policy, event),
        policy.key,
        _link(policy),
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


def _of_others(policy: Policy, event: Event) -> Entry | None:
    """A default that was set, a policy that was withdrawn, a note that was corrected."""
    name = event.version_name
    when = _moment(policy, event)
    mark = when.isoformat() if when else ""
    if event.kind is Kind.DEFAULT_SET:
        title, body, category = f"{name} is the default", f"{name} was made the default version.", "default"
    elif event.kind is Kind.WITHDRAWN:
        title, body, category = "withdrawn", "The policy is no longer offered.", "withdrawn"
    elif event.claim is not None:
        title, body, category = f"note of {name} corrected", f"It says now: {event.claim.note}", "note"
        mark = f"{event.claim.source}\n{event.claim.announced}\n{event.claim.note}"
    else:
        return None
    return Entry(
        stable_id(policy.key, name, event.kind.value, mark),
        f"{policy.key}: {title}",
        f"<p>{html.escape(' '.join(body.split()))}</p>",
        when,
        policy.key,
        _link(policy),
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


def newest_first(some: Sequence[Entry]) -> list[Entry]:
    """Entries in the order of feeds, those of unknown date last."""
    oldest = datetime.min.replace(tzinfo=UTC)
    return sorted(some, key=lambda one: (one.moment or oldest, one.policy, one.title), reverse=True)
