"""What IAM Access Analyzer answers about policies: `launchrole.reasoning` and `launchrole.policy.validation` with AWS'
requests and answers.

https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_CheckNoNewAccess.html and
API_CheckAccessNotGranted.html, API_CheckNoPublicAccess.html, API_ValidatePolicy.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.account.service import Call
from launchrole.facts.access import facts_for
from launchrole.policy.document import PolicyKind, parse
from launchrole.policy.errors import PolicySyntaxError
from launchrole.reasoning import (
    CheckAnswer,
    CheckRequestError,
    CheckUndecided,
    Facts,
    ReasoningError,
    access_of,
    check_access_not_granted,
    check_no_new_access,
    check_no_public_access,
)
from launchrole.services.paging import page
from launchrole.services.policy_checks import NoCounterpart, issues


def check_new_access(call: Call) -> Mapping[str, Any]:
    given = call.params
    existing, new, policy_type = given["existingPolicyDocument"], given["newPolicyDocument"], given["policyType"]
    return _answered(lambda: check_no_new_access(existing, new, policy_type, _facts(existing, new)))


def check_granted_access(call: Call) -> Mapping[str, Any]:
    given = call.params

    def check() -> CheckAnswer:
        access = [access_of(one) for one in given["access"]]
        document = given["policyDocument"]
        return check_access_not_granted(document, access, given["policyType"], _facts(document))

    return _answered(check)


def check_public_access(call: Call) -> Mapping[str, Any]:
    document, resource_type = call.params["policyDocument"], call.params["resourceType"]
    return _answered(lambda: check_no_public_access(document, resource_type, _facts(document)))


def _facts(*documents: str) -> Facts:
    return facts_for(parse(one) for one in documents)


def _answered(check: Callable[[], CheckAnswer]) -> Mapping[str, Any]:
    """The answer of a check, or AWS' error. Which of its errors AWS gives for what is not documented."""
    try:
        return check().to_dict()
    except PolicySyntaxError as error:
        raise ServiceError("InvalidParameterException", f"The policy is not valid: {error}") from None
    except CheckRequestError as error:
        raise _invalid(str(error)) from None
    except (CheckUndecided, ReasoningError) as error:
        raise ServiceError("UnprocessableEntityException", f"The policy could not be analyzed: {error}", 422) from None


_KINDS = {
    "IDENTITY_POLICY": PolicyKind.IDENTITY,
    "RESOURCE_POLICY": PolicyKind.RESOURCE,
    "SERVICE_CONTROL_POLICY": PolicyKind.SCP,
    "RESOURCE_CONTROL_POLICY": PolicyKind.RCP,
}
_TRUST = "AWS::IAM::AssumeRolePolicyDocument"


def validate_policy(call: Call) -> Mapping[str, Any]:
    """Raises ValidationException, and NotImplemented for what nobody knows AWS' words for."""
    given = call.params
    policy_type, resource_type = given["policyType"], given.get("validatePolicyResourceType")
    if policy_type not in _KINDS:
        raise _invalid(f"`{policy_type}` is no type of policy: write one of {', '.join(_KINDS)}")
    if resource_type is not None and policy_type != "RESOURCE_POLICY":
        raise _invalid("InvalidInput")  # AWS' recorded answer
    if given.get("locale", "EN") != "EN":
        raise ServiceError("NotImplemented", "findings are in English here: leave `locale` out", 501)
    kind = PolicyKind.TRUST if resource_type == _TRUST else _KINDS[policy_type]
    text = given["policyDocument"]
    try:
        found = [one.to_dict(text) for one in issues(text, kind)]
    except NoCounterpart as error:
        message = f"AWS refuses the policy, and how its validator words that is not known: {error}"
        raise ServiceError("NotImplemented", message, 501) from None
    shown, more = page(
        found, given.get("nextToken"), given.get("maxResults"), bad_token=_invalid("The nextToken is not valid.")
    )
    return {"findings": shown, **({"nextToken": more} if more else {})}


OPERATIONS = {
    "CheckNoNewAccess": check_new_access,
    "CheckAccessNotGranted": check_granted_access,
    "CheckNoPublicAccess": check_public_access,
    "ValidatePolicy": validate_policy,
}


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message, fields={"reason": "fieldValidationFailed"})
