"""What moto's RDS does wrongly: a subnet group that is changed is gone afterwards.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBSubnetGroup.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.moto_services import as_service_errors
from launchrole.account.service import Call, Service

rds = Service("rds")


@rds.operation("ModifyDBSubnetGroup", in_memory=True)
def modify_db_subnet_group(call: Call) -> Mapping[str, Any]:
    """Other subnets, another description. Raises DBSubnetGroupNotFoundFault, InvalidSubnetID.NotFound."""
    name = call.params["DBSubnetGroupName"]
    found = call.surroundings.memory("rds").subnet_groups.get(name)
    if found is None:
        raise ServiceError("DBSubnetGroupNotFoundFault", f"Subnet Group {name} not found.", 404)
    network = call.surroundings.memory("ec2")
    with as_service_errors():
        subnets = [network.get_subnet(subnet) for subnet in call.params["SubnetIds"]]
    found.subnets = subnets
    found.description = call.params.get("DBSubnetGroupDescription", found.description)
    return {
        "DBSubnetGroup": {
            "DBSubnetGroupName": found.name,
            "DBSubnetGroupDescription": found.description,
            "VpcId": found.vpc_id,
            "SubnetGroupStatus": found.subnet_group_status,
            "Subnets": found.subnets,
            "DBSubnetGroupArn": found.arn,
        }
    }
