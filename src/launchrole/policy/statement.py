"""A statement made ready to be matched: patterns and conditions turned into matchers.

There is one implementation of matching. The engine asks `resource` and `checks`; an explanation asks the same
matchers element by element.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from launchrole.policy import pattern
from launchrole.policy.condition import Check, keys_read
from launchrole.policy.condition import check as condition_check
from launchrole.policy.context import UNKNOWN
from launchrole.policy.document import PolicyDocument, Statement
from launchrole.policy.pattern import MANY, Matcher, Wildcard, pieces_of
from launchrole.policy.policy_type import PolicyType
from launchrole.policy.principal import Grant, PrincipalKind, escapes_deny, grant, names_identities
from launchrole.policy.request import Request
from launchrole.policy.variables import (
    Template,
    UnknownVariable,
    Unresolvable,
    Variable,
    has_variables,
    resolve,
    resolve_widely,
    template,
    variable_keys,
)

Guard = Callable[[Request], bool | None]


@functools.lru_cache(maxsize=16_384)
def action_matcher(written: str) -> Matcher:
    """A matcher of actions in lower case for one entry of Action or NotAction.

    Actions ignore case (IAM User Guide: reference_policies_elements_action.html). Old versions of AWS' own managed
    policies hold names that end in a blank.
    """
    pieces = pieces_of(written.strip().lower())
    if len(pieces) == 2 and isinstance(pieces[0], str) and pieces[1] is MANY:
        # Nearly all of them; to compile a regular expression takes a hundred times as long.
        start = pieces[0]
        return lambda action: action.startswith(start)
    return pattern.glob(pieces)


class ResourcePattern:
    """One entry of Resource or NotResource.

    Variables work only behind the fifth colon, and only in documents of Version 2012-10-17 (IAM User Guide:
    reference_policies_variables.html).
    """

    __slots__ = ("_head", "_static", "_tail", "written")

    def __init__(self, written: str, *, variables: bool) -> None:
        self.written = written
        self._static: Matcher | None = None
        self._head: tuple[Matcher, ...] = ()
        self._tail: Template = ()
        parts = written.split(":", 5)
        if variables and len(parts) == 6 and has_variables(parts[5]):
            self._head = tuple(pattern.glob(pieces_of(part)) for part in parts[:5])
            self._tail = template(parts[5])

    @property
    def is_dynamic(self) -> bool:
        """Whether what the pattern matches depends on the request's context."""
        return any(isinstance(part, Variable) for part in self._tail)

    def variable_keys(self) -> list[str]:
        """The context keys, as they are written, that stand in the pattern."""
        return variable_keys(self._tail)

    @property
    def static(self) -> Matcher:
        """A matcher of resources, made when it is first asked for; for a pattern that is not dynamic."""
        if self._static is None:
            self._static = pattern.resource(self.static_pieces())
        return self._static

    def outcome(self, request: Request) -> bool | None:
        """Whether the pattern matches a request's resource; None where it hangs on a key nobody knows."""
        if not self.is_dynamic:
            return bool(self.static(request.resource))
        parts = request.resource.split(":", 5)
        if len(parts) != 6:
            return False
        for matches, part in zip(self._head, parts, strict=False):
            if not matches(part):
                return False
        try:
            return pattern.glob_matches(resolve(self._tail, request.values), parts[5])
        except Unresolvable:
            return False
        except UnknownVariable:
            return None if self._may_match(parts[5], request) else False

    def _may_match(self, tail: str, request: Request) -> bool:
        """Whether the pattern could match if the variables of unknown value had the right ones."""
        try:
            return pattern.glob_matches(resolve_widely(self._tail, request.values), tail)
        except Unresolvable:
            return False

    def static_pieces(self) -> list[str | Wildcard]:
        """The pieces of a pattern that is not dynamic."""
        if not self._tail:
            return pieces_of(self.written)
        head = self.written[: len(self.written) - len(self.written.split(":", 5)[5])]
        return [*pieces_of(head), *resolve(self._tail, {})]


