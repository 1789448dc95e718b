"""IAM's policy simulator, answered by the same engine that decides real calls.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html and API_SimulatePrincipalPolicy.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from launchrole.account.directory import PolicyText
from launchrole.account.errors import ServiceError
from launchrole.account.service import Call
from launchrole.policy.condition import keys_read
from launchrole.policy.context import Context
from launchrole.policy.decision import Decision, Verdict
from launchrole.policy.document import PolicyDocument, parse
from launchrole.policy.errors import PolicyError, PolicySyntaxError
from launchrole.policy.explanation import StatementOutcome, explain
from launchrole.policy.policy_set import PolicySet
from launchrole.policy.policy_type import PolicyType
from launchrole.policy.principal import Principal, PrincipalKind
from launchrole.policy.request import Request
from launchrole.policy.source import place_of
from launchrole.policy.variables import template, variable_keys
from launchrole.services.iam import iam

iam_simulation = iam
"""IAM's service with the simulator in it."""

_DECISIONS = {
    Verdict.ALLOWED: "allowed",
    Verdict.EXPLICITLY_DENIED: "explicitDeny",
    Verdict.IMPLICITLY_DENIED: "implicitDeny",
    Verdict.UNDECIDED: "implicitDeny",
}


@dataclass(frozen=True, slots=True)
class _Policies:
    """What is simulated. `sources` say for each document where it is from: its id and its type."""

    identity: tuple[PolicyDocument, ...]
    boundary: tuple[PolicyDocument, ...]
    resource: PolicyDocument | None
    sources: Mapping[int, tuple[str, str]]

    def all(self) -> Iterator[PolicyDocument]:
        yield from self.identity
        yield from self.boundary
        if self.resource is not None:
            yield self.resource


@iam.operation("SimulateCustomPolicy")
def simulate_custom_policy(call: Call) -> Mapping[str, Any]:
    given = call.params["PolicyInputList"]
    return _simulated(call, _policies(call, [], given, []), call.params.get("CallerArn"))


@iam.operation("SimulatePrincipalPolicy")
def simulate_principal_policy(call: Call) -> Mapping[str, Any]:
    source = call.params["PolicySourceArn"]
    attached, boundary = _attached(call, source)
    policies = _policies(call, attached, call.params.get("PolicyInputList") or (), boundary)
    caller = call.params.get("CallerArn") or (source if ":group/" not in source else None)
    return _simulated(call, policies, caller)


@iam.operation("GetContextKeysForCustomPolicy")
def get_context_keys_for_custom_policy(call: Call) -> Mapping[str, Any]:
    return {"ContextKeyNames": _keys(_read(text, "") for text in call.params["PolicyInputList"])}


@iam.operation("GetContextKeysForPrincipalPolicy")
def get_context_keys_for_principal_policy(call: Call) -> Mapping[str, Any]:
    attached, _ = _attached(call, call.params["PolicySourceArn"])
    further = call.params.get("PolicyInputList") or ()
    return {
        "ContextKeyNames": _keys([*(_read(one.text, one.name) for one in attached), *(_read(t, "") for t in further)])
    }


def _attached(call: Call, source: str) -> tuple[Sequence[PolicyText], Sequence[PolicyText]]:
    """The policies of a user, group or role, and its boundary."""
    directory = call.surroundings.directory
    parts = source.split(":", 5)
    kind, _, rest = parts[5].partition("/") if len(parts) == 6 else ("", "", "")
    name = rest.rpartition("/")[2]
    if len(parts) != 6 or parts[2] != "iam" or kind not in ("user", "role", "group"):
        raise ServiceError("InvalidInput", f"Invalid ARN provided in the request: {source}")
    if kind == "group":
        policies = directory.group_policies(parts[4], name)
        if policies is None:
            raise ServiceError("NoSuchEntity", f"The group with name {name} cannot be found.", 404)
        return policies, ()
    identity = directory.user(parts[4], name) if kind == "user" else directory.role_identity(parts[4], name)
    if identity is None:
        raise ServiceError("NoSuchEntity", f"The {kind} with name {name} cannot be found.", 404)
    return identity.policies, () if identity.boundary is None else (identity.boundary,)


def _policies(
    call: Call, attached: Sequence[PolicyText], given: Sequence[str], own_boundary: Sequence[PolicyText]
) -> _Policies:
    sources: dict[int, tuple[str, str]] = {}

    def read(text: str, name: str, kind: str, arn: str | None = None) -> PolicyDocument:
        document = _read(text, name, arn)
        sources[id(document)] = (name, kind)
        return document

    identity = [read(one.text, one.name, _kind(one), one.arn) for one in attached]
    identity += [read(text, f"PolicyInputList.{n}", "IAM Policy") for n, text in enumerate(given, 1)]
    texts = call.params.get("PermissionsBoundaryPolicyInputList")
    if texts is None:
        boundary = [read(one.text, one.name, _kind(one), one.arn) for one in own_boundary]
    else:
        boundary = [
            read(text, f"PermissionsBoundaryPolicyInputList.{n}", "IAM Policy") for n, text in enumerate(texts, 1)
        ]
    resource = call.params.get("ResourcePolicy")
    return _Policies(
        tuple(identity),
        tuple(boundary),
        None if resource is None else read(resource, "ResourcePolicy", "Resource Policy"),
        sources,
    )


def _kind(policy: PolicyText) -> str:
    if policy.arn is None:
        return "IAM Policy"
    return "AWS Managed Policy" if ":iam::aws:" in policy.arn else "User Managed Policy"


