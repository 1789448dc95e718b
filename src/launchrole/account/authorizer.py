"""What a call has to be allowed: the operation's checks, filled with the request, as questions to the policy engine."""

from __future__ import annotations

import fnmatch
import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from launchrole.account import resource_policies
from launchrole.account.callers import Applied, Caller, Callers
from launchrole.account.directory import PolicyText
from launchrole.account.errors import ServiceError
from launchrole.account.lookups import Lookups
from launchrole.account.tags import TagRecord, keys_at, tags_at
from launchrole.account.wire.models import operation_model
from launchrole.facts import actions
from launchrole.facts.derive import derive, members_of
from launchrole.facts.endpoints import Endpoint
from launchrole.facts.operations import Check, Condition, Operation, ServiceOperations, operations, read_rows
from launchrole.facts.template import Template, Unresolved, as_text, values_at
from launchrole.policy.context import Context
from launchrole.policy.decision import Decision
from launchrole.policy.policy_type import rcp_applies
from launchrole.policy.request import Request

ContextValues = dict[str, str | tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call goes. `caller` is the ARN of who makes it."""

    partition: str
    region: str
    account: str
    caller: str = ""

    def members(self) -> dict[str, str]:
        """What templates may name besides the request's own members."""
        return {"partition": self.partition, "region": self.region, "account": self.account}


@dataclass(frozen=True, slots=True)
class Via:
    """The services through which a call comes, in the order of the calls: aws:CalledVia. Empty for a caller's own."""

    services: tuple[str, ...] = ()
    source_arn: str | None = None
    source_account: str | None = None
    assumed_by: str | None = None
    """The service that makes the call with a session of a role that it assumed. No condition key tells of it; what
    is called may ask for it (`invoked_by`)."""

    def through(self, service: str) -> Via:
        """How calls come that a service makes on behalf of whoever's call came this way: one more in the chain. A
        service that calls itself (a nested stack) is in it once.
        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-calledvia
        """
        return Via(self.services if self.services[-1:] == (service,) else (*self.services, service))

    @property
    def invoked_by(self) -> str | None:
        """The service that makes the call, with whosever credentials: CloudTrail's invokedBy. None for a caller's own.
        https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html"""
        return self.services[-1] if self.services else self.assumed_by


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to be decided; `said_action` and `said_resource` are how the service's denial names them."""

    request: Request
    resource_policy: PolicyText | None
    said_action: str | None
    said_resource: str | None


class CannotAuthorize(ServiceError):
    """The door cannot tell what an operation needs. The call is refused: a guess would let through what nobody
    checked."""

    def __init__(self, service: str, operation: str, reason: str) -> None:
        super().__init__(
            "NotImplemented",
            f"launchrole cannot tell what {service}:{operation} has to be authorized for and refuses it: {reason}",
            501,
        )


@functools.cache
def operation_of(endpoint: Endpoint, name: str) -> Operation:
    """An operation's entry, or what the service authorization reference tells. Raises `CannotAuthorize`."""
    found = operations(endpoint.service)
    if found is not None and name in found.operations:
        return found.operations[name]
    if found is not None and name in found.refused:
        raise CannotAuthorize(endpoint.service, name, found.refused[name])
    if endpoint.prefix is None:
        raise CannotAuthorize(endpoint.service, name, "AWS' service authorization reference does not know the service")
    model = operation_model(endpoint.service, name)
    shape: Any = None if model is None else model.input_shape
    try:
        rows = derive(
            endpoint.prefix, name, members_of(shape), frozenset(() if shape is None else shape.required_members)
        )
    except LookupError as error:
        raise CannotAuthorize(endpoint.service, name, str(error)) from None
    return read_rows(endpoint.service, endpoint.prefix, name, rows)


def denial_code(endpoint: Endpoint) -> str | None:
    """The code of a service's denials, where it has one of its own."""
    found: ServiceOperations | None = operations(endpoint.service)
    return None if found is None else found.denial_code


@dataclass
class Authorizer:
    """Makes a call's questions and has them decided."""

    callers: Callers
    tags: TagRecord
    lookups: Lookups
    _keys: dict[str, frozenset[str]] = field(default_factory=dict)

    def questions(
        self,
        operation: Operation,
        params: Mapping[str, Any],
        caller: Caller,
        place: Place,
        shared: ContextValues,
    ) -> Iterator[Question]:
        """What has to be allowed, in the order in which AWS checks it. `shared` is the context of every question.
        Raises `CannotAuthorize` for a request from which an ARN cannot be filled, and for one that none of the
        operation's checks is about: only an operation without checks is free."""
        members = {**params, **place.members(), "caller": caller.arn}
        lookup = self.lookups.at(replace(place, caller=caller.arn))
        checked = not operation.checks
        for check in operation.checks:
            if all(holds(condition, params) for condition in check.when):
                for question in self.of_check(operation, check, members, caller, place, shared, lookup):
                    checked = checked or check.action != "iam:PassRole"
                    yield question
        if not checked:
            reason = "the request names nothing that a permission could be about"
            raise CannotAuthorize(operation.service, operation.name, reason)

    def of_check(
        self,
        operation: Operation,
        check: Check,
        members: Mapping[str, Any],
        caller: Caller,
        place: Place,
        shared: ContextValues,
        lookup: Any,
    ) -> Iterator[Question]:
        """The questions of one check. Raises `CannotAuthorize` where a member is missing that an ARN is made of."""
        context = shared | self._of_request(check, members, lookup)
        for template in check.resources:
            try:
                arns = template.fill(members, lookup)
            except Unresolved as error:
                raise CannotAuthorize(operation.service, operation.name, str(error)) from None
            for arn in arns:
                yield self._question(check, arn, context, members, caller, place, lookup)

    def _of_request(self, check: Check, members: Mapping[str, Any], lookup: Any) -> ContextValues:
        """The keys that a check takes from the request: tags, and those that its entry names."""
        context: ContextValues = {}
        if check.tags is not None:
            tags = tags_at(members, check.tags)
            of_object = check.action.startswith("s3:") and any("{Key" in one.text for one in check.resources)
            key_of, keys = (
                ("s3:RequestObjectTag", "s3:RequestObjectTagKeys") if of_object else ("aws:RequestTag", "aws:TagKeys")
            )
            context |= {f"{key_of}/{key}": value for key, value in tags.items()}
            if tags:
                context[keys] = tuple(tags)
        if check.tag_keys is not None:
            removed = keys_at(members, check.tag_keys)
            if removed:
                context["aws:TagKeys"] = tuple(removed)
        for name, template in check.context:
            values = [value for value in _filled(template, members, lookup) if value]
            if len(values) == 1:
                context[name] = values[0]
            elif values:
                context[name] = tuple(values)
        return context

    def _question(
        self,
        check: Check,
        arn: str,
        context: ContextValues,
        members: Mapping[str, Any],
        caller: Caller,
        place: Place,
        lookup: Any,
    ) -> Question:
        owner = self._owner(arn, caller, place)
        values: ContextValues = dict(context)
        if owner:
            values["aws:ResourceAccount"] = owner
            organization, path = self.callers.organization_of(owner)
            if organization is not None and path is not None:
                values["aws:ResourceOrgID"] = organization
                values["aws:ResourceOrgPaths"] = (path,)
        prefix = check.action.partition(":")[0]
        tags = {key: value for tagged in bearers_of_tags(arn) for key, value in self.tags.of(tagged).items()}
        if check.resource_tags is not None:
            tags |= tags_at(members, check.resource_tags)
        for key, value in tags.items():
            values[f"aws:ResourceTag/{key}"] = value
            values[f"{prefix}:ResourceTag/{key}"] = value
        if arn.startswith("arn:aws:s3:::") and "/" in arn:
            bucket, _, key = arn[13:].partition("/")
            version = members.get("VersionId")
            for name, value in resource_policies.object_tags(bucket, key, version).items():
                values[f"s3:ExistingObjectTag/{name}"] = value
        if check.action == "iam:PassRole":
            values.pop("aws:TagKeys", None)
            role = self.callers.directory.role_by_arn(arn)
            if role is not None:
                identity = self.callers.directory.role_identity(arn.split(":")[4], role.name)
                for key, value in (identity.tags if identity else {}).items():
                    values[f"aws:ResourceTag/{key}"] = value
                    values[f"iam:ResourceTag/{key}"] = value
        request = Request(caller.principal, check.action, arn, Context(values), owner or None)
        said = check.said_resource
        if said is not None and "{" in said:
            filled = _filled_text(said, members, lookup)
            said = "" if filled is None else filled.replace("{}", arn)  # iam:GetUser without a name: no resource
        policy = self._trust(arn) if prefix == "sts" else resource_policies.resource_policy(arn)
        return Question(request, policy, check.said_action, said)

    def _trust(self, arn: str) -> PolicyText | None:
        """The trust policy of the role that is to be assumed."""
        role = self.callers.directory.role_by_arn(arn)
        return None if role is None else PolicyText(role.trust, f"trust policy of {arn}")

    def _owner(self, arn: str, caller: Caller, place: Place) -> str:
        parts = arn.split(":", 5)
        if len(parts) == 6 and len(parts[4]) == 12 and parts[4].isdigit():
            return parts[4]
        if len(parts) == 6 and parts[2] == "s3":
            return resource_policies.bucket_owner(parts[5].partition("/")[0]) or caller.account or place.account
        return caller.account or place.account

    def decide(self, question: Question, caller: Caller) -> tuple[Decision, Applied]:
        """The engine's answer, and the policies that it rests on."""
        owner = question.request.resource_account
        bound = owner if owner and rcp_applies(question.request.action, question.request.resource) else None
        applied = self.callers.applied(caller, question.resource_policy, bound)
        return applied.policies.evaluate(question.request), applied


def bearers_of_tags(arn: str) -> tuple[str, ...]:
    """The resources whose tags count for an ARN, itself the last.

    Parts of an API have their API's tags.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-tagging-supported-resources.html
    """
    start, slash, rest = arn.partition("::/")
    steps = rest.split("/")
    if slash and start.split(":")[2:3] == ["apigateway"]:
        if steps[0] == "tags":
            return bearers_of_tags(unquote(rest.partition("/")[2]))
        if len(steps) > 2:
            return (f"{start}::/{steps[0]}/{steps[1]}", arn)
    return (arn,)


def shared_context(
    caller: Caller,
    place: Place,
    via: Via,
    *,
    now: float,
    secure: bool,
    source_ip: str,
    headers: Mapping[str, str],
) -> ContextValues:
    """The global keys of a request. IAM User Guide: reference_policies_condition-keys.html."""
    instant = datetime.fromtimestamp(now, UTC)
    context: ContextValues = {
        **caller.context,
        "aws:CurrentTime": instant.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:EpochTime": str(int(now)),
        "aws:RequestedRegion": place.region,
        "aws:SecureTransport": "true" if secure else "false",
        "aws:ViaAWSService": "true" if via.services else "false",
    }
    session = caller.session
    if session is not None and session.token is not None and session.mfa:
        context["aws:MultiFactorAuthAge"] = str(int(now - session.issued))
    if via.services:
        context["aws:CalledVia"] = via.services
        context["aws:CalledViaFirst"] = via.services[0]
        context["aws:CalledViaLast"] = via.services[-1]
    else:
        context["aws:SourceIp"] = source_ip
        if "user-agent" in headers:
            context["aws:UserAgent"] = headers["user-agent"]
        if "referer" in headers:
            context["aws:Referer"] = headers["referer"]
    if via.source_arn is not None:
        context["aws:SourceArn"] = via.source_arn
    if via.source_account is not None:
        context["aws:SourceAccount"] = via.source_account
    return context


def holds(condition: Condition, params: Mapping[str, Any]) -> bool:
    """Does a request have the member that a condition names, with one of its values?"""
    found = list(values_at(params, condition.path))
    if condition.values:
        met = any(fnmatch.fnmatchcase(as_text(value), wanted) for value in found for wanted in condition.values)
    else:
        met = bool(found) and found != [[]] and found != [{}]
    return met is not condition.negated


def _filled(template: Template, members: Mapping[str, Any], lookup: Any) -> list[str]:
    try:
        return template.fill(members, lookup)
    except Unresolved:
        return []


def _filled_text(said: str, members: Mapping[str, Any], lookup: Any) -> str | None:
    """A denial's own name of the resource, filled; None where a member is missing."""
    from launchrole.facts.template import template

    pieces: Sequence[str] = said.split("{}")
    done = []
    for piece in pieces:
        filled = _filled(template(piece), members, lookup) if piece else [""]
        if not filled:
            return None
        done.append(filled[0])
    return "{}".join(done)


__all__ = ["Authorizer", "CannotAuthorize", "Place", "Question", "Via", "actions", "operation_of", "shared_context"]
