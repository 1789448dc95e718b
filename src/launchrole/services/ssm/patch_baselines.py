"""Patch baselines, which moto keeps: what one is, its changes, and its tags.

https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_UpdatePatchBaseline.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call, PassOn
from launchrole.services.ssm.base import missing, ssm

_BASELINE = {
    "Name": "name",
    "GlobalFilters": "global_filters",
    "ApprovalRules": "approval_rules",
    "ApprovedPatches": "approved_patches",
    "ApprovedPatchesComplianceLevel": "approved_patches_compliance_level",
    "ApprovedPatchesEnableNonSecurity": "approved_patches_enable_non_security",
    "RejectedPatches": "rejected_patches",
    "RejectedPatchesAction": "rejected_patches_action",
    "Description": "description",
    "Sources": "sources",
}
_NOTHING: dict[str, Any] = {
    "GlobalFilters": {},
    "ApprovalRules": {},
    "ApprovedPatches": [],
    "RejectedPatches": [],
    "Sources": [],
    "ApprovedPatchesComplianceLevel": "UNSPECIFIED",
    "ApprovedPatchesEnableNonSecurity": False,
    "RejectedPatchesAction": "ALLOW_AS_DEPENDENCY",
}
"""What a baseline has where nothing is given."""


def _baseline(call: Call) -> Any:
    identifier = call.params["BaselineId"].rpartition("/")[2]
    found = call.surroundings.memory("ssm").baselines.get(identifier)
    if found is None:
        raise missing("Patch baseline", identifier)
    return found


@ssm.operation("CreatePatchBaseline", in_memory=True)
def create_patch_baseline(call: Call) -> Mapping[str, Any]:
    """As moto does it, with the tags, at which it fails."""
    params = call.params
    memory = call.surroundings.memory("ssm")
    identifier: str = memory.create_patch_baseline(
        operating_system=params.get("OperatingSystem") or "WINDOWS",
        tags=None,
        **{attribute: params.get(name, _NOTHING.get(name)) for name, attribute in _BASELINE.items()},
    )
    made = memory.baselines[identifier]
    made.created = made.modified = call.now
    made.tags = {tag["Key"]: tag["Value"] for tag in params.get("Tags") or ()}
    return {"BaselineId": identifier}


def _shown(found: Any) -> dict[str, Any]:
    return {
        "BaselineId": found.id,
        "OperatingSystem": found.operating_system,
        "CreatedDate": getattr(found, "created", None),
        "ModifiedDate": getattr(found, "modified", None),
        **{name: getattr(found, attribute) for name, attribute in _BASELINE.items()},
    }


@ssm.operation("GetPatchBaseline")
def get_patch_baseline(call: Call) -> Mapping[str, Any]:
    """Raises DoesNotExistException."""
    found = _baseline(call)
    groups = call.surroundings.memory("ssm").patch_groups.items()
    used = [name for name, group in groups if group.associations.get(found.operating_system) == found.id]
    return _shown(found) | {"PatchGroups": used}


@ssm.operation("UpdatePatchBaseline", in_memory=True)
def update_patch_baseline(call: Call) -> Mapping[str, Any]:
    """What is not given stays, or is taken away where Replace says so. Raises DoesNotExistException."""
    found = _baseline(call)
    for name, attribute in _BASELINE.items():
        if name in call.params:
            setattr(found, attribute, call.params[name])
        elif call.params.get("Replace") and name != "Name":
            setattr(found, attribute, _NOTHING.get(name))
    found.modified = call.now
    return _shown(found)


# Tags: moto knows no baseline to tag. Those of other resources are its own.


def _tagged(call: Call) -> Any:
    """moto's object of the baseline that a call tags. Raises InvalidResourceId."""
    if call.params["ResourceType"] != "PatchBaseline":
        raise PassOn
    found = call.surroundings.memory("ssm").baselines.get(call.params["ResourceId"].rpartition("/")[2])
    if found is None:
        raise ServiceError("InvalidResourceId", f"There is no patch baseline {call.params['ResourceId']}.")
    return found


def _tags(found: Any) -> dict[str, str]:
    return dict(getattr(found, "tags", None) or {})


@ssm.operation("AddTagsToResource", in_memory=True)
def add_tags_to_resource(call: Call) -> None:
    found = _tagged(call)
    found.tags = _tags(found) | {tag["Key"]: tag["Value"] for tag in call.params["Tags"]}


@ssm.operation("RemoveTagsFromResource", in_memory=True)
def remove_tags_from_resource(call: Call) -> None:
    found = _tagged(call)
    gone = set(call.params["TagKeys"])
    found.tags = {key: value for key, value in _tags(found).items() if key not in gone}


@ssm.operation("ListTagsForResource")
def list_tags_for_resource(call: Call) -> Mapping[str, Any]:
    return {"TagList": [{"Key": key, "Value": value} for key, value in _tags(_tagged(call)).items()]}
