"""One operation on a stack, from the request to the last line: what create, update and delete have in common."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

import click

from launchrole.cli.accounts import Accounts
from launchrole.cli.live import Silent, view
from launchrole.cli.outcome import explained_refusal, is_good, tell
from launchrole.cli.output import labelled
from launchrole.cli.state import StateFailure
from launchrole.cli.watching import Watch, follow


class Refused(click.ClickException):
    """CloudFormation did not begin the operation: exit code 1."""

    exit_code = 1


NOTHING_TO_DO = "No updates are to be performed."


def carry_out(
    accounts: Accounts,
    name: str,
    operation: str,
    params: Mapping[str, Any],
    cancel: Callable[[Any, str], str | None],
    *,
    output: str,
    stack_id: str | None = None,
) -> int:
    """Begin an operation (`CreateStack`), show how it goes and how it ends; the exit code. `cancel` is given a client
    and the stack's id after Ctrl-C, and says why the operation cannot be cancelled, where it cannot. Raises `Refused`,
    `StateFailure`."""
    from botocore import xform_name
    from botocore.exceptions import BotoCoreError, ClientError

    token = str(uuid.uuid4())
    client = accounts.client("cloudformation")
    watch = Watch(accounts, name, token, stack_id)
    shown = Silent() if output == "json" else view()

    def begin() -> None:
        getattr(client, xform_name(operation))(StackName=name, ClientRequestToken=token, **params)

    def give_up() -> None:
        shown.say("cancelling; Ctrl-C once more leaves it in progress")
        try:
            refused = cancel(client, str(watch.stack_id))
        except ClientError as error:
            refused = str(error.response["Error"]["Message"])
        if refused is not None:
            shown.say(f"it cannot be cancelled: {refused}")

    try:
        ended = follow(watch, shown, begin, give_up)
    except ClientError as error:
        raise refusal(accounts, error) from None
    except BotoCoreError as error:
        raise StateFailure(unreachable(error)) from None
    tell(accounts, watch, outputs(client, watch), as_json=output == "json")
    if not ended:
        click.echo(f"{name} is left in progress; it goes on whenever its accounts are in use", err=True)
    return 0 if ended and is_good(watch.status) and watch.status.startswith(_ENDS[operation]) else 1


_ENDS = {"CreateStack": "CREATE", "UpdateStack": "UPDATE", "DeleteStack": "DELETE"}


def outputs(client: Any, watch: Watch) -> dict[str, str]:
    """The outputs of the stack as it is now."""
    if watch.stack_id is None or not is_good(watch.status) or watch.status.startswith("DELETE"):
        return {}
    (stack,) = client.describe_stacks(StackName=watch.stack_id)["Stacks"]
    return {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", ())}


_ADVICE = (
    ("AlreadyExistsException", "", "update it with `launchrole stack update`, or delete it first"),
    ("InsufficientCapabilitiesException", "", "acknowledge it with --capabilities"),
    ("ValidationError", "is invalid or cannot be assumed", "its trust policy has to allow cloudformation.amazonaws.com "
     "sts:AssumeRole"),
    ("ValidationError", "Member must have length less than or equal to 51200", "put it into a bucket with --s3-bucket"),
    ("ValidationError", "ROLLBACK_COMPLETE state and can not be updated", "delete it, and create it anew"),
    ("InvalidClientTokenId", "", "the keys are not of this endpoint; export what `launchrole up` printed"),
)  # fmt: skip
"""What to do about errors: code, a part of the message, advice."""


def refusal(accounts: Accounts, error: Any) -> Refused:
    """An error that CloudFormation answered with, in words."""
    code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
    if len(message) > 2000:  # it repeats the template
        message = f"{message[:300]} ... {message[-300:]}"
    advice = next((told for one, part, told in _ADVICE if one == code and part in message), None)
    lines = [f"{error.operation_name} was refused: {code}: {message}"]
    if advice is not None:
        lines.append(labelled("fix", advice))
    return Refused("\n".join([*lines, *explained_refusal(accounts, message)]))


def unreachable(error: Any) -> str:
    """Why an endpoint cannot be spoken to."""
    from botocore.exceptions import EndpointConnectionError, NoCredentialsError

    if isinstance(error, NoCredentialsError):
        return "there are no credentials for the endpoint; export what `launchrole up` printed, or name its --state"
    if isinstance(error, EndpointConnectionError):
        return f"nothing answers at the endpoint ({error}); start one with `launchrole up`"
    return f"the endpoint cannot be used: {error}"


def existing(accounts: Accounts, name: str) -> dict[str, Any] | None:
    """A stack as DescribeStacks shows it, None where there is none. Raises `Refused`, `StateFailure`."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        (stack,) = accounts.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if "does not exist" in error.response["Error"]["Message"]:
            return None
        raise refusal(accounts, error) from None
    except BotoCoreError as error:
        raise StateFailure(unreachable(error)) from None
    found: dict[str, Any] = stack
    return found


def role_arn(accounts: Accounts, role: str | None) -> dict[str, str]:
    """The RoleARN of a request, for a role that is named by its name or ARN. Raises `Refused`, `StateFailure`."""
    from botocore.exceptions import BotoCoreError, ClientError

    if role is None:
        return {}
    if role.startswith("arn:"):
        return {"RoleARN": role}
    try:
        return {"RoleARN": str(accounts.client("iam").get_role(RoleName=role)["Role"]["Arn"])}
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchEntity":
            raise StateFailure(
                f"there is no role {role}; make it (`aws iam create-role`), or leave --role out"
            ) from None
        raise refusal(accounts, error) from None
    except BotoCoreError as error:
        raise StateFailure(unreachable(error)) from None


def uploaded(accounts: Accounts, template: Mapping[str, str], bucket: str | None, name: str) -> Mapping[str, str]:
    """A template as a request names it, uploaded to S3 where a bucket is named. Raises `Refused`, `StateFailure`."""
    import hashlib

    from botocore.exceptions import BotoCoreError, ClientError

    text = template.get("TemplateBody")
    if bucket is None or text is None:
        return template
    key = f"{name}/{hashlib.sha256(text.encode()).hexdigest()}.template"
    client = accounts.client("s3")
    try:
        client.put_object(Bucket=bucket, Key=key, Body=text.encode())
    except ClientError as error:
        raise refusal(accounts, error) from None
    except BotoCoreError as error:
        raise StateFailure(unreachable(error)) from None
    return {"TemplateURL": f"https://{bucket}.s3.{client.meta.region_name}.amazonaws.com/{key}"}
