"""What moto's CloudWatch Logs lacks: the key of a log group after its creation, changes of metric filters.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html
"""

from __future__ import annotations

from typing import Any

from launchrole.account.errors import NotServed, ServiceError
from launchrole.account.service import Call, Service

logs = Service("logs")


def _group(call: Call) -> Any:
    """moto's log group that a call names by its name or its ARN. Raises InvalidParameterException,
    ResourceNotFoundException; results of queries, which have a key of their own, are not served."""
    name, identifier = call.params.get("logGroupName"), call.params.get("resourceIdentifier")
    if (name is None) == (identifier is None):
        message = "Exactly one of logGroupName and resourceIdentifier must be given."
        raise ServiceError("InvalidParameterException", message)
    if identifier is not None:
        kind, _, name = identifier.split(":", 5)[-1].partition(":")
        if kind != "log-group":
            raise NotServed("logs", f"{call.operation} of {kind}")
        name = name.removesuffix(":*")
    found = call.surroundings.memory("logs").groups.get(name)
    if found is None:
        raise ServiceError("ResourceNotFoundException", "The specified log group does not exist.")
    return found


@logs.operation("AssociateKmsKey", in_memory=True)
def associate_kms_key(call: Call) -> None:
    found = _group(call)
    key: str = call.params["kmsKeyId"]
    if not key.startswith("arn:") or ":kms:" not in key:
        raise ServiceError("InvalidParameterException", "The key must be given by its ARN.")
    found.kms_key_id = key


@logs.operation("DisassociateKmsKey", in_memory=True)
def disassociate_kms_key(call: Call) -> None:
    _group(call).kms_key_id = None


@logs.operation("PutMetricFilter", in_memory=True)
def put_metric_filter(call: Call) -> None:
    """A filter takes the place of one with the same name; in moto it would stand beside it. Raises
    ResourceNotFoundException."""
    _group(call)
    given = call.params
    filters = call.surroundings.memory("logs").filters
    filters.delete_filter(given["filterName"], given["logGroupName"])
    filters.add_filter(
        given["filterName"], given["filterPattern"], given["logGroupName"], given["metricTransformations"]
    )
