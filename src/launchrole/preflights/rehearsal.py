"""The launch of a template in accounts that are thrown away, where the launch role's denials are recorded and let pass:
create, update and delete, and what was decided on the way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from launchrole.account import decisions
from launchrole.account.decisions import StoredDecision
from launchrole.account.errors import ServiceError
from launchrole.policy.decision import Decision
from launchrole.preflights import world as worlds
from launchrole.preflights.subject import Role, World
from launchrole.preflights.supplies import Supply, put
from launchrole.preflights.world import USER, Administrator
from launchrole.sandbox import Sandbox

PRODUCT, PROJECT, DIRECT = "product", "project", "direct"
CHANNELS = (PRODUCT, PROJECT, DIRECT)
"""Who launches: Service Catalog, SageMaker through it, or CloudFormation with the role as RoleARN."""

CAPABILITIES = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")
PROJECT_NAME = "churn"
STACK_NAME = "preflight"
_BUCKET = "cf-templates-preflight"
_PATIENCE = 120.0
"""Seconds that an operation is waited for: nothing in a rehearsal waits for anybody."""
_LAUNCHED = "launchrole-preflight"


@dataclass(frozen=True)
class Wanted:
    """What is launched. `text` is the template's, `values` its parameters'; `update` the text and the values of the
    update, None where nothing is updated. `children` are nested templates by their paths beside the template."""

    text: str
    values: Mapping[str, str]
    role: Role
    world: World = field(default_factory=World)
    channel: str = PRODUCT
    region: str = "us-east-1"
    operations: tuple[str, ...] = ("create", "update", "delete")
    update: tuple[str, Mapping[str, str]] | None = None
    capabilities: tuple[str, ...] = CAPABILITIES
    tags: Mapping[str, str] = field(default_factory=dict)
    responses: Mapping[str, Any] = field(default_factory=dict)
    """What custom resources answer, by type."""
    supplies: tuple[Supply, ...] = ()


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
    action: str | None = None
    """The call that was refused, `ProvisionProduct`."""


@dataclass(frozen=True)
class Rehearsal:
    """What became of a launch. `reached` are the operations that were begun, `done` those that came to a good end."""

    decided: tuple[Decided, ...]
    failures: tuple[Failure, ...]
    reached: tuple[str, ...]
    done: tuple[str, ...]
    types: Mapping[tuple[str, ...], str]
    """The types of all resources by their paths."""
    generated: tuple[str, ...]
    """What this launch made up and another would have otherwise: ids of the stacks, the product and the project."""
    faults: tuple[str, ...] = ()
    """What launchrole itself could not do."""


def rehearse(wanted: Wanted, *, recorded: bool = True) -> Rehearsal:
    """Launch, update and delete. `recorded`: what the role is denied is let pass; otherwise IAM is enforced on it as on
    everybody. Raises `ServiceError` for roles and policies that IAM would not take."""
    scps = wanted.world.scps
    main = worlds.MANAGEMENT if scps else wanted.role.account
    faults: list[str] = []
    with Sandbox(accounts=[main, wanted.role.account] if scps else [main]) as sandbox:
        sandbox.gateway.report = lambda fault: faults.append(f"{type(fault).__name__}: {fault}")
        administrator = Administrator(sandbox, wanted.role.account, wanted.region)
        if scps:
            worlds.bind(sandbox, wanted.role.account, wanted.region, scps)
        worlds.furnish(administrator, wanted.role, wanted.world)
        for one in wanted.supplies:
            put(administrator, one)
        if wanted.responses:
            sandbox.custom_resources = dict(wanted.responses)
        if recorded:
            sandbox.record([wanted.role.arn])
        launch = _LAUNCHES[wanted.channel](wanted, sandbox, administrator)
        return _Course(wanted, sandbox, launch, faults).run()


class _Launch:
    """A launch by one of the channels. Each method begins an operation; `outcome` tells how it ended: the reason why it
    failed, or None."""

    def __init__(self, wanted: Wanted, sandbox: Sandbox, administrator: Administrator) -> None:
        self.wanted = wanted
        self.sandbox = sandbox
        self.administrator = administrator

    def as_user(self, service: str, operation: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """A call of the user who launches."""
        identity = f"user:{self.wanted.role.account}:{USER}"
        return self.sandbox.gateway.call_as(identity, service, operation, params, region=self.wanted.region)

    def prepare(self) -> None:
        raise NotImplementedError

    def begin(self, operation: str) -> None:
        raise NotImplementedError

    def outcome(self, operation: str) -> str | None:
        raise NotImplementedError

    @property
    def generated(self) -> list[str]:
        return []

    def parameters(self, values: Mapping[str, str], key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
        return [{key: name, value: text} for name, text in values.items()]

    @property
    def tags(self) -> list[dict[str, str]]:
        return [{"Key": name, "Value": text} for name, text in self.wanted.tags.items()]


class _Direct(_Launch):
    """A stack by itself, with the role as its service role."""

    def prepare(self) -> None:
        self.administrator.call("s3", "CreateBucket", _bucket(self.wanted.region))

    def begin(self, operation: str) -> None:
        if operation == "delete":
            self.as_user("cloudformation", "DeleteStack", {"StackName": STACK_NAME})
            return
        wanted = self.wanted
        text, values = (wanted.text, wanted.values) if operation == "create" else _update_of(wanted)
        asked = {
            "StackName": STACK_NAME,
            "TemplateURL": _upload(self.administrator, operation, text),
            "Parameters": self.parameters(values, "ParameterKey", "ParameterValue"),
            "Capabilities": list(wanted.capabilities),
            "RoleARN": wanted.role.arn,
            "Tags": self.tags,
        }
        self.as_user("cloudformation", "CreateStack" if operation == "create" else "UpdateStack", asked)

    def outcome(self, operation: str) -> str | None:
        found = _stacks(self.administrator)
        stack = next((one for one in found if one["StackName"] == STACK_NAME), None)
        status = "" if stack is None else str(stack["StackStatus"])
        if status == _GOOD[operation]:
            return None
        return str((stack or {}).get("StackStatusReason") or status)


class _Product(_Launch):
    """A product of Service Catalog with a launch constraint."""

    product = artifact = provisioned = record = ""

    def prepare(self) -> None:
        call, wanted = self.administrator.call, self.wanted
        call("s3", "CreateBucket", _bucket(wanted.region))
        portfolio = call("servicecatalog", "CreatePortfolio", {
            "DisplayName": _LAUNCHED, "ProviderName": _LAUNCHED, "IdempotencyToken": "portfolio",
        })["PortfolioDetail"]["Id"]  # fmt: skip
        made = call("servicecatalog", "CreateProduct", {
            "Name": _LAUNCHED, "Owner": _LAUNCHED, "ProductType": "CLOUD_FORMATION_TEMPLATE",
            "IdempotencyToken": "product", "ProvisioningArtifactParameters": self._artifact("create", wanted.text),
        })  # fmt: skip
        self.product = made["ProductViewDetail"]["ProductViewSummary"]["ProductId"]
        self.artifact = made["ProvisioningArtifactDetail"]["Id"]
        named = {"ProductId": self.product, "PortfolioId": portfolio}
        call("servicecatalog", "AssociateProductWithPortfolio", named)
        call("servicecatalog", "CreateConstraint", {
            **named, "Type": "LAUNCH", "Parameters": f'{{"RoleArn": "{wanted.role.arn}"}}',
            "IdempotencyToken": "constraint",
        })  # fmt: skip
        user = f"arn:{wanted.role.partition}:iam::{wanted.role.account}:user/{USER}"
        call("servicecatalog", "AssociatePrincipalWithPortfolio", {
            "PortfolioId": portfolio, "PrincipalARN": user, "PrincipalType": "IAM",
        })  # fmt: skip

    def _artifact(self, name: str, text: str) -> dict[str, Any]:
        url = _upload(self.administrator, name, text)
        return {"Name": name, "Type": "CLOUD_FORMATION_TEMPLATE", "Info": {"LoadTemplateFromURL": url}}

    def updated_artifact(self) -> str:
        """The version that the update goes to: another one where the update has another template."""
        text, _ = _update_of(self.wanted)
        if text == self.wanted.text:
            return self.artifact
        made = self.administrator.call("servicecatalog", "CreateProvisioningArtifact", {
            "ProductId": self.product, "Parameters": self._artifact("update", text), "IdempotencyToken": "update",
        })  # fmt: skip
        return str(made["ProvisioningArtifactDetail"]["Id"])

    def begin(self, operation: str) -> None:
        if operation == "create":
            made = self.as_user("servicecatalog", "ProvisionProduct", {
                "ProductId": self.product, "ProvisioningArtifactId": self.artifact,
                "ProvisionedProductName": _LAUNCHED, "ProvisionToken": "create",
                "ProvisioningParameters": self.parameters(self.wanted.values), "Tags": self.tags,
            })  # fmt: skip
            self.provisioned = made["RecordDetail"]["ProvisionedProductId"]
        elif operation == "update":
            made = self.as_user("servicecatalog", "UpdateProvisionedProduct", {
                "ProvisionedProductId": self.provisioned, "ProductId": self.product, "UpdateToken": "update",
                "ProvisioningArtifactId": self.updated_artifact(),
                "ProvisioningParameters": self.parameters(_update_of(self.wanted)[1]),
            })  # fmt: skip
        else:
            made = self.as_user("servicecatalog", "TerminateProvisionedProduct", {
                "ProvisionedProductId": self.provisioned, "TerminateToken": "delete",
            })  # fmt: skip
        self.record = made["RecordDetail"]["RecordId"]

    def outcome(self, operation: str) -> str | None:
        record = self.administrator.call("servicecatalog", "DescribeRecord", {"Id": self.record})["RecordDetail"]
        if record["Status"] == "SUCCEEDED":
            return None
        errors = record.get("RecordErrors") or [{}]
        return str(errors[0].get("Description") or record["Status"])

    @property
    def generated(self) -> list[str]:
        return [one for one in (self.provisioned, self.product, self.artifact) if one]


class _Project(_Product):
    """A product that SageMaker launches for a project, with the project's name, id and tags."""

    project = ""

    def begin(self, operation: str) -> None:
        details = {"ProductId": self.product, "ProvisioningArtifactId": self.artifact}
        if operation == "create":
            self.project = self.as_user("sagemaker", "CreateProject", {
                "ProjectName": self.name, "Tags": self.tags,
                "ServiceCatalogProvisioningDetails": {**details, "ProvisioningParameters": self._own(self.wanted.values)},
            })["ProjectId"]  # fmt: skip
        elif operation == "update":
            self.as_user("sagemaker", "UpdateProject", {
                "ProjectName": self.name,
                "ServiceCatalogProvisioningUpdateDetails": {
                    "ProvisioningArtifactId": self.updated_artifact(),
                    "ProvisioningParameters": self._own(_update_of(self.wanted)[1]),
                },
            })  # fmt: skip
        else:
            self.as_user("sagemaker", "DeleteProject", {"ProjectName": self.name})

    @property
    def name(self) -> str:
        """The project's name; it comes with the parameters that SageMaker fills in."""
        return self.wanted.values.get("SageMakerProjectName", PROJECT_NAME)

    def _own(self, values: Mapping[str, str]) -> list[dict[str, str]]:
        filled_in = ("SageMakerProjectName", "SageMakerProjectId")
        return self.parameters({name: text for name, text in values.items() if name not in filled_in})

    def outcome(self, operation: str) -> str | None:
        found = self.administrator.call("sagemaker", "DescribeProject", {"ProjectName": self.name})
        details = found.get("ServiceCatalogProvisionedProductDetails") or {}
        self.provisioned = details.get("ProvisionedProductId", self.provisioned)
        if found["ProjectStatus"].endswith("Completed"):
            return None
        return str(details.get("ProvisionedProductStatusMessage") or found["ProjectStatus"])

    @property
    def generated(self) -> list[str]:
        return [*super().generated, *([self.project] if self.project else [])]