class BoundStatement:
    """A statement of a document in the place it has in a policy set.

    `resource` is None where every resource matches, or a matcher of the resource's ARN. `checks` are the conditions,
    asked with the context's values; `guards` the demands that need the whole request (principal, resource patterns
    that hold variables). Both answer True, False, or None for a request of which too little is known.
    """

    __slots__ = (
        "checks",
        "conditions",
        "document",
        "guards",
        "policy_type",
        "resource",
        "resource_patterns",
        "statement",
        "with_boundary",
    )

    def __init__(
        self,
        document: PolicyDocument,
        statement: Statement,
        policy_type: PolicyType,
        *,
        with_boundary: bool = False,
    ) -> None:
        self.document = document
        self.statement = statement
        self.policy_type = policy_type
        self.with_boundary = with_boundary
        variables = document.has_variables
        self.resource_patterns = [ResourcePattern(written, variables=variables) for written in statement.resources]
        self.conditions = [(entry, condition_check(entry, variables=variables)) for entry in statement.conditions]
        self.resource: Matcher | None = None
        guards: list[Guard] = []
        if statement.principal is not None:
            guards.append(self.principal_outcome)
        if self.resource_patterns:
            if any(one.is_dynamic for one in self.resource_patterns):
                guards.append(self.resource_outcome)
            elif statement.not_resource or "*" not in statement.resources:
                self.resource = self._first_resource
        self.guards: tuple[Guard, ...] = tuple(guards)
        self.checks: tuple[Check, ...] = tuple(check for _, check in self.conditions)

    @property
    def is_deny(self) -> bool:
        return self.statement.effect == "Deny"

    def action_matches(self, action: str) -> bool:
        """Whether the statement is about an action (in lower case)."""
        named = any(action_matcher(written)(action) for written in self.statement.actions)
        return named is not self.statement.not_action

    def principal_outcome(self, request: Request) -> bool | None:
        """Whether the Principal or NotPrincipal element means the caller; True where there is none.

        None where it hangs on the ARN of a session's role (aws:PrincipalArn), and nobody knows that.
        """
        element = self.statement.principal
        if element is None:
            return True
        caller = request.principal
        if request.has_unknown_role and names_identities(element):
            return None
        if element.negated and self.is_deny:
            # IAM User Guide: access_policies_boundaries.html: NotPrincipal with Deny always hits who has a boundary.
            bounded = self.with_boundary and caller.kind in _BOUNDED
            return bounded or not escapes_deny(element, caller)
        return grant(element, caller) is not None

    def resource_outcome(self, request: Request) -> bool | None:
        """Whether the Resource or NotResource element means the resource; True where there is none."""
        if not self.resource_patterns:
            return True
        negated = self.statement.not_resource
        unknown = False
        for one in self.resource_patterns:
            outcome = one.outcome(request)
            if outcome:
                return not negated
            if outcome is None:
                unknown = True
        return None if unknown else negated

    def outcome(self, request: Request) -> bool | None:
        """Whether everything but the action matches; None where it hangs on a key of which nobody knows the value."""
        if self.resource is not None and not self.resource(request.resource):
            return False
        unknown = False
        for guard in self.guards:
            met = guard(request)
            if met is False:
                return False
            unknown = unknown or met is None
        values = request.values
        for check in self.checks:
            met = check(values)
            if met is False:
                return False
            unknown = unknown or met is None
        return None if unknown else True

    def grant(self, request: Request) -> Grant | None:
        """What a match of this statement in a resource-based policy makes unnecessary for the caller, at most."""
        element = self.statement.principal
        if self.principal_outcome(request) is None:
            return Grant.SESSION
        return Grant.SESSION if element is None else grant(element, request.principal)

    def compiled_resource(self) -> Matcher | None:
        """`resource`, its patterns compiled: most statements of a large set are never asked and wait until they are."""
        if self.resource == self._first_resource:
            matches = pattern.any_resource([one.static_pieces() for one in self.resource_patterns])
            self.resource = (lambda value: not matches(value)) if self.statement.not_resource else matches
        return self.resource

    def _first_resource(self, resource: str) -> object:
        matches = self.compiled_resource()
        return matches is None or matches(resource)


_BOUNDED = frozenset({PrincipalKind.USER, PrincipalKind.ROLE, PrincipalKind.ROLE_SESSION})


def unknown_keys(bound: BoundStatement, request: Request) -> list[str]:
    """The keys of unknown value, as the policy spells them, on which a statement's match with a request depends."""
    keys = ["aws:PrincipalArn"] if bound.principal_outcome(request) is None else []
    variables = bound.document.has_variables
    for entry, check in bound.conditions:
        if check(request.values) is None:
            keys += keys_read(entry, variables=variables)
    for one in bound.resource_patterns:
        if one.is_dynamic and one.outcome(request) is None:
            keys += one.variable_keys()
    return [key for key in keys if request.values.get(key.lower()) is UNKNOWN]
