"""What moto's Application Auto Scaling does wrongly: a scaling policy that is changed gets another ARN.

https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScalingPolicy.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.account.errors import NotServed
from launchrole.account.moto_services import as_service_errors
from launchrole.account.service import Call, Service

application_autoscaling = Service("application-autoscaling")

_BODIES = ("StepScalingPolicyConfiguration", "TargetTrackingScalingPolicyConfiguration")


@application_autoscaling.operation("PutScalingPolicy", in_memory=True)
def put_scaling_policy(call: Call) -> Mapping[str, Any]:
    """Make or change a policy, with the alarms that it needs. Predictive scaling is not served."""
    given = call.params
    if "PredictiveScalingPolicyConfiguration" in given:
        raise NotServed("application-autoscaling", "PutScalingPolicy of predictive scaling")
    memory = call.surroundings.memory("application-autoscaling")
    place = (given["ServiceNamespace"], given["ResourceId"], given["ScalableDimension"], given["PolicyName"])
    before = next((one for one in memory.policies.values() if _place(one) == place), None)
    with as_service_errors():
        policy = memory.put_scaling_policy(
            policy_name=given["PolicyName"],
            service_namespace=given["ServiceNamespace"],
            resource_id=given["ResourceId"],
            scalable_dimension=given["ScalableDimension"],
            policy_type=given.get("PolicyType"),
            policy_body=next((given[one] for one in _BODIES if one in given), {}),
        )
    if before is not None:
        policy.policy_arn, policy.creation_time = before.policy_arn, before.creation_time
    alarms = [{"AlarmARN": one.alarm_arn, "AlarmName": one.name} for one in policy.alarms]
    return {"PolicyARN": policy.policy_arn, "Alarms": alarms}


def _place(policy: Any) -> tuple[str, str, str, str]:
    return policy.service_namespace, policy.resource_id, policy.scalable_dimension, policy.policy_name
