"""Roles as the AWS CLI exports them: the answers of IAM's reading operations, saved as JSON files.

Files are known by what they hold, whatever their names and folders: `get-role`, `list-attached-role-policies`,
`list-role-policies`, `get-role-policy`, `get-policy`, `get-policy-version`, `get-account-authorization-details` (also
several pages of it). The answer of `get-policy-version` does not say which policy it is of: it has the policy's name in
its file's name, or is the only one that is missing.
https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote

from launchrole.policy import document
from launchrole.policy.document import PolicyKind
from launchrole.policy.errors import PolicyError
from launchrole.preflights.errors import PreflightError
from launchrole.preflights.managed import managed_policy
from launchrole.preflights.reading import read
from launchrole.preflights.subject import Policy, Role, World

T = TypeVar("T")
_MOST_FILES = 5000
_ROLE_ARN = re.compile(r"arn:[\w-]+:iam::\d{12}:role/.+")
_LONGEST = 64 * 1024 * 1024


@dataclass
class _Export:
    """What was found in the files, and in which."""

    place: str
    roles: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    attached: dict[str, list[Mapping[str, str]]] = field(default_factory=dict)
    """Lists of attached policies by the stem of the file, or the name of the role."""
    listed: dict[str, list[str]] = field(default_factory=dict)
    inline: dict[tuple[str, str], str] = field(default_factory=dict)
    defaults: dict[str, str] = field(default_factory=dict)
    """The default versions of managed policies by ARN."""
    documents: dict[tuple[str, str], str] = field(default_factory=dict)
    """Documents of managed policies by ARN and version."""
    loose: list[tuple[Path, str, str]] = field(default_factory=list)
    """Documents of `get-policy-version`: file, version, text."""
    is_complete: bool = False


def exported(path: str, role: str | None) -> tuple[Role, World]:
    """A role, and all others, of an account that was exported to a file or a folder. Raises `PreflightError` for what
    is missing, with the command that gets it."""
    export = _with_roles(path)
    wanted = _wanted(export, role)
    roles = {}
    for arn, one in export.roles.items():
        roles[arn] = _role(export, one, strict=arn == wanted)
    return roles[wanted], World(roles, is_complete=export.is_complete)


@dataclass(frozen=True)
class Exported:
    """The roles of an account; of those of which something is missing, by ARN, what it is."""

    roles: tuple[Role, ...]
    incomplete: Mapping[str, str]


def all_exported(path: str) -> Exported:
    """Every role that was exported to a file or a folder, with all its policies. Raises `PreflightError`."""
    export = _with_roles(path)
    roles = []
    incomplete = {}
    for arn, one in export.roles.items():
        try:
            roles.append(_role(export, one))
        except PreflightError as problem:
            incomplete[arn] = str(problem)
    return Exported(tuple(roles), incomplete)


def _with_roles(path: str) -> _Export:
    export = _read(Path(path))
    if not export.roles:
        raise PreflightError(f"{path} holds no role: save the answer of `aws iam get-role --role-name NAME` in it")
    return export


def _wanted(export: _Export, role: str | None) -> str:
    if role is None:
        if len(export.roles) == 1:
            return next(iter(export.roles))
        raise PreflightError(f"{export.place} holds {len(export.roles)} roles: say which one by --role NAME")
    for arn, one in export.roles.items():
        if role in (arn, one["RoleName"]):
            return arn
    known = ", ".join(sorted(one["RoleName"] for one in export.roles.values())[:10])
    name = role.rpartition("/")[2]
    raise PreflightError(
        f"{export.place} holds no role {role}; it has {known}. Save the answer of `aws iam get-role --role-name {name}`"
    )


# Reading


def _read(path: Path) -> _Export:
    export = _Export(str(path))
    for file in _files(path):
        try:
            data = json.loads(read(str(file), _LONGEST))
        except (ValueError, RecursionError) as problem:
            raise PreflightError(f"{file} is not JSON: {problem}") from None
        for one in data if isinstance(data, list) else [data]:
            if isinstance(one, Mapping):
                try:
                    _take(export, file, one)
                except (KeyError, TypeError, AttributeError) as problem:
                    raise PreflightError(_unlike(file, problem)) from None
    return export


def _unlike(file: Path, problem: Exception) -> str:
    """What is said of a file that has the members of an answer of IAM's, and not those that belong to them."""
    lacks = f"it lacks {problem.args[0]}" if isinstance(problem, KeyError) else "a member is of another type"
    return f"{file} is no answer of IAM's as the AWS CLI writes it: {lacks}. Save the answer as a whole"


