"""What an operation without an entry of its own needs, as far as the service authorization reference tells.

The reference knows an action's resource types and their ARN formats; the operation's input has members. Where the names
of the two meet, an entry follows, in the same form as those in `operations/*.yaml`. Where they do not, there is none,
and the door refuses the call: a guess would let through what nobody checked.

`python -m launchrole.facts.derive SERVICE` prints the entries of a whole service, as a draft for a file.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from launchrole.facts import actions
from launchrole.policy.reference import Action, ResourceType

_ARN_FIELD = re.compile(r"\$\{([^}]*)\}")
_PLACES = {"Partition": "{partition}", "Region": "{region}", "Account": "{account}"}
_CREATES = re.compile(r"(Create|Register|Import|Allocate|Start|Run|Request|Publish|Put|Copy|Restore)")
_NAMES = re.compile(r"(Create|Register|Put)")
"""Operations that name a new resource: what looks like an ARN there is an odd name."""
_TAGS = ("tags", "taglist", "tagset", "tagspecifications", "tagstoadd", "resourcetags", "tagging")
_TAG_KEYS = ("tagkeys", "tagkeylist", "tagstoremove", "tagkey")
_WHOLE_ARNS = ("resourcearn", "arn", "resource", "resourceid", "taggableresourcearn", "resourcename")


def derive(prefix: str, operation: str, members: Mapping[str, Any], required: frozenset[str]) -> list[dict[str, Any]]:
    """The rows of an operation's entry.

    `members` are the input's members, structures as mappings in turn; `required` names those of the top level that a
    request must have. Raises LookupError, which says what is missing, where the reference does not tell enough.
    """
    action = actions.action(f"{prefix}:{operation}")
    if action is None:
        raise LookupError(f"the service authorization reference has no action {prefix}:{operation}")
    row: dict[str, Any] = {"resource": _resource(action, members, required)}
    names = {name.lower(): name for name in members}
    tags = next((names[name] for name in _TAGS if name in names), None)
    keys = next((names[name] for name in _TAG_KEYS if name in names), None)
    if tags is not None:
        row["tags"] = tags
    if keys is not None:
        row["tag_keys"] = keys
    rows = [row]
    if action.access_level not in ("Read", "List"):
        rows += [{"pass_role": path, "to": f"{prefix}.amazonaws.com"} for path in _roles(members)]
    return rows


def _resource(action: Action, members: Mapping[str, Any], required: frozenset[str]) -> str | list[str]:
    needed = [row.type for row in action.resources if row.required]
    if not action.resources:
        return "*"
    found = [text for kind in needed if (text := _filled(action, kind, members, required)) is not None]
    if needed and len(found) == len(needed):
        return found[0] if len(found) == 1 else found
    if action.access_level == "List":
        return "*"  # a list names no resource; only policies about all of them can allow it
    if needed:
        missing = next(kind for kind in needed if _filled(action, kind, members, required) is None)
        raise LookupError(
            f"no member of the request names the {missing.name} that {action.service}:{action.name} is about"
        )
    for row in action.resources:
        text = _filled(action, row.type, members, required)
        if text is not None and not text.endswith("*"):
            return text
    whole = _whole(members, required)
    if whole is not None:
        return whole
    raise LookupError(f"no member of the request names the resource that {action.service}:{action.name} is about")


def _filled(action: Action, kind: ResourceType, members: Mapping[str, Any], required: frozenset[str]) -> str | None:
    """The ARN of a resource type with members of the request in its fields, or None."""
    fields = [name for name in _ARN_FIELD.findall(kind.arn) if name not in _PLACES]
    names = {name.lower(): name for name in members}
    filled: dict[str, str] = {}
    for name in fields:
        member = _member(kind, name, names, alone=len(fields) == 1)
        if member is not None:
            del names[member.lower()]  # no member fills two fields
        if member is None and _CREATES.match(action.name):
            filled[name] = "*"  # an id that the service gives
        elif member is None:
            return _whole(members, required)
        else:
            mark = "@" if len(fields) == 1 and not _NAMES.match(action.name) else ""
            filled[name] = f"{{{mark}{member}}}" if member in required else f"{{{mark}{member}:*}}"
    return _ARN_FIELD.sub(lambda found: _PLACES.get(found[1]) or filled[found[1]], kind.arn)


def _member(kind: ResourceType, field: str, names: Mapping[str, str], *, alone: bool) -> str | None:
    """The member of the request that fills a field of an ARN."""
    short = re.sub(r"[^a-z0-9]", "", kind.name.lower())
    stem = re.sub(r"(name|id|identifier|withpath)$", "", field.lower())
    candidates = [field.lower(), stem, f"{stem}name", f"{stem}id", f"{stem}arn", f"{stem}identifier"]
    candidates += [f"{short}name", f"{short}id", f"{short}arn", short, f"{short}identifier"]
    if alone:
        candidates += ["name", "id", "arn", "identifier", "resourcearn"]
    candidates += [f"{stem}s", f"{stem}names", f"{stem}ids", f"{short}s", f"{short}names", f"{short}ids"]
    return next((names[candidate] for candidate in candidates if candidate in names), None)


def _whole(members: Mapping[str, Any], required: frozenset[str]) -> str | None:
    """A member that takes the ARN of any resource of the service."""
    names = {name.lower(): name for name in members}
    member = next((names[name] for name in _WHOLE_ARNS if name in names and names[name] in required), None)
    return None if member is None else f"{{@{member}}}"


def _roles(members: Mapping[str, Any], path: str = "", depth: int = 0) -> Iterator[str]:
    """The members that look like a role, by their names, down to three levels.

    The reference does not list iam:PassRole for every action that takes a role; asking for it too often denies, asking
    too seldom would let a role be passed that nobody may pass.
    """
    for name, inside in members.items():
        if isinstance(inside, Mapping):
            if depth < 3:
                yield from _roles(inside, f"{path}{name}.", depth + 1)
        elif re.search(r"role(arn)?$", name, re.IGNORECASE):
            yield path + name


def members_of(shape: Any, depth: int = 3) -> dict[str, Any]:
    """The members of a botocore structure: names to None, or to the members of structures (also those in lists)."""
    found: dict[str, Any] = {}
    for name, member in ({} if shape is None else shape.members).items():
        inner = member.member if member.type_name == "list" else member
        inside = inner.type_name == "structure" and depth and not name.lower().startswith("tag")
        found[name] = members_of(inner, depth - 1) if inside else None
    return found


def print_draft(service: str) -> None:
    """Print a draft of `operations/SERVICE.yaml`; what cannot be derived is a comment."""
    import botocore.session

    from launchrole.facts.endpoints import iam_prefix

    model = botocore.session.get_session().get_service_model(service)
    prefix = iam_prefix(service) or service
    found = actions.service(prefix)
    print(f"prefix: {prefix}\nsource: {found.source if found else 'unknown'}\noperations:")
    for name in model.operation_names:
        shape = model.operation_model(name).input_shape
        required = frozenset(shape.required_members if shape else ())
        members = members_of(shape)
        try:
            rows = derive(prefix, name, members, required)
        except LookupError as error:
            print(f"  # {name}: UNRESOLVED {error}; members: {' '.join(members)}")
            continue
        for row in rows:
            resource = row.get("resource")
            start = f"arn:{{partition}}:{prefix}:{{region}}:{{account}}:"
            if isinstance(resource, str):
                row["resource"] = resource.removeprefix(start)
        if len(rows) == 1 and list(rows[0]) == ["resource"] and isinstance(rows[0]["resource"], str):
            print(f'  {name}: "{rows[0]["resource"]}"')
        elif len(rows) == 1:
            print(f"  {name}: {_flow(rows[0])}")
        else:
            print(f"  {name}:")
            for row in rows:
                print(f"    - {_flow(row)}")


def _flow(row: Mapping[str, Any]) -> str:
    texts = []
    for key, value in row.items():
        shown = "[" + ", ".join(f'"{one}"' for one in value) + "]" if isinstance(value, list) else f'"{value}"'
        texts.append(f"{key}: {shown if '{' in shown or '*' in shown else shown.strip(chr(34))}")
    return "{" + ", ".join(texts) + "}"


if __name__ == "__main__":
    for each in sys.argv[1:]:
        print_draft(each)
