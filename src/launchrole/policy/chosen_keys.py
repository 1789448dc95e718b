"""Which context keys a caller chooses: a repair may change those, and no others.

The global keys stand on one page, IAM User Guide: reference_policies_condition-keys.html, with a section for each;
rows without a page come from there. What the table does not name is chosen with the request or with the resource:
aws:RequestTag/*, aws:TagKeys, aws:ResourceTag/*, iam:PassedToService, sts:ExternalId, s3:x-amz-acl and their like.
"""

from __future__ import annotations

from dataclasses import dataclass

GLOBAL_KEYS = "IAM User Guide: reference_policies_condition-keys.html"


@dataclass(frozen=True, slots=True)
class GivenKey:
    """A key (in lower case; one that ends in `*` stands for all that begin so) that no caller chooses, and why."""

    key: str
    reason: str
    page: str = GLOBAL_KEYS


_WHO = "it says who calls"
_SESSION = "it was settled when the session began"
_NETWORK = "it says where the call comes from"
_CLOCK = "it is the time of the call"
_SERVICE = "AWS services set it, not their callers"
_OWNER = "it says who owns the resource"
_IDENTITY_PROVIDER = "the identity provider vouches for it"

GIVEN_KEYS: tuple[GivenKey, ...] = (
    GivenKey("aws:principalarn", _WHO),
    GivenKey("aws:principalaccount", _WHO),
    GivenKey("aws:principalorgid", _WHO),
    GivenKey("aws:principalorgpaths", _WHO),
    GivenKey("aws:principaltag/*", _WHO),
    GivenKey("aws:principaltype", _WHO),
    GivenKey("aws:principalisawsservice", _WHO),
    GivenKey("aws:principalservicename", _WHO),
    GivenKey("aws:principalservicenameslist", _WHO),
    GivenKey("aws:userid", _WHO),
    GivenKey("aws:username", _WHO),
    GivenKey("aws:assumedroot", _SESSION),
    GivenKey("aws:federatedprovider", _SESSION),
    GivenKey("aws:multifactorauthage", _SESSION),
    GivenKey("aws:multifactorauthpresent", _SESSION),
    GivenKey("aws:sourceidentity", _SESSION),
    GivenKey("aws:tokenissuetime", _SESSION),
    GivenKey("aws:chatbotsourcearn", _SESSION),
    GivenKey("aws:ec2instancesourcevpc", _SESSION),
    GivenKey("aws:ec2instancesourceprivateipv4", _SESSION),
    GivenKey("ec2:roledelivery", _SESSION),
    GivenKey("ec2:sourceinstancearn", _SESSION),
    GivenKey("glue:roleassumedby", _SESSION),
    GivenKey("glue:credentialissuingservice", _SESSION),
    GivenKey("lambda:sourcefunctionarn", _SESSION),
    GivenKey("ssm:sourceinstancearn", _SESSION),
    GivenKey("identitystore:userid", _SESSION),
    GivenKey("aws:sourceip", _NETWORK),
    GivenKey("aws:sourcevpc", _NETWORK),
    GivenKey("aws:sourcevpcarn", _NETWORK),
    GivenKey("aws:sourcevpce", _NETWORK),
    GivenKey("aws:vpceaccount", _NETWORK),
    GivenKey("aws:vpceorgid", _NETWORK),
    GivenKey("aws:vpceorgpaths", _NETWORK),
    GivenKey("aws:vpcsourceip", _NETWORK),
    GivenKey("aws:securetransport", "it says how the call traveled"),
    GivenKey("aws:useragent", "it names the caller's software"),
    GivenKey("aws:referer", "it is a header of the browser's"),
    GivenKey("aws:currenttime", _CLOCK),
    GivenKey("aws:epochtime", _CLOCK),
    GivenKey("aws:requestedregion", "another region means another resource"),
    GivenKey("aws:calledvia", _SERVICE),
    GivenKey("aws:calledviafirst", _SERVICE),
    GivenKey("aws:calledvialast", _SERVICE),
    GivenKey("aws:viaawsservice", _SERVICE),
    GivenKey("aws:sourcearn", _SERVICE),
    GivenKey("aws:sourceaccount", _SERVICE),
    GivenKey("aws:sourceorgid", _SERVICE),
    GivenKey("aws:sourceorgpaths", _SERVICE),
    GivenKey("aws:resourceaccount", _OWNER),
    GivenKey("aws:resourceorgid", _OWNER),
    GivenKey("aws:resourceorgpaths", _OWNER),
    GivenKey(
        "ec2:createaction",
        "it names the operation that a tag comes with",
        "Service Authorization Reference: list_amazonec2.html",
    ),
    GivenKey("kms:calleraccount", _WHO, "KMS Developer Guide: conditions-kms.html"),
    GivenKey("kms:viaservice", _SERVICE, "KMS Developer Guide: conditions-kms.html"),
    GivenKey("s3:resourceaccount", _OWNER, "Service Authorization Reference: list_amazons3.html"),
    GivenKey("s3:tlsversion", "it says how the call traveled", "Service Authorization Reference: list_amazons3.html"),
    GivenKey("saml:*", _IDENTITY_PROVIDER, "IAM User Guide: reference_policies_iam-condition-keys.html"),
)

_BY_KEY = {row.key: row for row in GIVEN_KEYS if not row.key.endswith("*")}
_BY_START = tuple((row.key[:-1], row) for row in GIVEN_KEYS if row.key.endswith("*"))

# IAM User Guide: reference_policies_iam-condition-keys.html: keys of web identity are `host:claim`, the host being the
# provider's (accounts.google.com:aud); no service's prefix holds a dot.
_CLAIM = GivenKey("(host):*", _IDENTITY_PROVIDER, "IAM User Guide: reference_policies_iam-condition-keys.html")


def given_key(key: str) -> GivenKey | None:
    """The row of a key that no caller chooses; None for a key that a caller does choose. Case does not matter."""
    lowered = key.lower()
    row = _BY_KEY.get(lowered)
    if row is not None:
        return row
    row = next((row for start, row in _BY_START if lowered.startswith(start)), None)
    if row is None and "." in lowered.partition(":")[0]:
        return _CLAIM
    return row
