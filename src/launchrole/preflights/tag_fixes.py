"""Tags in a template that a policy's conditions ask for, or do without."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from launchrole.policy.change import RemoveContextKey, SetContextKey, is_tag_keys, with_key
from launchrole.policy.request import Request
from launchrole.preflights.proposals import Denial, Proposal, properties_path, value_at, walked
from launchrole.preflights.template_edits import Edit, Insert, Put, Remove

_REQUEST_TAG = "aws:requesttag/"
_RESOURCE_TAG = ":resourcetag/"
_TAGGING = re.compile(r"^(add|create)tags|^tag|put.*tagging$")
"""Actions that are asked for because there are tags.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html"""
_KNOWN = {"sagemaker:project-name": "SageMakerProjectName", "sagemaker:project-id": "SageMakerProjectId"}
"""Tags whose values parameters of projects hold.
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-projects-templates-custom.html"""


def tag_fixes(denial: Denial, change: SetContextKey | RemoveContextKey, request: Request) -> Iterator[Proposal]:
    """Edits that make a change of tags in the request, which other changes may have led to; nothing for a context key
    that no tag of the template is behind."""
    lowered = change.key.lower()
    if isinstance(change, RemoveContextKey):
        yield from _untagged(denial, change, request)
    elif is_tag_keys(change.key) and lowered == "aws:tagkeys":
        yield from _with_keys(denial, change, request)
    elif lowered.startswith(_REQUEST_TAG):
        yield from _tagged(denial, change, (denial.logical_id,), change.key[len(_REQUEST_TAG) :], change.values[0])
    elif _RESOURCE_TAG in lowered and not lowered.startswith("iam:"):
        key = change.key[lowered.index(_RESOURCE_TAG) + len(_RESOURCE_TAG) :]
        own = [denial.logical_id] if _can_be_tagged(denial, denial.logical_id) else []
        others = [one for one in denial.nearby if one != denial.logical_id and _is_of_service(denial, one)]
        for some in dict.fromkeys((tuple(own), tuple(others), (*own, *others))):
            if some:
                yield from _tagged(denial, change, some, key, change.values[0])


def _is_of_service(denial: Denial, logical_id: str) -> bool:
    """Is a resource one of the same service as the denied one, and one that can be tagged?"""
    service = str(denial.resource(denial.logical_id).get("Type", "")).rpartition("::")[0]
    same = str(denial.resource(logical_id).get("Type", "")).startswith(f"{service}::")
    return same and _can_be_tagged(denial, logical_id)


def _can_be_tagged(denial: Denial, logical_id: str) -> bool:
    type = denial.type(logical_id)
    return type is not None and type.tags is not None


def _tagged(
    denial: Denial, change: SetContextKey, logical_ids: tuple[str, ...], key: str, wanted: str
) -> Iterator[Proposal]:
    """A tag on resources: with a value that means something, and with the one that was asked for."""
    for value in _values(denial, key, wanted):
        known = denial.scope.text(value) or "value"
        edits = [_tag(denial, one, key, value) for one in logical_ids]
        if any(one is None for one in edits):
            return
        shown = value["Ref"] if isinstance(value, Mapping) else value
        said = f"${{{shown}}}" if isinstance(value, Mapping) else shown
        text = f"tag {' and '.join(logical_ids)} with `{key}` = `{said}`"
        made = tuple(one for one in edits if one is not None)
        yield Proposal(f"tag {logical_ids} {key}", text, made, SetContextKey(change.key, (known,)))


def _values(denial: Denial, key: str, wanted: str) -> Iterator[Any]:
    """Values for a tag: what other resources of the template have, what is known, the stack's name, what is asked."""
    for _, one in walked(denial.template.section("Resources")):
        if isinstance(one, Mapping) and one.get("Key") == key and isinstance(one.get("Value"), str):
            yield one["Value"]
    if _KNOWN.get(key) in denial.template.section("Parameters"):
        yield {"Ref": _KNOWN[key]}
    yield {"Ref": "AWS::StackName"}
    yield wanted


def _with_keys(denial: Denial, change: SetContextKey, request: Request) -> Iterator[Proposal]:
    """The tags that aws:TagKeys is to list, beside those that are there; or those alone that it may list."""
    given = _listed(request)
    missing = [one for one in change.values if one not in given]
    if len(missing) == 1:
        asked = SetContextKey(f"aws:RequestTag/{missing[0]}", ("value",))
        yield from _tagged(denial, asked, (denial.logical_id,), missing[0], "true")
    elif not missing:
        yield from _fewer(denial, [one for one in given if one not in change.values], change.values)


