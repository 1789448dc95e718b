"""AWS managed policies by their names and versions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from launchrole.facts import managed_policies
from launchrole.preflights.errors import PreflightError
from launchrole.preflights.subject import Policy


def managed(text: str) -> Policy:
    """A managed policy by `NAME`, in its newest version, or `NAME:v4`. Raises `PreflightError`."""
    found = managed_policy(text)
    if found is not None:
        return found
    name, _, version = text.rpartition("/")[2].partition(":")
    known = versions(name)
    if not known:
        raise PreflightError(f"{text}: there is no AWS managed policy of that name; give another policy as a file")
    raise PreflightError(f"{name}:{version}: {name} has the versions {', '.join(known)}")


def managed_policy(text: str) -> Policy | None:
    """A managed policy; None where it, or its version, is not known."""
    name, _, version = text.rpartition("/")[2].partition(":")
    known = versions(name)
    if not known or version not in ("", *known):
        return None
    try:
        policy = managed_policies.policy(name)
    except KeyError:
        found = _bundle()[name]
        return Policy(
            f"{name}:{known[0]}", json.dumps(found["Document"]), f"arn:aws:iam::aws:policy{found['Path']}{name}"
        )
    version = version or policy.newest
    return Policy(f"{name}:{version}", managed_policies.document(name, version), policy.arn)


def versions(name: str) -> list[str]:
    """The versions of a managed policy that are known here; none of a policy that is not."""
    try:
        return [one.name for one in managed_policies.policy(name).versions if one.ships]
    except KeyError:
        found = _bundle().get(name)
        return [] if found is None else [str(found["DefaultVersionId"])]


def _bundle() -> Mapping[str, Mapping[str, Any]]:
    """Of most policies there is one version, the one that the accounts have."""
    from launchrole.account.aws_policies import bundle

    return bundle()
