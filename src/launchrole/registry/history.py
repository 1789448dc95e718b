"""A policy's history, worked out from its events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from launchrole.registry.errors import NotKnown
from launchrole.registry.events import Claim, Event, Kind
from launchrole.registry.given import is_of_aws


@dataclass(frozen=True, slots=True)
class Period:
    """When a version was the default; None for a moment that is not known, as `until` also while it still is."""

    since: datetime | None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """A version. `digest` names its document, None where nobody knows it; `created` is IAM's date. `reissue`: the
    document is that of the version before. `claims` hold the newest claim of every source."""

    policy: str
    number: int
    created: datetime | None = None
    inferred: bool = False
    digest: str | None = None
    reissue: bool = False
    is_default: bool = False
    periods: tuple[Period, ...] = ()
    claims: tuple[Claim, ...] = ()

    @property
    def name(self) -> str:
        return f"v{self.number}"

    @property
    def reference(self) -> str:
        """How the command line names it: `Name:v4`."""
        return f"{self.policy}:{self.name}"


@dataclass(frozen=True, slots=True)
class Policy:
    """A managed policy with all versions that are known of, in their order."""

    key: str
    arn: str | None
    versions: tuple[Version, ...]
    withdrawn: datetime | None = None

    @property
    def of_aws(self) -> bool:
        return is_of_aws(self.key, self.arn)

    @property
    def default(self) -> Version | None:
        """The default version, None where nobody told which it is."""
        return next((one for one in self.versions if one.is_default), None)

    def version(self, number: int | None) -> Version:
        """A version; without a number the default one, or the newest where no default is known. Raises NotKnown."""
        if not self.versions:
            raise NotKnown(f"{self.key}: no version of it is known")
        if number is None:
            return self.default or self.versions[-1]
        for one in self.versions:
            if one.number == number:
                return one
        raise NotKnown(f"{self.key} has no v{number}; known are {names(self.versions)}")

    def before(self, version: Version) -> Version | None:
        """The version before another one among those whose documents are known."""
        found = [one for one in self.versions if one.number < version.number and one.digest]
        return found[-1] if found else None


def names(versions: Sequence[Version]) -> str:
    """`v1, v2 and v4`."""
    listed = [one.name for one in versions]
    return listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} and {listed[-1]}"


def dates_of(version: Version) -> str:
    """When a version was the default, in words."""
    if not version.periods:
        return "never known to be the default"
    told = [f"from {day_of(one.since)}{f' until {day_of(one.until)}' if one.until else ''}" for one in version.periods]
    return f"default {' and '.join(told)}"


def day_of(moment: datetime | None) -> str:
    """A day as text."""
    return f"{moment:%Y-%m-%d}" if moment else "unknown"


@dataclass(slots=True)
class _Growing:
    created: datetime | None = None
    inferred: bool = False
    digest: str | None = None
    claims: dict[str, Claim] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Default:
    """A version that became the default; `order` is when, at the latest."""

    version: int
    since: datetime | None
    order: datetime | None


def folded(key: str, events: Iterable[Event]) -> Policy:
    """The history that events of one policy, in the order in which they became known, amount to.

    A version of AWS' own is the default from IAM's date of it, unless something else was told: AWS' updates hold at
    once for everybody to whom the policy is attached (IAM User Guide: access_policies_managed-vs-inline.html).
    """
    arn: str | None = None
    withdrawn: datetime | None = None
    versions: dict[int, _Growing] = {}
    told: list[_Default] = []
    for event in events:
        arn = event.arn or arn
        if event.kind is Kind.WITHDRAWN:
            withdrawn = event.at or event.recorded
        if event.version is None:
            continue
        one = versions.setdefault(event.version, _Growing())
        if event.kind is Kind.DEFAULT_SET:
            told.append(_Default(event.version, event.at, event.at or event.recorded))
        elif event.claim is not None:
            one.claims[event.claim.source] = event.claim
        else:
            if event.at is not None:
                one.created, one.inferred = event.at, event.inferred
            if event.digest is not None:
                one.digest = event.digest
    ordered = sorted(versions.items())
    if is_of_aws(key, arn):
        told = _by_dates(ordered, told)
    periods, default = _periods(told)
    return Policy(
        key,
        arn,
        tuple(
            Version(
                key,
                number,
                one.created,
                one.inferred,
                one.digest,
                one.digest is not None and _digest_of(versions.get(number - 1)) == one.digest,
                number == default,
                tuple(periods.get(number, ())),
                tuple(one.claims.values()),
            )
            for number, one in ordered
        ),
        withdrawn,
    )


def _digest_of(version: _Growing | None) -> str | None:
    return None if version is None else version.digest


def _by_dates(versions: Sequence[tuple[int, _Growing]], told: Sequence[_Default]) -> list[_Default]:
    """Every version as the default from its date on, and what was told beside that in its place."""
    line = [_Default(number, one.created, one.created) for number, one in versions]
    for one in told:
        place = next((at for at, other in enumerate(line) if _is_later(other, one)), len(line))
        if not place or line[place - 1].version != one.version:
            line.insert(place, one)
    return line


def _is_later(one: _Default, other: _Default) -> bool:
    return one.order is not None and other.order is not None and one.order > other.order


def _periods(told: Sequence[_Default]) -> tuple[dict[int, list[Period]], int | None]:
    periods: dict[int, list[Period]] = {}
    for place, one in enumerate(told):
        until = told[place + 1].since if place + 1 < len(told) else None
        periods.setdefault(one.version, []).append(Period(one.since, until))
    return periods, told[-1].version if told else None
