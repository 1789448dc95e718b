"""Products of Service Catalog, whose artifacts are part of the resource, and provisioned products.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-servicecatalog-cloudformationproduct.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.services.cloudformation.handlers.action import Action, Failed, NotYet, Resource
from launchrole.services.cloudformation.handlers.declared import gone
from launchrole.services.cloudformation.handlers.handler import Handler, PossibleCall, calls_of
from launchrole.services.cloudformation.handlers.registry import handles
from launchrole.services.cloudformation.handlers.scope import action_token
from launchrole.services.cloudformation.handlers.shapes import NoMember, Unfit, fitted, input_shape

_SERVICE = "servicecatalog"
_ARTIFACTS = "ProvisioningArtifactParameters"
_OF_PRODUCT = (
    "AcceptLanguage",
    "Name",
    "Owner",
    "Description",
    "Distributor",
    "SupportDescription",
    "SupportEmail",
    "SupportUrl",
)
Artifact = Mapping[str, Any]


@handles("AWS::ServiceCatalog::CloudFormationProduct")
class CloudFormationProduct(Handler):
    own_calls: Mapping[str, tuple[PossibleCall, ...]] = {
        "create": calls_of(_SERVICE, "CreateProduct", "CreateProvisioningArtifact"),
        "update": calls_of(
            _SERVICE,
            "UpdateProduct",
            "ListProvisioningArtifacts",
            "DescribeProvisioningArtifact",
            "CreateProvisioningArtifact",
            "UpdateProvisioningArtifact",
            "ListServiceActionsForProvisioningArtifact",
            "DisassociateServiceActionFromProvisioningArtifact",
            "DeleteProvisioningArtifact",
        ),
        "delete": calls_of(_SERVICE, "DeleteProduct"),
    }

    def create(self, action: Action, properties: Mapping[str, Any]) -> None:
        artifacts = _artifacts(properties)
        params = _fitted(action, "CreateProduct", {
            **{name: properties[name] for name in _OF_PRODUCT if name in properties},
            "ProductType": properties.get("ProductType", "CLOUD_FORMATION_TEMPLATE"),
            _ARTIFACTS: _artifact(artifacts[0]),
            "Tags": [{"Key": name, "Value": one} for name, one in action.tags.items()],
        })  # fmt: skip
        answer = action.call(_SERVICE, "CreateProduct", params)
        product_id = answer["ProductViewDetail"]["ProductViewSummary"]["ProductId"]
        ids = [answer["ProvisioningArtifactDetail"]["Id"]]
        action.created(product_id, **_attributes(product_id, properties, ids))
        ids += [_add(action, product_id, one, number) for number, one in enumerate(artifacts[1:], 1)]
        action.created(product_id, **_attributes(product_id, properties, ids))

    def update(self, action: Action, old: Resource, properties: Mapping[str, Any], changed: frozenset[str]) -> None:
        """Artifacts keep their ids where a new one has the template and the name of an old one, unless
        ReplaceProvisioningArtifacts asks for new ids."""
        product_id = old.physical_id
        _update_product(action, old, properties, changed)
        kept: list[str] = []
        there = _there(action, product_id)
        left = [] if _replaces(properties) else list(there)
        for number, one in enumerate(_artifacts(properties)):
            same = next((each for each in left if _key(each) == _key(one)), None)
            if same is None:
                kept.append(_add(action, product_id, one, number))
                continue
            left.remove(same)
            kept.append(same["Id"])
            _describe(action, product_id, same, one.get("Description", ""))
        for each in there:
            if each["Id"] not in kept:
                _remove(action, product_id, each["Id"])
        action.created(product_id, **_attributes(product_id, properties, kept))

    def delete(self, action: Action, old: Resource) -> None:
        try:
            action.call(_SERVICE, "DeleteProduct", {"Id": old.physical_id})
        except ServiceError as problem:
            if not gone(problem):
                raise


def _artifacts(properties: Mapping[str, Any]) -> list[Artifact]:
    found = properties.get(_ARTIFACTS)
    if properties.get("SourceConnection") or not found:
        raise Failed("launchrole makes products from ProvisioningArtifactParameters only, not from a SourceConnection")
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Failed(f"Value of property {_ARTIFACTS} must be a list of objects")
    return found


def _artifact(one: Artifact) -> dict[str, Any]:
    return {"Type": "CLOUD_FORMATION_TEMPLATE", **one}


def _replaces(properties: Mapping[str, Any]) -> bool:
    return str(properties.get("ReplaceProvisioningArtifacts", False)).lower() == "true"


def _key(one: Artifact) -> tuple[str, str]:
    """What makes two artifacts the same: the name, and the template's URL without what a signature adds to it."""
    info = one.get("Info", {})
    url = info.get("LoadTemplateFromURL", info.get("TemplateUrl", ""))
    return str(one.get("Name", "")), str(url).partition("?")[0]


