"""The AWS services by the names that requests carry: signing name, X-Amz-Target prefix, API version.

`endpoints.json` is made from botocore's service models by `python -m launchrole.facts.build_endpoints`; reading 439
models to find out which one a request is for would take seconds.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Endpoint:
    """How requests name a service. `prefix` is that of its IAM actions, None where AWS' reference has none."""

    service: str
    prefix: str | None
    signing_name: str
    host: str
    protocols: tuple[str, ...]
    target_prefix: str | None
    version: str

    @property
    def protocol(self) -> str:
        """The protocol that services here speak: the first that is not CBOR."""
        return next((one for one in self.protocols if one != "smithy-rpc-v2-cbor"), self.protocols[0])


@functools.cache
def endpoints() -> Mapping[str, Endpoint]:
    """All services, by botocore's names."""
    with open(os.path.join(os.path.dirname(__file__), "endpoints.json"), encoding="utf-8") as file:
        rows = json.load(file)["services"]
    return {
        name: Endpoint(name, prefix, signing, host, tuple(protocols), target, version)
        for name, (prefix, signing, host, protocols, target, version) in rows.items()
    }


def iam_prefix(service: str) -> str | None:
    """The prefix of a service's IAM actions (`states` for `stepfunctions`)."""
    return endpoints()[service].prefix


@functools.cache
def by_signing_name() -> Mapping[str, tuple[Endpoint, ...]]:
    """Services by the service name in the credential scope; some share one (`s3` and `s3control`)."""
    return _grouped("signing_name")


@functools.cache
def by_target_prefix() -> Mapping[str, tuple[Endpoint, ...]]:
    """Services of the JSON protocols by what precedes the dot in X-Amz-Target."""
    return _grouped("target_prefix")


@functools.cache
def by_host() -> Mapping[str, tuple[Endpoint, ...]]:
    """Services by the first part of their hosts' names (`sagemaker`, `api.sagemaker`, `email`)."""
    return _grouped("host")


def _grouped(name: str) -> dict[str, tuple[Endpoint, ...]]:
    groups: dict[str, tuple[Endpoint, ...]] = {}
    for endpoint in endpoints().values():
        key = getattr(endpoint, name)
        if key is not None:
            groups[key] = (*groups.get(key, ()), endpoint)
    return groups
