"""What is in a domain: user profiles, spaces, apps; lifecycle configurations of apps.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateUserProfile.html
https://docs.aws.amazon.com/sagemaker/latest/dg/domain-user-profile-remove.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call
from launchrole.services.sagemaker.base import (
    forget,
    invalid,
    keep,
    listed,
    put_tags,
    sagemaker,
    set_optional,
    shown,
    summary,
)
from launchrole.services.sagemaker.domains import domain


def _new(call: Call, kind: str, key: str, arn_member: str, word: str) -> dict[str, Any]:
    """The row of a new resource in a domain. Raises ResourceInUse where its name is taken."""
    arn = call.arn(f"{kind}/{key}")
    if call.rows.get(kind, key) is not None:
        raise ServiceError("ResourceInUse", f"{word} [{arn}] already exists.")
    row = {"name": key, "DomainId": call.params["DomainId"], arn_member: arn, "CreationTime": call.now.timestamp()}
    row["Status"] = "InService"
    return row


def _existing(call: Call, kind: str, key: str, word: str) -> dict[str, Any]:
    found = call.rows.get(kind, key)
    if found is None:
        raise ServiceError("ResourceNotFound", f"{word} [{call.arn(f'{kind}/{key}')}] does not exist.")
    return dict(found)


def _in_use(word: str, arn: str, what: str) -> ServiceError:
    return ServiceError("ResourceInUse", f"Unable to delete {word} [{arn}] because {what} are associated with it.")


def _given(call: Call, **wanted: str) -> Callable[[dict[str, Any]], bool]:
    """Has a row what the filters of a list ask for? A filter with `Contains` in its name asks for a part."""

    def fits(row: dict[str, Any]) -> bool:
        for parameter, member in wanted.items():
            value, found = call.params.get(parameter), row.get(member) or ""
            if value is None:
                continue
            if value.lower() not in found.lower() if parameter.endswith("Contains") else value != found:
                return False
        return True

    return fits


# User profiles.


def _profile_key(call: Call) -> str:
    return f"{call.params['DomainId']}/{call.params['UserProfileName']}"


@sagemaker.operation("CreateUserProfile")
def create_user_profile(call: Call) -> Mapping[str, Any]:
    """Raises ResourceNotFound (the domain), ResourceInUse, ValidationException (single sign-on without SSO)."""
    mode = domain(call).auth_mode
    if mode == "IAM" and "SingleSignOnUserValue" in call.params:
        raise invalid("A single sign-on user cannot be given in a domain with the authentication mode IAM.")
    row = _new(call, "user-profile", _profile_key(call), "UserProfileArn", "UserProfile")
    row["UserProfileName"] = call.params["UserProfileName"]
    row["HomeEfsFileSystemUid"] = str(200000 + call.random.randrange(100000))
    set_optional(call, row, "SingleSignOnUserIdentifier", "SingleSignOnUserValue", "UserSettings")
    keep(call, "user-profile", row)
    put_tags(call, row["UserProfileArn"], call.params.get("Tags"))
    return {"UserProfileArn": row["UserProfileArn"]}


@sagemaker.operation("DescribeUserProfile")
def describe_user_profile(call: Call) -> Mapping[str, Any]:
    return shown(_existing(call, "user-profile", _profile_key(call), "UserProfile"))


@sagemaker.operation("UpdateUserProfile")
def update_user_profile(call: Call) -> Mapping[str, Any]:
    """Settings that are given take the place of those of the same name; others stay."""
    row = _existing(call, "user-profile", _profile_key(call), "UserProfile")
    if "UserSettings" in call.params:
        row["UserSettings"] = row.get("UserSettings", {}) | call.params["UserSettings"]
    keep(call, "user-profile", row)
    return {"UserProfileArn": row["UserProfileArn"]}


@sagemaker.operation("DeleteUserProfile")
def delete_user_profile(call: Call) -> None:
    """Raises ResourceInUse where the profile has apps or owns spaces."""
    row = _existing(call, "user-profile", _profile_key(call), "UserProfile")
    within, name = f"{row['DomainId']}/", row["UserProfileName"]
    if any(app.get("UserProfileName") == name for _, app in call.rows.all("app", within)):
        raise _in_use("UserProfile", row["UserProfileArn"], "App(s)")
    for _, space in call.rows.all("space", within):
        if space.get("OwnershipSettings", {}).get("OwnerUserProfileName") == name:
            raise _in_use("UserProfile", row["UserProfileArn"], "Space(s)")
    forget(call, "user-profile", row, row["UserProfileArn"])


@sagemaker.operation("ListUserProfiles")
def list_user_profiles(call: Call) -> Mapping[str, Any]:
    members = summary("DomainId", "UserProfileName", "Status", "CreationTime", "LastModifiedTime")
    where = _given(call, DomainIdEquals="DomainId", UserProfileNameContains="UserProfileName")
    found, token = listed(call, "user-profile", "CreationTime", "LastModifiedTime", members, where=where)
    return {"UserProfiles": found, "NextToken": token}


# Spaces.


def _space_key(call: Call) -> str:
    return f"{call.params['DomainId']}/{call.params['SpaceName']}"


@sagemaker.operation("CreateSpace")
def create_space(call: Call) -> Mapping[str, Any]:
    """Raises ResourceNotFound (the domain, the owner's profile), ResourceInUse."""
    domain(call)
    owner = call.params.get("OwnershipSettings", {}).get("OwnerUserProfileName")
    if owner is not None:
        _existing(call, "user-profile", f"{call.params['DomainId']}/{owner}", "UserProfile")
    row = _new(call, "space", _space_key(call), "SpaceArn", "Space")
    row["SpaceName"] = call.params["SpaceName"]
    row["HomeEfsFileSystemUid"] = str(200000 + call.random.randrange(100000))
    row["Url"] = f"https://{row['DomainId']}.studio.{call.region}.sagemaker.aws/jupyterlab/{row['SpaceName']}"
    set_optional(call, row, "SpaceSettings", "OwnershipSettings", "SpaceSharingSettings", "SpaceDisplayName")
    keep(call, "space", row)
    put_tags(call, row["SpaceArn"], call.params.get("Tags"))
    return {"SpaceArn": row["SpaceArn"]}


@sagemaker.operation("DescribeSpace")
def describe_space(call: Call) -> Mapping[str, Any]:
    return shown(_existing(call, "space", _space_key(call), "Space"))


@sagemaker.operation("UpdateSpace")
def update_space(call: Call) -> Mapping[str, Any]:
    """Settings that are given take the place of those of the same name; others stay."""
    row = _existing(call, "space", _space_key(call), "Space")
    if "SpaceSettings" in call.params:
        row["SpaceSettings"] = row.get("SpaceSettings", {}) | call.params["SpaceSettings"]
    set_optional(call, row, "SpaceDisplayName")
    keep(call, "space", row)
    return {"SpaceArn": row["SpaceArn"]}


@sagemaker.operation("DeleteSpace")
def delete_space(call: Call) -> None:
    """Raises ResourceInUse where the space has apps."""
    row = _existing(call, "space", _space_key(call), "Space")
    apps = call.rows.all("app", f"{row['DomainId']}/")
    if any(app.get("SpaceName") == row["SpaceName"] for _, app in apps):
        raise _in_use("Space", row["SpaceArn"], "App(s)")
    forget(call, "space", row, row["SpaceArn"])


def _space_summary(row: dict[str, Any]) -> Mapping[str, Any]:
    names = ("DomainId", "SpaceName", "Status", "CreationTime", "LastModifiedTime", "SpaceDisplayName")
    found = summary(*names)(row)
    for member in ("SpaceSettings", "SpaceSharingSettings", "OwnershipSettings"):
        if member in row:
            found[f"{member}Summary"] = row[member]
    return found


@sagemaker.operation("ListSpaces")
def list_spaces(call: Call) -> Mapping[str, Any]:
    where = _given(call, DomainIdEquals="DomainId", SpaceNameContains="SpaceName")
    found, token = listed(call, "space", "CreationTime", "LastModifiedTime", _space_summary, where=where)
    return {"Spaces": found, "NextToken": token}


# Apps.


def _app_key(call: Call) -> str:
    """Raises ValidationException for an app of neither a user profile nor a space, or of both."""
    params = call.params
    owners = [params[name] for name in ("UserProfileName", "SpaceName") if name in params]
    if len(owners) != 1:
        raise invalid("Exactly one of UserProfileName and SpaceName must be given.")
    return f"{params['DomainId']}/{owners[0]}/{params['AppType']}/{params['AppName']}"


@sagemaker.operation("CreateApp")
def create_app(call: Call) -> Mapping[str, Any]:
    """Raises ResourceNotFound (the domain, the profile or the space), ResourceInUse, ValidationException."""
    domain(call)
    key = _app_key(call)
    if "SpaceName" in call.params:
        _existing(call, "space", _space_key(call), "Space")
    else:
        _existing(call, "user-profile", _profile_key(call), "UserProfile")
    row = _new(call, "app", key, "AppArn", "App")
    set_optional(call, row, "UserProfileName", "SpaceName", "AppType", "AppName", "ResourceSpec", "RecoveryMode")
    keep(call, "app", row)
    put_tags(call, row["AppArn"], call.params.get("Tags"))
    return {"AppArn": row["AppArn"]}


@sagemaker.operation("DescribeApp")
def describe_app(call: Call) -> Mapping[str, Any]:
    return shown(_existing(call, "app", _app_key(call), "App"))


@sagemaker.operation("DeleteApp")
def delete_app(call: Call) -> None:
    row = _existing(call, "app", _app_key(call), "App")
    forget(call, "app", row, row["AppArn"])


@sagemaker.operation("ListApps")
def list_apps(call: Call) -> Mapping[str, Any]:
    names = ("DomainId", "UserProfileName", "SpaceName", "AppType", "AppName", "Status", "CreationTime", "ResourceSpec")
    where = _given(
        call, DomainIdEquals="DomainId", UserProfileNameEquals="UserProfileName", SpaceNameEquals="SpaceName"
    )
    found, token = listed(call, "app", "CreationTime", "LastModifiedTime", summary(*names), where=where)
    return {"Apps": found, "NextToken": token}


# Lifecycle configurations.


@sagemaker.operation("CreateStudioLifecycleConfig")
def create_studio_lifecycle_config(call: Call) -> Mapping[str, Any]:
    """Raises ResourceInUse."""
    name = call.params["StudioLifecycleConfigName"]
    arn = call.arn(f"studio-lifecycle-config/{name}")
    if call.rows.get("studio-lifecycle-config", name) is not None:
        raise ServiceError("ResourceInUse", f"StudioLifecycleConfig [{arn}] already exists.")
    row = {"name": name, "StudioLifecycleConfigArn": arn, "CreationTime": call.now.timestamp()}
    members = ("StudioLifecycleConfigName", "StudioLifecycleConfigContent", "StudioLifecycleConfigAppType")
    set_optional(call, row, *members)
    keep(call, "studio-lifecycle-config", row)
    put_tags(call, arn, call.params.get("Tags"))
    return {"StudioLifecycleConfigArn": arn}


def _lifecycle_config(call: Call) -> dict[str, Any]:
    name = call.params["StudioLifecycleConfigName"]
    found = call.rows.get("studio-lifecycle-config", name)
    if found is None:
        raise ServiceError("ResourceNotFound", f"StudioLifecycleConfig {name} does not exist.")
    return dict(found)


@sagemaker.operation("DescribeStudioLifecycleConfig")
def describe_studio_lifecycle_config(call: Call) -> Mapping[str, Any]:
    return shown(_lifecycle_config(call))


@sagemaker.operation("DeleteStudioLifecycleConfig")
def delete_studio_lifecycle_config(call: Call) -> None:
    row = _lifecycle_config(call)
    forget(call, "studio-lifecycle-config", row, row["StudioLifecycleConfigArn"])


@sagemaker.operation("ListStudioLifecycleConfigs")
def list_studio_lifecycle_configs(call: Call) -> Mapping[str, Any]:
    names = ("StudioLifecycleConfigArn", "StudioLifecycleConfigName", "StudioLifecycleConfigAppType")
    members = summary(*names, "CreationTime", "LastModifiedTime")
    where = _given(call, AppTypeEquals="StudioLifecycleConfigAppType")
    kind = "studio-lifecycle-config"
    found, token = listed(call, kind, "CreationTime", "LastModifiedTime", members, where=where)
    return {"StudioLifecycleConfigs": found, "NextToken": token}
