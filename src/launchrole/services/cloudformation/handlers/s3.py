"""Buckets: one call for each property that has a part of the API to itself.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from launchrole.account.errors import ServiceError
from launchrole.services.cloudformation.handlers import shapes
from launchrole.services.cloudformation.handlers.action import Action, Failed, Resource
from launchrole.services.cloudformation.handlers.handler import Handler, PossibleCall, calls_of
from launchrole.services.cloudformation.handlers.registry import handles
from launchrole.services.cloudformation.intrinsics import as_text

Properties = Mapping[str, Any]

_DASHED = frozenset(
    {
        "us-east-1",
        "us-west-1",
        "us-west-2",
        "eu-west-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "ap-northeast-1",
        "sa-east-1",
        "us-gov-west-1",
    }
)
"""Regions whose website endpoints are `s3-website-REGION`.
https://docs.aws.amazon.com/general/latest/gr/s3.html#s3_website_region_endpoints"""


@handles("AWS::S3::Bucket")
class Bucket(Handler):
    wraps_tagging_errors = True
    exceptions: Mapping[str, str] = {
        "s3:PutBucketAcl": "S3 asks for it where a bucket is created with an ACL "
        "(https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html)"
    }

    def calls(self) -> Mapping[str, tuple[PossibleCall, ...]]:
        puts = [one.put for one in _SETTINGS.values()] + ["PutBucketTagging"]
        removes = [one.remove for one in _SETTINGS.values() if one.remove is not None] + ["DeleteBucketTagging"]
        return {
            "create": calls_of("s3", "CreateBucket", *puts),
            "update": calls_of("s3", "PutBucketAcl", *puts, *removes),
            "delete": calls_of("s3", "DeleteBucket"),
        }

    def create(self, action: Action, properties: Properties) -> None:
        name = properties.get("BucketName") or action.generated_name(63, lower=True)
        params: dict[str, Any] = {"Bucket": name}
        if action.stack.region != "us-east-1":
            params["CreateBucketConfiguration"] = {"LocationConstraint": action.stack.region}
        if properties.get("AccessControl"):
            params["ACL"] = _canned(properties["AccessControl"])
        if as_text(properties.get("ObjectLockEnabled", False)) == "true":
            params["ObjectLockEnabledForBucket"] = True
        ownership = (properties.get("OwnershipControls") or {}).get("Rules") or ()
        if properties.get("AccessControl") and ownership:
            params["ObjectOwnership"] = ownership[0].get("ObjectOwnership")
        action.call("s3", "CreateBucket", params)
        action.created(name, **_attributes(action, name))
        for key, setting in _SETTINGS.items():
            if properties.get(key):
                action.call("s3", setting.put, {"Bucket": name, **setting.params(properties[key], action, name)})
        if action.tags:
            _tag(action, name)

    def update(self, action: Action, old: Resource, properties: Properties, changed: frozenset[str]) -> None:
        name = old.physical_id
        if "AccessControl" in changed and properties.get("AccessControl"):
            action.call("s3", "PutBucketAcl", {"Bucket": name, "ACL": _canned(properties["AccessControl"])})
        for key, setting in _SETTINGS.items():
            if key not in changed:
                continue
            if properties.get(key):
                action.call("s3", setting.put, {"Bucket": name, **setting.params(properties[key], action, name)})
            elif setting.remove is not None:
                action.call("s3", setting.remove, {"Bucket": name})
            else:
                action.call("s3", setting.put, {"Bucket": name, **setting.params({}, action, name)})
        if "Tags" in changed:
            if action.tags:
                _tag(action, name)
            else:
                action.call("s3", "DeleteBucketTagging", {"Bucket": name})
        action.created(name, **_attributes(action, name))

    def delete(self, action: Action, old: Resource) -> None:
        try:
            action.call("s3", "DeleteBucket", {"Bucket": old.physical_id})
        except ServiceError as problem:
            if problem.code != "NoSuchBucket":
                raise


def _tag(action: Action, name: str) -> None:
    tags = [{"Key": key, "Value": value} for key, value in action.tags.items()]
    action.call("s3", "PutBucketTagging", {"Bucket": name, "Tagging": {"TagSet": tags}})


