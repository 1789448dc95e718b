"""The types of policies that take part in a decision.

IAM User Guide: access_policies.html (types), reference_policies_evaluation-logic_policy-eval-denyallow.html (order),
troubleshoot_access-denied.html (what a denied caller reads).
"""

from __future__ import annotations

import enum


class PolicyType(enum.Enum):
    """A type of policy; the value is AWS' name of it in an AccessDenied message."""

    RCP = "resource control policy"
    SCP = "service control policy"
    TRUST = "role trust policy"
    RESOURCE = "resource-based policy"
    IDENTITY = "identity-based policy"
    BOUNDARY = "permissions boundary"
    SESSION = "session policy"
    VPC_ENDPOINT = "VPC endpoint policy"

    @property
    def with_article(self) -> str:
        """As it stands after `with an explicit deny in`."""
        article = "the" if self is PolicyType.TRUST else "an" if self is PolicyType.IDENTITY else "a"
        return f"{article} {self.value}"


# AWS Organizations User Guide: orgs_manage_policies_rcps.html, "List of AWS services that support RCPs".
RCP_SERVICES = frozenset(
    [
        "aoss",
        "appconfig",
        "appstream",
        "autoscaling",
        "autoscaling-plans",
        "budgets",
        "clouddirectory",
        "cloudfront",
        "cloudsearch",
        "cloudtrail-data",
        "codeartifact",
        "codebuild",
        "codecommit",
        "codepipeline",
        "cognito-identity",
        "cognito-idp",
        "comprehend",
        "comprehendmedical",
        "compute-optimizer",
        "cost-optimization-hub",
        "dax",
        "dsql",
        "dynamodb",
        "ecr",
        "ecr-public",
        "events",
        "firehose",
        "fis",
        "fms",
        "gamelift",
        "health",
        "inspector-scan",
        "kendra",
        "kinesisvideo",
        "kms",
        "logs",
        "memorydb",
        "networkmonitor",
        "notifications",
        "opensearch",
        "pca-connector-ad",
        "personalize",
        "polly",
        "pricing",
        "resource-groups",
        "rolesanywhere",
        "s3",
        "secretsmanager",
        "servicediscovery",
        "signin",
        "sqs",
        "sts",
        "support",
        "swf",
        "textract",
        "timestream-influxdb",
        "transcribe",
        "transfer",
        "translate",
        "wafv2",
        "workspaces",
        "xray",
    ]
)

# The same page, "Resources and entities not restricted by RCPs".
RCP_EXEMPT_ACTIONS = frozenset({"kms:retiregrant"})

# STS API Reference: API_GetCallerIdentity.html: no permission is needed, and a Deny does not hinder it.
ALWAYS_ALLOWED_ACTIONS = frozenset({"sts:getcalleridentity"})

# S3 API Reference: API_GetBucketPolicy.html, API_PutBucketPolicy.html, API_DeleteBucketPolicy.html: the root user of
# the bucket owner's account can perform them even if the bucket policy denies it, so that nobody is locked out.
S3_ROOT_ACTIONS = frozenset({"s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy"})

# IAM User Guide: reference_policies_evaluation-logic_policy-eval-denyallow.html: a role's trust policy must allow
# explicitly. STS API Reference: the operations that it guards.
TRUST_ACTIONS = frozenset(
    {
        "sts:assumerole",
        "sts:assumerolewithsaml",
        "sts:assumerolewithwebidentity",
        "sts:setsourceidentity",
        "sts:setcontext",
        "sts:tagsession",
    }
)


def rcp_applies(action: str, resource: str) -> bool:
    """Whether resource control policies take part in an action (in lower case) on a resource.

    They concern actions of some services on some resource, and no service-linked role's trust policy.
    """
    return (
        action.partition(":")[0] in RCP_SERVICES
        and action not in RCP_EXEMPT_ACTIONS
        and resource != "*"
        and ":role/aws-service-role/" not in resource
    )


def required_resource_policy(action: str, resource: str) -> PolicyType | None:
    """The type of the resource's own policy where it must allow: a role's trust policy, a KMS key's policy.

    `action` in lower case. KMS Developer Guide: key-policies.html (no principal, not even root, has access to a key
    unless its policy gives it); actions on no key at all (kms:CreateKey, kms:ListKeys) have no key policy to ask, nor
    have those on a key that is only coming into being (`key/*`: kms:TagResource of kms:CreateKey must be in an IAM
    policy, KMS API Reference: API_CreateKey.html), and sts:SetContext on `arn:aws:sts::123456789012:self` no trust
    policy.
    """
    if action in TRUST_ACTIONS and ":role/" in resource:
        return PolicyType.TRUST
    if action.startswith("kms:") and ":key/" in resource and not resource.endswith(":key/*"):
        return PolicyType.RESOURCE
    return None


def may_require_resource_policy(action: str) -> bool:
    """Whether `required_resource_policy` can be other than None for an action (in lower case)."""
    return action in TRUST_ACTIONS or action.startswith("kms:")
