"""Repositories, with the seed code that a template names.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-codecommit-repository-code.html
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.services.cloudformation.handlers.action import Action, Failed, Resource
from launchrole.services.cloudformation.handlers.declared import Declared
from launchrole.services.cloudformation.handlers.handler import PossibleCall, calls_of
from launchrole.services.cloudformation.handlers.registry import handles

_FILES_LIMIT = 2000
_BYTES_LIMIT = 64 * 1024 * 1024
"""What seed code may unpack to here: an archive must not fill the memory."""


@handles("AWS::CodeCommit::Repository")
class Repository(Declared):
    own_calls: Mapping[str, tuple[PossibleCall, ...]] = {
        "create": (*calls_of("s3", "GetObject"), *calls_of("codecommit", "PutRepositoryTriggers", "CreateCommit"))
    }

    def create(self, action: Action, properties: Mapping[str, Any]) -> None:
        code = properties.get("Code")
        files = None if code is None else self._files(action, code)
        super().create(action, {name: one for name, one in properties.items() if name != "Code"})
        if properties.get("Triggers"):
            triggers = [
                {name[0].lower() + name[1:]: each for name, each in one.items()} for one in properties["Triggers"]
            ]
            params = {"repositoryName": properties["RepositoryName"], "triggers": triggers}
            action.call("codecommit", "PutRepositoryTriggers", params)
        if files:
            put = [{"filePath": path, "fileContent": content} for path, content in sorted(files.items())]
            commit = {
                "repositoryName": properties["RepositoryName"],
                "branchName": (code or {}).get("BranchName", "main"),
                "putFiles": put,
                "commitMessage": "Initial commit by AWS CloudFormation",
                "authorName": "AWS CloudFormation",
            }
            action.call("codecommit", "CreateCommit", commit)

    def update(self, action: Action, old: Resource, properties: Mapping[str, Any], changed: frozenset[str]) -> None:
        super().update(action, old, properties, changed - {"Code"})

    def _files(self, action: Action, code: Mapping[str, Any]) -> dict[str, bytes]:
        """The files of the archive in S3. What S3 refuses is told as the older handler tells it."""
        place = code.get("S3") if isinstance(code, dict) else None
        if not isinstance(place, dict):
            raise Failed("Value of property Code must be an object with S3, the place of an archive")
        params = {"Bucket": place.get("Bucket"), "Key": place.get("Key")}
        if place.get("ObjectVersion"):
            params["VersionId"] = place["ObjectVersion"]
        try:
            answer = action.call("s3", "GetObject", params)
        except ServiceError as problem:
            told = {403: "Forbidden", 404: "Not Found"}.get(problem.status, problem.message)
            raise Failed(
                f"{told} (Service: Amazon S3; Status Code: {problem.status}; Error Code: {problem.status} {told}; "
                f"Request ID: {action.token}; S3 Extended Request ID: {action.token}; Proxy: null)"
            ) from None
        data = answer["Body"]
        data = data if isinstance(data, bytes) else data.read()
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                entries = [one for one in archive.infolist() if not one.is_dir()]
                if len(entries) > _FILES_LIMIT or sum(one.file_size for one in entries) > _BYTES_LIMIT:
                    raise Failed("The archive with the repository's code is too large")
                return {one.filename: archive.read(one) for one in entries}
        except zipfile.BadZipFile:
            raise Failed(f"The object {place.get('Key')} in {place.get('Bucket')} is no ZIP archive") from None
