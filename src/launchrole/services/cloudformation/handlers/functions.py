"""What a placeholder of a handler's data may do with its value: `{Policy|json}`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote


def _last(value: str) -> str:
    return value.rpartition("/")[2]


def _lower_camel(value: Any) -> Any:
    """A value with the names of its members as CodePipeline writes them."""
    if isinstance(value, dict):
        return {name[:1].lower() + name[1:]: _lower_camel(one) for name, one in value.items()}
    return [_lower_camel(one) for one in value] if isinstance(value, list) else value


def _stages(value: Any) -> Any:
    """A pipeline's stages: the names in an action's configuration are the action's own."""
    found = []
    for stage in value:
        actions = []
        for one in stage.get("Actions", ()):
            action = _lower_camel({name: each for name, each in one.items() if name != "Configuration"})
            if "Configuration" in one:
                action["configuration"] = one["Configuration"]
            actions.append(action)
        blockers = {"blockers": _lower_camel(stage["Blockers"])} if "Blockers" in stage else {}
        found.append({"name": stage["Name"], "actions": actions, **blockers})
    return found


_PERMISSION = ("IpProtocol", "FromPort", "ToPort")
_RANGES = {
    "CidrIp": ("IpRanges", "CidrIp"),
    "CidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
    "SourcePrefixListId": ("PrefixListIds", "PrefixListId"),
    "DestinationPrefixListId": ("PrefixListIds", "PrefixListId"),
    "SourceSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
    "SourceSecurityGroupName": ("UserIdGroupPairs", "GroupName"),
    "DestinationSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
}


def _permissions(value: Any) -> Any:
    """Rules of a security group as IpPermissions."""
    found = []
    for rule in value if isinstance(value, list) else [value]:
        permission: dict[str, Any] = {name: rule[name] for name in _PERMISSION if name in rule}
        permission["IpProtocol"] = str(permission.get("IpProtocol", "-1"))
        for name, (ranges, member) in _RANGES.items():
            if name in rule:
                one = {member: rule[name]}
                if rule.get("Description"):
                    one["Description"] = rule["Description"]
                if ranges == "UserIdGroupPairs" and rule.get("SourceSecurityGroupOwnerId"):
                    one["UserId"] = rule["SourceSecurityGroupOwnerId"]
                permission.setdefault(ranges, []).append(one)
        found.append(permission)
    return found


def _object(value: Any) -> Any:
    """An object that a property holds as JSON text. What is none stays, for the service to refuse."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


_GROUPS = {"MasterInstanceGroup": "MASTER", "CoreInstanceGroup": "CORE"}


def _emr_instances(value: Any) -> Any:
    """EMR's instances: the groups of a cluster as a list, with their roles."""
    found = {name: one for name, one in value.items() if not name.endswith(("InstanceGroup", "InstanceGroups"))}
    groups = [{**value[name], "InstanceRole": role} for name, role in _GROUPS.items() if name in value]
    groups += [{**one, "InstanceRole": "TASK"} for one in value.get("TaskInstanceGroups", ())]
    if groups:
        found["InstanceGroups"] = groups
        found.setdefault("KeepJobFlowAliveWhenNoSteps", True)
    return found


def _bucket_encryption(value: Any) -> Any:
    """S3's encryption of a bucket as the property of the resource writes it."""
    renamed = {"ApplyServerSideEncryptionByDefault": "ServerSideEncryptionByDefault"}
    rules = [{renamed.get(name, name): each for name, each in rule.items()} for rule in value.get("Rules", ())]
    return {"ServerSideEncryptionConfiguration": rules}


def _document(value: Any) -> Any:
    """A policy as IAM answers it: percent-encoded JSON."""
    return _object(unquote(value)) if isinstance(value, str) else value


def _part(number: int) -> Callable[[Any], Any]:
    """A part of an identifier that is put together with `|`; anything else stays whole."""
    return lambda value: str(value).split("|")[number] if "|" in str(value) else value


FUNCTIONS: Mapping[str, Callable[[Any], Any]] = {
    "json": lambda value: value if isinstance(value, str) else json.dumps(value, separators=(",", ":")),
    "last": _last,
    "after_colon": lambda value: value.rpartition(":")[2],
    "comma": lambda value: ",".join(map(str, value)) if isinstance(value, list) else str(value),
    "lower": lambda value: str(value).lower(),
    "stages": _stages,
    "permissions": _permissions,
    "emr_instances": _emr_instances,
    "stores": lambda value: {one["Region"]: _lower_camel(one["ArtifactStore"]) for one in value},
    "object": _object,
    "pairs": lambda value: {one["Key"]: one["Value"] for one in value},
    "bucket_encryption": _bucket_encryption,
    "document": _document,
    "policy_arns": lambda value: [one["PolicyArn"] for one in value],
    "inline_policies": lambda value: [
        {"PolicyName": one["PolicyName"], "PolicyDocument": _document(one["PolicyDocument"])} for one in value
    ],
    "before_colon": lambda value: value.rpartition(":")[0],
    "after_hash": lambda value: value.partition("#")[2],
    "association_ids": lambda value: [one["AssociationId"] for one in value],
    "unslashed": lambda value: str(value).lstrip("/"),
    "after_slash": lambda value: value.partition("/")[2],
    "part_0": _part(0),
    "part_1": _part(1),
    "part_2": _part(2),
    "first": lambda value: value[0] if isinstance(value, list) else value,
}
