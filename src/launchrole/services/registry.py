"""The services that are ours, by botocore's names."""

from __future__ import annotations

from collections.abc import Mapping

from launchrole.account.service import Service
from launchrole.services.cloudformation import cloudformation
from launchrole.services.iam import iam
from launchrole.services.sts import sts


def services() -> Mapping[str, Service]:
    """All of them. moto serves the rest."""
    from launchrole.services import iam_simulation  # noqa: F401 - it registers operations of IAM

    found = (cloudformation, iam, sts)
    return {service.name: service for service in found}
