"""One thing done to one resource: the calls that a handler makes, and what it learns."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from launchrole.account.authorizer import Via
from launchrole.account.jobs import Work

NAME_LETTERS = string.ascii_letters + string.digits


class NotYet(Exception):
    """What a resource waits for has not happened; the handler is run again later, and calls that it has made are not
    made again. `seconds` is how long to wait at most."""

    def __init__(self, seconds: float = 1.0) -> None:
        super().__init__(f"not yet, again in {seconds} s")
        self.seconds = seconds


class Failed(Exception):
    """A resource cannot become what it shall be, for a reason other than a refused call. `message` is the status
    reason as CloudFormation words it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def plain(value: Any) -> Any:
    """A value as JSON can say it; times as ISO 8601 writes them."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)


def _is_about_tags(operation: str, params: Mapping[str, Any]) -> bool:
    return "Tag" in operation or any(value and "tag" in name.lower() for name, value in params.items())


@dataclass(frozen=True)
class StackFacts:
    """What handlers know of the stack. `tags` are its tags that are passed on to resources."""

    stack_id: str
    name: str
    account: str
    region: str
    partition: str
    role_arn: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    notification_arns: tuple[str, ...] = ()
    disable_rollback: bool = False

    @property
    def uuid(self) -> str:
        return self.stack_id.rpartition("/")[2]

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource in the stack's account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"


@dataclass(frozen=True)
class Resource:
    """A resource that is there: what Ref gives, the properties that it was made with, what Fn::GetAtt gives."""

    logical_id: str
    type: str
    physical_id: str
    properties: Mapping[str, Any]
    attributes: Mapping[str, Any]
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Action:
    """A create, update or delete of one resource.

    Calls are made with the stack's credentials through the door. Each is a step of the operation's job: run again after
    the process died, the handler gets the answers that it got before. `tags` are the resource's own and the stack's.
    `on_created` is told the physical id as soon as there is one.
    """

    work: Work
    identity: str
    via: Via
    stack: StackFacts
    logical_id: str
    type: str
    verb: str
    token: str
    """A unique text for this action: idempotency tokens are made of it."""
    tags: Mapping[str, str]
    on_created: Callable[[str, Mapping[str, Any]], None]
    responses: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    """Responses that were given for custom resources, by type and kind of request."""
    note: Callable[[str], None] = lambda _text: None
    """Adds a remark to the resource's event."""
    calls: int = 0
    physical_id: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)
    last_service: str = "cloudformation"
    last_tagged: bool = False
    """Whether the last call carried tags, or was about tags."""

    def call(
        self, service: str, operation: str, params: Mapping[str, Any] | None = None, *, region: str | None = None
    ) -> Mapping[str, Any]:
        """A call under the stack's credentials; its output by botocore's names. Raises `ServiceError`."""
        self.calls += 1
        self.last_service = service
        self.last_tagged = _is_about_tags(operation, params or {})
        step = f"{self.logical_id}/{self.verb}/{self.calls:04d}"
        return self.work.call(self.identity, service, operation, params or {}, via=self.via, region=region, step=step)

    def look(self, service: str, operation: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """A reading call whose answer may be another next time: not a step."""
        return self.work.call(self.identity, service, operation, params, via=self.via)

    def created(self, physical_id: str, **attributes: Any) -> None:
        """The resource is there now, by this id: what follows may fail, but a rollback has to delete it."""
        self.physical_id = physical_id
        self.attributes.update({name: plain(one) for name, one in attributes.items()})
        self.on_created(physical_id, dict(self.attributes))

    def random(self) -> random.Random:
        """Where random texts come from: the same ones when the action is run again."""
        return random.Random(self.token)

    def generated_name(
        self, length: int = 64, *, lower: bool = False, suffix: int = 12, start: str | None = None
    ) -> str:
        """A name for a resource that the template gives none: `STACK-LOGICALID-RANDOM`, cut to fit; `start` takes the
        place of the stack's name.
        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html"""
        tail = "".join(self.random().choices(NAME_LETTERS, k=suffix))
        first = start or self.stack.name
        room = max(length - suffix - 2, 2)
        logical = self.logical_id[: max(room // 2, room - len(first))]
        name = f"{first[: room - len(logical)]}-{logical}-{tail}"
        return name.lower() if lower else name