def _untagged(denial: Denial, change: RemoveContextKey, request: Request) -> Iterator[Proposal]:
    """The request without tags: as few as need be are left off."""
    lowered = change.key.lower()
    if lowered.startswith(_REQUEST_TAG):
        key = change.key[len(_REQUEST_TAG) :]
        yield from _fewer(denial, [key], [one for one in _listed(request) if one.lower() != key.lower()])
    elif lowered == "aws:tagkeys":
        own = [key for key, _ in _own(denial, denial.logical_id)]
        policies = denial.decision.policies
        kept = _listed(request)
        for key in own:  # a tag stays if the request is allowed with it alone beside those that are not the template's
            others = [one for one in kept if one not in own]
            if not policies.evaluate(with_key(request, "aws:TagKeys", (*others, key))).allowed:
                kept = [one for one in kept if one != key]
        yield from _fewer(denial, [one for one in own if one not in kept], kept)


def without_tags(denial: Denial) -> Iterator[Proposal]:
    """For a permission that only tags need: the resource without any, where all of them are the template's."""
    name = denial.decision.request.action.partition(":")[2].lower()
    own = [key for key, _ in _own(denial, denial.logical_id)]
    if _TAGGING.search(name) is not None and all(one in own for one in _listed(denial.decision.request)):
        yield from _fewer(denial, own, ())


def _fewer(denial: Denial, gone: list[str], kept: list[str] | tuple[str, ...]) -> Iterator[Proposal]:
    """Tags of the template's own left off."""
    own = dict(_own(denial, denial.logical_id))
    if not gone or any(one not in own for one in gone):
        return
    # the last first: what is behind keeps its place
    edits: tuple[Edit, ...] = tuple(Remove(own[one]) for one in sorted(gone, key=lambda key: own[key], reverse=True))
    change = SetContextKey("aws:TagKeys", tuple(kept)) if kept else RemoveContextKey("aws:TagKeys")
    named = " and ".join(f"`{one}`" for one in gone)
    text = f"leave the tag{'s' if len(gone) > 1 else ''} {named} off {denial.logical_id}"
    yield Proposal(f"untag {denial.logical_id}", text, edits, change)


def _listed(request: Request) -> list[str]:
    """The keys of the request's tags."""
    found = request.values.get("aws:tagkeys")
    if isinstance(found, str):
        return [found]
    return [str(one) for one in found] if isinstance(found, (list, tuple)) else []


def _own(denial: Denial, logical_id: str) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """The keys of the tags that the template gives a resource, with their places."""
    type = denial.type(logical_id)
    if type is None or type.tags is None:
        return
    steps = type.tags.split("/")
    given = value_at(denial.properties(logical_id), tuple(steps))
    found, path = denial.scope.taken(given, properties_path(logical_id, *steps))
    if isinstance(found, Mapping):
        for key in found:
            yield str(key), (*path, key)
    elif isinstance(found, list):
        for number, one in enumerate(found):
            key = None if not isinstance(one, Mapping) else denial.scope.text(one.get("Key"))
            if key is not None:
                yield key, (*path, number)


def _tag(denial: Denial, logical_id: str, key: str, value: Any) -> Edit | None:
    """The edit that gives a resource a tag; None where its tags are not the template's to list."""
    type = denial.type(logical_id)
    if type is None or type.tags is None:
        return None
    steps = type.tags.split("/")
    given = value_at(denial.properties(logical_id), tuple(steps))
    found, path = denial.scope.taken(given, properties_path(logical_id, *steps))
    kind = type.properties.get(steps[0]) if len(steps) == 1 else None
    place = dict(_own(denial, logical_id)).get(key)
    if isinstance(found, Mapping):
        is_function = len(found) == 1 and next(iter(found)).startswith(("Fn::", "Ref"))
        return None if is_function else Put((*path, key), value)
    if isinstance(found, list):
        return Insert(path, {"Key": key, "Value": value}) if place is None else Put((*place, "Value"), value)
    if found is not None or kind not in ("array", "object"):
        return None
    return Put((*path, key), value) if kind == "object" else Insert(path, {"Key": key, "Value": value})
