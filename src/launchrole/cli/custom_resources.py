"""`--custom-resource TYPE=FILE`: what custom resources answer, for verbs that open accounts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

from launchrole.cli.input import InputError, key_and_value, read_json
from launchrole.files import display_name


def custom_resource_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """The option; `answers` are its values."""
    return click.option(
        "--custom-resource",
        "answers",
        metavar="TYPE=FILE",
        multiple=True,
        help="What custom resources of a type answer: JSON with Status, Data, PhysicalResourceId, Reason, or an "
        "object of Create, Update and Delete. A state keeps it. Their code is not run.",
    )(function)


def read_custom_resources(answers: Sequence[str]) -> dict[str, Any]:
    """What custom resources answer, by type. Raises `InputError`, `click.UsageError`."""
    if not answers:
        return {}
    from launchrole.services.cloudformation.custom_resources import BadResponse, checked

    found: dict[str, Any] = {}
    for text in answers:
        type, path = key_and_value("--custom-resource", text)
        try:
            found[type] = checked(type, read_json(path))
        except BadResponse as error:
            raise InputError(f"{display_name(path)}: {error}") from None
    return found
