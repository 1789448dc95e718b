"""What end users see of a catalog: products that they may launch, how to launch them; and administrators' searches.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_SearchProducts.html,
https://docs.aws.amazon.com/servicecatalog/latest/dg/API_DescribeProvisioningParameters.html
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from launchrole.account.service import Call
from launchrole.services.servicecatalog import associations, constraints, launch_roles, paths, templates
from launchrole.services.servicecatalog.catalog import Product, own_products, product_in, visible_portfolio
from launchrole.services.servicecatalog.paths import LaunchPath
from launchrole.services.servicecatalog.products import chosen_artifact, named, view_detail
from launchrole.services.servicecatalog.service import Row, missing, paged, servicecatalog

_SEARCHED = ("Name", "Owner", "ShortDescription", "Distributor", "SupportDescription")
_ARTIFACT = ("Id", "Name", "Description", "CreatedTime", "Guidance")


def _found(call: Call, among: list[Product]) -> list[Product]:
    """Those that a search asks for, in the order that it asks for."""
    filters = call.params.get("Filters") or {}
    chosen = [one for one in among if all(_fits(one, key, values) for key, values in filters.items())]
    by = call.params.get("SortBy")
    if by is not None:
        chosen.sort(key=lambda one: _ORDERS[by](one))
        if call.params.get("SortOrder") == "DESCENDING":
            chosen.reverse()
    return chosen


_ORDERS: Mapping[str, Any] = {
    "Title": lambda one: str(one.detail["Name"]).lower(),
    "VersionCount": lambda one: len(one.artifacts()),
    "CreationDate": lambda one: float(one.detail["CreatedTime"]),
}


def _fits(product: Product, key: str, values: list[str]) -> bool:
    detail = product.detail
    if key == "FullTextSearch":
        text = " ".join(str(detail.get(name, "")) for name in _SEARCHED).lower()
        return all(value.lower() in text for value in values)
    member = {"Owner": "Owner", "ProductType": "Type", "SourceProductId": "source"}[key]
    return detail.get(member) in values


@servicecatalog.operation("SearchProducts")
def search_products(call: Call) -> Mapping[str, Any]:
    every = _found(call, paths.products(call))
    counts = {
        name: Counter(str(one.detail[member]) for one in every)
        for name, member in (("Owner", "Owner"), ("ProductType", "Type"))
    }
    shown, token = paged(call, every)
    return {
        "ProductViewSummaries": [one.summary for one in shown],
        "ProductViewAggregations": {
            name: [{"Value": value, "ApproximateCount": count} for value, count in found.items()]
            for name, found in counts.items()
        },
        "NextPageToken": token,
    }


@servicecatalog.operation("SearchProductsAsAdmin")
def search_products_as_admin(call: Call) -> Mapping[str, Any]:
    portfolio_id = call.params.get("PortfolioId")
    if portfolio_id is None:
        among = own_products(call.rows)
    else:
        portfolio = visible_portfolio(call, portfolio_id)
        held = [product_in(portfolio, one) for one in portfolio.products()]
        among = [one for one in held if one is not None]
    shown, token = paged(call, _found(call, among))
    return {"ProductViewDetails": [view_detail(one) for one in shown], "NextPageToken": token}


def _artifacts(product: Product) -> list[Row]:
    """The artifacts that end users see: inactive ones are hidden from them."""
    return [{name: one[name] for name in _ARTIFACT if name in one} for one in product.artifacts() if one["Active"]]


@servicecatalog.operation("DescribeProduct")
def describe_product(call: Call) -> Mapping[str, Any]:
    product = named(call, "Id", "Name", paths.products(call))
    return {
        "ProductViewSummary": product.summary,
        "ProvisioningArtifacts": _artifacts(product),
        "Budgets": associations.budgets(call.rows, product.id),
        "LaunchPaths": [{"Id": one.id, "Name": one.name} for one in paths.of_product(call, product.id)],
    }


@servicecatalog.operation("DescribeProductView")
def describe_product_view(call: Call) -> Mapping[str, Any]:
    identifier = call.params["Id"]
    product = next((one for one in paths.products(call) if one.detail["Id"] == identifier), None)
    if product is None:
        raise missing("Product view", identifier)
    return {"ProductViewSummary": product.summary, "ProvisioningArtifacts": _artifacts(product)}


def _path_tags(path: LaunchPath) -> list[Row]:
    """The tags of a path: the portfolio's and the product's."""
    tags = {one["Key"]: one["Value"] for one in (*path.portfolio.detail["Tags"], *path.product.detail["Tags"])}
    return [{"Key": key, "Value": value} for key, value in tags.items()]


@servicecatalog.operation("ListLaunchPaths")
def list_launch_paths(call: Call) -> Mapping[str, Any]:
    found, token = paged(call, paths.existing(call, call.params["ProductId"]))
    summaries = [
        {
            "Id": one.id,
            "ConstraintSummaries": constraints.summaries(one.constraints),
            "Tags": _path_tags(one),
            "Name": one.name,
        }
        for one in found
    ]
    return {"LaunchPathSummaries": summaries, "NextPageToken": token}


def launchable(call: Call, product: Product) -> Row:
    """The artifact that a call names, where end users see it. Raises ResourceNotFoundException."""
    artifact = chosen_artifact(call, product)
    if not artifact["Active"]:
        raise missing("Provisioning artifact", artifact["Id"])
    return artifact


@servicecatalog.operation("DescribeProvisioningParameters")
def describe_provisioning_parameters(call: Call) -> Mapping[str, Any]:
    """The template is read and summarized as it will be at the launch: as the launch role's session, or with the
    caller's credentials where there is no launch constraint."""
    path = paths.chosen(call, paths.named_product(call))
    artifact = launchable(call, path.product)
    acting = launch_roles.acting(call, path)
    ask = launch_roles.asking(call, acting)
    template = artifact["template"]
    text = template.get("text") or templates.read(ask, template["url"])
    summary = templates.summary(ask, template)
    body = templates.body(text)
    rules = {name: one for each in path.rules() for name, one in each.items()}
    return {
        "ProvisioningArtifactParameters": templates.parameters(summary, body),
        "ConstraintSummaries": constraints.summaries(path.constraints),
        "UsageInstructions": [
            {"Type": "metadata", "Value": summary.get("Metadata", "{}")},
            {"Type": "rules", "Value": json.dumps(rules)},
            {"Type": "version", "Value": summary.get("Version", "2010-09-09")},
        ],
        "TagOptions": [{"Key": key, "Values": values} for key, values in path.tag_choices().items()],
        "ProvisioningArtifactOutputs": templates.outputs(body),
        "ProvisioningArtifactOutputKeys": templates.outputs(body),
    }
