"""AWS CodeCommit: repositories with branches, commits and files, their ids as git makes them.

https://docs.aws.amazon.com/codecommit/latest/APIReference/
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call, Service
from launchrole.services import git
from launchrole.services.paging import page

codecommit = Service("codecommit", whole=True)

_NAME = re.compile(r"[\w.-]{1,100}", re.ASCII)
Files = dict[str, tuple[str, str]]
"""A tree: blob id and mode by path."""


def _error(name: str, message: str) -> ServiceError:
    return ServiceError(name, message)


def _metadata(call: Call, name: str) -> dict[str, Any]:
    found = call.rows.get("repository", name)
    if found is None:
        raise _error("RepositoryDoesNotExistException", f"{name} does not exist")
    return dict(found)


@codecommit.operation("CreateRepository")
def create_repository(call: Call) -> Mapping[str, Any]:
    name = call.params["repositoryName"]
    if _NAME.fullmatch(name) is None or name.endswith(".git"):
        raise _error("InvalidRepositoryNameException", "The repository name is not valid.")
    if call.rows.get("repository", name) is not None:
        raise _error("RepositoryNameExistsException", f"Repository named {name} already exists")
    now = call.now.timestamp()
    metadata = {
        "accountId": call.account,
        "repositoryId": call.new_uuid(),
        "repositoryName": name,
        "repositoryDescription": call.params.get("repositoryDescription"),
        "lastModifiedDate": now,
        "creationDate": now,
        "cloneUrlHttp": f"https://git-codecommit.{call.region}.amazonaws.com/v1/repos/{name}",
        "cloneUrlSsh": f"ssh://git-codecommit.{call.region}.amazonaws.com/v1/repos/{name}",
        "Arn": call.arn(name),
    }
    call.rows.put("repository", name, metadata)
    call.rows.put("tags", name, dict(call.params.get("tags") or {}))
    return {"repositoryMetadata": metadata}


@codecommit.operation("GetRepository")
def get_repository(call: Call) -> Mapping[str, Any]:
    return {"repositoryMetadata": _metadata(call, call.params["repositoryName"])}


@codecommit.operation("BatchGetRepositories")
def batch_get_repositories(call: Call) -> Mapping[str, Any]:
    names = call.params["repositoryNames"]
    found = [one for name in names if (one := call.rows.get("repository", name)) is not None]
    there = {one["repositoryName"] for one in found}
    return {"repositories": found, "repositoriesNotFound": [name for name in names if name not in there]}


@codecommit.operation("ListRepositories")
def list_repositories(call: Call) -> Mapping[str, Any]:
    found = [one for _, one in call.rows.all("repository")]
    if call.params.get("sortBy") == "lastModifiedDate":
        found.sort(key=lambda one: float(one["lastModifiedDate"]))
    if call.params.get("order") == "descending":
        found.reverse()
    rows = [{"repositoryName": one["repositoryName"], "repositoryId": one["repositoryId"]} for one in found]
    bad = _error("InvalidContinuationTokenException", "The continuation token is not valid.")
    shown, token = page(rows, call.params.get("nextToken"), None, default=1000, bad_token=bad)
    return {"repositories": shown, "nextToken": token}


@codecommit.operation("DeleteRepository")
def delete_repository(call: Call) -> Mapping[str, Any]:
    name = call.params["repositoryName"]
    found = call.rows.get("repository", name)
    if found is None:
        return {}  # deleting twice is no error
    call.rows.delete("repository", name)
    call.rows.delete("tags", name)
    call.rows.delete("triggers", name)
    for kind in ("branch", "commit", "blob"):
        for key, _ in list(call.rows.all(kind, f"{name}/")):
            call.rows.delete(kind, key)
    return {"repositoryId": found["repositoryId"]}


@codecommit.operation("UpdateRepositoryDescription")
def update_repository_description(call: Call) -> None:
    metadata = _metadata(call, call.params["repositoryName"])
    metadata["repositoryDescription"] = call.params.get("repositoryDescription")
    _touch(call, metadata)


@codecommit.operation("UpdateRepositoryName")
def update_repository_name(call: Call) -> None:
    """Everything of the repository goes over to the new name.
    https://docs.aws.amazon.com/codecommit/latest/APIReference/API_UpdateRepositoryName.html"""
    old, new = call.params["oldName"], call.params["newName"]
    metadata = _metadata(call, old)
    if _NAME.fullmatch(new) is None or new.endswith(".git"):
        raise _error("InvalidRepositoryNameException", "The repository name is not valid.")
    if call.rows.get("repository", new) is not None:
        raise _error("RepositoryNameExistsException", f"Repository named {new} already exists")
    call.rows.delete("repository", old)
    for kind in ("tags", "triggers"):
        found = call.rows.get(kind, old)
        if found is not None:
            call.rows.delete(kind, old)
            call.rows.put(kind, new, found)
    for kind in ("branch", "commit", "blob"):
        for key, found in list(call.rows.all(kind, f"{old}/")):
            call.rows.delete(kind, key)
            call.rows.put(kind, new + key[len(old) :], found)
    metadata |= {
        "repositoryName": new,
        "cloneUrlHttp": f"https://git-codecommit.{call.region}.amazonaws.com/v1/repos/{new}",
        "cloneUrlSsh": f"ssh://git-codecommit.{call.region}.amazonaws.com/v1/repos/{new}",
        "Arn": call.arn(new),
    }
    _touch(call, metadata)


