"""What `launchrole preflight` is told: of the role, of the launch, of the world around."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from launchrole.cli.custom_resources import custom_resource_option, read_custom_resources
from launchrole.cli.input import key_and_value
from launchrole.cli.options import parameters_of_file

if TYPE_CHECKING:
    from launchrole.preflights.preflight import Settings

_ROLE = ("role", "policies", "managed", "boundary", "scps", "trust", "exported")


def role_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """What is said of the role."""
    for option in reversed(
        (
            click.option(
                "--role",
                metavar="NAME|ARN",
                help="A built-in role (default: AmazonSageMakerServiceCatalogProductsLaunchRole), one of --exported, "
                "or the name of the role that the policies make.",
            ),
            click.option(
                "--policy", "policies", metavar="FILE", multiple=True, help="A policy of the role; repeat it."
            ),
            click.option(
                "--managed",
                metavar="NAME[:vN]",
                multiple=True,
                help="An AWS managed policy of the role, in a version; repeat it.",
            ),
            click.option("--boundary", metavar="FILE|NAME", help="The role's permissions boundary."),
            click.option(
                "--scp",
                "scps",
                metavar="FILE",
                multiple=True,
                help="A service control policy; each is a level, root first.",
            ),
            click.option("--trust", metavar="FILE", help="The role's trust policy."),
            click.option(
                "--exported",
                metavar="DIR|FILE",
                help="Roles exported from an account: answers of `aws iam get-role` and its kin, or of "
                "get-account-authorization-details.",
            ),
        )
    ):
        function = option(function)
    return function


def _launch(function: Callable[..., Any]) -> Callable[..., Any]:
    """What is said of the launch."""
    for option in reversed(
        (
            click.option("--direct", is_flag=True, help="A stack by itself, with the role as its service role."),
            click.option(
                "--project",
                is_flag=True,
                help="Launched by SageMaker, as a project (default where it is a template of one).",
            ),
            click.option("--product", is_flag=True, help="Launched by Service Catalog, as a product (default)."),
            click.option(
                "--operation",
                "operations",
                metavar="NAMES",
                help="What is tried (default: create,update,delete).",
            ),
            click.option("--update-to", metavar="FILE", help="The template of the update (default: the same)."),
            click.option(
                "-p", "--parameter", "pairs", metavar="KEY=VALUE", multiple=True, help="A parameter; repeat it."
            ),
            click.option(
                "--parameters",
                "parameter_file",
                metavar="FILE",
                help="A file of parameters: of CloudFormation, CodePipeline or SAM (samconfig.toml).",
            ),
            click.option("--tag", "tags", metavar="KEY=VALUE", multiple=True, help="A tag of all of it; repeat it."),
            click.option(
                "--region", default="us-east-1", show_default=True, envvar=["AWS_REGION", "AWS_DEFAULT_REGION"]
            ),
            click.option(
                "--capabilities",
                metavar="NAMES",
                help="The capabilities that are acknowledged (default: all; Service Catalog acknowledges all).",
            ),
            custom_resource_option,
        )
    ):
        function = option(function)
    return function


def _world(function: Callable[..., Any]) -> Callable[..., Any]:
    """What is said to be there."""
    for option in reversed(
        (
            click.option(
                "--assume",
                metavar="WHAT",
                multiple=True,
                help="Settle an assumption, such as s3-object-tag:BUCKET/KEY=servicecatalog:provisioning=true.",
            ),
            click.option(
                "--import", "imports", metavar="NAME=VALUE", multiple=True, help="A value that another stack exports."
            ),
            click.option("--ssm", metavar="NAME=VALUE", multiple=True, help="A parameter of Systems Manager."),
            click.option(
                "--exists",
                metavar="ARN",
                multiple=True,
                help="Something that is there: a role, a bucket, s3://BUCKET/KEY, ...; repeat it.",
            ),
        )
    ):
        function = option(function)
    return function


def role_and_launch(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of role, launch and world; the function is given them as `role`, a `RoleInput`, and as `settings`."""

    @functools.wraps(function)
    def with_both(**given: Any) -> Any:
        from launchrole.preflights.roles import RoleInput

        role = RoleInput(**{name: given.pop(name) for name in _ROLE})
        return function(role=role, settings=_settings(given), **given)

    return role_options(_launch(_world(with_both)))


def _settings(given: dict[str, Any]) -> Settings:
    """The launch and its world; what is taken from `given` is gone from it. Raises `click.UsageError`, `InputError`."""
    from launchrole.preflights.preflight import Settings
    from launchrole.preflights.subject import CAPABILITIES

    channels = [name for name in ("direct", "project", "product") if given.pop(name)]
    if len(channels) > 1:
        raise click.UsageError(f"--{channels[0]} and --{channels[1]} are two ways to launch; choose one")
    named, tags = parameters_of_file(given.pop("parameter_file"))
    capabilities = given.pop("capabilities")
    acknowledged = CAPABILITIES if capabilities is None else tuple(_names(capabilities))
    if unknown := [one for one in acknowledged if one not in CAPABILITIES]:
        raise click.UsageError(f"--capabilities {unknown[0]}: there are {', '.join(CAPABILITIES)}")
    return Settings(
        operations=tuple(_names(given.pop("operations") or "")),
        channel=channels[0] if channels else None,
        region=given.pop("region"),
        parameters={**named, **_pairs("--parameter", given.pop("pairs"))},
        update_to=given.pop("update_to"),
        capabilities=acknowledged,
        tags={**tags, **_pairs("--tag", given.pop("tags"))},
        assume=tuple(given.pop("assume")),
        imports=_pairs("--import", given.pop("imports")),
        ssm=_pairs("--ssm", given.pop("ssm")),
        exists=tuple(given.pop("exists")),
        responses=read_custom_resources(given.pop("answers")),
    )


def settled(settings: Settings, said: Mapping[str, Any]) -> Settings:
    """Settings with what the project's file says of a template; the command line outdoes it."""
    from launchrole.preflights.report import OPERATIONS

    tables = {"pairs": "parameters", "tags": "tags", "imports": "imports", "ssm": "ssm"}
    changes: dict[str, Any] = {}
    for name, value in said.items():
        if name in tables:
            changes[tables[name]] = {**value, **getattr(settings, tables[name])}
        elif name in ("assume", "exists"):
            changes[name] = (*value, *getattr(settings, name))
        elif not getattr(settings, name):
            changes[name] = tuple(value) if name == "operations" else value
    settings = replace(settings, **changes)
    return settings if settings.operations else replace(settings, operations=OPERATIONS)


def _names(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


def _pairs(option: str, texts: Sequence[str]) -> Mapping[str, str]:
    return dict(key_and_value(option, text) for text in texts)
