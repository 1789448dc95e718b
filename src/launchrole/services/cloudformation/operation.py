"""An operation on a stack while it is being done: its resources, its values, and how one resource is acted on.

What is kept in rows is the truth; an operation that is taken up again after the process died finds in them how far it
came.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from launchrole.account.authorizer import Via
from launchrole.account.errors import ServiceError
from launchrole.account.jobs import Work
from launchrole.account.rows import Rows
from launchrole.services.cloudformation import (
    custom_resources,
    dynamic_references,
    environment,
    notifications,
    stacks,
)
from launchrole.services.cloudformation.custom_resources import Response
from launchrole.services.cloudformation.graph import dependencies
from launchrole.services.cloudformation.handlers.action import Action, Failed, NotYet, Resource, StackFacts
from launchrole.services.cloudformation.handlers.handler import Handler, reason
from launchrole.services.cloudformation.handlers.registry import handler
from launchrole.services.cloudformation.handlers.scope import Incomplete
from launchrole.services.cloudformation.handlers.shapes import tag_map
from launchrole.services.cloudformation.intrinsics import NO_VALUE, Values
from launchrole.services.cloudformation.properties import check_properties
from launchrole.services.cloudformation.stacks import STACK_TYPE, Row, Stack
from launchrole.services.cloudformation.template import Template, TemplateError


class Stop(Exception):
    """The operation cannot go on; `why` is the stack's status reason."""

    def __init__(self, why: str, *, at_once: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.at_once = at_once


@dataclass
class Operation:
    """`identity` is whose credentials every call carries; `via` is empty where that is a role that CloudFormation
    assumed itself. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-calledvia
    """

    work: Work
    stack: Stack
    identity: str
    via: Via
    rows: dict[str, Row] = field(default_factory=dict)
    template: Template = field(default_factory=lambda: Template("", {}))
    responses: Mapping[str, Mapping[str, Response]] = field(default_factory=dict)
    """What custom resources answer."""
    _values: Values | None = None
    _untold: list[tuple[Mapping[str, Any], str]] = field(default_factory=list)
    """Events that the stack's topics have not been told of, each with who began its operation."""

    @classmethod
    def load(cls, work: Work) -> Operation | None:
        """The operation of a job; None where there is nothing left to do."""
        with work.transaction() as rows:
            stack = stacks.find(rows, str(work.job.document["stack"]))
            if stack is None or not stack.get("operation"):
                return None
            running = stack["operation"]
            if running["id"] != work.job.identifier:
                return None
            made = cls(work, stack, running["identity"], Via(tuple(running["via"])))
            made.rows = stacks.resources(rows, stack["StackId"])
            made.use_template(rows, "now")
            made.responses = custom_resources.kept(rows)
        return made

    # What is known

    @property
    def id(self) -> str:
        return str(self.stack["StackId"])

    @property
    def number(self) -> str:
        """The operation's id."""
        return str(self.stack["operation"]["id"])

    @property
    def phase(self) -> str:
        return str(self.stack["operation"]["phase"])

    def use_template(self, rows: Rows, stage: str) -> None:
        found = stacks.template(rows, self.id, stage)
        assert found is not None
        self.template = Template(found["text"], found["processed"])
        self._values = None

    @property
    def facts(self) -> StackFacts:
        stack = self.stack
        tags = {one["Key"]: one["Value"] for one in stack.get("Tags") or ()}
        passed_on = {name: value for name, value in tags.items() if not name.lower().startswith("aws:")}
        return StackFacts(
            self.id,
            stack["StackName"],
            self.work.job.account,
            self.work.job.region,
            self.work.partition,
            stack.get("RoleARN"),
            passed_on,
            tuple(stack.get("NotificationARNs") or ()),
            bool(stack.get("DisableRollback")),
        )

    def values(self) -> Values:
        """The template's values, with the resources as they are now."""
        if self._values is None:
            self._values = environment.values(
                self.template,
                self.stack["parameters"],
                self.facts,
                self,
                exports=self._export,
                zones=self._zones,
                dynamic=lambda text, _path: dynamic_references.resolve(text, self._read),
            )
        return self._values

    def _read(self, service: str, operation: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return self.work.call(self.identity, service, operation, params, via=self.via)

    def _export(self, name: str) -> str:
        with self.work.transaction() as rows:
            value = stacks.export(rows, name)
            rows.put("import", f"{name}\n{self.id}", {"StackId": self.id, "StackName": self.stack["StackName"]})
        self.stack["operation"].setdefault("imported", []).append(name)
        return value

    def _zones(self, region: str) -> list[str]:
        answer = self.work.call(self.identity, "ec2", "DescribeAvailabilityZones", {}, via=self.via, region=region)
        return [one["ZoneName"] for one in answer["AvailabilityZones"]]

    def reference(self, logical_id: str) -> Any:
        row = self.rows.get(logical_id)
        if row is None or not row.get("physical_id"):
            raise TemplateError(
                f"Unresolved resource dependencies [{logical_id}] in the Resources block of the template"
            )
        return row["physical_id"]

    def attribute(self, logical_id: str, name: str) -> Any:
        row = self.rows.get(logical_id)
        if row is None:
            raise TemplateError(f"Template error: instance of Fn::GetAtt references undefined resource {logical_id}")
        return handler(row["type"]).attribute(self.resource(row), name)

    def resource(self, row: Mapping[str, Any]) -> Resource:
        """A row as handlers see it."""
        return Resource(
            row["logical_id"],
            row["type"],
            row.get("physical_id", ""),
            row.get("properties", {}),
            row.get("attributes", {}),
            row.get("tags", {}),
        )

    def imported(self) -> list[str]:
        """The exports that the stack has asked for in this operation."""
        return sorted(set(self.stack["operation"].get("imported", ())))

    def restore_definition(self, rows: Rows) -> None:
        """Give the stack back its template, parameters and tags from before the update."""
        before = self.stack["previous"]
        self.stack.update(before)
        found = stacks.template(rows, self.id, "before")
        assert found is not None
        stacks.save_template(rows, self.id, found["text"], found["processed"])
        self.use_template(rows, "now")

    def present(self) -> list[str]:
        """The logical ids of the template's resources whose conditions hold."""
        values = self.values()
        return [
            name
            for name, one in self.template.resources.items()
            if "Condition" not in one or values.condition(str(one["Condition"]))
        ]

    def needs(self, present: Iterable[str]) -> dict[str, set[str]]:
        return dependencies(self.template, present, self.values().condition)

    def desired(self, logical_id: str) -> tuple[dict[str, Any], dict[str, str]]:
        """The properties that the template now gives a resource, and its tags with the stack's. Raises
        `TemplateError`, `Failed`."""
        declared = self.template.resources[logical_id]
        path = ("Resources", logical_id, "Properties")
        found = self.values().value(declared.get("Properties") or {}, path)
        properties: dict[str, Any] = {} if found is NO_VALUE else found
        if not isinstance(properties, dict):
            raise TemplateError("Template format error: Properties must be an object.", path)
        one = handler(declared["Type"])
        check_properties(one, logical_id, properties)
        own = tag_map(properties.get(one.type.tags)) if one.type.tags is not None else {}
        tags = {**self.facts.tags, **own} if one.taggable else own
        return properties, tags

    # What is written

    @contextmanager
    def write(self) -> Iterator[Rows]:
        """A transaction at whose end the stack's row is saved. What happened in it is told to the stack's topics."""
        with self.work.transaction() as rows:
            yield rows
            stacks.save(rows, self.stack)
        told, self._untold = self._untold, []
        for event, principal in told:
            self._tell(event, principal)

    def _tell(self, event: Mapping[str, Any], principal: str) -> None:
        """Tell the stack's topics of an event. One that cannot be told fails no operation: its refusal is among the
        decisions."""

        def publish(region: str, params: Mapping[str, Any]) -> None:
            with suppress(ServiceError):
                self.work.call(self.identity, "sns", "Publish", params, via=self.via, region=region or None)

        notifications.announce(self.stack, self.work.job.account, principal, event, publish)

    def _happened(self, event: Mapping[str, Any]) -> None:
        if self.stack.get("NotificationARNs"):
            self._untold.append((event, self.stack["operation"].get("principal", "")))

    def enter(self, phase: str, status: str, why: str | None = None, **members: Any) -> None:
        """Go on to another phase of the operation, with an event of the stack."""
        with self.write() as rows:
            self.stack["operation"]["phase"] = phase
            self.stack["operation"].update(members)
            self.set_status(rows, status, why)

    def finish(self, status: str, why: str | None = None) -> None:
        """End the operation. What a failed update left is kept for RollbackStack."""
        with self.write() as rows:
            self.set_status(rows, status, why)
            rows.delete("interruption", self.number)
            self.stack["operation"] = None
            if status != "UPDATE_FAILED":
                self.stack.pop("previous", None)
        self.work.signal(self.stack["StackId"])

    def set_status(self, rows: Rows, status: str, why: str | None = None) -> None:
        self.stack["StackStatus"] = status
        self.stack["StackStatusReason"] = why
        made = stacks.add_event(
            rows,
            self.stack,
            logical_id=self.stack["StackName"],
            physical_id=self.id,
            type=STACK_TYPE,
            status=status,
            reason=why,
            event_id=str(uuid.uuid4()),
            token=self.stack["operation"].get("token"),
        )
        self._happened(made)

    def set_resource(
        self,
        rows: Rows,
        row: Row,
        status: str,
        why: str | None = None,
        *,
        physical_id: str | None = None,
        cleanup: bool = False,
    ) -> None:
        """Change a resource's status, with an event. `cleanup`: the event is of a physical resource that the row no
        longer stands for."""
        now = datetime.now(UTC)
        name = row["logical_id"]
        if not cleanup:
            row["status"], row["reason"], row["updated"] = status, why, now.timestamp()
            stacks.save_resource(rows, self.id, row)
        properties = None if cleanup else json.dumps(row.get("shown", row.get("properties", {})), separators=(",", ":"))
        stamp = now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z"
        made = stacks.add_event(
            rows,
            self.stack,
            logical_id=name,
            physical_id=row.get("physical_id", "") if physical_id is None else physical_id,
            type=row["type"],
            status=status,
            reason=why,
            properties=properties,
            event_id=f"{name}-{uuid.uuid4()}" if status.startswith("DELETE") else f"{name}-{status}-{stamp}",
            instant=now.timestamp(),
            token=self.stack["operation"].get("token"),
        )
        self._happened(made)

    # What is done

    def act(
        self,
        row: Row,
        verb: str,
        tags: Mapping[str, str],
        do: Callable[[Handler, Action], None],
        *,
        on_created: Callable[[str, Mapping[str, Any]], None] | None = None,
    ) -> Outcome:
        """Have a handler do something to a resource. `verb` names the action among all that this operation does to
        the resource. Raises `NotYet`."""
        one = handler(row["type"])
        notes: list[str] = []
        action = Action(
            self.work,
            self.identity,
            self.via,
            self.facts,
            row["logical_id"],
            row["type"],
            verb,
            f"{self.number}-{row['logical_id']}-{verb}",
            tags,
            on_created or (lambda _physical, _attributes: None),
            self.responses,
            notes.append,
        )
        try:
            do(one, action)
        except NotYet:
            raise
        except (ServiceError, Failed, Incomplete) as problem:
            told: ServiceError | Failed = Failed(str(problem)) if isinstance(problem, Incomplete) else problem
            why = reason(one, told, action.last_service, str(uuid.uuid4()), action.last_tagged)
            return Outcome(False, action.physical_id, action.attributes, why)
        except Exception as fault:
            self.work.report(fault)
            why = f"launchrole failed to handle this resource ({type(fault).__name__})"
            return Outcome(False, action.physical_id, action.attributes, why)
        return Outcome(True, action.physical_id, action.attributes, "; ".join(notes) or None)

    def done_with(self, rows: Rows, row: Row, verb: str) -> None:
        """The outcome of an action is in the row now."""
        self.work.forget_steps(f"{row['logical_id']}/{verb}/")
        stacks.save_resource(rows, self.id, row)


@dataclass(frozen=True)
class Outcome:
    """What became of an action. `why` is the reason of a failure, or a remark on a success."""

    ok: bool
    physical_id: str
    attributes: Mapping[str, Any]
    why: str | None = None

    def remarked(self, remark: str | None) -> Outcome:
        """The same with a further remark, if there is one."""
        told = [one for one in (self.why, remark) if one is not None]
        return replace(self, why="; ".join(told) or None)


def run(
    names: Iterable[str],
    needs: Mapping[str, set[str]],
    begin: Callable[[list[str]], None],
    do: Callable[[str], bool],
    wait: Callable[[float], None],
    *,
    keep_going: bool = False,
    cancel: Callable[[list[str]], None] | None = None,
) -> list[str]:
    """Go through resources, each once all that it needs are done, and return those that failed.

    Those that are ready begin together; one that is `NotYet` done is asked again later, while others go on. At a
    failure what has begun and not been done is cancelled, unless `keep_going`, where all is done that needs nothing of
    what failed.
    """
    left = list(dict.fromkeys(names))
    done: set[str] = set()
    begun: list[str] = []
    failed: list[str] = []
    here = set(left)
    while left or begun:
        ready = [name for name in left if (needs.get(name, set()) & here) <= done]
        if ready:
            begin(ready)
            begun += ready
            left = [name for name in left if name not in set(ready)]
        if not begun:
            break
        waiting: list[str] = []
        pause = 0.0
        progress = False
        for position, name in enumerate(list(begun)):
            try:
                ok = do(name)
            except NotYet as later:
                waiting.append(name)
                pause = later.seconds if not pause else min(pause, later.seconds)
                continue
            progress = True
            if ok:
                done.add(name)
                continue
            failed.append(name)
            if not keep_going:
                rest = waiting + begun[position + 1 :]
                if rest and cancel is not None:
                    cancel(rest)
                return failed
        begun = waiting
        if begun and not progress:
            wait(pause)
    return failed
