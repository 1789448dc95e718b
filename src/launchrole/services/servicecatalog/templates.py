"""Where a provisioning artifact's template is, and how it is read: with whose credentials, and what CloudFormation says
of it.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ProvisioningArtifactProperties.html, Info. Everything here is a
call through the door.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import unquote

import yaml

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call
from launchrole.services.servicecatalog.service import PRINCIPAL, Row, invalid, not_done

BODY_LIMIT = 51200
"""Bytes of a template in a call of CloudFormation; larger ones have to be in S3.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""

_OF_PARAMETER = ("ParameterKey", "DefaultValue", "ParameterType", "Description")

Ask = Callable[[str, str, Mapping[str, Any]], Mapping[str, Any]]
"""A call with somebody's credentials: service, operation, parameters."""

_S3 = re.compile(
    r"https?://(?:(?P<bucket>[a-z0-9.-]+?)\.)?(?:s3|s3[.-][a-z0-9-]+)\.(?:[a-z0-9-]+\.)?"
    r"(?:amazonaws\.com(?:\.cn)?|localhost(?::\d+)?)/(?P<rest>.+)"
)
_LOCAL = re.compile(r"https?://(?:localhost|127\.0\.0\.1)(?::\d+)?/(?P<rest>.+)")
_STACK = re.compile(r"arn:[a-z-]+:cloudformation:[a-z0-9-]+:\d{12}:stack/[^/]+/[^/]+")


def forwarded(call: Call) -> Ask:
    """Calls with the credentials of who calls Service Catalog."""
    identity, via = call.surroundings.identity(), call.surroundings.via.through(PRINCIPAL)
    return lambda service, operation, params: call.surroundings.call(identity, service, operation, params, via=via)


def place(url: str) -> tuple[str, str] | None:
    """The bucket and key of a URL in S3; None for other URLs. What a pre-signed URL carries is left out."""
    plain = url.partition("?")[0]
    if plain.startswith("s3://"):
        bucket, _, key = plain.removeprefix("s3://").partition("/")
        return (bucket, key) if bucket and key else None
    found = _S3.fullmatch(plain)
    if found is not None and found["bucket"]:
        return found["bucket"], unquote(found["rest"])
    found = found or _LOCAL.fullmatch(plain)
    if found is None:
        return None
    bucket, _, key = found["rest"].partition("/")
    return (bucket, unquote(key)) if bucket and key else None


def source(call: Call, properties: Mapping[str, Any]) -> Row:
    """Where an artifact that is about to be has its template: `url`, or `text` where it was taken from a stack.

    The template is read and validated with the caller's credentials. Raises InvalidParametersException.
    """
    info = properties.get("Info") or {}
    if len(info) != 1 or next(iter(info)) not in ("LoadTemplateFromURL", "ImportFromPhysicalId"):
        raise invalid("Info must have either LoadTemplateFromURL or ImportFromPhysicalId, and nothing else")
    ask = forwarded(call)
    validate = not properties.get("DisableTemplateValidation", False)
    if "ImportFromPhysicalId" in info:
        stack = info["ImportFromPhysicalId"]
        if _STACK.fullmatch(stack) is None:
            raise invalid(f"ImportFromPhysicalId must be the ARN of a CloudFormation stack: {stack}")
        text = _asked(ask, "GetTemplate", {"StackName": stack, "TemplateStage": "Original"})["TemplateBody"]
        text = text if isinstance(text, str) else json.dumps(text)
        if len(text.encode()) > BODY_LIMIT:
            raise not_done(f"import templates of more than {BODY_LIMIT} bytes: put it into S3 and give its URL")
        found = {"text": text}
    else:
        url = info["LoadTemplateFromURL"]
        read(ask, url)
        found = {"url": url.partition("?")[0]}
    if validate:
        _asked(ask, "ValidateTemplate", given(found))
    return found


