"""How long policies may be.

What counts as a character is AWS' word against ours at the edges: IAM "doesn't count white space" (here: outside
texts), and S3 and IAM measure their own normal form of a document, which is not published and can be shorter than what
was given.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from launchrole.policy.document import PolicyKind
from launchrole.policy.errors import PolicySyntaxError

_WHITE_SPACE = re.compile(r'("(?:[^"\\]++|\\.)*+")|\s++', re.DOTALL)


def characters_without_white_space(text: str) -> int:
    """The length of a JSON text without what stands between its values."""
    return len(_WHITE_SPACE.sub(r"\1", text))


def characters(text: str) -> int:
    """The length of a JSON text with all its white space."""
    return len(text)


def bytes_without_white_space(text: str) -> int:
    """The size of a JSON text in UTF-8 without what stands between its values."""
    return len(_WHITE_SPACE.sub(r"\1", text).encode())


def bytes_in_all(text: str) -> int:
    """The size of a JSON text in UTF-8."""
    return len(text.encode())


_UNITS: Mapping[Callable[[str], int], str] = {
    characters_without_white_space: "characters without white space",
    characters: "characters",
    bytes_without_white_space: "bytes without white space",
    bytes_in_all: "bytes",
}


@dataclass(frozen=True, slots=True)
class Limit:
    """The most that a policy may have, by a measure, and what AWS answers to more; an empty message is unknown."""

    most: int
    measure: Callable[[str], int]
    code: str
    message: str
    source: str


_IAM = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"
_ORGANIZATIONS = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html"

LIMITS: Mapping[PolicyKind, Limit] = {
    PolicyKind.MANAGED: Limit(
        6144, characters_without_white_space, "LimitExceeded", "Cannot exceed quota for PolicySize: 6144", _IAM
    ),
    # A role's, the largest that an inline policy can have (see INLINE_QUOTAS); AWS' message names the holder.
    PolicyKind.INLINE: Limit(10240, characters_without_white_space, "LimitExceeded", "", _IAM),
    # The default of an adjustable quota.
    PolicyKind.TRUST: Limit(
        2048, characters_without_white_space, "LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048", _IAM
    ),
    # AWS' message names the share of a packed size that only AWS can work out.
    PolicyKind.SESSION: Limit(
        2048,
        characters,
        "PackedPolicyTooLarge",
        "",
        "https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html",
    ),
    PolicyKind.RESOURCE: Limit(
        20480,
        bytes_without_white_space,
        "MalformedPolicy",
        "Normalized policy document exceeds the maximum allowed size of 20480 bytes",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/add-bucket-policy.html",
    ),
    PolicyKind.KEY: Limit(
        32768,
        bytes_in_all,
        "LimitExceededException",
        "",
        "https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html",
    ),
    PolicyKind.SCP: Limit(10240, characters, "ConstraintViolationException", "", _ORGANIZATIONS),
    PolicyKind.RCP: Limit(5120, characters, "ConstraintViolationException", "", _ORGANIZATIONS),
    PolicyKind.VPC_ENDPOINT: Limit(
        20480,
        characters,
        "InvalidPolicyDocument",
        "",
        "https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html",
    ),
}
"""AWS' own managed policies are free of limits; which one an identity-based policy of unknown kind has is unknown."""

INLINE_QUOTAS: Mapping[str, int] = {"user": 2048, "role": 10240, "group": 5120}
"""The most characters without white space that the inline policies of one holder may have together (see `_IAM`)."""


def check(text: str | None, value: object, kind: PolicyKind) -> None:
    """Refuse a document that is too long for its kind; one without text is measured as the AWS SDKs would send it."""
    limit = LIMITS.get(kind)
    if limit is None:
        return
    length = limit.measure(text if text is not None else json.dumps(value, separators=(",", ":"), default=dict))
    if length > limit.most:
        unit = _UNITS[limit.measure]
        detail = f"the {kind.value} has {length:,} {unit}, and {limit.most:,} is the most"
        raise PolicySyntaxError(limit.code, limit.message, detail, None, "split it, or use wildcards with care")


def check_inline(texts: Iterable[str], holder: str, name: str) -> None:
    """Refuse the inline policies of a user, a role or a group (`holder`) that are too long together."""
    most = INLINE_QUOTAS[holder]
    length = sum(map(characters_without_white_space, texts))
    if length > most:
        message = f"Maximum policy size of {most} bytes exceeded for {holder} {name}"
        detail = f"the inline policies of the {holder} `{name}` have {length:,} characters without white space together"
        raise PolicySyntaxError(
            "LimitExceeded", message, f"{detail}, and {most:,} is the most", None, "attach a managed policy instead"
        )