def _there(action: Action, product_id: str) -> list[dict[str, Any]]:
    """The artifacts that the product has, with their templates' URLs."""
    found = []
    listed = action.call(_SERVICE, "ListProvisioningArtifacts", {"ProductId": product_id})
    for one in listed["ProvisioningArtifactDetails"]:
        asked = {"ProductId": product_id, "ProvisioningArtifactId": one["Id"]}
        answer = action.call(_SERVICE, "DescribeProvisioningArtifact", asked)
        found.append({**one, "Info": answer.get("Info", {})})
    return found


def _describe(action: Action, product_id: str, artifact: Artifact, description: str) -> None:
    if artifact.get("Description", "") != description:
        asked = {"ProductId": product_id, "ProvisioningArtifactId": artifact["Id"], "Description": description}
        action.call(_SERVICE, "UpdateProvisioningArtifact", asked)


def _fitted(action: Action, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
    try:
        found: dict[str, Any] = fitted(params, input_shape(_SERVICE, operation), {})
    except NoMember as problem:
        raise Failed(f"Encountered unsupported property {problem.name}") from None
    except Unfit as problem:
        raise Failed(f"Value of property {problem.place} must be {problem.wanted}") from None
    return {"IdempotencyToken": action_token(action), **found}


def _add(action: Action, product_id: str, one: Artifact, number: int) -> str:
    """Make an artifact; its id. Artifacts of one resource have tokens of their own."""
    params = _fitted(action, "CreateProvisioningArtifact", {"ProductId": product_id, "Parameters": _artifact(one)})
    params["IdempotencyToken"] += f"-{number}"
    answer = action.call(_SERVICE, "CreateProvisioningArtifact", params)
    return str(answer["ProvisioningArtifactDetail"]["Id"])


def _remove(action: Action, product_id: str, artifact_id: str) -> None:
    """Delete an artifact, its service actions taken away from it."""
    named = {"ProductId": product_id, "ProvisioningArtifactId": artifact_id}
    actions = action.call(_SERVICE, "ListServiceActionsForProvisioningArtifact", named)["ServiceActionSummaries"]
    for one in actions:
        asked = {**named, "ServiceActionId": one["Id"]}
        action.call(_SERVICE, "DisassociateServiceActionFromProvisioningArtifact", asked)
    action.call(_SERVICE, "DeleteProvisioningArtifact", named)


def _update_product(action: Action, old: Resource, properties: Mapping[str, Any], changed: frozenset[str]) -> None:
    asked: dict[str, Any] = {name: properties.get(name, "") for name in _OF_PRODUCT if name in changed}
    removed = sorted(set(old.tags) - set(action.tags))
    added = {name: one for name, one in action.tags.items() if old.tags.get(name) != one}
    if removed:
        asked["RemoveTags"] = removed
    if added:
        asked["AddTags"] = [{"Key": name, "Value": one} for name, one in added.items()]
    if asked:
        action.call(_SERVICE, "UpdateProduct", {"Id": old.physical_id, **asked})


def _attributes(product_id: str, properties: Mapping[str, Any], ids: Sequence[str]) -> dict[str, Any]:
    names = [str(one.get("Name", "")) for one in _artifacts(properties)]
    return {
        "Id": product_id,
        "ProductName": properties["Name"],
        "ProvisioningArtifactIds": ",".join(ids),
        "ProvisioningArtifactNames": ",".join(names),
    }


_LAUNCHED = (
    "AcceptLanguage",
    "PathId",
    "PathName",
    "ProductId",
    "ProductName",
    "ProvisioningArtifactId",
    "ProvisioningArtifactName",
    "ProvisioningParameters",
    "ProvisioningPreferences",
)
_PAUSE = 2.0
"""How long to wait at most before a record is looked at again, in seconds: its end wakes the stack's job."""


@handles("AWS::ServiceCatalog::CloudFormationProvisionedProduct")
class CloudFormationProvisionedProduct(Handler):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-servicecatalog-cloudformationprovisionedproduct.html"""

    own_calls: Mapping[str, tuple[PossibleCall, ...]] = {
        "create": calls_of(_SERVICE, "ProvisionProduct", "DescribeRecord"),
        "update": calls_of(_SERVICE, "UpdateProvisionedProduct", "DescribeRecord"),
        "delete": calls_of(_SERVICE, "TerminateProvisionedProduct", "DescribeRecord"),
    }

    def create(self, action: Action, properties: Mapping[str, Any]) -> None:
        asked = _launched(properties)
        asked["ProvisionedProductName"] = properties.get("ProvisionedProductName") or action.generated_name(128)
        if properties.get("NotificationArns"):
            asked["NotificationArns"] = properties["NotificationArns"]
        asked["ProvisionToken"] = action_token(action)
        if action.tags:
            asked["Tags"] = _pairs(action.tags)
        self._follow(action, "ProvisionProduct", asked)

    def update(self, action: Action, old: Resource, properties: Mapping[str, Any], changed: frozenset[str]) -> None:
        asked = _launched(properties)
        asked |= {"ProvisionedProductId": old.physical_id, "UpdateToken": action_token(action)}
        if "Tags" in changed:
            asked["Tags"] = _pairs(action.tags)
        self._follow(action, "UpdateProvisionedProduct", asked)

    def delete(self, action: Action, old: Resource) -> None:
        asked = {"ProvisionedProductId": old.physical_id, "TerminateToken": action_token(action)}
        try:
            record = action.call(_SERVICE, "TerminateProvisionedProduct", asked)["RecordDetail"]
        except ServiceError as problem:
            if gone(problem):
                return
            raise
        _settled(action, record["RecordId"])

    def attributes(self) -> frozenset[str] | None:
        return None  # `Outputs.NAME` of whatever the product has

    def _follow(self, action: Action, operation: str, asked: Mapping[str, Any]) -> None:
        record = action.call(_SERVICE, operation, fitted(asked, input_shape(_SERVICE, operation), {}))["RecordDetail"]
        identity = {"ProvisionedProductId": record["ProvisionedProductId"], "RecordId": record["RecordId"]}
        action.created(record["ProvisionedProductId"], **identity)
        outputs = {one["OutputKey"]: one["OutputValue"] for one in _settled(action, record["RecordId"])}
        stack = outputs.pop("CloudformationStackARN", "")
        named = {f"Outputs.{name}": value for name, value in outputs.items()}
        action.created(record["ProvisionedProductId"], **identity, CloudformationStackArn=stack, **named)


def _launched(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {name: properties[name] for name in _LAUNCHED if name in properties}


def _pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": name, "Value": one} for name, one in tags.items()]


def _settled(action: Action, record_id: str) -> Sequence[Mapping[str, Any]]:
    """The outputs of a record that has ended well. Raises `NotYet` until it has ended, `Failed` with its error."""
    found = action.look(_SERVICE, "DescribeRecord", {"Id": record_id})
    record = found["RecordDetail"]
    if record["Status"] not in ("SUCCEEDED", "FAILED"):
        raise NotYet(_PAUSE)
    if record["Status"] == "FAILED":
        told = "; ".join(one["Description"] for one in record["RecordErrors"])
        raise Failed(f"Provisioned product {record['ProvisionedProductId']}: {told}")
    outputs = list(found.get("RecordOutputs", ()))
    while found.get("NextPageToken"):
        found = action.look(_SERVICE, "DescribeRecord", {"Id": record_id, "PageToken": found["NextPageToken"]})
        outputs += found["RecordOutputs"]
    return outputs
