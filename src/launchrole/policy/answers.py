"""What AWS answers to a policy that it refuses: the error code and the message, by kind of policy.

Each part of AWS that takes policies has its own parser and its own words: IAM's policies of identities, the policies of
resources (role trust policies and bucket policies share a parser), KMS, Organizations, EC2. What is wrong is a `Fault`;
the tables below say what each of them calls it. A message that nobody has published is empty: unknown.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from launchrole.policy.document import PolicyKind
from launchrole.policy.source import MALFORMED, SYNTAX_ERRORS


class Fault(enum.Enum):
    """What can be wrong with a policy, as far as some part of AWS has words of its own for it."""

    SHAPE = enum.auto()
    """Everything for which nobody has."""
    NOT_JSON = enum.auto()
    NOT_AN_OBJECT = enum.auto()
    CHARACTERS = enum.auto()
    COMBINATION = enum.auto()
    """Action and NotAction in one statement, or their like. Nobody has words of its own for it."""
    PRINCIPAL_TYPE = enum.auto()
    """Of no type that principals have. Nobody has words of its own for it."""
    UNKNOWN_ELEMENT = enum.auto()
    """With the element."""
    VERSION = enum.auto()
    OLD_VERSION = enum.auto()
    NO_STATEMENT = enum.auto()
    EMPTY_STATEMENT = enum.auto()
    NO_EFFECT = enum.auto()
    EFFECT = enum.auto()
    """With the effect. Not even in other letters `Allow` or `Deny`."""
    EFFECT_CASE = enum.auto()
    """With the effect. `allow`, `DENY`."""
    PRINCIPAL_PROHIBITED = enum.auto()
    NO_PRINCIPAL = enum.auto()
    EMPTY_PRINCIPAL = enum.auto()
    EVERYONE = enum.auto()
    """`"Principal": "*"` where a principal has to have a type."""
    ALLOW_NOT_PRINCIPAL = enum.auto()
    NOT_PRINCIPAL = enum.auto()
    PRINCIPAL = enum.auto()
    """With the type and the principal."""
    OPERATOR = enum.auto()
    """With the condition operator."""
    LEGACY = enum.auto()
    SID = enum.auto()
    REPEATED_SID = enum.auto()
    NO_ACTION = enum.auto()
    ACTION_WITHOUT_VENDOR = enum.auto()
    ACTION_COLONS = enum.auto()
    VENDOR = enum.auto()
    """With the service's prefix."""
    NOT_STS = enum.auto()
    NO_RESOURCE = enum.auto()
    RESOURCE_PROHIBITED = enum.auto()
    NOT_RESOURCE_PROHIBITED = enum.auto()
    NOT_ARN = enum.auto()
    """With the resource."""
    PARTITION = enum.auto()
    """With the partition and the resource as IAM completes it."""
    RESOURCE_VENDOR = enum.auto()
    IAM_REGION = enum.auto()
    """With the resource."""
    REGION = enum.auto()
    """With the resource."""
    IAM_PATH = enum.auto()
    """With the kinds of IAM resources."""


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of one part of AWS: `code` is its error code, save for the faults in `codes`; `other` is its message
    for faults that are not in `messages`. The braces of a message take what the fault comes with, in its order.
    """

    code: str
    other: str
    messages: Mapping[Fault, str]
    source: str
    codes: Mapping[Fault, str] = field(default_factory=dict)

    def to(self, fault: Fault, *said: str) -> tuple[str, str]:
        """The code and the message for a fault."""
        return self.codes.get(fault, self.code), self.messages.get(fault, self.other).format(*said)


_VALIDATION = {Fault.CHARACTERS: "ValidationError"}
_PRINTABLE = "The specified value for {} is invalid. It must contain only printable ASCII characters."
_LEGACY = "The policy failed legacy parsing"

IDENTITY = Answers(
    MALFORMED,
    SYNTAX_ERRORS,
    {
        Fault.CHARACTERS: _PRINTABLE.format("policyDocument"),
        Fault.OLD_VERSION: "Policy document must be version 2012-10-17 or greater.",
        Fault.EFFECT_CASE: _LEGACY,
        Fault.PRINCIPAL_PROHIBITED: "Policy document should not specify a principal.",
        Fault.LEGACY: _LEGACY,
        Fault.SID: (
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression "
            "[0-9A-Za-z]*"
        ),
        Fault.REPEATED_SID: "Statement IDs (SID) in a single policy must be unique.",
        Fault.NO_ACTION: "Policy statement must contain actions.",
        Fault.ACTION_WITHOUT_VENDOR: "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        Fault.ACTION_COLONS: "Actions/Condition can contain only one colon.",
        Fault.VENDOR: "Vendor {} is not valid",
        Fault.NO_RESOURCE: "Policy statement must contain resources.",
        Fault.NOT_ARN: 'Resource {} must be in ARN format or "*".',
        Fault.PARTITION: 'Partition "{}" is not valid for resource "{}".',
        Fault.RESOURCE_VENDOR: "Resource vendor must be fully qualified and cannot contain regexes.",
        Fault.IAM_REGION: "IAM resource {} cannot contain region information.",
        Fault.REGION: "Resource {} can not contain region information.",
        Fault.IAM_PATH: 'IAM resource path must either be "*" or start with {}.',
    },
    "answers of CreatePolicy, PutRolePolicy and PutUserPolicy",
    _VALIDATION,
)

_OF_RESOURCES = {
    Fault.NOT_JSON: "This policy contains invalid Json",
    Fault.UNKNOWN_ELEMENT: "Unknown field {}",
    Fault.VERSION: "The policy must contain a valid version string",
    Fault.NO_STATEMENT: "Missing required field Statement",
    Fault.EMPTY_STATEMENT: "Could not parse the policy: Statement is empty!",
    Fault.NO_EFFECT: "Missing required field Effect",
    Fault.EFFECT: "Invalid effect: {}",
    Fault.EFFECT_CASE: "Invalid effect: {}",
    Fault.NO_PRINCIPAL: "Missing required field Principal",
    Fault.EMPTY_PRINCIPAL: "Missing required field Principal cannot be empty!",
    Fault.ALLOW_NOT_PRINCIPAL: "Allow with NotPrincipal is not allowed.",
    Fault.OPERATOR: "Invalid Condition type : {}",
    Fault.REPEATED_SID: "The Statement Ids in the policy are not unique",
    Fault.NO_ACTION: "Missing required field Action",
}

TRUST = Answers(
    MALFORMED,
    "",
    _OF_RESOURCES
    | {
        Fault.NOT_AN_OBJECT: "This policy contains invalid Json",
        Fault.CHARACTERS: _PRINTABLE.format("assumeRolePolicyDocument"),
        Fault.EVERYONE: 'AssumeRolepolicy contained an invalid principal: "STAR":"*".',
        Fault.NOT_PRINCIPAL: "AssumeRole policy must not contain NotPrincipal field.",
        Fault.PRINCIPAL: 'Invalid principal in policy: "{}":"{}"',
        Fault.ACTION_WITHOUT_VENDOR: "AssumeRole policy may only specify STS AssumeRole actions.",
        Fault.NOT_STS: "AssumeRole policy may only specify STS AssumeRole actions.",
        Fault.RESOURCE_PROHIBITED: "Has prohibited field Resource",
        Fault.NOT_RESOURCE_PROHIBITED: "AssumeRole policy must not contain resources.",
    },
    "answers of CreateRole and UpdateAssumeRolePolicy",
    _VALIDATION,
)

BUCKET = Answers(
    "MalformedPolicy",
    "",
    _OF_RESOURCES
    | {
        Fault.NOT_AN_OBJECT: "Policies must be valid JSON and the first byte must be '{{'",
        Fault.PRINCIPAL: "Invalid principal in policy",
        Fault.ACTION_WITHOUT_VENDOR: "Policy has invalid action",
        Fault.ACTION_COLONS: "Policy has invalid action",
        Fault.VENDOR: "Policy has invalid action",
        Fault.NO_RESOURCE: "Missing required field Resource",
        Fault.NOT_ARN: "Policy has invalid resource",
        Fault.PARTITION: "Policy has invalid resource",
        Fault.RESOURCE_VENDOR: "Policy has invalid resource",
    },
    "answers of S3's PutBucketPolicy; other services have codes of their own",
)

KEY = Answers(
    "MalformedPolicyDocumentException",
    "",
    {Fault.PRINCIPAL: "Policy contains a statement with one or more invalid principals."},
    "KMS API Reference: API_PutKeyPolicy.html; answers of CreateKey",
    {Fault.CHARACTERS: "ValidationException"},
)

ORGANIZATIONS = Answers(
    "MalformedPolicyDocumentException",
    "The provided policy document does not meet the requirements of the specified policy type.",
    {},
    "Organizations API Reference: API_CreatePolicy.html; answers of CreatePolicy",
)

ENDPOINT = Answers("InvalidPolicyDocument", "", {}, "answers of EC2's CreateVpcEndpoint")

BY_KIND: Mapping[PolicyKind | None, Answers] = {
    None: IDENTITY,
    PolicyKind.IDENTITY: IDENTITY,
    PolicyKind.MANAGED: IDENTITY,
    PolicyKind.AWS_MANAGED: IDENTITY,
    PolicyKind.INLINE: IDENTITY,
    # Of STS only the code is known; IAM's words stand in.
    PolicyKind.SESSION: IDENTITY,
    PolicyKind.RESOURCE: BUCKET,
    PolicyKind.TRUST: TRUST,
    PolicyKind.KEY: KEY,
    PolicyKind.SCP: ORGANIZATIONS,
    PolicyKind.RCP: ORGANIZATIONS,
    PolicyKind.VPC_ENDPOINT: ENDPOINT,
}
