"""From a request to a template that can be launched: its text, macros, parameters, and all that CloudFormation checks
before it accepts a stack."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

from launchrole.account.authorizer import Via
from launchrole.account.errors import ServiceError
from launchrole.account.service import Call
from launchrole.services.cloudformation import environment, stacks, transforms
from launchrole.services.cloudformation.graph import Condition, check_references
from launchrole.services.cloudformation.handlers import registry
from launchrole.services.cloudformation.handlers.action import StackFacts
from launchrole.services.cloudformation.intrinsics import UNKNOWN, Values, check_rules
from launchrole.services.cloudformation.parameters import Parameter, given_values, resolved
from launchrole.services.cloudformation.stacks import PRINCIPAL, Stack, StackError
from launchrole.services.cloudformation.template import BODY_LIMIT, URL_LIMIT, Template, TemplateError, check, parse

_S3_URL = re.compile(
    r"https?://(?:(?P<bucket>[a-z0-9.-]+?)\.)?(?:s3|s3[.-](?P<region>[a-z0-9-]+))\.(?:[a-z0-9-]+\.)?"
    r"(?:amazonaws\.com(?:\.cn)?|localhost(?::\d+)?)/(?P<rest>[^?]+)"
)
_LOCAL_URL = re.compile(r"https?://(?:localhost|127\.0\.0\.1)(?::\d+)?/(?P<rest>[^?]+)")

_IAM_TYPES = frozenset(
    {
        "AWS::IAM::AccessKey",
        "AWS::IAM::Group",
        "AWS::IAM::InstanceProfile",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "AWS::IAM::User",
        "AWS::IAM::UserToGroupAddition",
    }
)
_NAMED = {
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
}


@dataclass(frozen=True)
class Acting:
    """Whose credentials an operation's calls carry: the caller's, passed on through the services in `via`, or those of
    a role that CloudFormation assumed, through none."""

    identity: str
    via: Via = field(default_factory=Via)
    role_arn: str | None = None


def forwarded(call: Call) -> Acting:
    """The caller's own credentials, passed on: aws:CalledVia tells of CloudFormation, and before it of the services
    through which the call came to it."""
    return Acting(call.surroundings.identity(), call.surroundings.via.through(PRINCIPAL))


@dataclass(frozen=True)
class Prepared:
    """A template ready to be launched. `template` has its macros processed, `text` is as it was given."""

    text: str
    template: Template
    given: Mapping[str, str]
    parameters: Mapping[str, Parameter]

    def values(self) -> dict[str, Any]:
        """What Ref gives of each parameter."""
        return {name: one.value for name, one in self.parameters.items()}

    def shown(self) -> list[dict[str, str]]:
        return [one.shown() for one in self.parameters.values()]


def acting(call: Call, stack: Stack | None = None) -> Acting:
    """Under whose credentials an operation is done: the role that is given, the one that the stack has, or the
    caller's own. Raises `StackError` for a role that cannot be assumed.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html"""
    role_arn = call.params.get("RoleARN") or (stack or {}).get("RoleARN")
    if not role_arn:
        return forwarded(call)
    role = call.surroundings.role(role_arn)
    if role is None or not call.surroundings.may_assume(role, PRINCIPAL):
        raise StackError(f"Role {role_arn} is invalid or cannot be assumed")
    return Acting(call.surroundings.assume(role_arn, PRINCIPAL, "AWSCloudFormation"), role_arn=role_arn)


def body(call: Call) -> str:
    """The template's text of a request, read from S3 with the caller's credentials where it is there."""
    text, url = call.params.get("TemplateBody"), call.params.get("TemplateURL")
    if text and url:
        raise StackError("Specify exactly one of 'TemplateBody' or 'TemplateUrl'")
    if text:
        if len(text.encode()) > BODY_LIMIT:
            raise StackError(
                f"1 validation error detected: Value '{text}' at 'templateBody' failed to satisfy constraint: Member "
                f"must have length less than or equal to {BODY_LIMIT}"
            )
        return str(text)
    if url:
        return read_url(call, url, forwarded(call))
    raise StackError("Either Template URL or Template Body must be specified.")


