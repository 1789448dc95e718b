"""What a fix of a template is looked for with, and what is proposed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from launchrole.facts.resource_types import ResourceType, resource_type
from launchrole.policy.change import Change
from launchrole.policy.decision import Decision
from launchrole.policy.rename import split_arn
from launchrole.preflights.expressions import Scope
from launchrole.preflights.subject import World
from launchrole.preflights.template_edits import Edit
from launchrole.services.cloudformation.graph import mentioned
from launchrole.services.cloudformation.template import Path, Template


@dataclass(frozen=True)
class Denial:
    """A denied request that was made for a resource of a template. `parameters` are the values that are given;
    `stack_name` is the stack's, where it is known."""

    decision: Decision
    logical_id: str
    template: Template
    parameters: Mapping[str, str]
    world: World
    stack_name: str | None = None

    @cached_property
    def scope(self) -> Scope:
        request = self.decision.request
        parts = f"{request.resource}:::::".split(":")
        asked = request.values.get("aws:requestedregion")
        pseudo = {
            "AWS::AccountId": request.principal.account or parts[4],
            "AWS::Partition": request.principal.arn.split(":")[1] if ":" in request.principal.arn else "aws",
            "AWS::Region": parts[3] or (asked if isinstance(asked, str) else ""),
            "AWS::StackName": self.stack_name or "",
            "AWS::URLSuffix": "amazonaws.com.cn" if parts[1] == "aws-cn" else "amazonaws.com",
        }
        return Scope.of(self.template, self.parameters, {name: one for name, one in pseudo.items() if one})

    @property
    def service(self) -> str:
        """The service as ARNs name it; empty for what has no ARN."""
        split = split_arn(self.decision.request.resource)
        return "" if split is None else split[0][2]

    def resource(self, logical_id: str) -> Mapping[str, Any]:
        found = self.template.resources.get(logical_id)
        return found if isinstance(found, Mapping) else {}

    def type(self, logical_id: str) -> ResourceType | None:
        """The published type of a resource."""
        return resource_type(str(self.resource(logical_id).get("Type", "")))

    def properties(self, logical_id: str) -> Mapping[str, Any]:
        found = self.resource(logical_id).get("Properties")
        return found if isinstance(found, Mapping) else {}

    @property
    def nearby(self) -> Iterator[str]:
        """The logical ids of the resource and of those that it mentions, itself first."""
        seen = {self.logical_id: None}
        for name, _, _ in mentioned(self.resource(self.logical_id), ()):
            if name in self.template.resources:
                seen[name] = None
        yield from seen


@dataclass(frozen=True, slots=True)
class Proposal:
    """Edits that make a change of the request, as it will be then, and what they are in words. Of proposals with the
    same `subject` the first that does is enough."""

    subject: str
    text: str
    edits: tuple[Edit, ...]
    change: Change


def properties_path(logical_id: str, *steps: str | int) -> Path:
    return ("Resources", logical_id, "Properties", *steps)


def value_at(value: Any, path: Path) -> Any:
    """What is at a path of a body; None where there is nothing."""
    for step in path:
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def walked(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """A value and all that is in it, with their paths."""
    yield path, value
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from walked(one, (*path, key))
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from walked(one, (*path, number))
