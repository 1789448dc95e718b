"""An account's catalog, as the launching verbs use it: turned on, its products found, a user who may launch them."""

from __future__ import annotations

import difflib
import hashlib
import json
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from launchrole.cli.accounts import Accounts
from launchrole.cli.input import InputError, read_text
from launchrole.cli.refusals import Refused
from launchrole.cli.state import StateFailure

USER = "launchrole"
"""The IAM user that launches where the verbs have the root user's credentials: AWS associates no root user with a
portfolio."""

_POLICIES = ("AmazonSageMakerFullAccess", "AWSServiceCatalogEndUserFullAccess")
_TURNED_ON = 60.0
"""Seconds within which the portfolio is turned on, or is not."""

Client = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Launcher:
    """Who launches. `client` makes botocore clients with their credentials; `principal` is the ARN of the user or role
    that portfolios are associated with."""

    client: Client
    principal: str
    account: str


@contextmanager
def launcher(accounts: Accounts) -> Iterator[Launcher]:
    """The caller, or a user made for the purpose in the place of the root user, whose key is gone afterwards."""
    identity = accounts.client("sts").get_caller_identity()
    arn, account = str(identity["Arn"]), str(identity["Account"])
    if not arn.endswith(":root"):
        yield Launcher(accounts.client, _principal(accounts, arn), account)
        return
    iam = accounts.client("iam")
    principal = _user(iam)
    for old in iam.list_access_keys(UserName=USER)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=USER, AccessKeyId=old["AccessKeyId"])
    key = iam.create_access_key(UserName=USER)["AccessKey"]
    made: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in made:
            made[service] = accounts.client_of((key["AccessKeyId"], key["SecretAccessKey"]), service)
        return made[service]

    try:
        yield Launcher(client, principal, account)
    finally:
        iam.delete_access_key(UserName=USER, AccessKeyId=key["AccessKeyId"])


def _principal(accounts: Accounts, arn: str) -> str:
    """The role of a session; a user's ARN is what it is."""
    kind, _, rest = arn.rpartition(":")[2].partition("/")
    if kind != "assumed-role":
        return arn
    return str(accounts.client("iam").get_role(RoleName=rest.split("/")[0])["Role"]["Arn"])


def _user(iam: Any) -> str:
    from botocore.exceptions import ClientError

    try:
        return str(iam.get_user(UserName=USER)["User"]["Arn"])
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchEntity":
            raise
    arn = str(iam.create_user(UserName=USER)["User"]["Arn"])
    partition = arn.split(":")[1]
    for name in _POLICIES:
        iam.attach_user_policy(UserName=USER, PolicyArn=f"arn:{partition}:iam::aws:policy/{name}")
    return arn


def turn_on(accounts: Accounts) -> None:
    """Have SageMaker make the built-in portfolio and its roles, where that has not been done. Raises `StateFailure`."""
    client = accounts.client("sagemaker")
    if client.get_sagemaker_servicecatalog_portfolio_status()["Status"] == "Enabled":
        return
    client.enable_sagemaker_servicecatalog_portfolio()
    until = time.monotonic() + _TURNED_ON
    while client.get_sagemaker_servicecatalog_portfolio_status()["Status"] != "Enabled":
        if time.monotonic() > until:
            raise StateFailure(
                "the portfolio of built-in products could not be turned on; `launchrole decisions --denied` says why"
            )
        accounts.pause(time.sleep)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A product to be launched. `is_project`: SageMaker launches it, with a project's name, id and tags."""

    id: str
    name: str
    is_project: bool
    path: str | None = None
    """The launch path, where there are several."""


def find(accounts: Accounts, text: str) -> Chosen | None:
    """A product by its id, its name, or the short id of a built-in one; None where there is none."""
    from launchrole import portfolio

    built_in = {one.id: one for one in portfolio.products()}
    names = {one.name: one for one in built_in.values()}
    wanted = built_in[text].name if text in built_in else text
    for product in provided(accounts):
        if wanted in (product["ProductId"], product["Name"]):
            known = names.get(product["Name"])
            return Chosen(product["ProductId"], product["Name"], known is not None and known.is_project)
    return None


def provided(accounts: Accounts) -> Iterator[Mapping[str, Any]]:
    """All products that the account has, as lists show them."""
    pages = accounts.client("servicecatalog").get_paginator("search_products_as_admin").paginate()
    for page in pages:
        for one in page["ProductViewDetails"]:
            yield one["ProductViewSummary"]