def _attributes(action: Action, name: str) -> dict[str, Any]:
    stack = action.stack
    website = "-" if stack.region in _DASHED else "."
    return {
        "Arn": f"arn:{stack.partition}:s3:::{name}",
        "BucketName": name,
        "DomainName": f"{name}.s3.amazonaws.com",
        "DualStackDomainName": f"{name}.s3.dualstack.{stack.region}.amazonaws.com",
        "RegionalDomainName": f"{name}.s3.{stack.region}.amazonaws.com",
        "WebsiteURL": f"http://{name}.s3-website{website}{stack.region}.amazonaws.com",
    }


def _canned(value: Any) -> str:
    """`LogDeliveryWrite` as the API writes it: `log-delivery-write`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", str(value)).lower()


class Setting:
    """A property, the call that sets it and the one that takes it away (None: setting it to nothing does)."""

    def __init__(self, put: str, member: str, change: Callable[[Any, Action, str], Any], remove: str | None) -> None:
        self.put = put
        self.member = member
        self.remove = remove
        self._change = change

    def params(self, value: Any, action: Action, bucket: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Failed(f"Value of property {self.member} must be an object")
        shape = shapes.input_shape("s3", self.put).members[self.member]
        try:
            return {self.member: shapes.fitted(self._change(value, action, bucket), shape, _RENAMED, "")}
        except shapes.NoMember as problem:
            raise Failed(f"Encountered unsupported property {problem.name}") from None
        except shapes.Unfit as problem:
            raise Failed(f"Value of property {problem.place} must be {problem.wanted}") from None


_RENAMED = {
    "*.ExposedHeaders": "ExposeHeaders",
    "*.MaxAge": "MaxAgeSeconds",
    "*.Id": "ID",
    "*.ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault",
}


def _as_it_is(value: Any, _action: Action, _bucket: str) -> Any:
    return value


def _encryption(value: Any, _action: Action, _bucket: str) -> Any:
    return {"Rules": value.get("ServerSideEncryptionConfiguration", [])}


def _logging(value: Any, _action: Action, bucket: str) -> Any:
    if not value:
        return {}
    enabled = {
        "TargetBucket": value.get("DestinationBucketName", bucket),
        "TargetPrefix": value.get("LogFilePrefix", ""),
    }
    if "TargetObjectKeyFormat" in value:
        enabled["TargetObjectKeyFormat"] = value["TargetObjectKeyFormat"]
    return {"LoggingEnabled": enabled}


def _versioning(value: Any, _action: Action, _bucket: str) -> Any:
    return {"Status": value.get("Status", "Suspended")} if value else {"Status": "Suspended"}


def _notification(value: Any, _action: Action, _bucket: str) -> Any:
    found: dict[str, Any] = {}
    kinds = (
        ("LambdaConfigurations", "LambdaFunctionConfigurations", "Function", "LambdaFunctionArn"),
        ("QueueConfigurations", "QueueConfigurations", "Queue", "QueueArn"),
        ("TopicConfigurations", "TopicConfigurations", "Topic", "TopicArn"),
    )
    for key, member, target, arn in kinds:
        if value.get(key):
            found[member] = [_one_notification(one, target, arn) for one in value[key]]
    if value.get("EventBridgeConfiguration"):
        found["EventBridgeConfiguration"] = {}
    return found


def _one_notification(one: Mapping[str, Any], target: str, arn: str) -> dict[str, Any]:
    made: dict[str, Any] = {arn: one[target], "Events": [one["Event"]]}
    if "Filter" in one:
        rules = (one["Filter"].get("S3Key") or {}).get("Rules") or []
        made["Filter"] = {"Key": {"FilterRules": rules}}
    return made


def _cors(value: Any, _action: Action, _bucket: str) -> Any:
    return {
        "CORSRules": [
            {("ID" if key == "Id" else key): each for key, each in rule.items()} for rule in value.get("CorsRules", [])
        ]
    }


def _lifecycle(value: Any, _action: Action, _bucket: str) -> Any:
    return {"Rules": [_lifecycle_rule(one) for one in value.get("Rules", [])]}


def _lifecycle_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A lifecycle rule in the API's words; the template has older forms for some of them."""
    made: dict[str, Any] = {"Status": rule.get("Status", "Enabled")}
    if "Id" in rule:
        made["ID"] = rule["Id"]
    parts: dict[str, Any] = {}
    if "TagFilters" in rule:
        parts["Tags"] = rule["TagFilters"]
    for key in ("ObjectSizeGreaterThan", "ObjectSizeLessThan"):
        if key in rule:
            parts[key] = rule[key]
    prefix = rule.get("Prefix", "")
    made["Filter"] = {"And": {"Prefix": prefix, **parts}} if parts else {"Prefix": prefix}
    expiration: dict[str, Any] = {}
    for key, member in (("ExpirationInDays", "Days"), ("ExpirationDate", "Date"), ("ExpiredObjectDeleteMarker",) * 2):
        if key in rule:
            expiration[member] = rule[key]
    if expiration:
        made["Expiration"] = expiration
    if "NoncurrentVersionExpirationInDays" in rule:
        made["NoncurrentVersionExpiration"] = {"NoncurrentDays": rule["NoncurrentVersionExpirationInDays"]}
    if "NoncurrentVersionExpiration" in rule:
        made["NoncurrentVersionExpiration"] = rule["NoncurrentVersionExpiration"]
    transitions = [*rule.get("Transitions", ()), *([rule["Transition"]] if "Transition" in rule else ())]
    if transitions:
        names = {"TransitionInDays": "Days", "TransitionDate": "Date"}
        made["Transitions"] = [{names.get(key, key): each for key, each in one.items()} for one in transitions]
    noncurrent = [
        *rule.get("NoncurrentVersionTransitions", ()),
        *([rule["NoncurrentVersionTransition"]] if "NoncurrentVersionTransition" in rule else ()),
    ]
    if noncurrent:
        names = {"TransitionInDays": "NoncurrentDays"}
        made["NoncurrentVersionTransitions"] = [
            {names.get(key, key): each for key, each in one.items()} for one in noncurrent
        ]
    if "AbortIncompleteMultipartUpload" in rule:
        made["AbortIncompleteMultipartUpload"] = rule["AbortIncompleteMultipartUpload"]
    return made


