"""The roles that the built-in products are launched with and pass on: `roles.yaml`."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from launchrole.facts import managed_policies, yaml_data

LAUNCH_ROLE = "AmazonSageMakerServiceCatalogProductsLaunchRole"
"""The launch constraint of every product of the portfolio."""


@dataclass(frozen=True, slots=True)
class Role:
    """A role to be made. `trusts` are service principals, `managed` ARNs of AWS managed policies, `inline` the texts of
    policies by their names."""

    name: str
    path: str
    description: str
    trusts: tuple[str, ...]
    managed: tuple[str, ...] = ()
    inline: Mapping[str, str] = field(default_factory=dict)

    @property
    def trust_policy(self) -> str:
        """The text of the role's trust policy."""
        statement = {"Effect": "Allow", "Principal": {"Service": list(self.trusts)}, "Action": "sts:AssumeRole"}
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    def arn(self, account: str, partition: str = "aws") -> str:
        """The role's ARN in an account."""
        return f"arn:{partition}:iam::{account}:role{self.path}{self.name}"


def roles(account: str, *, policy_version: str | None = None) -> tuple[Role, ...]:
    """The eleven roles for an account.

    AWS attaches a managed policy in its newest version only. With a `policy_version`, `v4`, the launch role has that
    version's document as an inline policy in place of the managed one. Raises KeyError for a version that never was.
    """
    made = [_role(name, one, account) for name, one in _data()["roles"].items()]
    if policy_version is None:
        return tuple(made)
    return tuple(_launch_role_of(role, policy_version) if role.name == LAUNCH_ROLE else role for role in made)


def _launch_role_of(role: Role, version: str) -> Role:
    text = _compact(managed_policies.document(managed_policies.LAUNCH_ROLE_POLICY, version))
    return Role(role.name, role.path, role.description, role.trusts, (), {f"LaunchRolePolicy-{version}": text})


def _role(name: str, one: Mapping[str, Any], account: str) -> Role:
    inline = {
        policy: _compact(_text(file).replace("${AWS::AccountId}", account))
        for policy, file in one.get("inline", {}).items()
    }
    managed = tuple(managed_policies.policy(policy).arn for policy in one.get("managed", ()))
    return Role(name, _data()["path"], one["description"], tuple(one["trusts"]), managed, inline)


def _compact(text: str) -> str:
    """The same JSON without white space: IAM bounds inline policies by their length."""
    return json.dumps(json.loads(text), separators=(",", ":"))


def _text(file: str) -> str:
    return (files("launchrole.portfolio") / file).read_text(encoding="utf-8")


@functools.cache
def _data() -> Mapping[str, Any]:
    data: Mapping[str, Any] = yaml_data.read(_text("roles.yaml"))
    return data
