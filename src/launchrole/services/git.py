"""Git objects: their ids are SHA-1 digests of what git would store.

https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

MODES = {"NORMAL": "100644", "EXECUTABLE": "100755", "SYMLINK": "120000"}
"""CodeCommit's names of git's file modes."""


def blob_id(content: bytes) -> str:
    return _id("blob", content)


def _id(kind: str, content: bytes) -> str:
    return hashlib.sha1(b"%s %d\0" % (kind.encode(), len(content)) + content, usedforsecurity=False).hexdigest()


def tree_ids(files: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """The ids of all folders of a tree, by their paths, the root's under an empty path. `files` gives each file's blob
    id and mode by its path."""
    folders: dict[str, dict[str, tuple[str, str]]] = {"": {}}
    for path, (blob, mode) in files.items():
        *parents, name = path.split("/")
        for depth in range(len(parents)):
            folders.setdefault("/".join(parents[: depth + 1]), {})
        folders["/".join(parents)][name] = (MODES[mode], blob)
    ids: dict[str, str] = {}
    for folder in sorted(folders, key=lambda path: path.count("/") + bool(path), reverse=True):
        entries = dict(folders[folder])
        for other, identifier in ids.items():
            parent, _, name = other.rpartition("/")
            if parent == folder and other:
                entries[name] = ("40000", identifier)
        content = b"".join(
            f"{mode} {name}".encode() + b"\0" + bytes.fromhex(identifier)
            for name, (mode, identifier) in sorted(
                entries.items(), key=lambda item: item[0] + ("/" if item[1][0] == "40000" else "")
            )
        )
        ids[folder] = _id("tree", content)
    return ids


def commit_id(tree: str, parents: list[str], author: str, email: str, seconds: int, message: str) -> str:
    who = f"{author} <{email}> {seconds} +0000"
    lines = [f"tree {tree}", *(f"parent {one}" for one in parents), f"author {who}", f"committer {who}", "", message]
    return _id("commit", "\n".join(lines).encode())
