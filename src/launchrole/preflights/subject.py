"""Whom and what a preflight is about: the launch role, and the world that it launches in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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


PRODUCT, PROJECT, DIRECT = "product", "project", "direct"
CHANNELS = (PRODUCT, PROJECT, DIRECT)
"""Who launches: Service Catalog, SageMaker through it, or CloudFormation with the role as RoleARN."""

CAPABILITIES = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")


@dataclass(frozen=True)
class Supply:
    """Something that is there. `name` is KIND:WHAT, as an assumption is called: `role:ARN`, `s3-object:BUCKET/KEY`,
    `s3-bucket:BUCKET`, `ssm:NAME`, `secret:NAME`, `import:NAME`. `value` is what it holds.

    `given`: somebody says so; otherwise it is assumed.
    """

    name: str
    value: str = ""
    given: bool = False
    file: str | None = None
    """Where what it holds comes from."""
    tags: Mapping[str, str] | None = field(default=None, compare=False, hash=False)
    """An object's; None where nobody knows them."""

    @property
    def kind(self) -> str:
        return self.name.partition(":")[0]

    @property
    def what(self) -> str:
        return self.name.partition(":")[2]

    @property
    def held(self) -> str:
        """What a parameter or an export holds: some text, where nobody knows."""
        return self.value or "value"


@dataclass(frozen=True)
class Wanted:
    """What is launched. `text` is the template's, `values` its parameters'; `update` the text and the values of the
    update; None to launch the same once more."""

    text: str
    values: Mapping[str, str]
    role: Role
    world: World = field(default_factory=World)
    channel: str = PRODUCT
    region: str = "us-east-1"
    operations: tuple[str, ...] = ("create", "update", "delete")
    update: tuple[str, Mapping[str, str]] | None = None
    capabilities: tuple[str, ...] = CAPABILITIES
    tags: Mapping[str, str] = field(default_factory=dict)
    responses: Mapping[str, Any] = field(default_factory=dict)
    """What custom resources answer, by type."""
    supplies: tuple[Supply, ...] = ()
    root: Path | None = None
    """The folder of the template, beside which nested ones are looked for."""
