"""IAM Access Analyzer's custom policy checks, with AWS' requests, answers and words.

IAM Access Analyzer API Reference: API_CheckNoNewAccess.html, API_CheckAccessNotGranted.html; AWS CLI Command Reference:
accessanalyzer/check-no-new-access.html, accessanalyzer/check-access-not-granted.html. How AWS words the answers for
actions, for resources and for both is known from the recorded findings of awslabs/terraform-iam-policy-validator; the
examples in AWS' SDKs word all three alike.

CheckNoPublicAccess is another question (who is the public?): `public_access`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from launchrole.policy.document import PolicyDocument, parse
from launchrole.policy.policy_set import PolicySet
from launchrole.reasoning.comparison import Facts, new_access
from launchrole.reasoning.findings import Difference, Finding
from launchrole.reasoning.sides import ReasoningError

IDENTITY_POLICY, RESOURCE_POLICY = "IDENTITY_POLICY", "RESOURCE_POLICY"

_MOST_LISTED = 100
"""Actions and resources in one request (API_Access.html)."""


class CheckRequestError(ReasoningError):
    """What AWS answers with a ValidationException; the message says what is wrong and what to write."""


class CheckUndecided(ReasoningError):
    """No answer was proved. AWS answers UnprocessableEntityException where it cannot analyze a policy."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a check failed: the statement, and a request that shows it (ours; AWS gives none)."""

    description: str
    statement_index: int
    statement_id: str | None
    findings: tuple[Finding, ...]

    def to_dict(self) -> dict[str, object]:
        """As AWS' ReasonSummary has it."""
        described: dict[str, object] = {"description": self.description, "statementIndex": self.statement_index}
        return described | ({"statementId": self.statement_id} if self.statement_id else {})


