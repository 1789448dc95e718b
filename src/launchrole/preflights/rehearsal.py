"""The launch of a template in accounts that are thrown away, where the launch role's denials are recorded and let pass:
create, update and delete, and what was decided on the way.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import Any

from launchrole.account import decisions, moto_services
from launchrole.account.decisions import StoredDecision
from launchrole.account.errors import ServiceError
from launchrole.account.rows import Rows
from launchrole.policy.context import Context
from launchrole.policy.decision import Decision
from launchrole.policy.request import Request
from launchrole.preflights import channels, passed_roles
from launchrole.preflights import world as worlds
from launchrole.preflights.channels import Channel
from launchrole.preflights.passed_roles import Lack, Launched
from launchrole.preflights.subject import Role, Supply, Wanted
from launchrole.preflights.supplies import put
from launchrole.preflights.world import Administrator, Organization
from launchrole.sandbox import Sandbox
from launchrole.services.cloudformation import stacks

PASS_ROLE = "iam:PassRole"
_NOTHING_TO_DO = "No updates are to be performed"

_SEED = 1
"""The same launch makes the same ids whenever it is rehearsed: reports can be compared."""
_PATIENCE = 120.0
"""Seconds that an operation is waited for: nothing in a rehearsal waits for anybody."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision on a call of the launch. `path` are the logical ids of the nested stacks and of the resource that it
    was made for, empty for calls about the launch itself; `verb` what was being done to the resource."""

    operation: str
    path: tuple[str, ...]
    verb: str
    stored: StoredDecision
    decision: Decision | None
    """The decision made again, of what was not allowed only."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that failed, for another reason than a denial of the launch role. `path` is empty where it was the
    launch itself, `code` AWS' name of the error where one is known."""

    operation: str
    path: tuple[str, ...]
    type: str | None
    reason: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Passed:
    """A role that was passed to a service for a resource, and whether it was there and trusts the service."""

    operation: str
    path: tuple[str, ...]
    role: str
    service: str
    exists: bool
    trusts: bool


@dataclass(frozen=True)
class Rehearsal:
    """What became of a launch. `reached` are the operations that were begun, `done` those that came to a good end."""

    decided: tuple[Decided, ...]
    failures: tuple[Failure, ...]
    reached: tuple[str, ...]
    done: tuple[str, ...]
    types: Mapping[tuple[str, ...], str]
    """The types of all resources by their paths."""
    passed: tuple[Passed, ...]
    templates: Mapping[tuple[str, ...], str]
    """The texts of nested templates by the paths of their stacks."""
    generated: tuple[str, ...]
    """What this launch made up and another would have otherwise: ids of the stacks, the product and the project."""
    launched: tuple[Launched, ...] = ()
    """What the creation has made."""
    lacks: tuple[Lack, ...] = ()
    """What services will be denied under the roles that they were passed."""
    faults: tuple[str, ...] = ()
    """What launchrole itself could not do."""


def rehearse(wanted: Wanted, *, recorded: bool = True, seed: int = _SEED, foresight: bool = True) -> Rehearsal:
    """Launch, update and delete. `recorded`: what the role is denied is let pass; otherwise IAM is enforced on it as on
    everybody. Another `seed` makes it another launch, with other ids. `foresight`: say, too, what services will be
    denied under the roles that they were passed. Raises `ServiceError` for roles and policies that IAM would not take.

    Roles that nothing mentions are not made, unless it turns out that one of them is passed.
    """
    made = _mentioned(wanted)
    found = _rehearse(wanted, made, recorded, seed, foresight)
    known = {one.arn for one in made}
    if any(one.role in wanted.world.roles and one.role not in known for one in found.passed):
        found = _rehearse(wanted, list(wanted.world.roles.values()), recorded, seed, foresight)
    return found


def _mentioned(wanted: Wanted) -> list[Role]:
    """The roles whose names are anywhere in what is launched."""
    update, values = wanted.update or ("", {})
    supplied = [one.value for one in wanted.supplies] + [one.what for one in wanted.supplies]
    everything = "\n".join([wanted.text, update, *wanted.values.values(), *values.values(), *supplied])
    return [one for one in wanted.world.roles.values() if one.name in everything]


def _rehearse(wanted: Wanted, roles: Sequence[Role], recorded: bool, seed: int, foresight: bool) -> Rehearsal:
    scps = wanted.world.scps
    main = worlds.MANAGEMENT if scps else wanted.role.account
    faults: list[str] = []
    accounts = [main, wanted.role.account] if scps else [main]
    with moto_services.uncollected(), Sandbox(accounts=accounts, seed=seed) as sandbox:
        sandbox.gateway.awaits_signals = False
        sandbox.gateway.report = lambda fault: faults.append(f"{type(fault).__name__}: {fault}")
        administrator = Administrator(sandbox, wanted.role.account, wanted.region)
        organization = worlds.Organization(sandbox, wanted.role.account, wanted.region, scps) if scps else None
        user = worlds.furnish(administrator, wanted.role, roles)
        for one in wanted.supplies:
            _supply(administrator, one)
        if wanted.responses:
            sandbox.custom_resources = dict(wanted.responses)
        if recorded:
            sandbox.record([wanted.role.arn])
        launch = channels.BY_NAME[wanted.channel](wanted, administrator, user)
        return _Course(wanted, sandbox, launch, faults, organization, foresight).run()


