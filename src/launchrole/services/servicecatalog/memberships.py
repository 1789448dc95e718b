"""What a portfolio holds, and for whom: products and principals.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_AssociatePrincipalWithPortfolio.html,
https://docs.aws.amazon.com/servicecatalog/latest/dg/API_AssociateProductWithPortfolio.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call
from launchrole.services.servicecatalog.catalog import own_portfolio, visible_portfolio, visible_product
from launchrole.services.servicecatalog.service import (
    Row,
    in_use,
    invalid,
    missing,
    new_id,
    paged,
    servicecatalog,
    too_many,
)
from launchrole.services.servicecatalog.templates import forwarded

_PRINCIPAL = re.compile(r"arn:[a-z-]+:iam::\d{12}:(?P<kind>user|group|role)/(?:.+/)?(?P<name>[^/]+)")
_PATTERN = re.compile(r"arn:[a-z-]+:iam:::(?:user|group|role)/.+")
_PATTERNS = 10
"""Principals of type IAM_PATTERN on one portfolio."""


@servicecatalog.operation("AssociateProductWithPortfolio")
def associate_product(call: Call) -> None:
    """Associating twice is no error: AWS' page lists none for it. A product of somebody else's portfolio goes into a
    portfolio of one's own."""
    portfolio = own_portfolio(call, call.params["PortfolioId"])
    origin = call.params.get("SourcePortfolioId")
    product = visible_product(call, call.params["ProductId"])
    if origin is not None and visible_portfolio(call, origin).holds(product.id) is None:
        raise missing("Product", product.id)
    if portfolio.holds(product.id) is None:
        row: Row = {"path": new_id(call, "lpv2"), "CreatedTime": call.now.timestamp()}
        call.rows.put("association", f"{portfolio.id}/{product.id}", row)


@servicecatalog.operation("DisassociateProductFromPortfolio")
def disassociate_product(call: Call) -> None:
    """Raises ResourceInUseException while constraints are on the product in this portfolio."""
    portfolio = own_portfolio(call, call.params["PortfolioId"])
    product_id = call.params["ProductId"]
    if portfolio.holds(product_id) is None:
        raise missing("Product", product_id)
    if portfolio.constraints(product_id):
        raise in_use(f"Product {product_id} still has constraints in portfolio {portfolio.id}")
    call.rows.delete("association", f"{portfolio.id}/{product_id}")


@servicecatalog.operation("AssociatePrincipalWithPortfolio")
def associate_principal(call: Call) -> None:
    """Associating twice is no error. A principal of type IAM has to be there: it is looked up with the caller's
    credentials (iam:GetUser, GetGroup, GetRole). Raises InvalidParametersException, LimitExceededException."""
    params = call.params
    portfolio = visible_portfolio(call, params["PortfolioId"])
    arn, kind = params["PrincipalARN"], params["PrincipalType"]
    key = f"{portfolio.id}/{kind}/{arn}"
    if kind == "IAM_PATTERN":
        if _PATTERN.fullmatch(arn) is None:
            raise invalid(f"A principal of type IAM_PATTERN is arn:aws:iam:::role/NAME, without an account: {arn}")
        there = sum(1 for _ in call.rows.all("principal", f"{portfolio.id}/IAM_PATTERN/"))
        if there >= _PATTERNS and call.rows.get("principal", key) is None:
            raise too_many(f"A portfolio can have at most {_PATTERNS} principals of type IAM_PATTERN")
    else:
        _check_principal(call, arn)
    call.rows.put("principal", key, {"PrincipalARN": arn, "PrincipalType": kind})


def _check_principal(call: Call, arn: str) -> None:
    found = _PRINCIPAL.fullmatch(arn)
    if found is None or arn.split(":")[4] != call.account:
        raise invalid(f"Invalid principal ARN: {arn} is no user, group or role of account {call.account}")
    kind = found["kind"].title()
    try:
        answer = forwarded(call)("iam", f"Get{kind}", {f"{kind}Name": found["name"]})
    except ServiceError as problem:
        if problem.code == "NoSuchEntity":
            raise invalid(f"Invalid principal ARN: {arn} does not exist") from None
        raise
    if answer[kind]["Arn"] != arn:
        raise invalid(f"Invalid principal ARN: {arn} does not exist")


@servicecatalog.operation("DisassociatePrincipalFromPortfolio")
def disassociate_principal(call: Call) -> None:
    portfolio = visible_portfolio(call, call.params["PortfolioId"])
    kind = call.params.get("PrincipalType", "IAM")
    if not call.rows.delete("principal", f"{portfolio.id}/{kind}/{call.params['PrincipalARN']}"):
        raise missing("Principal", call.params["PrincipalARN"])


@servicecatalog.operation("ListPrincipalsForPortfolio")
def list_principals(call: Call) -> Mapping[str, Any]:
    portfolio = visible_portfolio(call, call.params["PortfolioId"])
    found, token = paged(call, [one for _, one in call.rows.all("principal", f"{portfolio.id}/")])
    return {"Principals": found, "NextPageToken": token}
