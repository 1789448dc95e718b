"""What moto's SQS does wrongly: a queue whose attributes are changed loses its policy.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
"""

from __future__ import annotations

from launchrole.account.moto_services import as_service_errors
from launchrole.account.service import Call, Service

sqs = Service("sqs")


@sqs.operation("SetQueueAttributes", in_memory=True)
def set_queue_attributes(call: Call) -> None:
    """Attributes that are not named stay. Raises QueueDoesNotExist."""
    memory = call.surroundings.memory("sqs")
    name = call.params["QueueUrl"].rpartition("/")[2]
    given = dict(call.params["Attributes"])
    with as_service_errors():
        given.setdefault("Policy", memory.get_queue(name).policy)
        memory.set_queue_attributes(name, given)
