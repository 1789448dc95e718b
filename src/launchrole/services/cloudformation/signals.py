"""Creation policies: a resource is complete when what runs on it has signalled so.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-creationpolicy.html. Nothing runs
on the instances of an account of launchrole's: the signals are the user's to send (SignalResource), and an event says
that they are waited for. The reasons are CloudFormation's, as users have reported them.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.services.cloudformation import stacks
from launchrole.services.cloudformation.handlers.action import Failed, NotYet
from launchrole.services.cloudformation.intrinsics import as_text
from launchrole.services.cloudformation.operation import Operation
from launchrole.services.cloudformation.stacks import Row
from launchrole.services.cloudformation.template import TemplateError

_GROUP = "AWS::AutoScaling::AutoScalingGroup"
_SIGNALLED = frozenset({_GROUP, "AWS::EC2::Instance", "AWS::CloudFormation::WaitCondition"})
"""The types whose creation policies wait for signals. AWS::AppStream::Fleet's starts the fleet."""
_IGNORED = "The CreationPolicy was not waited for: CloudFormation has signals for {} only"
_WAITING = "launchrole runs nothing that would signal: waiting for SignalResource, {} signal(s)"
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_UNITS = (86400, 3600, 60, 1)
_LONGEST = 43200


@dataclass(frozen=True)
class Awaited:
    """What a creation policy waits for: so many signals, for so many seconds. `percent` of an Auto Scaling group's
    instances have to succeed."""

    count: int
    seconds: float
    percent: int = 100

    @property
    def wanted(self) -> int:
        return math.ceil(self.count * self.percent / 100)


def remark(declared: Mapping[str, Any]) -> str | None:
    """What is to be said of a creation policy that is not carried out."""
    if "CreationPolicy" not in declared or declared["Type"] in _SIGNALLED:
        return None
    return _IGNORED.format(", ".join(sorted(_SIGNALLED)))


def awaited(operation: Operation, name: str) -> Awaited | None:
    """What the creation policy of a resource waits for. Raises `TemplateError`."""
    declared = operation.template.resources[name]
    path = ("Resources", name, "CreationPolicy")
    policy = declared.get("CreationPolicy")
    if declared["Type"] not in _SIGNALLED or not isinstance(policy, dict):
        return None
    policy = operation.values().value(policy, path)
    signal = policy.get("ResourceSignal")
    if not isinstance(signal, dict):
        return None
    group = policy.get("AutoScalingCreationPolicy") or {}
    return Awaited(
        _whole(signal, "Count", 1),
        duration(as_text(signal.get("Timeout", "PT5M"))),
        _whole(group, "MinSuccessfulInstancesPercent", 100) if declared["Type"] == _GROUP else 100,
    )


def _whole(policy: Mapping[str, Any], name: str, default: int) -> int:
    """A whole number of a creation policy. Raises `TemplateError`."""
    try:
        return int(as_text(policy.get(name, default)))
    except ValueError:
        raise TemplateError(f"CreationPolicy {name} must be a whole number") from None


def duration(text: str) -> float:
    """The seconds of an ISO 8601 duration, PT15M; twelve hours at most. Raises `TemplateError`."""
    found = _DURATION.fullmatch(text)
    if found is None or not any(found.groups()):
        raise TemplateError(f"CreationPolicy Timeout {text} is no ISO 8601 duration: write it as in PT15M")
    return float(min(sum(int(one or 0) * unit for one, unit in zip(found.groups(), _UNITS, strict=True)), _LONGEST))


def begin(row: Row) -> None:
    """From now on signals for a resource count."""
    row["awaiting"] = {"since": time.time(), "told": [], "said": False}


def wait(operation: Operation, row: Row, status: str) -> str | None:
    """Why a resource that was made is not complete; None where it is. `status` is the one that it has while it waits.
    Raises `NotYet` until that is known."""
    name = row["logical_id"]
    try:
        policy = awaited(operation, name)
    except (TemplateError, Failed, ServiceError) as problem:
        return problem.message
    if policy is None or policy.count == 0 or not operation.work.awaits_signals:
        return None
    awaiting = row["awaiting"]
    if not awaiting["said"]:
        awaiting["said"] = True
        with operation.write() as rows:
            operation.set_resource(rows, row, status, _WAITING.format(policy.wanted))
    received = _received(operation, row, status)
    left = awaiting["since"] + policy.seconds - time.time()
    return failure(policy, received, left, in_group=row["type"] == _GROUP)


def failure(policy: Awaited, received: Sequence[Mapping[str, Any]], left: float, *, in_group: bool) -> str | None:
    """Why the signals that came do not do; None where they do. `left` are the seconds that more may take; of an Auto
    Scaling group's instances some may fail. Raises `NotYet` where more signals can still turn out well."""
    failures = [one for one in received if one["Status"] == "FAILURE"]
    successes = len(received) - len(failures)
    if failures and not in_group:
        return f"Received FAILURE signal with UniqueId {failures[0]['UniqueId']}"
    if successes >= policy.wanted:
        return None
    if left > 0 and len(failures) <= policy.count - policy.wanted:
        raise NotYet(left)
    if not in_group:
        return f"Failed to receive {policy.count} resource signal(s) within the specified duration"
    counted = f"{len(failures)} FAILURE" if failures else f"{successes} SUCCESS"
    return (
        f"Received {counted} signal(s) out of {policy.count}. "
        f"Unable to satisfy {policy.percent}% MinSuccessfulInstancesPercent requirement"
    )


def _received(operation: Operation, row: Row, status: str) -> list[dict[str, Any]]:
    """The signals that came for a resource while it waits; each new one is an event of the resource's."""
    prefix = f"{stacks.uuid_of(operation.id)}/{row['logical_id']}/"
    told, since = row["awaiting"]["told"], row["awaiting"]["since"]
    with operation.write() as rows:
        found = [dict(one) for _, one in rows.all("signal", prefix) if one["at"] >= since]
        for one in found:
            if one["UniqueId"] not in told:
                told.append(one["UniqueId"])
                if one["Status"] == "SUCCESS":
                    why = f"Received SUCCESS signal with UniqueId {one['UniqueId']}"
                    operation.set_resource(rows, row, status, why)
    return found
