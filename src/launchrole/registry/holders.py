"""Who can: the policies and the roles that allow an action on a resource, each shown by a request.

A holder's policies are compared, together with a Deny of everything that is not asked about, with policies that allow
nothing: what is left is what they allow of it, their own Denies, conditions and the boundary counted. Where nothing is
left, that is proved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from launchrole.facts.access import facts_about, type_of_key
from launchrole.policy import operators
from launchrole.policy.document import PolicyDocument, Statement, parse
from launchrole.policy.overlap import covers, meets
from launchrole.policy.policy_set import PolicySet
from launchrole.reasoning import Access, Difference, ReasoningError, new_access
from launchrole.reasoning.checks import nothing_but
from launchrole.reasoning.wording import in_words
from launchrole.registry.registry import Registry

_NOTHING = nothing_but(Access())


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody may be able to do: one of the actions that a pattern names (`iam:Pass*`), on some resource that a
    pattern matches, with these values of context keys and any of all others."""

    action: str
    resource: str = "*"
    context: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who is asked about: a policy by itself, or a role (`arn`) with all its policies and its boundary."""

    name: str
    documents: tuple[PolicyDocument, ...]
    boundary: PolicyDocument | None = None
    arn: str | None = None
    is_role: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What a holder can do of what was asked. `denies` are the holder's Denies of the action, with what limits them in
    words: they are counted, and told since they say what else a request must not be."""

    holder: Holder
    access: Difference
    denies: tuple[str, ...]


class WhoCan:
    """A question, asked of many holders. Raises ReasoningError for a value that its key cannot have, PolicySyntaxError
    for an action or a resource that no policy can name."""

    def __init__(self, question: Question) -> None:
        self._action = question.action.strip().lower()
        self._facts = facts_about(self._action)
        self._limits = list(_limits(question))

    def may_allow(self, document: Mapping[str, Any]) -> bool:
        """Whether a policy, as JSON has it, has an Allow that names one of the actions; quicker than `ask`."""
        return any(
            one["Effect"] == "Allow"
            and self._concerns(_listed(one.get("Action") or one["NotAction"]), negated="NotAction" in one)
            for one in _listed(document["Statement"])
        )

    def ask(self, holder: Holder) -> Answer:
        """What a holder can do of it. Raises ReasoningError."""
        documents = [self._about(one) for one in holder.documents]
        statements = [one for document in documents for one in document.statements]
        if not any(one.effect == "Allow" for one in statements):
            return Answer(holder, Difference((), ()), ())
        boundary = () if holder.boundary is None else (self._about(holder.boundary),)
        own = [*self._limits, *(_role_is_caller(holder) if holder.is_role else ())]
        access = new_access(
            PolicySet(identity=[_NOTHING], permissions_boundary=boundary),
            PolicySet(identity=[*documents, *own], permissions_boundary=boundary),
            self._facts,
        )
        denies = [_deny(one, document) for document in (*documents, *boundary) for one in document.statements]
        return Answer(holder, access, tuple(one for one in denies if one))

    def _about(self, document: PolicyDocument) -> PolicyDocument:
        """A policy without the statements that are not about the actions."""
        return replace(document, statements=tuple(self._statements(document)))

    def _statements(self, document: PolicyDocument) -> Iterator[Statement]:
        for one in document.statements:
            if one.not_action:
                if self._concerns(one.actions, negated=True):
                    yield one
                continue
            actions = tuple(each for each in one.actions if self._concerns([each], negated=False))
            if actions:
                yield replace(one, actions=actions)

    def _concerns(self, written: Sequence[str], *, negated: bool) -> bool:
        patterns = (one.strip().lower() for one in written)
        if negated:
            return not any(covers(one, self._action) for one in patterns)
        return any(meets(one, self._action) for one in patterns)


