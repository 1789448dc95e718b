"""VPCs, subnets, security groups and the like with the ids that a parameter names.

EC2 chooses ids itself; in the accounts of a rehearsal, which are thrown away, they are what the account that the launch
is meant for has.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from launchrole.account import moto_services
from launchrole.preflights.world import Administrator

KINDS: Mapping[str, str] = {
    "AWS::EC2::VPC::Id": "vpc",
    "AWS::EC2::Subnet::Id": "subnet",
    "AWS::EC2::SecurityGroup::Id": "security-group",
    "AWS::EC2::KeyPair::KeyName": "key-pair",
    "AWS::EC2::Image::Id": "image",
    "AWS::EC2::Volume::Id": "volume",
}
"""The kinds of supplies, by the types of parameters that name them."""

_IDS = {"vpc": "vpc", "subnet": "subnet", "sg": "security-group", "ami": "image", "vol": "volume"}


def kind_of(text: str) -> str | None:
    """The kind of thing that a text is the id of: `sg-0123456789abcdef0` is a security group's."""
    found = re.fullmatch(r"([a-z]+)-[0-9a-f]{8}(?:[0-9a-f]{9})?", text)
    return None if found is None else _IDS.get(found[1])


_FIRST = "10.250.{}.0/24"


def make(administrator: Administrator, kind: str, identifier: str, vpc: str) -> None:
    """Make a thing of a kind with an id; `vpc` is the VPC that it lies in, the account's default one where that is
    empty. Raises `ServiceError`."""
    call = administrator.call
    if kind == "key-pair":
        call("ec2", "CreateKeyPair", {"KeyName": identifier})
        return
    with moto_services.chosen_id(kind, identifier):
        if kind == "vpc":
            call("ec2", "CreateVpc", {"CidrBlock": "10.250.0.0/16"})
        elif kind == "subnet":
            within = vpc or _default(administrator)
            number = len(call("ec2", "DescribeSubnets", _in(within))["Subnets"])
            block = _FIRST.format(number) if vpc else f"172.31.{200 + number}.0/24"
            asked = {"VpcId": within, "CidrBlock": block, "AvailabilityZone": f"{administrator.region}a"}
            call("ec2", "CreateSubnet", asked)
        elif kind == "security-group":
            asked = {"GroupName": identifier, "Description": identifier, "VpcId": vpc or _default(administrator)}
            call("ec2", "CreateSecurityGroup", asked)
        elif kind == "image":
            call("ec2", "RegisterImage", {"Name": identifier})
        else:
            call("ec2", "CreateVolume", {"AvailabilityZone": f"{administrator.region}a", "Size": 1})


def _in(vpc: str) -> dict[str, Any]:
    return {"Filters": [{"Name": "vpc-id", "Values": [vpc]}]}


def _default(administrator: Administrator) -> str:
    asked = {"Filters": [{"Name": "is-default", "Values": ["true"]}]}
    return str(administrator.call("ec2", "DescribeVpcs", asked)["Vpcs"][0]["VpcId"])
