"""Provisioned products and the records of what was done to them, as they are kept.

A provisioned product is under its id, and its id under its name; a record stays when its provisioned product is gone.
What the API does not show has names in lower case.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.rows import Rows
from launchrole.account.service import Call
from launchrole.services.servicecatalog.service import Row, invalid, missing, new_id

_PRODUCT = (
    "Name",
    "Arn",
    "Type",
    "Id",
    "Status",
    "StatusMessage",
    "CreatedTime",
    "IdempotencyToken",
    "LastRecordId",
    "LastProvisioningRecordId",
    "LastSuccessfulProvisioningRecordId",
    "ProductId",
    "ProvisioningArtifactId",
    "LaunchRoleArn",
)
_SEARCHED = (
    *(name for name in _PRODUCT if name != "LaunchRoleArn"),
    "Tags",
    "PhysicalId",
    "ProductName",
    "ProvisioningArtifactName",
    "UserArn",
    "UserArnSession",
)
_RECORD = (
    "RecordId",
    "ProvisionedProductName",
    "Status",
    "CreatedTime",
    "UpdatedTime",
    "ProvisionedProductType",
    "RecordType",
    "ProvisionedProductId",
    "ProductId",
    "ProvisioningArtifactId",
    "PathId",
    "RecordErrors",
    "RecordTags",
    "LaunchRoleArn",
)


def _members(row: Mapping[str, Any], names: tuple[str, ...]) -> Row:
    return {name: row[name] for name in names if row.get(name) is not None}


def product_detail(row: Mapping[str, Any]) -> Row:
    """ProvisionedProductDetail."""
    return _members(row, _PRODUCT)


def product_attributes(row: Mapping[str, Any]) -> Row:
    """ProvisionedProductAttribute: what searches show."""
    return _members(row, _SEARCHED)


def record_detail(row: Mapping[str, Any]) -> Row:
    """RecordDetail."""
    return _members(row, _RECORD)


def find(rows: Rows, name_or_id: str) -> Row | None:
    """A provisioned product by its id, its name or its ARN."""
    identifier = name_or_id.rpartition("/")[2] if name_or_id.startswith("arn:") else name_or_id
    found = rows.get("provisioned", identifier)
    if found is None:
        found = rows.get("provisioned", str(rows.get("provisioned-name", name_or_id)))
    return None if found is None else dict(found)


def existing(call: Call, by_id: str, by_name: str | None = None) -> Row:
    """The provisioned product that a call names. Raises InvalidParametersException where it gives both its id and its
    name, or neither; ResourceNotFoundException."""
    given = [str(call.params[one]) for one in (by_id, by_name) if one is not None and one in call.params]
    if len(given) != 1:
        raise invalid(f"Give either {by_id} or {by_name}")
    found = find(call.rows, given[0])
    if found is None:
        raise missing("Provisioned product", given[0])
    return found


def save(rows: Rows, row: Row) -> None:
    rows.put("provisioned", row["Id"], row)
    rows.put("provisioned-name", row["Name"], row["Id"])


def remove(rows: Rows, row: Row) -> None:
    """Let a provisioned product go; its name is free again."""
    rows.delete("provisioned", row["Id"])
    rows.delete("provisioned-name", row["Name"])


_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]*")


def new_product(call: Call, name: str, owner: Mapping[str, str], token: str | None) -> Row:
    """The row of a provisioned product that is about to be. Raises ValidationException for what is no name
    (https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ProvisionProduct.html, ProvisionedProductName)."""
    if _NAME.fullmatch(name) is None or len(name) > 128:
        rule = f"satisfy regular expression pattern: {_NAME.pattern}"
        if len(name) > 128:
            rule = "have length less than or equal to 128"
        raise ServiceError(
            "ValidationException",
            f"1 validation error detected: Value '{name}' at 'provisionedProductName' failed to satisfy constraint: "
            f"Member must {rule}",
        )
    identifier = new_id(call, "pp")
    return {
        "Name": name,
        "Arn": call.arn(f"stack/{name}/{identifier}"),
        "Type": "CFN_STACK",
        "Id": identifier,
        "Status": "UNDER_CHANGE",
        "CreatedTime": call.now.timestamp(),
        "IdempotencyToken": token,
        "Tags": [],
        "stack": f"SC-{call.account}-{identifier}",
        **owner,
    }


def new_record(call: Call, kind: str, row: Row, **doing: Any) -> Row:
    """A record of something that is to be done to a provisioned product. The product's row is to be saved."""
    now = call.now.timestamp()
    record: Row = {
        "RecordId": new_id(call, "rec"),
        "ProvisionedProductName": row["Name"],
        "Status": "CREATED",
        "CreatedTime": now,
        "UpdatedTime": now,
        "ProvisionedProductType": row["Type"],
        "RecordType": kind,
        "ProvisionedProductId": row["Id"],
        "ProductId": row.get("ProductId"),
        "ProvisioningArtifactId": row.get("ProvisioningArtifactId"),
        "PathId": row.get("path"),
        "RecordErrors": [],
        "RecordTags": row["Tags"],
        "LaunchRoleArn": row.get("LaunchRoleArn"),
        "UserArn": row["UserArn"],
        "UserArnSession": row["UserArnSession"],
        "outputs": [],
        "doing": doing,
    }
    row["LastRecordId"] = record["RecordId"]
    if kind != "UPDATE_PROVISIONED_PRODUCT_PROPERTIES":
        row["LastProvisioningRecordId"] = record["RecordId"]
    call.rows.put("record", record["RecordId"], record)
    return record


def owner(call: Call) -> dict[str, str]:
    """Who provisions: the user or role, and the session of it."""
    caller = call.surroundings.caller_identity()
    session = caller.session
    entity = session.role_arn if session is not None and session.kind == "role" else caller.arn
    return {"UserArn": str(entity), "UserArnSession": caller.arn}
