"""What is known of a request on its way through the door, and what is told of it afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field

from launchrole.account.authorizer import Via
from launchrole.account.errors import ServiceError
from launchrole.account.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of a request, for the access log."""

    request_id: str
    instant: float
    seconds: float
    caller: str
    service: str
    operation: str
    region: str
    status: int
    verdict: str
    denied: str | None
    """What was denied: the id of the decision."""
    step: str
    """The step of a job that the call is, `JOB:STEP`; empty for other calls."""


class Refused(Exception):
    """A call goes no further; `problem` is what its caller is told."""

    def __init__(self, problem: ServiceError) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass(slots=True)
class Course:
    """What is known of a request so far, for the error's shape and the log. `questions` counts the decisions;
    `journalled` is the call's number in the journal, 0 without one; `via` are the services through which it comes;
    `begun` are the ids of the jobs that it began."""

    request_id: str
    instant: float
    protocol: str
    service: str = ""
    operation: str = ""
    region: str = ""
    caller: str = "-"
    verdict: str = "-"
    denied: str | None = None
    questions: int = 0
    journalled: int = 0
    via: Via = field(default_factory=Via)
    step: str = ""
    begun: list[str] = field(default_factory=list)


def guessed_protocol(request: HttpRequest) -> str:
    """The protocol in which a request is answered whose service is not known yet."""
    if "x-amz-target" in request.headers:
        return "json"
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return "query"
    return "rest-json" if "json" in request.headers.get("content-type", "") else "rest-xml"
