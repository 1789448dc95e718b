"""Inline policies that a template puts on several roles, users and groups."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.services.cloudformation.handlers.action import NAME_LETTERS, Action, Failed, Resource
from launchrole.services.cloudformation.handlers.declared import Declared, gone
from launchrole.services.cloudformation.handlers.handler import Handler, PossibleCall, calls_of
from launchrole.services.cloudformation.handlers.registry import handles

_BEARERS = {
    "Roles": ("RoleName", "PutRolePolicy", "DeleteRolePolicy"),
    "Users": ("UserName", "PutUserPolicy", "DeleteUserPolicy"),
    "Groups": ("GroupName", "PutGroupPolicy", "DeleteGroupPolicy"),
}
_NO_BEARER = "At least one of [Groups,Roles,Users] must be non-empty."


@handles("AWS::IAM::AccessKey")
class AccessKey(Declared):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-accesskey.html"""

    own_calls: Mapping[str, tuple[PossibleCall, ...]] = {"create": calls_of("iam", "UpdateAccessKey")}

    def create(self, action: Action, properties: Mapping[str, Any]) -> None:
        """A new key is active: one that shall not be is switched off."""
        super().create(action, {name: one for name, one in properties.items() if name != "Status"})
        if properties.get("Status") == "Inactive":
            params = {"UserName": properties["UserName"], "AccessKeyId": action.physical_id, "Status": "Inactive"}
            action.call("iam", "UpdateAccessKey", params)


@handles("AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::UserPolicy", "AWS::IAM::GroupPolicy")
class InlinePolicy(Handler):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-policy.html"""

    def calls(self) -> Mapping[str, tuple[PossibleCall, ...]]:
        kinds = [kind for kind, (member, _, _) in _BEARERS.items() if {kind, member} & set(self.type.properties)]
        puts = calls_of("iam", *(_BEARERS[kind][1] for kind in kinds))
        removes = calls_of("iam", *(_BEARERS[kind][2] for kind in kinds))
        moves = "PolicyName" not in self.type.create_only
        return {"create": puts, "update": puts + removes if moves else puts, "delete": removes}

    def create(self, action: Action, properties: Mapping[str, Any]) -> None:
        if not _bearers(properties):
            if action.type == "AWS::IAM::Policy":
                action.physical_id = _physical(action, properties)
            raise Failed(_NO_BEARER)
        physical = _physical(action, properties)
        action.created(physical, **({"Id": physical} if "Id" in self.type.properties else {}))
        self._put(action, properties, _bearers(properties))

    def update(self, action: Action, old: Resource, properties: Mapping[str, Any], changed: frozenset[str]) -> None:
        name_changed = "PolicyName" in changed
        wanted = _bearers(properties)
        if not wanted:
            raise Failed(_NO_BEARER)
        self._put(action, properties, wanted)
        kept = [] if name_changed else wanted
        self._remove(action, old.properties, [one for one in _bearers(old.properties) if one not in kept])

    def delete(self, action: Action, old: Resource) -> None:
        """What could not be made for want of a bearer cannot be deleted either: recorded as a rollback that fails."""
        if not _bearers(old.properties):
            raise Failed(_NO_BEARER)
        self._remove(action, old.properties, _bearers(old.properties))

    def _put(self, action: Action, properties: Mapping[str, Any], bearers: list[tuple[str, str]]) -> None:
        document = properties.get("PolicyDocument")
        text = document if isinstance(document, str) else json.dumps(document, separators=(",", ":"))
        for kind, name in bearers:
            member, put, _ = _BEARERS[kind]
            params = {member: name, "PolicyName": properties["PolicyName"], "PolicyDocument": text}
            action.call("iam", put, params)

    def _remove(self, action: Action, properties: Mapping[str, Any], bearers: list[tuple[str, str]]) -> None:
        for kind, name in bearers:
            member, _, remove = _BEARERS[kind]
            try:
                action.call("iam", remove, {member: name, "PolicyName": properties["PolicyName"]})
            except ServiceError as problem:
                if not gone(problem):
                    raise


def _bearers(properties: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The roles, users and groups that carry the policy: the kind, and the name."""
    found = [(kind, str(name)) for kind in _BEARERS for name in properties.get(kind) or ()]
    single = [("Roles", "RoleName"), ("Users", "UserName"), ("Groups", "GroupName")]
    return found + [(kind, str(properties[one])) for kind, one in single if properties.get(one)]


def _physical(action: Action, properties: Mapping[str, Any]) -> str:
    """The physical id: of AWS::IAM::Policy a text of its own, of the others the policy's name and its bearer's."""
    if action.type == "AWS::IAM::Policy":
        tail = "".join(action.random().choices(NAME_LETTERS, k=13))
        return f"{action.stack.name[:5]}-{action.logical_id[:4]}-{tail}"
    return f"{properties['PolicyName']}|{_bearers(properties)[0][1]}"
