"""What SageMaker's operations have in common: rows with the times of their changes, their tags, pages of lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call, Service
from launchrole.services.paging import page

sagemaker = Service("sagemaker")


def invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)


def keep(call: Call, kind: str, row: dict[str, Any], changed: str = "LastModifiedTime") -> None:
    """Write a row under its name, changed now."""
    row[changed] = call.now.timestamp()
    call.rows.put(kind, row["name"], row)


def put_tags(call: Call, arn: str, tags: Any) -> None:
    call.rows.put("tags", arn, list(tags or ()))


def forget(call: Call, kind: str, row: Mapping[str, Any], arn: str) -> None:
    """Remove a row and its tags."""
    call.rows.delete(kind, row["name"])
    call.rows.delete("tags", arn)


def set_optional(call: Call, row: dict[str, Any], *names: str) -> None:
    """Copy those of the parameters that a call gives."""
    for name in names:
        if name in call.params:
            row[name] = call.params[name]


def shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row without what is ours."""
    return {name: value for name, value in row.items() if name != "name"}


def summary(*names: str) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Those members of a row that a list shows."""
    return lambda row: {name: row[name] for name in names if name in row}


def listed(
    call: Call,
    kind: str,
    created: str,
    changed: str,
    shown: Callable[[dict[str, Any]], Mapping[str, Any]],
    *,
    where: Callable[[dict[str, Any]], bool] | None = None,
    prefix: str = "",
) -> tuple[list[Mapping[str, Any]], str | None]:
    """A page of a list, filtered and sorted as SageMaker's list operations do."""
    params = call.params
    rows = [row for _, row in call.rows.all(kind, prefix) if where is None or where(row)]
    for bound, name, after in (
        ("CreationTimeAfter", created, True),
        ("CreationTimeBefore", created, False),
        ("LastModifiedTimeAfter", changed, True),
        ("LastModifiedTimeBefore", changed, False),
        ("ModifiedTimeAfter", changed, True),
        ("ModifiedTimeBefore", changed, False),
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
        rows, params.get("NextToken"), params.get("MaxResults"), bad_token=invalid("Invalid pagination token.")
    )
    return [shown(row) for row in found], token
