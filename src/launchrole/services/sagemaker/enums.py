"""Instance types as SageMaker's API has them. moto's lists of them are years old."""

from __future__ import annotations

from typing import Any

from launchrole.account.wire.models import operation_model
from launchrole.services.sagemaker.base import invalid


def check_instance_type(operation: str, path: str, value: str) -> None:
    """Raises ValidationException where the operation's member at a path does not take the instance type."""
    model = operation_model("sagemaker", operation)
    shape: Any = None if model is None else model.input_shape
    for step in path.split("."):
        shape = shape.members[step]
        shape = shape.member if shape.type_name == "list" else shape
    if value not in shape.enum:
        last = path.rpartition(".")[2]
        raise invalid(
            f"1 validation error detected: Value '{value}' at '{last[0].lower()}{last[1:]}' failed to satisfy "
            f"constraint: Member must satisfy enum value set: [{', '.join(shape.enum)}]"
        )
