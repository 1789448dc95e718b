"""Corrections to the service authorization reference: what it lacks or has wrong, and why we think so.

The data itself is never edited; a row here is applied when a service is read. A test fails for a row that has nothing
left to correct.
"""

from __future__ import annotations

from typing import NamedTuple


class RenamedKey(NamedTuple):
    """A condition key whose placeholder the reference writes as text."""

    service: str
    written: str
    meant: str
    reason: str


class UntypedKey(NamedTuple):
    """A condition key about whose type or number of values AWS' pages and AWS' policies disagree: it is unknown."""

    service: str
    name: str
    reason: str


class SharedPrefix(NamedTuple):
    """A prefix that several of AWS' pages describe, of which the reference keeps the last page's rows of an action.

    An action that takes resources may therefore take any of the prefix's resource types.
    """

    service: str
    reason: str


class FurtherResource(NamedTuple):
    """A resource that AWS authorizes an action on, by its own AccessDenied messages, though its page names none."""

    service: str
    action: str
    type: str
    arn: str
    reason: str
    source: str


_TAG = "the page of the service shows it with a tag's key behind the slash"

RENAMED_KEYS: tuple[RenamedKey, ...] = (
    RenamedKey("secretsmanager", "secretsmanager:ResourceTag/tag-key", "secretsmanager:ResourceTag/${TagKey}", _TAG),
    RenamedKey("ssm", "ssm:resourceTag/tag-key", "ssm:resourceTag/${TagKey}", _TAG),
    RenamedKey("glacier", "glacier:ResourceTag/", "glacier:ResourceTag/${TagKey}", _TAG),
    RenamedKey("sagemaker", "sagemaker:ResourceTag/", "sagemaker:ResourceTag/${TagKey}", _TAG),
    RenamedKey(
        "elasticloadbalancing",
        "elasticloadbalancing:ResourceTag/",
        "elasticloadbalancing:ResourceTag/${TagKey}",
        _TAG,
    ),
)

UNTYPED_KEYS: tuple[UntypedKey, ...] = (
    UntypedKey(
        "events",
        "events:detail-type",
        "ArrayOfString, but one text in PutRule; AWSAuditManagerAdministratorAccess compares it without a quantifier",
    ),
    UntypedKey("events", "events:source", "as events:detail-type"),
    UntypedKey(
        "sts",
        "cognito-identity.amazonaws.com:amr",
        "String, but the trust policies that Amazon Cognito's Developer Guide shows compare it with ForAnyValue",
    ),
)

FURTHER_RESOURCES: tuple[FurtherResource, ...] = (
    FurtherResource(
        "logs",
        "DescribeLogGroups",
        "every-log-group",
        "arn:${Partition}:logs:${Region}:${Account}:log-group::log-stream:",
        "callers read that they may not perform it on resource `...:log-group::log-stream:`",
        "https://github.com/hashicorp/terraform-provider-aws/issues/8804",
    ),
    FurtherResource(
        "elasticmapreduce",
        "RunJobFlow",
        "new-cluster",
        "arn:${Partition}:elasticmapreduce:${Region}:${Account}:cluster/*",
        "callers have read that they may not perform it on resource `...:cluster/*`",
        "https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-troubleshoot-error-runtime.html",
    ),
    FurtherResource(
        "glue",
        "CreateCrawler",
        "crawler",
        "arn:${Partition}:glue:${Region}:${Account}:crawler/${CrawlerName}",
        "the launch role's policy allows it on `crawler/sagemaker-*` in every version, and callers have read that they "
        "may not perform it on resource `...:crawler/NAME`",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/security-iam-awsmanpol-sc.html",
    ),
    FurtherResource(
        "s3",
        "ListAllMyBuckets",
        "every-bucket",
        "arn:${Partition}:s3:::",
        "callers have read that they may not perform it on resource `arn:aws:s3:::`, newer ones on `*`; IAM's examples "
        "and 19 AWS managed policies allow it on `arn:aws:s3:::*`",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-policies-s3.html",
    ),
)

SHARED_PREFIXES: tuple[SharedPrefix, ...] = (
    SharedPrefix("apigateway", "pages for API Gateway Management and API Gateway Management V2"),
    SharedPrefix("aws-marketplace", "a page for each part of AWS Marketplace"),
    SharedPrefix("elasticloadbalancing", "pages for Elastic Load Balancing and Elastic Load Balancing V2"),
    SharedPrefix("greengrass", "pages for IoT Greengrass and IoT Greengrass V2"),
    SharedPrefix("kinesisanalytics", "pages for Kinesis Analytics and Kinesis Analytics V2"),
    SharedPrefix("lex", "pages for Lex and Lex V2"),
    SharedPrefix("ses", "pages for SES, SES v2, SES Mail Manager and Pinpoint Email Service"),
)
