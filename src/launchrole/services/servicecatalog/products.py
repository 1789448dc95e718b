"""Products and their provisioning artifacts, as administrators make and change them.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreateProduct.html,
https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreateProvisioningArtifact.html

Products are CloudFormation templates here; Terraform, external engines, the Marketplace and products that follow a Git
repository are refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.account.service import Call
from launchrole.services.servicecatalog import associations, templates
from launchrole.services.servicecatalog.catalog import (
    Product,
    own_portfolios,
    own_product,
    visible_portfolios,
    visible_product,
    visible_products,
)
from launchrole.services.servicecatalog.portfolios import changed_tags, check_tags, detail
from launchrole.services.servicecatalog.service import (
    Row,
    catalog_arn,
    idempotent,
    in_use,
    invalid,
    missing,
    new_id,
    not_done,
    paged,
    servicecatalog,
    take,
    too_many,
)

TYPE = "CLOUD_FORMATION_TEMPLATE"
_ARTIFACTS = 100
"""Artifacts of one product. https://docs.aws.amazon.com/servicecatalog/latest/adminguide/limits.html"""
_OPTIONAL = ("Distributor", "SupportDescription", "SupportEmail", "SupportUrl")
_ARTIFACT = ("Id", "Name", "Description", "Type", "CreatedTime", "Active", "Guidance")
_ARTIFACT_SUMMARY = ("Id", "Name", "Description", "CreatedTime")


def view_detail(product: Product) -> Row:
    """ProductViewDetail."""
    return {
        "ProductViewSummary": product.summary,
        "Status": "AVAILABLE",
        "ProductARN": product.detail["ProductARN"],
        "CreatedTime": product.detail["CreatedTime"],
    }


def artifact_detail(artifact: Row) -> Row:
    """ProvisioningArtifactDetail."""
    return {name: artifact[name] for name in _ARTIFACT if name in artifact}


def named(call: Call, by_id: str, by_name: str, products: list[Product]) -> Product:
    """The product that a call names by its id or its name, among some. Raises InvalidParametersException where it
    gives both or neither, ResourceNotFoundException."""
    identifier, name = call.params.get(by_id), call.params.get(by_name)
    if (identifier is None) == (name is None):
        raise invalid(f"Give either {by_id} or {by_name}")
    for one in products:
        if identifier is not None and one.id == identifier:
            return one
        if name is not None and one.detail["Name"] == name:
            return one
    raise missing("Product", identifier) if identifier is not None else missing("Product with name", str(name))


def new_artifact(call: Call, product_id: str, properties: Mapping[str, Any]) -> Row:
    """Make an artifact of a product from the properties that a request gives."""
    kind = properties.get("Type", TYPE)
    if kind != TYPE:
        raise not_done(f"launch provisioning artifacts of type {kind}: only {TYPE}")
    if " " in properties.get("Name", ""):
        raise invalid("The name of a provisioning artifact cannot have spaces")
    count = sum(1 for _ in call.rows.all("artifact", f"{product_id}/"))
    if count >= _ARTIFACTS:
        raise too_many(f"A product can have at most {_ARTIFACTS} provisioning artifacts")
    row: Row = {
        "Id": new_id(call, "pa"),
        "Type": kind,
        "CreatedTime": call.now.timestamp(),
        "Active": True,
        "Guidance": "DEFAULT",
        "template": templates.source(call, properties),
    }
    row |= {name: properties[name] for name in ("Name", "Description") if name in properties}
    keep_artifact(call, product_id, row)
    return row


def keep_artifact(call: Call, product_id: str, row: Row) -> None:
    call.rows.put("artifact", f"{product_id}/{row['Id']}", row)


