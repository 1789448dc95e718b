"""Clusters with security groups that are not there: moto breaks, AWS refuses.

https://docs.aws.amazon.com/emr/latest/APIReference/API_RunJobFlow.html
"""

from __future__ import annotations

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call, PassOn, Service

emr = Service("emr")

_GROUPS = ("EmrManagedMasterSecurityGroup", "EmrManagedSlaveSecurityGroup", "ServiceAccessSecurityGroup")


@emr.operation("RunJobFlow")
def run_job_flow(call: Call) -> None:
    """moto does it. Raises ValidationException where a security group of the cluster is not there."""
    instances = call.params["Instances"]
    network = call.surroundings.memory("ec2")
    for member in _GROUPS:
        group = instances.get(member)
        if group is not None and network.get_security_group_from_id(group) is None:
            raise ServiceError("ValidationException", f"The given security group {group} does not exist.")
    raise PassOn