def s3_place(url: str) -> tuple[str, str] | None:
    """The bucket and key of an S3 URL, in path or virtual-hosted style; None for other URLs."""
    if url.startswith("s3://"):
        bucket, _, key = url.removeprefix("s3://").partition("/")
        return (bucket, key) if bucket and key else None
    found = _S3_URL.fullmatch(url.partition("?")[0])
    if found is not None and found["bucket"]:
        return found["bucket"], unquote(found["rest"])
    found = found or _LOCAL_URL.fullmatch(url.partition("?")[0])
    if found is None:
        return None
    bucket, _, key = found["rest"].partition("/")
    return (bucket, unquote(key)) if bucket and key else None


def read_url(call: Call, url: str, acting: Acting) -> str:
    """The text of a template in S3. Raises `StackError`."""
    place = s3_place(url)
    if place is None:
        raise StackError("TemplateURL must be a supported URL.")
    bucket, key = place
    try:
        answer = call.surroundings.call(
            acting.identity, "s3", "GetObject", {"Bucket": bucket, "Key": key}, via=acting.via
        )
    except ServiceError as problem:
        raise StackError(f"S3 error: {problem.message}\nFor more information check "
                         "http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html") from None  # fmt: skip
    data = answer["Body"]
    data = data if isinstance(data, bytes) else data.read()
    if len(data) > URL_LIMIT:
        raise StackError(f"Template may not exceed {URL_LIMIT} bytes in size.")
    try:
        return str(data.decode())
    except UnicodeDecodeError:
        raise StackError("Template format error: unsupported structure.") from None


