"""One change to a request or to the policies that decide it: what a repair is made of."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from launchrole.policy.condition import members
from launchrole.policy.context import UNKNOWN, Given
from launchrole.policy.document import PolicyDocument, parse
from launchrole.policy.policy_set import PolicySet
from launchrole.policy.policy_type import PolicyType
from launchrole.policy.request import Request
from launchrole.policy.statement import BoundStatement


@dataclass(frozen=True, slots=True)
class AddStatement:
    """Adds a statement, as it stands in JSON, to the policies of a type (SCP: of one level, the root's being 0)."""

    policy_type: PolicyType
    statement: Mapping[str, object]
    level: int = 0

    def describe(self) -> str:
        statement = self.statement
        resource = f" on `{statement['Resource']}`" if "Resource" in statement else ""
        caller = _caller(statement["Principal"]) if "Principal" in statement else ""
        condition = f" under the condition {json.dumps(statement['Condition'])}" if "Condition" in statement else ""
        level = f" (level {self.level + 1})" if self.policy_type is PolicyType.SCP else ""
        return f"allow `{statement['Action']}`{resource}{caller}{condition} in the {self.policy_type.value}{level}"

    def to_dict(self) -> dict[str, object]:
        described: dict[str, object] = {
            "change": "add statement",
            "policy_type": self.policy_type.value,
            "statement": dict(self.statement),
        }
        return described | ({"level": self.level} if self.policy_type is PolicyType.SCP else {})

    def apply(self, policies: PolicySet, request: Request) -> tuple[PolicySet, Request]:
        added = parse({"Version": "2012-10-17", "Statement": [dict(self.statement)]})
        target = PolicyType.RESOURCE if self.policy_type is PolicyType.TRUST else self.policy_type
        layers = [(layer.policy_type, layer.documents) for layer in policies.layers]
        places = [place for place, (policy_type, _) in enumerate(layers) if policy_type is target]
        if places:
            place = places[min(self.level, len(places) - 1)]
            layers[place] = (target, (*layers[place][1], added))
        else:
            layers.append((target, (added,)))
        return policy_set(layers), request


@dataclass(frozen=True, slots=True)
class RenameResource:
    """Gives the resource another name, so that its ARN fits (or gets out of reach of) a statement's pattern."""

    resource: str
    pattern: str
    statement: str
    """Which statement the pattern is from, in words."""

    def describe(self) -> str:
        return f"name the resource `{self.resource}`, to fit `{self.pattern}` in {self.statement}"

    def to_dict(self) -> dict[str, object]:
        return {
            "change": "rename resource",
            "resource": self.resource,
            "pattern": self.pattern,
            "statement": self.statement,
        }

    def apply(self, policies: PolicySet, request: Request) -> tuple[PolicySet, Request]:
        return policies, request.evolve(resource=self.resource)


@dataclass(frozen=True, slots=True)
class SetContextKey:
    """Makes a context key hold these values and no others.

    A tag of the request and the list of its tag keys change together: aws:RequestTag/Key and aws:TagKeys.
    """

    key: str
    values: tuple[str, ...]

    def describe(self) -> str:
        shown = " and ".join(f"`{value}`" for value in self.values)
        place = _tag_of(self.key)
        if place is not None:
            return f"tag the {place[0]} with `{place[1]}` = {shown}"
        if is_tag_keys(self.key):
            return f"tag the request with the key{'s' if len(self.values) > 1 else ''} {shown}, and no others"
        return f"make the context key `{self.key}` {shown}"

    def to_dict(self) -> dict[str, object]:
        return {"change": "set context key", "key": self.key, "values": list(self.values)}

    def apply(self, policies: PolicySet, request: Request) -> tuple[PolicySet, Request]:
        return policies, with_key(request, self.key, self.values)


@dataclass(frozen=True, slots=True)
class RemoveContextKey:
    """Takes a context key out of the request; a tag with its entry in the list of tag keys."""

    key: str

    def describe(self) -> str:
        place = _tag_of(self.key)
        if place is not None:
            return f"leave the tag `{place[1]}` off the {place[0]}"
        if is_tag_keys(self.key):
            return "leave all tags off the request"
        return f"leave the context key `{self.key}` out"

    def to_dict(self) -> dict[str, object]:
        return {"change": "remove context key", "key": self.key}

    def apply(self, policies: PolicySet, request: Request) -> tuple[PolicySet, Request]:
        return policies, with_key(request, self.key, ())


Change = AddStatement | RenameResource | SetContextKey | RemoveContextKey

# What a request's tag is called in the context, and the key that lists the tags. IAM User Guide:
# reference_policies_condition-keys.html (aws:RequestTag, aws:TagKeys); Service Authorization Reference:
# list_amazons3.html (s3:RequestObjectTag, s3:RequestObjectTagKeys).
_TAGS_OF_REQUEST = (("aws:RequestTag/", "aws:TagKeys"), ("s3:RequestObjectTag/", "s3:RequestObjectTagKeys"))

# How a key that holds a tag ends in front of the tag's name, and what carries the tag. IAM User Guide:
# access_tags.html; Service Authorization Reference: list_amazons3.html.
_TAG_PLACES = (
    (":requesttag/", "request"),
    (":requestobjecttag/", "request"),
    (":resourcetag/", "resource"),
    (":existingobjecttag/", "object"),
)


def policy_set(layers: Iterable[tuple[PolicyType, tuple[PolicyDocument, ...]]]) -> PolicySet:
    """The policy set of documents by type; levels of an organization in their order."""
    by_type: dict[PolicyType, list[tuple[PolicyDocument, ...]]] = {policy_type: [] for policy_type in PolicyType}
    for policy_type, documents in layers:
        by_type[policy_type].append(documents)

    def together(policy_type: PolicyType) -> list[PolicyDocument]:
        return [document for documents in by_type[policy_type] for document in documents]

    return PolicySet(
        identity=together(PolicyType.IDENTITY),
        resource=together(PolicyType.RESOURCE),
        permissions_boundary=together(PolicyType.BOUNDARY),
        session=together(PolicyType.SESSION),
        scp=by_type[PolicyType.SCP],
        rcp=by_type[PolicyType.RCP],
        vpc_endpoint=together(PolicyType.VPC_ENDPOINT),
    )


def label(bound: BoundStatement) -> str:
    """A statement in words: which one, of which policy."""
    sid = f" ({bound.statement.sid})" if bound.statement.sid else ""
    name = f"`{bound.document.name}`" if bound.document.name else f"the {bound.policy_type.value}"
    return f"statement {bound.statement.index + 1}{sid} of {name}"


def state(request: Request) -> tuple[object, ...]:
    """What a change can change in a request: two requests in the same state are decided alike."""
    return request.resource, frozenset(request.values.items())


def with_key(request: Request, key: str, values: tuple[str, ...]) -> Request:
    """A request whose context key holds these values; none takes the key out."""
    single = values[0] if len(values) == 1 and not is_tag_keys(key) else list(values)
    updates: dict[str, Given] = {key: single}
    lowered = key.lower()
    for start, tag_keys in _TAGS_OF_REQUEST:
        if lowered.startswith(start.lower()):
            listed = request.values.get(tag_keys.lower())
            if listed is not UNKNOWN:
                updates[tag_keys] = _listed(request, start, members(listed), key[len(start) :], present=bool(values))
        elif lowered == tag_keys.lower():
            updates |= _tags(request, start, values)
    return request.evolve(context=request.context.with_values(updates))


def _listed(request: Request, start: str, listed: tuple[str, ...], tag: str, *, present: bool) -> list[str]:
    """The tag keys of a request in which one tag is present or not."""
    named = [name[len(start) :] for name in request.context if name.lower().startswith(start.lower())]
    others = [name for name in dict.fromkeys([*listed, *named]) if name.lower() != tag.lower()]
    return [*others, tag] if present else others


def _tags(request: Request, start: str, tag_keys: tuple[str, ...]) -> dict[str, Given]:
    """What to change in a request's tags so that it has those keys and no others."""
    wanted = {tag.lower() for tag in tag_keys}
    updates: dict[str, Given] = {}
    for name in request.context:
        if name.lower().startswith(start.lower()) and name[len(start) :].lower() not in wanted:
            updates[name] = []
    for tag in tag_keys:
        if request.values.get(start.lower() + tag.lower()) is None:
            updates[start + tag] = "value"
    return updates


def is_tag_keys(key: str) -> bool:
    """Whether a context key lists the keys of the request's tags."""
    return any(key.lower() == tag_keys.lower() for _, tag_keys in _TAGS_OF_REQUEST)


def _tag_of(key: str) -> tuple[str, str] | None:
    """What carries the tag that a key holds, and the tag's name."""
    for marker, place in _TAG_PLACES:
        found = key.lower().find(marker)
        if found > 0:
            return place, key[found + len(marker) :]
    return None


def _caller(principal: object) -> str:
    if isinstance(principal, Mapping):
        return " to " + " and ".join(f"`{value}`" for value in principal.values())
    return " to everyone"
