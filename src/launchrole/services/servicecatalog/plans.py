"""Plans: what a launch or an update would change, as a change set, and its execution.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreateProvisionedProductPlan.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call
from launchrole.services.servicecatalog import (
    launch_roles,
    launches,
    paths,
    provisioned,
    provisioning,
    records,
    templates,
)
from launchrole.services.servicecatalog.browsing import launchable
from launchrole.services.servicecatalog.launch_roles import Acting
from launchrole.services.servicecatalog.paths import LaunchPath
from launchrole.services.servicecatalog.service import (
    Row,
    bad_state,
    by_creation,
    idempotent,
    missing,
    new_id,
    paged,
    servicecatalog,
    take,
)

_SUMMARY = (
    "PlanName",
    "PlanId",
    "ProvisionProductId",
    "ProvisionProductName",
    "PlanType",
    "ProvisioningArtifactId",
)
_DETAILS = (
    "CreatedTime",
    "PathId",
    "ProductId",
    *_SUMMARY,
    "Status",
    "UpdatedTime",
    "NotificationArns",
    "ProvisioningParameters",
    "Tags",
    "StatusMessage",
)


def _existing(call: Call) -> Row:
    found = call.rows.get("plan", call.params["PlanId"])
    if found is None:
        raise missing("Plan", call.params["PlanId"])
    return dict(found)


def _acting(call: Call, plan: Row) -> Acting:
    """As whom something is done with a plan: as its launch role, or as whoever asks now, which may be another than who
    made the plan. Raises ValidationException."""
    return launch_roles.by_role(call, plan["role_arn"])


def _asking(call: Call, plan: Row) -> Any:
    return launch_roles.asking(call, _acting(call, plan))


@servicecatalog.operation("CreateProvisionedProductPlan")
@idempotent()
def create_plan(call: Call) -> Mapping[str, Any]:
    """A change set is made at once, with the launch role's session or the caller's credentials. That it cannot be made
    is the plan's status. Raises InvalidStateException for a provisioned product that is in no status to be changed, or
    has a plan already."""
    params = call.params
    path = paths.chosen(call, params["ProductId"])
    artifact = launchable(call, path.product)
    provisioning.check_launchable(call, path)
    row = records.find(call.rows, params["ProvisionedProductName"])
    new = row is None
    tags = provisioning.tags_of(call, path)
    acting = launch_roles.acting(call, path)
    if row is None:
        row = records.new_product(call, params["ProvisionedProductName"], records.owner(call), None)
        row |= {"Status": "PLAN_IN_PROGRESS", "Tags": tags}
    elif row["Status"] not in ("AVAILABLE", "TAINTED"):
        raise bad_state(f"Provisioned product {row['Id']} is in status {row['Status']} and cannot be planned for now")
    elif any(one["ProvisionProductId"] == row["Id"] for one in _open(call)):
        raise bad_state(f"Provisioned product {row['Id']} has a plan already")
    wanted = dict(row)
    provisioning.take_path(wanted, path, artifact, acting.role_arn)
    if "Tags" in params:
        wanted["Tags"] = tags
    plan = _new(call, path, wanted, acting)
    _make_change_set(plan, row, wanted, artifact, path, launch_roles.asking(call, acting), new=new)
    if new:
        records.save(call.rows, wanted | {"PhysicalId": plan.get("stack")})
    call.rows.put("plan", plan["PlanId"], plan)
    members = ("PlanName", "PlanId", "ProvisioningArtifactId")
    return {
        **{name: plan[name] for name in members},
        "ProvisionProductId": row["Id"],
        "ProvisionedProductName": row["Name"],
    }


def _open(call: Call) -> list[Row]:
    """The plans that are still to be executed or deleted."""
    found = [dict(one) for _, one in call.rows.all("plan")]
    return [one for one in found if one["Status"] not in ("EXECUTE_SUCCESS", "EXECUTE_FAILED")]


def _new(call: Call, path: LaunchPath, wanted: Row, acting: Acting) -> Row:
    now = call.now.timestamp()
    plan: Row = {
        "PlanId": new_id(call, "plan"),
        "PathId": path.id,
        "ProductId": path.product.id,
        "ProvisionProductId": wanted["Id"],
        "ProvisionProductName": wanted["Name"],
        "ProvisioningArtifactId": wanted["ProvisioningArtifactId"],
        "CreatedTime": now,
        "UpdatedTime": now,
        "Status": "CREATE_SUCCESS",
        "NotificationArns": [*path.notification_arns(), *(call.params.get("NotificationArns") or ())],
        "Tags": wanted["Tags"],
        "wanted": wanted,
        "UserArn": wanted["UserArn"],
        "UserArnSession": wanted["UserArnSession"],
        "role_arn": acting.role_arn,
    }
    take(call, plan, "PlanName", "PlanType", "ProvisioningParameters")
    return plan


def _make_change_set(
    plan: Row, row: Row, wanted: Row, artifact: Row, path: LaunchPath, ask: templates.Ask, *, new: bool
) -> None:
    plan["change_set"] = plan["PlanId"]
    plan["new"] = new
    try:
        template = launches.prepared(ask, artifact["template"], path.rules())
        made = ask("cloudformation", "CreateChangeSet", {
            **template,
            "ChangeSetName": plan["change_set"],
            "ChangeSetType": "CREATE" if new else "UPDATE",
            "StackName": row["stack"] if new else row["PhysicalId"],
            "Parameters": provisioning.stack_parameters(plan.get("ProvisioningParameters")),
            "Tags": [*provisioning.auto_tags(wanted), *wanted["Tags"]],
            "NotificationARNs": plan["NotificationArns"],
            "Capabilities": launches.CAPABILITIES,
        })  # fmt: skip
        plan["stack"] = made["StackId"]
        found = _change_set(ask, plan)
        if found["Status"] == "FAILED":
            plan |= {"Status": "CREATE_FAILED", "StatusMessage": found.get("StatusReason", "")}
    except ServiceError as problem:
        plan |= {"Status": "CREATE_FAILED", "StatusMessage": problem.message}
    except ValueError as problem:
        plan |= {"Status": "CREATE_FAILED", "StatusMessage": str(problem)}


def _change_set(ask: Any, plan: Row) -> Row:
    named = {"ChangeSetName": plan["change_set"], "StackName": plan["stack"]}
    return dict(ask("cloudformation", "DescribeChangeSet", named))


@servicecatalog.operation("DescribeProvisionedProductPlan")
def describe_plan(call: Call) -> Mapping[str, Any]:
    plan = _existing(call)
    changes: list[Row] = []
    if plan["Status"] == "CREATE_SUCCESS":
        changes = [_change(one["ResourceChange"]) for one in _change_set(_asking(call, plan), plan)["Changes"]]
    shown, token = paged(call, changes)
    details = {name: plan[name] for name in _DETAILS if plan.get(name) is not None}
    return {"ProvisionedProductPlanDetails": details, "ResourceChanges": shown, "NextPageToken": token}


_REPLACEMENT = {"True": "TRUE", "False": "FALSE", "Conditional": "CONDITIONAL"}


def _change(one: Mapping[str, Any]) -> Row:
    """A change of a change set in Service Catalog's words (ResourceChange)."""
    found: Row = {"Action": one["Action"].upper()}
    found |= {name: one[name] for name in ("LogicalResourceId", "PhysicalResourceId", "ResourceType") if name in one}
    if one.get("Replacement") in _REPLACEMENT:
        found["Replacement"] = _REPLACEMENT[one["Replacement"]]
    found["Scope"] = [scope.upper() for scope in one.get("Scope", ())]
    found["Details"] = [_detail(each) for each in one.get("Details", ())]
    return found


