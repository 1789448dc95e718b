"""Look-ups that templates name, `{KeyId|kms_key}`: from what a request says to what an ARN needs.

Each takes the value of the request and gives a text; where the account knows nothing of it, the text that AWS would put
into a denial for something that does not exist.
"""

from __future__ import annotations

import json
import re
import sqlite3
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from launchrole.account import moto_services
from launchrole.account.directory import Directory
from launchrole.account.rows import Rows
from launchrole.facts.template import Lookup


class Goes(Protocol):
    """Where a call goes, and the ARN of who makes it."""

    @property
    def partition(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def account(self) -> str: ...
    @property
    def caller(self) -> str: ...


LookupFunction = Callable[["Lookups", Goes, str], str]


@dataclass
class Lookups:
    """The look-ups by their names. Services of our own add theirs (`stack_id`)."""

    directory: Directory
    connection: sqlite3.Connection
    further: dict[str, LookupFunction]

    def rows(self, service: str, place: Goes) -> Rows:
        """The rows of a service of our own, where a call goes."""
        return Rows(self.connection, place.account, place.region, service)

    def at(self, place: Goes) -> Lookup:
        """The look-up function for a call that goes to a place."""

        def lookup(name: str, value: str) -> str:
            return (self.further.get(name) or _LOOKUPS[name])(self, place, value)

        return lookup


def known() -> frozenset[str]:
    """The names of the look-ups here."""
    return frozenset(_LOOKUPS)


def _named(kind: str, folder: str) -> LookupFunction:
    """A look-up of an IAM resource: an ARN stays, a name gets its path."""

    def found(lookups: Lookups, place: Goes, value: str) -> str:
        if value.startswith("arn:"):
            return value
        arn = lookups.directory.named(place.account, kind, value)
        return arn or f"arn:{place.partition}:iam::{place.account}:{folder}/{value}"

    return found


def _kms_key(_lookups: Lookups, place: Goes, value: str) -> str:
    """A key's ARN from its id, its ARN, an alias or an alias' ARN."""
    start = f"arn:{place.partition}:kms:{place.region}:{place.account}:"
    name = value.removeprefix(start) if value.startswith(start) else value
    if name.startswith("arn:"):
        return name
    if name.startswith("alias/"):
        backend = moto_services.backend("kms", place.account, place.region)
        for key_id, key in dict(backend.keys).items():
            if name in key.aliases:
                return f"{start}key/{key_id}"
        return start + name
    return f"{start}key/{name.removeprefix('key/')}"


def _queue_name(_lookups: Lookups, place: Goes, value: str) -> str:
    """A queue's account and name as its ARN ends: the URL may be of another account's queue."""
    path = urllib.parse.urlsplit(value).path if "/" in value else value
    parts = [part for part in path.split("/") if part]
    if len(parts) >= 2 and parts[-2].isdigit() and len(parts[-2]) == 12 and parts[-2] != place.account:
        return f"arn:{place.partition}:sqs:{place.region}:{parts[-2]}:{parts[-1]}"
    return parts[-1] if parts else value


def _secret_arn(_lookups: Lookups, place: Goes, value: str) -> str:
    """A secret's whole ARN from its name, its ARN or its ARN without the last six characters."""
    start = f"arn:{place.partition}:secretsmanager:{place.region}:{place.account}:secret:"
    for secret in moto_services.backend("secretsmanager", place.account, place.region).secrets.values():
        if value in (secret.name, secret.arn, secret.arn[:-7]):
            return str(secret.arn)
    return value if value.startswith("arn:") else start + value


def _lower(_lookups: Lookups, _place: Goes, value: str) -> str:
    """A name as SageMaker's ARNs hold it."""
    return value if value.startswith("arn:") else value.lower()


def _sagemaker_arn(_lookups: Lookups, _place: Goes, value: str) -> str:
    """An ARN as SageMaker names the resource: of some kinds the name is in lower case there."""
    start, slash, name = value.partition("/")
    return f"{start}/{name.lower()}" if slash and start.rpartition(":")[2] in _LOWER_CASE else value


_LOWER_CASE = frozenset({"endpoint", "endpoint-config", "model", "notebook-instance", "image-version", "image"})


def _schema_registry(_lookups: Lookups, _place: Goes, value: str) -> str:
    """The registry of a Glue schema, from the schema's ARN; a name stays."""
    return value.partition(":schema/")[2].partition("/")[0] or value


def _product_id(lookups: Lookups, place: Goes, value: str) -> str:
    """A Service Catalog product's id from its id or its name; a name that nobody knows stays."""
    rows = lookups.rows("servicecatalog", place)
    if rows.get("product", value) is not None:
        return value
    owners = [rows, *(rows.of(account=row["owner"]) for _, row in rows.all("imported"))]
    found = (key for owner in owners for key, row in owner.all("product") if row["Name"] == value)
    return next(found, value)


def _provisioned(lookups: Lookups, place: Goes, value: str) -> list[Mapping[str, str]]:
    """What says whose a provisioned product is, by its id, name or ARN, by one of its records' ids or its plan's: all
    that a call may mean by the value, since a product may be named as ids begin."""
    rows = lookups.rows("servicecatalog", place)
    identifier = value.rpartition("/")[2] if value.startswith("arn:") else value
    found = (
        rows.get("record", value),
        rows.get("plan", value),
        rows.get("provisioned", identifier),
        rows.get("provisioned", str(rows.get("provisioned-name", value))),
    )
    return [one for one in found if one is not None]


def _own_by_user(lookups: Lookups, place: Goes, value: str) -> str:
    """`self` for what the caller has provisioned: servicecatalog:userLevel. So is what is not there, or not yet: there
    is nobody else whose it could be.
    https://docs.aws.amazon.com/servicecatalog/latest/adminguide/permissions-examples.html"""
    return "self" if all(_is_own(one, place.caller) for one in _provisioned(lookups, place, value)) else ""


def _is_own(found: Mapping[str, str], caller: str) -> bool:
    """Has the caller provisioned it, or does it belong to the caller's role itself?"""
    of_role = found["UserArnSession"] == found["UserArn"] and ":role/" in found["UserArn"]
    return found["UserArnSession"] == caller or (of_role and _role_name(caller) == found["UserArn"].rpartition("/")[2])


def _own_by_role(lookups: Lookups, place: Goes, value: str) -> str:
    """`self` for what somebody in the caller's role, or the caller, has provisioned: servicecatalog:roleLevel."""
    role = _role_name(place.caller)
    found = _provisioned(lookups, place, value)
    own = all((role and role == _role_name(one["UserArnSession"])) or _is_own(one, place.caller) for one in found)
    return "self" if own else ""


def _role_name(arn: str) -> str:
    """The role of a session's ARN; nothing for other ARNs."""
    return arn.partition(":assumed-role/")[2].partition("/")[0]


def _launch_role(lookups: Lookups, place: Goes, value: str) -> str:
    """The role in the parameters of a launch constraint.
    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreateConstraint.html"""
    try:
        given = json.loads(value)
        role = given.get("RoleArn") or given.get("LocalRoleName") or "*"
    except (ValueError, AttributeError, RecursionError):
        role = "*"
    return _named("role", "role")(lookups, place, str(role))


def _before_colon(_lookups: Lookups, _place: Goes, value: str) -> str:
    return value.partition(":")[0]


def _last_part(_lookups: Lookups, _place: Goes, value: str) -> str:
    return value.rpartition("/")[2].rpartition(":")[2]


def _copy_source(_lookups: Lookups, _place: Goes, value: str) -> str:
    """`bucket/key` of a copy's source. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html"""
    return urllib.parse.unquote(value.partition("?")[0]).removeprefix("/")


def _url_encoded(_lookups: Lookups, _place: Goes, value: str) -> str:
    """An ARN as API Gateway's ARNs of tags hold it."""
    return urllib.parse.quote(value, safe="")


def _ciphertext_key(_lookups: Lookups, place: Goes, value: str) -> str:
    """The key that encrypted something: moto puts the key's ARN, or its id, at the beginning of the ciphertext."""
    start = f"arn:{place.partition}:kms:{place.region}:{place.account}:key/"
    found = _KEY_ID.search(value)
    return start + (found[0] if found is not None else "*")


_KEY_ID = re.compile(r"(mrk-[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})")


def _function(_lookups: Lookups, place: Goes, value: str) -> str:
    """A function's name and qualifier, `NAME` or `NAME:QUALIFIER`, from a name, a partial ARN or an ARN of this place;
    another place's ARN stays. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html, FunctionName."""
    parts = value.split(":")
    if value.startswith("arn:"):
        here = [place.region, place.account]
        return ":".join(parts[6:]) if len(parts) > 6 and parts[3:5] == here else value
    if len(parts) >= 3 and parts[1] == "function":
        rest = ":".join(parts[2:])
        here_too = parts[0] == place.account
        return rest if here_too else f"arn:{place.partition}:lambda:{place.region}:{parts[0]}:function:{rest}"
    return value


def _log_group(_lookups: Lookups, _place: Goes, value: str) -> str:
    if value.startswith("arn:"):
        return value.split(":log-group:", 1)[-1].removesuffix(":*")
    return value


def _report_group(_lookups: Lookups, _place: Goes, value: str) -> str:
    """The group of a report: the part of its ARN between `report/` and the colon."""
    return value.partition("report/")[2].partition(":")[0] or value


def _bus_of_rule(_lookups: Lookups, _place: Goes, value: str) -> str:
    """What stands before a rule's name in its ARN: nothing for the default event bus, another bus' name and a slash.
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html"""
    name = value.rpartition("event-bus/")[2]
    return "" if name == "default" else f"{name}/"


def _event_pattern(field: str) -> LookupFunction:
    """A field of an event pattern, where it is a list of texts."""

    def found(_lookups: Lookups, _place: Goes, value: str) -> str:
        try:
            listed = json.loads(value).get(field)
        except (ValueError, AttributeError, RecursionError):
            return ""
        return str(listed[0]) if isinstance(listed, list) and listed and isinstance(listed[0], str) else ""

    return found


def _stack_id(lookups: Lookups, place: Goes, value: str) -> str:
    """`NAME/ID` of a stack by its name, its ARN or the ARN of a change set of it; `NAME/*` where there is no such
    stack."""
    if value.startswith("arn:") and ":changeSet/" in value:
        rows = lookups.rows("cloudformation", place).all("changeset")
        value = next((str(one["StackId"]) for _, one in rows if one["ChangeSetId"] == value), value)
    if value.startswith("arn:"):
        return value.partition(":stack/")[2] or value
    found = lookups.rows("cloudformation", place).get("stack", value)
    return f"{value}/*" if found is None else str(found["StackId"]).partition(":stack/")[2]


def _stack_set_id(lookups: Lookups, place: Goes, value: str) -> str:
    """`NAME:ID` of a stack set by its name, its id or its ARN; `NAME:*` where there is none. Another place's ARN stays.
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html"""
    name = value.removeprefix(f"arn:{place.partition}:cloudformation:{place.region}:{place.account}:stackset/")
    found = lookups.rows("cloudformation", place).get("stackset", name.partition(":")[0])
    if found is not None and name in (found["StackSetName"], found["StackSetId"]):
        return str(found["StackSetId"])
    return name if ":" in name else f"{name}:*"


def _ec2_resource(_lookups: Lookups, _place: Goes, value: str) -> str:
    """The kind and id of an EC2 resource as its ARN ends, from its id: `vpc-1` is `vpc/vpc-1`."""
    kind = next((kind for prefix, kind in _EC2_KINDS if value.startswith(prefix)), "*")
    return f"{kind}/{value}"


_EC2_KINDS = (
    ("i-", "instance"),
    ("vpc-endpoint-", "vpc-endpoint"),
    ("vpce-", "vpc-endpoint"),
    ("vpc-", "vpc"),
    ("subnet-", "subnet"),
    ("rtb-", "route-table"),
    ("igw-", "internet-gateway"),
    ("nat-", "natgateway"),
    ("eigw-", "egress-only-internet-gateway"),
    ("sgr-", "security-group-rule"),
    ("sg-", "security-group"),
    ("eni-", "network-interface"),
    ("eipalloc-", "elastic-ip"),
    ("acl-", "network-acl"),
    ("dopt-", "dhcp-options"),
    ("vol-", "volume"),
    ("snap-", "snapshot"),
    ("ami-", "image"),
    ("key-", "key-pair"),
    ("lt-", "launch-template"),
    ("fl-", "vpc-flow-log"),
)
"""How ids begin. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html"""


def _role_of_profile(lookups: Lookups, place: Goes, value: str) -> str:
    """The role in an instance profile, by the profile's name or ARN."""
    arn = lookups.directory.role_of_profile(place.account, value.rpartition("/")[2])
    return arn or f"arn:{place.partition}:iam::{place.account}:role/*"


def _service_linked_role(_lookups: Lookups, _place: Goes, value: str) -> str:
    """The name of a service's own role, where it is known.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html"""
    return _SERVICE_LINKED_ROLES.get(value.partition(".")[0], "*")


_SERVICE_LINKED_ROLES = {
    "autoscaling": "AWSServiceRoleForAutoScaling",
    "ecs": "AWSServiceRoleForECS",
    "elasticloadbalancing": "AWSServiceRoleForElasticLoadBalancing",
    "organizations": "AWSServiceRoleForOrganizations",
    "rds": "AWSServiceRoleForRDS",
}


def _ssm_parameter(_lookups: Lookups, _place: Goes, value: str) -> str:
    """A parameter's name as it follows `parameter` in its ARN: with one slash before it."""
    name = value.split(":parameter", 1)[1] if value.startswith("arn:") and ":parameter" in value else value
    return "/" + name.removeprefix("/").partition(":")[0]


_LOOKUPS: Mapping[str, LookupFunction] = {
    "role_arn": _named("role", "role"),
    "user_arn": _named("user", "user"),
    "group_arn": _named("group", "group"),
    "policy_arn": _named("policy", "policy"),
    "instance_profile_arn": _named("instance_profile", "instance-profile"),
    "kms_key": _kms_key,
    "queue_name": _queue_name,
    "secret_arn": _secret_arn,
    "lower": _lower,
    "sagemaker_arn": _sagemaker_arn,
    "schema_registry": _schema_registry,
    "product_id": _product_id,
    "own_by_user": _own_by_user,
    "own_by_role": _own_by_role,
    "launch_role": _launch_role,
    "instance_profile_role": _role_of_profile,
    "before_colon": _before_colon,
    "last_part": _last_part,
    "copy_source": _copy_source,
    "url_encoded": _url_encoded,
    "ciphertext_key": _ciphertext_key,
    "function": _function,
    "log_group": _log_group,
    "ssm_parameter": _ssm_parameter,
    "report_group": _report_group,
    "bus_of_rule": _bus_of_rule,
    "event_detail_type": _event_pattern("detail-type"),
    "event_source": _event_pattern("source"),
    "stack_id": _stack_id,
    "stack_set_id": _stack_set_id,
    "ec2_resource": _ec2_resource,
    "role_of_profile": _role_of_profile,
    "service_linked_role": _service_linked_role,
}
