"""What moto's CloudWatch lacks: alarms on other alarms. They are kept with moto's alarms, which shows and deletes them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
"""

from __future__ import annotations

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call, Service

cloudwatch = Service("cloudwatch")

_SUPPRESSION = ("ActionsSuppressor", "ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod")


@cloudwatch.operation("PutCompositeAlarm", in_memory=True)
def put_composite_alarm(call: Call) -> None:
    """A new alarm, or another definition of one; tags count for a new one only. Its state is not computed.

    Raises ValidationError: the rule's parentheses do not match, or a metric alarm has the name.
    """
    params = call.params
    memory = call.surroundings.memory("cloudwatch")
    name, rule = params["AlarmName"], params["AlarmRule"]
    if not rule.strip() or rule.count("(") != rule.count(")"):
        raise ServiceError("ValidationError", "AlarmRule is not valid: its parentheses do not match.")
    before = memory.alarms.get(name)
    if before is not None and before.rule is None:
        raise ServiceError("ValidationError", f"The metric alarm {name} cannot become a composite alarm.")
    alarm = memory.put_metric_alarm(
        name=name,
        namespace=None,
        metric_name=None,
        comparison_operator=None,
        evaluation_periods=None,
        period=None,
        threshold=None,
        statistic=None,
        description=params.get("AlarmDescription"),
        dimensions=[],
        alarm_actions=params.get("AlarmActions", []),
        ok_actions=params.get("OKActions", []),
        insufficient_data_actions=params.get("InsufficientDataActions", []),
        actions_enabled=params.get("ActionsEnabled", True),
        rule=rule,
        tags=params.get("Tags") if before is None else None,
    )
    if before is not None:
        for attribute in ("state_value", "state_reason", "state_reason_data", "state_updated_timestamp", "history"):
            setattr(alarm, attribute, getattr(before, attribute))
    for member in _SUPPRESSION:
        if member in params:
            setattr(alarm, member, params[member])