def _touch(call: Call, metadata: dict[str, Any]) -> None:
    metadata["lastModifiedDate"] = call.now.timestamp()
    call.rows.put("repository", metadata["repositoryName"], metadata)


def _of_arn(call: Call) -> str:
    arn: str = call.params["resourceArn"]
    name = arn.rpartition(":")[2]
    if not arn.startswith(f"arn:{call.partition}:codecommit:"):
        raise _error("InvalidResourceArnException", "The value for the resource ARN is not valid.")
    _metadata(call, name)
    return name


@codecommit.operation("TagResource")
def tag_resource(call: Call) -> None:
    name = _of_arn(call)
    tags = (call.rows.get("tags", name) or {}) | dict(call.params["tags"])
    if len(tags) > 50:
        raise _error(
            "TooManyTagsException", "The maximum number of tags for an AWS CodeCommit resource has been exceeded."
        )
    call.rows.put("tags", name, tags)


@codecommit.operation("UntagResource")
def untag_resource(call: Call) -> None:
    name = _of_arn(call)
    gone = set(call.params["tagKeys"])
    tags = {key: value for key, value in (call.rows.get("tags", name) or {}).items() if key not in gone}
    call.rows.put("tags", name, tags)


@codecommit.operation("ListTagsForResource")
def list_tags_for_resource(call: Call) -> Mapping[str, Any]:
    return {"tags": call.rows.get("tags", _of_arn(call)) or {}}


def _branch(call: Call, repository: str, name: str) -> str:
    found = call.rows.get("branch", f"{repository}/{name}")
    if found is None:
        raise _error("BranchDoesNotExistException", f"Branch {name} does not exist")
    return str(found)


@codecommit.operation("CreateBranch")
def create_branch(call: Call) -> None:
    repository, name = call.params["repositoryName"], call.params["branchName"]
    _metadata(call, repository)
    if call.rows.get("branch", f"{repository}/{name}") is not None:
        raise _error("BranchNameExistsException", f"Branch {name} already exists")
    commit = call.params["commitId"]
    _commit(call, repository, commit)
    call.rows.put("branch", f"{repository}/{name}", commit)


@codecommit.operation("GetBranch")
def get_branch(call: Call) -> Mapping[str, Any]:
    repository, name = call.params.get("repositoryName", ""), call.params.get("branchName", "")
    _metadata(call, repository)
    return {"branch": {"branchName": name, "commitId": _branch(call, repository, name)}}


@codecommit.operation("ListBranches")
def list_branches(call: Call) -> Mapping[str, Any]:
    repository = call.params["repositoryName"]
    _metadata(call, repository)
    return {"branches": [key[len(repository) + 1 :] for key, _ in call.rows.all("branch", f"{repository}/")]}


@codecommit.operation("DeleteBranch")
def delete_branch(call: Call) -> Mapping[str, Any]:
    repository, name = call.params["repositoryName"], call.params["branchName"]
    metadata = _metadata(call, repository)
    if metadata.get("defaultBranch") == name:
        raise _error("DefaultBranchCannotBeDeletedException", "The default branch cannot be deleted.")
    found = call.rows.get("branch", f"{repository}/{name}")
    call.rows.delete("branch", f"{repository}/{name}")
    return {} if found is None else {"deletedBranch": {"branchName": name, "commitId": found}}


@codecommit.operation("UpdateDefaultBranch")
def update_default_branch(call: Call) -> None:
    metadata = _metadata(call, call.params["repositoryName"])
    name = call.params["defaultBranchName"]
    _branch(call, metadata["repositoryName"], name)
    metadata["defaultBranch"] = name
    _touch(call, metadata)


@codecommit.operation("CreateCommit")
def create_commit(call: Call) -> Mapping[str, Any]:
    params = call.params
    puts = []
    for one in params.get("putFiles") or ():
        content = one.get("fileContent")
        if content is None:
            raise _error("FileContentAndSourceFileSpecifiedException", f"No content for {one['filePath']}")
        puts.append((one["filePath"], content, one.get("fileMode", "NORMAL")))
    gone = [one["filePath"] for one in params.get("deleteFiles") or ()]
    modes = {one["filePath"]: one["fileMode"] for one in params.get("setFileModes") or ()}
    made, files = _change(call, puts, gone, modes, params.get("parentCommitId"))
    return {
        "commitId": made["commitId"],
        "treeId": made["treeId"],
        "filesAdded": [_told(path, files) for path in made["added"]],
        "filesUpdated": [_told(path, files) for path in made["updated"]],
        "filesDeleted": [{"absolutePath": path} for path in gone],
    }