def choose(accounts: Accounts, who: Launcher, text: str, role: str | None) -> Chosen:
    """The product that PRODUCT names, with a way for `who` to launch it under a role (`role`, or the one that the
    product has). Raises `InputError` where there is no such product."""
    turn_on(accounts)
    found = find(accounts, text)
    if found is None:
        if text != "-" and not Path(text).exists():
            raise InputError(_unknown(text))
        found = _of_file(accounts, Path(text))
        role = role or launch_role_arn(accounts)
    return _open(accounts, who, found, role)


def _unknown(text: str) -> str:
    from launchrole import portfolio

    near = difflib.get_close_matches(text, [one.id for one in portfolio.products()], 1)
    hint = f"did you mean {near[0]}? " if near else ""
    return f"{text} is neither a product nor a template file; {hint}`launchrole products` lists the products"


def launch_role_arn(accounts: Accounts) -> str:
    from launchrole import portfolio

    return str(accounts.client("iam").get_role(RoleName=portfolio.LAUNCH_ROLE)["Role"]["Arn"])


def _open(accounts: Accounts, who: Launcher, product: Chosen, role: str | None) -> Chosen:
    """Associate whoever launches with a portfolio that holds the product: the one that has it, or for a role of the
    caller's choice one of that role's."""
    admin = accounts.client("servicecatalog")
    if role is None:
        held = admin.list_portfolios_for_product(ProductId=product.id)["PortfolioDetails"]
        if not held:
            raise Refused(f"{product.name} is in no portfolio; put it into one (`aws servicecatalog "
                          "associate-product-with-portfolio`)")  # fmt: skip
        portfolio_id, name = held[0]["Id"], held[0]["DisplayName"]
    else:
        name = f"launched under {role.rpartition('/')[2]}"
        portfolio_id = _portfolio(admin, name)
        admin.associate_product_with_portfolio(ProductId=product.id, PortfolioId=portfolio_id)
        _constrain(admin, product.id, portfolio_id, role)
    admin.associate_principal_with_portfolio(PortfolioId=portfolio_id, PrincipalARN=who.principal, PrincipalType="IAM")
    paths = who.client("servicecatalog").list_launch_paths(ProductId=product.id)["LaunchPathSummaries"]
    path = next((one["Id"] for one in paths if one["Name"] == name), None)
    return Chosen(product.id, product.name, product.is_project, path if len(paths) > 1 else None)


def _portfolio(admin: Any, name: str) -> str:
    for page in admin.get_paginator("list_portfolios").paginate():
        for one in page["PortfolioDetails"]:
            if one["DisplayName"] == name:
                return str(one["Id"])
    return str(admin.create_portfolio(DisplayName=name, ProviderName=USER)["PortfolioDetail"]["Id"])


def _constrain(admin: Any, product_id: str, portfolio_id: str, role: str) -> None:
    """Have the product launched under the role, where it is not yet."""
    wanted = json.dumps({"RoleArn": role})
    found = admin.list_constraints_for_portfolio(PortfolioId=portfolio_id, ProductId=product_id)["ConstraintDetails"]
    if any(one["Type"] == "LAUNCH" for one in found):
        return
    admin.create_constraint(PortfolioId=portfolio_id, ProductId=product_id, Type="LAUNCH", Parameters=wanted)


def _of_file(accounts: Accounts, path: Path) -> Chosen:
    """A product made of a template file, or the one that was made of it before with the file as it is now."""
    from launchrole import portfolio

    text = read_text(str(path), 1_000_000)
    admin, s3 = accounts.client("servicecatalog"), accounts.client("s3")
    account = accounts.client("sts").get_caller_identity()["Account"]
    region = admin.meta.region_name
    bucket = portfolio.template_bucket(region, account)
    name = path.stem or "template"
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    key = f"files/{name}-{digest}.template"
    tagging = "&".join(f"{one}={value}" for one, value in portfolio.TEMPLATE_TAGS.items())
    s3.put_object(Bucket=bucket, Key=key, Body=text.encode(), Tagging=tagging)
    artifact = {
        "Name": digest,
        "Type": "CLOUD_FORMATION_TEMPLATE",
        "Info": {"LoadTemplateFromURL": f"https://{bucket}.s3.{region}.amazonaws.com/{key}"},
    }
    known = next((one for one in provided(accounts) if one["Name"] == name and one["Owner"] == USER), None)
    if known is None:
        made = admin.create_product(
            Name=name, Owner=USER, ProductType="CLOUD_FORMATION_TEMPLATE", ProvisioningArtifactParameters=artifact
        )
        return Chosen(made["ProductViewDetail"]["ProductViewSummary"]["ProductId"], name, _is_project(text))
    product_id = str(known["ProductId"])
    artifacts = admin.list_provisioning_artifacts(ProductId=product_id)["ProvisioningArtifactDetails"]
    if not any(one["Name"] == digest for one in artifacts):
        admin.create_provisioning_artifact(ProductId=product_id, Parameters=artifact)
    return Chosen(product_id, name, _is_project(text))


