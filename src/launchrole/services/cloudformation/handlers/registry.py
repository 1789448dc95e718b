"""The handlers of all types. A type is *executed* where there is one, *modelled* where only its schema is known."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from typing import TypeVar

from launchrole.facts.resource_types import ResourceType, resource_type
from launchrole.services.cloudformation.handlers.declarations import declared_types
from launchrole.services.cloudformation.handlers.declared import Declared
from launchrole.services.cloudformation.handlers.handler import Handler
from launchrole.services.cloudformation.handlers.modelled import Modelled

_MODULES = (
    "apigateway",
    "autoscaling",
    "codecommit",
    "custom",
    "dynamodb",
    "ec2",
    "iam",
    "kinesis",
    "lambda_",
    "nested",
    "rds",
    "s3",
    "secretsmanager",
    "servicecatalog",
    "ssm",
    "stepfunctions",
    "waiting",
)
"""Modules beside this one with handlers of their own making."""

_classes: dict[str, type[Handler]] = {}
H = TypeVar("H", bound=type[Handler])


def handles(*types: str) -> Callable[[H], H]:
    """Register a class as the handler of types."""

    def register(cls: H) -> H:
        for one in types:
            _classes[one] = cls
        return cls

    return register


@functools.cache
def _load() -> None:
    for name in _MODULES:
        importlib.import_module(f"{__package__}.{name}")


def is_custom(type: str) -> bool:
    """Whether a type is a custom resource, whatever its name."""
    return type.startswith("Custom::") or type == "AWS::CloudFormation::CustomResource"


def executed(type: str) -> bool:
    """Whether there is a handler of a type."""
    _load()
    return is_custom(type) or type in _classes or type in declared_types()


def known(type: str) -> bool:
    """Whether a type exists, be it executed or not."""
    return executed(type) or resource_type(type) is not None


def executed_types() -> list[str]:
    """All types with handlers, by name."""
    _load()
    return sorted({*_classes, *declared_types()} - {"Custom"})


@functools.cache
def handler(type: str) -> Handler:
    """The handler of a type; of one that is only modelled, or unknown, the one for rehearsals."""
    _load()
    published = resource_type(type) or ResourceType(type, {})
    if is_custom(type):
        return _classes["Custom"](ResourceType(type, {}))
    if type in _classes:
        return _classes[type](published)
    if type in declared_types():
        return Declared(published)
    return Modelled(published)
