"""The portfolio of project templates and solutions: turned on, turned off.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_EnableSagemakerServicecatalogPortfolio.html,
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-projects-studio-updates.html

On AWS the portfolio belongs to an account of AWS' and is shared with the caller's, and the console makes the roles.
Here it is made in the caller's account, with the roles, by calls in the caller's name: whoever may not make roles,
buckets and products turns nothing on, and `launchrole decisions --denied` tells why. The execution role may launch the
products; others are associated with the portfolio as ever.

What was asked for last is what the portfolio becomes. Where it could not be made whole, what there is of it is kept,
and the next attempt goes on with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from launchrole import portfolio
from launchrole.account.authorizer import Via
from launchrole.account.errors import ServiceError
from launchrole.account.jobs import Work
from launchrole.account.service import Call
from launchrole.services.sagemaker.base import sagemaker

NAME = "Amazon SageMaker Solutions and ML Ops products"
"""The portfolio's name."""

_PROVIDER = "launchrole"
_EXECUTION_ROLE = "AmazonSageMakerServiceCatalogProductsExecutionRole"
_VIA = Via(("sagemaker.amazonaws.com",))
_THERE = frozenset({"EntityAlreadyExists", "BucketAlreadyOwnedByYou", "DuplicateResourceException"})
"""Errors that say that a thing has been made before."""


@sagemaker.operation("EnableSagemakerServicecatalogPortfolio")
def enable(call: Call) -> Mapping[str, Any]:
    _begin(call, "Enabled")
    return {}


@sagemaker.operation("DisableSagemakerServicecatalogPortfolio")
def disable(call: Call) -> Mapping[str, Any]:
    _begin(call, "Disabled")
    return {}


@sagemaker.operation("GetSagemakerServicecatalogPortfolioStatus")
def status(call: Call) -> Mapping[str, Any]:
    found = call.rows.get("servicecatalog-portfolio", "status") or {}
    return {"Status": found.get("Status", "Disabled")}


def _begin(call: Call, wanted: str) -> None:
    row = dict(call.rows.get("servicecatalog-portfolio", "status") or {"Status": "Disabled", "times": 0})
    doing = row.get("doing")
    if (doing["wanted"] if doing else row["Status"]) == wanted:
        return
    row["times"] += 1
    row["doing"] = {"wanted": wanted, "identity": call.surroundings.identity(), "number": row["times"]}
    call.rows.put("servicecatalog-portfolio", "status", row)
    document = {"number": row["times"]}  # one job, so that only one of them works at the portfolio
    call.surroundings.begin("sagemaker", "portfolio", f"portfolio/{call.account}/{call.region}", document)


@sagemaker.job("portfolio")
def turn(work: Work) -> None:
    """Turn the portfolio on or off."""
    maker = _begun(work)
    if maker is None:
        return
    try:
        if maker.wanted == "Enabled":
            maker.turn_on()
        else:
            maker.turn_off()
        maker.end(Status=maker.wanted, why=None)
    except ServiceError as problem:
        maker.end(why=problem.message)  # the status stays what it was


@sagemaker.gives_up("portfolio")
def give_up(work: Work, why: str) -> None:
    """Leave the portfolio's status as it is."""
    maker = _begun(work)
    if maker is not None:
        maker.end(why=why)


def _begun(work: Work) -> _Maker | None:
    """Who does what was asked for last; None where nothing is left to do."""
    with work.transaction() as rows:
        row = rows.get("servicecatalog-portfolio", "status")
    return _Maker(work, row) if row is not None and row.get("doing") else None