def _files(path: Path) -> Iterator[Path]:
    if not path.exists():
        raise PreflightError(f"{path} does not exist; name the folder or the file of exported roles")
    if path.is_file():
        yield path
        return
    found = sorted(one for one in path.rglob("*.json") if one.is_file())
    if not found:
        raise PreflightError(f"{path} holds no .json file; save answers of `aws iam get-role` and its kin in it")
    if len(found) > _MOST_FILES:
        raise PreflightError(f"{path} holds more than {_MOST_FILES:,} .json files; name the folder of the roles")
    yield from found


def _take(export: _Export, file: Path, data: Mapping[str, Any]) -> None:
    """What a file holds, known by its members; a file of another kind is left alone."""
    if "RoleDetailList" in data:
        _take_details(export, data)
    elif isinstance(data.get("Role"), Mapping) and "Arn" in data["Role"]:
        _take_role(export, data["Role"])
    elif "AttachedPolicies" in data:
        export.attached[_of(file)] = _attached(data["AttachedPolicies"])
    elif "PolicyNames" in data:
        export.listed[_of(file)] = list(data["PolicyNames"])
    elif "RoleName" in data and "PolicyName" in data and "PolicyDocument" in data:
        export.inline[data["RoleName"], data["PolicyName"]] = _text(data["PolicyDocument"])
    elif isinstance(data.get("Policy"), Mapping) and "DefaultVersionId" in data["Policy"]:
        export.defaults[data["Policy"]["Arn"]] = data["Policy"]["DefaultVersionId"]
    elif isinstance(data.get("PolicyVersion"), Mapping) and "Document" in data["PolicyVersion"]:
        version = data["PolicyVersion"]
        export.loose.append((file, str(version.get("VersionId", "")), _text(version["Document"])))


def _take_role(export: _Export, role: Mapping[str, Any]) -> str:
    """A role with all that it is read for later on; its name is returned. Raises KeyError, TypeError and AttributeError
    where something is not as IAM gives it."""
    tags = [(one["Key"], one["Value"]) for one in role.get("Tags") or ()]
    boundary = role.get("PermissionsBoundary") or {}
    read = {
        **role,
        "RoleName": str(role["RoleName"]),
        "Arn": str(role["Arn"]),
        "AssumeRolePolicyDocument": role["AssumeRolePolicyDocument"],
        "Tags": [{"Key": key, "Value": value} for key, value in tags],
        "PermissionsBoundary": {"PermissionsBoundaryArn": boundary["PermissionsBoundaryArn"]} if boundary else None,
    }
    if _ROLE_ARN.fullmatch(read["Arn"]) is None:
        raise TypeError(read["Arn"])
    export.roles[read["Arn"]] = read
    return str(read["RoleName"])


def _take_details(export: _Export, data: Mapping[str, Any]) -> None:
    """A page of GetAccountAuthorizationDetails: the account as a whole."""
    export.is_complete = True
    for role in data["RoleDetailList"]:
        name = _take_role(export, role)
        export.attached[name] = _attached(role.get("AttachedManagedPolicies") or ())
        for policy in role.get("RolePolicyList") or ():
            export.inline[name, policy["PolicyName"]] = _text(policy["PolicyDocument"])
        export.listed[name] = [one["PolicyName"] for one in role.get("RolePolicyList") or ()]
    for policy in data.get("Policies") or ():
        export.defaults[policy["Arn"]] = policy["DefaultVersionId"]
        for version in policy.get("PolicyVersionList") or ():
            if "Document" in version:
                export.documents[policy["Arn"], version["VersionId"]] = _text(version["Document"])


def _attached(policies: Any) -> list[Mapping[str, str]]:
    return [{"PolicyArn": str(one["PolicyArn"])} for one in policies]


def _of(file: Path) -> str:
    """Where a list is found again that does not say whose it is: its file's folder and name."""
    return f"{file.parent.name}/{file.stem}"


def _text(policy: Any) -> str:
    """A policy's text; IAM's API percent-encodes it, the CLI decodes that."""
    if isinstance(policy, str):
        return unquote(policy) if policy.lstrip().startswith("%7B") else policy
    return json.dumps(policy)


