"""Names of a template's resources that fit what a policy allows.

A name keeps its text and its variables; a resource without one gets one that no other stack has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from launchrole.policy.change import RenameResource
from launchrole.policy.rename import split_arn
from launchrole.preflights import expressions
from launchrole.preflights.expressions import Change, Piece, bound, pieces, rewritten
from launchrole.preflights.mentions import Mentions, mentions
from launchrole.preflights.names import Naming, naming
from launchrole.preflights.proposals import Denial, Proposal, properties_path, value_at
from launchrole.preflights.template_edits import Edit, Put
from launchrole.services.cloudformation.template import Path

_PROJECT_ID = "SageMakerProjectId"
"""The parameter that SageMaker gives the id of a project.
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-projects-templates-custom.html"""
_STACK_NAME = "SC-123456789012-pp-abcdefghijklm"
"""A stack's name as Service Catalog makes it, for the length of names where the stack's own is not known."""
_LIKE = {"AWS::StackName": _STACK_NAME, _PROJECT_ID: "p-abcdefghijkl"}
_UUID_END = {
    "Fn::Select": [4, {"Fn::Split": ["-", {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}]}]
}
"""The last twelve digits of a stack's id: as different as stacks are, and in lower case, which their names are not."""

_MAKES = re.compile(r":(Create|Put|Register|Run|Start|Allocate|POST|\*)")
"""Actions that make what an ARN names: others that a type needs are about something else."""


@dataclass(frozen=True, slots=True)
class _Target:
    """The resource that an ARN names: `own` is its name in the ARN, between `before` and `after`."""

    logical_id: str
    naming: Naming
    path: Path
    before: str
    own: str
    after: str
    value: Any = None
    parts: tuple[Piece, ...] = ()


def renamings(denial: Denial, change: RenameResource) -> Iterator[Proposal]:
    """Edits that give a resource the name that a change of the request wants, or one as good."""
    target = _target(denial)
    if target is None or not change.resource.startswith(target.before) or not change.resource.endswith(target.after):
        return
    wanted = change.resource[len(target.before) : len(change.resource) - len(target.after)]
    if target.value is not None and not _is_cut(target, wanted, change):
        yield from _kept(denial, target, change, wanted)
    yield from _fresh(denial, target, change, wanted)


def _target(denial: Denial) -> _Target | None:
    """The resource of the template that the denied request's ARN names, if its name is the template's to choose."""
    spots = list(_spots(denial.decision.request.resource))
    others = [one for one in denial.template.resources if one not in set(denial.nearby)]
    for logical_id in [*denial.nearby, *others]:
        how = _naming(denial, logical_id)
        if how is None:
            continue
        given = value_at(denial.properties(logical_id), how.path)
        value, path = denial.scope.taken(given, properties_path(logical_id, *how.path))
        if value is None:
            if how.generated and logical_id not in others:
                for before, own, after in spots:
                    if _is_generated(own, logical_id):
                        return _Target(logical_id, how, path, before, own, after)
            continue
        parts = pieces(value, denial.scope)
        if not parts or any(denial.scope.rests_on_resources(one) for one in parts):
            continue
        loose = _of_other_values(denial, logical_id, parts)
        for words in (parts, loose) if loose is not None else (parts,):
            for before, own, after in spots:
                known = bound(words, own)
                if known is not None:
                    return _Target(logical_id, how, path, before, own, after, value, known)
    return None


def _of_other_values(denial: Denial, logical_id: str, parts: tuple[Piece, ...]) -> tuple[Piece, ...] | None:
    """The pieces of a name that may have been made with other values of parameters, before an update or by it; None
    where there are none, or nothing would be left to know the name by."""
    declared = denial.template.section("Parameters")
    loose = tuple(replace(one, text=None) if one.name in declared else one for one in parts)
    is_telling = any(not one.name and any(map(str.isalnum, one.text or "")) for one in loose)
    return loose if loose != parts and (is_telling or logical_id == denial.logical_id) else None


def _naming(denial: Denial, logical_id: str) -> Naming | None:
    """How a resource is named, if it is one of the service that the ARN is of."""
    type = denial.type(logical_id)
    if type is None:
        return None
    actions = (type.permissions or {}).get("create", ())
    if actions and not any(one.startswith(f"{denial.service}:") and _MAKES.search(one) for one in actions):
        return None
    return naming(type.name)


def _spots(arn: str) -> Iterator[tuple[str, str, str]]:
    """Where in an ARN a name can be: what is before, the name, what is behind."""
    split = split_arn(arn)
    if split is None:
        return
    parts, kind, name = split
    head = ":".join(parts) + ":" + kind
    seen = set()
    for start, end in (
        (0, len(name)),
        (0, name.find(":")),
        (0, name.find("/")),
        (name.rfind("/") + 1, len(name)),
        *((found.start(), found.end()) for found in re.finditer(r"[^/:]+", name)),
    ):
        if 0 <= start < end and (start, end) not in seen:
            seen.add((start, end))
            yield head + name[:start], name[start:end], name[end:]