def _detail(one: Mapping[str, Any]) -> Row:
    target = one.get("Target", {})
    shown: Row = {"Attribute": target.get("Attribute", "").upper()}
    if target.get("Name"):
        shown["Name"] = target["Name"]
    if target.get("RequiresRecreation"):
        shown["RequiresRecreation"] = target["RequiresRecreation"].upper()
    found: Row = {"Target": shown}
    if one.get("Evaluation"):
        found["Evaluation"] = one["Evaluation"].upper()
    if one.get("CausingEntity"):
        found["CausingEntity"] = one["CausingEntity"]
    return found


@servicecatalog.operation("ExecuteProvisionedProductPlan")
@idempotent()
def execute_plan(call: Call) -> Mapping[str, Any]:
    plan = _existing(call)
    if plan["Status"] != "CREATE_SUCCESS":
        raise bad_state(f"Plan {plan['PlanId']} is in status {plan['Status']} and cannot be executed")
    row = records.find(call.rows, plan["ProvisionProductId"])
    if row is None:
        raise missing("Provisioned product", plan["ProvisionProductId"])
    if row["Status"] == "UNDER_CHANGE":
        provisioning.check_settled(row)
    further = {} if plan["new"] else {"wanted": plan["wanted"]}
    doing: Row = {
        "verb": "execute",
        "plan": plan["PlanId"],
        "change_set": plan["change_set"],
        **_acting(call, plan).to_dict(),
        "status": "" if plan["new"] else row["Status"],
        **further,
    }
    kind = "PROVISION_PRODUCT" if plan["new"] else "UPDATE_PROVISIONED_PRODUCT"
    record = records.new_record(call, kind, row, **doing)
    row["Status"] = "UNDER_CHANGE"
    records.save(call.rows, row)
    plan |= {"Status": "EXECUTE_IN_PROGRESS", "UpdatedTime": call.now.timestamp()}
    call.rows.put("plan", plan["PlanId"], plan)
    provisioning.begin(call, record)
    return {"RecordDetail": records.record_detail(record)}


@servicecatalog.operation("DeleteProvisionedProductPlan")
def delete_plan(call: Call) -> None:
    """The change set goes with the plan, and the stack that was made for it where nothing was provisioned yet. With
    IgnoreErrors the plan goes even where those cannot."""
    plan = _existing(call)
    if plan["Status"] == "EXECUTE_IN_PROGRESS":
        raise bad_state(f"Plan {plan['PlanId']} is being executed")
    unused = plan["Status"] in ("CREATE_SUCCESS", "CREATE_FAILED")
    if unused and plan.get("stack"):
        try:
            ask = _asking(call, plan)
            ask("cloudformation", "DeleteChangeSet", {"ChangeSetName": plan["change_set"], "StackName": plan["stack"]})
            if plan["new"]:
                ask("cloudformation", "DeleteStack", {"StackName": plan["stack"]})
        except ServiceError:
            if not call.params.get("IgnoreErrors", False):
                raise
    row = records.find(call.rows, plan["ProvisionProductId"])
    if unused and plan["new"] and row is not None:
        records.remove(call.rows, row)
    call.rows.delete("plan", plan["PlanId"])


@servicecatalog.operation("ListProvisionedProductPlans")
def list_plans(call: Call) -> Mapping[str, Any]:
    every = by_creation([dict(one) for _, one in call.rows.all("plan")])
    product = call.params.get("ProvisionProductId")
    found = [one for one in provisioned.at_level(call, every, "User") if product in (None, one["ProvisionProductId"])]
    shown, token = paged(call, found)
    plans = [{name: one[name] for name in _SUMMARY if name in one} for one in shown]
    return {"ProvisionedProductPlans": plans, "NextPageToken": token}
