"""What a version really changed: proved, with a request as witness, in both directions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from launchrole.facts.access import facts_for
from launchrole.policy.document import PolicyDocument, parse
from launchrole.policy.policy_set import PolicySet
from launchrole.policy.request import Request
from launchrole.reasoning import (
    Access,
    Comparison,
    Difference,
    Finding,
    ReasoningError,
    Verdict,
    compare,
    new_access,
    request_as_dict,
)
from launchrole.reasoning.checks import nothing_but
from launchrole.registry.history import Policy, Version
from launchrole.registry.registry import Registry


@dataclass(frozen=True, slots=True)
class Transition:
    """A version beside the one before it.

    `before` is the version that it is compared with: the nearest earlier one whose document is known, None for the
    first. `comparison` is None where there is nothing to compare: then `access` is what the first version allows, and
    None where the version's document is not known.
    """

    version: Version
    before: Version | None
    comparison: Comparison | None
    access: Difference | None


def compared(
    old: PolicyDocument,
    new: PolicyDocument,
    old_boundary: PolicyDocument | None = None,
    new_boundary: PolicyDocument | None = None,
) -> Comparison:
    """Two documents, each under a permissions boundary if it has one, in both directions. Raises ReasoningError where
    they cannot be compared."""
    given = [one for one in (old, new, old_boundary, new_boundary) if one is not None]
    return compare(_bounded(old, old_boundary), _bounded(new, new_boundary), facts_for(given))


def _bounded(document: PolicyDocument, boundary: PolicyDocument | None) -> PolicyDocument | PolicySet:
    if boundary is None:
        return document
    if any(statement.principal is not None for one in (document, boundary) for statement in one.statements):
        raise ReasoningError("a permissions boundary limits a user or a role: leave out policies that name principals")
    return PolicySet(identity=[document], permissions_boundary=[boundary])


def parsed(registry: Registry, version: Version) -> PolicyDocument:
    """A version's document. Raises NotKnown."""
    return parse(registry.document(version), name=version.reference)


def transition(registry: Registry, policy: Policy, version: Version) -> Transition:
    """What a version changed."""
    before = policy.before(version)
    if not registry.has_document(version):
        return Transition(version, before, None, None)
    if before is None:
        found = registry.proved(
            (None, None, version.reference, version.digest),
            lambda: Comparison(access(parsed(registry, version)), Difference((), ())),
        )
        return Transition(version, None, None, found.added)
    found = registry.proved(
        (before.reference, before.digest, version.reference, version.digest),
        lambda: compared(parsed(registry, before), parsed(registry, version)),
    )
    return Transition(version, before, found, None)


def access(document: PolicyDocument) -> Difference:
    """What a document allows."""
    return new_access(nothing_but(Access()), document, facts_for([document]))


def action_names(findings: Sequence[Finding]) -> list[str]:
    """The actions of findings, each once, those to come by the wildcard that will allow them."""
    return sorted({grant.text for finding in findings for grant in finding.actions}, key=str.lower)


def witness_in_words(request: Request) -> str:
    """A request as a sentence."""
    context = request_as_dict(request)["context"]
    assert isinstance(context, Mapping)
    pairs = ", ".join(f"{key}={_value(value)}" for key, value in context.items())
    canonical = request.principal.canonical_user_id
    who = f"{request.principal.arn}{f' (canonical user {canonical})' if canonical else ''}"
    return f"{who} may {request.action} on {request.resource}{f' with {pairs}' if pairs else ''}"


def _value(value: object) -> str:
    return f"[{', '.join(map(str, value))}]" if isinstance(value, list) else str(value)


MEANINGS = {
    Verdict.EQUIVALENT: "allows exactly what was allowed",
    Verdict.ADDS: "allows more, takes nothing away",
    Verdict.REMOVES: "takes away, allows nothing new",
    Verdict.BOTH: "allows more and takes away",
    Verdict.UNDECIDED: "not decided",
}
"""Verdicts in words."""
