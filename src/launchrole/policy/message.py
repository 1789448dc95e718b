"""AWS' AccessDenied sentence.

IAM User Guide: troubleshoot_access-denied.html (the wording, one policy type named),
https://aws.amazon.com/blogs/security/enhanced-access-denied-error-messages-with-policy-arns (the ARN behind an
explicit deny), S3 User Guide: troubleshoot-403-errors.html (S3 puts the ARN in double quotes),
EC2 API Reference: errors-overview.html (UnauthorizedOperation's opening sentence).
"""

from __future__ import annotations

from launchrole.policy.policy_type import PolicyType

_QUOTES_RESOURCE = frozenset({"s3"})
_OPENING = {"ec2": "You are not authorized to perform this operation. "}


def denial_message(
    *,
    caller: str,
    action: str,
    resource: str,
    policy_type: PolicyType,
    explicit: bool,
    policy_arn: str | None,
) -> str:
    """The sentence for a caller (an ARN, a service's name) whom a policy type denied; `resource` may be empty."""
    service = action.partition(":")[0].lower()
    shown = f'"{resource}"' if service in _QUOTES_RESOURCE and resource.startswith("arn:") else resource
    target = f" on resource: {shown}" if shown else ""
    if explicit:
        reason = f"with an explicit deny in {policy_type.with_article}"
        if policy_arn:
            reason = f"{reason}: {policy_arn}"
    else:
        reason = f"because no {policy_type.value} allows the {action} action"
    opening = _OPENING.get(service, "")
    return f"{opening}User: {caller} is not authorized to perform: {action}{target} {reason}"
