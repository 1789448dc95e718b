"""Copies of products, within an account or from a portfolio that is shared with it.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CopyProduct.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from launchrole.account.service import Call
from launchrole.services.servicecatalog.catalog import Product, own_product, product_of
from launchrole.services.servicecatalog.products import keep_artifact, new_product
from launchrole.services.servicecatalog.service import (
    Row,
    idempotent,
    invalid,
    missing,
    new_id,
    servicecatalog,
)

_ARN = re.compile(r"arn:[a-z-]+:catalog:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):product/(?P<id>prod-[a-z0-9]+)")
_COPIED = ("Owner", "ShortDescription", "Distributor", "SupportDescription", "SupportEmail", "SupportUrl")


@servicecatalog.operation("CopyProduct")
@idempotent()
def copy_product(call: Call) -> Mapping[str, Any]:
    """The copy is there when the call is answered; its status is asked for as on AWS."""
    params = call.params
    source = _source(call, params["SourceProductArn"])
    wanted = [one.get("Id") for one in params.get("SourceProvisioningArtifactIdentifiers") or ()]
    artifacts = [source.artifact(str(one)) for one in wanted] if wanted else source.artifacts()
    if params.get("TargetProductId"):
        target = own_product(call, params["TargetProductId"])
    else:
        name = params.get("TargetProductName") or source.detail["Name"]
        members = {member: source.detail[member] for member in _COPIED if member in source.detail}
        members["source"] = source.id
        tags = source.detail["Tags"] if "CopyTags" in (params.get("CopyOptions") or ()) else []
        target = new_product(call, name, members, tags)
    for artifact in artifacts:
        made: Row = {
            **artifact,
            "Id": new_id(call, "pa"),
            "CreatedTime": call.now.timestamp(),
            "copied": artifact["Id"],
        }
        keep_artifact(call, target.id, made)
    token = new_id(call, "copyproduct")
    call.rows.put("copy", token, {"CopyProductStatus": "SUCCEEDED", "TargetProductId": target.id})
    return {"CopyProductToken": token}


def _source(call: Call, arn: str) -> Product:
    found = _ARN.fullmatch(arn)
    if found is None:
        raise invalid(f"SourceProductArn is not the ARN of a product: {arn}")
    product = product_of(call.rows.of(region=found["region"]), found["id"])
    if product is None or product.detail["ProductARN"] != arn:
        raise missing("Product", found["id"])
    return product


@servicecatalog.operation("DescribeCopyProductStatus")
def describe_copy_product_status(call: Call) -> Mapping[str, Any]:
    found = call.rows.get("copy", call.params["CopyProductToken"])
    if found is None:
        raise missing("Copy of a product", call.params["CopyProductToken"])
    return dict(found)
