"""Users, groups, roles, policies and organizations, as moto's IAM and Organizations keep them.

Only the door looks in here, and only while it holds the lock. Nothing outside this module knows moto's classes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from launchrole.account import moto_services


@dataclass(frozen=True, slots=True)
class Role:
    """A role that somebody is to act under. `trust` is the text of its trust policy."""

    arn: str
    name: str
    trust: str


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A user's long-term key."""

    access_key_id: str
    secret: str
    account: str
    user_name: str
    active: bool


@dataclass(frozen=True, slots=True)
class PolicyText:
    """A policy that is attached somewhere: its text, its name, and its ARN unless it is inline."""

    text: str
    name: str
    arn: str | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """A user or role with all that limits it. `boundary` is None where there is none; `tags` are the identity's own."""

    arn: str
    name: str
    unique_id: str
    policies: tuple[PolicyText, ...]
    boundary: PolicyText | None
    tags: Mapping[str, str]
    max_session_duration: int = 3600


@dataclass(frozen=True, slots=True)
class OrganizationPolicies:
    """What an organization says to one of its accounts: SCPs and RCPs by level, root first. The management account is
    bound by neither (`is_management`)."""

    organization_id: str
    management_account: str
    is_management: bool
    path: str
    scp: tuple[tuple[PolicyText, ...], ...]
    rcp: tuple[tuple[PolicyText, ...], ...]


class Directory:
    """Look-ups in one partition."""

    def __init__(self, partition: str = "aws") -> None:
        self.partition = partition

    def _iam(self, account: str) -> Any:
        return moto_services.backend("iam", account, "us-east-1")

    def accounts(self) -> Iterator[str]:
        """The accounts in which IAM has been used."""
        from moto.iam.models import iam_backends

        yield from list(iam_backends)

    def access_key(self, access_key_id: str) -> AccessKey | None:
        """A user's key, whatever the account."""
        for account in self.accounts():
            for user in self._iam(account).users.values():
                for key in user.access_keys:
                    if key.access_key_id == access_key_id:
                        active = key.status == "Active"
                        return AccessKey(access_key_id, key.secret_access_key, account, user.name, active)
        return None

    def user(self, account: str, name: str) -> Identity | None:
        backend = self._iam(account)
        user = backend.users.get(name)
        if user is None:
            return None
        policies = [*_policies(user)]
        for group in backend.groups.values():
            if any(member.name == name for member in group.users):
                policies += _policies(group)
        boundary = getattr(user, "permissions_boundary_arn", None)
        return Identity(
            user.arn,
            user.name,
            user.id,
            tuple(policies),
            self.managed_policy(account, boundary) if boundary else None,
            _tags(backend.tagger.list_tags_for_resource(user.arn).get("Tags", ())),
        )

    def groups_of(self, account: str, user_name: str) -> list[str]:
        """The ARNs of the groups that a user is in."""
        groups = self._iam(account).groups.values()
        return [str(group.arn) for group in groups if any(member.name == user_name for member in group.users)]

    def group_policies(self, account: str, name: str) -> tuple[PolicyText, ...] | None:
        """The policies of a group; None where there is none of that name."""
        group = self._iam(account).groups.get(name)
        return None if group is None else tuple(_policies(group))

    def role(self, account: str, name: str) -> Role | None:
        role = self._role(account, name)
        return None if role is None else Role(role.arn, role.name, _text(role.assume_role_policy_document))

    def role_by_arn(self, arn: str) -> Role | None:
        """A role by its whole ARN, path included."""
        parts = arn.split(":", 5)
        if len(parts) != 6 or not parts[5].startswith("role/"):
            return None
        found = self.role(parts[4], arn.rpartition("/")[2])
        return found if found is not None and found.arn == arn else None

    def role_identity(self, account: str, name: str) -> Identity | None:
        role = self._role(account, name)
        if role is None:
            return None
        boundary = role.permissions_boundary_arn
        return Identity(
            role.arn,
            role.name,
            role.id,
            tuple(_policies(role)),
            self.managed_policy(account, boundary) if boundary else None,
            _tags(role.tags or ()),
            int(role.max_session_duration or 3600),
        )

    def _role(self, account: str, name: str) -> Any:
        return next((role for role in self._iam(account).roles.values() if role.name == name), None)

    def managed_policy(self, account: str, arn: str) -> PolicyText | None:
        """The default version of a managed policy, the account's own or AWS'."""
        owner = arn.split(":")[4] if arn.count(":") >= 5 else account
        backend = self._iam(account if owner == "aws" else owner)
        policy = backend.managed_policies.get(arn)
        return None if policy is None else _managed(policy)

    def aws_managed_policies(self, account: str) -> dict[str, str]:
        """The ARNs of AWS' own managed policies by their names, as an account sees them."""
        known = self._iam(account).managed_policies.values()
        return {one.name: one.arn for one in known if one.arn.split(":")[4] == "aws"}

    def named(self, account: str, kind: str, name: str) -> str | None:
        """The ARN of a user, group, role, policy or instance profile by its name; None where there is none."""
        backend = self._iam(account)
        if kind == "policy":
            found = [one for one in backend.managed_policies.values() if one.name == name and "::aws:" not in one.arn]
        elif kind == "user":
            found = [one for one in backend.users.values() if one.name == name]
        elif kind == "group":
            found = [one for one in backend.groups.values() if one.name == name]
        elif kind == "role":
            found = [one for one in backend.roles.values() if one.name == name]
        else:
            found = [one for one in backend.instance_profiles.values() if one.name == name]
        return str(found[0].arn) if found else None

    def role_of_profile(self, account: str, name: str) -> str | None:
        """The ARN of the role in an instance profile; None where there is no such profile, or no role in it."""
        for profile in self._iam(account).instance_profiles.values():
            if profile.name == name and profile.roles:
                return str(profile.roles[0].arn)
        return None

    def organization(self, account: str) -> OrganizationPolicies | None:
        """The organization that an account belongs to, and what it says to it."""
        from moto.organizations.models import organizations_backends

        for owner in list(organizations_backends):
            backend = organizations_backends[owner][self.partition]
            member = next((one for one in backend.accounts if one.id == account), None)
            if backend.org is not None and (member is not None or backend.org.master_account_id == account):
                return _organization(backend, member, account)
        return None


