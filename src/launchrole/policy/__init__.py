"""The IAM policy language: parse, evaluate, explain, repair. Standard library only, no I/O.

    from launchrole.policy import PolicySet, Request, parse

    policies = PolicySet(identity=[parse(text)])
    decision = policies.evaluate(Request("arn:aws:iam::123456789012:user/alice", "s3:GetObject", "arn:aws:s3:::b/k"))

`explanation` says why, `repair` what to change, `validation` what is doubtful about a policy before anyone asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from launchrole.policy.context import UNKNOWN, Context
    from launchrole.policy.decision import Decision, Verdict
    from launchrole.policy.document import PolicyDocument, PolicyKind, parse
    from launchrole.policy.errors import ContextError, PolicyError, PolicySyntaxError, PrincipalError
    from launchrole.policy.explanation import Explanation, explain, nearest_miss
    from launchrole.policy.policy_set import PolicySet
    from launchrole.policy.policy_type import PolicyType
    from launchrole.policy.principal import Principal
    from launchrole.policy.request import Request

# Names are imported when they are first used: a command that validates a policy need not load the evaluator.
_HOMES = {
    "UNKNOWN": "context",
    "Context": "context",
    "ContextError": "errors",
    "Decision": "decision",
    "Explanation": "explanation",
    "PolicyDocument": "document",
    "PolicyError": "errors",
    "PolicyKind": "document",
    "PolicySet": "policy_set",
    "PolicySyntaxError": "errors",
    "PolicyType": "policy_type",
    "Principal": "principal",
    "PrincipalError": "errors",
    "Request": "request",
    "Verdict": "decision",
    "explain": "explanation",
    "nearest_miss": "explanation",
    "parse": "document",
}

__all__ = [
    "UNKNOWN",
    "Context",
    "ContextError",
    "Decision",
    "Explanation",
    "PolicyDocument",
    "PolicyError",
    "PolicyKind",
    "PolicySet",
    "PolicySyntaxError",
    "PolicyType",
    "Principal",
    "PrincipalError",
    "Request",
    "Verdict",
    "explain",
    "nearest_miss",
    "parse",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
