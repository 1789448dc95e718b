"""What a launch needs to be allowed, and what of it this one launch has made up: what policies are written from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from launchrole.account.decisions import StoredDecision
from launchrole.preflights import channels
from launchrole.preflights.denials import operation_of
from launchrole.preflights.rehearsal import Decided, Rehearsal
from launchrole.preflights.subject import DIRECT, PROJECT, Wanted

Values = Mapping[str, str | list[str]]

_CREATE_STACK = "cloudformation:CreateStack"
_OF_STACK = re.compile(r":stack/([^/*]+)/")
_OBJECT = "arn:{}:s3:::{}/{}"


@dataclass(frozen=True, slots=True)
class Need:
    """A permission that a call of the launch asks for: an action on a resource, in the context of a request."""

    action: str
    resource: str
    context: Values = field(default_factory=dict, hash=False)
    operation: str = ""
    """`create`, `update` or `delete`."""
    logical_id: str | None = None


@dataclass(frozen=True, slots=True)
class MadeUp:
    """What one launch has, and another would have otherwise.

    `ids` are those that services chose: of the project, the provisioned product, stacks. `names` are texts that
    somebody chose for this launch only: the project's name. `stacks` are names of stacks, which generated names of
    resources begin with, in full or in part. `objects` are ARNs of objects that stand for others: the template's, where
    the rehearsal has put it.

    `given` is all that people have written, in one text: the template, the parameters. What it spells out is the same
    in every launch.
    """

    ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    stacks: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    given: str = ""


def need_of(stored: StoredDecision, operation: str = "", logical_id: str | None = None) -> Need:
    """The need that a decision was about."""
    return Need(stored.action, stored.resource, dict(stored.details.get("context", {})), operation, logical_id)


def needs_of(decided: Iterable[Decided]) -> list[Need]:
    """What a rehearsal has asked for, each action on each resource in each context once."""
    found: dict[tuple[object, ...], Need] = {}
    for one in decided:
        need = need_of(one.stored, operation_of(one), "/".join(one.path) or None)
        found.setdefault((need.action, need.resource, repr(_lasting(need))), need)
    return list(found.values())


def _lasting(need: Need) -> list[tuple[str, str | list[str]]]:
    """The part of a need's context that a policy can depend on from one launch to the next: no times, no addresses."""
    kept = (":requesttag/", ":resourcetag/", ":existingobjecttag/", ":passedtoservice")
    return sorted((key, value) for key, value in need.context.items() if any(one in key.lower() for one in kept))


def made_up(wanted: Wanted, rehearsal: Rehearsal) -> MadeUp:
    """What a rehearsal has made up. A project's name and id are among it where they come as parameters, too."""
    values = dict(wanted.values)
    project_id = values.pop("SageMakerProjectId", "")
    project = values.pop("SageMakerProjectName", "")
    if wanted.channel == PROJECT:
        project = project or channels.PROJECT_NAME
    own_stack = (channels.STACK_NAME,) if wanted.channel == DIRECT else ()
    stacks = [
        found[1]
        for one in rehearsal.decided
        if one.stored.action == _CREATE_STACK and (found := _OF_STACK.search(one.stored.resource)) is not None
    ]
    account = wanted.role.account
    stacks += [f"SC-{account}-{one}" for one in rehearsal.generated if one.startswith("pp-")]
    updated = wanted.update[1] if wanted.update is not None else {}
    texts = [
        wanted.text,
        wanted.update[0] if wanted.update is not None else "",
        *rehearsal.templates.values(),
        *values.values(),
        *(text for name, text in updated.items() if name not in ("SageMakerProjectId", "SageMakerProjectName")),
        *(f"{one.what}\n{one.value}" for one in wanted.supplies if one.given),
    ]
    partition = wanted.role.partition
    return MadeUp(
        ids=tuple(dict.fromkeys(one for one in (*rehearsal.generated, project_id) if one)),
        names=tuple(dict.fromkeys(one for one in (project, *own_stack) if one)),
        stacks=tuple(dict.fromkeys((*stacks, *own_stack))),
        objects=tuple(_OBJECT.format(partition, channels.BUCKET, f"{one}.template") for one in ("create", "update")),
        given="\n".join(texts),
    )
