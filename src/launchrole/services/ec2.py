"""What moto's EC2 does too loosely: a VPC takes its default network ACL with it.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpc.html
"""

from __future__ import annotations

from launchrole.account.moto_services import as_service_errors
from launchrole.account.service import Call, PassOn, Service

ec2 = Service("ec2")


@ec2.operation("DeleteVpc", in_memory=True)
def delete_vpc(call: Call) -> None:
    if call.params.get("DryRun"):
        raise PassOn
    memory = call.surroundings.memory("ec2")
    identifier: str = call.params["VpcId"]
    with as_service_errors():
        memory.delete_vpc(identifier)
    for acl in [one for one in memory.network_acls.values() if one.vpc_id == identifier]:
        del memory.network_acls[acl.id]
