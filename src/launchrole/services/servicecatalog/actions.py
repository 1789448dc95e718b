"""Service actions: what users may have done to a provisioned product, and on which artifacts.

https://docs.aws.amazon.com/servicecatalog/latest/adminguide/using-service-actions.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call
from launchrole.services.servicecatalog.catalog import own_product, product_of, visible_product
from launchrole.services.servicecatalog.service import (
    Row,
    by_creation,
    duplicate,
    idempotent,
    in_use,
    invalid,
    missing,
    new_id,
    paged,
    servicecatalog,
    take,
)

_DEFINITION = ("Name", "Version", "AssumeRole", "Parameters")


def existing(call: Call, identifier: str) -> Row:
    found = call.rows.get("action", identifier)
    if found is None:
        raise missing("Service action", identifier)
    return dict(found)


def _check(definition: Mapping[str, str]) -> dict[str, str]:
    unknown = sorted(set(definition) - set(_DEFINITION))
    if unknown or not definition.get("Name") or not definition.get("Version"):
        raise invalid("The definition of a service action has Name and Version of a document, and may have AssumeRole "
                      "and Parameters")  # fmt: skip
    try:
        listed = json.loads(definition.get("Parameters", "[]"))
    except (ValueError, RecursionError):
        listed = None
    if not isinstance(listed, list):
        raise invalid("The Parameters of a service action's definition must be a JSON list")
    return dict(definition)


def _summary(row: Row) -> Row:
    return {name: row[name] for name in ("Id", "Name", "Description", "DefinitionType") if name in row}


def _detail(row: Row) -> Row:
    return {"ServiceActionSummary": _summary(row), "Definition": row["Definition"]}


@servicecatalog.operation("CreateServiceAction")
@idempotent()
def create_service_action(call: Call) -> Mapping[str, Any]:
    row: Row = {
        "Id": new_id(call, "act"),
        "Name": call.params["Name"],
        "DefinitionType": call.params["DefinitionType"],
        "Definition": _check(call.params["Definition"]),
        "CreatedTime": call.now.timestamp(),
    }
    take(call, row, "Description")
    call.rows.put("action", row["Id"], row)
    return {"ServiceActionDetail": _detail(row)}


@servicecatalog.operation("DescribeServiceAction")
def describe_service_action(call: Call) -> Mapping[str, Any]:
    return {"ServiceActionDetail": _detail(existing(call, call.params["Id"]))}


@servicecatalog.operation("UpdateServiceAction")
def update_service_action(call: Call) -> Mapping[str, Any]:
    row = existing(call, call.params["Id"])
    take(call, row, "Name", "Description")
    if "Definition" in call.params:
        row["Definition"] = _check({**row["Definition"], **call.params["Definition"]})
    call.rows.put("action", row["Id"], row)
    return {"ServiceActionDetail": _detail(row)}


@servicecatalog.operation("DeleteServiceAction")
def delete_service_action(call: Call) -> None:
    row = existing(call, call.params["Id"])
    if _artifacts_of(call, row["Id"]):
        raise in_use(f"Service action {row['Id']} is still associated with provisioning artifacts")
    call.rows.delete("action", row["Id"])


@servicecatalog.operation("ListServiceActions")
def list_service_actions(call: Call) -> Mapping[str, Any]:
    found, token = paged(call, by_creation([dict(one) for _, one in call.rows.all("action")]))
    return {"ServiceActionSummaries": [_summary(one) for one in found], "NextPageToken": token}


def _artifacts_of(call: Call, action_id: str) -> list[tuple[str, str]]:
    """The products and artifacts that an action is associated with."""
    keys = [key.split("/") for key, _ in call.rows.all("action-of") if key.endswith(f"/{action_id}")]
    return [(product, artifact) for product, artifact, _ in keys]


def _associate(call: Call, named: Mapping[str, str]) -> None:
    product = own_product(call, named["ProductId"])
    artifact = product.artifact(named["ProvisioningArtifactId"])
    action = existing(call, named["ServiceActionId"])
    key = f"{product.id}/{artifact['Id']}/{action['Id']}"
    if call.rows.get("action-of", key) is not None:
        raise duplicate(f"Service action {action['Id']} is associated with {artifact['Id']} already")
    call.rows.put("action-of", key, {})


def _disassociate(call: Call, named: Mapping[str, str]) -> None:
    key = f"{named['ProductId']}/{named['ProvisioningArtifactId']}/{named['ServiceActionId']}"
    if not call.rows.delete("action-of", key):
        raise missing("Service action", named["ServiceActionId"])


@servicecatalog.operation("AssociateServiceActionWithProvisioningArtifact")
def associate_service_action(call: Call) -> None:
    _associate(call, call.params)


@servicecatalog.operation("DisassociateServiceActionFromProvisioningArtifact")
def disassociate_service_action(call: Call) -> None:
    _disassociate(call, call.params)


_CODES = {
    "DuplicateResourceException": "DUPLICATE_RESOURCE",
    "ResourceNotFoundException": "RESOURCE_NOT_FOUND",
    "InvalidParametersException": "INVALID_PARAMETER",
}


def _each(call: Call, do: Any) -> Mapping[str, Any]:
    failed = []
    for named in call.params["ServiceActionAssociations"]:
        try:
            do(call, named)
        except ServiceError as problem:
            failed.append({**named, "ErrorCode": _CODES[problem.code], "ErrorMessage": problem.message})
    return {"FailedServiceActionAssociations": failed}


@servicecatalog.operation("BatchAssociateServiceActionWithProvisioningArtifact")
def batch_associate_service_actions(call: Call) -> Mapping[str, Any]:
    return _each(call, _associate)


@servicecatalog.operation("BatchDisassociateServiceActionFromProvisioningArtifact")
def batch_disassociate_service_actions(call: Call) -> Mapping[str, Any]:
    return _each(call, _disassociate)


@servicecatalog.operation("ListServiceActionsForProvisioningArtifact")
def list_service_actions_for_artifact(call: Call) -> Mapping[str, Any]:
    product = visible_product(call, call.params["ProductId"])
    artifact = product.artifact(call.params["ProvisioningArtifactId"])
    ids = [key.rpartition("/")[2] for key, _ in product.rows.all("action-of", f"{product.id}/{artifact['Id']}/")]
    actions = [dict(one) for identifier in ids if (one := product.rows.get("action", identifier)) is not None]
    found, token = paged(call, by_creation(actions))
    return {"ServiceActionSummaries": [_summary(one) for one in found], "NextPageToken": token}


@servicecatalog.operation("ListProvisioningArtifactsForServiceAction")
def list_artifacts_for_service_action(call: Call) -> Mapping[str, Any]:
    action = existing(call, call.params["ServiceActionId"])
    views = []
    for product_id, artifact_id in _artifacts_of(call, action["Id"]):
        product = product_of(call.rows, product_id)
        if product is not None:
            artifact = product.artifact(artifact_id)
            members = ("Id", "Name", "Description", "CreatedTime", "Guidance")
            shown = {name: artifact[name] for name in members if name in artifact}
            views.append({"ProductViewSummary": product.summary, "ProvisioningArtifact": shown})
    found, token = paged(call, views)
    return {"ProvisioningArtifactViews": found, "NextPageToken": token}
