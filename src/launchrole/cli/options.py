"""What verbs that launch something read: templates, parameters, tags, capabilities."""

from __future__ import annotations

import functools
import shlex
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import click

from launchrole.cli.custom_resources import custom_resource_option, read_custom_resources
from launchrole.cli.input import InputError, key_and_value, read_json, read_text
from launchrole.files import display_name

_LONGEST = 16 * 1024 * 1024
"""Bytes that are read of a template; CloudFormation says what is too long."""

_CAPABILITIES = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")


@dataclass(frozen=True)
class Given:
    """What the options say of a stack. `parameters` are in CreateStack's form; `tags` None where none are given;
    `responses` are what custom resources answer, by type."""

    parameters: list[dict[str, Any]] = field(default_factory=list)
    tags: list[dict[str, str]] | None = None
    responses: Mapping[str, Any] = field(default_factory=dict)

    @property
    def values(self) -> dict[str, str]:
        """The parameters' values by their names."""
        return {one["ParameterKey"]: one["ParameterValue"] for one in self.parameters if "ParameterValue" in one}


def template_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """What there is to say of a template beside its parameters: `s3_bucket`, `capabilities`."""
    for option in (
        click.option(
            "--s3-bucket",
            metavar="BUCKET",
            help="Upload the template to this bucket first: one of more than 51,200 bytes has to be in S3.",
        ),
        click.option(
            "--capabilities",
            metavar="NAME",
            multiple=True,
            callback=_capabilities,
            help="Acknowledge a capability, as AWS asks for (CAPABILITY_NAMED_IAM, ...); nothing is acknowledged "
            "unless it is named. Repeat it, or separate names by commas.",
        ),
    ):
        function = option(function)
    return function


def _capabilities(_context: click.Context, _option: click.Parameter, texts: Sequence[str]) -> list[str]:
    named = [name.strip() for text in texts for name in text.split(",")]
    for name in named:
        if name not in _CAPABILITIES:
            raise click.UsageError(f"--capabilities {name}: there are {', '.join(_CAPABILITIES)}")
    return named


def parameter_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Parameters, tags, and what custom resources answer; the function is given them together, as `given`."""

    @functools.wraps(function)
    def with_given(
        *args: Any,
        pairs: Sequence[str],
        parameter_file: str | None,
        tags: Sequence[str],
        answers: Sequence[str],
        **further: Any,
    ) -> Any:
        return function(*args, given=_given(pairs, parameter_file, tags, answers), **further)

    made: Callable[..., Any] = with_given
    for option in (
        custom_resource_option,
        click.option("--tag", "tags", metavar="KEY=VALUE", multiple=True, help="A tag of all of it; repeat it."),
        click.option(
            "--parameters",
            "parameter_file",
            metavar="FILE",
            help="A file of parameters: CloudFormation's list, CodePipeline's object, KEY=VALUE texts or an object, as "
            "JSON, or a samconfig.toml.",
        ),
        click.option(
            "-p",
            "--parameter",
            "pairs",
            metavar="KEY=VALUE",
            multiple=True,
            help="A parameter; repeat it. It outdoes the file's.",
        ),
    ):
        made = option(made)
    return made


def policy_version_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--policy-version`."""
    option = click.option(
        "--policy-version",
        metavar="VERSION",
        help="Give AmazonSageMakerServiceCatalogProductsLaunchRole this version of its policy first, such as v4.",
    )
    return option(function)


