"""Portfolios: made, described, changed, deleted, and the budgets and TagOptions that they show.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreatePortfolio.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.account.service import Call
from launchrole.services.servicecatalog import associations
from launchrole.services.servicecatalog.catalog import Portfolio, own_portfolio, own_portfolios, visible_portfolio
from launchrole.services.servicecatalog.service import (
    Row,
    catalog_arn,
    check_tag_key,
    idempotent,
    in_use,
    invalid,
    new_id,
    paged,
    servicecatalog,
    take,
    too_many,
)
from launchrole.services.tagging import merged, without

_SHOWN = ("Id", "ARN", "DisplayName", "Description", "CreatedTime", "ProviderName")
_TAGS = 50


def detail(portfolio: Portfolio) -> Row:
    """PortfolioDetail."""
    return {name: portfolio.detail[name] for name in _SHOWN if name in portfolio.detail}


def check_tags(tags: Any) -> list[Row]:
    """Tags as a request gives them. Raises InvalidParametersException for a key that comes twice or is AWS' own."""
    found = [dict(one) for one in tags or ()]
    keys = [one["Key"] for one in found]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        raise invalid(f"The tag key {twice} is given more than once")
    for key in keys:
        check_tag_key(key)
    if len(found) > _TAGS:
        raise too_many(f"A resource can have at most {_TAGS} tags")
    return found


def changed_tags(call: Call, row: Row) -> None:
    """Take tags away and add others, as AddTags and RemoveTags say."""
    tags = without(row["Tags"], call.params.get("RemoveTags") or ())
    row["Tags"] = check_tags(merged(tags, check_tags(call.params.get("AddTags"))))


@servicecatalog.operation("CreatePortfolio")
@idempotent()
def create_portfolio(call: Call) -> Mapping[str, Any]:
    identifier = new_id(call, "port")
    row: Row = {
        "Id": identifier,
        "ARN": catalog_arn(call, "portfolio", identifier),
        "CreatedTime": call.now.timestamp(),
        "Tags": check_tags(call.params.get("Tags")),
    }
    take(call, row, "DisplayName", "Description", "ProviderName")
    call.rows.put("portfolio", identifier, row)
    return {"PortfolioDetail": detail(Portfolio(call.rows, row, True)), "Tags": row["Tags"]}


@servicecatalog.operation("DescribePortfolio")
def describe_portfolio(call: Call) -> Mapping[str, Any]:
    found = visible_portfolio(call, call.params["Id"])
    return {
        "PortfolioDetail": detail(found),
        "Tags": found.detail["Tags"],
        "TagOptions": associations.tag_options(found.rows, found.id),
        "Budgets": associations.budgets(call.rows, found.id),
    }


@servicecatalog.operation("UpdatePortfolio")
def update_portfolio(call: Call) -> Mapping[str, Any]:
    found = own_portfolio(call, call.params["Id"])
    take(call, found.detail, "DisplayName", "Description", "ProviderName")
    changed_tags(call, found.detail)
    call.rows.put("portfolio", found.id, found.detail)
    return {"PortfolioDetail": detail(found), "Tags": found.detail["Tags"]}


@servicecatalog.operation("DeletePortfolio")
def delete_portfolio(call: Call) -> None:
    """Raises ResourceInUseException where products, principals, constraints or accounts are associated.
    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_DeletePortfolio.html; the sentence is recorded for
    principals (cloudformation-coverage-roadmap, issue 2430)."""
    found = own_portfolio(call, call.params["Id"])
    held = {
        "Products": bool(found.products()),
        "Constraints": bool(found.constraints()),
        "Principals": any(True for _ in call.rows.all("principal", f"{found.id}/")),
        "Shares": any(True for _ in call.rows.all("share", f"{found.id}/")),
    }
    for what, there in held.items():
        if there:
            raise in_use(f"Portfolio {found.id} still has associated {what}")
    associations.forget(call.rows, found.id)
    call.rows.delete("portfolio", found.id)


@servicecatalog.operation("ListPortfolios")
def list_portfolios(call: Call) -> Mapping[str, Any]:
    found, token = paged(call, own_portfolios(call.rows))
    return {"PortfolioDetails": [detail(one) for one in found], "NextPageToken": token}
