"""What Step Functions checks of a state machine's role before it takes a definition; the rest is moto's.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call, PassOn, Service
from launchrole.services.state_machines import rules_of

stepfunctions = Service("stepfunctions")

PRINCIPAL = "states.amazonaws.com"

_RULE_ACTIONS = ("events:PutTargets", "events:PutRule", "events:DescribeRule")


@stepfunctions.operation("CreateStateMachine")
def create_state_machine(call: Call) -> Mapping[str, Any]:
    """Raises AccessDeniedException for a role that may not make the rules that the definition's jobs need."""
    _check_rules(call, call.params["roleArn"], call.params["definition"])
    raise PassOn


@stepfunctions.operation("UpdateStateMachine")
def update_state_machine(call: Call) -> Mapping[str, Any]:
    """Raises AccessDeniedException as CreateStateMachine does. What is not named stays as it is."""
    arn = call.params["stateMachineArn"]
    before = next((one for one in call.surroundings.memory("stepfunctions").state_machines if one.arn == arn), None)
    if before is not None:
        role, definition = call.params.get("roleArn") or before.roleArn, call.params.get("definition")
        _check_rules(call, role, definition or before.definition)
    raise PassOn


def _check_rules(call: Call, role_arn: str, text: str) -> None:
    """AWS' sentence is that of people's reports; its pages say what the role needs.
    https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html#connect-iam-sync-async
    """
    try:
        rules = rules_of(json.loads(text))
    except ValueError:
        return  # moto refuses what is no JSON
    role = call.surroundings.role(role_arn)
    if not rules or role is None or not call.surroundings.may_assume(role, PRINCIPAL):
        return
    for rule in rules:
        resource = f"arn:{call.partition}:events:{call.region}:{call.account}:rule/{rule}"
        for action in _RULE_ACTIONS:
            if not call.surroundings.may_under(role, PRINCIPAL, action, resource):
                raise ServiceError(
                    "AccessDeniedException", f"'{role_arn}' is not authorized to create managed-rule.", 400
                )
