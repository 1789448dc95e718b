"""Constraints: what holds when a product is launched from a portfolio.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreateConstraint.html says which parameters each type takes,
and which types exclude each other. StackSets are not launched: their constraints are kept, and a launch is refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call
from launchrole.services.servicecatalog.catalog import Portfolio, own_portfolio, visible_portfolio
from launchrole.services.servicecatalog.service import (
    Row,
    by_creation,
    duplicate,
    idempotent,
    invalid,
    missing,
    new_id,
    paged,
    servicecatalog,
    take,
)
from launchrole.services.servicecatalog.templates import forwarded

_SHOWN = ("ConstraintId", "Type", "Description", "Owner", "ProductId", "PortfolioId")
_ONCE = {
    "LAUNCH": ("LAUNCH", "STACKSET"),
    "STACKSET": ("LAUNCH", "STACKSET"),
    "RESOURCE_UPDATE": ("RESOURCE_UPDATE",),
}
"""Types that exclude others on the same product in the same portfolio."""


def _parameters(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise invalid("The parameters of a constraint must be JSON") from None
    if not isinstance(found, dict):
        raise invalid("The parameters of a constraint must be a JSON object")
    return found


def _launch(call: Call, found: Mapping[str, Any]) -> None:
    """The role has to be there; it is looked up with the caller's credentials (iam:GetRole) where it is the caller's
    account's."""
    arn, name = found.get("RoleArn"), found.get("LocalRoleName")
    if (arn is None) == (name is None) or set(found) - {"RoleArn", "LocalRoleName"}:
        raise invalid("A launch constraint takes either RoleArn or LocalRoleName")
    if arn is not None:
        parts = str(arn).split(":")
        if len(parts) != 6 or parts[2] != "iam" or not parts[5].startswith("role/"):
            raise invalid(f"RoleArn is not the ARN of a role: {arn}")
        if parts[4] != call.account:
            return
        name = parts[5].rpartition("/")[2]
    try:
        role = forwarded(call)("iam", "GetRole", {"RoleName": str(name)})["Role"]
    except ServiceError as problem:
        if problem.code == "NoSuchEntity":
            raise invalid(f"The launch role {arn or name} does not exist") from None
        raise
    if arn is not None and role["Arn"] != arn:
        raise invalid(f"The launch role {arn} does not exist")


def _notification(_call: Call, found: Mapping[str, Any]) -> None:
    arns = found.get("NotificationArns")
    if not isinstance(arns, list) or not 1 <= len(arns) <= 5 or not all(str(one).startswith("arn:") for one in arns):
        raise invalid("A notification constraint takes NotificationArns, a list of one to five topics' ARNs")


def _resource_update(_call: Call, found: Mapping[str, Any]) -> None:
    value = (found.get("Properties") or {}).get("TagUpdateOnProvisionedProduct")
    if value not in ("ALLOWED", "NOT_ALLOWED"):
        raise invalid('A RESOURCE_UPDATE constraint takes {"Version": "2.0", "Properties": '
                      '{"TagUpdateOnProvisionedProduct": "ALLOWED" or "NOT_ALLOWED"}}')  # fmt: skip


def _stack_set(_call: Call, found: Mapping[str, Any]) -> None:
    properties = found.get("Properties") or {}
    lacking = [one for one in ("AccountList", "RegionList", "AdminRole", "ExecutionRole") if not properties.get(one)]
    if lacking:
        raise invalid(f"The properties of a STACKSET constraint lack {', '.join(lacking)}")


def _template(_call: Call, found: Mapping[str, Any]) -> None:
    rules = found.get("Rules")
    if not isinstance(rules, dict) or not rules:
        raise invalid("A template constraint takes Rules, an object of rules")
    for name, rule in rules.items():
        if not isinstance(rule, dict) or not isinstance(rule.get("Assertions"), list) or not rule["Assertions"]:
            raise invalid(f"The rule {name} of a template constraint has no Assertions")


_CHECKS: Mapping[str, Callable[[Call, Mapping[str, Any]], None]] = {
    "LAUNCH": _launch,
    "NOTIFICATION": _notification,
    "RESOURCE_UPDATE": _resource_update,
    "STACKSET": _stack_set,
    "TEMPLATE": _template,
}


