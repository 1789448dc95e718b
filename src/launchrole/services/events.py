"""What moto's EventBridge lacks: changes of event buses.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_UpdateEventBus.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call, Service

events = Service("events")


@events.operation("UpdateEventBus", in_memory=True)
def update_event_bus(call: Call) -> Mapping[str, Any]:
    """What is not named stays as it is. Raises ResourceNotFoundException."""
    name = call.params.get("Name", "default").rpartition("/")[2]
    bus = call.surroundings.memory("events").event_buses.get(name)
    if bus is None:
        raise ServiceError("ResourceNotFoundException", f"Event bus {name} does not exist.")
    bus.description = call.params.get("Description", bus.description)
    bus.kms_key_identifier = call.params.get("KmsKeyIdentifier", bus.kms_key_identifier)
    bus.dead_letter_config = call.params.get("DeadLetterConfig", bus.dead_letter_config)
    bus.last_modified_time = call.now.timestamp()
    shown = {"Description": bus.description, "KmsKeyIdentifier": bus.kms_key_identifier}
    return {
        "Arn": bus.arn,
        "Name": bus.name,
        **{member: value for member, value in shown.items() if value is not None},
        **({"DeadLetterConfig": bus.dead_letter_config} if bus.dead_letter_config else {}),
    }