def _organization(backend: Any, member: Any, account: str) -> OrganizationPolicies:
    units = {unit.id: unit for unit in backend.ou}
    levels = []
    ids = []
    node = member
    while node is not None:
        levels.append(node)
        ids.append(node.id)
        node = units.get(getattr(node, "parent_id", None))
    levels.reverse()
    path = "/".join([backend.org.id, *reversed(ids[1:])]) + "/"
    management = backend.org.master_account_id

    def of(kind: str) -> tuple[tuple[PolicyText, ...], ...]:
        found = [
            tuple(
                PolicyText(_text(one.content), one.name, one.arn) for one in level.attached_policies if one.type == kind
            )
            for level in levels
        ]
        return tuple(level for level in found) if any(found) else ()

    return OrganizationPolicies(
        backend.org.id,
        management,
        account == management,
        path,
        () if account == management else of("SERVICE_CONTROL_POLICY"),
        () if account == management else of("RESOURCE_CONTROL_POLICY"),
    )


def _policies(owner: Any) -> Iterator[PolicyText]:
    """The managed and inline policies of a user, group or role."""
    for policy in owner.managed_policies.values():
        yield _managed(policy)
    for name, text in owner.policies.items():
        yield PolicyText(_text(text), name)


def _managed(policy: Any) -> PolicyText:
    default = next(one for one in policy.versions if one.version_id == policy.default_version_id)
    return PolicyText(_text(default.document), policy.name, policy.arn)


def _text(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document)


def _tags(tags: Any) -> dict[str, str]:
    if isinstance(tags, Mapping):
        return {str(key): str(value) for key, value in tags.items()}
    return {str(tag["Key"]): str(tag["Value"]) for tag in tags}
