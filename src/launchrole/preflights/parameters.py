"""The values of a template's parameters: those that are given, the defaults, and the rest made up within the
constraints."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from launchrole.preflights.errors import PreflightError
from launchrole.preflights.matching import text_for
from launchrole.services.cloudformation.intrinsics import as_text
from launchrole.services.cloudformation.parameters import as_python, usable
from launchrole.services.cloudformation.template import Template, TemplateError

PROJECT_ID = "p-abcdefghijkl"
_ID = "0123456789abcdef0"
_UUID = "01234567-89ab-4cde-8f01-23456789abcd"
_SSM = "AWS::SSM::Parameter::Value<"

_OF_TYPE = {
    "AWS::EC2::AvailabilityZone::Name": "{region}a",
    "AWS::EC2::Image::Id": f"ami-{_ID}",
    "AWS::EC2::Instance::Id": f"i-{_ID}",
    "AWS::EC2::KeyPair::KeyName": "key",
    "AWS::EC2::SecurityGroup::GroupName": "default",
    "AWS::EC2::SecurityGroup::Id": f"sg-{_ID}",
    "AWS::EC2::Subnet::Id": f"subnet-{_ID}",
    "AWS::EC2::Volume::Id": f"vol-{_ID}",
    "AWS::EC2::VPC::Id": f"vpc-{_ID}",
    "AWS::Route53::HostedZone::Id": "Z0123456789ABCDEFGHIJ",
    "AWS::SSM::Parameter::Name": "/parameter",
}

# What parameters of such names are given, the first that satisfies their constraints; names in small letters, without
# separators.
_OF_NAME: tuple[tuple[str, str], ...] = (
    (r"sagemakerprojectname", "churn"),
    (r"sagemakerprojectid", PROJECT_ID),
    (r".*connections?arn", f"arn:aws:codestar-connections:{{region}}:{{account}}:connection/{_UUID}"),
    (r".*connections?arn", f"arn:aws:codeconnections:{{region}}:{{account}}:connection/{_UUID}"),
    (
        r".*rolearn.*|.*role.*arn",
        "arn:aws:iam::{account}:role/service-role/AmazonSageMakerServiceCatalogProductsUseRole",
    ),
    (r".*kms.*arn|.*key.*arn", f"arn:aws:kms:{{region}}:{{account}}:key/{_UUID}"),
    (r".*kms.*(id|key)", _UUID),
    (r".*topic.*arn", "arn:aws:sns:{region}:{account}:topic"),
    (r".*modelpackage(name|arn)", "arn:aws:sagemaker:{region}:{account}:model-package/churn/1"),
    (r".*(lambda|function).*arn", "arn:aws:lambda:{region}:{account}:function:sagemaker-function"),
    (r".*(bucket|s3).*arn", "arn:aws:s3:::sagemaker-{region}-{account}"),
    (r".*bucket(name)?", "sagemaker-{region}-{account}"),
    (r".*(s3|object|code|zip)key", "code.zip"),
    (r".*vpc(id)?", f"vpc-{_ID}"),
    (r".*subnet.*", f"subnet-{_ID}"),
    (r".*securitygroup.*", f"sg-{_ID}"),
    (r".*(s3(uri|path|location|prefix)|(upload|data|output|input)path).*", "s3://sagemaker-{region}-{account}/data"),
    (r".*(fullname|fullrepositoryname|repositoryid)", "team/repository"),
    (r".*(url|website|link)", "https://example.com/team/repository"),
    (r".*e?mail.*", "someone@example.com"),
    (r".*account(id|ids|access)?", "{account}"),
    (r".*region", "{region}"),
    (r".*cidr.*", "10.0.0.0/16"),
    (r".*ami(id)?|.*imageid", f"ami-{_ID}"),
    (r".*domainid", "d-abcdefghijkl"),
    (r".*portfolioid.*", "port-abcdefghijklm"),
    (r".*productid.*", "prod-abcdefghijklm"),
    (r".*instancetype", "ml.m5.large"),
    (r".*instancetype", "m5.large"),
    (r".*branch", "main"),
    (r".*(count|number|size|percentage|port|timeout|days|hours|minutes|seconds)", "1"),
    (r"(enable|use|is|has|create)(?!r).*", "true"),
)
_LONGEST = 4096
"""Bytes of a parameter's value (cloudformation-limits.html)."""
_PLAIN = ("value", "a", "A", "1", "true", "Value1!x", "sagemaker-value", "value-value-value-value-value-value-value")


@dataclass(frozen=True)
class Filled:
    """`values` for all parameters that have one; `made_up` are those that nobody has given and that have no default."""

    values: Mapping[str, str]
    made_up: frozenset[str]


