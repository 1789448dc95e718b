"""Following a launch: the project or provisioned product, and the stack that it is made of, as steps of a view."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import click

from launchrole.cli.accounts import Accounts
from launchrole.cli.cancelling import Cancel, follow_to_end
from launchrole.cli.catalog import Launcher
from launchrole.cli.live import Step
from launchrole.cli.outcome import explained_refusal, tell
from launchrole.cli.output import labelled, styled
from launchrole.cli.refusals import Refused
from launchrole.cli.watching import Watch

_PROJECT_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,31}")


@dataclass
class Launch:
    """Something launched: `is_project` says whether SageMaker launches it, or Service Catalog by itself."""

    who: Launcher
    name: str
    is_project: bool
    provisioned: str | None = None
    """The provisioned product's id, once there is one."""
    record: str | None = None
    """The record that tells how it goes, where Service Catalog launches by itself."""
    status: str = ""
    message: str = ""
    ended: bool = False

    def look(self) -> None:
        """How it stands now."""
        if self.is_project:
            self._look_at_project()
        elif self.record is not None:
            found = self.who.client("servicecatalog").describe_record(Id=self.record)["RecordDetail"]
            self.provisioned = found.get("ProvisionedProductId", self.provisioned)
            self.status = found["Status"]
            self.ended = self.status in ("SUCCEEDED", "FAILED")
            errors = found.get("RecordErrors") or [{}]
            self.message = errors[0].get("Description", "") if self.status == "FAILED" else ""

    def _look_at_project(self) -> None:
        found = self.who.client("sagemaker").describe_project(ProjectName=self.name)
        details = found.get("ServiceCatalogProvisionedProductDetails") or {}
        self.provisioned = details.get("ProvisionedProductId", self.provisioned)
        self.message = details.get("ProvisionedProductStatusMessage", "")
        self.status = found["ProjectStatus"]
        self.ended = self.status.endswith(("Completed", "Failed"))

    @property
    def succeeded(self) -> bool:
        return self.status == "SUCCEEDED" or self.status.endswith("Completed")

    @property
    def stack_name(self) -> str | None:
        """The name of the stack, once it is known."""
        return None if self.provisioned is None else stack_name(self.who.account, self.provisioned)


@dataclass
class LaunchWatch(Watch):
    """The events of a launch's stack, until the launch itself has ended. `after` are events of operations before."""

    launch: Launch | None = None
    after: set[str] = field(default_factory=set)

    @property
    def is_over(self) -> bool:
        return self.launch is not None and self.launch.ended

    def look(self) -> list[Step]:
        assert self.launch is not None
        if not self.status.endswith("_IN_PROGRESS"):
            self.launch.look()
        root = self._followed[""]
        if self.stack_id is None and self.launch.stack_name is not None:
            root.name_or_id = self.launch.stack_name
            root.known |= self.after
        if self.launch.stack_name is None:
            return []
        was_going_on = self.status.endswith("_IN_PROGRESS")
        steps = super().look()
        if was_going_on and not self.status.endswith("_IN_PROGRESS"):
            self.launch.look()  # it may have ended with its stack
        return steps


def events_before(accounts: Accounts, launch: Launch) -> set[str]:
    """The ids of the events that a launch's stack has had so far."""
    if launch.stack_name is None:
        return set()
    return {str(one["EventId"]) for one in accounts.events(launch.stack_name, ())}


def carry_out(accounts: Accounts, launch: Launch, begin: Callable[[], Any], cancel: Cancel, *, output: str) -> int:
    """Begin an operation on what was launched, show how it goes and how it ends; the exit code."""
    watch = LaunchWatch(accounts, launch.name, launch=launch, after=events_before(accounts, launch))
    begin()
    ended = follow_to_end(accounts, watch, lambda: None, cancel, output=output)
    outputs = _outputs(launch) if ended and launch.succeeded else {}
    _tell(accounts, watch, launch, outputs, as_json=output == "json")
    return 0 if ended and launch.succeeded else 1


