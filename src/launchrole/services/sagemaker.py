"""What moto's SageMaker lacks of the launch role's actions: workteams, code repositories, images and their versions.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call, PassOn, Service
from launchrole.services.paging import page
from launchrole.services.tagging import merged, without

sagemaker = Service("sagemaker")

_OWN = ("workteam/", "code-repository/", "image/", "image-version/")
"""The kinds of resources, as they begin in ARNs, whose tags are kept here."""


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)


def _keep(call: Call, kind: str, row: dict[str, Any], changed: str) -> None:
    row[changed] = call.now.timestamp()
    call.rows.put(kind, row["name"], row)


def _tag(call: Call, arn: str, tags: Any) -> None:
    call.rows.put("tags", arn, list(tags or ()))


def _listed(
    call: Call, kind: str, created: str, changed: str, shown: Callable[[dict[str, Any]], Mapping[str, Any]]
) -> tuple[list[Mapping[str, Any]], str | None]:
    """A page of a list, filtered and sorted as SageMaker's list operations do."""
    params = call.params
    rows = [row for _, row in call.rows.all(kind)]
    for bound, name, after in (
        ("CreationTimeAfter", created, True),
        ("CreationTimeBefore", created, False),
        ("LastModifiedTimeAfter", changed, True),
        ("LastModifiedTimeBefore", changed, False),
    ):
        if bound in params:
            limit = params[bound].timestamp()
            rows = [row for row in rows if (row[name] > limit if after else row[name] < limit)]
    if "NameContains" in params:
        rows = [row for row in rows if params["NameContains"].lower() in row["name"].lower()]
    order = {"CREATION_TIME": created, "CreationTime": created, "CreateDate": created}.get(params.get("SortBy", ""))
    order = order or {"LAST_MODIFIED_TIME": changed, "LastModifiedTime": changed}.get(params.get("SortBy", ""), "name")
    rows.sort(key=lambda row: row[order])
    if params.get("SortOrder", "").upper().startswith("DESC"):
        rows.reverse()
    found, token = page(
        rows, params.get("NextToken"), params.get("MaxResults"), bad_token=_invalid("Invalid pagination token.")
    )
    return [shown(row) for row in found], token


# Workteams.


@sagemaker.operation("CreateWorkteam")
def create_workteam(call: Call) -> Mapping[str, Any]:
    name = call.params["WorkteamName"]
    arn = call.arn(f"workteam/private-crowd/{name}")
    if call.rows.get("workteam", name) is not None:
        raise ServiceError("ResourceInUse", f"Workteam already exists: {arn}")
    workforce = call.params.get("WorkforceName") or "default"
    row = {
        "name": name,
        "WorkteamName": name,
        "MemberDefinitions": call.params["MemberDefinitions"],
        "WorkteamArn": arn,
        "WorkforceArn": call.arn(f"workforce/{workforce}"),
        "Description": call.params["Description"],
        "SubDomain": f"{call.new_id(10)}.labeling.{call.region}.sagemaker.aws",
        "CreateDate": call.now.timestamp(),
    }
    _set_optional(call, row, "NotificationConfiguration", "WorkerAccessConfiguration")
    _keep(call, "workteam", row, "LastUpdatedDate")
    _tag(call, arn, call.params.get("Tags"))
    return {"WorkteamArn": arn}


def _set_optional(call: Call, row: dict[str, Any], *names: str) -> None:
    for name in names:
        if name in call.params:
            row[name] = call.params[name]


def _workteam(call: Call) -> dict[str, Any]:
    found = call.rows.get("workteam", call.params["WorkteamName"])
    if found is None:
        raise _invalid(f"Workteam {call.params['WorkteamName']} does not exist.")
    return dict(found)


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "name"}


@sagemaker.operation("DescribeWorkteam")
def describe_workteam(call: Call) -> Mapping[str, Any]:
    return {"Workteam": _shown(_workteam(call))}


@sagemaker.operation("UpdateWorkteam")
def update_workteam(call: Call) -> Mapping[str, Any]:
    row = _workteam(call)
    names = ("MemberDefinitions", "Description", "NotificationConfiguration", "WorkerAccessConfiguration")
    _set_optional(call, row, *names)
    _keep(call, "workteam", row, "LastUpdatedDate")
    return {"Workteam": _shown(row)}


@sagemaker.operation("DeleteWorkteam")
def delete_workteam(call: Call) -> Mapping[str, Any]:
    row = _workteam(call)
    call.rows.delete("workteam", row["name"])
    call.rows.delete("tags", row["WorkteamArn"])
    return {"Success": True}


@sagemaker.operation("ListWorkteams")
def list_workteams(call: Call) -> Mapping[str, Any]:
    found, token = _listed(call, "workteam", "CreateDate", "LastUpdatedDate", _shown)
    return {"Workteams": found, "NextToken": token}