def prepare(
    call: Call,
    text: str,
    stack: Stack,
    acting: Acting,
    *,
    before: Mapping[str, str] | None = None,
    processed: Mapping[str, Any] | None = None,
    check_capabilities: bool = True,
) -> Prepared:
    """Check a template and its parameters for a stack. `before` are the parameters of the stack that is updated.
    Raises `ServiceError` with what CloudFormation answers."""
    template = parse(text)
    if processed is None:
        check(template)
    given = given_values(template, list(call.params.get("Parameters") or ()), before)
    capabilities = frozenset(call.params.get("Capabilities") or ())

    def read(service: str, operation: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return call.surroundings.call(acting.identity, service, operation, params, via=acting.via)

    parameters = resolved(
        template, given, lambda names: _ssm(read, names), lambda kind, values: _missing(read, kind, values)
    )
    if transforms.needs_expansion(template):
        if (
            check_capabilities
            and call.operation != "CreateChangeSet"  # which shows what macros add; API_CreateChangeSet.html
            and "CAPABILITY_AUTO_EXPAND" not in capabilities
            and transforms.needs_capability(template)
        ):
            raise InsufficientCapabilities("CAPABILITY_AUTO_EXPAND")
        facts = facts_of(call, stack)
        values = {name: one.value for name, one in parameters.items()}
        template = transforms.expanded(
            template,
            values,
            environment.pseudo_parameters(facts),
            read,
            lambda: call.surroundings.directory.aws_managed_policies(call.account),
        )
        check(template)
    prepared = Prepared(text, template, {name: one or "" for name, one in given.items()}, parameters)
    values_now = values_of(call, prepared, stack)
    check_rules(values_now)
    for name in template.section("Conditions"):
        values_now.condition(name)
    check_references(template, values_now.condition)
    check_types(call, template)
    if not call.surroundings.is_rehearsal:
        _check_executed(template, values_now.condition)
    if check_capabilities:
        needed = required_capability(template)
        if needed is not None and needed not in capabilities and "CAPABILITY_NAMED_IAM" not in capabilities:
            raise InsufficientCapabilities(needed)
    _check_static(values_now)
    return prepared


class InsufficientCapabilities(ServiceError):
    def __init__(self, capability: str) -> None:
        super().__init__("InsufficientCapabilitiesException", f"Requires capabilities : [{capability}]")


def required_capability(template: Template) -> str | None:
    """CAPABILITY_IAM or CAPABILITY_NAMED_IAM, where a template's resources need one.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html"""
    needed = None
    for one in template.declarations:
        kind = one.get("Type", "")
        if kind in _IAM_TYPES:
            if _NAMED.get(kind, "") in (one.get("Properties") or {}):
                return "CAPABILITY_NAMED_IAM"
            needed = "CAPABILITY_IAM"
    return needed


def unrecognized(call: Call, template: Template) -> list[str]:
    """The types of a template that do not exist; none in a rehearsal, which goes past them."""
    if call.surroundings.is_rehearsal:
        return []
    return sorted({one["Type"] for one in template.declarations if "Type" in one and not registry.known(one["Type"])})


def check_types(call: Call, template: Template) -> None:
    """Refuse types that do not exist."""
    unknown = unrecognized(call, template)
    if unknown:
        raise TemplateError(f"Template format error: Unrecognized resource types: [{', '.join(unknown)}]")


def _check_executed(template: Template, holds: Condition) -> None:
    """Refuse resources that would be made whose types cannot be launched here."""
    modelled = [
        f"{name} ({one['Type']})"
        for name, one in template.resources.items()
        if not registry.executed(one["Type"]) and ("Condition" not in one or holds(str(one["Condition"])))
    ]
    if modelled:
        raise ServiceError(
            "NotImplemented",
            f"launchrole knows the types of these resources and cannot launch them: {', '.join(modelled)}. Take them "
            "out of the template, or give them a condition that does not hold",
            501,
        )


def facts_of(call: Call, stack: Stack) -> StackFacts:
    tags = {one["Key"]: one["Value"] for one in stack.get("Tags") or ()}
    return StackFacts(
        stack["StackId"],
        stack["StackName"],
        call.account,
        call.region,
        call.partition,
        stack.get("RoleARN"),
        tags,
        tuple(stack.get("NotificationARNs") or ()),
    )


class Unmade:
    """Resources of a stack that is only being checked."""

    def reference(self, _logical_id: str) -> Any:
        return UNKNOWN

    def attribute(self, _logical_id: str, _name: str) -> Any:
        return UNKNOWN


def values_of(call: Call, prepared: Prepared, stack: Stack, resources: Any = None) -> Values:
    """A template's values before anything is made."""
    return environment.values(
        prepared.template,
        prepared.values(),
        facts_of(call, stack),
        resources or Unmade(),
        exports=lambda name: stacks.export(call.rows, name),
        zones=lambda region: [f"{region}{letter}" for letter in "abc"],
    )


def _check_static(values: Values) -> None:
    """Find what is wrong with functions whose arguments are known. Values of resources are not; what rests on them is
    looked at when they are there."""
    checked = replace(values, exports=lambda _name: UNKNOWN)
    for name, one in values.template.resources.items():
        if "Condition" in one and not values.condition(str(one["Condition"])):
            continue
        for find in _calls(one.get("Properties"), ("Resources", name, "Properties")):
            checked.value(*find)
    for name, one in values.template.section("Outputs").items():
        if "Condition" in one and not values.condition(str(one["Condition"])):
            continue
        for find in _calls(one.get("Value"), ("Outputs", name, "Value")):
            checked.value(*find)


_CHECKED = ("Fn::FindInMap", "Fn::If")


def _calls(node: Any, path: Any) -> Any:
    """The outermost calls of functions that can be checked before anything is made."""
    if isinstance(node, dict):
        if len(node) == 1 and next(iter(node)) in _CHECKED and not _rests_on_resources(node):
            yield node, path
            return
        if len(node) == 1 and "Fn::Select" in node:
            given = node["Fn::Select"]
            index = given[0] if isinstance(given, list) and len(given) == 2 else None
            if (
                not isinstance(given, list)
                or len(given) != 2
                or (isinstance(index, str) and not index.lstrip("-").isdigit())
            ):
                yield node, path
                return
        if len(node) == 1 and "Fn::Join" in node:
            given = node["Fn::Join"]
            if not isinstance(given, list) or len(given) != 2 or not isinstance(given[1], (list, dict)):
                yield node, path
                return
        for key, one in node.items():
            yield from _calls(one, (*path, key))
    elif isinstance(node, list):
        for number, one in enumerate(node):
            yield from _calls(one, (*path, number))


def _rests_on_resources(node: Any) -> bool:
    if isinstance(node, dict):
        return any(
            key
            in (
                "Fn::GetAtt",
                "Fn::ImportValue",
                "Fn::Select",
                "Fn::Split",
                "Fn::GetAZs",
                "Fn::Join",
                "Fn::Sub",
                "Fn::Cidr",
            )
            or _rests_on_resources(one)
            for key, one in node.items()
        )
    if isinstance(node, list):
        return any(_rests_on_resources(one) for one in node)
    return isinstance(node, str) and node.startswith("{{resolve:")


def _ssm(read: Any, names: list[str]) -> Mapping[str, str]:
    """Parameters of Systems Manager, read as the stack reads them. Raises `StackError` in CloudFormation's words."""
    found: dict[str, str] = {}
    try:
        answer = read("ssm", "GetParameters", {"Names": names})
    except ServiceError as problem:
        raise StackError(f"{problem.message} (Service: AWSSimpleSystemsManagement; Status Code: {problem.status}; "
                         f"Error Code: {problem.code})") from None  # fmt: skip
    for one in answer.get("Parameters", ()):
        if one["Type"] == "SecureString":
            raise StackError(
                f"Parameters [{one['Name']}] referenced by template have types not supported by CloudFormation."
            )
        found[one["Name"]] = one["Value"]
    missing = [name for name in names if name not in found]
    if missing:
        raise StackError(f"Unable to fetch parameters [{','.join(missing)}] from parameter store for this account.")
    return found


_EXISTING: Mapping[str, tuple[str, str, str, str, str]] = {
    "AWS::EC2::AvailabilityZone::Name": (
        "ec2",
        "DescribeAvailabilityZones",
        "ZoneNames",
        "AvailabilityZones",
        "ZoneName",
    ),
    "AWS::EC2::Image::Id": ("ec2", "DescribeImages", "ImageIds", "Images", "ImageId"),
    "AWS::EC2::Instance::Id": ("ec2", "DescribeInstances", "InstanceIds", "Reservations", "Instances"),
    "AWS::EC2::KeyPair::KeyName": ("ec2", "DescribeKeyPairs", "KeyNames", "KeyPairs", "KeyName"),
    "AWS::EC2::SecurityGroup::GroupName": (
        "ec2",
        "DescribeSecurityGroups",
        "GroupNames",
        "SecurityGroups",
        "GroupName",
    ),
    "AWS::EC2::SecurityGroup::Id": ("ec2", "DescribeSecurityGroups", "GroupIds", "SecurityGroups", "GroupId"),
    "AWS::EC2::Subnet::Id": ("ec2", "DescribeSubnets", "SubnetIds", "Subnets", "SubnetId"),
    "AWS::EC2::Volume::Id": ("ec2", "DescribeVolumes", "VolumeIds", "Volumes", "VolumeId"),
    "AWS::EC2::VPC::Id": ("ec2", "DescribeVpcs", "VpcIds", "Vpcs", "VpcId"),
}
"""How the values of AWS-specific parameter types are looked up: operation, its member, the answer's list and member."""


def _missing(read: Any, kind: str, values: list[str]) -> str | None:
    """The first value that the account has not; None where all are there, or where the type cannot be looked up."""
    if kind not in _EXISTING or not values:
        return None
    service, operation, member, _, _ = _EXISTING[kind]
    for value in values:
        try:
            read(service, operation, {member: [value]})
        except ServiceError as problem:
            if "NotFound" in problem.code or "Malformed" in problem.code or problem.code.startswith("Invalid"):
                return value
            raise StackError(problem.message) from None
    return None