def _asked(ask: Ask, operation: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        return ask("cloudformation", operation, params)
    except ServiceError as problem:
        raise invalid(
            f"Invalid templateBody. Please make sure that your template is valid ({problem.message})"
        ) from None


def read(ask: Ask, url: str) -> str:
    """The text of a template in S3. Raises InvalidParametersException, NotImplemented for a URL elsewhere."""
    found = place(url)
    if found is None and url.startswith(("http://", "https://")):
        raise not_done(f"fetch templates from elsewhere than S3: put {url} into a bucket")
    if found is None:
        raise invalid(f"LoadTemplateFromURL must be the URL of a template in S3: {url}")
    bucket, key = found
    try:
        data = ask("s3", "GetObject", {"Bucket": bucket, "Key": key})["Body"]
    except ServiceError as problem:
        raise invalid(f"The template at {url.partition('?')[0]} cannot be read: {problem.message}") from None
    data = data if isinstance(data, bytes) else data.read()
    return str(data.decode(errors="replace"))


def given(found: Mapping[str, Any]) -> dict[str, str]:
    """A template as CloudFormation's operations take it."""
    return {"TemplateBody": found["text"]} if "text" in found else {"TemplateURL": found["url"]}


def info(found: Mapping[str, Any]) -> dict[str, str]:
    """A template's source as the API shows it."""
    return {"TemplateUrl": found["url"]} if "url" in found else {}


def summary(ask: Ask, found: Mapping[str, Any]) -> Mapping[str, Any]:
    """What CloudFormation says of a template. Raises InvalidParametersException."""
    return _asked(ask, "GetTemplateSummary", given(found))


def body(text: str) -> dict[str, Any]:
    """A template's sections, every value in them a text: enough to tell what it declares. Empty for no template."""
    try:
        found = yaml.load(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError:
        return {}
    return found if isinstance(found, dict) else {}


def _section(found: Mapping[str, Any], name: str) -> dict[str, dict[str, Any]]:
    section = found.get(name)
    return {key: one for key, one in section.items() if isinstance(one, dict)} if isinstance(section, dict) else {}


def outputs(found: Mapping[str, Any]) -> list[Row]:
    """A template's outputs (ProvisioningArtifactOutput)."""
    return [
        {"Key": name, **({"Description": one["Description"]} if "Description" in one else {})}
        for name, one in _section(found, "Outputs").items()
    ]


_CONSTRAINTS = ("AllowedPattern", "ConstraintDescription", "MaxLength", "MinLength", "MaxValue", "MinValue")


def parameters(told: Mapping[str, Any], found: Mapping[str, Any]) -> list[Row]:
    """A template's parameters (ProvisioningArtifactParameter), from what GetTemplateSummary says and the template's
    own constraints."""
    declared = _section(found, "Parameters")
    shown = []
    for one in told.get("Parameters", ()):
        row = {name: one[name] for name in _OF_PARAMETER if name in one}
        row["IsNoEcho"] = one.get("NoEcho", False)
        written = declared.get(one["ParameterKey"], {})
        own = {name: str(written[name]) for name in _CONSTRAINTS if name in written}
        row["ParameterConstraints"] = {**(one.get("ParameterConstraints") or {}), **own}
        shown.append(row)
    return shown


def with_rules(text: str, rules: Iterable[Mapping[str, Any]]) -> str:
    """A template with the rules of template constraints among its own. What else it says stays as it is written.

    https://docs.aws.amazon.com/servicecatalog/latest/adminguide/reference-template_constraint_rules.html
    Raises ValueError for a text that is no template.
    """
    added = {name: one for each in rules for name, one in each.items()}
    if text.lstrip("\ufeff \t\r\n").startswith("{"):
        body = json.loads(text.lstrip("\ufeff"))
        body["Rules"] = {**(body.get("Rules") or {}), **added}
        return json.dumps(body)
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        wanted = yaml.compose(json.dumps({"Rules": added}), Loader=yaml.SafeLoader)
    except yaml.YAMLError as problem:
        raise ValueError(str(problem)) from None
    if not isinstance(root, yaml.MappingNode) or not isinstance(wanted, yaml.MappingNode):
        raise ValueError("the template is no object")
    (key, new), *_ = wanted.value
    for name, value in root.value:
        if name.value == "Rules" and isinstance(value, yaml.MappingNode):
            value.value = [one for one in value.value if one[0].value not in added] + new.value
            break
    else:
        root.value.append((key, new))
    return str(yaml.serialize(root, Dumper=yaml.SafeDumper))
