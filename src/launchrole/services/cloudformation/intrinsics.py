"""Intrinsic functions, pseudo parameters and conditions: a template's values as they are for one stack.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from launchrole.services.cloudformation.template import Path, Template, TemplateError

NO_VALUE: Any = object()
"""What AWS::NoValue is: a property or item that is left out."""

UNKNOWN = "{{changeSet:KNOWN_AFTER_APPLY}}"
"""What stands for a value that is known only once a change set is executed."""

CONDITION_FUNCTIONS = frozenset({"Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals", "Condition"})
PSEUDO_PARAMETERS = frozenset(
    {
        "AWS::AccountId",
        "AWS::NotificationARNs",
        "AWS::NoValue",
        "AWS::Partition",
        "AWS::Region",
        "AWS::StackId",
        "AWS::StackName",
        "AWS::URLSuffix",
    }
)
_SUB = re.compile(r"\$\{(!?)([^${}]*)\}")


class Resources(Protocol):
    """What resources of the stack are known to be."""

    def reference(self, logical_id: str) -> Any:
        """What Ref gives of a resource."""

    def attribute(self, logical_id: str, name: str) -> Any:
        """What Fn::GetAtt gives. Raises `TemplateError` for an attribute that the type does not have."""


@dataclass
class Values:
    """A template's values for one stack: parameters resolved, resources as far as they are there.

    `exports` and `zones` are asked for Fn::ImportValue and Fn::GetAZs; `dynamic` resolves `{{resolve:...}}`, None to
    leave them as they are written.
    """

    template: Template
    parameters: Mapping[str, Any]
    pseudo: Mapping[str, Any]
    resources: Resources
    exports: Callable[[str], str]
    zones: Callable[[str], list[str]]
    dynamic: Callable[[str, Path], str] | None = None
    _conditions: dict[str, bool] = field(default_factory=dict)
    _deciding: set[str] = field(default_factory=set)

    def condition(self, name: str) -> bool:
        """Whether one of the template's conditions holds. Raises `TemplateError`."""
        if name not in self._conditions:
            declared = self.template.section("Conditions")
            if name not in declared:
                raise TemplateError(f"Template error: unresolved condition dependency {name} in Conditions block")
            if name in self._deciding:
                raise TemplateError(f"Template error: circular dependency in conditions: {name}")
            self._deciding.add(name)
            try:
                self._conditions[name] = self.decide(declared[name], ("Conditions", name))
            finally:
                self._deciding.discard(name)
        return self._conditions[name]

    def decide(self, node: Any, path: Path) -> bool:
        """The truth of a condition function. Raises `TemplateError`."""
        if isinstance(node, dict) and len(node) == 1:
            ((name, given),) = node.items()
            if name == "Condition":
                return self.condition(str(given))
            if name in ("Fn::And", "Fn::Or"):
                if not isinstance(given, list) or not 1 <= len(given) <= 10:
                    raise TemplateError(
                        f"Template error: every {name} object requires a list of at least 2 and at most 10 boolean "
                        "parameters.",
                        path,
                    )
                found = [self.decide(one, (*path, name, number)) for number, one in enumerate(given)]
                return all(found) if name == "Fn::And" else any(found)
            if name == "Fn::Not":
                if not isinstance(given, list) or len(given) != 1:
                    raise TemplateError("Template error: Fn::Not is wrongly structured.", path)
                return not self.decide(given[0], (*path, name, 0))
            if name == "Fn::Equals":
                if not isinstance(given, list) or len(given) != 2:
                    raise TemplateError(
                        "Template error: every Fn::Equals object requires a list of 2 string parameters.", path
                    )
                first, second = (self.value(one, (*path, name, number)) for number, one in enumerate(given))
                return bool(_comparable(first) == _comparable(second))
            rule = _RULES.get(name)
            if rule is not None:
                return bool(rule(self, given, path))
        value = self.value(node, path)
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value in ("true", "false"):
            return value == "true"
        raise TemplateError("Template format error: Conditions can only be boolean operations on parameters and "
                            "other conditions", path)  # fmt: skip

    def value(self, node: Any, path: Path) -> Any:
        """A value with its functions resolved; `NO_VALUE` for AWS::NoValue. Raises `TemplateError`."""
        if isinstance(node, dict):
            if len(node) == 1:
                ((name, given),) = node.items()
                if name == "Ref":
                    return self._ref(given, path)
                function = FUNCTIONS.get(name)
                if function is not None:
                    return function(self, given, (*path, name))
                if name == "Condition" and isinstance(given, str) and path[:1] in (("Conditions",), ("Rules",)):
                    return self.condition(given)
                if name in CONDITION_FUNCTIONS and name != "Condition":
                    return self.decide(node, path)
            resolved = {key: self.value(one, (*path, key)) for key, one in node.items()}
            return {key: one for key, one in resolved.items() if one is not NO_VALUE}
        if isinstance(node, list):
            items = [self.value(one, (*path, number)) for number, one in enumerate(node)]
            return [one for one in items if one is not NO_VALUE]
        if isinstance(node, str) and self.dynamic is not None and "{{resolve:" in node:
            return self.dynamic(node, path)
        return node

    def _ref(self, name: Any, path: Path) -> Any:
        if not isinstance(name, str):
            raise TemplateError("Template error: every Ref object must have a single String value.", path)
        if name == "AWS::NoValue":
            return NO_VALUE
        if name in self.pseudo:
            return self.pseudo[name]
        if name in self.parameters:
            return self.parameters[name]
        return self.resources.reference(name)

    def text(self, node: Any, path: Path) -> str:
        """A value as text, in Fn::Join and Fn::Sub."""
        value = self.value(node, path)
        if value is NO_VALUE:
            return ""
        if isinstance(value, (dict, list)):
            raise TemplateError("Template error: a text is needed where a list or an object is given", path)
        return as_text(value)

    def items(self, node: Any, path: Path, refusal: str) -> list[Any]:
        """A value that must be a list."""
        value = self.value(node, path)
        if not isinstance(value, list):
            raise TemplateError(refusal, path)
        return value