def _is_project(text: str) -> bool:
    """Does a template take the name and the id of a project?"""
    from launchrole import portfolio
    from launchrole.services.cloudformation.template import TemplateError, parse

    try:
        declared = parse(text).section("Parameters")
    except TemplateError:
        return False  # Service Catalog has said what is wrong with it
    return set(portfolio.PROJECT_PARAMETERS) <= set(declared)


def newest_artifact(accounts: Accounts, product_id: str) -> str:
    """The id of a product's newest active version."""
    found = accounts.client("servicecatalog").list_provisioning_artifacts(ProductId=product_id)
    active = [one for one in found["ProvisioningArtifactDetails"] if one.get("Active", True)]
    if not active:
        raise Refused(f"product {product_id} has no active version")
    return str(max(active, key=lambda one: one["CreatedTime"])["Id"])


def check_parameters(who: Launcher, product: Chosen, artifact_id: str, given: Collection[str]) -> None:
    """Raise `InputError` where a parameter is missing that has no default, or one is given that the template does not
    have: Service Catalog finds that out only once there is a provisioned product."""
    from botocore.exceptions import ClientError

    from launchrole import portfolio

    path = {"PathId": product.path} if product.path else {}
    try:
        found = who.client("servicecatalog").describe_provisioning_parameters(
            ProductId=product.id, ProvisioningArtifactId=artifact_id, **path
        )
    except ClientError:
        return  # who may launch need not be allowed to ask: then the launch itself tells
    declared = {one["ParameterKey"]: "DefaultValue" in one for one in found["ProvisioningArtifactParameters"]}
    if product.is_project:
        declared |= dict.fromkeys(portfolio.PROJECT_PARAMETERS, True)
    missing = [name for name, has_default in declared.items() if not has_default and name not in given]
    unknown = [name for name in given if name not in declared]
    if missing:
        told = " ".join(f"-p {name}=..." for name in missing)
        raise InputError(f"{product.name} asks for parameters that have no default; give {told}")
    if unknown:
        raise InputError(
            f"{product.name} has no parameter {', '.join(unknown)}; it has {', '.join(sorted(declared)) or 'none'}"
        )


def use_policy_version(accounts: Accounts, version: str) -> None:
    """Give the launch role another version of its managed policy. AWS attaches the newest only; another one becomes an
    inline policy in its place. Raises `click.UsageError` for a version that there never was."""
    from launchrole import portfolio
    from launchrole.facts import managed_policies

    known = managed_policies.policy(managed_policies.LAUNCH_ROLE_POLICY)
    if version not in [one.name for one in known.versions if one.ships]:
        named = ", ".join(one.name for one in known.versions if one.ships)
        raise click.UsageError(f"--policy-version {version}: {known.name} has the versions {named}")
    account = accounts.client("sts").get_caller_identity()["Account"]
    chosen = None if version == known.newest else version
    role = next(one for one in portfolio.roles(account, policy_version=chosen) if one.name == portfolio.LAUNCH_ROLE)
    iam = accounts.client("iam")
    for one in iam.list_attached_role_policies(RoleName=role.name)["AttachedPolicies"]:
        if one["PolicyArn"] == known.arn and one["PolicyArn"] not in role.managed:
            iam.detach_role_policy(RoleName=role.name, PolicyArn=one["PolicyArn"])
    for name in iam.list_role_policies(RoleName=role.name)["PolicyNames"]:
        if name.startswith("LaunchRolePolicy-") and name not in role.inline:
            iam.delete_role_policy(RoleName=role.name, PolicyName=name)
    for arn in role.managed:
        iam.attach_role_policy(RoleName=role.name, PolicyArn=arn)
    for name, text in role.inline.items():
        iam.put_role_policy(RoleName=role.name, PolicyName=name, PolicyDocument=text)