def _is_generated(name: str, logical_id: str) -> bool:
    """Is a name one that CloudFormation made for a resource: `STACK-LOGICALID-RANDOM`, cut to fit?"""
    head = name.rpartition("-")[0].lower()
    cut = range(len(logical_id), min(len(logical_id), 3) - 1, -1)
    return any(head.endswith(f"-{logical_id[:length].lower()}") for length in cut)


def _is_cut(target: _Target, wanted: str, change: RenameResource) -> bool:
    """Is a wanted name only the beginning of the one that is there? Two long names may have the same."""
    split = split_arn(change.pattern)
    before, star, after = ("", "", "") if split is None else split[2].partition("*")
    return star == "*" and not after and wanted.startswith(before) and not target.own.endswith(wanted[len(before) :])


# ---- names that are there


def _kept(denial: Denial, target: _Target, change: RenameResource, wanted: str) -> Iterator[Proposal]:
    """The name as it is, with as little changed as can be."""
    tried = [Change.between(target.own, wanted)]
    start = _around(target, wanted, change)
    if start is not None and not start[1]:
        tried.append(Change(0, 0, start[0]))  # where a variable would have to change: all of it behind the beginning
    for one in dict.fromkeys(tried):
        new = target.own[: one.start] + one.text + target.own[one.end :]
        edit = rewritten(target.value, target.path, target.parts, one)
        if edit is None or not target.naming.takes(new):
            continue
        renamed = replace(change, resource=target.before + new + target.after)
        found = _mentions(denial, target, one)
        text = f"name {target.logical_id} `{found.name}`, to fit `{change.pattern}`{found.told}{_for_service(target)}"
        yield Proposal(f"name {target.logical_id}", text, (edit, *found.edits), renamed)
        return


def _for_service(target: _Target) -> str:
    """What is lost with a name that a service has chosen: Lambda writes to `/aws/lambda/FUNCTION` whatever there is.
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html"""
    found = re.match(r"/aws/[^/]+/", target.own)
    return "" if found is None else f"; what goes to `{found[0]}...` by itself does not go there"


def _mentions(denial: Denial, target: _Target, change: Change) -> Mentions:
    new = expressions.changed(target.parts, change)
    return mentions(denial, target.logical_id, target.path, target.parts, new, change)


# ---- names that are not


def _fresh(denial: Denial, target: _Target, change: RenameResource, wanted: str) -> Iterator[Proposal]:
    """A new name, unique to the stack; the first that fits."""
    around = _around(target, wanted, change)
    if around is None:
        return
    before, after = around
    for value, like in _unique(denial, target, before, after):
        if not target.naming.takes(like):
            continue
        renamed = replace(change, resource=target.before + like + target.after)
        said = value["Fn::Sub"][0] if isinstance(value["Fn::Sub"], list) else value["Fn::Sub"]
        reason = f"to fit `{change.pattern}`"
        if target.value is None:
            text = f"give {target.logical_id} the name `{said}` ({'.'.join(target.naming.path)}), {reason}"
            yield Proposal(f"name {target.logical_id}", text, (Put(target.path, value),), renamed)
            return
        new = None if isinstance(value["Fn::Sub"], list) else pieces(value, denial.scope)
        found = mentions(denial, target.logical_id, target.path, target.parts, new, None)
        text = f"name {target.logical_id} `{said}`, {reason}{found.told}{_for_service(target)}"
        edits: tuple[Edit, ...] = (Put(target.path, value), *found.edits)
        yield Proposal(f"name {target.logical_id}", text, edits, renamed)
        return


def _around(target: _Target, wanted: str, change: RenameResource) -> tuple[str, str] | None:
    """What a name must begin and end with."""
    place = wanted.rfind(target.own)
    if place >= 0:
        return wanted[:place], wanted[place + len(target.own) :]
    split = split_arn(change.pattern)
    if split is None or "$" in change.pattern or "?" in split[2] or split[2].count("*") != 1:
        return None
    before, _, after = split[2].partition("*")
    return before, after


def _unique(denial: Denial, target: _Target, before: str, after: str) -> Iterator[tuple[Any, str]]:
    """Names of a stack's own, and what each is like."""
    slug = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", target.logical_id).lower()
    variables: list[tuple[str, dict[str, Any]]] = []
    if _PROJECT_ID in denial.template.section("Parameters"):
        variables.append((_PROJECT_ID, {}))
    if not target.naming.lower:
        variables.append(("AWS::StackName", {}))
    variables.append(("Unique", {"Unique": _UUID_END}))
    for name, own in variables:
        like = denial.scope.text({"Ref": name}) or _LIKE.get(name, "0123456789ab")
        room = target.naming.longest - len(before) - len(like) - len(after) - 1
        for tail in dict.fromkeys((slug, slug[: max(room, 0)].rstrip("-"))):
            text = f"{before}${{{name}}}" + (f"-{tail}" if tail else "") + after
            value = {"Fn::Sub": [text, own] if own else text}
            yield value, text.replace(f"${{{name}}}", like)
