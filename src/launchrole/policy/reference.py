"""What a service's page in AWS' Service Authorization Reference says, as values.

The rules of `validation` ask for it through `Reference`; the data itself stands in `launchrole.facts`. The values are
tuples, which are made in half the time of frozen dataclasses: a service has up to 800 actions. AWS' page:
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple, Protocol

PLACEHOLDER = re.compile(r"\$\{[^}]*\}|<[^>]*>")
"""What stands for any text in an ARN format or in the name of a condition key: `${TagKey}`, in places `<key>`."""


class ConditionKey(NamedTuple):
    """A condition key. `type` is String, ARN, Bool, Numeric, Date, IPAddress, Binary, or None where AWS does not say.

    `name` may hold a placeholder: `aws:RequestTag/${TagKey}`. A multivalued key is one that AWS calls ArrayOf...
    """

    name: str
    type: str | None
    multivalued: bool


class ResourceType(NamedTuple):
    """A type of resource: `arn` is its format, such as `arn:${Partition}:s3:::${BucketName}`."""

    service: str
    name: str
    arn: str
    condition_keys: tuple[str, ...]


class ActionResource(NamedTuple):
    """A type of resource that an action works on: a row of the action in its service's table.

    `required`: whoever limits the action to resources has to name one of this type.
    """

    type: ResourceType
    required: bool
    condition_keys: tuple[str, ...]
    dependent_actions: tuple[str, ...]


class Action(NamedTuple):
    """An action. Without `resources` it takes no resource but `*`.

    `condition_keys` and `dependent_actions` are those that hold whatever the resource is.
    """

    service: str
    name: str
    access_level: str
    resources: tuple[ActionResource, ...]
    condition_keys: tuple[str, ...]
    dependent_actions: tuple[str, ...]

    @property
    def full_name(self) -> str:
        """As it stands in a policy: `s3:GetObject`."""
        return f"{self.service}:{self.name}"

    def all_condition_keys(self) -> frozenset[str]:
        """Every condition key that a request for the action may carry, the global ones left out."""
        keys = set(self.condition_keys)
        for resource in self.resources:
            keys.update(resource.condition_keys, resource.type.condition_keys)
        return frozenset(keys)


class Service(NamedTuple):
    """A service: `actions` by name in lower case, `resource_types` by name, `condition_keys` by name in lower case.

    `undocumented` are names of actions, in lower case, that the reference lacks but an AWS managed policy has, with
    that policy's name: they exist, and nothing else is known of them.
    """

    prefix: str
    name: str
    source: str
    actions: Mapping[str, Action]
    resource_types: Mapping[str, ResourceType]
    condition_keys: Mapping[str, ConditionKey]
    undocumented: Mapping[str, str]


class Reference(Protocol):
    """Where the rules look names up."""

    def services(self) -> Collection[str]:
        """The prefixes of all services, in lower case."""

    def service(self, prefix: str) -> Service | None:
        """A service by its prefix, in whatever case."""

    def global_keys(self) -> Mapping[str, ConditionKey]:
        """The condition keys that every service has, by their names in lower case."""


def key_matches(declared: str, written: str) -> bool:
    """Whether a condition key in a policy is the declared one; both ignore case (`aws:TagKeys`, `aws:tagkeys`).

    A placeholder stands for at least one character: `aws:RequestTag/` names no tag.
    """
    declared, written = declared.lower(), written.lower()
    found = PLACEHOLDER.search(declared)
    if found is None:
        return declared == written
    head, tail = declared[: found.start()], declared[found.end() :]
    return written.startswith(head) and written.endswith(tail) and len(written) > len(head) + len(tail)


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that is spelled most like a name, whatever the case; None if none is near."""
    from difflib import get_close_matches  # only findings need it

    by_lower = {one.lower(): one for one in candidates}
    alike = get_close_matches(name.lower()[:200], by_lower, n=1, cutoff=0.75)
    return by_lower[alike[0]] if alike else None