def as_text(value: Any) -> str:
    """A scalar as CloudFormation writes it into texts."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _comparable(value: Any) -> Any:
    return value if isinstance(value, (dict, list)) else as_text(value)


def _get_att(values: Values, given: Any, path: Path) -> Any:
    if isinstance(given, str):
        first, _, rest = given.partition(".")
        given = [first, rest]
    if not isinstance(given, list) or len(given) < 2 or not isinstance(given[0], str):
        raise TemplateError(
            "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the "
            "resource attribute",
            path,
        )
    name = ".".join(values.text(one, path) for one in given[1:])
    return values.resources.attribute(given[0], name)


def _sub(values: Values, given: Any, path: Path) -> str:
    own: Mapping[str, Any] = {}
    if isinstance(given, list):
        if len(given) != 2 or not isinstance(given[0], str) or not isinstance(given[1], dict):
            raise TemplateError(
                "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a "
                "string as first argument, and an optional second argument to specify a mapping of values to replace "
                "in the string",
                path,
            )
        given, own = given
    if not isinstance(given, str):
        raise TemplateError(
            "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a "
            "string as first argument, and an optional second argument to specify a mapping of values to replace in "
            "the string",
            path,
        )

    def put(found: re.Match[str]) -> str:
        literal, name = found.groups()
        name = name.strip()
        if literal:
            return "${" + name + "}"
        if name in own:
            return values.text(own[name], (*path, 1, name))
        if name in values.pseudo or name in values.parameters or "." not in name:
            value = values._ref(name, path)
            return "" if value is NO_VALUE else ",".join(value) if isinstance(value, list) else as_text(value)
        return values.text({"Fn::GetAtt": name.split(".", 1)}, path)

    replaced = _SUB.sub(put, given)
    if values.dynamic is not None and "{{resolve:" in replaced:
        return values.dynamic(replaced, path)
    return replaced


def _join(values: Values, given: Any, path: Path) -> str:
    refusal = (
        "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of "
        "strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined."
    )
    if not isinstance(given, list) or len(given) != 2 or not isinstance(given[0], str):
        raise TemplateError(refusal, path)
    found = values.items(given[1], (*path, 1), refusal)
    if any(isinstance(one, (dict, list)) for one in found):
        raise TemplateError(refusal, path)
    return given[0].join(as_text(one) for one in found)


def _select(values: Values, given: Any, path: Path) -> Any:
    refusal = "Template error: Fn::Select requires a list argument with two elements: an integer index and a list"
    if not isinstance(given, list) or len(given) != 2:
        raise TemplateError(refusal, path)
    index = values.value(given[0], (*path, 0))
    try:
        number = int(index)
    except (TypeError, ValueError):
        raise TemplateError(refusal, path) from None
    found = values.value(given[1], (*path, 1))
    if found == UNKNOWN:
        return UNKNOWN
    if not isinstance(found, list):
        raise TemplateError(refusal, path)
    if not 0 <= number < len(found):
        raise TemplateError(f"Template error: Fn::Select cannot select nonexistent value at index {number}", path)
    return found[number]


def _split(values: Values, given: Any, path: Path) -> Any:
    if not isinstance(given, list) or len(given) != 2 or not isinstance(given[0], str) or not given[0]:
        raise TemplateError(
            "Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string "
            "to be split or a function that returns a string to be split.",
            path,
        )
    text = values.text(given[1], (*path, 1))
    return UNKNOWN if UNKNOWN in text else text.split(given[0])


def _if(values: Values, given: Any, path: Path) -> Any:
    if not isinstance(given, list) or len(given) != 3 or not isinstance(given[0], str):
        raise TemplateError("Template error: Fn::If requires a list argument with three elements", path)
    number = 1 if values.condition(given[0]) else 2
    return values.value(given[number], (*path, number))


def _find_in_map(values: Values, given: Any, path: Path) -> Any:
    if not isinstance(given, list) or len(given) not in (3, 4):
        raise TemplateError(
            "Template error: every Fn::FindInMap object requires three parameters, the map name, map key and the "
            "attribute for return value",
            path,
        )
    names = [values.text(one, (*path, number)) for number, one in enumerate(given[:3])]
    maps = values.template.section("Mappings")
    found: Any = maps
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
        if found is None:
            if len(given) == 4 and isinstance(given[3], dict) and "DefaultValue" in given[3]:
                return values.value(given[3]["DefaultValue"], (*path, 3, "DefaultValue"))
            if names[0] not in maps:
                raise TemplateError(f"Template error: Mapping named '{names[0]}' is not present in the "
                                    "'Mappings' section of template.", path)  # fmt: skip
            raise TemplateError(f"Template error: Unable to get mapping for {'::'.join(names)}", path)
    return found


def _import_value(values: Values, given: Any, path: Path) -> str:
    return values.exports(values.text(given, path))


def _base64(values: Values, given: Any, path: Path) -> str:
    return base64.b64encode(values.text(given, path).encode()).decode()


def _cidr(values: Values, given: Any, path: Path) -> list[str]:
    if not isinstance(given, list) or len(given) not in (2, 3):
        raise TemplateError("Template error: every Fn::Cidr object requires two or three parameters: the CIDR block, "
                            "a count and the number of subnet bits", path)  # fmt: skip
    block = values.text(given[0], (*path, 0))
    try:
        count = int(values.text(given[1], (*path, 1)))
        bits = int(values.text(given[2], (*path, 2))) if len(given) == 3 else None
        network = ipaddress.ip_network(block, strict=False)
        length = network.max_prefixlen - (bits if bits is not None else (8 if network.version == 4 else 64))
        subnets = network.subnets(new_prefix=length)
        found = [str(next(subnets)) for _ in range(count)]
    except (ValueError, StopIteration):
        raise TemplateError(f"Template error: Fn::Cidr cannot divide {block} as it is asked to", path) from None
    if not 1 <= count <= 256:
        raise TemplateError("Template error: Fn::Cidr makes between 1 and 256 blocks", path)
    return found


def _get_azs(values: Values, given: Any, path: Path) -> list[str]:
    return values.zones(values.text(given, path) or values.pseudo["AWS::Region"])


def _to_json_string(values: Values, given: Any, path: Path) -> str:
    return json.dumps(values.value(given, path), separators=(",", ":"))


def _length(values: Values, given: Any, path: Path) -> int:
    return len(values.items(given, path, "Template error: Fn::Length requires a list"))


def _transform(_values: Values, _given: Any, path: Path) -> Any:
    raise TemplateError("Template error: Fn::Transform was not processed", path)


def _listed(values: Values, node: Any, path: Path) -> list[str]:
    found = values.value(node, path)
    return [as_text(one) for one in (found if isinstance(found, list) else [found])]


def _two(name: str, given: Any, path: Path) -> list[Any]:
    """The two arguments of a function of rules."""
    if not isinstance(given, list) or len(given) != 2:
        raise TemplateError(f"Template error: every {name} object requires a list of 2 parameters.", path)
    return given


def _contains(values: Values, given: Any, path: Path) -> bool:
    listed, wanted = _two("Fn::Contains", given, path)
    return values.text(wanted, path) in _listed(values, listed, path)


def _each_member_equals(values: Values, given: Any, path: Path) -> bool:
    listed, one = _two("Fn::EachMemberEquals", given, path)
    wanted = values.text(one, path)
    return all(one == wanted for one in _listed(values, listed, path))


def _each_member_in(values: Values, given: Any, path: Path) -> bool:
    listed, among = _two("Fn::EachMemberIn", given, path)
    return set(_listed(values, listed, path)) <= set(_listed(values, among, path))


def _ref_all(values: Values, given: Any, _path: Path) -> list[Any]:
    declared = values.template.section("Parameters")
    return [values.parameters[name] for name, one in declared.items() if one.get("Type") == given]


_RULES: Mapping[str, Callable[[Values, Any, Path], bool]] = {
    "Fn::Contains": _contains,
    "Fn::EachMemberEquals": _each_member_equals,
    "Fn::EachMemberIn": _each_member_in,
}
FUNCTIONS: Mapping[str, Callable[[Values, Any, Path], Any]] = {
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::If": _if,
    "Fn::FindInMap": _find_in_map,
    "Fn::ImportValue": _import_value,
    "Fn::Base64": _base64,
    "Fn::Cidr": _cidr,
    "Fn::GetAZs": _get_azs,
    "Fn::ToJsonString": _to_json_string,
    "Fn::Length": _length,
    "Fn::Transform": _transform,
    "Fn::RefAll": _ref_all,
    **_RULES,
}


def check_rules(values: Values) -> None:
    """Refuse parameters that a template's rules do not allow.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html"""
    for name, rule in values.template.section("Rules").items():
        path: Path = ("Rules", name)
        if "RuleCondition" in rule and not values.decide(rule["RuleCondition"], (*path, "RuleCondition")):
            continue
        for number, one in enumerate(rule.get("Assertions", ())):
            place = (*path, "Assertions", number)
            if not values.decide(one["Assert"], (*place, "Assert")):
                said = one.get("AssertDescription") or json.dumps(one["Assert"])
                raise TemplateError(f"Template error: Rule {name} failed to satisfy assertion: {said}", place)
