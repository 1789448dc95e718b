"""Domains, which moto keeps: that there are no two of a name, their settings, and when they may be deleted.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateDomain.html
https://docs.aws.amazon.com/sagemaker/latest/dg/gs-studio-delete-domain.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call, PassOn
from launchrole.services.sagemaker.base import sagemaker

_SETTINGS = {
    "DefaultUserSettings": "default_user_settings",
    "DefaultSpaceSettings": "default_space_settings",
    "AppSecurityGroupManagement": "app_security_group_management",
    "SubnetIds": "subnet_ids",
    "AppNetworkAccessType": "app_network_access_type",
    "VpcId": "vpc_id",
    "TagPropagation": "tag_propagation",
}


def domain(call: Call) -> Any:
    """moto's object of the domain that a call names. Raises ResourceNotFound."""
    identifier = call.params["DomainId"]
    found = call.surroundings.memory("sagemaker").domains.get(identifier)
    if found is None:
        raise ServiceError("ResourceNotFound", f"Domain [{identifier}] does not exist.")
    return found


@sagemaker.operation("CreateDomain", in_memory=True)
def create_domain(call: Call) -> Mapping[str, Any]:
    """Raises ResourceInUse where the name is taken."""
    params = call.params
    memory = call.surroundings.memory("sagemaker")
    if any(one.domain_name == params["DomainName"] for one in memory.domains.values()):
        raise ServiceError("ResourceInUse", f"Resource Already Exists: a domain named {params['DomainName']} exists.")
    made: dict[str, Any] = memory.create_domain(
        domain_name=params["DomainName"],
        auth_mode=params["AuthMode"],
        default_user_settings=params["DefaultUserSettings"],
        subnet_ids=params.get("SubnetIds"),
        vpc_id=params.get("VpcId"),
        domain_settings=params.get("DomainSettings"),
        tags=list(params.get("Tags") or ()),
        app_network_access_type=params.get("AppNetworkAccessType"),
        home_efs_file_system_kms_key_id=params.get("HomeEfsFileSystemKmsKeyId"),
        kms_key_id=params.get("KmsKeyId"),
        app_security_group_management=params.get("AppSecurityGroupManagement"),
        default_space_settings=params.get("DefaultSpaceSettings"),
    )
    identifier = made["DomainArn"].rpartition("/")[2]
    memory.domains[identifier].tag_propagation = params.get("TagPropagation") or "DISABLED"
    return made | {"DomainId": identifier}


@sagemaker.operation("DescribeDomain")
def describe_domain(call: Call) -> Mapping[str, Any]:
    """Raises ResourceNotFound, where moto says that the request is not valid."""
    found = domain(call)
    return {**found.describe(), "TagPropagation": getattr(found, "tag_propagation", None)}


@sagemaker.operation("UpdateDomain", in_memory=True)
def update_domain(call: Call) -> Mapping[str, Any]:
    """Settings that are given take the place of those of the same name; others stay. Raises ResourceNotFound."""
    found = domain(call)
    for name, attribute in _SETTINGS.items():
        if name in call.params:
            value = call.params[name]
            before = getattr(found, attribute, None)
            setattr(found, attribute, before | value if isinstance(before, dict) else value)
    changes = dict(call.params.get("DomainSettingsForUpdate") or {})
    if "RStudioServerProDomainSettingsForUpdate" in changes:
        before = (found.domain_settings or {}).get("RStudioServerProDomainSettings") or {}
        changes["RStudioServerProDomainSettings"] = before | changes.pop("RStudioServerProDomainSettingsForUpdate")
    if changes:
        found.domain_settings = (found.domain_settings or {}) | changes
    found.last_modified_time = call.now
    return {"DomainArn": found.arn}


@sagemaker.operation("DeleteDomain")
def delete_domain(call: Call) -> None:
    """Raises ResourceInUse where user profiles, spaces or apps are left."""
    found = domain(call)
    for kind, word in (("app", "App(s)"), ("space", "Space(s)"), ("user-profile", "UserProfile(s)")):
        if any(call.rows.all(kind, f"{found.id}/")):
            message = f"Unable to delete Domain [{found.arn}] because {word} are associated with it."
            raise ServiceError("ResourceInUse", message)
    raise PassOn