def fill(template: Template, given: Mapping[str, str], *, account: str, region: str) -> Filled:
    """Values for all parameters of a template. A parameter of which no value can be made up has none: the launch tells.

    Raises `PreflightError` for a value of a parameter that the template does not have.
    """
    declared = template.section("Parameters")
    unknown = [name for name in given if name not in declared]
    if unknown:
        near = difflib.get_close_matches(unknown[0], list(declared), 1)
        hint = f"did you mean {near[0]}? " if near else ""
        listed = ", ".join(declared) or "none"
        raise PreflightError(f"the template has no parameter {', '.join(unknown)}: {hint}it has {listed}")
    values = dict(given)
    made_up = set()
    place = {"account": account, "region": region}
    for name, one in declared.items():
        if name in given or (isinstance(one, Mapping) and one.get("Default") is not None):
            continue
        made = next(_fitting(name, one, place), None) if isinstance(one, Mapping) else None
        if made is not None:
            values[name] = made
            made_up.add(name)
    return Filled(values, frozenset(made_up))


def _fitting(name: str, declared: Mapping[str, Any], place: Mapping[str, str]) -> Iterator[str]:
    """The values that satisfy a parameter's type and constraints, the likeliest first."""
    kind = str(declared.get("Type", "String"))
    inner = kind.removeprefix("List<").removesuffix(">")
    if kind.startswith(_SSM):
        yield f"/{name}"
        return
    if inner in _OF_TYPE:
        yield _OF_TYPE[inner].format(**place)
        return
    for value in _candidates(name, declared, place):
        try:
            usable(name, declared, kind, value)
        except TemplateError:
            continue
        yield value


def _candidates(name: str, declared: Mapping[str, Any], place: Mapping[str, str]) -> Iterator[str]:
    yield from (as_text(one) for one in declared.get("AllowedValues") or ())
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    for pattern, value in _OF_NAME:
        if re.fullmatch(pattern, plain):
            yield value.format(**place)
    if "MinValue" in declared:
        yield as_text(declared["MinValue"])
    if "MaxValue" in declared:
        yield as_text(declared["MaxValue"])
    shortest = min(int(declared.get("MinLength", 0)), _LONGEST)
    if "AllowedPattern" in declared:
        made = text_for(as_python(str(declared["AllowedPattern"])), max(shortest, 1))
        if made is not None:
            yield from (f"{made}churn", made)
    yield from _PLAIN
    yield "a" * shortest


_FIXED = ("SageMakerProjectId", "SageMakerProjectName")
_FREE = re.compile(r"[A-Za-z0-9_ -]{1,40}")
_NAMES_SOMETHING = re.compile(
    r"(?i)bucket|arn$|ids?$|vpc|subnet|group|key|role|repository|branch|domain|version|bool|token|prefix|path|ur[li]|solution"
)
"""Parameters, by their names, that say what is there already."""


def changed(template: Template, values: Mapping[str, str], *, account: str, region: str) -> dict[str, str]:
    """The values for an update of the same template: each parameter another one, where its constraints leave a choice,
    and it names nothing that would have to be there. A project keeps its name and id."""
    place = {"account": account, "region": region}
    found = dict(values)
    for name, one in template.section("Parameters").items():
        if name in _FIXED or not isinstance(one, Mapping):
            continue
        kind = str(one.get("Type", "String"))
        before = values.get(name, as_text(one.get("Default", "")))
        free = bool(one.get("AllowedValues")) or kind == "Number" or _FREE.fullmatch(before) is not None
        if kind not in ("String", "Number") or not free or _NAMES_SOMETHING.search(name):
            continue
        after = next((value for value in _others(name, one, kind, before, place) if value != before), None)
        if after is not None:
            found[name] = after
    return found


def _others(name: str, declared: Mapping[str, Any], kind: str, before: str, place: Mapping[str, str]) -> Iterator[str]:
    """Other values that a parameter may have, the nearest to the one that it has first."""
    near = [f"{before}2", before[:-1]]
    if kind == "Number":
        near = _numbers_near(before)
    for value in (*(as_text(one) for one in declared.get("AllowedValues") or ()), *near):
        try:
            usable(name, declared, kind, value)
        except TemplateError:
            continue
        yield value
    yield from _fitting(name, declared, place)


def _numbers_near(text: str) -> list[str]:
    """The whole numbers next to one; none where the text is no number, which the launch tells."""
    try:
        return [str(int(float(text)) + step) for step in (1, -1)]
    except (ValueError, OverflowError):
        return []
