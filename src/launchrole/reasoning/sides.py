"""One side of a comparison: a policy set, and whether it allows a request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from launchrole.policy.document import PolicyDocument, parse
from launchrole.policy.errors import PolicyError
from launchrole.policy.policy_set import PolicySet
from launchrole.policy.policy_type import PolicyType
from launchrole.policy.request import Request
from launchrole.policy.statement import BoundStatement
from launchrole.reasoning.text_classes import OPAQUE


class ReasoningError(PolicyError):
    """A question that nothing can be proved about; the message says why, and what to ask instead."""


class Side:
    """What reasoning asks of a policy set.

    * A set with policies of the caller (identity-based ones, with permissions boundary, session policies, SCPs, a VPC
      endpoint's policy) allows what they allow together where the resource's own policy, if it has one, leaves it to
      them: where it names the caller's account. The caller is a user or a role.
    * A set with a resource-based policy and nothing else allows what that policy grants, whoever the caller is. Roles'
      trust policies are of this kind.
    """

    def __init__(self, policies: PolicySet) -> None:
        self.policies = policies
        types = {layer.policy_type for layer in policies.layers if layer.documents}
        self.is_of_resource = types == {PolicyType.RESOURCE}
        if PolicyType.RCP in types:
            raise ReasoningError("resource control policies concern some services' resources: leave them out")
        if PolicyType.RESOURCE in types and not self.is_of_resource:
            raise ReasoningError(
                "a resource-based policy is compared by itself: leave it, or the other policies, out of the set"
            )
        self.layers: list[tuple[int, PolicyType, tuple[BoundStatement, ...]]] = []
        for level, layer in enumerate(policies.layers):
            if layer.policy_type is PolicyType.RESOURCE:
                if not self.is_of_resource:
                    continue
            elif self.is_of_resource or (layer.policy_type is PolicyType.SESSION and not layer.documents):
                continue
            self.layers.append(
                (level if layer.policy_type is PolicyType.SCP else -1, layer.policy_type, layer.statements)
            )
        for _, _, statements in self.layers:
            for bound in statements:
                _refuse_private_characters(bound)
        self._with_owner: dict[str, PolicySet] = {}

    def allows(self, request: Request) -> bool:
        """What the evaluator says."""
        if self.is_of_resource:
            return self.policies.granted_by_resource(request) is True
        account = request.principal.account or ""
        complete = self._with_owner.get(account)
        if complete is None:
            complete = self._with_owner[account] = _delegating(self.policies, account)
        return complete.evaluate(request).allowed


def _refuse_private_characters(bound: BoundStatement) -> None:
    """Refuse characters that stand for variables here; AWS takes none of them (see `policy.rules`)."""
    statement = bound.statement
    for text in (*statement.resources, *(value for entry in statement.conditions for value in entry.values)):
        if not text.isascii() and max(text) >= OPAQUE:
            raise ReasoningError(f"statement {statement.index + 1} holds a private character of Unicode: take it out")


def side(policies: PolicySet | PolicyDocument | Mapping[str, object] | str) -> Side:
    """The side that a policy set is, or a single policy: a resource-based one if it names principals.

    Raises ReasoningError, and PolicySyntaxError for a text or mapping that is no policy.
    """
    if isinstance(policies, PolicySet):
        return Side(policies)
    document = policies if isinstance(policies, PolicyDocument) else parse(policies)
    if any(statement.principal is not None for statement in document.statements):
        return Side(PolicySet(resource=document))
    return Side(PolicySet(identity=[document]))


def _delegating(policies: PolicySet, account: str) -> PolicySet:
    """The same policies for a resource whose own policy leaves the decision to the caller's account.

    IAM User Guide: reference_policies_elements_principal.html, "AWS account principals". KMS keys and roles have such a
    policy in any case, and across accounts every resource needs one.
    """
    owner = parse(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"AWS": account}, "Action": "*", "Resource": "*"}],
        }
    )
    by_type: dict[PolicyType, list[tuple[PolicyDocument, ...]]] = {one: [] for one in PolicyType}
    for layer in policies.layers:
        by_type[layer.policy_type].append(layer.documents)

    def together(policy_type: PolicyType) -> Iterable[PolicyDocument]:
        return [document for documents in by_type[policy_type] for document in documents]

    return PolicySet(
        identity=together(PolicyType.IDENTITY),
        resource=owner,
        permissions_boundary=together(PolicyType.BOUNDARY),
        session=together(PolicyType.SESSION),
        scp=by_type[PolicyType.SCP],
        vpc_endpoint=together(PolicyType.VPC_ENDPOINT),
    )
