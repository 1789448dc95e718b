"""Products provisioned, updated and terminated: what is checked at once, and what a job then does.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ProvisionProduct.html, API_UpdateProvisionedProduct.html,
API_TerminateProvisionedProduct.html

At once: the launch path, the artifact, the tags, and that the launch role can be assumed. All else, the template's
being read and the stack, is the job's (`launches`), and told by the record.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.account.service import Call
from launchrole.services.servicecatalog import launch_roles, paths, records
from launchrole.services.servicecatalog.browsing import launchable
from launchrole.services.servicecatalog.launch_roles import Acting
from launchrole.services.servicecatalog.paths import LaunchPath
from launchrole.services.servicecatalog.portfolios import check_tags
from launchrole.services.servicecatalog.service import (
    Row,
    bad_state,
    duplicate,
    idempotent,
    invalid,
    not_done,
    servicecatalog,
)


def begin(call: Call, record: Row) -> None:
    """Have a record's job done once the call is committed."""
    identifier = record["RecordId"]
    call.surroundings.begin("servicecatalog", "launch", identifier, {"record": identifier})


def check_launchable(call: Call, path: LaunchPath) -> None:
    """Refuse what is launched as a stack set."""
    if path.parameters("STACKSET") or call.params.get("ProvisioningPreferences"):
        raise not_done("launch products as stack sets")


def check_name_free(call: Call, name: str) -> None:
    if records.find(call.rows, name) is not None:
        raise duplicate(f"A provisioned product named {name} exists already")


def tags_of(call: Call, path: LaunchPath) -> list[Row]:
    """The tags that a provisioned product gets: the caller's, and those that TagOptions prescribe.

    https://docs.aws.amazon.com/servicecatalog/latest/adminguide/tagoptions-launching.html. That a portfolio's or a
    product's own tags go on to what is launched is not documented, and they do not. Raises InvalidParametersException.
    """
    found = {one["Key"]: one["Value"] for one in check_tags(call.params.get("Tags"))}
    for key, values in path.tag_choices().items():
        if not values:
            found.pop(key, None)
            found[f"sc-tagoption-conflict-{path.portfolio.id}-{path.product.id}"] = key
        elif key in found and found[key] not in values:
            raise invalid(f"The tag {key} must have one of the values of its TagOptions: {', '.join(values)}")
        elif key not in found and len(values) > 1:
            raise invalid(f"Give the tag {key} one of the values of its TagOptions: {', '.join(values)}")
        else:
            found.setdefault(key, values[0])
    return [{"Key": key, "Value": value} for key, value in found.items()]


def auto_tags(row: Mapping[str, Any]) -> list[Row]:
    """The tags by which a stack is known to be Service Catalog's.
    https://docs.aws.amazon.com/servicecatalog/latest/adminguide/autotags.html"""
    found = {
        "portfolioArn": row.get("portfolio_arn"),
        "productArn": row.get("product_arn"),
        "provisioningArtifactIdentifier": row.get("ProvisioningArtifactId"),
        "provisionedProductArn": row["Arn"],
        "provisioningPrincipalArn": row["UserArnSession"],
    }
    return [{"Key": f"aws:servicecatalog:{name}", "Value": one} for name, one in found.items() if one is not None]


def take_path(row: Row, path: LaunchPath, artifact: Row, role_arn: str | None) -> None:
    """Let a provisioned product be of an artifact, by a path."""
    row |= {
        "ProductId": path.product.id,
        "ProductName": path.product.detail["Name"],
        "ProvisioningArtifactId": artifact["Id"],
        "ProvisioningArtifactName": artifact.get("Name"),
        "LaunchRoleArn": role_arn,
        "path": path.id,
        "portfolio_arn": path.portfolio.detail["ARN"],
        "product_arn": path.product.detail["ProductARN"],
    }


def stack_parameters(given: Any) -> list[Row]:
    """ProvisioningParameters as CloudFormation takes them."""
    found = []
    for one in given or ():
        row: Row = {"ParameterKey": one.get("Key")}
        if one.get("UsePreviousValue"):
            row["UsePreviousValue"] = True
        else:
            row["ParameterValue"] = one.get("Value", "")
        found.append(row)
    return found


def intent(
    acting: Acting, path: LaunchPath, artifact: Row, verb: str, given: Any, notify: list[str], status: str
) -> Row:
    """What a job needs to know to launch an artifact. `status` is the provisioned product's before."""
    return {
        "verb": verb,
        "status": status,
        **acting.to_dict(),
        "template": artifact["template"],
        "rules": path.rules(),
        "parameters": stack_parameters(given),
        "notification_arns": notify,
    }


@servicecatalog.operation("ProvisionProduct")
@idempotent("ProvisionToken")
def provision_product(call: Call) -> Mapping[str, Any]:
    params = call.params
    path = paths.chosen(call, paths.named_product(call))
    artifact = launchable(call, path.product)
    if artifact["Guidance"] == "DEPRECATED":
        raise invalid(f"Provisioning artifact {artifact['Id']} is deprecated and cannot be launched anew")
    check_launchable(call, path)
    check_name_free(call, params["ProvisionedProductName"])
    tags = tags_of(call, path)
    acting = launch_roles.acting(call, path)
    row = records.new_product(call, params["ProvisionedProductName"], records.owner(call), params["ProvisionToken"])
    row["Tags"] = tags
    take_path(row, path, artifact, acting.role_arn)
    notify = [*path.notification_arns(), *(params.get("NotificationArns") or ())]
    doing = intent(acting, path, artifact, "provision", params.get("ProvisioningParameters"), notify, "")
    record = records.new_record(call, "PROVISION_PRODUCT", row, **doing)
    records.save(call.rows, row)
    begin(call, record)
    return {"RecordDetail": records.record_detail(record)}


