"""The service that Systems Manager's modules register their operations with."""

from __future__ import annotations

from launchrole.account.errors import ServiceError
from launchrole.account.service import Service

ssm = Service("ssm")


def missing(what: str, identifier: str) -> ServiceError:
    return ServiceError("DoesNotExistException", f"{what} {identifier} doesn't exist.")