class _Maker:
    """Makes what belongs to the portfolio, each thing once."""

    def __init__(self, work: Work, row: Mapping[str, Any]) -> None:
        self.work = work
        self.wanted: str = row["doing"]["wanted"]
        self._identity: str = row["doing"]["identity"]
        self._number: int = row["doing"]["number"]
        self._portfolio_id: str | None = row.get("PortfolioId")
        self._products: dict[str, str] = dict(row.get("products") or {})
        self._whole: bool = row.get("whole", False)

    def end(self, **members: Any) -> None:
        """Write what became of it. What was asked for in the meantime is still to be done."""
        with self.work.transaction() as rows:
            row = dict(rows.get("servicecatalog-portfolio", "status") or {})
            if row["doing"]["number"] == self._number:
                row["doing"] = None
            rows.put("servicecatalog-portfolio", "status", {**row, **members})
        self.work.signal()

    def keep(self) -> None:
        """Write what has been made by now."""
        made = {"PortfolioId": self._portfolio_id, "products": self._products, "whole": self._whole}
        with self.work.transaction() as rows:
            row = rows.get("servicecatalog-portfolio", "status") or {}
            rows.put("servicecatalog-portfolio", "status", {**row, **made})

    def call(self, service: str, operation: str, params: Mapping[str, Any], what: str) -> Mapping[str, Any]:
        """A call that is made once; `what` tells it from others of the same operation."""
        step = f"{self._number}/{operation}/{what}"
        return self.work.call(self._identity, service, operation, params, via=_VIA, step=step)

    def make(self, service: str, operation: str, params: Mapping[str, Any], what: str) -> Mapping[str, Any]:
        """Make something that may be there already."""
        try:
            return self.call(service, operation, params, what)
        except ServiceError as problem:
            if problem.code not in _THERE:
                raise
            return {}

    def token(self, what: str) -> str:
        """The idempotency token of a call to Service Catalog, which wants one of every client."""
        return f"sagemaker-{self._number}-{what}"

    def turn_on(self) -> None:
        """Make roles, buckets, products and the portfolio, or let the execution role launch them again."""
        if not self._whole:
            self._roles()
            identifier = self._portfolio()
            for product, place in self._templates():
                self._product(identifier, product, place)
            self._whole = True
            self.keep()
        principal = self._role_arn(_EXECUTION_ROLE)
        asked = {"PortfolioId": self._portfolio_id, "PrincipalARN": principal, "PrincipalType": "IAM"}
        self.call("servicecatalog", "AssociatePrincipalWithPortfolio", asked, "execution")

    def turn_off(self) -> None:
        """Nobody may launch the products any more; they and the roles stay."""
        if self._portfolio_id is None:
            return
        asked: dict[str, Any] = {"PortfolioId": self._portfolio_id}
        principals = []
        while True:
            found = self.call("servicecatalog", "ListPrincipalsForPortfolio", asked, asked.get("PageToken", ""))
            principals += found.get("Principals", ())
            if not found.get("NextPageToken"):
                break
            asked = {**asked, "PageToken": found["NextPageToken"]}
        for one in principals:
            asked = {
                "PortfolioId": self._portfolio_id,
                "PrincipalARN": one["PrincipalARN"],
                "PrincipalType": one["PrincipalType"],
            }
            what = f"{one['PrincipalType']}/{one['PrincipalARN']}"
            self.call("servicecatalog", "DisassociatePrincipalFromPortfolio", asked, what)

    def _role_arn(self, name: str) -> str:
        account = self.work.job.account
        return next(one.arn(account, self.work.partition) for one in portfolio.roles(account) if one.name == name)

    def _roles(self) -> None:
        for role in portfolio.roles(self.work.job.account):
            asked = {
                "RoleName": role.name,
                "Path": role.path,
                "Description": role.description,
                "AssumeRolePolicyDocument": role.trust_policy,
            }
            self.make("iam", "CreateRole", asked, role.name)
            for arn in role.managed:
                asked = {"RoleName": role.name, "PolicyArn": arn}
                self.call("iam", "AttachRolePolicy", asked, f"{role.name}/{arn}")
            for name, text in role.inline.items():
                asked = {"RoleName": role.name, "PolicyName": name, "PolicyDocument": text}
                self.call("iam", "PutRolePolicy", asked, f"{role.name}/{name}")

    def _templates(self) -> Iterator[tuple[portfolio.Product, str]]:
        """The products with the places of their templates; their seed code is put where they read it."""
        region, account = self.work.job.region, self.work.job.account
        seeds, templates = portfolio.seed_bucket(region, account), portfolio.template_bucket(region, account)
        for bucket in (seeds, templates):
            place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
            self.make("s3", "CreateBucket", {"Bucket": bucket, **place}, bucket)
        packed = {key: data for one in portfolio.products() for key, data in one.seed.items()}
        for key, data in packed.items():
            self.call("s3", "PutObject", {"Bucket": seeds, "Key": key, "Body": data}, key)
        tagging = "&".join(f"{name}={value}" for name, value in portfolio.TEMPLATE_TAGS.items())
        for product in portfolio.products():
            key = f"{product.id}.yaml"
            body = product.template.encode()
            asked = {"Bucket": templates, "Key": key, "Body": body, "Tagging": tagging}
            self.call("s3", "PutObject", asked, key)
            yield product, f"https://{templates}.s3.{region}.amazonaws.com/{key}"

    def _portfolio(self) -> str:
        """The portfolio's id."""
        if self._portfolio_id is None:
            asked = {"DisplayName": NAME, "ProviderName": _PROVIDER, "IdempotencyToken": self.token("portfolio")}
            made = self.call("servicecatalog", "CreatePortfolio", asked, "")
            self._portfolio_id = str(made["PortfolioDetail"]["Id"])
            self.keep()
        return self._portfolio_id

    def _product(self, portfolio_id: str, product: portfolio.Product, place: str) -> None:
        """Make a product of a template at a place, to be launched from the portfolio as the launch role."""
        if product.id not in self._products:
            asked = {
                "Name": product.name,
                "Owner": product.owner,
                "Description": product.description,
                "ProductType": "CLOUD_FORMATION_TEMPLATE",
                "Tags": [{"Key": key, "Value": value} for key, value in product.tags.items()],
                "ProvisioningArtifactParameters": {
                    "Name": "v1",
                    "Type": "CLOUD_FORMATION_TEMPLATE",
                    "Info": {"LoadTemplateFromURL": place},
                },
                "IdempotencyToken": self.token(f"product-{product.id}"),
            }
            made = self.call("servicecatalog", "CreateProduct", asked, product.id)
            self._products[product.id] = made["ProductViewDetail"]["ProductViewSummary"]["ProductId"]
            self.keep()
        where = {"ProductId": self._products[product.id], "PortfolioId": portfolio_id}
        self.make("servicecatalog", "AssociateProductWithPortfolio", where, product.id)
        constraint = {
            **where,
            "Type": "LAUNCH",
            "Parameters": json.dumps({"RoleArn": self._role_arn(portfolio.LAUNCH_ROLE)}),
            "IdempotencyToken": self.token(f"constraint-{product.id}"),
        }
        self.make("servicecatalog", "CreateConstraint", constraint, product.id)