def check_settled(row: Row) -> None:
    """Raises InvalidStateException while something is being done to a provisioned product; AWS' pages do not say what
    it answers then."""
    if row["Status"] in ("UNDER_CHANGE", "PLAN_IN_PROGRESS"):
        raise bad_state(f"Provisioned product {row['Id']} is in status {row['Status']} and cannot be changed now")


@servicecatalog.operation("UpdateProvisionedProduct")
@idempotent("UpdateToken")
def update_provisioned_product(call: Call) -> Mapping[str, Any]:
    """What a call does not name stays: the product, the artifact, the path. Raises InvalidParametersException for tags
    that no RESOURCE_UPDATE constraint allows to change."""
    params = call.params
    row = records.existing(call, "ProvisionedProductId", "ProvisionedProductName")
    check_settled(row)
    path, artifact = target(call, row)
    check_launchable(call, path)
    if params.get("Tags") and not path.may_retag:
        raise invalid(
            "Tags cannot be changed: the product has no RESOURCE_UPDATE constraint with TagUpdateOnProvisionedProduct "
            "set to ALLOWED"
        )
    role_arn = row.get("LaunchRoleArn") or launch_roles.role_of(call, path)
    acting = launch_roles.by_role(call, role_arn)
    wanted = dict(row)
    take_path(wanted, path, artifact, role_arn)
    if "Tags" in params:
        wanted["Tags"] = tags_of(call, path)
    doing = intent(
        acting, path, artifact, "update", params.get("ProvisioningParameters"), path.notification_arns(), row["Status"]
    )
    record = records.new_record(call, "UPDATE_PROVISIONED_PRODUCT", wanted, **doing, wanted=wanted)
    row |= {name: wanted[name] for name in ("LastRecordId", "LastProvisioningRecordId")}
    row["Status"] = "UNDER_CHANGE"
    records.save(call.rows, row)
    begin(call, record)
    return {"RecordDetail": records.record_detail(record)}


def target(call: Call, row: Row) -> tuple[LaunchPath, Row]:
    """The path and the artifact that a provisioned product is to be brought to."""
    params = call.params
    names_product = params.get("ProductId") or params.get("ProductName")
    product_id = paths.named_product(call) if names_product else row["ProductId"]
    path = paths.chosen(call, product_id, row.get("path"))
    if params.get("ProvisioningArtifactId") or params.get("ProvisioningArtifactName"):
        return path, launchable(call, path.product)
    return path, path.product.artifact(row["ProvisioningArtifactId"])


@servicecatalog.operation("TerminateProvisionedProduct")
@idempotent("TerminateToken")
def terminate_provisioned_product(call: Call) -> Mapping[str, Any]:
    """The launch role is assumed by the job: that it is gone is in the record, and no reason why a product that shall
    be let go with IgnoreErrors stays."""
    row = records.existing(call, "ProvisionedProductId", "ProvisionedProductName")
    if row["Status"] == "UNDER_CHANGE":
        check_settled(row)
    doing = {
        "verb": "terminate",
        **launch_roles.forwarded(call).to_dict(),
        "role_arn": row.get("LaunchRoleArn"),
        "ignore_errors": bool(call.params.get("IgnoreErrors", False)),
        "retain": bool(call.params.get("RetainPhysicalResources", False)),
        "status": row["Status"],
    }
    record = records.new_record(call, "TERMINATE_PROVISIONED_PRODUCT", row, **doing)
    row["Status"] = "UNDER_CHANGE"
    records.save(call.rows, row)
    begin(call, record)
    return {"RecordDetail": records.record_detail(record)}


@servicecatalog.operation("UpdateProvisionedProductProperties")
@idempotent()
def update_provisioned_product_properties(call: Call) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/servicecatalog/latest/dg/API_UpdateProvisionedProductProperties.html"""
    row = records.existing(call, "ProvisionedProductId")
    check_settled(row)
    wanted: Mapping[str, str] = call.params["ProvisionedProductProperties"]
    for name, arn in wanted.items():
        parts = arn.split(":", 5)
        if len(parts) != 6 or parts[4] != call.account:
            raise invalid(f"{name} is no ARN of account {call.account}: {arn}")
        kind = f"{parts[2]}:{parts[5].partition('/')[0]}"
        if name == "OWNER" and kind in ("iam:user", "iam:role", "sts:assumed-role"):
            row |= {"UserArn": _entity(call, arn), "UserArnSession": arn}
        elif name == "LAUNCH_ROLE" and kind == "iam:role":
            row["LaunchRoleArn"] = arn
        else:
            raise invalid(f"{arn} cannot be the {name}")
    record = records.new_record(call, "UPDATE_PROVISIONED_PRODUCT_PROPERTIES", row)
    record["Status"] = "SUCCEEDED"
    call.rows.put("record", record["RecordId"], record)
    records.save(call.rows, row)
    return {
        "ProvisionedProductId": row["Id"],
        "ProvisionedProductProperties": dict(wanted),
        "RecordId": record["RecordId"],
        "Status": "SUCCEEDED",
    }


def _entity(call: Call, arn: str) -> str:
    """The user or role behind an ARN."""
    if ":assumed-role/" not in arn:
        return arn
    name = arn.split(":assumed-role/")[1].partition("/")[0]
    role = call.surroundings.role(name)
    return f"arn:{call.partition}:iam::{call.account}:role/{name}" if role is None else role.arn
