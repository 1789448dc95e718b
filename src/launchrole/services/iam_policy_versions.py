"""Versions of managed policies. Those of customers' policies are kept by moto, which is too easy about them; AWS' own
have the history that ships with launchrole.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html and API_DeletePolicyVersion.html,
API_GetPolicyVersion.html, API_ListPolicyVersions.html, API_PolicyVersion.html, API_SetDefaultPolicyVersion.html,
API_DeletePolicy.html; IAM User Guide: access_policies_managed-versioning.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from launchrole.account.errors import ServiceError
from launchrole.account.moto_services import as_service_errors
from launchrole.account.service import Call, PassOn
from launchrole.facts import managed_policies
from launchrole.policy.document import PolicyKind
from launchrole.services.iam import checked, iam
from launchrole.services.paging import page

iam_policy_versions = iam
"""IAM's service with the versions in it."""

_MOST_VERSIONS = 5
_VERSION_ID = re.compile(r"v[1-9][0-9]*(\.[A-Za-z0-9-]*)?")


@dataclass(frozen=True, slots=True)
class _Version:
    """A version; `document` is None where the text of an AWS managed policy's old version does not ship."""

    id: str
    created: datetime
    is_default: bool
    document: str | None

    def summary(self) -> dict[str, object]:
        """As API_PolicyVersion has it where the document is not asked for."""
        return {"VersionId": self.id, "IsDefaultVersion": self.is_default, "CreateDate": self.created}


@iam.operation("GetPolicy")
def get_policy(call: Call) -> None:
    """moto's, but for the words of its error. Raises NoSuchEntity."""
    _policy(call)
    raise PassOn


@iam.operation("DeletePolicy")
def delete_policy(call: Call) -> None:
    """moto's, but for policies of AWS and those with several versions. Raises AccessDenied, DeleteConflict,
    NoSuchEntity."""
    if len(_own_policy(call).versions) > 1:
        message = (
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
            "The default version is deleted with the policy."
        )
        raise ServiceError("DeleteConflict", message, 409)
    raise PassOn


@iam.operation("ListPolicyVersions")
def list_policy_versions(call: Call) -> Mapping[str, Any]:
    """The newest first, without documents. Raises NoSuchEntity, InvalidInput for a Marker that is none."""
    bad_marker = ServiceError("InvalidInput", "Invalid Marker.")
    found = sorted(_versions(_policy(call)), key=lambda one: _number(one.id), reverse=True)
    shown, more = page(found, call.params.get("Marker"), call.params.get("MaxItems"), bad_token=bad_marker)
    listed = [one.summary() for one in shown]
    return {"Versions": listed, "IsTruncated": more is not None, **({"Marker": more} if more else {})}


@iam.operation("GetPolicyVersion")
def get_policy_version(call: Call) -> Mapping[str, Any]:
    """Raises NoSuchEntity, and NotImplemented for a version of AWS' whose document nobody has here."""
    found = _version(call, _policy(call))
    if found.document is None:
        message = (
            f"{found.id} of {call.params['PolicyArn']} is from {found.created.date()}, and its document does not ship "
            "with launchrole; ListPolicyVersions shows the versions"
        )
        raise ServiceError("NotImplemented", message, 501)
    # The document is URL-encoded; so AWS' page says, and clients decode it.
    return {"PolicyVersion": found.summary() | {"Document": quote(found.document, safe="")}}


@iam.operation("CreatePolicyVersion", in_memory=True)
def create_policy_version(call: Call) -> Mapping[str, Any]:
    """Raises MalformedPolicyDocument, NoSuchEntity, LimitExceeded for a sixth version, AccessDenied."""
    checked(call.params["PolicyDocument"], PolicyKind.MANAGED)
    policy = _own_policy(call)
    if len(policy.versions) >= _MOST_VERSIONS:
        message = (
            f"A managed policy can have up to {_MOST_VERSIONS} versions. Before you create a new version, you must "
            "delete an existing version."
        )
        raise ServiceError("LimitExceeded", message, 409)
    given = call.params
    with as_service_errors():
        made = call.surroundings.memory("iam").create_policy_version(
            given["PolicyArn"], given["PolicyDocument"], bool(given.get("SetAsDefault"))
        )
    policy.update_date = made.create_date
    return {"PolicyVersion": _of_moto(policy, made).summary()}


@iam.operation("SetDefaultPolicyVersion", in_memory=True)
def set_default_policy_version(call: Call) -> None:
    """Raises NoSuchEntity, AccessDenied."""
    policy = _own_policy(call)
    wanted = _version(call, policy)
    if not wanted.is_default:  # moto would leave a policy without default
        policy.update_default_version(wanted.id)


@iam.operation("DeletePolicyVersion", in_memory=True)
def delete_policy_version(call: Call) -> None:
    """Raises NoSuchEntity, DeleteConflict for the default version, AccessDenied."""
    policy = _own_policy(call)
    unwanted = _version(call, policy)
    if unwanted.is_default:
        raise ServiceError("DeleteConflict", "Cannot delete the default version of a policy.", 409)
    policy.versions[:] = [one for one in policy.versions if one.version_id != unwanted.id]


def _policy(call: Call) -> Any:
    """moto's object of a policy, the account's or AWS'. Raises NoSuchEntity."""
    arn = call.params["PolicyArn"]
    found = call.surroundings.memory("iam").managed_policies.get(arn)
    if found is None:
        raise ServiceError("NoSuchEntity", f"Policy {arn} was not found.", 404)
    return found


def _own_policy(call: Call) -> Any:
    """A policy that customers may change: AWS' own belong to AWS' account, so that nobody here is allowed to. IAM User
    Guide: access_policies_managed-vs-inline.html, "AWS managed policies". The words are those of any such denial."""
    found = _policy(call)
    if _is_of_aws(found):
        message = (
            f"User: {call.caller} is not authorized to perform: iam:{call.operation} on resource: policy {found.arn}"
        )
        raise ServiceError("AccessDenied", message, 403)
    return found


def _is_of_aws(policy: Any) -> bool:
    return bool(policy.arn.split(":")[4] == "aws")


def _version(call: Call, policy: Any) -> _Version:
    """The version that a call names. Raises NoSuchEntity, ValidationError."""
    wanted = call.params["VersionId"]
    if not _VERSION_ID.fullmatch(wanted):
        message = (
            f"1 validation error detected: Value '{wanted}' at 'versionId' failed to satisfy constraint: Member must "
            f"satisfy regular expression pattern: {_VERSION_ID.pattern}"
        )
        raise ServiceError("ValidationError", message)
    for one in _versions(policy):
        if one.id == wanted:
            return one
    raise ServiceError(
        "NoSuchEntity", f"Policy {policy.arn} version {wanted} does not exist or is not attachable.", 404
    )


def _versions(policy: Any) -> Iterator[_Version]:
    """What moto keeps, and of AWS' policies the versions that are known beside it."""
    kept = {one.version_id: _of_moto(policy, one) for one in policy.versions}
    yield from kept.values()
    if not _is_of_aws(policy):
        return
    try:
        known = managed_policies.policy(policy.name)
    except KeyError:
        return
    for one in known.versions:
        if one.name not in kept:
            document = managed_policies.document(policy.name, one.name) if one.ships else None
            yield _Version(one.name, one.created, False, document)


def _of_moto(policy: Any, version: Any) -> _Version:
    is_default = version.version_id == policy.default_version_id
    return _Version(version.version_id, version.create_date, is_default, version.document)


def _number(version_id: str) -> int:
    return int(version_id[1:].partition(".")[0])
