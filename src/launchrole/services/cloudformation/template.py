"""Templates: JSON or YAML text to values that remember their lines, and what CloudFormation refuses of their structure.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html. Messages are AWS' where they are
recorded (conformance), and in AWS' manner otherwise.
"""

from __future__ import annotations

import functools
import json
import pickle
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from launchrole.account.errors import ServiceError

Path = tuple[str | int, ...]

SECTIONS = (
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Parameters",
    "Mappings",
    "Conditions",
    "Transform",
    "Resources",
    "Outputs",
    "Rules",
    "Hooks",
)
RESOURCE_ATTRIBUTES = frozenset(
    {
        "Type",
        "Properties",
        "DependsOn",
        "Condition",
        "Metadata",
        "DeletionPolicy",
        "UpdateReplacePolicy",
        "CreationPolicy",
        "UpdatePolicy",
    }
)
_SAM_ATTRIBUTES = frozenset({"Connectors", "IgnoreGlobals"})
_LOGICAL_ID = re.compile(r"[A-Za-z0-9]+")
BODY_LIMIT = 51200
"""Bytes of a template given in a request. cloudformation-limits.html."""
_MOST_RESOURCES = 500
"""Resources of a template, cloudformation-limits.html; AWS' words are recorded in serverless, issue 2387."""
URL_LIMIT = 1_000_000
"""Bytes of a template in S3."""


class TemplateError(ServiceError):
    """A template that CloudFormation refuses. `path` is where in the template, where there is one place."""

    def __init__(self, message: str, path: Path = ()) -> None:
        super().__init__("ValidationError", message)
        self.path = path


@dataclass(frozen=True)
class Template:
    """A template as it is written. `body` holds plain values: short forms of functions are spelled out."""

    text: str
    body: Mapping[str, Any]

    def section(self, name: str) -> dict[str, Any]:
        """A section of named things; empty where the template has none."""
        return self.body.get(name) or {}

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        return self.section("Resources")

    @property
    def declarations(self) -> Iterator[Mapping[str, Any]]:
        """The resources as the text declares them: those inside of a loop (`Fn::ForEach`) once, however often it goes
        round."""
        yield from _declarations(self.resources)

    @property
    def written_out(self) -> dict[str, dict[str, Any]]:
        """The resources that the text has one by one; not the loops (`Fn::ForEach`) and macros that make others."""
        return {name: one for name, one in self.resources.items() if isinstance(one, dict) and name != "Fn::Transform"}

    @property
    def transforms(self) -> list[Any]:
        """The macros that the whole template names, in their order."""
        found = self.body.get("Transform")
        return [] if found is None else found if isinstance(found, list) else [found]

    @property
    def has_loops(self) -> bool:
        """Are names that begin with `Fn::ForEach` loops? Without AWS::LanguageExtensions they are names like others."""
        return "AWS::LanguageExtensions" in self.transforms

    def line(self, path: Path) -> int | None:
        """The line (from 1) of the value at a path, or of the innermost value around it that the text has."""
        lines = _lines(self.text)
        while path and path not in lines:
            path = path[:-1]
        return lines.get(path)


@functools.lru_cache(maxsize=64)
def _lines(text: str) -> Mapping[Path, int]:
    """The lines of the values of a template, by their paths."""
    try:
        node = _composed(text)
    except yaml.YAMLError:
        return {}
    return dict(_places(node, ()))


