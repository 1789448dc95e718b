"""botocore's service models, each read when its service is first called."""

from __future__ import annotations

import functools
import threading

import botocore.loaders
from botocore.model import OperationModel, OperationNotFoundError, ServiceModel

_loader = botocore.loaders.Loader()
_reading = threading.Lock()


def service_model(service: str) -> ServiceModel:
    """The model of a service by botocore's name."""
    with _reading:
        return _service_model(service)


@functools.cache
def _service_model(service: str) -> ServiceModel:
    return ServiceModel(_loader.load_service_model(service, "service-2"), service)


@functools.cache
def operation_model(service: str, operation: str) -> OperationModel | None:
    """The model of an operation; None where the service has none of that name."""
    try:
        return service_model(service).operation_model(operation)
    except OperationNotFoundError:
        return None