def role_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--role`."""
    option = click.option(
        "--role", metavar="NAME|ARN", help="The role that CloudFormation assumes for every call it makes."
    )
    return option(function)


def output_option_with(*further: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`--output` of text, JSON and further formats."""
    formats = click.Choice(["text", "json", *further])
    return click.option("--output", type=formats, default="text", show_default=True)


output_option = output_option_with()
"""`--output` of text and JSON."""


def _given(pairs: Sequence[str], parameter_file: str | None, tags: Sequence[str], answers: Sequence[str]) -> Given:
    """The options together. Raises `InputError`, `click.UsageError`."""
    parameters: dict[str, dict[str, Any]] = {}
    all_tags: dict[str, str] = {}
    if parameter_file is not None:
        parameters, all_tags = _of_file(parameter_file)
    for pair in pairs:
        name, value = key_and_value("--parameter", pair)
        parameters[name] = {"ParameterKey": name, "ParameterValue": value}
    for pair in tags:
        name, value = key_and_value("--tag", pair)
        all_tags[name] = value
    listed = [{"Key": name, "Value": value} for name, value in all_tags.items()]
    return Given(list(parameters.values()), listed or None, read_custom_resources(answers))


def parameters_of_file(path: str | None) -> tuple[dict[str, str], dict[str, str]]:
    """The values of a file's parameters, and its tags; nothing without a file. Raises `InputError`."""
    if path is None:
        return {}, {}
    found, tags = _of_file(path)
    return {name: str(one["ParameterValue"]) for name, one in found.items() if "ParameterValue" in one}, tags


def _of_file(path: str) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """Parameters and tags of a file, in the forms that `aws cloudformation create-stack --parameters` and `aws
    cloudformation deploy --parameter-overrides` take.
    https://docs.aws.amazon.com/cli/latest/reference/cloudformation/deploy/, "--parameter-overrides"."""
    if path.endswith(".toml"):
        return _of_sam(path)
    value = read_json(path)
    if isinstance(value, Mapping) and isinstance(value.get("Parameters"), Mapping):
        return _plain(path, value["Parameters"]), _texts(path, value.get("Tags") or {})
    if isinstance(value, Mapping):
        return _plain(path, value), {}
    if not isinstance(value, list):
        raise InputError(f"{display_name(path)}: parameters are a JSON list or object")
    found: dict[str, dict[str, Any]] = {}
    for number, one in enumerate(value, start=1):
        if isinstance(one, str) and "=" in one:
            name, _, text = one.partition("=")
            found[name] = {"ParameterKey": name, "ParameterValue": text}
        elif isinstance(one, Mapping) and isinstance(one.get("ParameterKey"), str):
            known = {key: one[key] for key in ("ParameterKey", "ParameterValue", "UsePreviousValue") if key in one}
            found[one["ParameterKey"]] = known
        else:
            raise InputError(
                f"{display_name(path)}: entry {number} is neither an object with ParameterKey and ParameterValue nor "
                "a text KEY=VALUE"
            )
    return found, {}


def _of_sam(path: str) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """Parameters and tags of a samconfig.toml, of its environment `default`, or the only one.
    https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-config.html"""
    try:
        data = tomllib.loads(read_text(path, _LONGEST))
    except tomllib.TOMLDecodeError as problem:
        raise InputError(f"{display_name(path)}: {problem}") from None
    environments = {name: one for name, one in data.items() if isinstance(one, dict)}
    chosen = environments.get("default") or (next(iter(environments.values())) if len(environments) == 1 else {})
    given: dict[str, Any] = {}
    for command in ("global", "deploy"):
        given |= chosen.get(command, {}).get("parameters", {})
    found = _pairs_of_sam(path, "parameter_overrides", given.get("parameter_overrides", ""))
    if not found:
        raise InputError(f"{display_name(path)} has no parameter_overrides in [default.deploy.parameters]")
    return _plain(path, found), _pairs_of_sam(path, "tags", given.get("tags", ""))


def _pairs_of_sam(path: str, name: str, written: Any) -> dict[str, str]:
    """`A=1 B="two words"`, or a list of such."""
    texts = shlex.split(written) if isinstance(written, str) else [str(one) for one in written]
    pairs = [text.partition("=") for text in texts]
    wrong = [key for key, equals, _ in pairs if not equals]
    if wrong:
        raise InputError(f"{display_name(path)}: {name} has {wrong[0]}, which is no KEY=VALUE")
    return {key: value for key, _, value in pairs}


def _plain(path: str, values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: {"ParameterKey": name, "ParameterValue": value} for name, value in _texts(path, values).items()}


def _texts(path: str, values: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    for name, value in values.items():
        if isinstance(value, list):
            value = ",".join(map(str, value))
        if isinstance(value, bool):
            value = str(value).lower()
        if not isinstance(value, (str, int, float)):
            raise InputError(f"{display_name(path)}: {name} is neither a text nor a number nor a list of them")
        found[name] = str(value)
    return found


def template_of(path: str) -> dict[str, str]:
    """A template as a request names it: the text of a file, or the URL of one in S3. Raises `InputError`."""
    if path.startswith(("https://", "http://")):
        return {"TemplateURL": path}
    text = read_text(path, _LONGEST)
    for where, location in _local_urls(text):
        raise InputError(
            f"{display_name(path)}: TemplateURL of {where} is {location}, a file: nested templates have to be in S3. "
            "Upload them and have the URLs written by `aws cloudformation package`"
        )
    return {"TemplateBody": text}


def _local_urls(text: str) -> list[tuple[str, str]]:
    """Nested stacks whose templates are not in S3, with what they name."""
    from launchrole.services.cloudformation.template import TemplateError, parse

    try:
        resources = parse(text).body.get("Resources")
    except TemplateError:
        return []  # CloudFormation says what is wrong with it
    found = []
    for name, one in resources.items() if isinstance(resources, Mapping) else ():
        properties = one.get("Properties") if isinstance(one, Mapping) else None
        if isinstance(properties, Mapping) and one.get("Type") == "AWS::CloudFormation::Stack":
            url = properties.get("TemplateURL")
            if isinstance(url, str) and not url.startswith(("https://", "http://", "s3://", "{{resolve:")):
                found.append((str(name), url))
    return found


def declared_parameters(text: str) -> list[str]:
    """The names of the parameters that a template declares."""
    from launchrole.services.cloudformation.template import TemplateError, parse

    try:
        section = parse(text).body.get("Parameters")
    except TemplateError:
        return []
    return list(section) if isinstance(section, Mapping) else []
