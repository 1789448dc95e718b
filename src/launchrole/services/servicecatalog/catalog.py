"""Portfolios and products as they are kept, and which of them an account sees: its own, and those shared with it.

An account's rows hold its own portfolios, products, associations and constraints. What others share with it and it has
accepted is a row `imported`, which says whose rows hold the portfolio.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from launchrole.account.rows import Rows
from launchrole.account.service import Call
from launchrole.services.servicecatalog.service import Row, missing


@dataclass(frozen=True)
class Portfolio:
    """A portfolio that an account sees. `rows` are its owner's."""

    rows: Rows
    detail: Row
    own: bool

    @property
    def id(self) -> str:
        return str(self.detail["Id"])

    def holds(self, product_id: str) -> Row | None:
        """The association with a product; None where there is none."""
        found = self.rows.get("association", f"{self.id}/{product_id}")
        return None if found is None else dict(found)

    def products(self) -> list[str]:
        """The ids of the products in it."""
        return [key.partition("/")[2] for key, _ in self.rows.all("association", f"{self.id}/")]

    def constraints(self, product_id: str | None = None) -> list[Row]:
        """The constraints in it, those on a product or all."""
        found = [dict(row) for _, row in self.rows.all("constraint") if row["PortfolioId"] == self.id]
        return [row for row in found if product_id in (None, row["ProductId"])]


@dataclass(frozen=True)
class Product:
    """A product that an account sees. `rows` are its owner's."""

    rows: Rows
    detail: Row
    own: bool

    @property
    def id(self) -> str:
        return str(self.detail["ProductId"])

    def artifacts(self) -> list[Row]:
        """Its provisioning artifacts, the oldest first."""
        found = [dict(row) for _, row in self.rows.all("artifact", f"{self.id}/")]
        return sorted(found, key=lambda one: float(one["CreatedTime"]))

    def artifact(self, identifier: str) -> Row:
        """One of them. Raises ResourceNotFoundException."""
        found = self.rows.get("artifact", f"{self.id}/{identifier}")
        if found is None:
            raise missing("Provisioning artifact", identifier)
        return dict(found)

    @property
    def summary(self) -> Row:
        """What lists show of a product (ProductViewSummary)."""
        shown = {name: self.detail[name] for name in _SUMMARY if name in self.detail}
        return {**shown, "HasDefaultPath": False}


_SUMMARY = (
    "Id",
    "ProductId",
    "Name",
    "Owner",
    "ShortDescription",
    "Type",
    "Distributor",
    "SupportEmail",
    "SupportDescription",
    "SupportUrl",
)


def own_portfolio(call: Call, identifier: str) -> Portfolio:
    """A portfolio of the caller's account. Raises ResourceNotFoundException."""
    found = call.rows.get("portfolio", identifier)
    if found is None:
        raise missing("Portfolio", identifier)
    return Portfolio(call.rows, dict(found), True)


def own_product(call: Call, identifier: str) -> Product:
    """A product of the caller's account. Raises ResourceNotFoundException."""
    found = call.rows.get("product", identifier)
    if found is None:
        raise missing("Product", identifier)
    return Product(call.rows, dict(found), True)


def own_portfolios(rows: Rows) -> list[Portfolio]:
    found = [Portfolio(rows, dict(row), True) for _, row in rows.all("portfolio")]
    return sorted(found, key=lambda one: float(one.detail["CreatedTime"]))


def own_products(rows: Rows) -> list[Product]:
    found = [Product(rows, dict(row), True) for _, row in rows.all("product")]
    return sorted(found, key=lambda one: float(one.detail["CreatedTime"]))


def imported_portfolios(rows: Rows) -> list[Portfolio]:
    """The portfolios of others that an account has accepted."""
    found = []
    for identifier, row in rows.all("imported"):
        owner = rows.of(account=row["owner"])
        detail = owner.get("portfolio", identifier)
        if detail is not None:
            found.append(Portfolio(owner, dict(detail), False))
    return found


def visible_portfolios(rows: Rows) -> list[Portfolio]:
    return [*own_portfolios(rows), *imported_portfolios(rows)]


def visible_portfolio(call: Call, identifier: str) -> Portfolio:
    """A portfolio of the caller's account or shared with it. Raises ResourceNotFoundException."""
    found = next((one for one in visible_portfolios(call.rows) if one.id == identifier), None)
    if found is None:
        raise missing("Portfolio", identifier)
    return found


def product_in(portfolio: Portfolio, identifier: str) -> Product | None:
    """A product that a portfolio holds: its owner's own, or one that was shared with the owner in turn."""
    if portfolio.holds(identifier) is None:
        return None
    return product_of(portfolio.rows, identifier)


def product_of(rows: Rows, identifier: str) -> Product | None:
    """A product that the account of these rows sees; None where it sees none of that id."""
    found = rows.get("product", identifier)
    if found is not None:
        return Product(rows, dict(found), True)
    for portfolio in imported_portfolios(rows):
        detail = portfolio.rows.get("product", identifier)
        if detail is not None and portfolio.holds(identifier) is not None:
            return Product(portfolio.rows, dict(detail), False)
    return None


def visible_product(call: Call, identifier: str) -> Product:
    """A product of the caller's account or in a portfolio shared with it. Raises ResourceNotFoundException."""
    found = product_of(call.rows, identifier)
    if found is None:
        raise missing("Product", identifier)
    return found


def visible_products(rows: Rows) -> Iterator[Product]:
    """The account's own products, then those of portfolios shared with it."""
    seen = set()
    for own in own_products(rows):
        seen.add(own.id)
        yield own
    for portfolio in imported_portfolios(rows):
        for identifier in portfolio.products():
            found = None if identifier in seen else product_in(portfolio, identifier)
            if found is not None:
                seen.add(identifier)
                yield Product(found.rows, found.detail, False)
