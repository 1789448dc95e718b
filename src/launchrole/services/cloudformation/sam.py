"""AWS SAM: the transform AWS::Serverless-2016-10-31, by AWS' own translator (the library aws-sam-translator).

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification.html. The library is
loaded when the first such template comes. It makes no calls: the region is the stack's, the names of AWS managed
policies are those that IAM knows, features that AWS dials up by account are off.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from launchrole.account.errors import ServiceError
from launchrole.services.cloudformation.template import TemplateError

NAME = "AWS::Serverless-2016-10-31"
_APPLICATION = "AWS::Serverless::Application"

PolicyArns = Callable[[], Mapping[str, str]]
"""The ARNs of the AWS managed policies by their names."""


@dataclass(frozen=True)
class _Place:
    """What the translator asks of an SDK's session."""

    region_name: str


def translated(
    body: Mapping[str, Any], parameters: Mapping[str, Any], region: str, policy_arns: PolicyArns
) -> dict[str, Any]:
    """A template with its serverless resources replaced by those that they stand for. `parameters` are the values of
    the template's parameters. Raises `TemplateError` in the transform's words, `ServiceError` for applications of the
    AWS Serverless Application Repository."""
    from samtranslator.model.exceptions import InvalidDocumentException
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator
    from samtranslator.utils.py27hash_fix import to_py27_compatible_template, undo_mark_unicode_str_in_template

    _refuse_published_applications(body)
    given, values = dict(body), dict(parameters)
    to_py27_compatible_template(given, values)  # logical ids are hashes of what is in here, as AWS computes them
    translator = Translator(None, Parser(), boto_session=cast(Any, _Place(region)))
    try:
        found = translator.translate(given, values, get_managed_policy_map=lambda: dict(policy_arns()))
    except InvalidDocumentException as problem:
        told = " ".join([problem.message, *sorted(cause.message for cause in problem.causes)])
        raise TemplateError(f"Transform {NAME} failed with: {told}") from None
    finally:
        translator.metrics.publish()  # to nobody; what is not published is complained of on standard error
    return dict(undo_mark_unicode_str_in_template(found))


def _refuse_published_applications(body: Mapping[str, Any]) -> None:
    """An application's location is the URL of a template in S3, or names an application of the repository."""
    resources = body.get("Resources")
    found = [
        str(name)
        for name, one in (resources.items() if isinstance(resources, dict) else ())
        if isinstance(one, dict) and one.get("Type") == _APPLICATION
        if isinstance(one.get("Properties"), dict) and isinstance(one["Properties"].get("Location"), dict)
        if "ApplicationId" in one["Properties"]["Location"]
    ]
    if found:
        raise ServiceError(
            "NotImplemented",
            "launchrole has no AWS Serverless Application Repository: give the Location of "
            f"{', '.join(found)} as the URL of a template in S3",
            501,
        )
