"""What is associated with portfolios and products: TagOptions and budgets.

https://docs.aws.amazon.com/servicecatalog/latest/adminguide/tagoptions.html,
https://docs.aws.amazon.com/servicecatalog/latest/adminguide/catalogs_budgets.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.account.rows import Rows
from launchrole.account.service import Call
from launchrole.services.servicecatalog.catalog import own_portfolio, own_product, visible_portfolio, visible_product
from launchrole.services.servicecatalog.service import (
    Row,
    check_tag_key,
    duplicate,
    in_use,
    missing,
    new_id,
    paged,
    servicecatalog,
    take,
    too_many,
)

_TAG_OPTIONS = 25
"""TagOptions on one portfolio or product. https://docs.aws.amazon.com/servicecatalog/latest/adminguide/limits.html"""


def tag_options(rows: Rows, resource_id: str) -> list[Row]:
    """The TagOptions of a portfolio or product, active or not."""
    found = [rows.get("tagoption", key.partition("/")[2]) for key, _ in rows.all("tagged", f"{resource_id}/")]
    return [dict(one) for one in found if one is not None]


def budgets(rows: Rows, resource_id: str) -> list[Row]:
    """The budgets of a portfolio or product."""
    return [{"BudgetName": key.partition("/")[2]} for key, _ in rows.all("budget", f"{resource_id}/")]


def held(rows: Rows, resource_id: str) -> str | None:
    """What is still associated with a resource, in words; None where nothing is."""
    for kind, words in (("tagged", "TagOptions"), ("budget", "Budgets")):
        if any(True for _ in rows.all(kind, f"{resource_id}/")):
            return words
    return None


def forget(rows: Rows, resource_id: str) -> None:
    """Remove every association of a resource that goes away."""
    for kind in ("tagged", "budget"):
        for key, _ in list(rows.all(kind, f"{resource_id}/")):
            rows.delete(kind, key)


def _resource(call: Call, *, own: bool) -> str:
    """The portfolio or product that a call names. Raises ResourceNotFoundException."""
    identifier: str = call.params["ResourceId"]
    if identifier.startswith("port-"):
        portfolio = own_portfolio if own else visible_portfolio
        return portfolio(call, identifier).id
    product = own_product if own else visible_product
    return product(call, identifier).id


def _tag_option(call: Call, identifier: str) -> Row:
    found = call.rows.get("tagoption", identifier)
    if found is None:
        raise missing("TagOption", identifier)
    return dict(found)


def _check_unique(call: Call, key: str, value: str, but: str | None = None) -> None:
    for identifier, one in call.rows.all("tagoption"):
        if (one["Key"], one["Value"]) == (key, value) and identifier != but:
            raise duplicate(f"A TagOption with key {key} and value {value} exists already")


@servicecatalog.operation("CreateTagOption")
def create_tag_option(call: Call) -> Mapping[str, Any]:
    """Raises InvalidParametersException for a key that is AWS' own: it would stand for what AWS tells of a product."""
    params = call.params
    check_tag_key(params["Key"])
    _check_unique(call, params["Key"], params["Value"])
    identifier = new_id(call, "tag")
    row = {
        "Key": params["Key"],
        "Value": params["Value"],
        "Active": True,
        "Id": identifier,
        "Owner": call.account,
    }
    call.rows.put("tagoption", identifier, row)
    return {"TagOptionDetail": row}


@servicecatalog.operation("DescribeTagOption")
def describe_tag_option(call: Call) -> Mapping[str, Any]:
    return {"TagOptionDetail": _tag_option(call, call.params["Id"])}


@servicecatalog.operation("UpdateTagOption")
def update_tag_option(call: Call) -> Mapping[str, Any]:
    row = _tag_option(call, call.params["Id"])
    take(call, row, "Value", "Active")
    _check_unique(call, row["Key"], row["Value"], row["Id"])
    call.rows.put("tagoption", row["Id"], row)
    return {"TagOptionDetail": row}


