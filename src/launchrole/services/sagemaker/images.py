"""Images and their versions. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateImageVersion.html"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call
from launchrole.services.paging import page
from launchrole.services.sagemaker.base import invalid, keep, listed, put_tags, sagemaker, set_optional, shown


@sagemaker.operation("CreateImage")
def create_image(call: Call) -> Mapping[str, Any]:
    name = call.params["ImageName"]
    arn = call.arn(f"image/{name.lower()}")
    if call.rows.get("image", name.lower()) is not None:
        raise ServiceError("ResourceInUse", f"Image {arn} already exists.")
    row = {
        "name": name.lower(),
        "ImageName": name,
        "ImageArn": arn,
        "RoleArn": call.params["RoleArn"],
        "ImageStatus": "CREATED",
        "CreationTime": call.now.timestamp(),
    }
    set_optional(call, row, "Description", "DisplayName")
    keep(call, "image", row, "LastModifiedTime")
    put_tags(call, arn, call.params.get("Tags"))
    return {"ImageArn": arn}


def _image(call: Call) -> dict[str, Any]:
    name = call.params["ImageName"].lower()
    found = call.rows.get("image", name)
    if found is None:
        raise ServiceError("ResourceNotFound", f"No Image with the name {name} found.")
    return dict(found)


@sagemaker.operation("DescribeImage")
def describe_image(call: Call) -> Mapping[str, Any]:
    return shown(_image(call))


@sagemaker.operation("UpdateImage")
def update_image(call: Call) -> Mapping[str, Any]:
    row = _image(call)
    for name in call.params.get("DeleteProperties") or ():
        row.pop(name, None)
    set_optional(call, row, "Description", "DisplayName", "RoleArn")
    keep(call, "image", row, "LastModifiedTime")
    return {"ImageArn": row["ImageArn"]}


@sagemaker.operation("DeleteImage")
def delete_image(call: Call) -> None:
    row = _image(call)
    for key, version in list(call.rows.all("image-version", f"{row['name']}/")):
        call.rows.delete("image-version", key)
        call.rows.delete("tags", version["ImageVersionArn"])
    call.rows.delete("image", row["name"])
    call.rows.delete("tags", row["ImageArn"])


@sagemaker.operation("ListImages")
def list_images(call: Call) -> Mapping[str, Any]:
    found, token = listed(
        call,
        "image",
        "CreationTime",
        "LastModifiedTime",
        lambda row: {name: value for name, value in row.items() if name not in ("name", "RoleArn")},
    )
    return {"Images": found, "NextToken": token}


_VERSION_SETTINGS = (
    "VendorGuidance",
    "JobType",
    "MLFramework",
    "ProgrammingLang",
    "Processor",
    "Horovod",
    "ReleaseNotes",
)


@sagemaker.operation("CreateImageVersion")
def create_image_version(call: Call) -> Mapping[str, Any]:
    image = _image(call)
    token = call.params["ClientToken"]
    versions = _versions(call, image)
    same = next((one for one in versions if one["token"] == token), None)
    if same is not None:
        return {"ImageVersionArn": same["ImageVersionArn"]}
    number = max((one["Version"] for one in versions), default=0) + 1
    arn = call.arn(f"image-version/{image['name']}/{number}")
    row = {
        "name": f"{image['name']}/{number:08d}",
        "token": token,
        "aliases": list(call.params.get("Aliases") or ()),
        "BaseImage": call.params["BaseImage"],
        "ContainerImage": call.params["BaseImage"],
        "CreationTime": call.now.timestamp(),
        "ImageArn": image["ImageArn"],
        "ImageVersionArn": arn,
        "ImageVersionStatus": "CREATED",
        "Version": number,
    }
    set_optional(call, row, *_VERSION_SETTINGS)
    keep(call, "image-version", row, "LastModifiedTime")
    return {"ImageVersionArn": arn}


def _versions(call: Call, image: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [row for _, row in call.rows.all("image-version", f"{image['name']}/")]


def _version(call: Call) -> dict[str, Any]:
    """The version that a call names, by its number or an alias; the newest without either."""
    image = _image(call)
    number, alias = call.params.get("Version"), call.params.get("Alias")
    found = [
        row
        for row in _versions(call, image)
        if number in (None, row["Version"]) and (alias is None or alias in row["aliases"])
    ]
    if not found:
        wanted = f"version {number}" if number is not None else f"alias {alias}" if alias else "a version"
        raise ServiceError("ResourceNotFound", f"Image {image['ImageName']} has no {wanted.removeprefix('a ')}.")
    return found[-1]


_OWN_FIELDS = ("name", "token", "aliases")


@sagemaker.operation("DescribeImageVersion")
def describe_image_version(call: Call) -> Mapping[str, Any]:
    return {name: value for name, value in _version(call).items() if name not in _OWN_FIELDS}


@sagemaker.operation("UpdateImageVersion")
def update_image_version(call: Call) -> Mapping[str, Any]:
    """An alias names one version of an image: adding it here takes it from the version that had it. Raises
    ResourceNotFound. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateImageVersion.html"""
    row = _version(call)
    added = call.params.get("AliasesToAdd") or []
    gone = {*(call.params.get("AliasesToDelete") or ()), *added}
    for other in _versions(call, _image(call)):
        if other["name"] != row["name"] and set(added) & set(other["aliases"]):
            other["aliases"] = [alias for alias in other["aliases"] if alias not in added]
            call.rows.put("image-version", other["name"], other)
    row["aliases"] = [*(alias for alias in row["aliases"] if alias not in gone), *added]
    set_optional(call, row, *_VERSION_SETTINGS)
    keep(call, "image-version", row, "LastModifiedTime")
    return {"ImageVersionArn": row["ImageVersionArn"]}


@sagemaker.operation("ListAliases")
def list_aliases(call: Call) -> Mapping[str, Any]:
    """The aliases of an image's versions, or of one of them."""
    versions = [_version(call)] if {"Version", "Alias"} & set(call.params) else _versions(call, _image(call))
    aliases = sorted(alias for one in versions for alias in one["aliases"])
    bad = invalid("Invalid pagination token.")
    found, token = page(aliases, call.params.get("NextToken"), call.params.get("MaxResults"), bad_token=bad)
    return {"SageMakerImageVersionAliases": found, "NextToken": token}


@sagemaker.operation("DeleteImageVersion")
def delete_image_version(call: Call) -> None:
    row = _version(call)
    call.rows.delete("image-version", row["name"])


@sagemaker.operation("ListImageVersions")
def list_image_versions(call: Call) -> Mapping[str, Any]:
    image = _image(call)
    names = ("CreationTime", "ImageArn", "ImageVersionArn", "ImageVersionStatus", "LastModifiedTime", "Version")
    rows = [{name: row[name] for name in names} for row in _versions(call, image)]
    if call.params.get("SortOrder", "DESCENDING") == "DESCENDING":
        rows.reverse()
    bad = invalid("Invalid pagination token.")
    found, token = page(rows, call.params.get("NextToken"), call.params.get("MaxResults"), bad_token=bad)
    return {"ImageVersions": found, "NextToken": token}
