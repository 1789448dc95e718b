"""Launch paths: from which portfolios somebody may launch a product, and what holds there.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ListLaunchPaths.html. Whoever calls, an administrator too, has
a path only through a portfolio that their user, one of their groups or their role is associated with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call
from launchrole.services.servicecatalog import associations, constraints
from launchrole.services.servicecatalog.catalog import Portfolio, Product, product_in, visible_portfolios
from launchrole.services.servicecatalog.service import Row, invalid, missing


@dataclass(frozen=True)
class LaunchPath:
    """A product in a portfolio that a caller has access to. `account` is the caller's."""

    id: str
    portfolio: Portfolio
    product: Product
    account: str

    @property
    def name(self) -> str:
        """The portfolio's name."""
        return str(self.portfolio.detail["DisplayName"])

    @property
    def constraints(self) -> list[Row]:
        return self.portfolio.constraints(self.product.id)

    def parameters(self, kind: str) -> list[Mapping[str, Any]]:
        """The parameters of the constraints of a type."""
        return [constraints.parameters(one) for one in self.constraints if one["Type"] == kind]

    @property
    def launch_role(self) -> Mapping[str, Any] | None:
        """The parameters of the launch constraint: `RoleArn` or `LocalRoleName`."""
        found = self.parameters("LAUNCH")
        return found[0] if found else None

    @property
    def may_retag(self) -> bool:
        """Does a RESOURCE_UPDATE constraint allow an update to change tags?"""
        found = self.parameters("RESOURCE_UPDATE")
        return any(one["Properties"]["TagUpdateOnProvisionedProduct"] == "ALLOWED" for one in found)

    def notification_arns(self) -> list[str]:
        return [arn for one in self.parameters("NOTIFICATION") for arn in one["NotificationArns"]]

    def rules(self) -> list[Mapping[str, Any]]:
        """What template constraints add to the template's rules."""
        return [one["Rules"] for one in self.parameters("TEMPLATE")]

    def tag_choices(self) -> dict[str, list[str]]:
        """The values that TagOptions leave for a key; none where the portfolio's and the product's conflict.
        https://docs.aws.amazon.com/servicecatalog/latest/adminguide/tagoptions-launching.html"""
        if not self.portfolio.own and not self._shares_tag_options():
            return {}
        of_portfolio = _values(associations.tag_options(self.portfolio.rows, self.portfolio.id))
        of_product = _values(associations.tag_options(self.product.rows, self.product.id))
        found = {**of_portfolio, **of_product}
        for key in of_portfolio.keys() & of_product.keys():
            found[key] = [one for one in of_portfolio[key] if one in of_product[key]]
        return found

    def _shares_tag_options(self) -> bool:
        share = self.portfolio.rows.get("share", f"{self.portfolio.id}/{self.account}")
        return share is not None and bool(share["ShareTagOptions"])


def _values(options: list[Row]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in options:
        if one["Active"]:
            found.setdefault(one["Key"], []).append(one["Value"])
    return found


def principals(call: Call) -> list[str]:
    """The ARNs by which the caller may be associated with portfolios: the role of a session, a user and its groups."""
    caller = call.surroundings.caller_identity()
    session = caller.session
    if session is not None and session.kind == "role":
        return [str(session.role_arn)]
    if caller.user_name is None:
        return []
    groups = call.surroundings.directory.groups_of(caller.account, caller.user_name)
    return [caller.arn, *groups]


def _has_access(call: Call, portfolio: Portfolio, arns: list[str]) -> bool:
    for _, one in call.rows.all("principal", f"{portfolio.id}/"):
        wanted = one["PrincipalARN"]
        if one["PrincipalType"] == "IAM":
            if wanted in arns:
                return True
        elif any(_matches(wanted, _without_account(arn)) for arn in arns):
            return True
    return False


def _without_account(arn: str) -> str:
    parts = arn.split(":", 5)
    return ":".join((*parts[:4], "", parts[5]))


def _matches(pattern: str, text: str) -> bool:
    """`*` is any text, `?` is one character or none. In time linear in both.
    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_AssociatePrincipalWithPortfolio.html"""
    states = _skip(pattern, {0})
    for character in text:
        reached = set()
        for state in states:
            if state == len(pattern):
                continue
            if pattern[state] == "*":
                reached.add(state)
            elif pattern[state] in ("?", character):
                reached.add(state + 1)
        states = _skip(pattern, reached)
    return len(pattern) in states


def _skip(pattern: str, states: set[int]) -> set[int]:
    """The states, and those behind wildcards that may stand for nothing."""
    found = set()
    for state in states:
        while state not in found:
            found.add(state)
            if state < len(pattern) and pattern[state] in "*?":
                state += 1
    return found


def accessible(call: Call) -> list[Portfolio]:
    """The portfolios that the caller may launch from."""
    arns = principals(call)
    return [one for one in visible_portfolios(call.rows) if _has_access(call, one, arns)]


def of_product(call: Call, product_id: str) -> list[LaunchPath]:
    """The caller's paths to a product."""
    found = []
    for portfolio in accessible(call):
        product = product_in(portfolio, product_id)
        association = portfolio.holds(product_id)
        if product is not None and association is not None:
            found.append(LaunchPath(association["path"], portfolio, product, call.account))
    return found


def products(call: Call) -> list[Product]:
    """The products that the caller may launch, each once."""
    found: dict[str, Product] = {}
    for portfolio in accessible(call):
        for identifier in portfolio.products():
            product = product_in(portfolio, identifier)
            if product is not None:
                found.setdefault(identifier, product)
    return list(found.values())


def existing(call: Call, product_id: str) -> list[LaunchPath]:
    """The caller's paths to a product. Raises ResourceNotFoundException where there is none, in AWS' words (aws-cdk,
    issue 8404)."""
    found = of_product(call, product_id)
    if not found:
        raise ServiceError("ResourceNotFoundException", f"No launch paths found for resource: {product_id}")
    return found


def chosen(call: Call, product_id: str, default: str | None = None) -> LaunchPath:
    """The path that a call names, or the only one. `default` is the path that a provisioned product came by.

    Raises ResourceNotFoundException, InvalidParametersException where there are several and none is named.
    """
    found = existing(call, product_id)
    identifier, name = call.params.get("PathId"), call.params.get("PathName")
    if identifier is not None and name is not None:
        raise invalid("Give either PathId or PathName, not both")
    if identifier is not None or name is not None:
        for one in found:
            if identifier == one.id or name == one.name:
                return one
        raise missing("Launch path", str(identifier or name))
    if len(found) > 1:
        before = next((one for one in found if one.id == default), None)
        if before is None:
            raise invalid("More than one launch path ids exist. Please specify the launch path id")
        return before
    return found[0]


def named_product(call: Call) -> str:
    """The id of the product that a call names by ProductId or ProductName.

    Raises InvalidParametersException where it gives both or neither, ResourceNotFoundException for a name of no product
    that the caller may launch.
    """
    identifier, name = call.params.get("ProductId"), call.params.get("ProductName")
    if (identifier is None) == (name is None):
        raise invalid("Give either ProductId or ProductName")
    if identifier is not None:
        return str(identifier)
    found = next((one for one in products(call) if one.detail["Name"] == name), None)
    if found is None:
        raise missing("Product with name", str(name))
    return found.id