def holders(registry: Registry, who: WhoCan, *, all_versions: bool = False) -> tuple[list[Holder], int]:
    """The policies of the registry that may allow what is asked about, in their default versions or in all; and of how
    many versions the document was looked at. Versions without a known document are left out."""
    found: list[Holder] = []
    asked = 0
    for name in registry.names():
        shipped = registry.only_version(name)
        if shipped is not None:
            asked += 1
            if who.may_allow(shipped.document):
                found.append(
                    Holder(shipped.reference, (parse(shipped.document, name=shipped.reference),), arn=shipped.arn)
                )
            continue
        policy = registry.policy(name)
        versions = policy.versions if all_versions else policy.versions and [policy.version(None)]
        for version in versions:
            if version.digest is not None:
                asked += 1
                document = parse(registry.document(version), name=version.reference)
                found.append(Holder(version.reference, (document,), arn=policy.arn))
    return found, asked


def _limits(question: Question) -> Iterator[PolicyDocument]:
    """Policies that deny everything but what is asked about."""
    resources = () if question.resource == "*" else (question.resource,)
    yield nothing_but(Access((question.action,), resources))
    for key, values in question.context.items():
        different, read = _BY_TYPE.get(type_of_key(key) or "", ("StringNotEquals", None))
        for value in values:
            if read is not None and read(value) is None:
                raise ReasoningError(f"{key} is {type_of_key(key)}, and {value!r} is no value of that type")
        # By set operators even where a key has one value: policies that use them on it are met by several.
        conditions: list[_Condition] = [{f"ForAnyValue:{different}": {key: list(values)}}]
        yield _denying(*conditions, *({f"ForAllValues:{different}": {key: value}} for value in values))


_BY_TYPE: Mapping[str, tuple[str, Callable[[str], object | None]]] = {
    "Numeric": ("NumericNotEquals", operators.number),
    "Date": ("DateNotEquals", operators.instant),
    "IPAddress": ("NotIpAddress", operators.network),
}
"""The operators that tell another value from a key's, by the key's type, and what reads a value; others hold texts."""


def _role_is_caller(role: Holder) -> Iterator[PolicyDocument]:
    """A policy that denies all requests but a role's own, by the keys that AWS sets of the caller. What tags a session
    has is left open.

    IAM User Guide: reference_policies_condition-keys.html, "Properties of the principal".
    """
    yield _denying({"StringNotEquals": {"aws:PrincipalArn": role.arn}})
    account = (role.arn or "").split(":")[4]
    named = " ".join(_key_texts([*role.documents, *([role.boundary] if role.boundary else [])])).lower()
    for key, condition in (
        ("aws:principalaccount", {"StringNotEquals": {"aws:PrincipalAccount": account}}),
        ("aws:principaltype", {"StringNotEquals": {"aws:PrincipalType": "AssumedRole"}}),
        ("aws:username", {"Null": {"aws:username": "false"}}),
    ):
        if key in named:
            yield _denying(condition)


def _key_texts(documents: Sequence[PolicyDocument]) -> Iterator[str]:
    """The texts of policies in which context keys are named: keys of conditions, and where variables stand."""
    for statement in (one for document in documents for one in document.statements):
        yield from statement.resources
        for entry in statement.conditions:
            yield from (entry.key, *entry.values)


_Condition = Mapping[str, Mapping[str, object]]


def _denying(*conditions: _Condition) -> PolicyDocument:
    """A policy that denies all requests that meet one of some conditions. Values are taken as they are written:
    documents of this version have no variables."""
    statements = [{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": one} for one in conditions]
    return parse({"Version": "2008-10-17", "Statement": statements})


def _deny(statement: Statement, document: PolicyDocument) -> str | None:
    if statement.effect != "Deny":
        return None
    sid = f" ({statement.sid})" if statement.sid else ""
    on = f"{'all but ' if statement.not_resource else ''}{', '.join(statement.resources)}"
    clauses = " and ".join(in_words(one) for one in statement.conditions)
    where = f"statement {statement.index + 1}{sid} of {document.name}"
    return f"{where} denies it on {on}{f' if {clauses}' if clauses else ''}"


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]
