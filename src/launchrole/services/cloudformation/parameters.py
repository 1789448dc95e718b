"""Parameters: their types and constraints, and the values that a stack gets.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from launchrole.services.cloudformation.intrinsics import as_text
from launchrole.services.cloudformation.template import Template, TemplateError

_SSM = "AWS::SSM::Parameter::Value<"
_NAMES_OF_PARAMETERS = "AWS::SSM::Parameter::Name"

MASK = "****"
"""What is shown of the value of a parameter with NoEcho."""

AWS_TYPES = frozenset(
    {
        "AWS::EC2::AvailabilityZone::Name",
        "AWS::EC2::Image::Id",
        "AWS::EC2::Instance::Id",
        "AWS::EC2::KeyPair::KeyName",
        "AWS::EC2::SecurityGroup::GroupName",
        "AWS::EC2::SecurityGroup::Id",
        "AWS::EC2::Subnet::Id",
        "AWS::EC2::Volume::Id",
        "AWS::EC2::VPC::Id",
        "AWS::Route53::HostedZone::Id",
    }
)
"""Parameter types whose values must be there in the account."""


@dataclass(frozen=True)
class Parameter:
    """A parameter of a stack. `given` is what the user gave or the default; `value` what Ref gives: a list for list
    types, what SSM holds for SSM types."""

    name: str
    kind: str
    given: str
    value: Any
    no_echo: bool
    resolved: str | None = None

    def shown(self) -> dict[str, str]:
        """As DescribeStacks shows it."""
        found = {"ParameterKey": self.name, "ParameterValue": MASK if self.no_echo else self.given}
        if self.resolved is not None:
            found["ResolvedValue"] = MASK if self.no_echo else self.resolved
        return found


def given_values(
    template: Template, asked: list[Mapping[str, Any]], before: Mapping[str, str] | None
) -> dict[str, str | None]:
    """What a request gives for each declared parameter; None where it has neither value nor default. `before` are
    the values of the stack that is updated. Raises `TemplateError`."""
    declared = template.section("Parameters")
    given: dict[str, str] = {}
    for one in asked:
        name = one["ParameterKey"]
        if one.get("UsePreviousValue"):
            if before is None or name not in before:
                raise TemplateError(f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as true "
                                    "for a parameter key not in the previous template")  # fmt: skip
            given[name] = before[name]
        elif "ParameterValue" not in one:
            raise TemplateError(f"Parameter {name} should either have input value or default value"
                                if before is None else
                                f"Invalid input for parameter key {name}. Need to specify one of [ParameterValue, "
                                "UsePreviousValue]")  # fmt: skip
        else:
            given[name] = one["ParameterValue"]
    unknown = [name for name in given if name not in declared]
    if unknown:
        raise TemplateError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    values: dict[str, str | None] = {}
    for name, one in declared.items():
        if name in given:
            values[name] = given[name]
        else:
            values[name] = None if one.get("Default") is None else _default(one["Default"])
    missing = [name for name, value in values.items() if value is None]
    if missing:
        raise TemplateError(f"Parameters: [{', '.join(missing)}] must have values")
    return values


def _default(value: Any) -> str:
    return ",".join(as_text(one) for one in value) if isinstance(value, list) else as_text(value)


def resolved(
    template: Template,
    given: Mapping[str, str | None],
    ssm: Callable[[list[str]], Mapping[str, str]],
    exists: Callable[[str, list[str]], str | None],
) -> dict[str, Parameter]:
    """The parameters of a stack. `ssm` reads parameters of Systems Manager; `exists` gives the name of the first value
    that the account does not have of an AWS-specific type. Raises `TemplateError` with AWS' messages."""
    declared = template.section("Parameters")
    found: dict[str, Parameter] = {}
    for name, declaration in declared.items():
        kind = str(declaration.get("Type", ""))
        value = given[name] or ""
        check_type(name, kind)
        known: str | None = None
        if kind.startswith(_SSM):
            known = ssm([value])[value]
            found_value: Any = (
                [one.strip() for one in known.split(",")] if "List<" in kind or "Comma" in kind else known
            )
            usable(name, declaration, "String", value)
        else:
            found_value = usable(name, declaration, kind, value)
            inner = kind.removeprefix("List<").removesuffix(">")
            if inner in AWS_TYPES:
                values = found_value if isinstance(found_value, list) else [found_value]
                gone = exists(inner, [one for one in values if one])
                if gone is not None:
                    raise TemplateError(
                        f"Parameter validation failed: parameter value {gone} for parameter name {name} does not exist"
                    )
            elif inner == _NAMES_OF_PARAMETERS:
                ssm([value])
        no_echo = as_text(declaration.get("NoEcho", False)) == "true"
        found[name] = Parameter(name, kind, value, found_value, no_echo, known)
    return found