def _told(path: str, files: Files) -> dict[str, str]:
    blob, mode = files[path]
    return {"absolutePath": path, "blobId": blob, "fileMode": mode}


@codecommit.operation("PutFile")
def put_file(call: Call) -> Mapping[str, Any]:
    params = call.params
    path = params["filePath"]
    put = (path, params["fileContent"], params.get("fileMode", "NORMAL"))
    made, files = _change(call, [put], [], {}, params.get("parentCommitId"))
    return {"commitId": made["commitId"], "blobId": files[path][0], "treeId": made["treeId"]}


@codecommit.operation("DeleteFile")
def delete_file(call: Call) -> Mapping[str, Any]:
    path = call.params["filePath"]
    before = _files(call, call.params["repositoryName"], call.params["parentCommitId"])
    made, _ = _change(call, [], [path], {}, call.params["parentCommitId"])
    return {
        "commitId": made["commitId"],
        "treeId": made["treeId"],
        "blobId": before[path][0],
        "filePath": path,
    }


def _change(
    call: Call, puts: list[tuple[str, bytes, str]], gone: list[str], modes: Mapping[str, str], parent: str | None
) -> tuple[dict[str, Any], Files]:
    """Commit changes to a branch; the first commit makes the branch, and the repository's default."""
    repository, branch = call.params["repositoryName"], call.params["branchName"]
    metadata = _metadata(call, repository)
    tip = call.rows.get("branch", f"{repository}/{branch}")
    has_commits = any(True for _ in call.rows.all("commit", f"{repository}/"))
    if tip is None and has_commits and parent is None:
        raise _error("ParentCommitIdRequiredException", "A parent commit ID is required.")
    if tip is not None and parent is None:
        raise _error("ParentCommitIdRequiredException", "A parent commit ID is required.")
    if parent is not None and tip is not None and parent != tip:
        raise _error(
            "ParentCommitIdOutdatedException",
            "The parent commit ID is not the current tip of the branch: someone has committed meanwhile.",
        )
    before = _files(call, repository, parent) if parent is not None else {}
    files = dict(before)
    for path, content, mode in puts:
        _check_path(path)
        blob = git.blob_id(content)
        if before.get(path) == (blob, mode):
            raise _error("SameFileContentException", f"The file {path} has the same content already.")
        call.rows.put("blob", f"{repository}/{blob}", base64.b64encode(content).decode())
        files[path] = (blob, mode)
    for path in gone:
        if path not in files:
            raise _error("FileDoesNotExistException", f"The file {path} does not exist.")
        del files[path]
    for path, mode in modes.items():
        if path not in files:
            raise _error("FileDoesNotExistException", f"The file {path} does not exist.")
        files[path] = (files[path][0], mode)
    if files == before:
        raise _error("NoChangeException", "The commit changes nothing.")
    seconds = int(call.now.timestamp())
    author = call.params.get("authorName") or call.params.get("name") or call.caller.rpartition("/")[2]
    email = call.params.get("email") or ""
    message = call.params.get("commitMessage") or ""
    tree = git.tree_ids(files)[""]
    parents = [parent] if parent is not None else []
    identifier = git.commit_id(tree, parents, author, email, seconds, message)
    who = {"name": author, "email": email, "date": f"{seconds} +0000"}
    commit = {
        "commitId": identifier,
        "treeId": tree,
        "parents": parents,
        "message": message,
        "author": who,
        "committer": who,
        "additionalData": "",
    }
    call.rows.put("commit", f"{repository}/{identifier}", {"commit": commit, "files": files})
    call.rows.put("branch", f"{repository}/{branch}", identifier)
    metadata.setdefault("defaultBranch", branch)
    _touch(call, metadata)
    added = [path for path, *_ in puts if path not in before]
    updated = [path for path, *_ in puts if path in before]
    return {**commit, "added": added, "updated": updated}, files


def _check_path(path: str) -> None:
    steps = path.split("/")
    if not path or path.startswith("/") or any(step in ("", ".", "..", ".git") for step in steps):
        raise _error("InvalidPathException", f"The file path {path} is not valid.")


def _commit(call: Call, repository: str, identifier: str) -> dict[str, Any]:
    found = call.rows.get("commit", f"{repository}/{identifier}")
    if found is None:
        raise _error("CommitDoesNotExistException", f"Commit {identifier} does not exist")
    return dict(found)


