"""Databases: parameters by portions, and the snapshot that a deletion makes.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_RDS.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.services.cloudformation.handlers.action import Action, Resource
from launchrole.services.cloudformation.handlers.declared import Declared
from launchrole.services.cloudformation.handlers.handler import PossibleCall, calls_of
from launchrole.services.cloudformation.handlers.registry import handles
from launchrole.services.cloudformation.intrinsics import as_text

_AT_ONCE = 20
"""How many parameters a call changes at most.
https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBParameterGroup.html"""


class _ParameterGroup(Declared):
    """A group whose parameters are set after it is made."""

    changed_by_code = frozenset({"Parameters"})
    operation = ""
    member = ""

    def calls(self) -> Mapping[str, tuple[PossibleCall, ...]]:
        found = super().calls()
        own = calls_of("rds", self.operation)
        return {**found, "create": (*found["create"], *own), "update": (*found["update"], *own)}

    def replacing(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
        gone = set(old.get("Parameters") or {}) - set(new.get("Parameters") or {})
        found = super().replacing(old, new)
        return [*found, "Parameters"] if gone and "Parameters" not in found else found

    def create(self, action: Action, properties: Mapping[str, Any]) -> None:
        super().create(action, {name: one for name, one in properties.items() if name != "Parameters"})
        self._set(action, properties.get("Parameters") or {})

    def update(self, action: Action, old: Resource, properties: Mapping[str, Any], changed: frozenset[str]) -> None:
        super().update(action, old, properties, changed)
        before = old.properties.get("Parameters") or {}
        wanted = properties.get("Parameters") or {}
        self._set(action, {name: one for name, one in wanted.items() if before.get(name) != one})

    def _set(self, action: Action, parameters: Mapping[str, Any]) -> None:
        """`pending-reboot` is what static and dynamic parameters both take."""
        listed = [
            {"ParameterName": name, "ParameterValue": as_text(value), "ApplyMethod": "pending-reboot"}
            for name, value in parameters.items()
        ]
        for start in range(0, len(listed), _AT_ONCE):
            params = {self.member: action.physical_id, "Parameters": listed[start : start + _AT_ONCE]}
            action.call("rds", self.operation, params)


@handles("AWS::RDS::DBParameterGroup")
class DBParameterGroup(_ParameterGroup):
    operation = "ModifyDBParameterGroup"
    member = "DBParameterGroupName"


@handles("AWS::RDS::DBClusterParameterGroup")
class DBClusterParameterGroup(_ParameterGroup):
    operation = "ModifyDBClusterParameterGroup"
    member = "DBClusterParameterGroupName"


class _Database(Declared):
    """A database of which a deletion makes a snapshot unless the template says otherwise."""

    operation = ""
    member = ""
    snapshot_member = ""

    def calls(self) -> Mapping[str, tuple[PossibleCall, ...]]:
        found = super().calls()
        return {**found, "delete": (*found["delete"], *calls_of("rds", self.operation))}

    def snapshot(self, action: Action, old: Resource) -> None:
        name = action.generated_name(63, lower=True).replace("_", "-")
        params = {self.member: old.physical_id, self.snapshot_member: name}
        action.call("rds", self.operation, params)


@handles("AWS::RDS::DBInstance")
class DBInstance(_Database):
    operation = "CreateDBSnapshot"
    member = "DBInstanceIdentifier"
    snapshot_member = "DBSnapshotIdentifier"

    def deletion_policy(self, properties: Mapping[str, Any]) -> str | None:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html"""
        return None if properties.get("DBClusterIdentifier") else "Snapshot"


@handles("AWS::RDS::DBCluster")
class DBCluster(_Database):
    operation = "CreateDBClusterSnapshot"
    member = "DBClusterIdentifier"
    snapshot_member = "DBClusterSnapshotIdentifier"

    def deletion_policy(self, properties: Mapping[str, Any]) -> str | None:
        return "Snapshot"
