"""What deserves a look in the access that a statement gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from launchrole.policy.overlap import resource_meets_format
from launchrole.reasoning.bodies import Body
from launchrole.reasoning.circumstances import SENT_BY_ALL, SENT_IF_SIGNED
from launchrole.reasoning.conditions import Atom, key_values
from launchrole.reasoning.findings import Flag, Grant
from launchrole.reasoning.text_classes import TooMany

ResourceFormats = Callable[[str], Sequence[str] | None]
"""The ARN formats of the resources that an action takes: empty for one that takes only `*`, None where unknown."""

_PASS_ROLE = "iam:passrole"
_PERMISSIONS = "permissions management"


def flags(body: Body, actions: Iterable[Grant], formats: ResourceFormats) -> frozenset[Flag]:
    """The flags of an Allow statement for some of its actions."""
    return frozenset([*_of_conditions(body), *_of_actions(body, actions, formats)])


def _of_actions(body: Body, actions: Iterable[Grant], formats: ResourceFormats) -> Iterator[Flag]:
    for one in actions:
        if one.name is None:
            yield Flag.FUTURE_ACTIONS
            continue
        if one.name.lower() == _PASS_ROLE:
            yield Flag.PASS_ROLE
        if one.access_level is not None and one.access_level.lower() == _PERMISSIONS:
            yield Flag.PERMISSIONS_MANAGEMENT
        if not body.negated and not body.takes_every_resource:
            taken = formats(one.name)
            written = [entry.written for entry in body.entries]
            if taken is not None and not any(resource_meets_format(arn, each) for arn in written for each in taken):
                yield Flag.RESOURCE_NOT_TAKEN


def _of_conditions(body: Body) -> Iterator[Flag]:
    """Conditions that a request meets by lacking the key, where no other condition of the statement wants it there.

    A request with a tag (aws:RequestTag/...) has aws:TagKeys as well. Some keys AWS always sends; those of the caller
    are absent only from anonymous requests, which no identity-based policy is about.
    """
    sent = SENT_IF_SIGNED if body.principal is None else SENT_BY_ALL
    by_key: dict[str, list[Atom]] = {}
    for one in body.atoms:
        by_key.setdefault(one.key, []).append(one)
    for key, atoms in by_key.items():
        if key in sent or not _may_be_absent(atoms):
            continue
        if key == "aws:tagkeys" and any(
            other.startswith("aws:requesttag/") and not _may_be_absent(some) for other, some in by_key.items()
        ):
            continue
        for one in atoms:
            if one.operator.quantifier == "ForAllValues":
                yield Flag.VACUOUS_FOR_ALL_VALUES
            elif one.operator.if_exists:
                yield Flag.IF_EXISTS_HOLE
            elif one.operator.family == "Null":
                yield Flag.NULL_HOLE


def _may_be_absent(atoms: Sequence[Atom]) -> bool:
    try:
        keys = key_values(frozenset(atoms))
    except TooMany:
        return False
    region = keys.values.all
    for one in atoms:
        region = region.meet(keys.region(one, met=True))
    return region.absent