def _supply(administrator: Administrator, supply: Supply) -> None:
    """Put something there. What is only assumed and cannot be there, for want of a name that the service takes, is left
    out: the launch then tells. Raises `ServiceError`."""
    try:
        put(administrator, supply)
    except ServiceError:
        if supply.given:
            raise


class _Course:
    """A launch from the beginning to the end."""

    def __init__(
        self,
        wanted: Wanted,
        sandbox: Sandbox,
        launch: Channel,
        faults: list[str],
        organization: Organization | None,
        foresight: bool,
    ) -> None:
        self.wanted = wanted
        self.sandbox = sandbox
        self.organization = organization
        self.foresight = foresight
        self.launch = launch
        self.faults = faults
        self.decided: list[Decided] = []
        self.failures: list[Failure] = []
        self.reached: list[str] = []
        self.done: list[str] = []
        self.types: dict[tuple[str, ...], str] = {}
        self.passed: list[Passed] = []
        self.launched: tuple[Launched, ...] = ()
        self.lacks: tuple[Lack, ...] = ()
        self.templates: dict[tuple[str, ...], str] = {}
        self._others = {str(one["StackId"]) for one in channels.listed(launch.administrator)}
        self._unknown = {
            f"arn:{wanted.role.partition}:s3:::{one.what}"
            for one in wanted.supplies
            if one.kind == "s3-object" and one.tags is None
        }
        self._seen_events: set[str] = set()
        self._stacks: dict[str, tuple[str, ...]] = {}
        """Paths of stacks by their uuids."""

    def run(self) -> Rehearsal:
        self._carry_out()
        return Rehearsal(
            tuple(self.decided),
            tuple(self.failures),
            tuple(self.reached),
            tuple(self.done),
            self.types,
            tuple(dict.fromkeys(self.passed)),
            self.templates,
            (*self.launch.generated, *self._stacks),
            self.launched,
            self.lacks,
            tuple(self.faults),
        )

    def _carry_out(self) -> None:
        try:
            self.launch.prepare()
        except ServiceError as problem:
            self.failures.append(Failure("create", (), None, problem.message, problem.code))
            return
        for operation in ("create", "update", "delete"):
            if operation not in self.wanted.operations and operation != "create":
                continue
            if operation == "update" and "create" not in self.done:
                continue
            self._do(operation)
            if operation == "create" and not self._stacks:
                return  # nothing has come of it that could be changed or deleted

    def _do(self, operation: str) -> None:
        before = self._last()
        self.reached.append(operation)
        refused: ServiceError | None = None
        try:
            settled = self._carried_out(operation)
        except ServiceError as problem:
            settled, refused = True, problem
        self._look()
        if operation == "create":
            self.launched = self._launched()
            if self.foresight:
                self.lacks = passed_roles.lacks(self.launch.administrator, self.wanted.role.account, self.launched)
        found = self._failed(operation)
        if refused is not None:
            if _NOTHING_TO_DO not in refused.message:
                self.failures.append(Failure(operation, (), None, refused.message, refused.code))
            else:
                self.done.append(operation)
        elif not settled:
            self.failures.append(Failure(operation, (), None, f"not done within {_PATIENCE:.0f} s"))
        else:
            why = self.launch.outcome()
            if why is None:
                self.done.append(operation)
            elif not found:
                self.failures.append(Failure(operation, (), None, why))
        self.failures += found
        decided = list(self._decisions(operation, before))
        self.passed += [self._passed(one) for one in decided if one.stored.action == PASS_ROLE]
        self.decided += decided

    def _carried_out(self, operation: str) -> bool:
        """Begin an operation and wait for its end; False where it has none. Policies of an organization bind from when
        it has begun: who launches is not meant. Raises `ServiceError`."""
        if self.organization is None:
            self.launch.begin(operation)
            return self.sandbox.settle(_PATIENCE)
        with ExitStack() as stack:
            with self.sandbox.store.mutex:  # jobs wait
                self.launch.begin(operation)
                stack.enter_context(self.organization.binding())
            return self.sandbox.settle(_PATIENCE)

    def _last(self) -> int:
        with self.sandbox.store.mutex:
            return decisions.last_number(self.sandbox.store.connection)

    def _look(self) -> None:
        """Which stacks there are, and what resources they have."""
        listed = channels.listed(self.launch.administrator)
        by_id = {str(one["StackId"]): one for one in listed if one["StackId"] not in self._others}
        nested: dict[str, tuple[str, str]] = {}
        for stack_id in by_id:
            for name, one in self._resources(stack_id).items():
                if one["type"] == "AWS::CloudFormation::Stack" and one.get("physical_id") in by_id:
                    nested[one["physical_id"]] = (stack_id, name)
        for stack_id in by_id:
            path: tuple[str, ...] = ()
            at = stack_id
            while at in nested:
                at, logical_id = nested[at]
                path = (logical_id, *path)
            self._stacks[stack_id.rpartition("/")[2]] = path
            if path and path not in self.templates:
                self.templates[path] = self._template(stack_id)
        self._events = [event for stack_id in by_id for event in self._kept_events(stack_id)]

    def _launched(self) -> tuple[Launched, ...]:
        """The resources that there are now, with their properties as they came out."""
        return tuple(
            Launched((*path, name), one["type"], one["physical_id"], one["properties"], one["attributes"])
            for uuid, path in self._stacks.items()
            for name, one in self._resources(uuid).items()
            if one["physical_id"]
        )

    def _resources(self, stack_id: str) -> Mapping[str, Mapping[str, Any]]:
        with self._rows() as rows:
            return stacks.resources(rows, stack_id)

    def _kept_events(self, stack_id: str) -> Sequence[Mapping[str, Any]]:
        """A stack's events, the oldest first."""
        with self._rows() as rows:
            return stacks.events(rows, stack_id)[::-1]

    def _template(self, stack_id: str) -> str:
        with self._rows() as rows:
            found = stacks.template(rows, stack_id)
        assert found is not None
        return str(found["text"])

    def _rows(self) -> AbstractContextManager[Rows]:
        return self.launch.administrator.rows("cloudformation")

    def _failed(self, operation: str) -> list[Failure]:
        """The resources that failed in the operation, but for those whose failure is that of a nested stack's."""
        found = []
        for event in self._events:
            if event["EventId"] in self._seen_events:
                continue
            self._seen_events.add(event["EventId"])
            uuid = event["StackId"].rpartition("/")[2]
            if (
                event["ResourceType"] == "AWS::CloudFormation::Stack"
                and event["PhysicalResourceId"] == event["StackId"]
            ):
                continue
            path = (*self._stacks[uuid], event["LogicalResourceId"])
            self.types[path] = event["ResourceType"]
            reason = str(event.get("ResourceStatusReason", ""))
            if event["ResourceStatus"].endswith("_FAILED") and not _is_consequence(reason):
                found.append(Failure(operation, path, event["ResourceType"], reason))
        return found

    def _decisions(self, operation: str, after: int) -> Iterator[Decided]:
        """What was decided of the role's calls since a decision."""
        session = f":assumed-role/{self.wanted.role.name}/"
        account = f"::{self.wanted.role.account}:"
        with self.sandbox.store.mutex:
            connection = self.sandbox.store.connection
            newest = decisions.newest(connection, decisions.KEPT, after=after)
            for _, one in newest:
                if session not in one.principal or account not in one.principal:
                    continue
                path, verb = self._place(one)
                yield Decided(operation, path, verb, one, self._again(connection, one))

    def _again(self, connection: sqlite3.Connection, one: StoredDecision) -> Decision | None:
        """The decision made again, with what is not known of an object as unknown; None where it allows."""
        if one.resource not in self._unknown:
            return None if one.allowed else decisions.again(connection, one)
        made = decisions.again(connection, one)
        asked = made.request
        context = Context(asked.context, ["s3:ExistingObjectTag/*"])
        unsure = made.policies.evaluate(
            Request(asked.principal, asked.action, asked.resource, context, asked.resource_account)
        )
        return None if unsure.allowed else unsure

    def _passed(self, one: Decided) -> Passed:
        """A role that was passed, as it stands now: the template may have made it, and will delete it."""
        gateway = self.sandbox.gateway
        service = str(one.stored.details["context"].get("iam:PassedToService", ""))
        role = gateway.directory.role_by_arn(one.stored.resource)
        trusts = role is not None and (
            not service or gateway.may_assume(role, service) or _trusts_identities(role.trust)
        )
        return Passed(one.operation, one.path, one.stored.resource, service, role is not None, trusts)

    def _place(self, one: StoredDecision) -> tuple[tuple[str, ...], str]:
        """The resource that a call was made for, and what was being done to it."""
        job, colon, step = str(one.details.get("step", "")).partition(":")
        uuid = job.partition("/")[0]
        if not colon or uuid not in self._stacks:
            return (), ""
        logical_id, verb = [*step.split("/"), ""][:2]
        return (*self._stacks[uuid], logical_id), verb


def _trusts_identities(trust: str) -> bool:
    """Does a trust policy let users or roles assume the role, too? A pipeline's role itself assumes those of actions.
    https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-pipeline-structure.html, `roleArn`"""
    statements = json.loads(trust).get("Statement", [])
    listed = [statements] if isinstance(statements, dict) else statements
    return any(one.get("Principal") == "*" or "AWS" in one.get("Principal", {}) for one in listed)


_CONSEQUENCE = re.compile(
    r"Resource (creation|update) cancelled|Embedded stack \S+ was not successfully (created|updated)|"
    r"The following resource\(s\) failed to"
)


def _is_consequence(reason: str) -> bool:
    """Did something fail only because something else did?"""
    return _CONSEQUENCE.search(reason) is not None
