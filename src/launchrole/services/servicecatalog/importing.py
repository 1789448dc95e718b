"""Stacks that are there already, taken over as provisioned products.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ImportAsProvisionedProduct.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from launchrole.account.service import Call
from launchrole.services.servicecatalog import records, templates
from launchrole.services.servicecatalog.catalog import visible_product
from launchrole.services.servicecatalog.launches import outputs_of
from launchrole.services.servicecatalog.provisioning import check_name_free
from launchrole.services.servicecatalog.service import bad_state, duplicate, idempotent, invalid, servicecatalog

_IMPORTABLE = frozenset(
    {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"}
)


@servicecatalog.operation("ImportAsProvisionedProduct")
@idempotent()
def import_as_provisioned_product(call: Call) -> Mapping[str, Any]:
    """The stack's template must be the artifact's; both are read with the caller's credentials. Constraints hold from
    the first update on. Raises InvalidParametersException, InvalidStateException, DuplicateResourceException."""
    params = call.params
    product = visible_product(call, params["ProductId"])
    artifact = product.artifact(params["ProvisioningArtifactId"])
    check_name_free(call, params["ProvisionedProductName"])
    ask = templates.forwarded(call)
    stack = ask("cloudformation", "DescribeStacks", {"StackName": params["PhysicalId"]})["Stacks"][0]
    if stack.get("ParentId"):
        raise invalid("A nested stack cannot be imported")
    if stack["StackStatus"] not in _IMPORTABLE:
        raise bad_state(f"Stack {stack['StackId']} is in status {stack['StackStatus']} and cannot be imported")
    if any(one.get("PhysicalId") == stack["StackId"] for _, one in call.rows.all("provisioned")):
        raise duplicate(f"Stack {stack['StackId']} is a provisioned product already")
    its = ask("cloudformation", "GetTemplate", {"StackName": stack["StackId"], "TemplateStage": "Original"})
    text = its["TemplateBody"] if isinstance(its["TemplateBody"], str) else json.dumps(its["TemplateBody"])
    wanted = artifact["template"].get("text") or templates.read(ask, artifact["template"]["url"])
    if templates.body(text) != templates.body(wanted):
        raise invalid(f"The template of stack {stack['StackId']} is not that of provisioning artifact {artifact['Id']}")
    row = records.new_product(call, params["ProvisionedProductName"], records.owner(call), params["IdempotencyToken"])
    row |= {
        "ProductId": product.id,
        "ProductName": product.detail["Name"],
        "ProvisioningArtifactId": artifact["Id"],
        "ProvisioningArtifactName": artifact.get("Name"),
        "product_arn": product.detail["ProductARN"],
        "PhysicalId": stack["StackId"],
        "stack": stack["StackName"],
        "Status": "AVAILABLE",
        "outputs": outputs_of(stack),
    }
    record = records.new_record(call, "IMPORT_PROVISIONED_PRODUCT", row)
    record |= {"Status": "SUCCEEDED", "outputs": row["outputs"]}
    call.rows.put("record", record["RecordId"], record)
    records.save(call.rows, row)
    return {"RecordDetail": records.record_detail(record)}