# Putting together


def _role(export: _Export, data: Mapping[str, Any], *, strict: bool = True) -> Role:
    """A role with all its policies. Not `strict`: what is missing of a role that is only passed on is left out."""
    name, arn = str(data["RoleName"]), str(data["Arn"])
    trust = _checked(_text(data["AssumeRolePolicyDocument"]), PolicyKind.TRUST, f"the trust policy of {name}")
    policies: list[Policy] = []
    attached = _list_of(export.attached, name, len(export.roles) == 1)
    if attached is None and strict:
        raise _missing(export, f"the list of policies attached to {name}", "list-attached-role-policies", name)
    for one in attached or ():
        policy = _managed(export, one["PolicyArn"], strict)
        policies += [] if policy is None else [policy]
    listed = _list_of(export.listed, name, len(export.roles) == 1)
    own = [policy for role, policy in export.inline if role == name]
    if listed is None and strict:
        raise _missing(export, f"the list of inline policies of {name}", "list-role-policies", name)
    for policy_name in dict.fromkeys([*(listed or ()), *own]):
        text = export.inline.get((name, policy_name))
        if text is None and strict:
            raise _missing(
                export,
                f"the inline policy {policy_name} of {name}",
                f"get-role-policy --policy-name {policy_name}",
                name,
            )
        if text is not None:
            policies.append(Policy(policy_name, _checked(text, PolicyKind.IDENTITY, f"{policy_name} of {name}")))
    boundary = (data.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn")
    tags = {one["Key"]: one["Value"] for one in data.get("Tags") or ()}
    bound = None if boundary is None else _managed(export, boundary, strict)
    return Role(arn, trust, tuple(policies), bound, tags)


def _list_of(lists: Mapping[str, list[T]], role: str, only_role: bool) -> list[T] | None:
    """The list that belongs to a role: the file or its folder is named for the role, or there is one role only."""
    if role in lists:
        return lists[role]
    named = [one for key, one in lists.items() if role.lower() in key.lower()]
    if named:
        return min(named, key=len) if len(named) > 1 else named[0]
    return next(iter(lists.values())) if only_role and len(lists) == 1 else None


def _managed(export: _Export, arn: str, strict: bool) -> Policy | None:
    """A managed policy in its default version: of the export, or for AWS' own the one that is known here."""
    name = arn.rpartition("/")[2]
    version = export.defaults.get(arn)
    text = None if version is None else export.documents.get((arn, version))
    if text is None:
        text = _loose(export, name, version)
    if text is not None:
        return Policy(f"{name}:{version}" if version else name, _checked(text, PolicyKind.IDENTITY, name), arn)
    if ":iam::aws:policy/" in arn:
        known = managed_policy(f"{name}:{version}" if version else name)
        if known is None and version:
            known = managed_policy(name)
        if known is not None:
            return known
    if not strict:
        return None
    wanted = f"get-policy-version --policy-arn {arn} --version-id {version or 'VERSION'}"
    raise PreflightError(
        f"{export.place} lacks the document of {arn}, which is attached: save the answer of `aws iam {wanted}` in a "
        f"file whose name holds {name}"
    )


def _loose(export: _Export, name: str, version: str | None) -> str | None:
    """The document of a policy whose file says which it is by its name."""
    fitting = [
        (stated, text)
        for file, stated, text in export.loose
        if name.lower() in f"{file.parent.name}/{file.stem}".lower() and version in (None, stated)
    ]
    if not fitting and len(export.loose) == 1 and len(export.defaults) <= 1:
        _, stated, text = export.loose[0]
        return text if version in (None, stated) else None
    return max(fitting, key=lambda one: _number(one[0]))[1] if fitting else None


def _number(version: str) -> int:
    found = re.search(r"\d+", version)
    return int(found[0]) if found else 0


def _missing(export: _Export, what: str, command: str, role: str) -> PreflightError:
    operation, _, rest = command.partition(" ")
    further = f" {rest}" if rest else ""
    return PreflightError(
        f"{export.place} lacks {what}: save the answer of `aws iam {operation} --role-name {role}{further}` in a file "
        f"whose name holds {role}"
    )


def _checked(text: str, kind: PolicyKind, name: str) -> str:
    try:
        document.parse(text, kind=kind, name=name)
    except PolicyError as problem:
        raise PreflightError(f"{name}: {problem}") from None
    return text
