"""The condition keys that every service has.

IAM User Guide: reference_policies_condition-keys.html, read in November 2026; the order is the page's. The keys of
other services that the page lists too (`ec2:RoleDelivery`, `lambda:SourceFunctionArn`, ...) come with the credentials
of a session, so they are there whichever service is called.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from launchrole.policy.reference import ConditionKey

_SINGLE, _MANY = False, True

_PRINCIPAL = (
    ("aws:PrincipalArn", "ARN", _SINGLE),
    ("aws:PrincipalAccount", "String", _SINGLE),
    ("aws:PrincipalOrgPaths", "String", _MANY),
    ("aws:PrincipalOrgID", "String", _SINGLE),
    ("aws:PrincipalTag/${TagKey}", "String", _SINGLE),
    ("aws:PrincipalIsAWSService", "Bool", _SINGLE),
    ("aws:PrincipalServiceName", "String", _SINGLE),
    ("aws:PrincipalServiceNamesList", "String", _MANY),
    ("aws:PrincipalType", "String", _SINGLE),
    ("aws:userid", "String", _SINGLE),
    ("aws:username", "String", _SINGLE),
)
_SESSION = (
    ("aws:AssumedRoot", None, _SINGLE),  # its data type was not found on the page as read
    ("aws:FederatedProvider", "String", _SINGLE),
    ("aws:TokenIssueTime", "Date", _SINGLE),
    ("aws:SignInSessionArn", "ARN", _SINGLE),
    ("aws:MultiFactorAuthAge", "Numeric", _SINGLE),
    ("aws:MultiFactorAuthPresent", "Bool", _SINGLE),
    ("aws:ChatbotSourceArn", "ARN", _SINGLE),
    ("aws:Ec2InstanceSourceVpc", "String", _SINGLE),
    ("aws:Ec2InstanceSourcePrivateIPv4", "IPAddress", _SINGLE),
    ("aws:SourceIdentity", "String", _SINGLE),
)
_NETWORK = (
    ("aws:SourceIp", "IPAddress", _SINGLE),
    ("aws:SourceVpc", "String", _SINGLE),
    ("aws:SourceVpcArn", "ARN", _SINGLE),
    ("aws:SourceVpce", "String", _SINGLE),
    ("aws:VpceAccount", "String", _SINGLE),
    ("aws:VpceOrgID", "String", _SINGLE),
    ("aws:VpceOrgPaths", "String", _MANY),
    ("aws:VpcSourceIp", "IPAddress", _SINGLE),
)
_RESOURCE = (
    ("aws:ResourceAccount", "String", _SINGLE),
    ("aws:ResourceOrgID", "String", _SINGLE),
    ("aws:ResourceOrgPaths", "String", _MANY),
    ("aws:ResourceTag/${TagKey}", "String", _SINGLE),
)
_REQUEST = (
    ("aws:CalledVia", "String", _MANY),
    ("aws:CalledViaFirst", "String", _SINGLE),
    ("aws:CalledViaLast", "String", _SINGLE),
    ("aws:CalledViaAWSMCP", "String", _SINGLE),
    ("aws:ViaAWSService", "Bool", _SINGLE),
    ("aws:ViaAWSMCPService", "Bool", _SINGLE),
    ("aws:CurrentTime", "Date", _SINGLE),
    ("aws:EpochTime", "Date", _SINGLE),  # works with numeric operators too
    ("aws:referer", "String", _SINGLE),
    ("aws:RequestedRegion", "String", _SINGLE),
    ("aws:RequestTag/${TagKey}", "String", _SINGLE),
    ("aws:TagKeys", "String", _MANY),
    ("aws:SecureTransport", "Bool", _SINGLE),
    ("aws:SourceAccount", "String", _SINGLE),
    ("aws:SourceArn", "ARN", _SINGLE),
    ("aws:SourceOrgID", "String", _SINGLE),
    ("aws:SourceOrgPaths", "String", _MANY),
    ("aws:UserAgent", "String", _SINGLE),
    ("aws:IsMcpServiceAction", "Bool", _SINGLE),
)

# The types stand in the services' own tables; codebuild's and glue's are read off the names and the examples.
_CROSS_SERVICE = (
    ("ec2:RoleDelivery", "Numeric", _SINGLE),
    ("ec2:SourceInstanceArn", "ARN", _SINGLE),
    ("glue:RoleAssumedBy", "String", _SINGLE),
    ("glue:CredentialIssuingService", "String", _SINGLE),
    ("codebuild:BuildArn", "ARN", _SINGLE),
    ("codebuild:ProjectArn", "ARN", _SINGLE),
    ("lambda:SourceFunctionArn", "ARN", _SINGLE),
    ("ssm:SourceInstanceArn", "ARN", _SINGLE),
    ("identitystore:UserId", "String", _SINGLE),
)

# Not on the page; the AWS managed policy AWSSSOServiceRolePolicy has it.
_UNDOCUMENTED = (("aws:PrincipalOrgMasterAccountId", None, _SINGLE),)

_TABLE = (*_PRINCIPAL, *_SESSION, *_NETWORK, *_RESOURCE, *_REQUEST, *_CROSS_SERVICE, *_UNDOCUMENTED)

GLOBAL_KEYS: Mapping[str, ConditionKey] = MappingProxyType(
    {name.lower(): ConditionKey(name, kind, many) for name, kind, many in _TABLE}
)
"""By the key's name in lower case; a name may hold the placeholder `${TagKey}`."""