def _outputs(launch: Launch) -> dict[str, str]:
    """The outputs of the stack, as the record of its last change tells them."""
    if launch.provisioned is None or launch.status.startswith("Delete"):
        return {}
    client = launch.who.client("servicecatalog")
    record = launch.record
    if record is None:
        detail = client.describe_provisioned_product(Id=launch.provisioned)["ProvisionedProductDetail"]
        record = detail["LastRecordId"]
    found: dict[str, str] = {}
    asked = {"Id": record}
    while True:
        page = client.describe_record(**asked)
        found |= {one["OutputKey"]: one["OutputValue"] for one in page.get("RecordOutputs", ())}
        if not page.get("NextPageToken"):
            found.pop("CloudformationStackARN", None)
            return found
        asked["PageToken"] = page["NextPageToken"]


def _tell(accounts: Accounts, watch: LaunchWatch, launch: Launch, outputs: Mapping[str, str], *, as_json: bool) -> None:
    if as_json or watch.status:  # without, it has come to no stack
        tell(accounts, watch, outputs, as_json=as_json)
    if as_json:
        return
    kind = "project" if launch.is_project else "provisioned product"
    known = f" ({launch.provisioned})" if launch.provisioned else ""
    color = "green" if launch.succeeded else "red"
    click.echo(f"{kind} {launch.name}{known}: {styled(launch.status or 'nothing was done', color, bold=True)}")
    if launch.message and not any(step.denied for step in watch.steps):
        click.echo(labelled("why", launch.message))
        for line in explained_refusal(accounts, launch.message):
            click.echo(line)


def check_name(name: str, is_project: bool) -> str:
    """The name of a project or provisioned product. Raises `click.UsageError` for one that AWS does not take."""
    if is_project and _PROJECT_NAME.fullmatch(name) is None:
        raise click.UsageError(f"--name {name}: a project's name has up to 32 letters, digits and hyphens inside")
    return name


def new_name(product: str) -> str:
    """A name for a launch that was given none."""
    stem = re.sub(r"[^a-zA-Z0-9]+", "-", product).strip("-")[:24].strip("-") or "launch"
    return f"{stem}-{uuid.uuid4().hex[:6]}"


def pairs_of(parameters: Mapping[str, str]) -> list[dict[str, str]]:
    """Parameters as SageMaker and Service Catalog take them."""
    return [{"Key": name, "Value": value} for name, value in parameters.items()]


def stack_name(account: str, provisioned_id: str) -> str:
    """The name of a provisioned product's stack.
    https://docs.aws.amazon.com/servicecatalog/latest/adminguide/reference-provisionedproduct.html"""
    return f"SC-{account}-{provisioned_id}"


def provisioned_products(accounts: Accounts) -> Iterator[Mapping[str, Any]]:
    """All provisioned products of the account, as lists show them."""
    pages = (
        accounts.client("servicecatalog")
        .get_paginator("scan_provisioned_products")
        .paginate(AccessLevelFilter={"Key": "Account", "Value": "self"})
    )
    for page in pages:
        yield from page["ProvisionedProducts"]


def find_launch(accounts: Accounts, who: Launcher, name: str) -> Launch:
    """A project or provisioned product by its name, or the latter by its id. Raises `Refused` where there is none."""
    from botocore.exceptions import ClientError

    try:
        found = who.client("sagemaker").describe_project(ProjectName=name)
    except ClientError:
        found = None
    if found is not None and found["ProjectStatus"] != "DeleteCompleted":
        details = found.get("ServiceCatalogProvisionedProductDetails") or {}
        return Launch(who, name, True, details.get("ProvisionedProductId"))
    for one in provisioned_products(accounts):
        if name in (one["Name"], one["Id"]):
            return Launch(who, one["Name"], False, one["Id"])
    raise Refused(f"nothing is launched by the name {name}; `launchrole status` lists what is")