@servicecatalog.operation("DeleteTagOption")
def delete_tag_option(call: Call) -> None:
    """Raises ResourceInUseException while a portfolio or product has it."""
    row = _tag_option(call, call.params["Id"])
    if _resources_of(call, row["Id"]):
        raise in_use(f"TagOption {row['Id']} is still associated with resources")
    call.rows.delete("tagoption", row["Id"])


@servicecatalog.operation("ListTagOptions")
def list_tag_options(call: Call) -> Mapping[str, Any]:
    wanted = call.params.get("Filters") or {}
    rows = [one for _, one in call.rows.all("tagoption")]
    rows = [one for one in rows if all(one[name] == value for name, value in wanted.items())]
    found, token = paged(call, rows)
    return {"TagOptionDetails": found, "PageToken": token}


@servicecatalog.operation("AssociateTagOptionWithResource")
def associate_tag_option(call: Call) -> None:
    resource_id = _resource(call, own=True)
    row = _tag_option(call, call.params["TagOptionId"])
    key = f"{resource_id}/{row['Id']}"
    if call.rows.get("tagged", key) is not None:
        raise duplicate(f"TagOption {row['Id']} is already associated with {resource_id}")
    if len(tag_options(call.rows, resource_id)) >= _TAG_OPTIONS:
        raise too_many(f"A resource can have at most {_TAG_OPTIONS} TagOptions")
    call.rows.put("tagged", key, {})


@servicecatalog.operation("DisassociateTagOptionFromResource")
def disassociate_tag_option(call: Call) -> None:
    resource_id = _resource(call, own=True)
    if not call.rows.delete("tagged", f"{resource_id}/{call.params['TagOptionId']}"):
        raise missing("TagOption", call.params["TagOptionId"])


def _resources_of(call: Call, tag_option_id: str) -> list[str]:
    return [key.partition("/")[0] for key, _ in call.rows.all("tagged") if key.endswith(f"/{tag_option_id}")]


@servicecatalog.operation("ListResourcesForTagOption")
def list_resources_for_tag_option(call: Call) -> Mapping[str, Any]:
    row = _tag_option(call, call.params["TagOptionId"])
    kind = str(call.params.get("ResourceType", "")).lower()
    details = []
    for identifier in _resources_of(call, row["Id"]):
        if identifier.startswith("port-") and kind in ("", "portfolio"):
            one = own_portfolio(call, identifier).detail
            names = {"ARN": "ARN", "Name": "DisplayName", "Description": "Description"}
        elif not identifier.startswith("port-") and kind in ("", "product"):
            one = own_product(call, identifier).detail
            names = {"ARN": "ProductARN", "Name": "Name", "Description": "ShortDescription"}
        else:
            continue
        shown = {name: one[member] for name, member in names.items() if member in one}
        details.append({"Id": identifier, "CreatedTime": one["CreatedTime"], **shown})
    found, token = paged(call, details)
    return {"ResourceDetails": found, "PageToken": token}


@servicecatalog.operation("AssociateBudgetWithResource")
def associate_budget(call: Call) -> None:
    """Whether there is a budget of that name is not looked at: AWS' page does not say that it is."""
    resource_id = _resource(call, own=False)
    key = f"{resource_id}/{call.params['BudgetName']}"
    if budgets(call.rows, resource_id):
        raise duplicate(f"{resource_id} has a budget already")
    call.rows.put("budget", key, {})


@servicecatalog.operation("DisassociateBudgetFromResource")
def disassociate_budget(call: Call) -> None:
    resource_id = _resource(call, own=False)
    if not call.rows.delete("budget", f"{resource_id}/{call.params['BudgetName']}"):
        raise missing("Budget", call.params["BudgetName"])


@servicecatalog.operation("ListBudgetsForResource")
def list_budgets_for_resource(call: Call) -> Mapping[str, Any]:
    found, token = paged(call, budgets(call.rows, _resource(call, own=False)))
    return {"Budgets": found, "NextPageToken": token}
