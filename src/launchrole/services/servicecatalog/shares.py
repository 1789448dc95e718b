"""Portfolios shared with other accounts: offered, accepted, rejected, withdrawn.

https://docs.aws.amazon.com/servicecatalog/latest/adminguide/catalogs_portfolios_sharing.html

The owner's rows hold the share; the recipient's hold the `offer`, and once it is accepted that the portfolio is
`imported`. Shares with organizations and their units are refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from launchrole.account.rows import Rows
from launchrole.account.service import Call
from launchrole.services.servicecatalog.catalog import (
    Portfolio,
    imported_portfolios,
    own_portfolio,
    own_product,
    visible_portfolio,
)
from launchrole.services.servicecatalog.portfolios import detail
from launchrole.services.servicecatalog.service import Row, invalid, missing, not_done, paged, servicecatalog

_ACCOUNT = re.compile(r"\d{12}")


def _recipient(call: Call) -> str:
    """The account that a share is with."""
    if call.params.get("OrganizationNode"):
        raise not_done("share portfolios with organizations or their units: give AccountId")
    account = call.params.get("AccountId")
    if account is None:
        raise invalid("Give AccountId")
    if _ACCOUNT.fullmatch(account) is None or account == call.account:
        raise invalid(f"A portfolio is shared with another account, by its twelve digits: {account}")
    return str(account)


def _share(call: Call, portfolio_id: str, account: str) -> Row:
    found = call.rows.get("share", f"{portfolio_id}/{account}")
    if found is None:
        raise missing("Portfolio share", f"{portfolio_id} with {account}")
    return dict(found)


@servicecatalog.operation("CreatePortfolioShare")
def create_portfolio_share(call: Call) -> Mapping[str, Any]:
    """A share that there is stays as it is, which is no error. What was shared cannot be shared again.
    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreatePortfolioShare.html"""
    account = _recipient(call)
    if call.params.get("SharePrincipals"):
        raise invalid("SharePrincipals is for shares with organizations and their units")
    portfolio = own_portfolio(call, call.params["PortfolioId"])
    for product_id in portfolio.products():
        own_product(call, product_id)
    key = f"{portfolio.id}/{account}"
    if call.rows.get("share", key) is None:
        row = {
            "PrincipalId": account,
            "Type": "ACCOUNT",
            "Accepted": False,
            "ShareTagOptions": bool(call.params.get("ShareTagOptions", False)),
            "SharePrincipals": False,
        }
        call.rows.put("share", key, row)
        call.rows.of(account=account).put("offer", portfolio.id, {"owner": call.account})
    return {}


@servicecatalog.operation("UpdatePortfolioShare")
def update_portfolio_share(call: Call) -> Mapping[str, Any]:
    account = _recipient(call)
    portfolio = own_portfolio(call, call.params["PortfolioId"])
    row = _share(call, portfolio.id, account)
    if call.params.get("SharePrincipals"):
        raise invalid("SharePrincipals is for shares with organizations and their units")
    row["ShareTagOptions"] = bool(call.params.get("ShareTagOptions", row["ShareTagOptions"]))
    call.rows.put("share", f"{portfolio.id}/{account}", row)
    return {"Status": "COMPLETED"}


@servicecatalog.operation("DeletePortfolioShare")
def delete_portfolio_share(call: Call) -> Mapping[str, Any]:
    """The recipient's import goes with the share, and the principals to whom the recipient gave the portfolio."""
    account = _recipient(call)
    portfolio = own_portfolio(call, call.params["PortfolioId"])
    _share(call, portfolio.id, account)
    call.rows.delete("share", f"{portfolio.id}/{account}")
    theirs = call.rows.of(account=account)
    theirs.delete("offer", portfolio.id)
    _let_go(theirs, portfolio.id)
    return {}


def _let_go(rows: Rows, portfolio_id: str) -> None:
    """Remove a portfolio from those that an account has imported."""
    rows.delete("imported", portfolio_id)
    for key, _ in list(rows.all("principal", f"{portfolio_id}/")):
        rows.delete("principal", key)


def _offer(call: Call) -> tuple[str, str]:
    """The portfolio that a recipient names, and its owner. Raises ResourceNotFoundException."""
    identifier = call.params["PortfolioId"]
    found = call.rows.get("offer", identifier)
    if found is None or call.params.get("PortfolioShareType", "IMPORTED") != "IMPORTED":
        raise missing("Portfolio", identifier)
    return identifier, str(found["owner"])


def _set_accepted(call: Call, identifier: str, owner: str, accepted: bool) -> None:
    theirs = call.rows.of(account=owner)
    key = f"{identifier}/{call.account}"
    share = theirs.get("share", key)
    if share is None:
        raise missing("Portfolio", identifier)
    theirs.put("share", key, {**share, "Accepted": accepted})


@servicecatalog.operation("AcceptPortfolioShare")
def accept_portfolio_share(call: Call) -> None:
    identifier, owner = _offer(call)
    _set_accepted(call, identifier, owner, True)
    call.rows.put("imported", identifier, {"owner": owner})


@servicecatalog.operation("RejectPortfolioShare")
def reject_portfolio_share(call: Call) -> None:
    """An offer that was rejected, or accepted and then rejected, may be accepted later: it stays an offer."""
    identifier, owner = _offer(call)
    _set_accepted(call, identifier, owner, False)
    _let_go(call.rows, identifier)


@servicecatalog.operation("ListAcceptedPortfolioShares")
def list_accepted_portfolio_shares(call: Call) -> Mapping[str, Any]:
    kind = call.params.get("PortfolioShareType", "IMPORTED")
    shown: list[Portfolio] = imported_portfolios(call.rows) if kind == "IMPORTED" else []
    found, token = paged(call, shown)
    return {"PortfolioDetails": [detail(one) for one in found], "NextPageToken": token}


@servicecatalog.operation("ListPortfolioAccess")
def list_portfolio_access(call: Call) -> Mapping[str, Any]:
    portfolio = visible_portfolio(call, call.params["PortfolioId"])
    accounts = [one["PrincipalId"] for _, one in portfolio.rows.all("share", f"{portfolio.id}/")]
    found, token = paged(call, accounts)
    return {"AccountIds": found, "NextPageToken": token}


@servicecatalog.operation("DescribePortfolioShares")
def describe_portfolio_shares(call: Call) -> Mapping[str, Any]:
    portfolio = own_portfolio(call, call.params["PortfolioId"])
    shares = [one for _, one in call.rows.all("share", f"{portfolio.id}/") if one["Type"] == call.params["Type"]]
    found, token = paged(call, shares)
    return {"PortfolioShareDetails": found, "NextPageToken": token}