def _read(text: str, name: str, arn: str | None = None) -> PolicyDocument:
    try:
        return parse(text, name=name, arn=arn)
    except PolicySyntaxError as error:
        raise ServiceError("InvalidInput", f"Invalid policy {name}: {error.message or error}".rstrip()) from None


def _simulated(call: Call, policies: _Policies, caller_arn: str | None) -> Mapping[str, Any]:
    caller = _caller(call, policies, caller_arn)
    policy_set = PolicySet(
        identity=policies.identity, permissions_boundary=policies.boundary, resource=policies.resource
    )
    entries = call.params.get("ContextEntries") or ()
    context: dict[str, Any] = {}
    for entry in entries:
        values = entry.get("ContextKeyValues") or []
        context[entry["ContextKeyName"]] = (
            values if len(values) != 1 or "List" in entry.get("ContextKeyType", "") else values[0]
        )
    wanted = _keys(policies.all())
    missing = [key for key in wanted if key.lower() not in {name.lower() for name in context}]
    results = []
    for action in call.params["ActionNames"]:
        _check_action(action)
        for resource in call.params.get("ResourceArns") or ["*"]:
            try:
                request = Request(caller, action, resource, Context(context), _owner(call))
            except PolicyError as error:
                raise ServiceError("InvalidInput", f"The simulation cannot be made: {error}") from None
            results.append(_result(policy_set.evaluate(request), policies, missing))
    limit = int(call.params.get("MaxItems") or 100)
    start = _start(call.params.get("Marker"))
    page = results[start : start + limit]
    end = start + limit
    more = end < len(results)
    return {"EvaluationResults": page, "IsTruncated": more, **({"Marker": str(end)} if more else {})}


def _start(marker: str | None) -> int:
    if marker is None:
        return 0
    if not marker.isascii() or not marker.isdigit() or len(marker) > 9:
        raise ServiceError("InvalidInput", "Invalid Marker.")
    return int(marker)


def _check_action(action: str) -> None:
    prefix, colon, name = action.partition(":")
    if not colon or not prefix or not name or "*" in action or "?" in action:
        raise ServiceError("InvalidInput", f"Invalid Action: {action}")


def _owner(call: Call) -> str | None:
    """The account of ResourceOwner, an ARN or an account id."""
    owner = call.params.get("ResourceOwner")
    if owner is None:
        return None
    account: str = owner.split(":")[4] if owner.count(":") >= 5 else owner
    return account


def _caller(call: Call, policies: _Policies, arn: str | None) -> Principal:
    if arn is None:
        if policies.resource is not None:
            raise ServiceError("InvalidInput", "CallerArn is required when ResourcePolicy is given.")
        return Principal.parse(f"arn:{call.partition}:iam::{call.account}:user/simulated")
    try:
        principal = Principal.parse(arn)
    except PolicyError:
        raise ServiceError("InvalidInput", f"Invalid ARN provided in the request: {arn}") from None
    if principal.kind not in (PrincipalKind.USER, PrincipalKind.ROLE):
        raise ServiceError("InvalidInput", f"Invalid ARN provided in the request: {arn}")
    return principal


def _result(decision: Decision, policies: _Policies, missing: Sequence[str]) -> Mapping[str, Any]:
    outcomes = explain(decision).statements
    effect = "Allow" if decision.allowed else "Deny"
    matched = [
        _matched(outcome, policies)
        for outcome in outcomes
        if outcome.matched is True and outcome.effect == effect and decision.verdict is not Verdict.IMPLICITLY_DENIED
    ]
    told = _DECISIONS[decision.verdict]
    request = decision.request
    specific = {
        "EvalResourceName": request.resource,
        "EvalResourceDecision": told,
        "MatchedStatements": matched,
        "MissingContextValues": list(missing),
    }
    result: dict[str, Any] = {
        "EvalActionName": request.action,
        "EvalResourceName": request.resource,
        "EvalDecision": told,
        "MatchedStatements": matched,
        "MissingContextValues": list(missing),
        "ResourceSpecificResults": [specific],
    }
    if policies.boundary:
        allows = any(
            one.matched is True and one.effect == "Allow" and one.policy_type is PolicyType.BOUNDARY for one in outcomes
        )
        denies = any(
            one.matched is True and one.effect == "Deny" and one.policy_type is PolicyType.BOUNDARY for one in outcomes
        )
        result["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": allows and not denies}
    return result


def _matched(outcome: StatementOutcome, policies: _Policies) -> Mapping[str, Any]:
    document = outcome.bound.document
    name, kind = policies.sources.get(id(document), (document.name or "", "none"))
    found: dict[str, Any] = {"SourcePolicyId": name, "SourcePolicyType": kind}
    text = document.text
    place = document.place(outcome.bound.statement.path)
    if text is not None and place is not None:
        lines = text.split("\n")
        start = sum(len(line) + 1 for line in lines[: place.line - 1]) + place.column - 1
        _, end = json.JSONDecoder().raw_decode(text, start)
        last = place_of(text, end)
        found["StartPosition"] = {"Line": place.line, "Column": place.column}
        found["EndPosition"] = {"Line": last.line, "Column": last.column}
    return found


def _keys(documents: Any) -> list[str]:
    """The condition keys and policy variables that policies name, each once, in their order."""
    found: dict[str, str] = {}
    for document in documents:
        for key in _keys_of(document):
            found.setdefault(key.lower(), key)
    return list(found.values())


def _keys_of(document: PolicyDocument) -> Iterator[str]:
    variables = document.has_variables
    for statement in document.statements:
        for entry in statement.conditions:
            yield from keys_read(entry, variables=variables)
        for resource in statement.resources if variables else ():
            yield from variable_keys(template(resource))
