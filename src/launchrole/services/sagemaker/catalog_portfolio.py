"""The portfolio of project templates and solutions: turned on, turned off.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_EnableSagemakerServicecatalogPortfolio.html,
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-projects-studio-updates.html

On AWS the portfolio belongs to an account of AWS' and is shared with the caller's, and the console makes the roles.
Here it is made in the caller's account, with the roles, by calls in the caller's name: whoever may not make roles,
buckets and products turns nothing on, and `launchrole decisions --denied` tells why. The execution role may launch the
products; others are associated with the portfolio as ever.
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

_TOKENS = frozenset({"CreatePortfolio", "CreateProduct", "CreateConstraint"})
"""Calls that want an idempotency token, which clients make up themselves."""


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
    if row["Status"] == wanted:
        return
    row["times"] += 1
    row["doing"] = {"wanted": wanted, "identity": call.surroundings.identity()}
    call.rows.put("servicecatalog-portfolio", "status", row)
    document = {"wanted": wanted}
    call.surroundings.begin("sagemaker", "portfolio", f"portfolio-{call.new_id(12)}", document)


@sagemaker.job("portfolio")
def turn(work: Work) -> None:
    """Turn the portfolio on or off."""
    with work.transaction() as rows:
        row = dict(rows.get("servicecatalog-portfolio", "status") or {})
    doing = row.get("doing")
    if not doing or doing["wanted"] != work.job.document["wanted"]:
        return
    maker = _Maker(work, doing["identity"])
    try:
        if doing["wanted"] == "Enabled":
            row["PortfolioId"] = maker.turn_on(row.get("PortfolioId"))
        elif row.get("PortfolioId"):
            maker.turn_off(row["PortfolioId"])
        row["Status"] = doing["wanted"]
        row.pop("why", None)
    except ServiceError as problem:
        row["why"] = problem.message  # the status stays what it was
    _end(work, row)


def _end(work: Work, row: dict[str, Any]) -> None:
    row["doing"] = None
    with work.transaction() as rows:
        rows.put("servicecatalog-portfolio", "status", row)
    work.signal()


@sagemaker.gives_up("portfolio")
def give_up(work: Work, why: str) -> None:
    """Leave the portfolio's status as it is."""
    with work.transaction() as rows:
        row = dict(rows.get("servicecatalog-portfolio", "status") or {})
    if row.get("doing"):
        _end(work, {**row, "why": why})


class _Maker:
    """Makes what belongs to the portfolio, each thing once."""

    def __init__(self, work: Work, identity: str) -> None:
        self.work = work
        self.identity = identity
        self.steps = 0

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        self.steps += 1
        step = f"{self.steps:04d}"
        if operation in _TOKENS:
            params = {**params, "IdempotencyToken": f"{self.work.job.identifier}-{step}"}
        return self.work.call(self.identity, service, operation, params, via=_VIA, step=step)

    def make(self, service: str, operation: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Make something that may be there already."""
        try:
            return self.call(service, operation, params)
        except ServiceError as problem:
            if problem.code not in _THERE:
                raise
            return {}

    def turn_on(self, known: str | None) -> str:
        """Make roles, buckets, products and the portfolio, or let the execution role launch them again; the
        portfolio's id."""
        if known is None:
            self._roles()
            known = self._portfolio(self._templates())
        principal = self._role_arn(_EXECUTION_ROLE)
        asked = {"PortfolioId": known, "PrincipalARN": principal, "PrincipalType": "IAM"}
        self.make("servicecatalog", "AssociatePrincipalWithPortfolio", asked)
        return known

    def turn_off(self, known: str) -> None:
        """Nobody may launch the products any more; they and the roles stay."""
        found = self.call("servicecatalog", "ListPrincipalsForPortfolio", {"PortfolioId": known})
        for one in found.get("Principals", ()):
            asked = {
                "PortfolioId": known,
                "PrincipalARN": one["PrincipalARN"],
                "PrincipalType": one["PrincipalType"],
            }
            self.call("servicecatalog", "DisassociatePrincipalFromPortfolio", asked)

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
            self.make("iam", "CreateRole", asked)
            for arn in role.managed:
                self.call("iam", "AttachRolePolicy", {"RoleName": role.name, "PolicyArn": arn})
            for name, text in role.inline.items():
                asked = {"RoleName": role.name, "PolicyName": name, "PolicyDocument": text}
                self.call("iam", "PutRolePolicy", asked)

    def _templates(self) -> Iterator[tuple[portfolio.Product, str]]:
        """The products with the places of their templates; their seed code is put where they read it."""
        region, account = self.work.job.region, self.work.job.account
        seeds, templates = portfolio.seed_bucket(region, account), portfolio.template_bucket(region, account)
        for bucket in (seeds, templates):
            place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
            self.make("s3", "CreateBucket", {"Bucket": bucket, **place})
        packed = {key: data for one in portfolio.products() for key, data in one.seed.items()}
        for key, data in packed.items():
            self.call("s3", "PutObject", {"Bucket": seeds, "Key": key, "Body": data})
        tagging = "&".join(f"{name}={value}" for name, value in portfolio.TEMPLATE_TAGS.items())
        for product in portfolio.products():
            key = f"{product.id}.yaml"
            body = product.template.encode()
            self.call("s3", "PutObject", {"Bucket": templates, "Key": key, "Body": body, "Tagging": tagging})
            yield product, f"https://{templates}.s3.{region}.amazonaws.com/{key}"

    def _portfolio(self, templates: Iterator[tuple[portfolio.Product, str]]) -> str:
        made = self.call("servicecatalog", "CreatePortfolio", {"DisplayName": NAME, "ProviderName": _PROVIDER})
        identifier = str(made["PortfolioDetail"]["Id"])
        launch_role = self._role_arn(portfolio.LAUNCH_ROLE)
        for product, place in templates:
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
            }
            answer = self.call("servicecatalog", "CreateProduct", asked)
            product_id = answer["ProductViewDetail"]["ProductViewSummary"]["ProductId"]
            where = {"ProductId": product_id, "PortfolioId": identifier}
            self.call("servicecatalog", "AssociateProductWithPortfolio", where)
            parameters = json.dumps({"RoleArn": launch_role})
            constraint = {**where, "Type": "LAUNCH", "Parameters": parameters}
            self.call("servicecatalog", "CreateConstraint", constraint)
        return identifier
