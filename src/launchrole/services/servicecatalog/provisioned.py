"""What is told of provisioned products and their records: descriptions, searches, outputs, history.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_SearchProvisionedProducts.html,
https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ListRecordHistory.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.account.service import Call
from launchrole.services.servicecatalog import actions, records
from launchrole.services.servicecatalog.service import (
    Row,
    by_creation,
    invalid,
    missing,
    not_done,
    paged,
    servicecatalog,
)


@servicecatalog.operation("DescribeProvisionedProduct")
def describe_provisioned_product(call: Call) -> Mapping[str, Any]:
    row = records.existing(call, "Id", "Name")
    return {"ProvisionedProductDetail": records.product_detail(row), "CloudWatchDashboards": []}


@servicecatalog.operation("GetProvisionedProductOutputs")
def get_provisioned_product_outputs(call: Call) -> Mapping[str, Any]:
    """Raises InvalidParametersException for a key that is no output's."""
    row = records.existing(call, "ProvisionedProductId", "ProvisionedProductName")
    found = row.get("outputs", [])
    wanted = call.params.get("OutputKeys")
    if wanted:
        unknown = sorted(set(wanted) - {one["OutputKey"] for one in found})
        if unknown:
            raise invalid(f"Provisioned product {row['Id']} has no outputs {', '.join(unknown)}")
        found = [one for one in found if one["OutputKey"] in wanted]
    shown, token = paged(call, found)
    return {"Outputs": shown, "NextPageToken": token}


@servicecatalog.operation("DescribeRecord")
def describe_record(call: Call) -> Mapping[str, Any]:
    record = call.rows.get("record", call.params["Id"])
    if record is None:
        raise missing("Record", call.params["Id"])
    outputs, token = paged(call, record["outputs"])
    return {"RecordDetail": records.record_detail(record), "RecordOutputs": outputs, "NextPageToken": token}


def at_level(call: Call, rows: list[Row], default: str) -> list[Row]:
    """Those rows that the access level of a call shows: the account's, the caller's role's, or the caller's own.
    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_AccessLevelFilter.html"""
    level = call.params.get("AccessLevelFilter") or {}
    key = level.get("Key", default)
    if level.get("Value", "self") != "self":
        raise invalid("The value of AccessLevelFilter can only be self")
    who = records.owner(call)
    if key == "Account":
        return rows
    if key == "Role":
        return [one for one in rows if one["UserArn"] == who["UserArn"]]
    return [one for one in rows if one["UserArnSession"] in who.values()]


def _every(call: Call) -> list[Row]:
    return by_creation([dict(row) for _, row in call.rows.all("provisioned")])


@servicecatalog.operation("ScanProvisionedProducts")
def scan_provisioned_products(call: Call) -> Mapping[str, Any]:
    found, token = paged(call, at_level(call, _every(call), "User"))
    return {"ProvisionedProducts": [records.product_detail(one) for one in found], "NextPageToken": token}


_FIELDS = {
    "arn": "Arn",
    "createdTime": "CreatedTime",
    "id": "Id",
    "lastRecordId": "LastRecordId",
    "idempotencyToken": "IdempotencyToken",
    "name": "Name",
    "physicalId": "PhysicalId",
    "productId": "ProductId",
    "provisioningArtifactId": "ProvisioningArtifactId",
    "type": "Type",
    "status": "Status",
    "userArn": "UserArn",
    "userArnSession": "UserArnSession",
    "lastProvisioningRecordId": "LastProvisioningRecordId",
    "lastSuccessfulProvisioningRecordId": "LastSuccessfulProvisioningRecordId",
    "productName": "ProductName",
    "provisioningArtifactName": "ProvisioningArtifactName",
}
"""The fields that a search query may name, besides `tags`."""

_SORTABLE = ("arn", "id", "name", "lastRecordId")


def _fits(row: Row, query: str) -> bool:
    """Does a provisioned product meet a search query, `field:value` or a text that any field may have?"""
    tags = [f"{one['Key']}:{one['Value']}" for one in row["Tags"]]
    field, colon, value = query.partition(":")
    if colon and field == "tags":
        return any(value.lower() in one.lower() for one in tags)
    if colon and field in _FIELDS:
        return str(row.get(_FIELDS[field], "")).lower() == value.strip('"').lower()
    text = query.strip('"').lower()
    return any(text in one.lower() for one in (*(str(row.get(member, "")) for member in _FIELDS.values()), *tags))


@servicecatalog.operation("SearchProvisionedProducts")
def search_provisioned_products(call: Call) -> Mapping[str, Any]:
    """Without an access level the account's."""
    queries = (call.params.get("Filters") or {}).get("SearchQuery") or ()
    found = [one for one in at_level(call, _every(call), "Account") if all(_fits(one, query) for query in queries)]
    by = call.params.get("SortBy")
    if by is not None:
        if by not in _SORTABLE:
            raise invalid(f"SortBy must be one of {', '.join(_SORTABLE)}")
        found.sort(key=lambda one: str(one.get(_FIELDS[by], "")))
        if call.params.get("SortOrder") == "DESCENDING":
            found.reverse()
    shown, token = paged(call, found)
    return {
        "ProvisionedProducts": [records.product_attributes(one) for one in shown],
        "TotalResultsCount": len(found),
        "NextPageToken": token,
    }


@servicecatalog.operation("ListRecordHistory")
def list_record_history(call: Call) -> Mapping[str, Any]:
    """The newest first."""
    found = by_creation(at_level(call, [dict(row) for _, row in call.rows.all("record")], "User"))[::-1]
    wanted = call.params.get("SearchFilter") or {}
    if wanted:
        member = {"product": "ProductId", "provisionedproduct": "ProvisionedProductId"}.get(wanted.get("Key", ""))
        if member is None:
            raise invalid("The key of SearchFilter must be product or provisionedproduct")
        found = [one for one in found if one.get(member) == wanted.get("Value")]
    shown, token = paged(call, found)
    return {"RecordDetails": [records.record_detail(one) for one in shown], "NextPageToken": token}


@servicecatalog.operation("ListStackInstancesForProvisionedProduct")
def list_stack_instances(call: Call) -> Mapping[str, Any]:
    """Products are launched as stacks here, never as stack sets: there are no instances of one."""
    row = records.existing(call, "ProvisionedProductId")
    raise invalid(f"Provisioned product {row['Id']} is of type {row['Type']}; only a CFN_STACKSET has stack instances")


@servicecatalog.operation("ExecuteProvisionedProductServiceAction")
def execute_service_action(call: Call) -> Mapping[str, Any]:
    """Refused, once it is clear that the action is one of the artifact's: Systems Manager's automations are not run."""
    row = records.existing(call, "ProvisionedProductId")
    action = actions.existing(call, call.params["ServiceActionId"])
    key = f"{row.get('ProductId')}/{row.get('ProvisioningArtifactId')}/{action['Id']}"
    if call.rows.get("action-of", key) is None:
        raise missing("Service action", action["Id"])
    raise not_done(f"run Systems Manager automations: service action {action['Name']} was not executed")
