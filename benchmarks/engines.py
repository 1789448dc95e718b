"""The engines, each prepared as far as its own interface lets: policies read, and whatever it can keep kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from workloads import Question, Workload


@dataclass(frozen=True, slots=True)
class Prepared:
    """`decide` takes what `request` makes of a question; `is_allowed` and `is_right` read what `decide` returns."""

    request: Callable[[Question], Any]
    decide: Callable[[Any], Any]
    is_allowed: Callable[[Any], bool]

    def right_answers(self, questions: tuple[Question, ...]) -> int:
        return sum(self.is_allowed(self.decide(self.request(one))) is one.is_allowed for one in questions)

    def ask(self, question: Question) -> Any:
        """Decide a question, the engine's own form of the request included."""
        return self.decide(self.request(question))


def launchrole(workload: Workload) -> Prepared:
    from launchrole.policy import PolicySet, Request, parse

    policies = PolicySet(
        identity=[parse(text) for text in workload.identity],
        permissions_boundary=[parse(text) for text in workload.boundary],
        session=[parse(text) for text in workload.session],
    )
    return Prepared(
        lambda one: Request(one.principal, one.action, one.resource, one.context),
        policies.evaluate,
        lambda decision: decision.allowed,
    )


def moto(workload: Workload) -> Prepared:
    """moto reads a caller's policies anew for every call; here they are read once.

    It knows no boundary and no session policy: those are asked like further policies, all of which must permit.
    """
    from moto.iam.access_control import IAMPolicy, PermissionResult

    permitted, denied = PermissionResult.PERMITTED, PermissionResult.DENIED
    layers = [[IAMPolicy(text) for text in layer] for layer in _layers(workload)]

    def decide(request: tuple[str, str, str, dict[str, Any]]) -> bool:
        action, resource, _, context = request
        allowed = True
        for layer in layers:
            found = False
            for policy in layer:
                result = policy.is_action_permitted(action, resource, None, context)
                if result is denied:
                    return False
                found = found or result is permitted
            allowed = allowed and found
        return allowed

    return Prepared(lambda one: (one.action, one.resource, one.principal, one.context), decide, bool)


def ministack(workload: Workload) -> Prepared:
    from ministack.core.iam_evaluator import EvalContext, evaluate, parse_policy_document

    identity, *limits = [[parse_policy_document(text) for text in layer] for layer in _layers(workload)]

    def request(one: Question) -> EvalContext:
        return EvalContext(
            principal_arn=one.principal,
            principal_type="User" if ":user/" in one.principal else "AssumedRole",
            principal_account=one.principal.split(":")[4],
            action=one.action,
            resource_arn=one.resource,
            region=str(one.context.get("aws:RequestedRegion", "")),
            service_context={key.lower(): value for key, value in one.context.items()},
        )

    return Prepared(
        request, lambda context: evaluate(context, identity, *limits), lambda result: result.decision == "Allow"
    )


def cedarpy(workload: Workload) -> Prepared:
    """The same statements in Cedar, as a parsed policy set; the context is text already, as cedarpy hands it on.

    Raises cedar_policies.NotExpressibleError.
    """
    from cedarpy import Entities, PolicySet, is_authorized

    from cedar_policies import translate

    identity, *limits = _layers(workload)
    policies = PolicySet.from_str(translate(identity, *limits))
    entities = Entities.from_json_str("[]")

    def request(one: Question) -> dict[str, Any]:
        context = {key.lower(): value for key, value in one.context.items()}
        action = one.action.lower()
        return {
            "principal": {"type": "Principal", "id": one.principal},
            "action": {"type": "Action", "id": action},
            "resource": {"type": "Resource", "id": one.resource},
            "context": json.dumps({**context, "action": action, "resource": one.resource}),
        }

    return Prepared(
        request, lambda asked: is_authorized(asked, policies, entities), lambda result: bool(result.allowed)
    )


def _layers(workload: Workload) -> list[tuple[str, ...]]:
    return [workload.identity, *(layer for layer in (workload.boundary, workload.session) if layer)]


ENGINES: dict[str, Callable[[Workload], Prepared]] = {
    "launchrole": launchrole,
    "ministack": ministack,
    "cedarpy": cedarpy,
    "moto": moto,
}


def label(name: str) -> str:
    return f"{name} {version(name)}"