_LAUNCHES = {PRODUCT: _Product, PROJECT: _Project, DIRECT: _Direct}
_GOOD = {"create": "CREATE_COMPLETE", "update": "UPDATE_COMPLETE", "delete": "DELETE_COMPLETE"}
_NOTHING_TO_DO = "No updates are to be performed"


def _update_of(wanted: Wanted) -> tuple[str, Mapping[str, str]]:
    return wanted.update if wanted.update is not None else (wanted.text, wanted.values)


def _bucket(region: str) -> dict[str, Any]:
    place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    return {"Bucket": _BUCKET, **place}


def _upload(administrator: Administrator, name: str, text: str) -> str:
    """Put a template where Service Catalog keeps those that are uploaded to it: with its tag."""
    key = f"{name}.template"
    administrator.call("s3", "PutObject", {
        "Bucket": _BUCKET, "Key": key, "Body": text.encode(), "Tagging": "servicecatalog:provisioning=true",
    })  # fmt: skip
    return f"https://{_BUCKET}.s3.{administrator.region}.amazonaws.com/{key}"


def _stacks(administrator: Administrator) -> list[Mapping[str, Any]]:
    """All stacks, those that are deleted too."""
    found: list[Mapping[str, Any]] = []
    asked: dict[str, Any] = {}
    while True:
        page = administrator.call("cloudformation", "ListStacks", asked)
        found += page["StackSummaries"]
        if not page.get("NextToken"):
            return found
        asked = {"NextToken": page["NextToken"]}