def _answer(row: Row) -> Row:
    return {
        "ConstraintDetail": {name: row[name] for name in _SHOWN if name in row},
        "ConstraintParameters": row["Parameters"],
        "Status": "AVAILABLE",
    }


def parameters(row: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a constraint that is kept."""
    return dict(json.loads(row["Parameters"]))


def summaries(rows: list[Row]) -> list[Row]:
    """ConstraintSummary of each."""
    return [{name: one[name] for name in ("Type", "Description") if name in one} for one in rows]


@servicecatalog.operation("CreateConstraint")
@idempotent()
def create_constraint(call: Call) -> Mapping[str, Any]:
    """Raises ResourceNotFoundException where the portfolio does not hold the product (aws-cdk, issue 20810),
    DuplicateResourceException where a constraint is in the way."""
    params = call.params
    kind = params["Type"]
    if kind not in _CHECKS:
        raise invalid(f"{kind} is no type of constraints: {', '.join(_CHECKS)}")
    portfolio = own_portfolio(call, params["PortfolioId"])
    product_id = params["ProductId"]
    if portfolio.holds(product_id) is None:
        message = f"Product {product_id} is not associated with portfolio {portfolio.id}"
        raise ServiceError("ResourceNotFoundException", message)
    found = _parameters(params["Parameters"])
    _CHECKS[kind](call, found)
    _check_others(portfolio, product_id, kind, found)
    row: Row = {
        "ConstraintId": new_id(call, "cons"),
        "Type": kind,
        "Owner": call.account,
        "ProductId": product_id,
        "PortfolioId": portfolio.id,
        "Parameters": params["Parameters"],
        "CreatedTime": call.now.timestamp(),
    }
    take(call, row, "Description")
    call.rows.put("constraint", row["ConstraintId"], row)
    return _answer(row)


def _check_others(portfolio: Portfolio, product_id: str, kind: str, found: Mapping[str, Any]) -> None:
    for other in portfolio.constraints(product_id):
        if other["Type"] in _ONCE.get(kind, ()) or (other["Type"] == kind and parameters(other) == found):
            raise duplicate(
                f"Product {product_id} has the {other['Type']} constraint {other['ConstraintId']} in portfolio "
                f"{portfolio.id} already"
            )


def _existing(call: Call) -> Row:
    """A constraint of the caller's account. Raises ResourceNotFoundException."""
    identifier = call.params["Id"]
    found = call.rows.get("constraint", identifier)
    if found is None:
        raise missing("Constraint", identifier)
    return dict(found)


@servicecatalog.operation("DescribeConstraint")
def describe_constraint(call: Call) -> Mapping[str, Any]:
    return _answer(_existing(call))


@servicecatalog.operation("UpdateConstraint")
def update_constraint(call: Call) -> Mapping[str, Any]:
    row = _existing(call)
    take(call, row, "Description", "Parameters")
    if "Parameters" in call.params:
        found = _parameters(row["Parameters"])
        _CHECKS[row["Type"]](call, found)
        # the door knows by these words that a role is passed: they may not be written in another way
        if any(f'"{name}"' not in row["Parameters"] for name in found if row["Type"] == "LAUNCH"):
            raise invalid("The parameters of a launch constraint must name RoleArn or LocalRoleName without escapes")
    call.rows.put("constraint", row["ConstraintId"], row)
    return _answer(row)


@servicecatalog.operation("DeleteConstraint")
def delete_constraint(call: Call) -> None:
    call.rows.delete("constraint", _existing(call)["ConstraintId"])


@servicecatalog.operation("ListConstraintsForPortfolio")
def list_constraints(call: Call) -> Mapping[str, Any]:
    portfolio = visible_portfolio(call, call.params["PortfolioId"])
    found, token = paged(call, by_creation(portfolio.constraints(call.params.get("ProductId"))))
    return {"ConstraintDetails": [_answer(one)["ConstraintDetail"] for one in found], "NextPageToken": token}
