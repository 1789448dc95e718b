"""IAM Access Analyzer's CheckNoPublicAccess: does a resource-based policy let the public in?

A policy is taken to be public unless everything that it grants goes to *fixed* callers: named in Principal, or limited
by a condition key that tells callers apart, to a value without wildcards and policy variables. Which keys those are
stands on a page of the resource's service (`Limits.source`). To decide it, a second policy is written that grants
everything to all fixed callers of the first one; what the first one allows beyond that, it allows to the public. So
Deny statements, IfExists and ForAllValues are taken for what they do, not for how they look.

IAM Access Analyzer API Reference: API_CheckNoPublicAccess.html; AWS CLI Command Reference:
accessanalyzer/check-no-public-access.html. That FAIL means "might allow" stands there: what AWS' pages leave open is
answered with FAIL here.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from launchrole.policy import operators
from launchrole.policy.document import ConditionEntry, PolicyDocument, parse
from launchrole.policy.operators import Operator
from launchrole.policy.pattern import is_literal, pieces_of
from launchrole.policy.policy_set import PolicySet
from launchrole.policy.variables import has_variables
from launchrole.reasoning.checks import CheckAnswer, CheckRequestError, demand_proof, reasons
from launchrole.reasoning.comparison import Facts, new_access


@dataclass(frozen=True, slots=True)
class Limits:
    """The context keys (in lower case) that limit who is let in, by one of AWS' definitions of "public".

    `flags` limit where they are true, aws:SourceIp if `addresses`. `role_sessions`: an aws:userid that is a role's
    session limits; for S3 and EFS one "outside the pattern AROLEID:*" does. `access_points`: s3:DataAccessPointArn
    limits, too, even with a wildcard for the access point's name.
    """

    source: str
    keys: frozenset[str]
    flags: frozenset[str] = frozenset()
    addresses: bool = True
    role_sessions: bool = True
    access_points: bool = False


_PRINCIPAL = frozenset({"aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths"})
"""Keys of "an AWS principal, user, role, or service principal", as S3 and EFS put it, with the others of their kind."""

_SOURCE = frozenset({"aws:sourceaccount", "aws:sourcearn", "aws:sourceowner", "aws:sourcevpc", "aws:sourcevpce"})
_USER_ID = "aws:userid"

_S3_ACCESS_POINT = Limits(
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
    _PRINCIPAL | _SOURCE | {_USER_ID, "s3:x-amz-server-side-encryption-aws-kms-key-id", "s3:dataaccesspointaccount"},
    flags=frozenset({"aws:principalisawsservice"}),
    role_sessions=False,
)
_S3 = replace(_S3_ACCESS_POINT, access_points=True)

_EFS = Limits(
    "https://docs.aws.amazon.com/efs/latest/ug/access-control-block-public-access.html",
    _PRINCIPAL | _SOURCE | {_USER_ID},
    flags=frozenset({"aws:principalisawsservice", "elasticfilesystem:accessedviamounttarget"}),
    role_sessions=False,
)

_DYNAMODB = Limits(
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-bpa-rbp.html",
    _PRINCIPAL
    | (_SOURCE - {"aws:sourceowner"})
    | {
        _USER_ID,
        "aws:principalservicename",
        "aws:principalservicenameslist",
        "aws:ec2instancesourcevpc",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
    },
    flags=frozenset({"aws:principalisawsservice"}),
    addresses=False,
)

_GENERAL = Limits(
    "https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_CheckNoPublicAccess.html",
    _DYNAMODB.keys | _SOURCE,
    flags=frozenset({"aws:principalisawsservice"}),
)
"""Services whose pages do not define the public: whatever key, of every service, the other pages name."""

_KMS = replace(
    _GENERAL,
    source="https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html",
    keys=_GENERAL.keys | {"kms:calleraccount"},
)

RESOURCE_TYPES: Mapping[str, Limits] = {
    "AWS::ApiGateway::RestApi": _GENERAL,
    "AWS::Backup::BackupVault": _GENERAL,
    "AWS::CloudTrail::Dashboard": _GENERAL,
    "AWS::CloudTrail::EventDataStore": _GENERAL,
    "AWS::CodeArtifact::Domain": _GENERAL,
    "AWS::DynamoDB::Stream": _DYNAMODB,
    "AWS::DynamoDB::Table": _DYNAMODB,
    "AWS::EFS::FileSystem": _EFS,
    "AWS::IAM::AssumeRolePolicyDocument": _GENERAL,
    "AWS::KMS::Key": _KMS,
    "AWS::Kinesis::Stream": _GENERAL,
    "AWS::Kinesis::StreamConsumer": _GENERAL,
    "AWS::Lambda::Function": _GENERAL,
    "AWS::OpenSearchService::Domain": _GENERAL,
    "AWS::S3::AccessPoint": _S3_ACCESS_POINT,
    "AWS::S3::Bucket": _S3,
    "AWS::S3::Glacier": _GENERAL,
    "AWS::S3Express::AccessPoint": _S3_ACCESS_POINT,
    "AWS::S3Express::DirectoryBucket": _S3,
    "AWS::S3Outposts::AccessPoint": _S3_ACCESS_POINT,
    "AWS::S3Outposts::Bucket": _S3,
    "AWS::S3Tables::Table": _GENERAL,
    "AWS::S3Tables::TableBucket": _GENERAL,
    "AWS::SNS::Topic": _GENERAL,
    "AWS::SQS::Queue": _GENERAL,
    "AWS::SecretsManager::Secret": _GENERAL,
}
"""The types of resources that AWS checks. An access point that only its VPC reaches is never public, which its policy
does not tell; nor does a policy tell of S3's Block Public Access."""

