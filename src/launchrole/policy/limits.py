"""How long policies may be.

IAM User Guide: reference_iam-quotas.html ("IAM doesn't count white space"); Organizations User Guide:
orgs_reference_limits.html; KMS Developer Guide: resource-limits.html; S3 User Guide: bucket-policies.html; AWS
PrivateLink Guide: vpc-endpoints-access.html. A limit on several inline policies together is the most that one alone can
have.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from launchrole.policy.document import PolicyDocument, PolicyKind
from launchrole.policy.errors import PolicySyntaxError


@dataclass(frozen=True, slots=True)
class Limit:
    """The most characters of a kind of policy, whether white space counts, and what AWS answers."""

    characters: int
    counts_white_space: bool
    code: str
    message: str
    source: str


def _quota(characters: int, name: str = "PolicySize") -> Limit:
    message = f"Cannot exceed quota for {name}: {characters}"
    return Limit(characters, False, "LimitExceeded", message, "reference_iam-quotas.html")


LIMITS: dict[PolicyKind, Limit] = {
    PolicyKind.MANAGED: _quota(6144),
    # The sum over a role's inline policies; users have 2,048 and groups 5,120.
    PolicyKind.INLINE: _quota(10240),
    # 2,048 unless the quota was raised, up to 4,096.
    PolicyKind.TRUST: _quota(4096, "ACLSizePerRole"),
    PolicyKind.SESSION: Limit(
        2048,
        True,
        "PackedPolicyTooLarge",
        "Packed size of session policy is too large",
        "STS: API_AssumeRole.html",
    ),
    PolicyKind.KEY: Limit(
        32768, True, "LimitExceededException", "The key policy is too long", "KMS: resource-limits.html"
    ),
    PolicyKind.RESOURCE: Limit(20480, True, "PolicyTooLarge", "The policy is too long", "S3: bucket-policies.html"),
    PolicyKind.SCP: Limit(
        10240,
        True,
        "PolicyTooLarge",
        "You have exceeded the maximum policy size",
        "orgs_reference_limits.html",
    ),
    PolicyKind.RCP: Limit(
        5120,
        True,
        "PolicyTooLarge",
        "You have exceeded the maximum policy size",
        "orgs_reference_limits.html",
    ),
    PolicyKind.VPC_ENDPOINT: Limit(
        20480, True, "InvalidPolicyDocument", "The policy is too long", "vpc-endpoints-access.html"
    ),
}
"""AWS' own managed policies are free of limits."""


def check(document: PolicyDocument, value: object, kind: PolicyKind) -> None:
    """Refuse a document that is too long for its kind; `value` is what was read or given."""
    limit = LIMITS.get(kind)
    if limit is None:
        return
    length = len(_compact(value)) if document.text is None or not limit.counts_white_space else len(document.text)
    if length > limit.characters:
        counted = "characters" if limit.counts_white_space else "characters without white space"
        detail = f"the {kind.value} has {length:,} {counted}, and {limit.characters:,} is the most"
        raise PolicySyntaxError(limit.code, limit.message, detail, None, "split it, or use wildcards with care")


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
