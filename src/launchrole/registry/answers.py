"""Answers of IAM's API about managed policies, as the AWS CLI and botocore give them.

IAM API Reference: API_GetPolicy.html, API_GetPolicyVersion.html, API_ListPolicyVersions.html, API_ListPolicies.html,
API_GetAccountAuthorizationDetails.html. A document is an object, or the URL-encoded text that the API itself sends.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import unquote

from launchrole.registry.errors import RegistryError
from launchrole.registry.events import version_number
from launchrole.registry.given import GivenPolicy, GivenVersion, checked_arn, moment

Row = Mapping[str, object]


def of_answer(value: object, name: str, where: str) -> list[GivenPolicy] | None:
    """The policies in an answer; None for what is none. `name` is the policy's where the answer does not say.

    Raises RegistryError.
    """
    if not isinstance(value, dict):
        return None
    if "PolicyVersion" in value:
        return [_of_versions(name, [_row(value["PolicyVersion"], where, "PolicyVersion")], where)]
    if "Policy" in value:
        return [of_policy(_row(value["Policy"], where, "Policy"), where)]
    if "Policies" in value:
        return [of_policy(one, where) for one in _rows(value["Policies"], where, "Policies")]
    if "Versions" in value:
        return [_of_versions(name, _rows(value["Versions"], where, "Versions"), where)]
    return None


def _of_versions(name: str, rows: list[Row], where: str) -> GivenPolicy:
    versions = tuple(_version(one, where) for one in rows)
    default = next(
        (version_number(one["VersionId"], where) for one in rows if one.get("IsDefaultVersion") is True), None
    )
    # IAM deletes versions when a customer asks it to: what is between others may be gone.
    return GivenPolicy(name, where, None, versions, default, may_lack=True)


def of_policy(row: Row, where: str) -> GivenPolicy:
    """A policy as GetAccountAuthorizationDetails has it, its versions in it where they are. Raises RegistryError."""
    arn = checked_arn(row.get("Arn"), where)
    name = row.get("PolicyName")
    if not isinstance(name, str) or arn.rpartition("/")[2] != name:
        raise RegistryError(f"{where}: PolicyName {name!r} is not the name in {arn}")
    listed = _rows(row.get("PolicyVersionList") or [], where, "PolicyVersionList")
    versions = [_version(one, where) for one in listed]
    default = None if row.get("DefaultVersionId") is None else version_number(row["DefaultVersionId"], where)
    if default is not None and all(one.number != default for one in versions):
        updated = None if row.get("UpdateDate") is None else moment(row["UpdateDate"], where)
        versions.append(GivenVersion(default, None, updated, where, inferred=True))
    return GivenPolicy(name, where, arn, tuple(versions), default, may_lack=True)


def _version(row: Row, where: str) -> GivenVersion:
    number = version_number(row.get("VersionId"), where)
    created = None if row.get("CreateDate") is None else moment(row["CreateDate"], where)
    return GivenVersion(number, _document(row.get("Document"), f"{where}: v{number}"), created, where)


def _document(value: object, where: str) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        return unquote(value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    raise RegistryError(f"{where}: Document is neither an object nor a text")


def _row(value: object, where: str, name: str) -> Row:
    if isinstance(value, dict):
        return value
    raise RegistryError(f"{where}: {name} is not an object, as IAM answers it")


def _rows(value: object, where: str, name: str) -> list[Row]:
    if isinstance(value, list) and all(isinstance(one, dict) for one in value):
        return value
    raise RegistryError(f"{where}: {name} is not a list of objects, as IAM answers it")