_SEVERAL = frozenset({"aws:principalorgpaths", "aws:principalservicenameslist", "aws:sourceorgpaths"})
"""Of these keys a request has several values (reference_policies_condition-keys.html)."""

_WIDEST = {4: 8, 6: 32}
"""The shortest prefix of a fixed set of addresses, by IP version (S3's page; no private range is wider than that)."""


def check_no_public_access(policy: str, resource_type: str, facts: Facts) -> CheckAnswer:
    """Whether a resource-based policy, a JSON text, lets nobody in but fixed callers.

    Raises PolicySyntaxError, CheckRequestError, CheckUndecided.
    """
    limits = RESOURCE_TYPES.get(resource_type)
    if limits is None:
        known = ", ".join(RESOURCE_TYPES)
        raise CheckRequestError(f"`{resource_type}` is no type of resource that is checked: write one of {known}")
    document = parse(policy)
    for statement in document.statements:
        if statement.principal is None:
            raise CheckRequestError(
                f"statement {statement.index + 1} has no Principal: the check is about resource-based policies"
            )
    difference = new_access(
        PolicySet(resource=_of_fixed_callers(document, limits)), PolicySet(resource=document), facts
    )
    if not difference.findings:
        demand_proof(difference)
        return CheckAnswer("PASS", "The resource policy does not grant public access for the given resource type.")
    return CheckAnswer(
        "FAIL",
        "The resource policy grants public access for the given resource type.",
        reasons("Public access granted in the following statement", difference),
    )


def _of_fixed_callers(document: PolicyDocument, limits: Limits) -> PolicyDocument:
    """A policy that allows everything to whoever the document names, in a principal or in a condition; no one else."""
    everything: dict[str, object] = {"Action": "*", "Resource": "*"}
    statements: list[dict[str, object]] = []
    named = _named(document)
    if named:
        statements.append({"Effect": "Allow", "Principal": named, **everything})
    anybody: dict[str, object] = {"Effect": "Allow", "Principal": "*", **everything}
    statements += ({**anybody, "Condition": condition} for condition in _conditions(document, limits))
    nobody: dict[str, object] = {"Effect": "Deny", "Principal": "*", **everything}
    return parse({"Version": "2012-10-17", "Statement": statements or [nobody]})


def _named(document: PolicyDocument) -> dict[str, list[str]]:
    """The principals that the policy names. A provider of web identities (accounts.google.com) is none: whoever has an
    account there is let in by it, as S3's page says of graph.facebook.com."""
    found: dict[str, dict[str, None]] = {}
    for statement in document.statements:
        for kind, text in statement.principal.entries if statement.principal else ():
            if text != "*" and (kind != "Federated" or text.startswith("arn:")):
                found.setdefault(kind, {})[text] = None
    return {kind: list(texts) for kind, texts in found.items()}


def _conditions(document: PolicyDocument, limits: Limits) -> Iterator[dict[str, dict[str, list[str]]]]:
    """Conditions that hold for fixed callers: one for each way of comparing a key in the policy."""
    wanted: dict[tuple[str, str], dict[str, None]] = {}
    for statement in document.statements:
        for entry in statement.conditions:
            operator = operators.operator(entry.operator)
            if operator is None:
                continue
            for comparison, values in _fixed(entry, operator, limits, variables=document.has_variables):
                wanted.setdefault((comparison, entry.key.lower()), {}).update(dict.fromkeys(values))
    for (comparison, key), listed in wanted.items():
        if listed:
            yield {comparison: {key: list(listed)}}


def _fixed(
    entry: ConditionEntry, operator: Operator, limits: Limits, *, variables: bool
) -> Iterator[tuple[str, Iterable[str]]]:
    """How the fixed values among a condition's are compared, whatever the condition makes of them."""
    key, values = entry.key.lower(), [one for one in entry.values if not (variables and has_variables(one))]
    if key in limits.flags:
        yield "Bool", ["true"]
    elif key == "aws:sourceip" and limits.addresses and operator.family == "IpAddress":
        yield "IpAddress", [one for one in values if _is_narrow(one)]
    elif key == "s3:dataaccesspointarn" and limits.access_points and operator.family in ("String", "Arn"):
        yield "ArnLike", [one for one in values if _is_fixed(one.rpartition(":")[0])]
    elif key in limits.keys and operator.family in ("String", "Arn"):
        comparison = "StringEqualsIgnoreCase" if operator.base.endswith("IgnoreCase") else "StringEquals"
        quantifier = "ForAnyValue:" if key in _SEVERAL else ""
        fixed = [one for one in values if _is_fixed(one)]
        if key == _USER_ID and not limits.role_sessions:
            fixed = [one for one in fixed if not one.startswith("AROA")]
        yield quantifier + comparison, fixed


def _is_fixed(value: str) -> bool:
    return is_literal(pieces_of(value))


def _is_narrow(block: str) -> bool:
    network = operators.network(block)
    if not isinstance(network, ipaddress.IPv4Network | ipaddress.IPv6Network):
        return False
    return network.prefixlen >= _WIDEST[network.version]
