"""What is told of calls that verbs make themselves and that are refused, or reach nobody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from launchrole.cli.outcome import explained_refusal
from launchrole.cli.output import labelled
from launchrole.cli.state import StateFailure

if TYPE_CHECKING:
    from launchrole.cli.accounts import Accounts


class Refused(click.ClickException):
    """What was asked for is refused: exit code 1."""

    exit_code = 1


@contextmanager
def in_words(accounts: Accounts) -> Iterator[None]:
    """Errors of botocore's clients as messages. Raises `Refused` for what a service answered, `StateFailure` where none
    did."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        raise _refusal(accounts, error) from None
    except BotoCoreError as error:
        raise StateFailure(_unreachable(error)) from None


_ADVICE = (
    ("AlreadyExistsException", "", "update it with `launchrole stack update`, or delete it first"),
    ("InsufficientCapabilitiesException", "", "acknowledge it with --capabilities"),
    ("ValidationError", "is invalid or cannot be assumed", "its trust policy has to allow cloudformation.amazonaws.com "
     "sts:AssumeRole"),
    ("ValidationError", "Member must have length less than or equal to 51200", "put it into a bucket with --s3-bucket"),
    ("ValidationError", "ROLLBACK_COMPLETE state and can not be updated", "delete it, and create it anew"),
    ("ValidationError", "] must have values", "give them values with -p NAME=VALUE"),
    ("ValidationException", "Project already exists", "choose another --name, or change it with `launchrole update`"),
    ("DuplicateResourceException", "A provisioned product named", "choose another --name, or change it with "
     "`launchrole update`"),
    ("InvalidClientTokenId", "", "the keys are not of this endpoint; export what `launchrole up` printed"),
)  # fmt: skip
"""What to do about errors: code, a part of the message, advice."""


def _refusal(accounts: Accounts, error: Any) -> Refused:
    code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
    if len(message) > 2000:  # it repeats the template
        message = f"{message[:300]} ... {message[-300:]}"
    advice = next((told for one, part, told in _ADVICE if one == code and part in message), None)
    lines = [f"{error.operation_name} was refused: {code}: {message}"]
    if advice is not None:
        lines.append(labelled("fix", advice))
    return Refused("\n".join([*lines, *explained_refusal(accounts, message)]))


def _unreachable(error: Any) -> str:
    """Why an endpoint cannot be spoken to."""
    from botocore.exceptions import EndpointConnectionError, NoCredentialsError

    if isinstance(error, NoCredentialsError):
        return "there are no credentials for the endpoint; export what `launchrole up` printed, or name its --state"
    if isinstance(error, EndpointConnectionError):
        return f"nothing answers at the endpoint ({error}); start one with `launchrole up`"
    return f"the endpoint cannot be used: {error}"