def new_product(call: Call, name: str, members: Mapping[str, Any], tags: list[Row]) -> Product:
    """Write the row of a new product of the caller's account."""
    identifier = new_id(call, "prod")
    row: Row = {
        **members,
        "Id": new_id(call, "prodview"),
        "ProductId": identifier,
        "Name": name,
        "Type": TYPE,
        "ProductARN": catalog_arn(call, "product", identifier),
        "CreatedTime": call.now.timestamp(),
        "Tags": tags,
    }
    call.rows.put("product", identifier, row)
    return Product(call.rows, row, True)


@servicecatalog.operation("CreateProduct")
@idempotent()
def create_product(call: Call) -> Mapping[str, Any]:
    params = call.params
    if params["ProductType"] != TYPE:
        raise not_done(f"launch products of type {params['ProductType']}: only {TYPE}")
    if params.get("SourceConnection"):
        raise not_done("follow Git repositories: give ProvisioningArtifactParameters")
    if not params.get("ProvisioningArtifactParameters"):
        raise invalid("ProvisioningArtifactParameters are required for a product without a SourceConnection")
    members: Row = {"Owner": params["Owner"]}
    if "Description" in params:
        members["ShortDescription"] = params["Description"]
    take(call, members, *_OPTIONAL)
    product = new_product(call, params["Name"], members, check_tags(params.get("Tags")))
    artifact = new_artifact(call, product.id, params["ProvisioningArtifactParameters"])
    return {
        "ProductViewDetail": view_detail(product),
        "ProvisioningArtifactDetail": artifact_detail(artifact),
        "Tags": product.detail["Tags"],
    }


@servicecatalog.operation("DescribeProductAsAdmin")
def describe_product_as_admin(call: Call) -> Mapping[str, Any]:
    product = named(call, "Id", "Name", list(visible_products(call.rows)))
    summaries = [
        {name: one[name] for name in _ARTIFACT_SUMMARY if name in one}
        | {"ProvisioningArtifactMetadata": {"SourceProvisioningArtifactId": one["copied"]} if "copied" in one else {}}
        for one in product.artifacts()
    ]
    return {
        "ProductViewDetail": view_detail(product),
        "ProvisioningArtifactSummaries": summaries,
        "Tags": product.detail["Tags"],
        "TagOptions": associations.tag_options(product.rows, product.id),
        "Budgets": associations.budgets(call.rows, product.id),
    }


@servicecatalog.operation("UpdateProduct")
def update_product(call: Call) -> Mapping[str, Any]:
    product = own_product(call, call.params["Id"])
    if call.params.get("SourceConnection"):
        raise not_done("follow Git repositories")
    take(call, product.detail, "Name", "Owner", *_OPTIONAL)
    if "Description" in call.params:
        product.detail["ShortDescription"] = call.params["Description"]
    changed_tags(call, product.detail)
    call.rows.put("product", product.id, product.detail)
    return {"ProductViewDetail": view_detail(product), "Tags": product.detail["Tags"]}


@servicecatalog.operation("DeleteProduct")
def delete_product(call: Call) -> None:
    """Raises ResourceInUseException while portfolios, TagOptions, budgets or service actions are associated.
    https://docs.aws.amazon.com/servicecatalog/latest/adminguide/productmgmt-delete.html"""
    product = own_product(call, call.params["Id"])
    if any(portfolio.holds(product.id) is not None for portfolio in own_portfolios(call.rows)):
        raise in_use(f"Product {product.id} is still associated with a portfolio")
    held = associations.held(call.rows, product.id)
    if held is None and any(True for _ in call.rows.all("action-of", f"{product.id}/")):
        held = "service actions"
    if held is not None:
        raise in_use(f"Product {product.id} still has associated {held}")
    for key, _ in list(call.rows.all("artifact", f"{product.id}/")):
        call.rows.delete("artifact", key)
    call.rows.delete("product", product.id)


@servicecatalog.operation("CreateProvisioningArtifact")
@idempotent()
def create_provisioning_artifact(call: Call) -> Mapping[str, Any]:
    product = own_product(call, call.params["ProductId"])
    artifact = new_artifact(call, product.id, call.params["Parameters"])
    return {
        "ProvisioningArtifactDetail": artifact_detail(artifact),
        "Info": templates.info(artifact["template"]),
        "Status": "AVAILABLE",
    }


