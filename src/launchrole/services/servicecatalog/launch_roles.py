"""As whom a product is launched: as the session of its launch role, or with the caller's own credentials.

https://docs.aws.amazon.com/servicecatalog/latest/adminguide/constraints-launch.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from launchrole.account.authorizer import Via
from launchrole.account.errors import ServiceError
from launchrole.account.service import Call, Surroundings
from launchrole.services.servicecatalog.paths import LaunchPath
from launchrole.services.servicecatalog.service import PRINCIPAL
from launchrole.services.servicecatalog.templates import Ask

SESSION_NAME = "servicecatalog"

_ASSUMED = Via(assumed_by=PRINCIPAL)


@dataclass(frozen=True)
class Acting:
    """Whose credentials the calls of a launch carry; `role_arn` is None where they are the caller's, passed on through
    `services`."""

    identity: str
    role_arn: str | None
    services: tuple[str, ...] = ()

    @property
    def via(self) -> Via:
        return Via(self.services) if self.role_arn is None else _ASSUMED

    def to_dict(self) -> dict[str, Any]:
        return {"identity": self.identity, "role_arn": self.role_arn, "services": self.services}

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Acting:
        return cls(kept["identity"], kept["role_arn"], tuple(kept["services"]))


def forwarded(call: Call) -> Acting:
    """The caller's own credentials, passed on."""
    return Acting(call.surroundings.identity(), None, call.surroundings.via.through(PRINCIPAL).services)


def by_role(call: Call, role_arn: str | None) -> Acting:
    """The session of a launch role, or the caller where there is none. Raises ValidationException."""
    return forwarded(call) if role_arn is None else assume(call.surroundings, role_arn)


def role_of(call: Call, path: LaunchPath) -> str | None:
    """The ARN of the role that a path's launch constraint names; None without one. A local role is the caller's
    account's, of that name."""
    found = path.launch_role
    if found is None:
        return None
    if "RoleArn" in found:
        return str(found["RoleArn"])
    role = call.surroundings.role(found["LocalRoleName"])
    return f"arn:{call.partition}:iam::{call.account}:role/{found['LocalRoleName']}" if role is None else role.arn


def assume(surroundings: Surroundings, role_arn: str) -> Acting:
    """A session of a launch role. Raises ValidationException in AWS' words where the role is not there or does not
    trust Service Catalog (sagemaker-custom-project-templates, issue 40)."""
    try:
        return Acting(surroundings.assume(role_arn, PRINCIPAL, SESSION_NAME), role_arn)
    except ServiceError:
        raise ServiceError(
            "ValidationException",
            f"Access denied while assuming the role {role_arn}. The role must exist, and its trust policy must let "
            f"{PRINCIPAL} assume it.",
        ) from None


def acting(call: Call, path: LaunchPath) -> Acting:
    """As whom a product is launched by a path. Raises ValidationException."""
    return by_role(call, role_of(call, path))


def asking(call: Call, one: Acting) -> Ask:
    """Calls as whom a product is launched, within the call that is being served."""

    def ask(service: str, operation: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return call.surroundings.call(one.identity, service, operation, params, via=one.via)

    return ask
