"""Macros: what becomes of a template before it is launched. AWS::LanguageExtensions, AWS::Include, AWS SAM are known.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/transform-reference.html
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.services.cloudformation import sam
from launchrole.services.cloudformation.intrinsics import as_text
from launchrole.services.cloudformation.template import Template, TemplateError, parse

Read = Callable[[str, str, Mapping[str, Any]], Mapping[str, Any]]

LANGUAGE_EXTENSIONS = "AWS::LanguageExtensions"
INCLUDE = "AWS::Include"
_LOOP = "Fn::ForEach::"


def needs_expansion(template: Template) -> bool:
    """Whether a template names macros anywhere."""
    return bool(template.transforms) or _embeds(template.body)


def needs_capability(template: Template) -> bool:
    """Whether macros may add resources that the caller has not seen: all may but AWS::LanguageExtensions and
    AWS::Include. https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html"""
    return any(_name(one) not in (LANGUAGE_EXTENSIONS, INCLUDE) for one in template.transforms)


def _embeds(node: Any) -> bool:
    if isinstance(node, dict):
        return "Fn::Transform" in node or any(_embeds(one) for one in node.values())
    if isinstance(node, list):
        return any(_embeds(one) for one in node)
    return False


def _name(transform: Any) -> str:
    name = transform.get("Name") if isinstance(transform, dict) else transform
    if not isinstance(name, str):
        raise TemplateError("Key Name of transform definition must be a string.")
    return name


def expanded(
    template: Template,
    parameters: Mapping[str, Any],
    pseudo: Mapping[str, Any],
    read: Read,
    policy_arns: sam.PolicyArns = dict,
) -> Template:
    """A template with its macros processed: embedded ones first, then those of the whole template in their order.
    Raises `TemplateError`."""
    body = copy.deepcopy(dict(template.body))
    known = {**pseudo, **parameters}
    body = _included(body, known, read)
    for transform in template.transforms:
        name = _name(transform)
        if name == INCLUDE:
            location = transform.get("Parameters", {}).get("Location") if isinstance(transform, dict) else None
            piece = _piece(location, known, read)
            for section, content in piece.items():
                if isinstance(content, dict) and isinstance(body.get(section), dict):
                    body[section] = {**body[section], **content}
                else:
                    body[section] = content
        elif name == LANGUAGE_EXTENSIONS:
            body = _loops_unrolled(body, known)
        elif name == sam.NAME:
            body = sam.translated(body, parameters, pseudo["AWS::Region"], policy_arns)
        else:
            raise TemplateError(f"No transform named {name} found.")
    body.pop("Transform", None)
    return Template(template.text, body)


def _included(node: Any, known: Mapping[str, Any], read: Read) -> Any:
    """A value with every embedded AWS::Include replaced by what it names."""
    if isinstance(node, list):
        return [_included(one, known, read) for one in node]
    if not isinstance(node, dict):
        return node
    found = {key: _included(one, known, read) for key, one in node.items() if key != "Fn::Transform"}
    transforms = node.get("Fn::Transform")
    for transform in transforms if isinstance(transforms, list) else [] if transforms is None else [transforms]:
        name = _name(transform)
        if name != INCLUDE:
            raise TemplateError(f"No transform named {name} found.")
        piece = _piece((transform.get("Parameters") or {}).get("Location"), known, read)
        found = {**found, **piece}
    return found


def _piece(location: Any, known: Mapping[str, Any], read: Read) -> dict[str, Any]:
    from launchrole.services.cloudformation.preparation import s3_place

    if isinstance(location, dict) and set(location) == {"Ref"}:
        location = known.get(location["Ref"], location)
    if isinstance(location, dict) and isinstance(location.get("Fn::Sub"), str):
        location = re.sub(r"\$\{([^}]+)\}", lambda one: as_text(known.get(one[1], one[0])), location["Fn::Sub"])
    place = s3_place(location) if isinstance(location, str) else None
    if place is None:
        raise TemplateError("Transform AWS::Include failed with: The location parameter is not a valid S3 uri.")
    try:
        data = read("s3", "GetObject", {"Bucket": place[0], "Key": place[1]})["Body"]
    except ServiceError as problem:
        if problem.code == "NoSuchBucket":
            raise TemplateError(f"Transform AWS::Include failed with: S3 bucket [{place[0]}] does not exist.") from None
        raise TemplateError(f"Transform AWS::Include failed with: {problem.message}") from None
    text = (data if isinstance(data, bytes) else data.read()).decode()
    try:
        return dict(parse(text, name="Transform AWS::Include failed with: Template").body)
    except TemplateError as problem:
        raise TemplateError(problem.message) from None


def _loops_unrolled(node: Any, known: Mapping[str, Any], bound: Mapping[str, str] | None = None) -> Any:
    """A value with every Fn::ForEach unrolled.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-foreach.html"""
    bound = bound or {}
    if isinstance(node, list):
        return [_loops_unrolled(one, known, bound) for one in node]
    if isinstance(node, dict):
        if len(node) == 1:
            ((name, given),) = node.items()
            if name == "Ref" and given in bound:
                return bound[given]
            if name == "Fn::Sub" and isinstance(given, str) and bound:
                return {"Fn::Sub": _put(given, bound)}
            if name == "Fn::GetAtt" and isinstance(given, str):
                return {"Fn::GetAtt": _put(given, bound)}
        found: dict[str, Any] = {}
        for key, one in node.items():
            if isinstance(key, str) and key.startswith(_LOOP):
                found.update(_loop(key, one, known, bound))
            else:
                found[_put(key, bound) if isinstance(key, str) else key] = _loops_unrolled(one, known, bound)
        return found
    if isinstance(node, str) and bound:
        return _put(node, bound)
    return node


def _loop(name: str, given: Any, known: Mapping[str, Any], bound: Mapping[str, str]) -> dict[str, Any]:
    if (
        not isinstance(given, list)
        or len(given) != 3
        or not isinstance(given[0], str)
        or not isinstance(given[2], dict)
    ):
        raise TemplateError(f"Transform AWS::LanguageExtensions failed with: {name} layout is incorrect")
    identifier, collection, fragment = given
    if isinstance(collection, dict) and set(collection) == {"Ref"}:
        collection = known.get(collection["Ref"])
    if not isinstance(collection, list):
        raise TemplateError(
            f"Transform AWS::LanguageExtensions failed with: {name} layout is incorrect: the collection must be a list"
        )
    items: list[str] = []
    for one in collection:
        if isinstance(one, dict) and set(one) == {"Ref"}:
            one = known.get(one["Ref"])
        items += [as_text(each) for each in one] if isinstance(one, list) else [as_text(one)]
    found: dict[str, Any] = {}
    for item in items:
        inner = {**bound, identifier: item}
        for key, one in fragment.items():
            if key.startswith(_LOOP):
                found.update(_loop(key, one, known, inner))
                continue
            made = _put(key, inner)
            if made in found:
                raise TemplateError(f"Transform AWS::LanguageExtensions failed with: {name} makes {made} twice")
            found[made] = _loops_unrolled(one, known, inner)
    return found


def _put(text: str, bound: Mapping[str, str]) -> str:
    for name, value in bound.items():
        text = text.replace("${" + name + "}", value)
        text = text.replace("&{" + name + "}", re.sub(r"[^A-Za-z0-9]", "", value))
    return text
