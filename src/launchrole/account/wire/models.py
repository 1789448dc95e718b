"""botocore's service models, each read when its service is first called."""

from __future__ import annotations

import functools
import threading

import botocore.loaders
from botocore.model import OperationModel, OperationNotFoundError, ServiceModel

loader = botocore.loaders.Loader()
"""What reads botocore's data, and keeps it. Not for S3 clients: they change the paths in the model."""

_reading = threading.Lock()


def service_model(service: str) -> ServiceModel:
    """The model of a service by botocore's name."""
    with _reading:
        return _service_model(service)


@functools.cache
def _service_model(service: str) -> ServiceModel:
    return ServiceModel(loader.load_service_model(service, "service-2"), service)


@functools.cache
def operation_model(service: str, operation: str) -> OperationModel | None:
    """The model of an operation; None where the service has none of that name."""
    try:
        return service_model(service).operation_model(operation)
    except OperationNotFoundError:
        return None