def _declarations(resources: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for name, one in resources.items():
        if isinstance(one, dict):
            yield one
        elif isinstance(name, str) and name.startswith("Fn::ForEach") and isinstance(one, list) and len(one) == 3:
            yield from _declarations(one[2] if isinstance(one[2], dict) else {})


def _places(node: yaml.Node | None, path: Path) -> Iterator[tuple[Path, int]]:
    if node is None:
        return
    yield path, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            place = (*path, str(key.value))
            yield place, key.start_mark.line + 1
            for inner, line in _places(value, place):
                if inner != place:
                    yield inner, line
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield from _places(value, (*path, number))


def parse(text: str, *, name: str = "Template") -> Template:
    """Read a template's text. Raises `TemplateError` with AWS' message for what is no template at all."""
    return Template(text, pickle.loads(_read(text, name)))


@functools.lru_cache(maxsize=4)
def _composed(text: str) -> yaml.Node | None:
    """A text's nodes. Reading a template and finding the lines of its values take them once. Raises `YAMLError`."""
    node: yaml.Node | None = yaml.compose(text, Loader=loader())
    return node


@functools.lru_cache(maxsize=64)
def _read(text: str, name: str) -> bytes:
    """A template's body, pickled: on its way through Service Catalog and CloudFormation a template is read half a dozen
    times, and whoever reads it may change what they are given."""
    stripped = text.lstrip("\ufeff \t\r\n")
    if stripped.startswith("{"):
        try:
            body = json.loads(text.lstrip("\ufeff"))
        except json.JSONDecodeError as error:
            # Where a character is wrong, CloudFormation names the column behind it.
            column = error.colno + (error.pos < len(error.doc))
            raise TemplateError(
                f"{name} format error: JSON not well-formed. (line {error.lineno}, column {column})"
            ) from None
        except RecursionError:
            raise TemplateError(f"{name} format error: JSON not well-formed.") from None
    else:
        try:
            node = _composed(text)
            body = None if node is None else loader()("").construct_document(node)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = "" if mark is None else f" (line {mark.line + 1}, column {mark.column + 1})"
            raise TemplateError(f"{name} format error: YAML not well-formed.{place}") from None
        except (yaml.YAMLError, ValueError, RecursionError, KeyError, AttributeError):
            # the last two: what YAML's own tags do not fit (`!!bool maybe`, `!!timestamp x`)
            raise TemplateError(f"{name} format error: YAML not well-formed.") from None
    if not isinstance(body, dict):
        raise TemplateError(f"{name} format error: unsupported structure.")
    if not stripped.startswith("{") and name == "Template" and _has_aliases(text):
        # as somebody was told: seeebiii/aws-cloudformation-templates, issue 1; what AWS::Include reads may have them
        raise TemplateError("Template error: YAML aliases are not allowed in CloudFormation templates.")
    _check_extent(body, name)
    return pickle.dumps(body)


_DEEPEST = 100
_LARGEST = 1_000_000
"""How deep a template may be nested, and how many values it may hold with its aliases spelled out: launchrole's own
limits, which no template that CloudFormation takes (1 MB, no aliases) comes near."""


def _has_aliases(text: str) -> bool:
    return "*" in text and any(isinstance(one, yaml.AliasEvent) for one in yaml.parse(text, Loader=loader()))


def _check_extent(body: Any, name: str) -> None:
    """Refuse what nothing could be done with. Aliases make few lines stand for very many: each value is looked at once
    a level, and counted as often as it is meant. Raises `TemplateError`."""
    level: dict[int, tuple[Any, int]] = {id(body): (body, 1)}
    count = 0
    for _ in range(_DEEPEST):
        below: dict[int, tuple[Any, int]] = {}
        for node, times in level.values():
            for one in (*node, *node.values()) if isinstance(node, dict) else node:
                count += times
                if isinstance(one, (dict, list)):
                    below[id(one)] = (one, below.get(id(one), (one, 0))[1] + times)
                elif isinstance(one, str) and _HALF.search(one) is not None:
                    raise TemplateError(f"{name} format error: half of a character (U+D800 to U+DFFF) is no text.")
        if not below or count > _LARGEST:
            break
        level = below
    if below:
        raise TemplateError(f"{name} format error: its values are nested too deep, or are too many.")


_HALF = re.compile("[\ud800-\udfff]")


def check(template: Template) -> None:
    """Refuse a template whose structure CloudFormation refuses. Raises `TemplateError`."""
    unknown = [str(key) for key in template.body if key not in SECTIONS and key != "Globals"]
    if unknown:
        raise TemplateError(f"Invalid template property or properties [{', '.join(unknown)}]", (unknown[0],))
    version = template.body.get("AWSTemplateFormatVersion")
    if version is not None and str(version) != "2010-09-09":
        raise TemplateError(
            f"Template format error: {version} is not a supported value for AWSTemplateFormatVersion.",
            ("AWSTemplateFormatVersion",),
        )
    description = template.body.get("Description")
    if description is not None and not isinstance(description, str):
        raise TemplateError("Template format error: Description must be a string.", ("Description",))
    if isinstance(description, str) and len(description.encode()) > 1024:
        raise TemplateError("Template format error: 'Description' length is greater than 1024.", ("Description",))
    for name in ("Parameters", "Mappings", "Conditions", "Outputs", "Rules", "Metadata"):
        section = template.body.get(name)
        if section is not None and not isinstance(section, dict):
            raise TemplateError(f"Template format error: {name} section must be an object.", (name,))
    for section in ("Parameters", "Rules"):
        for name, one in template.section(section).items():
            if not isinstance(one, dict):
                raise TemplateError(f"Template format error: Any {section} member must be an object.", (section, name))
    for name, rule in template.section("Rules").items():
        assertions = rule.get("Assertions", [])
        if not isinstance(assertions, list) or not all(isinstance(one, dict) and "Assert" in one for one in assertions):
            raise TemplateError(
                f"Template format error: The Assertions of rule {name} must be a list of objects with an Assert.",
                ("Rules", name),
            )
    for name in template.section("Parameters"):
        if _LOGICAL_ID.fullmatch(str(name)) is None:
            raise TemplateError(f"Template format error: Parameter name {name} is non alphanumeric.", ("Parameters",))
    _check_resources(template)
    _check_nulls(template)
    for name, output in template.section("Outputs").items():
        if template.has_loops and name.startswith("Fn::ForEach"):
            continue
        if not isinstance(output, dict) or output.get("Value") is None:
            raise TemplateError(
                "Template format error: Every Outputs member must contain a Value object", ("Outputs", name)
            )
        if _LOGICAL_ID.fullmatch(str(name)) is None:
            raise TemplateError(f"Template format error: Output name {name} is non alphanumeric.", ("Outputs", name))


def _check_nulls(template: Template) -> None:
    """Refuse null for a section, an attribute of a resource or a property, as CloudFormation does (recorded in
    cfn-lint, issues 38 and 246, and moto, pull request 4221). What it says to null inside of a property that is JSON is
    not clear, and it stays. Raises `TemplateError`."""
    places: list[tuple[Path, Any]] = [((section,), one) for section, one in template.body.items()]
    for name, resource in template.resources.items():
        if isinstance(resource, dict):
            places += [(("Resources", name, key), one) for key, one in resource.items()]
            given = (resource.get("Properties") or {}).items()
            places += [(("Resources", name, "Type", key), one) for key, one in given]  # the path that AWS writes
    for path, one in places:
        if one is None:
            where = "/".join(map(str, path))
            raise TemplateError(f"[/{where}] 'null' values are not allowed in templates", path)


def _check_resources(template: Template) -> None:
    resources = template.body.get("Resources")
    if not isinstance(resources, dict) or not resources:
        raise TemplateError("Template format error: At least one Resources member must be defined.", ("Resources",))
    if len(resources) > _MOST_RESOURCES:
        raise TemplateError(
            f"Template format error: Number of resources, {len(resources)}, is greater than maximum allowed, "
            f"{_MOST_RESOURCES}",
            ("Resources",),
        )
    serverless = any(one == "AWS::Serverless-2016-10-31" for one in template.transforms)
    allowed = RESOURCE_ATTRIBUTES | _SAM_ATTRIBUTES if serverless else RESOURCE_ATTRIBUTES
    for name, resource in resources.items():
        path = ("Resources", name)
        if name == "Fn::Transform" or (template.has_loops and name.startswith("Fn::ForEach")):
            continue
        if _LOGICAL_ID.fullmatch(str(name)) is None:
            raise TemplateError(f"Template format error: Resource name {name} is non alphanumeric.", path)
        if not isinstance(resource, dict):
            raise TemplateError("Template format error: Any Resources member must be an object.", path)
        if "Type" not in resource and "Fn::Transform" not in resource:
            raise TemplateError(
                f"Template format error: [/Resources/{name}] Every Resources object must contain a Type member.", path
            )
        for key in ("Type", "Condition"):
            if not isinstance(resource.get(key), str | None):
                raise TemplateError(f"Template format error: [/Resources/{name}/{key}] must be a string.", (*path, key))
        for key in resource:
            if key not in allowed and key != "Fn::Transform":
                raise TemplateError(f"Invalid template resource property '{key}'", (*path, key))
        if not isinstance(resource.get("Properties") or {}, dict):
            raise TemplateError("Template format error: Properties must be an object.", (*path, "Properties"))


@functools.cache
def loader() -> type[yaml.SafeLoader]:
    """A loader of YAML as CloudFormation reads it, in C where the C library is there."""
    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):  # type: ignore[misc] # which base, is known at run time only
        yaml_implicit_resolvers: dict[str, list[Any]] = {}  # noqa: RUF012 - PyYAML's name; the class is made once

    words = "|".join(one for word in ("true", "false", "yes", "no", "on", "off") for one in _cases(word))
    plain = [
        ("bool", rf"^(?:{words})$", list("tTfFyYnNoO")),
        ("int", r"^[-+]?(?:0|[1-9][0-9]*)$", list("-+0123456789")),
        ("float", r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$", list("-+.0123456789")),
        ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", "\0", ""]),
        ("merge", r"^(?:<<)$", ["<"]),
    ]
    for tag, pattern, first in plain:
        Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), first)
    Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
    Loader.add_multi_constructor("!", _short_form)
    return Loader


def _cases(word: str) -> tuple[str, str, str]:
    return word, word.title(), word.upper()


def _mapping(loader: Any, node: yaml.MappingNode) -> Iterator[dict[str, Any]]:
    """An object, whose names are texts whatever they look like."""
    for key, _ in node.value:
        if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
            key.tag = "tag:yaml.org,2002:str"
    made: dict[str, Any] = {}
    yield made
    made.update(loader.construct_mapping(node))


def _short_form(loader: Any, suffix: str, node: yaml.Node) -> Any:
    """`!Ref A`, `!Sub "..."`: functions in YAML's short form, spelled out."""
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        if suffix == "GetAtt":
            first, _, rest = value.partition(".")
            value = [first, rest]
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {name: value}
