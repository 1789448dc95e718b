"""Whom and what a preflight is about: the launch role, and the world that it launches in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ACCOUNT = "123456789012"
"""The account of roles that come without one: the one of AWS' own examples."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy: its text, and a name to call it by (`Some-Policy:v4`, a file, an inline policy's name)."""

    name: str
    text: str
    arn: str | None = None
    """Of a managed policy."""


@dataclass(frozen=True, slots=True)
class Role:
    """A role with everything that decides what it may do. `trust` is the text of its trust policy."""

    arn: str
    trust: str
    policies: tuple[Policy, ...] = ()
    boundary: Policy | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def account(self) -> str:
        return self.arn.split(":")[4]

    @property
    def partition(self) -> str:
        return self.arn.split(":")[1]

    @property
    def name(self) -> str:
        return self.arn.rpartition("/")[2]

    @property
    def path(self) -> str:
        """`/`, or `/service-role/`."""
        return self.arn.partition(":role")[2].removesuffix(self.name)


@dataclass(frozen=True, slots=True)
class World:
    """What there is beside the template.

    `roles` are roles that can be passed, by ARN. `is_complete`: they are all that the account has, so that another
    one is missing and not only unknown. `scps` are service control policies, a level each, the root's first.
    """

    roles: Mapping[str, Role] = field(default_factory=dict)
    is_complete: bool = False
    scps: tuple[Policy, ...] = ()
