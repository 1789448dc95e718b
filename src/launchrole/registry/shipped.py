"""What ships with the package, as events: the launch role's policy with all its versions and what AWS' page says of
them, the policies beside it, and the newest version of all others from moto's bundle."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any

from launchrole.facts import managed_policies, yaml_data
from launchrole.registry.changes import Changes, changes, default_set
from launchrole.registry.given import GivenPolicy, GivenVersion, claims_of
from launchrole.registry.history import folded


def names() -> tuple[str, ...]:
    """The names of all policies that ship."""
    return tuple(sorted({*_named_by_facts(), *_bundle()}))


@functools.cache
def policy(name: str) -> Changes:
    """What ships of a policy; nothing for one that does not ship."""
    given = _from_facts(name) or _from_bundle(name)
    if given is None:
        return Changes()
    found = changes(folded(name, ()), given)
    found.events += default_set(folded(name, found.events), given)
    return found


@dataclass(frozen=True, slots=True)
class OnlyVersion:
    """The one version of a policy that ships: how the command line names it, and its document as JSON has it."""

    reference: str
    arn: str
    document: Mapping[str, Any]


def only_version(name: str) -> OnlyVersion | None:
    """The version of a policy of which one alone ships, and nothing is told beside it; None for others. It is there
    without the policy's history being worked out."""
    found = None if name in _named_by_facts() else _bundle().get(name)
    if found is None:
        return None
    return OnlyVersion(f"{name}:{found['DefaultVersionId']}", _arn(name, found), found["Document"])


@functools.cache
def _named_by_facts() -> tuple[str, ...]:
    folder = files(managed_policies.__name__)
    return tuple(one.name for one in folder.iterdir() if (one / "meta.json").is_file())


def _from_facts(name: str) -> GivenPolicy | None:
    try:
        known = managed_policies.policy(name)
    except KeyError:
        return None
    versions = tuple(
        GivenVersion(
            int(one.name.removeprefix("v")),
            managed_policies.document(name, one.name) if one.ships else None,
            one.created,
            f"{name}:{one.name}",
        )
        for one in known.versions
    )
    return GivenPolicy(
        name,
        name,
        known.arn,
        versions,
        int(known.newest.removeprefix("v")),
        claims=tuple(_claims().get(name, ())),
        may_lack=True,
    )


def _from_bundle(name: str) -> GivenPolicy | None:
    found = _bundle().get(name)
    if found is None:
        return None
    number = int(found["DefaultVersionId"].removeprefix("v"))
    # UpdateDate is when the newest version was created, which may be newer than the default one (IAM API Reference:
    # API_Policy.html).
    version = GivenVersion(
        number, json.dumps(found["Document"]), datetime.fromisoformat(found["UpdateDate"]), name, inferred=True
    )
    return GivenPolicy(name, name, _arn(name, found), (version,), number, may_lack=True)


def _arn(name: str, found: Mapping[str, Any]) -> str:
    return f"arn:aws:iam::aws:policy{found['Path']}{name}"


def _bundle() -> Mapping[str, Mapping[str, Any]]:
    from launchrole.account.aws_policies import bundle  # moto behind it: asked for only where nothing else knows a name

    return bundle()


@functools.cache
def _claims() -> dict[str, Any]:
    text = (files("launchrole.registry") / "claims.yaml").read_text(encoding="utf-8")
    return claims_of(yaml_data.read(text), "claims.yaml")