def check_type(name: str, kind: str) -> None:
    """Refuse a type that is none."""
    inner = kind
    for start in (_SSM, "List<"):
        if inner.startswith(start) and inner.endswith(">"):
            inner = inner[len(start) : -1]
    if inner in ("String", "Number", "CommaDelimitedList", _NAMES_OF_PARAMETERS) or inner in AWS_TYPES:
        return
    if inner.endswith(">") or not inner:
        raise TemplateError(f"Template format error: Unrecognized parameter type: {kind}", ("Parameters", name, "Type"))
    if re.fullmatch(r"AWS::[A-Za-z0-9]+::[A-Za-z0-9]+(::[A-Za-z0-9]+)?", inner) is None:
        raise TemplateError(f"Template format error: Unrecognized parameter type: {kind}", ("Parameters", name, "Type"))


def usable(name: str, declaration: Mapping[str, Any], kind: str, value: str) -> Any:
    """A value that satisfies its type and constraints, as Ref gives it. Raises `TemplateError` for another."""
    described = declaration.get("ConstraintDescription")

    def fails(what: str) -> TemplateError:
        return TemplateError(
            f"Parameter {name} failed to satisfy constraint: {described or what}", ("Parameters", name)
        )

    items = (
        [one.strip() for one in value.split(",")] if kind == "CommaDelimitedList" or kind.startswith("List<") else None
    )
    if items is not None and value == "":
        items = []
    for one in items if items is not None else [value]:
        if kind in ("Number", "List<Number>"):
            try:
                number = float(one)
            except ValueError:
                raise TemplateError(f"Parameter '{name}' must be a number.", ("Parameters", name)) from None
            if "MinValue" in declaration and number < float(declaration["MinValue"]):
                raise fails(f"Parameter '{name}' must be a number not less than {declaration['MinValue']}")
            if "MaxValue" in declaration and number > float(declaration["MaxValue"]):
                raise fails(f"Parameter '{name}' must be a number not greater than {declaration['MaxValue']}")
        else:
            if "MinLength" in declaration and len(one) < int(declaration["MinLength"]):
                raise fails(f"Parameter '{name}' must contain at least {declaration['MinLength']} characters")
            if "MaxLength" in declaration and len(one) > int(declaration["MaxLength"]):
                raise fails(f"Parameter '{name}' must contain at most {declaration['MaxLength']} characters")
        pattern = declaration.get("AllowedPattern")
        if pattern is not None and not _matches(str(pattern), one):
            raise fails(f"Parameter {name} must match pattern {pattern}")
        allowed = declaration.get("AllowedValues")
        if allowed is not None and one not in [as_text(each) for each in allowed]:
            if described:
                raise fails("")
            raise TemplateError(f"Parameter '{name}' must be one of AllowedValues", ("Parameters", name))
    return value if items is None else items


def _matches(pattern: str, value: str) -> bool:
    """AllowedPattern is a regular expression of Java that the whole value must match. What Python does not know of it
    is let pass: it is no constraint that could be checked here."""
    try:
        return re.fullmatch(as_python(pattern), value) is not None
    except re.error:
        return True


def as_python(pattern: str) -> str:
    """A regular expression of Java as Python writes it."""
    return (
        pattern.replace(r"\p{Alnum}", "[A-Za-z0-9]")
        .replace(r"\p{L}", r"[^\W\d_]")
        .replace(r"\p{Z}", r"\s")
        .replace(r"\p{N}", r"\d")
    )
