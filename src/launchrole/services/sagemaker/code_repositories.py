"""Git repositories. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateCodeRepository.html"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.account.service import Call
from launchrole.services.sagemaker.base import invalid, keep, listed, put_tags, sagemaker, shown


@sagemaker.operation("CreateCodeRepository")
def create_code_repository(call: Call) -> Mapping[str, Any]:
    name = call.params["CodeRepositoryName"]
    arn = call.arn(f"code-repository/{name.lower()}")
    if call.rows.get("code-repository", name) is not None:
        raise invalid(f"Cannot create already existing code repository. {arn}")
    row = {
        "name": name,
        "CodeRepositoryName": name,
        "CodeRepositoryArn": arn,
        "GitConfig": dict(call.params["GitConfig"]),
        "CreationTime": call.now.timestamp(),
    }
    keep(call, "code-repository", row, "LastModifiedTime")
    put_tags(call, arn, call.params.get("Tags"))
    return {"CodeRepositoryArn": arn}


def _code_repository(call: Call) -> dict[str, Any]:
    name = call.params["CodeRepositoryName"]
    found = call.rows.get("code-repository", name)
    if found is None:
        raise invalid(f"Cannot find CodeRepository: {call.arn(f'code-repository/{name.lower()}')}")
    return dict(found)


@sagemaker.operation("DescribeCodeRepository")
def describe_code_repository(call: Call) -> Mapping[str, Any]:
    return shown(_code_repository(call))


@sagemaker.operation("UpdateCodeRepository")
def update_code_repository(call: Call) -> Mapping[str, Any]:
    row = _code_repository(call)
    row["GitConfig"] |= call.params.get("GitConfig") or {}
    keep(call, "code-repository", row, "LastModifiedTime")
    return {"CodeRepositoryArn": row["CodeRepositoryArn"]}


@sagemaker.operation("DeleteCodeRepository")
def delete_code_repository(call: Call) -> None:
    row = _code_repository(call)
    call.rows.delete("code-repository", row["name"])
    call.rows.delete("tags", row["CodeRepositoryArn"])


@sagemaker.operation("ListCodeRepositories")
def list_code_repositories(call: Call) -> Mapping[str, Any]:
    found, token = listed(call, "code-repository", "CreationTime", "LastModifiedTime", shown)
    return {"CodeRepositorySummaryList": found, "NextToken": token}
