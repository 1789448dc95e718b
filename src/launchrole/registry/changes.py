"""What a source tells that is new: events to be stored, or the one thing that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from launchrole.policy.document import PolicyKind
from launchrole.registry import documents
from launchrole.registry.errors import RegistryError
from launchrole.registry.events import Event, Kind
from launchrole.registry.given import GivenPolicy, GivenVersion, is_of_aws
from launchrole.registry.history import Policy, Version

_MOST_ABSENT = 100_000
"""How many versions may be absent between two: IAM counts versions one by one."""


@dataclass(slots=True)
class Changes:
    """Events in their order, and the texts of the documents that they name, by their digests. `lacking` are versions
    between others that nobody has."""

    events: list[Event] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    lacking: list[tuple[str, int]] = field(default_factory=list)


def changes(known: Policy, given: GivenPolicy, *, with_gaps: bool = False) -> Changes:
    """What a source adds to what is known of a policy. Raises RegistryError.

    `with_gaps`: whoever gives the source knows that versions are absent from it.
    """
    found = Changes()
    arn = given.arn or known.arn
    if given.arn and known.arn and given.arn != known.arn:
        raise RegistryError(
            f"{given.where}: {given.name} is {given.arn} here, but {known.arn} is known under that "
            "name; IAM gives a name once: import the right one, or into another state (--state)"
        )
    if given.arn and given.arn != known.arn:
        found.events.append(Event(Kind.IDENTIFIED, known.key, arn=given.arn))
    kind = _kind(known.key, arn, given)
    versions = _numbered(known, given, kind)
    _without_gaps(known, given, versions, found, with_gaps=with_gaps)
    digests = {one.number: one.digest for one in known.versions}
    dates = {one.number: one.created for one in known.versions}
    for one in versions:
        found.events += _of_version(known, one, kind, digests, found.texts)
        dates[one.number] = one.created or dates.get(one.number)
    _in_order(known.key, versions, dates)
    found.events += _of_claims(known, given, set(dates))
    if (given.is_gone or given.withdrawn is not None) and known.withdrawn is None:
        found.events.append(Event(Kind.WITHDRAWN, known.key, at=given.withdrawn))
    if given.default is not None and given.default not in dates:
        raise RegistryError(
            f"{given.where}: v{given.default} is said to be the default of {given.name}, but is not there"
        )
    return found


def _kind(key: str, arn: str | None, given: GivenPolicy) -> PolicyKind:
    if is_of_aws(key, arn):
        return PolicyKind.AWS_MANAGED
    return given.kind if arn is None else PolicyKind.MANAGED


def default_set(now: Policy, given: GivenPolicy) -> list[Event]:
    """The event for a default that is another one than the history, with the source's versions in it, amounts to."""
    is_it = now.default is not None and now.default.number == given.default
    return [] if given.default is None or is_it else [Event(Kind.DEFAULT_SET, now.key, given.default)]


def _numbered(known: Policy, given: GivenPolicy, kind: PolicyKind) -> list[GivenVersion]:
    """The versions in their order, one of each number."""
    made: dict[int, GivenVersion] = {}
    for one in sorted(given.versions, key=lambda one: one.number):
        before = made.get(one.number)
        made[one.number] = one if before is None else _one_of(given, before, one)
    if given.unnumbered is not None:
        number = _next(known, given, given.unnumbered, kind)
        made.setdefault(number, GivenVersion(number, given.unnumbered, None, given.where))
    return list(made.values())


def _one_of(given: GivenPolicy, first: GivenVersion, second: GivenVersion) -> GivenVersion:
    """Two mentions of a version in a source as one."""
    if first.document is not None and second.document is not None:
        texts = [documents.accepted(str(one.document), PolicyKind.IDENTITY, one.where) for one in (first, second)]
        if texts[0] != texts[1]:
            raise RegistryError(
                f"{second.where}: v{second.number} of {given.name} has another text than in {first.where}; a version "
                "never changes: keep the right one"
            )
    if first.created and second.created and first.created != second.created:
        raise RegistryError(
            f"{second.where}: v{second.number} of {given.name} was created on {_told(second.created)} here, on "
            f"{_told(first.created)} in {first.where}; keep the right one"
        )
    with_text = first if first.document is not None else second
    return replace(with_text, created=first.created or second.created)


def _next(known: Policy, given: GivenPolicy, text: str, kind: PolicyKind) -> int:
    """Which version a document without a number is: one with this text, else the next one."""
    digest = documents.accepted(text, kind, given.where)
    same = [one.number for one in known.versions if one.digest == digest]
    if same:
        return same[-1]
    if kind is PolicyKind.AWS_MANAGED:
        raise RegistryError(
            f"{given.where}: this is no version of AWS' {given.name} that is known, and nothing says which it is; name "
            f"the file {given.name}.v{known.versions[-1].number + 1 if known.versions else 1}.json, say"
        )
    return known.versions[-1].number + 1 if known.versions else 1