@dataclass(frozen=True, slots=True)
class CheckAnswer:
    """The answer to a check. `result` is PASS or FAIL."""

    result: str
    message: str
    reasons: tuple[Reason, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """As AWS answers."""
        return {
            "result": self.result,
            "message": self.message,
            "reasons": [reason.to_dict() for reason in self.reasons],
        }


@dataclass(frozen=True, slots=True)
class Access:
    """Access that is not to be granted: one of the actions (any if there are none) on one of the resources."""

    actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()


def check_no_new_access(existing: str, new: str, policy_type: str, facts: Facts) -> CheckAnswer:
    """Whether a new policy grants no access that the existing one does not.

    The policies are JSON texts. Raises PolicySyntaxError, CheckRequestError, CheckUndecided.
    """
    documents = parse(existing), parse(new)
    if len({_names_callers(one) for one in documents if one.statements}) > 1:
        raise CheckRequestError("one policy names principals and the other does not: check two of a kind")
    old_set, new_set = (_policies([one], policy_type) for one in documents)
    difference = new_access(old_set, new_set, facts)
    if not difference.findings:
        demand_proof(difference)
        return CheckAnswer("PASS", "The modified permissions do not grant new access compared to your existing policy.")
    return CheckAnswer(
        "FAIL",
        "The modified permissions grant new access compared to your existing policy.",
        reasons("New access in the statement", difference),
    )


def check_access_not_granted(policy: str, access: Sequence[Access], policy_type: str, facts: Facts) -> CheckAnswer:
    """Whether a policy, a JSON text, grants none of some access. Raises as `check_no_new_access`."""
    _valid(access)
    document = parse(policy)
    names_principals = policy_type == RESOURCE_POLICY
    nothing = _policies([nothing_but(Access(), principal=names_principals)], policy_type)
    found: dict[int, Reason] = {}
    for one in access:
        limited = _policies([document, nothing_but(one, principal=names_principals)], policy_type)
        difference = new_access(nothing, limited, facts)
        if not difference.findings:
            demand_proof(difference)
        for reason in reasons(f"One or more of the listed {_words(one).listed} in the statement", difference):
            found.setdefault(reason.statement_index, reason)
    if not found:
        return CheckAnswer(
            "PASS", "The policy document does not grant access to perform the listed actions or resources."
        )
    ordered = tuple(found[index] for index in sorted(found))
    return CheckAnswer("FAIL", f"The policy document grants access to {_words(access[0]).granted}.", ordered)


def access_of(given: Mapping[str, object]) -> Access:
    """The access that a request describes: {"actions": [...], "resources": [...]}. Raises CheckRequestError."""
    unknown = [name for name in given if name not in ("actions", "resources")]
    if unknown:
        raise CheckRequestError(f"access has no `{unknown[0]}`: it lists `actions`, `resources` or both")
    return Access(_listed(given, "actions"), _listed(given, "resources"))


@dataclass(frozen=True, slots=True)
class _Words:
    listed: str
    granted: str


def _words(access: Access) -> _Words:
    if access.actions and access.resources:
        return _Words(
            "actions and/or resources",
            "one or more listed resources to perform one or more listed actions",
        )
    if access.actions:
        return _Words("actions", "perform one or more of the listed actions")
    return _Words("resources", "one or more of the listed resources")


def nothing_but(access: Access, *, principal: bool = False) -> PolicyDocument:
    """A policy that denies everything but some access; everything at all where none is given."""
    who = {"Principal": "*"} if principal else {}
    deny: dict[str, object] = {"Effect": "Deny", **who, "Action": "*", "Resource": "*"}
    statements: list[dict[str, object]] = []
    if access.actions:
        statements.append({"Effect": "Deny", **who, "NotAction": list(access.actions), "Resource": "*"})
    if access.resources:
        statements.append({"Effect": "Deny", **who, "Action": "*", "NotResource": list(access.resources)})
    return parse({"Version": "2012-10-17", "Statement": statements or [deny]})


def _policies(documents: Sequence[PolicyDocument], policy_type: str) -> PolicySet:
    if policy_type == IDENTITY_POLICY:
        return PolicySet(identity=documents)
    if policy_type == RESOURCE_POLICY:
        return PolicySet(resource=documents)
    raise CheckRequestError(f"`{policy_type}` is no type of policy: write {IDENTITY_POLICY} or {RESOURCE_POLICY}")


def reasons(told: str, difference: Difference) -> tuple[Reason, ...]:
    """The statements of a difference, each told of as AWS does: "New access in the statement with index: 0."."""
    by_statement: dict[int, list[Finding]] = {}
    for finding in difference.findings:
        by_statement.setdefault(finding.statement_index, []).append(finding)
    made: list[Reason] = []
    for index, some in sorted(by_statement.items()):
        sid = some[0].sid or None
        place = f"sid: {sid}" if sid else f"index: {index}"
        made.append(Reason(f"{told} with {place}.", index, sid, tuple(some)))
    return tuple(made)


def demand_proof(difference: Difference) -> None:
    """Raises CheckUndecided for a difference of which something is neither shown nor ruled out."""
    if difference.undecided:
        one = difference.undecided[0]
        what = "the policy" if one.statement_index is None else f"statement {one.statement_index + 1}"
        raise CheckUndecided(f"nothing was proved about {what}: {one.reason}")


def _names_callers(document: PolicyDocument) -> bool:
    return any(one.principal is not None for one in document.statements)


def _valid(access: Sequence[Access]) -> None:
    if not access:
        raise CheckRequestError("no access is listed: give actions, resources or both")
    for one in access:
        if not one.actions and not one.resources:
            raise CheckRequestError("an access lists neither actions nor resources: give one of them at least")
        if len(one.actions) > _MOST_LISTED or len(one.resources) > _MOST_LISTED:
            raise CheckRequestError(f"an access lists at most {_MOST_LISTED} actions and {_MOST_LISTED} resources")
        for action in one.actions:
            if action != "*" and not all(action.partition(":")):
                raise CheckRequestError(f"`{action}` is no action: write one as in s3:GetObject or s3:Get*, or *")


def _listed(given: Mapping[str, object], name: str) -> tuple[str, ...]:
    found = given.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise CheckRequestError(f"`{name}` is a list of texts")
    return tuple(found)
