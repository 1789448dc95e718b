"""One operation on a stack, from the request to the last line: what create, update and delete have in common."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from launchrole.cli.accounts import Accounts, role_arn
from launchrole.cli.cancelling import Cancel, follow_to_end
from launchrole.cli.outcome import is_good, tell
from launchrole.cli.watching import Watch

NOTHING_TO_DO = "No updates are to be performed."


def carry_out(
    accounts: Accounts,
    name: str,
    operation: str,
    params: Mapping[str, Any],
    cancel: Cancel,
    *,
    output: str,
    stack_id: str | None = None,
) -> int:
    """Begin an operation (`CreateStack`), show how it goes and how it ends; the exit code."""
    from botocore import xform_name

    token = str(uuid.uuid4())
    client = accounts.client("cloudformation")
    watch = Watch(accounts, name, token, stack_id)

    def begin() -> None:
        getattr(client, xform_name(operation))(StackName=name, ClientRequestToken=token, **params)

    ended = follow_to_end(accounts, watch, begin, cancel, output=output)
    tell(accounts, watch, outputs(client, watch), as_json=output == "json")
    return 0 if ended and is_good(watch.status) and watch.status.startswith(_ENDS[operation]) else 1


_ENDS = {"CreateStack": "CREATE", "UpdateStack": "UPDATE", "DeleteStack": "DELETE"}


def outputs(client: Any, watch: Watch) -> dict[str, str]:
    """The outputs of the stack as it is now."""
    if watch.stack_id is None or not is_good(watch.status) or watch.status.startswith("DELETE"):
        return {}
    (stack,) = client.describe_stacks(StackName=watch.stack_id)["Stacks"]
    return {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", ())}


def existing(accounts: Accounts, name: str) -> dict[str, Any] | None:
    """A stack as DescribeStacks shows it, None where there is none."""
    from botocore.exceptions import ClientError

    try:
        (stack,) = accounts.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if "does not exist" in error.response["Error"]["Message"]:
            return None
        raise
    found: dict[str, Any] = stack
    return found


def service_role(accounts: Accounts, role: str | None) -> dict[str, str]:
    """The RoleARN of a request, for a role that is named by its name or ARN. Raises `StateFailure`."""
    return {} if role is None else {"RoleARN": role_arn(accounts, role)}


def uploaded(accounts: Accounts, template: Mapping[str, str], bucket: str | None, name: str) -> Mapping[str, str]:
    """A template as a request names it, uploaded to S3 where a bucket is named."""
    import hashlib

    text = template.get("TemplateBody")
    if bucket is None or text is None:
        return template
    key = f"{name}/{hashlib.sha256(text.encode()).hexdigest()}.template"
    client = accounts.client("s3")
    client.put_object(Bucket=bucket, Key=key, Body=text.encode())
    return {"TemplateURL": f"https://{bucket}.s3.{client.meta.region_name}.amazonaws.com/{key}"}
