"""An account whose portfolio of project templates is on, and projects made from its products."""

from __future__ import annotations

from typing import Any

from launchrole import portfolio
from launchrole.account import decisions
from launchrole.sandbox import Sandbox

ACCOUNT = "123456789012"
ROLES = f"arn:aws:iam::{ACCOUNT}:role/service-role/AmazonSageMakerServiceCatalogProducts"
SESSIONS = f"arn:aws:sts::{ACCOUNT}:assumed-role/AmazonSageMakerServiceCatalogProducts"


class World:
    """An account whose portfolio is on. `user` makes clients of a session of the execution role, as Studio has it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.admin = sandbox.client("sagemaker")
        self.admin.enable_sagemaker_servicecatalog_portfolio()
        assert sandbox.settle(60)
        self.session = sandbox.assume(f"{ROLES}ExecutionRole", "sagemaker.amazonaws.com", "SageMaker")

    def user(self, service: str) -> Any:
        return self.sandbox.client(service, self.session)

    def product(self, identifier: str) -> str:
        """The id of a built-in product."""
        name = portfolio.product(identifier).name
        found = self.user("servicecatalog").search_products()["ProductViewSummaries"]
        return next(str(one["ProductId"]) for one in found if one["Name"] == name)

    def create(self, name: str = "churn", product: str = "mlops-build", **details: Any) -> dict[str, Any]:
        """A project once it has been made, or not."""
        client = self.user("sagemaker")
        wanted = {"ProductId": self.product(product), **details}
        client.create_project(ProjectName=name, ServiceCatalogProvisioningDetails=wanted)
        return self.settled(name)

    def settled(self, name: str = "churn") -> dict[str, Any]:
        assert self.sandbox.settle(60)
        return self.admin.describe_project(ProjectName=name)

    def stacks(self) -> list[dict[str, Any]]:
        return self.sandbox.client("cloudformation").describe_stacks()["Stacks"]

    def callers(self) -> set[tuple[str, str]]:
        """Who made which calls, by the last part of the sessions' roles and names."""
        with self.sandbox.store.transaction() as connection:
            found = decisions.newest(connection, decisions.KEPT)
        return {(one.principal.removeprefix(SESSIONS), one.action) for _, one in found}