def _website(value: Any, _action: Action, _bucket: str) -> Any:
    made: dict[str, Any] = {}
    if "IndexDocument" in value:
        made["IndexDocument"] = {"Suffix": value["IndexDocument"]}
    if "ErrorDocument" in value:
        made["ErrorDocument"] = {"Key": value["ErrorDocument"]}
    if "RedirectAllRequestsTo" in value:
        made["RedirectAllRequestsTo"] = value["RedirectAllRequestsTo"]
    if "RoutingRules" in value:
        made["RoutingRules"] = [
            {("Condition" if key == "RoutingRuleCondition" else "Redirect"): each for key, each in rule.items()}
            for rule in value["RoutingRules"]
        ]
    return made


_SETTINGS: Mapping[str, Setting] = {
    "BucketEncryption": Setting(
        "PutBucketEncryption", "ServerSideEncryptionConfiguration", _encryption, "DeleteBucketEncryption"
    ),
    "PublicAccessBlockConfiguration": Setting(
        "PutPublicAccessBlock", "PublicAccessBlockConfiguration", _as_it_is, "DeletePublicAccessBlock"
    ),
    "OwnershipControls": Setting(
        "PutBucketOwnershipControls", "OwnershipControls", _as_it_is, "DeleteBucketOwnershipControls"
    ),
    "VersioningConfiguration": Setting("PutBucketVersioning", "VersioningConfiguration", _versioning, None),
    "LifecycleConfiguration": Setting(
        "PutBucketLifecycleConfiguration", "LifecycleConfiguration", _lifecycle, "DeleteBucketLifecycle"
    ),
    "CorsConfiguration": Setting("PutBucketCors", "CORSConfiguration", _cors, "DeleteBucketCors"),
    "LoggingConfiguration": Setting("PutBucketLogging", "BucketLoggingStatus", _logging, None),
    "WebsiteConfiguration": Setting("PutBucketWebsite", "WebsiteConfiguration", _website, "DeleteBucketWebsite"),
    "NotificationConfiguration": Setting(
        "PutBucketNotificationConfiguration", "NotificationConfiguration", _notification, None
    ),
    "ReplicationConfiguration": Setting(
        "PutBucketReplication", "ReplicationConfiguration", _as_it_is, "DeleteBucketReplication"
    ),
    "AccelerateConfiguration": Setting(
        "PutBucketAccelerateConfiguration",
        "AccelerateConfiguration",
        lambda value, _a, _b: {"Status": value.get("AccelerationStatus", "Suspended")},
        None,
    ),
    "ObjectLockConfiguration": Setting("PutObjectLockConfiguration", "ObjectLockConfiguration", _as_it_is, None),
}