class _Course:
    """A launch from the beginning to the end."""

    def __init__(self, wanted: Wanted, sandbox: Sandbox, launch: _Launch, faults: list[str]) -> None:
        self.wanted = wanted
        self.sandbox = sandbox
        self.launch = launch
        self.faults = faults
        self.decided: list[Decided] = []
        self.failures: list[Failure] = []
        self.reached: list[str] = []
        self.done: list[str] = []
        self.types: dict[tuple[str, ...], str] = {}
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
            tuple([*self.launch.generated, *self._stacks]),
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
            self.launch.begin(operation)
            settled = self.sandbox.settle(_PATIENCE)
        except ServiceError as problem:
            settled, refused = True, problem
        self._look()
        found = self._failed(operation)
        if refused is not None:
            if _NOTHING_TO_DO not in refused.message:
                self.failures.append(Failure(operation, (), None, refused.message, refused.code))
            else:
                self.done.append(operation)
        elif not settled:
            self.failures.append(Failure(operation, (), None, f"not done within {_PATIENCE:.0f} s"))
        else:
            why = self.launch.outcome(operation)
            if why is None:
                self.done.append(operation)
            elif not found:
                self.failures.append(Failure(operation, (), None, why))
        self.failures += found
        self.decided += self._decisions(operation, before)

    def _last(self) -> int:
        with self.sandbox.store.mutex:
            return decisions.last_number(self.sandbox.store.connection)

    def _look(self) -> None:
        """Which stacks there are, and what resources they have."""
        call = self.launch.administrator.call
        listed = _stacks(self.launch.administrator)
        by_id = {str(one["StackId"]): one for one in listed}
        nested: dict[str, tuple[str, str]] = {}
        for stack_id in by_id:
            for one in call("cloudformation", "DescribeStackResources", {"StackName": stack_id})["StackResources"]:
                physical = str(one.get("PhysicalResourceId", ""))
                if one["ResourceType"] == "AWS::CloudFormation::Stack" and physical in by_id:
                    nested[physical] = (stack_id, str(one["LogicalResourceId"]))
        for stack_id in by_id:
            path: tuple[str, ...] = ()
            at = stack_id
            while at in nested:
                at, logical_id = nested[at]
                path = (logical_id, *path)
            self._stacks[stack_id.rpartition("/")[2]] = path
        self._events = [event for stack_id in by_id for event in _events(call, stack_id)]

    def _failed(self, operation: str) -> list[Failure]:
        """The resources that failed in the operation, but for those whose failure is that of a nested stack's."""
        found = []
        for event in self._events:
            if event["EventId"] in self._seen_events:
                continue
            self._seen_events.add(event["EventId"])
            uuid = event["StackId"].rpartition("/")[2]
            if event["ResourceType"] == "AWS::CloudFormation::Stack" and event["PhysicalResourceId"] == event["StackId"]:
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
                again = None if one.allowed else decisions.again(connection, one)
                yield Decided(operation, path, verb, one, again)

    def _place(self, one: StoredDecision) -> tuple[tuple[str, ...], str]:
        """The resource that a call was made for, and what was being done to it."""
        job, colon, step = str(one.details.get("step", "")).partition(":")
        uuid = job.partition("/")[0]
        if not colon or uuid not in self._stacks:
            return (), ""
        logical_id, verb = [*step.split("/"), ""][:2]
        return (*self._stacks[uuid], logical_id), verb


_CONSEQUENCE = re.compile(
    r"Resource (creation|update) cancelled|Embedded stack \S+ was not successfully (created|updated)|"
    r"The following resource\(s\) failed to"
)


def _is_consequence(reason: str) -> bool:
    """Did something fail only because something else did?"""
    return _CONSEQUENCE.search(reason) is not None


def _events(call: Any, stack_id: str) -> Sequence[Mapping[str, Any]]:
    """A stack's events, the oldest first."""
    found: list[Mapping[str, Any]] = []
    asked: dict[str, Any] = {"StackName": stack_id}
    while True:
        page = call("cloudformation", "DescribeStackEvents", asked)
        found += page["StackEvents"]
        if not page.get("NextToken"):
            return found[::-1]
        asked["NextToken"] = page["NextToken"]
