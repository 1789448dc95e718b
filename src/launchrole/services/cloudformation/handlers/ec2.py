"""Associations of subnets with network ACLs, of which a subnet always has one.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-subnetnetworkaclassociation.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.services.cloudformation.handlers.action import Action, Failed, Resource
from launchrole.services.cloudformation.handlers.declared import gone
from launchrole.services.cloudformation.handlers.handler import Handler, PossibleCall, calls_of
from launchrole.services.cloudformation.handlers.registry import handles

_CALLS = calls_of("ec2", "DescribeNetworkAcls", "ReplaceNetworkAclAssociation")


@handles("AWS::EC2::SubnetNetworkAclAssociation")
class SubnetNetworkAclAssociation(Handler):
    own_calls: Mapping[str, tuple[PossibleCall, ...]] = {"create": _CALLS, "update": (), "delete": _CALLS}

    def create(self, action: Action, properties: Mapping[str, Any]) -> None:
        subnet = properties["SubnetId"]
        _, association = _current(action, subnet)
        identifier = _replaced(action, association, properties["NetworkAclId"])
        action.created(identifier, AssociationId=identifier)

    def delete(self, action: Action, old: Resource) -> None:
        """The subnet has its VPC's default network ACL again."""
        try:
            vpc, association = _current(action, old.properties["SubnetId"])
            filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "default", "Values": ["true"]}]
            default = action.call("ec2", "DescribeNetworkAcls", {"Filters": filters})["NetworkAcls"][0]
            if association == old.physical_id:
                _replaced(action, association, default["NetworkAclId"])
        except ServiceError as problem:
            if not gone(problem):
                raise


def _current(action: Action, subnet: str) -> tuple[str, str]:
    """The VPC of a subnet, and the id of its association with whatever network ACL."""
    filters = [{"Name": "association.subnet-id", "Values": [subnet]}]
    for acl in action.call("ec2", "DescribeNetworkAcls", {"Filters": filters})["NetworkAcls"]:
        for one in acl["Associations"]:
            if one["SubnetId"] == subnet:
                return acl["VpcId"], one["NetworkAclAssociationId"]
    raise Failed(f"The subnet ID '{subnet}' does not exist")


def _replaced(action: Action, association: str, acl: str) -> str:
    params = {"AssociationId": association, "NetworkAclId": acl}
    return str(action.call("ec2", "ReplaceNetworkAclAssociation", params)["NewAssociationId"])