def _without_gaps(
    known: Policy, given: GivenPolicy, versions: Sequence[GivenVersion], found: Changes, *, with_gaps: bool
) -> None:
    """Note versions that are absent between others; refuse the source for them unless it may lack them."""
    numbers = {one.number for one in versions}
    if not numbers:
        return
    have = numbers | {one.number for one in known.versions}
    with_text = {one.number for one in versions if one.document} | {one.number for one in known.versions if one.digest}
    newest = max((one.number for one in known.versions), default=max(numbers))
    first, last = min(min(numbers), newest + 1), max(numbers)
    if last - first - len(have) > _MOST_ABSENT:
        raise RegistryError(
            f"{given.where}: v{last} of {given.name} is too far from the versions that are known; IAM counts versions "
            "one by one: mend the number"
        )
    absent = [one for one in range(first, last) if one not in have]
    listed_only = [one for one in sorted(numbers) if one not in with_text] if with_text & numbers else []
    lacking = sorted([*absent, *listed_only])
    if lacking and not (with_gaps or given.may_lack):
        names = ", ".join(f"v{one}" for one in lacking)
        raise RegistryError(
            f"{given.where}: of {given.name} {names} {'is' if len(lacking) == 1 else 'are'} missing between the "
            "versions that are there; add the documents, or say by --with-gaps that nobody has them"
        )
    found.lacking += [(known.key, one) for one in lacking]


def _of_version(
    known: Policy, given: GivenVersion, kind: PolicyKind, digests: dict[int, str | None], texts: dict[str, str]
) -> Iterator[Event]:
    before = next((one for one in known.versions if one.number == given.number), None)
    created = _date(before, given)
    if given.document is None:
        if before is None:
            digests[given.number] = None
            yield Event(Kind.LISTED, known.key, given.number, created, inferred=given.inferred)
        elif created is not None:
            yield Event(Kind.DATED, known.key, given.number, created)
        return
    digest = documents.accepted(given.document, kind, given.where, digests.values())
    if before is not None and before.digest is not None:
        if before.digest != digest:
            raise RegistryError(
                f"{given.where}: {before.reference} is known with another text (`launchrole policies show "
                f"{before.reference}`); a version never changes: import the right one, or into another state (--state)"
            )
        if created is not None:
            yield Event(Kind.DATED, known.key, given.number, created)
        return
    digests[given.number] = digest
    texts[digest] = given.document
    is_reissue = digests.get(given.number - 1) == digest
    yield Event(
        Kind.REISSUED if is_reissue else Kind.PUBLISHED,
        known.key,
        given.number,
        created,
        digest,
        inferred=created is not None and given.inferred,
    )


def _date(before: Version | None, given: GivenVersion) -> datetime | None:
    """IAM's date of a version where it is news. Raises RegistryError for another one than is known."""
    if before is None or before.created is None:
        return given.created
    if given.created is None or given.created == before.created or given.inferred:
        return None
    if before.inferred:
        return given.created
    raise RegistryError(
        f"{given.where}: {before.reference} was created on {_told(before.created)}, not on "
        f"{_told(given.created)}; IAM's date of a version never changes: mend the date"
    )


def _told(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _in_order(key: str, versions: Sequence[GivenVersion], dates: dict[int, datetime | None]) -> None:
    where = {one.number: one.where for one in versions}
    last: tuple[int, datetime] | None = None
    for number, created in sorted(dates.items()):
        if created is None:
            continue
        if last is not None and created < last[1]:
            place = where.get(number) or where[last[0]] if last[0] in where or number in where else key
            raise RegistryError(
                f"{place}: v{number} of {key} is of {_told(created)}, before v{last[0]} of "
                f"{_told(last[1])}; versions are created one after another: mend the dates"
            )
        last = number, created


def _of_claims(known: Policy, given: GivenPolicy, numbers: set[int]) -> Iterator[Event]:
    said = {(one.number, claim.source): claim for one in known.versions for claim in one.claims}
    for number, claim in given.claims:
        if number not in numbers:
            raise RegistryError(
                f"{given.where}: something is said of v{number} of {given.name}, a version that is not known; import "
                "it first"
            )
        before = said.get((number, claim.source))
        if before == claim:
            continue
        said[number, claim.source] = claim
        yield Event(Kind.NOTED if before is None else Kind.NOTE_CORRECTED, known.key, number, claim=claim)