def _files(call: Call, repository: str, identifier: str) -> Files:
    found = _commit(call, repository, identifier)["files"]
    return {path: (blob, mode) for path, (blob, mode) in found.items()}


def _specified(call: Call, repository: str, specifier: str | None) -> str:
    """The commit that a branch's name or a commit's id stands for; the default branch's without either."""
    metadata = _metadata(call, repository)
    if specifier is None:
        specifier = metadata.get("defaultBranch")
        if specifier is None:
            raise _error("CommitDoesNotExistException", "The repository has no commits.")
    name = specifier.removeprefix("refs/heads/")
    found = call.rows.get("branch", f"{repository}/{name}")
    identifier = specifier if found is None else str(found)
    _commit(call, repository, identifier)
    return identifier


@codecommit.operation("GetCommit")
def get_commit(call: Call) -> Mapping[str, Any]:
    repository = call.params["repositoryName"]
    _metadata(call, repository)
    return {"commit": _commit(call, repository, call.params["commitId"])["commit"]}


@codecommit.operation("GetFile")
def get_file(call: Call) -> Mapping[str, Any]:
    repository, path = call.params["repositoryName"], call.params["filePath"]
    commit = _specified(call, repository, call.params.get("commitSpecifier"))
    files = _files(call, repository, commit)
    if path not in files:
        raise _error("FileDoesNotExistException", f"The file {path} does not exist in the commit {commit}.")
    blob, mode = files[path]
    content = base64.b64decode(call.rows.get("blob", f"{repository}/{blob}") or "")
    return {
        "commitId": commit,
        "blobId": blob,
        "filePath": path,
        "fileMode": mode,
        "fileSize": len(content),
        "fileContent": content,
    }


@codecommit.operation("GetBlob")
def get_blob(call: Call) -> Mapping[str, Any]:
    repository, blob = call.params["repositoryName"], call.params["blobId"]
    _metadata(call, repository)
    found = call.rows.get("blob", f"{repository}/{blob}")
    if found is None:
        raise _error("BlobIdDoesNotExistException", f"Blob {blob} does not exist")
    return {"content": base64.b64decode(found)}


@codecommit.operation("GetFolder")
def get_folder(call: Call) -> Mapping[str, Any]:
    repository = call.params["repositoryName"]
    folder = call.params["folderPath"].strip("/")
    commit = _specified(call, repository, call.params.get("commitSpecifier"))
    files = _files(call, repository, commit)
    trees = git.tree_ids(files)
    if folder not in trees:
        raise _error("FolderDoesNotExistException", f"The folder {folder} does not exist in the commit {commit}.")
    start = f"{folder}/" if folder else ""

    def inside(path: str) -> bool:
        return path != folder and path.startswith(start) and "/" not in path[len(start) :]

    return {
        "commitId": commit,
        "folderPath": folder,
        "treeId": trees[folder],
        "subFolders": [
            {"treeId": tree, "absolutePath": path, "relativePath": path[len(start) :]}
            for path, tree in sorted(trees.items())
            if path and inside(path)
        ],
        "files": [
            {"blobId": blob, "absolutePath": path, "relativePath": path[len(start) :], "fileMode": mode}
            for path, (blob, mode) in sorted(files.items())
            if inside(path)
        ],
        "symbolicLinks": [],
        "subModules": [],
    }


@codecommit.operation("GetDifferences")
def get_differences(call: Call) -> Mapping[str, Any]:
    repository = call.params["repositoryName"]
    after = _files(call, repository, _specified(call, repository, call.params["afterCommitSpecifier"]))
    earlier = call.params.get("beforeCommitSpecifier")
    before = {} if earlier is None else _files(call, repository, _specified(call, repository, earlier))
    differences = []
    for path in sorted(before.keys() | after.keys()):
        if before.get(path) == after.get(path):
            continue
        kind = "A" if path not in before else "D" if path not in after else "M"
        row: dict[str, Any] = {"changeType": kind}
        for name, side in (("beforeBlob", before), ("afterBlob", after)):
            if path in side:
                row[name] = {"blobId": side[path][0], "path": path, "mode": git.MODES[side[path][1]]}
        differences.append(row)
    return {"differences": differences}


@codecommit.operation("PutRepositoryTriggers")
def put_repository_triggers(call: Call) -> Mapping[str, Any]:
    name = call.params["repositoryName"]
    _metadata(call, name)
    row = {"configurationId": call.new_uuid(), "triggers": call.params["triggers"]}
    call.rows.put("triggers", name, row)
    return {"configurationId": row["configurationId"]}


@codecommit.operation("GetRepositoryTriggers")
def get_repository_triggers(call: Call) -> Mapping[str, Any]:
    name = call.params["repositoryName"]
    _metadata(call, name)
    return dict(call.rows.get("triggers", name) or {"configurationId": "", "triggers": []})