# Code repositories.


@sagemaker.operation("CreateCodeRepository")
def create_code_repository(call: Call) -> Mapping[str, Any]:
    name = call.params["CodeRepositoryName"]
    arn = call.arn(f"code-repository/{name.lower()}")
    if call.rows.get("code-repository", name) is not None:
        raise _invalid(f"Cannot create already existing code repository. {arn}")
    row = {
        "name": name,
        "CodeRepositoryName": name,
        "CodeRepositoryArn": arn,
        "GitConfig": dict(call.params["GitConfig"]),
        "CreationTime": call.now.timestamp(),
    }
    _keep(call, "code-repository", row, "LastModifiedTime")
    _tag(call, arn, call.params.get("Tags"))
    return {"CodeRepositoryArn": arn}


def _code_repository(call: Call) -> dict[str, Any]:
    name = call.params["CodeRepositoryName"]
    found = call.rows.get("code-repository", name)
    if found is None:
        raise _invalid(f"Cannot find CodeRepository: {call.arn(f'code-repository/{name.lower()}')}")
    return dict(found)


@sagemaker.operation("DescribeCodeRepository")
def describe_code_repository(call: Call) -> Mapping[str, Any]:
    return _shown(_code_repository(call))


@sagemaker.operation("UpdateCodeRepository")
def update_code_repository(call: Call) -> Mapping[str, Any]:
    row = _code_repository(call)
    row["GitConfig"] |= call.params.get("GitConfig") or {}
    _keep(call, "code-repository", row, "LastModifiedTime")
    return {"CodeRepositoryArn": row["CodeRepositoryArn"]}


@sagemaker.operation("DeleteCodeRepository")
def delete_code_repository(call: Call) -> None:
    row = _code_repository(call)
    call.rows.delete("code-repository", row["name"])
    call.rows.delete("tags", row["CodeRepositoryArn"])


@sagemaker.operation("ListCodeRepositories")
def list_code_repositories(call: Call) -> Mapping[str, Any]:
    found, token = _listed(call, "code-repository", "CreationTime", "LastModifiedTime", _shown)
    return {"CodeRepositorySummaryList": found, "NextToken": token}


# Images.


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
    _set_optional(call, row, "Description", "DisplayName")
    _keep(call, "image", row, "LastModifiedTime")
    _tag(call, arn, call.params.get("Tags"))
    return {"ImageArn": arn}


def _image(call: Call) -> dict[str, Any]:
    name = call.params["ImageName"].lower()
    found = call.rows.get("image", name)
    if found is None:
        raise ServiceError("ResourceNotFound", f"No Image with the name {name} found.")
    return dict(found)


@sagemaker.operation("DescribeImage")
def describe_image(call: Call) -> Mapping[str, Any]:
    return _shown(_image(call))


@sagemaker.operation("UpdateImage")
def update_image(call: Call) -> Mapping[str, Any]:
    row = _image(call)
    for name in call.params.get("DeleteProperties") or ():
        row.pop(name, None)
    _set_optional(call, row, "Description", "DisplayName", "RoleArn")
    _keep(call, "image", row, "LastModifiedTime")
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
    found, token = _listed(
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
    _set_optional(call, row, *_VERSION_SETTINGS)
    _keep(call, "image-version", row, "LastModifiedTime")
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
    bad = _invalid("Invalid pagination token.")
    found, token = page(rows, call.params.get("NextToken"), call.params.get("MaxResults"), bad_token=bad)
    return {"ImageVersions": found, "NextToken": token}


# Tags.


def _own_tags(call: Call) -> tuple[str, list[dict[str, str]]]:
    """The tags of a resource that is kept here; others are moto's."""
    arn = call.params["ResourceArn"]
    if not arn.partition(":sagemaker:")[2].split(":", 2)[-1].startswith(_OWN):
        raise PassOn
    found = call.rows.get("tags", arn)
    if found is None:
        raise _invalid(f"Could not find the resource {arn}.")
    return arn, list(found)


@sagemaker.operation("AddTags")
def add_tags(call: Call) -> Mapping[str, Any]:
    arn, tags = _own_tags(call)
    tags = merged(tags, call.params["Tags"])
    call.rows.put("tags", arn, tags)
    return {"Tags": tags}


@sagemaker.operation("DeleteTags")
def delete_tags(call: Call) -> None:
    arn, tags = _own_tags(call)
    call.rows.put("tags", arn, without(tags, call.params["TagKeys"]))


@sagemaker.operation("ListTags")
def list_tags(call: Call) -> Mapping[str, Any]:
    found, token = page(_own_tags(call)[1], call.params.get("NextToken"), call.params.get("MaxResults"))
    return {"Tags": found, "NextToken": token}
