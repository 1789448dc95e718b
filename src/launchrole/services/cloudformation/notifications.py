"""A stack's events told to its SNS topics.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html (NotificationARNs). Where the
documentation is silent, what CloudFormation was seen to do holds: a topic to which the caller of CreateStack or
CreateChangeSet may not publish fails that call with SNS' words (awslabs/aws-service-catalog-puppet, issue 19), so
messages are published with the credentials of the operation; the form of the messages is that of messages received.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.services.cloudformation.stacks import Stack, StackError

SUBJECT = "AWS CloudFormation Notification"

Publish = Callable[[str, Mapping[str, Any]], object]
"""Publishes to a topic: its region, and the parameters of SNS' Publish."""


def message(account: str, principal: str, event: Mapping[str, Any]) -> str:
    """An event as subscribers get it: a line for each member."""
    moment = datetime.fromtimestamp(event["Timestamp"], UTC)
    lines = {
        "StackId": event["StackId"],
        "Timestamp": moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z",
        "EventId": event["EventId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "Namespace": account,
        "PhysicalResourceId": event["PhysicalResourceId"],
        "PrincipalId": principal,
        "ResourceProperties": event.get("ResourceProperties", "null"),
        "ResourceStatus": event["ResourceStatus"],
        "ResourceStatusReason": event.get("ResourceStatusReason", ""),
        "DetailedStatus": event.get("DetailedStatus", ""),
        "ResourceType": event["ResourceType"],
        "StackName": event["StackName"],
        "ClientRequestToken": event.get("ClientRequestToken", "null"),
    }
    return "".join(f"{name}='{value}'\n" for name, value in lines.items())


def announce(stack: Stack, account: str, principal: str, event: Mapping[str, Any], publish: Publish) -> None:
    """Tell every topic of a stack of an event. Raises `ServiceError` with the first refusal of SNS'."""
    text = message(account, principal, event)
    for arn in stack.get("NotificationARNs") or ():
        pieces = str(arn).split(":")
        region = pieces[3] if len(pieces) > 3 else ""
        publish(region, {"TopicArn": arn, "Subject": SUBJECT, "Message": text})


def refusal(problem: ServiceError) -> StackError:
    """A refusal of SNS' as the call that names the topic answers it."""
    return StackError(
        f"{problem.message} (Service: AmazonSNS; Status Code: {problem.status}; Error Code: {problem.code}; "
        f"Request ID: {uuid.uuid4()}; Proxy: null)"
    )