@servicecatalog.operation("UpdateProvisioningArtifact")
def update_provisioning_artifact(call: Call) -> Mapping[str, Any]:
    product = own_product(call, call.params["ProductId"])
    artifact = product.artifact(call.params["ProvisioningArtifactId"])
    take(call, artifact, "Name", "Description", "Active", "Guidance")
    if " " in artifact.get("Name", ""):
        raise invalid("The name of a provisioning artifact cannot have spaces")
    keep_artifact(call, product.id, artifact)
    return {
        "ProvisioningArtifactDetail": artifact_detail(artifact),
        "Info": templates.info(artifact["template"]),
        "Status": "AVAILABLE",
    }


@servicecatalog.operation("DeleteProvisioningArtifact")
def delete_provisioning_artifact(call: Call) -> None:
    """Raises ResourceInUseException for a product's last artifact, and for one with service actions.
    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_DeleteProvisioningArtifact.html"""
    product = own_product(call, call.params["ProductId"])
    artifact = product.artifact(call.params["ProvisioningArtifactId"])
    if len(product.artifacts()) == 1:
        raise in_use(f"{artifact['Id']} is the last provisioning artifact of product {product.id}")
    key = f"{product.id}/{artifact['Id']}"
    if any(True for _ in call.rows.all("action-of", f"{key}/")):
        raise in_use(f"Provisioning artifact {artifact['Id']} still has associated service actions")
    call.rows.delete("artifact", key)


@servicecatalog.operation("ListProvisioningArtifacts")
def list_provisioning_artifacts(call: Call) -> Mapping[str, Any]:
    product = visible_product(call, call.params["ProductId"])
    return {"ProvisioningArtifactDetails": [artifact_detail(one) for one in product.artifacts()]}


def chosen_artifact(call: Call, product: Product) -> Row:
    """The artifact that a call names by its id or its name. Raises InvalidParametersException where it gives both or
    neither, ResourceNotFoundException."""
    identifier, name = call.params.get("ProvisioningArtifactId"), call.params.get("ProvisioningArtifactName")
    if (identifier is None) == (name is None):
        raise invalid("Give either ProvisioningArtifactId or ProvisioningArtifactName")
    if identifier is not None:
        return product.artifact(identifier)
    found = next((one for one in product.artifacts() if one.get("Name") == name), None)
    if found is None:
        raise missing("Provisioning artifact with name", str(name))
    return found


@servicecatalog.operation("DescribeProvisioningArtifact")
def describe_provisioning_artifact(call: Call) -> Mapping[str, Any]:
    """The parameters are those that CloudFormation finds in the template, which is read with the caller's
    credentials."""
    product = named(call, "ProductId", "ProductName", list(visible_products(call.rows)))
    artifact = chosen_artifact(call, product)
    found: Row = {
        "ProvisioningArtifactDetail": artifact_detail(artifact),
        "Info": templates.info(artifact["template"]),
        "Status": "AVAILABLE",
    }
    if call.params.get("IncludeProvisioningArtifactParameters"):
        ask, template = templates.forwarded(call), artifact["template"]
        text = template.get("text") or templates.read(ask, template["url"])
        summary = templates.summary(ask, template)
        found["ProvisioningArtifactParameters"] = templates.parameters(summary, templates.body(text))
    return found


@servicecatalog.operation("ListPortfoliosForProduct")
def list_portfolios_for_product(call: Call) -> Mapping[str, Any]:
    product = visible_product(call, call.params["ProductId"])
    holding = [one for one in visible_portfolios(call.rows) if one.holds(product.id) is not None]
    found, token = paged(call, holding)
    return {"PortfolioDetails": [detail(one) for one in found], "NextPageToken": token}
